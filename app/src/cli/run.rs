//! `ricojit run`: runs a ROM without a window at full speed, and reports speed and digests.

mod battery;
mod cdl;
mod digest;
mod jit;
mod many;
mod outputs;
mod progress;
mod report;
mod request;
mod sound;
mod span;
mod states;

use super::console::ConsoleArgs;
use super::engine::{self, EngineArgs};
use super::headers::HeaderArgs;
use super::image::ImageArgs;
use super::profile::ProfileArgs;
use super::rom::Rom;
use super::stopwatch::Stopwatch;
use super::warm::{CacheArgs, Warm};
use crate::error::Error;
use crate::files::{self, Named};
use crate::names::{self, Running};
use crate::picture;
use crate::stop::{self, Polled};
use crate::terminal;
use battery::Battery;
use cdl::CdlArgs;
use digest::Digest;
use jit::{JitArgs, JitFiles};
use outputs::Outputs;
use progress::Progress;
use report::{Checkpoint, Report};
use request::Request;
use ricojit::Machine;
use ricojit::SampleRate;
use ricojit::input::movie::{Action, Movie, Player};
use ricojit::palette::{self, Palette};
use ricojit::recompiler::Statistics;
use ricojit::testing::verify;
use ricojit::{Engine, Options};
use span::Span;
use states::Loaded;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::ExitCode;

/// Run a ROM without a window, at full speed
///
/// Runs a number of frames and prints how long they took, and digests of all frames, of all
/// samples and of the final state. The same ROM, options and input give the same digests on
/// every host.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// A .nes file, also as .gz, or a .zip with one in it; - is standard input; default: the built-in demo
    rom: Option<PathBuf>,

    /// Frames to run (after --warmup) [default: to the end of an FM2 movie, otherwise 3000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    frames: Option<u64>,

    /// Frames to run before timing, digests and sound start; input and screenshots count them
    #[arg(long, value_name = "N", default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(..=u64::from(u32::MAX)))]
    warmup: u64,

    /// The CPU engine: interp, jit, aot (compiled before the run, in memory unless there is an --image), or verify
    /// (interp and another one in lockstep, up to the first difference)
    #[arg(long, value_name = "NAME", default_value = names::DEFAULT_ENGINE, value_parser = names::running)]
    engine: Running,

    /// With --engine verify: the other engine, jit or aot [default: jit]
    #[arg(long, value_name = "NAME", value_parser = names::compared_engine)]
    against: Option<Engine>,

    #[command(flatten)]
    image: ImageArgs,

    #[command(flatten)]
    cache: CacheArgs,

    /// An input script or an FM2 movie; with --instances, one for all machines or one for each
    #[arg(long, value_name = "FILE")]
    input: Vec<PathBuf>,

    /// Run this many machines, which share the ROM and the compiled code
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), conflicts_with_all =
        ["screenshot", "wav", "save", "save_state", "hash_every", "jit_log", "jit_replay", "perf_map"])]
    instances: Option<u16>,

    /// Threads that run them [default: one per CPU]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..), requires = "instances")]
    threads: Option<u16>,

    /// Do not render pictures; nothing else changes
    #[arg(long, conflicts_with_all = ["screenshot", "pixels", "palette"])]
    no_video: bool,

    /// Render only every Nth picture, and those of screenshots; the digest covers every Nth
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "no_video",
        value_parser = clap::value_parser!(u64).range(1..))]
    render_every: u64,

    /// Do not synthesize sound
    #[arg(long, conflicts_with_all = ["wav", "sample_rate"])]
    no_audio: bool,

    /// Write a PNG of the last frame, or of frame FRAME, counted from 1 at power-on; may be repeated
    #[arg(long, value_name = "FILE[@FRAME]", value_parser = request::parser())]
    screenshot: Vec<Request>,

    /// Write the sound as WAV, 16 bits, mono
    #[arg(long, value_name = "FILE")]
    wav: Option<PathBuf>,

    /// Colours from a .pal file: 64 or 512, as bytes or as JASC text [default: computed from the voltages of a 2C02G]
    #[arg(long, value_name = "FILE.pal")]
    palette: Option<PathBuf>,

    /// The format in which frames are delivered, which is timed: index, rgb565 or rgba
    #[arg(long, value_enum, default_value_t = Pixels::Index)]
    pixels: Pixels,

    /// Samples per second: 44100, 48000 or 96000
    #[arg(long, value_name = "HZ", default_value = "44100", value_parser = names::sample_rate)]
    sample_rate: SampleRate,

    /// Load battery RAM from this file if it exists, and write it back at the end
    #[arg(long, value_name = "FILE.sav")]
    save: Option<PathBuf>,

    /// Write the state after the last frame, or after frame FRAME, counted from 1 at power-on; may be repeated
    #[arg(long, value_name = "FILE[@FRAME]", value_parser = request::parser())]
    save_state: Vec<Request>,

    /// Begin with a saved state; frames, scripts and movies go on from its frame. Its battery RAM
    /// counts, not that of --save, of which a copy is kept in FILE.sav.bak
    #[arg(long, value_name = "FILE")]
    load_state: Option<PathBuf>,

    /// Print the digest of the state after every N frames
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    hash_every: Option<u64>,

    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    headers: HeaderArgs,

    #[command(flatten)]
    console: ConsoleArgs,

    #[command(flatten)]
    profile: ProfileArgs,

    #[command(flatten)]
    cdl: CdlArgs,

    #[command(flatten)]
    jit: JitArgs,

    #[command(flatten)]
    engine_args: EngineArgs,
}

const HELP: &str = "\
Examples:
  ricojit run
      Runs the built-in demo for 3000 frames and prints how fast that was.
  ricojit run game.nes --frames 600 --screenshot game.png --wav game.wav
      Runs ten seconds; writes the last picture and the sound.
  ricojit run game.nes --engine verify --jit-threshold 0
      Runs the interpreter and the recompiler in lockstep and prints the first difference.
  ricojit run game.nes --engine verify --against aot
      The same with the whole ROM compiled before the run.
  ricojit run game.nes --input keys.txt --profile-out game.profile
      Plays an input script, and counts how often each piece of code is entered.
  ricojit run game.nes --input keys.txt --cdl game.cdl --cdl-merge
      Adds what the run uses to a code/data log, as FCEUX and Mesen read it.
  ricojit run game.nes --input keys.txt --screenshot title.png@60 --screenshot end.png --json
      Plays an input script; writes two pictures and one JSON object.
  ricojit run game.nes --frames 600 --save-state game.state --save-state early.state@60
      Writes the state after the last frame, and the one after frame 60.
  ricojit run game.nes --load-state game.state --frames 600 --input keys.txt
      Runs frames 601 to 1200; the script goes on as if it had been played from the beginning.
  ricojit run game.nes --instances 8 --threads 2 --no-video --no-audio
      Runs eight machines; prints the total frames per second and the memory of a machine.
  ricojit run game.nes --instances 2 --input one.txt --input two.txt
      Runs two machines, each with its own script.

Input scripts have one event per line, frames count from 0 at power-on:
  120 1 start+a     # pad 1 holds Start and A from frame 120 on
  126 1 -           # pad 1 holds nothing from frame 126 on
  600 reset         # or power
  900 loop          # start over: frame 900 is like frame 0
Buttons: a, b, select, start, up, down, left, right.

Exit codes: 0 success, 1 failure (a message on standard error) or a difference, 2 usage error,
129, 130 or 143 if SIGHUP, SIGINT or SIGTERM ended it; battery RAM is then saved as it is.";

/// `--pixels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Pixels {
    /// Palette indices with emphasis bits, as the PPU outputs them
    Index,
    /// 16 bits
    Rgb565,
    /// 32 bits
    Rgba,
}

impl Args {
    /// The engine that is compared with the interpreter, if one is.
    fn compared(&self) -> Option<Engine> {
        (self.running() == Running::Verify).then_some(self.against.unwrap_or(Engine::Jit))
    }

    /// The engine: that of `--engine`, but a code/data log is made by the interpreter.
    fn running(&self) -> Running {
        if self.cdl.is_on() { Running::On(Engine::Interpreter) } else { self.engine }
    }
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    run_rom(args, Rom::load(args.rom.as_deref(), &args.headers)?)
}

/// Runs a ROM.
pub(super) fn run_rom(args: &Args, rom: Rom) -> Result<ExitCode, Error> {
    check_files(args, &rom)?;
    if args.against.is_some() && args.compared().is_none() {
        return Err(Error::Usage("--against is for --engine verify".to_owned()));
    }
    let rom = args.jit.replay(args.image.load(rom, has_recompiler(args))?)?;
    let movies = movies(args)?;
    let none = Movie::default();
    let movie = movies.first().unwrap_or(&none);
    rom.say_doubts();
    let (rom, warm) = cached(args, rom, movie);
    if let Some(instances) = args.instances {
        return many::run(args, &rom, &movies, instances, warm);
    }
    let mut machine = rom.machine(&options(args, movie))?;
    let loaded = Loaded::read(args)?;
    loaded.iter().try_for_each(|state| state.into(&mut machine))?;
    let span = Span::new(args, movie, &machine)?;
    let battery = args.save.as_deref().map(|path| Battery::load(path, &mut machine, loaded.is_some())).transpose()?;
    let mut compared = args.compared().map(|engine| on_engine(&machine, engine, &rom)).transpose()?;
    let jit_files = JitFiles::open(args)?;
    let mut profiling = args.profile.open(has_recompiler(args))?;
    let warned = engine::warn(compared.as_ref().unwrap_or(&machine));
    let outputs = Outputs::open(args, span, &machine)?;

    let polled = Polled::start();
    let played = play(args, movie, &mut machine, &mut compared, span, outputs);
    let compiling = compared.as_ref().unwrap_or(&machine);
    if !warned {
        engine::warn(compiling);
    }
    // Before anything that can fail; but what differs is no game to go on with.
    let saved = match battery.filter(|_| !matches!(played, Err(Stop::Difference(_)))) {
        Some(battery) => battery.save(&machine),
        None => Ok(()),
    };
    drop(polled);
    if let (Some(signal), Err(Stop::Signal | Stop::Error(_))) = (stop::signal(), &played) {
        terminal::say(format_args!("ended by signal {signal} after frame {}", machine.frames()));
        return saved.map(|()| ExitCode::FAILURE);
    }
    let written = jit_files.write(compiling).and_then(|()| {
        profiling.add_machine(compiling);
        profiling.write()
    });
    let played = match played {
        Err(Stop::Difference(difference)) => {
            written?;
            files::print(&difference.to_string())?;
            return Ok(ExitCode::FAILURE);
        }
        Err(Stop::Error(error)) => {
            // One error is returned, the others are said.
            saved.err().into_iter().chain(written.err()).for_each(terminal::say);
            return Err(error);
        }
        Err(Stop::Signal) => return Ok(ExitCode::FAILURE),
        Ok(played) => played,
    };
    saved?;
    written?;
    Report::new(args, &rom, span, &played, &mut machine).print(args.json)?;
    if let Some(warm) = warm {
        warm.finish(compared.as_ref().unwrap_or(&machine));
    }
    Ok(ExitCode::SUCCESS)
}

/// The ROM with the code of the cache, if that is used.
fn cached(args: &Args, rom: Rom, movie: &Movie) -> (Rom, Option<Warm>) {
    if args.jit.is_on() || !has_recompiler(args) {
        return (rom, None);
    }
    let options = options(args, movie);
    let engine = args.compared().unwrap_or(options.engine);
    Warm::start(|| args.cache.open(), rom, &options.engine(engine))
}

/// Whether the machines, or those of the other engine, have a recompiler.
fn has_recompiler(args: &Args) -> bool {
    args.running() != Running::On(Engine::Interpreter)
}

/// A clone of the machine that another engine runs.
fn on_engine(machine: &Machine, engine: Engine, rom: &Rom) -> Result<Machine, Error> {
    let clone = machine.with_engine(engine, machine.options().jit);
    clone.map_err(|source| Error::machine(rom.place(), source))
}

/// Fails if an output is also another file of the command.
fn check_files(args: &Args, rom: &Rom) -> Result<(), Error> {
    fn named<'a>(name: &'static str, paths: impl IntoIterator<Item = &'a PathBuf>) -> impl Iterator<Item = Named<'a>> {
        paths.into_iter().map(move |path| (name, path.as_path()))
    }
    let inputs = rom.path().map(|path| ("the ROM", path)).into_iter();
    let inputs = inputs.chain(named("--input", &args.input)).chain(named("--palette", &args.palette));
    let inputs = inputs.chain(named("--jit-replay", args.jit.replay_path()));
    let inputs =
        inputs.chain(named("--load-state", &args.load_state)).chain(args.image.named()).chain(args.headers.named());
    let outputs = named("--screenshot", args.screenshot.iter().map(Request::path)).chain(named("--wav", &args.wav));
    let outputs = outputs.chain(named("--save-state", args.save_state.iter().map(Request::path)));
    let outputs = outputs.chain(named("--save", &args.save)).chain(named("--jit-log", args.jit.log_path()));
    let outputs = outputs.chain(args.profile.named()).chain(args.cdl.named());
    files::check_distinct(&inputs.collect::<Vec<_>>(), &outputs.collect::<Vec<_>>())
}

/// The movies to play: none, one for all machines, or one for each.
fn movies(args: &Args) -> Result<Vec<Movie>, Error> {
    let (given, machines) = (args.input.len(), args.instances.map_or(1, usize::from));
    if given > 1 && given != machines {
        let machines = many::several(machines, "machine");
        let problem = format!("there are {given} --input for {machines}: give one for all, or one for each");
        return Err(Error::Usage(problem));
    }
    let movie =
        |path: &PathBuf| Movie::from_file(path, &files::read(path)?).map_err(|problem| Error::file(path, &problem));
    args.input.iter().map(movie).collect()
}

fn options(args: &Args, movie: &Movie) -> Options {
    let engine = match args.running() {
        Running::On(engine) => engine,
        Running::Verify => Engine::Interpreter,
    };
    args.console
        .options(args.profile.options(args.engine_args.options(engine)))
        .region(args.console.region.forced().or(movie.region()))
        .sample_rate((!args.no_audio).then_some(args.sample_rate))
        .render(!args.no_video)
}

/// The colours of delivered frames and screenshots.
fn palette(args: &Args) -> Result<Palette, Error> {
    match &args.palette {
        Some(path) => picture::read_palette(path),
        None => Ok(Palette::default()),
    }
}

/// The result of a run.
struct Played {
    time: Stopwatch,
    digest: Digest,
    checkpoints: Vec<Checkpoint>,
    jit: Option<Statistics>,
}

/// Why a run ends early.
enum Stop {
    Error(Error),
    /// A signal asks the program to end.
    Signal,
    /// The engines of `--engine verify` differ.
    Difference(Box<verify::Difference>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Runs the frames, in lockstep with `compared` if there is one, and writes the outputs.
fn play(
    args: &Args,
    movie: &Movie,
    machine: &mut Machine,
    compared: &mut Option<Machine>,
    span: Span,
    mut outputs: Outputs,
) -> Result<Played, Stop> {
    let mut warm = Statistics::default();
    let mut player = Player::new(movie);
    for action in player.seek(span.start) {
        act(machine, action);
        compared.iter_mut().for_each(|compared| act(compared, action));
    }
    let mut screen = Screen::new(args.pixels, &outputs.palette);
    let mut progress = Progress::new(span.length());
    let mut played = Played {
        time: Stopwatch::default(),
        digest: Digest::new(!args.no_video, !args.no_audio),
        checkpoints: Vec::new(),
        jit: None,
    };
    for done in span.start + 1..=span.last {
        if stop::signal().is_some() {
            progress.clear();
            return Err(Stop::Signal);
        }
        for action in player.due(done - 1) {
            act(machine, action);
            compared.iter_mut().for_each(|compared| act(compared, action));
        }
        let due = !args.no_video && done.is_multiple_of(args.render_every);
        let drawn = due || outputs.wants_picture(done);
        machine.set_render(drawn);
        compared.iter_mut().for_each(|compared| compared.set_render(drawn));
        played.time.start();
        match compared {
            None => outputs.run_frame(machine),
            Some(compared) => verify::run_frame(machine, compared).map_err(Stop::Difference)?,
        }
        if due {
            screen.deliver(machine);
        }
        played.time.stop();

        progress.show(done - span.start);
        outputs.take_frame(done, machine)?;
        if done <= span.warm {
            played.time = Stopwatch::default();
            warm = compared
                .as_ref()
                .unwrap_or(machine)
                .recompiler()
                .map(|recompiler| recompiler.statistics())
                .unwrap_or_default();
            continue;
        }
        played.digest.take(machine, due);
        outputs.take_sound(machine)?;
        if args.hash_every.is_some_and(|every| (done - span.warm).is_multiple_of(every)) {
            let checkpoint = Checkpoint::new(done, machine.state_hash());
            progress.clear();
            checkpoint.print(args.json)?;
            played.checkpoints.push(checkpoint);
        }
    }
    progress.clear();
    outputs.finish()?;
    played.jit = compared
        .as_ref()
        .unwrap_or(machine)
        .recompiler()
        .map(|recompiler| recompiler.statistics())
        .map(|all| all.since(&warm));
    Ok(played)
}

/// Does what is due to a machine.
pub(crate) fn act(machine: &mut Machine, action: Action) {
    match action {
        Action::Hold(pad, buttons) => machine.set_buttons(pad, buttons),
        Action::Reset => machine.reset(),
        Action::Power => machine.power(),
    }
}

/// Delivers frames in the format that a consumer would ask for.
pub(crate) enum Screen {
    Index,
    Rgb565(palette::Screen<u16>),
    Rgba(palette::Screen<[u8; 4]>),
}

impl Screen {
    pub(crate) fn new(pixels: Pixels, palette: &Palette) -> Self {
        match pixels {
            Pixels::Index => Self::Index,
            Pixels::Rgb565 => Self::Rgb565(palette::Screen::new(palette.clone())),
            Pixels::Rgba => Self::Rgba(palette::Screen::new(palette.clone())),
        }
    }

    pub(crate) fn deliver(&mut self, machine: &Machine) {
        // The pixels are not used: keep the compiler from removing the conversion.
        match self {
            Self::Index => _ = black_box(machine.frame().pixels()),
            Self::Rgb565(screen) => _ = black_box(screen.show(machine.frame())),
            Self::Rgba(screen) => _ = black_box(screen.show(machine.frame())),
        }
    }
}
