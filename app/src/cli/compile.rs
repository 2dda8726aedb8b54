//! `ricojit compile`: recompiles ROMs ahead of time; keeps images in the cache, or writes them or executables to files.

mod emit;
mod executable;
mod map;
mod report;

use super::headers::HeaderArgs;
use super::rom::Rom;
use super::stopwatch::Stopwatch;
use super::symbols::SymbolsArgs;
use super::warm::{self, Warm};
use crate::cache::Problem;
use crate::error::Error;
use crate::files::{self, Named, Output};
use crate::{names, terminal};
use emit::Emit;
use executable::{Executable, ExecutableArgs};
use report::Report;
use ricojit::Options;
use ricojit::ahead::{self, AheadError, Input, Target};
use ricojit::code_data_log::CodeDataLog;
use ricojit::recompiler::EntryProfile;
use ricojit::text;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

/// The extension of images.
const EXTENSION: &str = "image";

/// Characters of the progress bar, and regions from one picture of it to the next.
const BAR: usize = 40;
const SHOWN: usize = 32;

/// Recompile ROMs to native code before they run
///
/// Finds the code of each ROM without running it, compiles it on all cores, and keeps it in the
/// cache as an image, or writes that to a file, which `--image` gives to other commands. A game
/// with an image runs native code from the first frame on. Profiles of earlier runs find code that
/// cannot be found without running it; the cache has one too.
///
/// An image is for one ROM, one kind of host and one version of this program. It is a program:
/// use only images that you or someone you trust has made.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// ROMs, or folders with .nes files in and below them
    #[arg(required = true)]
    roms: Vec<PathBuf>,

    #[command(flatten)]
    headers: HeaderArgs,

    /// Write the image here; with several ROMs, a folder [default: keep it in the user's cache, where `play` finds it, and
    /// `run`, `test` and `bench` with --cache; an executable is written beside the ROM, as game]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write no image
    #[arg(long, conflicts_with = "output")]
    no_output: bool,

    /// What earlier runs executed: a profile of --profile-out, or a code/data log of FCEUX or Mesen; may be repeated
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,

    /// The architecture to compile for: x86_64 or aarch64 (64-bit ARM); one that is not this host's needs a build with
    /// the feature of its name [default: this host's]
    #[arg(long, value_name = "ARCHITECTURE", value_parser = names::target)]
    target: Option<Target>,

    /// Print what was found in each bank, by which source, and what is left to the interpreter
    #[arg(long)]
    report: bool,

    /// Print an array with one JSON object per ROM instead of text
    #[arg(long)]
    json: bool,

    /// Draw the banks of the ROM: code by source, what was executed, data, and what is unknown
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,

    /// Write what the compiler makes of each region instead of an image, between its 6502 instructions; to standard
    /// output, or to the file of -o
    #[arg(long, value_name = "WHAT", value_enum, conflicts_with_all = ["standalone", "no_output", "json", "report", "svg"])]
    emit: Option<Emit>,

    #[command(flatten)]
    symbols: SymbolsArgs,

    /// Threads that compile [default: one per CPU]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,

    #[command(flatten)]
    executable: ExecutableArgs,
}

const HELP: &str = "\
Examples:
  ricojit compile game.nes
      Keeps the image in the cache: the next `ricojit play game.nes` starts warm.
  ricojit compile game.nes -o game.image
      Writes a file.
  ricojit run game.nes --engine aot --image game.image
      Runs it: native code from the first frame on, nothing compiled.
  ricojit run game.nes --input keys.txt --frames 6000 --profile-out game.profile
  ricojit compile game.nes --profile game.profile --report -o game.image
      Also compiles what a run has entered 50 times or more; prints what is in each bank.
  ricojit compile roms/ -o images/ --json
      A whole folder; prints one JSON array.
  ricojit compile game.nes --no-output --svg game.svg
      Only draws what was found.
  ricojit compile game.nes --profile game.profile --standalone --title 'My Game' -o mygame
      Writes an executable: ./mygame plays the game, ./mygame --headless runs it as `ricojit run` does.

  ricojit compile game.nes --emit asm --symbols game.mlb -o game.asm
      Writes the native code of each region, with the 6502 instructions that it does.

How an address was found to be code:
  vectors   control reaches it from NMI, reset or IRQ, whatever is mapped
  executed  a profile or a code/data log says so
  bank      control reaches it if a certain bank is mapped
  table     a table of addresses that code indexes
  inline    addresses or text that follow a JSR
  gap       it follows code that ends, and looks like code
  word      several words in a row that are addresses of what looks like code
The first two are certain. A wrong guess costs bytes; it never changes a result.

Exit codes: 0 success, 1 failure, 2 usage error.";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    if let Some(target) = args.target.filter(|target| !target.is_available()) {
        return Err(Error::Usage(AheadError::NoCompiler(target).to_string()));
    }
    let roms = Rom::in_paths(&args.roms, &args.headers, terminal::say_skipped)?;
    if let Some(emit) = args.emit {
        return emit_text(args, &roms, emit);
    }
    if !args.symbols.paths().is_empty() {
        return Err(Error::Usage("--symbols is for --emit".to_owned()));
    }
    if let Some(rom) = roms.iter().find(|rom| {
        args.executable.standalone && rom.cartridge.corrections.as_deref().is_some_and(|list| !list.is_empty())
    }) {
        // Its file, with the header as it is, would be another game than the code is of.
        return Err(Error::Usage(format!(
            "--standalone needs {} to have a right header, not one of a database",
            rom.name
        )));
    }
    let outputs = outputs(args, &roms)?;
    let is_kept = args.output.is_none() && !args.no_output && !args.executable.standalone;
    if is_kept && args.target.is_some_and(|target| !target.is_host()) {
        return Err(Error::Usage("the cache is for this host: name a file with --output".to_owned()));
    }
    let cannot = |problem: Problem| Error::Cache(format!("{problem}; name a file with --output"));
    let cache = is_kept.then(warm::open_to_fill).transpose().map_err(cannot)?;
    check_files(args, &roms, &outputs)?;
    let executable = args.executable.read(args.target.unwrap_or_default(), roms.len())?;
    let svg = args.svg.as_deref().map(Output::create).transpose()?;
    if svg.is_some() && roms.len() > 1 {
        return Err(Error::Usage("--svg draws one ROM: name one".to_owned()));
    }
    let profiles = args.profile.iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut reports = Vec::new();
    for (i, (rom, output)) in roms.iter().zip(&outputs).enumerate() {
        let place = format!("ROM {} of {}: {}", i + 1, roms.len(), rom.name);
        let output = match &cache {
            Some(cache) => Place::Cache(Box::new(Warm::new(cache, rom, &Options::new()))),
            None => output.as_deref().map_or(Ok(Place::Nowhere), |path| Output::create(path).map(Place::File))?,
        };
        let report = compile(args, rom, output, executable.as_ref(), &profiles, &|done, all| show(&place, done, all))?;
        terminal::show("");
        if !args.json {
            files::print(&report.text(args.report))?;
        }
        reports.push(report);
    }
    if args.json {
        files::print(&report::json(&reports))?;
    }
    if let (Some(output), [report]) = (svg, &reports[..]) {
        files::write(output, map::svg(report))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints or writes what the compiler makes of a ROM.
fn emit_text(args: &Args, roms: &[Rom], emit: Emit) -> Result<ExitCode, Error> {
    let [rom] = roms else { return Err(Error::Usage("--emit lists one ROM: name one".to_owned())) };
    check_files(args, roms, std::slice::from_ref(&args.output))?;
    let output = args.output.as_deref().map(Output::create).transpose()?;
    let profiles = args.profile.iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
    let input =
        Input { target: args.target.unwrap_or_default(), threads: args.threads, ..input(args, rom, &profiles)? };
    let text = emit::text(rom, &input, emit, &args.symbols.read()?)?;
    match output {
        Some(output) => files::write(output, text)?,
        None => files::print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows a progress bar now and then.
fn show(place: &str, done: usize, all: usize) {
    if done.is_multiple_of(SHOWN) {
        let filled = done * BAR / all.max(1);
        terminal::show(format_args!("[{:#<filled$}{:.<1$}] {place}", "", BAR - filled));
    }
}

/// Where an image goes.
enum Place {
    Nowhere,
    File(Output),
    Cache(Box<Warm>),
}

impl Place {
    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Nowhere => None,
            Self::File(output) => Some(output.path().to_owned()),
            Self::Cache(warm) => Some(warm.image_path()),
        }
    }
}

/// Compiles a ROM and writes its image.
fn compile(
    args: &Args,
    rom: &Rom,
    output: Place,
    executable: Option<&Executable<'_>>,
    profiles: &[Vec<u8>],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report, Error> {
    let mut input =
        Input { target: args.target.unwrap_or_default(), threads: args.threads, ..input(args, rom, profiles)? };
    if let Place::Cache(warm) = &output {
        input.profile = warm.profile_with(&input.profile);
    }
    let mut time = Stopwatch::default();
    time.start();
    let (image, found) = ahead::compile_with_progress(&rom.cartridge, &Options::new(), &input, progress)
        .map_err(|problem| Error::file(rom.place(), &problem))?;
    let bytes = image.to_bytes();
    time.stop();
    let mut report = Report::new(rom, &input, &found, &time, bytes.len(), output.path().as_deref());
    match (output, executable) {
        (Place::Nowhere, _) => {}
        (Place::File(output), Some(executable)) => {
            let bytes = executable.bytes(rom, &bytes)?;
            report.executable_bytes = Some(bytes.len());
            files::write(output.executable(), bytes)?;
        }
        (Place::File(output), None) => files::write(output, bytes)?,
        (Place::Cache(warm), _) => warm
            .keep_compiled(&image, &input.profile)
            .map_err(|problem| Error::Cache(format!("{problem}; name a file with --output")))?,
    }
    Ok(report)
}

/// The files of the images; none for those that go to the cache.
fn outputs(args: &Args, roms: &[Rom]) -> Result<Vec<Option<PathBuf>>, Error> {
    let extension = if args.executable.standalone { "" } else { EXTENSION };
    let beside = |rom: &Rom| rom.place().with_extension(extension);
    match (&args.output, roms) {
        (None, roms) if args.executable.standalone => Ok(roms.iter().map(|rom| Some(beside(rom))).collect()),
        (None, roms) => Ok(vec![None; roms.len()]),
        (Some(path), [_]) if !path.is_dir() => Ok(vec![Some(path.clone())]),
        (Some(folder), roms) if folder.is_dir() => {
            let inside = |rom: &Rom| beside(rom).file_name().map(|name| folder.join(name));
            Ok(roms.iter().map(inside).collect())
        }
        (Some(path), _) => {
            Err(Error::Usage(format!("there are several ROMs: {} has to be a folder that exists", text::path(path))))
        }
    }
}

/// Fails if an output is also another file of the command.
fn check_files(args: &Args, roms: &[Rom], outputs: &[Option<PathBuf>]) -> Result<(), Error> {
    let inputs = roms.iter().filter_map(Rom::path).map(|path| ("a ROM", path));
    let inputs = inputs.chain(args.profile.iter().map(|path| ("--profile", path.as_path())));
    let inputs = inputs.chain(args.symbols.paths().iter().map(|path| ("--symbols", path.as_path())));
    let inputs = inputs.chain(args.executable.inputs());
    let images = outputs.iter().flatten().map(|path| ("an output", path.as_path()));
    let outputs: Vec<Named<'_>> = images.chain(args.svg.iter().map(|path| ("--svg", path.as_path()))).collect();
    files::check_distinct(&inputs.collect::<Vec<_>>(), &outputs)
}

/// What earlier runs have executed of a ROM.
fn input(args: &Args, rom: &Rom, profiles: &[Vec<u8>]) -> Result<Input, Error> {
    let mut input = Input::default();
    for (path, content) in args.profile.iter().zip(profiles) {
        let bad = |problem: &dyn std::fmt::Display| Error::file(path, &problem.to_string());
        match std::str::from_utf8(content) {
            Ok(text) if text.starts_with("ricojit-") => {
                let profile: EntryProfile = text.parse().map_err(|problem| bad(&problem))?;
                input.profile.merge(&profile);
            }
            _ => {
                let log = CodeDataLog::parse(&rom.cartridge, content).map_err(|problem| bad(&problem))?;
                match &mut input.log {
                    Some(all) => all.merge(&log),
                    none => *none = Some(log),
                }
            }
        }
    }
    Ok(input)
}
