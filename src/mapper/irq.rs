//! The IRQ line of a board, and what a counter of CPU cycles is.
//!
//! The line is open-collector: the board pulls it low until an access ends that
//! (<https://www.nesdev.org/wiki/IRQ>).

use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The line, and when it last moved: cycles at whose end the CPU can see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
        // A line that is released and asserted in the same cycle never went away.
        if !std::mem::replace(&mut self.irq, true) && self.released != at {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &IrqLine, cycles: std::ops::Range<Cycle>) -> Vec<Cycle> {
        cycles.filter(|&at| line.at(at)).collect()
    }

    #[test]
    fn it_is_seen_from_the_assertion_to_the_release() {
        let mut line = IrqLine::default();
        assert!(seen(&line, 0..9).is_empty());
        line.assert(3);
        line.assert(5);
        assert_eq!((line.since(), seen(&line, 0..9)), (Some(3), vec![3, 4, 5, 6, 7, 8]));
        line.release(6);
        line.release(7);
        assert_eq!((line.since(), seen(&line, 0..9)), (None, vec![3, 4, 5]));
    }

    #[test]
    fn a_release_and_an_assertion_in_one_cycle_leave_it_asserted() {
        let mut line = IrqLine::default();
        line.assert(3);
        line.release(6);
        line.assert(6);
        assert_eq!((line.since(), seen(&line, 0..9)), (Some(3), vec![3, 4, 5, 6, 7, 8]));
        line.release(7);
        line.assert(9);
        assert_eq!(seen(&line, 7..11), [9, 10]);
    }
}
