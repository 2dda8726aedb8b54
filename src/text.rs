//! Text for people, from names and content that may be any bytes; and text from people, in files.
//!
//! **Contract.** What [`in_a_line`] and [`path`] return is one line that a terminal and an XML file can take: it has no
//! control characters, and none that reorder text. Bytes of a name that are not UTF-8 stay visible. Every list that is read by
//! lines is read by [`lines`]: with or without a byte order mark, with the line ends of any system.

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

/// The content without a UTF-8 byte order mark, which editors of Windows begin a file with.
pub fn content(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The content as text without a byte order mark; `None` if it is not UTF-8.
pub fn utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(content(bytes)).ok()
}

/// The lines with their numbers, from 1, without white space around them: so it does not matter whether they end with LF
/// or CR LF. After the last line end there is one more line, which is empty.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    content(bytes).split(|&byte| byte == b'\n').enumerate().map(|(index, line)| (index + 1, line.trim_ascii()))
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

    #[test]
    fn marks_and_line_ends_do_not_matter() {
        let read = |text: &str| lines(text.as_bytes()).map(|(n, line)| (n, line.to_vec())).collect::<Vec<_>>();
        let plain = read("a b\n\nc\n");
        assert_eq!(plain, [(1, b"a b".to_vec()), (2, vec![]), (3, b"c".to_vec()), (4, vec![])]);
        for same in ["\u{FEFF}a b\n\nc\n", "a b\r\n\r\nc\r\n", "\u{FEFF}a b \r\n \r\n\tc\n"] {
            assert_eq!(read(same), plain, "{same:?}");
        }
        assert_eq!(utf8(b"\xEF\xBB\xBFa"), Some("a"));
        assert_eq!(utf8(b"\xFF\xFEa\0"), None);
        // Only one mark, and only at the beginning.
        assert_eq!(utf8("\u{FEFF}\u{FEFF}a".as_bytes()), Some("\u{FEFF}a"));
    }
}
