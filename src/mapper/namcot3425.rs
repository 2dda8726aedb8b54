//! NAMCOT-3425: iNES 95 (Dragon Buster). A [Namcot 108](super::namcot108) whose CHR A15, bit 5 of a bank, is CIRAM A10 too:
//! R0 picks the upper two nametables, R1 the lower two. <https://www.nesdev.org/wiki/INES_Mapper_095>

use super::board::Ranges;
use super::namcot108::{Namcot, Namcot108, REGISTERS, Wiring};
use crate::cartridge::Header;
use crate::memory::{Kib, Memory};
use crate::state::persist;

/// The board.
pub(crate) type Namcot3425 = Namcot<BankedScreens>;

/// CIRAM A10 is CHR A15.
#[derive(Clone, Debug)]
pub(crate) struct BankedScreens;

impl Wiring for BankedScreens {
    const WRITES: Ranges = &[REGISTERS];
    const CHR: usize = 64;

    fn new(_: &Header) -> Self {
        Self
    }

    fn latch(&mut self, _: u8) {}

    fn map(&self, chip: &Namcot108, memory: &mut Memory) {
        chip.map_prg(memory);
        chip.map_chr(memory, 0);
        for (i, bank) in chip.chr()[..2].iter().enumerate() {
            let page = Kib::Ciram((bank >> 5) as usize);
            memory.map_kib(8 + 2 * i, page);
            memory.map_kib(9 + 2 * i, page);
        }
    }
}

persist!(BankedScreens {});

#[cfg(test)]
mod tests {
    use crate::mapper::namcot108::set;
    use crate::mapper::tests::Rig;

    #[test]
    fn chr_a15_is_ciram_a10() {
        let mut rig = Rig::new(95, 0, 128, 32, [0, 0]);
        for (banks, nametables) in
            [([0, 2], [0, 0, 0, 0]), ([0x20, 2], [1, 1, 0, 0]), ([0, 0x22], [0, 0, 1, 1]), ([0x3F, 0x22], [1, 1, 1, 1])]
        {
            let [r0, r1] = banks;
            set(&mut rig, [r0, r1, 0x24, 5, 6, 7, 0, 1]);
            assert_eq!(rig.nametables(), nametables, "{banks:X?}");
            assert_eq!(rig.chr(), [r0 & 30, r0 & 30 | 1, 2, 3, 4, 5, 6, 7].map(u32::from));
        }
    }
}
