//! Mixer: how the channels' outputs become one level (<https://www.nesdev.org/wiki/APU_Mixer>).
//!
//! Two resistor ladders, which load themselves: their levels grow less than their inputs do.
//!
//! ```text
//! pulses: 95.88  / (8128  / (pulse 1 + pulse 2)                + 100)     n = 0 to 30
//! lower:  163.67 / (24329 / (3 * triangle + 2 * noise + DMC)   + 100)     n = 0 to 202
//! ```
//!
//! Both together reach 1.0, here [`FULL_SCALE`].
//!
//! The levels are not sums of what each channel adds. So the changes of the channels of a half are merged in time, and
//! each gives a new level of that half.

use ricojit_interpreter::Cycle;

use super::dmc::Dmc;
use super::noise::Noise;
use super::pulse::Pulse;
use super::synth::{Flip, Synth};
use super::triangle::Triangle;

/// The level that stands for 1.0. The rest of the 16-bit range is headroom: the high-pass filters turn a jump from
/// 0 to 1 into one of this height in either direction, with some overshoot.
const FULL_SCALE: u64 = 24_576;

/// The weight of the noise in the lower sum.
const NOISE_WEIGHT: u8 = 2;

/// Clocks of the noise from which on, and the longest period up to which, flips are worth to be collected. Half of
/// the clocks flip; a flip then costs 20 instructions less, each sample 2 more.
const FEWEST_FLIPS: u64 = 16;
const LONGEST_FLIPS: u64 = 128;

/// The largest sums of the two halves.
pub(super) const MOST_PULSES: u8 = 30;
pub(super) const MOST_LOWER: u8 = 202;

const PULSES: [i16; 31] = levels(95_880, 8_128);
const LOWER: [i16; 203] = levels(163_670, 24_329);

/// `n` to `FULL_SCALE * scale / 1000 / (resistance / n + 100)`, rounded.
const fn levels<const N: usize>(scale: u64, resistance: u64) -> [i16; N] {
    let (mut all, mut n) = ([0; N], 0);
    while n < N {
        let divisor = 1000 * (resistance + 100 * n as u64);
        all[n] = ((FULL_SCALE * scale * n as u64 + divisor / 2) / divisor) as i16;
        n += 1;
    }
    all
}

/// The level of the two pulse channels, whose outputs add up to `sum`.
#[inline]
pub(super) fn pulses(sum: u8) -> i16 {
    PULSES[usize::from(sum)]
}

/// The level of triangle, noise and DMC, whose weighted outputs add up to `sum`.
#[inline]
pub(super) fn lower(sum: u8) -> i16 {
    LOWER[usize::from(sum)]
}

/// The input of the pulses' half.
pub(super) fn pulse_sum(pulses: &[Pulse; 2]) -> u8 {
    pulses[0].level() + pulses[1].level()
}

/// The input of the lower half.
pub(super) fn lower_sum(triangle: &Triangle, noise: &Noise, dmc: &Dmc) -> u8 {
    triangle.weight() + noise.level() * NOISE_WEIGHT + dmc.level()
}

/// Brings the pulses to cycle `at`, and all their changes on the way to `synth`. Returns how many.
pub(super) fn sound_pulses(pulses: &mut [Pulse; 2], synth: &mut Synth, at: Cycle) -> u64 {
    let [first, second] = pulses;
    let mut changes = [first.next_change(), second.next_change()];
    let mut levels = [first.level(), second.level()];
    let mut count = 0;
    loop {
        let change = changes[0].min(changes[1]);
        if change > at {
            break;
        }
        if change == changes[0] {
            first.change();
            (changes[0], levels[0]) = (first.next_change(), first.level());
        } else {
            second.change();
            (changes[1], levels[1]) = (second.next_change(), second.level());
        }
        synth.set_pulses(levels[0] + levels[1], change);
        count += 1;
    }
    first.advance(at);
    second.advance(at);
    count
}

/// Brings triangle, noise and DMC to cycle `at`, and all their changes on the way to `synth`. Returns how many. A noise
/// that nobody hears stays behind.
pub(super) fn sound_lower(
    triangle: &mut Triangle,
    noise: &mut Noise,
    dmc: &mut Dmc,
    synth: &mut Synth,
    at: Cycle,
) -> u64 {
    let mut count = 0;
    loop {
        // The slowest is the outer loop, the fastest the inner one.
        let bit = dmc.next_change();
        let until = at.min(bit);
        if noise.volume() == 0 {
            triangle.play(until, |cycle, weight| {
                synth.set_lower(weight + dmc.level(), cycle);
                count += 1;
            });
        } else {
            count += sound_noise(triangle, noise, dmc.level(), synth, until);
        }
        if bit > at {
            break;
        }
        dmc.advance(bit);
        synth.set_lower(lower_sum(triangle, noise, dmc), bit);
        count += 1;
    }
    dmc.advance(at);
    count
}

/// Brings triangle and noise to cycle `at` while the noise is heard and the DMC stays at `rest`.
fn sound_noise(triangle: &mut Triangle, noise: &mut Noise, rest: u8, synth: &mut Synth, at: Cycle) -> u64 {
    let mut count = 0;
    loop {
        let change = triangle.next_change();
        // Between two changes of the triangle, each flip goes back where the last one came from.
        let (from, until) = (noise.next_clock(), at.min(change));
        let low = lower(triangle.weight() + rest);
        let height = lower(triangle.weight() + rest + noise.volume() * NOISE_WEIGHT) - low;
        let mut flip = if noise.is_high() { Flip::Down } else { Flip::Up };
        if noise.period() <= LONGEST_FLIPS && from + FEWEST_FLIPS * noise.period() <= until {
            noise.play(until, |cycle| {
                synth.flip(flip, cycle);
                flip = flip.next();
                count += 1;
            });
            synth.end_flips(height, from, until);
        } else {
            noise.play(until, |cycle| {
                synth.step(if flip == Flip::Up { height } else { -height }, cycle);
                flip = flip.next();
                count += 1;
            });
        }
        synth.assume_lower(if noise.is_high() { low + height } else { low });
        if change > at {
            break;
        }
        triangle.play(change, |cycle, weight| synth.set_lower(weight + rest + noise.level() * NOISE_WEIGHT, cycle));
        count += 1;
    }
    triangle.advance(at);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_documented_formulas() {
        let formula = |scale: f64, resistance: f64, n: usize| {
            if n == 0 { 0.0 } else { FULL_SCALE as f64 * scale / (resistance / n as f64 + 100.0) }
        };
        for (n, &level) in PULSES.iter().enumerate() {
            assert!((f64::from(level) - formula(95.88, 8128.0, n)).abs() <= 0.5);
        }
        for (n, &level) in LOWER.iter().enumerate() {
            assert!((f64::from(level) - formula(163.67, 24329.0, n)).abs() <= 0.5);
        }
    }

    #[test]
    fn louder_is_louder_but_less_and_less() {
        for table in [&PULSES[..], &LOWER[..]] {
            assert!(table.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(table[1] - table[0] > table[table.len() - 1] - table[table.len() - 2]);
        }
        let full = u64::from(PULSES[30].unsigned_abs()) + u64::from(LOWER[202].unsigned_abs());
        assert!(full.abs_diff(FULL_SCALE) < FULL_SCALE / 100);
    }
}
