//! A line of the picture on its way out: which pixel is seen, its colour, and the tint that it leaves with.
//!
//! ```text
//! background   index a pixel, from the left edge of a tile on: fine X pixels are left of the screen
//! sprites      index a pixel, and whether it is behind the background; 0 where there is none
//!              |  PPUMASK shows and clips, palette RAM has the colours: in the dot that chooses a pixel
//! colours      six bits a pixel
//!              |  PPUMASK makes grey and emphasises: three dots later
//! frame
//! ```
//!
//! Indices are those of palette RAM. Of a transparent pixel of the background only the lower two bits are certain, which
//! are 0: all of these show the backdrop.
//!
//! **Contract.** Pixels are chosen from the left to the right, and so they are shown. A step of SIMD writes more than it
//! was asked for: what is right of the last pixel means nothing.

use super::palette::PaletteRam;
use super::picture::show;
use super::{DOTS_PER_LINE, Ppu, Tint, mask};
use crate::frame::WIDTH;
use crate::simd;
use std::ops::Range;

/// Room for what a step writes behind the last pixel.
const COLOURS: usize = WIDTH + simd::STEP;
/// As [`COLOURS`], and for a sprite at the right edge.
const SPRITES: usize = COLOURS + 8;
/// As [`COLOURS`], for 34 tiles and the pixels left of the screen.
pub(super) const BACKGROUND: usize = COLOURS + 16;

/// From the dot that chooses a pixel to the one in which it leaves.
const DELAY: u16 = 3;

/// One byte in each of eight lanes.
const LANES: u64 = 0x0101_0101_0101_0101;

/// Eight bits spread over the bytes of eight pixels, the top one in the first.
const SPREAD: [u64; 256] = {
    let mut table = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        let mut pixel = 0;
        while pixel < 8 {
            table[bits] |= (bits as u64 >> (7 - pixel) & 1) << (8 * pixel);
            pixel += 1;
        }
        bits += 1;
    }
    table
};

/// Eight pixels of two planes: two bits each.
#[inline(always)]
pub(super) fn pixels(low: u8, high: u8) -> u64 {
    SPREAD[usize::from(low)] | SPREAD[usize::from(high)] << 1
}

/// Eight pixels of the background, `palette` being the tile's attribute.
#[inline(always)]
pub(super) fn tile(low: u8, high: u8, palette: u8) -> [u8; 8] {
    (pixels(low, high) | (LANES * u64::from(palette << 2))).to_le_bytes()
}

/// Eight pixels of a sprite in a line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strip {
    pub(super) x: u8,
    /// The leftmost pixel on top; mirrored already.
    pub(super) low: u8,
    pub(super) high: u8,
    pub(super) attributes: u8,
}

impl Strip {
    #[inline]
    pub(super) fn bits(self) -> u32 {
        u32::from_le_bytes([self.x, self.low, self.high, self.attributes])
    }
}

/// What decides which pixels are seen.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// PPUMASK.
    pub(super) mask: u8,
    pub(super) fine_x: u8,
}

/// The pixels of the units.
#[derive(Clone)]
pub(super) struct SpriteRow([u8; SPRITES]);

impl Default for SpriteRow {
    fn default() -> Self {
        Self([0; _])
    }
}

impl SpriteRow {
    /// Lays out strips that begin `right` pixels right of where they say. Returns whether there is anything.
    #[inline]
    pub(super) fn lay(&mut self, strips: &[Strip; 8], right: u16) -> bool {
        if strips.iter().all(|strip| strip.low | strip.high == 0) {
            return false;
        }
        self.0 = [0; _];
        // The first one is seen where several are.
        for strip in strips.iter().rev().filter(|strip| strip.low | strip.high != 0) {
            let at = usize::from(u16::from(strip.x) + right);
            let Some(there) = self.0.get_mut(at..at + 8).and_then(|there| there.first_chunk_mut::<8>()) else {
                continue;
            };
            let pixels = pixels(strip.low, strip.high);
            let opaque = ((pixels | pixels >> 1) & LANES) * 0xFF;
            let look = 0x10 | strip.attributes & 0x20 | strip.attributes << 2 & 0x0C;
            let pixels = pixels | (LANES * u64::from(look)) & opaque;
            *there = (u64::from_le_bytes(*there) & !opaque | pixels).to_le_bytes();
        }
        true
    }
}

/// Chooses pixels of a line.
#[inline]
pub(super) fn choose(
    background: &[u8; BACKGROUND],
    sprites: Option<&SpriteRow>,
    view: View,
    pixels: Range<u16>,
    palette: &PaletteRam,
    colours: &mut Colours,
) {
    let seen = palette.seen();
    let mut first = pixels.start;
    let left = view.mask & view.mask << 2;
    if first < 8 && (left ^ view.mask) & mask::RENDERING != 0 {
        let end = pixels.end.min(8);
        choose_part(background, sprites, View { mask: left, ..view }, first..end, seen, colours);
        first = end;
    }
    if first < pixels.end {
        choose_part(background, sprites, view, first..pixels.end, seen, colours);
    }
}

/// As [`choose`], without clipping.
#[inline]
fn choose_part(
    background: &[u8; BACKGROUND],
    sprites: Option<&SpriteRow>,
    view: View,
    pixels: Range<u16>,
    seen: &[u8; 32],
    colours: &mut Colours,
) {
    let first = usize::from(pixels.start);
    let steps = pixels.len().next_multiple_of(simd::STEP);
    let background = &background[first + usize::from(view.fine_x)..][..steps];
    let background = (view.mask & mask::BACKGROUND != 0).then_some(background);
    let sprites = sprites.filter(|_| view.mask & mask::SPRITES != 0).map(|row| &row.0[first..][..steps]);
    let out = &mut colours.0[first..][..steps];
    if !simd::choose(background, sprites, seen, out) {
        choose_portably(background, sprites, seen, out);
    }
}

/// As [`simd::choose`].
pub(super) fn choose_portably(background: Option<&[u8]>, sprites: Option<&[u8]>, seen: &[u8; 32], out: &mut [u8]) {
    for (at, colour) in out.iter_mut().enumerate() {
        let background = background.map_or(0, |row| row[at]);
        let sprite = sprites.map_or(0, |row| row[at]);
        let hidden = sprite == 0 || sprite & 0x20 != 0 && background & 3 != 0;
        *colour = seen[usize::from(if hidden { background } else { sprite } & 0x1F)];
    }
}

/// Colours of a line's pixels, before greyscale and emphasis.
#[derive(Clone)]
pub(super) struct Colours([u8; COLOURS]);

impl Default for Colours {
    fn default() -> Self {
        Self([0; _])
    }
}

impl Colours {
    /// Makes frame pixels of some of them.
    #[inline]
    pub(super) fn tint(&self, pixels: Range<u16>, tint: Tint, out: &mut FramePixels) {
        let steps = pixels.len().next_multiple_of(simd::STEP);
        let first = usize::from(pixels.start);
        let (colours, wide) = (&self.0[first..][..steps], &mut out.0[first..][..steps]);
        if !simd::widen(colours, tint.colour, tint.emphasis, wide) {
            for (pixel, &colour) in wide.iter_mut().zip(colours) {
                *pixel = tint.pixel(colour);
            }
        }
    }
}

/// Pixels of a frame.
#[derive(Clone)]
pub(super) struct FramePixels([u16; COLOURS]);

impl Default for FramePixels {
    fn default() -> Self {
        Self([0; _])
    }
}

impl FramePixels {
    #[inline]
    pub(super) fn of(&self, pixels: Range<u16>) -> &[u16] {
        &self.0[usize::from(pixels.start)..usize::from(pixels.end)]
    }
}

/// The line that the PPU is in.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) background: [u8; BACKGROUND],
    /// The last dot that `background` was laid out for. What the registers hold then is laid out too.
    pub(super) laid: Option<u16>,
    pub(super) sprites: SpriteRow,
    /// Whether there is anything in `sprites`, if it is made of what is in the units.
    pub(super) has_sprites: Option<bool>,
    pub(super) colours: Colours,
    pub(super) pixels: FramePixels,
    /// The pixels that have left: they have their tint.
    left: u16,
    /// Those of them that are in the frame.
    shown: u16,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            background: [0; _],
            laid: None,
            sprites: SpriteRow::default(),
            has_sprites: None,
            colours: Colours::default(),
            pixels: FramePixels::default(),
            left: 0,
            shown: 0,
        }
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Row {
    /// A new line begins in this dot.
    pub(super) fn begin(&mut self, dot: u16) {
        *self = Self { left: left_by(dot), shown: left_by(dot), ..Self::default() };
    }
}

/// The pixels that have left when a dot is over.
#[inline]
fn left_by(dot: u16) -> u16 {
    dot.saturating_sub(DELAY).min(WIDTH as u16)
}

impl Ppu {
    /// The colour of the pixel that this dot chooses.
    #[inline(always)]
    pub(super) fn choose_colour(&mut self, colour: u8) {
        self.row.colours.0[usize::from(self.dot - 1)] = colour;
    }

    /// All dots after this one up to `last` choose one colour.
    #[inline]
    pub(super) fn choose_one_colour(&mut self, colour: u8, last: u16) {
        let first = usize::from(self.dot.min(WIDTH as u16));
        self.row.colours.0[first..usize::from(last.min(WIDTH as u16))].fill(colour);
    }

    /// Shows the pixels that have left by now.
    pub(crate) fn show_picture(&mut self) {
        if self.draws() {
            self.tint_dots(self.dot);
            self.show_row();
        }
    }

    /// Tints the pixels that leave up to a dot of this line, if they have no tint yet. PPUMASK has been what it is.
    #[inline]
    pub(super) fn tint_dots(&mut self, dot: u16) {
        let Row { colours, pixels, left, .. } = &mut *self.row;
        let end = left_by(dot);
        if *left < end {
            colours.tint(*left..end, self.tint, pixels);
            *left = end;
        }
    }

    /// Shows what has left.
    #[inline]
    fn show_row(&mut self) {
        let Row { pixels, left, shown, .. } = &mut *self.row;
        if shown < left {
            if show(&mut self.frame, &self.revision.border, self.line, *shown, pixels.of(*shown..*left)) {
                self.drawn[usize::from(self.line)].forget();
            }
            *shown = *left;
        }
    }

    /// The end of a line: all of its pixels have left.
    #[inline]
    pub(super) fn end_row(&mut self) {
        if self.draws() {
            self.tint_dots(DOTS_PER_LINE - 1);
            self.show_row();
        }
        (self.row.left, self.row.shown) = (0, 0);
    }

    /// Nothing of this line is left to show.
    #[inline]
    pub(super) fn row_is_shown(&mut self) {
        (self.row.left, self.row.shown) = (WIDTH as u16, WIDTH as u16);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// One of all 64 pixels that a background and a sprite can make, at each place of a step.
    #[test]
    fn a_step_chooses_what_the_chip_chooses() {
        let mut random = Random::new(7);
        let seen: [u8; 32] = std::array::from_fn(|at| at as u8 ^ 0x2A);
        for round in 0..2000 {
            let mut byte = || random.next() as u8;
            let background: [u8; 2 * simd::STEP] = std::array::from_fn(|_| byte() & 0x0F);
            let sprites = background.map(|_| if byte() & 1 == 0 { 0 } else { byte() & 0x2F | 0x11 });
            let (mut one, mut other) = ([0; 2 * simd::STEP], [0; 2 * simd::STEP]);
            let background = (round & 1 == 0).then_some(&background[..]);
            let sprites = (round & 2 == 0).then_some(&sprites[..]);
            choose_portably(background, sprites, &seen, &mut one);
            if !simd::choose(background, sprites, &seen, &mut other) {
                println!("no AVX2: there is only one way");
                return;
            }
            assert_eq!(one, other);
        }
    }

    #[test]
    fn wide_pixels_are_tinted_colours() {
        let colours: [u8; 2 * simd::STEP] = std::array::from_fn(|at| at as u8);
        for tint in [Tint { colour: 0x30, emphasis: 0x1C0 }, Tint { colour: 0x3F, emphasis: 0x80 }] {
            let mut wide = [0; 2 * simd::STEP];
            if simd::widen(&colours, tint.colour, tint.emphasis, &mut wide) {
                assert_eq!(wide, colours.map(|colour| tint.pixel(colour)));
            }
        }
    }

    #[test]
    fn the_first_strip_is_seen() {
        let mut row = SpriteRow::default();
        let mut strips = [Strip::default(); 8];
        strips[2] = Strip { x: 255, low: 0xC0, high: 0x80, attributes: 0x21 };
        strips[5] = Strip { x: 254, low: 0x00, high: 0xFF, attributes: 0x03 };
        assert!(row.lay(&strips, 0));
        assert_eq!(row.0[253..264], [0, 0x1E, 0x37, 0x35, 0x1E, 0x1E, 0x1E, 0x1E, 0x1E, 0, 0]);
        assert!(row.lay(&strips, 8) && !row.lay(&[Strip { attributes: 3, ..Strip::default() }; 8], 0));
        assert_eq!(row.0[262], 0x1E);
        // Where the row ends nothing is laid out.
        assert!(row.lay(&strips, 255));
    }
}
