//! What changed: in the page tables by a board's write, and in VRAM by the PPU's.

use super::PPU_PAGE;

/// Changes are counted for each row of a nametable: 32 bytes.
pub(super) const ROW: usize = 32;

/// What moved in the page tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change(u8);

impl Change {
    /// Nothing.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self(0);
    /// What the CPU sees at $6000-$FFFF.
    pub(crate) const PRG: Self = Self(1);
    /// What the PPU sees at $0000-$1FFF.
    pub(crate) const CHR: Self = Self(2);
    /// What the PPU sees at $2000-$3EFF.
    pub(crate) const NAMETABLES: Self = Self(4);

    /// Whether any of `other` changed.
    #[inline]
    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// This, if so; otherwise nothing.
    #[inline]
    pub(super) const fn when(self, so: bool) -> Self {
        if so { self } else { Self(0) }
    }
}

impl std::ops::BitOr for Change {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// When each part of VRAM last changed, so that the PPU can reuse what it has drawn from it.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// The number of writes that changed a byte.
    count: u64,
    /// The value of `count` at the last change, for each row and for each page.
    pub(super) rows: Vec<u64>,
    pub(super) pages: Vec<u64>,
}

impl Changes {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { count: 0, rows: vec![0; bytes.div_ceil(ROW)], pages: vec![0; bytes.div_ceil(PPU_PAGE)] }
    }

    /// The number of writes that changed a byte.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Notes a change of the byte at `offset`.
    #[inline]
    pub(crate) fn mark(&mut self, offset: usize) {
        self.count += 1;
        for (at, marks) in [(offset / ROW, &mut self.rows), (offset / PPU_PAGE, &mut self.pages)] {
            if let Some(mark) = marks.get_mut(at) {
                *mark = self.count;
            }
        }
    }

    /// Notes that any byte may have changed.
    pub(crate) fn mark_all(&mut self) {
        self.count += 1;
        self.rows.fill(self.count);
        self.pages.fill(self.count);
    }

    /// The count at the last change of the 32 bytes at `offset`.
    #[inline]
    pub(crate) fn of_row(&self, offset: usize) -> u64 {
        self.rows.get(offset / ROW).copied().unwrap_or(0)
    }

    /// The count at the last change of the page at `offset`.
    #[inline]
    pub(crate) fn of_page(&self, offset: usize) -> u64 {
        self.pages.get(offset / PPU_PAGE).copied().unwrap_or(0)
    }
}
