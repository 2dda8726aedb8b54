//! Memory for code that is finished: one anonymous mapping, written once and then made executable.
//!
//! # Soundness
//!
//! - The mapping is private to this process and has no file behind it, so nothing else can change it. It is never
//!   writable and executable at once, and never writable again.
//! - Instruction fetch sees what was written. x86-64 keeps it coherent by itself. On AArch64 the pages become executable
//!   only after all writes, so that the kernel cleans the data cache when it maps them so; then the instruction cache is
//!   cleared, and every core that runs this process drops what it has fetched already. Only after that is there an
//!   address to call, and other threads get it through a release store. If a step fails, and on other architectures,
//!   the memory does not count as executable.
//! - The mapping does not move, and is unmapped when it is dropped.

use memmap2::{Mmap, MmapMut, MmapOptions};
use std::ops::Deref;
use std::sync::LazyLock;
#[cfg(target_arch = "aarch64")]
use wasmtime_internal_jit_icache_coherence::{clear_cache, pipeline_flush_mt};

/// Whether this host lets memory become executable, and can run code that was written as data.
static IS_EXECUTABLE: LazyLock<bool> =
    LazyLock::new(|| MmapMut::map_anon(1).is_ok_and(|page| page.make_exec().is_ok_and(|page| fetches_written(&page))));

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
        if !*IS_EXECUTABLE {
            return Self::not_executable(mapping);
        }
        let mapping = mapping.make_exec().ok()?;
        let is_executable = fetches_written(&mapping);
        Some(Self { mapping, is_executable })
    }

    /// As [`MappedCode::new`], of code that is not to be run here.
    pub(crate) fn not_executable(mapping: MmapMut) -> Option<Self> {
        Some(Self { mapping: mapping.make_read_only().ok()?, is_executable: false })
    }
}

/// Makes sure that instruction fetch sees what was written, on every core; `false` if that is impossible.
#[cfg(target_arch = "aarch64")]
fn fetches_written(code: &[u8]) -> bool {
    // SAFETY: the range is mapped, for as long as it is borrowed.
    unsafe { clear_cache(code.as_ptr().cast(), code.len()) }.is_ok() && pipeline_flush_mt().is_ok()
}

/// x86-64 has coherent caches; what others need is not known here.
#[cfg(not(target_arch = "aarch64"))]
fn fetches_written(_code: &[u8]) -> bool {
    cfg!(target_arch = "x86_64")
}

impl Deref for MappedCode {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.mapping
    }
}
