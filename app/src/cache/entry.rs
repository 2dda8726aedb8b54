//! The form of a file of the cache.
//!
//! ```text
//! 0    8  magic: "RICACHE" and $1A
//! 8    2  version of the form
//! 10   2  bytes of the game's name
//! 12   8  stamp
//! 20  32  MAC: HMAC-SHA256 under the user's key, of the file's name with its length, and of all bytes but these
//! 52      the game's name, and what is kept
//! ```
//!
//! All numbers are little-endian. Because of the file's name in it, a MAC is right for one file only: what is kept of one
//! game cannot be put in the place of another's. Nothing of a file is used before the MAC is found to be right, but the
//! game's name in listings, and the stamp to see whether an image has to be made again.

use super::Kind;
use super::key::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const MAGIC: &[u8; 8] = b"RICACHE\x1A";
/// The version of the form.
const VERSION: u16 = 1;
const MAC_AT: usize = 20;
const MAC_BYTES: usize = 32;
const HEAD: usize = MAC_AT + MAC_BYTES;

/// Most bytes of a game's name.
const MAX_GAME: usize = 255;

/// Bytes at the beginning of a file that have the game's name in them.
pub(super) const PEEKED: u64 = (HEAD + MAX_GAME) as u64;

/// What was kept under a name, by this user's program: only [`open`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    name: String,
    stamp: u64,
    file: Vec<u8>,
    /// Where in the file begins what is kept: it is not copied, an image has megabytes.
    body: usize,
}

impl Entry {
    /// What it was made from, as its writer numbers that.
    #[cfg(test)]
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The bytes of an image; `None` if it was not kept as one.
    pub(crate) fn image(&self) -> Option<&[u8]> {
        self.name.ends_with(Kind::Image.name()).then_some(self.body())
    }

    /// Text; `None` if it is none.
    pub(crate) fn text(&self) -> Option<&str> {
        str::from_utf8(self.body()).ok()
    }

    fn body(&self) -> &[u8] {
        &self.file[self.body..]
    }
}

/// The content of a file before `body`.
pub(super) fn head(key: &Key, name: &str, game: &str, stamp: u64, body: &[u8]) -> Vec<u8> {
    let game = &game[..game.floor_char_boundary(MAX_GAME)];
    let mut head = Vec::with_capacity(HEAD + game.len());
    head.extend(MAGIC);
    head.extend(VERSION.to_le_bytes());
    head.extend((game.len() as u16).to_le_bytes());
    head.extend(stamp.to_le_bytes());
    let mac = mac(key, name, &head, &[game.as_bytes(), body]).finalize().into_bytes();
    head.extend(mac);
    head.extend(game.as_bytes());
    head
}

/// The entry in a file of this name; `None` if this user's program did not write it so.
pub(super) fn open(key: &Key, name: &str, file: Vec<u8>) -> Option<Entry> {
    let (head, rest) = file.split_at_checked(HEAD)?;
    let (fields, found) = head.split_at(MAC_AT);
    mac(key, name, fields, &[rest]).verify_slice(found).ok()?;
    let (game, stamp) = peek(&file)?;
    Some(Entry { name: name.to_owned(), stamp, body: HEAD + game.len(), file })
}

/// The game's name and the stamp in a file, which may be anyone's, or in its beginning.
pub(super) fn peek(file: &[u8]) -> Option<(&str, u64)> {
    let fields = file.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?;
    let (length, fields) = fields.split_first_chunk()?;
    let game = file.get(HEAD..HEAD + usize::from(u16::from_le_bytes(*length)))?;
    Some((str::from_utf8(game).ok()?, u64::from_le_bytes(*fields.first_chunk()?)))
}

/// The MAC, to be finished or compared (in constant time).
fn mac(key: &Key, name: &str, fields: &[u8], rest: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("a key may have any length");
    mac.update(&(name.len() as u64).to_le_bytes());
    mac.update(name.as_bytes());
    mac.update(fields);
    rest.iter().for_each(|part| mac.update(part));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"a body of some bytes";

    fn file(name: &str) -> Vec<u8> {
        [&head(&Key::for_tests(1), name, "Game \u{fc}", 0x0102_0304_0506_0708, BODY)[..], BODY].concat()
    }

    #[test]
    fn a_file_is_opened_with_its_key_under_its_name_only() {
        let entry = open(&Key::for_tests(1), "a", file("a")).expect("it is whole");
        assert_eq!(
            (entry.stamp(), entry.text(), entry.image()),
            (0x0102_0304_0506_0708, str::from_utf8(BODY).ok(), None)
        );
        let image = open(&Key::for_tests(1), "a.image", file("a.image")).expect("it is whole");
        assert_eq!(image.image(), Some(BODY));
        assert_eq!(peek(&file("a")), Some(("Game \u{fc}", 0x0102_0304_0506_0708)));
        assert_eq!(open(&Key::for_tests(2), "a", file("a")), None);
        assert_eq!(open(&Key::for_tests(1), "b", file("a")), None);
    }

    #[test]
    fn every_byte_counts() {
        let whole = file("a");
        for i in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[i] ^= 1 << bit;
                assert_eq!(open(&Key::for_tests(1), "a", flipped), None, "bit {bit} of byte {i}");
            }
            assert_eq!(open(&Key::for_tests(1), "a", whole[..i].to_vec()), None, "{i} bytes");
        }
        assert_eq!(open(&Key::for_tests(1), "a", [&whole[..], &[0]].concat()), None, "a byte more");
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        let long = "\u{fc}".repeat(400);
        let head = head(&Key::for_tests(1), "a", &long, 0, &[]);
        assert_eq!(peek(&head), Some((&long[..254], 0)));
        assert!(open(&Key::for_tests(1), "a", head).is_some_and(|entry| entry.body().is_empty()));
    }

    #[test]
    fn names_of_strange_files_are_refused() {
        for file in [&b""[..], b"RICACHE\x1A", b"RICACHE\x1A\x01\0\xFF\xFF", &[0; 400]] {
            assert_eq!(peek(file), None);
        }
    }
}
