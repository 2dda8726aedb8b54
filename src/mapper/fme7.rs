//! FME-7, Sunsoft 5A and 5B: iNES 69.
//!
//! ```text
//!                76543210
//! $8000-$9FFF    ....CCCC  the command that a parameter is for
//! $A000-$BFFF    PPPPPPPP  the parameter:
//! command $0-$7  BBBBBBBB  1 KiB of CHR at $0000 ... $1C00
//!         $8     ERBBBBBB  8 KiB at $6000: PRG ROM, or with R PRG RAM, which is off without E
//!         $9-$B  ..BBBBBB  8 KiB of PRG ROM at $8000, $A000, $C000; $E000 has the last bank
//!         $C     ......MM  0 vertical, 1 horizontal, 2 single low, 3 single high
//!         $D     C......T  IRQ control
//!         $E, $F NNNNNNNN  IRQ count, low and high half
//! $C000-$FFFF    sound of the 5B, not emulated
//! ```
//!
//! The bank at $6000 is on the address lines of RAM, too: boards with more than 8 KiB can switch it.
//! <https://www.nesdev.org/wiki/Sunsoft_FME-7>

use super::board::{Board, CountsCycles, CycleIrq, NoReads, Ranges, Setup, Unwatched};
use super::parts::fme7_irq::Fme7Irq;
use super::parts::mirroring;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with commands.
#[derive(Clone, Debug)]
pub(crate) struct Fme7 {
    command: u8,
    chr: [u8; 8],
    /// $6000 to $C000.
    prg: [u8; 4],
    mirroring: u8,
    irq: Fme7Irq,
}

impl Board for Fme7 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = Some("Sunsoft 5B, if it has one");

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        Self { command: 0, chr: [0, 1, 2, 3, 4, 5, 6, 7], prg: [0, 0, 1, 2], mirroring: 0, irq: Fme7Irq::default() }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match addr {
            0x8000..0xA000 => self.command = value & 0xF,
            0xA000..0xC000 => {
                let command = usize::from(self.command);
                match command {
                    0..8 => self.chr[command] = value,
                    8..0xC => self.prg[command - 8] = value,
                    0xC => self.mirroring = value & 3,
                    0xD => self.irq.write_control(value, at),
                    half => self.irq.write_half(half - 0xE, value, at),
                }
                self.update_banks(memory);
            }
            _ => {}
        }
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(1, slot, i32::from(bank));
        }
        let [low, banks @ ..] = self.prg.map(|bank| i32::from(bank & 0x3F));
        match self.prg[0] >> 6 {
            0 | 2 => memory.map_low_prg(low),
            1 => memory.map_prg_ram(0, Access::None),
            _ => memory.map_prg_ram(low, Access::ReadWrite),
        }
        for (slot, bank) in banks.into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        memory.set_mirroring(mirroring(self.mirroring));
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for Fme7 {
    type Counter = Fme7Irq;

    fn counter(&self) -> &Fme7Irq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut Fme7Irq {
        &mut self.irq
    }
}

persist!(Fme7 { command: within(0..=0xF), chr, prg, mirroring, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    fn set(rig: &mut Rig, command: u8, value: u8) {
        rig.write(0x9000, 0xF0 | command);
        rig.write(0xB000, value);
    }

    #[test]
    fn banks_and_mirroring() {
        let mut rig = Rig::new(69, 0, 512, 256, [7, 0]);
        for command in 0..8 {
            set(&mut rig, command, 0x80 + command);
        }
        for (command, value) in [(9, 0xC3), (0xA, 0x3F), (0xB, 7), (0xC, 3)] {
            set(&mut rig, command, value);
        }
        assert_eq!(rig.chr(), [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87]);
        assert_eq!((rig.prg(), rig.nametables()), ([6, 126, 14, 126], [1; 4]));
        rig.write(0xC000, 9);
        assert_eq!(rig.prg()[2], 14, "sound");
    }

    #[test]
    fn rom_or_ram_at_6000() {
        let mut rig = Rig::new(69, 0, 128, 128, [9, 0]);
        set(&mut rig, 8, 0x05);
        assert_eq!([rig.read(0x6000), rig.read(0x7000)], [Some(10), Some(11)]);
        set(&mut rig, 8, 0xC1);
        rig.write(0x6000, 0x55);
        set(&mut rig, 8, 0xC0);
        assert_eq!(rig.read(0x6000), Some(0), "another bank of 32 KiB");
        set(&mut rig, 8, 0x41);
        assert_eq!(rig.read(0x6000), None);
        rig.write(0x6000, 0x66);
        set(&mut rig, 8, 0xC1);
        assert_eq!(rig.read(0x6000), Some(0x55));
    }

    #[test]
    fn irq() {
        let mut rig = Rig::new(69, 0, 128, 128, [7, 0]);
        for (command, value) in [(0xE, 99), (0xF, 0), (0xD, 0x81)] {
            set(&mut rig, command, value);
        }
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 100);
    }
}
