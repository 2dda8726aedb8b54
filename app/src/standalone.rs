//! Executables that are one game: a program, a ROM and its native code in one file.
//!
//! `ricojit compile --standalone` copies a program, the *runtime*, and adds a *payload* to it ([`executable`]). The runtime is
//! this program: without a payload it is `ricojit`, with one it plays the game in it (`cli/standalone.rs`). [`locator`] is
//! where it finds the payload: in its own memory, so it needs neither its file nor /proc.
//!
//! A payload knows nothing of the file that it is in:
//!
//! ```text
//! 0   4  bytes of the header, little-endian
//! 4      header, JSON: the title, and the bytes of each part
//!        the ROM file
//!        the image of its native code (docs/ahead-of-time.md)
//!        the icon, PNG
//! ```

#[cfg(feature = "jit")]
pub(crate) mod executable;
pub(crate) mod locator;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A game with all that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload<'a> {
    /// The name, for people.
    pub(crate) title: Cow<'a, str>,
    /// The ROM file.
    pub(crate) rom: &'a [u8],
    /// The image of its native code; empty if there is none.
    pub(crate) image: &'a [u8],
    /// The icon of its window as a PNG file; empty if there is none.
    pub(crate) icon: &'a [u8],
}

/// What a payload begins with.
#[derive(Serialize, Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    title: Cow<'a, str>,
    rom: usize,
    image: usize,
    icon: usize,
}

impl<'a> Payload<'a> {
    /// The payload as bytes.
    #[cfg(any(feature = "jit", test))]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Self { title, rom, image, icon } = self;
        let header = Header { title: Cow::Borrowed(title), rom: rom.len(), image: image.len(), icon: icon.len() };
        let header = serde_json::to_vec(&header).expect("it has only strings and numbers");
        let length = u32::try_from(header.len()).expect("a title is short").to_le_bytes();
        [&length, &header[..], rom, image, icon].concat()
    }

    /// Reads what [`Payload::to_bytes`] wrote; `None` if the bytes are something else.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (header, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let header: Header<'a> = serde_json::from_slice(header).ok()?;
        let (rom, rest) = rest.split_at_checked(header.rom)?;
        let (image, rest) = rest.split_at_checked(header.image)?;
        (rest.len() == header.icon).then_some(Self { title: header.title, rom, image, icon: rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_what_was_written() {
        for title in ["demo", "\"quoted\" \\ \u{1f4a9} ", ""] {
            let written = Payload { title: title.into(), rom: b"rom", image: b"", icon: b"icon" };
            assert_eq!(Payload::parse(&written.to_bytes()).as_ref(), Some(&written));
        }
    }

    #[test]
    fn other_bytes_are_no_payload() {
        let bytes = Payload { title: "demo".into(), rom: b"rom", image: b"image", icon: b"icon" }.to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(Payload::parse(&bytes[..length]), None, "{length}");
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                // A flipped bit of the content is for the checksum of the locator: here it must not panic.
                let _ = Payload::parse(&other);
            }
        }
    }
}
