//! Memory for code that is compiled while machines run: that of `cranelift-jit`.
//!
//! # Soundness
//!
//! The module keeps all functions until [`JITModule::free_memory`], which only dropping the memory calls. It changes
//! the protection of pages only before it has returned a function on them: what is placed together starts on a page of
//! its own.
#![allow(unsafe_code)]

use super::{CodeMemory, Full, Function};
use crate::artifact::Artifact;
use crate::translate::signature;
use cranelift_codegen::ir::Signature;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITMemoryProvider, JITModule, SystemMemoryProvider};
use cranelift_module::{Module, default_libcall_names};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Code memory is protected in pages of this size; what is placed together lies together.
const PROTECTION_PAGE: usize = 4096;

/// Executable memory of a JIT module.
pub(crate) struct JitMemory {
    /// `None` only while it is being dropped.
    module: Option<JITModule>,
    signature: Signature,
    limit: usize,
    used: usize,
}

impl JitMemory {
    /// Address space for `limit` bytes of code; memory is taken as it is needed. `None` if the system gives none.
    pub(crate) fn new(isa: OwnedTargetIsa, limit: usize) -> Option<Self> {
        let arena = (limit > 0).then(|| ArenaMemoryProvider::new_with_size(limit).ok()).flatten()?;
        Some(Self::with_provider(isa, Box::new(arena), limit))
    }

    /// Whether this host lets memory become executable.
    pub(crate) fn is_available(isa: OwnedTargetIsa) -> bool {
        // Unlike the arena, this provider reports a failure without a panic.
        let mut memory = Self::with_provider(isa, Box::new(SystemMemoryProvider::new()), usize::MAX);
        memory.define(&[(&[0; 16], 16)]).is_some() // never run
    }

    fn with_provider(isa: OwnedTargetIsa, provider: Box<dyn JITMemoryProvider + Send>, limit: usize) -> Self {
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.memory_provider(provider);
        let module = JITModule::new(builder);
        let signature = signature(module.isa().default_call_conv());
        Self { module: Some(module), signature, limit, used: 0 }
    }

    /// Functions of these bytes and alignments; `None` if the system refuses.
    fn define(&mut self, functions: &[(&[u8], usize)]) -> Option<Vec<Function>> {
        let module = self.module.as_mut()?;
        let define = || {
            let mut ids = Vec::with_capacity(functions.len());
            for &(bytes, align) in functions {
                let id = module.declare_anonymous_function(&self.signature).ok()?;
                module.define_function_bytes(id, align as u64, bytes, &[]).ok()?;
                ids.push(id);
            }
            module.finalize_definitions().ok()?;
            let addresses = ids.into_iter().map(|id| module.get_finalized_function(id));
            Some(
                addresses
                    .zip(functions)
                    .map(|(address, (bytes, _))| Function { address, bytes: bytes.len() })
                    .collect(),
            )
        };
        // The module panics when the system refuses to change a protection.
        catch_unwind(AssertUnwindSafe(define)).ok().flatten()
    }
}

// SAFETY: see the head of this file.
unsafe impl CodeMemory for JitMemory {
    fn place(&mut self, artifacts: &[Artifact]) -> Result<Vec<Function>, Full> {
        let size = |artifact: &Artifact| artifact.bytes.len().next_multiple_of(artifact.align);
        let size: usize = artifacts.iter().map(size).sum();
        let used = self.used + size.next_multiple_of(PROTECTION_PAGE);
        if used > self.limit {
            return Err(Full);
        }
        self.used = used;
        let functions: Vec<_> = artifacts.iter().map(|artifact| (&artifact.bytes[..], artifact.align)).collect();
        self.define(&functions).ok_or(Full)
    }

    fn used(&self) -> usize {
        self.used
    }
}

impl Drop for JitMemory {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: the owner of the memory owns all pointers into its code and runs none of it any more.
            unsafe { module.free_memory() };
        }
    }
}
