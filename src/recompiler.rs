//! A look at a machine's recompiler: what it compiled, what it did, what was left to the interpreter.

mod entry_profile;
pub(crate) mod log;
mod text;

use crate::image::Image;
use crate::machine::Machine;
pub use entry_profile::{EntryProfile, EntryProfileError};
pub use log::JitLogError;
pub use ricojit_recompiler::{CompiledRegion, InterpretedCode, Key, Listing, Reason, Statistics, is_interpreted};

/// The recompiler of a machine; [`Machine::recompiler`] gives it.
#[derive(Clone, Copy, Debug)]
pub struct Recompiler<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) jit: &'a ricojit_recompiler::Jit,
}

impl Recompiler<'_> {
    /// What the recompiler did so far, in all machines that share its code: those with one
    /// [`CodeStore`](crate::CodeStore) and the same options of the JIT.
    pub fn statistics(&self) -> Statistics {
        self.jit.statistics()
    }

    /// The compiled regions. How much each was used is there only with
    /// [`JitOptions::profile`](crate::options::JitOptions::profile).
    pub fn regions(&self) -> Vec<CompiledRegion> {
        self.jit.regions()
    }

    /// What was interpreted and why; empty without [`JitOptions::profile`](crate::options::JitOptions::profile).
    pub fn interpreted(&self) -> Vec<InterpretedCode> {
        self.jit.interpreted_code()
    }

    /// How often each target of control transfers in PRG ROM was entered while it had no code. Idle loops are not
    /// counted, nor is a target that a frame or a pause ends at. Empty without
    /// [`JitOptions::count_entries`](crate::options::JitOptions::count_entries).
    pub fn entry_profile(&self) -> EntryProfile {
        EntryProfile::new(self.machine.cartridge(), self.jit.entry_counts())
    }

    /// A region as CLIF and as native code, with the guest instructions that each part is of; `None` if there is no such region.
    pub fn listing(&self, key: Key) -> Option<Listing> {
        self.jit.listing(key)
    }

    /// What the recompiler makes of the code at `pc` in the present mapping, as CLIF; `None` if it would make nothing.
    pub fn clif(&self, pc: u16) -> Option<String> {
        self.jit.clif(&self.machine.console, pc)
    }

    /// The order in which code was compiled, as text for [`CodeStore::replay`](crate::CodeStore::replay).
    pub fn log(&self) -> String {
        log::write(self.machine.cartridge(), self.machine.code().image(), &self.jit.log())
    }

    /// The native code there is now, that of an image it began with included.
    pub fn image(&self) -> Image {
        Image::new(self.machine.cartridge(), self.jit.image())
    }

    /// The native code there is, one region a line, in the format of the files `/tmp/perf-PID.map` that `perf` reads.
    pub fn perf_map(&self) -> String {
        let line = |region: CompiledRegion| {
            let CompiledRegion { key, address, bytes, .. } = region;
            format!("{address:x} {bytes:x} 6502:${:04X}@{:05X}\n", key.pc, key.offset)
        };
        self.regions().into_iter().map(line).collect()
    }
}
