//! A progress bar on standard error, if that is a terminal.

use crate::terminal;
use std::time::{Duration, Instant};

const WIDTH: u64 = 40;
const EVERY: Duration = Duration::from_millis(100);

/// The bar.
pub(super) struct Progress {
    /// Number of frames; 0 if nothing is shown.
    total: u64,
    start: Instant,
    shown: Instant,
    /// Frames counted by [`Progress::advance`].
    done: u64,
}

impl Progress {
    /// A bar for `total` frames.
    pub(super) fn new(total: u64) -> Self {
        let now = Instant::now();
        Self { total: if terminal::is_terminal() { total } else { 0 }, start: now, shown: now, done: 0 }
    }

    /// Redraws the bar if it is time to.
    pub(super) fn show(&mut self, done: u64) {
        if self.total == 0 || self.shown.elapsed() < EVERY {
            return;
        }
        self.shown = Instant::now();
        let filled = (done * WIDTH / self.total) as usize;
        let empty = WIDTH as usize - filled;
        let rate = done as f64 / self.start.elapsed().as_secs_f64();
        terminal::show(format_args!(
            "[{:#<filled$}{:.<empty$}] {done}/{} frames, {rate:.0} frames/s",
            "", "", self.total
        ));
    }

    /// Adds finished frames, and redraws the bar if it is time to.
    pub(super) fn advance(&mut self, frames: u64) {
        self.done += frames;
        self.show(self.done);
    }

    /// Erases the bar.
    pub(super) fn clear(&self) {
        if self.total != 0 {
            terminal::show("");
        }
    }
}
