//! The command line of an executable that is one game: `play`, or with `--headless` `run`, without a ROM to name.

use super::image::Source;
use super::rom::Rom;
use super::run as headless;
use crate::error::Error;
#[cfg(feature = "window")]
use crate::icon::Icon;
use crate::standalone::Payload;
use crate::terminal;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use ricojit::Engine;
use ricojit::text::in_a_line;
use std::process::ExitCode;

/// The option that leaves out the window.
const HEADLESS: &str = "--headless";

const ABOUT: &str = "A NES game with the emulator that plays it, Ricojit, in one file";

/// What --help ends with.
const HELP: &str = "\
Without options the game opens a window; what it saves is in your data folder, under its name. With
--headless it runs without one and prints digests; --headless --help lists the options of that.

The game in this file belongs to its authors, the emulator is free software (MIT OR Apache-2.0). Pass
the file on only if the game's licence allows it.";

/// Plays or runs the game in a payload.
pub(crate) fn run(payload: &Payload<'static>) -> Result<ExitCode, Error> {
    let mut rom = Rom::from_bytes(&payload.title, payload.rom)?;
    let mut native = false;
    if !payload.image.is_empty() {
        match Source::of_program(&rom.cartridge, payload.image) {
            Ok(image) => (rom, native) = (rom.with_image(image), true),
            // An executable with the image of another host or version still plays.
            Err(problem) => terminal::say(format_args!("the game is interpreted: {problem}")),
        }
    }
    if std::env::args_os().any(|argument| argument == HEADLESS) {
        let matches = command::<headless::Args>(&payload.title, native).get_matches();
        return headless::run_rom(&parsed::<headless::Args>(&matches)?, rom);
    }
    play(payload, rom, native)
}

#[cfg(feature = "window")]
fn play(payload: &Payload<'static>, rom: Rom, native: bool) -> Result<ExitCode, Error> {
    use super::play;
    let matches = command::<play::Args>(&payload.title, native).get_matches();
    // The icon was checked when the executable was made.
    let played = play::play_rom(&parsed::<play::Args>(&matches)?, rom, Icon::read(payload.icon).ok());
    played.map_err(|error| match error {
        Error::Window { problem, .. } => Error::Window { problem, instead: HEADLESS },
        error => error,
    })
}

#[cfg(not(feature = "window"))]
fn play(payload: &Payload<'static>, _: Rom, native: bool) -> Result<ExitCode, Error> {
    // It answers --help and refuses what it does not know.
    command::<headless::Args>(&payload.title, native).get_matches();
    Err(Error::Usage(format!("this executable was built without a window: start it with {HEADLESS}")))
}

/// The options of a subcommand, but for those that name what is in the executable.
fn command<A: Args>(title: &str, native: bool) -> Command {
    let option = Arg::new("headless").long(&HEADLESS[2..]).action(ArgAction::SetTrue);
    let option = option.help("Run without a window at full speed, and print the time and digests");
    let command = A::augment_args(Command::new("game")).arg(option.display_order(0));
    // An image that is in the program needs no cache.
    let cache = if cfg!(feature = "jit") { &["cache", "no_cache"][..] } else { &[] };
    let hidden = ["rom", "image", "db", "strict"].iter().chain(cache);
    let hidden = hidden.fold(command, |command, id| command.mut_arg(id, |arg| arg.hide(true)));
    // Without a compiler, native code is that of the image alone.
    let hidden = match native && !Engine::Jit.is_built() {
        true => hidden.mut_arg("engine", |arg| arg.default_value(Engine::Aot.name())),
        false => hidden,
    };
    hidden
        .version(env!("CARGO_PKG_VERSION"))
        .about(format!("{}\n\n{ABOUT}", in_a_line(title)))
        .long_about(None)
        .after_help(HELP)
        .after_long_help(HELP)
}

/// The options, if none of them names another ROM.
fn parsed<A: Args + FromArgMatches>(matches: &ArgMatches) -> Result<A, Error> {
    for id in ["rom", "image", "db"] {
        if matches.contains_id(id) {
            return Err(Error::Usage("this executable has its game in it, and takes no other".to_owned()));
        }
    }
    A::from_arg_matches(matches).map_err(|error| Error::Usage(error.to_string()))
}
