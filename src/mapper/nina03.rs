//! NINA-003, NINA-006: iNES 79; Sachen 3015: iNES 146; and HES NTD-8: iNES 113. One register, at the addresses `010x xxx1
//! xxxx xxxx`, picks 32 KiB of PRG ROM and 8 KiB of CHR ROM.
//!
//! ```text
//!           7654 3210
//! 79, 146   .... PCCC
//! 113       MCPP PCCC   M: 0 horizontal mirroring, 1 vertical
//! ```
//!
//! On 79 and 146, mirroring is by solder pad. No bus conflicts, no submappers. <https://www.nesdev.org/wiki/NINA-003-006>,
//! <https://www.nesdev.org/wiki/INES_Mapper_113>

use super::BusConflicts;
use super::board::{NOTHING, ODD_PAGES, Ranges};
use super::latch::{Latch, Layout};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board for one game.
pub(crate) type Nina03 = Latch<Lines<false>>;
/// The board for several games.
pub(crate) type Ntd8 = Latch<Lines<true>>;

/// How much of M, C and P there is.
#[derive(Clone, Debug)]
pub(crate) struct Lines<const ALL: bool>;

impl<const ALL: bool> Layout for Lines<ALL> {
    const WRITES: Ranges = &ODD_PAGES;
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = if ALL { [256, 128] } else { [64, 64] };

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::None)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        let lines = if ALL { latch } else { latch & 0x0F };
        memory.map_prg(32, 0, i32::from(lines >> 3 & 7));
        memory.map_chr(8, 0, i32::from(lines >> 3 & 8 | lines & 7));
        if ALL {
            memory.set_mirroring(if latch & 0x80 == 0 { Mirroring::Horizontal } else { Mirroring::Vertical });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn only_ntd8_has_high_bits() {
        for (mapper, prg, chr, tables) in
            [(79, 8, 40, [0, 0, 1, 1]), (146, 8, 40, [0, 0, 1, 1]), (113, 24, 104, [0, 1, 0, 1])]
        {
            let mut rig = Rig::new(mapper, 0, 128, 128, [0, 0]);
            for addr in [0x4020, 0x40FF, 0x4200, 0x42FF, 0x5E00, 0x6100, 0x8100] {
                assert_eq!(rig.write(addr, 0xFF), Change::NONE, "{addr:04X}");
            }
            rig.write(0x5FFF, 0xDD);
            assert_eq!((rig.prg()[0], rig.chr()[0], rig.nametables()), (prg, chr, tables));
            assert!(rig.write(0x4300, 0).intersects(Change::PRG));
        }
    }
}
