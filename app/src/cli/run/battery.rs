//! `--save`: loads battery RAM from a file before a run and writes it back after it. After `--load-state` the state's RAM
//! is written instead, and a copy of the file kept.

use crate::battery;
use crate::error::Error;
use crate::files::{self, Output};
use crate::terminal;
use ricojit::Machine;
use std::path::Path;

/// The save file of a run.
pub(super) struct Battery {
    output: Output,
    /// Whether the machine's RAM comes from elsewhere: then the file's content is kept.
    replaced: bool,
}

impl Battery {
    /// Loads the file, if it exists, into the machine, unless that has `loaded` a state.
    pub(super) fn load(path: &Path, machine: &mut Machine, loaded: bool) -> Result<Self, Error> {
        let Some(size) = machine.battery().map(<[u8]>::len) else {
            return Err(Error::file(path, "this cartridge has no battery: leave out --save"));
        };
        let output = Output::create(path)?;
        if output.is_stream() {
            return Ok(Self { output, replaced: false });
        }
        if loaded && !output.has_own_folder() && path.metadata().is_ok_and(|is| is.len() > 0) {
            let problem = "its content would be replaced by that of --load-state, and its folder takes no backup";
            return Err(Error::file(path, problem));
        }
        if !loaded && let Some(found) = battery::read(path, size)? {
            found.note.iter().for_each(terminal::say);
            machine.load_battery(&found.bytes);
        }
        Ok(Self { output, replaced: loaded })
    }

    /// Replaces the file by the machine's battery RAM.
    pub(super) fn save(self, machine: &Machine) -> Result<(), Error> {
        let bytes = machine.battery().unwrap_or_default();
        if self.replaced {
            battery::keep(self.output.path(), bytes)?;
        }
        files::write(self.output, bytes)
    }
}
