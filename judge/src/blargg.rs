//! Judges for the protocols of Shay Green's test ROMs (<https://www.nesdev.org/wiki/Emulator_tests>).

use crate::screen::{no_verdict, one_line, row, text};
use crate::{Debounce, Finding, Judge, Probe, Step, Verdict};

/// The status byte of the $6000 protocol, followed by its signature and its text.
const STATUS: u16 = 0x6000;
const TEXT: u16 = 0x6004;
const SIGNATURE: [u8; 3] = [0xDE, 0xB0, 0x61];
/// Longer texts are cut.
const LONGEST_TEXT: u16 = 0x0800;
const RUNNING: u8 = 0x80;
const NEEDS_RESET: u8 = 0x81;
/// Frames between the request and the Reset button. The protocol asks for at least 100 ms, 6.01 frames (NTSC).
const RESET_DELAY: u64 = 10;

/// The $6000 protocol.
#[derive(Default)]
pub(super) struct Status6000 {
    resets: u32,
    request: Request,
}

/// The state of a reset request.
#[derive(Default, Clone, Copy)]
enum Request {
    #[default]
    None,
    /// Seen after this many frames.
    Seen(u64),
    /// Reset was pressed; the status byte, in RAM, still has the request.
    Done,
}

impl Status6000 {
    /// Whether the ROM uses the protocol.
    fn uses_protocol(probe: &dyn Probe) -> bool {
        (STATUS + 1..).zip(SIGNATURE).all(|(addr, byte)| probe.peek(addr) == byte)
    }

    fn text(probe: &dyn Probe) -> String {
        let bytes = (TEXT..TEXT + LONGEST_TEXT).map(|addr| probe.peek(addr)).take_while(|byte| *byte != 0);
        // Remove terminal escape sequences: "ESC [ ... letter".
        let mut in_escape = false;
        let bytes = bytes.filter(|byte| {
            let escape = *byte == 0x1B || in_escape;
            in_escape = escape && !byte.is_ascii_alphabetic();
            !escape
        });
        let letters = bytes.map(|byte| if byte.is_ascii_graphic() || byte == b'\n' { char::from(byte) } else { ' ' });
        one_line(&letters.collect::<String>())
    }

    fn finding(&self, status: u8, probe: &dyn Probe) -> Finding {
        let mut detail = Self::text(probe);
        if status != 0 {
            detail = format!("code {status}: {detail}");
        }
        if self.resets > 0 {
            detail += &format!(" (after {} resets)", self.resets);
        }
        Finding::of(status == 0, detail)
    }

    fn handle_request(&mut self, frames: u64) -> Step {
        match self.request {
            Request::None => self.request = Request::Seen(frames),
            Request::Seen(since) if frames - since >= RESET_DELAY => {
                self.request = Request::Done;
                self.resets += 1;
                return Step::Reset;
            }
            Request::Seen(_) | Request::Done => {}
        }
        Step::Wait
    }
}

impl Judge for Status6000 {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        if !Self::uses_protocol(probe) {
            return Step::Wait;
        }
        match probe.peek(STATUS) {
            NEEDS_RESET => self.handle_request(frames),
            status if status < RUNNING => Step::Done(self.finding(status, probe)),
            _ => {
                self.request = Request::None;
                Step::Wait
            }
        }
    }

    fn is_running(&self, probe: &dyn Probe) -> bool {
        Self::uses_protocol(probe) && matches!(probe.peek(STATUS), RUNNING | NEEDS_RESET)
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        if Self::uses_protocol(probe) {
            let (status, text) = (probe.peek(STATUS), Self::text(probe));
            Finding::of(false, format!("no verdict in time; status ${status:02X}: {text}"))
        } else {
            no_verdict(probe)
        }
    }
}

/// PASSED or FAILED on the screen, and the result byte at $F8: 1 is a pass.
#[derive(Default)]
pub(super) struct ResultF8 {
    debounce: Debounce,
}

impl Judge for ResultF8 {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let text = text(probe);
        let (passed, failed) = (text.contains("PASSED"), text.contains("FAILED"));
        // $F8 is valid only when the text is there.
        if !self.debounce.is_stable(frames, passed || failed) {
            return Step::Wait;
        }
        let code = probe.peek(0xF8);
        let good = passed && !failed && code == 1;
        let contradiction = if passed == (code == 1) { String::new() } else { format!(" ($F8 says {code})") };
        Step::Done(Finding::of(good, one_line(&text) + &contradiction))
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        no_verdict(probe)
    }
}

/// "$01" in row 5 from column 2: the result code of the oldest protocol, which also beeps it.
#[derive(Default)]
pub(super) struct CodeText {
    debounce: Debounce,
}

impl CodeText {
    fn code(probe: &dyn Probe) -> Option<u8> {
        let row = row(probe, 5);
        let digits = row[2..5].strip_prefix('$')?;
        u8::from_str_radix(digits, 16).ok()
    }
}

impl Judge for CodeText {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        let code = Self::code(probe);
        if !self.debounce.is_stable(frames, code.is_some()) {
            return Step::Wait;
        }
        let code = code.unwrap_or_default();
        Step::Done(Finding::of(code == 1, format!("code ${code:02X}")))
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        no_verdict(probe)
    }
}

/// A result code played in binary on pulse 1, a tone for each bit after a leading zero: code 0 is a single tone.
#[derive(Default)]
pub(super) struct Beeps {
    tones: u32,
    sounding: bool,
}

impl Judge for Beeps {
    fn look(&mut self, _frames: u64, probe: &dyn Probe) -> Step {
        // $4015 bit 0: pulse 1's length counter is not 0.
        let sounding = probe.peek(0x4015) & 1 != 0;
        if sounding && !self.sounding {
            self.tones += 1;
        }
        self.sounding = sounding;
        if self.tones > 1 { Step::Done(Finding::of(false, "more than one tone: a failure code")) } else { Step::Wait }
    }

    fn give_up(&self, _probe: &dyn Probe) -> Finding {
        Finding::of(self.tones == 1, format!("{} tones in time", self.tones))
    }
}

/// For a ROM without a manifest: the $6000 protocol if the ROM uses it, else PASSED or FAILED on the screen, in upper or
/// lower case.
#[derive(Default)]
pub(super) struct Auto {
    status: Status6000,
    debounce: Debounce,
}

impl Judge for Auto {
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step {
        if Status6000::uses_protocol(probe) {
            return self.status.look(frames, probe);
        }
        let text = text(probe);
        let words = text.to_ascii_lowercase();
        let (passed, failed) = (words.contains("passed"), words.contains("failed"));
        if self.debounce.is_stable(frames, passed || failed) {
            Step::Done(Finding::of(!failed, one_line(&text)))
        } else {
            Step::Wait
        }
    }

    fn give_up(&self, probe: &dyn Probe) -> Finding {
        if Status6000::uses_protocol(probe) {
            self.status.give_up(probe)
        } else {
            Finding::new(Verdict::Ran, "shows no verdict: neither the $6000 protocol nor PASSED or FAILED")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    fn with_status(status: u8, text: &str) -> Fake {
        let mut fake = Fake::default();
        fake.poke(0x6000, &[status, 0xDE, 0xB0, 0x61]);
        fake.poke(0x6004, text.as_bytes());
        fake
    }

    #[test]
    fn a_status_counts_only_behind_the_signature() {
        let mut fake = with_status(0, "\nabc\n\nPassed\n");
        fake.cpu[0x6002] = 0;
        assert_eq!(fake.watch(&mut Status6000::default(), 0..100), None);
        fake.cpu[0x6002] = 0xB0;
        assert_eq!(fake.finding(&mut Status6000::default(), 0..1), Finding::of(true, "abc | Passed"));
    }

    #[test]
    fn escape_sequences_are_no_text() {
        assert_eq!(Status6000::text(&with_status(0, "\x1B[0;37mTEST: x \x1B[1mOK\x1B")), "TEST: x OK");
    }

    #[test]
    fn a_failure_shows_its_code_and_text() {
        let fake = with_status(3, "Too late\n");
        assert_eq!(fake.finding(&mut Status6000::default(), 0..1), Finding::of(false, "code 3: Too late"));
        let running = with_status(0x80, "half");
        let mut judge = Status6000::default();
        assert_eq!(running.watch(&mut judge, 0..100), None);
        assert!(judge.is_running(&running) && !judge.is_running(&fake));
        assert!(judge.give_up(&running).detail.contains("$80: half"));
    }

    #[test]
    fn reset_comes_once_and_at_least_100_ms_after_the_request() {
        let mut judge = Status6000::default();
        let mut fake = with_status(0x80, "");
        assert_eq!(fake.watch(&mut judge, 0..20), None);
        fake.cpu[0x6000] = 0x81;
        let (frame, step) = fake.watch(&mut judge, 20..100).unwrap();
        assert_eq!(step, Step::Reset);
        assert!(frame - 20 >= 7, "reset after {} frames", frame - 20);
        // RAM keeps the request until the ROM runs again: it is not a second one.
        assert_eq!(fake.watch(&mut judge, frame + 1..frame + 100), None);
        fake.cpu[0x6000] = 0x80;
        assert_eq!(fake.watch(&mut judge, 200..210), None);
        fake.cpu[0x6000] = 0x81;
        assert!(matches!(fake.watch(&mut judge, 210..300), Some((_, Step::Reset))));
        fake.cpu[0x6000] = 0;
        assert_eq!(fake.finding(&mut judge, 300..301).detail, " (after 2 resets)");
    }

    #[test]
    fn f8_and_the_text_must_agree() {
        let mut fake = Fake::default();
        fake.cpu[0xF8] = 1;
        assert_eq!(fake.watch(&mut ResultF8::default(), 0..50), None);
        fake.print(0x20C2, "PASSED");
        assert_eq!(fake.finding(&mut ResultF8::default(), 0..50), Finding::of(true, "PASSED"));
        fake.cpu[0xF8] = 4;
        assert_eq!(fake.finding(&mut ResultF8::default(), 0..50), Finding::of(false, "PASSED ($F8 says 4)"));
        fake.print(0x20C2, "FAILED: #4");
        assert_eq!(fake.finding(&mut ResultF8::default(), 0..50), Finding::of(false, "FAILED: #4"));
    }

    #[test]
    fn a_code_text_of_01_is_a_pass() {
        let mut fake = Fake::default();
        fake.print(0x20A2, "$0");
        assert_eq!(fake.watch(&mut CodeText::default(), 0..50), None);
        fake.print(0x20A2, "$01");
        assert_eq!(fake.finding(&mut CodeText::default(), 0..50), Finding::of(true, "code $01"));
        fake.print(0x20A2, "$1F");
        assert_eq!(fake.finding(&mut CodeText::default(), 0..50), Finding::of(false, "code $1F"));
    }

    #[test]
    fn one_tone_is_a_pass() {
        let mut judge = Beeps::default();
        let mut fake = Fake::default();
        assert_eq!(judge.give_up(&fake).verdict, Verdict::Fail);
        fake.cpu[0x4015] = 1;
        assert_eq!(fake.watch(&mut judge, 0..50), None);
        assert_eq!(judge.give_up(&fake).verdict, Verdict::Pass);
        fake.cpu[0x4015] = 0;
        assert_eq!(fake.watch(&mut judge, 0..50), None);
        fake.cpu[0x4015] = 1;
        assert_eq!(fake.finding(&mut judge, 0..50).verdict, Verdict::Fail);
    }

    #[test]
    fn auto_prefers_the_protocol_to_the_screen() {
        let mut fake = with_status(0x80, "");
        fake.print(0x2100, "Failed");
        assert_eq!(fake.watch(&mut Auto::default(), 0..50), None);
        fake.cpu[0x6000] = 0;
        assert_eq!(fake.finding(&mut Auto::default(), 0..1).verdict, Verdict::Pass);
        fake.cpu[0x6001] = 0;
        assert_eq!(fake.finding(&mut Auto::default(), 0..50), Finding::of(false, "Failed"));
        fake.print(0x2100, "passed");
        assert_eq!(fake.finding(&mut Auto::default(), 0..50), Finding::of(true, "passed"));
        fake.print(0x2100, "      ");
        assert_eq!(fake.watch(&mut Auto::default(), 0..50), None);
        assert_eq!(Auto::default().give_up(&fake).verdict, Verdict::Ran);
    }
}
