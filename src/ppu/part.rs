//! Parts of lines: where something touches a line in the middle, what is before it and behind it is committed in whole
//! tiles and sprite units, as far as nobody touches those.
//!
//! ```text
//! dots of a line   0        1-8 ... 249-256       257-264 ... 313-320      321-340
//! committed        alone    any number of tiles   from any unit on, all that is left
//! ```
//!
//! **Contract.** As of whole lines ([`super::line`]): what is left behind is what the dots one by one leave.

use super::line::LINE_END;
use super::{NEVER, Ppu, VideoBus};

impl Ppu {
    /// So many tiles of dots 1-256. The PPU is between two of them.
    pub(super) fn commit_tiles<V: VideoBus>(&mut self, bus: &mut V, tiles: u16) {
        let last = self.dot + 8 * tiles;
        let prerender = self.line == self.prerender;
        self.announce_background(bus);
        if prerender {
            if self.dot == 0 {
                self.begin_frame();
            }
        } else {
            self.zero_hit_from = self.find_sprite_zero_hit(bus, last);
            if self.draws() {
                self.draw_part(bus, tiles);
            }
        }
        let overflow = self.sprites.commit_search(self.dot, last, self.line, self.sprite_height(), prerender);
        self.overflow(overflow);
        self.sprites.commit_shifts(8 * tiles);
        if tiles == 1 {
            self.fetch_one_tile(bus);
        } else {
            self.scroll.v = self.scroll.right(tiles - 2);
            self.fetch_two_tiles(bus);
        }
        self.now += u64::from(8 * tiles);
        self.dot = last;
    }

    /// The search sets the overflow flag in a dot of this line, if it does and nothing has set it.
    #[inline]
    pub(super) fn overflow(&mut self, dot: Option<u16>) {
        if let Some(dot) = dot
            && self.overflow_from == NEVER
        {
            self.overflow_from = self.now + u64::from(dot - self.dot) + 1;
        }
    }

    /// What is left of dots 264-340. The PPU is between two units, or between the last one and the next line's tiles.
    pub(super) fn commit_last_fetches<V: VideoBus>(&mut self, bus: &mut V) {
        let unit = (self.dot - 256) / 8;
        if bus.is_watched() {
            self.announce_fetches(bus, 0, unit, self.sprites.tall_tables());
            self.announce(bus, 8 * u64::from(10 - unit), 0x2000);
        }
        if unit < 8 {
            self.commit_sprite_fetches(bus, usize::from(unit));
        }
        if self.line == self.prerender && self.dot <= 304 {
            self.scroll.copy_y();
        }
        self.sprites.rest();
        self.fetch_two_tiles(bus);
        self.fetch_name(bus);
        self.now += u64::from(LINE_END - self.dot);
        self.dot = LINE_END;
    }
}
