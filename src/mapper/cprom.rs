//! CPROM: iNES 13 (Videomation). One register at $8000-$FFFF picks the 4 KiB of CHR RAM at $1000; the first 4 KiB stay
//! at $0000. 32 KiB of PRG ROM.
//!
//! ```text
//! 7654 3210
//! .... ..CC
//! ```
//!
//! 16 KiB of CHR RAM, vertical mirroring, AND bus conflicts, no submappers. <https://www.nesdev.org/wiki/CPROM>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board that switches half of its CHR RAM.
pub(crate) type Cprom = Latch<UpperHalf>;

/// C.
#[derive(Clone, Debug)]
pub(crate) struct UpperHalf;

impl Layout for UpperHalf {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xFFFF;
    const LARGEST: [usize; 2] = [32, 16];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(4, 0, 0);
        memory.map_chr(4, 1, i32::from(latch & 3));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_upper_half_is_switched() {
        let mut rig = Rig::new(13, 0, 32, 0, [0, 8]);
        assert_eq!(rig.write(0x8001, 0xFE), Change::CHR);
        assert_eq!(rig.chr(), [0, 1, 2, 3, 8, 9, 10, 11]);
        rig.write(0x9000, 0xFF);
        assert_eq!(rig.chr()[4], 4, "the ROM has 1 there");
    }
}
