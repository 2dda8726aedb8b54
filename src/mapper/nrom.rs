//! NROM: iNES 0. No registers.
//!
//! 16 KiB (mirrored) or 32 KiB of PRG ROM, 8 KiB of CHR, mirroring by solder pad. Family BASIC has 2 or 4 KiB of
//! PRG RAM, mirrored. <https://www.nesdev.org/wiki/NROM>

use super::{Change, map_plain_prg_ram};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The board without registers.
#[derive(Clone, Debug)]
pub(crate) struct Nrom {
    mirroring: Mirroring,
}

impl Nrom {
    pub(super) fn new(header: &Header) -> Self {
        Self { mirroring: header.mirroring }
    }

    pub(super) fn write(&mut self, _: &mut Memory, _addr: u16, _value: u8, _at: Cycle) -> Change {
        Change::NONE
    }

    pub(super) fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
    }
}

persist!(Nrom {});
