//! Where the interpreter stops for other engines: at marked targets of control transfers.
//!
//! ```text
//! target  $C123 ─► mark $123 ─► all ones: go on │ 0: stop
//! ```
//!
//! Addresses with the same low twelve bits share a mark, so a run can also stop where no stop was asked for.

use std::sync::atomic::{AtomicU8, Ordering};

const MARKS: usize = 0x1000;

/// Marks for targets. They can be set while machines run.
pub struct Stops {
    /// What [`Stops::mask`] extends: 0, or all ones.
    marks: [AtomicU8; MARKS],
}

/// Which targets end a run.
pub(crate) trait Stop: Copy {
    /// All ones, or 0 to stop at this target.
    fn mask(self, target: u16) -> u64;

    /// The same as marks.
    fn table(&self) -> &Stops;
}

/// No target does.
#[derive(Clone, Copy)]
pub(crate) struct Nowhere;

impl Stop for Nowhere {
    #[inline(always)]
    fn mask(self, _: u16) -> u64 {
        u64::MAX
    }

    fn table(&self) -> &Stops {
        &NOWHERE
    }
}

impl Stop for &Stops {
    #[inline(always)]
    fn mask(self, target: u16) -> u64 {
        self.marks[usize::from(target) % MARKS].load(Ordering::Relaxed).cast_signed() as i64 as u64
    }

    fn table(&self) -> &Stops {
        self
    }
}

/// At no target.
pub(crate) static NOWHERE: Stops = Stops::new();

/// At every target.
pub(crate) static EVERYWHERE: Stops = Stops { marks: [const { AtomicU8::new(0) }; MARKS] };

impl Stops {
    /// At no target yet.
    pub const fn new() -> Self {
        Self { marks: [const { AtomicU8::new(0xFF) }; MARKS] }
    }

    /// From now on at this target.
    pub fn add(&self, target: u16) {
        self.marks[usize::from(target) % MARKS].store(0, Ordering::Relaxed);
    }

    pub(crate) fn are_everywhere(&self) -> bool {
        std::ptr::eq(self, &raw const EVERYWHERE)
    }
}

impl Default for Stops {
    fn default() -> Self {
        Self::new()
    }
}
