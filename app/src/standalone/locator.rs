//! The locator: 64 bytes of the program that say where its payload is.
//!
//! ```text
//! 0   16  name, by which the locator is known
//! 16  16  hash of the recompiler's source, which images name too
//! 32   8  bytes from the locator to the payload, in memory; 0: there is none
//! 40   8  bytes of the payload
//! 48   8  XXH3-64 of the payload
//! 56   8  version of the payload's form
//! ```
//!
//! The locator is a section of its own, so that [`executable`](super::executable) finds it in the file. All numbers are
//! little-endian. The payload is part of a segment that the system has loaded with the program.
//!
//! # Soundness
//!
//! A locator other than the one below was written by `executable`, together with the payload, into a segment that the system maps
//! whole before the program starts and that is never unmapped or written to. Who changes these bytes changes a program. A file
//! that was cut off is mapped too, but reading what it lacks would end the process; [`is_mapped`] asks the system about the
//! last byte first.
#![allow(unsafe_code)]

use ricojit::Image;
use std::io::Write;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::xxh3_64;

/// The section of the file.
#[cfg(feature = "jit")]
pub(super) const SECTION: &[u8] = b".ricojit_locator";
/// What a locator begins with.
const NAME: &[u8; 16] = b"Ricojit locator\x1A";
/// The version of the payload's form.
const VERSION: u64 = 1;
/// Bytes of a locator.
pub(super) const SIZE: usize = 64;

/// The words with numbers: where the payload is, its size, its checksum.
const DISTANCE: usize = 4;
const LENGTH: usize = 5;
const CHECKSUM: usize = 6;

/// The words of a locator.
type Words = [u64; SIZE / 8];

/// A locator without payload.
const EMPTY: Words = {
    let (name, maker) = (NAME.as_slice(), Image::MAKER.as_bytes());
    assert!(maker.len() == 16);
    [word(name, 0), word(name, 8), word(maker, 0), word(maker, 8), 0, 0, 0, VERSION.to_le()]
};

/// Eight bytes of text.
const fn word(text: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    let mut i = 0;
    while i < 8 {
        bytes[i] = text[at + i];
        i += 1;
    }
    u64::from_ne_bytes(bytes)
}

/// The locator of this program. Atomic, so that the compiler does not take it for what it is here.
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".ricojit_locator"))]
static LOCATOR: [AtomicU64; SIZE / 8] = {
    let mut locator = [const { AtomicU64::new(0) }; SIZE / 8];
    let mut i = 0;
    while i < locator.len() {
        locator[i] = AtomicU64::new(EMPTY[i]);
        i += 1;
    }
    locator
};

/// Why a program has no payload although it should have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    /// The end of the file is missing.
    #[error("the game in this program is missing: its file was cut off; copy it again")]
    CutOff,
    /// The payload is not the one that was added.
    #[error("the game in this program is damaged; copy the file again")]
    Damaged,
}

/// The payload of this program; `None` if it was built without one.
pub(crate) fn payload() -> Option<Result<&'static [u8], Lost>> {
    let number = |at: usize| u64::from_le(LOCATOR[at].load(Ordering::Relaxed));
    // A program fits into memory.
    let (distance, length) = (number(DISTANCE) as usize, number(LENGTH) as usize);
    if distance == 0 {
        return None;
    }
    let start = LOCATOR.as_ptr().cast::<u8>().wrapping_add(distance);
    // SAFETY: see the head of this file.
    let (bytes, last) = unsafe {
        (slice::from_raw_parts(start, length), slice::from_raw_parts(start.wrapping_add(length.saturating_sub(1)), 1))
    };
    Some(if !is_mapped(last) {
        Err(Lost::CutOff)
    } else if xxh3_64(bytes) != number(CHECKSUM) {
        Err(Lost::Damaged)
    } else {
        Ok(bytes)
    })
}

/// Whether memory can be read. Only the system reads it.
fn is_mapped(memory: &[u8]) -> bool {
    std::io::pipe().and_then(|(_reader, mut writer)| writer.write_all(memory)).is_ok()
}

/// What the locator of a file says.
#[cfg(feature = "jit")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing that this version knows.
    Nothing,
    /// It is that of another version.
    OtherVersion,
    /// There is a payload already.
    Taken,
    /// It can be filled.
    Empty,
}

/// Looks at a locator in a file.
#[cfg(feature = "jit")]
pub(super) fn look(locator: &[u8; SIZE]) -> Found {
    let empty = to_bytes(&EMPTY);
    let same = |from: usize, to: usize| locator[from..to] == empty[from..to];
    match () {
        () if !same(0, NAME.len()) => Found::Nothing,
        () if !same(0, DISTANCE * 8) || !same(CHECKSUM * 8 + 8, SIZE) => Found::OtherVersion,
        () if !same(0, SIZE) => Found::Taken,
        () => Found::Empty,
    }
}

/// A locator for a payload that lies so many bytes after it.
#[cfg(feature = "jit")]
pub(super) fn filled(distance: u64, payload: &[u8]) -> [u8; SIZE] {
    let mut words = EMPTY;
    words[DISTANCE] = distance.to_le();
    words[LENGTH] = (payload.len() as u64).to_le();
    words[CHECKSUM] = xxh3_64(payload).to_le();
    to_bytes(&words)
}

#[cfg(feature = "jit")]
fn to_bytes(words: &Words) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes.as_chunks_mut::<8>().0.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_ne_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_have_no_payload() {
        assert_eq!(payload(), None);
        assert!(is_mapped(NAME));
    }

    #[cfg(feature = "jit")]
    #[test]
    fn a_locator_is_looked_at_before_it_is_filled() {
        let empty = to_bytes(&EMPTY);
        assert_eq!(look(&empty), Found::Empty);
        assert_eq!(look(&filled(8, b"payload")), Found::Taken);
        for at in 0..SIZE {
            let mut other = empty;
            other[at] ^= 1;
            let expected = match at {
                0..16 => Found::Nothing,
                16..32 | 56..64 => Found::OtherVersion,
                _ => Found::Taken,
            };
            assert_eq!(look(&other), expected, "{at}");
        }
    }
}
