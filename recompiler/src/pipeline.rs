//! From a key to native code.
//!
//! ```text
//! key ── discover ──► region ── compile ──► artifact
//! ```
//!
//! What comes out depends on the key, the ROM, the options, and on which addresses have code already: a region ends
//! there. It depends neither on the machine that requests it nor on time.

use crate::artifact::Artifact;
use crate::compiler::Compiler;
use crate::key::Key;
use crate::listing::Listing;
use crate::options::Options;
use crate::region::Region;
use crate::rom::Rom;
use crate::target::Target;
use ricojit_interpreter::idle;
use std::collections::BTreeMap;

/// What became of a key.
pub(crate) enum Compiled {
    /// Native code.
    Code(Artifact),
    /// Its first instruction is for the interpreter.
    Nothing,
    /// Its region could not be compiled.
    Failed,
    /// Its region has this cost, for which compiling does not pay.
    TooLarge(u32),
}

/// Compiles keys of a ROM, one after the other.
pub(crate) struct Pipeline {
    rom: Rom,
    options: Options,
    pub(crate) compiler: Compiler,
    /// The region that was compiled last for each key, when profiling.
    regions: BTreeMap<Key, Region>,
}

impl Pipeline {
    /// `None` if there is no compiler for this host.
    pub(crate) fn new(rom: Rom, options: Options) -> Option<Self> {
        Some(Self { rom, options, compiler: Compiler::new(options, Target::Host)?, regions: BTreeMap::new() })
    }

    /// Compiles a key. `has_code` gives, by address and offset, whether there is code already; `pays`, whether to compile
    /// a region of this cost.
    pub(crate) fn compile(
        &mut self,
        key: Key,
        has_code: impl Fn(u16, u32) -> bool,
        pays: impl Fn(u32) -> bool,
    ) -> Compiled {
        let Some(region) = self.region(key, has_code) else { return Compiled::Nothing };
        let cost = region.cost();
        if !pays(cost) {
            return Compiled::TooLarge(cost);
        }
        let Some(artifact) = self.compiler.compile(key, &region) else { return Compiled::Failed };
        if self.options.profile {
            self.regions.insert(key, region);
        }
        Compiled::Code(artifact)
    }

    /// The text of a key's region; without a profile, of the one that would be compiled now. `None` if there is nothing
    /// to compile.
    pub(crate) fn listing(&mut self, key: Key, has_code: impl Fn(u16, u32) -> bool) -> Option<Listing> {
        let region = self.regions.get(&key).cloned().or_else(|| self.region(key, has_code))?;
        Some(self.compiler.listing(&region))
    }

    fn region(&self, key: Key, has_code: impl Fn(u16, u32) -> bool) -> Option<Region> {
        let rom = self.rom.bytes();
        let offset = |addr| self.rom.offset(key, addr);
        let byte = |addr| rom.get(offset(addr)? as usize).copied();
        let may_wait = |addr| self.options.idle_skip && idle::may_wait(addr, byte);
        let is_entry = |addr| offset(addr).is_some_and(|offset| has_code(addr, offset)) || may_wait(addr);
        Region::discover(key.pc, rom, offset, is_entry, |_| false, self.options.inline)
    }
}
