//! Ricojit and `tetanes-core` behind one trait, and the ROMs they are compared on.
//!
//! Both make every picture (256 x 240 palette indices of 16 bits; no conversion to RGB, no filter) and mono sound at
//! 48,000 Hz (16-bit integers in Ricojit, 32-bit floats in tetanes-core), with RAM zeroed at power-on, without a battery file,
//! and with the input of `benches/pad.txt`. Ricojit uses the JIT, if it is built in.

use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::SampleRate;
use ricojit::frame::{HEIGHT, WIDTH};
use ricojit::input::movie::{Action, Movie, Player};
use ricojit::input::{Buttons, Pad, script};
use ricojit::{Engine, Options};
use std::hint::black_box;
use std::ops::Range;
use std::path::{Path, PathBuf};
use tetanes_core::control_deck::{Config, ControlDeck};
use tetanes_core::input::{JoypadBtn, Player as Port};
use tetanes_core::memory::RamState;

/// Frames of the warm-up, which fills caches and gets past the title screens.
pub(crate) const WARM_UP: u64 = 600;

/// A picture, row by row: the palette index in bits 0-5, emphasis above.
pub(crate) type Picture = [u16; WIDTH * HEIGHT];

/// An emulator with a ROM in it.
pub(crate) trait Emulator: Clone {
    /// The name.
    const NAME: &'static str;

    /// Powers on; fails if it cannot run the ROM.
    fn power_on(rom: &[u8]) -> Result<Self, String>;

    /// Sets the buttons of a pad.
    fn hold(&mut self, pad: Pad, buttons: Buttons);

    /// Runs a frame with picture and sound.
    fn run_frame(&mut self);

    /// The last picture.
    fn picture(&self) -> &Picture;

    /// The number of samples of the last frame.
    fn samples(&self) -> usize;

    /// Powers on and runs [`WARM_UP`] frames.
    fn warmed_up(rom: &[u8]) -> Result<Self, String> {
        let mut emulator = Self::power_on(rom)?;
        play(&mut emulator, 0..WARM_UP);
        Ok(emulator)
    }
}

/// Runs frames, counted from power-on, with their input; returns the number of samples.
pub(crate) fn play(emulator: &mut impl Emulator, frames: Range<u64>) -> usize {
    let movie = pads();
    let mut player = Player::new(&movie);
    // Apply the input before the first frame.
    player.due(frames.start.saturating_sub(1)).for_each(drop);
    let mut samples = 0;
    for frame in frames {
        for action in player.due(frame) {
            if let Action::Hold(pad, buttons) = action {
                emulator.hold(pad, buttons);
            }
        }
        emulator.run_frame();
        black_box(emulator.picture());
        samples += emulator.samples();
    }
    samples
}

fn pads() -> Movie {
    script::parse(include_bytes!("../pad.txt")).expect("our own script")
}

impl Emulator for Machine {
    const NAME: &'static str = "ricojit";

    fn power_on(rom: &[u8]) -> Result<Self, String> {
        #[cfg(feature = "jit")]
        let engine = Engine::Jit;
        #[cfg(not(feature = "jit"))]
        let engine = Engine::Interpreter;
        let options = Options::new().sample_rate(Some(SampleRate::Hz48000)).engine(engine);
        let cartridge = Cartridge::load(rom).map_err(|error| error.to_string())?;
        Machine::new(&cartridge, &options).map_err(|error| error.to_string())
    }

    fn hold(&mut self, pad: Pad, buttons: Buttons) {
        self.set_buttons(pad, buttons);
    }

    fn run_frame(&mut self) {
        Machine::run_frame(self);
    }

    fn picture(&self) -> &Picture {
        self.frame().pixels()
    }

    fn samples(&self) -> usize {
        Machine::samples(self).len()
    }
}

impl Emulator for ControlDeck {
    const NAME: &'static str = "tetanes-core";

    fn power_on(rom: &[u8]) -> Result<Self, String> {
        // The default sample rate is 48,000 Hz.
        let config = Config::default().with_ram_state(RamState::AllZeros).with_sram_dir(None);
        let mut deck = ControlDeck::with_config(config);
        deck.load_rom("rom", &mut &*rom).map_err(|error| error.to_string())?;
        Ok(deck)
    }

    fn hold(&mut self, pad: Pad, buttons: Buttons) {
        let joypad = self.joypad_mut(if pad == Pad::One { Port::One } else { Port::Two });
        BUTTONS.into_iter().for_each(|(ours, theirs)| joypad.set_button(theirs, buttons.contains(ours)));
    }

    fn run_frame(&mut self) {
        // It reports a jam as an error; no ROM here jams.
        let clocked = self.clock_frame().expect("the ROM runs");
        let _ = black_box(clocked);
    }

    fn picture(&self) -> &Picture {
        self.frame_buffer_raw()
    }

    fn samples(&self) -> usize {
        self.audio_samples().len()
    }
}

/// The buttons of each.
const BUTTONS: [(Buttons, JoypadBtn); 8] = [
    (Buttons::A, JoypadBtn::A),
    (Buttons::B, JoypadBtn::B),
    (Buttons::SELECT, JoypadBtn::Select),
    (Buttons::START, JoypadBtn::Start),
    (Buttons::UP, JoypadBtn::Up),
    (Buttons::DOWN, JoypadBtn::Down),
    (Buttons::LEFT, JoypadBtn::Left),
    (Buttons::RIGHT, JoypadBtn::Right),
];

/// A ROM and its name.
pub(crate) struct Rom {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The programs of `roms/`.
const EMBEDDED: [(&str, &[u8]); 5] = [
    ("demo", include_bytes!("../../roms/demo.nes")),
    ("cpu", include_bytes!("../../roms/cpu.nes")),
    ("sprites", include_bytes!("../../roms/sprites.nes")),
    ("banks", include_bytes!("../../roms/banks.nes")),
    ("pcm", include_bytes!("../../roms/pcm.nes")),
];

/// The homebrew games of the corpus, as far as they exist.
const GAMES: [&str; 7] =
    ["alter_ego", "assimilate", "blade_buster", "from_below", "mad_wizard", "owlia", "super_painter"];

/// The ROMs of the command line, or by default our programs and the games of the corpus.
pub(crate) fn roms() -> Vec<Rom> {
    let named: Vec<PathBuf> = std::env::args().skip(1).filter(|arg| arg.ends_with(".nes")).map(PathBuf::from).collect();
    if !named.is_empty() {
        return named
            .iter()
            .map(|path| open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
            .collect();
    }
    let embedded = EMBEDDED.map(|(name, bytes)| Rom { name: name.to_owned(), bytes: bytes.to_vec() });
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/roms");
    let corpus = std::env::var_os("RICOJIT_ROMS").map_or_else(default, PathBuf::from);
    let games = GAMES.iter().filter_map(|game| open(&corpus.join(format!("games/tetanes/{game}.nes"))).ok());
    embedded.into_iter().chain(games).collect()
}

fn open(path: &Path) -> std::io::Result<Rom> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Rom { name, bytes: std::fs::read(path)? })
}
