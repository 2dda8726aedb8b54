//! How long it may still take.

use std::time::{Duration, Instant};

/// The end of `--seconds`.
pub(super) struct Budget {
    end: Option<Instant>,
}

impl Budget {
    /// From now on; without a number it has no end.
    pub(super) fn new(seconds: Option<f64>) -> Self {
        Self { end: seconds.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds)) }
    }

    /// Whether it is over.
    pub(super) fn is_spent(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}
