//! Jaleco SS 88006: iNES 18.
//!
//! Only A0, A1 and four data lines are connected, so each bank takes two registers: low digit, high digit.
//!
//! ```text
//!                3210
//! $8000, $8001   PPPP  8 KiB of PRG ROM at $8000; $8002 for $A000, $9000 for $C000; $E000 has the last bank
//! $9002          ..WR  R: PRG RAM on, W: it can be written
//! $A000, $A001   CCCC  1 KiB of CHR at $0000; $A002 for $0400, ... $D002 for $1C00
//! $E000-$E003    LLLL  IRQ: the value to reload, low digit first
//! $F000          ....  IRQ: reload
//! $F001          FETC  IRQ: width and control
//! $F002          ..MM  0 horizontal, 1 vertical, 2 single low, 3 single high
//! $F003                samples of a uPD7755 or uPD7756, which some boards have; not emulated
//! ```
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_018>

use super::board::{Board, CountsCycles, CycleIrq, NoReads, Ranges, Setup, Unwatched};
use super::parts::ss88006_irq::Ss88006Irq;
use crate::cartridge::Mirroring;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with registers of four bits.
#[derive(Clone, Debug)]
pub(crate) struct Ss88006 {
    prg: [u8; 3],
    chr: [u8; 8],
    ram: u8,
    mirroring: u8,
    irq: Ss88006Irq,
}

impl Board for Ss88006 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = Some("uPD7755 or uPD7756, if it has one");

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        Self { prg: [0, 1, 2], chr: [0, 1, 2, 3, 4, 5, 6, 7], ram: 0, mirroring: 0, irq: Ss88006Irq::default() }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        let (page, register) = (usize::from(addr >> 12), usize::from(addr & 3));
        let digit = |of: &mut u8| {
            let shift = 4 * (register & 1);
            *of = *of & !(0xF << shift) | (value & 0xF) << shift;
        };
        match (page, register) {
            (0x8, _) => digit(&mut self.prg[register / 2]),
            (0x9, 0 | 1) => digit(&mut self.prg[2]),
            (0x9, 2) => self.ram = value & 3,
            (0xA..0xE, _) => digit(&mut self.chr[(page - 0xA) * 2 + register / 2]),
            (0xE, _) => self.irq.write_reload(register, value, at),
            (0xF, 0) => self.irq.write_restart(at),
            (0xF, 1) => self.irq.write_control(value, at),
            (0xF, 2) => self.mirroring = value & 3,
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(|bank| i32::from(bank & 0x3F)).into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(1, slot, i32::from(bank));
        }
        memory.map_prg_ram(0, [Access::None, Access::Read, Access::None, Access::ReadWrite][usize::from(self.ram & 3)]);
        memory.set_mirroring(match self.mirroring {
            0 => Mirroring::Horizontal,
            1 => Mirroring::Vertical,
            2 => Mirroring::SingleLow,
            _ => Mirroring::SingleHigh,
        });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for Ss88006 {
    type Counter = Ss88006Irq;

    fn counter(&self) -> &Ss88006Irq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut Ss88006Irq {
        &mut self.irq
    }
}

persist!(Ss88006 { prg, chr, ram, mirroring, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn banks_are_two_digits() {
        let mut rig = Rig::new(18, 0, 512, 256, [7, 0]);
        for (addr, value) in [(0x8000, 0xF5), (0x8001, 0xF2), (0x8002, 6), (0x8003, 1), (0x9004, 7), (0x9FF1, 0xF)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.prg(), [0x25 * 2, 0x16 * 2, 0x37 * 2, 126]);
        for chr in 0..8 {
            let addr = 0xA000 + ((chr / 2) << 12) + chr % 2 * 2;
            rig.write(addr, 0xF0 | chr as u8);
            rig.write(addr + 1, 0xE);
        }
        assert_eq!(rig.chr(), [0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7]);
        for (value, nametables) in [(0, [0, 0, 1, 1]), (1, [0, 1, 0, 1]), (2, [0; 4]), (3, [1; 4])] {
            rig.write(0xF002, value);
            assert_eq!(rig.nametables(), nametables);
        }
    }

    #[test]
    fn prg_ram_is_switched_and_protected() {
        let mut rig = Rig::new(18, 0, 128, 128, [7, 0]);
        for (control, value, read) in [(3, 1, Some(1)), (1, 2, Some(1)), (2, 3, None), (0, 4, None), (3, 5, Some(5))] {
            rig.write(0x9002, control);
            rig.write(0x6000, value);
            assert_eq!(rig.read(0x6000), read, "{control}");
        }
    }

    #[test]
    fn irq() {
        let mut rig = Rig::new(18, 0, 128, 128, [7, 0]);
        for (addr, value) in [(0xE000, 1), (0xE001, 2), (0xE002, 3), (0xE003, 4), (0xF000, 0), (0xF001, 1)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 0x4322);
    }
}
