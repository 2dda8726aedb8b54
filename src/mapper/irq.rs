//! The IRQ line of a board, and what a counter of CPU cycles is.
//!
//! The line is open-collector: the board pulls it low until an access ends that
//! (<https://www.nesdev.org/wiki/IRQ>).

#![allow(dead_code, reason = "boards with such counters are being written")]

use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The line, and when it last moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct IrqLine {
    irq: bool,
    /// When it last rose and fell.
    asserted: Cycle,
    released: Cycle,
}

impl IrqLine {
    /// The board pulls the line from cycle `at` on.
    #[inline]
    pub(super) fn assert(&mut self, at: Cycle) {
        if !self.irq {
            self.irq = true;
            self.asserted = at;
        }
    }

    /// An access in cycle `at` ends that.
    #[inline]
    pub(super) fn release(&mut self, at: Cycle) {
        if std::mem::take(&mut self.irq) {
            self.released = at;
        }
    }

    /// Whether the board pulls the line.
    #[inline]
    pub(crate) fn is_asserted(&self) -> bool {
        self.irq
    }

    /// The cycle in which the board began to pull the line, if it does now.
    #[inline]
    pub(crate) fn since(&self) -> Option<Cycle> {
        self.irq.then_some(self.asserted)
    }

    /// Whether the board pulled the line at the end of cycle `at`: right for the span since the line last rose or fell
    /// before its newest change, so for any of the last cycles.
    #[inline]
    pub(crate) fn at(&self, at: Cycle) -> bool {
        self.asserted <= at && (self.irq || at < self.released)
    }
}

persist!(IrqLine { irq, asserted: until(8), released: until(8) });

/// A circuit that counts CPU cycles until it pulls the IRQ line.
pub(crate) trait CycleCounter {
    /// Brings it to the start of cycle `at`: all earlier cycles are counted.
    fn run_until(&mut self, at: Cycle);
    /// The line as of then.
    fn line(&self) -> &IrqLine;
    /// The cycle in which the line rises by itself, or did if it is asserted; NEVER if it does not. It stands at the start
    /// of cycle `now` or before.
    fn next(&self, now: Cycle) -> Cycle;
}
