//! Triangle channel (<https://www.nesdev.org/wiki/APU_Triangle>).
//!
//! | register | bits        | meaning                                                     |
//! |----------|-------------|-------------------------------------------------------------|
//! | $4008    | `CRRR RRRR` | control (also length counter halt), linear counter reload   |
//! | $400A    | `TTTT TTTT` | timer, low bits                                             |
//! | $400B    | `LLLL LTTT` | length counter load, timer high bits; reloads the linear counter |
//!
//! The timer ends every T + 1 CPU cycles. While the length counter and the linear counter are above 0, it steps a
//! 32-step sequence, 15 down to 0 and up to 15 again; otherwise the sequence and its level stay. The quarter-frame
//! clock counts the linear counter down. With T below 2 the tone is ultrasonic (28 or 56 kHz): the sequence steps on,
//! and its mean is output.

use ricojit_interpreter::Cycle;

use super::clocks_until;
use super::length::LengthCounter;
use crate::clock::NEVER;
use crate::state::persist;

/// The weight of this channel in the mixer's sum.
pub(super) const WEIGHT: u8 = 3;

/// What an ultrasonic triangle adds to the mixer's sum: the mean of 0 to 45, rounded.
const ULTRASONIC: u8 = 22;

/// What each step of the sequence adds to the mixer's sum.
const WEIGHTS: [u8; 32] = weights();

const fn weights() -> [u8; 32] {
    let (mut all, mut step) = ([0; 32], 0);
    while step < 16 {
        all[step] = (15 - step as u8) * WEIGHT;
        all[step + 16] = step as u8 * WEIGHT;
        step += 1;
    }
    all
}

/// The triangle channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Triangle {
    pub(super) length: LengthCounter,
    control: bool,
    linear_reload: u8,
    linear: u8,
    /// The linear counter reloads at the next clock.
    reload: bool,
    timer: u16,
    step: u8,
    /// The next edge at which the timer ends.
    next: Cycle,
}

impl Triangle {
    /// A channel whose timer first ends at the edge that begins cycle `next`.
    pub(super) fn new(next: Cycle) -> Self {
        let length = LengthCounter::default();
        Self { length, control: false, linear_reload: 0, linear: 0, reload: false, timer: 0, step: 0, next }
    }

    /// The Reset button: the sequence goes back to its first step.
    pub(super) fn reset(&mut self) {
        self.step = 0;
    }

    /// A $4008 write, without the length counter's part.
    pub(super) fn write_linear(&mut self, value: u8) {
        self.control = value & 0x80 != 0;
        self.linear_reload = value & 0x7f;
    }

    /// A $400A write; the channel has been advanced to its cycle.
    pub(super) fn write_timer_low(&mut self, value: u8) {
        self.timer = self.timer & 0x700 | u16::from(value);
    }

    /// A $400B write, without the length counter's part; the channel has been advanced to its cycle.
    pub(super) fn write_timer_high(&mut self, value: u8) {
        self.timer = self.timer & 0x0ff | u16::from(value & 7) << 8;
        self.reload = true;
    }

    /// Writes `value` to register `addr & 3` if the output and its next change stay as they are; the channel need not
    /// be advanced. Returns whether it is written. The linear counter takes what $4008 holds at its next clock.
    #[inline]
    pub(super) fn write_silently(&mut self, addr: u16, value: u8) -> bool {
        match addr & 3 {
            0 => {
                let same = self.length.is_halt_written(value & 0x80 != 0);
                if same {
                    self.write_linear(value);
                }
                same
            }
            1 => true, // there is no such register
            2 => self.timer & 0x0ff == u16::from(value),
            _ => false,
        }
    }

    /// The quarter-frame clock of the linear counter; the channel has been advanced to its cycle.
    pub(super) fn clock_linear(&mut self) {
        if self.reload {
            self.linear = self.linear_reload;
        } else {
            self.linear = self.linear.saturating_sub(1);
        }
        self.reload &= self.control;
    }

    fn running(&self) -> bool {
        self.length.running() && self.linear > 0
    }

    fn period(&self) -> u64 {
        u64::from(self.timer) + 1
    }

    /// Steps the sequence for all edges up to the one that begins cycle `at`.
    pub(super) fn advance(&mut self, at: Cycle) {
        let period = self.period();
        let clocks = clocks_until(&mut self.next, period, at);
        if self.running() {
            self.step = (u64::from(self.step) + clocks) as u8 & 31;
        }
    }

    /// What the channel adds to the mixer's sum.
    pub(super) fn weight(&self) -> u8 {
        if self.timer < 2 && self.running() { ULTRASONIC } else { WEIGHTS[usize::from(self.step & 31)] }
    }

    /// The edge at which the output next changes if no register is written and no frame clock comes.
    #[inline]
    pub(super) fn next_change(&self) -> Cycle {
        if self.timer >= 2 && self.running() { self.next } else { NEVER }
    }

    /// As [`Triangle::advance`]; calls `change` with the cycle and the new [`Triangle::weight`] of each change.
    #[inline]
    pub(super) fn play(&mut self, at: Cycle, mut change: impl FnMut(Cycle, u8)) {
        if self.next_change() == NEVER {
            return self.advance(at);
        }
        let period = self.period();
        while self.next <= at {
            self.step = (self.step + 1) & 31;
            change(self.next, WEIGHTS[usize::from(self.step)]);
            self.next += period;
        }
    }
}

persist!(Triangle {
    length,
    control,
    linear_reload: within(0..=127),
    linear: within(0..=127),
    reload,
    timer: within(0..=0x7FF),
    step: within(0..=31),
    next: time(1..=0x800),
}; advanced);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apu::length::NextEdge;

    fn playing(timer: u16) -> Triangle {
        let mut triangle = Triangle::new(0);
        triangle.length.enable(true);
        triangle.length.load(0x08, NextEdge::Free);
        triangle.write_linear(0xff);
        triangle.write_timer_low(timer as u8);
        triangle.write_timer_high((timer >> 8) as u8);
        triangle.clock_linear();
        triangle
    }

    #[test]
    fn the_sequence_steps_once_a_period() {
        let mut triangle = playing(9);
        let levels: Vec<u8> = (0..32)
            .map(|step| {
                triangle.advance(step * 10);
                triangle.weight() / WEIGHT
            })
            .collect();
        let expected: Vec<u8> = (0..15).rev().chain(0..16).chain([15]).collect();
        assert_eq!(levels, expected);
    }

    #[test]
    fn at_linear_counter_0_the_level_stays() {
        let mut triangle = playing(9);
        triangle.write_linear(0x02);
        triangle.clock_linear();
        triangle.clock_linear();
        triangle.advance(55);
        assert_eq!(triangle.weight(), 9 * WEIGHT);
        triangle.clock_linear();
        assert_eq!(triangle.next_change(), NEVER);
        triangle.advance(1000);
        assert_eq!(triangle.weight(), 9 * WEIGHT);
    }

    #[test]
    fn the_control_flag_keeps_the_linear_counter_reloading() {
        let mut triangle = playing(9);
        triangle.clock_linear();
        assert_eq!(triangle.linear, 0x7f);
        triangle.write_linear(0x7f);
        triangle.clock_linear();
        triangle.clock_linear();
        assert_eq!(triangle.linear, 0x7e);
    }

    #[test]
    fn an_ultrasonic_triangle_outputs_its_mean() {
        let mut triangle = playing(0);
        assert_eq!((triangle.next_change(), triangle.weight()), (NEVER, ULTRASONIC));
        triangle.advance(99);
        assert_eq!(triangle.step, 100 % 32);
    }
}
