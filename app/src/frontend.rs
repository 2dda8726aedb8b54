//! The front end of `ricojit play`: a window, a keyboard, sound, and a machine that runs in time.
//!
//! ```text
//! main thread            machine's thread                   device's thread
//! [window] -- commands --> [player] -- samples, [sound] --> callback
//!    ^                        |  \
//!    +-- pictures, three -----+   +--> [save]: battery RAM to disk, on a thread of its own
//!        places ([handover]), messages
//! ```
//!
//! The machine's thread owns the machine and runs a frame whenever its deadline comes ([`pacing`]); nobody it hands
//! something to can hold it up. minifb wants the main thread, sound wants its own. What comes in from outside
//! passes one place: [`player::Command`]. If the window fails in whatever way, the machine's thread sees its commands
//! end and saves.
//!
//! Nothing here reaches the machine's results: floating point, clocks and threads are on this side of it.

pub(crate) mod config;
mod fullscreen;
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
mod window;

use crate::error::Error;
use config::Config;
use directories::ProjectDirs;
use journal::Journal;
use keys::Keyboard;
use layout::Layout;
use player::{Picture, Player};
use ricojit::Machine;
use ricojit::Palette;
use ricojit::SampleRate;
use save::Battery;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use window::Window;

/// The rate at which the machine makes samples.
pub(crate) const SAMPLE_RATE: SampleRate = sound::SAMPLE_RATE;

/// What is to be played, and how.
pub(crate) struct Game {
    pub(crate) machine: Machine,
    /// What it is called: a path, or `demo`.
    pub(crate) name: String,
    pub(crate) config: Config,
    pub(crate) palette: Palette,
    /// The .sav file, if it was named.
    pub(crate) save: Option<PathBuf>,
    /// To be told to the player at the start.
    pub(crate) notes: Vec<String>,
    /// A log for tests.
    pub(crate) journal: Option<PathBuf>,
}

/// The folders of this program in the user's home; `None` if there is no home.
pub(crate) fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "ricojit")
}

/// A folder for data: the one that was configured, else one of the user's, else here.
fn folder(configured: Option<&Path>, name: &str) -> PathBuf {
    let users = || folders().map_or_else(|| PathBuf::from("."), |folders| folders.data_dir().join(name));
    configured.map_or_else(users, Path::to_owned)
}

/// Plays until the player has had enough.
pub(crate) fn play(game: Game) -> Result<(), Error> {
    let Game { mut machine, name, config, palette, save, notes, journal } = game;
    let journal = match &journal {
        Some(path) => Journal::create(path).map_err(|source| Error::write(path, source))?,
        None => Journal::default(),
    };
    let title = Path::new(&name).file_stem().map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into_owned());
    let (messages, told) = mpsc::channel();
    let (commands, orders) = mpsc::channel();
    let (pictures, viewer) = handover::handover(Picture::default());
    // Before anything is loaded or opened: without a window there is nothing to do.
    let window = Window::open(window::Parts {
        title: format!("{title} - Ricojit"),
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
        // The receiver is in the window.
        let _ = messages.send(note);
    }
    let path = save.unwrap_or_else(|| save::path_in(&folder(config.saves.as_deref(), "saves"), &name));
    let battery = Battery::load(&path, &mut machine, config.save_every, &messages);
    let screenshots = folder(config.screenshots.as_deref(), "screenshots");
    let parts =
        player::Parts { machine, config, palette, pictures, messages, battery, screenshots, name: title, journal };
    // Even if the window panics, the machine's thread is waited for: it saves.
    std::thread::scope(|scope| {
        scope.spawn(move || Player::new(parts).run(&orders));
        window.run();
    });
    Ok(())
}
