//! Executable memory: where artifacts become functions.
//!
//! ```text
//! Artifact: bytes that can lie anywhere ─► CodeMemory::place ─► functions in Cranelift's memory, which grows (jit)
//! the functions of an image ──────────────────────────────────► one mapping, written once (mapped)
//! ```
//!
//! # Soundness
//!
//! [`CodeMemory`] is an unsafe trait: an implementation promises that each function it returns is readable and
//! executable, has the bytes of its artifact, is not written to any more, and stays there until the memory is dropped.
//! Whatever runs or reads functions holds the memory, through the generation that owns it.
#![allow(unsafe_code)]

#[cfg(feature = "compiler")]
pub(crate) mod jit;
pub(crate) mod mapped;

use crate::artifact::Artifact;

/// A function at its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) address: *const u8,
    pub(crate) bytes: usize,
}

/// There is no room for more code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Executable memory.
///
/// # Safety
///
/// See the head of this file.
pub(crate) unsafe trait CodeMemory: Send {
    /// Makes a function of each artifact, of all or of none.
    fn place(&mut self, artifacts: &[Artifact]) -> Result<Vec<Function>, Full>;

    /// Bytes taken, unused ends of pages included.
    fn used(&self) -> usize;
}
