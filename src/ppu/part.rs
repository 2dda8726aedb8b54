//! Parts of lines: where something touches a line in the middle, the dots before and behind it are committed many at once.
//!
//! ```text
//! dots of a line   1-256                                 257-320                    321-340
//! fetches          tiles; dots alone where one is cut    sprite units, any number   at once
//! evaluation       when something asks for it, at dot 256 at the latest
//! pixels           a row, in one go or cut where what chooses them changes
//! ```
//!
//! **Contract.** As of whole lines ([`super::line`]): what is left behind is what the dots one by one leave. Evaluation
//! and units may lag behind ([`Ppu::catch_up_sprites`]) as long as parts are committed.

use super::line::{BACKGROUND_END, LINE_END, SPRITES_END};
use super::picture::lay_tiles;
use super::row::{self, View};
use super::{NEVER, Ppu, VideoBus, mask, span};
use std::ops::Range;

impl Ppu {
    /// Dots up to `last` of 1-256.
    pub(super) fn commit_dots<V: VideoBus>(&mut self, bus: &mut V, last: u16) {
        let first = self.dot;
        if self.line == self.prerender {
            if first == 0 {
                self.begin_frame();
            }
            self.fetch_dots(bus, last, false);
            self.meet_soft_writes(self.now, |_, _| {});
        } else if self.draws() || self.zero_hit_from == NEVER && self.sprites.is_zero_in_line() {
            if self.row.laid != Some(first) {
                let tiles = self.background.first_tiles();
                self.row.background[usize::from(first)..][..tiles.len()].copy_from_slice(&tiles);
            }
            self.fetch_dots(bus, last, true);
            self.row.laid = Some(last);
            self.choose_dots(first..last);
        } else {
            self.fetch_dots(bus, last, false);
            self.meet_soft_writes(self.now, |_, _| {});
        }
        // The fetches have done those that the writes left to do.
        if self.v_due < self.now {
            self.v_due = NEVER;
            self.update_busy();
        }
        self.sprites_lag += last - first;
        if last == BACKGROUND_END {
            self.catch_up_sprites();
        }
    }

    /// The background's part of dots up to `last`, and the loads of v in them. Lays the tiles out in the row if it is asked
    /// to.
    fn fetch_dots<V: VideoBus>(&mut self, bus: &mut V, last: u16, lays: bool) {
        let end = self.now + u64::from(last - self.dot);
        let mut loads = self.loads();
        while let Some((load, v)) = loads.next(&self.log, end) {
            self.fetch_same(bus, last - (end - load) as u16, lays);
            self.fetch_alone(bus, lays, Some(v));
        }
        self.fetch_same(bus, last, lays);
    }

    /// As [`Ppu::fetch_dots`], without loads of v.
    fn fetch_same<V: VideoBus>(&mut self, bus: &mut V, last: u16, lays: bool) {
        while self.dot < last {
            let tiles = (last - self.dot) / 8;
            let whole = self.dot.is_multiple_of(8) && tiles > 0 && !self.is_port_busy();
            match if whole { self.steady_tiles(bus, tiles) } else { 0 } {
                0 => self.fetch_alone(bus, lays, None),
                tiles => {
                    let run = bus.watches_fetches().then(|| self.tiles_ahead(tiles));
                    self.in_run(bus, run, |ppu, bus| ppu.fetch_tiles(bus, tiles, lays));
                }
            }
        }
    }

    /// So many tiles of dots 1-256. The PPU is between two of them.
    fn fetch_tiles<V: VideoBus>(&mut self, bus: &mut V, tiles: u16, lays: bool) {
        if lays {
            let first = self.dot / 8 + 2;
            let table = self.background_table();
            let row = std::array::from_mut(&mut self.row.background);
            lay_tiles(bus, table, self.scroll.v, first..first + tiles, row);
        }
        self.announce_background(bus);
        if tiles == 1 {
            self.fetch_one_tile(bus);
        } else {
            self.scroll.v = self.scroll.right(tiles - 2);
            self.fetch_two_tiles(bus);
        }
        self.now += u64::from(8 * tiles);
        self.dot += 8 * tiles;
    }

    /// A dot of a tile that is cut. It may load v.
    fn fetch_alone<V: VideoBus>(&mut self, bus: &mut V, lays: bool, load: Option<u16>) {
        let step = self.dot & 7;
        self.dot += 1;
        let accessed = self.is_port_busy();
        if accessed {
            self.data_port_first_half(bus);
        }
        if let Some(v) = load {
            self.scroll.v = v;
            self.drive_address(bus, v);
        }
        if accessed {
            self.fetch_dot::<V, { span::ANY }>(bus, step);
        } else {
            self.fetch_dot::<V, { span::CLEAR }>(bus, step);
        }
        self.background.shift();
        if self.background.has_fetched() && self.background.commit(self.address as u8, self.scroll.v) {
            self.scroll.increment_x();
            if lays {
                let at = usize::from(self.dot) + 8;
                self.row.background[at..at + 8].copy_from_slice(&self.background.last_tile());
            }
        }
        // Its address is one of the background's: it does not write to palette RAM.
        if self.is_port_busy() {
            self.data_port_second_half(bus);
        }
        self.now += 1;
    }

    /// Chooses these pixels, whose background is laid out. The PPU is behind the last one.
    fn choose_dots(&mut self, pixels: Range<u16>) {
        // Of the dot before the first that sprites have not done.
        let right = pixels.start - self.sprites_lag;
        if self.row.has_sprites.is_none() {
            let has_sprites = self.row.sprites.lay(&self.sprites.units(), right);
            self.row.has_sprites = Some(has_sprites);
        }
        let mut chosen = pixels.start;
        self.meet_soft_writes(self.now, |ppu, dot| {
            // A pixel is chosen before it gets its tint.
            if chosen < dot {
                let next = pixels.end - (ppu.now - ppu.next_view(ppu.now)) as u16;
                ppu.choose_pixels(chosen..next, right);
                chosen = next;
            }
        });
        self.choose_pixels(chosen..pixels.end, right);
    }

    /// As [`Ppu::choose_dots`], while nothing changes that chooses them. The units' X count from pixel `right` on.
    fn choose_pixels(&mut self, pixels: Range<u16>, right: u16) {
        if pixels.is_empty() {
            return;
        }
        let view = self.view();
        if self.may_hit_sprite_zero() {
            self.find_hit_in_row(pixels.clone(), right, view);
        }
        if self.draws() {
            let row = &mut *self.row;
            let sprites = if row.has_sprites == Some(true) { Some(&row.sprites) } else { None };
            row::choose(&row.background, sprites, view, pixels, &self.palette, &mut row.colours);
        }
    }

    /// Sprite 0 against the row.
    fn find_hit_in_row(&mut self, pixels: Range<u16>, right: u16, view: View) {
        let (x, opaque) = self.sprites.first_unit();
        let x = x as u16 + right;
        // The last pixel of a line does not count.
        let end = (x + 8).min(pixels.end).min(BACKGROUND_END - 1);
        let first = if view.mask & mask::LEFT == mask::LEFT { 0 } else { 8 };
        if view.mask & mask::RENDERING != mask::RENDERING {
            return;
        }
        for pixel in x.max(pixels.start).max(first)..end {
            let background = self.row.background[usize::from(pixel) + usize::from(view.fine_x)];
            if opaque << (pixel - x) & 0x80 != 0 && background & 3 != 0 {
                self.zero_hit_from = self.now - u64::from(self.dot - pixel) + 3;
                return;
            }
        }
    }

    /// Evaluation and units do the dots that [`Ppu::commit_dots`] has left to them.
    #[inline]
    pub(super) fn catch_up_sprites(&mut self) {
        if self.sprites_lag > 0 {
            let lag = std::mem::take(&mut self.sprites_lag);
            let prerender = self.line == self.prerender;
            let height = self.sprite_height();
            let overflow = self.sprites.commit_search(self.dot - lag, self.dot, self.line, height, prerender);
            self.overflow(overflow);
            self.sprites.commit_shifts(lag);
            self.row.has_sprites = None;
            self.row.laid = None;
        }
    }

    /// The search has set the overflow flag in a dot of this line, if it has and nothing had set it.
    #[inline]
    pub(super) fn overflow(&mut self, dot: Option<u16>) {
        if let Some(dot) = dot
            && self.overflow_from == NEVER
        {
            self.overflow_from = self.now + 1 + u64::from(dot) - u64::from(self.dot);
        }
    }

    /// Dots 257-320, as far as so many units fetch. The PPU is at dot 256 or between two units.
    pub(super) fn commit_units<V: VideoBus>(&mut self, bus: &mut V, units: u16) {
        let first = (self.dot - BACKGROUND_END) / 8;
        let end = first + units;
        if first == 0 {
            self.sprites.begin_fetches();
            self.background.shift();
            self.scroll.increment_y();
            // It is copied between dots 257 and 258.
            self.meet_soft_writes(self.now + 2, |_, _| {});
            self.scroll.copy_x();
        }
        // It is copied in dots 281 to 305.
        if self.line == self.prerender && end > 3 && first < 7 {
            self.scroll.copy_y();
        }
        if bus.is_watched() {
            for unit in first..end {
                let ahead = u64::from(8 * (unit - first));
                self.announce(bus, ahead, 0x2000);
                let pattern = self.sprite_pattern(unit);
                self.announce(bus, ahead + 4, pattern);
            }
        }
        let run = bus.watches_fetches().then(|| self.units_ahead(first, units, self.scroll.v));
        self.in_run(bus, run, |ppu, bus| {
            ppu.commit_sprite_fetches(bus, usize::from(first)..usize::from(end));
            ppu.fetch_garbage(bus, end - 1);
        });
        self.now += u64::from(8 * units);
        self.dot += 8 * units;
        self.meet_soft_writes(self.now, |_, _| {});
    }

    /// What is left of dots 264-340. The PPU is between two units, or between the last one and the next line's tiles.
    pub(super) fn commit_last_fetches<V: VideoBus>(&mut self, bus: &mut V) {
        let unit = (self.dot - 256) / 8;
        // A board that watches fetches has seen those of all units.
        if unit < 8 {
            self.commit_sprite_fetches(bus, usize::from(unit)..8);
        }
        self.meet_writes_and_loads(bus, self.now + u64::from(SPRITES_END - self.dot) + 1);
        if bus.is_watched() {
            self.announce_fetches(bus, 0, unit, self.sprites.tall_tables());
            self.announce(bus, 8 * u64::from(10 - unit), 0x2000);
        }
        if self.line == self.prerender && self.dot <= 304 {
            self.scroll.copy_y();
        }
        self.sprites.rest();
        self.fetch_next_tiles(bus, u64::from(SPRITES_END - self.dot));
        self.now += u64::from(LINE_END - self.dot);
        self.dot = LINE_END;
        self.meet_soft_writes(self.now, |_, _| {});
    }
}
