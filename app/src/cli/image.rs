//! `--image`: native code that was compiled before.
//!
//! # Soundness
//!
//! [`Image::open`] and [`Image::from_bytes`] must be given what [`Image::to_bytes`] wrote. The bytes are those of a file
//! that the user named as a program to run, with a help and a message that say so; they are part of this program; they were
//! made in this process; or the cache gave them. An [`Entry`] of the cache exists only if its MAC under the user's key is
//! right, so this user's program wrote it; and under the name of an image, the program keeps only what
//! [`Image::to_bytes`] wrote. That holds as long as no one else knows the key: it is in a file of mode 0600, and one that
//! is not is refused.
#![allow(unsafe_code)]

use super::rom::Rom;
#[cfg(feature = "jit")]
use crate::cache::Entry;
use crate::error::Error;
use crate::files::Named;
use crate::terminal;
use ricojit::text;
use ricojit::{Cartridge, CodeStore, Image, ImageError};
use std::path::PathBuf;
use std::sync::Arc;

/// The option.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ImageArgs {
    /// Begin with the native code in FILE, an image of the ROM that this version made for this kind of host. An image is a
    /// program, which is trusted: its code can do whatever you can do
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
}

impl ImageArgs {
    /// Whether there is an image.
    pub(crate) fn is_on(&self) -> bool {
        self.image.is_some()
    }

    /// The file with the name of its option, if there is one.
    pub(crate) fn named(&self) -> Option<Named<'_>> {
        self.image.as_deref().map(|path| ("--image", path))
    }

    /// The ROM with the code of the image, if there is one. `recompiler`: whether an engine uses it.
    pub(crate) fn load(&self, rom: Rom, recompiler: bool) -> Result<Rom, Error> {
        let Some(path) = &self.image else { return Ok(rom) };
        if !recompiler {
            return Err(Error::Usage("--image needs the engine `jit` or `aot`".to_owned()));
        }
        // SAFETY: see the head of this file.
        let image = unsafe { Image::open(&rom.cartridge, path) }.map_err(|problem| Error::file(path, &problem))?;
        terminal::say(format_args!("{} is a program, and is trusted: its native code runs as it is", text::path(path)));
        Ok(rom.with_image(Source::Loaded(image)))
    }
}

/// An image for machines to begin with.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// That of `--image`.
    Loaded(Image),
    /// One that was made in this process, as the content of a file, which is read each time.
    Made(Arc<[u8]>),
}

impl Source {
    /// Of an image that was made in this process.
    pub(crate) fn new(image: &Image) -> Self {
        Self::Made(image.to_bytes().into())
    }

    /// Of an image of the cache.
    #[cfg(feature = "jit")]
    pub(crate) fn cached(cartridge: &Cartridge, entry: &Entry) -> Result<Self, ImageError> {
        let bytes = entry.image().ok_or(ImageError::NotAnImage)?;
        // SAFETY: see the head of this file.
        unsafe { Image::from_bytes(cartridge, bytes) }.map(Self::Loaded)
    }

    /// The image in a payload (`standalone.rs`).
    pub(crate) fn of_program(cartridge: &Cartridge, bytes: &'static [u8]) -> Result<Self, ImageError> {
        // SAFETY: see the head of this file.
        unsafe { Image::from_bytes(cartridge, bytes) }.map(Self::Loaded)
    }

    /// A store with the code of the image.
    pub(crate) fn code(&self, cartridge: &Cartridge) -> CodeStore {
        CodeStore::with_image(&match self {
            Self::Loaded(image) => image.clone(),
            // SAFETY: see the head of this file.
            Self::Made(bytes) => unsafe { Image::from_bytes(cartridge, bytes) }.expect("it was made for this ROM"),
        })
    }
}
