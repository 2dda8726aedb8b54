//! The store of compiled code: what machines find now, what there was, and in which order.
//!
//! ```text
//! artifacts ─► publish ─► the current generation: room? ── no ──► retired; a new one takes its place
//!                │
//!                └► log: every key with its generation, in order
//! ```
//!
//! Machines only ever read slots and count in them. One thread publishes at a time.

use crate::artifact::Artifact;
use crate::finished::Finished;
use crate::generation::{Generation, Record};
use crate::key::Key;
use crate::memory::CodeMemory;
use crate::profile::{CompiledRegion, InterpretedCode, Profile};
use crate::slot::Slot;
use crate::statistics::{Counters, Statistics, count};
use crate::sync::lock;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Memory for a generation; `None` if there is none.
pub(crate) type NewMemory = Box<dyn Fn() -> Option<Box<dyn CodeMemory>> + Send + Sync>;

/// The compiled code of a ROM.
pub(crate) struct Store {
    rom_size: usize,
    profiling: bool,
    /// `None`: nothing is published.
    new_memory: Option<NewMemory>,
    current: Mutex<Arc<Generation>>,
    /// The number of the current generation.
    number: AtomicU64,
    pub(crate) counters: Counters,
    /// Whether the last run ended while the CPU waited.
    pub(crate) is_waiting: AtomicBool,
    /// What a [`Sampler`](crate::sample::Sampler) keeps from run to run.
    pub(crate) next_sample: AtomicU64,
    /// Every key that was published, with its generation, in order.
    log: Mutex<Vec<(u64, Key)>>,
    profile: Mutex<Profile>,
    /// Every key whose entries are counted, in its slot.
    entered: Mutex<Vec<Key>>,
    /// The number and the regions of each retired generation, when profiling. Machines may still run in it.
    past: Mutex<Vec<(u64, Vec<Record>)>>,
}

impl Store {
    /// A store for code of a ROM of so many bytes, with the finished code of an image, and with memory for more unless
    /// there never is more; `None` if there is no memory for code.
    pub(crate) fn new(
        rom_size: usize,
        profiling: bool,
        finished: Option<Arc<Finished>>,
        new_memory: Option<NewMemory>,
    ) -> Option<Self> {
        let memory = match &new_memory {
            Some(new_memory) => Some(new_memory()?),
            None => None,
        };
        let first = Generation::new(0, rom_size, finished, memory);
        Some(Self {
            rom_size,
            profiling,
            new_memory,
            current: Mutex::new(Arc::new(first)),
            number: AtomicU64::new(0),
            counters: Counters::default(),
            is_waiting: AtomicBool::new(false),
            next_sample: AtomicU64::new(0),
            log: Mutex::default(),
            profile: Mutex::default(),
            entered: Mutex::default(),
            past: Mutex::default(),
        })
    }

    /// The generation that new code goes to.
    pub(crate) fn current(&self) -> Arc<Generation> {
        Arc::clone(&lock(&self.current))
    }

    /// Whether new code goes to another generation.
    #[inline]
    pub(crate) fn is_retired(&self, generation: &Generation) -> bool {
        self.number.load(Ordering::Relaxed) != generation.number
    }

    /// Makes functions of artifacts and lets machines find them, in a new generation if the current one is full.
    pub(crate) fn publish(&self, artifacts: &[Artifact]) {
        if artifacts.is_empty() {
            return;
        }
        let mut done = self.current().publish(artifacts);
        if done.is_err() && self.retire() {
            done = self.current().publish(artifacts);
        }
        if done.is_err() {
            return artifacts.iter().for_each(|artifact| self.fail(artifact.key));
        }
        let number = self.number.load(Ordering::Relaxed);
        lock(&self.log).extend(artifacts.iter().map(|artifact| (number, artifact.key)));
        count(&self.counters.regions, artifacts.len() as u64);
        count(&self.counters.instructions, artifacts.iter().map(|artifact| artifact.instructions as u64).sum());
    }

    /// Begins a new generation. False: there is no memory for one.
    fn retire(&self) -> bool {
        let Some(memory) = self.new_memory.as_ref().and_then(|new_memory| new_memory()) else { return false };
        let number = self.number.load(Ordering::Relaxed) + 1;
        let finished = self.current().finished.clone();
        let next = Arc::new(Generation::new(number, self.rom_size, finished, Some(memory)));
        let old = std::mem::replace(&mut *lock(&self.current), next);
        self.number.store(number, Ordering::Relaxed);
        count(&self.counters.retired, 1);
        count(&self.counters.retired_bytes, old.code_bytes() as u64);
        if self.profiling {
            lock(&self.past).push((old.number, old.records()));
        }
        true
    }

    /// The code of a key could not be made: it is left to the interpreter.
    pub(crate) fn fail(&self, key: Key) {
        count(&self.counters.failed, 1);
        self.set_state(key, Slot::FAILED);
    }

    /// How often a key that has no code was executed.
    pub(crate) fn executions(&self, key: Key) -> u32 {
        self.current().slot(key.pc, key.offset).map_or(0, |slot| slot.count.load(Ordering::Relaxed))
    }

    /// The instructions of the region of a key that has no code; 0 if they are not known.
    pub(crate) fn size(&self, key: Key) -> u32 {
        self.current().slot(key.pc, key.offset).map_or(0, Slot::size)
    }

    /// Sets them.
    pub(crate) fn set_size(&self, key: Key, instructions: u32) {
        if let Some(slot) = self.current().slot(key.pc, key.offset) {
            slot.region.store(instructions, Ordering::Relaxed);
        }
    }

    /// Puts a state into the slot of a key that has no code.
    pub(crate) fn set_state(&self, key: Key, state: u32) {
        if let Some(slot) = self.current().slot(key.pc, key.offset) {
            slot.count.store(state, Ordering::Relaxed);
        }
    }

    /// Every key that was published, with its generation, in order.
    pub(crate) fn log(&self) -> Vec<(u64, Key)> {
        lock(&self.log).clone()
    }

    /// What happened so far. `lost`: see [`Statistics::lost`].
    pub(crate) fn statistics(&self, lost: bool) -> Statistics {
        let current = self.current();
        let finished = current.finished.as_ref();
        let (image_regions, image_bytes) = finished.map_or((0, 0), |code| (code.functions.len(), code.code_bytes()));
        let code_bytes = current.code_bytes() + image_bytes;
        Statistics { image_regions: image_regions as u64, ..self.counters.statistics(code_bytes as u64, lost) }
    }

    /// A key was entered for the first time, and counted.
    pub(crate) fn add_entered(&self, key: Key) {
        lock(&self.entered).push(key);
    }

    /// The counts of all keys that were entered.
    pub(crate) fn entry_counts(&self) -> BTreeMap<Key, u64> {
        let current = self.current();
        let count = |key: &Key| {
            let slot = current.slot(key.pc, key.offset)?;
            Some((*key, slot.count.load(Ordering::Relaxed).into()))
        };
        lock(&self.entered).iter().filter_map(count).collect()
    }

    /// Adds what a run has used.
    pub(crate) fn add_profile(&self, profile: Profile) {
        lock(&self.profile).add(profile);
    }

    /// The regions there are; when profiling, also those there were.
    pub(crate) fn regions(&self) -> Vec<CompiledRegion> {
        let mut generations = lock(&self.past).clone();
        let current = self.current();
        generations.push((current.number, current.records()));
        let profile = lock(&self.profile);
        generations.into_iter().flat_map(|(number, records)| profile.regions(number, records)).collect()
    }

    /// What was interpreted, when profiling.
    pub(crate) fn interpreted_code(&self) -> Vec<InterpretedCode> {
        lock(&self.profile).interpreted_code()
    }
}
