//! Consoles that are compared, ours and those in cores: the same hands on the pads, RGB pictures and samples out.

use super::libretro::Core;
use crate::cli::bench::subject::Sample;
use crate::cli::run::Screen;
use crate::cli::stopwatch::Stopwatch;
use ricojit::Buttons;
use ricojit::Machine;
use ricojit::input::movie::{Action, Movie, Player};
use std::collections::HashSet;
use std::hint::black_box;
use std::ops::Range;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// A console that is switched on.
pub(super) trait Console {
    /// What a player does.
    fn act(&mut self, action: Action);

    /// A frame; its picture and its samples are taken over.
    fn run_frame(&mut self);

    /// Whether [`Console::picture_digest`] and [`Console::update`] are wanted from the next frame on.
    fn keep(&mut self, keeping: bool);

    /// Digest of the last picture in RGB; none if there is none.
    fn picture_digest(&self) -> Option<u128>;

    /// Takes the samples of the last frame in.
    fn update(&self, samples: &mut Xxh3);

    /// What says that it is where it should be.
    fn end(&mut self) -> u128;

    /// Cycles of the CPU since power-on, where that can be had.
    fn cycle(&self) -> u64 {
        0
    }
}

/// Ours.
pub(super) struct Ours {
    pub(super) machine: Machine,
    /// Where pictures are delivered, if there are any.
    pub(super) screen: Option<Screen>,
}

impl Console for Ours {
    fn act(&mut self, action: Action) {
        match action {
            Action::Hold(pad, buttons) => self.machine.set_buttons(pad, buttons),
            Action::Reset => self.machine.reset(),
            Action::Power => self.machine.power(),
        }
    }

    fn run_frame(&mut self) {
        self.machine.run_frame();
        if let Some(screen) = &mut self.screen {
            screen.deliver(&self.machine);
        }
        black_box(self.machine.samples());
    }

    fn keep(&mut self, _: bool) {}

    fn picture_digest(&self) -> Option<u128> {
        self.screen.as_ref().map(|screen| match screen {
            Screen::Index => 0,
            Screen::Rgba(screen) => xxh3_128(screen.pixels().as_flattened()),
            Screen::Rgb565(screen) => {
                let bytes: Vec<u8> = screen.pixels().iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
                xxh3_128(&bytes)
            }
        })
    }

    fn update(&self, samples: &mut Xxh3) {
        self.machine.samples().iter().for_each(|sample| samples.update(&sample.to_le_bytes()));
    }

    fn end(&mut self) -> u128 {
        self.machine.state_hash()
    }

    fn cycle(&self) -> u64 {
        self.machine.cycle()
    }
}

/// Buttons by the bits that libretro has for them: B, Y, Select, Start, up, down, left, right, A. Nothing is on Y.
const BITS: [Buttons; 9] = [
    Buttons::B,
    Buttons::NONE,
    Buttons::SELECT,
    Buttons::START,
    Buttons::UP,
    Buttons::DOWN,
    Buttons::LEFT,
    Buttons::RIGHT,
    Buttons::A,
];

impl Console for Core {
    fn act(&mut self, action: Action) {
        match action {
            Action::Hold(pad, held) => {
                let bits = BITS.iter().enumerate().filter(|(_, button)| held.0 & button.0 != 0);
                self.hold(pad as usize, bits.fold(0, |bits, (bit, _)| bits | 1 << bit));
            }
            // Scripts with `power` are refused: cores have no such switch.
            Action::Reset | Action::Power => self.reset(),
        }
    }

    fn run_frame(&mut self) {
        Core::run_frame(self);
    }

    fn keep(&mut self, keeping: bool) {
        Core::keep(self, keeping);
    }

    fn picture_digest(&self) -> Option<u128> {
        self.picture(|picture| (!picture.is_empty()).then(|| xxh3_128(picture)))
    }

    fn update(&self, samples: &mut Xxh3) {
        self.take_samples(|taken| taken.iter().for_each(|sample| samples.update(&sample.to_le_bytes())));
    }

    /// Of one frame more: a core may show its state, but it need not be all of it, nor the same twice.
    fn end(&mut self) -> u128 {
        let mut hash = Xxh3::new();
        Console::keep(self, true);
        Console::run_frame(self);
        hash.update(&self.picture_digest().unwrap_or_default().to_le_bytes());
        self.update(&mut hash);
        hash.digest128()
    }
}

/// Frames in a row, with the actions that are due.
pub(super) fn play(console: &mut impl Console, player: &mut Player<'_>, frames: Range<u64>) {
    for frame in frames {
        player.due(frame).for_each(|action| console.act(action));
        console.run_frame();
    }
}

/// What came out of some frames in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Digests of all of them.
    pub(super) pictures: u128,
    pub(super) samples: u128,
    /// How many different pictures there were.
    pub(super) distinct: usize,
    /// See [`Console::end`].
    pub(super) end: u128,
}

/// Plays these frames from power-on and looks at everything that comes out.
pub(super) fn outcome(console: &mut impl Console, movie: &Movie, frames: &Range<u64>) -> Outcome {
    let mut player = Player::new(movie);
    play(console, &mut player, 0..frames.start);
    let (mut pictures, mut samples, mut seen) = (Xxh3::new(), Xxh3::new(), HashSet::new());
    console.keep(true);
    for frame in frames.clone() {
        play(console, &mut player, frame..frame + 1);
        let picture = console.picture_digest();
        pictures.update(&picture.unwrap_or_default().to_le_bytes());
        seen.extend(picture);
        console.update(&mut samples);
    }
    Outcome { pictures: pictures.digest128(), samples: samples.digest128(), distinct: seen.len(), end: console.end() }
}

/// Plays these frames from power-on and times them, on a watch that may have been running before.
pub(super) fn sample(console: &mut impl Console, movie: &Movie, frames: &Range<u64>, mut watch: Stopwatch) -> Sample {
    let mut player = Player::new(movie);
    play(console, &mut player, 0..frames.start);
    let before = console.cycle();
    watch.start();
    play(console, &mut player, frames.clone());
    watch.stop();
    let cycles = console.cycle() - before;
    Sample { cpu: watch.cpu, wall: watch.wall, cycles, end: console.end() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_has_its_bit() {
        let all = BITS.iter().fold(Buttons::NONE, |all, &button| all | button);
        assert_eq!(all, Buttons(0xFF));
        assert_eq!(BITS.iter().map(|button| button.0.count_ones()).sum::<u32>(), 8);
    }
}
