//! The form of an image in a file.
//!
//! ```text
//! 0    8  magic: "RICOIMG" and $1A
//! 8    2  version of the form
//! 10   8  hash of the source of this crate
//! 18   8  fingerprint of all that generated code relies on
//! 26  16  version of Cranelift, filled up with zeros
//! 42  48  kind of host, filled up with zeros: architecture, width of pointers, byte order, calling convention
//! 90  32  SHA-256 of PRG ROM
//! 122  4  bytes of a unit
//! 126  1  options: link 1, liveness 2, inline 4, idle_skip 8
//! 127  4  functions
//! 131  4  bytes of code
//! 135     a row for each function, in the order of the keys:
//!           0   2  PC                       }
//!           2   4  offset in PRG ROM        } the key
//!           6   8  unmapped chunks          }
//!           14  4  guest instructions
//!           18  1  alignment of the code
//!           19  4  bytes of code
//!           23  2  further entries
//!           25     their PCs, 2 bytes each, in ascending order
//!               8  seal: XXH3-64 of the code, seeded with that of the row so far
//!         code of each function, one after the other
//! end  8  XXH3-64 of all before
//! ```
//!
//! All numbers are little-endian. What differs from this build is refused before anything after it is looked at. Every
//! number is checked even when the checksum is right, so that reading neither panics nor takes much memory. The seal
//! binds a function to the addresses at which it is entered.

use super::Image;
use crate::artifact::Artifact;
use crate::fingerprint::Fingerprint;
use crate::key::Key;
use crate::options::Options;
use crate::rom::Rom;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use thiserror::Error;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const MAGIC: &[u8; 8] = b"RICOIMG\x1A";
/// The version of the form.
const VERSION: u16 = 1;
const CHECKSUM: usize = 8;
/// Bytes of a row without further entries.
const ROW: usize = 33;

/// Most bytes to which code may be aligned.
const MAX_ALIGN: usize = 64;
/// Most bytes of all code.
const MAX_CODE: u32 = 1 << 30;

/// The hash of the source of this crate, from build.rs.
const SOURCE: &str = env!("RICOJIT_RECOMPILER_SOURCE");

/// The version of Cranelift: also in builds without it, which run its code.
const CRANELIFT: &str = "0.135.8";
#[cfg(feature = "compiler")]
const _: () =
    assert!(cranelift_codegen::VERSION.eq_ignore_ascii_case(CRANELIFT), "the version above is not that in use");

/// Why bytes are no image that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The bytes do not begin as an image does.
    #[error("this is not an image of native code of Ricojit")]
    NotAnImage,
    /// The checksum is wrong, or the end is missing.
    #[error("the image is damaged or cut off: its checksum is wrong")]
    Damaged,
    /// Another version of this crate, or one built with another version of Cranelift, made it.
    #[error("the image was made by another version of the recompiler ({what} differs): compile the ROM again")]
    OtherRecompiler {
        /// What differs.
        what: &'static str,
    },
    /// It is for other hosts.
    #[error("the image is for {found}, but this host is {expected}: compile the ROM for this host")]
    OtherHost {
        /// The kind of host it was made for.
        found: String,
        /// The kind of this host.
        expected: String,
    },
    /// It was made for another ROM.
    #[error("the image was made for another ROM: compile this one")]
    OtherRom,
    /// It was made for the same ROM on another board.
    #[error("the image was made for a board that maps {found} bytes at a time, not {expected}: compile the ROM again")]
    OtherUnit {
        /// The image's.
        found: u32,
        /// The board's.
        expected: u32,
    },
    /// A number is impossible.
    #[error("the image is damaged: {what} cannot have this value")]
    Invalid {
        /// The field.
        what: &'static str,
    },
}

/// The kind of this host.
fn host() -> String {
    let byte_order = if cfg!(target_endian = "little") { "little" } else { "big" };
    let convention = match () {
        () if cfg!(windows) => "windows_fastcall",
        () if cfg!(all(target_vendor = "apple", target_arch = "aarch64")) => "apple_aarch64",
        () => "system_v",
    };
    format!("{} {} {byte_order} {convention}", std::env::consts::ARCH, usize::BITS)
}

/// The options on which code depends, a bit each.
fn flags(options: &Options) -> u8 {
    options.of_code().into_iter().rev().fold(0, |flags, flag| flags << 1 | u8::from(flag))
}

/// Options with these flags; `None` if there are others.
fn options(flags: u8) -> Option<Options> {
    let of_code = [0, 1, 2, 3].map(|bit| flags >> bit & 1 != 0);
    (flags < 16).then(|| Options::default().with_code(of_code))
}

/// Text with zeros up to a fixed length.
fn padded<const N: usize>(text: &str) -> [u8; N] {
    std::array::from_fn(|i| text.as_bytes().get(i).copied().unwrap_or(0))
}

pub(super) fn write(image: &Image) -> Vec<u8> {
    let Image { rom, options, artifacts } = image;
    let mut out = Vec::with_capacity(256 + 64 * artifacts.len() + image.code_bytes());
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.extend(source().to_le_bytes());
    out.extend(Fingerprint::of_all().to_le_bytes());
    out.extend(padded::<16>(CRANELIFT));
    out.extend(padded::<48>(&host()));
    out.extend(Sha256::digest(rom.bytes()));
    out.extend((rom.unit() as u32).to_le_bytes());
    out.push(flags(options));
    out.extend((artifacts.len() as u32).to_le_bytes());
    out.extend((image.code_bytes() as u32).to_le_bytes());
    for artifact in artifacts {
        let Artifact { key: Key { pc, offset, unmapped }, entries, instructions, ranges: _, align, bytes } = artifact;
        let start = out.len();
        out.extend(pc.to_le_bytes());
        out.extend(offset.to_le_bytes());
        out.extend(unmapped.to_le_bytes());
        out.extend((*instructions as u32).to_le_bytes());
        out.push(*align as u8);
        out.extend((bytes.len() as u32).to_le_bytes());
        out.extend((entries.len() as u16).to_le_bytes());
        entries.iter().for_each(|entry| out.extend(entry.to_le_bytes()));
        out.extend(seal(&out[start..], bytes).to_le_bytes());
    }
    artifacts.iter().for_each(|artifact| out.extend(&artifact.bytes));
    out.extend(xxh3_64(&out).to_le_bytes());
    out
}

/// The checksum of a written image.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    bytes.last_chunk().map_or(0, |checksum| u64::from_le_bytes(*checksum))
}

/// Binds code to a row.
fn seal(row: &[u8], code: &[u8]) -> u64 {
    xxh3_64_with_seed(code, xxh3_64(row))
}

fn source() -> u64 {
    u64::from_str_radix(SOURCE, 16).expect("build.rs writes it so")
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn slice(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], ImageError> {
        let (slice, rest) = self.0.split_at_checked(length).ok_or(ImageError::Invalid { what })?;
        self.0 = rest;
        Ok(slice)
    }

    fn bytes<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ImageError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(ImageError::Invalid { what })?;
        self.0 = rest;
        Ok(*bytes)
    }
}

pub(super) fn read(bytes: &[u8], rom: Rom) -> Result<Image, ImageError> {
    let content = bytes.strip_prefix(MAGIC).ok_or(ImageError::NotAnImage)?;
    let (content, checksum) = content.split_last_chunk::<CHECKSUM>().ok_or(ImageError::Damaged)?;
    let (version, rest) = content.split_first_chunk().ok_or(ImageError::Damaged)?;
    let differs = |what| Err(ImageError::OtherRecompiler { what });
    if u16::from_le_bytes(*version) != VERSION {
        return differs("the form of images");
    }
    if xxh3_64(&bytes[..bytes.len() - CHECKSUM]) != u64::from_le_bytes(*checksum) {
        return Err(ImageError::Damaged);
    }
    let mut header = Reader(rest);
    if u64::from_le_bytes(header.bytes("the source")?) != source() {
        return differs("its source");
    }
    if u64::from_le_bytes(header.bytes("the fingerprint")?) != Fingerprint::of_all() {
        return differs("a layout");
    }
    if header.bytes("Cranelift's version")? != padded::<16>(CRANELIFT) {
        return differs("Cranelift's version");
    }
    let (found, expected) = (header.bytes::<48>("the host")?, host());
    if found != padded(&expected) {
        let found = String::from_utf8_lossy(&found).trim_end_matches('\0').to_owned();
        return Err(ImageError::OtherHost { found, expected });
    }
    if header.bytes::<32>("the ROM")? != *Sha256::digest(rom.bytes()) {
        return Err(ImageError::OtherRom);
    }
    let (found, expected) = (u32::from_le_bytes(header.bytes("the unit")?), rom.unit() as u32);
    if found != expected {
        return Err(ImageError::OtherUnit { found, expected });
    }
    let invalid = |what| ImageError::Invalid { what };
    let [flags] = header.bytes("the options")?;
    let options = options(flags).ok_or(invalid("the options"))?;
    let functions = u32::from_le_bytes(header.bytes("the number of functions")?) as usize;
    let code_bytes = u32::from_le_bytes(header.bytes("the bytes of code")?);
    let table = header.0.len().checked_sub(code_bytes as usize).ok_or(invalid("the bytes of code"))?;
    if code_bytes > MAX_CODE {
        return Err(invalid("the bytes of code"));
    }
    if functions > table / ROW {
        return Err(invalid("the number of functions"));
    }
    let (table, code) = header.0.split_at(table);
    let (mut table, mut code) = (Reader(table), Reader(code));
    let mut artifacts: Vec<Artifact> = Vec::with_capacity(functions);
    let mut places = HashSet::with_capacity(functions);
    for _ in 0..functions {
        let artifact = function(&mut table, &mut code, &rom)?;
        if artifacts.last().is_some_and(|last| last.key >= artifact.key) {
            return Err(invalid("the order of the functions"));
        }
        if !artifact.keys().all(|key| places.insert(key.place())) {
            return Err(invalid("an entry that is there twice"));
        }
        artifacts.push(artifact);
    }
    if !table.0.is_empty() || !code.0.is_empty() {
        return Err(invalid("the number of functions"));
    }
    Ok(Image { rom, options, artifacts })
}

/// Reads a row and the code that belongs to it.
fn function(table: &mut Reader<'_>, code: &mut Reader<'_>, rom: &Rom) -> Result<Artifact, ImageError> {
    let invalid = |what| ImageError::Invalid { what };
    let start = table.0;
    let pc = u16::from_le_bytes(table.bytes("an address")?);
    let offset = u32::from_le_bytes(table.bytes("an offset")?);
    let unmapped = u64::from_le_bytes(table.bytes("the unmapped chunks")?);
    let instructions = u32::from_le_bytes(table.bytes("the number of instructions")?) as usize;
    let [align] = table.bytes("an alignment")?.map(usize::from);
    let length = u32::from_le_bytes(table.bytes("the length of a function")?) as usize;
    let entries = usize::from(u16::from_le_bytes(table.bytes("the number of entries")?));
    let entries = table.slice(2 * entries, "the number of entries")?;
    let entries: Vec<u16> = entries.as_chunks().0.iter().map(|&entry| u16::from_le_bytes(entry)).collect();
    let row = &start[..start.len() - table.0.len()];
    let sealed = u64::from_le_bytes(table.bytes("a seal")?);
    let bytes = code.slice(length, "the length of a function")?;
    if seal(row, bytes) != sealed {
        return Err(invalid("a seal"));
    }
    let key = Key { pc, offset, unmapped };
    if pc < 0x8000 {
        return Err(invalid("an address"));
    }
    if !rom.has_chunks(unmapped) {
        return Err(invalid("the unmapped chunks"));
    }
    // The key's own chunk must be mapped, too.
    let is_in_rom = |pc| rom.offset(key, pc).is_some_and(|offset| (offset as usize) < rom.bytes().len());
    if !is_in_rom(pc) {
        return Err(invalid("an offset"));
    }
    if !entries.is_sorted_by(|a, b| a < b) || !entries.iter().all(|&pc| is_in_rom(pc)) {
        return Err(invalid("an entry"));
    }
    if !align.is_power_of_two() || align > MAX_ALIGN {
        return Err(invalid("an alignment"));
    }
    if bytes.is_empty() {
        return Err(invalid("the length of a function"));
    }
    if !(1..=rom.unit()).contains(&instructions) {
        return Err(invalid("the number of instructions"));
    }
    Ok(Artifact { key, entries, instructions, ranges: Vec::new(), align, bytes: bytes.to_vec() })
}
