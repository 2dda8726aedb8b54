//! How often code was entered, as text: counted by runs, read by the compiler.
//!
//! ```text
//! ricojit-entry-profile 1
//! rom 8f3ec1...        the SHA-1 of a ROM: the counts of its code follow. There may be more ROMs
//! C123 0A123 4711      CPU address and offset in PRG ROM of an entry, in hex; how often it was entered
//! C180 0A180 ff00 52   the same with unmapped chunks of its unit, if there are any
//! ```
//!
//! A profile says what is worth compiling. It never changes a result.

use super::text;
use crate::cartridge::Cartridge;
use crate::digest::hex;
use ricojit_recompiler::Key;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use thiserror::Error;

const TITLE: &str = "ricojit-entry-profile 1";

/// How often code was entered, for one ROM or several.
///
/// [`Recompiler::entry_profile`](super::Recompiler::entry_profile) gives one; [`Display`] and [`FromStr`] are its text.
/// The text leaves out entries that were counted less than [`EntryProfile::MIN_COUNT`] times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryProfile {
    /// By the SHA-1 of the ROM.
    roms: BTreeMap<[u8; 20], BTreeMap<Key, u64>>,
}

/// Why a text is no profile, or not one of a cartridge.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryProfileError {
    /// The first line is another.
    #[error("this is not an entry profile of this version: its first line has to be `{TITLE}`")]
    Title,
    /// A line has to name a ROM.
    #[error("line {0} of the entry profile has to be `rom` and the SHA-1 of a ROM")]
    Rom(usize),
    /// A line is no entry with a count.
    #[error("line {0} of the entry profile is not an address from 8000 to FFFF, an offset in PRG ROM and a count")]
    Entry(usize),
    /// An entry cannot be in the ROM.
    #[error("the entry profile has `{}`, which is no place in this PRG ROM of {size} bytes", text::key(*key))]
    Outside {
        /// The entry.
        key: Key,
        /// The bytes of PRG ROM.
        size: usize,
    },
}

impl EntryProfile {
    /// Entries with a lower count are not written.
    pub const MIN_COUNT: u64 = 8;

    /// The counts of one ROM.
    pub(crate) fn new(cartridge: &Cartridge, counts: BTreeMap<Key, u64>) -> Self {
        Self { roms: BTreeMap::from([(cartridge.rom_sha1, counts)]) }
    }

    /// Adds the counts of another profile.
    pub fn merge(&mut self, other: &Self) {
        for (&rom, counts) in &other.roms {
            let all = self.roms.entry(rom).or_default();
            counts.iter().for_each(|(&key, &count)| add(all, key, count));
        }
    }

    /// Adds to the count of an entry of a cartridge's ROM.
    pub fn add(&mut self, cartridge: &Cartridge, key: Key, count: u64) {
        add(self.roms.entry(cartridge.rom_sha1).or_default(), key, count);
    }

    /// Whether there are counts of a cartridge's ROM.
    pub fn has(&self, cartridge: &Cartridge) -> bool {
        self.roms.contains_key(&cartridge.rom_sha1)
    }

    /// The counts of the ROM that a line names.
    fn counts_of(&mut self, line: &str) -> Option<&mut BTreeMap<Key, u64>> {
        Some(self.roms.entry(sha1(line)?).or_default())
    }

    /// The counts of a cartridge's ROM, in the order of the keys; empty if there are none.
    ///
    /// # Errors
    ///
    /// [`EntryProfileError::Outside`] if an entry cannot be in the ROM.
    pub fn counts(&self, cartridge: &Cartridge) -> Result<Vec<(Key, u64)>, EntryProfileError> {
        let size = cartridge.prg_rom.len();
        let counts = self.roms.get(&cartridge.rom_sha1).into_iter().flatten();
        counts
            .map(|(&key, &count)| match key.is_in(size) {
                true => Ok((key, count)),
                false => Err(EntryProfileError::Outside { key, size }),
            })
            .collect()
    }
}

impl Display for EntryProfile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        for (&rom, counts) in &self.roms {
            writeln!(f, "rom {}", hex(rom))?;
            for (&key, count) in counts.iter().filter(|(_, count)| **count >= Self::MIN_COUNT) {
                writeln!(f, "{} {count}", text::key(key))?;
            }
        }
        Ok(())
    }
}

impl FromStr for EntryProfile {
    type Err = EntryProfileError;

    fn from_str(text: &str) -> Result<Self, EntryProfileError> {
        let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line));
        if lines.next().is_none_or(|(_, line)| line.trim_end() != TITLE) {
            return Err(EntryProfileError::Title);
        }
        let (number, line) = lines.next().unwrap_or((2, ""));
        let mut profile = Self::default();
        let mut counts = profile.counts_of(line).ok_or(EntryProfileError::Rom(number))?;
        for (number, line) in lines {
            if line.starts_with("rom") {
                counts = profile.counts_of(line).ok_or(EntryProfileError::Rom(number))?;
            } else {
                let (key, count) = entry(line).ok_or(EntryProfileError::Entry(number))?;
                add(counts, key, count);
            }
        }
        Ok(profile)
    }
}

fn add(counts: &mut BTreeMap<Key, u64>, key: Key, count: u64) {
    let sum = counts.entry(key).or_default();
    *sum = sum.saturating_add(count);
}

/// Parses `rom SHA-1`.
fn sha1(line: &str) -> Option<[u8; 20]> {
    let digits = line.strip_prefix("rom ")?.trim_end();
    if digits.len() != 40 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut sha1 = [0; 20];
    for (byte, at) in sha1.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    Some(sha1)
}

/// Parses a key and its count.
fn entry(line: &str) -> Option<(Key, u64)> {
    let (key, count) = line.trim_end().rsplit_once(' ')?;
    Some((text::parse_key(key).filter(|key| key.pc >= 0x8000)?, count.parse().ok()?))
}
