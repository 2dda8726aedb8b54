//! The APU's samples: what they sound like, and that they depend on time and registers only.

use super::synth::reference::Reference;
use super::tests::{load, play, state};
use super::*;
use crate::clock::is_get;
use crate::random::Random;
use crate::state::saved;

const RATES: [SampleRate; 3] = [SampleRate::Hz44100, SampleRate::Hz48000, SampleRate::Hz96000];

/// Register writes that start a tone; the fourth registers come last.
const PULSE: &[(u16, u8)] = &[(0x4015, 0x0f), (0x4000, 0xbf), (0x4002, 0xfd), (0x4003, 0x00)];
const TRIANGLE: &[(u16, u8)] = &[(0x4015, 0x0f), (0x4008, 0xff), (0x400a, 0x7e), (0x400b, 0x00)];
const NOISE: &[(u16, u8)] = &[(0x4015, 0x0f), (0x400c, 0x3f), (0x400e, 0x04), (0x400f, 0x00)];

/// The samples of `frames` frames after `writes`.
fn render(region: Region, rate: SampleRate, writes: &[(u16, u8)], frames: u64) -> Vec<i16> {
    let mut apu = Apu::new(region, Some(rate));
    for (at, &(addr, value)) in writes.iter().enumerate() {
        apu.write(addr, value, 10 + at as u64);
    }
    let mut samples = Vec::new();
    for frame in 1..=frames {
        apu.end_frame(frame * 29_781);
        samples.extend_from_slice(apu.samples());
    }
    samples
}

/// The amplitude of `samples` at `hz` (Goertzel algorithm, Hann window).
fn amplitude(samples: &[i16], sample_hz: f64, hz: f64) -> f64 {
    let turn = std::f64::consts::TAU / samples.len() as f64;
    let coefficient = 2.0 * (std::f64::consts::TAU * hz / sample_hz).cos();
    let (mut s1, mut s2) = (0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        let window = 1.0 - (turn * n as f64).cos();
        (s1, s2) = (f64::from(sample) * window + coefficient * s1 - s2, s1);
    }
    (s1 * s1 + s2 * s2 - coefficient * s1 * s2).max(0.0).sqrt() * 2.0 / samples.len() as f64
}

fn peak(samples: &[i16]) -> i32 {
    samples.iter().map(|&sample| i32::from(sample).abs()).max().unwrap()
}

/// Plays a random schedule with samples and ends a frame whenever `end` returns true. Returns all samples and the
/// state.
fn play_samples(seed: u64, rate: SampleRate, mut end: impl FnMut(&mut Apu, Cycle) -> bool) -> (Vec<i16>, Vec<u8>) {
    let mut apu = Apu::new(Region::Ntsc, Some(rate));
    let mut samples = Vec::new();
    play(seed, &mut apu, |apu, at| {
        if end(apu, at) {
            apu.end_frame(at);
            samples.extend_from_slice(apu.samples());
        }
    });
    apu.end_frame(450_000);
    samples.extend_from_slice(apu.samples());
    (samples, state(&apu))
}

#[test]
fn samples_do_not_depend_on_when_they_are_made() {
    for seed in 0..8 {
        let rate = RATES[seed as usize % 3];
        let whole = play_samples(seed, rate, |_, _| false);
        assert!(peak(&whole.0) > 1000, "something is heard");
        let mut random = Random::new(seed ^ 0xc0ffee);
        let pieces = play_samples(seed, rate, |apu, at| {
            match random.below(4) {
                0 => apu.sound_pulses(apu.now),
                1 => apu.sound_tnd(apu.now),
                2 => apu.run_until(at + 1),
                _ => {}
            }
            random.below(3) == 0
        });
        let edges = play_samples(seed, rate, |apu, at| {
            apu.advance(at.min(apu.now));
            true
        });
        assert!(whole == pieces, "seed {seed}");
        assert!(whole == edges, "seed {seed}");
    }
}

/// A random write for an APU whose registers have been written with `last`. Most writes change nothing, or only one
/// bit; many timers are written with what the sweep unit has made of them.
fn repeated_write(random: &mut Random, apu: &Apu, last: &mut [u8; 0x18]) -> (u16, u8) {
    let register = match random.below(32) {
        n @ 0..=19 => n as usize,
        20 => 0x15,
        21 => 0x17,
        n @ 22..=25 => (n as usize - 22) * 4,
        n => [0x01, 0x02, 0x05, 0x06, 0x08, 0x11][n as usize - 26],
    };
    let value = match (random.below(12), register) {
        (0, _) | (_, 0x03 | 0x07 | 0x0b | 0x0f) => random.next() as u8,
        (1, _) => last[register] ^ 1 << random.below(8),
        (2..=4, 0x02) => apu.pulses[0].timer as u8,
        (2..=4, 0x06) => apu.pulses[1].timer as u8,
        (2..=4, 0x11) => apu.dmc.level(),
        (2..=6, 0x10) => last[register] ^ 0x80, // which clears the DMC's interrupt flag
        (_, 0x15) => random.next() as u8 | 0x0f,
        _ => last[register],
    };
    last[register] = value;
    (0x4000 + register as u16, value)
}

/// Checks that `access` changes nothing in some cycles from `at` to `until`. They end before a DMA intervenes.
fn changes_nothing(apu: &Apu, random: &mut Random, [at, until]: [Cycle; 2], access: impl Fn(&mut Apu, Cycle)) {
    let until = until.min(at + 40_000).min(apu.next_dma());
    let later = at + random.below(until.saturating_sub(at) + 1);
    for cycle in [at, at + 1, later, until.saturating_sub(1)] {
        if (at..until).contains(&cycle) {
            let mut apu = apu.clone();
            apu.run_until(cycle);
            let mut other = apu.clone();
            access(&mut other, cycle);
            assert_eq!(saved(&apu, cycle), saved(&other, cycle), "cycle {cycle}, {at} to {until}");
            assert_eq!((apu.next_irq(), apu.next_dma()), (other.next_irq(), other.next_dma()));
        }
    }
}

#[test]
fn silent_writes_equal_audible_ones() {
    let (mut silent, mut inert, mut steady, mut heard) = ([0; 0x16], [0; 0x18], 0, 0);
    for seed in 0..96 {
        let rate = RATES[seed as usize % 3];
        let region = [Region::Ntsc, Region::Pal][seed as usize % 2];
        let mut random = Random::new(seed);
        let mut apu = Apu::new(region, (seed % 4 < 3).then_some(rate));
        let mut other = apu.clone();
        let mut last = [0; 0x18];
        let (mut at, mut next_write) = (10, 20);
        let mut loudest = 0;
        while at < 600_000 {
            apu.run_until(at);
            other.run_until(at);
            assert_eq!((apu.irq(), apu.dma_request()), (other.irq(), other.dma_request()));
            if let Some(address) = apu.dma_request() {
                let get = if is_get(at) { at + 2 } else { at + 3 };
                for apu in [&mut apu, &mut other] {
                    apu.dma_supply(address as u8 ^ 0x5a, get);
                }
                at = get + 1;
                continue;
            }
            if at >= next_write {
                let (addr, value) = repeated_write(&mut random, &apu, &mut last);
                if apu.clone().write_silently(addr, value, at) {
                    silent[usize::from(addr & 0x1f)] += 1;
                }
                let mut probe = apu.clone();
                let until = probe.inert_until(addr, value, at);
                inert[usize::from(addr & 0x1f)] += u64::from(until > at);
                changes_nothing(&probe, &mut random, [at, until], |apu, at| apu.write_audibly(addr, value, at));
                let (status, until) = (probe.clone().read_status(at), probe.status_steady_until(at));
                steady += u64::from(until > at);
                changes_nothing(&probe, &mut random, [at, until], |apu, at| assert_eq!(apu.read_status(at), status));
                let before = (apu.next_irq(), apu.next_dma());
                apu.write(addr, value, at);
                other.write_audibly(addr, value, at);
                assert_eq!(saved(&apu, at), saved(&other, at), "seed {seed}, {value:02X} to {addr:04X} in cycle {at}");
                let after = (apu.next_irq(), apu.next_dma());
                assert_eq!(after, (other.next_irq(), other.next_dma()));
                assert!(matches!(addr, 0x4010 | 0x4013..) || before == after);
                next_write = match random.below(8) {
                    0..=2 => at + 1 + random.below(3),
                    // In the cycle before a clock of the frame counter, or around it.
                    3..=4 => (apu.frame_counter.due() - 1).max(at + 1) + random.below(4) / 3,
                    _ => at + 1 + random.below(4000),
                };
            }
            if random.below(64) == 0 {
                for apu in [&mut apu, &mut other] {
                    apu.end_frame(at);
                }
                assert!(apu.samples() == other.samples(), "seed {seed}, cycle {at}");
                loudest = loudest.max(apu.samples().iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0));
            }
            at = (at + 1).max(next_write.min(apu.next_dma()));
        }
        for apu in [&mut apu, &mut other] {
            apu.end_frame(at);
        }
        assert!(apu.samples() == other.samples(), "seed {seed}");
        heard += u64::from(loudest > 1000);
        assert_eq!(state(&apu), state(&other));
    }
    assert!(heard > 48, "most schedules are heard: {heard}");
    let fourth = |register: usize| matches!(register, 0x03 | 0x07 | 0x0b | 0x0f);
    for (register, &count) in silent.iter().enumerate() {
        let never = fourth(register) || register == 0x14;
        assert!(if never { count == 0 } else { count > 100 }, "{register:02X}: {count}");
        assert!(never == (inert[register] == 0) && inert[register] <= count, "{register:02X}: {}", inert[register]);
    }
    assert!(inert[0x17] == 0 && steady > 1000, "{steady}");
}

/// The samples of a random schedule by their definition: the level is computed in every cycle.
fn play_cycle_by_cycle(seed: u64, rate: SampleRate) -> (Vec<i16>, Vec<u8>) {
    let level = |apu: &Apu| {
        let tnd = mixer::tnd_sum(&apu.triangle, &apu.noise, &apu.dmc);
        i32::from(levels::pulse_out(mixer::pulse_sum(&apu.pulses))) + i32::from(levels::tnd_out(tnd))
    };
    let mut apu = Apu::new(Region::Ntsc, None);
    let mut before = apu.clone();
    let mut reference = Reference::new(Region::Ntsc, rate, level(&apu));
    let look = |before: &mut Apu, reference: &mut Reference, at: Cycle| {
        for cycle in before.now + 1..at {
            before.run_until(cycle);
            before.advance(cycle);
            reference.set(level(before), cycle);
        }
    };
    play(seed, &mut apu, |apu, at| {
        // No access came between the last call and this one, in which a register may have been written.
        look(&mut before, &mut reference, at);
        before = apu.clone();
        before.advance(at);
        reference.set(level(&before), at);
    });
    look(&mut before, &mut reference, 450_001);
    (reference.samples(450_000), state(&before))
}

#[test]
fn samples_equal_those_of_the_definition() {
    for seed in 40..49 {
        let rate = RATES[seed as usize % 3];
        let mut random = Random::new(seed);
        let played = play_samples(seed, rate, |_, _| random.below(4) == 0);
        let defined = play_cycle_by_cycle(seed, rate);
        assert!(played == defined, "seed {seed}");
    }
}

#[test]
fn the_state_is_the_same_with_and_without_samples() {
    for seed in 20..28 {
        let mut silent = Apu::new(Region::Ntsc, None);
        let mut sounding = Apu::new(Region::Ntsc, Some(SampleRate::Hz48000));
        let mut random = Random::new(seed);
        let seen = play(seed, &mut silent, |_, _| {});
        let heard = play(seed, &mut sounding, |apu, at| {
            if random.below(20) == 0 {
                apu.end_frame(at);
            }
        });
        assert!(seen == heard, "seed {seed}");
        assert_eq!(state(&silent), state(&sounding));
        assert!(silent.work().changes == 0 && sounding.work().changes > 1000);
    }
}

#[test]
fn a_loaded_state_sounds_the_same() {
    let mut apu = Apu::new(Region::Ntsc, Some(SampleRate::Hz48000));
    play(5, &mut apu, |_, _| {});
    // A state has room for the samples of one frame.
    apu.end_frame(apu.now);
    apu.canonicalize(apu.now);
    let sound = saved(apu.sound().expect("it makes samples"), apu.now);
    let mut other = Apu::new(Region::Ntsc, Some(SampleRate::Hz48000));
    play(6, &mut other, |_, _| {});
    other.canonicalize(other.now);
    load(&mut other, &saved(&apu, apu.now), &sound, apu.now);
    assert_eq!(state(&apu), state(&other));
    for step in [1, 700, 30_000, 100_000] {
        let at = apu.now + step;
        for apu in [&mut apu, &mut other] {
            apu.write(0x4003, 0x08, at);
            apu.end_frame(at + 5);
        }
        assert_eq!(apu.samples(), other.samples());
        assert_eq!(state(&apu), state(&other));
    }
}

#[test]
fn a_minute_has_the_exact_number_of_samples() {
    for region in [Region::Ntsc, Region::Pal, Region::Dendy] {
        for rate in RATES {
            let mut apu = Apu::new(region, Some(rate));
            let (cycles, seconds) = region.cpu_hz();
            let (mut at, mut count) = (0, 0);
            for frame in 0..3600 {
                at += 29_780 + frame % 3;
                apu.end_frame(at);
                count += apu.samples().len() as u64;
                assert_eq!(count, at * u64::from(rate.hz()) * seconds / cycles);
            }
        }
    }
}

#[test]
fn a_pulse_of_440_hz_has_odd_harmonics_only() {
    for (rate, hz) in RATES.map(|rate| (rate, f64::from(rate.hz()))) {
        let samples = &render(Region::Ntsc, rate, PULSE, 70)[hz as usize / 8..];
        // T = 253: the CPU clock over 16 * 254.
        let tone = 236_250_000.0 / 132.0 / (16.0 * 254.0);
        let at = |multiple: f64| amplitude(samples, hz, tone * multiple);
        let fundamental = at(1.0);
        // Volume 15 of one pulse is a level of 3,614. Its square wave has 2 / pi of that, and 440 Hz is a filter's
        // cutoff.
        let expected = 3614.0 * std::f64::consts::FRAC_2_PI * std::f64::consts::FRAC_1_SQRT_2;
        assert!((fundamental - expected).abs() < 60.0, "{fundamental}");
        assert!((at(3.0) / fundamental - 0.447).abs() < 0.02, "1/3, less the filter");
        for between in [0.5, 1.5, 2.0, 4.0, 6.0, 17.3] {
            assert!(at(between) < fundamental / 1000.0, "{between}: {}", at(between));
        }
    }
}

#[test]
fn aliases_are_attenuated() {
    // 4,972 Hz: its 7th multiple, 34.8 kHz, would fold to 13.2 kHz at 48 kHz.
    let writes = &[(0x4015, 0x0f), (0x4000, 0xbf), (0x4002, 0x15), (0x4003, 0x00)];
    let samples = &render(Region::Ntsc, SampleRate::Hz48000, writes, 70)[6000..];
    let tone = 236_250_000.0 / 132.0 / (16.0 * 22.0);
    let alias = 48_000.0 - 7.0 * tone;
    let (fundamental, folded) = (amplitude(samples, 48_000.0, tone), amplitude(samples, 48_000.0, alias));
    assert!(folded < fundamental / 2000.0, "{fundamental} {folded}");
}

#[test]
fn the_triangle_is_an_octave_lower_with_weak_harmonics() {
    let samples = &render(Region::Ntsc, SampleRate::Hz48000, TRIANGLE, 70)[6000..];
    let tone = 236_250_000.0 / 132.0 / (32.0 * 127.0);
    let (first, third) = (amplitude(samples, 48_000.0, tone), amplitude(samples, 48_000.0, tone * 3.0));
    assert!(first > 1500.0 && third < first / 5.0, "{first} {third}");
}

#[test]
fn louder_volumes_are_louder() {
    for channel in [0x4000, 0x4004, 0x400c] {
        let peaks: Vec<i32> = (0..16)
            .map(|volume| {
                let writes: Vec<_> = [PULSE, NOISE, &[(0x4006, 0xfd), (0x4007, 0x00), (0x4000, 0xb0), (0x400c, 0x30)]]
                    .concat()
                    .into_iter()
                    .chain([(channel, 0xb0 | volume)])
                    .collect();
                peak(&render(Region::Ntsc, SampleRate::Hz44100, &writes, 12)[4000..])
            })
            .collect();
        assert_eq!(peaks[0], 0);
        assert!(peaks.windows(2).all(|pair| pair[0] < pair[1]), "{channel:x}: {peaks:?}");
    }
}

#[test]
fn power_on_is_silent() {
    assert_eq!(peak(&render(Region::Ntsc, SampleRate::Hz48000, &[], 60)), 0);
}

#[test]
fn all_channels_together_neither_clip_nor_drift() {
    let other: &[(u16, u8)] = &[(0x4004, 0xbf), (0x4006, 0xfd), (0x4007, 0x00), (0x4011, 0x7f)];
    let samples = render(Region::Ntsc, SampleRate::Hz48000, &[PULSE, TRIANGLE, NOISE, other].concat(), 300);
    assert!((8000..32_767).contains(&peak(&samples)), "{}", peak(&samples));
    let tail = &samples[samples.len() / 2..];
    let mean = tail.iter().map(|&sample| i64::from(sample)).sum::<i64>() / tail.len() as i64;
    assert!(mean.abs() <= 20, "{mean}");
}

#[test]
fn a_full_swing_of_the_dac_does_not_clip() {
    let mut apu = Apu::new(Region::Ntsc, Some(SampleRate::Hz48000));
    let mut samples = Vec::new();
    for half in 0..2000u64 {
        apu.write(0x4011, if half % 2 == 0 { 0x7f } else { 0 }, 100 + half * 1789);
        apu.end_frame(100 + half * 1789);
        samples.extend_from_slice(apu.samples());
    }
    assert!((10_000..32_767).contains(&peak(&samples)), "{}", peak(&samples));
}

#[test]
fn only_changes_of_the_output_become_steps() {
    let mut apu = Apu::new(Region::Ntsc, Some(SampleRate::Hz48000));
    apu.end_frame(29_830);
    assert_eq!(apu.work(), Work { edges: 6, changes: 0 });
    for (at, &(addr, value)) in PULSE.iter().enumerate() {
        apu.write(addr, value, 29_830 + at as u64);
    }
    apu.end_frame(2 * 29_830);
    // Two changes every 16 * 254 cycles: 14.7 on average.
    assert_eq!(apu.work(), Work { edges: 12, changes: 15 });
}
