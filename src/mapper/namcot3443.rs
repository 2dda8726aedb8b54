//! NAMCOT-3433, -3443: iNES 88. A [Namcot 108](super::namcot108) with PPU A12 as CHR ROM A16: R0 and R1 pick from the first
//! 64 KiB, R2 to R5 from the second.
//!
//! NAMCOT-3453: iNES 154 (Devil Man). The same with a latch for single-screen mirroring at all of $8000-$FFFF, even where
//! the chip has registers:
//!
//! ```text
//! 76543210
//! .M......   M: which KiB of CIRAM all four nametables show
//! ```
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_088>, <https://www.nesdev.org/wiki/INES_Mapper_154>

use super::board::Ranges;
use super::namcot108::{Namcot, Namcot108, REGISTERS, Wiring};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::persist;

/// The board of iNES 88.
pub(crate) type Namcot3443 = Namcot<Halves>;
/// The board of iNES 154.
pub(crate) type Namcot3453 = Namcot<HalvesAndScreen>;

/// CHR ROM A16 is PPU A12.
#[derive(Clone, Debug)]
pub(crate) struct Halves;

impl Wiring for Halves {
    const WRITES: Ranges = &[REGISTERS];
    const CHR: usize = 128;

    fn new(_: &Header) -> Self {
        Self
    }

    fn latch(&mut self, _: u8) {}

    fn map(&self, chip: &Namcot108, memory: &mut Memory) {
        chip.map_prg(memory);
        chip.map_chr(memory, 0x40);
    }
}

persist!(Halves {});

/// The same, with a latch.
#[derive(Clone, Debug)]
pub(crate) struct HalvesAndScreen {
    screen: bool,
}

impl Wiring for HalvesAndScreen {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const CHR: usize = 128;

    fn new(_: &Header) -> Self {
        Self { screen: false }
    }

    fn latch(&mut self, value: u8) {
        self.screen = value & 0x40 != 0;
    }

    fn map(&self, chip: &Namcot108, memory: &mut Memory) {
        Halves.map(chip, memory);
        memory.set_mirroring(if self.screen { Mirroring::SingleHigh } else { Mirroring::SingleLow });
    }
}

persist!(HalvesAndScreen { screen });

#[cfg(test)]
mod tests {
    use crate::mapper::namcot108::set;
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn each_pattern_table_has_its_half_of_chr() {
        for board in [88, 154] {
            let mut rig = Rig::new(board, 0, 128, 128, [0, 0]);
            set(&mut rig, [10, 63, 20, 21, 22, 0, 10, 11]);
            assert_eq!(rig.chr(), [10, 11, 62, 63, 84, 85, 86, 64]);
            assert_eq!(rig.prg(), [20, 22, 28, 30]);
        }
    }

    #[test]
    fn every_write_to_the_3453_sets_the_screen() {
        let mut rig = Rig::new(154, 0, 128, 128, [0, 0]);
        assert_eq!(rig.nametables(), [0; 4]);
        for addr in [0x8000, 0x8001, 0xA000, 0xFFFF] {
            assert_eq!(rig.write(addr, 0x40), Change::NAMETABLES, "{addr:04X}");
            assert_eq!(rig.nametables(), [1; 4]);
            assert_eq!(rig.write(addr, 0x00), Change::NAMETABLES, "{addr:04X}");
        }
        assert_eq!(Rig::new(88, 0, 128, 128, [0, 0]).nametables(), [0, 0, 1, 1]);
    }
}
