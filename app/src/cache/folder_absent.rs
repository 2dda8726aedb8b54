//! In place of `folder.rs` on systems that are no Unix: there is no folder that is known to be the user's alone.

use super::{Found, Listed, Problem};
use std::convert::Infallible;
use std::io;
use std::path::Path;

/// There is none.
pub(super) struct Folder(Infallible);

impl Folder {
    pub(super) fn open(_: &Path, _: bool) -> Result<Option<Self>, Problem> {
        Err(Problem::System)
    }

    pub(super) fn path(&self) -> &Path {
        match self.0 {}
    }

    pub(super) fn read(&self, _: &str, _: u64) -> io::Result<Found> {
        match self.0 {}
    }

    pub(super) fn touch(&self, _: &str) {
        match self.0 {}
    }

    pub(super) fn write(&self, _: &str, _: &[&[u8]]) -> io::Result<()> {
        match self.0 {}
    }

    pub(super) fn write_new(&self, _: &str, _: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    pub(super) fn remove(&self, _: &str) -> io::Result<bool> {
        match self.0 {}
    }

    pub(super) fn list(&self) -> io::Result<Vec<Listed>> {
        match self.0 {}
    }

    pub(super) fn sweep(&self) {
        match self.0 {}
    }
}

pub(super) fn is_temporary(_: &str) -> bool {
    false
}
