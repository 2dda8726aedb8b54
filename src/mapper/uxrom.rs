//! UxROM: iNES 2 (UNROM, UOROM), 94 (UN1ROM). One register at $8000-$FFFF picks 16 KiB of PRG ROM for $8000; the last
//! 16 KiB stay at $C000. 8 KiB of CHR RAM, mirroring by solder pad.
//!
//! ```text
//!      7654 3210
//!  2   PPPP PPPP   UNROM keeps three bits, UOROM four; larger boards of later makers use all
//! 94   PPPP PP..   UN1ROM keeps bits 2 to 4
//! ```
//!
//! | board | submapper | bus conflicts |
//! |-------|-----------|---------------|
//! | 2     | 0         | none: licensed games write matching bytes, while many of the others count on none |
//! | 2     | 1         | none          |
//! | 2     | 2         | AND           |
//! | 94    |           | AND           |
//!
//! <https://www.nesdev.org/wiki/UxROM>, <https://www.nesdev.org/wiki/INES_Mapper_094>,
//! <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board that switches PRG ROM.
pub(crate) type Uxrom = Latch<Bank>;

/// The lowest bit of P.
#[derive(Clone, Debug)]
pub(crate) struct Bank(u8);

impl Layout for Bank {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [4096, 8];

    fn new(header: &Header) -> (Self, BusConflicts) {
        match (header.mapper, header.submapper) {
            (94, _) => (Self(2), BusConflicts::And),
            (_, 2) => (Self(0), BusConflicts::And),
            _ => (Self(0), BusConflicts::None),
        }
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(latch >> self.0));
        memory.map_prg(16, 1, -1);
        memory.map_chr(8, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_last_bank_stays() {
        let mut rig = Rig::new(2, 0, 128, 0, [0, 7]);
        assert_eq!(rig.prg(), [0, 2, 28, 30]);
        assert_eq!(rig.write(0x8000, 5), Change::PRG);
        assert_eq!(rig.prg(), [20, 22, 28, 30]);
        assert_eq!(rig.write(0xFFFF, 5), Change::NONE);
        rig.write(0xFFFF, 8 + 3);
        assert_eq!(rig.prg(), [12, 14, 28, 30]);
    }

    #[test]
    fn un1rom_has_its_bank_two_bits_higher() {
        let mut rig = Rig::new(94, 0, 128, 0, [0, 7]);
        rig.write(0x8001, 0x17);
        assert_eq!(rig.prg(), [20, 22, 28, 30]);
        rig.write(0xD000, 0xFF);
        assert_eq!(rig.prg()[0], 28, "the ROM has $1D there");
    }
}
