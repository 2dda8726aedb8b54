//! What machines and the compile thread share: the ROM, the compiler, and the code that machines find now.
//!
//! ```text
//! key ─► discover ─► region ─► compile ─► artifact ─┐ a page full, or nothing more to do
//!                                                   ▼
//!                            the current generation: room? ── no ──► retired; a new one takes its place
//! ```
//!
//! One thread compiles at a time, whoever it is. Machines only ever read slots and count in them.

use crate::CodeBus;
use crate::cache::{Generation, HOLE, Key, Record, Slot, lock};
use crate::codegen::{Artifact, CodeMemory, Compiler, Effort, Listing, host, is_memory_executable};
use crate::jit::Options;
use crate::region::Region;
use crate::statistics::{CompiledRegion, Counters, Profile, count};
use cranelift_codegen::isa::OwnedTargetIsa;
use ricojit_interpreter::idle;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

/// Code that is given its place together: less wastes protected pages, more lets machines wait.
const TOGETHER: usize = 4096;

/// The compiling side of a [`Jit`](crate::Jit).
pub(crate) struct Shared {
    pub(crate) rom: Arc<[u8]>,
    unit: usize,
    pub(crate) options: Options,
    isa: OwnedTargetIsa,
    compiler: Mutex<Compiler>,
    current: Mutex<Arc<Generation>>,
    /// The number of the current generation.
    number: AtomicU64,
    pub(crate) counters: Counters,
    /// Every key that was published, with its generation, in order.
    log: Mutex<Vec<(u64, Key)>>,
    pub(crate) profile: Mutex<Profile>,
    /// Regions of retired generations, when profiling.
    past: Mutex<Vec<CompiledRegion>>,
    /// The compile thread is to die, to see that nothing else does.
    pub(crate) dies: AtomicBool,
    /// Nobody compiles any more: the compile thread died.
    pub(crate) lost: AtomicBool,
}

/// Compiled regions that wait for their place.
#[derive(Default)]
struct Batch {
    artifacts: Vec<Artifact>,
    records: Vec<Record>,
    bytes: usize,
}

impl Shared {
    /// `None` where code cannot be generated.
    pub(crate) fn new(rom: Arc<[u8]>, unit: usize, options: Options) -> Option<Self> {
        // Who goes on to other code would be counted where it came from.
        let options = Options { link: options.link && !options.profile, ..options };
        let (isa, hasty_isa) = (host(Effort::Full)?, host(Effort::Little)?);
        if !is_memory_executable(Arc::clone(&isa)) {
            return None;
        }
        let memory = CodeMemory::new(Arc::clone(&isa), options.code_bytes)?;
        let first = Generation::new(0, rom.len(), memory);
        Some(Self {
            rom,
            unit,
            options,
            compiler: Mutex::new(Compiler::new(Arc::clone(&isa), hasty_isa, options)),
            isa,
            current: Mutex::new(Arc::new(first)),
            number: AtomicU64::new(0),
            counters: Counters::default(),
            log: Mutex::default(),
            profile: Mutex::default(),
            past: Mutex::default(),
            dies: AtomicBool::new(false),
            lost: AtomicBool::new(false),
        })
    }

    /// The generation that new code goes to.
    pub(crate) fn current(&self) -> Arc<Generation> {
        Arc::clone(&lock(&self.current))
    }

    /// Whether new code goes to another generation.
    pub(crate) fn is_retired(&self, generation: &Generation) -> bool {
        self.number.load(Ordering::Relaxed) != generation.number
    }

    pub(crate) fn compiler(&self) -> MutexGuard<'_, Compiler> {
        lock(&self.compiler)
    }

    /// Every key that was published, with its generation, in order.
    pub(crate) fn log(&self) -> Vec<(u64, Key)> {
        lock(&self.log).clone()
    }

    /// The regions there are; when profiling, also those there were.
    pub(crate) fn regions(&self) -> Vec<CompiledRegion> {
        let mut regions = lock(&self.past).clone();
        regions.extend(Profile::regions(&self.profile, &self.current()));
        regions
    }

    // Identity --------------------------------------------------------------------------------------------------

    fn unit_start(&self, pc: u16) -> u16 {
        pc & !((self.unit - 1) as u16)
    }

    /// What code at `pc` is found by, in the mapping of now; `None` if it is not in ROM.
    pub(crate) fn key<B: CodeBus>(&self, bus: &B, pc: u16) -> Option<Key> {
        if pc < 0x8000 {
            return None;
        }
        let offset = bus.rom_offset(pc)?;
        let start = self.unit_start(pc);
        let base = offset.wrapping_sub(u32::from(pc - start));
        let is_hole = |piece: usize| {
            let addr = start + (piece * HOLE) as u16;
            bus.rom_offset(addr) != Some(base.wrapping_add((piece * HOLE) as u32))
        };
        let holes = (0..self.unit / HOLE).filter(|&piece| is_hole(piece)).fold(0, |holes, piece| holes | 1 << piece);
        Some(Key { pc, offset, holes })
    }

    /// The region of a key. `has_code` tells, by address and offset, where code is already.
    pub(crate) fn region(&self, key: Key, has_code: impl Fn(u16, u32) -> bool) -> Option<Region> {
        let start = self.unit_start(key.pc);
        let base = key.offset.wrapping_sub(u32::from(key.pc - start));
        let offset = |addr: u16| {
            let there = addr.checked_sub(start).filter(|&there| usize::from(there) < self.unit)?;
            let is_rom = key.holes >> (usize::from(there) / HOLE) & 1 == 0;
            is_rom.then(|| base.wrapping_add(u32::from(there)))
        };
        let byte = |addr: u16| self.rom.get(offset(addr)? as usize).copied();
        let waits = |addr| self.options.idle_skip && idle::may_wait(addr, byte);
        let is_entry = |addr| offset(addr).is_some_and(|offset| has_code(addr, offset)) || waits(addr);
        Region::discover(key.pc, &self.rom, offset, is_entry, self.options.inline)
    }

    /// Whether code at `pc`, in the mapping of now, is left to [`idle::wait`].
    pub(crate) fn waits<B: CodeBus>(&self, bus: &B, pc: u16) -> bool {
        let byte = |addr: u16| {
            let offset =
                if self.unit_start(addr) == self.unit_start(pc) { bus.rom_offset(addr)? } else { return None };
            self.rom.get(offset as usize).copied()
        };
        self.options.idle_skip && idle::may_wait(pc, byte)
    }

    // Compiling -------------------------------------------------------------------------------------------------

    /// Compiles what has no code yet, until it is told to stop.
    pub(crate) fn compile(&self, keys: &[Key], stop: &AtomicBool) {
        let mut compiler = self.compiler();
        let started = Instant::now();
        let mut batch = Batch::default();
        for &key in keys {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            self.compile_one(&mut compiler, key, &mut batch);
            if batch.bytes >= TOGETHER {
                self.publish(std::mem::take(&mut batch));
            }
        }
        self.publish(batch);
        count(&self.counters.compile_nanos, started.elapsed().as_nanos() as u64);
    }

    fn compile_one(&self, compiler: &mut Compiler, key: Key, batch: &mut Batch) {
        let current = self.current();
        let waits = |pc, offset| batch.records.iter().any(|record| (record.key.pc, record.key.offset) == (pc, offset));
        let has_code = |pc, offset| current.has_code(pc, offset) || waits(pc, offset);
        if has_code(key.pc, key.offset) {
            return; // another machine was faster
        }
        match self.region(key, has_code) {
            None => self.set_state(key, Slot::NOTHING),
            Some(region) => self.compile_region(compiler, key, region, batch),
        }
    }

    fn compile_region(&self, compiler: &mut Compiler, key: Key, region: Region, batch: &mut Batch) {
        let Some(artifact) = compiler.compile(&region) else { return self.fail(key) };
        batch.bytes += artifact.len();
        batch.artifacts.push(artifact);
        let instructions = region.len();
        let region = self.options.profile.then_some(region);
        batch.records.push(Record { key, region, instructions, address: 0, bytes: 0 });
    }

    fn publish(&self, batch: Batch) {
        let Batch { artifacts, records, .. } = batch;
        if records.is_empty() {
            return;
        }
        let instructions: usize = records.iter().map(|record| record.instructions).sum();
        let keys: Vec<Key> = records.iter().map(|record| record.key).collect();
        let mut done = self.current().publish(&artifacts, records.clone());
        if done.is_err() && self.retire() {
            done = self.current().publish(&artifacts, records);
        }
        if done.is_err() {
            return keys.into_iter().for_each(|key| self.fail(key));
        }
        let number = self.number.load(Ordering::Relaxed);
        lock(&self.log).extend(keys.iter().map(|&key| (number, key)));
        count(&self.counters.regions, keys.len() as u64);
        count(&self.counters.instructions, instructions as u64);
    }

    /// Begins a new generation. False: there is no memory for one.
    fn retire(&self) -> bool {
        let Some(memory) = CodeMemory::new(Arc::clone(&self.isa), self.options.code_bytes) else { return false };
        let number = self.number.load(Ordering::Relaxed) + 1;
        let next = Arc::new(Generation::new(number, self.rom.len(), memory));
        let old = std::mem::replace(&mut *lock(&self.current), next);
        self.number.store(number, Ordering::Relaxed);
        count(&self.counters.retired, 1);
        count(&self.counters.retired_bytes, old.code_bytes() as u64);
        if self.options.profile {
            lock(&self.past).extend(Profile::regions(&self.profile, &old));
        }
        true
    }

    pub(crate) fn fail(&self, key: Key) {
        count(&self.counters.failed, 1);
        self.set_state(key, Slot::FAILED);
    }

    fn set_state(&self, key: Key, state: u32) {
        if let Some(slot) = self.current().slot(key.pc, key.offset) {
            slot.count.store(state, Ordering::Relaxed);
        }
    }

    /// Compiles the keys of a log: each as if there were code for those before it in its generation, and no other.
    pub(crate) fn replay(&self, log: &[(u64, Key)]) {
        let mut compiler = self.compiler();
        let mut before = BTreeSet::new();
        let mut generation = 0;
        for &(number, key) in log {
            if number != generation {
                (generation, before) = (number, BTreeSet::new());
            }
            let region = self.region(key, |pc, offset| before.contains(&(pc, offset)));
            before.insert((key.pc, key.offset));
            let mut batch = Batch::default();
            if let Some(region) = region.filter(|_| !self.current().has_code(key.pc, key.offset)) {
                self.compile_region(&mut compiler, key, region, &mut batch);
            }
            self.publish(batch);
        }
    }

    /// The text of a region: of the one that is there, or of the one that would be made.
    pub(crate) fn listing(&self, key: Key) -> Option<Listing> {
        let current = self.current();
        let record = current.records().into_iter().find(|record| record.key == key);
        let region = record.and_then(|record| record.region);
        let region = region.or_else(|| self.region(key, |pc, offset| current.has_code(pc, offset)))?;
        Some(self.compiler().listing(&region))
    }
}
