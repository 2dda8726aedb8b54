//! `--save`: battery RAM in a `.sav` file of raw bytes, the form that other emulators and flash carts use too.
//!
//! Contract: what was in the file is never lost. It is replaced only by a whole new one, and a file of another size
//! than the cartridge's RAM is first copied aside.

use crate::cli::files::{self, Output};
use crate::error::Error;
use ricojit::machine::Machine;
use std::io::Write;
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
        if path.exists() {
            let bytes = files::read(path)?;
            if bytes.len() != size {
                let copy = files::back_up(path)?;
                eprintln!(
                    "ricojit: {} has {} bytes where the cartridge keeps {size}: loaded what fits, kept a copy in {}",
                    path.display(),
                    bytes.len(),
                    copy.display()
                );
            }
            machine.load_battery(&bytes);
        }
        Ok(Self { output })
    }

    /// Replaces the file by what the machine has now.
    pub(super) fn save(self, machine: &Machine) -> Result<(), Error> {
        let bytes = machine.battery().unwrap_or_default();
        let written = self.output.writer()?.write_all(bytes);
        written.map_err(|source| Error::write(self.output.target(), source))?;
        self.output.commit()
    }
}
