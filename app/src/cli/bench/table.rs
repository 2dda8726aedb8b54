//! The results as text: a line for each ratio, and their means.

use super::comparison::{Comparison, Entry, Mode, Ratio, Start};
use super::statistics::{geometric_mean, median};
use std::fmt::Write;

/// The whole table.
pub(super) fn text(comparisons: &[Comparison]) -> String {
    let (cpu, roms): (Vec<&Comparison>, Vec<&Comparison>) =
        comparisons.iter().partition(|comparison| comparison.mode == Mode::Cpu);
    let mut out = String::new();
    if !roms.is_empty() {
        out.push_str("Frames per second of CPU time (all threads), medians; ratios are taken in each round.\n\n");
        lines(&mut out, &roms, |entry| entry.fps().unwrap_or(f64::NAN));
        summary(&mut out, &roms);
    }
    if !cpu.is_empty() {
        out.push_str("\nEmulated MHz of the CPU alone, medians.\n\n");
        lines(&mut out, &cpu, Entry::mhz);
        summary(&mut out, &cpu);
    }
    out
}

/// Entries with their baseline: the first engine with the same idle skipping. If there is only one engine, its entries
/// have none.
fn pairs(comparison: &Comparison) -> Vec<(&Entry, Option<&Entry>)> {
    let first = comparison.entries.first().map(|entry| entry.engine);
    let baseline = |entry: &Entry| {
        comparison.entries.iter().find(|other| Some(other.engine) == first && other.idle_skip == entry.idle_skip)
    };
    let alone = comparison.entries.iter().all(|entry| Some(entry.engine) == first);
    let compared = comparison.entries.iter().filter(|entry| alone || Some(entry.engine) != first);
    compared.map(|entry| (entry, baseline(entry).filter(|_| !alone))).collect()
}

fn lines(out: &mut String, comparisons: &[&Comparison], speed: impl Fn(&Entry) -> f64) {
    let width = comparisons.iter().map(|comparison| comparison.program.chars().count()).max().unwrap_or(0).max(3);
    let first =
        comparisons.first().and_then(|comparison| comparison.entries.first()).map_or("", |entry| entry.engine.name());
    line(
        out,
        format_args!(
            "{:<width$}  {:<8}  {:<5}  {:<4}  {:>8}  {:<6}  {:>8}  {:>6}  {:>13}  {:>6}",
            "ROM", "mode", "start", "idle", first, "engine", "", "ratio", "from - to", "wall"
        ),
    );
    for (place, comparison) in comparisons.iter().enumerate() {
        if place > 0 && comparison.mode != Mode::Cpu && comparison.program != comparisons[place - 1].program {
            out.push('\n');
        }
        for (entry, baseline) in pairs(comparison) {
            let Comparison { program, mode, start, .. } = comparison;
            let start = if *start == Start::Warm { "warm" } else { "cold" };
            let idle = if entry.idle_skip { "skip" } else { "run" };
            let mode = mode.name();
            let base = baseline.map_or(String::new(), |baseline| format!("{:.0}", speed(baseline)));
            let (engine, speed) = (entry.engine.name(), speed(entry));
            let ratio = baseline.map_or(String::new(), |baseline| ratio(&Ratio::new(entry, baseline)));
            line(
                out,
                format_args!(
                    "{program:<width$}  {mode:<8}  {start:<5}  {idle:<4}  {base:>8}  {engine:<6}  {speed:>8.0}  {ratio}"
                ),
            );
        }
    }
}

fn ratio(ratio: &Ratio) -> String {
    let Ratio { median, from, to, wall } = *ratio;
    let mark = if median < 1.0 { "  slower" } else { "" };
    format!("{median:>6.2}  {from:>5.2} - {to:<5.2}  {wall:>6.2}{mark}")
}

/// A line for each mode, start and engine: the mean of all programs.
fn summary(out: &mut String, comparisons: &[&Comparison]) {
    let mut groups: Vec<(String, Vec<f64>, Vec<f64>)> = Vec::new();
    for comparison in comparisons {
        for (entry, baseline) in pairs(comparison) {
            let Some(baseline) = baseline else { continue };
            let start = if comparison.start == Start::Warm { "warm" } else { "cold" };
            let idle = if entry.idle_skip { "idle loops skipped" } else { "idle loops run" };
            let engines = format!("{} by {}", entry.engine.name(), baseline.engine.name());
            let name = match comparison.mode {
                Mode::Cpu => engines,
                mode => format!("{engines}, {}, {start}, {idle}", mode.name()),
            };
            let place = groups.iter().position(|group| group.0 == name).unwrap_or_else(|| {
                groups.push((name, Vec::new(), Vec::new()));
                groups.len() - 1
            });
            groups[place].1.push(Ratio::new(entry, baseline).median);
            groups[place].2.push(entry.mhz());
        }
    }
    let width = groups.iter().map(|group| group.0.len()).max().unwrap_or(0);
    out.push('\n');
    for (name, ratios, mhz) in groups {
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let (mean, mhz) = (geometric_mean(&ratios), median(mhz));
        line(
            out,
            format_args!("{name:<width$}  {mean:.2} in the geometric mean, {least:.2} at least; median {mhz:.0} MHz"),
        );
    }
}

fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", line.to_string().trim_end());
}
