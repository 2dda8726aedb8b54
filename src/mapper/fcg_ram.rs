//! Bandai LZ93D50 with PRG RAM in place of an EEPROM: iNES 153 (Famicom Jump II).
//!
//! The last digit of the address counts, from $8000 on:
//!
//! ```text
//!         76543210
//! $0-$3   .......P  256 KiB of PRG ROM; all four must be equal, or PPU A10 and A11 switch them
//! $8      ....PPPP  16 KiB of PRG ROM at $8000; $C000 has the last bank of the 256 KiB
//! $9      ......MM  0 vertical, 1 horizontal, 2 single low, 3 single high
//! $A      .......C  IRQ control
//! $B, $C  NNNNNNNN  IRQ latch, low and high half
//! $D      ..E.....  PRG RAM on
//! ```
//!
//! Here $0 is P. 8 KiB of CHR RAM. <https://www.nesdev.org/wiki/INES_Mapper_153>

use super::board::{Board, CountsCycles, CycleIrq, NOTHING, NoReads, Ranges, Setup, Unwatched};
use super::parts::bandai_irq::BandaiIrq;
use super::parts::mirroring;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with 512 KiB of PRG ROM.
#[derive(Clone, Debug)]
pub(crate) struct FcgRam {
    outer: u8,
    prg: u8,
    mirroring: u8,
    ram: bool,
    irq: BandaiIrq,
}

impl Board for FcgRam {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [512, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        Self { outer: 0, prg: 0, mirroring: 0, ram: false, irq: BandaiIrq::default() }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match addr & 0xF {
            0x0 => self.outer = value & 1,
            0x8 => self.prg = value & 0xF,
            0x9 => self.mirroring = value & 3,
            0xA => self.irq.write_control(value, true, at),
            half @ 0xB..0xD => self.irq.write_half(usize::from(half) - 0xB, value, true, at),
            0xD => self.ram = value & 0x20 != 0,
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        let outer = i32::from(self.outer) << 4;
        memory.map_prg(16, 0, outer | i32::from(self.prg));
        memory.map_prg(16, 1, outer | 0xF);
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(mirroring(self.mirroring));
        memory.map_prg_ram(0, if self.ram { Access::ReadWrite } else { Access::None });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for FcgRam {
    type Counter = BandaiIrq;

    fn counter(&self) -> &BandaiIrq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut BandaiIrq {
        &mut self.irq
    }
}

persist!(FcgRam { outer: within(0..=1), prg, mirroring, ram, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn banks_ram_and_irq() {
        let mut rig = Rig::new(153, 0, 512, 0, [0x70, 7]);
        assert_eq!(rig.prg(), [0, 2, 60, 62]);
        for (addr, value) in [(0x8008, 0xF5), (0x8009, 1), (0x8001, 1)] {
            rig.write(addr, value);
        }
        assert_eq!((rig.prg(), rig.nametables()), ([20, 22, 60, 62], [0, 0, 1, 1]));
        rig.write(0x8000, 0xFF);
        assert_eq!(rig.prg(), [84, 86, 124, 126]);
        rig.write(0x6000, 1);
        assert_eq!(rig.read(0x6000), None);
        rig.write(0x800D, 0x20);
        rig.write(0x6000, 2);
        assert_eq!(rig.read(0x6000), Some(2));
        for (addr, value) in [(0x800B, 44), (0x800C, 1), (0x800A, 1)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 300);
    }
}
