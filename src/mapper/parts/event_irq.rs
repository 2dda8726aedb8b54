//! The timer of NES-EVENT: a 30-bit up counter, at 0 while it is stopped.
//!
//! It asserts IRQ at 2^29, plus 2^25 to 2^28 for each of four switches that are closed: after 5 to 10 minutes. Stopping
//! it acknowledges. <https://www.nesdev.org/wiki/NES-EVENT>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

const BITS: u64 = 0x4000_0000;

/// The count and its switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventCount {
    pub(super) count: u32,
    pub(super) running: bool,
    /// The count that is an IRQ.
    pub(super) target: u32,
}

/// The timer with its input.
pub(crate) type EventIrq = Counter<EventCount>;

impl EventIrq {
    /// With the switches `closed`, bit 3 for 2^28.
    pub(crate) fn with_switches(closed: u8) -> Self {
        let target = 0x2000_0000 | u32::from(closed & 0xF) << 25;
        Self::new(EventCount { count: 0, running: false, target })
    }

    /// It runs, or is held at 0, from cycle `at` on.
    pub(crate) fn run_or_stop(&mut self, running: bool, at: Cycle) {
        let chip = self.access(at);
        chip.running = running;
        if !running {
            chip.count = 0;
            self.line.release(at);
        }
    }
}

impl Count for EventCount {
    fn until_irq(&self) -> Option<u64> {
        // Behind the target the line is asserted, until the count is 0 again.
        let left = u64::from(self.target.saturating_sub(self.count));
        (self.running && left != 0).then_some(left)
    }

    fn count(&mut self, times: u64) {
        if self.running {
            self.count = ((u64::from(self.count) + times) % BITS) as u32;
        }
    }
}

persist!(EventCount { count: within(0..=0x3FFF_FFFF), running });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    #[test]
    fn the_switches_of_the_tournament_give_six_minutes_and_a_quarter() {
        let mut irq = EventIrq::with_switches(0b0100);
        irq.run_or_stop(true, 1000);
        assert_eq!(irq.next(0), 1000 + 0x2800_0000);
        irq.run_until(1000 + 0x2800_0000 + 1);
        assert_eq!(irq.line().since(), Some(1000 + 0x2800_0000));
        irq.run_or_stop(false, 0x3000_0000);
        assert_eq!((irq.chip.count, irq.line().since(), irq.next(0)), (0, None, crate::clock::NEVER));
        irq.run_or_stop(true, 0x3000_0010);
        irq.run_or_stop(true, 0x3000_0020);
        assert_eq!(irq.chip.count, 0x10);
    }
}
