//! Native code that has no address yet.

use crate::key::Key;

/// The native code of one region. Its bytes are position-independent and need no relocation: everything is reached from
/// the context that the function gets.
///
/// The bytes are trusted: they are run as they are. Only the compiler makes them, in this process or in the one that
/// wrote an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub(crate) key: Key,
    /// Further addresses of its unit at which the function may be entered: it looks at PC in the context.
    pub(crate) entries: Vec<u16>,
    /// Guest instructions in the region.
    pub(crate) instructions: usize,
    /// The addresses of its instructions, when profiling: first and one past the last of each stretch.
    pub(crate) ranges: Vec<(u16, u16)>,
    /// The alignment of the bytes, a power of two.
    pub(crate) align: usize,
    /// The function.
    pub(crate) bytes: Vec<u8>,
}

impl Artifact {
    /// All that it is found by.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        self.key.and(&self.entries)
    }
}
