//! The judge for nestest by kevtris, which runs the tests from the menu.
//!
//! Two pages, the official and (behind Select) the unofficial instructions. The first line of a page runs all its tests
//! when Start is pressed; the mark before each line is "--" until then, "OK" if the test passed, otherwise an error code.

use crate::screen::{no_verdict, row};
use crate::{Debounce, Finding, Judge, Probe, Step, Subtest, Verdict};
use ricojit::Buttons;

/// The rows of a page; the first is "Run all tests".
const FIRST_ROW: u16 = 4;
const LAST_ROW: u16 = 18;
/// The columns of the mark, and the first column of the name.
const MARK: std::ops::Range<usize> = 4..6;
const NAME: usize = 7;

const PRESS_FRAMES: u64 = 6;
/// The menu is up at this frame.
const FIRST_PRESS: u64 = 30;
/// Frames from one press to the next: the ROM has to see the release and draw the page.
const PAUSE: u64 = 20;

/// The state of the menu.
#[derive(Default)]
pub(super) struct Menu {
    page: usize,
    press: Option<(u64, Buttons)>,
    debounce: Debounce,
    subtests: Vec<Subtest>,
}

/// A line of the menu: its mark and its name.
fn line(probe: &dyn Probe, n: u16) -> Option<(String, String)> {
    let row = row(probe, n);
    let (mark, name) = (row[MARK].trim(), row[NAME..].trim());
    (!name.is_empty()).then(|| (mark.to_owned(), name.to_owned()))
}

impl Menu {
    fn press(&mut self, frame: u64, button: Buttons) {
        self.press = Some((frame, button));
    }

    /// Reads the marks of the page, except that of "Run all tests".
    fn read_page(&mut self, probe: &dyn Probe) {
        for (mark, name) in (FIRST_ROW + 1..=LAST_ROW).filter_map(|n| line(probe, n)) {
            let verdict = if mark == "OK" { Verdict::Pass } else { Verdict::Fail };
            let code = u8::from_str_radix(&mark, 16).unwrap_or(0);
            self.subtests.push(Subtest { name, verdict, code });
        }
    }

    fn finding(&mut self) -> Finding {
        let subtests = std::mem::take(&mut self.subtests);
        let bad: Vec<&Subtest> = subtests.iter().filter(|test| test.verdict != Verdict::Pass).collect();
        let mut detail = format!("{} of {} tests OK", subtests.len() - bad.len(), subtests.len());
        for test in &bad {
            detail += &format!("; {} ({:02X})", test.name, test.code);
        }
        let verdict = if bad.is_empty() { Verdict::Pass } else { Verdict::Fail };
        Finding { verdict, detail, subtests }
    }
}

impl Judge for Menu {
    fn buttons(&mut self, frame: u64) -> Buttons {
        match self.press {
            Some((from, button)) if (from..from + PRESS_FRAMES).contains(&frame) => button,
            _ => Buttons::NONE,
        }
    }

    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let Some((from, button)) = self.press else {
            if frames >= FIRST_PRESS {
                self.press(frames, Buttons::START);
            }
            return Step::Wait;
        };
        if frames - from < PAUSE {
            return Step::Wait;
        }
        if button == Buttons::SELECT {
            self.press(frames, Buttons::START);
            return Step::Wait;
        }
        let done = line(probe, FIRST_ROW).is_some_and(|(mark, _)| !mark.is_empty() && mark != "--");
        if !self.debounce.is_stable(frames, done) {
            return Step::Wait;
        }
        self.read_page(probe);
        if self.page == 1 {
            return Step::Done(self.finding());
        }
        self.page = 1;
        self.debounce = Debounce::default();
        self.press(frames, Buttons::SELECT);
        Step::Wait
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        no_verdict(probe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{Fake, presses};

    #[test]
    fn both_pages_are_run_and_read() {
        let mut judge = Menu::default();
        let mut fake = Fake::default();
        fake.print(0x2080, "  * -- Run all tests");
        fake.print(0x20A0, "    -- Branch tests");
        assert_eq!(fake.watch(&mut judge, 1..31), None);
        assert_eq!(presses(&mut judge, 30..60).first(), Some(&(30, Buttons::START)));
        assert_eq!(fake.watch(&mut judge, 31..100), None);
        fake.print(0x2080, "  * OK Run all tests");
        fake.print(0x20A0, "    OK Branch tests");
        assert_eq!(fake.watch(&mut judge, 100..107), None);
        assert_eq!(presses(&mut judge, 106..140).first(), Some(&(106, Buttons::SELECT)));
        fake.print(0x2080, "  * -- Run all tests");
        fake.print(0x20A0, "    -- NOP tests    ");
        assert_eq!(fake.watch(&mut judge, 107..140), None);
        assert_eq!(presses(&mut judge, 107..200).first(), Some(&(126, Buttons::START)));
        fake.print(0x2084, "4E");
        fake.print(0x20A4, "4E");
        let finding = fake.finding(&mut judge, 140..200);
        assert_eq!(finding.detail, "1 of 2 tests OK; NOP tests (4E)");
        assert_eq!((finding.verdict, finding.subtests[1].code), (Verdict::Fail, 0x4E));
    }

    #[test]
    fn a_menu_that_does_not_move_has_no_verdict() {
        let mut judge = Menu::default();
        let mut fake = Fake::default();
        fake.print(0x2080, "  * -- Run all tests");
        assert_eq!(fake.watch(&mut judge, 1..300), None);
        assert_eq!(judge.give_up(&fake).verdict, Verdict::Fail);
    }
}
