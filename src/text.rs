//! Text for people, from names and content that may be any bytes.
//!
//! **Contract.** What these functions return is one line that a terminal and an XML file can take: it has no control
//! characters, and none that reorder text. Bytes of a name that are not UTF-8 stay visible.

use std::borrow::Cow;
use std::ffi::OsStr;
#[cfg(unix)]
use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;

/// The text with its control characters escaped, as in Rust's strings.
///
/// ```
/// assert_eq!(ricojit::text::in_a_line("a\nb\u{1b}[31mc, Zürich"), "a\\nb\\u{1b}[31mc, Zürich");
/// ```
#[must_use]
pub fn in_a_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return text.into();
    }
    let mut line = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_control(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line.into()
}

/// The name of a file as a message shows it: [`in_a_line`], with `\xE9` for a byte that is not UTF-8.
#[must_use]
pub fn path(name: impl AsRef<OsStr>) -> String {
    let mut shown = String::new();
    for chunk in name.as_ref().as_encoded_bytes().utf8_chunks() {
        shown += &in_a_line(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02X}");
        }
    }
    shown
}

/// The name that [`path`] shows so: with the byte 0xE9 for `\xE9`.
#[cfg(unix)]
#[must_use]
pub fn named(shown: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let Some(at) = rest.find("\\x") {
        let (before, escape) = rest.split_at(at);
        let digits = escape.get(2..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|byte| !byte.is_ascii());
        bytes.extend(before.bytes());
        match byte {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(b"\\x"),
        }
        rest = &escape[if byte.is_some() { 4 } else { 2 }..];
    }
    bytes.extend(rest.bytes());
    OsString::from_vec(bytes).into()
}

/// Names are text.
#[cfg(not(unix))]
#[must_use]
pub fn named(shown: &str) -> PathBuf {
    shown.into()
}

/// Whether a terminal might obey the character: control characters, ends of lines, and changes of direction.
fn is_control(c: char) -> bool {
    let reorders = matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || reorders || matches!(c, '\u{61C}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_without_what_a_terminal_obeys() {
        for (name, shown) in [
            ("Zürich (E) [!].nes", "Zürich (E) [!].nes"),
            ("a\r\n\tb\u{7f}\u{9b}2J", "a\\r\\n\\tb\\u{7f}\\u{9b}2J"),
            ("\u{202e}sen.exe", "\\u{202e}sen.exe"),
        ] {
            assert_eq!(path(name), shown);
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_stay_visible() {
        use std::os::unix::ffi::OsStrExt;
        for name in [&b"g\xE9.nes"[..], b"\\x\\xE\x83}\x83\x8A\\", b"a/\xFF\xFE"] {
            assert_eq!(named(&path(OsStr::from_bytes(name))).as_os_str().as_bytes(), name);
        }
        assert_eq!(path(OsStr::from_bytes(b"g\xE9\x1B/\x83}\x83\x8A.nes")), "g\\xE9\\u{1b}/\\x83}\\x83\\x8A.nes");
    }
}
