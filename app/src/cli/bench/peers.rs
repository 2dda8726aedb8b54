//! `--peer`: compares Ricojit with other emulators, which are libretro cores; `--corpus`: over many ROMs, also without peers.
//!
//! ```text
//! for each ROM, cold and warm        a comparison
//!   digests   each once, untimed: all pictures and samples; those of Ricojit must be equal in all modes and engines
//!   round     first peer, other peers, Ricojit in each mode on each engine; each of them:
//!             power-on ─► warm-up, untimed ─► frames, timed ─► one more frame, whose digest proves the work
//! ```
//!
//! All are treated alike: powered on for each round (a core's library is loaded again, Ricojit has nothing compiled), with
//! the same input. Each frame delivers a picture in RGB and its samples to this program, which does nothing with them: a core
//! passes a pointer, Ricojit converts to the pixel format of the first peer. Time is the CPU time of all threads, for Ricojit
//! until its compiler thread has ended. Cold time includes making Ricojit's machine, but not loading a core.

mod console;
mod corpus;
mod libretro;
mod report;
mod states;

use super::Args;
use super::budget::Budget;
use super::comparison::{Mode, Start};
use super::plan;
use super::rows::Row;
use super::statistics::median;
use super::subject::Sample;
use crate::cli::rom::Rom;
use crate::cli::run::{Pixels, Screen};
use crate::cli::stopwatch::Stopwatch;
use crate::error::Error;
use crate::files;
use console::{Ours, Outcome, play};
pub(super) use corpus::compare as compare_corpus;
use libretro::{About, Core, PixelFormat};
use report::Report;
use ricojit::Palette;
use ricojit::input::movie::{Movie, Player};
use ricojit::text;
use ricojit::{Engine, Options};
pub(super) use states::compare as compare_states;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Defaults: frames of a warm round, of a cold round, and of the warm-up.
const FRAMES: u64 = 30_000;
const COLD_FRAMES: u64 = 3_000;
const WARM_UP: u64 = 6_000;

/// Another emulator.
struct Peer {
    path: PathBuf,
    /// The name in tables.
    name: String,
    about: About,
    /// Whether it can run without pictures.
    can_skip_video: bool,
}

/// The emulator of an entry.
enum Emulator {
    /// The peer with this index.
    Peer(usize),
    Ours(Engine, Box<Options>, Box<Rom>),
}

/// One side of a comparison.
struct Entry {
    emulator: Emulator,
    mode: Mode,
    outcome: Option<Outcome>,
    samples: Vec<Sample>,
}

impl Entry {
    /// CPU seconds of the median round.
    fn cpu_seconds(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.cpu.as_secs_f64()))
    }

    /// Wall seconds of the median round.
    fn wall_seconds(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.wall.as_secs_f64()))
    }

    fn is_ours(&self) -> bool {
        matches!(self.emulator, Emulator::Ours(..))
    }
}

/// All entries for one ROM. The baseline comes first: the first peer with pictures and sound.
struct Comparison<'a> {
    rom: &'a Rom,
    start: Start,
    /// The timed frames.
    frames: Range<u64>,
    entries: Vec<Entry>,
}

/// What all comparisons share.
struct Setting {
    peers: Vec<Peer>,
    movie: Arc<Movie>,
    pixels: Pixels,
}

/// Runs all comparisons and prints the lines of each.
pub(super) fn compare(args: &Args, roms: &[Rom], engines: &[Engine], budget: &Budget) -> Result<Vec<Row>, Error> {
    if args.mode.contains(&Mode::Cpu) {
        return Err(Error::Usage("--peer has no mode cpu, only full, no-video and bare".to_owned()));
    }
    let setting = Setting::new(args, &roms[0])?;
    if args.solo {
        return roms.iter().try_for_each(|rom| setting.solo(args, rom, engines)).map(|()| Vec::new());
    }
    // Report a peer that does not accept a ROM before the work.
    for rom in roms {
        setting.peers.iter().try_for_each(|peer| power_on(&peer.path, rom, true).map(drop))?;
    }
    let rounds = args.rounds.unwrap_or(7);
    let mut report = Report::new(&setting, roms, rounds)?;
    for rom in roms {
        for start in [Start::Warm, Start::Cold] {
            let mut comparison = setting.comparison(args, rom, start, engines)?;
            for round in 1..=rounds {
                if round > 1 && budget.is_spent() {
                    break;
                }
                report.progress(&comparison, round);
                comparison.round(&setting)?;
            }
            report.take(&comparison)?;
        }
    }
    report.finish()
}

impl Setting {
    fn new(args: &Args, rom: &Rom) -> Result<Self, Error> {
        let movie = super::movie(args)?;
        let peers = args.peer.iter().map(|path| Peer::new(path, rom)).collect::<Result<Vec<_>, _>>()?;
        let pixels = match peers.first().map(|peer| peer.about.format) {
            None | Some(PixelFormat::Xrgb8888) => Pixels::Rgba,
            Some(PixelFormat::Rgb565 | PixelFormat::Rgb1555) => Pixels::Rgb565,
        };
        Ok(Self { peers, movie, pixels })
    }

    /// `--solo`: runs one emulator and nothing else.
    fn solo(&self, args: &Args, rom: &Rom, engines: &[Engine]) -> Result<(), Error> {
        let frames = 0..args.warmup.unwrap_or(WARM_UP) + args.frames.unwrap_or(FRAMES);
        let (mode, mut player) = (args.mode.first().copied().unwrap_or(Mode::Full), Player::new(&self.movie));
        let (end, name) = (frames.end, &rom.name);
        let text = match (self.peers.first(), engines.first()) {
            (Some(peer), _) => {
                let mut core = power_on(&peer.path, rom, mode == Mode::Full)?;
                play(&mut core, &mut player, frames);
                let (pictures, samples, (width, height)) = core.delivered();
                format!("{name}: {end} frames, {pictures} pictures of {width}x{height}, {samples} samples\n")
            }
            (None, Some(&engine)) => {
                let mut ours = self.ours(rom, &options(args, engine, mode))?;
                play(&mut ours, &mut player, frames);
                format!("{name}: {end} frames, {} cycles\n", ours.machine.cycle())
            }
            (None, None) => String::new(),
        };
        files::print(&text)
    }

    fn comparison<'a>(
        &self,
        args: &Args,
        rom: &'a Rom,
        start: Start,
        engines: &[Engine],
    ) -> Result<Comparison<'a>, Error> {
        let (warm_up, frames) = (args.warmup.unwrap_or(WARM_UP), args.frames.unwrap_or(FRAMES));
        let frames = match start {
            Start::Warm => warm_up..warm_up + frames,
            Start::Cold => 0..frames.min(COLD_FRAMES),
        };
        let entry = |emulator, mode| Entry { emulator, mode, outcome: None, samples: Vec::new() };
        let wanted = |mode| args.mode.is_empty() || args.mode.contains(&mode);
        let peers = || (0..self.peers.len()).map(Emulator::Peer);
        let mut entries: Vec<Entry> = peers().map(|peer| entry(peer, Mode::Full)).collect();
        let skips = |peer: &Emulator| matches!(*peer, Emulator::Peer(peer) if self.peers[peer].can_skip_video);
        if wanted(Mode::NoVideo) {
            entries.extend(peers().filter(skips).map(|peer| entry(peer, Mode::NoVideo)));
        }
        for mode in plan::ROM_MODES.into_iter().filter(|&mode| wanted(mode)) {
            for &engine in engines {
                let options = options(args, engine, mode);
                let rom = Box::new(rom.prepared(&options)?);
                entries.push(entry(Emulator::Ours(engine, Box::new(options), rom), mode));
            }
        }
        Ok(Comparison { rom, start, frames, entries })
    }

    /// The name in tables.
    fn name(&self, emulator: &Emulator) -> &str {
        match *emulator {
            Emulator::Peer(peer) => &self.peers[peer].name,
            Emulator::Ours(engine, ..) => engine.name(),
        }
    }

    /// Does the work and hashes all results.
    fn outcome(&self, rom: &Rom, emulator: &Emulator, mode: Mode, frames: &Range<u64>) -> Result<Outcome, Error> {
        match emulator {
            Emulator::Peer(peer) => {
                let mut core = power_on(&self.peers[*peer].path, rom, mode == Mode::Full)?;
                Ok(console::outcome(&mut core, &self.movie, frames))
            }
            Emulator::Ours(_, options, rom) => {
                let mut ours = self.ours(&rom.without_code(), options)?;
                Ok(console::outcome(&mut ours, &self.movie, frames))
            }
        }
    }

    /// Does the work and times it: each window of one run.
    fn samples(
        &self,
        rom: &Rom,
        emulator: &Emulator,
        mode: Mode,
        windows: &[Range<u64>],
    ) -> Result<Vec<Sample>, Error> {
        let mut watch = Stopwatch::default();
        match emulator {
            Emulator::Peer(peer) => {
                let mut core = power_on(&self.peers[*peer].path, rom, mode == Mode::Full)?;
                let samples = console::samples(&mut core, &self.movie, windows, watch);
                if mode == Mode::Full && core.delivered().2 == (0, 0) {
                    return Err(Error::file(&self.peers[*peer].path, &format!("no picture of {}", rom.name)));
                }
                Ok(samples)
            }
            Emulator::Ours(_, options, rom) => {
                watch.start();
                let rom = rom.without_code();
                let mut ours = self.ours(&rom, options)?;
                watch.stop();
                let mut samples = console::samples(&mut ours, &self.movie, windows, watch);
                // The compiler thread counts too, until it has ended.
                let mut rest = Stopwatch::default();
                rest.start();
                drop((ours, rom));
                rest.stop();
                let end = windows.iter().map(|window| window.end).max();
                for (sample, _) in samples.iter_mut().zip(windows).filter(|(_, window)| Some(window.end) == end) {
                    sample.cpu += rest.cpu;
                }
                Ok(samples)
            }
        }
    }

    fn ours(&self, rom: &Rom, options: &Options) -> Result<Ours, Error> {
        let screen = options.render.then(|| Screen::new(self.pixels, &Palette::default()));
        Ok(Ours { machine: rom.machine(options)?, screen })
    }
}

impl Peer {
    fn new(path: &Path, rom: &Rom) -> Result<Self, Error> {
        let mut core = power_on(path, rom, true)?;
        // Some cores ask whether pictures are wanted only in a frame.
        core.run_frame();
        let about = About { size: core.delivered().2, ..core.about().clone() };
        let name = text::path(path.file_stem().unwrap_or_default());
        let name = name.strip_suffix("_libretro").unwrap_or(&name).to_owned();
        Ok(Self { path: path.to_owned(), name, about, can_skip_video: core.asked_for_video() })
    }
}

/// The options of Ricojit in a mode. The interpreter skips idle loops too, unless the command line says otherwise.
fn options(args: &Args, engine: Engine, mode: Mode) -> Options {
    let plain = plan::options(args, engine, mode);
    let idle_skip = plain.idle_skip.unwrap_or(true);
    plain.idle_skip(idle_skip)
}

/// Powers on a core with a ROM.
fn power_on(core: &Path, rom: &Rom, video: bool) -> Result<Core, Error> {
    std::fs::File::open(core).map_err(|source| Error::read(core, source))?;
    Core::power_on(core, (rom.place(), rom.file()?), video).map_err(|problem| Error::file(core, &problem))
}

impl Comparison<'_> {
    /// Runs each entry once; before the first round also untimed, with digests of all results.
    fn round(&mut self, setting: &Setting) -> Result<(), Error> {
        for index in 0..self.entries.len() {
            if self.entries[index].outcome.is_none() {
                let Entry { emulator, mode, .. } = &self.entries[index];
                self.entries[index].outcome = Some(setting.outcome(self.rom, emulator, *mode, &self.frames)?);
                self.check(setting, index)?;
            }
        }
        for index in 0..self.entries.len() {
            let entry = &self.entries[index];
            let sample = setting.samples(self.rom, &entry.emulator, entry.mode, std::slice::from_ref(&self.frames))?[0];
            if entry.outcome.is_some_and(|outcome| outcome.end != sample.end) {
                let (rom, mode, name) = (&self.rom.name, entry.mode.name(), setting.name(&entry.emulator));
                return Err(Error::Work(format!("{rom}, {mode}: {name} did different work when it was timed")));
            }
            self.entries[index].samples.push(sample);
        }
        Ok(())
    }

    /// Fails if an entry made no picture, or if Ricojit gave different results in another mode or on another engine.
    fn check(&self, setting: &Setting, index: usize) -> Result<(), Error> {
        let entry = &self.entries[index];
        let Some(outcome) = entry.outcome else { return Ok(()) };
        let wrong = |what: &str| {
            let (rom, mode, name) = (&self.rom.name, entry.mode.name(), setting.name(&entry.emulator));
            Err(Error::Work(format!("{rom}, {mode}: {name} {what}")))
        };
        let others = self.entries[..index].iter().filter(|other| other.is_ours() && entry.is_ours());
        let differs = |other: &Entry| {
            other.outcome.is_some_and(|seen| {
                let pictures = other.mode == entry.mode && seen.pictures != outcome.pictures;
                let silent = (other.mode == Mode::Bare) != (entry.mode == Mode::Bare);
                pictures || !silent && seen.samples != outcome.samples || seen.end != outcome.end
            })
        };
        match others.into_iter().find(|other| differs(other)) {
            Some(other) => wrong(&format!(
                "did different work than {} in the mode {}",
                setting.name(&other.emulator),
                other.mode.name()
            )),
            None if entry.mode == Mode::Full && outcome.distinct == 0 => wrong("delivered no picture"),
            None => Ok(()),
        }
    }
}
