//! `ricojit play`: the window.

use super::console::ConsoleArgs;
use super::headers::HeaderArgs;
use super::image::ImageArgs;
use super::profile::ProfileArgs;
use super::rom::Rom;
use super::warm::CacheArgs;
#[cfg(feature = "jit")]
use super::warm::{Keeper, Warm};
use crate::error::Error;
use crate::files;
use crate::icon::Icon;
use crate::window::config::{self, Config};
use crate::window::layout::{Overscan, Pixels};
use crate::window::speed::Speed;
use crate::window::{self, Game};
use crate::{names, picture, terminal};
use ricojit::Palette;
use ricojit::recompiler::Statistics;
use ricojit::text;
use ricojit::{Engine, Machine, Options};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Play a ROM in a window
///
/// Keys: arrows, X (A), Z (B), Enter (Start), Right Shift (Select); Tab fast-forward, Esc pause,
/// F12 screenshot, F11 full screen, F10 statistics, Ctrl-Q quit. The README lists all of them.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// A .nes file, also as .gz, or a .zip with one in it; - is standard input; default: the built-in demo
    rom: Option<PathBuf>,

    /// The size of a pixel in the window, 1 to 16 [default: 3]
    #[arg(long, value_name = "N", value_parser = scale)]
    scale: Option<f64>,

    /// The pixel aspect ratio: square or 8:7 [default: square]
    #[arg(long, value_name = "RATIO", value_parser = Pixels::parse)]
    pixels: Option<Pixels>,

    /// Rows to hide at the top and bottom, as a television does [default: 0]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u8).range(..=64))]
    overscan: Option<u8>,

    /// Start in full screen
    #[arg(short, long)]
    fullscreen: bool,

    /// The speed: a factor from 0.25 to 16, or unlimited [default: 1]
    #[arg(short = 'x', long, value_name = "FACTOR", value_parser = Speed::parse)]
    speed: Option<Speed>,

    /// No sound
    #[arg(short, long)]
    silent: bool,

    /// The CPU engine: interp, jit, or aot (compiled before the game starts) [default: jit]
    #[arg(long, value_name = "NAME", value_parser = names::engine)]
    engine: Option<Engine>,

    /// Colours from a .pal file: 64 or 512, as bytes or as JASC text
    #[arg(long, value_name = "FILE.pal")]
    palette: Option<PathBuf>,

    /// The battery RAM file [default: in the user's data folder, by the name and the hash of the ROM]
    #[arg(long, value_name = "FILE.sav")]
    save: Option<PathBuf>,

    /// The settings file [default: config.toml in the user's settings folder, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Write a settings file with all defaults, print its path, and exit
    #[arg(long)]
    write_config: bool,

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

    /// Use X11 even under Wayland
    #[arg(long)]
    x11: bool,

    /// Write a log of events, for tests
    #[arg(long, value_name = "FILE", hide = true)]
    journal: Option<PathBuf>,
}

const HELP: &str = "\
Examples:
  ricojit play
      The built-in demo.
  ricojit play game.nes --pixels 8:7 --overscan 8 --fullscreen
      As on a television.
  ricojit play --write-config
      Writes a settings file that explains every key and option.

The command line overrides the settings file. Exit codes: 0 success, 1 failure (a message on
standard error; without a display, use `ricojit run`), 2 usage error, 129, 130 or 143 if SIGHUP,
SIGINT or SIGTERM ended the game, which is then saved.";

fn scale(word: &str) -> Result<f64, String> {
    let scale = word.parse().ok().filter(|scale| (1.0..=16.0).contains(scale));
    scale.ok_or_else(|| "expected a number from 1 to 16".to_owned())
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    if args.write_config {
        return write_config(args);
    }
    if args.x11 && std::env::var_os("WAYLAND_DISPLAY").is_some() {
        return without_wayland();
    }
    play_rom(args, Rom::load(args.rom.as_deref(), &args.headers)?, None)
}

/// Plays a ROM in a window with an icon.
pub(super) fn play_rom(args: &Args, rom: Rom, icon: Option<Icon>) -> Result<ExitCode, Error> {
    let inputs = rom.path().map(|path| ("the ROM", path)).into_iter();
    let inputs = inputs.chain(args.palette.iter().map(|path| ("--palette", path.as_path())));
    let inputs = inputs.chain(args.config.iter().map(|path| ("--config", path.as_path())));
    let inputs = inputs.chain(args.image.named()).chain(args.headers.named());
    let outputs = args.save.iter().map(|path| ("--save", path.as_path())).chain(args.profile.named());
    let outputs = outputs.chain(args.journal.iter().map(|path| ("--journal", path.as_path())));
    files::check_distinct(&inputs.collect::<Vec<_>>(), &outputs.collect::<Vec<_>>())?;
    let (config, mut notes) = configure(args)?;
    let rom = args.image.load(rom, config.engine != Engine::Interpreter)?;
    let options = args.console.options(Options::new()).start(config.start);
    let options = options.sample_rate(Some(window::SAMPLE_RATE)).engine(config.engine);
    let options = args.profile.options(options);
    #[cfg(feature = "jit")]
    let (rom, warm) = Warm::start(|| args.cache.open_in_window(config.cache), rom, &options);
    let machine = rom.machine(&options)?;
    rom.say_doubts();
    notes.extend(rom.cartridge.doubts().iter().cloned());
    notes.extend(compiled(&machine));
    let mut profiling = args.profile.open(config.engine != Engine::Interpreter)?;
    let palette = match &config.palette {
        Some(path) => picture::read_palette(path)?,
        None => Palette::default(),
    };
    let (save, journal) = (args.save.clone(), args.journal.clone());
    if let Some(path) = save.as_ref().filter(|path| machine.battery().is_some() && may_exist(path)) {
        // What could not be saved should not be played.
        drop(files::Output::create(path)?);
    }
    // A clone shares what is counted.
    let counted = machine.clone();
    #[cfg(feature = "jit")]
    let keeper = warm.and_then(|warm| Keeper::start(warm, counted.clone()));
    window::play(Game { machine, title: rom.title(), icon, config, palette, save, notes, journal })?;
    #[cfg(feature = "jit")]
    if let Some(keeper) = keeper {
        keeper.finish();
    }
    profiling.add_machine(&counted);
    profiling.write()?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the folder of a file exists. A missing one is made when the game is saved.
fn may_exist(path: &Path) -> bool {
    path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.exists())
}

/// What was compiled before the game starts, and how long that took.
fn compiled(machine: &Machine) -> Option<String> {
    let Statistics { image_regions, compile_nanos, .. } = machine.recompiler()?.statistics();
    (machine.options().engine == Engine::Aot && compile_nanos > 0)
        .then(|| format!("{image_regions} regions compiled in {:.0} ms", compile_nanos as f64 / 1e6))
}

/// The settings file, overridden by the command line; and the problems found in the file.
fn configure(args: &Args) -> Result<(Config, Vec<String>), Error> {
    let (mut config, notes) = match config_file(args)? {
        Some((path, text)) => read_config(&path, &text),
        None => (Config::default(), Vec::new()),
    };
    config.scale = args.scale.unwrap_or(config.scale);
    config.pixels = args.pixels.unwrap_or(config.pixels);
    if let Some(rows) = args.overscan {
        config.overscan = Overscan { rows, ..config.overscan };
    }
    config.fullscreen |= args.fullscreen;
    config.speed = args.speed.unwrap_or(config.speed);
    config.sound &= !args.silent;
    config.engine = args.engine.unwrap_or(config.engine);
    config.start = args.console.start.unwrap_or(config.start);
    config.palette = args.palette.clone().or(config.palette);
    Ok((config, notes))
}

/// The settings file and its text. A file named on the command line must exist.
fn config_file(args: &Args) -> Result<Option<(PathBuf, String)>, Error> {
    let path = match (&args.config, default_config()) {
        (Some(path), _) => path.clone(),
        (None, Some(path)) if path.exists() => path,
        _ => return Ok(None),
    };
    let text = String::from_utf8_lossy(ricojit::text::content(&files::read(&path)?)).into_owned();
    Ok(Some((path, text)))
}

fn default_config() -> Option<PathBuf> {
    crate::folders::settings()
}

fn read_config(path: &Path, text: &str) -> (Config, Vec<String>) {
    let (config, problems) = config::parse(text);
    let mut notes = Vec::new();
    for problem in problems {
        let note = format!("line {}: {}", problem.line, problem.text);
        terminal::say(format_args!("{}, {note}", text::path(path)));
        notes.push(format!("settings, {note}"));
    }
    (config, notes)
}

/// Writes a settings file. An existing one is an error.
fn write_config(args: &Args) -> Result<ExitCode, Error> {
    let path = args.config.clone().or_else(default_config);
    let path = path.ok_or_else(|| Error::Usage("there is no home folder: name a file with --config".to_owned()))?;
    if path.exists() {
        return Err(Error::file(&path, "the file exists: delete it, or name another with --config"));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| Error::write(&path, source))?;
    }
    let output = files::Output::create(&path)?;
    files::write(output, config::template())?;
    files::print(&format!("{}\n", text::path(path)))?;
    Ok(ExitCode::SUCCESS)
}

/// Restarts the program in an environment without Wayland, which minifb would prefer.
#[cfg(unix)]
fn without_wayland() -> Result<ExitCode, Error> {
    use std::os::unix::process::CommandExt;
    let program = std::env::current_exe().map_err(|source| Error::read(Path::new("this program"), source))?;
    let mut again = std::process::Command::new(&program);
    again.args(std::env::args_os().skip(1)).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    Err(Error::read(&program, again.exec()))
}

/// Wayland exists only on Unix.
#[cfg(not(unix))]
fn without_wayland() -> Result<ExitCode, Error> {
    Err(Error::Usage("--x11 is for systems with Wayland".to_owned()))
}
