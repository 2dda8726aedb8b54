//! Mixer: merges the changes of the channels' outputs in time and turns them into steps of the synthesizer.
//!
//! The console mixes in two halves, the pulses and the others (triangle, noise, DMC: *tnd*). The level of a half is not
//! the sum of what each of its channels would give alone ([`levels`](super::levels)). So all changes of the channels of
//! a half are taken in the order of time, and each gives a new level of that half.

use ricojit_interpreter::Cycle;

use super::dmc::Dmc;
use super::levels::tnd_out;
use super::noise::Noise;
use super::pulse::Pulse;
use super::synth::{Flip, Synth};
use super::triangle::Triangle;

/// The weight of the noise in the sum of triangle, noise and DMC.
const NOISE_WEIGHT: u8 = 2;

/// Flips of the noise are collected ([`Synth::flip`]) if there are at least so many clocks of its timer to play, and if
/// its period is at most [`LONGEST_FLIPS`]. Half of the clocks flip; a flip then costs 20 host instructions less, each
/// sample 2 more.
const FEWEST_FLIPS: u64 = 16;
const LONGEST_FLIPS: u64 = 128;

/// The sum of the pulses' outputs, 0 to 30.
pub(super) fn pulse_sum(pulses: &[Pulse; 2]) -> u8 {
    pulses[0].level() + pulses[1].level()
}

/// The weighted sum of the outputs of triangle, noise and DMC, 0 to 202.
pub(super) fn tnd_sum(triangle: &Triangle, noise: &Noise, dmc: &Dmc) -> u8 {
    triangle.weight() + noise.level() * NOISE_WEIGHT + dmc.level()
}

/// Advances the pulses to cycle `at` and makes a step of each change. Returns the number of changes.
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

/// Advances triangle, noise and DMC to cycle `at` and makes a step of each change. Returns the number of changes. While
/// its volume is 0, the noise is not advanced.
pub(super) fn sound_tnd(
    triangle: &mut Triangle,
    noise: &mut Noise,
    dmc: &mut Dmc,
    synth: &mut Synth,
    at: Cycle,
) -> u64 {
    let mut count = 0;
    loop {
        // The slowest channel is the outer loop, the fastest the inner one.
        let bit = dmc.next_change();
        let until = at.min(bit);
        if noise.volume() == 0 {
            triangle.play(until, |cycle, weight| {
                synth.set_tnd(weight + dmc.level(), cycle);
                count += 1;
            });
        } else {
            count += sound_noise(triangle, noise, dmc.level(), synth, until);
        }
        if bit > at {
            break;
        }
        dmc.advance(bit);
        synth.set_tnd(tnd_sum(triangle, noise, dmc), bit);
        count += 1;
    }
    dmc.advance(at);
    count
}

/// As [`sound_tnd`], while the noise's volume is not 0 and the DMC stays at level `dmc`.
fn sound_noise(triangle: &mut Triangle, noise: &mut Noise, dmc: u8, synth: &mut Synth, at: Cycle) -> u64 {
    let mut count = 0;
    loop {
        let change = triangle.next_change();
        // Between two changes of the triangle, the noise flips back and forth between two levels.
        let (from, until) = (noise.next_clock(), at.min(change));
        let low = tnd_out(triangle.weight() + dmc);
        let height = tnd_out(triangle.weight() + dmc + noise.volume() * NOISE_WEIGHT) - low;
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
        synth.assume_tnd(if noise.is_high() { low + height } else { low });
        if change > at {
            break;
        }
        triangle.play(change, |cycle, weight| synth.set_tnd(weight + dmc + noise.level() * NOISE_WEIGHT, cycle));
        count += 1;
    }
    triangle.advance(at);
    count
}
