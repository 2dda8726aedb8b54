//! `--load-state FILE`: starts a run with a saved state.

use super::Args;
use crate::error::Error;
use crate::files;
use ricojit::Machine;
use std::path::PathBuf;

/// The content of the file.
pub(super) struct Loaded {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Loaded {
    /// Reads the file; `None` if the command line names none.
    pub(super) fn read(args: &Args) -> Result<Option<Self>, Error> {
        let read = |path: &PathBuf| Ok(Self { path: path.clone(), bytes: files::read(path)? });
        args.load_state.as_ref().map(read).transpose()
    }

    /// Loads the state into a machine.
    pub(super) fn into(&self, machine: &mut Machine) -> Result<(), Error> {
        machine.load(&self.bytes).map_err(|problem| Error::file(&self.path, &problem))
    }
}
