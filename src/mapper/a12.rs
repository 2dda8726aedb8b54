//! Boards that count rises of PPU A12: the filter, and the forecast of rises.
//!
//! A12 tells pattern table $1000 from everything else the PPU fetches. While it renders, each line fetches
//! (<https://www.nesdev.org/wiki/PPU_rendering>):
//!
//! ```text
//! dot   0        1..256           257..320           321..336         337..340
//!       pattern  32 x NT AT P P   8 x NT NT P P      2 x NT AT P P    NT NT
//!       idle     background       next line's        next line's      not used
//!                                 sprites            first tiles
//! ```
//!
//! Every fetch takes two dots, so within background or sprites of one table A12 is low for 4 dots at most between
//! two patterns. The filter lets a rise through after three falling edges of M2 (the end of each CPU cycle) with
//! A12 low, 9 dots or so, which leaves:
//!
//! | background | sprites | rises that count |
//! |------------|---------|------------------|
//! | $0000      | $1000   | one a line, at its first sprite pattern (dot 261) |
//! | $1000      | $0000   | one a line at dot 325; at the frame's start sometimes one more |
//! | $0000      | $0000   | none |
//! | $1000      | $1000   | the frame's first pattern |
//! | any        | 8x16    | up to four in 257..320, and as above |
//!
//! When the picture ends, at line 240, the bus shows `v`, whose bit 12 may be a rise too.

use crate::clock::{DOTS_PER_LINE, NEVER, Region};
use crate::forecast::{Forecast, Rises, TallAhead};
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// Falling edges of M2 that A12 must have been low for.
const FILTER: Cycle = 3;

/// A12 as a board sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct A12 {
    high: bool,
    low_since: Cycle,
}

impl A12 {
    /// The bus shows `addr` in cycle `at()`, which is asked for if A12 changes. Answers when that is a rise which counts.
    #[inline]
    pub(super) fn see(&mut self, addr: u16, at: impl FnOnce() -> Cycle) -> Option<Cycle> {
        let high = addr & 0x1000 != 0;
        if high == self.high {
            return None;
        }
        self.high = high;
        let at = at();
        if !high {
            self.low_since = at;
            return None;
        }
        (self.low_since + FILTER <= at).then_some(at)
    }

    /// A cycle that is not after the `count`-th rise from now that counts (`count` > 0).
    pub(super) fn next_rise(&self, count: u32, now: Cycle, forecast: &Forecast) -> Cycle {
        let f = forecast;
        if f.pending {
            return now + 1;
        }
        if !f.rendering {
            // Only an access can move the bus, and after it the console asks again.
            return NEVER;
        }
        let slots = Slots::of(f);
        if let Some(tall) = &f.tall
            && let Some(dots) = self.dots_to_tall(count, slots.rises, f, tall)
        {
            return f.cycle_after(now, dots);
        }
        let lines = f.region.scanlines();
        let position = u32::from((f.scanline + 1) % lines) * LINE + u32::from(f.dot);
        if slots.background && !self.high && position < SLOTS * LINE {
            // Low for longer than the pattern says, maybe, because rendering began in mid-line.
            return now + 1;
        }
        f.cycle_after(now, slots.dots_until(count, position, f.region))
    }

    /// Dots to the `count`th rise that counts in this picture, at the earliest, if it is known what is fetched. Of a line
    /// whose search is not over it is known that there are `most` at most.
    fn dots_to_tall(&self, count: u32, most: u32, f: &Forecast, tall: &TallAhead) -> Option<u32> {
        let prerender = f.scanline + 1 == f.region.scanlines();
        let here = u32::from(f.dot);
        let left = match tall.here {
            // Two of the background's patterns may be rises too: a frame's first, and that of line 0 if its dot 0 is left out.
            _ if f.background_table != 0 && (prerender || f.scanline == 0 && f.dot < 12) => return None,
            // Low for longer than the pattern says, maybe, because rendering began in mid-line.
            None if f.background_table != 0 && !self.high => return None,
            Some(_) if f.background_table != 0 && !self.high && f.dot >= 325 => return None,
            None if count <= most => return Some(256_u32.saturating_sub(here)),
            None => count - most,
            Some(tables) => {
                let rises = Rises::behind(tables, f.background_table != 0, f.dot, !self.high);
                if count <= rises.count() {
                    return Some(u32::from(rises.dot(count)) - here);
                }
                count - rises.count()
            }
        };
        let next = if prerender { 0 } else { f.scanline + 1 };
        let (lines, dot) = match tall.lines.find(next, left) {
            Some((line, dot)) => (line - next + 1, dot),
            // The end of the picture may be one.
            None => (240 - next + 1, 0),
        };
        // The first line of a picture may be a dot shorter.
        Some((u32::from(lines) * LINE + u32::from(dot)).saturating_sub(here + 1))
    }

    /// While A12 is high it does not matter when it was low.
    pub(super) fn canonicalize(&mut self) {
        if self.high {
            self.low_since = 0;
        }
    }
}

persist!(A12 { high, low_since: until(8) });

const LINE: u32 = DOTS_PER_LINE as u32;

/// Slots in a frame: pre-render, 240 lines of picture, and the moment in which the picture ends.
const SLOTS: u32 = 242;

/// The spans of a frame in which rises may count, in dots since the pre-render line began. There is one for each
/// line that fetches, around its sprite fetches, and one more where line 240 begins.
struct Slots {
    /// The most rises that count in one slot.
    rises: u32,
    /// Background patterns are at $1000: slots go on to the first tiles of the next line, and count from there.
    background: bool,
    /// No fetch is from $1000: only the last slot is left.
    silent: bool,
}

impl Slots {
    fn of(f: &Forecast) -> Self {
        let background = f.background_table != 0;
        let rises = match (f.tall_sprites, background) {
            (false, false) => 1,
            (false, true) => 2,
            (true, false) => 5,
            (true, true) => 7,
        };
        Self { rises, background, silent: !background && !f.tall_sprites && f.sprite_table == 0 }
    }

    /// First and last dot of a slot.
    fn span(&self, slot: u32) -> (u32, u32) {
        let line = slot * LINE;
        match (self.background, slot) {
            // From the line before, unless that is in vertical blank.
            (true, 0) => (0, 12),
            (true, _) => (line - LINE + 256, line + 12),
            (false, 241) => (line, line + 12),
            (false, _) => (line + 256, line + 322),
        }
    }

    /// Dots from `position` to the earliest time of the `count`-th rise.
    fn dots_until(&self, count: u32, position: u32, region: Region) -> u32 {
        let frame = u32::from(region.scanlines()) * LINE;
        let before = count - 1;
        // The slot we are in, or the next one.
        let mut slot = (position / LINE).min(SLOTS);
        while slot < SLOTS && self.span(slot).1 < position {
            slot += 1;
        }
        slot = match self.silent {
            true => (slot / SLOTS + before) * SLOTS + SLOTS - 1,
            false => slot + before / self.rises,
        };
        let (frames, slot) = (slot / SLOTS, slot % SLOTS);
        // Two rises that count are at least 9 dots apart: 3 cycles of 3 dots.
        let start = frames * frame + self.span(slot).0 + before % self.rises * 9;
        // Odd frames lose a dot behind the pre-render line.
        start.saturating_sub(position + frames + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::TallFetches;

    struct Random(u64);

    impl Random {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }
    }

    /// What the PPU does to its address bus, dot by dot, with its tables chosen once.
    struct Bus {
        forecast: Forecast<'static>,
        /// Of 8x16 sprites in each line, the pre-render line's last; if they are not known, any.
        tables: Option<[u8; 241]>,
        /// Bit 12 of `v` when the picture ends.
        v: u16,
        /// Whether dot 0 already shows the first pattern's address.
        early_pattern: bool,
        odd: bool,
        random: Random,
    }

    impl Bus {
        fn address(&mut self) -> Option<u16> {
            let Forecast { region, scanline, dot, background_table, sprite_table, tall_sprites, .. } = self.forecast;
            if scanline == 240 && dot == 1 {
                return Some(self.v);
            }
            if scanline >= 240 && scanline + 1 != region.scanlines() {
                return None;
            }
            match dot {
                0 => self.early_pattern.then_some(background_table),
                337.. => Some(0x2000),
                _ if (dot - 1) % 8 < 4 => Some(0x2000),
                257..=320 if tall_sprites && (dot - 1) % 8 == 4 => {
                    let table = match &self.tables {
                        Some(tables) => u16::from(tables[usize::from(scanline.min(240))] >> ((dot - 257) / 8) & 1),
                        None => self.random.below(2) as u16,
                    };
                    Some(table * 0x1000)
                }
                257..=320 if tall_sprites => None,
                257..=320 => Some(sprite_table),
                _ => Some(background_table),
            }
        }

        /// What the board is told.
        fn forecast<'a>(&self, lines: Option<&'a TallFetches>) -> Forecast<'a> {
            let f = self.forecast;
            let prerender = f.scanline + 1 == f.region.scanlines();
            let tall = match (lines, &self.tables) {
                (Some(lines), Some(tables)) if f.tall_sprites && (f.scanline < 240 || prerender) => {
                    let here = tables[usize::from(f.scanline.min(240))];
                    Some(TallAhead { here: (prerender || f.dot >= 256).then_some(here), lines })
                }
                _ => None,
            };
            Forecast { tall, ..f }
        }

        fn step(&mut self) {
            let f = &mut self.forecast;
            let pre_render = f.scanline + 1 == f.region.scanlines();
            let skip = f.region.ppu().skips_dot && pre_render && self.odd && f.dot == 339;
            f.dot += 1 + u16::from(skip);
            if f.dot >= DOTS_PER_LINE {
                f.dot = 0;
                f.scanline += 1;
                if pre_render {
                    f.scanline = 0;
                    self.odd = !self.odd;
                }
            }
        }
    }

    /// For every table choice: asks for many counts all along some frames, and compares with the rises that came.
    /// Then follows the protocol (ask again at the answer) and counts how often that asks.
    #[test]
    fn forecasts_are_never_late_and_ordinary_ones_are_good() {
        let mut random = Random(7);
        let mut judged = 0;
        for case in 0..192 {
            let pick = |bit: u32| if case >> bit & 1 != 0 { 0x1000 } else { 0 };
            let region = [Region::Ntsc, Region::Pal, Region::Dendy][case % 3];
            let scanline = random.below(u64::from(region.scanlines())) as u16;
            let forecast = Forecast {
                region,
                scanline,
                dot: random.below(341) as u16,
                rendering: true,
                pending: false,
                background_table: pick(0),
                sprite_table: pick(1),
                tall_sprites: pick(2) != 0,
                tall: None,
            };
            // Most lines are alike in most pictures.
            let tables: Option<[u8; 241]> = (pick(5) != 0)
                .then(|| std::array::from_fn(|_| random.below(256) as u8 | (random.below(3) as u8).wrapping_sub(1)));
            let lines = tables.map(|tables| TallFetches::new(|line| tables[usize::from(line)], pick(0) != 0));
            // What is known of sprites counts on it.
            let (v, early_pattern) = (pick(3), pick(4) != 0 || tables.is_some());
            let mut bus = Bus { forecast, tables, v, early_pattern, odd: false, random: Random(case as u64) };
            let mut a12 = A12 { high: random.below(2) != 0, low_since: 0 };
            let start = 3000 + random.below(15);
            let mut rises = vec![];
            // (rises before, count, answer)
            let mut answers = vec![];
            let mut asked_in = 0;
            for dot in start..start + 341 * 312 * 3 {
                let at = dot * region.ppu_divider() / region.cpu_divider();
                if let Some(addr) = bus.address()
                    && a12.see(addr, || at).is_some()
                {
                    rises.push(at);
                }
                let last_of_cycle = (dot + 1) * region.ppu_divider() / region.cpu_divider() != at;
                if last_of_cycle && at != asked_in && (dot < start + 12 || random.below(16) == 0) {
                    asked_in = at;
                    for count in [1, 2, 3, 9, 40, 256] {
                        let answer = a12.next_rise(count, at, &bus.forecast(lines.as_ref()));
                        assert!(answer > at);
                        answers.push((rises.len(), count, answer));
                    }
                }
                bus.step();
            }
            for (before, count, answer) in answers {
                if let Some(&rise) = rises.get(before + count as usize - 1) {
                    assert!(answer <= rise, "{forecast:?} {early_pattern}: rise {count} at {rise}, not {answer}");
                    judged += 1;
                }
            }
        }
        assert!(judged > 500_000, "{judged}");
    }

    #[test]
    fn an_ordinary_split_is_asked_for_a_few_times() {
        let mut f = Forecast {
            region: Region::Ntsc,
            scanline: 250,
            dot: 100,
            rendering: true,
            pending: false,
            background_table: 0,
            sprite_table: 0x1000,
            tall_sprites: false,
            tall: None,
        };
        let a12 = A12::default();
        let dots_to_pre_render = (261 - 250) * 341 - 100;
        // The rise of line 29 is the 31st; it comes at dot 261.
        let answer = a12.next_rise(31, 1000, &f);
        let truth = 1000 + (dots_to_pre_render + 30 * 341 + 261) / 3;
        assert!(answer <= truth && truth - answer < 5, "{answer} {truth}");
        // From there, one cycle at a time.
        (f.scanline, f.dot) = (29, 256);
        assert_eq!(a12.next_rise(1, 1000, &f), 1001);
        (f.scanline, f.dot) = (29, 323);
        assert!(a12.next_rise(1, 1000, &f) > 1000 + 85);
    }

    /// 8x16 sprites whose tables change from line to line: following the answers asks twice a line at most, and never
    /// in lines between.
    #[test]
    fn known_tall_sprites_are_asked_for_a_few_times() {
        let mut random = Random(11);
        for background_table in [0, 0x1000] {
            let tables: [u8; 241] = std::array::from_fn(|_| random.below(256) as u8);
            let lines = TallFetches::new(|line| tables[usize::from(line)], background_table != 0);
            let forecast = Forecast {
                region: Region::Ntsc,
                scanline: 20,
                dot: 12,
                rendering: true,
                pending: false,
                background_table,
                sprite_table: 0,
                tall_sprites: true,
                tall: None,
            };
            let random = Random(1);
            let mut bus = Bus { forecast, tables: Some(tables), v: 0, early_pattern: true, odd: false, random };
            let mut a12 = A12 { high: background_table != 0, low_since: 0 };
            let (mut left, mut answer, mut asked) = (200, 0, 0);
            for dot in 3000.. {
                let at = dot / 3;
                if bus.address().is_some_and(|addr| a12.see(addr, || at).is_some()) {
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                }
                if dot % 3 == 2 && at >= answer {
                    answer = a12.next_rise(left, at, &bus.forecast(Some(&lines)));
                    asked += 1;
                }
                bus.step();
            }
            assert!(asked <= 6, "{asked}");
        }
    }
}
