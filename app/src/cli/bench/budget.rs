//! The time limit of a run.

use std::time::{Duration, Instant};

/// The end of `--seconds`.
pub(super) struct Budget {
    end: Option<Instant>,
}

impl Budget {
    /// A limit from now on; `None` is no limit.
    pub(super) fn new(seconds: Option<f64>) -> Self {
        Self { end: seconds.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds)) }
    }

    /// Whether the time is over.
    pub(super) fn is_spent(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}
