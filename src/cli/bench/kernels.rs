//! The CPU alone: small loops on a bus of memory only.

use super::Args;
use super::contest::Contest;
use super::subject::Sample;
use ricojit::options::EngineKind;

/// Stands for a loop until they are here.
pub(super) struct Loop;

impl Loop {
    pub(super) fn sample(&self) -> Sample {
        unreachable!()
    }
}

/// A contest for each loop.
pub(super) fn contests(_: &Args, _: &[EngineKind]) -> Vec<Contest> {
    Vec::new()
}
