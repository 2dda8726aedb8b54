//! Counters of CPU cycles that assert IRQ.
//!
//! A chip says what one span of cycles does to it ([`Count`]); [`Counter`] knows when that was and owns the IRQ line.
//!
//! **Contract.**
//! - A counter counts once in each cycle, the cycle of an access included, and before the access: a register that is
//!   written in cycle `w` counts for the first time in cycle `w + 1`, so a countdown from n reaches 0 in cycle `w + n`. A
//!   register that is read in cycle `r` shows the count of `r`.
//! - The CPU can see an IRQ at the end of the cycle whose count caused it. A write that acknowledges in that very cycle
//!   wins. The wiki says nothing of either.
//! - [`CycleCounter::next`] is exact: the line rises by itself in that cycle and in no earlier one.
//! - In canonical form a counter has counted to the start of the present cycle.

use crate::clock::NEVER;
use crate::mapper::irq::{CycleCounter, IrqLine};
use crate::state::{Impossible, Persist, Reader, Writer};
use ricojit_interpreter::Cycle;
use std::fmt::Debug;

/// What counts. Time does not matter to it, only how often it counts.
pub(crate) trait Count: Clone + Debug + Persist {
    /// How many counts from now on cause the next IRQ, itself included; `None` if none does. At least 1.
    fn until_irq(&self) -> Option<u64>;

    /// Counts `times` times.
    fn count(&mut self, times: u64);
}

/// A chip that counts, up to a cycle, and its IRQ line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counter<C> {
    pub(super) chip: C,
    pub(super) line: IrqLine,
    /// It has counted in all cycles before this one.
    pub(super) counted: Cycle,
}

impl<C: Count> Counter<C> {
    pub(crate) fn new(chip: C) -> Self {
        Self { chip, line: IrqLine::default(), counted: 0 }
    }

    fn run(&mut self, at: Cycle) {
        let times = at - self.counted;
        if let Some(count) = self.chip.until_irq()
            && count <= times
        {
            self.line.assert(self.counted + (count - 1));
        }
        self.chip.count(times);
        self.counted = at;
    }

    /// An access in cycle `at`, in which it still counts as before.
    #[inline]
    pub(super) fn access(&mut self, at: Cycle) -> &mut C {
        self.run_until(at + 1);
        &mut self.chip
    }

    /// An access in cycle `at` that acknowledges the IRQ.
    #[inline]
    pub(super) fn acknowledge(&mut self, at: Cycle) -> &mut C {
        self.run_until(at + 1);
        self.line.release(at);
        &mut self.chip
    }
}

impl<C: Count> CycleCounter for Counter<C> {
    #[inline]
    fn run_until(&mut self, at: Cycle) {
        if self.counted < at {
            self.run(at);
        }
    }

    #[inline]
    fn line(&self) -> &IrqLine {
        &self.line
    }

    #[inline]
    fn next(&self, _: Cycle) -> Cycle {
        match (self.line.since(), self.chip.until_irq()) {
            (Some(since), _) => since,
            (None, Some(count)) => self.counted.saturating_add(count - 1),
            (None, None) => NEVER,
        }
    }
}

impl<C: Count> Persist for Counter<C> {
    fn save(&self, to: &mut Writer<'_>) {
        let mut now = self.clone();
        now.run_until(to.now());
        now.line.save(to);
        now.chip.save(to);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        self.line.check(from)?;
        self.chip.check(from)
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        self.line.load(from);
        self.chip.load(from);
        self.counted = from.now();
    }
}
