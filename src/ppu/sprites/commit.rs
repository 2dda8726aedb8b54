//! What the sprites' part of a line leaves behind, without its dots one by one.

use super::{LANES, Ppu, Sprites, TOPS, VideoBus, set_lane};
use crate::clock::VISIBLE_LINES;
use crate::fetches::SPRITE_SLOTS;
use crate::forecast::TallFetches;
use crate::ppu::background::nametable_address;
use crate::ppu::row::Strip;
use std::ops::{Range, RangeInclusive};

/// The dot of an evaluation's first step.
const FIRST_STEP: u16 = 66;
/// And of its last.
const LAST_STEP: u16 = 256;
/// Even dots of 66-256: the steps of an evaluation.
const STEPS: u8 = 96;
/// Steps that a search of 64 sprites takes if it finds none; each that is found takes three more.
const SEARCH: u8 = 64;

/// Lines that a Y can begin in, and those below that a sprite reaches into.
const LINES: usize = 256 + 16;

/// Which sprites each line's search finds. Derived from OAM when it is asked for.
#[derive(Clone)]
pub(super) struct InRange {
    /// Bit n is sprite n.
    pub(super) lines: [u64; LINES],
    /// For each line the first one from there on whose search sets the overflow flag.
    overflow: [u8; VISIBLE_LINES as usize],
    /// The sprites' height it was made for; 0 when OAM has changed.
    pub(super) height: u16,
    /// Where their patterns are, if they are 8x16, and for which table of the background that was made.
    pub(super) tall: TallFetches,
    pub(super) tall_for: Option<bool>,
    /// How often OAM has changed.
    changes: u64,
}

impl std::fmt::Debug for InRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InRange").field("height", &self.height).finish_non_exhaustive()
    }
}

impl Default for InRange {
    fn default() -> Self {
        Self {
            lines: [0; LINES],
            overflow: [0; VISIBLE_LINES as usize],
            height: 0,
            tall: TallFetches::new(|_| 0xFF, false),
            tall_for: None,
            changes: 0,
        }
    }
}

impl InRange {
    #[inline]
    pub(super) fn forget(&mut self) {
        self.height = 0;
        self.tall_for = None;
        self.changes += 1;
    }

    #[cold]
    pub(super) fn fill(&mut self, oam: &[u8; 256], height: u16) {
        self.height = height;
        self.lines.fill(0);
        let mut crowd = [0; LINES];
        for (sprite, entry) in oam.chunks_exact(4).enumerate() {
            let first = usize::from(entry[0]);
            // In constant lengths, which are a few instructions.
            match height {
                8 => add_sprite::<8>(&mut self.lines, &mut crowd, first, sprite),
                _ => add_sprite::<16>(&mut self.lines, &mut crowd, first, sprite),
            }
        }
        self.find_overflows(&crowd, oam);
    }

    fn find_overflows(&mut self, crowd: &[u8; LINES], oam: &[u8; 256]) {
        let mut next = VISIBLE_LINES as u8;
        for (group, crowd) in crowd.as_chunks::<8>().0[..VISIBLE_LINES as usize / 8].iter().enumerate().rev() {
            let lines = 8 * group..8 * group + 8;
            // No line of the eight has eight sprites: all counts are below 128.
            if (u64::from_le_bytes(*crowd) + 120 * LANES) & TOPS != 0 {
                for line in lines.rev() {
                    if crowd[line % 8] >= 8 && overflows_after(self.lines[line], line as u16, oam, self.height) {
                        next = line as u8;
                    }
                    self.overflow[line] = next;
                }
            } else {
                self.overflow[lines].fill(next);
            }
        }
    }
}

#[inline]
fn add_sprite<const HEIGHT: usize>(lines: &mut [u64; LINES], crowd: &mut [u8; LINES], first: usize, sprite: usize) {
    for (line, crowd) in lines[first..first + HEIGHT].iter_mut().zip(&mut crowd[first..first + HEIGHT]) {
        *line |= 1 << sprite;
        *crowd += 1;
    }
}

/// Whether the search for a ninth sprite, which takes the wrong bytes for Y, finds one.
fn overflows_after(found: u64, line: u16, oam: &[u8; 256], height: u16) -> bool {
    let eighth = (0..7).fold(found, |rest, _| rest & (rest - 1)).trailing_zeros();
    (eighth as usize + 1..64).zip(0..).any(|(sprite, step)| {
        let y = oam[4 * sprite + step % 4];
        line.wrapping_sub(u16::from(y)) < height
    })
}

impl Sprites {
    /// The first line from a visible one on whose search, begun with sprite 0, sets the overflow flag; 240 if none does.
    #[inline]
    pub(in crate::ppu) fn next_overflow(&mut self, line: u16, height: u16) -> u16 {
        self.in_range(line, height);
        self.in_range.overflow[usize::from(line)].into()
    }

    /// The first line from a visible one on whose search finds sprite 0; 240 or more if none does.
    #[inline]
    pub(in crate::ppu) fn next_zero(&self, line: u16, height: u16) -> u16 {
        let first = u16::from(self.oam[0]);
        if line < first + height { first.max(line) } else { VISIBLE_LINES }
    }

    /// How often OAM has changed.
    pub(in crate::ppu) fn changes(&self) -> u64 {
        self.in_range.changes
    }

    /// The sprites that the search in a visible line finds, were there room for all.
    #[inline]
    pub(in crate::ppu) fn in_range(&mut self, line: u16, height: u16) -> u64 {
        if self.in_range.height != height {
            self.in_range.fill(&self.oam, height);
        }
        self.in_range.lines[usize::from(line)]
    }

    /// Whether a search that begins now begins with sprite 0.
    #[inline]
    pub(in crate::ppu) fn is_aligned(&self) -> bool {
        self.address == 0
    }

    /// The entry of OAM at `at`: Y, tile, attributes, X.
    #[inline]
    pub(in crate::ppu) fn entry(&self, at: usize) -> [u8; 4] {
        std::array::from_fn(|byte| self.oam[at + byte])
    }

    /// The entry of secondary OAM for a unit: Y, tile, attributes, X.
    #[inline]
    fn found(&self, unit: usize) -> [u8; 4] {
        std::array::from_fn(|byte| self.secondary[4 * unit + byte])
    }

    /// What the units will show in the line, of which the PPU is at dot 0.
    pub(in crate::ppu) fn units(&self) -> [Strip; 8] {
        let [x, low, high] = [self.counters, self.pattern_low, self.pattern_high].map(u64::to_le_bytes);
        let strip = |n| Strip { x: x[n], low: low[n], high: high[n], attributes: self.attributes[n] };
        std::array::from_fn(strip)
    }

    /// X and the opaque pixels of unit 0.
    pub(in crate::ppu) fn first_unit(&self) -> (u32, u8) {
        (self.counters as u32 & 0xFF, (self.pattern_low | self.pattern_high) as u8)
    }

    /// Which units' patterns are at $1000, if sprites are 8x16 and secondary OAM is filled: bit n is unit n.
    pub(in crate::ppu) fn tall_tables(&self) -> u8 {
        (0..8).fold(0, |tables, unit| tables | (self.secondary[4 * unit + 1] & 1) << unit)
    }

    /// Dots 1-256 of the pre-render line: OAM is read and nothing is found.
    fn commit_idle_evaluation(&mut self, line: u16) {
        self.begin_evaluation();
        self.zero_next_line = false;
        self.latch = self.oam[usize::from(self.address)];
        self.row = (line & 0xFF).wrapping_sub(u16::from(self.latch));
        self.next_buffer = self.secondary[0];
        self.commit_buffer();
    }

    /// Dots 1-256 of a visible line. Returns the dot that sets the overflow flag, if one does.
    fn commit_evaluation(&mut self, line: u16, height: u16) -> Option<u16> {
        self.begin_evaluation();
        self.secondary.fill(0xFF);
        let found = self.in_range(line, height);
        if !self.is_aligned() {
            return self.evaluate_dots(FIRST_STEP..=LAST_STEP, line, height, false);
        }
        self.zero_next_line = found & 1 != 0;
        let mut rest = found;
        let mut at = 0;
        while rest != 0 {
            let entry = 4 * rest.trailing_zeros() as usize;
            self.secondary[at..at + 4].copy_from_slice(&self.oam[entry..entry + 4]);
            rest &= rest - 1;
            at += 4;
            if at == self.secondary.len() {
                let done = self.fill_up(entry, line);
                return self.evaluate_dots(FIRST_STEP + 2 * done..=LAST_STEP, line, height, false);
            }
        }
        // The Y of a sprite that is not found stays until the next one's is written over it.
        let last = self.oam[252];
        if found >> 63 == 0 {
            self.secondary[at] = last;
        }
        self.row = (line & 0xFF).wrapping_sub(u16::from(last));
        self.secondary_address = at as u8;
        // Then OAMADDR goes on from 0, a sprite a step.
        self.wrapped = true;
        let idle = STEPS - SEARCH - 3 * (at as u8 / 4);
        self.address = 4 * idle;
        self.latch = self.oam[usize::from(self.address - 4)];
        self.next_buffer = self.secondary[at];
        self.commit_buffer();
        None
    }

    /// Dots 1-64, and the start of 65, but for the contents of secondary OAM.
    fn begin_evaluation(&mut self) {
        self.begin_clear();
        self.found_ninth = false;
    }

    /// Dots 1-64, but for the contents of secondary OAM.
    fn begin_clear(&mut self) {
        self.secondary_address = 0;
        self.secondary_full = false;
        self.byte = 0;
        self.wrapped = false;
    }

    /// As after the eighth sprite, at `entry` in OAM, was found. Returns how many steps that took.
    fn fill_up(&mut self, entry: usize, line: u16) -> u16 {
        self.row = (line & 0xFF).wrapping_sub(u16::from(self.oam[entry]));
        self.secondary_full = true;
        self.address = (entry as u8).wrapping_add(4);
        self.wrapped = self.address == 0;
        entry as u16 / 4 + 1 + 3 * 8
    }

    /// Steps, which are even dots. Returns the dot that would set the overflow flag, if one does.
    fn evaluate_dots(&mut self, steps: RangeInclusive<u16>, line: u16, height: u16, prerender: bool) -> Option<u16> {
        let mut overflow = None;
        let (mut dot, last) = steps.into_inner();
        let found = if prerender { 0 } else { self.in_range(line, height) };
        while dot <= last {
            if !prerender && dot != FIRST_STEP {
                dot += 2 * self.skip_steps((last - dot) / 2, found);
            }
            self.read_dot(prerender);
            self.commit_buffer();
            if self.evaluate_step(dot, line, height, prerender) && overflow.is_none() {
                overflow = Some(dot);
            }
            dot += 2;
        }
        overflow
    }

    /// An even dot of 66-256.
    fn evaluate_step(&mut self, dot: u16, line: u16, height: u16, prerender: bool) -> bool {
        self.latch_buffer();
        let overflow = self.evaluate_dot(dot, line, height, prerender);
        self.commit_buffer();
        overflow
    }

    /// Skips steps, `most` at most, of which the next one leaves nothing: those of sprites that the search does not find,
    /// and those after its end. Returns how many.
    fn skip_steps(&mut self, most: u16, found: u64) -> u16 {
        let sprite = self.address / 4;
        debug_assert!(self.is_calm());
        let skip = if self.address & 3 != 0 || self.stopped_on_read {
            0
        } else if self.wrapped {
            most
        } else if self.byte == 0 && !self.secondary_full {
            // Of those that are not found the last one has to be looked at.
            let missed = (found >> sprite).trailing_zeros().min(64 - u32::from(sprite));
            most.min(missed.saturating_sub(1) as u16)
        } else {
            0
        };
        self.address = self.address.wrapping_add((4 * skip) as u8);
        skip
    }

    /// Dots after `before` up to `last` of 1-256. Returns the dot that would set the overflow flag, if one does.
    pub(in crate::ppu) fn commit_search(
        &mut self,
        before: u16,
        last: u16,
        line: u16,
        height: u16,
        prerender: bool,
    ) -> Option<u16> {
        match (before, last) {
            (0, LAST_STEP) if self.stopped_on_read => self.commit_clear(before, 64, prerender),
            (0, LAST_STEP) if prerender => {
                self.commit_idle_evaluation(line);
                return None;
            }
            (0, LAST_STEP) => return self.commit_evaluation(line, height),
            (..64, _) => self.commit_clear(before, last.min(64), prerender),
            _ => {}
        }
        let mut dot = before.max(64);
        if dot >= last {
            return None;
        }
        if dot == 64 {
            self.secondary_address = 0;
            self.found_ninth = false;
        }
        let mut overflow = None;
        if dot % 2 == 1 {
            // The byte of this step was read before.
            dot += 1;
            overflow = self.evaluate_step(dot, line, height, prerender).then_some(dot);
        }
        let even = last & !1;
        if dot < even {
            let found = self.evaluate_dots(dot + 2..=even, line, height, prerender);
            overflow = overflow.or(found);
        }
        if even < last {
            self.latch_buffer();
            self.read_dot(prerender);
            self.commit_buffer();
        }
        overflow
    }

    /// Of dots 1-64.
    fn commit_clear(&mut self, before: u16, last: u16, prerender: bool) {
        if (before, last, prerender) == (0, 64, false) {
            self.begin_clear();
            self.secondary.fill(0xFF);
            self.next_buffer = 0xFF;
            self.commit_buffer();
            self.latch_buffer();
            return;
        }
        for dot in before + 1..=last {
            self.latch_buffer();
            self.calm_clear_dot(dot, prerender);
            self.commit_buffer();
        }
    }

    /// So many dots of counting and shifting.
    #[inline]
    pub(in crate::ppu) fn commit_shifts(&mut self, dots: u16) {
        // In a whole line, only a unit further right than 248 has something left.
        let nothing_left = self.pattern_low | self.pattern_high == 0 || self.counters & TOPS == 0;
        if dots == 256 && nothing_left {
            (self.counters, self.pattern_low, self.pattern_high) = (0, 0, 0);
            return;
        }
        let before = self.counters.to_le_bytes();
        let most = dots.min(0xFF) as u8;
        self.counters = u64::from_le_bytes(before.map(|count| count.saturating_sub(most)));
        let opaque = self.pattern_low | self.pattern_high;
        if opaque == 0 {
            return;
        }
        for (unit, count) in before.into_iter().enumerate() {
            let lane = 0xFF << (8 * unit);
            if u16::from(count) >= dots || opaque & lane == 0 {
                continue;
            }
            let shifts = dots - u16::from(count);
            for planes in [&mut self.pattern_low, &mut self.pattern_high] {
                let left = if shifts < 8 { (*planes & lane) << shifts & lane } else { 0 };
                *planes = *planes & !lane | left;
            }
        }
    }

    /// What only dot 257 does.
    #[inline]
    pub(in crate::ppu) fn begin_fetches(&mut self) {
        self.zero_in_line = self.zero_next_line;
        self.byte = 0;
    }

    /// Dots 321-340: the first byte of secondary OAM is read until the line ends.
    #[inline]
    pub(in crate::ppu) fn rest(&mut self) {
        self.buffer = self.secondary[0];
        self.next_buffer = self.buffer;
        self.latch = self.buffer;
    }

    /// Dot 0 of a visible line.
    #[inline]
    pub(in crate::ppu) fn commit_turn(&mut self) {
        self.latch = self.buffer;
        self.next_buffer = self.buffer;
        self.step_secondary();
    }

    /// Whole lines up to this one, of which the next one needs no more than whether it shows sprite 0.
    #[inline]
    pub(in crate::ppu) fn skip_lines(&mut self, last: u16, height: u16) {
        self.zero_next_line = self.next_zero(last, height) == last;
        self.zero_in_line = self.zero_next_line;
    }

    /// Dots after `before` up to `last` of a line in which rendering is off: units count down, but do not shift.
    pub(in crate::ppu) fn commit_blank(&mut self, before: u16, last: u16) {
        self.latch = self.buffer;
        let counted = last.min(256) - before.min(256);
        if counted > 0 && self.counters != 0 {
            let counted = counted.min(0xFF) as u8;
            self.counters = u64::from_le_bytes(self.counters.to_le_bytes().map(|count| count.saturating_sub(counted)));
        }
        if (before + 1..=last).contains(&257) {
            self.zero_in_line = self.zero_next_line;
        }
        if (before + 1..=last).contains(&339) {
            self.counters = 0;
        }
    }
}

impl Ppu {
    /// Dots 257-320 of some units, but for the buses.
    #[inline]
    pub(in crate::ppu) fn commit_sprite_fetches<V: VideoBus>(&mut self, bus: &mut V, units: Range<usize>) {
        let height = self.sprite_height();
        let sprites = &self.sprites;
        let [mut counters, mut low, mut high] =
            [sprites.counters, sprites.pattern_low, sprites.pattern_high].map(u64::to_le_bytes);
        for unit in units.clone() {
            let [y, _, attributes, x] = self.sprites.found(unit);
            counters[unit] = x;
            self.sprites.attributes[unit] = attributes;
            self.sprites.row = (self.line & 0xFF).wrapping_sub(u16::from(y));
            [low[unit], high[unit]] = [0; 2];
            if self.sprites.row >= height {
                continue;
            }
            let pattern = self.sprite_pattern(unit as u16);
            let planes = [pattern, pattern | 8].map(|addr| read_sprite(bus, addr));
            [low[unit], high[unit]] = if attributes & 0x40 != 0 { planes.map(u8::reverse_bits) } else { planes };
        }
        let sprites = &mut self.sprites;
        sprites.counters = u64::from_le_bytes(counters);
        sprites.pattern_low = u64::from_le_bytes(low);
        sprites.pattern_high = u64::from_le_bytes(high);
        sprites.address = 0;
        sprites.secondary_address = (4 * units.end as u8) & 0x1F;
    }

    /// v was loaded in a dot of 257-321, and so went out on the address bus. Where a unit reads its pattern just then, the
    /// latch takes the low byte.
    pub(in crate::ppu) fn cut_sprite<V: VideoBus>(&mut self, bus: &mut V, dot: u16) {
        let (unit, step) = ((dot - 257) / 8, (dot - 257) % 8);
        if unit == 8 || !matches!(step, 5 | 7) {
            return;
        }
        let [y, _, attributes, _] = self.sprites.found(unit.into());
        if (self.line & 0xFF).wrapping_sub(u16::from(y)) >= self.sprite_height() {
            return;
        }
        let data = read_sprite(bus, self.sprite_pattern(unit) & 0x3F00 | self.scroll.v & 0xFF);
        let data = if attributes & 0x40 != 0 { data.reverse_bits() } else { data };
        let planes = &mut self.sprites;
        set_lane(if step == 5 { &mut planes.pattern_low } else { &mut planes.pattern_high }, unit, data);
    }

    /// The lower plane of a unit's pattern in this line, whether the sprite is in range or not.
    #[inline]
    pub(in crate::ppu) fn sprite_pattern(&self, unit: u16) -> u16 {
        let [y, tile, attributes, _] = self.sprites.found(unit.into());
        let row = (self.line & 0xFF).wrapping_sub(u16::from(y)) ^ if attributes & 0x80 != 0 { 0x0F } else { 0 };
        pattern_of(tile, row, self.has_tall_sprites(), self.sprite_table())
    }

    /// As a unit's dots leave the buses and the registers that it shares with the background.
    pub(in crate::ppu) fn fetch_garbage<V: VideoBus>(&mut self, bus: &mut V, unit: u16) {
        let pattern = self.sprite_pattern(unit);
        let [.., x] = self.sprites.found(unit.into());
        let name = bus.read(nametable_address(self.scroll.v));
        self.background.load_sprite(name, pattern);
        self.latch = pattern as u8 | 8;
        self.address = (pattern & 0x3F00) | u16::from(read_sprite(bus, pattern | 8));
        self.sprites.next_buffer = x;
        self.sprites.commit_buffer();
        self.sprites.latch_buffer();
    }
}

/// A byte of patterns as sprites see them.
#[inline]
fn read_sprite<V: VideoBus>(bus: &V, addr: u16) -> u8 {
    bus.page(SPRITE_SLOTS + usize::from(addr >> 10))[usize::from(addr & 0x3FF)]
}

/// The lower plane of a row of a sprite.
#[inline]
pub(in crate::ppu) fn pattern_of(tile: u8, row: u16, tall: bool, table: u16) -> u16 {
    let tile = u16::from(tile);
    match tall {
        false => table | tile << 4 | row & 7,
        // Bit 0 of the tile is the table; the lower half is the next tile.
        true => (tile & 1) << 12 | (tile & 0xFE) << 4 | (row & 8) << 1 | row & 7,
    }
}
