//! Compiled code and the tables by which it is found.
//!
//! ```text
//! CPU address  $C123                   Key: $C123, offset $0A123 in PRG ROM
//!               │ window 4, page of ROM 10
//!               ▼
//! Generation ─ tables[8 windows x pages of ROM] ─► 4096 slots ─► $123: code │ count │ region
//!            ├ memory: all the compiled code that the slots point to
//!            └ finished: that of an image, if there is one
//! ```
//!
//! A *generation* is a set of tables and the memory of their code. When the memory is full, the whole generation is
//! retired: new code goes to a new one. A machine holds the generation it runs in, and its memory is freed when the
//! last machine has left it. The finished code of an image is in the tables of every generation.
//!
//! # Soundness
//!
//! - A slot points to code in the memory of its own generation only, and functions stay in their memory until it is
//!   dropped ([`CodeMemory`]). So a pointer out of a slot is valid for as long as the generation is borrowed, and so is
//!   the address in a record. That holds for finished code too: the generation owns a share of its memory.
//! - All bytes zero are an empty slot: a null pointer and zeros, each of a type for which they are valid.
#![allow(unsafe_code)]

use crate::artifact::Artifact;
use crate::key::Key;
use crate::memory::mapped::MappedMemory;
use crate::memory::{CodeMemory, Full, Function};
use crate::slot::{Slot, SlotPage, WINDOW};
use crate::sync::lock;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};

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

impl Record {
    fn new(artifact: &Artifact, &Function { address, bytes }: &Function) -> Self {
        let &Artifact { key, ref entries, instructions, ref ranges, align, .. } = artifact;
        let address = address.expose_provenance();
        Self { key, entries: entries.clone(), instructions, ranges: ranges.clone(), address, bytes, align }
    }

    /// All that it is found by.
    fn keys(&self) -> impl Iterator<Item = Key> {
        self.key.and(&self.entries)
    }
}

/// The code of an image, in memory.
pub(crate) struct Finished {
    memory: MappedMemory,
    records: Vec<Record>,
}

impl Finished {
    /// `None` if there is no executable memory.
    pub(crate) fn new(artifacts: &[Artifact]) -> Option<Self> {
        let mut memory = MappedMemory::default();
        let functions = memory.place(artifacts).ok()?;
        Some(Self { memory, records: artifacts.iter().zip(&functions).map(|(a, f)| Record::new(a, f)).collect() })
    }

    /// Regions in it.
    pub(crate) fn regions(&self) -> usize {
        self.records.len()
    }

    /// Bytes of code memory taken.
    pub(crate) fn code_bytes(&self) -> usize {
        self.memory.used()
    }

    /// All that it is found by.
    #[cfg(feature = "compiler")]
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        self.records.iter().flat_map(Record::keys)
    }
}

/// Tables and code.
pub(crate) struct Generation {
    pub(crate) number: u64,
    tables: Vec<OnceLock<Box<SlotPage>>>,
    /// `None`: nothing is published.
    memory: Option<Mutex<Box<dyn CodeMemory>>>,
    /// Those of finished code first.
    records: Mutex<Vec<Record>>,
    finished: Option<Arc<Finished>>,
}

impl Generation {
    /// An empty one, or one with the code of an image in it.
    pub(crate) fn new(
        number: u64,
        rom_size: usize,
        finished: Option<Arc<Finished>>,
        memory: Option<Box<dyn CodeMemory>>,
    ) -> Self {
        let pages = rom_size.div_ceil(WINDOW);
        let tables = (0..pages * WINDOWS).map(|_| OnceLock::new()).collect();
        let records = finished.as_ref().map_or_else(Vec::new, |finished| finished.records.clone());
        let generation = Self { number, tables, memory: memory.map(Mutex::new), records: Mutex::default(), finished };
        generation.show(&records, 0);
        Self { records: Mutex::new(records), ..generation }
    }

    /// The slots for a window and the page of ROM around `offset`; `None` beyond the end of the ROM.
    pub(crate) fn page(&self, pc: u16, offset: u32) -> Option<&SlotPage> {
        let page = self.tables.get(table(pc, offset))?;
        // SAFETY: see the head of this file. Zeroed memory costs nothing until it is touched.
        Some(page.get_or_init(|| unsafe { Box::<SlotPage>::new_zeroed().assume_init() }))
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
        let functions = lock(self.memory.as_ref().ok_or(Full)?).place(artifacts)?;
        let new: Vec<_> = artifacts.iter().zip(&functions).map(|(a, f)| Record::new(a, f)).collect();
        let mut records = lock(&self.records);
        self.show(&new, records.len());
        records.extend(new);
        Ok(())
    }

    /// Lets machines find functions, the first of which has this number.
    fn show(&self, records: &[Record], first: usize) {
        for (record, region) in records.iter().zip(first..) {
            for slot in record.keys().filter_map(|key| self.slot(key.pc, key.offset)) {
                slot.region.store(region as u32, Ordering::Relaxed);
                let code = std::ptr::with_exposed_provenance_mut(record.address);
                slot.code.store(code, Ordering::Release);
            }
        }
    }

    /// Bytes of code memory taken, without finished code.
    pub(crate) fn code_bytes(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| lock(memory).used())
    }

    /// The code of an image that it has.
    pub(crate) fn finished(&self) -> Option<&Arc<Finished>> {
        self.finished.as_ref()
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
            // SAFETY: a record is of a function in memory of this generation (see the head of this file), which is
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
