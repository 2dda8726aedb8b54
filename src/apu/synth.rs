//! Synthesis: turns changes of level at exact cycles into samples, in integers.
//!
//! ```text
//! level changes --> impulses --> running sum --> filters --> i16
//! (any order)      [`kernel`]    (in order)     [`filter`]
//! ```
//!
//! A step of level is the integral of an impulse. Each step adds `height * kernel[phase]` to a buffer of sums. Addition
//! is exact and wraps, so the order of steps and their grouping cannot matter. A sample is finished when no later step
//! can touch it; the running sum over the buffer is then its level.
//!
//! Cycle `at` lies `(at * rate / cpu_hz)` samples after power-on. The buffer's origin is a cycle with the exact
//! remainder of that division. Moving the origin rounds nothing, so the times at which it is moved cannot matter
//! either.

use std::array;

use ricojit_interpreter::Cycle;

use self::filter::Filters;
pub(super) use self::flips::Flip;
use self::flips::Flips;
use self::kernel::{KERNEL, PHASES, TAPS, UNITY_BITS};
use super::levels;
use crate::clock::Region;
use crate::options::SampleRate;
use crate::state::{Impossible, Persist, Reader, Writer};

mod filter;
mod flips;
mod kernel;
#[cfg(test)]
pub(super) mod reference;

/// The longest time between the origin and a step, in cycles: about 37 ms.
pub(super) const SPAN: u64 = 1 << 16;

/// Samples in [`SPAN`] at the highest rate and the slowest CPU clock.
const SPAN_SAMPLES: usize = 4096;

/// Samples in [`SPAN`], and those that impulses reach beyond it.
const ROOM: usize = SPAN_SAMPLES + 2 * TAPS;

/// Samples finished at once: few enough to stay in the first-level cache for all passes.
const CHUNK: usize = 128;

/// A bound on loaded sums: more than any level, and small enough that no filter overflows.
const MOST_SUM: i32 = 1 << 30;

/// The synthesizer: steps in, samples out.
#[derive(Clone, Debug)]
pub(super) struct Synth {
    rate: SampleRate,
    clock: SampleClock,
    /// The cycle that lies `fraction` after sample 0 of `sums`.
    origin: Cycle,
    fraction: u64,
    /// Impulses, in 2^-14 of a level.
    sums: Box<[i32; ROOM]>,
    /// Impulses of unit height, to be multiplied by [`FlipRun::end`].
    flips: Flips,
    /// The sum over everything that left `sums`: the level of the last finished sample.
    level: i32,
    /// The levels of the two halves of the mixer.
    pulses: i16,
    tnd: i16,
    filters: Filters,
    /// Samples of the present frame, and of the last one.
    next: Vec<i16>,
    finished: Vec<i16>,
}

impl Synth {
    /// A synthesizer whose level has long been that of `pulses` and `tnd`, the sums of the mixer's two halves.
    pub(super) fn new(region: Region, rate: SampleRate, pulses: u8, tnd: u8) -> Self {
        let (pulses, tnd) = (levels::pulse_out(pulses), levels::tnd_out(tnd));
        let level = (i32::from(pulses) + i32::from(tnd)) << UNITY_BITS;
        Self {
            rate,
            clock: SampleClock::new(region, rate),
            origin: 0,
            fraction: 0,
            sums: Box::new([0; ROOM]),
            flips: Flips::new(),
            level,
            pulses,
            tnd,
            filters: Filters::new(rate),
            next: Vec::with_capacity(SPAN_SAMPLES),
            finished: Vec::with_capacity(SPAN_SAMPLES),
        }
    }

    /// The last cycle at which a step may lie. For later ones, call [`Synth::finish`] first.
    #[inline]
    pub(super) fn limit(&self) -> Cycle {
        self.origin + SPAN
    }

    /// The pulses add up to `sum` from cycle `at` on.
    #[inline]
    pub(super) fn set_pulses(&mut self, sum: u8, at: Cycle) {
        let level = levels::pulse_out(sum);
        if level != self.pulses {
            self.step(level - self.pulses, at);
            self.pulses = level;
        }
    }

    /// Triangle, noise and DMC add up to `sum` from cycle `at` on.
    #[inline]
    pub(super) fn set_tnd(&mut self, sum: u8, at: Cycle) {
        let level = levels::tnd_out(sum);
        if level != self.tnd {
            self.step(level - self.tnd, at);
            self.tnd = level;
        }
    }

    /// Takes note that the last steps have brought triangle, noise and DMC to `level`.
    #[inline]
    pub(super) fn assume_tnd(&mut self, level: i16) {
        self.tnd = level;
    }

    /// A step at cycle `at`. The level of its half of the mixer is not updated.
    #[inline] // into the loops over a channel's changes
    pub(super) fn step(&mut self, height: i16, at: Cycle) {
        debug_assert!((self.origin..=self.limit()).contains(&at));
        let (index, phase) = self.clock.place(self.fraction, at - self.origin);
        // No step lies beyond the limit. The remainder changes nothing and saves a bounds check.
        if let Some(sums) = self.sums[index % SPAN_SAMPLES..].first_chunk_mut() {
            add_impulse(sums, height, &KERNEL[phase]);
        }
    }

    /// Begins a run of flips of one height, of which the first is `first`. They come at multiples of `period`.
    #[inline]
    pub(super) fn flip(&mut self, first: Flip, period: Cycle) -> FlipRun<'_> {
        let period = self.clock.position(0, period);
        FlipRun { synth: self, flip: first, period }
    }

    /// Finishes all samples that steps from cycle `at` on cannot touch, and moves the origin there.
    pub(super) fn finish(&mut self, at: Cycle) {
        let (count, fraction) = self.clock.samples(self.fraction, at - self.origin);
        let done = self.next.len();
        self.next.resize(done + count, 0);
        for (sums, samples) in self.sums[..count].chunks_mut(CHUNK).zip(self.next[done..].chunks_mut(CHUNK)) {
            self.level = sums.iter().fold(self.level, |level, &sum| level.wrapping_add(sum));
            self.filters.run(sums);
            for (sample, sum) in samples.iter_mut().zip(sums) {
                let rounded = sum.wrapping_add(1 << (UNITY_BITS - 1)) >> UNITY_BITS;
                *sample = rounded.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
                *sum = 0;
            }
        }
        // The tails of impulses that began before `at`.
        let mut tails = [0; TAPS];
        tails.copy_from_slice(&self.sums[count..count + TAPS]);
        self.sums[count..count + TAPS].fill(0);
        self.sums[..TAPS].copy_from_slice(&tails);
        (self.origin, self.fraction) = (at, fraction);
    }

    /// Whether all samples before cycle `at` are finished.
    pub(super) fn is_finished(&self, at: Cycle) -> bool {
        self.origin == at
    }

    /// Ends a frame: [`Synth::samples`] now returns its samples. Call [`Synth::finish`] first.
    pub(super) fn end_frame(&mut self) {
        std::mem::swap(&mut self.next, &mut self.finished);
        self.next.clear();
    }

    /// The samples of the last frame.
    pub(super) fn samples(&self) -> &[i16] {
        &self.finished
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let samples = self.next.capacity() + self.finished.capacity();
        size_of_val(&*self.sums) + self.flips.heap_bytes() + samples * size_of::<i16>()
    }

    /// Restarts in cycle `at`, as if the levels had long been what they are.
    pub(super) fn restart(&mut self, rate: SampleRate, at: Cycle) {
        self.sums.fill(0);
        (self.origin, self.fraction) = (at, 0);
        self.level = (i32::from(self.pulses) + i32::from(self.tnd)) << UNITY_BITS;
        self.filters = Filters::new(rate);
        self.next.clear();
    }

    /// Sets the levels of the mixer's two halves, which a state without sound does not have.
    pub(super) fn assume_levels(&mut self, pulses: u8, tnd: u8) {
        (self.pulses, self.tnd) = (levels::pulse_out(pulses), levels::tnd_out(tnd));
    }

    /// After loading in cycle `at`: all samples before it are finished.
    pub(super) fn rebuild(&mut self, at: Cycle) {
        self.origin = at;
    }

    /// The most samples that a state holds: those of a PAL frame, and of the time by which an instruction with its DMA
    /// can overrun it.
    fn most_samples(&self) -> usize {
        self.rate.hz() as usize / 50 + 128
    }
}

/// A run of steps up and down by the same height, which alternate.
pub(super) struct FlipRun<'a> {
    synth: &'a mut Synth,
    /// The next one.
    flip: Flip,
    period: Position,
}

impl FlipRun<'_> {
    /// The next flips: bit n of `flips`, one of the lowest [`MOST_PERIODS`], is one in the cycle n periods after `start`.
    #[inline]
    pub(super) fn add(&mut self, start: Cycle, mut flips: u64) {
        let Synth { clock, fraction, origin, .. } = *self.synth;
        debug_assert!(origin <= start && flips >> MOST_PERIODS == 0);
        let start = clock.position(fraction, start - origin);
        while flips != 0 {
            let (index, phase) = start.place_after(flips.trailing_zeros(), self.period);
            self.synth.flips.add(self.flip, index, phase);
            self.flip = self.flip.next();
            flips &= flips - 1;
        }
    }

    /// Ends the run. All its flips lie between these two cycles, and each has this height.
    #[inline]
    pub(super) fn end(self, height: i16, first: Cycle, last: Cycle) {
        let Self { synth, .. } = self;
        let index = |at: Cycle| synth.clock.place(synth.fraction, at - synth.origin).0 % SPAN_SAMPLES;
        synth.flips.take(height, index(first), index(last), &mut synth.sums);
    }
}

/// Everything that later samples depend on. Call [`Synth::finish`] before saving: the origin is then the present cycle.
impl Persist for Synth {
    fn save(&self, to: &mut Writer<'_>) {
        self.fraction.save(to);
        self.sums[..TAPS].iter().for_each(|sum| sum.save(to));
        self.level.save(to);
        self.pulses.save(to);
        self.tnd.save(to);
        self.filters.save(to);
        // There are more only inside the frame that a false state began with too many.
        let count = self.next.len().min(self.most_samples());
        (count as u32).save(to);
        self.next[..count].iter().for_each(|sample| sample.save(to));
        // Padding to the fixed size.
        to.zeros((self.most_samples() - count) * size_of::<i16>());
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        from.check_within(&self.fraction, ..self.clock.unit, "fraction")?;
        (0..=TAPS).try_for_each(|_| from.check_within(&self.level, -MOST_SUM..=MOST_SUM, "level"))?;
        from.check_within(&self.pulses, 0..=levels::pulse_out(levels::MOST_PULSES), "pulses")?;
        from.check_within(&self.tnd, 0..=levels::tnd_out(levels::MOST_TND), "tnd")?;
        self.filters.check(from)?;
        let mut count = 0_u32;
        count.load(&mut from.clone());
        from.check_within(&count, ..=self.most_samples() as u32, "samples")?;
        let rest = from.bytes(self.most_samples() * size_of::<i16>()).iter().skip(count as usize * size_of::<i16>());
        if rest.fold(0, |all, byte| all | byte) == 0 { Ok(()) } else { Err(Impossible("samples")) }
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        self.fraction.load(from);
        debug_assert!(self.sums[TAPS..].iter().all(|&sum| sum == 0), "all is finished");
        self.sums[..TAPS].iter_mut().for_each(|sum| sum.load(from));
        self.level.load(from);
        self.pulses.load(from);
        self.tnd.load(from);
        self.filters.load(from);
        let mut count = 0_u32;
        count.load(from);
        let samples = from.bytes(self.most_samples() * size_of::<i16>()).as_chunks().0;
        self.next.clear();
        self.next.extend(samples.iter().take(count as usize).map(|&sample| i16::from_le_bytes(sample)));
    }
}

/// Adds a step of `height` to the sums that it touches. The array is read as a whole before it is written, so that the
/// compiler vectorizes.
#[inline]
fn add_impulse(sums: &mut [i32; TAPS], height: i16, kernel: &[i16; TAPS]) {
    let before = *sums;
    *sums = array::from_fn(|tap| before[tap].wrapping_add(i32::from(height) * i32::from(kernel[tap])));
}

/// The number of times that a [`Position`] may be moved.
const MOST_PERIODS: u32 = 32;

/// Fraction bits of a [`Position`].
const POSITION_BITS: u32 = 40;

/// 64ths of a sample, with a fraction: too large by less than 2^-25. The exact ones have a denominator below 2^24, so that
/// the integer is right, even in a sum of [`MOST_PERIODS`] and one of them: each adds less than 2^-39 by its rounding, and
/// the rest of the error, that of the reciprocal, grows with the time only.
#[derive(Clone, Copy, Debug)]
struct Position(u64);

impl Position {
    /// The sample, and the phase after it, `count` periods later.
    #[inline]
    fn place_after(self, count: u32, period: Self) -> (usize, usize) {
        let phases = ((self.0 + u64::from(count) * period.0) >> POSITION_BITS) as usize;
        (phases / PHASES, phases % PHASES)
    }
}

/// Cycles to samples: `samples = cycles * step / unit`, in lowest terms.
#[derive(Clone, Copy, Debug)]
struct SampleClock {
    step: u64,
    unit: u64,
    /// 2^64 / `unit`, rounded up, for division by multiplication.
    reciprocal: u64,
}

impl SampleClock {
    fn new(region: Region, rate: SampleRate) -> Self {
        let (cycles, seconds) = region.cpu_hz();
        let (step, unit) = (u64::from(rate.hz()) * seconds, cycles);
        let divisor = gcd(step, unit);
        let (step, unit) = (step / divisor, unit / divisor);
        Self { step, unit, reciprocal: u64::MAX / unit + 1 }
    }

    /// `value / unit`. Exact: the reciprocal is too large by less than `unit / 2^64`, and `value * unit` stays far
    /// below 2^64 for the values of a [`SPAN`].
    #[inline]
    fn divide(self, value: u64) -> u64 {
        debug_assert!(value.checked_mul(self.unit).is_some());
        ((u128::from(value) * u128::from(self.reciprocal)) >> 64) as u64
    }

    /// The sample and the phase after it at which a cycle lies that is `cycles` after `fraction`.
    #[inline]
    fn place(self, fraction: u64, cycles: u64) -> (usize, usize) {
        let phases = self.divide((fraction + cycles * self.step) * PHASES as u64) as usize;
        (phases / PHASES, phases % PHASES)
    }

    /// The same, to find the places of cycles at equal distances after it.
    #[inline]
    fn position(self, fraction: u64, cycles: u64) -> Position {
        let value = (fraction + cycles * self.step) * PHASES as u64;
        // Rounded up, as the reciprocal is.
        Position(((u128::from(value) * u128::from(self.reciprocal)) >> (64 - POSITION_BITS)) as u64 + 1)
    }

    /// The number of samples in `cycles` after `fraction`, and the fraction that is left.
    fn samples(self, fraction: u64, cycles: u64) -> (usize, u64) {
        let value = fraction + cycles * self.step;
        let samples = self.divide(value);
        (samples as usize, value - samples * self.unit)
    }
}

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [SampleRate; 3] = [SampleRate::Hz44100, SampleRate::Hz48000, SampleRate::Hz96000];

    #[test]
    fn the_sample_clock_divides_exactly() {
        for region in [Region::Ntsc, Region::Pal, Region::Dendy] {
            for rate in RATES {
                let clock = SampleClock::new(region, rate);
                let (hz, seconds) = region.cpu_hz();
                assert_eq!(
                    u128::from(clock.step) * u128::from(hz),
                    u128::from(clock.unit * u64::from(rate.hz()) * seconds)
                );
                for cycles in (0..=SPAN).step_by(7).chain([SPAN]) {
                    for fraction in [0, 1, clock.unit / 3, clock.unit - 1] {
                        let value = fraction + cycles * clock.step;
                        let place = (value * 64 / clock.unit) as usize;
                        assert_eq!(clock.place(fraction, cycles), (place / 64, place % 64));
                        let samples = (value / clock.unit) as usize;
                        assert_eq!(clock.samples(fraction, cycles), (samples, value % clock.unit));
                        assert!(samples <= SPAN_SAMPLES);
                    }
                }
            }
        }
    }

    #[test]
    fn periods_are_added_exactly() {
        for region in [Region::Ntsc, Region::Pal, Region::Dendy] {
            for rate in RATES {
                let clock = SampleClock::new(region, rate);
                assert!(clock.unit < 1 << 24);
                for period in region.cpu().noise_periods.map(u64::from) {
                    let step = clock.position(0, period);
                    for cycles in (0..SPAN).step_by(97) {
                        for fraction in [0, 1, clock.unit / 3, clock.unit - 1] {
                            let start = clock.position(fraction, cycles);
                            for count in 0..=MOST_PERIODS {
                                let exact = clock.place(fraction, cycles + u64::from(count) * period);
                                assert_eq!(start.place_after(count, step), exact);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_step_ends_at_its_height() {
        let mut synth = Synth::new(Region::Ntsc, SampleRate::Hz48000, 0, 0);
        synth.set_pulses(30, 1000);
        synth.set_tnd(202, 1000);
        synth.finish(5000);
        let expected = i32::from(levels::pulse_out(30)) + i32::from(levels::tnd_out(202));
        assert_eq!(synth.level, expected << UNITY_BITS);
        assert!(synth.sums.iter().all(|&sum| sum == 0));
    }
}
