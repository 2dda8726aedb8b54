//! Nintendo's multicarts with an [MMC3](super::mmc3): iNES 37 (Super Mario Bros. + Tetris + Nintendo World Cup) and 47
//! (Super Spike V'Ball + Nintendo World Cup). A latch takes the place of PRG RAM at $6000-$7FFF and picks the game. It is
//! written only while the chip lets RAM be written ($A001), and reads as open bus. 256 KiB of PRG ROM and of CHR ROM.
//!
//! ```text
//!    76543210
//! 37 .....QBB   Q: A17 of both ROMs
//!               PRG ROM A16 is high if B is 3; otherwise it is the chip's if Q is set, and low if not
//! 47 .......Q   Q: A17 of both ROMs
//! ```
//!
//! | 37   | PRG ROM                | CHR ROM |
//! |------|------------------------|---------|
//! | 0-2  | 64 KiB from $00000     | 128 KiB from $00000 |
//! | 3    | 64 KiB from $10000     | 128 KiB from $00000 |
//! | 4-6  | 128 KiB from $20000    | 128 KiB from $20000 |
//! | 7    | 64 KiB from $30000     | 128 KiB from $20000 |
//!
//! The lockout chip clears the latch when Reset is pressed.
//! <https://www.nesdev.org/wiki/INES_Mapper_037>, <https://www.nesdev.org/wiki/INES_Mapper_047>

use super::board::{NOTHING, Ranges};
use super::mmc3::{Mmc3, REGISTERS, Wiring};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::persist;
use std::ops::RangeInclusive;

/// The board with a latch.
pub(crate) type Mmc3Multicart = Mmc3<Outer>;

/// The latch.
#[derive(Clone, Debug)]
pub(crate) struct Outer {
    latch: u8,
    /// The board is that of iNES 37.
    has_three_games: bool,
}

impl Outer {
    /// A17.
    fn high(&self) -> u8 {
        if self.has_three_games { self.latch >> 2 & 1 } else { self.latch & 1 }
    }
}

impl Wiring for Outer {
    const WRITES: Ranges = &[0x6000..=0x7FFF, REGISTERS];
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [256, 256];

    fn new(header: &Header) -> Self {
        Self { latch: 0, has_three_games: header.mapper == 37 }
    }

    fn set_outer(&mut self, value: u8) -> bool {
        self.latch = value & 7;
        true
    }

    fn map_prg(&self, memory: &mut Memory, slot: usize, bank: i32) {
        let a16 = match self.latch {
            _ if !self.has_three_games => bank & 8,
            3 | 7 => 8,
            4.. => bank & 8,
            _ => 0,
        };
        memory.map_prg(8, slot, i32::from(self.high()) << 4 | a16 | bank & 7);
    }

    fn map_chr(&self, memory: &mut Memory, kb: usize, slot: usize, bank: u8) {
        memory.map_chr(kb, slot, i32::from(self.high() << 7 | bank & 0x7F) / kb as i32);
    }

    fn map_nametables(&self, memory: &mut Memory, mirroring: Mirroring) {
        memory.set_mirroring(mirroring);
    }
}

persist!(Outer { latch: within(0..=7) });

#[cfg(test)]
mod tests {
    use crate::mapper::mmc3::set;
    use crate::mapper::tests::{Change, Rig};

    fn rig(board: u16) -> Rig {
        let mut rig = Rig::new(board, 0, 256, 256, [7, 0]);
        set(&mut rig, 0, 0xFE);
        set(&mut rig, 6, 0x3A);
        set(&mut rig, 7, 0x02);
        rig
    }

    #[test]
    fn the_latch_of_37_picks_a_game() {
        let mut rig = rig(37);
        for (values, prg, chr) in [
            (0..=2, [2, 2, 6, 7], 126),
            (3..=3, [10, 10, 14, 15], 126),
            (4..=6, [26, 18, 30, 31], 254),
            (7..=7, [26, 26, 30, 31], 254),
        ] {
            for value in values {
                rig.write(0x7FFF, value | 0xF8);
                assert_eq!(rig.prg(), prg.map(|bank| 2 * bank), "{value}");
                assert_eq!(rig.chr()[0], chr, "{value}");
            }
        }
    }

    #[test]
    fn the_latch_of_47_picks_a_game() {
        let mut rig = rig(47);
        for (value, prg, chr) in [(0xFE, [10, 2, 14, 15], 126), (0x01, [26, 18, 30, 31], 254)] {
            rig.write(0x6000, value);
            assert_eq!(rig.prg(), prg.map(|bank| 2 * bank), "{value}");
            assert_eq!(rig.chr()[0], chr, "{value}");
        }
    }

    #[test]
    fn the_latch_is_written_as_ram_would_be_and_cleared_by_reset() {
        for board in [37, 47] {
            let mut rig = rig(board);
            for protect in [0x00, 0x40, 0xC0] {
                rig.write(0xA001, protect);
                assert_eq!(rig.write(0x6000, 7), Change::NONE, "{protect:X}");
            }
            rig.write(0xA001, 0x80);
            let before = rig.prg();
            assert_eq!(rig.write(0x6000, 7), Change::PRG | Change::CHR);
            assert_eq!(rig.memory.read_prg(0x6000), None, "it cannot be read");
            rig.mapper.reset(&mut rig.memory);
            assert_eq!(rig.prg(), before);
        }
    }
}
