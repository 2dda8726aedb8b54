//! The emulators of a comparison behind one trait: input goes in, RGB pictures and samples come out.

use super::libretro::Core;
use crate::cli::bench::subject::Sample;
use crate::cli::run::{Screen, act};
use crate::cli::stopwatch::Stopwatch;
use ricojit::Buttons;
use ricojit::Machine;
use ricojit::input::movie::{Action, Movie, Player};
use std::collections::HashSet;
use std::hint::black_box;
use std::ops::Range;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// An emulated console, powered on.
pub(super) trait Console {
    /// Applies an input event.
    fn act(&mut self, action: Action);

    /// Runs a frame and takes its picture and samples.
    fn run_frame(&mut self);

    /// Whether [`Console::picture_digest`] and [`Console::update`] are needed from the next frame on.
    fn keep(&mut self, keeping: bool);

    /// The digest of the last picture in RGB, if there is one.
    fn picture_digest(&self) -> Option<u128>;

    /// Adds the samples of the last frame to a hash.
    fn update(&self, samples: &mut Xxh3);

    /// A hash that proves that the work was done.
    fn end(&mut self) -> u128;

    /// CPU cycles since power-on; 0 if they are not known.
    fn cycle(&self) -> u64 {
        0
    }
}

/// Ricojit.
pub(super) struct Ours {
    pub(super) machine: Machine,
    /// Where pictures are converted to; `None` if there are none.
    pub(super) screen: Option<Screen>,
}

impl Console for Ours {
    fn act(&mut self, action: Action) {
        act(&mut self.machine, action);
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

/// The buttons in the order of their bits in libretro: B, Y, Select, Start, up, down, left, right, A. There is no Y.
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
            // Scripts with `power` are refused: cores have no power switch.
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

    /// The hash of one more frame: a core may save its state, but that need not be complete, nor the same twice.
    fn end(&mut self) -> u128 {
        let mut hash = Xxh3::new();
        Console::keep(self, true);
        Console::run_frame(self);
        hash.update(&self.picture_digest().unwrap_or_default().to_le_bytes());
        self.update(&mut hash);
        hash.digest128()
    }
}

/// Runs consecutive frames with the input that is due.
pub(super) fn play(console: &mut impl Console, player: &mut Player<'_>, frames: Range<u64>) {
    for frame in frames {
        player.due(frame).for_each(|action| console.act(action));
        console.run_frame();
    }
}

/// The results of consecutive frames.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The digest of all pictures.
    pub(super) pictures: u128,
    pub(super) samples: u128,
    /// How many pictures were different.
    pub(super) distinct: usize,
    /// See [`Console::end`].
    pub(super) end: u128,
}

impl Outcome {
    /// The digest of everything.
    pub(super) fn digest(&self) -> u128 {
        let mut all = Xxh3::new();
        [self.pictures, self.samples, self.end].iter().for_each(|part| all.update(&part.to_le_bytes()));
        all.digest128()
    }
}

/// Runs up to and including these frames from power-on, and hashes their results.
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

/// Runs from power-on to the end of the last window, and times each window. They may overlap. `watch` has measured the
/// power-on, which is part of the windows that begin with it.
pub(super) fn samples(
    console: &mut impl Console,
    movie: &Movie,
    windows: &[Range<u64>],
    mut watch: Stopwatch,
) -> Vec<Sample> {
    let mut player = Player::new(movie);
    let mut cuts: Vec<u64> = windows.iter().flat_map(|window| [window.start, window.end]).collect();
    cuts.sort_unstable();
    let mut frame = 0;
    let mut readings = vec![(0, Stopwatch::default(), 0)];
    for cut in cuts.into_iter().filter(|&cut| cut > 0) {
        watch.start();
        play(console, &mut player, frame..cut);
        watch.stop();
        readings.push((cut, watch.clone(), console.cycle()));
        frame = cut;
    }
    let end = console.end();
    let at = |frame| readings.iter().find(|reading| reading.0 == frame).expect("a reading at each end of a window");
    let sample = |window: &Range<u64>| {
        let ((_, from, first), (_, to, last)) = (at(window.start), at(window.end));
        Sample { cpu: to.cpu - from.cpu, wall: to.wall - from.wall, cycles: last - first, end }
    };
    windows.iter().map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_button_has_its_bit() {
        let all = BITS.iter().fold(Buttons::NONE, |all, &button| all | button);
        assert_eq!(all, Buttons(0xFF));
        assert_eq!(BITS.iter().map(|button| button.0.count_ones()).sum::<u32>(), 8);
    }

    /// Counts frames; each takes ten cycles.
    #[derive(Default)]
    struct Counter {
        frames: u64,
    }

    impl Console for Counter {
        fn act(&mut self, _: Action) {}
        fn run_frame(&mut self) {
            self.frames += 1;
        }
        fn keep(&mut self, _: bool) {}
        fn picture_digest(&self) -> Option<u128> {
            None
        }
        fn update(&self, _: &mut Xxh3) {}
        fn end(&mut self) -> u128 {
            self.frames.into()
        }
        fn cycle(&self) -> u64 {
            self.frames * 10
        }
    }

    #[test]
    fn windows_of_one_run_may_overlap() {
        let windows = [2..6, 0..3, 3..5];
        let second = Duration::from_secs(1);
        let mut power_on = Stopwatch::default();
        (power_on.cpu, power_on.wall) = (second, second);
        let samples = samples(&mut Counter::default(), &Movie::default(), &windows, power_on);
        assert_eq!(samples.iter().map(|sample| sample.cycles).collect::<Vec<_>>(), [40, 30, 20]);
        assert!(samples.iter().all(|sample| sample.end == 6), "one run to the last end: {samples:?}");
        let power_ons = samples.iter().map(|sample| (sample.cpu >= second, sample.wall >= second));
        assert_eq!(power_ons.collect::<Vec<_>>(), [(false, false), (true, true), (false, false)]);
    }
}
