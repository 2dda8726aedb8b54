//! `--states`: the size of saved states and the time to save and load them, ours against those of libretro cores.
//!
//! ```text
//! for each ROM, in each round, each emulator:
//!   power-on ─► warm-up ─► save A ─► 60 frames ─► save B ─► saves, timed ─► loads of A and B in turn, timed
//!   ─► load A ─► the 60 frames again: equal pictures prove the work
//! ```
//!
//! Ricojit appears twice: with states as files, which are checked when they are loaded, and with snapshots in memory, which
//! are not. Both are on the interpreter: states do not depend on the engine. Buffers are kept, as front ends do.

use super::console::{Console, play};
use super::libretro::Core;
use super::{Setting, WARM_UP, options, power_on};
use crate::cli::bench::Args;
use crate::cli::bench::budget::Budget;
use crate::cli::bench::comparison::Mode;
use crate::cli::bench::statistics::median;
use crate::cli::rom::Rom;
use crate::cli::stopwatch::Stopwatch;
use crate::error::Error;
use crate::{files, terminal};
use ricojit::input::movie::{Movie, Player};
use ricojit::{Engine, State};
use std::ops::Range;
use std::time::Duration;
use xxhash_rust::xxh3::Xxh3;

/// Saves in a round, and loads.
const TIMES: u32 = 1_000;
/// Frames from one state to the other.
const BETWEEN: u64 = 60;

/// What one emulator took in a round.
struct Sample {
    /// The size of a state; `None` if it is not a file.
    bytes: Option<usize>,
    save: Duration,
    load: Duration,
}

/// The rows of one emulator for one ROM.
struct Row {
    name: String,
    samples: Vec<Sample>,
}

impl Row {
    /// The median time of a save or a load in microseconds.
    fn micros(&self, time: fn(&Sample) -> Duration) -> f64 {
        median(self.samples.iter().map(|sample| time(sample).as_secs_f64() * 1e6 / f64::from(TIMES)))
    }

    fn text(&self, first: &Self) -> String {
        let bytes = self.samples.first().and_then(|sample| sample.bytes);
        let bytes = bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
        let [save, load] = [|sample: &Sample| sample.save, |sample: &Sample| sample.load].map(|time| {
            let micros = self.micros(time);
            format!("{micros:8.2} {:6.2}", micros / first.micros(time))
        });
        format!("  {:20} {bytes:>8} {save} {load}\n", self.name)
    }
}

/// Measures all ROMs and prints a table for each.
pub(in crate::cli::bench) fn compare(args: &Args, roms: &[Rom], budget: &Budget) -> Result<(), Error> {
    let setting = Setting::new(args, &roms[0])?;
    let rounds = args.rounds.unwrap_or(7);
    for rom in roms {
        let mut rows: Vec<Row> = Vec::new();
        for round in 1..=rounds {
            if round > 1 && budget.is_spent() {
                break;
            }
            terminal::show(format_args!("{}: round {round} of {rounds}", rom.name));
            for (index, (name, sample)) in setting.states(args, rom)?.into_iter().enumerate() {
                if index == rows.len() {
                    rows.push(Row { name, samples: Vec::new() });
                }
                rows[index].samples.push(sample);
            }
        }
        terminal::show("");
        let warm_up = args.warmup.unwrap_or(WARM_UP);
        let head = format!("{}, frame {warm_up}, median of {} rounds", rom.name, rows[0].samples.len());
        let columns =
            format!("  {:20} {:>8} {:>8} {:>6} {:>8} {:>6}\n", "", "bytes", "save us", "ratio", "load us", "ratio");
        let lines: String = rows.iter().map(|row| row.text(&rows[0])).collect();
        files::print(&format!("{head}\n{columns}{lines}"))?;
    }
    Ok(())
}

impl Setting {
    /// One round: a sample of each emulator, in order.
    fn states(&self, args: &Args, rom: &Rom) -> Result<Vec<(String, Sample)>, Error> {
        let start = args.warmup.unwrap_or(WARM_UP);
        let frames = start..start + BETWEEN;
        let failed = |name: &str, problem| Error::Work(format!("{}: {name} {problem}", rom.name));
        let mut samples = Vec::new();
        for peer in &self.peers {
            let mut core = power_on(&peer.path, rom, true)?;
            let sample = sample(
                &mut core,
                &self.movie,
                &frames,
                Core::save,
                |core, bytes| core.load(bytes),
                |bytes: &Vec<u8>| Some(bytes.len()),
            );
            samples.push((peer.name.clone(), sample.map_err(|problem| failed(&peer.name, problem))?));
        }
        let ours = || self.ours(rom, &options(args, Engine::Interpreter, Mode::Full));
        let file = sample(
            &mut ours()?,
            &self.movie,
            &frames,
            |ours, bytes| {
                ours.machine.save_to(bytes);
                true
            },
            |ours, bytes| ours.machine.load(bytes).is_ok(),
            |bytes: &Vec<u8>| Some(bytes.len()),
        );
        let memory = sample(
            &mut ours()?,
            &self.movie,
            &frames,
            |ours, state| {
                ours.machine.snapshot(state);
                true
            },
            |ours, state| ours.machine.restore(state).is_ok(),
            |_: &State| None,
        );
        for (name, sample) in [("ricojit, save, load", file), ("snapshot, restore", memory)] {
            samples.push((name.to_owned(), sample.map_err(|problem| failed(name, problem))?));
        }
        Ok(samples)
    }
}

/// Runs a console that was powered on to the first of these frames, and times its states there and after the last.
fn sample<C: Console, S: Default + PartialEq>(
    console: &mut C,
    movie: &Movie,
    frames: &Range<u64>,
    save: impl Fn(&mut C, &mut S) -> bool,
    load: impl Fn(&mut C, &S) -> bool,
    size: impl Fn(&S) -> Option<usize>,
) -> Result<Sample, &'static str> {
    const SAVE: &str = "cannot save its state";
    const LOAD: &str = "does not load its state";
    let mut player = Player::new(movie);
    play(console, &mut player, 0..frames.start);
    console.keep(true);
    let mut states = [S::default(), S::default()];
    save(console, &mut states[0]).then_some(()).ok_or(SAVE)?;
    let pictures = pictures(console, &mut player, frames);
    save(console, &mut states[1]).then_some(()).ok_or(SAVE)?;
    if states[0] == states[1] {
        return Err("has equal states at two moments");
    }

    let mut watch = Stopwatch::default();
    let mut buffer = S::default();
    save(console, &mut buffer);
    watch.start();
    let saved = (0..TIMES).all(|_| save(console, &mut buffer));
    watch.stop();
    let time = std::mem::take(&mut watch).cpu;
    watch.start();
    let loaded = (0..TIMES / 2).all(|_| states.iter().all(|state| load(console, state)));
    watch.stop();
    if !saved || !loaded || !load(console, &states[0]) {
        return Err(if saved { LOAD } else { SAVE });
    }

    // What is held is not part of all states.
    player.seek(frames.start).for_each(|action| console.act(action));
    if self::pictures(console, &mut player, frames) != pictures {
        return Err("shows other pictures after its state is loaded");
    }
    Ok(Sample { bytes: size(&buffer), save: time, load: watch.cpu })
}

/// The digest of the pictures of these frames.
fn pictures(console: &mut impl Console, player: &mut Player<'_>, frames: &Range<u64>) -> u128 {
    let mut pictures = Xxh3::new();
    for frame in frames.clone() {
        play(console, player, frame..frame + 1);
        pictures.update(&console.picture_digest().unwrap_or_default().to_le_bytes());
    }
    pictures.digest128()
}
