//! Judges that read the screen: the tiles of nametable 0, which have ASCII numbers in most test ROMs.

use crate::{Debounce, Entry, Finding, Judge, Probe, Step};
use regex_lite::Regex;

/// Tiles in a row of the nametable.
const COLUMNS: u16 = 32;
/// Rows of the nametable.
const ROWS: u16 = 30;

/// A row of nametable 0 as text; tiles that are not printable ASCII are blanks.
pub(super) fn row(probe: &dyn Probe, row: u16) -> String {
    (0..COLUMNS).map(|column| letter(probe.peek_ppu(0x2000 + row * COLUMNS + column))).collect()
}

/// The whole screen, a line for each row.
pub(super) fn text(probe: &dyn Probe) -> String {
    (0..ROWS).map(|n| row(probe, n).trim_end().to_owned() + "\n").collect()
}

/// Joins the lines of a text with " | ", without margins and blank lines.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" | ")
}

fn letter(tile: u8) -> char {
    match tile {
        0x20..=0x7E => char::from(tile),
        _ => ' ',
    }
}

/// An alternative in fail texts of the corpus that describes the failure in words, and its expression: lines such as
/// "A9 LDA #n".
const OPCODE_LIST: (&str, &str) = ("opcode list before the final line", "(?m:^ *[0-9A-F]{2} [A-Z]{3}\\b)");

/// Regular expressions for the screen. If both match, the ROM has failed.
pub(super) struct Text {
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
            pass: compile(pass)?,
            fail: fail.as_deref().map(compile).transpose()?,
            debounce: Debounce::default(),
        })
    }
}

impl Judge for Text {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let text = text(probe);
        let failed = self.fail.as_ref().is_some_and(|fail| fail.is_match(&text));
        let passed = self.pass.is_match(&text);
        if self.debounce.is_stable(frames, passed || failed) {
            Step::Done(Finding::of(!failed, one_line(&text)))
        } else {
            Step::Wait
        }
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        no_verdict(probe)
    }
}

/// A failure without a verdict, with the text on the screen.
pub(super) fn no_verdict(probe: &dyn Probe) -> Finding {
    let screen = one_line(&text(probe));
    let jammed = if probe.jammed() { "; the CPU has jammed" } else { "" };
    Finding::of(false, format!("no verdict in time{jammed}; on the screen: {screen}"))
}

/// Given bytes at an address of the nametable, for a ROM whose tiles are not ASCII. The address and the bytes are in the
/// note of the entry: "... $2361: tiles 20 04 02 ...".
pub(super) struct Tiles {
    addr: u16,
    tiles: Vec<u8>,
    debounce: Debounce,
}

impl Tiles {
    pub(super) fn new(entry: &Entry) -> Result<Self, String> {
        const PLACE: &str = r"\$([0-9A-Fa-f]{4}): tiles((?: [0-9A-Fa-f]{2}\b)+)";
        let place = Regex::new(PLACE).expect("a constant expression");
        let note = entry.note.as_deref().unwrap_or_default();
        let found = place.captures(note).ok_or("the judge `tiles` needs a note with `$ADDR: tiles XX XX ...`")?;
        let hex = |word: &str| u16::from_str_radix(word, 16).expect("the expression takes only digits");
        let tiles = found[2].split_whitespace().map(|word| hex(word) as u8).collect();
        Ok(Self { addr: hex(&found[1]), tiles, debounce: Debounce::default() })
    }

    fn shown(&self, probe: &dyn Probe) -> Vec<u8> {
        (self.addr..).take(self.tiles.len()).map(|addr| probe.peek_ppu(addr)).collect()
    }
}

impl Judge for Tiles {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let there = self.shown(probe) == self.tiles;
        if self.debounce.is_stable(frames, there) {
            Step::Done(Finding::of(true, format!("the expected tiles at ${:04X}", self.addr)))
        } else {
            Step::Wait
        }
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        let shown = self.shown(probe);
        Finding::of(false, format!("tiles {shown:02X?} at ${:04X}, expected {:02X?}", self.addr, self.tiles))
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
