//! The results as an SVG bar chart: a panel for each mode and start, a group for each program, a bar for each engine.
//!
//! ```text
//! title
//! ■ interp ■ interp, idle loops skipped ■ jit ...
//! heading of a panel     unit      another panel
//!   program |██████ 1234             program |█████
//!           |█████████████ 2345              |████
//!           +----+----+----+--               +----+----
//! ```

use super::rows::Row;
use std::fmt::Write;

/// All lengths are in pixels.
pub(super) const WIDTH: f64 = 1000.0;
pub(super) const MARGIN: f64 = 24.0;
/// Panels per row, and the distance of their left edges.
const COLUMNS: usize = 2;
const COLUMN: f64 = (WIDTH - MARGIN) / COLUMNS as f64;
/// In a panel: where bars begin, right of the names.
const LEFT: f64 = 125.0;
/// In a panel: where the longest bar may end, left of its figure.
const RIGHT: f64 = COLUMN - 70.0;
const BAR: f64 = 13.0;
const GROUP_GAP: f64 = 9.0;
const HEADING: f64 = 44.0;
const AXIS: f64 = 26.0;
/// Longer names are cut at the front.
const NAME_CHARS: usize = 16;

/// Colours for light and dark pages. The background is drawn, so that the text is readable on any page.
const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:17px;font-weight:600}.head{font-size:13px;font-weight:600}\
.small{font-size:11px;fill:#59636e}.page{fill:#ffffff}.grid{stroke:#d1d9e0}.axis{stroke:#59636e}\
.b0{fill:#8c959f}.b1{fill:#bcc4cd}.b2{fill:#d1570b}.b3{fill:#f0a35e}.b4{fill:#1a7f64}.b5{fill:#6cc3a8}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.page{fill:#0d1117}.grid{stroke:#2a313c}\
.axis{stroke:#9198a1}.b0{fill:#8b949e}.b1{fill:#5b636d}.b2{fill:#f0883e}.b3{fill:#a35a1f}.b4{fill:#3fb68f}.b5{fill:#23765b}}";
/// Colours in [`STYLE`].
const COLOURS: usize = 6;

/// The picture.
pub(super) fn svg(rows: &[Row]) -> String {
    let series = series(rows);
    let panels = panels(rows);
    let mut body = String::new();
    let mut y = MARGIN + 18.0;
    text(&mut body, MARGIN, y, "title", "start", "Ricojit: speed of the engines by CPU time; longer is faster");
    y = legend(&mut body, rows, &series, y + 26.0);
    for row in panels.chunks(COLUMNS) {
        let ends = row.iter().enumerate();
        y = ends
            .map(|(column, panel)| draw(&mut body, panel, &series, (MARGIN + column as f64 * COLUMN, y)))
            .fold(y, f64::max);
    }
    let host = rows.first().map_or("", |row| row.host.as_str());
    let frames = rows.iter().find_map(|row| row.frames).map_or(String::new(), |frames| format!("{frames} frames. "));
    let starts = format!("{frames}Warm: hot code is compiled. Cold: from power-on, compiling included.");
    for note in [&starts, host] {
        y += 18.0;
        text(&mut body, MARGIN, y, "small", "start", note);
    }
    page("Ricojit: speed of the engines", y + MARGIN, &body)
}

/// A picture of this height with a white or a dark background.
pub(super) fn page(title: &str, height: f64, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<rect class=\"page\" width=\"{WIDTH}\" height=\"{height:.0}\"/>\n{body}</svg>\n"
    )
}

/// A series of bars: an engine, and whether it skips idle loops.
type Series<'a> = (&'a str, bool);

/// All series in the order of their colours, including those without rows.
fn series(rows: &[Row]) -> Vec<Series<'_>> {
    let mut engines: Vec<&str> = Vec::new();
    rows.iter().for_each(|row| {
        if !engines.contains(&row.engine.as_str()) {
            engines.push(&row.engine);
        }
    });
    engines.into_iter().flat_map(|engine| [(engine, false), (engine, true)]).collect()
}

/// The rows of one mode and start, by program.
struct Panel<'a> {
    heading: String,
    unit: &'static str,
    groups: Vec<(&'a str, Vec<&'a Row>)>,
}

fn panels(rows: &[Row]) -> Vec<Panel<'_>> {
    let mut panels: Vec<Panel<'_>> = Vec::new();
    for row in rows {
        let start = if row.cold { "cold" } else { "warm" };
        let (heading, unit) = match row.mode {
            "full" => (format!("Picture and sound, {start}"), "frames/s"),
            "no-video" => (format!("Without pictures, {start}"), "frames/s"),
            "bare" => (format!("Without pictures and sound, {start}"), "frames/s"),
            _ => ("The CPU alone: small loops, warm".to_owned(), "emulated MHz"),
        };
        let place = panels.iter().position(|panel| panel.heading == heading).unwrap_or_else(|| {
            panels.push(Panel { heading, unit, groups: Vec::new() });
            panels.len() - 1
        });
        let groups = &mut panels[place].groups;
        match groups.iter_mut().find(|(name, _)| *name == row.rom) {
            Some((_, group)) => group.push(row),
            None => groups.push((&row.rom, vec![row])),
        }
    }
    // In the order of the legend.
    let kinds = series(rows);
    let place = |row: &&Row| kinds.iter().position(|kind| *kind == (row.engine.as_str(), row.idle_skip));
    panels.iter_mut().flat_map(|panel| &mut panel.groups).for_each(|(_, group)| group.sort_by_key(place));
    panels
}

/// Draws a panel with its upper left corner at a point; returns its bottom.
fn draw(out: &mut String, panel: &Panel<'_>, series: &[Series<'_>], (left, y): (f64, f64)) -> f64 {
    text(out, left, y + 30.0, "head", "start", &panel.heading);
    text(out, left + RIGHT, y + 30.0, "small", "end", panel.unit);
    let top = y + HEADING;
    let bars: usize = panel.groups.iter().map(|(_, rows)| rows.len()).sum();
    let bottom = top + bars as f64 * BAR + panel.groups.len() as f64 * GROUP_GAP;
    let most = panel
        .groups
        .iter()
        .flat_map(|(_, rows)| rows)
        .map(|row| row.speed())
        .filter(|speed| speed.is_finite())
        .fold(1.0, f64::max);
    let step = step(most);
    let end = (most / step).ceil() * step;
    let width = |speed: f64| (RIGHT - LEFT) * speed / end;
    let zero = left + LEFT;

    for tick in 0..=(end / step).round() as u32 {
        let speed = f64::from(tick) * step;
        let class = if tick == 0 { "axis" } else { "grid" };
        let at = zero + width(speed);
        line(
            out,
            format_args!("<line class=\"{class}\" x1=\"{at:.1}\" y1=\"{top:.1}\" x2=\"{at:.1}\" y2=\"{bottom:.1}\"/>"),
        );
        text(out, at, bottom + 15.0, "small", "middle", &figure(speed));
    }
    let mut y = top + GROUP_GAP / 2.0;
    for (name, rows) in &panel.groups {
        let middle = y + rows.len() as f64 * BAR / 2.0 + 4.0;
        text(out, zero - 8.0, middle, "", "end", &short(name));
        for row in rows {
            let kind =
                series.iter().position(|kind| *kind == (row.engine.as_str(), row.idle_skip)).unwrap_or(0) % COLOURS;
            // A row without time has no speed.
            let speed = Some(row.speed()).filter(|speed| speed.is_finite()).unwrap_or(0.0);
            let (width, height) = (width(speed), BAR - 2.0);
            line(
                out,
                format_args!(
                    "<rect class=\"b{kind}\" x=\"{zero:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height}\"/>",
                    y + 1.0
                ),
            );
            text(out, zero + width + 5.0, y + BAR - 3.0, "small", "start", &figure(speed));
            y += BAR;
        }
        y += GROUP_GAP;
    }
    bottom + AXIS
}

/// Draws the legend; returns its bottom.
fn legend(out: &mut String, rows: &[Row], series: &[Series<'_>], y: f64) -> f64 {
    let mut x = MARGIN;
    for (kind, (engine, idle_skip)) in series.iter().enumerate() {
        if !rows.iter().any(|row| (row.engine.as_str(), row.idle_skip) == (*engine, *idle_skip)) {
            continue;
        }
        let name = format!("{engine}{}", if *idle_skip { ", idle loops skipped" } else { "" });
        line(
            out,
            format_args!(
                "<rect class=\"b{}\" x=\"{x}\" y=\"{:.1}\" width=\"12\" height=\"12\"/>",
                kind % COLOURS,
                y - 10.0
            ),
        );
        text(out, x + 18.0, y, "", "start", &name);
        x += 40.0 + 6.7 * name.len() as f64;
    }
    y
}

/// The distance of ticks: 1, 2 or 5 times a power of ten, such that there are two to five of them (labels are long).
fn step(most: f64) -> f64 {
    let power = 10f64.powf((most / 5.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| most / step <= 5.0).unwrap_or(10.0 * power)
}

/// A number with thousands separators: 12,345.
fn figure(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The end of a long name: of a path, the file name.
fn short(name: &str) -> String {
    let name = name.strip_suffix(".nes").unwrap_or(name);
    match name.chars().count().checked_sub(NAME_CHARS) {
        None | Some(0) => name.to_owned(),
        Some(more) => format!("…{}", name.chars().skip(more + 1).collect::<String>()),
    }
}

/// Text as XML content.
pub(super) fn escaped(text: &str) -> String {
    // XML allows no control characters.
    let text: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Adds text at a point, `start`, `middle` or `end` of it.
pub(super) fn text(out: &mut String, x: f64, y: f64, class: &str, anchor: &str, text: &str) {
    let text = escaped(text);
    line(out, format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
}

/// Adds a line of XML.
pub(super) fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row with this speed.
    pub(in crate::cli::bench) fn row(rom: &str, engine: &str, mode: &'static str, speed: f64) -> Row {
        Row {
            rom: rom.to_owned(),
            engine: engine.to_owned(),
            mode,
            idle_skip: false,
            cold: false,
            fps: (mode != "cpu").then_some(speed),
            mhz: speed,
            digest: String::new(),
            distinct: None,
            first_frame: Some(0),
            frames: Some(5),
            rounds: 1,
            cpu_seconds: 1.0,
            wall_seconds: 1.0,
            host: "a host".to_owned(),
            problem: None,
        }
    }

    /// Checks that every opened tag is closed, and that there is only text between tags.
    pub(in crate::cli::bench) fn assert_well_formed(xml: &str) {
        let mut open = Vec::new();
        let mut rest = xml;
        while let Some((text, tag)) = rest.split_once('<') {
            assert!(
                !text.contains('>') && !text.contains("& ") && text.chars().all(|c| c == '\n' || !c.is_control()),
                "{text}"
            );
            let (tag, after) = tag.split_once('>').expect("a tag ends");
            match (tag.strip_prefix('/'), tag.ends_with('/')) {
                (Some(name), _) => assert_eq!(open.pop(), Some(name)),
                (None, true) => {}
                (None, false) => open.push(tag.split(' ').next().expect("a name")),
            }
            rest = after;
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn the_chart_is_well_formed_and_has_a_bar_for_each_row() {
        let nasty = "a & b <c>\u{1}\".nes";
        let rows = [
            row("demo", "interp", "full", 1000.0),
            row("demo", "jit", "full", 1500.0),
            row(nasty, "interp", "full", 10.0),
            row(nasty, "jit", "full", f64::NAN),
            row("copy", "jit", "cpu", 9000.0),
        ];
        let svg = svg(&rows);
        assert_well_formed(&svg);
        assert_eq!(svg.matches("<rect class=\"b").count(), rows.len() + 2, "and two in the legend");
        for part in ["Picture and sound, warm", "The CPU alone", "a &amp; b &lt;c&gt;?", "1,500", "a host"] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        assert!(!svg.contains("NaN\""), "no length is NaN: {svg}");
        assert_well_formed(&super::svg(&[]));
    }

    #[test]
    fn ticks_are_few_and_round() {
        for (most, expected) in
            [(1.0, 0.2), (4.9, 1.0), (5.1, 2.0), (1300.0, 500.0), (9_999.0, 2000.0), (35_001.0, 10_000.0)]
        {
            assert!((step(most) - expected).abs() < 1e-9 * expected, "{most}: {}", step(most));
        }
    }

    #[test]
    fn figures_have_separators_and_long_names_are_cut() {
        assert_eq!(["1", "999", "1,000", "1,234,567"], [1.0, 999.0, 1000.0, 1_234_567.0].map(figure));
        assert_eq!(short("roms/games/a_rather_long_name.nes"), "…ather_long_name");
        assert_eq!(short("demo"), "demo");
    }
}
