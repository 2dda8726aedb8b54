//! Namco 175 (submapper 1) and 340 (submapper 2): iNES 210.
//!
//! ```text
//!              76543210
//! $8000-$B800  CCCCCCCC  1 KiB of CHR at $0000 ... $1C00
//! $C000        .......E  175: PRG RAM on
//! $E000        MMPPPPPP  8 KiB of PRG ROM at $8000; 340: M: 0 single low, 1 vertical, 2 single high, 3 horizontal
//! $E800        ..PPPPPP  8 KiB of PRG ROM at $A000
//! $F000        ..PPPPPP  8 KiB of PRG ROM at $C000; $E000 has the last bank
//! ```
//!
//! Each register has 2 KiB of addresses. The 175 has mirroring by solder pads and up to 8 KiB of RAM: 2 KiB are there four
//! times. Without a submapper it is a 175 with its RAM always on, until M is not 0, which makes it a 340.
//! <https://www.nesdev.org/wiki/INES_Mapper_210>

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use crate::cartridge::Mirroring;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with a 163 without sound, IRQ and nametables.
#[derive(Clone, Debug)]
pub(crate) struct N175 {
    chr: [u8; 8],
    prg: [u8; 3],
    ram: bool,
    /// M counts.
    is_340: bool,
    submapper: u8,
    soldered: Mirroring,
}

impl Board for N175 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let submapper = setup.header.submapper;
        Self {
            chr: [0, 1, 2, 3, 4, 5, 6, 7],
            prg: [0, 1, 2],
            ram: false,
            is_340: submapper == 2,
            submapper,
            soldered: setup.header.mirroring,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        let register = usize::from(addr >> 11) - 0x10;
        match addr {
            0x8000..0xC000 => self.chr[register] = value,
            0xC000..0xC800 => self.ram = value & 1 != 0,
            0xE000..0xF800 => self.prg[register - 0xC] = value,
            _ => {}
        }
        self.is_340 |= self.submapper == 0 && self.prg[0] >> 6 != 0;
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(|bank| i32::from(bank & 0x3F)).into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(1, slot, i32::from(bank));
        }
        memory.set_mirroring(match self.prg[0] >> 6 {
            _ if !self.is_340 => self.soldered,
            0 => Mirroring::SingleLow,
            1 => Mirroring::Vertical,
            2 => Mirroring::SingleHigh,
            _ => Mirroring::Horizontal,
        });
        let on = match self.submapper {
            1 => self.ram,
            submapper => submapper != 2,
        };
        memory.map_prg_ram(0, if on { Access::ReadWrite } else { Access::None });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(N175 { chr, prg, ram, is_340 });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn banks() {
        let mut rig = Rig::new(210, 2, 512, 256, [0, 0]);
        for slot in 0..8 {
            rig.write(0x8000 + 0x800 * slot, 0xE0 + slot as u8);
        }
        for (addr, value) in [(0xE000, 0x05), (0xE800, 0xC6), (0xF7FF, 0xC7), (0xF800, 9), (0xD000, 9)] {
            rig.write(addr, value);
        }
        assert_eq!((rig.prg(), rig.chr()), ([10, 12, 14, 126], std::array::from_fn(|slot| 0xE0 + slot as u32)));
    }

    #[test]
    fn the_340_has_mirroring_and_the_175_ram() {
        let layouts = [[0; 4], [0, 1, 0, 1], [1; 4], [0, 0, 1, 1]];
        for submapper in 0..3 {
            let mut rig = Rig::new(210, submapper, 128, 128, [5, 0]);
            assert_eq!(rig.nametables(), if submapper == 2 { [0; 4] } else { [0, 0, 1, 1] }, "{submapper}");
            for mode in [1, 2, 3, 0] {
                rig.write(0xE000, mode << 6);
                let expected = if submapper == 1 { [0, 0, 1, 1] } else { layouts[usize::from(mode)] };
                assert_eq!(rig.nametables(), expected, "{submapper}");
            }
            rig.write(0x6001, 7);
            rig.write(0xC000, 1);
            let written = if submapper == 0 { 7 } else { 0 };
            assert_eq!(rig.read(0x7801), (submapper != 2).then_some(written), "{submapper}");
        }
    }
}
