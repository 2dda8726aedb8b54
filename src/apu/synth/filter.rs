//! The console's filters after the mixer: two high-pass and one low-pass filter, each of first order
//! (<https://www.nesdev.org/wiki/APU_Mixer>).
//!
//! The bilinear transform of the analog filters, with K = tan(pi * cutoff / sample rate):
//!
//! | pass | y                      | b           | a               |
//! |------|------------------------|-------------|-----------------|
//! | high | b * (x - x') + a * y'  | 1 / (1 + K) | (1 - K) / (1 + K) |
//! | low  | b * (x + x') + a * y'  | K / (1 + K) | (1 - K) / (1 + K) |
//!
//! The coefficients are integer constants; a test recomputes them.

use crate::options::SampleRate;
use crate::state::persist;

/// Fraction bits of the coefficients.
const BITS: u32 = 28;

/// `b` and `a` of one filter.
pub(super) type Coefficients = (i64, i64);

#[rustfmt::skip]
pub(super) const fn coefficients(rate: SampleRate) -> [Coefficients; 3] {
    match rate {
        //                          90 Hz high                440 Hz high               14 kHz low
        SampleRate::Hz44100 => [(266725346, 265015236), (260274558, 252113660), (163096541, -57757627)],
        SampleRate::Hz48000 => [(266863482, 265291508), (260919438, 253403420), (151887827, -35340198)],
        SampleRate::Hz96000 => [(267647168, 266858879), (264624868, 260814280), ( 88656949,  91121559)],
    }
}

/// All three in series. The first takes changes of level, which is all that a high-pass filter depends on.
#[derive(Clone, Debug)]
pub(super) struct Filters {
    coefficients: [Coefficients; 3],
    /// Each filter's output for the previous sample.
    memory: [i32; 3],
}

impl Filters {
    /// Filters whose input has long been constant.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { coefficients: coefficients(rate), memory: [0; 3] }
    }

    /// Replaces changes of level, from one sample to the next, with filtered samples. Levels stay below 2^29, so that
    /// no filter exceeds 2^31.
    pub(super) fn run(&mut self, samples: &mut [i32]) {
        let silent = samples.iter().fold(0, |any, &change| any | change) == 0;
        let mut memory = self.memory.map(i64::from);
        if silent && self.next(memory, 0) == memory {
            samples.fill(self.memory[2]);
            return;
        }
        // Unrolled by four, which saves moves between registers.
        let (fours, rest) = samples.as_chunks_mut::<4>();
        for samples in fours {
            for sample in samples {
                memory = self.next(memory, i64::from(*sample));
                *sample = memory[2] as i32;
            }
        }
        for sample in rest {
            memory = self.next(memory, i64::from(*sample));
            *sample = memory[2] as i32;
        }
        self.memory = memory.map(|output| output as i32);
    }

    /// The outputs for this change of level, after the outputs `[a1, b1, c1]` for the previous sample.
    #[inline]
    fn next(&self, [a1, b1, c1]: [i64; 3], change: i64) -> [i64; 3] {
        let [high90, high440, low] = self.coefficients;
        let section = |(b, a): Coefficients, x: i64, y1: i64| (b * x + a * y1 + (1 << (BITS - 1))) >> BITS;
        let a = section(high90, change, a1);
        let b = section(high440, a - a1, b1);
        let c = section(low, b + b1, c1);
        [a, b, c]
    }
}

persist!(Filters { memory });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_follow_the_documented_formulas() {
        for (rate, hz) in
            [(SampleRate::Hz44100, 44_100.0), (SampleRate::Hz48000, 48_000.0), (SampleRate::Hz96000, 96_000.0)]
        {
            let cutoffs = [(90.0, true), (440.0, true), (14_000.0, false)];
            for ((b, a), (cutoff, high)) in coefficients(rate).into_iter().zip(cutoffs) {
                let k: f64 = (std::f64::consts::PI * cutoff / hz).tan();
                let one = f64::from(1 << BITS);
                let expected = if high { 1.0 } else { k } / (1.0 + k) * one;
                assert!((b as f64 - expected).abs() <= 0.5);
                assert!((a as f64 - (1.0 - k) / (1.0 + k) * one).abs() <= 0.5);
            }
        }
    }

    /// The amplitude that a sine of 2^24 at `hz` has after the filters.
    fn gain(rate: SampleRate, sample_hz: f64, hz: f64) -> f64 {
        let mut filters = Filters::new(rate);
        let level = |n: i32| {
            let angle = f64::from(n) * hz / sample_hz * std::f64::consts::TAU;
            (angle.sin() * f64::from(1 << 24)) as i32
        };
        let mut outputs: Vec<i32> = (0..40_000).map(|n| level(n) - level((n - 1).max(0))).collect();
        filters.run(&mut outputs);
        f64::from(*outputs[20_000..].iter().max().unwrap()) / f64::from(1 << 24)
    }

    #[test]
    fn each_filter_cuts_at_its_frequency() {
        let half_power = 0.5f64.sqrt();
        for (rate, hz) in [(SampleRate::Hz44100, 44_100.0), (SampleRate::Hz96000, 96_000.0)] {
            assert!((gain(rate, hz, 440.0) - half_power).abs() < 0.03);
            assert!((gain(rate, hz, 14_000.0) - half_power).abs() < 0.03);
            assert!((gain(rate, hz, 2500.0) - 1.0).abs() < 0.03);
            assert!(gain(rate, hz, 20.0) < 0.02);
        }
    }

    #[test]
    fn a_constant_level_fades_out() {
        let mut samples = vec![0; 48_000];
        samples[0] = 400_000_000;
        Filters::new(SampleRate::Hz48000).run(&mut samples);
        assert!(samples[47_999].abs() < 1 << 10, "far below one step of a sample");
    }

    #[test]
    fn silence_in_one_call_equals_silence_sample_by_sample() {
        for first in [400_000_000, -5, 0] {
            let (mut whole, mut single) = (Filters::new(SampleRate::Hz44100), Filters::new(SampleRate::Hz44100));
            let mut rests = 0;
            for chunk in 0..200 {
                let mut samples = [0; 50];
                samples[0] = if chunk == 0 || chunk == 100 { first } else { 0 };
                let mut alone = samples;
                whole.run(&mut samples);
                alone.chunks_mut(1).for_each(|sample| {
                    let [.., output] = single.next(single.memory.map(i64::from), i64::from(sample[0]));
                    single.run(sample);
                    assert_eq!(i64::from(sample[0]), output);
                });
                assert_eq!(samples, alone);
                rests += u32::from(whole.next(whole.memory.map(i64::from), 0) == whole.memory.map(i64::from));
            }
            assert!(rests > 100, "it comes to rest");
        }
    }
}
