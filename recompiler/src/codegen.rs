//! CLIF becomes code: the place where bytes become functions.
//!
//! # Soundness
//!
//! A pointer that [`Compiler::compile`] returns points to a finished function of the signature
//! `extern "C" fn(*mut Context) -> u64`, made by [`translate`] and checked by Cranelift. It stays valid until the
//! compiler is dropped, which frees all code at once; the [`Jit`](crate::Jit) that owns both the compiler and the table
//! of pointers is borrowed for as long as code runs.

use crate::jit::Options;
use crate::region::Region;
use crate::translate::{Mutant, translate};
use cranelift_codegen::Context as Compilation;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{Linkage, Module, default_libcall_names};

/// Address space for code; it is taken as it is needed.
const CODE_BYTES: usize = 64 << 20;

/// Compiles regions, one after the other.
pub(crate) struct Compiler {
    /// `None` only while it is being dropped.
    module: Option<JITModule>,
    compilation: Compilation,
    builder: FunctionBuilderContext,
    functions: usize,
    options: Options,
    pub(crate) mutant: Option<Mutant>,
}

impl Compiler {
    /// A compiler for this host; `None` if Cranelift does not know it or memory cannot be made executable.
    pub(crate) fn new(options: Options) -> Option<Self> {
        let mut flags = settings::builder();
        flags.set("opt_level", "speed").ok()?;
        flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }).ok()?;
        let isa = cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()?;
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.memory_provider(Box::new(ArenaMemoryProvider::new_with_size(CODE_BYTES).ok()?));
        let module = JITModule::new(builder);
        let compilation = module.make_context();
        Some(Self {
            module: Some(module),
            compilation,
            builder: FunctionBuilderContext::new(),
            functions: 0,
            options,
            mutant: None,
        })
    }

    /// Compiles a region. `None`: it is left to the interpreter.
    pub(crate) fn compile(&mut self, region: &Region) -> Option<*const u8> {
        let module = self.module.as_mut()?;
        translate(region, self.options, self.mutant, &mut self.compilation.func, &mut self.builder, module.isa());
        let name = format!("region{}", self.functions);
        self.functions += 1;
        let id = module.declare_function(&name, Linkage::Local, &self.compilation.func.signature).ok();
        let defined = id.filter(|&id| {
            module.define_function(id, &mut self.compilation).is_ok() && module.finalize_definitions().is_ok()
        });
        module.clear_context(&mut self.compilation);
        defined.map(|id| module.get_finalized_function(id))
    }

    /// The CLIF of a region, as text.
    pub(crate) fn clif(&mut self, region: &Region) -> String {
        let Some(module) = self.module.as_mut() else { return String::new() };
        translate(region, self.options, self.mutant, &mut self.compilation.func, &mut self.builder, module.isa());
        let text = self.compilation.func.display().to_string();
        module.clear_context(&mut self.compilation);
        text
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: whoever owns the compiler owns all pointers into its code and runs none of it any more.
            unsafe { module.free_memory() };
        }
    }
}
