//! Irem H3001: iNES 65.
//!
//! ```text
//!              76543210
//! $8000        BBBBBBBB  8 KiB of PRG ROM at $8000, or at $C000 with L; the other one has the second-last bank
//! $A000        BBBBBBBB  8 KiB of PRG ROM at $A000; $E000 has the last bank
//! $9000        L.......  layout
//! $9001        MM......  0 vertical, 2 horizontal, 1 and 3 single low
//! $9003        E.......  IRQ: enable and acknowledge
//! $9004        ........  IRQ: reload and acknowledge
//! $9005, $9006 NNNNNNNN  IRQ: the value to reload, high half and low half
//! $B000-$B007  CCCCCCCC  1 KiB of CHR at $0000 ... $1C00
//! ```
//!
//! At power-on banks 0 and 1 are mapped; games need that. <https://www.nesdev.org/wiki/INES_Mapper_065>
//!
//! The page gives $3E and $3F as numbers of the last two banks: its ROMs are at most 512 KiB. It does not say which address
//! lines are connected; here A0-A2 and A12-A15.

use super::board::{Board, CountsCycles, CycleIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use super::parts::h3001_irq::H3001Irq;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with a one-shot counter.
#[derive(Clone, Debug)]
pub(crate) struct H3001 {
    prg: [u8; 2],
    chr: [u8; 8],
    layout: u8,
    mirroring: u8,
    irq: H3001Irq,
}

impl Board for H3001 {
    const WRITES: Ranges = &[0x8000..=0xBFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        Self { prg: [0, 1], chr: [0, 1, 2, 3, 4, 5, 6, 7], layout: 0, mirroring: 0, irq: H3001Irq::default() }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match (addr >> 12, addr & 7) {
            (0x8, 0) => self.prg[0] = value & 0x3F,
            (0xA, 0) => self.prg[1] = value & 0x3F,
            (0xB, slot) => self.chr[usize::from(slot)] = value,
            (0x9, 0) => self.layout = value,
            (0x9, 1) => self.mirroring = value >> 6,
            (0x9, 3) => self.irq.write_enable(value, at),
            (0x9, 4) => self.irq.write_reload(at),
            (0x9, 5) => self.irq.write_half(1, value, at),
            (0x9, 6) => self.irq.write_half(0, value, at),
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        let [low, middle] = self.prg.map(i32::from);
        let banks = if self.layout & 0x80 == 0 { [low, middle, -2, -1] } else { [-2, middle, low, -1] };
        for (slot, bank) in banks.into_iter().enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(1, slot, i32::from(bank));
        }
        memory.set_mirroring(match self.mirroring {
            0 => Mirroring::Vertical,
            2 => Mirroring::Horizontal,
            _ => Mirroring::SingleLow,
        });
        map_plain_prg_ram(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for H3001 {
    type Counter = H3001Irq;

    fn counter(&self) -> &H3001Irq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut H3001Irq {
        &mut self.irq
    }
}

persist!(H3001 { prg, chr, layout, mirroring, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn banks_and_mirroring() {
        let mut rig = Rig::new(65, 0, 512, 256, [0, 0]);
        assert_eq!(rig.prg(), [0, 2, 124, 126], "as at power-on");
        for (addr, value) in [(0x8000, 5), (0xA000, 6), (0x8001, 9)] {
            rig.write(addr, value);
        }
        for slot in 0..8 {
            rig.write(0xB000 + slot, 0xF8 + slot as u8);
        }
        assert_eq!(rig.prg(), [10, 12, 124, 126]);
        assert_eq!(rig.chr(), [0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF]);
        rig.write(0x9000, 0x80);
        assert_eq!(rig.prg(), [124, 12, 10, 126]);
        for (value, nametables) in [(0, [0, 1, 0, 1]), (0x80, [0, 0, 1, 1]), (0x40, [0; 4]), (0xC0, [0; 4])] {
            rig.write(0x9001, value);
            assert_eq!(rig.nametables(), nametables, "{value:X}");
        }
    }

    #[test]
    fn irq() {
        let mut rig = Rig::new(65, 0, 128, 128, [0, 0]);
        for (addr, value) in [(0x9005, 1), (0x9006, 2), (0x9004, 0), (0x9003, 0x80)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 0x102);
    }
}
