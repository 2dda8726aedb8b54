//! Dots in which nothing is rendered: those of lines that would fetch, if background and sprites are off, and from line 240
//! on those in which an access still acts.
//!
//! ```text
//! rendering off   v stands on the address bus; if it points into palette RAM it chooses the colour, else the backdrop
//! dot 257         what the search found last is the next line's sprite 0
//! dot 339         the units' counters are cleared
//! ```
//!
//! **Contract.** As of whole lines ([`super::line`]): what is left behind is what the dots one by one leave.

use super::line::{BACKGROUND_END, LINE_END};
use super::{Dot, NEVER, Ppu, VISIBLE_LINES, VideoBus, mask};

impl Ppu {
    /// Whether a line that would fetch does nothing because rendering is off, and has been.
    pub(super) fn is_blank(&self) -> bool {
        !self.is_port_busy()
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
    pub(super) fn commit_blank_lines(&mut self, stop: Dot) {
        loop {
            let left = stop - self.now;
            self.commit_blank(left.min(u64::from(LINE_END - self.dot)) as u16);
            if self.now == stop || self.line == VISIBLE_LINES - 1 || self.log.next() <= self.now {
                break;
            }
            self.turn_line();
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

    /// Whether nothing happens but what accesses left to do, for a dot or more.
    pub(super) fn is_settling(&self) -> bool {
        self.dot < LINE_END
            && match self.active {
                true => self.is_blank_but_for_access(),
                false => (self.line, self.dot) != (self.revision.vblank_line, 0),
            }
    }

    /// Such dots, until all is done or the line ends.
    pub(super) fn settle<V: VideoBus>(&mut self, bus: &mut V, target: Dot) {
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
            if self.is_port_busy() {
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
