//! $2002 foreseen: what its flags will be, as far as that is certain.
//!
//! ```text
//! vblank     from dot 1 of the vblank line to dot 1 of the pre-render line
//! sprite 0   in a line that shows it, if it meets the background; none can be in one that does not
//! overflow   in the lines whose searches find a ninth sprite
//! ```
//!
//! A program that waits for one of them reads $2002 every seven cycles or so. Each read would bring the PPU to it, and cut
//! the line in two.
//!
//! **Contract.** An answer is what the read would give. Writes that wait are met first. Whatever the flags depend on calls
//! [`Ppu::forget_foreseen`] when it changes.

use super::line::BACKGROUND_END;
use super::{DECAY_GROUPS, Dot, NEVER, Ppu, VISIBLE_LINES, VideoBus, mask};

impl Ppu {
    /// Whether the sprite-0 flag can still be set in this frame, as things are.
    pub(super) fn may_hit(&self) -> bool {
        self.zero_hit_from == NEVER && self.mask & mask::RENDERING == mask::RENDERING
    }

    /// Sprite 0 against the two tiles behind it, as the dots of the line find it: from when on the flag shows. The PPU is
    /// at dot 0.
    pub(super) fn find_sprite_zero_hit<V: VideoBus>(&self, bus: &mut V) -> Dot {
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
        self.catch_up_sprites();
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
                // What the background will be is certain if no board changes what is mapped.
                if self.dot != 0 || bus.watches_fetches() {
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
}
