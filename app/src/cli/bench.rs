//! `ricojit bench`: compares the speed of engines by the CPU time of interleaved rounds, and checks that all did the same
//! work.
//!
//! ```text
//! plan ─► comparisons: one program in one mode, all engines ─► rounds ─► table, JSON rows, chart
//!                      first an untimed run of each with digests of everything, which must be equal
//! --cold:  interpreter, other engines, interpreter ─► pass or fail
//! --states: the states of other emulators and of Ricojit ─► table
//! --peer:  other emulators, and Ricojit in all modes ─► rounds ─► table, JSON rows, chart
//! --corpus: each ROM once, engines and peers ─► rounds of one run each, several windows ─► sorted table, JSON rows, chart
//! ```

mod budget;
mod chart;
mod cold;
mod comparison;
#[cfg(feature = "jit")]
mod kernels;
mod peers;
mod plan;
mod rows;
mod statistics;
mod subject;
mod table;

use super::engine::EngineArgs;
use super::headers::HeaderArgs;
use super::image::ImageArgs;
use super::profile::{ProfileArgs, Profiling};
use super::rom::Rom;
use super::warm::{CacheArgs, Warm};
use crate::error::Error;
use crate::files::{self, Output};
use crate::{names, terminal};
use budget::Budget;
use comparison::Mode;
use ricojit::Engine;
use ricojit::input::movie::{Action, Movie};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Compare the engines
///
/// Runs each ROM on each engine in interleaved rounds, with picture and sound (full), without
/// the picture (no-video) and without both (bare), with and without idle skipping, warm and cold;
/// and runs six small loops on the CPU alone (cpu), without aot. Measures the CPU time of all threads.
/// It is an error if engines do different work.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// ROMs, or folders with .nes files in and below them [default: the built-in programs, and cpu]
    #[arg(value_name = "ROM")]
    roms: Vec<PathBuf>,

    /// Engines to compare; ratios are relative to the first [with --corpus, default: interp,jit]
    #[arg(long, value_name = "NAME,...", default_value = names::ENGINES, value_delimiter = ',',
        default_value_if("corpus", "true", names::CORPUS_ENGINES), value_parser = names::engine)]
    engine: Vec<Engine>,

    /// Modes to run, of full, no-video, bare and cpu [default: all, with --cold no-video, with --corpus full]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', hide_possible_values = true)]
    mode: Vec<Mode>,

    /// Frames per round [default: 300; with --cold 3000, with --peer 30000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    frames: Option<u64>,

    /// Frames that a warm machine runs first [default: 600; with --peer 6000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    warmup: Option<u64>,

    /// Rounds [default: 7; with --cold 15, with --corpus 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    rounds: Option<u64>,

    /// Stop after this many seconds, but not before everything has run once
    #[arg(long, value_name = "S", value_parser = names::seconds)]
    seconds: Option<f64>,

    /// Check cold starts: is any ROM slower on another engine than on the interpreter?
    #[arg(long)]
    cold: bool,

    /// Compare with this libretro core; may be repeated, ratios are relative to the first
    #[arg(long, value_name = "CORE.so", conflicts_with = "cold")]
    peer: Vec<PathBuf>,

    /// Compare over many ROMs, each once: the engines, and the cores of --peer
    #[arg(long, requires = "roms", conflicts_with_all = ["cold", "states", "solo", "frames", "warmup"])]
    corpus: bool,

    /// With --corpus, the frames to time, from power-on [default: 0-3000,2000-6000,6000-12000]
    #[arg(long, value_name = "FROM-TO,...", value_delimiter = ',', requires = "corpus", value_parser = names::window)]
    window: Vec<Range<u64>>,

    /// Measure the size of saved states and the time to save and load them, also of the cores of --peer
    #[arg(long, conflicts_with_all = ["json", "chart", "cold", "solo", "mode", "frames"])]
    states: bool,

    /// An input script, which may loop, or an FM2 movie; not for the mode cpu
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// For profilers: only run the first peer, or without --peer the first engine, in the first mode; measure nothing
    #[arg(long, conflicts_with_all = ["json", "chart", "rounds", "cold"])]
    solo: bool,

    /// Also write the results as a JSON array with one object per program, engine and mode
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Also draw the results as a chart
    #[arg(long, value_name = "FILE.svg")]
    chart: Option<PathBuf>,

    #[command(flatten)]
    image: ImageArgs,

    #[command(flatten)]
    cache: CacheArgs,

    #[command(flatten)]
    profile: ProfileArgs,

    #[command(flatten)]
    engine_args: EngineArgs,
}

const HELP: &str = "\
Examples:
  ricojit bench
      All built-in programs and the CPU loops, for about a minute.
  ricojit bench game.nes --mode bare --no-idle-skip --json game.json --chart game.svg
      One game without picture and sound; prints a table, writes JSON and a chart.
  ricojit bench --peer nestopia_libretro.so --peer fceumm_libretro.so --input benches/pad.txt game.nes
      Other emulators as libretro cores, in the same run and with the same input.
  ricojit bench --states --peer nestopia_libretro.so --peer fceumm_libretro.so --input benches/pad.txt game.nes
      The size of saved states, and the time to save and load them, in Ricojit and in other emulators.
  ricojit bench --cold --input benches/pad.txt --frames 3000 --rounds 15 roms/
      Whether a cold start is slower than on the interpreter, for every ROM of a folder, compiling included.

  ricojit bench --corpus --peer quicknes_libretro.so --input benches/pad.txt --chart corpus.svg roms/
      Every ROM of a folder, slowest relative to another emulator first; one dot for each in the chart.

Warm: the machine has run --warmup frames, and the measured frames once, so hot code is compiled. Each round
starts from a clone of it. Cold: a new machine without compiled code, from power-on; the time includes
compiling, for aot reading and checking an image that was made before. The ROM and the image are in memory.

With --peer, each round powers on all emulators, and each frame delivers a picture in RGB and its samples.
Ratios are relative to the first peer with picture and sound. Cold then means the first 3000 frames.

With --cold, a round is the interpreter, each other engine, and the interpreter again. All skip idle loops;
with --no-idle-skip none does. A ROM loses if the other engine takes longer by more than the larger of 5% and
the standard deviation of the interpreter against itself. The check passes if no ROM loses and the geometric
mean of the ratios is at least 1.

With --corpus, a round runs each emulator once from power-on and times all windows of that run. A row's ratios are
those of the median times. ROMs that one side cannot run are listed. All engines skip idle loops.

Exit codes: 0 success, 1 failure, different work, or --cold did not pass; 2 usage error.";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let budget = Budget::new(args.seconds);
    let (roms, skipped) = roms(args)?;
    check_files(args, &roms)?;
    let roms = with_cache(args, with_image(args, roms)?)?;
    // At once, so that an unwritable folder is reported before the work.
    let json = args.json.as_deref().map(Output::create).transpose()?;
    let chart = args.chart.as_deref().map(Output::create).transpose()?;
    let mut profiling = args.profile.open(Engine::Jit.is_built())?;
    if profiling.is_on() && (args.solo || args.states || args.corpus || !args.peer.is_empty()) {
        return Err(Error::Usage("--profile-out is not for --peer, --corpus, --states and --solo".to_owned()));
    }
    // What one engine with native code needs of the host, the others need too.
    let native = args.engine.iter().find(|engine| **engine != Engine::Interpreter);
    let has_native = native.is_some_and(|&engine| args.engine_args.check_engine(engine));
    let engines: Vec<Engine> =
        args.engine.iter().copied().filter(|&engine| engine == Engine::Interpreter || has_native).collect();

    if args.states {
        peers::compare_states(args, &roms, &budget)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut svg = None;
    let (rows, code) = if args.corpus {
        let (rows, picture, code) = peers::compare_corpus(args, &roms, &skipped, &engines, &budget)?;
        svg = Some(picture);
        (rows, code)
    } else if args.solo || !args.peer.is_empty() {
        (peers::compare(args, &roms, &engines, &budget)?, ExitCode::SUCCESS)
    } else if args.cold {
        cold::judge(args, &movie(args)?, &roms, &engines, &budget)?
    } else {
        let mut comparisons = plan::comparisons(args, &movie(args)?, &roms, &engines)?;
        comparison::run_rounds(&mut comparisons, args.rounds.unwrap_or(7), &budget)?;
        files::print(&table::text(&comparisons))?;
        (rows::rows(&comparisons), ExitCode::SUCCESS)
    };
    if profiling.is_on() {
        count_entries(args, &roms, &mut profiling)?;
    }
    profiling.write()?;
    if let Some(output) = json {
        files::write(output, rows::json(&rows))?;
    }
    if let Some(output) = chart {
        files::write(output, svg.unwrap_or_else(|| chart::svg(&rows)))?;
    }
    Ok(code)
}

/// The input: that of `--input`, or none.
fn movie(args: &Args) -> Result<Arc<Movie>, Error> {
    let movie = match &args.input {
        Some(path) => Movie::from_file(path, &files::read(path)?).map_err(|problem| Error::file(path, &problem))?,
        None => Movie::default(),
    };
    if movie.events().iter().any(|event| event.action == Action::Power) {
        return Err(Error::Usage("bench has no power switch: remove `power` from the --input file".to_owned()));
    }
    Ok(Arc::new(movie))
}

/// The ROMs, of which there must be one for `--image`, with its code.
fn with_image(args: &Args, roms: Vec<Rom>) -> Result<Vec<Rom>, Error> {
    if args.image.is_on() && roms.len() != 1 {
        return Err(Error::Usage("--image is for one ROM: name it".to_owned()));
    }
    let recompiler = args.engine.iter().any(|engine| *engine != Engine::Interpreter);
    roms.into_iter().map(|rom| args.image.load(rom, recompiler)).collect()
}

/// The ROMs with the code that the cache has of them after an untimed run, if it is used: what is measured is a warm start.
fn with_cache(args: &Args, roms: Vec<Rom>) -> Result<Vec<Rom>, Error> {
    if args.solo || args.states || args.corpus || !args.peer.is_empty() {
        return match args.cache.is_asked() {
            true => Err(Error::Usage("--cache is not for --peer, --corpus, --states and --solo".to_owned())),
            false => Ok(roms),
        };
    }
    if args.profile.named().is_some() || args.engine.iter().all(|engine| *engine == Engine::Interpreter) {
        return Ok(roms);
    }
    let Some(cache) = args.cache.open() else { return Ok(roms) };
    let (cache, movie) = (|| Some(cache.clone()), movie(args)?);
    let idle_skip = args.engine_args.idle_skip().unwrap_or(true);
    let options = plan::options(args, Engine::Jit, Mode::Bare).idle_skip(idle_skip);
    let warmed = |rom: Rom| {
        if let (first, Some(warm)) = Warm::start(cache, rom.clone(), &options) {
            let mut machine = first.machine(&options)?;
            subject::play(&mut machine, &movie, 0..frames(args));
            warm.finish(&machine);
        }
        Ok(Warm::start(cache, rom, &options).0)
    };
    roms.into_iter().map(warmed).collect()
}

/// The frames of a warm machine, or of a cold one.
fn frames(args: &Args) -> u64 {
    if args.cold { cold::frames(args) } else { plan::warmup(args) + plan::frames(args) }
}

/// Runs the frames once more for each ROM, untimed, and counts entries.
fn count_entries(args: &Args, roms: &[Rom], profiling: &mut Profiling) -> Result<(), Error> {
    let movie = movie(args)?;
    for rom in roms {
        let options = args.profile.options(plan::options(args, Engine::Jit, Mode::Bare));
        let mut machine = rom.machine(&options)?;
        subject::play(&mut machine, &movie, 0..frames(args));
        profiling.add_machine(&machine);
    }
    Ok(())
}

/// Fails if an output is also another file of the command.
fn check_files(args: &Args, roms: &[Rom]) -> Result<(), Error> {
    let roms = roms.iter().filter_map(Rom::path).map(|path| ("a ROM", path));
    let peers = args.peer.iter().map(|path| ("--peer", path.as_path()));
    let input = args.input.iter().map(|path| ("--input", path.as_path())).chain(args.image.named());
    let json = args.json.iter().map(|path| ("--json", path.as_path()));
    let chart = args.chart.iter().map(|path| ("--chart", path.as_path()));
    let outputs = json.chain(chart).chain(args.profile.named());
    files::check_distinct(&roms.chain(peers).chain(input).collect::<Vec<_>>(), &outputs.collect::<Vec<_>>())
}

/// The named ROMs, those in folders, or the built-in ones; and why ROMs of folders are skipped, which is said at once,
/// unless the corpus lists them.
fn roms(args: &Args) -> Result<(Vec<Rom>, Vec<Error>), Error> {
    if args.roms.is_empty() {
        return Ok((Rom::embedded()?, Vec::new()));
    }
    let mut skipped = Vec::new();
    let roms = Rom::in_paths(&args.roms, &HeaderArgs::default(), |error| skipped.push(error))?;
    if !args.corpus {
        skipped.drain(..).for_each(terminal::say_skipped);
    }
    Ok((roms, skipped))
}
