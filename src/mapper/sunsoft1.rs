//! Sunsoft-1: iNES 184. One register at $6000-$7FFF picks 4 KiB of CHR ROM for $0000 and for $1000. PRG ROM as on NROM.
//!
//! ```text
//! 7654 3210
//! .HHH .LLL   L: at $0000; H: at $1000, of the banks 4 to 7
//! ```
//!
//! Mirroring by solder pad. No bus conflicts, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_184>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board that switches CHR ROM in halves.
pub(crate) type Sunsoft1 = Latch<Halves>;

/// H and L.
#[derive(Clone, Debug)]
pub(crate) struct Halves;

impl Layout for Halves {
    const WRITES: Ranges = &[0x6000..=0x7FFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xFFFF;
    const LARGEST: [usize; 2] = [32, 32];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::None)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(4, 0, i32::from(latch & 7));
        memory.map_chr(4, 1, i32::from(latch >> 4 & 7 | 4));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_upper_half_shows_upper_banks() {
        let mut rig = Rig::new(184, 0, 32, 32, [0, 0]);
        assert_eq!(rig.chr(), [0, 1, 2, 3, 16, 17, 18, 19]);
        assert_eq!(rig.write(0x7FFF, 0xAD), Change::CHR);
        assert_eq!(rig.chr(), [20, 21, 22, 23, 24, 25, 26, 27]);
    }
}
