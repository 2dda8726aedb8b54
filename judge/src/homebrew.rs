//! The protocols that homebrew uses under test: those of llvm-mos.
//!
//! | protocol  | pass                  | failure                    |
//! |-----------|-----------------------|----------------------------|
//! | ram_text  | RAM contains TestPass | RAM contains TestFail      |
//! | exit_port | 0 is written to $4018 | another byte is written to it |
//!
//! RAM is that of the console and that of the cartridge at $6000. The first write to $4018 counts. Both are looked for at
//! the end of each frame, so that engines agree on the frame.

use crate::{Finding, Judge, Probe, Step};

const PASS: &[u8] = b"TestPass";
const FAIL: &[u8] = b"TestFail";

/// The judge of one or both protocols.
pub(super) struct Homebrew {
    pub(super) text: bool,
    pub(super) port: bool,
}

impl Judge for Homebrew {
    fn look(&mut self, _: u64, probe: &dyn Probe) -> Step {
        if let Some(value) = probe.exit_code().filter(|_| self.port) {
            return Step::Done(Finding::of(value == 0, format!("{value} was written to $4018")));
        }
        // A failure counts for more: a program may keep both words in RAM and copy one.
        match self.text.then(|| [FAIL, PASS].map(|word| place(probe, word))) {
            Some([Some(at), _]) => Step::Done(Finding::of(false, format!("TestFail in RAM at ${at:04X}"))),
            Some([None, Some(at)]) => Step::Done(Finding::of(true, format!("TestPass in RAM at ${at:04X}"))),
            _ => Step::Wait,
        }
    }

    fn give_up(&self, _: &dyn Probe) -> Finding {
        let awaited = match (self.text, self.port) {
            (true, false) => "RAM contains neither TestPass nor TestFail",
            (false, _) => "nothing was written to $4018",
            (true, true) => "nothing was written to $4018, and RAM contains neither TestPass nor TestFail",
        };
        Finding::of(false, format!("no verdict in time: {awaited}"))
    }
}

/// Where RAM contains a word.
fn place(probe: &dyn Probe, word: &[u8]) -> Option<u16> {
    [0x0000..0x0800, 0x6000..0x8000].into_iter().find_map(|ram: std::ops::Range<u16>| {
        let last = ram.end - word.len() as u16;
        (ram.start..=last).find(|&at| word.iter().zip(at..).all(|(byte, addr)| probe.peek(addr) == *byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::fake::Fake;

    #[test]
    fn a_word_is_found_anywhere_in_ram_and_only_there() {
        let mut judge = Homebrew { text: true, port: false };
        for (at, word, verdict) in [
            (0x0000, "TestPass", Verdict::Pass),
            (0x07F8, "TestFail", Verdict::Fail),
            (0x6000, "TestPass", Verdict::Pass),
            (0x7FF8, "TestFail", Verdict::Fail),
        ] {
            let mut fake = Fake { exit_code: Some(7), ..Fake::default() };
            fake.poke(at, word.as_bytes());
            assert_eq!(fake.finding(&mut judge, 1..2).verdict, verdict, "{at:X}");
            fake.poke(at + 7, b"x");
            assert_eq!(fake.watch(&mut judge, 1..9), None, "{at:X}");
        }
        let mut fake = Fake::default();
        // Half in RAM, and in ROM.
        fake.poke(0x07FC, b"TestPass");
        fake.poke(0x8000, b"TestPass");
        assert_eq!(fake.watch(&mut judge, 1..9), None);
        assert!(judge.give_up(&fake).detail.ends_with("neither TestPass nor TestFail"));
        fake.poke(0x0300, b"TestPassTestFail");
        assert_eq!(fake.finding(&mut judge, 1..2).verdict, Verdict::Fail);
    }

    /// Both programs write their verdicts from code that ran often before.
    #[test]
    fn all_engines_see_a_verdict_in_the_same_frame() {
        use crate::{Entry, Kind, Options, run};
        use ricojit::Engine;
        use ricojit::options::{self, JitOptions};
        use ricojit::testing::{DeadlineMode, TestSwitches};
        let ways = [
            (Engine::Interpreter, None, DeadlineMode::Now),
            (Engine::Jit, None, DeadlineMode::Real),
            (Engine::Jit, Some(0), DeadlineMode::Real),
            (Engine::Jit, Some(0), DeadlineMode::Random(5)),
            (Engine::Aot, None, DeadlineMode::Real),
        ];
        for (rom, judge, detail) in [
            (&include_bytes!("../../roms/ramtext.nes")[..], Kind::RamText, "TestPass in RAM at $0300"),
            (include_bytes!("../../roms/exitport.nes"), Kind::ExitPort, "0 was written to $4018"),
        ] {
            let entry = Entry::new("program", judge, 1000);
            let interpreted = run(rom, &entry, &Options::default());
            assert_eq!((interpreted.verdict, interpreted.detail.as_str()), (Verdict::Pass, detail));
            assert!(interpreted.decided && (60..300).contains(&interpreted.frames), "{}", interpreted.frames);
            for (engine, threshold, deadline) in ways.iter().copied().filter(|(engine, ..)| engine.is_built()) {
                if engine == Engine::Aot && !Engine::Jit.is_built() {
                    continue;
                }
                let jit = JitOptions::new().threshold(threshold).sync(threshold.is_some());
                let machine = options::Options::new().engine(engine).jit(jit);
                let machine = machine.testing(TestSwitches::new().deadline(deadline));
                let outcome = run(rom, &entry, &Options { machine, ..Options::default() });
                assert_eq!(outcome, interpreted, "{engine} {threshold:?} {deadline:?}");
            }
        }
    }

    #[test]
    fn a_write_to_the_port_ends_with_its_value() {
        let mut judge = Homebrew { text: false, port: true };
        let mut fake = Fake::default();
        fake.poke(0x0300, b"TestPass");
        assert_eq!(fake.watch(&mut judge, 1..9), None);
        for (value, verdict) in [(0, Verdict::Pass), (1, Verdict::Fail), (255, Verdict::Fail)] {
            fake.exit_code = Some(value);
            let finding = fake.finding(&mut judge, 1..2);
            assert_eq!((finding.verdict, finding.detail), (verdict, format!("{value} was written to $4018")));
        }
        let mut both = Homebrew { text: true, port: true };
        assert_eq!(fake.finding(&mut both, 1..2).verdict, Verdict::Fail);
        fake.exit_code = None;
        assert_eq!(fake.finding(&mut both, 1..2).verdict, Verdict::Pass);
    }
}
