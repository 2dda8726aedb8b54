//! Finished code as a value.
//!
//! ```text
//! Jit with a compiler ── Jit::image ──► Image ── Jit::with_image ──► Jit without a compiler
//!                                       ▲   │   Jit::extend     ──► Jit that compiles the rest
//!                      Image::from_bytes└───┴► Image::to_bytes
//! ```
//!
//! # Trust
//!
//! The functions of an image are run as they are. Those that [`Jit::image`](crate::Jit::image) takes were made in this
//! process, for the ROM and the options that the image holds, by a compiler that knows this host and the layout of the
//! context. Those that [`Image::from_bytes`] reads are trusted to have been made so in another process: the checks find
//! damage, and images of other versions, hosts and ROMs, but no malice.
//!
//! # Soundness
//!
//! [`Image::from_bytes`] and [`Image::read`] are unsafe: the caller promises that the bytes come from [`Image::to_bytes`]. With that promise,
//! the checks guarantee what running a function relies on: that it was made by this source, for this host and this ROM.
#![allow(unsafe_code)]

mod file;

use crate::artifact::Artifact;
use crate::finished::Finished;
use crate::key::Key;
use crate::options::Options;
use crate::rom::Rom;
use crate::slot::place;
use crate::target::Target;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::sync::Arc;

pub use file::ImageError;

/// The finished code of a ROM: native code that a [`Jit`](crate::Jit) runs as it is, on hosts of the kind it was made
/// for.
///
/// **An image is a program.** It can do whatever the process that runs it may do.
#[derive(Clone)]
pub struct Image {
    pub(crate) rom: Rom,
    /// What it was made under. Those options on which code does not depend have no meaning.
    pub(crate) options: Options,
    target: Target,
    pub(crate) finished: Arc<Finished>,
}

impl Image {
    /// Of artifacts in any order. What has an address as its first entry wins over what has it as a further entry.
    pub(crate) fn new(rom: Rom, options: Options, target: Target, mut artifacts: Vec<Artifact>) -> Self {
        artifacts.sort_by_key(|artifact| artifact.key);
        let mut taken = BTreeSet::new();
        let mut take = |key: Key| taken.insert(place(key.pc, key.offset));
        artifacts.retain(|artifact| take(artifact.key));
        for artifact in &mut artifacts {
            let key = artifact.key;
            artifact.entries.sort_unstable();
            artifact.entries.retain(|&pc| take(key.at(pc)));
        }
        let finished =
            Finished::place(artifacts, target).unwrap_or_else(|_| unreachable!("each address was taken once"));
        Self { rom, options, target, finished: Arc::new(finished) }
    }

    /// Reads an image that [`Image::to_bytes`] wrote, for PRG ROM `rom` on a board that maps at least `unit` bytes at a
    /// time (a power of two from 4 KiB to 32).
    ///
    /// # Errors
    ///
    /// [`ImageError`] if the bytes are damaged, or were made for another ROM, by another version of this crate, or for
    /// another kind of host. No bytes lead to a panic or to undefined behaviour here.
    ///
    /// # Safety
    ///
    /// The image is a program, and whatever runs its code trusts it: the bytes must come from [`Image::to_bytes`], as
    /// those of a library that is loaded must come from whom its user trusts. A checksum tells nothing of that.
    pub unsafe fn from_bytes(bytes: &[u8], rom: Arc<[u8]>, unit: usize) -> Result<Self, ImageError> {
        file::read(bytes, bytes.len(), Rom::new(rom, unit))
    }

    /// As [`Image::from_bytes`], from a file with so many bytes: they are read into the memory that the code is run in.
    ///
    /// # Errors
    ///
    /// Those of [`Image::from_bytes`], and [`ImageError::Read`].
    ///
    /// # Safety
    ///
    /// As for [`Image::from_bytes`].
    pub unsafe fn read(file: impl Read, bytes: usize, rom: Arc<[u8]>, unit: usize) -> Result<Self, ImageError> {
        file::read(file, bytes, Rom::new(rom, unit))
    }

    /// The image as the content of a file. Equal images have equal bytes, on every host.
    pub fn to_bytes(&self) -> Vec<u8> {
        file::write(self)
    }

    /// A number that is the same in two builds only if they read each other's images on this kind of host.
    pub fn version() -> u64 {
        file::version()
    }

    /// The checksum of those bytes.
    pub fn checksum(&self) -> u64 {
        file::checksum(&self.to_bytes())
    }

    /// What its regions are found by, in ascending order.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.finished.functions.iter().map(|function| function.key)
    }

    /// Whether it was made under the same options, as far as code depends on them.
    pub fn is_made_under(&self, options: &Options) -> bool {
        self.options.of_code() == options.of_code()
    }

    /// What its code is for. Only images for this host are read, but one for another may have been compiled here.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Bytes of native code.
    pub fn code_bytes(&self) -> usize {
        self.finished.functions.iter().map(|function| function.bytes).sum()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (regions, code_bytes) = (self.finished.functions.len(), self.code_bytes());
        f.debug_struct("Image").field("regions", &regions).field("code_bytes", &code_bytes).finish_non_exhaustive()
    }
}
