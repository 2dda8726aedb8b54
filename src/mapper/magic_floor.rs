//! Magic Floor: iNES 218 (homebrew). PRG ROM as on NROM, and no CHR: the console's CIRAM is patterns and nametables.
//!
//! | CIRAM A10 | mirroring in the header | nametables | patterns |
//! |-----------|-------------------------|------------|----------|
//! | PPU A10   | vertical                | A B A B    | 2 KiB, four times |
//! | PPU A11   | horizontal              | A A B B    | A A B B A A B B   |
//! | PPU A12   | four screens            | A A A A    | A A A A B B B B   |
//! | PPU A13   | four screens, vertical  | B B B B    | A A A A A A A A   |
//!
//! No registers, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_218>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::{Header, Mirroring};
use crate::memory::{Kib, Memory};
use std::ops::RangeInclusive;

/// The board of one chip.
pub(crate) type MagicFloor = Latch<CiramA10>;

/// The PPU address line that is CIRAM A10, as a number of KiB.
#[derive(Clone, Debug)]
pub(crate) struct CiramA10(usize);

impl Layout for CiramA10 {
    const WRITES: Ranges = &[];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xFFFF;
    const LARGEST: [usize; 2] = [32, 0];

    fn new(header: &Header) -> (Self, BusConflicts) {
        let line = match header.mirroring {
            Mirroring::Vertical => 1,
            Mirroring::Horizontal => 2,
            Mirroring::SingleHigh => 8,
            Mirroring::SingleLow | Mirroring::FourScreen => 4,
        };
        (Self(line), BusConflicts::None)
    }

    fn map(&self, _: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        (0..12).for_each(|slot| memory.map_kib(slot, Kib::Ciram(usize::from(slot & self.0 != 0))));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;
    use crate::memory::PpuPage;

    #[test]
    fn ciram_is_everywhere() {
        for (flags, pages) in [(0, "AABBAABBAABB"), (1, "ABABABABABAB"), (8, "AAAABBBBAAAA"), (9, "AAAAAAAABBBB")] {
            let rig = Rig::with_flags(218, 0, flags, [32, 0], [0, 0]);
            let ciram = |slot| if rig.memory.ppu_page(slot) == PpuPage::Vram(0) { 'A' } else { 'B' };
            assert_eq!((0..12).map(ciram).collect::<String>(), pages);
        }
    }
}
