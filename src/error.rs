//! What can go wrong in the shell: each variant prints as one clear sentence (what, where, what to do).

use std::io;
use std::path::{Path, PathBuf};

/// A failed run (exit code 1). Wrong use of the command line is clap's (exit code 2).
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file could not be written; what was there before is untouched.
    #[error("cannot write {}: {source}; nothing was overwritten", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A file was read but is not what it should be.
    #[error("{}: {problem}", path.display())]
    File { path: PathBuf, problem: String },
    /// The cartridge is good, but the machine cannot do what was asked.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// Reading `path` failed.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// Writing `path` failed.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }

    /// The content of `path` is bad.
    pub(crate) fn file(path: &Path, problem: impl ToString) -> Self {
        Self::File { path: path.to_owned(), problem: problem.to_string() }
    }
}
