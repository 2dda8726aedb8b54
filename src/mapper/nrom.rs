//! NROM: iNES 0. No registers.
//!
//! 16 KiB (mirrored) or 32 KiB of PRG ROM, 8 KiB of CHR, mirroring by solder pad. Family BASIC has 2 or 4 KiB of
//! PRG RAM, mirrored. <https://www.nesdev.org/wiki/NROM>

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board without registers.
#[derive(Clone, Debug)]
pub(crate) struct Nrom {
    mirroring: Mirroring,
}

impl Board for Nrom {
    const WRITES: Ranges = &[];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xFFFF;
    const LARGEST: [usize; 2] = [32, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        Self { mirroring: setup.header.mirroring }
    }

    fn write(&mut self, _: &mut Memory, _addr: u16, _value: u8, _at: Cycle) {}

    fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Nrom {});

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn a_small_rom_is_mirrored_and_writes_are_ignored() {
        let mut rig = Rig::new(0, 0, 16, 8, [5, 0]);
        assert_eq!(rig.prg(), [0, 2, 0, 2]);
        assert_eq!(rig.write(0x8000, 0xFF), Change::NONE);
        assert_eq!(rig.prg(), [0, 2, 0, 2]);
        assert_eq!(rig.chr(), [0, 1, 2, 3, 4, 5, 6, 7]);
        // 2 KiB of PRG RAM (Family BASIC), four times.
        rig.write(0x6000, 0x5A);
        assert_eq!(rig.memory.read_prg(0x7800), Some(0x5A));
    }
}
