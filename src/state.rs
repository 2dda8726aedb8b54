//! One listing of every chip's state, for hashing now and for saving and loading later.
//!
//! A chip walks its own state in a fixed order: `fn state(&mut self, s: &mut impl Visitor)`. The visitor may read
//! each field (hash, save) or replace it (load): there is one list of fields, not three. What is derived (page
//! tables, deadlines, catch-up positions, caches) and what nobody can see later (pictures, synthesis buffers) is not
//! listed. Multi-byte values are little-endian.

use xxhash_rust::xxh3::Xxh3;

/// Walks over state, field by field.
pub trait Visitor {
    /// Visits raw bytes.
    fn bytes(&mut self, bytes: &mut [u8]);

    /// Visits one byte.
    fn u8(&mut self, value: &mut u8) {
        self.bytes(std::slice::from_mut(value));
    }

    /// Visits a flag, as 0 or 1.
    fn bool(&mut self, value: &mut bool) {
        let mut byte = [u8::from(*value)];
        self.bytes(&mut byte);
        *value = byte[0] != 0;
    }

    /// Visits two bytes.
    fn u16(&mut self, value: &mut u16) {
        let mut bytes = value.to_le_bytes();
        self.bytes(&mut bytes);
        *value = u16::from_le_bytes(bytes);
    }

    /// Visits four bytes.
    fn u32(&mut self, value: &mut u32) {
        let mut bytes = value.to_le_bytes();
        self.bytes(&mut bytes);
        *value = u32::from_le_bytes(bytes);
    }

    /// Visits eight bytes.
    fn u64(&mut self, value: &mut u64) {
        let mut bytes = value.to_le_bytes();
        self.bytes(&mut bytes);
        *value = u64::from_le_bytes(bytes);
    }
}

/// The visitor behind the state hash: XXH3-128 over everything visited.
#[derive(Clone, Default)]
pub(crate) struct StateHasher(Xxh3);

impl StateHasher {
    /// The hash of what was visited so far.
    pub(crate) fn digest(&self) -> u128 {
        self.0.digest128()
    }
}

impl Visitor for StateHasher {
    fn bytes(&mut self, bytes: &mut [u8]) {
        self.0.update(bytes);
    }
}
