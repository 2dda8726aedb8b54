//! DxROM and most boards of Namco and Tengen: iNES 206. A [Namcot 108](super::namcot108) with up to 128 KiB of PRG ROM and
//! 64 KiB of CHR ROM. Mirroring by solder pad, or four nametables (Gauntlet, DRROM).
//!
//! | submapper | PRG ROM |
//! |-----------|---------|
//! | 0         | banked |
//! | 1         | 32 KiB that are not banked (3407, 3417, 3451) |
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_206>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::board::Ranges;
use super::namcot108::{Namcot, Namcot108, REGISTERS, Wiring};
use crate::cartridge::Header;
use crate::memory::Memory;
use crate::state::persist;

/// The board.
pub(crate) type Dxrom = Namcot<Plain>;

/// All lines go where their names say.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    fixed_prg: bool,
}

impl Wiring for Plain {
    const WRITES: Ranges = &[REGISTERS];
    const CHR: usize = 64;

    fn new(header: &Header) -> Self {
        Self { fixed_prg: header.submapper == 1 }
    }

    fn latch(&mut self, _: u8) {}

    fn map(&self, chip: &Namcot108, memory: &mut Memory) {
        if self.fixed_prg {
            memory.map_prg(32, 0, 0);
        } else {
            chip.map_prg(memory);
        }
        chip.map_chr(memory, 0);
    }
}

persist!(Plain {});

#[cfg(test)]
mod tests {
    use crate::mapper::namcot108::set;
    use crate::mapper::tests::{Change, Rig};

    const BANKS: [u8; 8] = [0x0B, 0xD5, 40, 41, 42, 0xEB, 0xF5, 6];

    #[test]
    fn registers_have_four_and_six_bits() {
        let mut rig = Rig::new(206, 0, 128, 64, [0, 0]);
        set(&mut rig, BANKS);
        assert_eq!(rig.prg(), [10, 12, 28, 30]);
        assert_eq!(rig.chr(), [10, 11, 20, 21, 40, 41, 42, 43]);
    }

    #[test]
    fn modes_and_mirroring_of_the_mmc3_are_missing() {
        let mut rig = Rig::new(206, 0, 128, 64, [0, 0]);
        assert_eq!(rig.write(0x8000, 0xC0), Change::NONE);
        assert_eq!(rig.write(0xA000, 0), Change::NONE);
        assert_eq!(rig.nametables(), [0, 0, 1, 1]);
        assert_eq!(Rig::with_flags(206, 0, 8, [128, 64], [0, 0]).nametables(), [0, 1, 2, 3]);
    }

    #[test]
    fn submapper_1_does_not_bank_prg() {
        let mut rig = Rig::new(206, 1, 32, 64, [0, 0]);
        set(&mut rig, BANKS);
        assert_eq!(rig.prg(), [0, 2, 4, 6]);
        assert_eq!(rig.chr()[0], 10);
    }
}
