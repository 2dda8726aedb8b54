//! Test ROMs that check the boards of NES cartridges by themselves: for every board and NES 2.0 submapper an image that goes
//! through its PRG and CHR windows, nametables, RAM, registers and IRQs.
//!
//! ```text
//! asm      a small assembler
//! kernel   the code that every ROM has: checks, the IRQ handler, the report
//! script   writes and checks, as 6502 code
//! image    the .nes file: signatures in every bank, the same code in every bank
//! boards   a file for each family of boards: a table of ROMs, and their scripts
//! ```
//!
//! Each 4 KiB of PRG ROM and each KiB of CHR ROM begins with its number, so that a window of a wrong size or place shows.
//! The scripts follow the pages of boards in the NESdev wiki; nothing here depends on an emulator. `ricojit-board-roms
//! FOLDER` writes all images, for other emulators, each with a list of its steps.
//!
//! # Reports
//!
//! A ROM leaves `TestPass`, or `TestFail` and why, at $0700 of RAM and on the screen, and if the board has RAM at $6000,
//! also there, in the protocol of Shay Green's ROMs: the status (0 passed, 1 failed) at $6000, its signature, and the text
//! at $6004. [`BoardRom::step`] finds the step in the text.

mod asm;
mod boards;
mod image;
mod kernel;
mod script;

pub use kernel::REPORT;

/// Where a ROM shows its verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judge {
    /// The status at $6000, behind its signature.
    Status6000,
    /// `TestPass` or `TestFail` in RAM.
    RamText,
}

/// A test ROM.
#[derive(Clone, Debug)]
pub struct BoardRom {
    /// The number and name of the board: `023.3-vrc2b`.
    pub name: String,
    /// The iNES mapper number.
    pub mapper: u16,
    /// The NES 2.0 submapper.
    pub submapper: u8,
    /// Where it shows its verdict.
    pub judge: Judge,
    /// The .nes file.
    pub image: Vec<u8>,
    /// Frames within which it is done.
    pub frames: u64,
    /// Its checks, with the addresses that a failure reports.
    pub steps: Vec<(u16, String)>,
}

impl BoardRom {
    /// The check that failed, from a report: `TestFail SECTION ADDRESS FOUND WANTED`.
    pub fn step(&self, report: &str) -> Option<&str> {
        let address = report.split_whitespace().rev().nth(2)?;
        let address = u16::from_str_radix(address, 16).ok()?;
        self.steps.iter().find(|step| step.0 == address).map(|step| step.1.as_str())
    }
}

/// All ROMs.
pub fn all() -> Vec<BoardRom> {
    boards::all().iter().map(image::Board::build).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_rom_has_a_name_of_its_own_and_steps() {
        let roms = all();
        let names: HashSet<&str> = roms.iter().map(|rom| rom.name.as_str()).collect();
        assert_eq!(names.len(), roms.len());
        for rom in &roms {
            assert!(rom.steps.len() > 3, "{}", rom.name);
        }
    }

    #[test]
    fn a_report_names_its_step() {
        let rom = &all()[0];
        let (address, what) = &rom.steps[1];
        assert_eq!(rom.step(&format!("TestFail PRG ROM {address:04X} 01 02")), Some(what.as_str()));
        assert_eq!(rom.step("TestPass"), None);
    }
}
