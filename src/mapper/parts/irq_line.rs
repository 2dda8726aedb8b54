//! The IRQ line of a board.
//!
//! **Contract.** Times are cycles at whose end the CPU can see the line: one that is asserted in cycle 100 and released in
//! cycle 110 is low at the ends of 100 to 109. Only the newest span is known, which is enough for polls: they ask for one
//! of the last cycles.

use crate::state::persist;
use ricojit_interpreter::Cycle;

/// An output that pulls IRQ low until it is acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IrqLine {
    irq: bool,
    /// When it last rose and fell.
    asserted: Cycle,
    released: Cycle,
}

impl IrqLine {
    /// IRQ begins in cycle `at`, if it is not there already.
    #[inline]
    pub(crate) fn assert(&mut self, at: Cycle) {
        if !std::mem::replace(&mut self.irq, true) && self.released != at {
            self.asserted = at;
        }
        // An IRQ that is released and asserted in the same cycle never went away.
    }

    /// IRQ ends in cycle `at`.
    #[inline]
    pub(crate) fn release(&mut self, at: Cycle) {
        if std::mem::take(&mut self.irq) {
            self.released = at;
        }
    }

    /// Whether the line is pulled now.
    #[inline]
    pub(crate) fn is_asserted(&self) -> bool {
        self.irq
    }

    /// Since when it is pulled; `None` if it is not.
    #[inline]
    pub(crate) fn since(&self) -> Option<Cycle> {
        self.irq.then_some(self.asserted)
    }

    /// Whether it was pulled at the end of cycle `at`.
    #[inline]
    pub(crate) fn at(&self, at: Cycle) -> bool {
        self.asserted <= at && (self.irq || at < self.released)
    }
}

persist!(IrqLine { irq, asserted: until(8), released: until(8) });

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
