//! Finished code as a value.
//!
//! ```text
//! Jit with a compiler ── Jit::image ──► Image ── Jit::with_image ──► Jit without a compiler
//! ```
//!
//! # Trust
//!
//! The bytes of an image are run as they are. [`Jit::image`](crate::Jit::image) is the only constructor: they were made
//! in this process, for the ROM and the options that the image holds, by a compiler that knows this host and the layout
//! of the context. So an image can be run wherever its type allows.

use crate::artifact::Artifact;
use crate::key::Key;
use crate::options::Options;
use crate::rom::Rom;
use std::fmt;

/// The finished code of a ROM: native code that [`Jit::with_image`](crate::Jit::with_image) runs as it is.
///
/// Only [`Jit::image`](crate::Jit::image) makes one, in this process, so its code is trusted.
#[derive(Clone)]
pub struct Image {
    pub(crate) rom: Rom,
    pub(crate) options: Options,
    pub(crate) artifacts: Vec<Artifact>,
}

impl Image {
    /// What its regions are found by, in the order in which they were compiled.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.artifacts.iter().map(|artifact| artifact.key)
    }

    /// Bytes of native code.
    pub fn code_bytes(&self) -> usize {
        self.artifacts.iter().map(|artifact| artifact.bytes.len()).sum()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (regions, code_bytes) = (self.artifacts.len(), self.code_bytes());
        f.debug_struct("Image").field("regions", &regions).field("code_bytes", &code_bytes).finish_non_exhaustive()
    }
}
