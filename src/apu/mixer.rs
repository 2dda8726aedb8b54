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

/// Flips of the noise are collected ([`FlipRun`](super::synth::FlipRun)) if there are at least so many clocks of its timer to play, and if
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
    let (mut step, mut clock, mut bit) = (triangle.next_change(), noise.next_change(), dmc.next_change());
    while step.min(clock).min(bit) <= at {
        // The channel that changes first is alone until another one changes.
        if clock <= step.min(bit) {
            count += sound_noise(noise, triangle.weight() + dmc.level(), synth, at.min(step).min(bit));
            clock = noise.next_clock();
        } else if bit <= step {
            let others = triangle.weight() + noise.level() * NOISE_WEIGHT;
            dmc.play(at.min(step).min(clock), |cycle, level| {
                synth.set_tnd(others + level, cycle);
                count += 1;
            });
            bit = dmc.next_change();
        } else {
            let others = noise.level() * NOISE_WEIGHT + dmc.level();
            triangle.play(at.min(clock).min(bit), |cycle, weight| {
                synth.set_tnd(others + weight, cycle);
                count += 1;
            });
            step = triangle.next_change();
        }
    }
    triangle.advance(at);
    dmc.advance(at);
    count
}

/// As [`sound_tnd`], for the noise alone: it flips back and forth between two levels. `others` is the sum of triangle and
/// DMC.
fn sound_noise(noise: &mut Noise, others: u8, synth: &mut Synth, at: Cycle) -> u64 {
    let mut count = 0;
    let from = noise.next_clock();
    let low = tnd_out(others);
    let height = tnd_out(others + noise.volume() * NOISE_WEIGHT) - low;
    let first = if noise.is_high() { Flip::Down } else { Flip::Up };
    let period = noise.period();
    if period <= LONGEST_FLIPS && from + FEWEST_FLIPS * period <= at {
        let mut run = synth.flip(first, period);
        noise.play(at, |start, flips| {
            run.add(start, flips);
            count += u64::from(flips.count_ones());
        });
        run.end(height, from, at);
    } else {
        let mut flip = first;
        noise.play(at, |start, mut flips| {
            count += u64::from(flips.count_ones());
            while flips != 0 {
                let cycle = start + u64::from(flips.trailing_zeros()) * period;
                synth.step(if flip == Flip::Up { height } else { -height }, cycle);
                flip = flip.next();
                flips &= flips - 1;
            }
        });
    }
    synth.assume_tnd(if noise.is_high() { low + height } else { low });
    count
}
