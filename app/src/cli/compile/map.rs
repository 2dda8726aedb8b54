//! The banks of a ROM as an SVG: what each byte is, and what was executed.
//!
//! ```text
//! title
//! ■ vectors ■ executed ■ bank ... ■ data □ unknown   ▬ executed
//! 00000 │████▒▒▒▒░░░░   │  256 bytes a column, 4 pixels each, by what most of its bytes are
//!       │▔▔▔▔ ▔▔        │
//! 04000 │██             │
//! ```

use super::report::{Byte, Report};
use ricojit::ahead::Source;
use std::fmt::Write;

/// Lengths in pixels.
const MARGIN: usize = 24;
const LEFT: usize = 80;
const BAR: usize = 18;
const LINE: usize = 4;
const ROW: usize = BAR + LINE + 12;
const COLUMN: usize = 4;
const WIDTH: usize = LEFT + COLUMNS * COLUMN + 220;
/// Bytes of ROM in a column of a bar, and columns in a bar: 16 KiB.
const BYTES: usize = 128;
const COLUMNS: usize = 0x4000 / BYTES;

/// The classes of bytes: those of code are the sources.
const DATA: usize = Source::ALL.len();
const UNKNOWN: usize = DATA + 1;

/// Colours for light and dark pages. The background is drawn, so that the text is readable on any page.
const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:17px;font-weight:600}.small{font-size:11px;fill:#59636e}\
.page{fill:#ffffff}.c0{fill:#1a7f64}.c1{fill:#0b5345}.c2{fill:#2f81c7}.c3{fill:#8250df}.c4{fill:#bf3989}.c5{fill:#d1570b}\
.c6{fill:#bf8700}.c7{fill:#8c959f}.c8{fill:#e6eaef}.run{fill:#cf222e}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.page{fill:#0d1117}.c0{fill:#3fb68f}\
.c1{fill:#9be9cf}.c2{fill:#58a6ff}.c3{fill:#a371f7}.c4{fill:#f778ba}.c5{fill:#f0883e}.c6{fill:#d29922}.c7{fill:#6e7681}\
.c8{fill:#21262d}.run{fill:#ff7b72}}";

/// The picture.
pub(super) fn svg(report: &Report) -> String {
    let mut body = String::new();
    draw(&mut body, report).map_or_else(|_| String::new(), |()| body)
}

fn draw(to: &mut String, report: &Report) -> std::fmt::Result {
    let rows = report.bytes.len().div_ceil(BYTES * COLUMNS);
    let top = MARGIN + 74;
    let height = top + rows * ROW + MARGIN;
    writeln!(
        to,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\">\n<title>The banks of a ROM: code by how it was found</title>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>"
    )?;
    writeln!(
        to,
        "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">Code found without running it, by source</text>",
        MARGIN + 14
    )?;
    legend(to, MARGIN + 40)?;
    let executed = report.executed.iter().any(|executed| *executed);
    let note = if executed { "The line below a bar: executed, as the profile says." } else { "No profile was given." };
    writeln!(
        to,
        "<text class=\"small\" x=\"{MARGIN}\" y=\"{}\">A column is {BYTES} bytes, a bar 16 KiB. {note}</text>",
        MARGIN + 60
    )?;
    for row in 0..rows {
        let (offset, y) = (row * BYTES * COLUMNS, top + row * ROW);
        writeln!(to, "<text x=\"{MARGIN}\" y=\"{}\">{offset:05X}</text>", y + 13)?;
        let end = report.bytes.len().min(offset + BYTES * COLUMNS);
        let columns: Vec<usize> = report.bytes[offset..end].chunks(BYTES).map(class).collect();
        strips(to, y, BAR, &columns, |class| Some(format!("c{class}")))?;
        let lines: Vec<bool> = report.executed[offset..end].chunks(BYTES).map(|bytes| bytes.contains(&true)).collect();
        strips(to, y + BAR + 1, LINE, &lines, |executed| executed.then(|| "run".to_owned()))?;
        let bank = &report.banks[row];
        let size = end - offset;
        let share = |bytes: usize| bytes as f64 * 100.0 / size as f64;
        let x = LEFT + COLUMNS * COLUMN + 12;
        writeln!(
            to,
            "<text class=\"small\" x=\"{x}\" y=\"{}\">proven {:.0}%, guessed {:.0}%, data {:.0}%</text>",
            y + 13,
            share(bank.proven),
            share(bank.guessed),
            share(bank.data)
        )?;
    }
    writeln!(to, "</svg>")
}

fn legend(to: &mut String, y: usize) -> std::fmt::Result {
    let names = Source::ALL.map(Source::name).into_iter().chain(["data", "unknown"]);
    for (class, name) in names.enumerate() {
        let x = MARGIN + class * 78;
        writeln!(to, "<rect class=\"c{class}\" x=\"{x}\" y=\"{}\" width=\"10\" height=\"10\"/>", y - 9)?;
        writeln!(to, "<text x=\"{}\" y=\"{y}\">{name}</text>", x + 14)?;
    }
    Ok(())
}

/// What most of the known bytes of a column are.
fn class(bytes: &[Byte]) -> usize {
    let mut counts = [0; UNKNOWN + 1];
    for byte in bytes {
        let class = match byte {
            Byte::Code(source) => *source as usize,
            Byte::Data => DATA,
            Byte::Unknown => UNKNOWN,
        };
        counts[class] += 1;
    }
    let known = (0..UNKNOWN).max_by_key(|class| (counts[*class], UNKNOWN - class));
    known.filter(|class| counts[*class] * 4 >= bytes.len()).unwrap_or(UNKNOWN)
}

/// Rectangles for equal columns in a row.
fn strips<T: PartialEq + Copy>(
    to: &mut String,
    y: usize,
    height: usize,
    columns: &[T],
    class: impl Fn(T) -> Option<String>,
) -> std::fmt::Result {
    let mut x = LEFT;
    for strip in columns.chunk_by(|a, b| a == b) {
        let width = strip.len() * COLUMN;
        if let Some(class) = class(strip[0]) {
            writeln!(to, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>")?;
        }
        x += width;
    }
    Ok(())
}
