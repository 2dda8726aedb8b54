//! `--cold`: is a cold start on another engine slower than on the interpreter?
//!
//! A round is the interpreter, each other engine, and the interpreter again, each from power-on and without code that was
//! compiled while running. All skip idle loops, or none does. The two runs of the interpreter show the noise: a ROM loses
//! if the other engine takes longer by more than the larger of [`TOLERANCE`] and their spread.

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
use ricojit::input::movie::Movie;
use std::process::ExitCode;
use std::sync::Arc;

/// A slowdown that is always accepted.
const TOLERANCE: f64 = 0.05;

/// The result of an engine with a ROM in a mode.
struct Verdict {
    engine: Engine,
    mode: Mode,
    ratio: Ratio,
    /// The spread of the interpreter against itself.
    spread: f64,
}

impl Verdict {
    /// The verdicts on all engines but the interpreter.
    fn all(comparison: &Comparison) -> Vec<Self> {
        let [interp, others @ .., again] = comparison.entries.as_slice() else { unreachable!("see `comparison`") };
        let itself = interp.samples.iter().zip(&again.samples);
        let itself: Vec<f64> = itself.map(|(one, two)| one.cpu.as_secs_f64() / two.cpu.as_secs_f64()).collect();
        let verdict = |other: &Entry| Self {
            engine: other.engine,
            mode: comparison.mode,
            ratio: Ratio::new(other, interp),
            spread: spread(&itself),
        };
        others.iter().map(verdict).collect()
    }

    fn loses(&self) -> bool {
        loses(self.ratio.median, self.spread)
    }
}

/// Whether the slowdown exceeds the tolerance and the noise.
fn loses(ratio: f64, spread: f64) -> bool {
    1.0 / ratio > 1.0 + TOLERANCE.max(spread)
}

/// Runs all ROMs and prints a line for each engine. Fails if a ROM loses, or if an engine is slower in the mean.
pub(super) fn judge(
    args: &Args,
    movie: &Arc<Movie>,
    roms: &[Rom],
    engines: &[Engine],
    budget: &Budget,
) -> Result<(Vec<Row>, ExitCode), Error> {
    let engines: Vec<Engine> = engines.iter().copied().filter(|&engine| engine != Engine::Interpreter).collect();
    if engines.is_empty() {
        return Err(Error::Usage(
            "--cold compares other engines with the interpreter: there is none to compare".to_owned(),
        ));
    }
    let modes = if args.mode.is_empty() { &[Mode::NoVideo][..] } else { &args.mode };
    if modes.contains(&Mode::Cpu) {
        return Err(Error::Usage("--cold runs ROMs: leave out the mode cpu".to_owned()));
    }
    let rounds = args.rounds.unwrap_or(15);
    let width = roms.iter().map(|rom| rom.name.chars().count()).max().unwrap_or(0).max(3);
    files::print(&format!(
        "Cold, {} frames, idle loops {}, {rounds} rounds, milliseconds of CPU time (all threads), medians\n\n\
         {:<width$}  {:<8}  {:>8}  {:<6}  {:>8}  {:>6}  {:>13}  {:>6}  {:>7}\n",
        frames(args),
        if skips_idle_loops(args) { "skipped" } else { "run" },
        "ROM",
        "mode",
        "interp",
        "engine",
        "",
        "ratio",
        "from - to",
        "wall",
        "itself",
    ))?;
    let (mut rows, mut verdicts, mut left) = (Vec::new(), Vec::new(), 0);
    for (rom, &mode) in roms.iter().flat_map(|rom| modes.iter().map(move |mode| (rom, mode))) {
        if budget.is_spent() && !verdicts.is_empty() {
            left += 1;
            continue;
        }
        let mut comparison = comparison(args, movie, rom, mode, &engines)?;
        for _ in 0..rounds {
            comparison.round()?;
        }
        let judged = Verdict::all(&comparison);
        for (verdict, entry) in judged.iter().zip(&comparison.entries[1..]) {
            files::print(&line(&comparison, entry, verdict, width))?;
        }
        // The second run of the interpreter only shows the noise.
        comparison.entries.pop();
        rows.extend(rows::rows(&[comparison]));
        verdicts.extend(judged);
    }
    let mut good = true;
    files::print("\n")?;
    for (&engine, &mode) in engines.iter().flat_map(|engine| modes.iter().map(move |mode| (engine, mode))) {
        let of = || verdicts.iter().filter(|verdict| (verdict.engine, verdict.mode) == (engine, mode));
        let ratios: Vec<f64> = of().map(|verdict| verdict.ratio.median).collect();
        if ratios.is_empty() {
            continue;
        }
        let (mean, losers) = (geometric_mean(&ratios), of().filter(|verdict| verdict.loses()).count());
        let passes = losers == 0 && mean >= 1.0;
        good &= passes;
        files::print(&format!(
            "{}: {engine}, {}: {losers} of {} ROMs lose; geometric mean {mean:.3}\n",
            if passes { "PASS" } else { "FAIL" },
            mode.name(),
            ratios.len()
        ))?;
    }
    if left > 0 {
        files::print(&format!("{left} comparisons were not run: the time limit was reached\n"))?;
    }
    Ok((rows, if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

/// Frames of a round.
pub(super) fn frames(args: &Args) -> u64 {
    args.frames.unwrap_or(3000)
}

/// Whether all engines skip idle loops.
fn skips_idle_loops(args: &Args) -> bool {
    args.engine_args.idle_skip().unwrap_or(true)
}

fn comparison(args: &Args, movie: &Arc<Movie>, rom: &Rom, mode: Mode, engines: &[Engine]) -> Result<Comparison, Error> {
    let idle_skip = skips_idle_loops(args);
    let entry = |engine| -> Result<Entry, Error> {
        let options = plan::options(args, engine, mode).idle_skip(idle_skip);
        let idle_skip = options.idle_skip.unwrap_or(engine != Engine::Interpreter);
        Ok(Entry::new(engine, idle_skip, Subject::cold(rom, options, movie, frames(args))?))
    };
    let interp = [Engine::Interpreter];
    let entries = interp.iter().chain(engines).chain(&interp).copied().map(entry).collect::<Result<_, _>>()?;
    Ok(Comparison { program: rom.name.clone(), mode, start: Start::Cold, entries })
}

fn line(comparison: &Comparison, entry: &Entry, verdict: &Verdict, width: usize) -> String {
    let milliseconds = |entry: &Entry| entry.cpu_seconds() * 1e3;
    let Ratio { median, from, to, wall } = verdict.ratio;
    format!(
        "{:<width$}  {:<8}  {:>8.1}  {:<6}  {:>8.1}  {median:>6.2}  {from:>5.2} - {to:<5.2}  {wall:>6.2}  {:>6.1}%{}\n",
        comparison.program,
        comparison.mode.name(),
        milliseconds(&comparison.entries[0]),
        entry.engine.name(),
        milliseconds(entry),
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
