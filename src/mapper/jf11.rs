//! Jaleco JF-11, JF-14: iNES 140. One register at $6000-$7FFF picks 32 KiB of PRG ROM and 8 KiB of CHR ROM.
//!
//! ```text
//! 7654 3210
//! ..PP CCCC
//! ```
//!
//! Mirroring by solder pad. No bus conflicts, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_140>

use super::BusConflicts;
use super::board::{NOTHING, Ranges};
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// GxROM with its register below ROM.
pub(crate) type Jf11 = Latch<Both>;

/// P and C.
#[derive(Clone, Debug)]
pub(crate) struct Both;

impl Layout for Both {
    const WRITES: Ranges = &[0x6000..=0x7FFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [128, 128];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::None)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(latch >> 4 & 3));
        memory.map_chr(8, 0, i32::from(latch & 0x0F));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_register_is_below_rom() {
        let mut rig = Rig::new(140, 0, 128, 128, [0, 0]);
        assert_eq!(rig.write(0x8001, 0xFF), Change::NONE);
        assert_eq!(rig.write(0x7FFF, 0xE9), Change::PRG | Change::CHR);
        assert_eq!((rig.prg(), rig.chr()[0]), ([16, 18, 20, 22], 72));
    }
}
