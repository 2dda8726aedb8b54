//! `--cold`: is a cold start on the JIT slower than on the interpreter?
//!
//! A round is interpreter, JIT, interpreter, each from power-on and without compiled code. The two runs of the interpreter
//! show the noise: a ROM loses if the JIT takes longer by more than the larger of [`TOLERANCE`] and their spread.

use super::Args;
use super::budget::Budget;
use super::comparison::{Comparison, Entry, Mode, Ratio, Start};
use super::plan;
use super::rows::{self, Row};
use super::statistics::{geometric_mean, spread};
use super::subject::Subject;
use crate::cli::rom::Rom;
use crate::error::Error;
use crate::files;
use ricojit::Engine;
use std::process::ExitCode;

/// A slowdown that is always accepted.
const TOLERANCE: f64 = 0.05;

/// The result of a ROM.
struct Verdict {
    ratio: Ratio,
    /// The spread of the interpreter against itself.
    spread: f64,
}

impl Verdict {
    fn new(comparison: &Comparison) -> Self {
        let [interp, other, again] = comparison.entries.as_slice() else { unreachable!("see `comparison`") };
        let itself = interp.samples.iter().zip(&again.samples);
        let itself: Vec<f64> = itself.map(|(one, two)| one.cpu.as_secs_f64() / two.cpu.as_secs_f64()).collect();
        Self { ratio: Ratio::new(other, interp), spread: spread(&itself) }
    }

    fn loses(&self) -> bool {
        loses(self.ratio.median, self.spread)
    }
}

/// Whether the slowdown exceeds the tolerance and the noise.
fn loses(ratio: f64, spread: f64) -> bool {
    1.0 / ratio > 1.0 + TOLERANCE.max(spread)
}

/// Runs all ROMs and prints a line for each. Fails if a ROM loses, or if the JIT is slower in the mean.
pub(super) fn judge(
    args: &Args,
    roms: &[Rom],
    engines: &[Engine],
    budget: &Budget,
) -> Result<(Vec<Row>, ExitCode), Error> {
    let Some(&engine) = engines.iter().find(|&&engine| engine != Engine::Interpreter) else {
        return Err(Error::Usage(
            "--cold compares the JIT with the interpreter: there is no JIT to compare".to_owned(),
        ));
    };
    let rounds = args.rounds.unwrap_or(15);
    let width = roms.iter().map(|rom| rom.name.chars().count()).max().unwrap_or(0).max(3);
    files::print(&format!(
        "Cold, {} frames without picture, {rounds} rounds, milliseconds of CPU time (all threads), medians\n\n\
         {:<width$}  {:>8}  {:>8}  {:>6}  {:>13}  {:>6}  {:>7}\n",
        frames(args),
        "ROM",
        "interp",
        "jit",
        "ratio",
        "from - to",
        "wall",
        "itself",
    ))?;
    let (mut rows, mut verdicts) = (Vec::new(), Vec::new());
    for rom in roms {
        if budget.is_spent() && !verdicts.is_empty() {
            break;
        }
        let mut comparison = comparison(args, rom, engine);
        for _ in 0..rounds {
            comparison.round()?;
        }
        let verdict = Verdict::new(&comparison);
        files::print(&line(&comparison, &verdict, width))?;
        // The second run of the interpreter only shows the noise.
        comparison.entries.pop();
        rows.extend(rows::rows(&[comparison]));
        verdicts.push(verdict);
    }
    let ratios: Vec<f64> = verdicts.iter().map(|verdict| verdict.ratio.median).collect();
    let (mean, losers) = (geometric_mean(&ratios), verdicts.iter().filter(|verdict| verdict.loses()).count());
    let left = match roms.len() - verdicts.len() {
        0 => String::new(),
        left => format!(" ({left} were not run: the time limit was reached)"),
    };
    let good = losers == 0 && mean >= 1.0;
    files::print(&format!(
        "\n{}: {losers} of {} ROMs lose{left}; geometric mean {mean:.3}\n",
        if good { "PASS" } else { "FAIL" },
        verdicts.len()
    ))?;
    Ok((rows, if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

/// Frames of a round.
pub(super) fn frames(args: &Args) -> u64 {
    args.frames.unwrap_or(3000)
}

fn comparison(args: &Args, rom: &Rom, engine: Engine) -> Comparison {
    let entry = |engine| {
        let options = plan::options(args, engine, Mode::NoVideo);
        let idle_skip = options.idle_skip.unwrap_or(engine != Engine::Interpreter);
        Entry::new(engine, idle_skip, Subject::cold(rom, options, frames(args)))
    };
    let entries = [Engine::Interpreter, engine, Engine::Interpreter].map(entry).into();
    Comparison { program: rom.name.clone(), mode: Mode::NoVideo, start: Start::Cold, entries }
}

fn line(comparison: &Comparison, verdict: &Verdict, width: usize) -> String {
    let milliseconds = |index: usize| comparison.entries[index].cpu_seconds() * 1e3;
    let Ratio { median, from, to, wall } = verdict.ratio;
    format!(
        "{:<width$}  {:>8.1}  {:>8.1}  {median:>6.2}  {from:>5.2} - {to:<5.2}  {wall:>6.2}  {:>6.1}%{}\n",
        comparison.program,
        milliseconds(0),
        milliseconds(1),
        verdict.spread * 100.0,
        match (verdict.loses(), median < 1.0) {
            (true, _) => "  LOSES",
            (_, true) => "  slower",
            _ => "",
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rom_loses_beyond_the_larger_of_tolerance_and_spread() {
        for (ratio, spread, expected) in [
            (1.2, 0.0, false),
            (1.0 / 1.04, 0.0, false),
            (1.0 / 1.06, 0.0, true),
            (1.0 / 1.06, 0.07, false),
            (1.0 / 1.08, 0.07, true),
        ] {
            assert_eq!(loses(ratio, spread), expected, "{ratio} {spread}");
        }
    }
}
