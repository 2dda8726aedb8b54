//! AxROM: iNES 7 (ANROM, AMROM, AOROM). One register at $8000-$FFFF.
//!
//! ```text
//! 7654 3210
//! ...M PPPP   P: 32 KiB of PRG ROM at $8000 (bit 3 only on boards of later makers)
//!             M: which KiB of CIRAM all four nametables show
//! ```
//!
//! Submapper 2 (AMROM, early ANROM) has AND bus conflicts, 0 and 1 have none. 8 KiB of CHR RAM.
//! <https://www.nesdev.org/wiki/AxROM>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::{BusConflicts, Change, map_plain_prg_ram};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::Visitor;
use interpreter::Cycle;

/// The board with single-screen mirroring.
#[derive(Clone, Debug)]
pub struct Axrom {
    register: u8,
    conflicts: BusConflicts,
}

impl Axrom {
    pub(super) fn new(header: &Header) -> Self {
        let conflicts = if header.submapper == 2 { BusConflicts::And } else { BusConflicts::None };
        Self { register: 0, conflicts }
    }

    pub(super) fn write(&mut self, memory: &Memory, addr: u16, value: u8, _at: Cycle) -> Change {
        self.register = self.conflicts.resolve(memory, addr, value);
        Change::NONE
    }

    pub(super) fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(self.register & 0x0F));
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(if self.register & 0x10 == 0 { Mirroring::SingleLow } else { Mirroring::SingleHigh });
        map_plain_prg_ram(memory);
    }

    pub(super) fn state(&mut self, s: &mut impl Visitor) {
        s.u8(&mut self.register);
    }
}
