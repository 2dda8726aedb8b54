//! Irem G-101: iNES 32.
//!
//! ```text
//!              76543210
//! $8000        ...PPPPP  8 KiB of PRG ROM at $8000, or at $C000; the other has the last but one
//! $9000        ......SM  M: 0 vertical, 1 horizontal mirroring; S: $8000 is the bank at $C000
//! $A000        ...PPPPP  8 KiB of PRG ROM at $A000; $E000 has the last bank
//! $B000-$B007  CCCCCCCC  1 KiB of CHR at $0000, $0400, ..., $1C00
//! ```
//!
//! | submapper | $9000 |
//! |-----------|-------|
//! | 0         | as above |
//! | 1         | does nothing: S is 0, and CIRAM A10 is high (Major League) |
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_032>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board.
#[derive(Clone, Debug)]
pub(crate) struct G101 {
    prg: [u8; 2],
    control: u8,
    chr: [u8; 8],
    /// Submapper 1.
    is_major_league: bool,
}

impl Board for G101 {
    const WRITES: Ranges = &[0x8000..=0xBFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let control = u8::from(setup.header.mirroring == Mirroring::Horizontal);
        // Not specified: memory in its natural order.
        let is_major_league = setup.header.submapper == 1;
        Self { prg: [0, 1], control, chr: [0, 1, 2, 3, 4, 5, 6, 7], is_major_league }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        match addr >> 12 {
            0x8 => self.prg[0] = value & 0x1F,
            0x9 => self.control = value & 3,
            0xA => self.prg[1] = value & 0x1F,
            _ => self.chr[usize::from(addr & 7)] = value,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        map_plain_prg_ram(memory);
        let [a, b] = self.prg.map(i32::from);
        let swap = self.control & 2 != 0 && !self.is_major_league;
        let banks = if swap { [-2, b, a, -1] } else { [a, b, -2, -1] };
        for (slot, bank) in banks.into_iter().enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.map(i32::from).into_iter().enumerate() {
            memory.map_chr(1, slot, bank);
        }
        memory.set_mirroring(match self.control & 1 {
            _ if self.is_major_league => Mirroring::SingleHigh,
            0 => Mirroring::Vertical,
            _ => Mirroring::Horizontal,
        });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(G101 { prg: each(0..=0x1F), control: within(0..=3), chr });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    fn rig(submapper: u8) -> Rig {
        let mut rig = Rig::new(32, submapper, 256, 256, [7, 0]);
        rig.write(0x8FFF, 0xFE);
        rig.write(0xAFFF, 0xEA);
        for (register, bank) in (0xBFF8..).zip([255, 10, 20, 30, 40, 50, 60, 70]) {
            rig.write(register, bank);
        }
        rig
    }

    #[test]
    fn banks_and_mirroring() {
        let mut rig = rig(0);
        assert_eq!(rig.chr(), [255, 10, 20, 30, 40, 50, 60, 70]);
        for (control, prg, nametables) in [(0, [30, 10, 30, 31], [0, 1, 0, 1]), (1, [30, 10, 30, 31], [0, 0, 1, 1])] {
            rig.write(0x9000, control);
            assert_eq!(rig.prg(), prg.map(|bank| 2 * bank));
            assert_eq!(rig.nametables(), nametables);
        }
        rig.write(0x8000, 5);
        assert_eq!(rig.prg(), [10, 20, 60, 62]);
        assert_eq!(rig.write(0x9FFF, 3), Change::PRG);
        assert_eq!(rig.prg(), [60, 20, 10, 62]);
    }

    #[test]
    fn major_league_has_one_screen_and_no_swap() {
        let mut rig = rig(1);
        rig.write(0x8000, 5);
        for control in 0..4 {
            assert_eq!(rig.write(0x9000, control), Change::NONE);
            assert_eq!((rig.prg(), rig.nametables()), ([10, 20, 60, 62], [1; 4]));
        }
    }
}
