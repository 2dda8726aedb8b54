//! What can go wrong in the shell: each variant prints as one clear sentence (what, where, what to do).

use ricojit::{CartridgeError, MachineError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why a subcommand did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A ROM was refused.
    #[error("{}", refusal(path, source))]
    Cartridge { path: PathBuf, source: CartridgeError },
    /// There is no machine for the ROM.
    #[error("{}: {source}", path.display())]
    Machine { path: PathBuf, source: MachineError },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file could not be written; what was there before is untouched.
    #[error("cannot write {}: {source}; nothing was overwritten", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A file was read but is not what it should be.
    #[error("{}: {problem}", path.display())]
    File { path: PathBuf, problem: String },
    /// There is nothing to open a window on.
    #[cfg(feature = "window")]
    #[error("cannot open a window ({0}): `ricojit run` plays without one")]
    Window(String),
    /// An engine did something else than another.
    #[error("{0}")]
    Work(String),
    /// Options that contradict each other in a way that clap cannot see.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// The machine refuses the ROM at `path`.
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

    /// The content of `path` is bad.
    pub(crate) fn file(path: &Path, problem: &(impl ToString + ?Sized)) -> Self {
        Self::File { path: path.to_owned(), problem: problem.to_string() }
    }

    /// 2 for wrong use, as clap has it, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }
}

/// A refusal with its path, which some of the reasons name themselves.
fn refusal(path: &Path, source: &CartridgeError) -> String {
    match source {
        CartridgeError::Missing { .. } | CartridgeError::Unreadable { .. } => source.to_string(),
        _ => format!("{}: {source}", path.display()),
    }
}
