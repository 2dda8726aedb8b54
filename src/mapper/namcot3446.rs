//! NAMCOT-3446: iNES 76 (Megami Tensei). A [Namcot 108](super::namcot108) whose R2 to R5 pick 2 KiB of CHR ROM at $0000,
//! $0800, $1000 and $1800, so that they reach 128 KiB; R0 and R1 are not connected.
//! <https://www.nesdev.org/wiki/INES_Mapper_076>

use super::board::Ranges;
use super::namcot108::{Namcot, Namcot108, REGISTERS, Wiring};
use crate::cartridge::Header;
use crate::memory::Memory;
use crate::state::persist;

/// The board.
pub(crate) type Namcot3446 = Namcot<Coarse>;

/// CHR ROM A10 is the PPU's.
#[derive(Clone, Debug)]
pub(crate) struct Coarse;

impl Wiring for Coarse {
    const WRITES: Ranges = &[REGISTERS];
    const CHR: usize = 128;

    fn new(_: &Header) -> Self {
        Self
    }

    fn latch(&mut self, _: u8) {}

    fn map(&self, chip: &Namcot108, memory: &mut Memory) {
        chip.map_prg(memory);
        for (slot, bank) in chip.chr().into_iter().skip(2).enumerate() {
            memory.map_chr(2, slot, bank);
        }
    }
}

persist!(Coarse {});

#[cfg(test)]
mod tests {
    use crate::mapper::namcot108::set;
    use crate::mapper::tests::Rig;

    #[test]
    fn four_registers_pick_2_kib_of_chr() {
        let mut rig = Rig::new(76, 0, 128, 128, [0, 0]);
        set(&mut rig, [1, 2, 63, 20, 21, 22, 10, 11]);
        assert_eq!(rig.chr(), [126, 127, 40, 41, 42, 43, 44, 45]);
        assert_eq!(rig.prg(), [20, 22, 28, 30]);
    }
}
