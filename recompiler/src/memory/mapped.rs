//! Memory for code that is finished: one anonymous mapping, written once and then made executable.
//!
//! # Soundness
//!
//! - Each mapping is private to this process and has no file behind it, so nothing else can change it. It is never
//!   writable and executable at once, and never writable again.
//! - Instruction fetch sees what was written: x86-64 keeps it coherent by itself. Other hosts need cache maintenance
//!   and a barrier on every core; until that is here, they get no such memory.
//! - Mappings are only ever added; they do not move, and are unmapped when the memory is dropped.
#![allow(unsafe_code)]

use super::{CodeMemory, Full, Function};
use crate::artifact::Artifact;
use memmap2::{Mmap, MmapMut};

/// Whether code that was written as data can be run on this host without further steps.
const IS_COHERENT: bool = cfg!(target_arch = "x86_64");

/// Mappings with code.
#[derive(Default)]
pub(crate) struct MappedMemory {
    mappings: Vec<Mmap>,
}

impl MappedMemory {
    fn map(artifacts: &[Artifact]) -> Option<(Mmap, Vec<usize>)> {
        let mut size = 0_usize;
        let mut offsets = Vec::with_capacity(artifacts.len());
        for artifact in artifacts {
            let offset = size.next_multiple_of(artifact.align.max(1));
            offsets.push(offset);
            size = offset + artifact.bytes.len();
        }
        let mut mapping = MmapMut::map_anon(size).ok()?;
        for (artifact, &offset) in artifacts.iter().zip(&offsets) {
            mapping[offset..][..artifact.bytes.len()].copy_from_slice(&artifact.bytes);
        }
        Some((mapping.make_exec().ok()?, offsets))
    }
}

// SAFETY: see the head of this file.
unsafe impl CodeMemory for MappedMemory {
    fn place(&mut self, artifacts: &[Artifact]) -> Result<Vec<Function>, Full> {
        if artifacts.is_empty() {
            return Ok(Vec::new());
        }
        let (mapping, offsets) = IS_COHERENT.then(|| Self::map(artifacts)).flatten().ok_or(Full)?;
        let functions = artifacts
            .iter()
            .zip(offsets)
            .map(|(artifact, offset)| Function { address: mapping[offset..].as_ptr(), bytes: artifact.bytes.len() });
        let functions = functions.collect();
        self.mappings.push(mapping);
        Ok(functions)
    }

    fn used(&self) -> usize {
        self.mappings.iter().map(|mapping| mapping.len()).sum()
    }
}
