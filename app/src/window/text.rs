//! Text on the window: a font of 8 by 8 pixels, white on a darkened background.

use font8x8::{BASIC_FONTS, UnicodeFonts};

use super::layout::Area;

/// Width and height of a character before scaling.
const CELL: usize = 8;
/// The distance of lines.
const LINE: usize = 10;
/// Darkened pixels around the text, before scaling.
const MARGIN: usize = 2;

const WHITE: u32 = 0x00FF_FFFF;

/// The corner of the picture with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Corner {
    TopLeft,
    BottomLeft,
}

/// The pixels of a window, `0x00RRGGBB` row by row.
pub(super) struct Canvas<'a> {
    pub(super) pixels: &'a mut [u32],
    pub(super) width: usize,
}

impl Canvas<'_> {
    /// Writes lines into a corner of `within`, scaled to be readable. Returns the covered area.
    pub(super) fn write(&mut self, lines: &[String], corner: Corner, within: Area) -> Area {
        let scale = (within.height / 300).max(1);
        let lines = wrapped(lines, (within.width / scale).saturating_sub(2 * MARGIN) / CELL);
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let area = Area {
            x: within.x,
            y: within.y,
            width: ((longest * CELL + 2 * MARGIN) * scale).min(within.width),
            height: ((lines.len() * LINE + 2 * MARGIN) * scale).min(within.height),
        };
        let area = match corner {
            Corner::TopLeft => area,
            Corner::BottomLeft => Area { y: within.y + within.height - area.height, ..area },
        };
        self.darken(area);
        for (row, line) in lines.iter().enumerate() {
            for (column, letter) in line.chars().enumerate() {
                let (x, y) = ((column * CELL + MARGIN) * scale, (row * LINE + MARGIN + 1) * scale);
                self.letter(letter, area, x, y, scale);
            }
        }
        area
    }

    fn darken(&mut self, area: Area) {
        for y in area.y..area.y + area.height {
            for pixel in &mut self.pixels[y * self.width + area.x..][..area.width] {
                *pixel = *pixel >> 2 & 0x003F_3F3F;
            }
        }
    }

    /// Draws a character at `x`, `y`, clipped to `area`.
    fn letter(&mut self, letter: char, area: Area, x: usize, y: usize, scale: usize) {
        let Some(rows) = BASIC_FONTS.get(letter).or_else(|| BASIC_FONTS.get('?')) else { return };
        for dy in 0..CELL * scale {
            for dx in 0..CELL * scale {
                let lit = rows[dy / scale] >> (dx / scale) & 1 != 0;
                if lit && x + dx < area.width && y + dy < area.height {
                    self.pixels[(area.y + y + dy) * self.width + area.x + x + dx] = WHITE;
                }
            }
        }
    }
}

/// Wraps lines to a number of characters.
fn wrapped(lines: &[String], letters: usize) -> Vec<String> {
    let mut cut = Vec::new();
    for line in lines {
        let all: Vec<char> = line.chars().collect();
        if all.is_empty() {
            cut.push(String::new());
        }
        cut.extend(all.chunks(letters.max(1)).map(|part| part.iter().collect::<String>()));
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_inside_its_area() {
        let lines = ["A line that is much too long for so small a place".to_owned(), "ÄÖ".to_owned(), String::new()];
        for (width, height) in [(1, 1), (10, 10), (300, 40), (1000, 1000)] {
            for corner in [Corner::TopLeft, Corner::BottomLeft] {
                let mut pixels = vec![0x0080_8080; width * height];
                let within = Area { x: width / 4, y: height / 4, width: width / 2, height: height / 2 };
                let mut canvas = Canvas { pixels: &mut pixels, width };
                let area = canvas.write(&lines, corner, within);
                for (i, &pixel) in pixels.iter().enumerate() {
                    let (x, y) = (i % width, i / width);
                    let inside =
                        (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y);
                    assert_eq!(inside, pixel != 0x0080_8080, "{x},{y}");
                }
            }
        }
    }

    #[test]
    fn long_lines_are_wrapped() {
        let lines = ["abcdefg".to_owned(), String::new(), "xy".to_owned()];
        assert_eq!(wrapped(&lines, 3), ["abc", "def", "g", "", "xy"]);
        assert_eq!(wrapped(&lines[2..], 0), ["x", "y"]);
    }

    #[test]
    fn letters_differ() {
        let drawn = |text: &str| {
            let mut pixels = vec![0; 32 * 32];
            let within = Area { x: 0, y: 0, width: 32, height: 32 };
            Canvas { pixels: &mut pixels, width: 32 }.write(&[text.to_owned()], Corner::TopLeft, within);
            pixels
        };
        assert_ne!(drawn("A"), drawn("B"));
        assert!(drawn("A").contains(&WHITE));
        assert!(!drawn(" ").contains(&WHITE));
    }
}
