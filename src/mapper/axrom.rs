//! AxROM: iNES 7 (ANROM, AMROM, AOROM). One register at $8000-$FFFF.
//!
//! ```text
//! 7654 3210
//! ...M PPPP   P: 32 KiB of PRG ROM at $8000 (bit 3 only on boards of later makers)
//!             M: which KiB of CIRAM all four nametables show
//! ```
//!
//! Submapper 2 (AMROM, early ANROM) has AND bus conflicts, 0 and 1 have none. 8 KiB of CHR RAM.
//! <https://www.nesdev.org/wiki/AxROM>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::BusConflicts;
use super::board::{NOTHING, Ranges};
use super::latch::{Latch, Layout};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board with single-screen mirroring.
pub(crate) type Axrom = Latch<BankAndScreen>;

/// P and M.
#[derive(Clone, Debug)]
pub(crate) struct BankAndScreen;

impl Layout for BankAndScreen {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [512, 8];

    fn new(header: &Header) -> (Self, BusConflicts) {
        (Self, if header.submapper == 2 { BusConflicts::And } else { BusConflicts::None })
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(latch & 0x0F));
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(Mirroring::single(latch >> 4 & 1));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn one_register_does_both() {
        let mut rig = Rig::new(7, 0, 256, 0, [0, 7]);
        assert_eq!(rig.nametables(), [0, 0, 0, 0]);
        assert_eq!(rig.write(0x8000, 0x13), Change::PRG | Change::NAMETABLES);
        assert_eq!((rig.prg(), rig.nametables()), ([24, 26, 28, 30], [1, 1, 1, 1]));
        assert_eq!(rig.write(0x8000, 0x03), Change::NAMETABLES);
    }
}
