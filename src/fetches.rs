//! Runs of fetches: what the PPU tells a board that watches them, where it does not do dots one by one. The PPU fills a
//! run in and the board reads it; neither knows the other.
//!
//! ```text
//! dots of a line   1-256                   257-320                  321-336         337-340
//! reads            32 x NT AT low high     8 x NT NT low high       2 x NT AT P P   NT NT
//! numbers          0-127                   128-159                  160-167         168, 169
//! ```
//! Each read takes two dots: the address goes out in the first, the byte comes in in the second.
//!
//! **Contract.** A run is whole tiles or whole sprite units, one after the other, in a visible line. Nothing moves v in it
//! but the step from tile to tile.

use crate::clock::Dot;

/// Reads of a tile, or of a unit.
pub(crate) const READS: u16 = 4;
/// The number of the first read of a unit.
pub(crate) const FIRST_UNIT: u16 = 128;
/// The number of the first read of the next line's tiles.
pub(crate) const NEXT_LINE: u16 = 160;

/// The first of eight page slots that hold patterns as sprite units see them. They differ from those of the background
/// on boards that tell both apart.
pub(crate) const SPRITE_SLOTS: usize = 16;

/// What a run's patterns are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Patterns {
    /// Tiles of the background: the table, $0000 or $1000.
    Background(u16),
    /// Sprite units: the lower plane of each one's.
    Sprites([u16; 8]),
    /// Sprite units, in lines that are done as wholes: it makes no difference which.
    Unseen,
}

/// Tiles or sprite units that are fetched one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// The dots done before it.
    pub(crate) start: Dot,
    /// The number of its first read.
    pub(crate) first: u16,
    /// Tiles or units.
    pub(crate) count: u16,
    /// Where v points. Units read nametables too, and use no byte of that.
    pub(crate) v: u16,
    pub(crate) patterns: Patterns,
}

impl Run {
    /// The nametable address of a tile of the background.
    #[inline]
    pub(crate) fn name_address(&self, tile: u16) -> u16 {
        0x2000 | right(self.v, tile) & 0x0FFF
    }

    /// The attribute address of a tile of the background.
    #[inline]
    pub(crate) fn attribute_address(&self, tile: u16) -> u16 {
        let v = right(self.v, tile);
        0x23C0 | v & 0x0C00 | v >> 4 & 0x38 | v >> 2 & 7
    }

    /// The lower plane of a tile or a unit. `name` reads a nametable.
    #[inline]
    pub(crate) fn pattern(&self, at: u16, name: impl FnOnce(u16) -> u8) -> u16 {
        match self.patterns {
            Patterns::Background(table) => table | u16::from(name(self.name_address(at))) << 4 | self.v >> 12 & 7,
            Patterns::Sprites(patterns) => patterns[usize::from(at & 7)],
            Patterns::Unseen => 0,
        }
    }

    /// The dot in which its `nth` read brings a byte, from 0 on.
    #[inline]
    pub(crate) fn dot_of_read(&self, nth: u16) -> Dot {
        self.start + 1 + 2 * u64::from(nth)
    }

    /// The dot in which its last read brings a byte.
    #[inline]
    pub(crate) fn last_dot(&self) -> Dot {
        self.dot_of_read(READS * self.count - 1)
    }
}

/// v after so many tiles to the right, 32 at most.
#[inline]
pub(crate) fn right(v: u16, tiles: u16) -> u16 {
    let x = (v & 0x001F) + tiles;
    (v & !0x001F) ^ (x << 5 & 0x0400) | x & 0x001F
}
