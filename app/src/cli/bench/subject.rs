//! The timed work, which starts from the same state in each round.

#[cfg(feature = "jit")]
use super::kernels::Loop;
use crate::cli::rom::Rom;
use crate::cli::run::act;
use crate::cli::stopwatch::Stopwatch;
use crate::error::Error;
use ricojit::Machine;
use ricojit::Options;
use ricojit::digest::{FrameDigest, SampleDigest};
use ricojit::input::movie::{Movie, Player};
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use xxhash_rust::xxh3::Xxh3;

/// The work to time.
pub(super) enum Subject {
    /// Frames of a machine after its warm-up.
    Warm { machine: Box<Machine>, movie: Arc<Movie>, frames: Range<u64> },
    /// Frames from power-on of a machine that shares no compiled code but that of an image.
    Cold { rom: Box<Rom>, options: Box<Options>, movie: Arc<Movie>, frames: u64 },
    /// Cycles of a loop on the CPU alone.
    #[cfg(feature = "jit")]
    Loop(Loop),
}

/// The time of a round, and its result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Of all threads.
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
    /// Emulated cycles.
    pub(super) cycles: u64,
    /// The hash of the final state.
    pub(super) end: u128,
}

/// The complete result, from the untimed run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The digest of all frames, all samples and the final state.
    pub(super) digest: u128,
    /// The hash of the final state.
    pub(super) end: u128,
}

impl Subject {
    /// Work on a machine that has run `warmup` frames.
    pub(super) fn warm(
        rom: &Rom,
        options: &Options,
        movie: &Arc<Movie>,
        warmup: u64,
        frames: u64,
    ) -> Result<Self, Error> {
        let mut machine = rom.machine(options)?;
        play(&mut machine, movie, 0..warmup);
        Ok(Self::Warm { machine: Box::new(machine), movie: Arc::clone(movie), frames: warmup..warmup + frames })
    }

    /// Work on a new machine.
    pub(super) fn cold(rom: &Rom, options: Options, movie: &Arc<Movie>, frames: u64) -> Result<Self, Error> {
        let rom = Box::new(rom.prepared(&options)?);
        Ok(Self::Cold { rom, options: Box::new(options), movie: Arc::clone(movie), frames })
    }

    /// The first frame of a round, if it has any.
    pub(super) fn first_frame(&self) -> Option<u64> {
        match self {
            Self::Warm { frames, .. } => Some(frames.start),
            Self::Cold { .. } => Some(0),
            #[cfg(feature = "jit")]
            Self::Loop(_) => None,
        }
    }

    /// The frames of a round, if it has any.
    pub(super) fn frames(&self) -> Option<u64> {
        match self {
            Self::Warm { frames, .. } => Some(frames.end - frames.start),
            Self::Cold { frames, .. } => Some(*frames),
            #[cfg(feature = "jit")]
            Self::Loop(_) => None,
        }
    }

    /// Does the work and hashes all results.
    pub(super) fn outcome(&self) -> Result<Outcome, Error> {
        match self {
            Self::Warm { machine, movie, frames } => Ok(outcome(&mut machine.clone(), movie, frames.clone())),
            Self::Cold { rom, options, movie, frames } => {
                Ok(outcome(&mut rom.without_code().machine(options)?, movie, 0..*frames))
            }
            #[cfg(feature = "jit")]
            Self::Loop(kernel) => {
                let end = kernel.sample().end;
                Ok(Outcome { digest: end, end })
            }
        }
    }

    /// Does the work and times it.
    pub(super) fn sample(&self) -> Result<Sample, Error> {
        let mut watch = Stopwatch::default();
        match self {
            Self::Warm { machine, movie, frames } => {
                let mut machine = machine.clone();
                let before = machine.cycle();
                watch.start();
                play(&mut machine, movie, frames.clone());
                watch.stop();
                let cycles = machine.cycle() - before;
                Ok(Sample { cpu: watch.cpu, wall: watch.wall, cycles, end: machine.state_hash() })
            }
            Self::Cold { rom, options, movie, frames } => {
                watch.start();
                let rom = rom.without_code();
                let mut machine = rom.machine(options)?;
                play(&mut machine, movie, 0..*frames);
                watch.stop();
                let (wall, cycles, end) = (watch.wall, machine.cycle(), machine.state_hash());
                // The compiler thread counts too, until it has ended.
                watch.start();
                drop((machine, rom));
                watch.stop();
                Ok(Sample { cpu: watch.cpu, wall, cycles, end })
            }
            #[cfg(feature = "jit")]
            Self::Loop(kernel) => Ok(kernel.sample()),
        }
    }
}

/// Runs frames with their input, on a machine that is at the first.
pub(super) fn play(machine: &mut Machine, movie: &Movie, frames: Range<u64>) {
    play_with(machine, movie, frames, |machine| _ = black_box((machine.frame(), machine.samples())));
}

fn play_with(machine: &mut Machine, movie: &Movie, frames: Range<u64>, mut look: impl FnMut(&Machine)) {
    let mut player = Player::new(movie);
    player.seek(frames.start).for_each(|action| act(machine, action));
    for frame in frames {
        player.due(frame).for_each(|action| act(machine, action));
        machine.run_frame();
        look(machine);
    }
}

fn outcome(machine: &mut Machine, movie: &Movie, frames: Range<u64>) -> Outcome {
    let (mut pictures, mut sound) = (FrameDigest::default(), SampleDigest::default());
    play_with(machine, movie, frames, |machine| {
        pictures.update(machine.frame());
        sound.update(machine.samples());
    });
    let end = machine.state_hash();
    let mut all = Xxh3::new();
    [pictures.value(), sound.value(), end].iter().for_each(|part| all.update(&part.to_le_bytes()));
    Outcome { digest: all.digest128(), end }
}
