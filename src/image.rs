//! Images: the native code of a cartridge as a value and as a file.
//!
//! # Soundness
//!
//! [`Image::from_bytes`] and [`Image::open`] are unsafe and pass their promise on. Nothing else here is unsafe.
#![allow(unsafe_code)]

use crate::cartridge::Cartridge;
use crate::mapper::Mapper;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

pub use ricojit_recompiler::ImageError;

/// Native code of a cartridge, compiled before it runs. [`CodeStore::with_image`](crate::CodeStore::with_image) gives it
/// to machines, [`Recompiler::image`](crate::recompiler::Recompiler::image) takes what a machine has compiled.
///
/// An image belongs to one PRG ROM, one kind of host and one version of this library. It never changes a result.
///
/// **An image is a program.** Its code can do whatever the process that runs it may do.
#[derive(Clone, Debug)]
pub struct Image {
    pub(crate) rom_sha1: [u8; 20],
    pub(crate) code: Arc<ricojit_recompiler::Image>,
}

impl Image {
    pub(crate) fn new(cartridge: &Cartridge, code: ricojit_recompiler::Image) -> Self {
        Self { rom_sha1: cartridge.rom_sha1, code: Arc::new(code) }
    }

    /// The recompiler that makes images, as 16 hexadecimal digits: a build with another one refuses them.
    pub const MAKER: &str = ricojit_recompiler::Image::MAKER;

    /// Reads an image that [`Image::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`ImageError`] if the bytes are damaged, or were made for another ROM, by another version of this library, or
    /// for another kind of host. Reading never panics.
    ///
    /// # Safety
    ///
    /// Machines run the code of an image as it is, so the bytes must come from [`Image::to_bytes`]: trust them as you
    /// would trust a library that you load. The checks find mistakes, but no malice.
    pub unsafe fn from_bytes(cartridge: &Cartridge, bytes: &[u8]) -> Result<Self, ImageError> {
        // SAFETY: by the caller.
        unsafe { Self::read(cartridge, bytes, bytes.len()) }
    }

    /// As [`Image::from_bytes`], from a file: it is read into the memory that the code is run in.
    ///
    /// # Errors
    ///
    /// Those of [`Image::from_bytes`], and [`ImageError::Read`].
    ///
    /// # Safety
    ///
    /// As for [`Image::from_bytes`].
    pub unsafe fn open(cartridge: &Cartridge, path: &Path) -> Result<Self, ImageError> {
        let cannot = |error: io::Error| ImageError::Read(error.kind());
        let file = File::open(path).map_err(cannot)?;
        let bytes = file.metadata().map_err(cannot)?.len();
        // SAFETY: by the caller.
        unsafe { Self::read(cartridge, file, bytes.try_into().unwrap_or(usize::MAX)) }
    }

    unsafe fn read(cartridge: &Cartridge, file: impl Read, bytes: usize) -> Result<Self, ImageError> {
        // There are no images for a board that is not supported.
        let board = Mapper::new(cartridge, None, None).ok_or(ImageError::OtherRom)?;
        let rom = Arc::clone(&cartridge.prg_rom);
        // SAFETY: by the caller.
        let code = unsafe { ricojit_recompiler::Image::read(file, bytes, rom, board.prg_unit()) }?;
        Ok(Self::new(cartridge, code))
    }

    /// The image as the content of a file. Equal images have equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.code.to_bytes()
    }

    /// A number that is the same in two builds of this library only if they read each other's images on this kind of host:
    /// for the names of files.
    pub fn version() -> u64 {
        ricojit_recompiler::Image::version()
    }

    /// The number of its compiled regions.
    pub fn regions(&self) -> usize {
        self.code.keys().count()
    }

    /// Bytes of native code.
    pub fn code_bytes(&self) -> usize {
        self.code.code_bytes()
    }
}
