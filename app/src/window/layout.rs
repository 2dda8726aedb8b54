//! Places and scales the picture in the window.
//!
//! ```text
//! +-----------window------------+
//! |     +----------------+      |   The picture without overscan, in the middle, as large as fits with its
//! |     |    picture     |      |   pixel aspect ratio; black around it.
//! |     +----------------+      |
//! +-----------------------------+
//! ```
//!
//! Scaling takes the nearest pixel: each pixel of the picture becomes a rectangle; all have the same size if the scale is
//! an integer.

use ricojit::Palette;
use ricojit::frame::{Frame, HEIGHT, WIDTH};

/// The pixel aspect ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pixels {
    /// 1:1.
    #[default]
    Square,
    /// 8:7, as on an NTSC television.
    Tv,
}

impl Pixels {
    /// Parses `square` or `8:7`.
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        match word {
            "square" => Ok(Self::Square),
            "8:7" => Ok(Self::Tv),
            _ => Err("expected `square` or `8:7`".to_owned()),
        }
    }

    /// The ratio of width to height.
    const fn form(self) -> (usize, usize) {
        match self {
            Self::Square => (1, 1),
            Self::Tv => (8, 7),
        }
    }
}

/// Hidden pixels: a television hides them behind its frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overscan {
    /// Rows at the top, and as many at the bottom.
    pub(crate) rows: u8,
    /// Columns at the left, and as many at the right.
    pub(crate) columns: u8,
}

/// How pictures are placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) pixels: Pixels,
    pub(super) overscan: Overscan,
}

/// An area of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Layout {
    /// Visible columns and rows.
    fn shown(&self) -> (usize, usize) {
        (WIDTH - 2 * usize::from(self.overscan.columns), HEIGHT - 2 * usize::from(self.overscan.rows))
    }

    /// The size of a window that shows the picture at this scale.
    pub(super) fn window_size(&self, scale: f64) -> (usize, usize) {
        let (columns, rows) = self.shown();
        let (w, h) = self.pixels.form();
        let width = columns as f64 * scale * w as f64 / h as f64;
        (width.round().max(1.0) as usize, (rows as f64 * scale).round().max(1.0) as usize)
    }

    /// The area of the picture in a window of this size.
    pub(super) fn area(&self, width: usize, height: usize) -> Area {
        let (columns, rows) = self.shown();
        let (w, h) = self.pixels.form();
        // The aspect ratio of the picture is (columns * w) : (rows * h).
        let (across, down) = (columns * w, rows * h);
        let limited_by_height = width * down >= height * across;
        let (fit_w, fit_h) = if limited_by_height {
            ((height * across + down / 2) / down, height)
        } else {
            (width, (width * down + across / 2) / across)
        };
        let (fit_w, fit_h) = (fit_w.clamp(1.min(width), width), fit_h.clamp(1.min(height), height));
        Area { x: (width - fit_w) / 2, y: (height - fit_h) / 2, width: fit_w, height: fit_h }
    }

    /// Draws the picture into the pixels of a window, `0x00RRGGBB` row by row.
    pub(super) fn draw(&self, frame: &Frame, palette: &Palette, window: &mut [u32], width: usize, height: usize) {
        let area = self.area(width, height);
        window.fill(0);
        if area.width == 0 || area.height == 0 {
            return;
        }
        let (columns, rows) = self.shown();
        let (left, top) = (usize::from(self.overscan.columns), usize::from(self.overscan.rows));
        let mut drawn: Option<(usize, usize)> = None;
        for y in 0..area.height {
            let row = y * rows / area.height;
            let at = (area.y + y) * width + area.x;
            match drawn {
                // The same row of the picture: copy the row above.
                Some((last, from)) if last == row => window.copy_within(from..from + area.width, at),
                _ => {
                    let pixels = &frame.pixels()[(top + row) * WIDTH + left..][..columns];
                    draw_row(pixels, palette, &mut window[at..at + area.width]);
                }
            }
            drawn = Some((row, at));
        }
    }
}

fn draw_row(pixels: &[u16], palette: &Palette, out: &mut [u32]) {
    let colour = |pixel| {
        let [r, g, b, _] = palette.rgba(pixel);
        u32::from_be_bytes([0, r, g, b])
    };
    let width = out.len();
    let mut from = 0;
    for (column, &pixel) in pixels.iter().enumerate() {
        // The pixels x for which x * columns / width == column.
        let to = ((column + 1) * width).div_ceil(pixels.len());
        out[from..to].fill(colour(pixel));
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Frame {
        let mut frame = Frame::default();
        for (i, pixel) in frame.pixels_mut().iter_mut().enumerate() {
            *pixel = (i * 7 % 64 + ((i / 999 % 8) << 6)) as u16;
        }
        frame
    }

    fn drawn(layout: Layout, width: usize, height: usize) -> Vec<u32> {
        let mut window = vec![0xDEAD_BEEF; width * height];
        layout.draw(&picture(), &Palette::default(), &mut window, width, height);
        window
    }

    /// The colours of the picture, by column and row.
    fn colours() -> impl Fn(usize, usize) -> u32 {
        let (frame, palette) = (picture(), Palette::default());
        move |x, y| {
            let [r, g, b, _] = palette.rgba(frame.pixels()[y * WIDTH + x]);
            u32::from_be_bytes([0, r, g, b])
        }
    }

    #[test]
    fn integer_scales_make_squares() {
        let colour = colours();
        let layout = Layout::default();
        for scale in 1..=4 {
            assert_eq!(layout.window_size(scale as f64), (WIDTH * scale, HEIGHT * scale));
            let (width, height) = (WIDTH * scale, HEIGHT * scale);
            let window = drawn(layout, width, height);
            for y in 0..height {
                for x in 0..width {
                    assert_eq!(window[y * width + x], colour(x / scale, y / scale));
                }
            }
        }
    }

    #[test]
    fn the_picture_keeps_its_aspect_ratio_in_any_window() {
        for pixels in [Pixels::Square, Pixels::Tv] {
            let layout = Layout { pixels, overscan: Overscan { rows: 8, columns: 4 } };
            for (width, height) in [(1, 1), (1920, 1080), (1080, 1920), (640, 480), (3, 2000), (2000, 3), (257, 241)] {
                let area = layout.area(width, height);
                assert!(area.x + area.width <= width && area.y + area.height <= height);
                assert!(area.width == width || area.height == height, "{area:?} in {width}x{height}");
                let form = if pixels == Pixels::Tv { 8.0 / 7.0 } else { 1.0 };
                let ideal = 248.0 * form / 224.0;
                let error = (area.width as f64 - area.height as f64 * ideal).abs();
                assert!(error <= 1.0 + ideal, "{area:?} in {width}x{height}");
                let window = drawn(layout, width, height);
                assert!(window.iter().all(|&pixel| pixel <= 0x00FF_FFFF), "everything is drawn");
            }
        }
    }

    #[test]
    fn overscan_is_hidden() {
        let colour = colours();
        let layout = Layout { pixels: Pixels::Square, overscan: Overscan { rows: 8, columns: 16 } };
        assert_eq!(layout.window_size(1.0), (224, 224));
        let window = drawn(layout, 224, 224);
        assert_eq!(window[0], colour(16, 8));
        assert_eq!(window[223 * 224 + 223], colour(239, 231));
    }

    #[test]
    fn tv_pixels_cover_all_columns_in_order() {
        let colour = colours();
        let layout = Layout { pixels: Pixels::Tv, overscan: Overscan::default() };
        let (width, height) = layout.window_size(3.0);
        assert_eq!((width, height), (878, 720));
        let window = drawn(layout, width, height);
        for (x, &pixel) in window[..width].iter().enumerate() {
            assert_eq!(pixel, colour(x * WIDTH / width, 0));
        }
    }

    #[test]
    fn an_empty_window_does_not_panic() {
        drawn(Layout::default(), 0, 0);
        drawn(Layout::default(), 0, 10);
        drawn(Layout::default(), 10, 0);
    }
}
