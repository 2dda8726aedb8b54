//! Which targets of control transfers are looked at: all that are marked, and a sample of the others.
//!
//! ```text
//! interpreted   ├──────────────┼─ native ─┼───────────────────┼──┤    │ sample: the first target after INTERVAL cycles
//!                              └ mark: there is code, or an idle loop
//! ```
//!
//! A look, with the way out of the interpreter and in again, costs as much as interpreting four instructions. So the
//! interpreter stops by itself only where something is known to be ([`Stops`](ricojit_interpreter::Stops)). To find what
//! is hot, one target is looked at after every so many interpreted cycles, and stands for all those since the last.
//! Targets that are looked at for another reason stand for themselves: no sample is taken there.

use crate::budget::CYCLES_PER_EXECUTION;
use ricojit_interpreter::Cycle;
use std::sync::atomic::{AtomicU64, Ordering};

/// Cycles between two samples, on average. Idle loops in RAM and interrupt storms are found by samples too, so longer
/// intervals are not faster.
const INTERVAL: Cycle = 768;

/// Executions that a sample stands for.
pub(crate) const WEIGHT: u32 = (INTERVAL / CYCLES_PER_EXECUTION) as u32;

/// The cycles that are still to be interpreted before the next sample.
pub(crate) struct Sampler {
    left: Cycle,
}

impl Sampler {
    /// Goes on where another run has stopped.
    pub(crate) fn new(kept: &AtomicU64) -> Self {
        Self { left: kept.load(Ordering::Relaxed) }
    }

    pub(crate) fn keep(&self, kept: &AtomicU64) {
        kept.store(self.left, Ordering::Relaxed);
    }

    /// The cycle after which a sample is taken if everything from `cycle` on is interpreted.
    #[inline]
    pub(crate) fn due(&self, cycle: Cycle) -> Cycle {
        cycle + self.left
    }

    /// So many cycles were interpreted.
    #[inline]
    pub(crate) fn interpreted(&mut self, cycles: Cycle) {
        self.left = self.left.saturating_sub(cycles);
    }

    /// A sample is taken in this cycle.
    #[inline]
    pub(crate) fn take(&mut self, cycle: Cycle) {
        // Not the same targets in every frame.
        self.left = INTERVAL * 2 / 3 + cycle % (INTERVAL * 2 / 3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_taken_after_so_many_interpreted_cycles() {
        let kept = AtomicU64::new(0);
        let (mut cycle, mut samples) = (0, Vec::new());
        while cycle < 1_000_000 {
            // Runs of 700 cycles, of which 500 are interpreted, in pieces of 100.
            let mut sampler = Sampler::new(&kept);
            for _ in 0..5 {
                if sampler.due(cycle) <= cycle {
                    sampler.take(cycle);
                    samples.push(cycle);
                }
                sampler.interpreted(100);
                cycle += 100;
            }
            cycle += 200;
            sampler.keep(&kept);
        }
        // An average of 50 cycles is lost at the end of a piece.
        let expected = 1_000_000 * 5 / 7 / (INTERVAL + 50);
        assert!(samples.len().abs_diff(expected as usize) < 30, "{} {expected}", samples.len());
        let phases: std::collections::BTreeSet<_> = samples.iter().map(|cycle| cycle % 700).collect();
        assert_eq!(phases.len(), 5, "every piece of a run");
        let intervals: std::collections::BTreeSet<_> = (0..INTERVAL)
            .map(|cycle| {
                let mut sampler = Sampler::new(&kept);
                sampler.take(cycle);
                sampler.due(0)
            })
            .collect();
        assert!(intervals.len() > 500 && intervals.contains(&INTERVAL), "of different lengths");
    }
}
