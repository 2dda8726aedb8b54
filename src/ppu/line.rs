//! Whole lines: dots without accesses are committed many at once, and drawn at once ([`super::picture`]).
//!
//! ```text
//! dots of a line    0          1..=256                          257..=340
//! committed         turn       background                       fetches
//!                              evaluation, sprite-0 hit         sprites, v to the next line, first two tiles
//! ```
//!
//! **Contract.** After a part its *whole* hidden state is what the dots one by one leave behind, and boards have seen
//! A12 move as it does ([`VideoBus::address`]). A part is committed only if it is plain ([`Ppu::is_plain`]) and done
//! before the dot that was asked for. What cannot be committed is done dot by dot ([`super::dot`]).
//!
//! A line that is touched is done in parts ([`super::part`]), one in which rendering is off in [`super::blank`].
//!
//! Most of what a line leaves behind is replaced by the next one. Where that will be committed too, only what it cannot
//! replace is worked out ([`Ppu::skip_lines`]): no tile is fetched that has no effect.

use super::{DOTS_PER_LINE, NEVER, Path, Ppu, VISIBLE_LINES, VideoBus, mask};
use crate::clock::Dot;

/// Last dot of the first part.
pub(super) const BACKGROUND_END: u16 = 256;
/// Last dot in which sprites are fetched.
pub(super) const SPRITES_END: u16 = 320;
/// Last dot of the second part.
pub(super) const LINE_END: u16 = DOTS_PER_LINE - 1;
/// Dots of the second part.
const FETCHES: u64 = (LINE_END - BACKGROUND_END) as u64;
/// Dots of both.
const BOTH: u64 = LINE_END as u64;
/// Dots of a line.
pub(super) const LINE: u64 = DOTS_PER_LINE as u64;

impl Ppu {
    /// Whether lines may be committed at once.
    #[inline]
    pub(crate) fn has_lines(&self) -> bool {
        self.path == Path::Lines
    }

    /// Commits what can be committed before `target`. Returns whether anything was.
    pub(super) fn commit<V: VideoBus>(&mut self, bus: &mut V, target: Dot) -> bool {
        let start = self.now;
        if self.is_plain() && !(bus.watches_fetches() && self.line == self.prerender) {
            while self.is_plain() && self.log.next() > self.now {
                let stop = self.next_stop(target, false);
                if stop <= self.now || !self.commit_part(bus, stop - self.now) {
                    break;
                }
            }
        } else if self.is_blank() {
            let stop = self.next_stop(target, true);
            self.commit_blank_lines(stop);
        } else if self.is_settling() {
            let target = target.min(self.log.next());
            if self.is_lone_access(target) {
                self.commit_access(bus);
            } else {
                self.settle(bus, target);
            }
            return true;
        }
        if self.has_lines() {
            self.line_dots += self.now - start;
        }
        self.now > start
    }

    /// Where the present tile or unit ends, or the first tiles of the next line.
    pub(super) fn next_piece(&self) -> Dot {
        let end = if self.dot < 320 { (self.dot | 7) + 1 } else { LINE_END + 1 };
        self.now + u64::from(end - self.dot)
    }

    /// Whether this is plain rendering, but for t, fine X and what PPUMASK makes of pixels. Within dots 1-256 v may be
    /// loaded in the next one, and an access of $2007 be under way.
    #[inline]
    fn is_plain(&self) -> bool {
        self.active
            && self.rendering
            && self.rendering_late
            && self.sprites.is_calm()
            && (self.dot < BACKGROUND_END || self.v_due > self.now && !self.is_port_busy())
            && (self.mask_due == NEVER || self.mask_value & mask::RENDERING != 0)
    }

    /// Commits the next part of the line if it is no longer than `left`. Returns whether it was.
    #[inline]
    fn commit_part<V: VideoBus>(&mut self, bus: &mut V, left: u64) -> bool {
        match self.dot {
            0 if left >= BOTH
                && !self.is_port_busy()
                && self.has_one_view()
                && self.loads_wait_for_tiles(bus)
                && self.may_do_whole_lines(bus) =>
            {
                let skipped = self.lines_that_leave_nothing(left);
                self.begin_line(bus);
                if self.draws() {
                    self.draw_lines(bus, skipped + 1);
                }
                if bus.watches_fetches() {
                    self.pass_lines(bus, skipped);
                }
                if skipped > 0 {
                    self.skip_lines(bus, skipped);
                }
                self.commit_background(bus);
                self.commit_fetches(bus);
            }
            dot if dot < BACKGROUND_END && left > 0 => {
                self.commit_dots(bus, dot + left.min(u64::from(BACKGROUND_END - dot)) as u16);
            }
            BACKGROUND_END if left >= FETCHES && self.loads_wait_for_tiles(bus) && self.may_do_all_fetches(bus) => {
                self.commit_fetches(bus);
            }
            dot @ 264..=SPRITES_END
                if dot % 8 == 0
                    && left >= u64::from(LINE_END - dot)
                    && self.sprites.fetches_in_order(dot)
                    && self.loads_wait_for_tiles(bus)
                    && self.may_do_all_fetches(bus) =>
            {
                self.commit_last_fetches(bus);
            }
            dot @ BACKGROUND_END..SPRITES_END
                if dot % 8 == 0 && left >= 8 && (dot == BACKGROUND_END || self.sprites.fetches_in_order(dot)) =>
            {
                let left = left.min(u64::from(SPRITES_END - dot));
                let units = self.next_load(self.now + left).map_or(left, |load| load - self.now) / 8;
                let units = self.steady_units(bus, (dot - BACKGROUND_END) / 8, units as u16);
                if units == 0 {
                    return false;
                }
                self.commit_units(bus, units);
            }
            LINE_END if self.v_due < self.now + left => return false,
            LINE_END if left >= BOTH && self.will_skip_dot() && self.mask_due == NEVER => {
                // Dot 0 would leave nothing behind either.
                (self.line, self.dot) = (0, 0);
            }
            LINE_END if left >= 1 && self.line != VISIBLE_LINES - 1 && !self.will_skip_dot() => self.commit_turn(bus),
            _ => return false,
        }
        true
    }

    /// Whether all pixels of this line are chosen in one way and have one tint. The PPU is at dot 0.
    #[inline]
    fn has_one_view(&self) -> bool {
        // The last pixel is chosen in dot 256 and leaves in dot 259.
        let (chosen, left) = (self.now + u64::from(BACKGROUND_END), self.now + 258);
        self.next_view(chosen) == chosen && !self.changes_mask(left)
    }

    /// Whether this line is to be drawn.
    #[inline]
    pub(super) fn draws(&self) -> bool {
        self.render && self.line < VISIBLE_LINES
    }

    /// Dots 1-256, but for the background's registers and the bus.
    fn commit_background<V: VideoBus>(&mut self, bus: &mut V) {
        self.announce_background(bus);
        let prerender = self.line == self.prerender;
        if prerender {
            self.begin_frame();
        } else {
            self.zero_hit_from = self.find_sprite_zero_hit(bus);
        }
        let height = self.sprite_height();
        let overflow = self.sprites.commit_search(0, BACKGROUND_END, self.line, height, prerender);
        self.overflow(overflow);
        self.sprites.commit_shifts(BACKGROUND_END);
        self.now += u64::from(BACKGROUND_END);
        self.dot = BACKGROUND_END;
    }

    /// Dots 257-340. The background's registers need not be what they are at dot 256: all are filled again.
    fn commit_fetches<V: VideoBus>(&mut self, bus: &mut V) {
        self.sprites.begin_fetches();
        let units = bus.watches_fetches().then(|| self.units_ahead(0, 8, self.v_below()));
        self.in_run(bus, units, |ppu, bus| ppu.commit_sprite_fetches(bus, 0..8));
        self.sprites.rest();
        self.scroll.increment_y();
        self.meet_writes_and_loads(bus, self.now + 1);
        // It is copied between dots 257 and 258.
        self.meet_soft_writes(self.now + 2, |_, _| {});
        self.scroll.copy_x();
        self.meet_writes_and_loads(bus, self.now + 65);
        if bus.is_watched() {
            self.announce_fetches(bus, 0, 0, self.sprites.tall_tables());
            self.announce(bus, 80, 0x2000);
        }
        if self.line == self.prerender {
            self.scroll.copy_y();
        }
        self.fetch_next_tiles(bus, 64);
        self.now += FETCHES;
        self.dot = LINE_END;
        self.meet_soft_writes(self.now, |_, _| {});
    }

    /// Whether dot 0 of the next line is left out: odd frames of a 2C02 are a dot shorter while rendering.
    #[inline]
    pub(super) fn will_skip_dot(&self) -> bool {
        self.line == self.prerender && self.revision.skips_dot && self.odd_frame && self.rendering_late
    }

    /// Moves to dot 0 of the next line, one with a picture. The dot is still to be counted.
    pub(super) fn turn_line(&mut self) {
        self.meet_soft_writes(self.now + 1, |_, _| {});
        self.end_row();
        self.line = if self.line == self.prerender { 0 } else { self.line + 1 };
        self.dot = 0;
    }

    /// Dot 0 of the next line.
    fn commit_turn<V: VideoBus>(&mut self, bus: &mut V) {
        self.turn_line();
        self.sprites.commit_turn();
        self.point_at_background();
        self.send_address(bus, self.background.pattern_address(0));
        self.now += 1;
    }

    /// How many lines from this one on the next ones replace, but for v and whether sprite 0 is in them. The PPU is at
    /// dot 0 and will do `left` dots: they are all done then, and the line behind them too.
    fn lines_that_leave_nothing(&mut self, left: u64) -> u16 {
        let last = VISIBLE_LINES - 1;
        let untouched = self.log.next() >= self.now + left && self.mask_due == NEVER && self.v_due == NEVER;
        if left < LINE + BOTH
            || self.line >= last
            || !untouched
            || !self.sprites.is_aligned()
            || !self.sprites.is_in_order()
        {
            return 0;
        }
        let height = self.sprite_height();
        let mut end = last.min(self.line + ((left - BOTH) / LINE).min(u64::from(last)) as u16);
        if self.may_hit() {
            if self.sprites.is_zero_in_line() {
                return 0;
            }
            end = end.min(self.sprites.next_zero(self.line, height));
        }
        if self.overflow_from == NEVER {
            end = end.min(self.sprites.next_overflow(self.line, height));
        }
        end - self.line
    }

    /// Lines that leave nothing, and dot 0 of the one behind them.
    fn skip_lines<V: VideoBus>(&mut self, bus: &mut V, lines: u16) {
        let end = self.line + lines;
        if bus.is_watched() {
            self.announce_lines(bus, end);
        }
        self.now += u64::from(lines) * LINE;
        self.line = end;
        self.sprites.skip_lines(end - 1, self.sprite_height());
        self.scroll.increment_y_by(lines);
        self.scroll.copy_x();
        self.scroll.v = self.scroll.right(2);
    }
}
