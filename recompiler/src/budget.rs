//! What may be compiled: so much that a program is hardly ever slower than on the interpreter alone.
//!
//! Compiling is expensive, and all the more in small portions: the compiler's code has left the caches, a thread wakes,
//! memory is new. So it is done in *batches*, and only where it pays:
//!
//! - the *candidate* was interpreted for so long that code for it would have paid for itself several times, or
//! - the savings of the code there is, and a small share of the time spent interpreting, pay for it.
//!
//! A batch is compiled when one candidate pays for the batch as well as for itself. A program that has run for a minute
//! is expected to run for much longer: then it is enough that code for a candidate would have paid for itself once. So
//! compiling never costs more than what was lost by not compiling before.
//!
//! With a fixed threshold ([`Options::threshold`](crate::Options::threshold)) all this is left out. All decisions depend
//! on counts of the guest alone, not on time, so synchronous runs are deterministic.

use crate::slot::Slot;
use crate::statistics::Counters;
use ricojit_interpreter::Cycle;
use std::sync::atomic::{AtomicU64, Ordering};

/// Cycles that are interpreted in the time that it takes to compile one instruction, in a small batch.
const CYCLES_PER_INSTRUCTION: Cycle = 32_000;

/// Instructions that are compiled in the time that a batch takes besides them, and a region.
const INSTRUCTIONS_PER_BATCH: u64 = 30;
pub(crate) const INSTRUCTIONS_PER_REGION: u64 = 4;

/// Cycles of an execution: from one control transfer to the next, on average.
pub(crate) const CYCLES_PER_EXECUTION: Cycle = 16;

/// The cost of a region as long as it is not known. Low, since the worker finds out.
const UNKNOWN_SIZE: u32 = 8;

/// Cycles after which a program is expected to run for much longer: a minute.
const LONG_RUN: Cycle = 60 * 1_789_773;

/// The shares of native and of interpreted cycles that are spent, one in so many, and executions before they are spent on
/// a candidate.
const NATIVE_SHARE: Cycle = 4;
const INTERPRETED_SHARE: Cycle = 24;
const EXECUTIONS: u32 = 4096;

/// How often code for a candidate would have paid for itself, in the first minute.
const PAYBACKS: Cycle = 4;

/// What may be compiled at some moment.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    /// Executions after which a target is a candidate.
    pub(crate) threshold: u32,
    /// Whether every candidate is compiled, at once.
    pub(crate) is_fixed: bool,
    /// How often code for a candidate has to have paid for itself.
    paybacks: Cycle,
    /// Instructions that are paid for.
    instructions: u64,
}

impl Budget {
    /// Executions of a new candidate; after every so many more it is considered again.
    pub(crate) const CANDIDATE: u32 = 512;

    /// Compiles all that was executed so often.
    pub(crate) fn fixed(threshold: u32) -> Self {
        let threshold = threshold.min(Slot::MAX_COUNT);
        Self { threshold, is_fixed: true, paybacks: 0, instructions: 0 }
    }

    /// What the cycles so far pay for, less what was compiled so far and `more` instructions.
    pub(crate) fn new(counters: &Counters, more: u64) -> Self {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let cycles = counters.native_cycles() / NATIVE_SHARE + counters.interpreted_cycles() / INTERPRETED_SHARE;
        let regions = INSTRUCTIONS_PER_REGION * get(&counters.regions);
        let spent = get(&counters.instructions) + regions + INSTRUCTIONS_PER_BATCH * get(&counters.batches) + more;
        Self {
            threshold: Self::CANDIDATE,
            is_fixed: false,
            paybacks: if counters.cycles() < LONG_RUN { PAYBACKS } else { 1 },
            instructions: (cycles / CYCLES_PER_INSTRUCTION).saturating_sub(spent),
        }
    }

    /// Whether to compile a region that was executed so often; its size, in instructions, is 0 if it is not known.
    #[cfg(any(feature = "compiler", test))]
    pub(crate) fn pays(&self, executions: u32, size: u32) -> bool {
        self.pays_for(executions, size, 0)
    }

    /// Whether a region also pays for its batch.
    pub(crate) fn pays_for_batch(&self, executions: u32, size: u32) -> bool {
        self.pays_for(executions, size, INSTRUCTIONS_PER_BATCH)
    }

    fn pays_for(&self, executions: u32, size: u32, more: u64) -> bool {
        let instructions = more + u64::from(if size == 0 { UNKNOWN_SIZE } else { size });
        let interpreted = Cycle::from(executions) * CYCLES_PER_EXECUTION;
        self.is_fixed
            || executions >= EXECUTIONS && instructions <= self.instructions
            || interpreted >= instructions * CYCLES_PER_INSTRUCTION * self.paybacks
    }

    /// Whether a target above the threshold, whose count becomes `next`, is to be considered.
    #[inline]
    pub(crate) fn is_due(&self, count: u32, next: u32) -> bool {
        self.is_fixed || count / Self::CANDIDATE != next / Self::CANDIDATE
    }

    /// Whether it is considered for the first time.
    pub(crate) fn is_new(&self, count: u32) -> bool {
        self.is_fixed || count / Self::CANDIDATE == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{Reason, Tally};

    fn counters(native: Cycle, interpreted: Cycle, idle: Cycle) -> Counters {
        let mut tally = Tally { native, idle, ..Tally::default() };
        tally.interpreted[Reason::Cold as usize] = interpreted;
        let counters = Counters::default();
        counters.add(&tally);
        counters
    }

    /// Instructions that savings and a share of the time so far pay for.
    fn paid(counters: &Counters) -> u32 {
        (1..).find(|size| !Budget::new(counters, 0).pays(EXECUTIONS, *size)).unwrap() - 1
    }

    #[test]
    fn cycles_pay_for_instructions() {
        let cycles = 60 * CYCLES_PER_INSTRUCTION;
        assert_eq!(paid(&counters(0, cycles * INTERPRETED_SHARE, 0)), 60);
        assert_eq!(paid(&counters(cycles * NATIVE_SHARE, 0, 0)), 60);
        assert_eq!(paid(&counters(0, cycles * INTERPRETED_SHARE, cycles)), 60, "idle loops are free");
        let spent = counters(0, cycles * INTERPRETED_SHARE, 0);
        spent.instructions.store(20, Ordering::Relaxed);
        spent.batches.store(1, Ordering::Relaxed);
        assert_eq!(u64::from(paid(&spent)), 40 - INSTRUCTIONS_PER_BATCH);
        spent.regions.store(2, Ordering::Relaxed);
        assert_eq!(u64::from(paid(&spent)), 40 - INSTRUCTIONS_PER_BATCH - 2 * INSTRUCTIONS_PER_REGION);
        assert!(!Budget::new(&spent, 40).pays(EXECUTIONS, 1));
    }

    #[test]
    fn few_executions_do_not_pay() {
        let rich = counters(100 * NATIVE_SHARE * CYCLES_PER_INSTRUCTION, 0, 0);
        assert!(Budget::new(&rich, 0).pays_for_batch(EXECUTIONS, 10));
        assert!(!Budget::new(&rich, 0).pays(EXECUTIONS - 1, 10));
    }

    #[test]
    fn executions_pay_in_proportion_to_the_size() {
        let poor = Budget::new(&counters(0, 0, 0), 0);
        let enough = |size: u32| (u64::from(size) * CYCLES_PER_INSTRUCTION * PAYBACKS / CYCLES_PER_EXECUTION) as u32;
        for size in [1, 10, 200] {
            assert!(poor.pays(enough(size), size) && !poor.pays(enough(size) - 1, size), "{size}");
            assert!(!poor.pays_for_batch(enough(size), size), "{size}: not for the batch");
            assert!(poor.pays_for_batch(enough(size + INSTRUCTIONS_PER_BATCH as u32), size), "{size}");
        }
    }

    #[test]
    fn after_a_minute_one_payback_is_enough() {
        let once = (100 * CYCLES_PER_INSTRUCTION / CYCLES_PER_EXECUTION) as u32;
        for (idle, pays) in [(LONG_RUN - 1, false), (LONG_RUN, true)] {
            let budget = Budget::new(&counters(0, 0, idle), 0);
            assert_eq!(budget.pays(once, 100), pays);
            assert!(!budget.pays(once - 1, 100) && !budget.pays_for_batch(once, 100));
        }
    }

    #[test]
    fn a_target_is_considered_now_and_then() {
        let budget = Budget::new(&counters(0, 0, 0), 0);
        assert_eq!(budget.threshold, Budget::CANDIDATE);
        let due = (512..2048).step_by(64).filter(|&count| budget.is_due(count, count + 64));
        let due: Vec<_> = due.map(|count| (count, budget.is_new(count))).collect();
        assert_eq!(due, [(960, true), (1472, false), (1984, false)]);
        let fixed = Budget::fixed(7);
        assert!(fixed.is_due(7, 8) && fixed.is_new(7) && fixed.pays_for_batch(7, 0));
    }
}
