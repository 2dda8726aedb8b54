//! The console's filters behind the mixer: two high-passes and a low-pass, of first order each
//! (<https://www.nesdev.org/wiki/APU_Mixer>).
//!
//! The bilinear transform of the analog filters, with K = tan(pi * cutoff / sample rate):
//!
//! | pass | y                      | b           | a               |
//! |------|------------------------|-------------|-----------------|
//! | high | b * (x - x') + a * y'  | 1 / (1 + K) | (1 - K) / (1 + K) |
//! | low  | b * (x + x') + a * y'  | K / (1 + K) | (1 - K) / (1 + K) |
//!
//! Coefficients are committed as integers; the test computes them anew.

use super::super::SampleRate;
use crate::state::Visitor;

/// Fraction bits of the coefficients.
const BITS: u32 = 28;

/// `b` and `a` of one filter.
type Coefficients = (i64, i64);

#[rustfmt::skip]
const fn coefficients(rate: SampleRate) -> [Coefficients; 3] {
    match rate {
        //                          90 Hz high                440 Hz high               14 kHz low
        SampleRate::Hz44100 => [(266725346, 265015236), (260274558, 252113660), (163096541, -57757627)],
        SampleRate::Hz48000 => [(266863482, 265291508), (260919438, 253403420), (151887827, -35340198)],
        SampleRate::Hz96000 => [(267647168, 266858879), (264624868, 260814280), ( 88656949,  91121559)],
    }
}

/// All three in a row.
#[derive(Clone, Debug)]
pub(super) struct Filters {
    coefficients: [Coefficients; 3],
    /// The input of the first filter and the outputs of each, for the sample before.
    memory: [i32; 4],
}

impl Filters {
    /// Filters that have long heard nothing but `level`.
    pub(super) fn new(rate: SampleRate, level: i32) -> Self {
        Self { coefficients: coefficients(rate), memory: [level, 0, 0, 0] }
    }

    /// The next sample's level in, the filtered one out. Levels stay below 2^30.
    #[inline]
    pub(super) fn next(&mut self, level: i32) -> i32 {
        let [x1, a1, b1, c1] = self.memory.map(i64::from);
        let [high90, high440, low] = self.coefficients;
        let section = |(b, a): Coefficients, x: i64, y1: i64| (b * x + a * y1 + (1 << (BITS - 1))) >> BITS;
        let a = section(high90, i64::from(level) - x1, a1);
        let b = section(high440, a - a1, b1);
        let c = section(low, b + b1, c1);
        self.memory = [level, a as i32, b as i32, c as i32];
        c as i32
    }

    pub(super) fn state(&mut self, s: &mut impl Visitor) {
        for value in &mut self.memory {
            let mut bits = *value as u32;
            s.u32(&mut bits);
            *value = bits as i32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coefficients_are_the_documented_ones() {
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
        let mut filters = Filters::new(rate, 0);
        let outputs: Vec<i32> = (0..40_000)
            .map(|n| {
                let angle = f64::from(n) * hz / sample_hz * std::f64::consts::TAU;
                filters.next((angle.sin() * f64::from(1 << 24)) as i32)
            })
            .collect();
        f64::from(*outputs[20_000..].iter().max().unwrap()) / f64::from(1 << 24)
    }

    #[test]
    fn cuts_where_it_should() {
        let half_power = 0.5f64.sqrt();
        for (rate, hz) in [(SampleRate::Hz44100, 44_100.0), (SampleRate::Hz96000, 96_000.0)] {
            assert!((gain(rate, hz, 440.0) - half_power).abs() < 0.03);
            assert!((gain(rate, hz, 14_000.0) - half_power).abs() < 0.03);
            assert!((gain(rate, hz, 2500.0) - 1.0).abs() < 0.03);
            assert!(gain(rate, hz, 20.0) < 0.02);
        }
    }

    #[test]
    fn a_constant_level_fades_to_exactly_nothing() {
        let mut filters = Filters::new(SampleRate::Hz48000, 0);
        for _ in 0..48_000 {
            filters.next(400_000_000);
        }
        assert!(filters.next(400_000_000).abs() < 1 << 10, "far below one step of a sample");
    }
}
