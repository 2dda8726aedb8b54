//! VRC1: iNES 75.
//!
//! ```text
//!        76543210
//! $8000  ....PPPP  8 KiB of PRG ROM at $8000; $A000 and $C000 likewise; $E000 has the last bank
//! $9000  .....BAM  M: 0 vertical, 1 horizontal mirroring; A, B: bit 4 of the CHR banks at $0000, $1000
//! $E000  ....CCCC  4 KiB of CHR at $0000
//! $F000  ....CCCC  4 KiB of CHR at $1000
//! ```
//!
//! With four nametables, as in the Vs. System, M does nothing. <https://www.nesdev.org/wiki/VRC1>

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with three PRG and two CHR registers.
#[derive(Clone, Debug)]
pub(crate) struct Vrc1 {
    prg: [u8; 3],
    chr: [u8; 2],
    control: u8,
    four_screen: bool,
}

impl Board for Vrc1 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [128, 128];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        Self { prg: [0, 1, 2], chr: [0, 1], control: 0, four_screen: setup.header.mirroring == Mirroring::FourScreen }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        match addr >> 12 {
            0x8 => self.prg[0] = value & 0xF,
            0xA => self.prg[1] = value & 0xF,
            0xC => self.prg[2] = value & 0xF,
            0x9 => self.control = value & 7,
            0xE => self.chr[0] = value & 0xF,
            0xF => self.chr[1] = value & 0xF,
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(i32::from).into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.into_iter().enumerate() {
            let high = self.control >> (slot + 1) & 1;
            memory.map_chr(4, slot, i32::from(high << 4 | bank));
        }
        memory.set_mirroring(match self.control & 1 {
            _ if self.four_screen => Mirroring::FourScreen,
            0 => Mirroring::Vertical,
            _ => Mirroring::Horizontal,
        });
        map_plain_prg_ram(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Vrc1 { prg, chr, control });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn banks_and_mirroring() {
        let mut rig = Rig::new(75, 0, 128, 128, [0, 0]);
        for (addr, value) in [(0x8000, 0xF5), (0xAFFF, 6), (0xC000, 7), (0xE000, 3), (0xFFFF, 0xF4), (0xB000, 1)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.prg(), [10, 12, 14, 30]);
        assert_eq!(rig.chr(), [12, 13, 14, 15, 16, 17, 18, 19]);
        assert_eq!(rig.nametables(), [0, 1, 0, 1]);
        rig.write(0x9ABC, 0x03);
        assert_eq!((rig.chr()[0], rig.chr()[4], rig.nametables()), (76, 16, [0, 0, 1, 1]));
        rig.write(0x9000, 0x04);
        assert_eq!((rig.chr()[0], rig.chr()[4]), (12, 80));
    }

    #[test]
    fn four_screens_stay() {
        let mut rig = Rig::with_flags(75, 0, 8, [128, 128], [0, 0]);
        rig.write(0x9000, 1);
        assert_eq!(rig.nametables(), [0, 1, 2, 3]);
    }
}
