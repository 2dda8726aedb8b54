//! CNROM: iNES 3. One register at $8000-$FFFF picks 8 KiB of CHR ROM. PRG ROM as on NROM, mirroring by
//! solder pad.
//!
//! | submapper | bus conflicts |
//! |-----------|---------------|
//! | 0         | AND, as on the real board: Cybernoid depends on them |
//! | 1         | none          |
//! | 2         | AND           |
//!
//! The diodes that some boards compare with bits 4 and 5 are not modelled.
//! <https://www.nesdev.org/wiki/CNROM>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::{BusConflicts, Change, map_plain_prg_ram};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::Visitor;
use interpreter::Cycle;

/// The board that switches CHR ROM.
#[derive(Clone, Debug)]
pub struct Cnrom {
    bank: u8,
    conflicts: BusConflicts,
    mirroring: Mirroring,
}

impl Cnrom {
    pub(super) fn new(header: &Header) -> Self {
        let conflicts = if header.submapper == 1 { BusConflicts::None } else { BusConflicts::And };
        Self { bank: 0, conflicts, mirroring: header.mirroring }
    }

    pub(super) fn write(&mut self, memory: &Memory, addr: u16, value: u8, _at: Cycle) -> Change {
        self.bank = self.conflicts.resolve(memory, addr, value);
        Change::NONE
    }

    pub(super) fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(8, 0, i32::from(self.bank));
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
    }

    pub(super) fn state(&mut self, s: &mut impl Visitor) {
        s.u8(&mut self.bank);
    }
}
