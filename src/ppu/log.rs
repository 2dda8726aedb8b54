//! Writes of registers that the PPU has not come to yet.
//!
//! A write returns nothing. So it need not bring the PPU to its dot: it waits here, and the PPU meets it on its way. When
//! the PPU is asked for anything, it goes to that dot, and all writes before it are met. Until then it knows what is
//! written in the lines to come, and can do them at once ([`super::line`], [`super::part`]).
//!
//! ```text
//! soft, while a line is rendered         changes
//! $2000, the same tables and height      t
//!        the background's, dots 257-320  the next line's tiles
//! $2001, rendering stays on              pixels, two dots later
//! $2005                                  t, fine X: pixels
//! $2006                                  t; the second of two v, three dots later
//! anything else                          is not soft: what is fetched, evaluated or rendered
//! ```
//!
//! t is looked at when it is copied to v: in dots 258 and, in the pre-render line, 281-305, and by the second write of
//! $2006.
//!
//! **Contract.** Writes leave in the order in which they came, each when the PPU has done just the dots before it.

use super::line::{BACKGROUND_END, LINE_END, SPRITES_END};
use super::registers::LOAD;
use super::scroll::Scroll;
use super::{DOTS_PER_LINE, Dot, NEVER, Ppu, VideoBus, ctrl, mask};

/// The most that can wait.
const CAPACITY: usize = 256;

/// A write of a register.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Write {
    /// The dots that are done before it.
    pub(super) dot: Dot,
    pub(super) register: u8,
    pub(super) value: u8,
}

/// The writes that wait.
#[derive(Clone, Debug)]
pub(super) struct Log {
    writes: Box<[Write; CAPACITY]>,
    first: usize,
    end: usize,
    /// When the first one is to be met, or never.
    next: Dot,
    /// The last values that were written to $2000 and $2001, whether that is met or not.
    ctrl: u8,
    mask: u8,
}

impl Default for Log {
    fn default() -> Self {
        Self { writes: Box::new([Write::default(); _]), first: 0, end: 0, next: NEVER, ctrl: 0, mask: 0 }
    }
}

impl Log {
    /// Those that wait, in order.
    #[inline]
    fn waiting(&self) -> &[Write] {
        &self.writes[self.first..self.end]
    }

    /// Bytes of memory besides the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.writes)
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// When the next one is to be met, or never.
    #[inline]
    pub(super) fn next(&self) -> Dot {
        self.next
    }

    #[inline]
    fn last(&self) -> Option<Dot> {
        self.waiting().last().map(|write| write.dot)
    }

    /// Takes the next one out, if it is to be met by the time that these dots are done.
    #[inline]
    pub(super) fn take(&mut self, done: Dot) -> Option<Write> {
        if self.next > done {
            return None;
        }
        let write = self.writes[self.first];
        self.first += 1;
        if self.is_empty() {
            (self.first, self.end) = (0, 0);
        }
        self.next = self.waiting().first().map_or(NEVER, |write| write.dot);
        Some(write)
    }

    /// Notes what is in the registers.
    pub(super) fn note(&mut self, ctrl: u8, mask: u8) {
        (self.ctrl, self.mask) = (ctrl, mask);
    }

    /// Notes a write.
    #[inline]
    pub(super) fn note_write(&mut self, register: u16, value: u8) {
        match register {
            0 => self.ctrl = value,
            1 => self.mask = value,
            _ => {}
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.end == CAPACITY
    }

    #[inline]
    fn push(&mut self, write: Write) {
        if self.is_empty() {
            self.next = write.dot;
        }
        self.writes[self.end] = write;
        self.end += 1;
    }
}

/// The loads of v to come, in order.
pub(super) struct Loads {
    /// The writes that were looked at, what they make of t, and when v is loaded by them.
    seen: usize,
    scroll: Scroll,
    due: Dot,
}

impl Loads {
    /// The next one before `end`: the dots that are done before the one that loads v, and the new v.
    #[inline]
    pub(super) fn next(&mut self, log: &Log, end: Dot) -> Option<(Dot, u16)> {
        // A write in the moment before that dot still counts.
        while let Some(&Write { dot, register, value }) = log.waiting().get(self.seen)
            && dot <= self.due
            && dot < end
        {
            self.seen += 1;
            match register {
                0 => self.scroll.write_nametable(value),
                5 => self.scroll.write_scroll(value),
                6 if self.scroll.write_address(value) => self.due = dot + LOAD,
                _ => {}
            }
        }
        if self.due >= end {
            return None;
        }
        Some((std::mem::replace(&mut self.due, NEVER), self.scroll.t()))
    }
}

/// The bits of $2000 that change what is fetched.
const FETCHES: u8 = ctrl::SPRITE_TABLE | ctrl::BACKGROUND_TABLE | ctrl::TALL_SPRITES;

impl Ppu {
    /// Whether a write waits.
    #[inline]
    pub(crate) fn has_log(&self) -> bool {
        !self.log.is_empty()
    }

    /// A write of a register when `at` dots are done. If it can wait, it does; else the caller brings the PPU to it and
    /// calls [`Ppu::write`]. What waits does not move the NMI line, and leaves A12 alone if a board `counts` its rises up to
    /// an IRQ.
    #[inline]
    pub(crate) fn write_later(&mut self, register: u16, value: u8, at: Dot, counts: bool) -> bool {
        let register = register & 7;
        if !self.has_lines() || self.warming_up || self.log.is_full() || !self.may_wait(register, value, counts) {
            return false;
        }
        self.forget_foreseen();
        self.log.note_write(register, value);
        self.log.push(Write { dot: at, register: register as u8, value });
        true
    }

    #[inline]
    fn may_wait(&self, register: u16, value: u8, counts: bool) -> bool {
        match register {
            0 => (value ^ self.log.ctrl) & if counts { FETCHES | ctrl::NMI } else { ctrl::NMI } == 0,
            1 => !counts || (value & mask::RENDERING != 0) == (self.log.mask & mask::RENDERING != 0),
            2 | 5 => true,
            // A board sees v on the bus, and the fetches of tall sprites.
            _ => !counts,
        }
    }

    /// Goes to the last write that waits.
    #[inline]
    pub(super) fn meet_all<V: VideoBus>(&mut self, bus: &mut V) {
        if let Some(last) = self.log.last() {
            self.run_until(bus, last);
        }
    }

    /// Meets the writes whose moment has come.
    #[inline(always)] // in each piece of dots: two copies of the PPU keep it from being inlined by itself
    pub(super) fn meet_writes_here(&mut self) {
        while let Some(write) = self.log.take(self.now) {
            self.meet(write);
        }
    }

    /// Meets a write when just the dots before it are done.
    pub(super) fn meet(&mut self, Write { dot, register, value }: Write) {
        let moves_sprites = match register {
            0 => (value ^ self.ctrl) & FETCHES != 0,
            1 => (value & mask::RENDERING != 0) != self.rendering || self.mask_due != NEVER,
            3 | 4 => true,
            _ => false,
        };
        if moves_sprites {
            self.catch_up_sprites();
        }
        self.meet_write(register.into(), value, dot);
    }

    /// Whether a write changes nothing but t, fine X and pixels: of a line that is rendered, or of a `blank` one.
    #[inline]
    fn is_soft(&self, register: u8, value: u8, second: bool, blank: bool) -> bool {
        match register {
            0 => blank || (value ^ self.ctrl) & FETCHES == 0,
            1 => (value & mask::RENDERING == 0) == blank,
            2 | 5 => true,
            6 => !second,
            _ => false,
        }
    }

    /// How far a line can be committed: to `target`, to the next write that is not soft, or to the first one of a later
    /// line. In a visible line writes that load v are soft ([`Ppu::next_load`]), and while sprites are fetched those that
    /// select the background's table.
    #[inline]
    pub(super) fn next_stop(&self, target: Dot, blank: bool) -> Dot {
        let line_end = self.now + u64::from(DOTS_PER_LINE - self.dot);
        let tiles_end = self.now + u64::from(BACKGROUND_END.saturating_sub(self.dot));
        let sprites_end = self.now + u64::from(SPRITES_END.saturating_sub(self.dot));
        let mut second = self.scroll.second_write;
        let mut fetches = self.ctrl & FETCHES;
        for &Write { dot, register, value } in self.log.waiting() {
            if dot >= target {
                break;
            }
            let soft = if blank {
                self.is_soft(register, value, second, true)
            } else if self.line == self.prerender {
                false
            } else {
                match register {
                    0 => {
                        let changed = (value & FETCHES) ^ std::mem::replace(&mut fetches, value & FETCHES);
                        changed == 0 || changed == ctrl::BACKGROUND_TABLE && (tiles_end..=sprites_end).contains(&dot)
                    }
                    6 => true,
                    _ => self.is_soft(register, value, second, false),
                }
            };
            if dot >= line_end || !soft {
                return dot;
            }
            second ^= matches!(register, 5 | 6);
        }
        target
    }

    /// The dots of this line after which something chooses its pixels in another way, but for their tint: a write that
    /// waits, or one that PPUMASK has still to follow. Of those before `end` the first, or `end`. Writes are soft.
    #[inline]
    pub(super) fn next_view(&self, end: Dot) -> Dot {
        let chooses = |value: u8| (value ^ self.mask) & (mask::RENDERING | mask::LEFT) != 0;
        if self.mask_due < end && chooses(self.mask_value) {
            return self.mask_due;
        }
        let mut second = self.scroll.second_write;
        for write in self.log.waiting().iter().take_while(|write| write.dot < end) {
            match write.register {
                1 if chooses(write.value) => return end.min(write.dot + 1),
                5 if !second && write.value & 7 != self.scroll.fine_x => return write.dot,
                _ => {}
            }
            second ^= matches!(write.register, 5 | 6);
        }
        end
    }

    /// Whether PPUMASK changes before `end`. Writes are soft.
    #[inline]
    pub(super) fn changes_mask(&self, end: Dot) -> bool {
        let mut writes = self.log.waiting().iter().take_while(|write| write.dot < end);
        self.mask_due != NEVER && self.mask_value != self.mask
            || writes.any(|write| write.register == 1 && write.value != self.mask)
    }

    /// The loads of v to come.
    #[inline]
    pub(super) fn loads(&self) -> Loads {
        Loads { seen: 0, scroll: self.scroll.clone(), due: self.v_due }
    }

    /// When v is loaded next, before `end`, if it is.
    #[inline]
    pub(super) fn next_load(&self, end: Dot) -> Option<Dot> {
        if self.log.next().min(self.v_due) >= end {
            return None;
        }
        self.loads().next(&self.log, end).map(|(dot, _)| dot)
    }

    /// Whether all loads of v in the rest of this line are such that only the next line's tiles show them: sprites are
    /// fetched then, and a board that watches sees nothing.
    #[inline]
    pub(super) fn loads_wait_for_tiles<V: VideoBus>(&self, bus: &V) -> bool {
        let line_end = self.now + u64::from(LINE_END - self.dot);
        if self.log.next().min(self.v_due) >= line_end {
            return true;
        }
        let first = self.now + u64::from(BACKGROUND_END.saturating_sub(self.dot));
        let last = self.now + u64::from(SPRITES_END - self.dot);
        let mut loads = self.loads();
        while let Some((dot, v)) = loads.next(&self.log, line_end) {
            let shows = bus.is_watched() && v & 0x1000 != 0 || bus.watches_fetches();
            if !(first..=last).contains(&dot) || shows || self.line == self.prerender {
                return false;
            }
        }
        true
    }

    /// As [`Ppu::meet_soft_writes`], and loads v while sprites are fetched, which the units have done already.
    #[inline]
    pub(super) fn meet_writes_and_loads<V: VideoBus>(&mut self, bus: &mut V, end: Dot) {
        while self.log.next().min(self.v_due) < end {
            if self.v_due < self.log.next() {
                let load = std::mem::replace(&mut self.v_due, NEVER);
                self.scroll.load_v();
                self.cut_sprite(bus, self.dot + 1 + (load - self.now) as u16);
            } else {
                // One at a time: it may be what loads v.
                self.meet_soft_writes(self.log.next() + 1, |_, _| {});
            }
        }
        self.meet_soft_writes(end, |_, _| {});
    }

    /// Meets soft writes and follows PPUMASK up to the moment at which `end` dots are done, that one excluded. Calls
    /// `before` with the dot of the line that is done when something changes. The PPU may be behind or ahead of it.
    #[inline]
    pub(super) fn meet_soft_writes(&mut self, end: Dot, mut before: impl FnMut(&mut Self, u16)) {
        loop {
            let at = self.log.next().min(self.mask_due);
            if at >= end {
                break;
            }
            let dot = (u64::from(self.dot) + at - self.now) as u16;
            before(self, dot);
            match self.log.take(at) {
                Some(Write { register, value, .. }) => self.meet_write(register.into(), value, at),
                None => self.follow_mask(dot),
            }
        }
        self.update_busy();
    }
}
