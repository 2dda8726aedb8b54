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
//! 131  4  bytes of code, with those between functions
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
//!         zeros up to a multiple of 64, and the code of each function, with zeros between them as their alignments need
//! end  8  XXH3-64 of all before
//! ```
//!
//! All numbers are little-endian. The file is read into one piece of memory, which becomes executable after the checks, so
//! code lies at the same places in both. What differs from this build is refused before anything after it is looked at. Every
//! number is checked even when the checksum is right, so that reading neither panics nor takes much memory. The seal
//! binds a function to the addresses at which it is entered.

use super::Image;
use crate::bus::PAGE;
use crate::fingerprint::{Fingerprint, numbers};
use crate::finished::{Finished, FinishedFunction};
use crate::key::{CHUNK, Key};
use crate::memory::mapped::MappedCode;
use crate::options::Options;
use crate::rom::Rom;
use crate::target::Target;
use crate::{context, exit, slot};
use ricojit_interpreter::Status;
use ricojit_interpreter::opcode::Opcode;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::sync::{Arc, LazyLock};
use thiserror::Error;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const MAGIC: &[u8; 8] = b"RICOIMG\x1A";
/// The version of the form.
const VERSION: u16 = 1;
const CHECKSUM: usize = 8;
/// Bytes of a row without further entries.
const ROW: usize = 33;

/// Most bytes to which a function may be aligned; the first is.
const MAX_ALIGN: usize = 64;
/// Most bytes of an image.
const MAX_BYTES: usize = 1 << 30;

impl Image {
    /// The source of this crate, as 16 hexadecimal digits of its hash. Images that another source made are refused.
    // From build.rs.
    pub const MAKER: &str = env!("RICOJIT_RECOMPILER_SOURCE");
}

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
    /// It cannot be read, or there is no memory for it.
    #[error("the image cannot be read: {0}")]
    Read(io::ErrorKind),
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

/// The hash of all that generated code relies on, computed from the definitions.
fn fingerprint() -> u64 {
    static HASH: LazyLock<u64> = LazyLock::new(|| {
        let mut all = Fingerprint::default();
        context::describe(&mut all);
        slot::describe(&mut all);
        exit::describe(&mut all);
        all.add("recompiler", numbers![PAGE, CHUNK]);
        for byte in 0..=u8::MAX {
            let Status { nz, c, vdi } = Status::from_byte(byte);
            all.add("status", [("nz", nz.into()), ("c", c.into()), ("vdi", vdi.into())]);
            all.add_row(Opcode::of(byte));
        }
        all.digest()
    });
    *HASH
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
    let Image { rom, options, target, finished } = image;
    let mut code = Vec::with_capacity(finished.code_bytes());
    let mut out = Vec::with_capacity(256 + 64 * finished.functions.len() + finished.code_bytes());
    for function in &finished.functions {
        pad(&mut code, function.align);
        code.extend(finished.code(function));
    }
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.extend(source().to_le_bytes());
    out.extend(fingerprint().to_le_bytes());
    out.extend(padded::<16>(CRANELIFT));
    out.extend(padded::<48>(&target.description()));
    out.extend(Sha256::digest(rom.bytes()));
    out.extend((rom.unit() as u32).to_le_bytes());
    out.push(flags(options));
    out.extend((finished.functions.len() as u32).to_le_bytes());
    out.extend((code.len() as u32).to_le_bytes());
    for function in &finished.functions {
        let &FinishedFunction { key, ref entries, instructions, align, bytes, ranges: _, at: _ } = function;
        let Key { pc, offset, unmapped } = key;
        let start = out.len();
        out.extend(pc.to_le_bytes());
        out.extend(offset.to_le_bytes());
        out.extend(unmapped.to_le_bytes());
        out.extend((instructions as u32).to_le_bytes());
        out.push(align as u8);
        out.extend((bytes as u32).to_le_bytes());
        out.extend((entries.len() as u16).to_le_bytes());
        entries.iter().for_each(|entry| out.extend(entry.to_le_bytes()));
        out.extend(seal(&out[start..], finished.code(function)).to_le_bytes());
    }
    pad(&mut out, MAX_ALIGN);
    out.extend(code);
    out.extend(xxh3_64(&out).to_le_bytes());
    out
}

/// Adds zeros up to an alignment.
fn pad(out: &mut Vec<u8>, align: usize) {
    out.resize(out.len().next_multiple_of(align), 0);
}

/// A number for all that an image is refused for, but the ROM: a hash of the head up to there.
pub(super) fn version() -> u64 {
    let mut head = VERSION.to_le_bytes().to_vec();
    head.extend(source().to_le_bytes());
    head.extend(fingerprint().to_le_bytes());
    head.extend(padded::<16>(CRANELIFT));
    head.extend(padded::<48>(&Target::Host.description()));
    xxh3_64(&head)
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
    u64::from_str_radix(Image::MAKER, 16).expect("build.rs writes it so")
}

/// Bytes, and up to where they were read.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn slice(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], ImageError> {
        let slice = self.bytes[self.at..].get(..length).ok_or(ImageError::Invalid { what })?;
        self.at += length;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ImageError> {
        let bytes = *self.bytes[self.at..].first_chunk().ok_or(ImageError::Invalid { what })?;
        self.at += N;
        Ok(bytes)
    }

    fn u16(&mut self, what: &'static str) -> Result<u16, ImageError> {
        self.array(what).map(u16::from_le_bytes)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, ImageError> {
        self.array(what).map(u32::from_le_bytes)
    }

    fn u64(&mut self, what: &'static str) -> Result<u64, ImageError> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// Reads zeros up to an alignment, which is at most [`MAX_ALIGN`].
    fn align(&mut self, align: usize) -> Result<(), ImageError> {
        let what = "a byte between functions";
        let zeros = self.slice(self.at.next_multiple_of(align) - self.at, what)?;
        if zeros.iter().all(|&byte| byte == 0) { Ok(()) } else { Err(ImageError::Invalid { what }) }
    }
}

pub(super) fn read(mut file: impl Read, length: usize, rom: Rom) -> Result<Image, ImageError> {
    let no_memory = ImageError::Read(io::ErrorKind::OutOfMemory);
    let memory = (length <= MAX_BYTES).then(|| MappedCode::writable(length)).flatten();
    let mut memory = memory.ok_or(no_memory.clone())?;
    let bytes = &mut memory[..length];
    file.read_exact(bytes).map_err(|error| ImageError::Read(error.kind()))?;
    let (options, functions) = parse(bytes, &rom)?;
    let code = MappedCode::new(memory).ok_or(no_memory)?;
    let finished = Finished::new(functions, code);
    let finished = finished.map_err(|_| ImageError::Invalid { what: "an entry that is there twice" })?;
    Ok(Image { rom, options, target: Target::Host, finished: Arc::new(finished) })
}

fn parse(bytes: &[u8], rom: &Rom) -> Result<(Options, Vec<FinishedFunction>), ImageError> {
    if !bytes.starts_with(MAGIC) {
        return Err(ImageError::NotAnImage);
    }
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(ImageError::Damaged)?;
    let mut header = Reader { bytes: content, at: MAGIC.len().min(content.len()) };
    let differs = |what| Err(ImageError::OtherRecompiler { what });
    if header.u16("the form").map_err(|_| ImageError::Damaged)? != VERSION {
        return differs("the form of images");
    }
    if xxh3_64(content) != u64::from_le_bytes(*checksum) {
        return Err(ImageError::Damaged);
    }
    if header.u64("the source")? != source() {
        return differs("its source");
    }
    if header.u64("the fingerprint")? != fingerprint() {
        return differs("a layout");
    }
    if header.array("Cranelift's version")? != padded::<16>(CRANELIFT) {
        return differs("Cranelift's version");
    }
    let (found, expected) = (header.array::<48>("the host")?, Target::Host.description());
    if found != padded(&expected) {
        let found = String::from_utf8_lossy(&found).trim_end_matches('\0').to_owned();
        return Err(ImageError::OtherHost { found, expected });
    }
    if header.array::<32>("the ROM")? != *Sha256::digest(rom.bytes()) {
        return Err(ImageError::OtherRom);
    }
    let (found, expected) = (header.u32("the unit")?, rom.unit() as u32);
    if found != expected {
        return Err(ImageError::OtherUnit { found, expected });
    }
    let invalid = |what| ImageError::Invalid { what };
    let [flags] = header.array("the options")?;
    let options = options(flags).ok_or(invalid("the options"))?;
    let functions = header.u32("the number of functions")? as usize;
    let code_bytes = header.u32("the bytes of code")? as usize;
    // Code begins where the table ends: its last row may end up to so many bytes before.
    let table_end = content.len().checked_sub(code_bytes).filter(|&end| end >= header.at);
    let table_end = table_end.ok_or(invalid("the bytes of code"))?;
    if functions > (table_end - header.at) / ROW {
        return Err(invalid("the number of functions"));
    }
    let mut table = Reader { bytes: &content[..table_end], at: header.at };
    let mut code = Reader { bytes: content, at: table_end };
    let mut all: Vec<FinishedFunction> = Vec::with_capacity(functions);
    for _ in 0..functions {
        let function = function(&mut table, &mut code, rom)?;
        if all.last().is_some_and(|last| last.key >= function.key) {
            return Err(invalid("the order of the functions"));
        }
        all.push(function);
    }
    table.align(MAX_ALIGN)?;
    if table.at != table_end || code.at != content.len() {
        return Err(invalid("the number of functions"));
    }
    Ok((options, all))
}

/// Reads a row and finds the code that belongs to it.
fn function(table: &mut Reader<'_>, code: &mut Reader<'_>, rom: &Rom) -> Result<FinishedFunction, ImageError> {
    let invalid = |what| ImageError::Invalid { what };
    let start = table.at;
    let pc = table.u16("an address")?;
    let offset = table.u32("an offset")?;
    let unmapped = table.u64("the unmapped chunks")?;
    let instructions = table.u32("the number of instructions")? as usize;
    let [align] = table.array("an alignment")?.map(usize::from);
    let bytes = table.u32("the length of a function")? as usize;
    let entries = usize::from(table.u16("the number of entries")?);
    let entries = table.slice(2 * entries, "the number of entries")?;
    let entries: Vec<u16> = entries.as_chunks().0.iter().map(|&entry| u16::from_le_bytes(entry)).collect();
    let row = &table.bytes[start..table.at];
    let sealed = table.u64("a seal")?;
    if !align.is_power_of_two() || align > MAX_ALIGN {
        return Err(invalid("an alignment"));
    }
    code.align(align)?;
    let at = code.at;
    if seal(row, code.slice(bytes, "the length of a function")?) != sealed {
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
    if bytes == 0 {
        return Err(invalid("the length of a function"));
    }
    if !(1..=rom.unit()).contains(&instructions) {
        return Err(invalid("the number of instructions"));
    }
    Ok(FinishedFunction { key, entries, instructions, ranges: Vec::new(), align, bytes, at })
}
