//! A region becomes native code.
//!
//! ```text
//! region ── translate ──► CLIF ── Cranelift ──► Artifact
//! ```
//!
//! An artifact that needs a relocation is refused. After a panic the region counts as one that cannot be compiled.

use crate::artifact::Artifact;
use crate::key::Key;
use crate::listing::Listing;
use crate::options::Options;
use crate::region::Region;
use crate::sabotage::Sabotage;
use crate::target::Target;
use crate::translate::translate;
use cranelift_codegen::Context as Compilation;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable, OptLevel};
use cranelift_frontend::FunctionBuilderContext;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Most instructions of a region with a loop that is optimised: in larger regions most instructions do not run often
/// enough to pay for it.
const SMALL_LOOP: usize = 48;

/// The least alignment of a function: what processors fetch at a time, and that of a JIT module.
const FUNCTION_ALIGN: usize = 32;

/// Compiles regions, one after the other.
pub(crate) struct Compiler {
    /// The target, with all optimisations.
    isa: OwnedTargetIsa,
    /// The same, with no optimisation: a third less to compile, and up to a tenth more to run.
    fast_isa: OwnedTargetIsa,
    compilation: Compilation,
    builder: FunctionBuilderContext,
    options: Options,
    pub(crate) sabotage: Sabotage,
}

impl Compiler {
    /// `None` if the target is not part of this build.
    pub(crate) fn new(options: Options, target: Target) -> Option<Self> {
        let (isa, fast_isa) = (isa(target, OptLevel::Speed)?, isa(target, OptLevel::None)?);
        let (compilation, builder) = (Compilation::new(), FunctionBuilderContext::new());
        Some(Self { isa, fast_isa, compilation, builder, options, sabotage: Sabotage::default() })
    }

    /// What code is made for.
    pub(crate) fn isa(&self) -> &OwnedTargetIsa {
        &self.isa
    }

    /// Compiles the region of a key. `None`: it is left to the interpreter.
    pub(crate) fn compile(&mut self, key: Key, region: &Region) -> Option<Artifact> {
        let artifact = catch_unwind(AssertUnwindSafe(|| {
            self.sabotage.at_region();
            self.translate(region, false);
            let isa = self.isa_for(region);
            self.compilation.compile(&*isa, &mut ControlPlane::default()).ok()?;
            let code = self.compilation.compiled_code()?;
            let ranges = if self.options.profile { region.ranges() } else { Vec::new() };
            code.buffer.relocs().is_empty().then(|| Artifact {
                key,
                entries: region.further_entries.clone(),
                instructions: region.len(),
                ranges,
                align: (code.buffer.alignment as usize).max(FUNCTION_ALIGN),
                bytes: code.code_buffer().to_vec(),
            })
        }));
        if artifact.is_err() {
            // The panic may have left them in any state.
            self.compilation = Compilation::new();
            self.builder = FunctionBuilderContext::new();
        }
        self.compilation.clear();
        artifact.ok().flatten()
    }

    /// What a region becomes.
    pub(crate) fn listing(&mut self, region: &Region) -> Listing {
        self.translate(region, true);
        let mut listing = Listing::new(&self.compilation.func.display().to_string());
        let isa = self.isa_for(region);
        if let Ok(compiled) = self.compilation.compile(&*isa, &mut ControlPlane::default()) {
            compiled.code_buffer().clone_into(&mut listing.code);
            let places = compiled.buffer.get_srclocs_sorted().iter().filter(|place| !place.loc.is_default());
            listing.code_places = places.map(|place| (place.start..place.end, place.loc.bits() as u16)).collect();
        }
        self.compilation.clear();
        listing
    }

    fn isa_for(&self, region: &Region) -> OwnedTargetIsa {
        let is_small_loop = region.loops && region.len() <= SMALL_LOOP;
        Arc::clone(if is_small_loop { &self.isa } else { &self.fast_isa })
    }

    fn translate(&mut self, region: &Region, located: bool) {
        let (function, builder) = (&mut self.compilation.func, &mut self.builder);
        translate(region, self.options, located, self.sabotage, function, builder, &*self.isa);
    }
}

impl Target {
    /// Whether this build can compile for it.
    pub fn is_available(self) -> bool {
        isa(self, OptLevel::None).is_some()
    }
}

/// The baseline of a target, for so much optimisation; `None` if it is not part of this build. Code that also uses what
/// this host has beyond that is not faster, and an image of it would run nowhere else.
fn isa(target: Target, opt_level: OptLevel) -> Option<OwnedTargetIsa> {
    let mut builder = cranelift_native::builder_with_options(false).ok()?;
    if !target.is_host() {
        let mut triple = builder.triple().clone();
        triple.architecture = target.architecture().parse().ok()?;
        builder = isa::lookup(triple).ok()?;
    }
    let mut flags = settings::builder();
    flags.set("unwind_info", "false").ok()?;
    flags.set("opt_level", &opt_level.to_string()).ok()?;
    flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }).ok()?;
    builder.finish(settings::Flags::new(flags)).ok()
}
