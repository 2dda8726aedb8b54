//! Finished code: the functions of an image in memory, and the slots that they belong into.
//!
//! Nothing is copied when a recompiler begins to run an image: it shares the memory. A table of slots gets its functions
//! when it is made, so a machine pays for those that it looks at.

use crate::artifact::Artifact;
use crate::key::Key;
use crate::memory::mapped::MappedCode;
use crate::slot::place;
use crate::target::Target;
use std::alloc::{Layout, handle_alloc_error};

/// The functions of an image, in the order of their keys.
pub(crate) struct Finished {
    pub(crate) functions: Vec<FinishedFunction>,
    entries: Vec<Entry>,
    code: MappedCode,
}

/// A function of an image.
pub(crate) struct FinishedFunction {
    pub(crate) key: Key,
    /// As in [`Artifact`], like all but the last.
    pub(crate) entries: Vec<u16>,
    pub(crate) instructions: usize,
    pub(crate) ranges: Vec<(u16, u16)>,
    pub(crate) align: usize,
    pub(crate) bytes: usize,
    /// Where it is in the memory.
    pub(crate) at: usize,
}

/// An address at which a function is entered: the table of its slot, the slot, and the number of the function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    table: u32,
    slot: u16,
    function: u32,
}

/// Two functions are entered at the same address.
pub(crate) struct EnteredTwice;

impl Finished {
    /// Of functions that were checked.
    pub(crate) fn new(functions: Vec<FinishedFunction>, code: MappedCode) -> Result<Self, EnteredTwice> {
        let mut entries = Vec::with_capacity(functions.len());
        for (function, number) in functions.iter().zip(0..) {
            entries.extend(function.key.and(&function.entries).map(|key| {
                let (table, slot) = place(key.pc, key.offset);
                Entry { table: table as u32, slot: slot as u16, function: number }
            }));
        }
        entries.sort_unstable();
        let is_same = |pair: &[Entry]| (pair[0].table, pair[0].slot) == (pair[1].table, pair[1].slot);
        if entries.windows(2).any(is_same) { Err(EnteredTwice) } else { Ok(Self { functions, entries, code }) }
    }

    /// Puts artifacts for a target into memory, in ascending order of their keys. They must not be entered at the same
    /// address.
    pub(crate) fn place(artifacts: Vec<Artifact>, target: Target) -> Result<Self, EnteredTwice> {
        let mut size = 0_usize;
        let mut functions = Vec::with_capacity(artifacts.len());
        for artifact in &artifacts {
            let &Artifact { key, ref entries, instructions, ref ranges, align, ref bytes } = artifact;
            let (entries, ranges, at) = (entries.clone(), ranges.clone(), size.next_multiple_of(align));
            functions.push(FinishedFunction { key, entries, instructions, ranges, align, bytes: bytes.len(), at });
            size = at + bytes.len();
        }
        let code = MappedCode::writable(size).and_then(|mut mapping| {
            for (artifact, function) in artifacts.iter().zip(&functions) {
                mapping[function.at..][..function.bytes].copy_from_slice(&artifact.bytes);
            }
            if target.is_host() { MappedCode::new(mapping) } else { MappedCode::not_executable(mapping) }
        });
        // As any other allocation.
        let code = code.unwrap_or_else(|| handle_alloc_error(Layout::array::<u8>(size).unwrap_or(Layout::new::<u8>())));
        Self::new(functions, code)
    }

    /// Whether it can be run.
    pub(crate) fn is_executable(&self) -> bool {
        self.code.is_executable
    }

    /// Bytes of code, with those between functions.
    pub(crate) fn code_bytes(&self) -> usize {
        match &*self.functions {
            [first, .., last] => last.at + last.bytes - first.at,
            functions => functions.iter().map(|only| only.bytes).sum(),
        }
    }

    /// The code of a function.
    pub(crate) fn code(&self, function: &FinishedFunction) -> &[u8] {
        &self.code[function.at..][..function.bytes]
    }

    /// The slots of a table that have code: the index of each, and the number of its function.
    pub(crate) fn slots(&self, table: usize) -> impl Iterator<Item = (usize, u32)> {
        let start = self.entries.partition_point(|entry| (entry.table as usize) < table);
        let entries = self.entries[start..].iter().take_while(move |entry| entry.table as usize == table);
        entries.map(|entry| (usize::from(entry.slot), entry.function))
    }

    /// Whether a function is entered at an address.
    #[cfg(feature = "compiler")]
    pub(crate) fn has_code(&self, pc: u16, offset: u32) -> bool {
        let (table, slot) = place(pc, offset);
        let found = self.entries.binary_search_by_key(&(table, slot), |e| (e.table as usize, usize::from(e.slot)));
        found.is_ok()
    }
}
