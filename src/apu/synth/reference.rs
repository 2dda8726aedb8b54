//! Synthesis by its definition, for comparison: step by step and sample by sample, in numbers that do not wrap.

use super::filter::coefficients;
use super::kernel::{KERNEL, PHASES, UNITY_BITS};
use super::*;

/// All changes since power-on.
pub(in crate::apu) struct Reference {
    region: Region,
    rate: SampleRate,
    level: i64,
    /// The change of level from each sample to the next.
    changes: Vec<i64>,
}

impl Reference {
    pub(in crate::apu) fn new(region: Region, rate: SampleRate, level: i32) -> Self {
        Self { region, rate, level: level.into(), changes: Vec::new() }
    }

    /// 64ths of a sample from power-on to cycle `at`.
    fn place(&self, at: Cycle) -> usize {
        let (cycles, seconds) = self.region.cpu_hz();
        let place = u128::from(at) * u128::from(self.rate.hz()) * u128::from(seconds) * PHASES as u128;
        (place / u128::from(cycles)) as usize
    }

    /// Sets the level from cycle `at` on.
    pub(in crate::apu) fn set(&mut self, level: i32, at: Cycle) {
        let height = i64::from(level) - self.level;
        if height == 0 {
            return;
        }
        self.level += height;
        let place = self.place(at);
        let first = place / PHASES;
        self.changes.resize(self.changes.len().max(first + TAPS), 0);
        for (change, &tap) in self.changes[first..].iter_mut().zip(&KERNEL[place % PHASES]) {
            *change += height * i64::from(tap);
        }
    }

    /// The samples before cycle `at`.
    pub(in crate::apu) fn samples(mut self, at: Cycle) -> Vec<i16> {
        self.changes.resize(self.place(at) / PHASES, 0);
        let [mut a1, mut b1, mut c1] = [0; 3];
        let rounded = |value: i64, bits: u32| (value + (1 << (bits - 1))) >> bits;
        let [high90, high440, low] = coefficients(self.rate);
        self.changes
            .iter()
            .map(|&change| {
                let a = rounded(high90.0 * change + high90.1 * a1, 28);
                let b = rounded(high440.0 * (a - a1) + high440.1 * b1, 28);
                let c = rounded(low.0 * (b + b1) + low.1 * c1, 28);
                [a1, b1, c1] = [a, b, c];
                rounded(c, UNITY_BITS).clamp(i16::MIN.into(), i16::MAX.into()) as i16
            })
            .collect()
    }
}
