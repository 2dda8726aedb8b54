//! Whole lines: dots that nobody touches are committed many at once, and drawn at once ([`super::picture`]).
//!
//! ```text
//! dots of a line    0          1..=256                          257..=340
//! committed         turn       background                       fetches
//!                              evaluation, sprite-0 hit         sprites, v to the next line, first two tiles
//! ```
//!
//! **Contract.** After a part its *whole* hidden state is what the dots one by one leave behind, and boards have seen
//! A12 move as it does ([`VideoBus::address`]). A part is committed only if it is calm ([`Ppu::is_calm`]) and done
//! before the dot that was asked for: a line that is touched in the middle is done dot by dot up to there.
//!
//! Most of what a line leaves behind is replaced by the next one. Where that will be committed too, only what it cannot
//! replace is worked out ([`Ppu::skip_lines`]): no tile is fetched that nobody will look at.
//!
//! Reading $2002 does not touch a line whose flags cannot change before the read: [`Ppu::read_status_ahead`].

use super::{DECAY_GROUPS, DOTS_PER_LINE, NEVER, Path, Ppu, VISIBLE_LINES, VideoBus, mask};
use crate::clock::Dot;

/// Last dot of the first part.
pub(super) const BACKGROUND_END: u16 = 256;
/// Last dot of the second.
pub(super) const LINE_END: u16 = DOTS_PER_LINE - 1;
/// Dots of the second part.
const FETCHES: u64 = (LINE_END - BACKGROUND_END) as u64;
/// Dots of both.
const BOTH: u64 = LINE_END as u64;
/// Dots of a line.
const LINE: u64 = DOTS_PER_LINE as u64;

impl Ppu {
    /// Whether lines may be committed at once.
    #[inline]
    pub(crate) fn has_lines(&self) -> bool {
        self.path == Path::Lines
    }

    /// Commits what can be committed before `target`. Returns whether anything was.
    pub(super) fn commit<V: VideoBus>(&mut self, bus: &mut V, target: Dot) -> bool {
        let start = self.now;
        if self.is_plain() {
            while self.is_plain() && self.log.next() > self.now {
                let load = if self.v_due > self.now { self.v_due } else { NEVER };
                let stop = self.next_stop(target, false).min(load);
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
        self.line_dots += self.now - start;
        self.now > start
    }

    /// Whether this is plain rendering, but for t, fine X and what PPUMASK makes of pixels, and v is loaded in the next dot
    /// of 1-256 or later.
    #[inline]
    fn is_plain(&self) -> bool {
        self.active
            && self.rendering
            && self.rendering_late
            && self.sprites.is_calm()
            && self.read_port | self.write_port == 0
            && (self.v_due > self.now || self.dot < BACKGROUND_END)
            && (self.mask_due == NEVER || self.mask_value & mask::RENDERING != 0)
    }

    /// Commits the next part of the line if it is no longer than `left`. Returns whether it was.
    #[inline]
    fn commit_part<V: VideoBus>(&mut self, bus: &mut V, left: u64) -> bool {
        match self.dot {
            0 if left >= BOTH && self.v_due > self.now && self.has_one_view() => {
                let skipped = self.lines_that_leave_nothing(left);
                if self.draws() {
                    self.draw_lines(bus, skipped + 1);
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
            BACKGROUND_END if left >= FETCHES => self.commit_fetches(bus),
            dot @ 264..=320
                if dot % 8 == 0 && left >= u64::from(LINE_END - dot) && self.sprites.fetches_in_order(dot) =>
            {
                self.commit_last_fetches(bus);
            }
            dot @ BACKGROUND_END..320
                if dot % 8 == 0 && left >= 8 && (dot == BACKGROUND_END || self.sprites.fetches_in_order(dot)) =>
            {
                self.commit_units(bus, (left / 8).min(u64::from(320 - dot) / 8) as u16);
            }
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

    /// Dots 257-340. The background's registers need not be what they are at dot 256: all are filled anew.
    fn commit_fetches<V: VideoBus>(&mut self, bus: &mut V) {
        if bus.is_watched() {
            self.announce_fetches(bus, 0, 0, self.sprites.tall_tables());
            self.announce(bus, 80, 0x2000);
        }
        self.sprites.begin_fetches();
        self.commit_sprite_fetches(bus, 0..8);
        self.sprites.rest();
        self.scroll.increment_y();
        // It is copied between dots 257 and 258.
        self.meet_soft_writes(self.now + 2, |_, _| {});
        self.scroll.copy_x();
        if self.line == self.prerender {
            self.scroll.copy_y();
        }
        self.fetch_two_tiles(bus);
        self.fetch_name(bus);
        self.now += FETCHES;
        self.dot = LINE_END;
        self.meet_soft_writes(self.now, |_, _| {});
    }

    /// Whether dot 0 of the next line is left out: odd frames of a 2C02 are a dot shorter while rendering.
    #[inline]
    pub(super) fn will_skip_dot(&self) -> bool {
        self.line == self.prerender && self.revision.skips_dot && self.odd_frame && self.rendering_late
    }

    /// Dot 0 of the next line.
    fn commit_turn<V: VideoBus>(&mut self, bus: &mut V) {
        self.meet_soft_writes(self.now + 1, |_, _| {});
        self.end_row();
        self.line = if self.line == self.prerender { 0 } else { self.line + 1 };
        self.dot = 0;
        self.sprites.commit_turn();
        self.point_at_background();
        self.send_address(bus, self.background.pattern_address(0));
        self.now += 1;
    }

    /// How many lines from this one on the next ones replace, but for v and whether sprite 0 is in them. The PPU is at
    /// dot 0 and will do `left` dots: they are all done then, and the line behind them too.
    fn lines_that_leave_nothing(&mut self, left: u64) -> u16 {
        let last = VISIBLE_LINES - 1;
        let untouched = self.log.next() >= self.now + left && self.mask_due == NEVER;
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

    // A12 --------------------------------------------------------------------------------------------------------

    /// Shows an address in the `ahead`th dot from the next one on.
    #[inline]
    pub(super) fn announce<V: VideoBus>(&self, bus: &mut V, ahead: u64, addr: u16) {
        bus.address(addr, self.now + ahead);
    }

    /// Dots 1-256: the first nametable address, and the first pattern. After it A12 falls for four dots at a time.
    pub(super) fn announce_background<V: VideoBus>(&self, bus: &mut V) {
        if bus.is_watched() {
            self.announce(bus, 0, 0x2000);
            self.announce(bus, 4, self.background_table());
        }
    }

    /// Dots 257-340 from those of unit `first` on, in the `ahead`th dot: sprite patterns, then the first tiles. Bit n of
    /// `tall` tells the table of unit n, if sprites are. Where A12 is low for four dots only, that is left out.
    #[inline]
    pub(super) fn announce_fetches<V: VideoBus>(&self, bus: &mut V, ahead: u64, first: u16, tall: u8) {
        let background = self.background_table();
        self.announce(bus, ahead, 0x2000);
        let tables = if !self.has_tall_sprites() { 0xFF * u8::from(self.sprite_table() != 0) } else { tall };
        // Bit 0 is the first unit's.
        let units = 8 - first;
        let tables = u16::from(tables) >> first;
        let mut changes = (tables ^ tables << 1) & ((1 << units) - 1);
        while changes != 0 {
            let unit = changes.trailing_zeros();
            let table = (tables >> unit & 1) << 12;
            self.announce(bus, ahead + 8 * u64::from(unit) + first_of(table), table);
            changes &= changes - 1;
        }
        if background != (tables << 1 >> units & 1) << 12 {
            self.announce(bus, ahead + 8 * u64::from(units) + first_of(background), background);
        }
    }

    /// Lines up to `end`, and its dot 0. The PPU is at dot 0.
    fn announce_lines<V: VideoBus>(&mut self, bus: &mut V, end: u16) {
        self.announce_background(bus);
        let tall = self.has_tall_sprites();
        let background = self.background_table() != 0;
        for (line, ahead) in (self.line..end).zip((u64::from(BACKGROUND_END)..).step_by(LINE as usize)) {
            let tables = if tall { self.sprites.tall_tables_after(line, background) } else { 0 };
            self.announce_fetches(bus, ahead, 0, tables);
        }
    }

    // The flags --------------------------------------------------------------------------------------------------

    /// Whether the sprite-0 flag can still be set in this frame, as things are.
    fn may_hit(&self) -> bool {
        self.zero_hit_from == NEVER && self.mask & mask::RENDERING == mask::RENDERING
    }

    /// Sprite 0 against the two tiles behind it, as the dots of the line find it: from when on the flag shows. The PPU is
    /// at dot 0.
    fn find_sprite_zero_hit<V: VideoBus>(&self, bus: &mut V) -> Dot {
        let (ahead, mut sprite) = self.sprites.first_unit();
        if self.mask & mask::LEFT != mask::LEFT && ahead < 8 {
            sprite &= 0xFF_u8.checked_shr(8 - ahead).unwrap_or(0);
        }
        // The last dot of a line does not count.
        sprite &= !0xFF_u8.checked_shr(u32::from(BACKGROUND_END - 1) - ahead).unwrap_or(0);
        if sprite == 0 || !self.may_hit() || !self.sprites.is_zero_in_line() {
            return self.zero_hit_from;
        }
        let from = ahead as u16 + u16::from(self.scroll.fine_x);
        let behind =
            u16::from(self.opaque_behind(bus, from / 8)) << 8 | u16::from(self.opaque_behind(bus, from / 8 + 1));
        let overlap = sprite & (behind << (from % 8) >> 8) as u8;
        if overlap == 0 { NEVER } else { self.now + u64::from(ahead + overlap.leading_zeros()) + 3 }
    }

    /// The opaque pixels of a tile of the line: the first two are in the registers, the others will be fetched.
    fn opaque_behind<V: VideoBus>(&self, bus: &mut V, tile: u16) -> u8 {
        match tile {
            0 | 1 => self.background.opaque(tile),
            _ => self.fetch_tile(bus, self.scroll.right(tile - 2)).opaque(),
        }
    }

    /// A read of $2002 whose flags can be foreseen is answered without bringing the PPU to it: a line can be waited for,
    /// or in, and still be committed at once. The read is from `start` to `end`, with `half_over` as in [`Ppu::read`]; the
    /// PPU may be brought to anywhere before.
    pub(crate) fn read_status_ahead<V: VideoBus>(
        &mut self,
        bus: &mut V,
        start: Dot,
        end: Dot,
        half_over: Dot,
    ) -> Option<u8> {
        self.meet_all(bus);
        if !self.has_lines() || !self.foresees(bus, start, end) {
            return None;
        }
        self.read_status_foreseen(end, half_over)
    }

    /// Until when all $2002 reads give what one from `start` to `end` would: all that end by then. Earlier than `end` if
    /// nothing is certain. The PPU may be brought to anywhere before `start`.
    pub(crate) fn status_steady_until<V: VideoBus>(&mut self, bus: &mut V, start: Dot, end: Dot) -> Dot {
        self.meet_all(bus);
        if !self.has_lines() {
            self.run_until(bus, start);
        }
        if !self.foresees(bus, start, end) {
            return start;
        }
        // $2002 drives the upper bits of the I/O bus only: the others fade.
        let changes = [self.foreseen_hit, self.overflow_from, self.decay[DECAY_GROUPS.len() - 1]];
        let next = changes.into_iter().filter(|&dot| dot > start).min();
        self.quiet_until.min(next.map_or(NEVER, |dot| dot - 1))
    }

    /// Whether the flags are certain until `end`. Looks ahead from where the PPU is, or from where it can be brought
    /// before `start`.
    fn foresees<V: VideoBus>(&mut self, bus: &mut V, start: Dot, end: Dot) -> bool {
        if end <= self.now {
            return false;
        }
        while end > self.quiet_until {
            if self.quiet_asked == self.now {
                // This far it can be seen, and no further from here.
                if self.quiet_until <= self.now || self.quiet_until > start {
                    return false;
                }
                let there = self.quiet_until;
                self.run_until(bus, there);
            }
            self.foresee(bus);
        }
        true
    }

    /// Something has changed that the flags depend on: a register, or what the bus shows.
    pub(crate) fn forget_foreseen(&mut self) {
        self.quiet_until = 0;
        self.quiet_asked = NEVER;
    }

    /// Looks until when the flags of $2002 are certain, vblank clear, unless a register is written. May be too early.
    fn foresee<V: VideoBus>(&mut self, bus: &mut V) {
        self.foreseen_hit = self.zero_hit_from;
        let line = if self.vblank || self.busy {
            None
        } else if self.line >= VISIBLE_LINES {
            self.certain_blank_lines()
        } else if self.is_calm() && self.sprites.is_in_order() {
            self.certain_lines(bus)
        } else if self.rendering || self.rendering_late || !self.sprites.is_calm() {
            None
        } else {
            Some(VISIBLE_LINES)
        };
        let dots = line.map_or(0, |line| Self::position_of(line, 0) - Self::position_of(self.line, self.dot));
        self.quiet_until = self.now + dots;
        self.quiet_asked = self.now;
    }

    /// From line 240 on: the line at whose dot 1 the vblank flag is set, or all are cleared, if that is still to come.
    fn certain_blank_lines(&self) -> Option<u16> {
        let ends = [self.revision.vblank_line, self.prerender];
        ends.into_iter().find(|&line| (self.line, self.dot) <= (line, 0))
    }

    /// The first line whose flags are not certain, if that is not this one.
    fn certain_lines<V: VideoBus>(&mut self, bus: &mut V) -> Option<u16> {
        if !self.may_hit() && self.overflow_from != NEVER {
            return Some(VISIBLE_LINES);
        }
        if !self.sprites.is_aligned() {
            // The search in this line, or in the next, began or will begin elsewhere.
            return None;
        }
        let height = self.sprite_height();
        let mut line = self.line;
        if self.dot <= BACKGROUND_END {
            if self.may_hit() && self.sprites.is_zero_in_line() {
                if self.dot != 0 {
                    return None;
                }
                self.foreseen_hit = self.find_sprite_zero_hit(bus);
            }
            if self.dot > 64 {
                // In the middle of a search only its end can tell.
                return None;
            }
        } else {
            // The units are the next line's already.
            line += 1;
            if line == VISIBLE_LINES || self.may_hit() && self.sprites.is_zero_in_line() {
                return Some(line);
            }
        }
        let overflow = match self.overflow_from {
            NEVER => self.sprites.next_overflow(line, height),
            _ => VISIBLE_LINES,
        };
        // It is in the line behind the one that finds it.
        let hit = match self.may_hit() && self.foreseen_hit == NEVER {
            true => self.sprites.next_zero(line, height) + 1,
            false => VISIBLE_LINES,
        };
        let line = overflow.min(hit).min(VISIBLE_LINES);
        (line > self.line).then_some(line)
    }

    // Rendering off ----------------------------------------------------------------------------------------------

    /// Whether a line that would fetch does nothing because rendering is off, and has been.
    fn is_blank(&self) -> bool {
        self.read_port | self.write_port == 0
            && self.v_due == NEVER
            && self.is_blank_but_for_access()
            && self.address == self.scroll.v & 0x3FFF
    }

    /// As [`Ppu::is_blank`], where an access may be under way, and in the middle of a line.
    pub(super) fn is_blank_but_for_access(&self) -> bool {
        self.active
            && !self.rendering
            && !self.rendering_late
            && !self.sprites.is_disturbed()
            && !self.background.has_fetched()
            && (self.mask_due == NEVER || self.mask_value & mask::RENDERING == 0)
            && (self.dot > 0 || self.line != self.prerender)
    }

    /// Dots of such lines, up to the end of the picture.
    fn commit_blank_lines(&mut self, stop: Dot) {
        loop {
            let left = stop - self.now;
            self.commit_blank(left.min(u64::from(LINE_END - self.dot)) as u16);
            if self.now == stop || self.line == VISIBLE_LINES - 1 || self.log.next() <= self.now {
                break;
            }
            // Dot 0 of the next line.
            self.meet_soft_writes(self.now + 1, |_, _| {});
            self.end_row();
            self.line = if self.line == self.prerender { 0 } else { self.line + 1 };
            self.dot = 0;
            self.now += 1;
        }
    }

    /// Dots of such a line.
    pub(super) fn commit_blank(&mut self, dots: u16) {
        let last = self.dot + dots;
        if self.draws() {
            self.draw_blank(last);
        }
        self.sprites.commit_blank(self.dot, last);
        self.dot = last;
        self.now += u64::from(dots);
        self.meet_soft_writes(self.now, |_, _| {});
    }

    // Accesses while nothing is rendered -------------------------------------------------------------------------

    /// Whether nothing happens but what accesses left to do, for a dot or more.
    fn is_settling(&self) -> bool {
        self.dot < LINE_END
            && match self.active {
                true => self.is_blank_but_for_access(),
                false => (self.line, self.dot) != (self.revision.vblank_line, 0),
            }
    }

    /// Such dots, until all is done or the line ends.
    fn settle<V: VideoBus>(&mut self, bus: &mut V, target: Dot) {
        let first = self.dot;
        self.sprites.latch_buffer();
        while self.now < target && self.dot < LINE_END {
            self.dot += 1;
            if self.refreshes_in(self.dot) {
                self.sprites.increment_address(self.now);
            }
            self.rendering_late = self.rendering;
            if self.busy {
                self.effects(bus);
            }
            if self.address != self.scroll.v & 0x3FFF {
                self.drive_address(bus, self.scroll.v);
            }
            if self.mask_due == self.now {
                self.apply_mask();
            }
            if self.draws() && self.dot <= BACKGROUND_END {
                self.choose_colour(self.palette.read(self.blank_index()));
            }
            if self.read_port | self.write_port != 0 {
                self.data_port_second_half(bus);
            }
            self.now += 1;
            if !self.busy {
                break;
            }
        }
        if self.active {
            self.sprites.commit_blank(first, self.dot);
        }
    }

    /// Whether nothing is rendered until `until`, only $2004 touches OAM and its address, and it need not be known when.
    pub(crate) fn may_fill_oam(&self, until: Dot) -> bool {
        let off = !self.rendering && !self.rendering_late && self.sprites.is_calm();
        let here = Self::position_of(self.line, self.dot);
        let there = here + (until - self.now);
        let idle = !self.active && there < Self::position_of(self.prerender, 0);
        let refresh = &self.revision.refresh;
        let still = there < Self::position_of(refresh.start, 0) || here >= Self::position_of(refresh.end, 0);
        !self.busy && (off || idle) && still && !self.sprites.may_decay()
    }

    /// Writes of $2004, 256 at most, of which the last one is now; [`Ppu::may_fill_oam`] was true at the first.
    pub(crate) fn fill_oam(&mut self, bytes: &[u8]) {
        let Some(&last) = bytes.last() else { return };
        self.forget_foreseen();
        self.sprites.fill_oam(bytes);
        self.drive_io_bus(last, 0xFF, self.now);
    }
}

/// Which of the eight dots of a tile changes A12 to that of its pattern's table: the first of all that send a nametable's
/// address, which is low, or the first that sends a pattern's.
fn first_of(table: u16) -> u64 {
    if table == 0 { 0 } else { 4 }
}
