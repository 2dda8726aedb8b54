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
//! last machine has left it. So no pointer out of a slot outlives the generation whose slot it was in.

use crate::codegen::{Artifact, CodeMemory, Full, Function};
use crate::region::Region;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// CPU windows with entry tables: 4 KiB each, from $8000.
pub(crate) const WINDOW: usize = 0x1000;
pub(crate) const WINDOWS: usize = 8;

/// The smallest piece of a unit that may not be ROM.
pub(crate) const HOLE: usize = 512;

/// What code is found by: the CPU address of its entry and where in PRG ROM that lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The CPU address.
    pub pc: u16,
    /// The offset in PRG ROM.
    pub offset: u32,
    /// The pieces of 512 bytes, counted from the start of the entry's unit, that are not the ROM around the entry.
    pub holes: u64,
}

impl Key {
    /// Whether it can be a key of a ROM with `size` bytes.
    pub fn is_in(&self, size: usize) -> bool {
        self.pc >= 0x8000 && (self.offset as usize) < size
    }
}

/// One address that control may be transferred to. Generated code looks at the first field.
#[repr(C)]
pub(crate) struct Slot {
    /// The function, or null.
    pub(crate) code: AtomicPtr<u8>,
    /// Entries while there was no code, or one of the states.
    pub(crate) count: AtomicU32,
    /// The region's number in the generation, valid once there is code.
    pub(crate) region: AtomicU32,
}

impl Slot {
    /// Nobody came here yet.
    pub(crate) const fn new() -> Self {
        Self { code: AtomicPtr::new(std::ptr::null_mut()), count: AtomicU32::new(0), region: AtomicU32::new(0) }
    }

    /// Its native code, if there is any.
    #[inline]
    pub(crate) fn code(&self) -> Option<Code<'_>> {
        let code = self.code.load(Ordering::Acquire);
        (!code.is_null()).then_some(Code(code, PhantomData))
    }

    /// The compiler was told.
    pub(crate) const REQUESTED: u32 = u32::MAX;
    /// There is nothing to compile: its first instruction is for the interpreter.
    pub(crate) const NOTHING: u32 = u32::MAX - 1;
    /// It could not be compiled.
    pub(crate) const FAILED: u32 = u32::MAX - 2;
    /// It may be in an idle loop: never compiled, neither by itself nor inside a region.
    pub(crate) const WAITS: u32 = u32::MAX - 3;
    /// Above all counts, below all states.
    pub(crate) const MOST: u32 = u32::MAX / 2;
}

/// A finished function, for as long as the generation that owns it is borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Code<'g>(*const u8, PhantomData<&'g Slot>);

impl Code<'_> {
    /// Where it begins.
    #[inline]
    pub(crate) fn address(self) -> *const u8 {
        self.0
    }
}

/// The slots of 4 KiB of ROM in one window.
pub(crate) type Page = [Slot; WINDOW];

/// What is known of a compiled region.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) key: Key,
    /// Kept when profiling.
    pub(crate) region: Option<Region>,
    pub(crate) instructions: usize,
    pub(crate) address: usize,
    pub(crate) bytes: usize,
}

/// Tables and code.
pub(crate) struct Generation {
    pub(crate) number: u64,
    tables: Vec<OnceLock<Box<Page>>>,
    memory: Mutex<CodeMemory>,
    records: Mutex<Vec<Record>>,
}

/// The contents of a mutex whose other users cannot leave it half-changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Generation {
    pub(crate) fn new(number: u64, rom_size: usize, memory: CodeMemory) -> Self {
        let pages = rom_size.div_ceil(WINDOW);
        let tables = (0..pages * WINDOWS).map(|_| OnceLock::new()).collect();
        Self { number, tables, memory: Mutex::new(memory), records: Mutex::default() }
    }

    /// The slots for a window and the page of ROM around `offset`; `None` if the ROM does not reach so far.
    pub(crate) fn page(&self, pc: u16, offset: u32) -> Option<&Page> {
        let table = usize::from(pc >> 12 & 7) + WINDOWS * (offset as usize / WINDOW);
        let page = self.tables.get(table)?.get_or_init(|| {
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
    pub(crate) fn has_code(&self, pc: u16, offset: u32) -> bool {
        let table = usize::from(pc >> 12 & 7) + WINDOWS * (offset as usize / WINDOW);
        let page = self.tables.get(table).and_then(OnceLock::get);
        page.is_some_and(|page| !page[offset as usize % WINDOW].code.load(Ordering::Relaxed).is_null())
    }

    /// Gives compiled regions a place and lets machines find them, all or none.
    pub(crate) fn publish(&self, artifacts: &[Artifact], mut records: Vec<Record>) -> Result<(), Full> {
        let functions = lock(&self.memory).define(artifacts)?;
        let mut all = lock(&self.records);
        for (record, &Function { code, bytes }) in records.iter_mut().zip(&functions) {
            (record.address, record.bytes) = (code.addr(), bytes);
            if let Some(slot) = self.slot(record.key.pc, record.key.offset) {
                slot.region.store(all.len() as u32, Ordering::Relaxed);
                slot.code.store(code.cast_mut(), Ordering::Release);
            }
            all.push(record.clone());
        }
        Ok(())
    }

    /// Bytes of code memory taken.
    pub(crate) fn code_bytes(&self) -> usize {
        lock(&self.memory).used()
    }

    /// All compiled regions.
    pub(crate) fn records(&self) -> Vec<Record> {
        lock(&self.records).clone()
    }
}

/// The addresses of a region's instructions: first and one past the last of each stretch.
pub(crate) fn ranges(region: &Region) -> Vec<(u16, u16)> {
    let mut ends: BTreeMap<u16, u16> = BTreeMap::new();
    for instruction in region.blocks.values().flat_map(|block| &block.instructions) {
        match ends.last_entry() {
            Some(mut last) if *last.get() == instruction.pc => {
                last.insert(instruction.next());
            }
            _ => {
                ends.insert(instruction.pc, instruction.next());
            }
        }
    }
    ends.into_iter().collect()
}
