//! Taito TC0690: iNES 48. The banks of a [TC0190](super::tc0190), and the scanline counter of an MMC3.
//!
//! ```text
//!       76543210
//! $8000-$8003, $A000-$A003: as the TC0190, without M
//! $C000 LLLLLLLL  IRQ latch, inverted
//! $C001           IRQ reload at the next clock
//! $C002           IRQ on
//! $C003           IRQ off and acknowledged
//! $E000 .M......  M: 0 vertical, 1 horizontal mirroring
//! ```
//!
//! Of addresses, the chip sees A0, A1, A13 and A14. Its IRQ comes later than that of an MMC3, by about four cycles, says the
//! wiki; the exact number is not known. <https://www.nesdev.org/wiki/INES_Mapper_048>

use super::board::{Board, IrqWiring, NoReads, Ranges, SeesA12, Setup, WatchesA12, Wired};
use super::irq::IrqLine;
use super::map_plain_prg_ram;
use super::scanline::ScanlineCounter;
use super::tc0190::{LARGEST, TaitoBanks};
use crate::forecast::Forecast;
use crate::memory::Memory;
use crate::options::Mmc3Revision;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// Cycles from the counter's hit to the IRQ.
const DELAY: Cycle = 4;

/// The board.
#[derive(Clone, Debug)]
pub(crate) struct Tc0690 {
    banks: TaitoBanks,
    counter: ScanlineCounter,
    /// The counter's line, as much later.
    late: IrqLine,
}

impl Board for Tc0690 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = LARGEST;
    const SOUND: Option<&'static str> = None;

    type Irq = LateIrq;
    type Reads = NoReads;
    type Ppu = WatchesA12;

    fn new(setup: &Setup) -> Self {
        Self {
            banks: TaitoBanks::new(setup),
            counter: ScanlineCounter::new(Mmc3Revision::Sharp),
            late: IrqLine::default(),
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        self.run_until(at);
        match addr & 0xE003 {
            0xC000 => self.counter.set_latch(!value),
            0xC001 => self.counter.reload(),
            0xC002 => self.counter.enable(),
            0xC003 => {
                self.counter.disable(at);
                self.late.release(at);
            }
            0xE000 => self.banks.is_horizontal = value & 0x40 != 0,
            0xE001.. => {}
            _ => self.banks.write(addr, value),
        }
        self.banks.map(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        map_plain_prg_ram(memory);
        self.banks.map(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Tc0690 {
    /// The cycle in which the late line rises, or rose, if the counter has hit.
    fn due(&self) -> Option<Cycle> {
        self.counter.line.since().map(|hit| hit + DELAY)
    }

    /// Brings the late line to the start of cycle `at`.
    fn run_until(&mut self, at: Cycle) {
        if let Some(due) = self.due().filter(|due| *due < at) {
            self.late.assert(due);
        }
    }
}

/// The IRQ of a counter of fetches that comes some cycles late.
#[derive(Debug)]
pub(crate) struct LateIrq;

impl IrqWiring<Tc0690> for LateIrq {
    const WIRED: Wired = Wired::IRQ;

    fn line(board: &Tc0690) -> Option<&IrqLine> {
        Some(&board.late)
    }

    fn run_until(board: &mut Tc0690, at: Cycle) {
        board.run_until(at);
    }

    fn next(board: &Tc0690, now: Cycle, forecast: Option<&Forecast>) -> Cycle {
        match (board.due(), forecast) {
            (Some(due), _) => due,
            (None, Some(forecast)) => board.counter.next_hit(now, forecast).saturating_add(DELAY),
            (None, None) => now + 1,
        }
    }
}

impl SeesA12 for Tc0690 {
    /// The counter must have seen all rises so far.
    #[inline]
    fn needs_ppu(&self, addr: u16, _value: u8) -> bool {
        addr & 0xE000 == 0xC000
    }

    fn scanline_counter(&self) -> &ScanlineCounter {
        &self.counter
    }

    fn scanline_counter_mut(&mut self) -> &mut ScanlineCounter {
        &mut self.counter
    }
}

persist!(Tc0690 { banks, counter, late });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NEVER;
    use crate::mapper::tests::{Change, Rig};

    /// A board whose counter hits at each rise after `clocks` more.
    fn rig(clocks: u8) -> Rig {
        let mut rig = Rig::new(48, 0, 128, 128, [0, 0]);
        rig.write(0xC000, !clocks);
        rig.write(0xDFFD, 0);
        rig.write(0xC002, 0);
        rig
    }

    fn rise(rig: &mut Rig, at: Cycle) {
        rig.mapper.ppu_address(0x0000, || at - 10);
        rig.mapper.ppu_address(0x1000, || at);
    }

    #[test]
    fn irq_is_late_and_foreseen() {
        let mut rig = rig(2);
        rise(&mut rig, 1000);
        rise(&mut rig, 1100);
        assert_eq!(rig.mapper.next_irq(1150, None), 1151, "not yet");
        assert!(rig.mapper.counts_to_irq());
        rise(&mut rig, 1200);
        assert!(!rig.mapper.counts_to_irq());
        assert_eq!(rig.mapper.next_irq(1200, None), 1204);
        rig.mapper.run_until(1204);
        assert!(!rig.mapper.irq());
        rig.mapper.run_until(1210);
        assert_eq!([1203, 1204, 1300].map(|at| rig.mapper.irq_at(at)), [false, true, true]);
        assert_eq!(rig.mapper.next_irq(1300, None), 1204);
    }

    #[test]
    fn an_acknowledgement_ends_an_irq_and_one_to_come() {
        for (ack, seen) in [(1003, [false; 4]), (1004, [false; 4]), (1005, [false, true, false, false])] {
            let mut rig = rig(0);
            rise(&mut rig, 1000);
            let mut memory = rig.memory.clone();
            rig.mapper.write(&mut memory, 0xC003, 0, ack);
            rig.mapper.run_until(2000);
            assert_eq!([1003, 1004, 1005, 1999].map(|at| rig.mapper.irq_at(at)), seen, "{ack}");
            rise(&mut rig, 2000);
            assert_eq!(rig.mapper.next_irq(2000, None), 2001, "it is off");
        }
    }

    #[test]
    fn a_forecast_is_four_cycles_later_than_that_of_an_mmc3() {
        let rig = rig(0);
        let forecast = Forecast {
            region: crate::clock::Region::Ntsc,
            scanline: 10,
            dot: 0,
            rendering: true,
            pending: false,
            background_table: 0,
            sprite_table: 0x1000,
            tall_sprites: false,
            tall: None,
        };
        assert_eq!(rig.mapper.next_irq(1000, Some(&forecast)), 1000 + 256 / 3 - 1 + DELAY);
        assert_eq!(rig.mapper.next_irq(1000, Some(&Forecast { rendering: false, ..forecast })), NEVER);
    }

    #[test]
    fn mirroring_has_a_register() {
        let mut rig = Rig::new(48, 0, 128, 128, [0, 0]);
        assert_eq!(rig.write(0xE001, 0), Change::NONE);
        assert_eq!(rig.write(0xFFFC, 0xBF), Change::NAMETABLES);
        assert_eq!(rig.write(0x8000, 0x40), Change::NONE);
        assert_eq!(rig.nametables(), [0, 1, 0, 1]);
        rig.write(0xE000, 0x40);
        assert_eq!(rig.nametables(), [0, 0, 1, 1]);
    }
}
