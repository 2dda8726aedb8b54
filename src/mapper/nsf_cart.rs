//! NSF cartridge: iNES 31 (homebrew compilations of music). Eight registers at $5000-$5FFF pick 4 KiB of PRG ROM each.
//!
//! ```text
//! address               7654 3210
//! 0101 .... .... .AAA   PPPP PPPP   4 KiB at $8000 + A x $1000
//! ```
//!
//! At power-on the last bank is at $F000; nothing happens at a reset. 8 KiB of CHR RAM, mirroring by solder pad, no
//! submappers. <https://www.nesdev.org/wiki/INES_Mapper_031>

use super::board::{Board, NOTHING, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with the bank registers of NSF.
#[derive(Clone, Debug)]
pub(crate) struct NsfCart {
    banks: [u8; 8],
    mirroring: Mirroring,
}

impl Board for NsfCart {
    const WRITES: Ranges = &[0x5000..=0x5FFF];
    const PRG_UNIT: usize = 0x1000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [1024, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        Self { banks: [0, 0, 0, 0, 0, 0, 0, 0xFF], mirroring: setup.header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        self.banks[usize::from(addr & 7)] = value;
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        for (slot, bank) in self.banks.into_iter().enumerate() {
            memory.map_prg(4, slot, i32::from(bank));
        }
        memory.map_chr(8, 0, 0);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(NsfCart { banks });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn each_register_has_a_window() {
        let mut rig = Rig::new(31, 0, 1024, 0, [0, 7]);
        assert_eq!(rig.memory.prg_offset(0xF000), Some(0xFF000));
        for (addr, window) in (0x5FF8..=0x5FFF).zip((0x8000..=0xFFFF).step_by(0x1000)) {
            assert_eq!(rig.write(addr, addr as u8 ^ 0x40), Change::PRG);
            assert_eq!(rig.memory.prg_offset(window), Some(u32::from(addr as u8 ^ 0x40) << 12));
        }
        assert_eq!((rig.write(0x5001, 3), rig.memory.prg_offset(0x9000)), (Change::PRG, Some(0x3000)));
    }
}
