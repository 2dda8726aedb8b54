//! GxROM: iNES 66 (GNROM, MHROM). One register at $8000-$FFFF picks 32 KiB of PRG ROM and 8 KiB of CHR ROM.
//!
//! ```text
//! 7654 3210
//! PPPP CCCC   Nintendo's boards keep bits 0, 1, 4 and 5; larger ones of later makers keep all
//! ```
//!
//! Mirroring by solder pad, AND bus conflicts, no submappers. <https://www.nesdev.org/wiki/GxROM>

use super::BusConflicts;
use super::board::{NOTHING, Ranges};
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board that switches all of PRG and CHR.
pub(crate) type Gxrom = Latch<Both>;

/// P and C.
#[derive(Clone, Debug)]
pub(crate) struct Both;

impl Layout for Both {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [512, 128];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(latch >> 4));
        memory.map_chr(8, 0, i32::from(latch & 0x0F));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn one_register_switches_both() {
        let mut rig = Rig::new(66, 0, 512, 128, [0, 0]);
        assert_eq!(rig.write(0x8001, 0x9A), Change::PRG | Change::CHR);
        assert_eq!((rig.prg(), rig.chr()[0]), ([72, 74, 76, 78], 80));
        rig.write(0x9000, 0xFF);
        assert_eq!((rig.prg()[0], rig.chr()[0]), (32, 72), "the ROM has $49 there");
    }
}
