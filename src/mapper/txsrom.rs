//! TxSROM (TKSROM, TLSROM): iNES 118. An [MMC3](super::mmc3) whose CHR A17, bit 7 of a bank, is CIRAM A10 in place of the
//! chip's mirroring. The chip ignores PPU A13, so the nametables follow the banks of $0000-$0FFF: R0 and R1 two at a time, or
//! R2 to R5 if the halves of pattern space are swapped. 128 KiB of CHR are left.
//! <https://www.nesdev.org/wiki/INES_Mapper_118>

use super::board::Ranges;
use super::mmc3::{Mmc3, REGISTERS, Wiring};
use crate::cartridge::{Header, Mirroring};
use crate::memory::{Kib, Memory};
use crate::state::persist;
use std::ops::RangeInclusive;

/// The board.
pub(crate) type Txsrom = Mmc3<BankedScreens>;

/// CIRAM A10 is CHR A17.
#[derive(Clone, Debug)]
pub(crate) struct BankedScreens;

impl Wiring for BankedScreens {
    const WRITES: Ranges = &[REGISTERS];
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 128];

    fn new(_: &Header) -> Self {
        Self
    }

    fn set_outer(&mut self, _: u8) -> bool {
        false
    }

    fn map_prg(&self, memory: &mut Memory, slot: usize, bank: i32) {
        memory.map_prg(8, slot, bank);
    }

    fn map_chr(&self, memory: &mut Memory, kb: usize, slot: usize, bank: u8) {
        memory.map_chr(kb, slot, i32::from(bank & 0x7F) / kb as i32);
        for kib in slot * kb..(slot + 1) * kb {
            if kib < 4 {
                memory.map_kib(8 + kib, Kib::Ciram(usize::from(bank >> 7)));
            }
        }
    }

    fn map_nametables(&self, _: &mut Memory, _: Mirroring) {}
}

persist!(BankedScreens {});

#[cfg(test)]
mod tests {
    use crate::mapper::mmc3::set;
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn chr_a17_is_ciram_a10() {
        let mut rig = Rig::new(118, 0, 128, 128, [7, 0]);
        for (register, bank) in (0..).zip([0x8A, 12, 0xC0, 65, 66, 0xC3]) {
            set(&mut rig, register, bank);
        }
        assert_eq!(rig.chr(), [10, 11, 12, 13, 64, 65, 66, 67]);
        assert_eq!(rig.nametables(), [1, 1, 0, 0], "as R0 and R1");
        assert_eq!(rig.write(0x8000, 0x80), Change::CHR | Change::NAMETABLES);
        assert_eq!(rig.chr(), [64, 65, 66, 67, 10, 11, 12, 13]);
        assert_eq!(rig.nametables(), [1, 0, 0, 1], "as R2 to R5");
        assert_eq!(rig.write(0xA000, 1), Change::NONE, "the chip's mirroring is not connected");
    }
}
