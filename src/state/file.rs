//! The form of a state that lasts.
//!
//! ```text
//! 0   8  magic: "RICOJIT" and $1A
//! 8   2  version of the form: 2; in 1, the section of conditions is missing
//! 10 20  SHA-1 of PRG ROM and CHR ROM
//! 30  2  iNES mapper number
//! 32  1  NES 2.0 submapper
//! 33  1  mirroring as the header has it
//! 34  1  region: 0 NTSC, 1 PAL, 2 Dendy
//! 35  1  MMC3 revision that was asked for: 0 none, 1 Sharp, 2 NEC
//! 36  1  RAM at power-on: 0 zeros, 1 ones, 2 seeded
//! 37  8  its seed
//! 45  1  palette RAM at power-on: 0 console, 1 zeros
//! 46  2  dots that the PPU is ahead of the CPU at power-on
//! 48     sections: tag 4, version 2, length 4, fields
//! end 8  XXH3-64 of all before
//! ```
//!
//! All numbers are little-endian.

use super::StateError;
use crate::cartridge::Mirroring;
use crate::clock::Region;
use crate::digest::hex;
use crate::options::{Mmc3Revision, PalettePattern, RamPattern};
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"RICOJIT\x1A";
/// The version of the form that is written.
const VERSION: u16 = 2;
const HEADER: usize = 48;
const CHECKSUM: usize = 8;
/// Bytes of a section before its fields.
const SECTION: usize = 10;

/// What a state depends on besides its own bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) rom_sha1: [u8; 20],
    pub(crate) mapper: u16,
    pub(crate) submapper: u8,
    pub(crate) mirroring: Mirroring,
    pub(crate) region: Region,
    pub(crate) mmc3: Option<Mmc3Revision>,
    pub(crate) power_on: PowerOn,
}

/// What the machine was like at power-on. Nothing of it matters before the power is switched off and on again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PowerOn {
    pub(crate) ram: RamPattern,
    pub(crate) palette: PalettePattern,
    pub(crate) lead: u16,
}

const MIRRORINGS: [Mirroring; 5] =
    [Mirroring::Horizontal, Mirroring::Vertical, Mirroring::SingleLow, Mirroring::SingleHigh, Mirroring::FourScreen];
const REGIONS: [Region; 3] = [Region::Ntsc, Region::Pal, Region::Dendy];
const MMC3S: [Option<Mmc3Revision>; 3] = [None, Some(Mmc3Revision::Sharp), Some(Mmc3Revision::Nec)];
const PALETTES: [PalettePattern; 2] = [PalettePattern::Console, PalettePattern::Zeros];

/// The number of an item that is in the list.
fn number<T: PartialEq>(list: &[T], item: &T) -> u8 {
    list.iter().position(|other| other == item).unwrap_or(0) as u8
}

impl Identity {
    fn write(&self, out: &mut Vec<u8>) {
        let (ram, seed) = match self.power_on.ram {
            RamPattern::Zeros => (0, 0),
            RamPattern::Ones => (1, 0),
            RamPattern::Seeded(seed) => (2, seed),
        };
        out.extend(self.rom_sha1);
        out.extend(self.mapper.to_le_bytes());
        out.extend([self.submapper, number(&MIRRORINGS, &self.mirroring), number(&REGIONS, &self.region)]);
        out.extend([number(&MMC3S, &self.mmc3), ram]);
        out.extend(seed.to_le_bytes());
        out.push(number(&PALETTES, &self.power_on.palette));
        out.extend(self.power_on.lead.to_le_bytes());
    }

    /// `None` if a number stands for nothing.
    fn read(bytes: &[u8; HEADER]) -> Option<Self> {
        let byte = |at: usize| usize::from(bytes[at]);
        let two = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let seed = u64::from_le_bytes(bytes[37..45].try_into().ok()?);
        Some(Self {
            rom_sha1: bytes[10..30].try_into().ok()?,
            mapper: two(30),
            submapper: bytes[32],
            mirroring: *MIRRORINGS.get(byte(33))?,
            region: *REGIONS.get(byte(34))?,
            mmc3: *MMC3S.get(byte(35))?,
            power_on: PowerOn {
                ram: match (byte(36), seed) {
                    (0, 0) => RamPattern::Zeros,
                    (1, 0) => RamPattern::Ones,
                    (2, seed) => RamPattern::Seeded(seed),
                    _ => return None,
                },
                palette: *PALETTES.get(byte(45))?,
                lead: two(46),
            },
        })
    }

    /// Whether a state of `found` belongs into a machine of this identity. How the machine started may differ.
    pub(crate) fn accepts(&self, found: &Self) -> Result<(), StateError> {
        if found.rom_sha1 != self.rom_sha1 {
            let (found, expected) = (hex(found.rom_sha1), hex(self.rom_sha1));
            return Err(StateError::OtherRom { found, expected });
        }
        let differs = |what, same, of: fn(&Self) -> String| {
            if same { Ok(()) } else { Err(StateError::OtherHardware { what, found: of(found), expected: of(self) }) }
        };
        let board = |of: &Self| (of.mapper, of.submapper, of.mirroring);
        differs("board", board(found) == board(self), |of| {
            format!("mapper {}.{}, {:?}", of.mapper, of.submapper, of.mirroring)
        })?;
        differs("region", found.region == self.region, |of| format!("{:?}", of.region))?;
        differs("revision of the MMC3", found.mmc3 == self.mmc3, |of| {
            of.mmc3.map_or("the header's".to_owned(), |mmc3| format!("{mmc3:?}"))
        })
    }
}

/// A section: its version and its fields.
pub(crate) type Section<'a> = (u16, &'a [u8]);

/// Writes a file in order: the identity, the sections, the checksum.
pub(crate) struct FileWriter<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> FileWriter<'a> {
    /// Into a buffer, whose contents are replaced.
    pub(crate) fn new(out: &'a mut Vec<u8>, identity: &Identity) -> Self {
        out.clear();
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        identity.write(out);
        debug_assert_eq!(out.len(), HEADER);
        Self { out }
    }

    /// A section with a tag of four bytes, whose fields `write` appends.
    pub(crate) fn section(&mut self, (tag, version): (&'static str, u16), write: impl FnOnce(&mut Vec<u8>)) {
        debug_assert_eq!(tag.len(), 4);
        self.out.extend(tag.as_bytes());
        self.out.extend(version.to_le_bytes());
        let length = self.out.len();
        self.out.extend([0; 4]);
        write(self.out);
        let bytes = (self.out.len() - length - 4) as u32;
        self.out[length..length + 4].copy_from_slice(&bytes.to_le_bytes());
    }

    /// The checksum.
    pub(crate) fn finish(self) {
        let checksum = xxh3_64(self.out);
        self.out.extend(checksum.to_le_bytes());
    }
}

/// A file whose frame is right: magic, version, lengths, checksum. What is in the sections is not checked yet.
pub(crate) struct File<'a> {
    pub(crate) identity: Identity,
    sections: &'a [u8],
}

impl<'a> File<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, StateError> {
        if !bytes.starts_with(MAGIC) {
            return Err(StateError::NotAState);
        }
        let expected = HEADER + CHECKSUM;
        let cut_off = StateError::CutOff { found: bytes.len(), expected };
        let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(|| cut_off.clone())?;
        let (header, sections) = body.split_first_chunk::<HEADER>().ok_or(cut_off)?;
        match u16::from_le_bytes([header[8], header[9]]) {
            1..=VERSION => {}
            0 => return Err(StateError::NotAState),
            found => return Err(StateError::Newer { found, known: VERSION }),
        }
        let expected = HEADER + length(sections)? + CHECKSUM;
        if bytes.len() < expected {
            return Err(StateError::CutOff { found: bytes.len(), expected });
        }
        if xxh3_64(body) != u64::from_le_bytes(*checksum) {
            return Err(StateError::Damaged);
        }
        let identity = Identity::read(header).ok_or(StateError::Damaged)?;
        Ok(Self { identity, sections })
    }

    /// The only section with this tag, of at most this version; `None` if there is none.
    pub(crate) fn section(&self, tag: &'static str, known: u16) -> Result<Option<Section<'a>>, StateError> {
        let mut found = None;
        let mut rest = self.sections;
        while let Some((name, section, after)) = next_section(rest) {
            rest = after;
            if name == tag.as_bytes() && found.replace(section).is_some() {
                return Err(StateError::Section { section: tag.trim_end() });
            }
        }
        match found {
            Some((version, _)) if version > known => Err(StateError::Newer { found: version, known }),
            _ if !rest.is_empty() => Err(StateError::Damaged),
            found => Ok(found),
        }
    }
}

/// The length of sections by their own count, those that are cut off included.
fn length(mut sections: &[u8]) -> Result<usize, StateError> {
    let mut length = 0_usize;
    while !sections.is_empty() {
        let Some(header) = sections.first_chunk::<SECTION>() else { return Ok(length + SECTION) };
        let bytes = u32::from_le_bytes([header[6], header[7], header[8], header[9]]) as usize;
        length = length.saturating_add(SECTION).saturating_add(bytes);
        sections = sections.get(SECTION.saturating_add(bytes)..).unwrap_or_default();
    }
    Ok(length)
}

/// The tag of the first section, the section, and what comes after it.
fn next_section(bytes: &[u8]) -> Option<(&[u8], Section<'_>, &[u8])> {
    let (header, rest) = bytes.split_first_chunk::<SECTION>()?;
    let length = u32::from_le_bytes([header[6], header[7], header[8], header[9]]) as usize;
    let (fields, rest) = rest.split_at_checked(length)?;
    Some((&bytes[..4], (u16::from_le_bytes([header[4], header[5]]), fields), rest))
}
