//! Memory for code that is finished: one anonymous mapping, written once and then made executable.
//!
//! # Soundness
//!
//! - The mapping is private to this process and has no file behind it, so nothing else can change it. It is never
//!   writable and executable at once, and never writable again.
//! - Instruction fetch sees what was written: x86-64 keeps it coherent by itself. Other hosts need cache maintenance
//!   and a barrier on every core; until that is here, their memory does not become executable.
//! - The mapping does not move, and is unmapped when it is dropped.

use memmap2::{Mmap, MmapMut, MmapOptions};
use std::ops::Deref;
use std::sync::LazyLock;

/// Whether this host lets memory become executable, and code that was written as data can be run without further steps.
static IS_EXECUTABLE: LazyLock<bool> =
    LazyLock::new(|| cfg!(target_arch = "x86_64") && MmapMut::map_anon(1).is_ok_and(|page| page.make_exec().is_ok()));

/// Memory with code in it, executable where that is possible.
pub(crate) struct MappedCode {
    mapping: Mmap,
    pub(crate) is_executable: bool,
}

impl MappedCode {
    /// Memory to write code into; `None` if there is none.
    pub(crate) fn writable(length: usize) -> Option<MmapMut> {
        // All of it is written, and one call for all pages is faster than a fault for each: two thirds of the time in
        // which an image is read. Huge pages take a fifth of that.
        #[cfg(target_os = "linux")]
        {
            const HUGE_PAGE: usize = 2 << 20;
            if length >= HUGE_PAGE / 2 {
                let mapping = MmapOptions::new().len(length.next_multiple_of(HUGE_PAGE)).map_anon().ok()?;
                // Where this is refused, small pages come as they are written.
                let _ = mapping.advise(memmap2::Advice::HugePage);
                let _ = mapping.advise_range(memmap2::Advice::PopulateWrite, 0, length);
                return Some(mapping);
            }
        }
        MmapOptions::new().len(length.max(1)).populate().map_anon().ok()
    }

    /// Memory whose contents are complete; `None` if the system refuses.
    pub(crate) fn new(mapping: MmapMut) -> Option<Self> {
        let is_executable = *IS_EXECUTABLE;
        let mapping = if is_executable { mapping.make_exec() } else { mapping.make_read_only() };
        Some(Self { mapping: mapping.ok()?, is_executable })
    }
}

impl Deref for MappedCode {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.mapping
    }
}
