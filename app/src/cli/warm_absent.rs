//! In place of `warm.rs` in builds without a compiler: there is no cache.

use super::rom::Rom;
use ricojit::{Machine, Options};
use std::convert::Infallible;

/// There is none.
#[derive(Clone, Debug)]
pub(super) struct Cache(Infallible);

/// There are no options.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct CacheArgs {}

impl CacheArgs {
    pub(super) fn open(self) -> Option<Cache> {
        None
    }

    pub(super) fn is_asked(self) -> bool {
        false
    }
}

/// There is nothing.
pub(super) struct Warm(Infallible);

impl Warm {
    pub(super) fn start(_: impl FnOnce() -> Option<Cache>, rom: Rom, _: &Options) -> (Rom, Option<Self>) {
        (rom, None)
    }

    pub(super) fn finish(self, _: &Machine) {
        match self.0 {}
    }
}
