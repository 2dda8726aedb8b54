//! Pulse channels (<https://www.nesdev.org/wiki/APU_Pulse>, <https://www.nesdev.org/wiki/APU_Sweep>).
//!
//! | register     | bits        | meaning                                                     |
//! |--------------|-------------|-------------------------------------------------------------|
//! | $4000, $4004 | `DDLC VVVV` | duty, length halt and envelope loop, constant volume, volume |
//! | $4001, $4005 | `EPPP NSSS` | sweep: enable, divider period, negate, shift                |
//! | $4002, $4006 | `TTTT TTTT` | timer, low bits                                             |
//! | $4003, $4007 | `LLLL LTTT` | length counter load, timer high bits; restarts the sequence and the envelope |
//!
//! The timer steps an eight-step sequence every 2 * (T + 1) CPU cycles, at put edges. A write of T takes effect when
//! the current period ends. The half-frame clock clocks the sweep unit, which changes T by T >> S. The channel is muted
//! while T < 8 or the target period exceeds $7FF, even if the sweep is disabled. To negate, pulse 1 adds the ones'
//! complement, pulse 2 the two's complement.

use ricojit_interpreter::Cycle;

use super::clocks_until;
use super::envelope::Envelope;
use super::length::LengthCounter;
use crate::clock::NEVER;
use crate::state::persist;

/// The output of each duty over the eight steps, step 0 first.
#[rustfmt::skip]
const DUTIES: [[u8; 8]; 4] = [
    [0, 1, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 0, 0, 0, 0, 0],
    [0, 1, 1, 1, 1, 0, 0, 0],
    [1, 0, 0, 1, 1, 1, 1, 1],
];

/// Steps until the output changes, for each duty and step.
const RUNS: [[u8; 8]; 4] = runs();

const fn runs() -> [[u8; 8]; 4] {
    let mut all = [[1; 8]; 4];
    let mut i = 0;
    while i < 32 {
        let (duty, step) = (i / 8, i % 8);
        while DUTIES[duty][(step + all[duty][step] as usize) % 8] == DUTIES[duty][step] {
            all[duty][step] += 1;
        }
        i += 1;
    }
    all
}

/// How a pulse channel's sweep unit negates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complement {
    /// Pulse 1: the period becomes one less than with [`Complement::Twos`].
    Ones,
    /// Pulse 2.
    Twos,
}

/// One pulse channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pulse {
    complement: Complement,
    pub(super) envelope: Envelope,
    pub(super) length: LengthCounter,
    duty: u8,
    /// The timer's period register T, which the sweep unit moves.
    pub(super) timer: u16,
    step: u8,
    /// The next step of the sequence.
    next: Cycle,
    /// The sweep register as written.
    sweep: u8,
    sweep_divider: u8,
    sweep_reload: bool,
}

impl Pulse {
    /// A channel whose timer first ends at the edge that begins cycle `next`, a put cycle.
    pub(super) fn new(complement: Complement, next: Cycle) -> Self {
        let (envelope, length) = (Envelope::default(), LengthCounter::default());
        let (sweep, sweep_divider, sweep_reload) = (0, 0, false);
        Self { complement, envelope, length, duty: 0, timer: 0, step: 0, next, sweep, sweep_divider, sweep_reload }
    }

    /// The duty bits of a first-register write.
    pub(super) fn write_duty(&mut self, value: u8) {
        self.duty = value >> 6;
    }

    /// A second-register write.
    pub(super) fn write_sweep(&mut self, value: u8) {
        self.sweep = value;
        self.sweep_reload = true;
    }

    /// A third-register write; the channel has been advanced to its cycle.
    pub(super) fn write_timer_low(&mut self, value: u8) {
        self.timer = self.timer & 0x700 | u16::from(value);
    }

    /// A fourth-register write, without the parts of length counter and envelope; the channel has been advanced to its
    /// cycle.
    pub(super) fn write_timer_high(&mut self, value: u8) {
        self.timer = self.timer & 0x0ff | u16::from(value & 7) << 8;
        self.step = 0;
    }

    /// Writes `value` to register `addr & 3` if the output and its next change stay as they are; the channel need not
    /// be advanced. Returns whether it is written. An unchanged sweep still reloads its divider at the next clock. The
    /// timer counts as it is, not as last written, since the sweep unit moves it.
    #[inline]
    pub(super) fn write_silently(&mut self, addr: u16, value: u8) -> bool {
        match addr & 3 {
            0 => {
                self.duty == value >> 6
                    && self.envelope.is_written(value)
                    && self.length.is_halt_written(value & 0x20 != 0)
            }
            1 => {
                let same = self.sweep == value;
                self.sweep_reload |= same;
                same
            }
            2 => self.timer & 0x0ff == u16::from(value),
            _ => false,
        }
    }

    /// The half-frame clock of the sweep unit; the channel has been advanced to its cycle.
    pub(super) fn clock_sweep(&mut self) {
        let (enabled, shift) = (self.sweep & 0x80 != 0, self.sweep & 7);
        if self.sweep_divider == 0 && enabled && shift > 0 && !self.muted() {
            self.timer = self.target();
        }
        if self.sweep_divider == 0 || self.sweep_reload {
            self.sweep_divider = self.sweep >> 4 & 7;
            self.sweep_reload = false;
        } else {
            self.sweep_divider -= 1;
        }
    }

    /// The sweep unit's target period; above $7FF it mutes the channel.
    fn target(&self) -> u16 {
        let change = self.timer >> (self.sweep & 7);
        match (self.sweep & 0x08 != 0, self.complement) {
            (false, _) => self.timer + change,
            (true, Complement::Ones) => self.timer.saturating_sub(change + 1),
            (true, Complement::Twos) => self.timer - change,
        }
    }

    fn muted(&self) -> bool {
        self.timer < 8 || self.target() > 0x7ff
    }

    fn period(&self) -> u64 {
        2 * (u64::from(self.timer) + 1)
    }

    /// Steps the sequence for all edges up to the one that begins cycle `at`.
    pub(super) fn advance(&mut self, at: Cycle) {
        let period = self.period();
        let clocks = clocks_until(&mut self.next, period, at);
        self.step = (u64::from(self.step) + clocks) as u8 & 7;
    }

    /// The output while the sequence is high.
    fn volume(&self) -> u8 {
        if self.length.running() && !self.muted() { self.envelope.volume() } else { 0 }
    }

    /// The output now, 0 to 15.
    pub(super) fn level(&self) -> u8 {
        self.volume() * DUTIES[usize::from(self.duty)][usize::from(self.step)]
    }

    /// The edge at which the output next changes if no register is written and no frame clock comes.
    pub(super) fn next_change(&self) -> Cycle {
        if self.volume() == 0 {
            return NEVER;
        }
        let run = RUNS[usize::from(self.duty)][usize::from(self.step)];
        self.next + u64::from(run - 1) * self.period()
    }

    /// Advances to [`Pulse::next_change`].
    pub(super) fn change(&mut self) {
        let run = RUNS[usize::from(self.duty)][usize::from(self.step)];
        self.step = (self.step + run) & 7;
        self.next += u64::from(run) * self.period();
    }
}

persist!(Pulse {
    envelope,
    length,
    duty: within(0..=3),
    timer: within(0..=0x7FF),
    step: within(0..=7),
    next: time(1..=0x1000),
    sweep,
    sweep_divider: within(0..=7),
    sweep_reload,
}; advanced);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apu::length::NextEdge;

    fn playing(complement: Complement, timer: u16) -> Pulse {
        let mut pulse = Pulse::new(complement, 1);
        pulse.envelope.write(0x1f);
        pulse.length.enable(true);
        pulse.length.load(0x08, NextEdge::Free);
        pulse.write_timer_low(timer as u8);
        pulse.write_timer_high((timer >> 8) as u8);
        pulse
    }

    #[test]
    fn pulse_1_sweeps_down_by_one_more() {
        for (complement, after) in [(Complement::Ones, 0x0ff), (Complement::Twos, 0x100)] {
            let mut pulse = playing(complement, 0x200);
            pulse.write_sweep(0x89);
            pulse.clock_sweep();
            assert_eq!(pulse.timer, after);
        }
    }

    #[test]
    fn the_sweep_divider_counts_and_reloads() {
        let mut pulse = playing(Complement::Twos, 0x100);
        pulse.write_sweep(0xa4);
        let timers: Vec<u16> = (0..7)
            .map(|_| {
                pulse.clock_sweep();
                pulse.timer
            })
            .collect();
        assert_eq!(timers, [0x110, 0x110, 0x110, 0x121, 0x121, 0x121, 0x133]);
    }

    #[test]
    fn a_period_below_8_or_a_target_above_7ff_mutes() {
        assert_eq!(playing(Complement::Ones, 7).volume(), 0);
        assert_eq!(playing(Complement::Ones, 8).volume(), 15);
        assert_eq!(playing(Complement::Ones, 0x400).volume(), 0, "the target of shift 0 is twice the period");
        let mut pulse = playing(Complement::Ones, 0x600);
        pulse.write_sweep(0x01);
        assert_eq!(pulse.volume(), 0, "though the sweep is disabled");
        pulse.write_sweep(0x09);
        assert_eq!(pulse.volume(), 15, "negated it cannot overflow");
    }

    #[test]
    fn the_duty_is_the_time_spent_high() {
        for (duty, high) in [(0x00, 1), (0x40, 2), (0x80, 4), (0xc0, 6)] {
            let mut pulse = playing(Complement::Ones, 9);
            pulse.write_duty(duty);
            let cycles: u64 = (0..160)
                .map(|at| {
                    pulse.advance(at);
                    u64::from(pulse.level()) / 15
                })
                .sum();
            assert_eq!(cycles, high * 20);
        }
    }

    #[test]
    fn the_output_changes_at_next_change() {
        for duty in [0x00, 0x40, 0x80, 0xc0] {
            let mut pulse = playing(Complement::Ones, 8);
            pulse.write_duty(duty);
            for _ in 0..32 {
                let (change, level) = (pulse.next_change(), pulse.level());
                pulse.advance(change - 1);
                assert_eq!(pulse.level(), level);
                let mut other = pulse.clone();
                pulse.advance(change);
                other.change();
                assert_ne!(pulse.level(), level);
                assert_eq!((pulse.step, pulse.next), (other.step, other.next));
            }
        }
    }
}
