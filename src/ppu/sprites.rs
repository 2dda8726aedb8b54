//! Sprites: OAM, the search for the next line's eight, their fetches and the eight units that draw them.
//!
//! ```text
//! dots 1-64     secondary OAM is filled with $FF
//! dots 65-256   evaluation: odd dots read OAM, even dots write secondary OAM; the overflow search walks diagonally
//! dots 257-320  eight times: Y, tile, attributes, X from secondary OAM; two unused nametable fetches, two patterns
//! dots 321-340  the first byte of secondary OAM is read
//! ```
//! (<https://www.nesdev.org/wiki/PPU_sprite_evaluation>.) What the search reads passes through a buffer that $2004
//! shows. OAM is dynamic RAM of 32 rows, each of eight bytes and one of secondary OAM
//! (<https://www.nesdev.org/wiki/OAM_internals>). If rendering is on when the pre-render line begins, a 2C02 and a UA6538
//! copy the row that OAMADDR selects over the one that secondary OAM's address selects. That is the first row after a line
//! that was rendered to its end (<https://www.nesdev.org/wiki/PPU_registers#OAMADDR>), and any row if rendering was
//! switched off inside a line (AccuracyCoin, "OAM Corruption"). What a $2003 write does to OAM is not modelled.

mod commit;
mod decay;
mod tall;

use super::{Ppu, VideoBus, ctrl, span};
use crate::chips::PpuRevision;
use crate::clock::Dot;
use crate::state::{persist, persist_enum};
use commit::InRange;
pub(super) use commit::pattern_of;
pub(crate) use decay::Decay;

/// One byte in each of eight lanes.
const LANES: u64 = 0x0101_0101_0101_0101;
/// The top bit of each lane.
const TOPS: u64 = LANES << 7;

/// A pixel that a sprite unit wants to show.
pub(super) struct SpritePixel {
    pub(super) index: u8,
    pub(super) in_front: bool,
    pub(super) is_zero: bool,
}

/// What became of the switch-off of rendering in a line that fetches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Disturbance {
    #[default]
    None,
    /// $2001 was written; rendering is about to stop.
    Disabling,
    /// Rendering has stopped.
    Disabled,
}

#[derive(Clone, Debug)]
pub(super) struct Sprites {
    oam: [u8; 256],
    secondary: [u8; 32],
    /// OAMADDR, which is also the evaluation's pointer.
    address: u8,
    secondary_address: u8,
    /// What $2004 shows while rendering; it changes in the middle of a dot, and $2004 shows the first half.
    buffer: u8,
    next_buffer: u8,
    latch: u8,
    secondary_full: bool,
    found_ninth: bool,
    /// OAMADDR went past the end of OAM: nothing more is found in this line.
    wrapped: bool,
    /// Which byte of a sprite is evaluated.
    byte: u8,
    /// The first sprite evaluated was in range: it is "sprite 0", whatever its number.
    zero_next_line: bool,
    zero_in_line: bool,
    /// Row of the sprite's pattern: line minus Y. May be out of range.
    row: u16,

    /// The units: X counters, patterns and attributes. Lane n of the words is unit n.
    counters: u64,
    pattern_low: u64,
    pattern_high: u64,
    attributes: [u8; 8],

    disturbance: Disturbance,
    /// Rendering stopped in an odd dot of the evaluation.
    stopped_on_read: bool,
    /// Where secondary OAM's address stays if `corruption_pending`.
    corruption_row: u8,
    /// Rendering has stopped inside a line that fetches, and was not switched on in one.
    corruption_pending: bool,

    /// With OAM decay only.
    pub(super) decay: Option<Box<Decay>>,
    in_range: InRange,
}

impl Default for Sprites {
    fn default() -> Self {
        Self {
            oam: [0; 256],
            secondary: [0; 32],
            address: 0,
            secondary_address: 0,
            buffer: 0,
            next_buffer: 0,
            latch: 0,
            secondary_full: false,
            found_ninth: false,
            wrapped: false,
            byte: 0,
            zero_next_line: false,
            zero_in_line: false,
            row: 0,
            counters: 0,
            pattern_low: 0,
            pattern_high: 0,
            attributes: [0; 8],
            disturbance: Disturbance::None,
            stopped_on_read: false,
            corruption_row: 0,
            corruption_pending: false,
            decay: None,
            in_range: InRange::default(),
        }
    }
}

/// The top bit of each lane that is zero.
#[inline(always)]
fn zero_lanes(word: u64) -> u64 {
    !(((word & !TOPS) + !TOPS) | word) & TOPS
}

#[inline(always)]
fn set_lane(word: &mut u64, lane: u16, value: u8) {
    let shift = 8 * u32::from(lane);
    *word = (*word & !(0xFF << shift)) | u64::from(value) << shift;
}

impl Sprites {
    pub(super) fn read_oam(&self) -> u8 {
        self.oam[usize::from(self.address)]
    }

    /// OAM may have changed.
    pub(super) fn forget_in_range(&mut self) {
        self.in_range.forget();
    }

    /// A write of $2003 while rendering.
    pub(super) fn write_address(&mut self, value: u8) {
        self.address = value;
    }

    /// A write of $2004 while rendering: nothing is stored, and the address moves as the evaluation moves it.
    pub(super) fn skip_write(&mut self) {
        self.address = self.address.wrapping_add(4) & 0xFC;
    }

    /// A write of $2004 while nothing is rendered. The address stays.
    pub(super) fn write_oam(&mut self, value: u8) {
        // Bits 2-4 of the attributes do not exist.
        let value = if self.address & 3 == 2 { value & 0xE3 } else { value };
        self.oam[usize::from(self.address)] = value;
        self.in_range.forget();
    }

    /// Increments OAMADDR while nothing is rendered.
    #[inline]
    pub(super) fn increment_address(&mut self, now: Dot) {
        self.select(self.address.wrapping_add(1), now);
    }

    /// Increments OAMADDR so many times, without decay.
    #[inline]
    pub(super) fn advance_address(&mut self, by: u16) {
        self.address = self.address.wrapping_add(by as u8);
    }

    /// Writes of $2004 while nothing is rendered, 256 at most.
    pub(super) fn fill_oam(&mut self, bytes: &[u8]) {
        let (mut oam, start) = (self.oam, usize::from(self.address));
        let (to_the_end, wrapped) = bytes.split_at(bytes.len().min(oam.len() - start));
        oam[start..][..to_the_end.len()].copy_from_slice(to_the_end);
        oam[..wrapped.len()].copy_from_slice(wrapped);
        for at in (start..start + bytes.len()).skip(start.wrapping_neg().wrapping_add(2) & 3).step_by(4) {
            oam[at & 0xFF] &= 0xE3;
        }
        if oam != self.oam {
            self.oam = oam;
            self.in_range.forget();
        }
        self.address = self.address.wrapping_add(bytes.len() as u8);
    }

    /// Start of a dot: what $2004 shows if read in it.
    #[inline(always)]
    pub(super) fn latch_buffer(&mut self) {
        self.latch = self.buffer;
    }

    pub(super) fn latch(&self) -> u8 {
        self.latch
    }

    /// Second half of a dot.
    #[inline(always)]
    pub(super) fn commit_buffer(&mut self) {
        self.buffer = self.next_buffer;
    }

    /// The tile number that the unused nametable fetches are replaced by in dots 257-320.
    #[inline(always)]
    pub(super) fn fetching_tile(&self) -> u8 {
        self.secondary[usize::from(self.secondary_address & 0x1C) + 1]
    }

    /// Whether there is work although rendering is off.
    #[inline(always)]
    pub(super) fn is_disturbed(&self) -> bool {
        self.disturbance != Disturbance::None
    }

    /// Whether no switching of rendering is being followed.
    #[inline(always)]
    pub(super) fn is_calm(&self) -> bool {
        self.disturbance == Disturbance::None && !self.corruption_pending
    }

    /// Whether the next search will go through OAM as it does if rendering is not switched.
    #[inline(always)]
    pub(super) fn is_in_order(&self) -> bool {
        self.is_calm() && !self.stopped_on_read
    }

    /// Whether unit 0 has what the search found first.
    #[inline(always)]
    pub(super) fn is_zero_in_line(&self) -> bool {
        self.zero_in_line
    }

    /// $2001 was written so that rendering will stop.
    pub(super) fn rendering_disabling(&mut self) {
        self.disturbance = Disturbance::Disabling;
    }

    /// Rendering has stopped.
    pub(super) fn rendering_disabled(&mut self) {
        if !self.corruption_pending {
            self.disturbance = Disturbance::Disabled;
        }
    }

    /// Rendering starts again inside a line that fetches. On two of the four alignments of CPU and PPU no row is
    /// lost then (AccuracyCoin's author measured it; blargg's sprite_overflow 5 needs it).
    pub(super) fn rendering_enabled(&mut self) {
        self.corruption_pending = false;
    }

    /// The address of secondary OAM stays at a row, which will be lost.
    #[cold]
    fn mark_corruption(&mut self, row: u8) {
        self.disturbance = Disturbance::None;
        self.corruption_pending = true;
        self.corruption_row = row & 0x1F;
    }

    /// The row that secondary OAM's address selects.
    fn secondary_row(&self) -> u8 {
        if self.corruption_pending { self.corruption_row } else { self.secondary_address }
    }

    /// The pre-render line begins with rendering on. Until then OAMADDR has selected a row of OAM, now secondary OAM's
    /// address does: if that is another row, it gets what the first one holds.
    fn begin_rendering(&mut self, revision: &PpuRevision) {
        if self.rows_differ() && revision.corrupts_oam {
            self.copy_row(self.address / 8, self.secondary_row());
        }
        self.corruption_pending = false;
    }

    /// Whether OAMADDR is this.
    #[cfg(test)]
    pub(super) fn is_at(&self, address: u8) -> bool {
        self.address == address
    }

    /// Whether OAMADDR and secondary OAM's address select different rows.
    pub(super) fn rows_differ(&self) -> bool {
        self.address / 8 != self.secondary_row()
    }

    /// Copies a row of OAM to another: eight bytes, and one of secondary OAM.
    #[cold]
    fn copy_row(&mut self, from: u8, to: u8) {
        let (from, to) = (usize::from(from), usize::from(to));
        self.oam.copy_within(8 * from..8 * from + 8, 8 * to);
        self.secondary[to] = self.secondary[from];
        self.in_range.forget();
    }

    #[inline(always)]
    fn step_secondary(&mut self) {
        self.secondary_address = (self.secondary_address + 1) & 0x1F;
    }

    /// Dots 1-64 without any switching of rendering.
    #[inline(always)]
    fn calm_clear_dot(&mut self, dot: u16, prerender: bool) {
        if dot & 1 == 1 {
            self.clear_read(dot, prerender);
        } else {
            self.clear_write(prerender);
            self.step_secondary();
        }
    }

    /// Odd dots of 1-64.
    #[inline(always)]
    fn clear_read(&mut self, dot: u16, prerender: bool) {
        self.next_buffer = if prerender { self.secondary[usize::from(self.secondary_address)] } else { 0xFF };
        if dot == 1 {
            self.secondary_address = 0;
            self.secondary_full = false;
            self.byte = 0;
            self.wrapped = false;
        }
    }

    /// Even dots of 2-64.
    #[inline(always)]
    fn clear_write(&mut self, prerender: bool) {
        if !prerender {
            self.secondary[usize::from(self.secondary_address)] = self.buffer;
        }
    }

    /// Dots 0-64.
    fn clear_dot(&mut self, dot: u16, rendering: bool, prerender: bool) {
        if !rendering {
            if dot > 0 && self.is_disturbed() {
                self.mark_corruption(self.secondary_address);
            }
            return;
        }
        if dot & 1 == 1 {
            self.clear_read(dot, prerender);
            if self.is_disturbed() {
                self.mark_corruption(self.secondary_address);
            }
            return;
        }
        if dot > 0 {
            self.clear_write(prerender);
            if self.disturbance == Disturbance::Disabled {
                self.mark_corruption(self.secondary_address);
            }
        }
        self.step_secondary();
        if dot == 64 && self.disturbance == Disturbance::Disabling {
            self.mark_corruption(self.corruption_row);
        }
    }

    /// Odd dots of 65-256: OAM is read.
    #[inline(always)]
    fn read_dot(&mut self, prerender: bool) {
        self.next_buffer = self.oam[usize::from(self.address)];
        if self.disturbance == Disturbance::Disabling {
            if !prerender {
                self.address = self.address.wrapping_add(1);
            }
            self.stopped_on_read = true;
        }
    }

    /// Even dots of 66-256: what was read is tested and copied. Returns whether the overflow flag is set.
    #[inline(always)]
    fn evaluate_dot(&mut self, dot: u16, line: u16, height: u16, prerender: bool) -> bool {
        let mut overflow = false;
        let still = self.stopped_on_read || prerender;
        if self.wrapped {
            if !still {
                self.address = self.address.wrapping_add(4) & 0xFC;
            }
            self.next_buffer = self.secondary[usize::from(self.secondary_address)];
        } else {
            let before = self.address;
            if !self.secondary_full && !prerender {
                self.secondary[usize::from(self.secondary_address)] = self.buffer;
            }
            let shown = self.secondary[usize::from(self.secondary_address)];
            if self.byte == 0 {
                overflow = self.evaluate_y(dot, line, height, still, prerender);
            } else {
                self.evaluate_rest(line, height, still, prerender);
            }
            self.stopped_on_read = false;
            self.wrapped = self.address < before && self.address < 4;
            self.next_buffer = shown;
        }
        if self.disturbance == Disturbance::Disabling {
            self.stop_evaluation(dot, prerender);
        }
        overflow
    }

    /// Whether the byte in the buffer, taken as Y, puts a sprite on the next line.
    #[inline(always)]
    fn is_in_range(&self, line: u16, height: u16) -> bool {
        (line & 0xFF).wrapping_sub(u16::from(self.buffer)) < height
    }

    #[inline(always)]
    fn evaluate_y(&mut self, dot: u16, line: u16, height: u16, still: bool, prerender: bool) -> bool {
        self.row = (line & 0xFF).wrapping_sub(u16::from(self.buffer));
        let in_range = !self.found_ninth && !prerender && self.row < height;
        if dot == 66 && !self.secondary_full {
            self.zero_next_line = in_range;
        }
        if !in_range {
            if !still {
                self.address = if self.secondary_full && !self.found_ninth {
                    // The overflow search forgets to stop at the sprite's first byte.
                    let next = self.address.wrapping_add(1);
                    if self.address & 3 == 3 { next } else { next.wrapping_add(4) }
                } else {
                    self.address.wrapping_add(4) & 0xFC
                };
            }
            return false;
        }
        self.byte = 1;
        if self.secondary_full {
            self.found_ninth = true;
            self.address = self.address.wrapping_add(1);
            return true;
        }
        if !self.stopped_on_read {
            self.address = self.address.wrapping_add(1);
            self.step_secondary();
        }
        self.secondary_full = self.secondary_address == 0;
        false
    }

    #[inline(always)]
    fn evaluate_rest(&mut self, line: u16, height: u16, still: bool, prerender: bool) {
        if self.byte == 3 {
            // X is tested as if it were Y; the pointer realigns unless it "hits".
            let next = if self.is_in_range(line, height) {
                self.address.wrapping_add(if self.secondary_full { 4 } else { 1 })
            } else {
                self.address.wrapping_add(1) & 0xFC
            };
            if !still {
                self.address = next;
            }
        } else if !still {
            self.address = self.address.wrapping_add(1);
        }
        self.byte = (self.byte + 1) & 3;
        if !self.secondary_full && !prerender {
            self.step_secondary();
            self.secondary_full = self.secondary_address == 0;
        }
    }

    #[cold]
    fn stop_evaluation(&mut self, dot: u16, prerender: bool) {
        if self.secondary_address & 3 != 0 && !self.wrapped && !prerender {
            self.secondary_address = ((self.secondary_address & 0xFC) + 4) & 0x1F;
        }
        // At the last dot the address has already been taken away.
        let row = if dot == 256 { u8::from(!self.stopped_on_read) } else { self.secondary_address };
        self.mark_corruption(row);
    }

    /// The unit that shows something at this dot, the first in order.
    #[inline(always)]
    pub(super) fn pixel(&self) -> Option<SpritePixel> {
        let opaque = (self.pattern_low | self.pattern_high) & TOPS;
        if opaque == 0 {
            return None;
        }
        let showing = opaque & zero_lanes(self.counters);
        if showing == 0 {
            return None;
        }
        let top = showing.trailing_zeros();
        let unit = (top / 8) as usize;
        let attributes = self.attributes[unit];
        let colour = (self.pattern_high >> top & 1) << 1 | (self.pattern_low >> top & 1);
        Some(SpritePixel {
            index: 0x10 | (attributes & 3) << 2 | colour as u8,
            in_front: attributes & 0x20 == 0,
            is_zero: unit == 0 && self.zero_in_line,
        })
    }

    /// End of a visible dot: counters count down, units whose counter is 0 shift.
    #[inline(always)]
    pub(super) fn shift(&mut self, rendering: bool) {
        if self.pattern_low | self.pattern_high | self.counters == 0 {
            return;
        }
        let waiting = TOPS & !zero_lanes(self.counters);
        self.counters -= waiting >> 7;
        if rendering {
            let shifting = ((TOPS & !waiting) >> 7) * 0xFF;
            self.pattern_low = (self.pattern_low & !shifting) | ((self.pattern_low & !TOPS) << 1 & shifting);
            self.pattern_high = (self.pattern_high & !shifting) | ((self.pattern_high & !TOPS) << 1 & shifting);
        }
    }
}

persist_enum!(Disturbance { None = 0, Disabling = 1, Disabled = 2 });

persist!(Sprites {
    oam: bytes(),
    secondary: bytes(),
    address,
    secondary_address: within(0..=0x1F),
    buffer,
    next_buffer,
    latch,
    secondary_full,
    found_ninth,
    wrapped,
    byte: within(0..=3),
    zero_next_line,
    zero_in_line,
    row,
    counters,
    pattern_low,
    pattern_high,
    attributes: bytes(),
    disturbance,
    stopped_on_read,
    corruption_row: within(0..=0x1F),
    corruption_pending,
});

impl Ppu {
    /// The sprites' part of a dot of a line that fetches.
    #[inline(always)]
    pub(super) fn sprite_dot<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V) {
        let prerender = self.line == self.prerender;
        match SPAN {
            span::CLEAR => self.sprites.calm_clear_dot(self.dot, prerender),
            span::EVALUATION => self.evaluation_dot::<SPAN>(prerender),
            span::SPRITES => self.sprite_fetch_dot::<V, SPAN>(bus),
            span::PREFETCH | span::TAIL => self.sprites.next_buffer = self.sprites.secondary[0],
            _ => self.any_sprite_dot(bus, prerender),
        }
    }

    fn any_sprite_dot<V: VideoBus>(&mut self, bus: &mut V, prerender: bool) {
        if self.rendering && prerender && self.dot == 0 {
            self.sprites.begin_accesses(self.now);
            self.sprites.begin_rendering(self.revision);
        }
        match self.dot {
            0..=64 => self.sprites.clear_dot(self.dot, self.rendering, prerender),
            65..=256 => self.evaluation_dot::<{ span::ANY }>(prerender),
            257..=320 => self.sprite_fetch_dot::<V, { span::ANY }>(bus),
            _ => {
                if self.sprites.is_disturbed() {
                    self.sprites.mark_corruption(self.sprites.secondary_address);
                }
                if self.rendering {
                    self.sprites.next_buffer = self.sprites.secondary[0];
                } else if self.dot == 339 {
                    self.sprites.counters = 0;
                }
            }
        }
    }

    #[inline(always)]
    fn evaluation_dot<const SPAN: u8>(&mut self, prerender: bool) {
        let calm = SPAN != span::ANY;
        if self.dot == 65 && (calm || self.rendering) {
            self.sprites.secondary_address = 0;
            self.sprites.found_ninth = false;
        }
        if !calm && !self.rendering && self.sprites.disturbance != Disturbance::Disabling {
            return;
        }
        if self.dot & 1 == 1 {
            self.sprites.read_dot(prerender);
        } else if self.sprites.evaluate_dot(self.dot, self.line, self.sprite_height(), prerender)
            && self.overflow_from == crate::clock::NEVER
        {
            self.overflow_from = self.now + 2;
        }
    }

    #[inline(always)]
    pub(super) fn sprite_height(&self) -> u16 {
        if self.ctrl & ctrl::TALL_SPRITES != 0 { 16 } else { 8 }
    }

    /// Dots 257-320: one of the eight dots of a unit.
    #[inline(always)]
    fn sprite_fetch_dot<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V) {
        let calm = SPAN != span::ANY;
        if self.dot == 257 {
            self.sprites.zero_in_line = self.sprites.zero_next_line;
        }
        if calm || self.rendering {
            self.sprites.address = 0;
            if self.dot == 257 {
                self.sprites.secondary_address = 0;
                self.sprites.byte = 0;
            }
        }
        if !calm && self.sprites.disturbance == Disturbance::Disabled {
            self.sprites.mark_corruption(self.sprites.secondary_address);
        }
        if calm || self.rendering {
            self.fetch_sprite::<V, SPAN>(bus);
        }
    }

    #[inline(always)]
    fn fetch_sprite<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V) {
        let unit = (self.dot - 257) >> 3;
        let step = (self.dot - 257) & 7;
        let (ale, read) = self.bus_phase::<SPAN>();
        if read {
            self.latch = self.address as u8;
        }
        let value = self.sprites.buffer;
        if step != 7 {
            self.sprites.next_buffer = self.sprites.secondary[usize::from(self.sprites.secondary_address)];
        }
        match step {
            0 | 2 => self.fetch_dot::<V, SPAN>(bus, 0),
            1 => {
                self.sprites.row = (self.line & 0xFF).wrapping_sub(u16::from(value));
                self.fetch_dot::<V, SPAN>(bus, 1);
            }
            3 => {
                self.sprites.attributes[usize::from(unit)] = value;
                self.fetch_dot::<V, SPAN>(bus, 1);
            }
            4 => {
                set_lane(&mut self.sprites.counters, unit, value);
                self.point_at_sprite();
                self.send_address(bus, self.background.pattern_address(0));
            }
            5 => {
                self.point_at_sprite();
                let data = self.receive_sprite(bus, unit, 0);
                set_lane(&mut self.sprites.pattern_low, unit, data);
            }
            6 => {
                self.point_at_sprite();
                self.send_address(bus, self.background.pattern_address(1));
            }
            _ => {
                self.sprites.next_buffer = self.sprites.secondary[usize::from(self.sprites.secondary_address)];
                self.point_at_sprite();
                let data = self.receive_sprite(bus, unit, 1);
                set_lane(&mut self.sprites.pattern_high, unit, data);
            }
        }
        if matches!(step, 0 | 1 | 2 | 7) {
            self.sprites.step_secondary();
        }
        if ale && !read {
            self.latch = self.address as u8;
        }
    }

    /// A plane of the unit's pattern: mirrored if asked for, nothing if the slot is empty.
    #[inline(always)]
    fn receive_sprite<V: VideoBus>(&mut self, bus: &mut V, unit: u16, plane: u16) -> u8 {
        let data = self.receive_byte(bus, self.background.pattern_address(plane));
        if self.sprites.row >= self.sprite_height() {
            0
        } else if self.sprites.attributes[usize::from(unit)] & 0x40 != 0 {
            data.reverse_bits()
        } else {
            data
        }
    }

    #[inline(always)]
    fn point_at_sprite(&mut self) {
        let entry = usize::from(self.sprites.secondary_address & 0x1C);
        let flipped = self.sprites.secondary[entry + 2] & 0x80 != 0;
        let row = self.sprites.row ^ if flipped { 0x0F } else { 0 };
        if self.ctrl & ctrl::TALL_SPRITES == 0 {
            let table = u16::from(self.ctrl & ctrl::SPRITE_TABLE) << 9;
            self.background.point(0x0FF8, table, row & 7);
        } else {
            // Bit 0 of the tile is the table; the lower half is the next tile.
            let table = u16::from(self.sprites.secondary[entry + 1] & 1) << 12;
            self.background.point(0x0FE8, table, (row & 8) << 1 | row & 7);
        }
    }
}
