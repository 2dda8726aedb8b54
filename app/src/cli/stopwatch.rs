//! Time spent emulating and delivering frames, hashing and writing files left out.

use cpu_time::ProcessTime;
use std::time::{Duration, Instant};

/// Wall time and the process's CPU time, summed over the stretches between start and stop. (A pair of calls costs
/// about a microsecond, so it is taken once a frame.)
#[derive(Default)]
pub(crate) struct Stopwatch {
    started: Option<(Instant, ProcessTime)>,
    /// Wall time.
    pub(crate) wall: Duration,
    /// CPU time of all threads.
    pub(crate) cpu: Duration,
}

impl Stopwatch {
    /// Goes on.
    pub(crate) fn start(&mut self) {
        self.started = Some((Instant::now(), ProcessTime::now()));
    }

    /// Pauses.
    pub(crate) fn stop(&mut self) {
        if let Some((wall, cpu)) = self.started.take() {
            self.cpu += cpu.elapsed();
            self.wall += wall.elapsed();
        }
    }
}
