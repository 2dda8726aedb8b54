//! TQROM: iNES 119 (High Speed, Pin-Bot). An [MMC3](super::mmc3) with CHR ROM and 8 KiB of CHR RAM; CHR A16, bit 6 of a
//! bank, picks the chip. 64 KiB of CHR ROM are left. <https://www.nesdev.org/wiki/INES_Mapper_119>

use super::board::Ranges;
use super::mmc3::{Mmc3, REGISTERS, Wiring};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::persist;
use std::ops::RangeInclusive;

/// The board.
pub(crate) type Tqrom = Mmc3<TwoChips>;

/// CHR A16 enables RAM or ROM.
#[derive(Clone, Debug)]
pub(crate) struct TwoChips;

impl Wiring for TwoChips {
    const WRITES: Ranges = &[REGISTERS];
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    // Official boards stop at 128 KiB of PRG ROM, the chip does not.
    const LARGEST: [usize; 2] = [512, 64];

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
        let number = i32::from(bank & 0x3F) / kb as i32;
        if bank & 0x40 == 0 {
            memory.map_chr(kb, slot, number);
        } else {
            memory.map_chr_ram(kb, slot, number);
        }
    }

    fn map_nametables(&self, memory: &mut Memory, mirroring: Mirroring) {
        memory.set_mirroring(mirroring);
    }
}

persist!(TwoChips {});

#[cfg(test)]
mod tests {
    use crate::mapper::mmc3::set;
    use crate::mapper::tests::Rig;
    use crate::memory::PpuPage;

    #[test]
    fn bit_6_picks_ram() {
        let mut rig = Rig::new(119, 0, 128, 64, [0, 7]);
        for (register, bank) in (0..).zip([63, 0x45, 0x86, 0x40, 0x4F, 9]) {
            set(&mut rig, register, bank);
        }
        let rom = |kib: u32| PpuPage::Rom(kib << 10);
        let ram = |kib: u32| PpuPage::Vram(0x800 + (kib << 10));
        let pages: [_; 8] = std::array::from_fn(|slot| rig.memory.ppu_page(slot));
        assert_eq!(pages, [rom(62), rom(63), ram(4), ram(5), rom(6), ram(0), ram(7), rom(9)]);
    }
}
