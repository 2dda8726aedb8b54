//! The 2A03's APU: five channels, the frame counter, and what the CPU notices of them, which is $4015, the IRQ line and
//! the DMC's DMA (<https://www.nesdev.org/wiki/APU>).
//!
//! | address       | written                                  | module                 |
//! |---------------|------------------------------------------|------------------------|
//! | $4000 - $4003 | pulse 1                                  | `pulse`                |
//! | $4004 - $4007 | pulse 2                                  | `pulse`                |
//! | $4008 - $400B | triangle                                 | `triangle`             |
//! | $400C - $400F | noise                                    | `noise`                |
//! | $4010 - $4013 | delta modulation                         | `dmc`                  |
//! | $4015         | enable `---D NT21`; read `IF-D NT21`     | here                   |
//! | $4017         | frame counter `MI-- ----`                | `frame_counter`        |
//!
//! # Time
//!
//! The chip's own clock is half the CPU's: its latches move at the edge that begins a get cycle or at the one that
//! begins a put cycle ([`is_get`](crate::clock::is_get)). The CPU's access comes after that edge, in the second half of
//! the cycle. So time is a sequence *edge 0, access 0, edge 1, access 1, ...*, and all calls divide it in this way:
//!
//! - [`Apu::run_until`]`(at)` does everything up to and including **edge `at`**: all that comes before access `at`.
//! - [`Apu::read_status`], [`Apu::write`] and [`Apu::dma_supply`] are access `at` and first run until `at`.
//! - The CPU samples IRQ in the second half of a cycle: [`Apu::irq_at`]`(at)` is the line at the end of cycle
//!   `at - 1`, which [`Bus::lines`](ricojit_interpreter::Bus::lines) needs. The call may come before or after edge `at`
//!   and after access `at`.
//! - [`Apu::next_irq`] is the first cycle that may end with the line asserted, [`Apu::next_dma`] the first in which the
//!   CPU may be halted.
//!
//! The APU is not ticked. Each edge at which the CPU could notice something has a due time, and these edges are run one
//! by one. The channels are advanced in closed form, when a register write or a clock of the frame counter is about to
//! change them. If samples are made, each change of their output up to that moment becomes a step in `synth`. The state
//! is the same with and without samples.
//!
//! # DMA
//!
//! The DMC decides in which cycles it *requests* that the CPU be halted; halting, aligning and the get belong to the
//! DMA unit. With `request(at)` for [`Apu::dma_request`] after `run_until(at)`:
//!
//! 1. The first cycle `h` with a request in which the CPU reads (or OAM DMA holds it) halts the CPU. A write cycle only
//!    delays this.
//! 2. If `h` is a put cycle, the request must still be there in `h + 1`. Otherwise the DMA is aborted: the halt has
//!    cost this one cycle, and `h + 1` is the CPU's. If `h` is a get cycle, the DMA cannot be aborted.
//! 3. The next put cycle (`h + 2` or `h + 1`) is the dummy cycle. The get cycle `g` after it reads the address of the
//!    last request, even if there is no request any more. The byte is passed to [`Apu::dma_supply`]`(g)`.
//!
//! A load comes in a get cycle and takes 3 cycles, a reload in a put cycle and takes 4, unless writes delay them.

use ricojit_interpreter::Cycle;

use self::dmc::Dmc;
use self::frame_counter::{Clock, FrameCounter};
use self::length::NextEdge;
use self::noise::Noise;
use self::pulse::{Complement, Pulse};
use self::synth::Synth;
use self::triangle::Triangle;
use crate::clock::Region;
use crate::options::SampleRate;
use crate::state::{Persist, persist};

mod dmc;
mod envelope;
mod frame_counter;
mod length;
mod levels;
mod mixer;
mod noise;
mod pulse;
mod synth;
mod triangle;

/// The audio processing unit. See the [module](self) for how its calls divide time.
#[derive(Clone, Debug)]
pub(crate) struct Apu {
    /// Everything up to this cycle's edge has happened, except for the channels' output.
    now: Cycle,
    /// The earliest edge at which the CPU could notice something.
    due: Cycle,
    frame_counter: FrameCounter,
    pulses: [Pulse; 2],
    triangle: Triangle,
    noise: Noise,
    dmc: Dmc,
    irq: IrqLine,
    synth: Option<Synth>,
    work: Work,
}

/// Counters for tests and statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Edges at which the CPU could notice something.
    pub edges: u64,
    /// Changes of a channel's output that became steps in `synth`.
    pub changes: u64,
}

/// The IRQ line and what it was before its last change.
#[derive(Clone, Copy, Debug, Default)]
struct IrqLine {
    asserted: bool,
    /// The cycle of the last change.
    changed: Cycle,
    /// The line at the end of the cycle before.
    before: bool,
}

impl IrqLine {
    /// The line is `asserted` from cycle `at` on.
    fn set(&mut self, asserted: bool, at: Cycle) {
        if asserted != self.asserted && at != self.changed {
            (self.before, self.changed) = (self.asserted, at);
        }
        self.asserted = asserted;
    }
}

/// Moves `next`, the next clock of a timer, past `at`. Returns the number of clocks.
#[inline]
fn clocks_until(next: &mut Cycle, period: u64, at: Cycle) -> u64 {
    if *next > at {
        return 0;
    }
    // Most calls find one clock: without a division.
    let clocks = if at - *next < period { 1 } else { (at - *next) / period + 1 };
    *next += clocks * period;
    clocks
}

impl Apu {
    /// The APU at power-on, before cycle 0. Without a sample rate it makes no samples; nothing else differs.
    pub(crate) fn new(region: Region, sample_rate: Option<SampleRate>) -> Self {
        // Put edges clock pulses and noise, every edge clocks the triangle.
        let mut this = Self {
            now: 0,
            due: 0,
            frame_counter: FrameCounter::new(region, 0),
            pulses: [Pulse::new(Complement::Ones, 1), Pulse::new(Complement::Twos, 1)],
            triangle: Triangle::new(1),
            noise: Noise::new(region, 1),
            dmc: Dmc::new(region, 0),
            irq: IrqLine::default(),
            synth: None,
            work: Work::default(),
        };
        this.synth = sample_rate.map(|rate| {
            let tnd = mixer::tnd_sum(&this.triangle, &this.noise, &this.dmc);
            Synth::new(region, rate, mixer::pulse_sum(&this.pulses), tnd)
        });
        this.plan();
        this
    }

    /// The Reset button, before cycle `at`: all channels are switched off, the frame counter restarts in its mode, the
    /// triangle and the DMC go back to their first step (<https://www.nesdev.org/wiki/CPU_power_up_state>).
    pub(crate) fn reset(&mut self, at: Cycle) {
        self.run_until(at);
        self.advance(at);
        self.enable(0, at);
        self.triangle.reset();
        self.dmc.reset(at);
        self.frame_counter.reset(at);
        self.sound_levels(at);
        self.update_events(at);
    }

    /// Does everything up to and including the edge that begins cycle `at`, unless it is done already.
    #[inline]
    pub(crate) fn run_until(&mut self, at: Cycle) {
        if self.due <= at {
            self.run_edges(at);
        }
        self.now = self.now.max(at);
    }

    fn run_edges(&mut self, at: Cycle) {
        while self.due <= at {
            let edge = self.due;
            self.work.edges += 1;
            if self.dmc.due() == edge {
                if self.dmc.next_change() <= edge {
                    self.sound_tnd(edge);
                } else {
                    self.dmc.advance(edge);
                }
                self.dmc.edge(edge);
            }
            if self.frame_counter.due() == edge {
                match self.frame_counter.edge(edge) {
                    Clock::None => {}
                    clock => {
                        self.frame_clock(clock, edge);
                        self.sound_levels(edge);
                    }
                }
            }
            self.update_events(edge);
        }
    }

    /// The quarter- or half-frame clock at the edge that begins cycle `at`.
    fn frame_clock(&mut self, clock: Clock, at: Cycle) {
        self.sound_pulses(at);
        self.sound_tnd(at);
        for pulse in &mut self.pulses {
            pulse.envelope.clock();
        }
        self.noise.envelope.clock();
        self.triangle.advance(at);
        self.triangle.clock_linear();
        if clock == Clock::Half {
            for pulse in &mut self.pulses {
                pulse.length.clock();
                pulse.advance(at);
                pulse.clock_sweep();
            }
            self.triangle.length.clock();
            self.noise.length.clock();
        }
        self.catch_up_noise(at);
    }

    /// Brings the noise to cycle `at` unless its volume is 0. While it is 0 the noise lags; a change at `at` may have
    /// ended that.
    fn catch_up_noise(&mut self, at: Cycle) {
        if self.noise.volume() > 0 {
            self.noise.advance(at);
        }
    }

    /// Brings all channels to cycle `at`.
    fn advance(&mut self, at: Cycle) {
        self.sound_pulses(at);
        self.sound_tnd(at);
        for pulse in &mut self.pulses {
            pulse.advance(at);
        }
        self.triangle.advance(at);
        self.noise.advance(at);
    }

    /// If samples are made, turns all changes of the pulses' output up to cycle `at` into steps.
    fn sound_pulses(&mut self, at: Cycle) {
        self.make_room(at);
        if let Some(synth) = &mut self.synth {
            self.work.changes += mixer::sound_pulses(&mut self.pulses, synth, at);
        }
    }

    /// The same for the other channels. Brings the DMC to cycle `at` in any case.
    fn sound_tnd(&mut self, at: Cycle) {
        self.make_room(at);
        match &mut self.synth {
            Some(synth) => {
                let (triangle, noise, dmc) = (&mut self.triangle, &mut self.noise, &mut self.dmc);
                self.work.changes += mixer::sound_tnd(triangle, noise, dmc, synth, at);
            }
            None => self.dmc.advance(at),
        }
    }

    /// Sets both halves' levels from cycle `at` on. A half that was not brought to that cycle has not changed.
    fn sound_levels(&mut self, at: Cycle) {
        self.sound_pulse_level(at);
        self.sound_tnd_level(at);
    }

    fn sound_pulse_level(&mut self, at: Cycle) {
        if let Some(synth) = &mut self.synth {
            synth.set_pulses(mixer::pulse_sum(&self.pulses), at);
        }
    }

    fn sound_tnd_level(&mut self, at: Cycle) {
        if let Some(synth) = &mut self.synth {
            synth.set_tnd(mixer::tnd_sum(&self.triangle, &self.noise, &self.dmc), at);
        }
    }

    /// Ensures that the synthesizer can take steps up to cycle `at`.
    #[inline]
    fn make_room(&mut self, at: Cycle) {
        if self.synth.as_ref().is_some_and(|synth| synth.limit() < at) {
            self.finish_until(at);
        }
    }

    /// Finishes samples until steps up to cycle `at` fit. All register writes and frame clocks before `at` have been
    /// turned into steps, so that the channels change by themselves only.
    #[cold]
    fn finish_until(&mut self, at: Cycle) {
        while let Some(limit) = self.synth.as_ref().map(Synth::limit).filter(|&limit| limit < at) {
            self.sound_pulses(limit);
            self.sound_tnd(limit);
            self.synth.iter_mut().for_each(|synth| synth.finish(limit));
        }
    }

    /// After a change in cycle `at`: the IRQ line and the next due time follow.
    fn update_events(&mut self, at: Cycle) {
        self.irq.set(self.frame_counter.irq() || self.dmc.irq(), at);
        self.plan();
    }

    fn plan(&mut self) {
        self.due = self.frame_counter.due().min(self.dmc.due());
    }

    /// The read of $4015 in cycle `at`: `IF-D NT21`. Bit 5 is open bus, here 0. Clears the frame interrupt flag at the
    /// next get edge: a read right after one in a get cycle finds it still set.
    pub(crate) fn read_status(&mut self, at: Cycle) -> u8 {
        self.run_until(at);
        let status = self.peek_status();
        self.frame_counter.acknowledge(at);
        self.plan();
        status
    }

    /// The cycle until which $4015 reads return what one in cycle `at` does and have no effect; `at` if that one has.
    pub(crate) fn status_steady_until(&mut self, at: Cycle) -> Cycle {
        self.run_until(at);
        if self.frame_counter.flag() { at } else { self.due }
    }

    /// The cycle until which writes of `value` to `addr` change nothing, from cycle `at` on; `at` if one there does.
    pub(crate) fn inert_until(&mut self, addr: u16, value: u8, at: Cycle) -> Cycle {
        self.run_until(at);
        /// Whether `write` says that it was silent, and changes nothing.
        fn is_inert<C: Clone + PartialEq>(channel: &C, write: impl FnOnce(&mut C) -> bool) -> bool {
            let mut written = channel.clone();
            write(&mut written) && written == *channel
        }
        let is_inert = match addr {
            0x4000..=0x4007 => {
                is_inert(&self.pulses[usize::from(addr >> 2 & 1)], |pulse| pulse.write_silently(addr, value))
            }
            0x4008..=0x400b => is_inert(&self.triangle, |triangle| triangle.write_silently(addr, value)),
            0x400c..=0x400f => self.noise.is_written(addr, value),
            0x4010..=0x4013 => is_inert(&self.dmc, |dmc| dmc.write_silently(addr, value, at)),
            0x4015 => self.is_enabled(value),
            _ => false,
        };
        // A clock of the frame counter is an edge that is due; the DMC's level changes in between.
        let until = if addr == 0x4011 { self.due.min(self.dmc.next_change()) } else { self.due };
        if is_inert { until } else { at }
    }

    /// What a read of $4015 would give in the caught-up cycle, without its effect.
    pub(crate) fn peek_status(&self) -> u8 {
        let [pulse1, pulse2] = &self.pulses;
        u8::from(pulse1.length.running())
            | u8::from(pulse2.length.running()) << 1
            | u8::from(self.triangle.length.running()) << 2
            | u8::from(self.noise.length.running()) << 3
            | u8::from(self.dmc.active()) << 4
            | u8::from(self.frame_counter.flag()) << 6
            | u8::from(self.dmc.irq()) << 7
    }

    /// The write of `value` to $4000-$4013, $4015 or $4017 in cycle `at`. Other addresses are ignored. A write below
    /// $4010, to $4011 or $4012 moves neither [`Apu::next_irq`] nor [`Apu::next_dma`].
    #[inline]
    pub(crate) fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        self.run_until(at);
        // Many music engines write all registers in each frame, and few values change.
        if !self.write_silently(addr, value, at) {
            self.write_audibly(addr, value, at);
        }
    }

    /// Writes `value` in the caught-up cycle `at` if that changes no channel's output, now or until the next clock of
    /// the frame counter. Then no channel has to be advanced. Returns whether the value is written.
    fn write_silently(&mut self, addr: u16, value: u8, at: Cycle) -> bool {
        match addr {
            0x4000..=0x4007 => self.pulses[usize::from(addr >> 2 & 1)].write_silently(addr, value),
            0x4008..=0x400b => self.triangle.write_silently(addr, value),
            0x400c..=0x400f => self.noise.is_written(addr, value),
            0x4010..=0x4013 => self.dmc.write_silently(addr, value, at),
            0x4015 => self.is_enabled(value),
            _ => false,
        }
    }

    /// Whether a write of `value` to $4015 would change nothing.
    fn is_enabled(&self, value: u8) -> bool {
        let [pulse1, pulse2] = &self.pulses;
        let lengths = [&pulse1.length, &pulse2.length, &self.triangle.length, &self.noise.length];
        lengths.iter().enumerate().all(|(bit, length)| length.is_enabled(value >> bit & 1 != 0))
            && self.dmc.is_enabled(value & 0x10 != 0)
    }

    /// Any write in the caught-up cycle `at`: brings the channels there first.
    fn write_audibly(&mut self, addr: u16, value: u8, at: Cycle) {
        match addr {
            0x4000..=0x4007 => {
                self.sound_pulses(at);
                self.pulses[usize::from(addr >> 2 & 1)].advance(at);
                self.write_pulse(addr, value, self.edge_after(at));
                self.sound_pulse_level(at);
            }
            0x4008..=0x400b => {
                self.sound_tnd(at);
                self.triangle.advance(at);
                self.write_triangle(addr, value, self.edge_after(at));
                self.sound_tnd_level(at);
            }
            0x400c..=0x400f => {
                self.sound_tnd(at);
                self.write_noise(addr, value, self.edge_after(at), at);
                self.catch_up_noise(at);
                self.sound_tnd_level(at);
            }
            0x4010 => {
                self.sound_tnd(at);
                self.dmc.write(addr, value);
                self.update_events(at);
            }
            0x4011 => {
                self.sound_tnd(at);
                self.dmc.write(addr, value);
                self.sound_tnd_level(at);
            }
            // The registers of address and length are read at an edge.
            0x4012 | 0x4013 => self.dmc.write(addr, value),
            0x4015 => {
                self.sound_pulses(at);
                self.sound_tnd(at);
                self.triangle.advance(at);
                self.enable(value, at);
                self.sound_levels(at);
                self.update_events(at);
            }
            0x4017 => {
                self.frame_counter.write(value, at);
                self.update_events(at);
            }
            _ => {}
        }
    }

    /// What the edge after a write in cycle `at` carries.
    fn edge_after(&self, at: Cycle) -> NextEdge {
        if self.frame_counter.half_frame_at(at + 1) { NextEdge::HalfFrame } else { NextEdge::Free }
    }

    fn write_pulse(&mut self, addr: u16, value: u8, edge: NextEdge) {
        let pulse = &mut self.pulses[usize::from(addr >> 2 & 1)];
        match addr & 3 {
            0 => {
                pulse.write_duty(value);
                pulse.envelope.write(value);
                pulse.length.set_halt(value & 0x20 != 0, edge);
            }
            1 => pulse.write_sweep(value),
            2 => pulse.write_timer_low(value),
            _ => {
                pulse.write_timer_high(value);
                pulse.envelope.restart();
                pulse.length.load(value, edge);
            }
        }
    }

    fn write_triangle(&mut self, addr: u16, value: u8, edge: NextEdge) {
        match addr & 3 {
            0 => {
                self.triangle.write_linear(value);
                self.triangle.length.set_halt(value & 0x80 != 0, edge);
            }
            2 => self.triangle.write_timer_low(value),
            3 => {
                self.triangle.write_timer_high(value);
                self.triangle.length.load(value, edge);
            }
            _ => {}
        }
    }

    fn write_noise(&mut self, addr: u16, value: u8, edge: NextEdge, at: Cycle) {
        match addr & 3 {
            0 => {
                self.noise.envelope.write(value);
                self.noise.length.set_halt(value & 0x20 != 0, edge);
            }
            2 => {
                self.noise.advance(at);
                self.noise.write_period(value);
            }
            3 => {
                self.noise.envelope.restart();
                self.noise.length.load(value, edge);
            }
            _ => {}
        }
    }

    /// A write of $4015; the triangle has been advanced to its cycle.
    fn enable(&mut self, value: u8, at: Cycle) {
        self.pulses[0].length.enable(value & 0x01 != 0);
        self.pulses[1].length.enable(value & 0x02 != 0);
        self.triangle.length.enable(value & 0x04 != 0);
        self.noise.length.enable(value & 0x08 != 0);
        self.dmc.enable(value & 0x10 != 0, at);
    }

    /// Whether the APU asserts IRQ in the caught-up cycle: by the frame interrupt flag, unless inhibited, or by the
    /// DMC's.
    pub(crate) fn irq(&self) -> bool {
        self.irq.asserted
    }

    /// Whether the APU asserted IRQ at the end of cycle `at - 1`. The APU may be ahead of that, but by no more than
    /// edge and access `at`.
    pub(crate) fn irq_at(&mut self, at: Cycle) -> bool {
        self.run_until(at);
        if self.irq.changed >= at { self.irq.before } else { self.irq.asserted }
    }

    /// The earliest cycle that may end with IRQ asserted if no access intervenes: maybe early, never late; [`NEVER`] if
    /// that is impossible. The caught-up cycle if IRQ is asserted.
    pub(crate) fn next_irq(&self) -> Cycle {
        self.frame_counter.next_irq(self.now).min(self.dmc.next_irq(self.now))
    }

    /// The earliest cycle in which there may be a [`Apu::dma_request`] if no access intervenes: maybe early, never
    /// late; [`NEVER`] if that is impossible. The caught-up cycle if there is a request.
    pub(crate) fn next_dma(&self) -> Cycle {
        self.dmc.next_request(self.now)
    }

    /// The address that the DMC wants to read, if it requests DMA in the caught-up cycle.
    pub(crate) fn dma_request(&self) -> Option<u16> {
        self.dmc.request()
    }

    /// The get cycle `at` of a DMC DMA delivered `value`.
    pub(crate) fn dma_supply(&mut self, value: u8, at: Cycle) {
        self.run_until(at);
        self.sound_tnd(at);
        self.dmc.supply(value, at);
        self.plan();
    }

    /// Brings everything to cycle `at`, its edge included, and into canonical form: samples are finished, and of the IRQ
    /// line's past only what [`Apu::irq_at`] can still return is left. Channels may stay behind.
    pub(crate) fn canonicalize(&mut self, at: Cycle) {
        self.run_until(at);
        self.finish();
        if self.irq.changed < at {
            self.irq.before = self.irq.asserted;
        }
    }

    /// Rebuilds what is derived from a state that was loaded in cycle `at`.
    pub(crate) fn rebuild(&mut self, at: Cycle) {
        self.now = at;
        self.irq = IrqLine { asserted: self.frame_counter.irq() || self.dmc.irq(), changed: at, ..self.irq };
        self.plan();
        if let Some(synth) = &mut self.synth {
            synth.rebuild(at);
        }
    }

    /// Restarts synthesis in cycle `at`, because the loaded state has no sound of this sample rate.
    pub(crate) fn restart_sound(&mut self, rate: SampleRate, at: Cycle) {
        let levels = (mixer::pulse_sum(&self.pulses), mixer::tnd_sum(&self.triangle, &self.noise, &self.dmc));
        if let Some(synth) = &mut self.synth {
            synth.assume_levels(levels.0, levels.1);
            synth.restart(rate, at);
        }
    }

    /// The synthesizer, if samples are made: the part of the state that hashes leave out.
    pub(crate) fn sound(&self) -> Option<&dyn Persist> {
        self.synth.as_ref().map(|synth| synth as &dyn Persist)
    }

    /// As [`Apu::sound`], for loading.
    pub(crate) fn sound_mut(&mut self) -> Option<&mut dyn Persist> {
        self.synth.as_mut().map(|synth| synth as &mut dyn Persist)
    }

    /// Ends a frame before cycle `at`: [`Apu::samples`] now returns the samples finished by then.
    pub(crate) fn end_frame(&mut self, at: Cycle) {
        self.run_until(at);
        self.finish();
        if let Some(synth) = &mut self.synth {
            synth.end_frame();
        }
    }

    /// If samples are made, brings everything to the caught-up cycle and finishes the samples before it.
    fn finish(&mut self) {
        if self.synth.as_ref().is_none_or(|synth| synth.is_finished(self.now)) {
            return;
        }
        self.advance(self.now);
        if let Some(synth) = &mut self.synth {
            synth.finish(self.now);
        }
    }

    /// The samples that the last [`Apu::end_frame`] finished: mono.
    pub(crate) fn samples(&self) -> &[i16] {
        self.synth.as_ref().map_or(&[], Synth::samples)
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.synth.as_ref().map_or(0, Synth::heap_bytes)
    }

    /// The counters since power-on.
    pub(crate) fn work(&self) -> Work {
        self.work
    }
}

persist!(IrqLine { before });

persist!(Apu { frame_counter, pulses, triangle, noise, dmc, irq });

#[cfg(test)]
mod sound_tests;
#[cfg(test)]
mod tests;
