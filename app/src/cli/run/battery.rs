//! `--save`: loads battery RAM from a file before a run and writes it back after it.

use crate::battery;
use crate::error::Error;
use crate::files::{self, Output};
use crate::terminal;
use ricojit::Machine;
use std::path::Path;

/// The save file of a run.
pub(super) struct Battery {
    output: Output,
}

impl Battery {
    /// Loads the file into the machine, if it exists.
    pub(super) fn load(path: &Path, machine: &mut Machine) -> Result<Self, Error> {
        let Some(size) = machine.battery().map(<[u8]>::len) else {
            return Err(Error::file(path, "this cartridge has no battery: leave out --save"));
        };
        let output = Output::create(path)?;
        if let Some(found) = battery::read(path, size)? {
            found.note.iter().for_each(terminal::say);
            machine.load_battery(&found.bytes);
        }
        Ok(Self { output })
    }

    /// Replaces the file by the machine's battery RAM.
    pub(super) fn save(self, machine: &Machine) -> Result<(), Error> {
        files::write(self.output, machine.battery().unwrap_or_default())
    }
}
