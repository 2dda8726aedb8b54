//! J87: iNES 87 (boards of Jaleco, Konami and Taito), 101. One register at $6000-$7FFF picks 8 KiB of CHR ROM. PRG ROM as
//! on NROM, mirroring by solder pad.
//!
//! ```text
//!       7654 3210
//!  87   .... ..LH   L and H are the low and the high bit of the bank
//! 101   .... ..HL   a dump of the same board, with its banks in the wrong order
//! ```
//!
//! No bus conflicts, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_087>,
//! <https://www.nesdev.org/wiki/INES_Mapper_101>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board that came before CNROM.
pub(crate) type J87 = Latch<ChrBank>;

/// The bank of each value.
#[derive(Clone, Debug)]
pub(crate) struct ChrBank([i32; 4]);

impl Layout for ChrBank {
    const WRITES: Ranges = &[0x6000..=0x7FFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xFFFF;
    const LARGEST: [usize; 2] = [32, 32];

    fn new(header: &Header) -> (Self, BusConflicts) {
        (Self(if header.mapper == 87 { [0, 2, 1, 3] } else { [0, 1, 2, 3] }), BusConflicts::None)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(8, 0, self.0[usize::from(latch & 3)]);
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_bits_are_in_either_order() {
        for (mapper, banks) in [(87, [16, 8, 24, 0]), (101, [8, 16, 24, 0])] {
            let mut rig = Rig::new(mapper, 0, 32, 32, [0, 0]);
            assert_eq!(rig.write(0x8001, 1), Change::NONE);
            assert_eq!([1, 2, 3, 0xFC].map(|value| (rig.write(0x7FFF, value), rig.chr()[0]).1), banks);
        }
    }
}
