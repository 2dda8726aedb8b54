//! Palette files.
//!
//! | form   | content                                                                             |
//! |--------|-------------------------------------------------------------------------------------|
//! | binary | three bytes a colour: red, green, blue                                              |
//! | JASC   | text: `JASC-PAL`, `0100`, the number of colours, then a line `R G B` for each of them |
//!
//! | colours     | emphasis                                                                            |
//! |-------------|-------------------------------------------------------------------------------------|
//! | 64 to 511   | computed for the first 64: each is dimmed as the default palette dims white         |
//! | 512 or more | in the file: 8 blocks of 64, bit 0 of the block is red emphasis                     |
//!
//! What follows the 64 or 512 colours, as the signature of an editor does, is not used, and a note says so.

use crate::text;

const PLAIN: usize = 64;
const EMPHASISED: usize = 512;

/// Why the bytes are not a palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaletteError {
    /// It is a file of another kind.
    #[error("this is {what}, not a palette of bytes or of JASC text")]
    OtherFile {
        /// What it is.
        what: &'static str,
    },
    /// A binary file is too short.
    #[error("a palette file has {} or {} bytes, not {found}", PLAIN * 3, EMPHASISED * 3)]
    TooShort {
        /// The number of bytes.
        found: usize,
    },
    /// A JASC file has too few colours.
    #[error("a palette of text has {PLAIN} or {EMPHASISED} colours, not {found}")]
    TooFew {
        /// The number of colours.
        found: usize,
    },
    /// A line of a JASC file has another form.
    #[error("line {line} is not {expected}, as a palette of text has there")]
    Line {
        /// The line number, from 1.
        line: usize,
        /// What it should be.
        expected: &'static str,
    },
}

/// The colours of a file.
pub(super) struct Colours {
    /// 64 or 512.
    pub(super) colours: Vec<[u8; 3]>,
    pub(super) note: Option<String>,
}

/// Files that are given by mistake: any other bytes would be colours.
const OTHERS: [(&[u8], &str); 4] =
    [(b"NES\x1A", "an NES ROM"), (b"PK\x03\x04", "a zip archive"), (b"\x89PNG", "a picture"), (b"RIFF", "a RIFF file")];

/// Reads a file of either form.
pub(super) fn read(bytes: &[u8]) -> Result<Colours, PaletteError> {
    if let Some(&(_, what)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(PaletteError::OtherFile { what });
    }
    if text::content(bytes).starts_with(b"JASC-PAL") { jasc(bytes) } else { binary(bytes) }
}

fn binary(bytes: &[u8]) -> Result<Colours, PaletteError> {
    let count = used(bytes.len() / 3).ok_or(PaletteError::TooShort { found: bytes.len() })?;
    let colours = bytes.as_chunks().0[..count].to_vec();
    let rest = bytes.len() - count * 3;
    let note = (rest > 0).then(|| format!("The last {rest} bytes of the palette are not used."));
    Ok(Colours { colours, note })
}

fn jasc(bytes: &[u8]) -> Result<Colours, PaletteError> {
    let mut lines = text::lines(bytes).filter(|(_, line)| !line.is_empty());
    let mut last = 0;
    let mut next = |expected| {
        let (line, content) = lines.next().ok_or(PaletteError::Line { line: last + 1, expected })?;
        last = line;
        Ok((content, PaletteError::Line { line, expected }))
    };
    for word in ["JASC-PAL", "0100"] {
        let (line, wrong) = next(word)?;
        if line != word.as_bytes() {
            return Err(wrong);
        }
    }
    let (line, wrong) = next("the number of colours")?;
    let found: usize = number(line).ok_or(wrong)?;
    let count = used(found).ok_or(PaletteError::TooFew { found })?;
    let mut colours = Vec::with_capacity(count);
    for _ in 0..count {
        let (line, wrong) = next("three numbers from 0 to 255")?;
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let colour = [words.next(), words.next(), words.next()].map(|word| word.and_then(number::<u8>));
        // Some editors write alpha after them.
        let [Some(r), Some(g), Some(b)] = colour else { return Err(wrong) };
        colours.push([r, g, b]);
    }
    let note =
        (found > count).then(|| format!("Only the first {count} of the {found} colours of the palette are used."));
    Ok(Colours { colours, note })
}

/// How many colours of a file are used.
fn used(colours: usize) -> Option<usize> {
    match colours {
        EMPHASISED.. => Some(EMPHASISED),
        PLAIN.. => Some(PLAIN),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(word: &[u8]) -> Option<T> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::{DEFAULT, Palette};
    use proptest::prelude::*;

    /// The first colours of the default palette as text.
    fn text(count: usize, end: &str) -> String {
        let colours = DEFAULT.as_chunks::<3>().0.iter().cycle().take(count);
        let colours = colours.map(|[r, g, b]| format!("{r} {g} {b}{end}"));
        format!("JASC-PAL{end}0100{end}{count}{end}") + &colours.collect::<String>()
    }

    #[test]
    fn files_of_both_sizes_are_read() {
        let whole = Palette::from_file(DEFAULT).expect("1536 bytes");
        assert_eq!(whole, Palette::default());
        let plain = Palette::from_file(&DEFAULT[..192]).expect("192 bytes");
        for pixel in 0..64 {
            assert_eq!(plain.rgba(pixel), whole.rgba(pixel));
        }
        for emphasis in 0..8 {
            assert_eq!(plain.rgba(emphasis << 6 | 0x30), whole.rgba(emphasis << 6 | 0x30));
        }
    }

    #[test]
    fn trailing_bytes_are_not_used_and_noted() {
        let plain = Palette::from_file(&DEFAULT[..192]).unwrap();
        for (size, expected, rest) in
            [(192, &plain, 0), (193, &plain, 1), (1535, &plain, 1343), (1536, &Palette::default(), 0)]
        {
            let (palette, note) = Palette::from_file_with_note(&DEFAULT[..size]).unwrap();
            assert_eq!(&palette, expected, "{size}");
            let text = (rest > 0).then(|| format!("The last {rest} bytes of the palette are not used."));
            assert_eq!(note, text, "{size}");
        }
        let signed = [&DEFAULT[..], b"made by an editor"].concat();
        let (palette, note) = Palette::from_file_with_note(&signed).unwrap();
        assert_eq!((palette, note.is_some()), (Palette::default(), true));
        assert_eq!(Palette::from_file(&DEFAULT[..191]), Err(PaletteError::TooShort { found: 191 }));
    }

    #[test]
    fn other_files_are_no_palettes() {
        let rom = include_bytes!("../../roms/demo.nes");
        let error = Palette::from_file(rom).unwrap_err().to_string();
        assert_eq!(error, "this is an NES ROM, not a palette of bytes or of JASC text");
    }

    #[test]
    fn palettes_of_text_are_read() {
        let plain = Palette::from_file(&DEFAULT[..192]).unwrap();
        for (count, expected, noted) in [
            (64, &plain, false),
            (256, &plain, true),
            (512, &Palette::default(), false),
            (600, &Palette::default(), true),
        ] {
            for text in [text(count, "\n"), text(count, "\r\n"), format!("\u{FEFF}{}", text(count, "\r\n"))] {
                let (palette, note) = Palette::from_file_with_note(text.as_bytes()).unwrap();
                assert_eq!((&palette, note.is_some()), (expected, noted), "{count}");
            }
        }
    }

    #[test]
    fn a_bad_line_of_text_is_named() {
        let error = |text: &str| Palette::from_file(text.as_bytes()).unwrap_err().to_string();
        let good = text(64, "\n");
        assert_eq!(error(&good.replacen("0100", "0200", 1)), "line 2 is not 0100, as a palette of text has there");
        assert!(error(&good.replacen("\n64\n", "\nmany\n", 1)).starts_with("line 3 is not the number of colours"));
        assert_eq!(error(&good.replacen("\n64\n", "\n63\n", 1)), "a palette of text has 64 or 512 colours, not 63");
        let cut = &good[..good.trim_end().rfind('\n').unwrap() + 1];
        assert!(error(cut).starts_with("line 67 is not three numbers"), "{}", error(cut));
        assert!(error(&format!("JASC-PAL\n0100\n64\n1 2\n{good}")).starts_with("line 4 is not three numbers"));
        assert!(error(&format!("JASC-PAL\n0100\n64\n1 2 256\n{good}")).starts_with("line 4 is not three numbers"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_palette_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert_eq!(Palette::from_file(&bytes).is_ok(), bytes.len() >= 192);
        }

        #[test]
        fn any_text_is_a_palette_or_an_error(text in "JASC-PAL\n0100\n[0-9]{1,25}\n[ 0-9\n]{0,90}") {
            prop_assert!(Palette::from_file(text.as_bytes()).is_err());
        }
    }
}
