//! The order of compiled code, as text: written by one run, repeated by another.
//!
//! ```text
//! ricojit-jit-log 1
//! rom 8f3ec1...        the SHA-1 of the ROM
//! image 5d0e91...      the checksum of the image that the machine began with, if there was one
//! 0 C123 0A123         generation, CPU address and offset in PRG ROM of a region's entry, all but the first in hex
//! 0 C180 0A180 ff00    unmapped chunks of its unit, if there are any
//! ```
//!
//! Results never depend on what is compiled and when. If a defect makes them depend on it, a log reproduces the run.

use super::text;
use crate::cartridge::Cartridge;
use crate::digest::hex;
use crate::image::Image;
use ricojit_recompiler::Key;
use std::fmt::Write;
use thiserror::Error;

const TITLE: &str = "ricojit-jit-log 1";

/// Why a text is no log for a cartridge.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JitLogError {
    /// The first line is another.
    #[error("this is not a JIT log of this version: its first line has to be `{TITLE}`")]
    Title,
    /// The second line names no ROM, or another one.
    #[error("the JIT log is of another ROM: it has to say `rom {0}`")]
    Rom(String),
    /// It was made with an image, and none is given.
    #[error("the JIT log was made with an image: give the same one")]
    NeedsImage,
    /// It was made with another image than the one that is given, or with none.
    #[error("the JIT log was not made with this image: its third line has to be `{0}`")]
    OtherImage(String),
    /// A line is no key.
    #[error("line {0} of the JIT log is not a generation, an address from 8000 to FFFF and an offset in PRG ROM")]
    Key(usize),
}

pub(crate) fn write(cartridge: &Cartridge, image: Option<&Image>, log: &[(u64, Key)]) -> String {
    let mut lines = format!("{TITLE}\nrom {}\n", hex(cartridge.rom_sha1));
    // Writing to a string cannot fail.
    if let Some(image) = image {
        let _ = writeln!(lines, "{}", image_line(image));
    }
    for &(generation, key) in log {
        let _ = writeln!(lines, "{generation} {}", text::key(key));
    }
    lines
}

fn image_line(image: &Image) -> String {
    format!("image {:016x}", image.code.checksum())
}

pub(crate) fn parse(cartridge: &Cartridge, image: Option<&Image>, text: &str) -> Result<Vec<(u64, Key)>, JitLogError> {
    let mut lines = text.lines().enumerate().peekable();
    if lines.next().is_none_or(|(_, line)| line.trim_end() != TITLE) {
        return Err(JitLogError::Title);
    }
    let rom = hex(cartridge.rom_sha1);
    if lines.next().and_then(|(_, line)| line.strip_prefix("rom ")).is_none_or(|given| given.trim_end() != rom) {
        return Err(JitLogError::Rom(rom));
    }
    let named = lines.next_if(|(_, line)| line.starts_with("image "));
    match (image.map(image_line), named) {
        (None, None) => {}
        (None, Some(_)) => return Err(JitLogError::NeedsImage),
        (Some(given), named) if named.is_some_and(|(_, line)| line.trim_end() == given) => {}
        (Some(given), _) => return Err(JitLogError::OtherImage(given)),
    }
    let size = cartridge.prg_rom.len();
    lines.map(|(i, line)| entry(line).filter(|(_, key)| key.is_in(size)).ok_or(JitLogError::Key(i + 1))).collect()
}

fn entry(line: &str) -> Option<(u64, Key)> {
    let (generation, key) = line.split_once(' ')?;
    Some((generation.parse().ok()?, text::parse_key(key)?))
}
