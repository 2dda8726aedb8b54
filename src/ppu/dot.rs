//! One dot at a time: the exact path, which defines what all others have to leave behind.
//!
//! ```text
//! first half    v moves | position | effects of accesses | sprites | address of v | PPUMASK | background | picture
//! second half   shift registers, bytes that were fetched, OAM's buffer | $2007
//! ```
//!
//! **Contract.** [`Ppu::step`] does one dot. With a [`span`] it may leave out what calm dots of that span never do
//! ([`Ppu::is_calm`]); [`Ppu::run_calm`] chooses it.

use super::{DOTS_PER_LINE, Dot, NEVER, Path, Ppu, Tint, VISIBLE_LINES, VideoBus, ctrl, data_port, mask, span};

impl Ppu {
    /// Whether the rest of the line is plain rendering, with nothing left from an access.
    #[inline]
    pub(super) fn is_calm(&self) -> bool {
        self.active
            && !self.busy
            && self.rendering
            && self.rendering_late
            && self.dot < DOTS_PER_LINE - 1
            && self.sprites.is_calm()
    }

    /// Runs calm dots to the end of their part of the line or to `target`.
    pub(super) fn run_calm<V: VideoBus>(&mut self, bus: &mut V, target: Dot) {
        // From where the next tile or unit begins more is done at once.
        let end = ((self.dot | 7) + 1).min(DOTS_PER_LINE - 1);
        let dots = (target - self.now).min(u64::from(end - self.dot));
        let last = self.dot + dots as u16;
        while self.dot < last {
            match self.dot + 1 {
                1..=64 => self.run_span::<V, { span::CLEAR }>(bus, last.min(64)),
                65..=256 => self.run_span::<V, { span::EVALUATION }>(bus, last.min(256)),
                257..=320 => self.run_span::<V, { span::SPRITES }>(bus, last.min(320)),
                321..=336 => self.run_span::<V, { span::PREFETCH }>(bus, last.min(336)),
                _ => self.run_span::<V, { span::TAIL }>(bus, last),
            }
        }
    }

    #[inline(never)] // one loop for each span
    fn run_span<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V, last: u16) {
        while self.dot < last {
            self.step::<V, SPAN>(bus);
        }
    }

    /// One dot. The order of the parts is the order in which the chip's half-dots see each other. With a `SPAN` the
    /// dot is calm and lies in that span: what cannot happen there is left out when this is compiled.
    #[inline(always)]
    pub(super) fn step<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V) {
        let calm = SPAN != span::ANY;
        if !calm || SPAN == span::SPRITES {
            self.scroll_dot();
        }
        if calm && SPAN != span::CLEAR {
            self.dot += 1;
        } else {
            self.advance();
        }
        if !calm && !self.active && self.refreshes_in(self.dot) {
            self.sprites.increment_address(self.now);
        }
        self.rendering_late = calm || self.rendering;
        self.sprites.latch_buffer();
        if !calm && self.busy {
            self.effects(bus);
        }
        if calm || (self.active && (self.rendering || self.sprites.is_disturbed() || matches!(self.dot, 257 | 339))) {
            self.sprite_dot::<V, SPAN>(bus);
        }
        if !calm {
            if (!self.rendering || !self.active) && self.address != self.scroll.v & 0x3FFF {
                self.drive_address(bus, self.scroll.v);
            }
            if self.mask_due == self.now {
                self.apply_mask();
            }
        }
        if calm || self.active {
            if calm || self.rendering_late {
                self.background_dot::<V, SPAN>(bus);
            }
            self.picture_dot::<SPAN>();
        }
        self.second_half::<V, SPAN>(bus);
        self.now += 1;
    }

    /// What the end of the last dot does to v.
    #[inline(always)]
    fn scroll_dot(&mut self) {
        if self.rendering && self.active {
            match self.dot {
                256 => self.scroll.increment_y(),
                257 => self.scroll.copy_x(),
                280..=304 if self.line == self.prerender => self.scroll.copy_y(),
                _ => {}
            }
        }
    }

    /// A colour is chosen, and sprites move on. The colour of three dots ago leaves: at once, or when PPUMASK changes or the
    /// line ends.
    #[inline(always)]
    fn picture_dot<const SPAN: u8>(&mut self) {
        let choosing = match SPAN {
            span::CLEAR | span::EVALUATION => true,
            span::ANY => matches!(self.dot, 1..=256),
            _ => false,
        };
        let visible = self.line < VISIBLE_LINES;
        if choosing {
            if visible && (self.render || self.may_hit_sprite_zero()) {
                self.pixel();
            }
            self.sprites.shift(SPAN != span::ANY || self.rendering);
        }
        if SPAN == span::ANY && self.path == Path::EveryDot {
            self.show_picture();
        }
    }

    /// The second half of a dot: registers take over what the first half brought.
    #[inline(always)]
    fn second_half<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V) {
        let calm = SPAN != span::ANY;
        if calm || self.active {
            let shifting = match SPAN {
                span::CLEAR | span::EVALUATION | span::PREFETCH => true,
                span::TAIL => false,
                span::SPRITES => self.dot == 257,
                _ => self.rendering && matches!(self.dot, 1..=257 | 321..=336),
            };
            if shifting {
                self.background.shift();
            }
            if self.background.has_fetched() {
                let tile =
                    if matches!(self.dot, 256..=320) { self.sprites.fetching_tile() } else { self.address as u8 };
                if self.background.commit(tile, self.scroll.v) {
                    self.scroll.increment_x();
                }
            }
            if calm || self.rendering || self.rendering_late {
                self.sprites.commit_buffer();
            }
        }
        if !calm && self.is_port_busy() {
            self.data_port_second_half(bus);
        }
    }

    /// Moves to the next dot and does what happens there in every frame.
    #[inline(always)]
    fn advance(&mut self) {
        self.dot += 1;
        if self.dot >= DOTS_PER_LINE {
            self.dot = 0;
            self.next_line();
        } else if self.dot == 1 {
            if self.line == self.revision.vblank_line {
                if self.status_read != self.now {
                    self.set_vblank(true);
                }
            } else if self.line == self.prerender {
                self.begin_frame();
            }
        }
    }

    /// Dot 1 of the pre-render line.
    pub(super) fn begin_frame(&mut self) {
        self.set_vblank(false);
        self.before_clear = self.flags(false, self.zero_hit_from, self.now, self.now);
        self.cleared = self.now;
        self.zero_hit_from = NEVER;
        self.overflow_from = NEVER;
        self.warming_up = false;
    }

    #[cold]
    fn next_line(&mut self) {
        let skips_dot = self.will_skip_dot();
        self.end_row();
        self.line += 1;
        if self.line == VISIBLE_LINES {
            self.frames += 1;
            self.active = false;
            if self.rendering {
                self.sprites.end_accesses(self.now);
            }
        } else if self.line == self.prerender {
            self.odd_frame = !self.odd_frame;
            self.active = true;
        } else if self.line > self.prerender {
            self.line = 0;
            self.dot = u16::from(skips_dot);
        }
    }

    /// What earlier register accesses left to do in the first half of this dot.
    #[cold]
    pub(super) fn effects<V: VideoBus>(&mut self, bus: &mut V) {
        self.data_port_first_half(bus);
        if self.v_due == self.now {
            self.load_v(bus);
        }
        self.update_busy();
    }

    #[inline]
    pub(super) fn data_port_first_half<V: VideoBus>(&mut self, bus: &mut V) {
        self.read_port = (self.read_port << 1) & data_port::ALL;
        self.write_port = (self.write_port << 1) & data_port::ALL;
        if (self.read_port | self.write_port) & data_port::ADDRESS != 0 && !self.is_reading_dot() {
            self.drive_address(bus, self.scroll.v);
            self.latch = self.address as u8;
        }
    }

    /// v becomes t, and goes out on the address bus.
    #[inline]
    pub(super) fn load_v<V: VideoBus>(&mut self, bus: &mut V) {
        self.v_due = NEVER;
        self.scroll.load_v();
        self.drive_address(bus, self.scroll.v);
    }

    #[inline]
    pub(super) fn update_busy(&mut self) {
        self.busy = self.is_port_busy() || self.v_due != NEVER || self.mask_due != NEVER;
    }

    /// Whether the rendering pipeline reads in this dot (even dots) instead of sending an address (odd dots).
    #[inline]
    fn is_reading_dot(&self) -> bool {
        self.rendering && self.active && self.dot & 1 == 0
    }

    /// The ALE and RD pins in this dot, for the rendering pipeline: the data port can hold either down too.
    #[inline(always)]
    pub(super) fn bus_phase<const SPAN: u8>(&self) -> (bool, bool) {
        let read = self.dot & 1 == 0;
        if SPAN != span::ANY {
            return (!read, read);
        }
        let ports = self.read_port | self.write_port;
        (!read || ports & data_port::ADDRESS != 0, read || self.read_port & data_port::STEP != 0)
    }

    #[cold]
    pub(super) fn data_port_second_half<V: VideoBus>(&mut self, bus: &mut V) {
        let blank = !self.rendering || !self.active;
        if self.read_port & data_port::STEP != 0 {
            self.read_buffer = bus.fetch(self.hybrid_address(), self.now);
        }
        if (self.read_port | self.write_port) & data_port::STEP != 0 {
            if !blank {
                self.scroll.increment_y();
                self.scroll.increment_x();
            } else if self.ctrl & ctrl::INCREMENT_32 != 0 {
                self.scroll.advance(32);
            } else {
                self.scroll.advance(1);
            }
        }
        if self.write_port & data_port::WRITE != 0 {
            let addr = self.hybrid_address();
            if self.address & 0x3F00 == 0x3F00 {
                self.palette.write(self.address as u8, self.write_value);
            } else {
                bus.write(addr, self.write_value);
            }
        }
    }

    /// The address memory sees: the upper pins as they are now, the low byte as it was latched.
    #[inline]
    fn hybrid_address(&self) -> u16 {
        (self.address & 0x3F00) | u16::from(self.latch)
    }

    /// Puts an address on the bus.
    #[inline]
    pub(super) fn drive_address<V: VideoBus>(&mut self, bus: &mut V, addr: u16) {
        self.address = addr & 0x3FFF;
        if !self.rendering || !self.active {
            self.latch = self.address as u8;
        }
        bus.address(self.address, self.now);
    }

    #[cold]
    pub(super) fn apply_mask(&mut self) {
        let was_rendering = self.rendering;
        self.follow_mask(self.dot.saturating_sub(1));
        if was_rendering != self.rendering && self.active {
            if self.rendering {
                self.sprites.rendering_enabled();
                self.sprites.begin_accesses(self.now);
            } else {
                self.sprites.rendering_disabled();
                self.sprites.end_accesses(self.now);
            }
        }
    }

    /// PPUMASK is what was written to it, from the dot behind this one on.
    pub(super) fn follow_mask(&mut self, done: u16) {
        self.mask_due = NEVER;
        if self.draws() {
            self.tint_dots(done);
        }
        self.set_mask(self.mask_value);
    }

    pub(super) fn set_mask(&mut self, value: u8) {
        self.mask = value;
        self.tint = Tint::new(value, self.revision);
        self.rendering = value & mask::RENDERING != 0;
    }

    /// Chooses the colour of this dot.
    #[inline(always)]
    pub(super) fn pixel(&mut self) {
        let mut shown = self.mask;
        if self.dot <= 8 {
            // The left clipping bits are two below the bits they can take away.
            shown &= self.mask << 2;
        }
        let mut index = 0;
        if shown & mask::BACKGROUND != 0 {
            index = self.background.pixel(self.scroll.fine_x);
        }
        if shown & mask::SPRITES != 0
            && let Some(sprite) = self.sprites.pixel()
        {
            if sprite.is_zero && index != 0 && self.dot < 256 && self.mask & mask::BACKGROUND != 0 {
                self.hit_sprite_zero();
            }
            if index == 0 || sprite.in_front {
                index = sprite.index;
            }
        }
        if self.mask & mask::RENDERING == 0 {
            index = self.blank_index();
        }
        self.choose_colour(self.palette.read(index));
    }

    /// With rendering off, v chooses the colour when it points into palette RAM.
    #[inline]
    pub(super) fn blank_index(&self) -> u8 {
        if self.scroll.v & 0x3F00 == 0x3F00 { self.scroll.v as u8 & 0x1F } else { 0 }
    }

    /// Whether the flag can still be set by what is in this line.
    #[inline]
    pub(super) fn may_hit_sprite_zero(&self) -> bool {
        self.zero_hit_from == NEVER && self.sprites.is_zero_in_line()
    }

    #[inline]
    fn hit_sprite_zero(&mut self) {
        if self.zero_hit_from == NEVER {
            self.zero_hit_from = self.now + 3;
        }
    }
}
