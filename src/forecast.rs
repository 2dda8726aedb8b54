//! What the console tells a board about the PPU's fetches to come, so that a board that counts rises of A12 can predict
//! its IRQ. The PPU fills it in and the board reads it; neither knows the other.
//!
//! 8x16 sprites choose their own pattern tables. [`TallFetches`] says when A12 will rise in dots 257-340 of each line:
//!
//! ```text
//! dot     257  261     265  269        313  317     321  325
//! A12     low  unit 0  low  unit 1 ... low  unit 7  low  first tile of the next line
//! rise    bit 0        bit 1           bit 7        bit 8
//! ```
//! A rise counts if A12 was low for longer than the four dots of two nametable fetches. Before dot 257 A12 is as the
//! background's patterns leave it.
//!
//! **Contract.** A forecast holds until the next access to a register of the PPU or of the board. The console then asks
//! the board again, with a new forecast.

use crate::clock::{Region, VISIBLE_LINES};
use ricojit_interpreter::Cycle;

/// Where the PPU stands, and what it will fetch if no access intervenes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forecast<'a> {
    /// Lines per frame and dots per cycle.
    pub region: Region,
    /// The PPU's scanline in the present cycle; the last one is pre-render.
    pub scanline: u16,
    /// Its dot in that line.
    pub dot: u16,
    /// Background or sprites are on.
    pub rendering: bool,
    /// A register write has not taken effect yet, so that the address bus may soon move in another way.
    pub pending: bool,
    /// Background pattern table: $0000 or $1000.
    pub background_table: u16,
    /// Pattern table of 8x8 sprites: $0000 or $1000.
    pub sprite_table: u16,
    /// Sprites are 8x16: each picks its own pattern table.
    pub tall_sprites: bool,
    /// The tables that 8x16 sprites pick, if they are known; the PPU is then in a line that fetches.
    pub tall: Option<TallAhead<'a>>,
}

impl Forecast<'_> {
    /// The cycle that is so many dots after cycle `now`, or an earlier one.
    pub(crate) fn cycle_after(&self, now: Cycle, dots: u32) -> Cycle {
        let cycles = u64::from(dots) * self.region.ppu_divider() / self.region.cpu_divider();
        // One cycle less, because the position may be anywhere in the present one.
        now + cycles.saturating_sub(1).max(1)
    }
}

/// What is known of the fetches of 8x16 sprites to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TallAhead<'a> {
    /// Of this line, once its evaluation is over: bit n is the table of unit n.
    pub here: Option<u8>,
    /// Of the lines after it.
    pub lines: &'a TallFetches,
}

/// Dot of the rise of bit 0.
const FIRST_RISE: u16 = 261;

/// The rises of one line, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rises(u16);

impl Rises {
    /// Bit n of `tables` says that unit n's pattern is at $1000, `background` that the background's patterns are.
    pub(crate) fn new(tables: u8, background: bool) -> Self {
        let [tables, background] = [tables.into(), u16::from(background)];
        Self((tables | background << 8) & !(tables << 1 | background))
    }

    /// Those after `dot`, and the first pattern at $1000 after it in any case if A12 `may_be_long_low`.
    pub(crate) fn behind(tables: u8, background: bool, dot: u16, may_be_long_low: bool) -> Self {
        let gone = (dot + 8).saturating_sub(FIRST_RISE) / 8;
        let left = !((1 << gone.min(9)) - 1);
        let patterns = (u16::from(tables) | u16::from(background) << 8) & left;
        let first = if may_be_long_low { patterns & patterns.wrapping_neg() } else { 0 };
        Self(Self::new(tables, background).0 & left | first)
    }

    /// How many.
    pub(crate) fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The dot of the `nth` of them (`nth` > 0, and at most [`Rises::count`]).
    pub(crate) fn dot(self, nth: u32) -> u16 {
        let bits = (1..nth).fold(self.0, |bits, _| bits & bits.wrapping_sub(1));
        FIRST_RISE + 8 * bits.trailing_zeros().min(8) as u16
    }
}

/// The rises of all lines with a picture, if no access intervenes.
#[derive(Clone, Debug)]
pub(crate) struct TallFetches {
    tables: [u8; VISIBLE_LINES as usize],
    /// The number of rises before each line.
    before: [u16; VISIBLE_LINES as usize + 1],
    background: bool,
}

impl TallFetches {
    /// From the tables of each line's units and of the background, as in [`Rises::new`].
    pub(crate) fn new(tables: impl FnMut(u16) -> u8, background: bool) -> Self {
        let mut fetches = Self { tables: [0; _], before: [0; _], background };
        fetches.fill(tables, background);
        fetches
    }

    /// As [`TallFetches::new`], in place.
    pub(crate) fn fill(&mut self, mut tables: impl FnMut(u16) -> u8, background: bool) {
        self.background = background;
        for line in 0..VISIBLE_LINES {
            let at = usize::from(line);
            self.tables[at] = tables(line);
            self.before[at + 1] = self.before[at] + self.rises(line).count() as u16;
        }
    }

    /// The tables of one line's units.
    #[inline]
    pub(crate) fn tables(&self, line: u16) -> u8 {
        self.tables[usize::from(line)]
    }

    /// The rises of one line.
    pub(crate) fn rises(&self, line: u16) -> Rises {
        Rises::new(self.tables(line), self.background)
    }

    /// The line and dot of the `count`th rise from the beginning of `line` on, if the picture has so many.
    pub(crate) fn find(&self, line: u16, count: u32) -> Option<(u16, u16)> {
        let line = usize::from(line);
        let count = u32::from(self.before[line]) + count;
        let there = line + self.before[line + 1..].partition_point(|&before| u32::from(before) < count);
        let nth = count - u32::from(self.before[there.min(self.before.len() - 1)]);
        let line = there as u16;
        (line < VISIBLE_LINES).then(|| (line, self.rises(line).dot(nth)))
    }
}
