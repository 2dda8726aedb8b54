//! Bandai 74*161/161/32: iNES 70, and 152 with mirroring control. One register at $8000-$FFFF picks 16 KiB of PRG ROM
//! for $8000, and 8 KiB of CHR ROM; the last 16 KiB of PRG ROM stay at $C000.
//!
//! ```text
//!       7654 3210
//!  70   PPPP CCCC
//! 152   MPPP CCCC   M: which KiB of CIRAM all four nametables show
//! ```
//!
//! AND bus conflicts, no submappers. A header of 70 that claims four screens means 152, from before that had a number.
//! <https://www.nesdev.org/wiki/INES_Mapper_070>, <https://www.nesdev.org/wiki/INES_Mapper_152>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board with an eight-bit latch.
pub(crate) type Bandai161 = Latch<Nibbles>;

/// Whether bit 7 is M.
#[derive(Clone, Debug)]
pub(crate) struct Nibbles(bool);

impl Layout for Nibbles {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 128];

    fn new(header: &Header) -> (Self, BusConflicts) {
        (Self(header.mapper == 152 || header.mirroring == Mirroring::FourScreen), BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(if self.0 { latch >> 4 & 7 } else { latch >> 4 }));
        memory.map_prg(16, 1, -1);
        memory.map_chr(8, 0, i32::from(latch & 0x0F));
        if self.0 {
            memory.set_mirroring(Mirroring::single(latch >> 7));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn bit_7_is_mirroring_or_a_bank() {
        for (mapper, flags, bank, tables) in [(70, 0, 40, [0, 0, 1, 1]), (70, 8, 8, [1; 4]), (152, 0, 8, [1; 4])] {
            let mut rig = Rig::with_flags(mapper, 0, flags, [256, 128], [0, 0]);
            assert!(rig.write(0x8001, 0xA3).intersects(Change::PRG));
            assert_eq!((rig.prg(), rig.chr()[0]), ([bank, bank + 2, 60, 62], 24), "{mapper}");
            assert_eq!(rig.nametables(), tables, "{mapper}");
            rig.write(0xF000, 0xFF);
            assert_eq!((rig.prg()[0], rig.chr()[0]), (12, 120), "the ROM has $3F there");
        }
    }
}
