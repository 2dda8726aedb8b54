//! Compiled code and the tables by which it is found.
//!
//! ```text
//! CPU address  $C123                   Key: $C123, offset $0A123 in PRG ROM
//!               │ window 4, page of ROM 10
//!               ▼
//! Generation ─ tables[8 windows x pages of ROM] ─► 4096 slots ─► $123: code │ count │ region
//!            └ memory: all the code that the slots point to
//! ```
//!
//! A *generation* is a set of tables and the memory of their code. When the memory is full, the whole generation is
//! retired: new code goes to a new one. A machine holds the generation it runs in, and its memory is freed when the
//! last machine has left it.
//!
//! # Soundness
//!
//! A slot points to code in the memory of its own generation only, and functions stay in their memory until it is
//! dropped ([`CodeMemory`]). So a pointer out of a slot is valid for as long as the generation is borrowed, and so is
//! the address in a record.
#![allow(unsafe_code)]

use crate::artifact::Artifact;
use crate::key::Key;
use crate::memory::{CodeMemory, Full, Function};
use crate::slot::{Slot, SlotPage, WINDOW};
use crate::sync::lock;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, OnceLock};

/// Windows with slots: all from $8000 on.
pub(crate) const WINDOWS: usize = 8;

/// What is known of a compiled region.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) key: Key,
    pub(crate) entries: Vec<u16>,
    pub(crate) instructions: usize,
    pub(crate) ranges: Vec<(u16, u16)>,
    /// Where its function lies, and how long it is.
    pub(crate) address: usize,
    pub(crate) bytes: usize,
    align: usize,
}

/// Tables and code.
pub(crate) struct Generation {
    pub(crate) number: u64,
    tables: Vec<OnceLock<Box<SlotPage>>>,
    memory: Mutex<Box<dyn CodeMemory>>,
    records: Mutex<Vec<Record>>,
}

impl Generation {
    pub(crate) fn new(number: u64, rom_size: usize, memory: Box<dyn CodeMemory>) -> Self {
        let pages = rom_size.div_ceil(WINDOW);
        let tables = (0..pages * WINDOWS).map(|_| OnceLock::new()).collect();
        Self { number, tables, memory: Mutex::new(memory), records: Mutex::default() }
    }

    /// The slots for a window and the page of ROM around `offset`; `None` beyond the end of the ROM.
    pub(crate) fn page(&self, pc: u16, offset: u32) -> Option<&SlotPage> {
        let page = self.tables.get(table(pc, offset))?.get_or_init(|| {
            let slots: Box<[Slot]> = (0..WINDOW).map(|_| Slot::new()).collect();
            slots.try_into().unwrap_or_else(|_| unreachable!("the length is the array's"))
        });
        Some(page)
    }

    /// The slot of an address.
    pub(crate) fn slot(&self, pc: u16, offset: u32) -> Option<&Slot> {
        Some(&self.page(pc, offset)?[offset as usize % WINDOW])
    }

    /// Whether there is code for an address; makes no tables.
    #[cfg(feature = "compiler")]
    pub(crate) fn has_code(&self, pc: u16, offset: u32) -> bool {
        let page = self.tables.get(table(pc, offset)).and_then(OnceLock::get);
        page.is_some_and(|page| !page[offset as usize % WINDOW].code.load(Ordering::Relaxed).is_null())
    }

    /// Makes functions of artifacts and lets machines find them, all or none.
    pub(crate) fn publish(&self, artifacts: &[Artifact]) -> Result<(), Full> {
        let functions = lock(&self.memory).place(artifacts)?;
        let mut records = lock(&self.records);
        for (artifact, &Function { address, bytes }) in artifacts.iter().zip(&functions) {
            let &Artifact { key, ref entries, instructions, ref ranges, align, .. } = artifact;
            for slot in
                std::iter::once(key).chain(artifact.other_keys()).filter_map(|key| self.slot(key.pc, key.offset))
            {
                slot.region.store(records.len() as u32, Ordering::Relaxed);
                slot.code.store(address.cast_mut(), Ordering::Release);
            }
            let address = address.expose_provenance();
            let (entries, ranges) = (entries.clone(), ranges.clone());
            records.push(Record { key, entries, instructions, ranges, address, bytes, align });
        }
        Ok(())
    }

    /// Bytes of code memory taken.
    pub(crate) fn code_bytes(&self) -> usize {
        lock(&self.memory).used()
    }

    /// All compiled regions, in the order in which they were published.
    pub(crate) fn records(&self) -> Vec<Record> {
        lock(&self.records).clone()
    }

    /// All code, as it was published.
    pub(crate) fn artifacts(&self) -> Vec<Artifact> {
        let artifact = |record: Record| {
            let Record { key, entries, instructions, ranges, address, bytes, align } = record;
            let code = std::ptr::with_exposed_provenance::<u8>(address);
            // SAFETY: a record is of a function in the memory of this generation (see the head of this file), which is
            // readable and never written to.
            let bytes = unsafe { std::slice::from_raw_parts(code, bytes) }.to_vec();
            Artifact { key, entries, instructions, ranges, align, bytes }
        };
        self.records().into_iter().map(artifact).collect()
    }
}

/// The number of the table for a window and the page of ROM around `offset`.
fn table(pc: u16, offset: u32) -> usize {
    usize::from(pc >> 12 & 7) + WINDOWS * (offset as usize / WINDOW)
}
