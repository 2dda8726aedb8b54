//! Camerica BF9096: iNES 232 (the Quattro games). Two registers: one picks a block of 64 KiB of PRG ROM, the other 16 KiB
//! of it for $8000; the last 16 KiB of the block are at $C000.
//!
//! ```text
//!             7654 3210
//! $8000-$BFFF ...B B...   submapper 1, the Aladdin Deck Enhancer, exchanges these bits
//! $C000-$FFFF .... ..PP
//! ```
//!
//! 8 KiB of CHR RAM, mirroring by solder pad, no bus conflicts. <https://www.nesdev.org/wiki/INES_Mapper_232>,
//! <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::board::{Board, NOTHING, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board for four games.
#[derive(Clone, Debug)]
pub(crate) struct Bf9096 {
    block: u8,
    page: u8,
    is_aladdin: bool,
    mirroring: Mirroring,
}

impl Board for Bf9096 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [256, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        Self { block: 0, page: 0, is_aladdin: header.submapper == 1, mirroring: header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        match addr {
            0xC000.. => self.page = value & 3,
            _ if self.is_aladdin => self.block = value >> 4 & 1 | value >> 2 & 2,
            _ => self.block = value >> 3 & 3,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        memory.map_prg(16, 0, i32::from(self.block << 2 | self.page));
        memory.map_prg(16, 1, i32::from(self.block << 2 | 3));
        memory.map_chr(8, 0, 0);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Bf9096 { block: within(0..=3), page: within(0..=3) });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn a_page_is_of_its_block() {
        for (submapper, value) in [(0, 0xEF), (1, 0xF7)] {
            let mut rig = Rig::new(232, submapper, 256, 0, [0, 7]);
            assert_eq!(rig.prg(), [0, 2, 12, 14]);
            assert_eq!(rig.write(0xBFFF, value), Change::PRG);
            assert_eq!(rig.prg(), [16, 18, 28, 30], "block 1");
            rig.write(0xC000, 0xFE);
            assert_eq!(rig.prg(), [24, 26, 28, 30]);
        }
    }
}
