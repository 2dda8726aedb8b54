//! Wall and CPU time of emulating and delivering frames, without that of hashing and writing files.

use cpu_time::ProcessTime;
use std::time::{Duration, Instant};

/// Wall time and the process's CPU time, summed over the intervals between start and stop. A pair of calls costs
/// about a microsecond, so use it once a frame.
#[derive(Clone, Default)]
pub(crate) struct Stopwatch {
    started: Option<(Instant, ProcessTime)>,
    /// Wall time.
    pub(crate) wall: Duration,
    /// CPU time of all threads.
    pub(crate) cpu: Duration,
}

impl Stopwatch {
    /// Starts an interval.
    pub(crate) fn start(&mut self) {
        self.started = Some((Instant::now(), ProcessTime::now()));
    }

    /// Ends the interval.
    pub(crate) fn stop(&mut self) {
        if let Some((wall, cpu)) = self.started.take() {
            self.cpu += cpu.elapsed();
            self.wall += wall.elapsed();
        }
    }
}
