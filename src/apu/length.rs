//! Length counter: silences a channel after a time (<https://www.nesdev.org/wiki/APU_Length_Counter>).
//!
//! The half-frame clock counts it down unless it is halted. A write to the channel's fourth register loads it from
//! [`LENGTHS`]; bits 7 to 3 are the index. A write of $4015 enables it or holds it at 0; a read shows whether it is
//! above 0.
//!
//! A write acts at the clock edge that follows it. If that edge carries a half-frame clock, they race: the clock still
//! sees the old halt flag. A load is lost unless the counter was 0; then it is loaded and not counted (blargg's
//! `10.len_halt_timing` and `11.len_reload_timing`).

use crate::state::persist;

#[rustfmt::skip]
const LENGTHS: [u8; 32] = [
    10, 254, 20,  2, 40,  4, 80,  6, 160,  8, 60, 10, 14, 12, 26, 14,
    12,  16, 24, 18, 48, 20, 96, 22, 192, 24, 72, 26, 16, 28, 32, 30,
];

/// What the clock edge right after a register write carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextEdge {
    /// No half-frame clock.
    Free,
    /// A half-frame clock: the write races with it.
    HalfFrame,
}

/// One channel's length counter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LengthCounter {
    enabled: bool,
    count: u8,
    halt: bool,
    /// The halt flag from the next half-frame clock on. It differs from `halt` only between a racing write and that
    /// clock.
    next_halt: bool,
    /// A load raced with the next half-frame clock, which therefore does not count.
    just_loaded: bool,
}

impl LengthCounter {
    /// The channel's halt flag is written.
    pub(super) fn set_halt(&mut self, halt: bool, edge: NextEdge) {
        self.next_halt = halt;
        if edge == NextEdge::Free {
            self.halt = halt;
        }
    }

    /// Whether [`LengthCounter::set_halt`] would change nothing, whatever the next edge carries.
    #[inline]
    pub(super) fn is_halt_written(&self, halt: bool) -> bool {
        self.halt == halt && self.next_halt == halt
    }

    /// A write to the channel's fourth register.
    pub(super) fn load(&mut self, value: u8, edge: NextEdge) {
        if !self.enabled || (edge == NextEdge::HalfFrame && self.count > 0) {
            return;
        }
        self.count = LENGTHS[usize::from(value >> 3)];
        self.just_loaded = edge == NextEdge::HalfFrame;
    }

    /// The channel's bit of a $4015 write.
    pub(super) fn enable(&mut self, enabled: bool) {
        self.enabled = enabled;
        if !enabled {
            self.count = 0;
        }
    }

    /// Whether [`LengthCounter::enable`] would change nothing.
    #[inline]
    pub(super) fn is_enabled(&self, enabled: bool) -> bool {
        self.enabled == enabled && (enabled || self.count == 0)
    }

    /// The half-frame clock.
    pub(super) fn clock(&mut self) {
        if self.count > 0 && !self.halt && !self.just_loaded {
            self.count -= 1;
        }
        self.halt = self.next_halt;
        self.just_loaded = false;
    }

    /// Whether the counter is above 0: the channel's bit in $4015.
    pub(super) fn running(&self) -> bool {
        self.count > 0
    }
}

persist!(LengthCounter { enabled, count: within(0..=254), halt, next_halt, just_loaded });

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(index: u8) -> LengthCounter {
        let mut length = LengthCounter::default();
        length.enable(true);
        length.load(index << 3, NextEdge::Free);
        length
    }

    #[test]
    fn the_counter_counts_the_documented_lengths() {
        for (index, &clocks) in LENGTHS.iter().enumerate() {
            let mut length = loaded(index as u8);
            for _ in 0..clocks {
                assert!(length.running());
                length.clock();
            }
            assert!(!length.running());
        }
    }

    #[test]
    fn a_disabled_counter_is_zero_and_cannot_be_loaded() {
        let mut length = loaded(1);
        length.enable(false);
        assert!(!length.running());
        length.load(0x08, NextEdge::Free);
        assert!(!length.running());
    }

    #[test]
    fn a_racing_halt_acts_one_clock_later() {
        let mut length = loaded(3);
        length.set_halt(true, NextEdge::HalfFrame);
        length.clock();
        assert_eq!(length.count, 1, "counted with the old flag");
        length.clock();
        assert_eq!(length.count, 1, "then halted");
        length.set_halt(false, NextEdge::HalfFrame);
        length.clock();
        assert_eq!(length.count, 1);
        length.clock();
        assert_eq!(length.count, 0);
    }

    #[test]
    fn a_racing_load_needs_an_empty_counter() {
        let mut length = loaded(3);
        length.load(0x08, NextEdge::HalfFrame);
        length.clock();
        assert_eq!(length.count, 1, "lost");
        length.clock();
        length.load(0x18, NextEdge::HalfFrame);
        length.clock();
        assert_eq!(length.count, 2, "loaded and not counted");
        length.clock();
        assert_eq!(length.count, 1);
    }
}
