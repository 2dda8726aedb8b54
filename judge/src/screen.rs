//! Judges that read the screen: the tiles of nametable 0, which have ASCII numbers in most test ROMs.

use crate::manifest::Letters;
use crate::smoke::fingerprint;
use crate::{Debounce, Entry, Finding, Judge, Probe, Step};
use regex_lite::Regex;

/// Tiles in a row of the nametable.
const COLUMNS: u16 = 32;
/// Rows of the nametable.
const ROWS: u16 = 30;

/// A row of nametable 0 as text; tiles that are not printable ASCII are blanks.
pub(super) fn row(probe: &dyn Probe, row: u16) -> String {
    row_in(Letters::Ascii, probe, row)
}

/// The whole screen, a line for each row.
pub(super) fn text(probe: &dyn Probe) -> String {
    text_in(Letters::Ascii, probe)
}

fn row_in(letters: Letters, probe: &dyn Probe, row: u16) -> String {
    (0..COLUMNS).map(|column| letter(letters, probe.peek_ppu(0x2000 + row * COLUMNS + column))).collect()
}

fn text_in(letters: Letters, probe: &dyn Probe) -> String {
    (0..ROWS).map(|n| row_in(letters, probe, n).trim_end().to_owned() + "\n").collect()
}

/// Joins the lines of a text with " | ", without margins and blank lines.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" | ")
}

fn letter(letters: Letters, tile: u8) -> char {
    let code = match (letters, tile) {
        (Letters::AsciiHex, 0xA0..=0xAF) => b"0123456789ABCDEF"[usize::from(tile & 15)],
        (Letters::Ascii | Letters::AsciiHex, _) => tile,
        (Letters::Tall, _) if tile & 1 == 0 => tile / 2,
        (Letters::Tall, _) => b' ',
    };
    match code {
        b' '..=b'~' => char::from(code),
        _ => ' ',
    }
}

/// An alternative in fail texts of the corpus that describes the failure in words, and its expression: lines such as
/// "A9 LDA #n".
const OPCODE_LIST: (&str, &str) = ("opcode list before the final line", "(?m:^ *[0-9A-F]{2} [A-Z]{3}\\b)");

/// Regular expressions for the screen. If both match, the ROM has failed.
pub(super) struct Text {
    letters: Letters,
    pass: Regex,
    fail: Option<Regex>,
    debounce: Debounce,
}

impl Text {
    pub(super) fn new(entry: &Entry) -> Result<Self, String> {
        let pass = entry.pass_text.as_deref().ok_or("the judge `text` needs a pass_text")?;
        let compile = |pattern: &str| Regex::new(pattern).map_err(|e| format!("invalid expression `{pattern}`: {e}"));
        let fail = entry.fail_text.as_deref().map(|text| text.replace(OPCODE_LIST.0, OPCODE_LIST.1));
        Ok(Self {
            letters: entry.letters,
            pass: compile(pass)?,
            fail: fail.as_deref().map(compile).transpose()?,
            debounce: Debounce::default(),
        })
    }
}

impl Judge for Text {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let text = text_in(self.letters, probe);
        let failed = self.fail.as_ref().is_some_and(|fail| fail.is_match(&text));
        let passed = self.pass.is_match(&text);
        if self.debounce.is_stable(frames, passed || failed) {
            Step::Done(Finding::of(!failed, one_line(&text)))
        } else {
            Step::Wait
        }
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        no_verdict_in(self.letters, probe)
    }
}

/// A failure without a verdict, with the text on the screen.
pub(super) fn no_verdict(probe: &dyn Probe) -> Finding {
    no_verdict_in(Letters::Ascii, probe)
}

fn no_verdict_in(letters: Letters, probe: &dyn Probe) -> Finding {
    let screen = one_line(&text_in(letters, probe));
    let jammed = if probe.jammed() { "; the CPU has jammed" } else { "" };
    Finding::of(false, format!("no verdict in time{jammed}; on the screen: {screen}"))
}

/// Given bytes at addresses of the nametable, for a ROM whose tiles are not ASCII. The addresses and the bytes are in the
/// note of the entry: "... $2361: tiles 20 04 02 ...".
pub(super) struct Tiles {
    places: Vec<(u16, Vec<u8>)>,
    debounce: Debounce,
}

impl Tiles {
    pub(super) fn new(entry: &Entry) -> Result<Self, String> {
        const PLACE: &str = r"\$([0-9A-Fa-f]{4}): tiles((?: [0-9A-Fa-f]{2}\b)+)";
        let place = Regex::new(PLACE).expect("a constant expression");
        let hex = |word: &str| u16::from_str_radix(word, 16).expect("the expression takes only digits");
        let found = place.captures_iter(entry.note.as_deref().unwrap_or_default());
        let tiles = |words: &str| words.split_whitespace().map(|word| hex(word) as u8).collect();
        let places: Vec<_> = found.map(|found| (hex(&found[1]), tiles(&found[2]))).collect();
        if places.is_empty() {
            return Err("the judge `tiles` needs a note with `$ADDR: tiles XX XX ...`".to_owned());
        }
        Ok(Self { places, debounce: Debounce::default() })
    }

    /// The first place with other tiles.
    fn wrong(&self, probe: &dyn Probe) -> Option<String> {
        self.places.iter().find_map(|(addr, tiles)| {
            let shown: Vec<u8> = (*addr..).take(tiles.len()).map(|addr| probe.peek_ppu(addr)).collect();
            (shown != *tiles).then(|| format!("tiles {shown:02X?} at ${addr:04X}, expected {tiles:02X?}"))
        })
    }
}

impl Judge for Tiles {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let there = self.wrong(probe).is_none();
        if self.debounce.is_stable(frames, there) {
            let places: Vec<String> = self.places.iter().map(|(addr, _)| format!("${addr:04X}")).collect();
            Step::Done(Finding::of(true, format!("the expected tiles at {}", places.join(", "))))
        } else {
            Step::Wait
        }
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        Finding::of(false, self.wrong(probe).unwrap_or_else(|| "the expected tiles, but not for long".to_owned()))
    }
}

/// A picture that was looked at once, for a ROM whose screen has no text.
pub(super) struct Picture {
    wanted: String,
    debounce: Debounce,
}

impl Picture {
    pub(super) fn new(entry: &Entry) -> Result<Self, String> {
        let wanted = entry.picture.clone().ok_or("the judge `picture` needs a picture")?;
        Ok(Self { wanted, debounce: Debounce::default() })
    }
}

impl Judge for Picture {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let there = fingerprint(probe.frame()) == self.wanted;
        if self.debounce.is_stable(frames, there) {
            Step::Done(Finding::of(true, "the expected picture"))
        } else {
            Step::Wait
        }
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        let shown = fingerprint(probe.frame());
        Finding::of(false, format!("the last picture is {shown}, expected {}", self.wanted))
    }
}

/// Holy Mapperel by Damian Yerrick: four digits after a colon in row 8 or 9, for WRAM, PRG ROM, IRQ and CHR.
#[derive(Default)]
pub(super) struct HolyMapperel {
    debounce: Debounce,
}

impl HolyMapperel {
    fn digits(probe: &dyn Probe) -> Option<String> {
        let digits = |row: String| {
            let at = row.find(": ")? + 2;
            let digits = row.get(at..at + 4)?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| digits.to_owned())
        };
        [8, 9].into_iter().find_map(|n| digits(row(probe, n)))
    }
}

impl Judge for HolyMapperel {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let digits = Self::digits(probe);
        if !self.debounce.is_stable(frames, digits.is_some()) {
            return Step::Wait;
        }
        let digits = digits.unwrap_or_default();
        let board = row(probe, 4)[2..5].to_owned();
        let detail = format!("detected mapper {board}, WRAM/PRG/IRQ/CHR {digits}");
        Step::Done(Finding::of(digits == "0000", detail))
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        no_verdict(probe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;
    use crate::{Kind, Verdict};

    fn text_entry(pass: &str, fail: Option<&str>) -> Entry {
        let mut entry = Entry::new("x.nes", Kind::Text, 100);
        entry.pass_text = Some(pass.to_owned());
        entry.fail_text = fail.map(str::to_owned);
        entry
    }

    #[test]
    fn other_tiles_are_blanks() {
        let mut fake = Fake::default();
        fake.print(0x2042, "HELLO");
        fake.ppu[0x2047] = 0x80;
        fake.print(0x23A2, "LAST ROW");
        fake.print(0x23C0, "ATTRIBUTES");
        assert_eq!(one_line(&text(&fake)), "HELLO | LAST ROW");
    }

    #[test]
    fn a_failure_overrides_a_pass() {
        let mut judge = Text::new(&text_entry("All tests complete", Some("Failed|Error"))).unwrap();
        let mut fake = Fake::default();
        assert_eq!(fake.watch(&mut judge, 1..50), None);
        fake.print(0x2042, "Error 3");
        fake.print(0x2082, "All tests complete");
        let finding = fake.finding(&mut judge, 50..70);
        assert_eq!((finding.verdict, finding.detail.as_str()), (Verdict::Fail, "Error 3 | All tests complete"));
    }

    #[test]
    fn text_must_be_stable_for_some_frames() {
        let mut judge = Text::new(&text_entry("A|B", None)).unwrap();
        let mut fake = Fake::default();
        fake.print(0x2100, "B");
        assert_eq!(fake.watch(&mut judge, 1..Debounce::FRAMES), None);
        fake.print(0x2100, " ");
        assert_eq!(fake.watch(&mut judge, 10..11), None);
        fake.print(0x2100, "B");
        let (frame, step) = fake.watch(&mut judge, 11..100).unwrap();
        assert_eq!((frame, step), (11 + Debounce::FRAMES, Step::Done(Finding::of(true, "B"))));
    }

    #[test]
    fn a_list_of_opcodes_is_a_failure_if_the_entry_says_so() {
        let entry = text_entry("All tests complete", Some("Failed|opcode list before the final line"));
        let mut fake = Fake::default();
        fake.print(0x2080, "01-implied");
        fake.print(0x2200, "All tests complete");
        assert_eq!(fake.finding(&mut Text::new(&entry).unwrap(), 0..9).verdict, Verdict::Pass);
        fake.print(0x20A0, "A9 LDA #n");
        assert_eq!(fake.finding(&mut Text::new(&entry).unwrap(), 0..9).verdict, Verdict::Fail);
    }

    #[test]
    fn a_bad_expression_is_an_error_that_quotes_it() {
        let error = Text::new(&text_entry("(", None)).err().unwrap();
        assert!(error.contains("`(`"), "{error}");
        assert!(Text::new(&Entry::new("x.nes", Kind::Text, 1)).is_err());
    }

    #[test]
    fn tiles_are_read_from_the_note() {
        let mut entry = Entry::new("x.nes", Kind::Tiles, 100);
        assert!(Tiles::new(&entry).is_err());
        entry.note = Some("result line at nametable $2361: tiles 20 04 0A = \"Passed\" (else it failed)".to_owned());
        let mut judge = Tiles::new(&entry).unwrap();
        let mut fake = Fake::default();
        fake.ppu[0x2361..0x2364].copy_from_slice(&[0x20, 0x04, 0x0B]);
        assert_eq!(fake.watch(&mut judge, 0..50), None);
        assert!(judge.give_up(&fake).detail.contains("[20, 04, 0B]"));
        fake.ppu[0x2363] = 0x0A;
        assert_eq!(fake.finding(&mut judge, 50..70).verdict, Verdict::Pass);
    }

    #[test]
    fn all_places_must_have_their_tiles() {
        let mut entry = Entry::new("x.nes", Kind::Tiles, 100);
        entry.note = Some("the counts at $2042: tiles 01 02; $2080: tiles 03".to_owned());
        let mut judge = Tiles::new(&entry).unwrap();
        let mut fake = Fake::default();
        fake.ppu[0x2042..0x2044].copy_from_slice(&[1, 2]);
        assert_eq!(fake.watch(&mut judge, 0..50), None);
        assert_eq!(judge.give_up(&fake).detail, "tiles [00] at $2080, expected [03]");
        fake.ppu[0x2080] = 3;
        assert_eq!(fake.finding(&mut judge, 50..70), Finding::of(true, "the expected tiles at $2042, $2080"));
    }

    #[test]
    fn other_letters_are_read() {
        let mut fake = Fake::default();
        fake.print(0x2042, "BANKS:");
        fake.ppu[0x2049..0x204B].copy_from_slice(&[0xA1, 0xAF]);
        assert_eq!(one_line(&text_in(Letters::AsciiHex, &fake)), "BANKS: 1F");
        let mut fake = Fake::default();
        for (i, letter) in "Pass".bytes().enumerate() {
            fake.ppu[0x2042 + i] = letter << 1;
            fake.ppu[0x2062 + i] = letter << 1 | 1;
        }
        assert_eq!(one_line(&text_in(Letters::Tall, &fake)), "Pass");
        let mut entry = text_entry("Pass", None);
        assert_eq!(fake.watch(&mut Text::new(&entry).unwrap(), 0..50), None);
        entry.letters = Letters::Tall;
        assert_eq!(fake.finding(&mut Text::new(&entry).unwrap(), 0..50).verdict, Verdict::Pass);
    }

    #[test]
    fn the_picture_must_be_the_expected_one() {
        let mut fake = Fake::default();
        fake.frame.pixels_mut()[5] = 0x21;
        let mut entry = Entry::new("x.nes", Kind::Picture, 100);
        assert!(Picture::new(&entry).is_err());
        entry.picture = Some(fingerprint(&fake.frame));
        let mut judge = Picture::new(&entry).unwrap();
        assert_eq!(Fake::default().watch(&mut judge, 0..50), None);
        assert_eq!(judge.give_up(&Fake::default()).verdict, Verdict::Fail);
        assert_eq!(fake.finding(&mut judge, 50..70).verdict, Verdict::Pass);
    }

    #[test]
    fn holy_mapperel_passes_with_four_zeros() {
        let mut fake = Fake::default();
        fake.print(0x2082, "001");
        fake.print(0x2116, ": 0300");
        let finding = fake.finding(&mut HolyMapperel::default(), 0..20);
        assert_eq!(finding, Finding::of(false, "detected mapper 001, WRAM/PRG/IRQ/CHR 0300"));
        fake.print(0x2116, ": 00  ");
        assert_eq!(fake.watch(&mut HolyMapperel::default(), 0..20), None);
        fake.print(0x2116, "      ");
        fake.print(0x2136, ": 0000");
        assert_eq!(fake.finding(&mut HolyMapperel::default(), 0..20).verdict, Verdict::Pass);
    }
}
