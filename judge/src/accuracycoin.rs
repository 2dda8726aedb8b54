//! Judges for Chris Siebert's AccuracyCoin (<https://github.com/100thCoin/AccuracyCoin>): 141 tests in one NROM cartridge.
//!
//! Its variables in CPU RAM:
//!
//! | address     | meaning                                                     |
//! |-------------|-------------------------------------------------------------|
//! | $35         | 1 while all tests run                                       |
//! | $EC         | $0A when the menu is up                                     |
//! | $0403-$0492 | a result byte for each test                                 |
//!
//! | result byte | meaning                                                     |
//! |-------------|-------------------------------------------------------------|
//! | $00         | not run                                                     |
//! | nnnnnn01    | passed; n is the accepted behaviour it saw, if several exist |
//! | nnnnnn10    | failed with error code n                                    |
//! | $03         | in progress                                                 |
//! | $FF         | skipped                                                     |

use crate::manifest::SubtestRow;
use crate::{Debounce, Entry, Finding, Judge, Probe, Step, Subtest, Verdict};
use ricojit::Buttons;

const RUNNING_ALL: u16 = 0x35;
const MENU: u16 = 0xEC;
const MENU_IS_UP: u8 = 0x0A;
const RESULTS: std::ops::RangeInclusive<u16> = 0x0403..=0x0492;

const NOT_RUN: u8 = 0x00;
const IN_PROGRESS: u8 = 0x03;
const SKIPPED: u8 = 0xFF;

/// When to press Start; the menu is up long before.
const FIRST_PRESS: u64 = 180;
const PRESS_FRAMES: u64 = 6;
/// If the tests do not start within this many frames, Start is pressed again.
const PATIENCE: u64 = 120;
/// Frames in which the ROM draws its table after the last test.
const DRAWING: u64 = 30;

/// The verdict and the code of a result byte.
fn decode(byte: u8) -> (Verdict, u8) {
    match (byte, byte & 3) {
        (SKIPPED, _) => (Verdict::Ignored, 0),
        (_, 1) => (Verdict::Pass, byte >> 2),
        (_, 2) => (Verdict::Fail, byte >> 2),
        _ => (Verdict::Fail, 0),
    }
}

/// All tests, started from the menu.
pub(super) struct AllTests {
    rows: Vec<SubtestRow>,
    phase: Phase,
}

enum Phase {
    /// Waiting for the menu.
    Boot,
    /// Start is pressed from this frame on.
    Start(u64),
    /// The tests are running.
    Running,
    /// The tests ended after this many frames.
    Drawing(u64),
}

impl AllTests {
    /// `rows` has the names of the tests; if it is empty, their addresses are their names.
    pub(super) fn new(rows: &[SubtestRow]) -> Self {
        Self { rows: rows.to_vec(), phase: Phase::Boot }
    }

    fn subtests(&self, probe: &dyn Probe) -> Vec<Subtest> {
        let subtest = |name: String, byte: u8| {
            let (verdict, code) = decode(byte);
            Subtest { name, verdict, code }
        };
        if self.rows.is_empty() {
            let results = RESULTS.map(|addr| (addr, probe.peek(addr))).filter(|(_, byte)| *byte != NOT_RUN);
            results.map(|(addr, byte)| subtest(format!("${addr:04X}"), byte)).collect()
        } else {
            self.rows.iter().map(|row| subtest(row.name.clone(), probe.peek(row.addr))).collect()
        }
    }

    fn finding(&self, probe: &dyn Probe) -> Finding {
        let subtests = self.subtests(probe);
        let count = |verdict| subtests.iter().filter(|test| test.verdict == verdict).count();
        let (passed, failed) = (count(Verdict::Pass), count(Verdict::Fail));
        let mut detail = format!("{passed} of {} passed", subtests.len());
        if failed > 0 {
            let bad = subtests.iter().filter(|test| test.verdict == Verdict::Fail);
            let names: Vec<String> = bad.map(|test| format!("{} ({:X})", test.name, test.code)).collect();
            detail += &format!("; failed: {}", names.join(", "));
        }
        let verdict = if failed == 0 && passed > 0 { Verdict::Pass } else { Verdict::Fail };
        Finding { verdict, detail, subtests }
    }
}

impl Judge for AllTests {
    fn buttons(&mut self, frame: u64) -> Buttons {
        match self.phase {
            Phase::Start(from) if (from..from + PRESS_FRAMES).contains(&frame) => Buttons::START,
            _ => Buttons::NONE,
        }
    }

    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let running = probe.peek(RUNNING_ALL) != 0;
        match self.phase {
            Phase::Boot if frames >= FIRST_PRESS && probe.peek(MENU) == MENU_IS_UP => self.phase = Phase::Start(frames),
            Phase::Start(_) if running => self.phase = Phase::Running,
            Phase::Start(from) if frames - from >= PATIENCE => self.phase = Phase::Start(frames),
            Phase::Running if !running => self.phase = Phase::Drawing(frames),
            Phase::Drawing(since) if frames - since >= DRAWING => return Step::Done(self.finding(probe)),
            _ => {}
        }
        Step::Wait
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        let where_ = match self.phase {
            Phase::Boot => "its menu did not appear",
            Phase::Start(_) => "Start did not start the tests",
            Phase::Running | Phase::Drawing(_) => "the tests did not end",
        };
        let mut finding = self.finding(probe);
        finding.verdict = Verdict::Fail;
        finding.detail = format!("{where_}; {}", finding.detail);
        finding
    }
}

/// A ROM with a single test.
pub(super) struct SingleTest {
    addr: u16,
    last: u8,
    debounce: Debounce,
}

impl SingleTest {
    pub(super) fn new(entry: &Entry) -> Result<Self, String> {
        let addr = entry.result_addr.as_deref().and_then(super::manifest::address);
        let addr = addr.ok_or("the judge `accuracycoin_single` needs a result_addr such as \"$45C\"")?;
        Ok(Self { addr, last: NOT_RUN, debounce: Debounce::default() })
    }
}

impl Judge for SingleTest {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let byte = probe.peek(self.addr);
        let steady = byte == self.last && byte != NOT_RUN && byte != IN_PROGRESS;
        self.last = byte;
        if !self.debounce.is_stable(frames, steady) {
            return Step::Wait;
        }
        let (verdict, code) = decode(byte);
        Step::Done(Finding::new(verdict, format!("result ${byte:02X}, code {code:X}")))
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        Finding::of(false, format!("no verdict in time; result ${:02X}", probe.peek(self.addr)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use crate::fake::{Fake, presses};

    #[test]
    fn result_bytes_are_decoded() {
        assert_eq!(decode(0x01), (Verdict::Pass, 0));
        assert_eq!(decode(0x09), (Verdict::Pass, 2));
        assert_eq!(decode(0x02), (Verdict::Fail, 0));
        assert_eq!(decode(0x2A), (Verdict::Fail, 10));
        assert_eq!(decode(0x00), (Verdict::Fail, 0));
        assert_eq!(decode(0x03), (Verdict::Fail, 0));
        assert_eq!(decode(0xFF), (Verdict::Ignored, 0));
    }

    fn row(name: &str, addr: u16) -> SubtestRow {
        SubtestRow { name: name.to_owned(), addr }
    }

    #[test]
    fn start_is_pressed_in_the_menu_and_the_results_are_read_at_the_end() {
        let mut judge = AllTests::new(&[row("a", 0x403), row("b", 0x410), row("c", 0x492)]);
        let mut fake = Fake::default();
        assert_eq!(fake.watch(&mut judge, 1..400), None);
        assert!(presses(&mut judge, 0..400).is_empty());
        fake.cpu[0xEC] = 0x0A;
        assert_eq!(fake.watch(&mut judge, 400..401), None);
        let held = presses(&mut judge, 400..500);
        assert_eq!((held.len(), held[0]), (6, (400, Buttons::START)));
        // The tests do not start: press again.
        assert_eq!(fake.watch(&mut judge, 401..530), None);
        assert_eq!(presses(&mut judge, 510..600)[0].0, 520);
        fake.cpu[0x35] = 1;
        assert_eq!(fake.watch(&mut judge, 530..900), None);
        fake.cpu[0x35] = 0;
        fake.poke(0x403, &[0x05]);
        fake.poke(0x410, &[0x0A]);
        fake.poke(0x492, &[0xFF]);
        let finding = fake.finding(&mut judge, 900..1000);
        assert_eq!(finding.detail, "1 of 3 passed; failed: b (2)");
        assert_eq!(finding.verdict, Verdict::Fail);
        let verdicts: Vec<_> = finding.subtests.iter().map(|test| (test.verdict, test.code)).collect();
        assert_eq!(verdicts, [(Verdict::Pass, 1), (Verdict::Fail, 2), (Verdict::Ignored, 0)]);
    }

    #[test]
    fn without_names_the_addresses_are_the_names() {
        let mut fake = Fake::default();
        fake.poke(0x0480, &[0x01]);
        let finding = AllTests::new(&[]).finding(&fake);
        assert_eq!((finding.verdict, finding.subtests[0].name.as_str()), (Verdict::Pass, "$0480"));
        assert_eq!(AllTests::new(&[]).finding(&Fake::default()).verdict, Verdict::Fail);
    }

    #[test]
    fn a_run_that_does_not_end_has_failed() {
        let mut fake = Fake::default();
        fake.poke(0x0480, &[0x01]);
        let finding = AllTests::new(&[]).give_up(&fake);
        assert_eq!(finding.verdict, Verdict::Fail);
        assert!(finding.detail.contains("menu did not appear"));
    }

    #[test]
    fn a_single_test_waits_for_a_steady_result() {
        let mut entry = Entry::new("x.nes", Kind::AccuracyCoinSingle, 600);
        assert!(SingleTest::new(&entry).is_err());
        entry.result_addr = Some("$45C".to_owned());
        let mut judge = SingleTest::new(&entry).unwrap();
        let mut fake = Fake::default();
        assert_eq!(fake.watch(&mut judge, 0..20), None);
        fake.cpu[0x45C] = 0x03;
        assert_eq!(fake.watch(&mut judge, 20..40), None);
        fake.cpu[0x45C] = 0x09;
        assert_eq!(fake.finding(&mut judge, 40..60), Finding::of(true, "result $09, code 2"));
        fake.cpu[0x45C] = 0x06;
        assert_eq!(fake.finding(&mut judge, 60..80), Finding::of(false, "result $06, code 1"));
    }
}
