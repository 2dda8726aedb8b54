//! OAM decay, an option: OAM is dynamic RAM of 32 rows, and a row that is not accessed for too long loses what it holds
//! (<https://www.nesdev.org/wiki/PPU_OAM#Dynamic_RAM_decay>, <https://www.nesdev.org/wiki/OAM_internals>).
//!
//! | rendering                  | rows that are accessed                              |
//! |----------------------------|-----------------------------------------------------|
//! | on, in a line that fetches | all: dots 1-64 fill secondary OAM, which is in them |
//! | off, or vertical blank     | in every dot the one that OAMADDR selects           |
//!
//! How long a row lasts depends on the chip and its temperature; [`PpuRevision::oam_lasts`] is one time for all rows. The
//! 2C07 moves OAMADDR through all rows in vertical blank, which is longer. A decayed cell has lost both of its halves, and
//! takes a value when it is read: at random, but mostly the same one in the same chip. Each cell has one such value here,
//! whatever it held.
//!
//! **Contract.** Nothing is done while time passes. A row decays when it is accessed after too long a time: when OAMADDR
//! comes to it, or when rendering begins. The row that OAMADDR selects is always fresh, and so is every row while a line
//! fetches.

use super::Sprites;
use crate::chips::PpuRevision;
use crate::clock::Dot;
use crate::state::persist;

const ROWS: usize = 32;

/// When rows were last accessed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decay {
    /// [`PpuRevision::oam_lasts`].
    lasts: Dot,
    /// All of them, because a line fetched.
    all: Dot,
    /// Each, because OAMADDR selected it.
    rows: [Dot; ROWS],
}

impl Decay {
    fn new(revision: &PpuRevision) -> Self {
        Self { lasts: revision.oam_lasts, ..Self::default() }
    }

    fn has_lost(&self, row: usize, now: Dot) -> bool {
        // A damaged state can have rows that were never accessed.
        now.saturating_sub(self.all.max(self.rows[row])) > self.lasts
    }
}

/// The value that a cell takes when it has decayed.
fn decayed(at: usize) -> u8 {
    // Any function that gives each cell its own, such as the middle of a product.
    let value = ((at as u32 + 1).wrapping_mul(0x9E37_79B9) >> 13) as u8;
    if at % 4 == 2 { value & 0xE3 } else { value }
}

impl Sprites {
    /// Whether rows decay. They were all accessed at power-on.
    pub(in crate::ppu) fn set_decay(&mut self, decay: bool, revision: &PpuRevision) {
        self.decay = decay.then(|| Box::new(Decay::new(revision)));
    }

    /// Whether it must be known when OAMADDR changes.
    #[inline]
    pub(in crate::ppu) fn may_decay(&self) -> bool {
        self.decay.is_some()
    }

    /// OAMADDR becomes `address`, in a dot in which no line fetches.
    #[inline]
    pub(in crate::ppu) fn select(&mut self, address: u8, now: Dot) {
        if self.decay.is_some() {
            self.access(usize::from(address / 8), now);
        }
        self.address = address;
    }

    /// OAMADDR leaves its row for another one.
    #[cold]
    fn access(&mut self, row: usize, now: Dot) {
        let last = usize::from(self.address / 8);
        let Some(decay) = self.decay.as_mut().filter(|_| row != last) else { return };
        decay.rows[last] = now;
        if decay.has_lost(row, now) {
            self.lose(row);
        }
    }

    /// From here on a line fetches: all rows are accessed.
    pub(in crate::ppu) fn begin_accesses(&mut self, now: Dot) {
        let Some(decay) = &self.decay else { return };
        let selected = usize::from(self.address / 8);
        let lost = (0..ROWS).filter(|&row| row != selected && decay.has_lost(row, now));
        for row in lost.collect::<Vec<_>>() {
            self.lose(row);
        }
    }

    /// From here on no line fetches.
    pub(in crate::ppu) fn end_accesses(&mut self, now: Dot) {
        if let Some(decay) = &mut self.decay {
            decay.all = now;
        }
    }

    /// Rows that hold what decayed rows hold.
    #[cfg(test)]
    pub(in crate::ppu) fn decayed_rows(&self) -> u64 {
        let is_decayed = |row: &usize| (8 * row..8 * row + 8).all(|at| self.oam[at] == decayed(at));
        (0..ROWS).filter(is_decayed).count() as u64
    }

    fn lose(&mut self, row: usize) {
        for at in 8 * row..8 * row + 8 {
            self.oam[at] = decayed(at);
        }
        self.secondary[row] = decayed(self.oam.len() + row);
        self.in_range.forget();
    }
}

persist!(Decay { all: until_dot(0), rows: each_until_dot(0) });
