//! A comparison: one program in one mode on every engine, in interleaved rounds. All engines must do the same work.

use super::budget::Budget;
use super::statistics::{median, range};
use super::subject::{Outcome, Sample, Subject};
use crate::error::Error;
use crate::terminal;
use ricojit::Engine;
use ricojit::digest::hex;

/// What a run produces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Mode {
    /// Pictures and sound.
    Full,
    /// Sound alone.
    NoVideo,
    /// Neither pictures nor sound.
    Bare,
    /// Only the CPU runs, a small loop.
    Cpu,
}

impl Mode {
    /// The name, as in `--mode`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NoVideo => "no-video",
            Self::Bare => "bare",
            Self::Cpu => "cpu",
        }
    }
}

/// The state of a machine when the timing starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It has done this work before: hot code is compiled.
    Warm,
    /// Power-on, nothing is compiled.
    Cold,
}

/// One side of a comparison.
pub(super) struct Entry {
    pub(super) engine: Engine,
    pub(super) idle_skip: bool,
    pub(super) subject: Subject,
    outcome: Option<Outcome>,
    pub(super) samples: Vec<Sample>,
}

impl Entry {
    /// An entry that has not run yet.
    pub(super) fn new(engine: Engine, idle_skip: bool, subject: Subject) -> Self {
        Self { engine, idle_skip, subject, outcome: None, samples: Vec::new() }
    }

    /// The digest of all results; empty before the first round.
    pub(super) fn digest(&self) -> String {
        self.outcome.map_or(String::new(), |outcome| hex(outcome.digest.to_be_bytes()))
    }

    /// CPU seconds of the median round.
    pub(super) fn cpu_seconds(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.cpu.as_secs_f64()))
    }

    /// Wall seconds of the median round.
    pub(super) fn wall_seconds(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.wall.as_secs_f64()))
    }

    /// Frames per second of CPU time.
    pub(super) fn fps(&self) -> Option<f64> {
        self.subject.frames().map(|frames| frames as f64 / self.cpu_seconds())
    }

    /// Emulated cycles per microsecond of CPU time.
    pub(super) fn mhz(&self) -> f64 {
        self.samples.first().map_or(f64::NAN, |sample| sample.cycles as f64) / self.cpu_seconds() / 1e6
    }
}

/// The speed of an entry relative to another: the median and range of the ratios of the rounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    pub(super) median: f64,
    pub(super) from: f64,
    pub(super) to: f64,
    /// By wall time.
    pub(super) wall: f64,
}

impl Ratio {
    /// The ratio of two entries of a comparison.
    pub(super) fn new(entry: &Entry, baseline: &Entry) -> Self {
        Self::of_samples(&entry.samples, &baseline.samples)
    }

    /// The ratio of samples that were taken in the same rounds.
    pub(super) fn of_samples(samples: &[Sample], baseline: &[Sample]) -> Self {
        let pairs = || baseline.iter().zip(samples);
        let cpu = || pairs().map(|(base, this)| base.cpu.as_secs_f64() / this.cpu.as_secs_f64());
        let (from, to) = range(cpu());
        let wall = median(pairs().map(|(base, this)| base.wall.as_secs_f64() / this.wall.as_secs_f64()));
        Self { median: median(cpu()), from, to, wall }
    }
}

/// All entries of one program in one mode.
pub(super) struct Comparison {
    pub(super) program: String,
    pub(super) mode: Mode,
    pub(super) start: Start,
    pub(super) entries: Vec<Entry>,
}

impl Comparison {
    /// Runs each entry once; before the first round also untimed, to check that all do the same work.
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
                    "{program}, {mode}: {engine} ended in a different state when it was timed"
                )));
            }
            entry.samples.push(sample);
        }
        Ok(())
    }
}

/// Fails if an engine did different work than the first.
fn require_same(
    (program, mode): (&str, Mode),
    (first, expected): (Engine, Outcome),
    (engine, found): (Engine, Outcome),
) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Work(format!(
        "{program}, {}: {} did different work than {} (digest {}, not {}); `ricojit run --engine verify` finds the difference",
        mode.name(),
        engine.name(),
        first.name(),
        hex(found.digest.to_be_bytes()),
        hex(expected.digest.to_be_bytes()),
    )))
}

/// Runs rounds of all comparisons until the time is over; each comparison runs at least once.
pub(super) fn run_rounds(comparisons: &mut [Comparison], rounds: u64, budget: &Budget) -> Result<(), Error> {
    let number = comparisons.len();
    'rounds: for round in 1..=rounds {
        for (done, comparison) in comparisons.iter_mut().enumerate() {
            if round > 1 && budget.is_spent() {
                break 'rounds;
            }
            terminal::show(format_args!("round {round} of {rounds}, {done} of {number}: {}", comparison.program));
            comparison.round()?;
        }
    }
    terminal::show("");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_work_is_an_error_with_program_mode_engine_and_digests() {
        let outcome = |digest| Outcome { digest, end: 1 };
        let at = ("game.nes", Mode::NoVideo);
        let interp = Engine::Interpreter;
        assert!(require_same(at, (interp, outcome(7)), (interp, outcome(7))).is_ok());
        let error = require_same(at, (interp, outcome(7)), (interp, outcome(8))).expect_err("different").to_string();
        for part in [
            "game.nes",
            "no-video",
            "interp did different work",
            &hex(7_u128.to_be_bytes()),
            &hex(8_u128.to_be_bytes()),
        ] {
            assert!(error.contains(part), "{error}");
        }
        let ends = Outcome { digest: 7, end: 2 };
        assert!(require_same(at, (interp, outcome(7)), (interp, ends)).is_err(), "only the end differs");
    }
}
