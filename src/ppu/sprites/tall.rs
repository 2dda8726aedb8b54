//! 8x16 sprites: which pattern tables the units will fetch from in each line, for the board's [`forecast`](crate::forecast).

use super::Sprites;
use crate::forecast::TallFetches;

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
        self.tall_fetches(background).tables(line)
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
