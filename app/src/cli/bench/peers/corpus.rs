//! `--corpus`: many ROMs, each once, on the engines of Ricojit and on peers.
//!
//! ```text
//! round ─► each ROM ─► each engine, each peer:
//!   power-on ──────► frame 2000 ──► 3000 ──────► 6000 ─────────► 12000      one run, timed in all windows
//!   └─ window 0-3000 ────────────────┘            │                │
//!                    └─ window 2000-6000 ─────────┘─ 6000-12000 ───┘
//! ```
//!
//! Before its first round each engine runs once, untimed, with a digest of every frame, every sample and the final state,
//! which must be equal. An emulator that cannot run a ROM, or that does different work, is listed with its problem and
//! runs that ROM no more; the others go on. A ROM that occurs twice runs once.
//!
//! Time is as in [`super`]. What the compiler thread still does at the end of a window is counted in the next, at the
//! end of the run in the last.

mod dots;
mod table;

use super::console::Outcome;
use super::{Emulator, Setting, options};
use crate::cli::bench::Args;
use crate::cli::bench::budget::Budget;
use crate::cli::bench::comparison::Mode;
use crate::cli::bench::rows::{self, Row};
use crate::cli::bench::statistics::median;
use crate::cli::bench::subject::Sample;
use crate::cli::rom::Rom;
use crate::error::Error;
use crate::{files, terminal};
use ricojit::Engine;
use ricojit::digest::hex;
use std::collections::HashMap;
use std::ops::Range;
use std::process::ExitCode;

/// The defaults of `--window`: while code becomes hot, in play, and long after.
const WINDOWS: [Range<u64>; 3] = [0..3_000, 2_000..6_000, 6_000..12_000];

/// An emulator with a ROM.
struct Entry {
    emulator: Emulator,
    /// Of an engine of Ricojit, after its untimed run.
    outcome: Option<Outcome>,
    /// For each round the samples of all windows.
    rounds: Vec<Vec<Sample>>,
    /// Why it runs no more.
    problem: Option<Error>,
}

/// All emulators with a ROM.
struct Comparison<'a> {
    rom: &'a Rom,
    entries: Vec<Entry>,
}

/// What is compared with what, by name: ratios above 1 say that the first is faster.
struct Pair {
    this: String,
    baseline: String,
}

impl Pair {
    /// The name in tables.
    fn name(&self) -> String {
        format!("{} / {}", self.this, self.baseline)
    }
}

/// Runs all ROMs and prints a table for each window. Returns the rows, the chart, and failure if work differed.
pub(in crate::cli::bench) fn compare(
    args: &Args,
    roms: &[Rom],
    skipped: &[Error],
    engines: &[Engine],
    budget: &Budget,
) -> Result<(Vec<Row>, String, ExitCode), Error> {
    let mode = match args.mode.as_slice() {
        [] => Mode::Full,
        [mode] if *mode != Mode::Cpu => *mode,
        _ => return Err(Error::Usage("--corpus has one mode: full, no-video or bare".to_owned())),
    };
    // The first ROM that all peers accept tells what they deliver.
    let setting = Setting::new(args, &roms[0]);
    let setting = setting.or_else(|error| roms.iter().find_map(|rom| Setting::new(args, rom).ok()).ok_or(error))?;
    let windows = if args.window.is_empty() { &WINDOWS[..] } else { &args.window };
    let mut comparisons = comparisons(args, &setting, roms, mode, engines)?;
    let (rounds, number) = (args.rounds.unwrap_or(3), comparisons.len());
    for round in 1..=rounds {
        for (done, comparison) in comparisons.iter_mut().enumerate() {
            if round > 1 && budget.is_spent() {
                break;
            }
            let name = &comparison.rom.name;
            terminal::show(format_args!("round {round} of {rounds}, {done} of {number}: {name}"));
            comparison.round(&setting, mode, windows);
        }
    }
    terminal::show("");

    let different = comparisons.iter().flat_map(|comparison| &comparison.entries);
    let failed = different.into_iter().any(|entry| matches!(entry.problem, Some(Error::Work(_))));
    let (pairs, refused) = (pairs(&setting, engines), skipped.iter().map(Error::to_string).collect::<Vec<_>>());
    let mut rows = Vec::new();
    for (index, window) in windows.iter().enumerate() {
        rows.extend(comparisons.iter().flat_map(|comparison| comparison.rows(&setting, mode, window, index)));
    }
    files::print(&table::text(&rows, windows, &pairs, &refused))?;
    let picture = dots::svg(&rows, windows, &pairs);
    Ok((rows, picture, if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }))
}

/// The ROMs with their emulators. Says which ROMs are copies of others.
fn comparisons<'a>(
    args: &Args,
    setting: &Setting,
    roms: &'a [Rom],
    mode: Mode,
    engines: &[Engine],
) -> Result<Vec<Comparison<'a>>, Error> {
    let mut known: HashMap<[u8; 20], &str> = HashMap::new();
    let mut comparisons = Vec::new();
    for rom in roms {
        if let Some(first) = known.get(&rom.cartridge.file_sha1) {
            terminal::say(format_args!("{} is the same as {first}", rom.name));
            continue;
        }
        known.insert(rom.cartridge.file_sha1, &rom.name);
        let mut emulators = Vec::new();
        for &engine in engines {
            let options = options(args, engine, mode);
            let rom = Box::new(rom.prepared(&options)?);
            emulators.push(Emulator::Ours(engine, Box::new(options), rom));
        }
        emulators.extend((0..setting.peers.len()).map(Emulator::Peer));
        let entry = |emulator| Entry { emulator, outcome: None, rounds: Vec::new(), problem: None };
        comparisons.push(Comparison { rom, entries: emulators.into_iter().map(entry).collect() });
    }
    Ok(comparisons)
}

/// Each engine relative to the first, and to each peer. A single engine is compared with the peers alone.
fn pairs(setting: &Setting, engines: &[Engine]) -> Vec<Pair> {
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    let (first, others) = names.split_first().map_or((None, &[][..]), |(first, others)| (Some(*first), others));
    let measured = if others.is_empty() { names.as_slice() } else { others };
    let pair = |this: &str, baseline: &str| Pair { this: this.to_owned(), baseline: baseline.to_owned() };
    let baselines = |this: &str| {
        let engine = first.filter(|&first| first != this);
        engine.into_iter().chain(setting.peers.iter().map(|peer| peer.name.as_str())).collect::<Vec<_>>()
    };
    measured.iter().flat_map(|this| baselines(this).into_iter().map(|baseline| pair(this, baseline))).collect()
}

impl Comparison<'_> {
    /// Runs each emulator once; each engine of Ricojit before that once untimed, to compare digests.
    fn round(&mut self, setting: &Setting, mode: Mode, windows: &[Range<u64>]) {
        for index in 0..self.entries.len() {
            let (before, rest) = self.entries.split_at_mut(index);
            let entry = &mut rest[0];
            if entry.problem.is_none() {
                let expected = before.iter().find_map(|other| other.outcome);
                match entry.run(setting, self.rom, mode, windows, expected) {
                    Ok(samples) => entry.rounds.push(samples),
                    Err(problem) => entry.problem = Some(problem),
                }
            }
        }
    }

    /// A row for each emulator in a window.
    fn rows(&self, setting: &Setting, mode: Mode, window: &Range<u64>, index: usize) -> Vec<Row> {
        let of = |entry: &Entry| {
            let samples = || entry.rounds.iter().map(|samples| samples[index]).filter(|_| entry.problem.is_none());
            let cpu_seconds = median(samples().map(|sample| sample.cpu.as_secs_f64()));
            let ours = matches!(entry.emulator, Emulator::Ours(..));
            let cycles = samples().next().filter(|_| ours).map_or(f64::NAN, |sample| sample.cycles as f64);
            let frames = window.end - window.start;
            Row {
                rom: self.rom.name.clone(),
                engine: setting.name(&entry.emulator).to_owned(),
                mode: mode.name(),
                idle_skip: matches!(&entry.emulator, Emulator::Ours(_, options, _) if options.idle_skip == Some(true)),
                cold: window.start == 0,
                fps: Some(frames as f64 / cpu_seconds).filter(|fps| fps.is_finite()),
                mhz: cycles / cpu_seconds / 1e6,
                digest: entry.outcome.map_or(String::new(), |outcome| hex(outcome.digest().to_be_bytes())),
                distinct: entry.outcome.map(|outcome| outcome.distinct).filter(|_| mode == Mode::Full),
                first_frame: Some(window.start),
                frames: Some(frames),
                rounds: samples().count(),
                cpu_seconds,
                wall_seconds: median(samples().map(|sample| sample.wall.as_secs_f64())),
                host: rows::host(),
                problem: entry.problem.as_ref().map(Error::to_string),
            }
        };
        self.entries.iter().map(of).collect()
    }
}

impl Entry {
    /// Times all windows. The first time also does the work without timing it; `expected` is that of another engine.
    fn run(
        &mut self,
        setting: &Setting,
        rom: &Rom,
        mode: Mode,
        windows: &[Range<u64>],
        expected: Option<Outcome>,
    ) -> Result<Vec<Sample>, Error> {
        let name = setting.name(&self.emulator);
        let wrong = |what: &str| Err(Error::Work(format!("{}: {name} did different work {what}", rom.name)));
        if self.outcome.is_none() && matches!(self.emulator, Emulator::Ours(..)) {
            let end = windows.iter().map(|window| window.end).max().unwrap_or(0);
            let outcome = setting.outcome(rom, &self.emulator, mode, &(0..end))?;
            self.outcome = Some(outcome);
            if expected.is_some_and(|expected| expected != outcome) {
                return wrong("than another engine; `ricojit run --engine verify` finds the difference");
            }
        }
        let samples = setting.samples(rom, &self.emulator, mode, windows)?;
        let first = self.rounds.first().map(|samples| samples[0].end);
        let expected = self.outcome.map(|outcome| outcome.end).or(first);
        match expected {
            Some(end) if end != samples[0].end => wrong("when it was timed"),
            _ => Ok(samples),
        }
    }
}
