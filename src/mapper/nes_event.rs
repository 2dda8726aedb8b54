//! NES-EVENT: iNES 105 (Nintendo World Championships), an MMC1 whose CHR lines do other things.
//!
//! ```text
//!                43210
//! $8000 control  .PPMM  as on MMC1
//! $A000 event    IOAA.  A: 32 KiB of the first 128 KiB of PRG ROM at $8000
//!                       O: the second 128 KiB instead, as MMC1 maps them
//!                       I: 1 holds the timer at 0 and acknowledges its IRQ, 0 lets it run
//! $E000 PRG      RPPPP  P: 16 KiB bank; R: PRG RAM off
//! ```
//!
//! Until I was 0 and then 1, O and A count as 0. PRG A14 is always MMC1's, so its 16 KiB modes can show one half of 32 KiB
//! twice. 8 KiB of CHR RAM. The time is that of the tournament; there are no switches to set.
//! <https://www.nesdev.org/wiki/NES-EVENT>
//!
//! On hardware the lines of $A000 are those of $C000 while PPU A12 is high in 4 KiB mode. Here they are always $A000's.

use super::board::{Board, CountsCycles, CycleIrq, NOTHING, NoReads, Ranges, Setup, Unwatched};
use super::parts::event_irq::EventIrq;
use super::parts::serial_port::{Serial, SerialPort};
use crate::cartridge::Mirroring;
use crate::memory::{Access, Memory};
use crate::state::{persist, persist_enum};
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The switches of the tournament: 6 minutes and a quarter.
const SWITCHES: u8 = 0b0100;

/// What I has been so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Locked,
    /// 0.
    Half,
    /// 0 and then 1.
    Open,
}

persist_enum!(Lock { Locked = 0, Half = 1, Open = 2 });

/// The board with a timer.
#[derive(Clone, Debug)]
pub(crate) struct NesEvent {
    port: SerialPort,
    control: u8,
    event: u8,
    prg: u8,
    lock: Lock,
    irq: EventIrq,
}

impl Board for NesEvent {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [256, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        let (port, irq) = (SerialPort::default(), EventIrq::with_switches(SWITCHES));
        Self { port, control: 0x0C, event: 0x10, prg: 0, lock: Lock::Locked, irq }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match (self.port.write(value, at), addr >> 13 & 3) {
            (Serial::Part, _) => return,
            (Serial::Reset, _) => self.control |= 0x0C,
            (Serial::Whole(value), 0) => self.control = value,
            (Serial::Whole(value), 1) => {
                self.event = value;
                let held = value & 0x10 != 0;
                self.lock = match (self.lock, held) {
                    (Lock::Locked, false) => Lock::Half,
                    (Lock::Half, true) => Lock::Open,
                    (lock, _) => lock,
                };
                self.irq.run_or_stop(!held, at);
            }
            (Serial::Whole(value), 3) => self.prg = value,
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        let prg = i32::from(self.prg & 0xF);
        let by_mmc1 = match self.control >> 2 & 3 {
            2 => [0, prg],
            3 => [prg, 0xF],
            _ => [prg & 0xE, prg | 1],
        };
        let event = if self.lock == Lock::Open { i32::from(self.event) } else { 0 };
        for (slot, bank) in by_mmc1.into_iter().enumerate() {
            memory.map_prg(16, slot, if event & 8 != 0 { 8 | bank & 7 } else { event & 6 | bank & 1 });
        }
        memory.map_chr(8, 0, 0);
        memory.map_prg_ram(0, if self.prg & 0x10 != 0 { Access::None } else { Access::ReadWrite });
        memory.set_mirroring(match self.control & 3 {
            0 => Mirroring::SingleLow,
            1 => Mirroring::SingleHigh,
            2 => Mirroring::Vertical,
            _ => Mirroring::Horizontal,
        });
    }

    fn reset(&mut self, memory: &mut Memory) {
        self.lock = Lock::Locked;
        self.update_banks(memory);
    }
}

impl CountsCycles for NesEvent {
    type Counter = EventIrq;

    fn counter(&self) -> &EventIrq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut EventIrq {
        &mut self.irq
    }
}

persist!(NesEvent { port, control: within(0..=0x1F), event: within(0..=0x1F), prg: within(0..=0x1F), lock, irq });

#[cfg(test)]
mod tests {
    use crate::clock::NEVER;
    use crate::mapper::tests::Rig;

    fn set(rig: &mut Rig, addr: u16, value: u8) {
        for bit in 0..5 {
            rig.write(addr, value >> bit & 1);
        }
    }

    #[test]
    fn prg_is_locked_until_the_timer_was_started_and_stopped() {
        let mut rig = Rig::new(105, 0, 256, 0, [7, 7]);
        set(&mut rig, 0xA000, 0x1E);
        assert_eq!(rig.prg(), [0, 2, 4, 6]);
        set(&mut rig, 0xA000, 0x04);
        assert_eq!(rig.prg(), [0, 2, 4, 6]);
        set(&mut rig, 0xA000, 0x14);
        assert_eq!(rig.prg(), [16, 18, 20, 22], "32 KiB of the first half");
        set(&mut rig, 0xA000, 0x08);
        assert_eq!(rig.prg(), [32, 34, 60, 62], "the second half, as MMC1 maps it");
        set(&mut rig, 0xE000, 0x05);
        assert_eq!(rig.prg(), [52, 54, 60, 62]);
        set(&mut rig, 0x8000, 0x08);
        assert_eq!((rig.prg(), rig.nametables()), ([32, 34, 52, 54], [0; 4]));
        set(&mut rig, 0x8000, 0x02);
        assert_eq!((rig.prg(), rig.nametables()), ([48, 50, 52, 54], [0, 1, 0, 1]));
        rig.mapper.reset(&mut rig.memory);
        assert_eq!(rig.prg(), [0, 2, 4, 6]);
    }

    #[test]
    fn a14_is_always_that_of_mmc1() {
        let mut rig = Rig::new(105, 0, 256, 0, [7, 7]);
        set(&mut rig, 0xE000, 0x01);
        assert_eq!(rig.prg(), [4, 6, 4, 6]);
        set(&mut rig, 0x8000, 0x08);
        assert_eq!(rig.prg(), [0, 2, 4, 6]);
    }

    #[test]
    fn the_timer_runs_while_i_is_0() {
        let mut rig = Rig::new(105, 0, 256, 0, [7, 7]);
        assert_eq!(rig.mapper.next_irq(0, None), NEVER);
        set(&mut rig, 0xA000, 0x00);
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 0x2800_0000);
        rig.at += 0x2800_0000;
        rig.mapper.run_until(rig.at + 1);
        assert!(rig.mapper.irq());
        set(&mut rig, 0xA000, 0x10);
        assert!(!rig.mapper.irq());
    }

    #[test]
    fn prg_ram_can_be_off() {
        let mut rig = Rig::new(105, 0, 256, 0, [7, 7]);
        rig.write(0x6000, 1);
        set(&mut rig, 0xE000, 0x10);
        assert_eq!(rig.read(0x6000), None);
        set(&mut rig, 0xE000, 0x00);
        assert_eq!(rig.read(0x6000), Some(1));
    }
}
