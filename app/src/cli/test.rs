//! `ricojit test`: runs test ROMs in parallel and reads their verdicts.

use super::console::ConsoleArgs;
use super::engine::EngineArgs;
use super::headers::HeaderArgs;
use super::image::ImageArgs;
use super::profile::ProfileArgs;
use super::rom::{Rom, STDIN};
use super::warm::{CacheArgs, Warm};
use crate::error::Error;
use crate::files::{self, Named};
use crate::{names, terminal};
use ricojit::cartridge::Database;
use ricojit::text;
use ricojit::{CodeStore, Engine};
use ricojit_judge::batch::{Job, manifest_jobs, path_jobs, run_all_with, run_job};
use ricojit_judge::expect::Expectations;
use ricojit_judge::manifest::ManifestError;
use ricojit_judge::report::Report;
use ricojit_judge::{Entry, Kind, Manifest, Options, Outcome};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Run test ROMs in parallel and report their verdicts
///
/// Each ROM runs until it shows its verdict. A manifest says how each ROM shows it; without a
/// manifest, a ROM has a verdict if it uses the $6000 protocol of most test ROMs, or writes
/// PASSED or FAILED on the screen. All others only have to run without a crash ("ran").
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP, override_usage = USAGE)]
pub(crate) struct Args {
    /// ROMs, or folders with .nes files in and below them; - is standard input
    #[arg(value_name = "PATH", required_unless_present = "manifest")]
    paths: Vec<PathBuf>,

    /// A TOML file that says how each ROM shows its verdict
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    manifest: Option<PathBuf>,

    /// The CPU engine: interp, jit, or aot (each ROM is compiled before it runs)
    #[arg(long, value_name = "NAME", default_value = names::DEFAULT_ENGINE, value_parser = names::engine)]
    engine: Engine,

    /// Take the verdict from a protocol of homebrew: ram_text (RAM contains TestPass or TestFail), exit_port (a write to $4018
    /// is the exit code, 0 a pass), or llvm_mos (whichever comes first)
    #[arg(long, value_name = "WHAT", value_parser = until, conflicts_with = "manifest")]
    until: Option<Kind>,

    /// Run only ROMs whose path contains this text; upper and lower case are the same
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// Known failures: each line `end/of/path.nes # reason` or `path.nes :: SUBTEST # reason`
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,

    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,

    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// ROMs to run at the same time [default: one per CPU]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Run at most this many frames of each ROM; one stopped before its verdict counts as "ran"
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    frames: Option<u64>,

    /// Do not render pictures; only judges that compare pictures see a difference
    #[arg(long)]
    no_video: bool,

    #[command(flatten)]
    headers: HeaderArgs,

    #[command(flatten)]
    console: ConsoleArgs,

    #[command(flatten)]
    image: ImageArgs,

    #[command(flatten)]
    cache: CacheArgs,

    #[command(flatten)]
    profile: ProfileArgs,

    #[command(flatten)]
    engine_args: EngineArgs,
}

const USAGE: &str = "\
ricojit test [OPTIONS] <PATH>...
       ricojit test [OPTIONS] --manifest <FILE>";

const HELP: &str = "\
Examples:
  ricojit test roms/
      Runs all ROMs in and below a folder.
  ricojit test --manifest manifest.toml --filter mmc3 --json
      Runs the ROMs of a manifest whose path contains mmc3; prints one JSON object.
  ricojit test program.nes --until ram_text
      Ends when RAM contains TestPass or TestFail, or after 1000 frames.
  ricojit test --manifest manifest.toml --expect known.txt --junit results.xml
      Expects the listed failures, and writes a report for a CI server.

A manifest has a table for each ROM:
  [[rom]]
  path = \"roms/nestest.nes\"    # relative to the manifest's folder or its parent
  judge = \"text\"               # see below
  frames = 300                 # how long to wait for the verdict
  pass_text = \"All passed\"     # a regular expression, for the judge `text`
Judges: blargg_6000, blargg_f8, blargg_code_text, text, tiles, picture, holy_mapperel, accuracycoin,
accuracycoin_single, nestest, beeps, ram_text, exit_port, llvm_mos, auto; audio, visual, interactive and game have no verdict.

A file for --expect has a line for each known failure:
  mmc3_test_2/6-MMC3_alt.nes # the other revision of the chip
  AccuracyCoin.nes :: OAM Corruption # not implemented yet
A listed failure is reported as expected; a listed ROM that passes is an error.

Exit codes: 0 no unexpected result, 1 an unexpected result, 2 usage error or no ROM ran.
With --until: 0 passed, 1 failed, 2 no verdict, usage error or no ROM ran; of one ROM that wrote to
$4018, the value.";

/// Parses `--until`.
fn until(word: &str) -> Result<Kind, String> {
    match word {
        "ram_text" => Ok(Kind::RamText),
        "exit_port" => Ok(Kind::ExitPort),
        "llvm_mos" => Ok(Kind::LlvmMos),
        _ => Err("expected `ram_text`, `exit_port` or `llvm_mos`".to_owned()),
    }
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let expectations = expectations(args.expect.as_deref())?;
    let jobs = jobs(args)?;
    let outputs: Vec<Named<'_>> =
        args.junit.iter().map(|path| ("--junit", path.as_path())).chain(args.profile.named()).collect();
    if !outputs.is_empty() {
        let roms = jobs.iter().map(|job| ("a ROM", job.file.as_path()));
        let manifest = args.manifest.iter().map(|path| ("the manifest", path.as_path()));
        let expect = args.expect.iter().map(|path| ("--expect", path.as_path()));
        let inputs = roms.chain(manifest).chain(expect).chain(args.image.named()).chain(args.headers.named());
        files::check_distinct(&inputs.collect::<Vec<_>>(), &outputs)?;
    }
    // At once, so that an unwritable folder is reported before the work.
    let junit = args.junit.as_deref().map(files::Output::create).transpose()?;
    let mut profiling = args.profile.open(args.engine != Engine::Interpreter)?;
    args.engine_args.check_engine(args.engine);
    let database = args.headers.database()?;
    let code = code(&jobs, args, database.as_ref())?;
    let outcomes = judge_all(&jobs, args, code, database);
    outcomes.iter().filter_map(|outcome| outcome.entries.as_ref()).for_each(|entries| profiling.add(entries));
    profiling.write()?;
    if args.filter.is_none() {
        let entries: Vec<_> = jobs.iter().map(|job| job.entry.clone()).collect();
        for line in expectations.without_rom(&entries) {
            let subtest = line.subtest.as_deref().map_or(String::new(), |name| format!(" :: {name}"));
            terminal::say(format_args!("an expected failure matches no ROM: {}{subtest}", line.rom));
        }
    }
    let report = Report::new(args.engine.name(), outcomes, &expectations);
    if let Some(output) = junit {
        files::write(output, report.junit())?;
    }
    files::print(&if args.json { report.json() + "\n" } else { report.table() })?;
    if args.until.is_some() && report.ran_any() {
        return Ok(by_protocol(&report));
    }
    Ok(match (report.ran_any(), report.has_errors()) {
        (_, true) => ExitCode::FAILURE,
        (true, false) => ExitCode::SUCCESS,
        (false, false) => {
            terminal::say(format_args!("no ROM ran: {}", nothing(&report)));
            ExitCode::from(2)
        }
    })
}

/// The exit code of `--until`.
fn by_protocol(report: &Report) -> ExitCode {
    let outcomes = || report.results.iter().map(|(outcome, _)| outcome);
    if let (1, Some(Outcome { exit: Some(value), decided: true, .. })) = (report.results.len(), outcomes().next()) {
        return ExitCode::from(*value);
    }
    if report.results.iter().any(|(outcome, standing)| standing.is_error() && outcome.decided) {
        ExitCode::FAILURE
    } else if outcomes().any(|outcome| !outcome.decided) {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

/// Why no ROM ran.
fn nothing(report: &Report) -> &'static str {
    if report.results.is_empty() {
        "no ROM was found, or no path contains the text of --filter"
    } else {
        "every ROM was refused, see above"
    }
}

fn expectations(path: Option<&Path>) -> Result<Expectations, Error> {
    let Some(path) = path else { return Ok(Expectations::default()) };
    let content = files::read(path)?;
    let text = text::utf8(&content).ok_or_else(|| Error::file(path, "this is not UTF-8 text"))?;
    Expectations::parse(text).map_err(|error| Error::file(path, &error))
}

/// The ROMs to run, in the order of the manifest or of the paths.
fn jobs(args: &Args) -> Result<Vec<Job>, Error> {
    let mut jobs = match &args.manifest {
        Some(path) => manifest_jobs(&Manifest::load(path).map_err(|error| match error {
            ManifestError::Read { path, source } => Error::Read { path, source },
            error => Error::file(path, &error),
        })?),
        None => path_jobs(&args.paths).map_err(|source| Error::read(&args.paths[0], source))?,
    };
    if let Some(judge) = args.until {
        jobs.iter_mut().for_each(|job| job.entry = Entry::new(&*job.entry.path, judge, PROTOCOL_FRAMES));
    }
    if let Some(filter) = &args.filter {
        let filter = filter.to_lowercase();
        jobs.retain(|job| job.entry.path.to_lowercase().contains(&filter));
    }
    Ok(jobs)
}

/// Frames in which a program has to reach its verdict, as llvm_mos has it.
const PROTOCOL_FRAMES: u64 = 1000;

/// The code of `--image`, which is of one ROM.
fn code(jobs: &[Job], args: &Args, database: Option<&Database>) -> Result<Option<CodeStore>, Error> {
    if !args.image.is_on() {
        return Ok(None);
    }
    if jobs.iter().any(|job| job.file.as_os_str() == STDIN) {
        return Err(Error::Usage("--image needs a ROM in a file, not on standard input".to_owned()));
    }
    let [job] = jobs else {
        return Err(Error::Usage("--image is for one ROM: name it, or use --filter".to_owned()));
    };
    let rom = args
        .image
        .load(Rom::load_with(&job.file, database, args.headers.strict)?, args.engine != Engine::Interpreter)?;
    Ok(Some(rom.code().clone()))
}

fn judge_all(jobs: &[Job], args: &Args, code: Option<CodeStore>, database: Option<Database>) -> Vec<Outcome> {
    let machine = args.console.options(args.profile.options(args.engine_args.options(args.engine)));
    let machine = machine.render(!args.no_video);
    let options = Options { machine, frames: args.frames, code, database, strict: args.headers.strict };
    let threads = args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let done = AtomicUsize::new(0);
    let cache = if args.engine == Engine::Interpreter { None } else { args.cache.open() };
    // Standard input can be read once.
    let cacheable = |job: &Job| cache.is_some() && options.code.is_none() && job.file.as_os_str() != STDIN;
    let rom = |job: &Job| Rom::load_with(&job.file, options.database.as_ref(), options.strict).ok();
    let run = |job: &Job| match Some(job).filter(|job| cacheable(job)).and_then(rom) {
        None => run_job(job, &options),
        Some(rom) => {
            let (rom, warm) = Warm::start(|| cache.clone(), rom, &options.machine);
            let code = warm.is_some().then(|| rom.code().clone());
            let outcome = run_job(job, &Options { code, ..options.clone() });
            // It shares what was compiled.
            if let (Some(warm), Ok(machine)) = (warm, rom.machine(&options.machine)) {
                warm.finish(&machine);
            }
            outcome
        }
    };
    let outcomes = run_all_with(jobs, threads, |job| {
        let outcome = run(job);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        terminal::show(format_args!("{done} of {} ROMs", jobs.len()));
        outcome
    });
    terminal::show("");
    outcomes
}
