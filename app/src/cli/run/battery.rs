//! `--save`: battery RAM is loaded from a file before a run and written there after it.

use crate::cli::battery;
use crate::cli::files::{self, Output};
use crate::cli::terminal;
use crate::error::Error;
use ricojit::Machine;
use std::path::Path;

/// The save file of a run.
pub(super) struct Battery {
    output: Output,
}

impl Battery {
    /// Puts the file's bytes into the machine, if the file exists.
    pub(super) fn load(path: &Path, machine: &mut Machine) -> Result<Self, Error> {
        let Some(size) = machine.battery().map(<[u8]>::len) else {
            return Err(Error::file(
                path,
                "this cartridge has no battery, so there is nothing to save: leave out --save",
            ));
        };
        let output = Output::create(path)?;
        if let Some(found) = battery::read(path, size)? {
            found.note.iter().for_each(terminal::say);
            machine.load_battery(&found.bytes);
        }
        Ok(Self { output })
    }

    /// Replaces the file by what the machine has now.
    pub(super) fn save(self, machine: &Machine) -> Result<(), Error> {
        files::write(self.output, machine.battery().unwrap_or_default())
    }
}
