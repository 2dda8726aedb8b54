//! The speed of Ricojit relative to `tetanes-core`: the median of interleaved rounds for each ROM.
//!
//! ```text
//! cargo bench --bench peer [-- ROM.nes ...]
//! cargo bench --bench peer -- solo ricojit|tetanes-core FRAMES ROM.nes      one run, for callgrind
//! ```
//!
//! A round is a new machine without compiled code, 600 frames of warm-up and 600 timed frames, first Ricojit, then
//! tetanes-core. The first round is discarded. Time is the CPU time of all threads, for Ricojit until its compiler thread has
//! ended; other work on the host disturbs it less than wall time. The work is checked: equal in all rounds, pictures that are
//! not blank, sound in every frame.

#[path = "support/emulators.rs"]
mod emulators;

use cpu_time::ProcessTime;
use emulators::{Emulator, Picture, Rom, WARM_UP, play, roms};
use ricojit::Machine;
use tetanes_core::control_deck::ControlDeck;
use xxhash_rust::xxh3::Xxh3;

const FRAMES: u64 = 600;

/// Measured rounds; odd, so that the median is one of them.
const ROUNDS: usize = 7;

/// Above this spread (standard deviation by mean, in percent) a result is marked.
const LARGEST_SPREAD: f64 = 2.0;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(place) = args.iter().position(|arg| arg == "solo") {
        return solo(&args[place + 1..]);
    }
    if !args.iter().any(|arg| arg == "--bench") {
        return println!("cargo bench --bench peer measures; there is nothing to test");
    }
    let roms = roms();
    println!("{ROUNDS} rounds of {FRAMES} frames after {WARM_UP}; picture and sound; frames in a second of CPU time");
    println!(
        "{:<14} {:>8} {:>7} {:>8} {:>7} {:>7} {:>13} {:>10}",
        "ROM", "ricojit", "spread", "tetanes", "spread", "ratio", "from - to", "same dots"
    );
    let ratios: Vec<f64> = roms.iter().map(compare).collect();
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
    println!("{:<14} {mean:>41.2}   geometric mean of {} ROMs", "all", ratios.len());
}

/// Runs all rounds on a ROM and prints a line; returns the median ratio.
fn compare(rom: &Rom) -> f64 {
    let rounds: Vec<(Round, Round)> =
        (0..=ROUNDS).map(|_| (round::<Machine>(&rom.bytes), round::<ControlDeck>(&rom.bytes))).collect();
    for (ours, theirs) in &rounds {
        assert_eq!(ours.digest, rounds[0].0.digest, "{}: Ricojit did different work in another round", rom.name);
        assert_eq!(theirs.digest, rounds[0].1.digest, "{}: tetanes-core did different work in another round", rom.name);
    }
    let kept = &rounds[1..];
    let ours: Vec<f64> = kept.iter().map(|(ours, _)| 1.0 / ours.seconds).collect();
    let theirs: Vec<f64> = kept.iter().map(|(_, theirs)| 1.0 / theirs.seconds).collect();
    let ratios = sorted(kept.iter().map(|(ours, theirs)| theirs.seconds / ours.seconds).collect());
    let (a, b) = (&rounds[0].0.picture, &rounds[0].1.picture);
    let same = a.iter().zip(b.iter()).filter(|(a, b)| *a & 0x3F == *b & 0x3F).count();
    let noisy = if spread(&ours).max(spread(&theirs)) > LARGEST_SPREAD { " noisy" } else { "" };
    println!(
        "{:<14} {:>8.0} {:>6.1}% {:>8.0} {:>6.1}% {:>7.2} {:>6.2} - {:<4.2} {:>9.1}%{noisy}",
        rom.name,
        median(&ours),
        spread(&ours),
        median(&theirs),
        spread(&theirs),
        median(&ratios),
        ratios[0],
        ratios[ROUNDS - 1],
        same as f64 / a.len() as f64 * 100.0,
    );
    median(&ratios)
}

/// The time and the work of a run.
struct Round {
    /// Seconds per frame.
    seconds: f64,
    /// A digest of the last picture and of the number of samples.
    digest: u128,
    picture: Box<Picture>,
}

fn round<C: Emulator>(rom: &[u8]) -> Round {
    let mut emulator = C::warmed_up(rom).unwrap_or_else(|error| panic!("{}: {error}", C::NAME));
    let start = ProcessTime::now();
    let samples = play(&mut emulator, WARM_UP..WARM_UP + FRAMES);
    let picture = Box::new(*emulator.picture());
    drop(emulator);
    let seconds = start.elapsed().as_secs_f64() / FRAMES as f64;

    assert!(picture.iter().any(|&dot| dot != picture[0]), "{}: the picture is blank", C::NAME);
    assert!((700..1100).contains(&(samples as u64 / FRAMES)), "{}: {samples} samples", C::NAME);
    let mut hash = Xxh3::new();
    picture.iter().for_each(|dot| hash.update(&dot.to_le_bytes()));
    hash.update(&samples.to_le_bytes());
    Round { seconds, digest: hash.digest128(), picture }
}

/// A run without timing: `ricojit|tetanes-core FRAMES ROM.nes`.
fn solo(args: &[String]) {
    let [name, frames, path, ..] = args else { panic!("solo needs an emulator, a number of frames and a ROM") };
    let frames: u64 = frames.parse().expect("a number of frames");
    let rom = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    match name.as_str() {
        Machine::NAME => run::<Machine>(&rom, frames),
        ControlDeck::NAME => run::<ControlDeck>(&rom, frames),
        _ => panic!("{name} is neither {} nor {}", Machine::NAME, ControlDeck::NAME),
    }
}

fn run<C: Emulator>(rom: &[u8], frames: u64) {
    let mut emulator = C::power_on(rom).unwrap_or_else(|error| panic!("{}: {error}", C::NAME));
    play(&mut emulator, 0..frames);
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> f64 {
    sorted(values.to_vec())[values.len() / 2]
}

/// The standard deviation in percent of the mean.
fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    variance.sqrt() / mean * 100.0
}
