//! Pictures of whole lines: what their pixels would have become one by one.
//!
//! ```text
//!              column 0        1              ...     32
//! row buffer   |........|........|........|...|........|         fine X pixels are left of the screen,
//!                  |<------------ 256 pixels ------------>|      sprites may reach out of it on the right
//! ```
//!
//! Lines of one row of tiles are drawn together: a tile's name and attribute are looked up once, and the eight bytes of
//! each plane are taken as one number. A nibble of the lower plane above one of the upper is an index of four pixels in
//! [`Quads`], which are frame pixels already: colour, greyscale and emphasis applied. Sprites are laid over them, the
//! first in order first; each keeps others from its opaque pixels, whether it is seen there or not.
//!
//! **Contract.** The lines are calm ([`Ppu::is_calm`]) and the PPU is at dot 0 of the first. Of that one the first two
//! tiles are in the shift registers and the sprites in the units, whatever put them there; everything else is in memory
//! and stays as it is.

use super::palette::PaletteRam;
use super::{Ppu, VideoBus, mask};
use crate::chips::{Border, PpuRevision};
use crate::frame::{BLACK, Frame, WIDTH};
use std::ops::Range;

/// Four pixels of a frame.
type Quad = [u16; 4];

/// Tiles that a line shows a part of.
const TILES: usize = 33;
/// Lines that are drawn together: a row of tiles.
const BLOCK: usize = 8;
/// Quads in a row buffer: the last sprite begins in the last tile.
const QUADS: usize = 2 * TILES + 2;
/// The lower nibble of each byte.
const NIBBLES: u64 = 0x0F0F_0F0F_0F0F_0F0F;

/// Frame pixels for all that four pixels of a tile can be.
#[derive(Clone)]
pub(super) struct Quads {
    /// For each palette, by a nibble of the lower plane above one of the upper.
    palettes: [[Quad; 256]; 8],
    backdrop: u16,
    /// What they were made of: palette RAM, and what changes its colours.
    colours: [u8; 32],
    tint: Tint,
    /// How often they were made.
    version: u64,
}

impl std::fmt::Debug for Quads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quads").field("tint", &self.tint).finish_non_exhaustive()
    }
}

impl Default for Quads {
    fn default() -> Self {
        // No palette RAM has that: all are made anew.
        Self { palettes: [[[0; 4]; 256]; 8], backdrop: 0, colours: [0xFF; 32], tint: Tint::default(), version: 0 }
    }
}

impl Quads {
    /// Makes those anew whose colours have changed.
    #[inline]
    fn update(&mut self, ram: &PaletteRam, tint: Tint) {
        if self.colours != *ram.colours() || self.tint != tint {
            self.make(ram.colours(), tint);
        }
    }

    #[cold]
    fn make(&mut self, colours: &[u8; 32], tint: Tint) {
        self.backdrop = tint.pixel(colours[0]);
        let all = self.tint != tint || self.colours[0] != colours[0];
        for (palette, quads) in self.palettes.iter_mut().enumerate() {
            let of = 4 * palette..4 * palette + 4;
            if all || self.colours[of.clone()] != colours[of.clone()] {
                let mut pixels: [u16; 4] = std::array::from_fn(|index| tint.pixel(colours[of.start + index]));
                pixels[0] = self.backdrop;
                fill(quads, pixels);
            }
        }
        self.colours = *colours;
        self.tint = tint;
        self.version += 1;
    }
}

/// What PPUMASK does to colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tint {
    /// The bits of a colour that are left.
    colour: u8,
    emphasis: u16,
}

impl Tint {
    /// That of a value of PPUMASK.
    pub(super) fn new(shown: u8, revision: &PpuRevision) -> Self {
        let bits = revision.emphasis.iter().enumerate();
        Self {
            colour: if shown & mask::GREYSCALE != 0 { 0x30 } else { 0x3F },
            emphasis: bits.filter(|(bit, _)| shown << (2 - bit) & 0x80 != 0).map(|(_, pixel)| pixel).sum(),
        }
    }

    /// A colour under greyscale.
    #[inline]
    pub(super) fn colour(self, colour: u8) -> u8 {
        colour & self.colour
    }

    /// A frame's pixel of a colour.
    #[inline]
    pub(super) fn pixel(self, colour: u8) -> u16 {
        u16::from(self.colour(colour)) | self.emphasis
    }
}

/// The picture at power-on: nothing but the border.
pub(super) fn empty(revision: &PpuRevision) -> Frame {
    let Border { top, sides } = revision.border;
    let (top, sides) = (usize::from(top), usize::from(sides));
    let mut frame = Frame::default();
    for (y, line) in frame.pixels_mut().chunks_exact_mut(WIDTH).enumerate() {
        let left = if y < top { WIDTH } else { sides };
        line[..left].fill(BLACK);
        line[WIDTH - sides..].fill(BLACK);
    }
    frame
}

/// All quads of four colours.
fn fill(quads: &mut [Quad; 256], colours: [u16; 4]) {
    // Two pixels, by two bits of the lower plane above two of the upper.
    let pairs: [[u16; 2]; 16] =
        std::array::from_fn(|at| [colours[at >> 3 & 1 | at & 2], colours[at >> 2 & 1 | at << 1 & 2]]);
    for (at, quad) in quads.iter_mut().enumerate() {
        let [a, b] = pairs[at >> 4 & 0x0C | at >> 2 & 3];
        let [c, d] = pairs[at >> 2 & 0x0C | at & 3];
        *quad = [a, b, c, d];
    }
}

/// What a line of the picture was drawn from. As long as that stays as it is, so does the line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    background: Background,
    /// [`VideoBus::changes`] at that time.
    changes: u64,
    strips: [u32; 8],
    /// The number of the [`SpriteSource`] that gives these strips; 0 if they are what was in the units.
    sprites: u64,
}

impl Drawn {
    /// The picture of the line is no longer that of a whole line.
    #[inline]
    pub(super) fn forget(&mut self) {
        self.background.palettes = 0;
    }
}

/// What the background of a line is made of, but for bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Background {
    /// Of which [`Quads::version`]; 0 if the line has been touched since.
    palettes: u64,
    /// The first sixteen pixels, if they come out of the shift registers.
    registers: Option<u64>,
    /// Four of patterns, and both of nametables.
    pages: [u32; 6],
    v: u16,
    table: u16,
    /// The bits of PPUMASK that do not change colours.
    shown: u8,
    fine_x: u8,
}

/// What all lines' sprites are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SpriteSource {
    /// How often OAM has changed.
    oam: u64,
    height: u16,
    table: u16,
    pages: [u32; 8],
    /// The last change of any of them.
    last: u64,
}

/// The last change of what the background of a line is made of that begins where `v` points to.
#[inline]
fn last_change<V: VideoBus>(bus: &V, v: u16, table: u16) -> u64 {
    let names = usize::from(8 | v >> 10 & 3);
    let row = usize::from(v >> 5 & 0x1F);
    let mut last = 0;
    // Sixteen rows have their attributes in one.
    for row in [row, 30 + row / 16] {
        last = last.max(bus.last_change(names, Some(row))).max(bus.last_change(names ^ 1, Some(row)));
    }
    last.max(last_change_of_patterns(bus, usize::from(table) / 0x400, 4))
}

/// The last change of so many pages of patterns.
#[inline]
fn last_change_of_patterns<V: VideoBus>(bus: &V, first: usize, pages: usize) -> u64 {
    let mut last = 0;
    for slot in first..first + pages {
        last = last.max(bus.last_change(slot, None));
    }
    last
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
    fn bits(self) -> u32 {
        u32::from_le_bytes([self.x, self.low, self.high, self.attributes])
    }
}

/// Which of eight pixels, the first on top, as a mask of each.
const MASKS: [[u16; 8]; 256] = {
    let mut masks = [[0; 8]; 256];
    let mut bits = 0;
    while bits < 256 {
        let mut pixel = 0;
        while pixel < 8 {
            masks[bits][pixel] = if bits << pixel & 0x80 != 0 { 0xFFFF } else { 0 };
            pixel += 1;
        }
        bits += 1;
    }
    masks
};

/// Eight bits of a row of pixels, the first on top, from pixel `at` on.
#[inline(always)]
fn bits_at(bytes: [u8; 2], at: usize) -> u8 {
    (u16::from_be_bytes(bytes) << (at % 8) >> 8) as u8
}

/// Pixels at or right of pixel 8 of the screen, of eight from `x` on.
#[inline(always)]
fn not_clipped(x: u8) -> u8 {
    if x < 8 { ((1_u16 << x) - 1) as u8 } else { 0xFF }
}

/// Row buffers of a block.
struct Canvas {
    rows: [[Quad; QUADS]; BLOCK],
    /// Which pixels of the background are opaque: for each column a byte for each row.
    opaque: [[u8; BLOCK]; TILES + 1],
}

impl Canvas {
    /// The background's first two tiles, as they come out of the shift registers.
    fn draw_registers(&mut self, row: usize, pixels: [u8; 16], ram: &PaletteRam, tint: Tint) {
        let line = self.rows[row].as_flattened_mut();
        let mut opaque = 0_u16;
        for (to, index) in line.iter_mut().zip(pixels) {
            *to = tint.pixel(ram.read(index));
            opaque = opaque << 1 | u16::from(index != 0);
        }
        [self.opaque[0][row], self.opaque[1][row]] = opaque.to_be_bytes();
    }

    /// `rows` rows of a tile from its row `fine_y` on.
    #[inline(always)]
    fn draw_tile(&mut self, column: usize, quads: &[Quad; 256], planes: &[u8; 16], fine_y: usize, rows: usize) {
        let [low, high] = [0, 8].map(|plane| {
            let bytes: &[u8; 8] = planes[plane..plane + 8].try_into().unwrap_or(&[0; 8]);
            u64::from_le_bytes(*bytes) >> (8 * fine_y)
        });
        self.opaque[column] = (low | high).to_le_bytes();
        let left = (low & !NIBBLES | high >> 4 & NIBBLES).to_le_bytes();
        let right = ((low & NIBBLES) << 4 | high & NIBBLES).to_le_bytes();
        for ((row, left), right) in self.rows.iter_mut().zip(left).zip(right).take(rows) {
            row[2 * column] = quads[usize::from(left)];
            row[2 * column + 1] = quads[usize::from(right)];
        }
    }

    /// No background at all, or none in the leftmost eight pixels of the screen.
    #[inline]
    fn hide(&mut self, rows: usize, pixels: Range<usize>, backdrop: u16) {
        for row in &mut self.rows[..rows] {
            row.as_flattened_mut()[pixels.clone()].fill(backdrop);
        }
    }

    /// A sprite over what is there. `taken` are the pixels that sprites before it have.
    #[inline]
    fn draw_strip(&mut self, row: usize, strip: Strip, look: Look, quads: &Quads, taken: &mut [u8; TILES + 1]) {
        let mut opaque = strip.low | strip.high;
        if look.sprites_clipped {
            opaque &= not_clipped(strip.x);
        }
        let at = usize::from(strip.x) + look.fine_x;
        let column = at / 8;
        let before = bits_at([taken[column], taken[column + 1]], at);
        let spread = (u16::from(opaque) << 8 >> (at % 8)).to_be_bytes();
        taken[column] |= spread[0];
        taken[column + 1] |= spread[1];
        let mut seen = opaque & !before;
        if strip.attributes & 0x20 != 0 && look.background {
            let mut background = bits_at([self.opaque[column][row], self.opaque[column + 1][row]], at);
            if look.background_clipped {
                background &= not_clipped(strip.x);
            }
            seen &= !background;
        }
        if seen == 0 {
            return;
        }
        let palette = &quads.palettes[usize::from(4 | strip.attributes & 3)];
        let left = palette[usize::from(strip.low & 0xF0 | strip.high >> 4)];
        let right = palette[usize::from(strip.low << 4 | strip.high & 0x0F)];
        let colours = left.into_iter().chain(right);
        let line = &mut self.rows[row].as_flattened_mut()[at..at + 8];
        for ((to, colour), mask) in line.iter_mut().zip(colours).zip(MASKS[usize::from(seen)]) {
            *to = *to & !mask | colour & mask;
        }
    }

    /// A row's visible part.
    #[inline]
    fn shown(&self, row: usize, fine_x: usize) -> &[u16] {
        &self.rows[row].as_flattened()[fine_x..fine_x + WIDTH]
    }
}

/// What is the same for all lines that are drawn at once.
#[derive(Clone, Copy)]
struct Look {
    fine_x: usize,
    background: bool,
    sprites: bool,
    background_clipped: bool,
    sprites_clipped: bool,
}

impl Ppu {
    /// Draws this line and those below it, `count` in all, but for those that would be what they are.
    pub(super) fn draw_lines<V: VideoBus>(&mut self, bus: &V, count: u16) {
        self.quads.update(&self.palette, self.tint);
        self.update_sprite_source(bus);
        let look = self.look();
        let mut canvas = None;
        self.draw_first_line(bus, &mut canvas, look);
        let mut scroll = self.scroll.clone();
        let mut line = self.line + 1;
        let end = self.line + count;
        while line < end {
            scroll.increment_y();
            scroll.copy_x();
            let rows = (8 - (scroll.v >> 12 & 7)).min(end - line);
            self.draw_block(bus, &mut canvas, scroll.v, line..line + rows, look);
            line += rows;
            scroll.increment_y_by(rows - 1);
        }
    }

    /// This line. Its first two tiles are in the registers.
    fn draw_first_line<V: VideoBus>(&mut self, bus: &V, canvas: &mut Option<Canvas>, look: Look) {
        let v = self.scroll.v;
        let units = if look.sprites { self.sprites.units() } else { Default::default() };
        let background = Background { registers: Some(self.background.shown()), ..self.background_at(bus, v) };
        let last = last_change(bus, v, background.table);
        if !self.is_drawn(self.line, background, last, &units, 0, bus.changes()) {
            let canvas = canvas.get_or_insert_with(|| self.canvas());
            canvas.draw_registers(0, self.background.first_tiles(), &self.palette, self.tint);
            self.draw_tiles(bus, canvas, v, 2..TILES, 1, look);
            self.finish_line(canvas, 0, self.line, &units, look);
        }
    }

    /// Lines in which a row of tiles is shown, the first one as `v` says.
    fn draw_block<V: VideoBus>(&mut self, bus: &V, canvas: &mut Option<Canvas>, v: u16, lines: Range<u16>, look: Look) {
        let mut background = self.background_at(bus, v);
        let (last, changes) = (last_change(bus, v, background.table), bus.changes());
        let mut strips = [[Strip::default(); 8]; BLOCK];
        let mut to_draw = 0_u8;
        for (row, line) in lines.clone().enumerate() {
            let drawn = &self.drawn[usize::from(line)];
            if drawn.sprites != self.sprite_source.0 || drawn.background != background || drawn.changes < last {
                self.find_strips(bus, line - 1, look, &mut strips[row]);
                let drawn = self.is_drawn(line, background, last, &strips[row], self.sprite_source.0, changes);
                to_draw |= u8::from(!drawn) << row;
            }
            background.v = background.v.wrapping_add(0x1000);
        }
        if to_draw == 0 {
            return;
        }
        let canvas = canvas.get_or_insert_with(|| self.canvas());
        self.draw_tiles(bus, canvas, v, 0..TILES, lines.len(), look);
        for (row, line) in lines.enumerate() {
            if to_draw >> row & 1 != 0 {
                self.finish_line(canvas, row, line, &strips[row], look);
            }
        }
    }

    /// What the background of a line is made of that begins where `v` points to.
    #[inline]
    fn background_at<V: VideoBus>(&self, bus: &V, v: u16) -> Background {
        let table = self.background_table();
        let first = usize::from(table) / 0x400;
        let names = usize::from(8 | v >> 10 & 3);
        Background {
            palettes: self.quads.version,
            registers: None,
            pages: [first, first + 1, first + 2, first + 3, names, names ^ 1].map(|slot| bus.page_number(slot)),
            v,
            table,
            shown: self.mask & (mask::RENDERING | mask::LEFT),
            fine_x: self.scroll.fine_x,
        }
    }

    /// Whether a line was drawn from just that, at a time after the `last` change of it; else it will be, `now`. The
    /// strips are those of the `sprites`th source.
    #[inline]
    fn is_drawn(
        &mut self,
        line: u16,
        background: Background,
        last: u64,
        strips: &[Strip; 8],
        sprites: u64,
        now: u64,
    ) -> bool {
        let drawn = &mut self.drawn[usize::from(line)];
        let strips = strips.map(Strip::bits);
        if drawn.background == background && drawn.changes >= last && drawn.strips == strips {
            drawn.sprites = sprites;
            return true;
        }
        *drawn = Drawn { background, changes: now, strips, sprites };
        false
    }

    /// Counts what sprites are made of, if that has changed.
    fn update_sprite_source<V: VideoBus>(&mut self, bus: &V) {
        let source = SpriteSource {
            oam: self.sprites.changes(),
            height: self.sprite_height(),
            table: self.sprite_table(),
            pages: std::array::from_fn(|slot| bus.page_number(slot)),
            last: last_change_of_patterns(bus, 0, 8),
        };
        if self.sprite_source.1 != source {
            self.sprite_source = (self.sprite_source.0 + 1, source);
        }
    }

    /// Shows pixels of a line from column `x` on, as far as the border leaves them. Returns whether any has changed.
    #[inline(always)] // lengths are known where it is called
    fn show(&mut self, line: u16, x: u16, pixels: &[u16]) -> bool {
        match self.revision.border {
            Border { top: 0, sides: 0 } => self.frame.set(line, x, pixels),
            _ => self.show_inside_border(line, x, pixels),
        }
    }

    #[inline(never)]
    fn show_inside_border(&mut self, line: u16, x: u16, pixels: &[u16]) -> bool {
        let Border { top, sides } = self.revision.border;
        let end = (usize::from(x) + pixels.len()).min(WIDTH - usize::from(sides));
        let first = x.max(sides);
        let shown = usize::from(first - x)..end.saturating_sub(usize::from(x));
        line >= top && !shown.is_empty() && self.frame.set(line, first, &pixels[shown])
    }

    /// Shows pixels of this line. If any has changed, its picture is no longer that of a whole line.
    #[inline(always)] // as `show`
    pub(super) fn show_part(&mut self, x: u16, pixels: &[u16]) {
        if self.show(self.line, x, pixels) {
            self.drawn[usize::from(self.line)].forget();
        }
    }

    fn look(&self) -> Look {
        let clipped = self.mask & self.mask << 2 ^ self.mask;
        Look {
            fine_x: usize::from(self.scroll.fine_x),
            background: self.mask & mask::BACKGROUND != 0,
            sprites: self.mask & mask::SPRITES != 0,
            background_clipped: clipped & mask::BACKGROUND != 0,
            sprites_clipped: clipped & mask::SPRITES != 0,
        }
    }

    #[inline]
    fn canvas(&self) -> Canvas {
        Canvas { rows: [[[self.quads.backdrop; 4]; QUADS]; BLOCK], opaque: [[0; BLOCK]; TILES + 1] }
    }

    /// Draws so many whole tiles of this line from the dot after this one on.
    pub(super) fn draw_part<V: VideoBus>(&mut self, bus: &V, tiles: u16) {
        let first = self.dot;
        if first > 0 {
            self.draw_held(first + 1);
            self.dot = first;
        }
        let last = first + 8 * tiles;
        let mut look = self.look();
        if first > 0 {
            (look.background_clipped, look.sprites_clipped) = (false, false);
        }
        self.quads.update(&self.palette, self.tint);
        let mut canvas = self.canvas();
        canvas.draw_registers(0, self.background.first_tiles(), &self.palette, self.tint);
        self.draw_tiles(bus, &mut canvas, self.scroll.v, 2..usize::from(tiles) + 1, 1, look);
        self.draw_sprites(&mut canvas, 0, &self.sprites.units(), look);
        self.show_part(first, &canvas.shown(0, look.fine_x)[..8 * usize::from(tiles)]);
        self.hold_last_colours(last);
    }

    /// Rows of the tiles of some columns, of which the first is where `v` points to.
    fn draw_tiles<V: VideoBus>(
        &self,
        bus: &V,
        canvas: &mut Canvas,
        v: u16,
        columns: Range<usize>,
        rows: usize,
        look: Look,
    ) {
        let backdrop = self.quads.backdrop;
        if !look.background {
            return canvas.hide(rows, 0..4 * QUADS, backdrop);
        }
        let table = usize::from(self.background_table()) / 0x400;
        let patterns: [&[u8; 0x400]; 4] = std::array::from_fn(|page| bus.page(table + page));
        let fine_y = usize::from(v >> 12 & 7);
        let mut column = columns.start;
        let mut x = usize::from(v & 0x1F);
        let mut page = usize::from(8 | v >> 10 & 3);
        while column < columns.end {
            let names = bus.page(page);
            let row = usize::from(v & 0x03E0);
            let end = columns.end.min(column + 32 - x);
            for column in column..end {
                let name = names[row | x & 0x1F];
                let attributes = names[0x3C0 | row >> 4 & 0x38 | x >> 2 & 7];
                let palette = attributes >> (row >> 4 & 4 | x & 2) & 3;
                let at = usize::from(name & 0x3F) << 4;
                let planes: &[u8; 16] = patterns[usize::from(name >> 6)][at..at + 16].try_into().unwrap_or(&[0; 16]);
                let quads = &self.quads.palettes[usize::from(palette)];
                // The length of a loop that is most often the same is better known.
                if rows == BLOCK {
                    canvas.draw_tile(column, quads, planes, fine_y, BLOCK);
                } else {
                    canvas.draw_tile(column, quads, planes, fine_y, rows);
                }
                x += 1;
            }
            column = end;
            x = 0;
            page ^= 1;
        }
        if look.background_clipped {
            canvas.hide(rows, look.fine_x..look.fine_x + 8, backdrop);
        }
    }

    /// The sprites in the line behind `line`, whose search began with sprite 0. `strips` shows nothing yet.
    #[inline]
    fn find_strips<V: VideoBus>(&mut self, bus: &V, line: u16, look: Look, strips: &mut [Strip; 8]) {
        if !look.sprites {
            return;
        }
        let (table, height, tall) = (self.sprite_table(), self.sprite_height(), self.has_tall_sprites());
        let mut rest = self.sprites.in_range(line, height);
        for strip in strips {
            if rest == 0 {
                break;
            }
            let at = 4 * rest.trailing_zeros() as usize;
            let [y, tile, attributes, x] = self.sprites.entry(at);
            let row = line.wrapping_sub(u16::from(y)) ^ if attributes & 0x80 != 0 { 0x0F } else { 0 };
            let tile = u16::from(tile);
            let pattern = match tall {
                false => table | tile << 4 | row & 7,
                true => (tile & 1) << 12 | (tile & 0xFE) << 4 | (row & 8) << 1 | row & 7,
            };
            let page = bus.page(usize::from(pattern >> 10));
            let planes = [pattern, pattern | 8].map(|at| page[usize::from(at & 0x3FF)]);
            let [low, high] = if attributes & 0x40 != 0 { planes.map(u8::reverse_bits) } else { planes };
            *strip = Strip { x, low, high, attributes };
            rest &= rest - 1;
        }
    }

    /// A row with its sprites goes to the frame.
    #[inline]
    fn finish_line(&mut self, canvas: &mut Canvas, row: usize, line: u16, strips: &[Strip; 8], look: Look) {
        self.draw_sprites(canvas, row, strips, look);
        self.show(line, 0, canvas.shown(row, look.fine_x));
    }

    #[inline]
    fn draw_sprites(&self, canvas: &mut Canvas, row: usize, strips: &[Strip; 8], look: Look) {
        if look.sprites {
            let mut taken = [0; TILES + 1];
            for &strip in strips.iter().filter(|strip| strip.low | strip.high != 0) {
                canvas.draw_strip(row, strip, look, &self.quads, &mut taken);
            }
        }
    }

    /// As the dots up to `last` leave the colours of which three are still to come, just drawn without greyscale.
    pub(super) fn hold_last_colours(&mut self, last: u16) {
        let end = usize::from(self.line) * WIDTH + usize::from(last);
        let last = &self.frame.pixels()[end - 4..end];
        self.colours = last.iter().fold(0, |colours, &pixel| colours << 8 | u32::from(pixel & 0x3F));
    }

    /// Dots up to `last` of a line in which rendering is off.
    pub(super) fn draw_blank(&mut self, last: u16) {
        let before = self.dot;
        let colour = self.palette.read(self.blank_index());
        while self.dot < last {
            if (4..256).contains(&self.dot) && self.colours == u32::from_ne_bytes([colour; 4]) {
                let end = last.min(256);
                let pixels = [self.tint.pixel(colour); WIDTH];
                self.show_part(self.dot - 3, &pixels[..usize::from(end - self.dot)]);
                self.dot = end;
                continue;
            }
            self.dot += 1;
            let chosen = if self.dot <= 256 { colour } else { 0 };
            self.colours = self.colours << 8 | u32::from(chosen);
            if (4..=259).contains(&self.dot) {
                self.draw();
            }
        }
        self.dot = before;
    }

    /// The three dots from `first` on, in which the last three colours leave.
    pub(super) fn draw_held(&mut self, first: u16) {
        for dot in first..first + 3 {
            self.dot = dot;
            self.colours <<= 8;
            self.draw();
        }
    }
}
