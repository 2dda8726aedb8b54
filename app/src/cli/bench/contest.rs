//! A contest: one program in one mode, on every engine, in interleaved rounds. All must do the same work.

use super::budget::Budget;
use super::statistics::{median, range};
use super::subject::{Outcome, Sample, Subject};
use crate::cli::terminal;
use crate::error::Error;
use ricojit::Engine;
use ricojit::digest::hex;

/// What is made of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Mode {
    /// Pictures and sound.
    Full,
    /// Sound alone.
    NoVideo,
    /// Neither.
    Bare,
    /// No console either: a loop on the CPU alone.
    Cpu,
}

impl Mode {
    /// As `--mode` takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NoVideo => "no-video",
            Self::Bare => "bare",
            Self::Cpu => "cpu",
        }
    }
}

/// What a machine is when the time begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It has done this work before.
    Warm,
    /// It has just been switched on, and nothing is compiled.
    Cold,
}

/// One of those that are compared.
pub(super) struct Entry {
    pub(super) engine: Engine,
    pub(super) idle_skip: bool,
    pub(super) subject: Subject,
    outcome: Option<Outcome>,
    pub(super) samples: Vec<Sample>,
}

impl Entry {
    /// One without samples.
    pub(super) fn new(engine: Engine, idle_skip: bool, subject: Subject) -> Self {
        Self { engine, idle_skip, subject, outcome: None, samples: Vec::new() }
    }

    /// Of all that came out; empty before the first round.
    pub(super) fn digest(&self) -> String {
        self.outcome.map_or(String::new(), |outcome| hex(outcome.digest))
    }

    /// CPU seconds of a round.
    pub(super) fn cpu_seconds(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.cpu.as_secs_f64()))
    }

    /// Wall seconds of a round.
    pub(super) fn wall_seconds(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.wall.as_secs_f64()))
    }

    /// Frames in a second of CPU time.
    pub(super) fn fps(&self) -> Option<f64> {
        self.subject.frames().map(|frames| frames as f64 / self.cpu_seconds())
    }

    /// Emulated cycles in a microsecond of CPU time.
    pub(super) fn mhz(&self) -> f64 {
        self.samples.first().map_or(f64::NAN, |sample| sample.cycles as f64) / self.cpu_seconds() / 1e6
    }
}

/// How many times as fast one entry is as another: medians and the range of the rounds' ratios.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    pub(super) median: f64,
    pub(super) from: f64,
    pub(super) to: f64,
    /// By wall time.
    pub(super) wall: f64,
}

impl Ratio {
    /// Of two entries of one contest.
    pub(super) fn new(entry: &Entry, baseline: &Entry) -> Self {
        Self::of_samples(&entry.samples, &baseline.samples)
    }

    /// Of their samples.
    pub(super) fn of_samples(samples: &[Sample], baseline: &[Sample]) -> Self {
        let pairs = || baseline.iter().zip(samples);
        let cpu = || pairs().map(|(base, this)| base.cpu.as_secs_f64() / this.cpu.as_secs_f64());
        let (from, to) = range(cpu());
        let wall = median(pairs().map(|(base, this)| base.wall.as_secs_f64() / this.wall.as_secs_f64()));
        Self { median: median(cpu()), from, to, wall }
    }
}

/// All entries of one program in one mode.
pub(super) struct Contest {
    pub(super) program: String,
    pub(super) mode: Mode,
    pub(super) start: Start,
    pub(super) entries: Vec<Entry>,
}

impl Contest {
    /// Runs each entry once: the first time untimed, to see that all do the same.
    pub(super) fn round(&mut self) -> Result<(), Error> {
        let mut first = None;
        for entry in &mut self.entries {
            let outcome = match entry.outcome {
                Some(outcome) => outcome,
                None => *entry.outcome.insert(entry.subject.outcome()?),
            };
            let expected = *first.get_or_insert((entry.engine, outcome));
            require_same((&self.program, self.mode), expected, (entry.engine, outcome))?;
        }
        let expected = first.map(|(_, outcome)| outcome.end);
        for entry in &mut self.entries {
            let sample = entry.subject.sample()?;
            if Some(sample.end) != expected {
                let (program, mode, engine) = (&self.program, self.mode.name(), entry.engine.name());
                return Err(Error::Work(format!(
                    "{program}, {mode}: {engine} ended in another state when it was timed"
                )));
            }
            entry.samples.push(sample);
        }
        Ok(())
    }
}

/// An error if an engine did something else than the first.
fn require_same(
    (program, mode): (&str, Mode),
    (first, expected): (Engine, Outcome),
    (engine, found): (Engine, Outcome),
) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Work(format!(
        "{program}, {}: {} did something else than {} (digest {} against {}); `ricojit run --engine verify` shows where",
        mode.name(),
        engine.name(),
        first.name(),
        hex(found.digest),
        hex(expected.digest),
    )))
}

/// Rounds over all contests, until they are done or the time is spent; each contest has at least one.
pub(super) fn run_rounds(contests: &mut [Contest], rounds: u64, budget: &Budget) -> Result<(), Error> {
    let number = contests.len();
    'rounds: for round in 1..=rounds {
        for (done, contest) in contests.iter_mut().enumerate() {
            if round > 1 && budget.is_spent() {
                break 'rounds;
            }
            terminal::show(format_args!("round {round} of {rounds}, {done} of {number}: {}", contest.program));
            contest.round()?;
        }
    }
    terminal::show("");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_work_is_an_error_that_names_everything() {
        let outcome = |digest| Outcome { digest, end: 1 };
        let at = ("game.nes", Mode::NoVideo);
        let interp = Engine::Interpreter;
        assert!(require_same(at, (interp, outcome(7)), (interp, outcome(7))).is_ok());
        let error = require_same(at, (interp, outcome(7)), (interp, outcome(8))).expect_err("different").to_string();
        for part in ["game.nes", "no-video", "interp did something else", &hex(7), &hex(8)] {
            assert!(error.contains(part), "{error}");
        }
        let ends = Outcome { digest: 7, end: 2 };
        assert!(require_same(at, (interp, outcome(7)), (interp, ends)).is_err(), "the end alone");
    }
}
