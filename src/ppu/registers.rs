//! $2000-$2007 as the CPU meets them, and the I/O bus between.
//!
//! ```text
//!          write                        read                     a read drives
//! $2000    control                      -
//! $2001    mask                         -
//! $2002    -                            vblank, hit, overflow    bits 7-5
//! $2003    OAM address                  -
//! $2004    OAM                          OAM                      all
//! $2005    scroll, two writes           -
//! $2006    address, two writes          -
//! $2007    VRAM                         its buffer, or palette   all; of palette RAM bits 5-0
//! ```
//!
//! (<https://www.nesdev.org/wiki/PPU_registers>.) Every write drives all of the I/O bus. Bits that are not driven keep what
//! they had, and fade (<https://www.nesdev.org/wiki/Open_bus_behavior>).
//!
//! **Contract.** The caller has brought the PPU to the dot that [`offset`](super::offset) gives for the access. What
//! acts later is left behind as an effect with a due dot.

use super::log::Write;
use super::{DECAY_DOTS, DECAY_GROUPS, DOTS_PER_LINE, Dot, Ignored, Ppu, VISIBLE_LINES, data_port, mask, offset};

/// Dots between the second write of $2006 and the one in which v is loaded.
pub(super) const LOAD: Dot = 3;

impl Ppu {
    /// Reads a register; the PPU is at [`offset::END`] of the cycle, and `vblank` was taken at its start
    /// by [`Ppu::read_vblank`] if the register is $2002. `half_over` is the number of dots that are half over.
    pub(crate) fn read(&mut self, register: u16, vblank: bool, half_over: Dot) -> u8 {
        if matches!(register & 7, 2 | 4) {
            self.catch_up_sprites();
        }
        match register & 7 {
            2 if half_over == self.cleared => self.show_status(u8::from(vblank) << 7 | self.before_clear, self.now),
            2 => self.read_status(vblank, self.zero_hit_from, self.now, half_over),
            4 => {
                let value = if self.rendering && self.line < VISIBLE_LINES {
                    self.sprites.latch()
                } else {
                    self.sprites.read_oam()
                };
                self.drive_io_bus(value, 0xFF, self.now);
            }
            7 => {
                if self.address & 0x3F00 == 0x3F00 {
                    let value = self.tint.colour(self.palette.read(self.scroll.v as u8));
                    self.drive_io_bus(value, 0x3F, self.now);
                } else {
                    self.drive_io_bus(self.read_buffer, 0xFF, self.now);
                }
                self.read_port |= data_port::START;
                self.forget_foreseen();
                self.busy = true;
            }
            _ => {}
        }
        self.io_bus(self.now)
    }

    fn read_status(&mut self, vblank: bool, zero_hit_from: Dot, end: Dot, half_over: Dot) {
        self.show_status(self.flags(vblank, zero_hit_from, end, half_over), end);
    }

    fn show_status(&mut self, flags: u8, end: Dot) {
        self.scroll.second_write = false;
        self.drive_io_bus(flags, 0xE0, end);
    }

    /// What a $2002 read that ends at `end` shows, if [`Ppu::read_status_ahead`] has found out before.
    #[inline]
    pub(crate) fn read_status_foreseen(&mut self, end: Dot, half_over: Dot) -> Option<u8> {
        if end > self.quiet_until || end <= self.now {
            return None;
        }
        self.read_status(false, self.foreseen_hit, end, half_over);
        Some(self.io_bus)
    }

    /// The flags of $2002. Sprite 0's hit shows with the beginning of a dot. The overflow shows in the middle of one, and
    /// there both are cleared: on two of four alignments a read sees the hit a dot earlier, counted from the other events
    /// (AccuracyCoin, "$2002 flag timing"; blargg's sprite_hit 09-timing passes on these two).
    pub(super) fn flags(&self, vblank: bool, zero_hit_from: Dot, at: Dot, half_over: Dot) -> u8 {
        u8::from(vblank) << 7 | u8::from(zero_hit_from <= at) << 6 | u8::from(self.overflow_from <= half_over) << 5
    }

    /// The start of a $2002 read: samples the vblank flag and clears it, and loses one that is set in the next dot.
    pub(crate) fn read_vblank(&mut self) -> bool {
        let vblank = self.vblank;
        let line = self.nmi_line();
        self.vblank = false;
        self.nmi_line_changed(line, self.now);
        self.status_read = self.now;
        vblank
    }

    /// Writes a register. The PPU is at the moment of [`write_offset`].
    pub(crate) fn write(&mut self, register: u16, value: u8) {
        self.forget_foreseen();
        let register = register & 7;
        self.meet(Write { dot: self.now, register: register as u8, value });
        if !self.warming_up {
            self.log.note_write(register, value);
        }
    }

    /// What a write does when `at` dots are done. The PPU may be ahead of it if that makes no difference.
    pub(super) fn meet_write(&mut self, register: u16, value: u8, at: Dot) {
        // Every bit is driven: none has to fade first.
        self.io_bus = value;
        self.decay = [at + DECAY_DOTS; _];
        if self.warming_up && matches!(register, 0 | 1 | 5 | 6) {
            return self.ignore(register, value);
        }
        match register {
            0 => {
                self.set_ctrl(value);
                self.scroll.write_nametable(value);
            }
            1 => self.write_mask(value, at),
            3 if self.rendering && self.active => self.sprites.write_address(value),
            3 => self.sprites.select(value, self.now),
            4 if self.rendering && self.active => self.sprites.skip_write(),
            4 => {
                self.sprites.write_oam(value);
                // If the forced refresh increments the address in the same dot, both are one increment.
                if !self.refreshes_in(self.dot + 1) {
                    self.sprites.increment_address(self.now);
                }
            }
            5 => self.scroll.write_scroll(value),
            6 => self.write_address(value, at),
            7 => {
                self.write_value = value;
                self.write_port |= data_port::START;
                self.busy = true;
            }
            _ => {}
        }
    }

    /// Whether t is copied to v, in whole or in part, by the dot after `done`, or that cannot be told from here.
    pub(crate) fn may_copy_scroll_after(&self, done: Dot) -> bool {
        let there = Self::position_of(self.line, self.dot) + done.saturating_sub(self.now);
        let dot = (there % u64::from(DOTS_PER_LINE)) as u16;
        there >= Self::position_of(self.prerender, 0) || dot == 257
    }

    /// A write of $2000 begins: until the CPU's data has arrived, at [`offset::CONTROL`], t's nametable is that of the
    /// byte that was on the bus before. Where it is copied to v then, the next line begins in the wrong nametable
    /// (<https://www.nesdev.org/wiki/PPU_registers#PPUCTRL>, "bit 0 race condition").
    pub(crate) fn begin_control_write(&mut self, bus: u8) {
        if !self.warming_up {
            self.forget_foreseen();
            self.scroll.write_nametable(bus);
        }
    }

    /// Counts a write that is ignored, unless it would change nothing: the registers are 0 until then.
    #[cold]
    fn ignore(&mut self, register: u16, value: u8) {
        if value != 0 {
            let none = Ignored { registers: 0, writes: 0, first: self.now, frames: self.frames };
            let ignored = self.ignored.get_or_insert(none);
            ignored.registers |= 1 << register;
            ignored.writes += 1;
        }
    }

    fn write_address(&mut self, value: u8, at: Dot) {
        if self.scroll.write_address(value) {
            self.v_due = at + LOAD;
            self.busy = true;
        }
    }

    fn write_mask(&mut self, value: u8, at: Dot) {
        self.mask_due = at + 1;
        self.mask_value = value;
        self.busy = true;
        if self.rendering && value & mask::RENDERING == 0 && self.active {
            self.sprites.rendering_disabling();
        }
    }

    /// What reading a register would show, without its effects.
    pub(crate) fn peek(&self, register: u16) -> u8 {
        match register & 7 {
            2 => self.flags(self.vblank, self.zero_hit_from, self.now, self.now) | (self.io_bus & 0x1F),
            4 => self.sprites.read_oam(),
            7 => self.read_buffer,
            _ => self.io_bus,
        }
    }

    /// Palette RAM as $3F00-$3F1F shows it.
    pub(crate) fn peek_palette(&self, addr: u16) -> u8 {
        self.palette.read(addr as u8)
    }

    /// Drives the bits of `bits` on the I/O bus.
    pub(super) fn drive_io_bus(&mut self, value: u8, bits: u8, at: Dot) {
        self.fade(at);
        self.io_bus = (self.io_bus & !bits) | (value & bits);
        for (due, group) in self.decay.iter_mut().zip(DECAY_GROUPS) {
            if bits & group != 0 {
                *due = at + DECAY_DOTS;
            }
        }
    }

    fn io_bus(&mut self, at: Dot) -> u8 {
        self.fade(at);
        self.io_bus
    }

    /// Clears the I/O bus bits that were not driven for too long.
    pub(super) fn fade(&mut self, at: Dot) {
        for (due, group) in self.decay.iter_mut().zip(DECAY_GROUPS) {
            if *due <= at {
                self.io_bus &= !group;
                *due = 0;
            }
        }
    }
}

/// When inside its cycle a write of a register meets the PPU, in master clocks.
pub(crate) const fn write_offset(register: u16) -> u64 {
    match register & 7 {
        0 => offset::CONTROL,
        7 => offset::END,
        _ => offset::START,
    }
}
