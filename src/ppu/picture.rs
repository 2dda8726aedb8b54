//! Pictures of whole lines: what their pixels would have become one by one.
//!
//! ```text
//!              column 0        1              ...     32
//! row buffer   |........|........|........|...|........|         fine X pixels are left of the screen,
//!                  |<------------ 256 pixels ------------>|      sprites may reach out of it on the right
//! ```
//!
//! Lines of one row of tiles are drawn together: a tile's name and attribute are looked up once for all of them. What the
//! index rows are and how a pixel is chosen is in [`super::row`].
//!
//! **Contract.** The lines are calm ([`Ppu::is_calm`]) and the PPU is at dot 0 of the first. Of that one the first two
//! tiles are in the shift registers and the sprites in the units, whatever put them there; everything else is in memory
//! and stays as it is.

use super::palette::PaletteRam;
use super::row::{self, BACKGROUND, Strip, View};
use super::sprites::pattern_of;
use super::{Ppu, SPRITE_SLOTS, VideoBus, mask};
use crate::chips::{Border, PpuRevision};
use crate::frame::{BLACK, Frame, WIDTH};
use std::ops::Range;

/// Tiles that a line shows a part of.
const TILES: u16 = 33;
/// Lines that are drawn together: a row of tiles.
const BLOCK: usize = 8;

/// Colours that lines are drawn in: palette RAM and a tint.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    colours: [u8; 32],
    tint: Tint,
    /// How often they have changed.
    version: u64,
}

impl Look {
    /// Notes the present ones.
    #[inline]
    fn update(&mut self, ram: &PaletteRam, tint: Tint) {
        if self.version == 0 || self.colours != *ram.colours() || self.tint != tint {
            *self = Self { colours: *ram.colours(), tint, version: self.version + 1 };
        }
    }
}

/// What PPUMASK does to colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tint {
    /// The bits of a colour that are left.
    pub(super) colour: u8,
    pub(super) emphasis: u16,
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
        self.background.look = 0;
    }
}

/// What the background of a line is made of, but for bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Background {
    /// Of which [`Look::version`]; 0 if the line has been touched since.
    look: u64,
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

/// Backgrounds of a block.
type Rows = [[u8; BACKGROUND]; BLOCK];

/// Lays out the rows of a tile from one on.
#[inline(always)] // most often all rows
fn lay_rows(planes: &[u8; 16], first: usize, palette: u8, column: usize, rows: &mut [[u8; BACKGROUND]]) {
    for (y, row) in (first..8).zip(rows) {
        row.as_chunks_mut::<8>().0[column] = row::tile(planes[y], planes[y + 8], palette);
    }
}

/// Lays out the rows of tiles that are shown in lines, the first one as `v` says, in these columns of 8 pixels. The tile
/// in the first column is the one that `v` points to.
#[inline(always)] // the number of rows is known where it is called
pub(super) fn lay_tiles<V: VideoBus, const ROWS: usize>(
    bus: &V,
    table: u16,
    v: u16,
    columns: Range<u16>,
    rows: &mut [[u8; BACKGROUND]; ROWS],
) {
    let first = usize::from(table) / 0x400;
    let patterns: [&[u8; 0x400]; 4] = std::array::from_fn(|page| bus.page(first + page));
    let fine_y = usize::from(v >> 12 & 7);
    let columns = usize::from(columns.start)..usize::from(columns.end);
    let mut column = columns.start;
    let mut x = usize::from(v & 0x1F);
    let mut page = usize::from(8 | v >> 10 & 3);
    let row = usize::from(v & 0x03E0);
    while column < columns.end {
        let names = bus.page(page);
        let end = columns.end.min(column + 32 - x);
        for column in column..end {
            let name = names[row | x & 0x1F];
            let attributes = names[0x3C0 | row >> 4 & 0x38 | x >> 2 & 7];
            let palette = attributes >> (row >> 4 & 4 | x & 2) & 3;
            let at = usize::from(name & 0x3F) << 4;
            let planes: &[u8; 16] = patterns[usize::from(name >> 6)][at..at + 16].try_into().unwrap_or(&[0; 16]);
            if ROWS == 1 {
                rows[0].as_chunks_mut::<8>().0[column] = row::tile(planes[fine_y], planes[fine_y + 8], palette);
            } else if fine_y == 0 {
                lay_rows(planes, 0, palette, column, rows);
            } else {
                lay_rows(planes, fine_y, palette, column, rows);
            }
            x += 1;
        }
        column = end;
        x = 0;
        page ^= 1;
    }
}

/// Shows pixels of a line from column `x` on, as far as the border leaves them. Returns whether any has changed.
#[inline]
pub(super) fn show(frame: &mut Frame, border: &Border, line: u16, x: u16, pixels: &[u16]) -> bool {
    let &Border { top, sides } = border;
    if top == 0 && sides == 0 {
        return frame.set(line, x, pixels);
    }
    let end = (usize::from(x) + pixels.len()).min(WIDTH - usize::from(sides));
    let first = x.max(sides);
    let shown = usize::from(first - x)..end.saturating_sub(usize::from(x));
    line >= top && !shown.is_empty() && frame.set(line, first, &pixels[shown])
}

impl Ppu {
    /// Draws this line and those below it, `count` in all, but for those that would be what they are.
    pub(super) fn draw_lines<V: VideoBus>(&mut self, bus: &V, count: u16) {
        self.look.update(&self.palette, self.tint);
        self.update_sprite_source(bus);
        self.draw_first_line(bus);
        let mut scroll = self.scroll.clone();
        let mut line = self.line + 1;
        let end = self.line + count;
        let mut rows = None;
        while line < end {
            scroll.increment_y();
            scroll.copy_x();
            let count = (8 - (scroll.v >> 12 & 7)).min(end - line);
            self.draw_block(bus, &mut rows, scroll.v, line..line + count);
            line += count;
            scroll.increment_y_by(count - 1);
        }
        self.row_is_shown();
    }

    /// This line. Its first two tiles are in the registers.
    fn draw_first_line<V: VideoBus>(&mut self, bus: &V) {
        let v = self.scroll.v;
        let units = if self.mask & mask::SPRITES != 0 { self.sprites.units() } else { Default::default() };
        let background = Background { registers: Some(self.background.shown()), ..self.background_at(bus, v) };
        let last = last_change(bus, v, background.table);
        if !self.is_drawn(self.line, background, last, &units, 0, bus.changes()) {
            let row = std::array::from_mut(&mut self.row.background);
            row[0][..16].copy_from_slice(&self.background.first_tiles());
            lay_tiles(bus, background.table, v, 2..TILES, row);
            self.finish_line(None, self.line, &units);
        }
    }

    /// Lines in which a row of tiles is shown, the first one as `v` says.
    fn draw_block<V: VideoBus>(&mut self, bus: &V, rows: &mut Option<Rows>, v: u16, lines: Range<u16>) {
        let mut background = self.background_at(bus, v);
        let (last, changes) = (last_change(bus, v, background.table), bus.changes());
        let mut strips = [[Strip::default(); 8]; BLOCK];
        let mut to_draw = 0_u8;
        for (row, line) in lines.clone().enumerate() {
            let drawn = &self.drawn[usize::from(line)];
            if drawn.sprites != self.sprite_source.0 || drawn.background != background || drawn.changes < last {
                self.find_strips(bus, line - 1, &mut strips[row]);
                let drawn = self.is_drawn(line, background, last, &strips[row], self.sprite_source.0, changes);
                to_draw |= u8::from(!drawn) << row;
            }
            background.v = background.v.wrapping_add(0x1000);
        }
        if to_draw == 0 {
            return;
        }
        let rows = rows.get_or_insert([[0; _]; _]);
        lay_tiles(bus, background.table, v, 0..TILES, rows);
        for (row, line) in lines.enumerate() {
            if to_draw >> row & 1 != 0 {
                self.finish_line(Some(&rows[row]), line, &strips[row]);
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
            look: self.look.version,
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
            pages: std::array::from_fn(|slot| bus.page_number(SPRITE_SLOTS + slot)),
            last: last_change_of_patterns(bus, SPRITE_SLOTS, 8),
        };
        if self.sprite_source.1 != source {
            self.sprite_source = (self.sprite_source.0 + 1, source);
        }
    }

    /// The sprites in the line behind `line`, whose search began with sprite 0. `strips` shows nothing yet.
    #[inline]
    fn find_strips<V: VideoBus>(&mut self, bus: &V, line: u16, strips: &mut [Strip; 8]) {
        if self.mask & mask::SPRITES == 0 {
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
            let pattern = pattern_of(tile, row, tall, table);
            let page = bus.page(SPRITE_SLOTS + usize::from(pattern >> 10));
            let planes = [pattern, pattern | 8].map(|at| page[usize::from(at & 0x3FF)]);
            let [low, high] = if attributes & 0x40 != 0 { planes.map(u8::reverse_bits) } else { planes };
            *strip = Strip { x, low, high, attributes };
            rest &= rest - 1;
        }
    }

    /// A line with its sprites goes to the frame: over the present one's row, which nothing is left of, or that of a block.
    #[inline]
    fn finish_line(&mut self, background: Option<&[u8; BACKGROUND]>, line: u16, strips: &[Strip; 8]) {
        let view = self.view();
        let row = &mut *self.row;
        let sprites = if row.sprites.lay(strips, 0) { Some(&row.sprites) } else { None };
        let background = background.unwrap_or(&row.background);
        let all = 0..WIDTH as u16;
        row::choose(background, sprites, view, all.clone(), &self.palette, &mut row.colours);
        row.colours.tint(all.clone(), self.tint, &mut row.pixels);
        show(&mut self.frame, &self.revision.border, line, 0, row.pixels.of(all));
    }

    #[inline]
    pub(super) fn view(&self) -> View {
        View { mask: self.mask, fine_x: self.scroll.fine_x }
    }

    /// Dots up to `last` of a line in which rendering is off.
    pub(super) fn draw_blank(&mut self, last: u16) {
        let colour = self.palette.read(self.blank_index());
        self.choose_one_colour(colour, last);
    }
}
