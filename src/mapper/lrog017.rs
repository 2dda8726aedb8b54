//! Irem LROG017: iNES 77 (Napoleon Senki). One register at $8000-$FFFF picks 32 KiB of PRG ROM, and 2 KiB of CHR ROM for
//! $0000. 8 KiB of RAM are the other patterns and two of the four nametables.
//!
//! ```text
//! 7654 3210    PPU    $0000    $0800-$1FFF    $2000, $2400   $2800, $2C00
//! CCCC PPPP           CHR ROM  RAM, from 2K   RAM, first 2K  CIRAM
//! ```
//!
//! AND bus conflicts, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_077>

use super::BusConflicts;
use super::board::{NOTHING, Ranges};
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::{Kib, Memory};
use std::ops::RangeInclusive;

/// The board with four screens.
pub(crate) type Lrog017 = Latch<Both>;

/// C and P.
#[derive(Clone, Debug)]
pub(crate) struct Both;

impl Layout for Both {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [512, 32];

    fn new(_: &Header) -> (Self, BusConflicts) {
        (Self, BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(latch & 0x0F));
        memory.map_chr(2, 0, i32::from(latch >> 4));
        (2..8).for_each(|slot| memory.map_kib(slot, Kib::Ram(slot)));
        (0..2).for_each(|page| memory.map_kib(8 + page, Kib::Ram(page)));
        (0..2).for_each(|page| memory.map_kib(10 + page, Kib::Ciram(page)));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};
    use crate::memory::PpuPage;

    #[test]
    fn ram_is_patterns_and_nametables() {
        let mut rig = Rig::new(77, 0, 512, 32, [0, 7]);
        assert_eq!(rig.write(0x8001, 0x93), Change::PRG | Change::CHR);
        assert_eq!((rig.prg()[0], rig.chr()), (24, [18, 19, 2, 3, 4, 5, 6, 7]));
        let tables = [0x800, 0xC00, 0, 0x400].map(PpuPage::Vram);
        assert_eq!([8, 9, 10, 11].map(|slot| rig.memory.ppu_page(slot)), tables);
        rig.write(0x9000, 0xFF);
        assert_eq!((rig.prg()[0], rig.chr()[0]), (72, 2), "the ROM has $19 there");
    }
}
