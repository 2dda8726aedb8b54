//! The window of `ricojit play`: picture, keyboard, sound, and a machine that runs in real time.
//!
//! ```text
//! main thread              machine thread                   audio thread
//! [display] - commands --> [player] -- samples, [sound] --> callback
//!    ^                        |  \
//!    +-- pictures by triple --+   +--> [save]: battery RAM to disk, on its own thread
//!        buffer ([handover]), messages
//! ```
//!
//! The machine thread owns the machine and runs each frame at its due time ([`pacing`]); no receiver of its output can
//! block it. minifb needs the main thread, the sound system has its own. All input from outside is a
//! [`player::Command`]. If the window fails, the machine thread sees the command channel close and saves.
//!
//! Floating point, clocks and threads stay outside of the machine: they do not affect its results.

pub(crate) mod config;
mod desktop;
mod display;
mod handover;
mod journal;
mod keys;
mod latch;
pub(crate) mod layout;
mod meter;
mod overlay;
mod pacing;
mod player;
mod save;
mod screenshot;
mod sound;
pub(crate) mod speed;
mod text;

use crate::error::Error;
use crate::folders::folders;
use crate::icon::Icon;
use crate::stop::Polled;
use config::Config;
use display::Display;
use journal::Journal;
use keys::Keyboard;
use layout::Layout;
use player::{Picture, Player};
use ricojit::Machine;
use ricojit::Palette;
use ricojit::SampleRate;
use ricojit::text::in_a_line;
use save::{Battery, SaveFile};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// The sample rate of the machine.
pub(crate) const SAMPLE_RATE: SampleRate = sound::SAMPLE_RATE;

/// What to play, and how.
pub(crate) struct Game {
    pub(crate) machine: Machine,
    /// The name of the game.
    pub(crate) title: String,
    /// The icon of the window, if there is one.
    pub(crate) icon: Option<Icon>,
    pub(crate) config: Config,
    pub(crate) palette: Palette,
    /// The .sav file, if the command line names one.
    pub(crate) save: Option<PathBuf>,
    /// Messages to show at the start.
    pub(crate) notes: Vec<String>,
    /// The file of the event log, for tests.
    pub(crate) journal: Option<PathBuf>,
}

/// A folder for data: as configured, otherwise in the user's data folder, otherwise in the current folder.
fn folder(configured: Option<&Path>, name: &str) -> PathBuf {
    let users = || folders().map_or_else(|| PathBuf::from("."), |folders| folders.data_dir().join(name));
    configured.map_or_else(users, Path::to_owned)
}

/// Plays until the user quits.
pub(crate) fn play(game: Game) -> Result<(), Error> {
    let Game { mut machine, title, icon, config, palette, save, notes, journal } = game;
    let journal = match &journal {
        Some(path) => Journal::create(path).map_err(|source| Error::write(path, source))?,
        None => Journal::default(),
    };
    let (messages, told) = mpsc::channel();
    let (commands, orders) = mpsc::channel();
    let (pictures, viewer) = handover::handover(Picture::default());
    // First of all: without a window there is nothing to do.
    let display = Display::open(display::Parts {
        title: format!("{} - Ricojit", in_a_line(&title)),
        icon,
        scale: config.scale,
        fullscreen: config.fullscreen,
        layout: Layout { pixels: config.pixels, overscan: config.overscan },
        keyboard: Keyboard::new(config.bindings.clone()),
        palette: palette.clone(),
        pictures: viewer,
        messages: told,
        commands,
        journal: journal.clone(),
    })?;
    for note in notes {
        // The receiver lives as long as the display.
        let _ = messages.send(note);
    }
    let file = match save {
        Some(path) => SaveFile::named(path),
        None => SaveFile::of(&folder(config.saves.as_deref(), "saves"), &title, machine.cartridge()),
    };
    // From here on there is a game to save.
    let _polled = Polled::start();
    let battery = Battery::load(file, &mut machine, config.save_every, &messages);
    let screenshots = folder(config.screenshots.as_deref(), "screenshots");
    let parts = player::Parts {
        machine,
        config,
        palette,
        pictures,
        messages,
        battery,
        screenshots,
        name: save::clean(&title),
        journal,
    };
    // Even if the display panics, the scope waits for the machine thread, which saves.
    std::thread::scope(|scope| {
        scope.spawn(move || Player::new(parts).run(&orders));
        display.run();
    });
    Ok(())
}
