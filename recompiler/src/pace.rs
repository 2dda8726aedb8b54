//! How much is interpreted between two looks for native code.
//!
//! A look, with the way in and out of the interpreter, costs as much as interpreting three instructions. Where most
//! targets of control transfers have code it is made at every one. Where hardly any has, the interpreter runs for longer
//! *pieces*: each look in vain makes them longer, each code found makes them shorter. A program without native code then
//! runs as on the interpreter alone.

use crate::budget::CYCLES_PER_EXECUTION;
use ricojit_interpreter::Cycle;
use std::sync::atomic::{AtomicU32, Ordering};

/// Steps in which the length of a piece doubles.
const STEPS: u32 = 8;

/// The first step with a length: below, a piece ends at the next control transfer.
const FIRST: u32 = 4 * STEPS;

/// What a found code takes back: pieces get shorter if more than a fifth of the looks find code.
const FOUND: u32 = 4;

/// The length of pieces, in steps.
pub(crate) struct Pace {
    step: u32,
    /// Whether every target is looked at.
    is_fixed: bool,
}

impl Pace {
    /// The longest pieces, of 512 cycles and up to twice that.
    pub(crate) const SLOWEST: u32 = 9 * STEPS;

    pub(crate) fn new(kept: &AtomicU32, is_fixed: bool) -> Self {
        Self { step: if is_fixed { 0 } else { kept.load(Ordering::Relaxed) }, is_fixed }
    }

    pub(crate) fn keep(&self, kept: &AtomicU32) {
        if !self.is_fixed {
            kept.store(self.step, Ordering::Relaxed);
        }
    }

    /// Native code was found.
    #[inline]
    pub(crate) fn found_code(&mut self) {
        self.step = self.step.saturating_sub(FOUND);
    }

    /// Whether pieces are longer than to the next control transfer.
    #[inline]
    pub(crate) fn is_slow(&self) -> bool {
        self.step >= FIRST
    }

    /// Cycles of the next piece, which begins at `cycle`; 0: it ends at the next control transfer.
    #[inline]
    pub(crate) fn next_piece(&mut self, cycle: Cycle) -> Cycle {
        if !self.is_fixed {
            self.step = (self.step + 1).min(Self::SLOWEST);
        }
        if !self.is_slow() {
            return 0;
        }
        let length: Cycle = 1 << (self.step / STEPS);
        // Not the same targets in every frame.
        length + cycle % length
    }

    /// Targets in a piece of so many cycles: what the one at its end stands for.
    #[inline]
    pub(crate) fn targets(length: Cycle) -> u32 {
        1 + (length / CYCLES_PER_EXECUTION) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_get_longer_in_vain_and_shorter_with_code() {
        let kept = AtomicU32::new(0);
        let mut pace = Pace::new(&kept, false);
        let vain = (0..FIRST).map(|_| pace.next_piece(0)).take_while(|&length| length == 0).count();
        assert_eq!(vain as u32, FIRST - 1, "short pieces at first");
        let lengths: Vec<_> = (0..100).map(|_| pace.next_piece(0)).collect();
        assert!(lengths.is_sorted() && lengths[99] == 512);
        assert_eq!(pace.next_piece(700), 512 + 188);
        pace.keep(&kept);
        let mut next = Pace::new(&kept, false);
        (0..10).for_each(|_| next.found_code());
        assert_eq!(next.next_piece(0), 16);
        next.found_code();
        assert_eq!(next.next_piece(0), 0);
        assert!((0..100).all(|_| Pace::next_piece(&mut Pace::new(&kept, true), 0) == 0), "every target is looked at");
    }
}
