//! Jaleco JF-16 and Irem's board of Holy Diver: iNES 78. One register at $8000-$FFFF picks 16 KiB of PRG ROM for $8000,
//! 8 KiB of CHR ROM, and mirroring; the last 16 KiB of PRG ROM stay at $C000.
//!
//! ```text
//! 7654 3210
//! CCCC MPPP
//! ```
//!
//! | submapper | board       | M                                               |
//! |-----------|-------------|-------------------------------------------------|
//! | 1         | JF-16       | which KiB of CIRAM all four nametables show     |
//! | 3         | Holy Diver  | 0: horizontal mirroring, 1: vertical            |
//! | others    | Holy Diver if the header claims four screens, as those of iNES do, else JF-16 | |
//!
//! AND bus conflicts. <https://www.nesdev.org/wiki/INES_Mapper_078>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// Either board.
pub(crate) type Jf16 = Latch<Nibbles>;

/// What mirroring M names.
#[derive(Clone, Debug)]
pub(crate) struct Nibbles([Mirroring; 2]);

impl Layout for Nibbles {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [128, 128];

    fn new(header: &Header) -> (Self, BusConflicts) {
        let is_holy_diver = match header.submapper {
            1 => false,
            3 => true,
            _ => header.mirroring == Mirroring::FourScreen,
        };
        let jf16 = [Mirroring::SingleLow, Mirroring::SingleHigh];
        let holy_diver = [Mirroring::Horizontal, Mirroring::Vertical];
        (Self(if is_holy_diver { holy_diver } else { jf16 }), BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(latch & 7));
        memory.map_prg(16, 1, -1);
        memory.map_chr(8, 0, i32::from(latch >> 4));
        memory.set_mirroring(self.0[usize::from(latch >> 3 & 1)]);
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_submapper_names_the_mirroring() {
        let (jf16, diver) = ([[0; 4], [1; 4]], [[0, 0, 1, 1], [0, 1, 0, 1]]);
        for (submapper, flags, tables) in [(0, 0, jf16), (0, 8, diver), (1, 8, jf16), (3, 0, diver)] {
            let mut rig = Rig::with_flags(78, submapper, flags, [128, 128], [0, 0]);
            assert_eq!(rig.nametables(), tables[0]);
            assert_eq!(rig.write(0x8001, 0xAB), Change::PRG | Change::CHR | Change::NAMETABLES);
            assert_eq!((rig.prg(), rig.chr()[0]), ([12, 14, 28, 30], 80));
            assert_eq!(rig.nametables(), tables[1]);
            rig.write(0xF000, 0xFF);
            assert_eq!((rig.prg()[0], rig.chr()[0]), (28, 8), "the ROM has $1F there");
        }
    }
}
