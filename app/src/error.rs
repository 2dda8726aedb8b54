//! The errors of the program. Each prints as one sentence: what failed, where, and what to do about it.

use crate::standalone::locator::Lost;
use ricojit::{CartridgeError, MachineError, text};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why a subcommand failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The ROM is damaged or not supported.
    #[error("{}", refusal(path, source))]
    Cartridge { path: PathBuf, source: CartridgeError },
    /// There is no machine for the ROM.
    #[error("{}: {source}", text::path(path))]
    Machine { path: PathBuf, source: MachineError },
    /// A file could not be read.
    #[error("cannot read {}: {source}", text::path(path))]
    Read { path: PathBuf, source: io::Error },
    /// A file could not be written; its old content is untouched.
    #[error("cannot write {}: {source}; nothing was overwritten", text::path(path))]
    Write { path: PathBuf, source: io::Error },
    /// A file that is written in place is not complete, but its copy is.
    #[error(
        "cannot write {}: {source}; its data is in {}, from which the next start finishes it",
        text::path(path),
        text::path(copy)
    )]
    Unfinished { path: PathBuf, copy: PathBuf, source: io::Error },
    /// A file was read, but its content is not valid.
    #[error("{}: {problem}", text::path(path))]
    File { path: PathBuf, problem: String },
    /// An executable with a game has lost it.
    #[error("{0}")]
    Lost(Lost),
    /// There is no display to open a window on.
    #[cfg(feature = "window")]
    #[error("cannot open a window ({problem}): {instead} plays without one")]
    Window { problem: String, instead: &'static str },
    /// The cache cannot be used by a command that is for it.
    #[cfg(feature = "jit")]
    #[error("the cache cannot be used: {0}")]
    Cache(String),
    /// Two engines did different work.
    #[error("{0}")]
    Work(String),
    /// Options contradict each other in a way that clap cannot check.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// The ROM at `path` cannot be run.
    pub(crate) fn cartridge(path: &Path, source: CartridgeError) -> Self {
        Self::Cartridge { path: path.to_owned(), source }
    }

    /// There is no machine for the ROM at `path`.
    pub(crate) fn machine(path: &Path, source: MachineError) -> Self {
        Self::Machine { path: path.to_owned(), source }
    }

    /// Reading `path` failed.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// Writing `path` failed.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }

    /// Writing `path` failed, whose content is in `copy`.
    pub(crate) fn unfinished(path: &Path, copy: &Path, source: io::Error) -> Self {
        Self::Unfinished { path: path.to_owned(), copy: copy.to_owned(), source }
    }

    /// There is no window for `play`.
    #[cfg(feature = "window")]
    pub(crate) fn window(problem: &str) -> Self {
        Self::Window { problem: problem.to_owned(), instead: "`ricojit run`" }
    }

    /// The content of `path` is not valid.
    pub(crate) fn file(path: &Path, problem: &(impl ToString + ?Sized)) -> Self {
        Self::File { path: path.to_owned(), problem: problem.to_string() }
    }

    /// 2 for a usage error, as in clap, otherwise 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }
}

/// The message with the path, unless the message already names it.
fn refusal(path: &Path, source: &CartridgeError) -> String {
    match source {
        CartridgeError::Missing { .. } | CartridgeError::Unreadable { .. } => source.to_string(),
        _ => format!("{}: {source}", text::path(path)),
    }
}
