//! Known failures: a text file with one per line. Any other failure is an error, and so is a listed ROM that passes.
//!
//! ```text
//! # A comment.
//! mmc3_test_2/6-MMC3_alt.nes                # hardware: the other revision of the chip
//! full/AccuracyCoin.nes :: OAM Corruption   # open: not modelled yet
//! ```
//!
//! A line names a ROM by the last components of its path, and after `::` one of its subtests. The reason after `#` is
//! required.

use crate::{Entry, Outcome, Subtest, Verdict};
use ricojit::text;
use std::collections::BTreeSet;

/// One known failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The end of the ROM's path.
    pub rom: String,
    /// The subtest that fails; `None` is the ROM as a whole.
    pub subtest: Option<String>,
    /// Why it fails.
    pub reason: String,
}

/// The known failures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectations(Vec<Expectation>);

/// A line with a syntax error.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not an expectation; write `ROM # reason` or `ROM :: SUBTEST # reason`: {text}")]
pub struct ExpectError {
    /// The line number, from 1.
    pub line: usize,
    /// The text of the line.
    pub text: String,
}

/// How an outcome compares with the expectations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing failed, and nothing was listed.
    Good,
    /// It failed as expected, for this reason.
    ExpectedFailure(String),
    /// It or one of its subtests failed, and is not listed.
    UnexpectedFailure(String),
    /// It or one of its subtests passed, but is listed.
    UnexpectedPass(String),
}

impl Standing {
    /// Whether it is an error.
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::UnexpectedFailure(_) | Self::UnexpectedPass(_))
    }
}

impl Expectations {
    /// Parses the text of such a file.
    pub fn parse(list: &str) -> Result<Self, ExpectError> {
        // Lines of UTF-8 are UTF-8.
        let lines = text::lines(list.as_bytes());
        let lines = lines.map(|(n, line)| (n, std::str::from_utf8(line).unwrap_or_default()));
        let wanted = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        wanted.map(|(n, line)| expectation(line).ok_or(ExpectError { line: n, text: line.to_owned() })).collect()
    }

    /// Compares an outcome with the list. A ROM without a verdict is good.
    pub fn standing(&self, outcome: &Outcome) -> Standing {
        let mine: Vec<&Expectation> = self.0.iter().filter(|line| names(&line.rom, &outcome.path)).collect();
        match (outcome.verdict, self.reason(&outcome.path)) {
            (Verdict::Ignored | Verdict::Ran, _) => Standing::Good,
            (Verdict::Pass, Some(reason)) => Standing::UnexpectedPass(reason.to_owned()),
            (Verdict::Fail, Some(reason)) => Standing::ExpectedFailure(reason.to_owned()),
            (Verdict::Fail, None) if mine.is_empty() || outcome.subtests.is_empty() => {
                Standing::UnexpectedFailure("not listed".to_owned())
            }
            (Verdict::Pass | Verdict::Fail, None) => by_subtests(&mine, outcome),
        }
    }

    /// All lines.
    pub fn lines(&self) -> &[Expectation] {
        &self.0
    }

    /// The reason why the ROM as a whole is expected to fail or to be refused.
    pub fn reason(&self, path: &str) -> Option<&str> {
        let line = self.0.iter().find(|line| line.subtest.is_none() && names(&line.rom, path));
        line.map(|line| line.reason.as_str())
    }

    /// The lines that match no ROM, or no subtest of their ROM.
    pub fn without_rom(&self, entries: &[Entry]) -> Vec<&Expectation> {
        let found = |line: &&Expectation| {
            let mut roms = entries.iter().filter(|entry| names(&line.rom, &entry.path));
            roms.any(|rom| match &line.subtest {
                Some(name) => rom.subtests.is_empty() || rom.subtests.iter().any(|row| row.name == *name),
                None => true,
            })
        };
        self.0.iter().filter(|line| !found(line)).collect()
    }
}

impl FromIterator<Expectation> for Expectations {
    fn from_iter<I: IntoIterator<Item = Expectation>>(lines: I) -> Self {
        Self(lines.into_iter().collect())
    }
}

fn expectation(line: &str) -> Option<Expectation> {
    let (name, reason) = line.split_once(" #")?;
    let (rom, subtest) = match name.split_once(" :: ") {
        Some((rom, subtest)) => (rom, Some(subtest.trim().to_owned())),
        None => (name, None),
    };
    let (rom, reason) = (rom.trim().to_owned(), reason.trim().to_owned());
    (!rom.is_empty() && !reason.is_empty()).then_some(Expectation { rom, subtest, reason })
}

/// Whether `end` is `path` or its last components.
fn names(end: &str, path: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
}

/// The standing of a ROM of which only subtests are listed.
fn by_subtests(mine: &[&Expectation], outcome: &Outcome) -> Standing {
    let listed: BTreeSet<&str> = mine.iter().filter_map(|line| line.subtest.as_deref()).collect();
    let with = |verdict, is_listed| {
        let chosen = |test: &&Subtest| test.verdict == verdict && listed.contains(test.name.as_str()) == is_listed;
        let names: Vec<&str> = outcome.subtests.iter().filter(chosen).map(|test| test.name.as_str()).collect();
        names.join(", ")
    };
    let (failed, passed) = (with(Verdict::Fail, false), with(Verdict::Pass, true));
    if !failed.is_empty() {
        Standing::UnexpectedFailure(failed)
    } else if !passed.is_empty() {
        Standing::UnexpectedPass(passed)
    } else if outcome.verdict == Verdict::Fail {
        let expected = with(Verdict::Fail, true);
        if expected.is_empty() {
            Standing::UnexpectedFailure("not listed".to_owned())
        } else {
            Standing::ExpectedFailure(expected)
        }
    } else {
        Standing::Good
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::SubtestRow;
    use super::*;
    use crate::Kind;

    fn outcome(path: &str, verdict: Verdict, subtests: &[(&str, Verdict)]) -> Outcome {
        let mut outcome = Outcome::without_run(&Entry::new(path, Kind::Auto, 1), verdict, String::new());
        let subtest =
            |(name, verdict): &(&str, Verdict)| Subtest { name: (*name).to_owned(), verdict: *verdict, code: 0 };
        outcome.subtests = subtests.iter().map(subtest).collect();
        outcome
    }

    #[test]
    fn a_line_has_a_rom_perhaps_a_subtest_and_a_reason() {
        let list =
            Expectations::parse("# head\n\n a/b.nes  # hardware: x # y\nc.nes :: $9C SHY, X   # open\n").unwrap();
        let line = |rom: &str, subtest: Option<&str>, reason: &str| Expectation {
            rom: rom.to_owned(),
            subtest: subtest.map(str::to_owned),
            reason: reason.to_owned(),
        };
        assert_eq!(list.0, [line("a/b.nes", None, "hardware: x # y"), line("c.nes", Some("$9C SHY, X"), "open")]);
        for bad in ["a.nes", "a.nes #", " # why"] {
            let error = Expectations::parse(&format!("ok # x\n{bad}\n"));
            assert!(bad.starts_with(" #") || error.as_ref().is_err_and(|e| e.line == 2), "{bad}: {error:?}");
        }
    }

    #[test]
    fn a_rom_is_named_by_its_last_path_components() {
        assert!(names("b.nes", "a/b.nes"));
        assert!(names("a/b.nes", "a/b.nes"));
        assert!(!names("b.nes", "a/bb.nes"));
        assert!(!names("a", "a/b.nes"));
    }

    #[test]
    fn whole_roms_are_compared() {
        let list = Expectations::parse("b.nes # open: x").unwrap();
        let standing = |path, verdict| list.standing(&outcome(path, verdict, &[]));
        assert_eq!(standing("a/b.nes", Verdict::Fail), Standing::ExpectedFailure("open: x".to_owned()));
        assert_eq!(standing("a/b.nes", Verdict::Pass), Standing::UnexpectedPass("open: x".to_owned()));
        assert_eq!(standing("a/b.nes", Verdict::Ignored), Standing::Good);
        assert_eq!(standing("a/c.nes", Verdict::Pass), Standing::Good);
        assert!(matches!(standing("a/c.nes", Verdict::Fail), Standing::UnexpectedFailure(_)));
    }

    #[test]
    fn subtests_are_compared() {
        use Verdict::{Fail, Ignored, Pass};
        let list = Expectations::parse("m.nes :: one # open\nm.nes :: two # open").unwrap();
        let standing = |verdict, tests: &[(&str, Verdict)]| list.standing(&outcome("m.nes", verdict, tests));
        let as_listed = [("one", Fail), ("two", Fail), ("three", Pass)];
        assert_eq!(standing(Fail, &as_listed), Standing::ExpectedFailure("one, two".to_owned()));
        let worse = [("one", Fail), ("two", Fail), ("three", Fail)];
        assert_eq!(standing(Fail, &worse), Standing::UnexpectedFailure("three".to_owned()));
        let better = [("one", Fail), ("two", Pass), ("three", Pass)];
        assert_eq!(standing(Fail, &better), Standing::UnexpectedPass("two".to_owned()));
        assert_eq!(standing(Pass, &[("one", Pass), ("two", Ignored)]), Standing::UnexpectedPass("one".to_owned()));
        // It hung: the subtests are unknown.
        assert!(standing(Fail, &[]).is_error());
        assert!(standing(Fail, &[("three", Pass)]).is_error());
    }

    #[test]
    fn lines_that_match_nothing_are_found() {
        let list = Expectations::parse("m.nes :: one # open\nm.nes :: gone # open\nn.nes # open").unwrap();
        let mut entry = Entry::new("m.nes", Kind::AccuracyCoin, 1);
        entry.subtests.push(SubtestRow { name: "one".to_owned(), addr: 0 });
        let lost: Vec<_> =
            list.without_rom(&[entry]).iter().map(|line| (&*line.rom, line.subtest.as_deref())).collect();
        assert_eq!(lost, [("m.nes", Some("gone")), ("n.nes", None)]);
    }
}
