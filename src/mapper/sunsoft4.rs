//! Sunsoft-4: iNES 68.
//!
//! ```text
//!              76543210
//! $8000-$B000  CCCCCCCC  2 KiB of CHR at $0000, $0800, $1000, $1800
//! $C000, $D000 .CCCCCCC  1 KiB of CHR ROM in its last 128 KiB, in place of the low and the high KiB of CIRAM
//! $E000        ...R..MM  M: 0 vertical, 1 horizontal, 2 single low, 3 single high; R: nametables are CHR ROM
//! $F000        ...EBBBB  B: 16 KiB of PRG ROM at $8000; E: PRG RAM on; $C000 has the last bank
//! ```
//!
//! Submapper 1 (Nantettatte!! Baseball): bit 3 of B is 0 for the ROM of an external cartridge, which can be read for 107,520
//! cycles after a write to $6000 with RAM off. A file of this board has that ROM behind the 128 KiB of its own, and here it
//! can always be read: the licence timer is missing. <https://www.nesdev.org/wiki/INES_Mapper_068>

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::parts::mirroring;
use crate::memory::{Access, Kib, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with nametables in ROM.
#[derive(Clone, Debug)]
pub(crate) struct Sunsoft4 {
    chr: [u8; 4],
    nametables: [u8; 2],
    control: u8,
    prg: u8,
    /// Of its own: the last bank of these is fixed.
    prg_banks: i32,
    external: bool,
    external_banks: i32,
}

impl Board for Sunsoft4 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let (banks, external) = (setup.header.prg_rom_size / 0x4000, setup.header.submapper == 1);
        let prg_banks = if external { banks.min(8) } else { banks } as i32;
        let external_banks = banks as i32 - prg_banks;
        Self { chr: [0, 1, 2, 3], nametables: [0, 1], control: 0, prg: 0, prg_banks, external, external_banks }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        match addr >> 12 {
            page @ 0x8..0xC => self.chr[usize::from(page) & 3] = value,
            page @ 0xC..0xE => self.nametables[usize::from(page) & 1] = value & 0x7F,
            0xE => self.control = value,
            _ => self.prg = value,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        let bank = match (self.external, self.prg & 8) {
            (false, _) => i32::from(self.prg & 0xF),
            (true, 0) => 8 + i32::from(self.prg & 7) % self.external_banks.max(1),
            (true, _) => i32::from(self.prg & 7),
        };
        memory.map_prg(16, 0, bank);
        memory.map_prg(16, 1, self.prg_banks - 1);
        memory.map_prg_ram(0, if self.prg & 0x10 != 0 { Access::ReadWrite } else { Access::None });
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(2, slot, i32::from(bank));
        }
        memory.set_mirroring(mirroring(self.control));
        if self.control & 0x10 != 0 {
            let halves = [[0, 1, 0, 1], [0, 0, 1, 1], [0; 4], [1; 4]][usize::from(self.control & 3)];
            for (slot, half) in halves.into_iter().enumerate() {
                memory.map_kib(8 + slot, Kib::Rom(0x80 | usize::from(self.nametables[half])));
            }
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Sunsoft4 { chr, nametables: each(0..=0x7F), control, prg });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;
    use crate::memory::PpuPage;

    #[test]
    fn banks_and_ram() {
        let mut rig = Rig::new(68, 0, 256, 256, [7, 0]);
        for (addr, value) in [(0x8000, 5), (0x9FFF, 6), (0xA000, 7), (0xB000, 0x7F), (0xF000, 0xEA), (0xE000, 2)] {
            rig.write(addr, value);
        }
        assert_eq!((rig.prg(), rig.chr()), ([40, 42, 60, 62], [10, 11, 12, 13, 14, 15, 254, 255]));
        assert_eq!((rig.nametables(), rig.read(0x6000)), ([0; 4], None));
        rig.write(0xF000, 0x1A);
        rig.write(0x6000, 7);
        assert_eq!(rig.read(0x6000), Some(7));
    }

    #[test]
    fn nametables_in_rom_are_mirrored_as_ciram_is() {
        let mut rig = Rig::new(68, 0, 128, 256, [0, 0]);
        rig.write(0xC000, 0x84);
        rig.write(0xD000, 0x05);
        for (control, halves) in [(0x10, [4, 5, 4, 5]), (0x11, [4, 4, 5, 5]), (0x12, [4; 4]), (0x13, [5; 4])] {
            rig.write(0xE000, control);
            for (slot, kib) in halves.into_iter().enumerate() {
                assert_eq!(rig.memory.ppu_page(8 + slot), PpuPage::Rom((0x80 | kib) << 10), "{control:X}");
                assert_eq!(rig.memory.ppu_page(12 + slot), PpuPage::Rom((0x80 | kib) << 10), "{control:X}");
            }
        }
    }

    #[test]
    fn the_external_rom_is_behind_the_own_one() {
        let mut rig = Rig::new(68, 1, 144, 128, [7, 0]);
        rig.write(0xF000, 0x0A);
        assert_eq!(rig.prg(), [8, 10, 28, 30]);
        rig.write(0xF000, 0x00);
        assert_eq!(rig.prg(), [32, 34, 28, 30]);
        rig.write(0xF000, 0x05);
        assert_eq!(rig.prg(), [32, 34, 28, 30], "a small one is mirrored");
    }
}
