//! Frame counter: the quarter-frame and half-frame clocks, and the frame interrupt
//! (<https://www.nesdev.org/wiki/APU_Frame_Counter>).
//!
//! Cycles after the sequence started (Q: quarter frame, H: half frame, I: interrupt flag):
//!
//! | mode     | NTSC, Dendy                                      | PAL                                              |
//! |----------|--------------------------------------------------|--------------------------------------------------|
//! | 4 steps  | 7457 Q, 14913 QH, 22371 Q, 29828 I, 29829 QHI, 29830 I | 8313 Q, 16627 QH, 24939 Q, 33252 I, 33253 QHI, 33254 I |
//! | 5 steps  | 7457 Q, 14913 QH, 22371 Q, 37281 QH, 37282       | 8313 Q, 16627 QH, 24939 Q, 41565 QH, 41566       |
//!
//! The last number is where the sequence starts again. A sequence always starts with a get cycle, so Q and H fall on
//! put.
//!
//! $4017 write `MI-- ----`: the inhibit flag I acts at once and, if set, clears the interrupt flag. The first get edge
//! after the write latches it and the second restarts the sequence: 3 cycles after a write in a put cycle, 4 after one
//! in a get cycle. If M selects five steps, H and Q come in the put cycle before the restart. If a step of the old
//! sequence falls on the same cycle, both are one clock.
//!
//! The first two I set the interrupt flag even if it is inhibited; at the third it becomes the inverse of the inhibit
//! flag. While inhibited, the flag can be read in those two cycles, but IRQ is not asserted (AccuracyCoin,
//! "APU Frame Counter IRQ" I to M). Reading $4015 clears the flag at the next get edge; a set at that edge wins.

use ricojit_interpreter::Cycle;

use crate::clock::{NEVER, Region, is_get};
use crate::state::persist;

/// Which units a step clocks. The half-frame clock includes the quarter-frame clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clock {
    None,
    Quarter,
    Half,
}

/// What a step does to the interrupt flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    Keep,
    Set,
    SetUnlessInhibited,
}

/// A step of a sequence; the revision of the CPU says when it comes.
struct Step {
    clock: Clock,
    flag: Flag,
}

const fn step(clock: Clock, flag: Flag) -> Step {
    Step { clock, flag }
}

#[rustfmt::skip]
const FOUR_STEPS: &[Step] = &[
    step(Clock::Quarter, Flag::Keep),
    step(Clock::Half,    Flag::Keep),
    step(Clock::Quarter, Flag::Keep),
    step(Clock::None,    Flag::Set),
    step(Clock::Half,    Flag::Set),
    step(Clock::None,    Flag::SetUnlessInhibited),
];

#[rustfmt::skip]
const FIVE_STEPS: &[Step] = &[
    step(Clock::Quarter, Flag::Keep),
    step(Clock::Half,    Flag::Keep),
    step(Clock::Quarter, Flag::Keep),
    step(Clock::Half,    Flag::Keep),
    step(Clock::None,    Flag::Keep),
];

/// The index of the first step that sets the interrupt flag in a four-step sequence.
const FIRST_IRQ_STEP: usize = 3;

/// The sequencer, its interrupt flag, and the pending effects of a $4017 write.
#[derive(Clone, Debug)]
pub(super) struct FrameCounter {
    region: Region,
    /// The last value written to $4017. Inhibit acts at once, the mode from the pending restart on.
    register: u8,
    five_steps: bool,
    flag: bool,
    /// The next step and its cycle.
    index: u8,
    next: Cycle,
    /// The cycle in which a $4017 write restarts the sequence.
    start_at: Cycle,
    /// The cycle of the clock that a $4017 write sends if it selects five steps.
    clock_at: Cycle,
    /// The cycle in which a $4015 read clears the flag.
    clear_at: Cycle,
}

impl FrameCounter {
    /// At power-on the first sequence starts with cycle `at`: as if $00 had been written to $4017 three or four
    /// cycles before the reset sequence, 10 or 11 before the first instruction.
    pub(super) fn new(region: Region, at: Cycle) -> Self {
        let mut this = Self {
            region,
            register: 0,
            five_steps: false,
            flag: false,
            index: 0,
            next: NEVER,
            start_at: NEVER,
            clock_at: NEVER,
            clear_at: NEVER,
        };
        this.start(at);
        this
    }

    /// The Reset button: clears the flag, and acts as if the last value had been written to $4017 again a few cycles
    /// before.
    pub(super) fn reset(&mut self, at: Cycle) {
        let register = self.register;
        *self = Self::new(self.region, at);
        self.register = register;
        self.start(if is_get(at) { at } else { at + 1 });
    }

    fn start(&mut self, at: Cycle) {
        self.five_steps = self.register & 0x80 != 0;
        self.index = 0;
        self.next = at + self.times()[0];
        self.start_at = NEVER;
    }

    fn steps(&self) -> &'static [Step] {
        if self.five_steps { FIVE_STEPS } else { FOUR_STEPS }
    }

    /// Cycles from the start of the sequence to each of its steps.
    fn times(&self) -> &'static [u64] {
        let cpu = self.region.cpu();
        if self.five_steps { &cpu.five_steps } else { &cpu.four_steps }
    }

    fn inhibited(&self) -> bool {
        self.register & 0x40 != 0
    }

    /// A $4017 write in cycle `at`.
    pub(super) fn write(&mut self, value: u8, at: Cycle) {
        self.register = value;
        if self.inhibited() {
            self.flag = false;
            self.clear_at = NEVER;
        }
        self.start_at = if is_get(at) { at + 4 } else { at + 3 };
        self.clock_at = if value & 0x80 != 0 { self.start_at - 1 } else { NEVER };
    }

    /// The interrupt flag: bit 6 of $4015.
    pub(super) fn flag(&self) -> bool {
        self.flag
    }

    /// $4015 was read in cycle `at`: the next get edge clears the flag.
    pub(super) fn acknowledge(&mut self, at: Cycle) {
        if self.flag {
            self.clear_at = if is_get(at) { at + 2 } else { at + 1 };
        }
    }

    /// Whether it asserts IRQ.
    pub(super) fn irq(&self) -> bool {
        self.flag && !self.inhibited()
    }

    /// The next edge with work.
    pub(super) fn due(&self) -> Cycle {
        self.next.min(self.start_at).min(self.clock_at).min(self.clear_at)
    }

    /// The earliest cycle, from the caught-up cycle `now` on, in which IRQ may be asserted.
    pub(super) fn next_irq(&self, now: Cycle) -> Cycle {
        if self.irq() {
            return now;
        }
        if self.inhibited() {
            return NEVER;
        }
        let started = self.next - self.times()[usize::from(self.index)];
        let running = match self.five_steps {
            true => NEVER,
            false => started + self.times()[FIRST_IRQ_STEP.max(usize::from(self.index))],
        };
        if running <= self.start_at {
            return running;
        }
        match self.register & 0x80 != 0 {
            true => NEVER,
            false => self.start_at + self.region.cpu().four_steps[FIRST_IRQ_STEP],
        }
    }

    /// Whether the edge that begins cycle `at`, the next one, carries a half-frame clock.
    pub(super) fn half_frame_at(&self, at: Cycle) -> bool {
        self.clock_at == at || (self.next == at && self.steps()[usize::from(self.index)].clock == Clock::Half)
    }

    /// Does the work of the edge that begins cycle `at`.
    pub(super) fn edge(&mut self, at: Cycle) -> Clock {
        let mut clock = Clock::None;
        if self.clear_at == at {
            self.clear_at = NEVER;
            self.flag = false;
        }
        if self.next == at {
            clock = self.advance();
        }
        if self.clock_at == at {
            self.clock_at = NEVER;
            clock = Clock::Half;
        }
        if self.start_at == at {
            self.start(at);
        }
        clock
    }

    fn advance(&mut self) -> Clock {
        let (step, times) = (&self.steps()[usize::from(self.index)], self.times());
        match step.flag {
            Flag::Keep => {}
            Flag::Set => self.flag = true,
            Flag::SetUnlessInhibited => self.flag = !self.inhibited(),
        }
        let at = times[usize::from(self.index)];
        self.index += 1;
        if usize::from(self.index) == times.len() {
            self.index = 0;
            self.next += times[0];
        } else {
            self.next += times[usize::from(self.index)] - at;
        }
        step.clock
    }
}

persist!(FrameCounter {
    register,
    five_steps,
    flag,
    index,
    next: time(1..=41_566),
    start_at: time_or_never(1..=8),
    clock_at: time_or_never(1..=8),
    clear_at: time_or_never(1..=8),
} valid(|this| this.times().get(usize::from(this.index)).is_some_and(|&time| this.next >= time)));
