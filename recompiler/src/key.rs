//! The identity of compiled code.

/// The pieces of a unit that are ROM or not, in bytes.
pub(crate) const CHUNK: usize = 512;

/// Bytes of the smallest unit of any board.
const SMALLEST_UNIT: u32 = 0x1000;

/// What compiled code is found by: the CPU address of its entry, and where in PRG ROM that lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The CPU address.
    pub pc: u16,
    /// The offset in PRG ROM.
    pub offset: u32,
    /// The unmapped chunks: bit n is set if the 512 bytes from n x 512 on, counted from the start of the entry's unit,
    /// are not the ROM around the entry.
    pub unmapped: u64,
}

impl Key {
    /// The key of another address in the same unit.
    #[must_use]
    pub fn at(&self, pc: u16) -> Self {
        let offset = self.offset.wrapping_add_signed(i32::from(pc) - i32::from(self.pc));
        Self { pc, offset, ..*self }
    }

    /// This key, and those of further addresses in the same unit.
    pub(crate) fn and(&self, pcs: &[u16]) -> impl Iterator<Item = Self> {
        std::iter::once(*self).chain(pcs.iter().map(|&pc| self.at(pc)))
    }

    /// Whether it can be a key of a ROM with `size` bytes: in ROM, and at the same place of 4 KiB in both spaces, since
    /// no board maps less. Otherwise its code would be found by machines at another address.
    pub fn is_in(&self, size: usize) -> bool {
        let is_aligned = (u32::from(self.pc) ^ self.offset).is_multiple_of(SMALLEST_UNIT);
        self.pc >= 0x8000 && (self.offset as usize) < size && is_aligned
    }
}
