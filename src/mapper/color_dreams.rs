//! Color Dreams: iNES 11. One register at $8000-$FFFF picks 32 KiB of PRG ROM and 8 KiB of CHR ROM.
//!
//! ```text
//! 7654 3210
//! CCCC LLPP   L: drives a circuit that defeats the lockout chip; of no use here
//! ```
//!
//! Mirroring by solder pad, AND bus conflicts, no submappers. A prototype (Free Fall) was made for a board without
//! conflicts. <https://www.nesdev.org/wiki/Color_Dreams>

use super::BusConflicts;
use super::board::{NOTHING, Ranges};
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// GxROM with its halves exchanged.
pub(crate) type ColorDreams = Latch<Both>;

/// C and P.
#[derive(Clone, Debug)]
pub(crate) struct Both;

impl Layout for Both {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [128, 128];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(latch & 3));
        memory.map_chr(8, 0, i32::from(latch >> 4));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_lockout_lines_switch_nothing() {
        let mut rig = Rig::new(11, 0, 256, 128, [0, 0]);
        assert_eq!(rig.write(0x8001, 0xAF), Change::PRG | Change::CHR);
        assert_eq!((rig.prg()[0], rig.chr()[0]), (24, 80));
        assert_eq!(rig.write(0x8001, 0xA3), Change::NONE);
        rig.write(0x9000, 0xFF);
        assert_eq!((rig.prg()[0], rig.chr()[0]), (8, 8), "the ROM has $19 there");
    }
}
