//! Irem TAM-S1: iNES 97 (Kaiketsu Yanchamaru). One register at $8000-$BFFF picks 16 KiB of PRG ROM for $C000, and
//! mirroring; the last 16 KiB stay at $8000.
//!
//! ```text
//! 7654 3210
//! M..P PPPP   M: 0 horizontal, 1 vertical
//! ```
//!
//! 8 KiB of CHR ROM. No bus conflicts, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_097>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board with its fixed bank at $8000.
pub(crate) type TamS1 = Latch<UpperBank>;

/// M and P.
#[derive(Clone, Debug)]
pub(crate) struct UpperBank;

impl Layout for UpperBank {
    const WRITES: Ranges = &[0x8000..=0xBFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xBFFF;
    const LARGEST: [usize; 2] = [512, 8];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::None)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(16, 0, -1);
        memory.map_prg(16, 1, i32::from(latch & 0x1F));
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(if latch & 0x80 == 0 { Mirroring::Horizontal } else { Mirroring::Vertical });
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_last_bank_stays_below() {
        let mut rig = Rig::new(97, 0, 256, 8, [0, 0]);
        assert_eq!((rig.prg(), rig.nametables()), ([60, 62, 0, 2], [0, 0, 1, 1]));
        assert_eq!(rig.write(0x9000, 0xA5), Change::PRG | Change::NAMETABLES);
        assert_eq!((rig.prg(), rig.nametables()), ([60, 62, 20, 22], [0, 1, 0, 1]));
        assert_eq!(rig.write(0xC000, 0), Change::NONE);
    }
}
