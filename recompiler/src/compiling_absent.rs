//! In place of `compiling` in builds without the feature `compiler`: code cannot be generated, and no value of
//! [`Compiling`] exists.

use crate::finished::Finished;
use crate::key::Key;
use crate::listing::Listing;
use crate::options::Options;
use crate::rom::Rom;
use crate::store::Store;
use std::sync::Arc;

pub(crate) enum Compiling {}

impl Compiling {
    pub(crate) fn new(_: &Rom, _: Options, _: Option<Arc<Finished>>) -> Option<(Self, Arc<Store>)> {
        None
    }

    pub(crate) fn replay(
        _: &Rom,
        _: Options,
        _: Option<Arc<Finished>>,
        _: &[(u64, Key)],
    ) -> Option<(Self, Arc<Store>)> {
        None
    }

    pub(crate) fn add_candidate(&self, _: Key) {
        match *self {}
    }

    pub(crate) fn request(&self, _: &Arc<Store>) {
        match *self {}
    }

    pub(crate) fn is_lost(&self) -> bool {
        match *self {}
    }

    pub(crate) fn listing(&self, _: &Store, _: Key) -> Option<Listing> {
        match *self {}
    }
}
