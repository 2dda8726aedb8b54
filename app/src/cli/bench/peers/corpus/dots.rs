//! The results over a corpus as an SVG chart: a panel for each window, in it a dot for each ROM and pair.
//!
//! ```text
//! title
//! ● jit / interp ● jit / quicknes
//! frames 0 to 3000            frames 2000 to 6000         frames 6000 to 12000
//!  10 |            .oo         10 |          ..oo
//!   1 |-----..ooo'------        1 |---..ooo''-----        the ratio; a line at 1
//! 0.1 |  o'                   0.1 |  o'                   each pair sorted, slowest ROM left
//! jit / interp: mean ...      ...
//! ```

use super::Pair;
use super::table::{Summary, in_window, lines};
use crate::cli::bench::chart::{MARGIN, WIDTH, escaped, line, page, text};
use crate::cli::bench::rows::Row;
use std::ops::Range;

/// All lengths are in pixels. The axis's figures are left of a panel's dots.
const LEFT: f64 = 42.0;
const HEIGHT: f64 = 300.0;
const GAP: f64 = 16.0;
/// Panels in a row.
const COLUMNS: usize = 3;
const RADIUS: f64 = 3.0;
/// Colours of the pairs, which are those of the bar chart.
const COLOURS: [usize; 6] = [2, 4, 0, 3, 5, 1];
/// Ratios that have a line.
const TICKS: [f64; 13] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// The picture.
pub(super) fn svg(rows: &[Row], windows: &[Range<u64>], pairs: &[Pair]) -> String {
    let title = "Ricojit: speed over a corpus by CPU time, one dot for each ROM; higher is faster";
    let mut body = String::new();
    let mut y = MARGIN + 18.0;
    text(&mut body, MARGIN, y, "title", "start", title);
    y += 26.0;
    let mut x = MARGIN + RADIUS;
    for (pair, colour) in pairs.iter().zip(COLOURS.into_iter().cycle()) {
        dot(&mut body, colour, (x, y - 4.0), &pair.name());
        text(&mut body, x + 10.0, y, "", "start", &pair.name());
        x += 40.0 + 6.7 * pair.name().chars().count() as f64;
    }
    let panels: Vec<Panel> = windows.iter().map(|window| Panel::new(rows, window, pairs)).collect();
    let all = || panels.iter().flat_map(|panel| &panel.series).flatten().map(|(ratio, _)| *ratio);
    // At least from a half to two.
    let low = TICKS.into_iter().rfind(|&tick| all().all(|ratio| tick <= ratio) && tick <= 0.5).unwrap_or(TICKS[0]);
    let high = TICKS.into_iter().find(|&tick| all().all(|ratio| tick >= ratio) && tick >= 2.0).unwrap_or(TICKS[12]);
    let width = (WIDTH - 2.0 * MARGIN - GAP * (COLUMNS - 1) as f64) / COLUMNS as f64;
    for row in panels.chunks(COLUMNS) {
        for (column, panel) in row.iter().enumerate() {
            panel.draw(&mut body, pairs, (MARGIN + column as f64 * (width + GAP), y), width, (low, high));
        }
        y += 60.0 + HEIGHT + 16.0 * pairs.len() as f64;
    }
    y += 24.0;
    let host = rows.first().map_or("", |row| row.host.as_str());
    text(&mut body, MARGIN, y, "small", "start", host);
    page("Ricojit: speed over a corpus", y + MARGIN, &body)
}

/// The dots of a window.
struct Panel {
    window: Range<u64>,
    /// For each pair the ratios and ROMs, sorted.
    series: Vec<Vec<(f64, String)>>,
}

impl Panel {
    fn new(rows: &[Row], window: &Range<u64>, pairs: &[Pair]) -> Self {
        let inside = in_window(rows, window);
        let lines = lines(&inside, pairs);
        let series = |pair: usize| {
            let dots = lines.iter().filter_map(|line| Some((line.ratios[pair]?, line.rom().to_owned())));
            let mut dots: Vec<_> = dots.collect();
            dots.sort_by(|one, other| one.0.total_cmp(&other.0));
            dots
        };
        Self { window: window.clone(), series: (0..pairs.len()).map(series).collect() }
    }

    /// Draws the panel with its upper left corner at a point.
    fn draw(&self, out: &mut String, pairs: &[Pair], (x, y): (f64, f64), width: f64, (low, high): (f64, f64)) {
        let heading = format!("frames {} to {}", self.window.start, self.window.end);
        let (left, right, bottom) = (x + LEFT, x + width, y + 44.0 + HEIGHT);
        text(out, left, y + 32.0, "head", "start", &heading);
        // An equal height for equal factors.
        let place = |ratio: f64| bottom - (ratio / low).ln() / (high / low).ln() * HEIGHT;
        for tick in TICKS.into_iter().filter(|tick| (low..=high).contains(tick)) {
            let (class, y) = (if tick == 1.0 { "axis" } else { "grid" }, place(tick));
            line(
                out,
                format_args!(
                    "<line class=\"{class}\" x1=\"{left:.1}\" y1=\"{y:.1}\" x2=\"{right:.1}\" y2=\"{y:.1}\"/>"
                ),
            );
            text(out, left - 6.0, y + 4.0, "small", "end", &tick.to_string());
        }
        for (index, (pair, dots)) in pairs.iter().zip(&self.series).enumerate() {
            let step = (right - left - 4.0 * RADIUS) / (dots.len().max(2) - 1) as f64;
            for (rank, (ratio, rom)) in dots.iter().enumerate() {
                let at = (left + 2.0 * RADIUS + rank as f64 * step, place(ratio.clamp(low, high)));
                dot(out, COLOURS[index % COLOURS.len()], at, &format!("{rom}, {}: {ratio:.2}", pair.name()));
            }
            let ratios: Vec<f64> = dots.iter().map(|(ratio, _)| *ratio).collect();
            let Summary { mean, roms, below, .. } = Summary::new(&ratios);
            let summary = format!("{}: mean {mean:.2}, {below} of {roms} below 1", pair.name());
            text(out, left, bottom + 18.0 + 16.0 * index as f64, "small", "start", &summary);
        }
    }
}

/// A dot with a note that readers of the picture see when they point at it.
fn dot(out: &mut String, colour: usize, (x, y): (f64, f64), note: &str) {
    let note = escaped(note);
    line(
        out,
        format_args!(
            "<circle class=\"b{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RADIUS}\"><title>{note}</title></circle>"
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::results;
    use super::*;
    use crate::cli::bench::chart::tests::assert_well_formed;

    #[test]
    fn there_is_a_dot_for_each_rom_and_pair() {
        let (rows, windows, pairs) = results();
        let picture = svg(&rows, &windows, &pairs);
        assert_well_formed(&picture);
        // Three ROMs against the interpreter and two against the peer, in two windows, and the legend.
        assert_eq!(picture.matches("<circle ").count(), 2 * (3 + 2) + 2);
        for part in
            ["a &amp; b, jit / peer: 4.00", "frames 2 to 6", "jit / interp: mean 1.17, 1 of 3 below 1", "a host"]
        {
            assert!(picture.contains(part), "{part} in {picture}");
        }
        assert!(!picture.contains("\"NaN"), "no place is NaN: {picture}");
        assert_well_formed(&svg(&[], &windows, &pairs));
    }

    #[test]
    fn equal_factors_have_equal_heights() {
        let (rows, windows, pairs) = results();
        let picture = svg(&rows, &windows, &pairs);
        let height = |note: &str| -> f64 {
            let line = picture.lines().find(|line| line.contains(note)).expect("a dot");
            line.split("cy=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok()).expect("a number")
        };
        // In the second window all are twice as fast; dots of the first come first.
        let [one, two, four] =
            ["c, jit / interp: 1.00", "a &amp; b, jit / interp: 2.00", "a &amp; b, jit / peer: 4.00"].map(height);
        assert!(one > two && ((one - two) - (two - four)).abs() < 0.2, "{one} {two} {four}");
    }
}
