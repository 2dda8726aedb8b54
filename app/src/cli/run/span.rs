//! The frames of a run.

use super::Args;
use crate::error::Error;
use ricojit::Machine;
use ricojit::input::movie::Movie;

/// Frames of a run without `--frames` and without a movie.
const DEFAULT_FRAMES: u64 = 3000;

/// The frames of a run, counted from 1 at power-on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// The last frame that was run before: that of a loaded state.
    pub(super) start: u64,
    /// The last of the warm-up.
    pub(super) warm: u64,
    /// The last of all.
    pub(super) last: u64,
}

impl Span {
    /// The frames to run on a machine that is at the beginning.
    pub(super) fn new(args: &Args, movie: &Movie, machine: &Machine) -> Result<Self, Error> {
        let start = machine.frames();
        let warm = start + args.warmup;
        let last = match (args.frames, movie.frames()) {
            (Some(frames), _) => warm + frames,
            (None, None) => warm + DEFAULT_FRAMES,
            (None, Some(length)) if length > warm => length,
            (None, Some(length)) => {
                let problem =
                    format!("the first frame after the warm-up, {}, is after the movie's last, {length}", warm + 1);
                return Err(Error::Usage(problem));
            }
        };
        Ok(Self { start, warm, last })
    }

    /// Frames to run in all.
    pub(super) fn length(self) -> u64 {
        self.last - self.start
    }

    /// Frames to run after the warm-up.
    pub(super) fn measured(self) -> u64 {
        self.last - self.warm
    }
}
