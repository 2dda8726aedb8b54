//! The IRQ of Konami's VRC4, VRC6 and VRC7.
//!
//! ```text
//!              76543210
//! latch        LLLLLLLL  the count after an overflow (VRC4: low and high half)
//! control      .....MEA  A: the new E after an acknowledgement
//!                        E: it counts
//!                        M: in each cycle; otherwise in each "line"
//! acknowledge  ........
//! ```
//!
//! It counts up; the count after $FF is the latch, and an IRQ. A prescaler makes a line of 114, 114 and 113 cycles in turn:
//! it loses 3 of its 341 dots in each cycle. A write of control acknowledges, resets the prescaler, and loads the count if E
//! is set; acknowledging copies A to E and leaves count and prescaler alone. <https://www.nesdev.org/wiki/VRC_IRQ>
//!
//! The talk page of the same title reports from a simulation of a decapped VRC7 that E only masks the IRQ, that any write
//! of control loads the count, and that A means "count on after an overflow" and is never copied. No test on a console
//! has confirmed it, and the page still says what is above.
//!
//! The prescaler in cycle mode cannot be seen: leaving that mode resets it. Here it stands still.

use super::counter::{Count, Counter};
use crate::clock::DOTS_PER_LINE;
use crate::state::persist;
use ricojit_interpreter::Cycle;

const LINE: u64 = DOTS_PER_LINE as u64;

/// Latch, count and prescaler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VrcCount {
    pub(super) latch: u8,
    pub(super) count: u8,
    /// Dots left of the line.
    pub(super) dots: u16,
    pub(super) each_cycle: bool,
    pub(super) enabled: bool,
    pub(super) enable_after: bool,
}

/// The counter with its registers.
pub(crate) type VrcIrq = Counter<VrcCount>;

impl Default for VrcCount {
    fn default() -> Self {
        Self { latch: 0, count: 0, dots: DOTS_PER_LINE, each_cycle: false, enabled: false, enable_after: false }
    }
}

impl VrcIrq {
    /// A write of the latch bits in `mask` in cycle `at`.
    pub(crate) fn write_latch(&mut self, mask: u8, value: u8, at: Cycle) {
        let chip = self.access(at);
        chip.latch = chip.latch & !mask | value & mask;
    }

    /// A write of control.
    pub(crate) fn write_control(&mut self, value: u8, at: Cycle) {
        let chip = self.acknowledge(at);
        [chip.enable_after, chip.enabled, chip.each_cycle] = [1, 2, 4].map(|bit| value & bit != 0);
        chip.dots = DOTS_PER_LINE;
        if chip.enabled {
            chip.count = chip.latch;
        }
    }

    /// A write of acknowledge.
    pub(crate) fn write_acknowledge(&mut self, at: Cycle) {
        let chip = self.acknowledge(at);
        chip.enabled = chip.enable_after;
    }
}

impl Count for VrcCount {
    fn until_irq(&self) -> Option<u64> {
        let clocks = 0x100 - u64::from(self.count);
        match (self.enabled, self.each_cycle) {
            (false, _) => None,
            (true, true) => Some(clocks),
            (true, false) => Some((u64::from(self.dots) + LINE * (clocks - 1)).div_ceil(3)),
        }
    }

    fn count(&mut self, times: u64) {
        if !self.enabled {
            return;
        }
        let mut clocks = times;
        if !self.each_cycle {
            let dots = 3 * times;
            let left = u64::from(self.dots);
            clocks = if dots < left { 0 } else { (dots - left) / LINE + 1 };
            self.dots = (left + LINE * clocks - dots) as u16;
        }
        let until_latch = 0x100 - u64::from(self.count);
        self.count = if clocks < until_latch {
            self.count + clocks as u8
        } else {
            self.latch + ((clocks - until_latch) % (0x100 - u64::from(self.latch))) as u8
        };
    }
}

persist!(VrcCount { latch, count, dots: within(1..=DOTS_PER_LINE), each_cycle, enabled, enable_after });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    #[test]
    fn a_line_is_114_114_and_113_cycles() {
        for (latch, cycles) in [(0xFF, 114), (0xFE, 228), (0xFD, 341), (0xFC, 455), (0, 29_099)] {
            let mut irq = VrcIrq::default();
            irq.write_latch(0xFF, latch, 0);
            irq.write_control(2, 1000);
            assert_eq!(irq.next(0), 1000 + cycles, "{latch:02X}");
        }
    }

    #[test]
    fn in_cycle_mode_it_counts_cycles() {
        let mut irq = VrcIrq::default();
        irq.write_latch(0x0F, 0xFE, 0);
        irq.write_latch(0xF0, 0xF1, 0);
        irq.write_control(6, 1000);
        assert_eq!((irq.chip.latch, irq.next(0)), (0xFE, 1002));
        irq.run_until(1003);
        assert!(irq.line().at(1002) && !irq.line().at(1001));
    }

    #[test]
    fn the_prescaler_is_never_at_zero() {
        let mut step = VrcCount { enabled: true, ..VrcCount::default() };
        for cycles in 0..1000 {
            let mut leap = VrcCount { enabled: true, ..VrcCount::default() };
            leap.count(cycles);
            assert_eq!(leap, step, "{cycles}");
            step.count(1);
        }
        assert_eq!((step.count, step.dots), (8, 69));
    }

    #[test]
    fn acknowledging_copies_a_to_e_and_keeps_the_phase() {
        for (control, next) in [(7, 1010), (6, crate::clock::NEVER)] {
            let mut irq = VrcIrq::default();
            irq.write_latch(0xFF, 0xFB, 0);
            irq.write_control(control, 1000);
            irq.write_acknowledge(1007);
            assert_eq!((irq.line().at(1006), irq.line().at(1007), irq.next(0)), (true, false, next));
        }
    }
}
