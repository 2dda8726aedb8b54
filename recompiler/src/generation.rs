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
use crate::finished::{Finished, FinishedFunction};
use crate::key::Key;
use crate::memory::{CodeMemory, Full, Function};
use crate::slot::{Slot, SlotPage, WINDOW, WINDOWS, place};
use crate::sync::lock;
use ricojit_interpreter::Stops;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

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
    /// `None`: nothing is published.
    memory: Option<Mutex<Box<dyn CodeMemory>>>,
    /// Of compiled code. Their numbers follow those of finished functions.
    records: Mutex<Vec<Record>>,
    pub(crate) finished: Option<Arc<Finished>>,
    /// Where machines leave the interpreter: all entries of code, and idle loops that were found.
    pub(crate) stops: Stops,
    has_any_code: AtomicBool,
}

impl Generation {
    /// One without compiled code.
    pub(crate) fn new(
        number: u64,
        rom_size: usize,
        finished: Option<Arc<Finished>>,
        memory: Option<Box<dyn CodeMemory>>,
    ) -> Self {
        let pages = rom_size.div_ceil(WINDOW);
        let tables = (0..pages * WINDOWS).map(|_| OnceLock::new()).collect();
        let stops = Stops::new();
        for function in finished.iter().flat_map(|finished| &finished.functions) {
            function.key.and(&function.entries).for_each(|key| stops.add(key.pc));
        }
        let has_any_code = AtomicBool::new(finished.is_some());
        Self {
            number,
            tables,
            memory: memory.map(Mutex::new),
            records: Mutex::default(),
            finished,
            stops,
            has_any_code,
        }
    }

    /// The slots for a window and the page of ROM around `offset`; `None` beyond the end of the ROM.
    pub(crate) fn page(&self, pc: u16, offset: u32) -> Option<&SlotPage> {
        let (table, _) = place(pc, offset);
        Some(self.tables.get(table)?.get_or_init(|| self.new_page(table)))
    }

    /// The slots of a table, with those finished functions that belong there.
    #[cold]
    fn new_page(&self, table: usize) -> Box<SlotPage> {
        // SAFETY: see the head of this file. Zeroed memory costs nothing until it is touched.
        let page = unsafe { Box::<SlotPage>::new_zeroed().assume_init() };
        if let Some(finished) = &self.finished {
            for (slot, number) in finished.slots(table) {
                let code = finished.code(&finished.functions[number as usize]);
                page[slot].set(number, code.as_ptr());
            }
        }
        page
    }

    /// The slot of an address.
    pub(crate) fn slot(&self, pc: u16, offset: u32) -> Option<&Slot> {
        Some(&self.page(pc, offset)?[place(pc, offset).1])
    }

    /// Whether there is code for an address; makes no tables.
    #[cfg(feature = "compiler")]
    pub(crate) fn has_code(&self, pc: u16, offset: u32) -> bool {
        let (table, slot) = place(pc, offset);
        match self.tables.get(table).and_then(OnceLock::get) {
            Some(page) => !page[slot].code.load(Ordering::Relaxed).is_null(),
            None => self.finished.as_ref().is_some_and(|finished| finished.has_code(pc, offset)),
        }
    }

    /// Makes functions of artifacts and lets machines find them, all or none.
    pub(crate) fn publish(&self, artifacts: &[Artifact]) -> Result<(), Full> {
        let functions = lock(self.memory.as_ref().ok_or(Full)?).place(artifacts)?;
        let mut records = lock(&self.records);
        let finished = self.finished.as_ref().map_or(0, |finished| finished.functions.len());
        for (artifact, &Function { address, bytes }) in artifacts.iter().zip(&functions) {
            let number = (finished + records.len()) as u32;
            for key in artifact.keys() {
                if let Some(slot) = self.slot(key.pc, key.offset) {
                    slot.set(number, address);
                    self.stops.add(key.pc);
                    self.has_any_code.store(true, Ordering::Relaxed);
                }
            }
            let &Artifact { key, ref entries, instructions, ref ranges, align, .. } = artifact;
            let address = address.expose_provenance();
            let (entries, ranges) = (entries.clone(), ranges.clone());
            records.push(Record { key, entries, instructions, ranges, address, bytes, align });
        }
        Ok(())
    }

    /// Whether there is code anywhere.
    #[inline]
    pub(crate) fn has_any_code(&self) -> bool {
        self.has_any_code.load(Ordering::Relaxed)
    }

    /// Bytes of memory taken by compiled code.
    pub(crate) fn code_bytes(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| lock(memory).used())
    }

    /// All regions, by their numbers: finished ones, then compiled ones in the order in which they were published.
    pub(crate) fn records(&self) -> Vec<Record> {
        let record = |finished: &Finished, function: &FinishedFunction| {
            let &FinishedFunction { key, ref entries, instructions, ref ranges, align, bytes, at: _ } = function;
            let address = finished.code(function).as_ptr().expose_provenance();
            let (entries, ranges) = (entries.clone(), ranges.clone());
            Record { key, entries, instructions, ranges, address, bytes, align }
        };
        let finished = self.finished.iter().flat_map(|finished| finished.functions.iter().map(|f| record(finished, f)));
        finished.chain(lock(&self.records).iter().cloned()).collect()
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
