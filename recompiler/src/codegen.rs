//! CLIF becomes code: the place where bytes become functions.
//!
//! ```text
//! region ──translate──► CLIF ──Cranelift──► Artifact: bytes that can lie anywhere
//!                                              │ CodeMemory::define, some at a time
//!                                              ▼
//!                                           functions
//! ```
//!
//! # Soundness
//!
//! A pointer that [`CodeMemory::define`] returns points to a finished function of the signature
//! `extern "C" fn(*mut Context) -> u64`, made by [`translate`] and checked by Cranelift. Its bytes need no relocation:
//! an artifact with one is refused. It stays valid until the memory is dropped, which frees all code at once; a
//! [`Generation`](crate::cache::Generation) owns both the memory and the table of pointers, and whoever runs code holds
//! the generation.
#![allow(unsafe_code)]

use crate::jit::Options;
use crate::region::Region;
use crate::translate::{Mutant, signature, translate};
use cranelift_codegen::Context as Compilation;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::Signature;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITMemoryProvider, JITModule, SystemMemoryProvider};
use cranelift_module::{Module, default_libcall_names};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Code memory is protected in pages of this size; what is defined together lies together.
const PROTECTION_PAGE: usize = 4096;

/// Instructions of a loop that is optimised: in larger regions most does not run often enough to pay for that.
const SMALL_LOOP: usize = 48;

/// How much Cranelift's optimiser does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Nothing: a third less to compile, and up to a tenth more to run.
    Little,
    /// All it can.
    Full,
}

/// The host that code is made for; `None` if Cranelift does not know it.
pub(crate) fn host(effort: Effort) -> Option<OwnedTargetIsa> {
    let mut flags = settings::builder();
    let level = match effort {
        Effort::Little => "none",
        Effort::Full => "speed",
    };
    flags.set("opt_level", level).ok()?;
    flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }).ok()?;
    cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()
}

/// Whether this host lets memory become executable.
pub(crate) fn is_memory_executable(isa: OwnedTargetIsa) -> bool {
    // This provider says no without a panic.
    let mut memory = CodeMemory::with_provider(isa, Box::new(SystemMemoryProvider::new()), usize::MAX);
    memory.define(&[Artifact { bytes: vec![0; 16], align: 16 }]).is_ok() // never run
}

/// A compiled region that has no place yet.
pub(crate) struct Artifact {
    bytes: Vec<u8>,
    align: u64,
}

impl Artifact {
    /// Bytes of code.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// A region as text, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Cranelift's input.
    pub clif: String,
    /// The instructions of the host; empty if it could not be compiled.
    pub native: String,
}

/// Compiles regions, one after the other.
pub(crate) struct Compiler {
    /// The same host, with full and with little effort.
    isa: OwnedTargetIsa,
    hasty_isa: OwnedTargetIsa,
    compilation: Compilation,
    builder: FunctionBuilderContext,
    options: Options,
    pub(crate) mutant: Option<Mutant>,
    /// Panics at the next region, to see that nothing else breaks.
    pub(crate) panics: bool,
}

impl Compiler {
    pub(crate) fn new(isa: OwnedTargetIsa, hasty_isa: OwnedTargetIsa, options: Options) -> Self {
        let (compilation, builder) = (Compilation::new(), FunctionBuilderContext::new());
        Self { isa, hasty_isa, compilation, builder, options, mutant: None, panics: false }
    }

    /// Compiles a region. `None`: it is left to the interpreter. A panic on the way is a region that cannot be compiled.
    pub(crate) fn compile(&mut self, region: &Region) -> Option<Artifact> {
        let artifact = catch_unwind(AssertUnwindSafe(|| {
            assert!(!std::mem::take(&mut self.panics), "a panic was asked for");
            self.translate(region);
            let isa = self.isa_for(region);
            self.compilation.compile(&*isa, &mut ControlPlane::default()).ok()?;
            let code = self.compilation.compiled_code()?;
            let align = u64::from(code.buffer.alignment);
            code.buffer.relocs().is_empty().then(|| Artifact { bytes: code.code_buffer().to_vec(), align })
        }));
        if artifact.is_err() {
            // What they hold now is anyone's guess.
            self.compilation = Compilation::new();
            self.builder = FunctionBuilderContext::new();
        }
        self.compilation.clear();
        artifact.ok().flatten()
    }

    /// A region as text.
    pub(crate) fn listing(&mut self, region: &Region) -> Listing {
        self.translate(region);
        let clif = self.compilation.func.display().to_string();
        self.compilation.set_disasm(true);
        let isa = self.isa_for(region);
        let compiled = self.compilation.compile(&*isa, &mut ControlPlane::default());
        let native = compiled.ok().and_then(|code| code.vcode.clone()).unwrap_or_default();
        self.compilation.clear();
        Listing { clif, native }
    }

    fn isa_for(&self, region: &Region) -> OwnedTargetIsa {
        let is_small_loop = region.loops && region.len() <= SMALL_LOOP;
        Arc::clone(if is_small_loop { &self.isa } else { &self.hasty_isa })
    }

    fn translate(&mut self, region: &Region) {
        translate(region, self.options, self.mutant, &mut self.compilation.func, &mut self.builder, &*self.isa);
    }
}

/// A place for code.
pub(crate) struct CodeMemory {
    /// `None` only while it is being dropped.
    module: Option<JITModule>,
    signature: Signature,
    limit: usize,
    used: usize,
}

/// A function in its place.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) code: *const u8,
    pub(crate) bytes: usize,
}

/// There is no room any more.
pub(crate) struct Full;

impl CodeMemory {
    /// Address space for `limit` bytes of code; memory is taken as it is needed. `None` if there is none to be had.
    pub(crate) fn new(isa: OwnedTargetIsa, limit: usize) -> Option<Self> {
        let arena = (limit > 0).then(|| ArenaMemoryProvider::new_with_size(limit).ok()).flatten()?;
        Some(Self::with_provider(isa, Box::new(arena), limit))
    }

    fn with_provider(isa: OwnedTargetIsa, provider: Box<dyn JITMemoryProvider + Send>, limit: usize) -> Self {
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.memory_provider(provider);
        let module = JITModule::new(builder);
        let signature = signature(module.isa().default_call_conv());
        Self { module: Some(module), signature, limit, used: 0 }
    }

    /// Bytes taken, unused ends of pages included.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Makes functions, all or none.
    pub(crate) fn define(&mut self, artifacts: &[Artifact]) -> Result<Vec<Function>, Full> {
        let module = self.module.as_mut().ok_or(Full)?;
        let bytes: usize = artifacts.iter().map(|a| a.bytes.len().next_multiple_of(a.align.max(32) as usize)).sum();
        let used = self.used + bytes.next_multiple_of(PROTECTION_PAGE);
        if used > self.limit {
            return Err(Full);
        }
        self.used = used;
        let mut define = || -> Option<Vec<Function>> {
            let mut ids = Vec::with_capacity(artifacts.len());
            for artifact in artifacts {
                let id = module.declare_anonymous_function(&self.signature).ok()?;
                module.define_function_bytes(id, artifact.align, &artifact.bytes, &[]).ok()?;
                ids.push(id);
            }
            module.finalize_definitions().ok()?;
            let function = |(id, artifact): (_, &Artifact)| Function {
                code: module.get_finalized_function(id),
                bytes: artifact.bytes.len(),
            };
            Some(ids.into_iter().zip(artifacts).map(function).collect())
        };
        // It panics when the system refuses to change a protection.
        catch_unwind(AssertUnwindSafe(&mut define)).ok().flatten().ok_or(Full)
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: whoever owns the memory owns all pointers into its code and runs none of it any more.
            unsafe { module.free_memory() };
        }
    }
}
