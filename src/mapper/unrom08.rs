//! UNROM with a 74HC08: iNES 180 (Crazy Climber). One register at $8000-$FFFF picks 16 KiB of PRG ROM for $C000; the first
//! 16 KiB stay at $8000.
//!
//! ```text
//! 7654 3210
//! PPPP PPPP   the original keeps three bits; larger boards of later makers use all
//! ```
//!
//! 8 KiB of CHR RAM, mirroring by solder pad, AND bus conflicts, no submappers.
//! <https://www.nesdev.org/wiki/INES_Mapper_180>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// UxROM upside down.
pub(crate) type Unrom08 = Latch<UpperBank>;

/// P.
#[derive(Clone, Debug)]
pub(crate) struct UpperBank;

impl Layout for UpperBank {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xBFFF;
    const LARGEST: [usize; 2] = [4096, 8];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(16, 0, 0);
        memory.map_prg(16, 1, i32::from(latch));
        memory.map_chr(8, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_first_bank_stays() {
        let mut rig = Rig::new(180, 0, 128, 0, [0, 7]);
        assert_eq!(rig.write(0x8001, 5), Change::PRG);
        assert_eq!(rig.prg(), [0, 2, 20, 22]);
        rig.write(0x9000, 0xFF);
        assert_eq!(rig.prg()[2], 4, "the ROM has 1 there");
    }
}
