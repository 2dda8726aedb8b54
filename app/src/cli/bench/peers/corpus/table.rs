//! The results over a corpus as text: for each window a line for each ROM, the lowest ratio first, and the means; then
//! what was not run.

use super::Pair;
use crate::cli::bench::rows::Row;
use crate::cli::bench::statistics::{geometric_mean, range};
use std::fmt::Write;
use std::ops::Range;

/// A ROM in a window.
pub(super) struct Line<'a> {
    /// A row for each emulator, of which there is at least one.
    rows: &'a [&'a Row],
    /// In the order of the pairs; `None` where one side did not run.
    pub(super) ratios: Vec<Option<f64>>,
}

impl<'a> Line<'a> {
    fn new(rows: &'a [&'a Row], pairs: &[Pair]) -> Self {
        let speed = |name: &str| rows.iter().find(|row| row.engine == name)?.fps;
        let ratio = |pair: &Pair| Some(speed(&pair.this)? / speed(&pair.baseline)?);
        Self { rows, ratios: pairs.iter().map(ratio).collect() }
    }

    /// The name of the ROM.
    pub(super) fn rom(&self) -> &'a str {
        &self.rows[0].rom
    }

    /// The lowest ratio; infinity if there is none.
    fn least(&self) -> f64 {
        self.ratios.iter().flatten().copied().fold(f64::INFINITY, f64::min)
    }
}

/// The rows of a window, in which those of a ROM are neighbours.
pub(super) fn in_window<'a>(rows: &'a [Row], window: &Range<u64>) -> Vec<&'a Row> {
    let frames = |row: &&Row| row.first_frame == Some(window.start) && row.frames == Some(window.end - window.start);
    rows.iter().filter(frames).collect()
}

/// The ROMs of a window, those with the lowest ratios first.
pub(super) fn lines<'a>(rows: &'a [&'a Row], pairs: &[Pair]) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'_>> =
        rows.chunk_by(|one, other| one.rom == other.rom).map(|rows| Line::new(rows, pairs)).collect();
    lines.sort_by(|one, other| one.least().total_cmp(&other.least()));
    lines
}

/// A pair's ratios over all ROMs.
pub(super) struct Summary {
    /// The geometric mean.
    pub(super) mean: f64,
    least: f64,
    most: f64,
    /// The number of ROMs, and of those with a ratio below 1.
    pub(super) roms: usize,
    pub(super) below: usize,
}

impl Summary {
    pub(super) fn new(ratios: &[f64]) -> Self {
        let (least, most) = range(ratios.iter().copied());
        let below = ratios.iter().filter(|&&ratio| ratio < 1.0).count();
        Self { mean: geometric_mean(ratios), least, most, roms: ratios.len(), below }
    }
}

/// The tables. `skipped` are the ROMs that Ricojit cannot run.
pub(super) fn text(rows: &[Row], windows: &[Range<u64>], pairs: &[Pair], skipped: &[String]) -> String {
    let rounds = rows.iter().map(|row| row.rounds).max().unwrap_or(0);
    let mut out = format!(
        "Frames per second of CPU time (all threads, compiling included), medians of {rounds} rounds, and their ratios.\n"
    );
    for window in windows {
        let inside = in_window(rows, window);
        let lines = lines(&inside, pairs);
        let width = lines.iter().map(|line| line.rom().chars().count()).max().unwrap_or(0).max(3);
        // Writing to a string cannot fail.
        let _ = write!(out, "\nframes {} to {}\n{:<width$}", window.start, window.end, "ROM");
        for row in lines.first().map_or(&[][..], |line| line.rows) {
            let _ = write!(out, "  {:>9}", row.engine);
        }
        for pair in pairs {
            let _ = write!(out, "  {}", pair.name());
        }
        out.push('\n');
        for line in &lines {
            let _ = write!(out, "{:<width$}", line.rom());
            for row in line.rows {
                let speed = row.fps.map_or("-".to_owned(), |fps| format!("{fps:.0}"));
                let _ = write!(out, "  {speed:>0$}", row.engine.chars().count().max(9));
            }
            for (pair, ratio) in pairs.iter().zip(&line.ratios) {
                let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
                let _ = write!(out, "  {ratio:>0$}", pair.name().chars().count());
            }
            out.push('\n');
        }
        for (index, pair) in pairs.iter().enumerate() {
            let ratios: Vec<f64> = lines.iter().filter_map(|line| line.ratios[index]).collect();
            let Summary { mean, least, most, roms, below } = Summary::new(&ratios);
            let name = pair.name();
            let _ = writeln!(
                out,
                "{name}: {mean:.2} in the geometric mean, {least:.2} to {most:.2}; below 1: {below} of {roms} ROMs"
            );
        }
    }
    // Every window has the same problems.
    let problems = windows.first().map_or(Vec::new(), |window| in_window(rows, window));
    let problems = problems.into_iter().filter_map(|row| row.problem.as_ref());
    for (index, problem) in problems.chain(skipped).enumerate() {
        let _ = writeln!(out, "{}{problem}", if index == 0 { "\nNot run:\n" } else { "" });
    }
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::bench::chart::tests::row;

    /// Three ROMs in two windows, the second of which has ratios that are twice as large; the peer cannot run `c`.
    pub(in crate::cli::bench::peers::corpus) fn results() -> (Vec<Row>, [Range<u64>; 2], [Pair; 2]) {
        let windows = [0..3, 2..6];
        let mut rows = Vec::new();
        for (window, factor) in windows.iter().zip([1.0, 2.0]) {
            for (rom, speeds) in [("a & b", [10.0, 20.0, 5.0]), ("b", [10.0, 8.0, 10.0]), ("c", [10.0, 10.0, f64::NAN])]
            {
                for ((engine, speed), factor) in ["interp", "jit", "peer"].iter().zip(speeds).zip([1.0, factor, 1.0]) {
                    let speed = speed * factor;
                    rows.push(Row {
                        first_frame: Some(window.start),
                        frames: Some(window.end - window.start),
                        fps: Some(speed).filter(|speed| speed.is_finite()),
                        problem: speed.is_nan().then(|| "peer does not accept c".to_owned()),
                        ..row(rom, engine, "full", speed)
                    });
                }
            }
        }
        let pair = |baseline: &str| Pair { this: "jit".to_owned(), baseline: baseline.to_owned() };
        (rows, windows, [pair("interp"), pair("peer")])
    }

    #[test]
    fn roms_are_sorted_by_their_lowest_ratio() {
        let (rows, [first, second], pairs) = results();
        let of = |window| {
            let inside = in_window(&rows, window);
            let lines = lines(&inside, &pairs);
            lines.iter().map(|line| (line.rom().to_owned(), line.ratios.clone())).collect::<Vec<_>>()
        };
        let expected = |factor: f64| {
            [("b", [Some(0.8), Some(0.8)]), ("c", [Some(1.0), None]), ("a & b", [Some(2.0), Some(4.0)])]
                .map(|(rom, ratios)| (rom.to_owned(), ratios.map(|ratio| ratio.map(|ratio| ratio * factor)).to_vec()))
        };
        assert_eq!(of(&first), expected(1.0));
        assert_eq!(of(&second), expected(2.0));
    }

    #[test]
    fn the_text_has_every_rom_the_means_and_what_was_not_run() {
        let (rows, windows, pairs) = results();
        let text = text(&rows, &windows, &pairs, &["d.nes: mapper 5 is not supported".to_owned()]);
        for part in [
            "\nframes 0 to 3\nROM       interp        jit       peer  jit / interp  jit / peer\n\
             b             10          8         10          0.80        0.80\n\
             c             10         10          -          1.00           -\n",
            "jit / interp: 1.17 in the geometric mean, 0.80 to 2.00; below 1: 1 of 3 ROMs\n",
            "jit / peer: 1.79 in the geometric mean, 0.80 to 4.00; below 1: 1 of 2 ROMs\n",
            "\nframes 2 to 6\n",
            "jit / peer: 3.58 in the geometric mean, 1.60 to 8.00; below 1: 0 of 2 ROMs\n",
            "\nNot run:\npeer does not accept c\nd.nes: mapper 5 is not supported\n",
        ] {
            assert!(text.contains(part), "{part}\nis not in\n{text}");
        }
        assert_eq!(text.matches("does not accept").count(), 1, "once, not for each window");
    }
}
