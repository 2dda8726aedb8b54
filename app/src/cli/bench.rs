//! `ricojit bench`: how fast each engine is, by the CPU time of interleaved rounds, and whether all did the same work.
//!
//! ```text
//! plan ─► contests: one program in one mode, all engines ─► rounds ─► table, JSON rows, chart
//!                   each first runs once with digests of everything, untimed: these have to be equal
//! --cold:  interpreter, JIT, interpreter ─► judgement
//! --peer:  other emulators and ours in all modes ─► rounds ─► table, JSON rows, chart
//! ```

mod budget;
mod chart;
mod cold;
mod contest;
#[cfg(feature = "jit")]
mod kernels;
mod peers;
mod plan;
mod rows;
mod statistics;
mod subject;
mod table;

use super::files::{self, Output};
use super::knobs::Knobs;
use super::rom::Rom;
use super::{terminal, values};
use crate::error::Error;
use budget::Budget;
use contest::Mode;
use ricojit::Engine;
use ricojit_judge::batch::path_jobs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Compare the engines
///
/// Plays each ROM on each engine in interleaved rounds, with picture and sound (full), without
/// the picture (no-video) and without both (bare), with idle skipping and without, warm and cold;
/// and runs six small loops on the CPU alone (cpu). What counts is the CPU time of all threads.
/// Engines that do different work are an error.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// ROMs, or folders with .nes files in and below them [default: the programs that are part of this one, and cpu]
    #[arg(value_name = "ROM")]
    roms: Vec<PathBuf>,

    /// Engines to compare; ratios are to the first
    #[arg(long, value_name = "NAME,...", default_value = values::ENGINES, value_delimiter = ',',
        value_parser = values::engine)]
    engine: Vec<Engine>,

    /// Only these of full, no-video, bare and cpu
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', conflicts_with = "cold", hide_possible_values = true)]
    mode: Vec<Mode>,

    /// Frames of a round [default: 300; with --cold 3000, with --peer 30000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    frames: Option<u64>,

    /// Frames that a warm machine has run before [default: 600; with --peer 6000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    warmup: Option<u64>,

    /// Rounds [default: 7; with --cold 15]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    rounds: Option<u64>,

    /// Stop after this many seconds, though not before everything ran once
    #[arg(long, value_name = "S", value_parser = values::seconds)]
    seconds: Option<f64>,

    /// Judge the JIT cold and without pictures: is any ROM slower than on the interpreter?
    #[arg(long)]
    cold: bool,

    /// Compare with this emulator, a libretro core; may be repeated, ratios are to the first
    #[arg(long, value_name = "CORE.so", conflicts_with = "cold")]
    peer: Vec<PathBuf>,

    /// With --peer or --solo: an input script, which may have a loop, or an FM2 movie
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// For profilers: only run the first peer, or without one the first engine, in the first mode, and look at nothing
    #[arg(long, conflicts_with_all = ["json", "chart", "rounds", "cold"])]
    solo: bool,

    /// Also write the results as JSON, an array with an object for each program, engine and mode
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Also draw the results
    #[arg(long, value_name = "FILE.svg")]
    chart: Option<PathBuf>,

    #[command(flatten)]
    knobs: Knobs,
}

const HELP: &str = "\
Examples:
  ricojit bench
      All embedded programs and the CPU kernels, a minute or so.
  ricojit bench game.nes --mode bare --no-idle-skip --json game.json --chart game.svg
      One game without picture and sound; a table, JSON rows and a chart.
  ricojit bench --peer nestopia_libretro.so --peer fceumm_libretro.so --input benches/pad.txt game.nes
      Against other emulators: any libretro cores, in the same run with the same pads.
  ricojit bench --cold --frames 3000 --rounds 15 roms/
      Whether starting with the JIT costs anything: every ROM of a folder, compilation included.

Warm: the machine has run --warmup frames and this very work once; what is hot is compiled. Each round
starts from a clone of it. Cold: a machine of a fresh cartridge, which has no compiled code, from power-on;
time includes compiling. The file itself is in memory.

With --peer all are switched on for each round, and each frame ends with a picture in RGB and its samples handed over.
Ratios are to the first peer with picture and sound. Cold is then the first 3000 frames.

With --cold a round is interpreter, JIT, interpreter, and a ROM loses if the JIT takes longer by more than the
larger of 5% and the spread (standard deviation) of the interpreter against itself. The judgement is that no ROM
loses and that the geometric mean of the ratios is at least 1.

Exit codes: 0 done, 1 failed, an engine did something else, or --cold found a loser; 2 wrong use.";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let budget = Budget::new(args.seconds);
    let roms = roms(args)?;
    check_files(args, &roms)?;
    // At once, so that a folder that cannot be written to is found before the work.
    let json = args.json.as_deref().map(Output::create).transpose()?;
    let chart = args.chart.as_deref().map(Output::create).transpose()?;
    let engines: Vec<Engine> = args.engine.iter().copied().filter(|&engine| args.knobs.check_engine(engine)).collect();

    let (rows, code) = if args.solo || !args.peer.is_empty() {
        (peers::compare(args, &roms, &engines, &budget)?, ExitCode::SUCCESS)
    } else if args.input.is_some() {
        return Err(Error::Usage("--input is for --peer and --solo".to_owned()));
    } else if args.cold {
        cold::judge(args, &roms, &engines, &budget)?
    } else {
        let mut contests = plan::contests(args, &roms, &engines)?;
        contest::run_rounds(&mut contests, args.rounds.unwrap_or(7), &budget)?;
        files::print(&table::text(&contests))?;
        (rows::rows(&contests), ExitCode::SUCCESS)
    };
    if let Some(output) = json {
        files::write(output, rows::json(&rows))?;
    }
    if let Some(output) = chart {
        files::write(output, chart::svg(&rows))?;
    }
    Ok(code)
}

/// An error if an output is one of the other files.
fn check_files(args: &Args, roms: &[Rom]) -> Result<(), Error> {
    let roms = roms.iter().filter_map(Rom::path).map(|path| ("a ROM", path));
    let peers = args.peer.iter().map(|path| ("--peer", path.as_path()));
    let input = args.input.iter().map(|path| ("--input", path.as_path()));
    let json = args.json.iter().map(|path| ("--json", path.as_path()));
    let chart = args.chart.iter().map(|path| ("--chart", path.as_path()));
    files::check_distinct(&roms.chain(peers).chain(input).collect::<Vec<_>>(), &json.chain(chart).collect::<Vec<_>>())
}

/// The ROMs that are named, those in folders, or the embedded ones. One in a folder that is refused is left out.
fn roms(args: &Args) -> Result<Vec<Rom>, Error> {
    if args.roms.is_empty() {
        return Rom::embedded();
    }
    let mut roms = Vec::new();
    for path in &args.roms {
        let jobs = path_jobs(std::slice::from_ref(path)).map_err(|source| Error::read(path, source))?;
        for job in jobs {
            match Rom::accepted(&job.file) {
                Err(error) if path.is_dir() => terminal::say(format_args!("left out: {error}")),
                rom => roms.push(rom?),
            }
        }
    }
    if roms.is_empty() {
        return Err(Error::Usage("there is no ROM to run in these folders".to_owned()));
    }
    Ok(roms)
}
