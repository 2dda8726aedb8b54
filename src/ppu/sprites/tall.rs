//! 8x16 sprites choose their own pattern tables: when A12 will rise in dots 257-340 of each line.
//!
//! ```text
//! dot     257  261     265  269        313  317     321  325
//! A12     low  unit 0  low  unit 1 ... low  unit 7  low  first tile of the next line
//! rise    bit 0        bit 1           bit 7        bit 8
//! ```
//! A rise counts as one if A12 was low for longer than the four dots of two nametable fetches. Before dot 257 it was as
//! the background's patterns leave it.

use super::Sprites;
use crate::ppu::VISIBLE_LINES;

/// Dot of the rise of bit 0.
const FIRST_RISE: u16 = 261;

/// The rises of one line, by bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rises(u16);

impl Rises {
    /// Bit n of `tables` says that unit n's pattern is at $1000; `background` that the background's are.
    pub(crate) fn new(tables: u8, background: bool) -> Self {
        let [tables, background] = [tables.into(), u16::from(background)];
        Self((tables | background << 8) & !(tables << 1 | background))
    }

    /// Those behind `dot`, and the first one behind it in any case if A12 `may_be_long_low`.
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

    /// The dot of the `nth` of them (`nth` > 0, and not more than there are).
    pub(crate) fn dot(self, nth: u32) -> u16 {
        let bits = (1..nth).fold(self.0, |bits, _| bits & bits.wrapping_sub(1));
        FIRST_RISE + 8 * bits.trailing_zeros().min(8) as u16
    }
}

/// The rises of all lines with a picture, if nobody interferes.
#[derive(Clone, Debug)]
pub(crate) struct TallFetches {
    tables: [u8; VISIBLE_LINES as usize],
    /// How many there are before each line.
    before: [u16; VISIBLE_LINES as usize + 1],
    background: bool,
}

impl TallFetches {
    /// Of the tables of each line's units, as in [`Rises::new`].
    pub(crate) fn new(tables: impl FnMut(u16) -> u8, background: bool) -> Self {
        let mut fetches = Self { tables: [0; _], before: [0; _], background };
        fetches.fill(tables, background);
        fetches
    }

    fn fill(&mut self, mut tables: impl FnMut(u16) -> u8, background: bool) {
        self.background = background;
        for line in 0..VISIBLE_LINES {
            let at = usize::from(line);
            self.tables[at] = tables(line);
            self.before[at + 1] = self.before[at] + self.rises(line).count() as u16;
        }
    }

    /// Those of one line.
    pub(crate) fn rises(&self, line: u16) -> Rises {
        Rises::new(self.tables[usize::from(line)], self.background)
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

/// What is known of the fetches to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TallAhead<'a> {
    /// Of this line, if its search is over: bit n tells the table of unit n.
    pub here: Option<u8>,
    /// Of the lines behind it.
    pub lines: &'a TallFetches,
}

impl Sprites {
    /// Whether the sprite fetches behind `dot` of a line that fetches will be of what secondary OAM holds, and all
    /// later searches begin with sprite 0.
    pub(in crate::ppu) fn fetches_in_order(&self, dot: u16) -> bool {
        // As the dots of a unit leave it; the first one sets it to 0 before.
        const STEPS: [u8; 8] = [1, 2, 3, 3, 3, 3, 3, 4];
        self.is_calm()
            && match dot {
                0..=256 => true,
                257..=319 => {
                    let (unit, step) = ((dot - 257) / 8, usize::from((dot - 257) % 8));
                    self.secondary_address == (4 * unit as u8 + STEPS[step]) & 0x1F
                }
                _ => self.is_aligned(),
            }
    }

    /// All lines' fetches. Sprites are 8x16.
    pub(in crate::ppu) fn tall_fetches(&mut self, background: bool) -> &TallFetches {
        if self.in_range.height != 16 {
            self.in_range.fill(&self.oam, 16);
        }
        if self.in_range.tall_for != Some(background) {
            self.in_range.tall_for = Some(background);
            let (lines, oam) = (&self.in_range.lines, &self.oam);
            self.in_range.tall.fill(|line| tables_of(lines[usize::from(line)], oam), background);
        }
        &self.in_range.tall
    }

    /// As [`Sprites::tall_tables`] will be when the search in a visible line is over, begun with sprite 0.
    #[inline]
    pub(in crate::ppu) fn tall_tables_after(&mut self, line: u16, background: bool) -> u8 {
        self.tall_fetches(background).tables[usize::from(line)]
    }
}

/// Which of the units that a search fills have patterns at $1000.
fn tables_of(mut found: u64, oam: &[u8; 256]) -> u8 {
    // An empty slot is full of ones.
    let mut tables = 0xFF;
    for unit in 0..8 {
        if found == 0 {
            break;
        }
        let tile = oam[4 * found.trailing_zeros() as usize + 1];
        tables ^= (!tile & 1) << unit;
        found &= found - 1;
    }
    tables
}
