//! Compiling for machines that run: at once, in the background, or what a log says.
//!
//! ```text
//! candidates ── those that pay ──► Pipeline ─► artifacts ── a page full, or no more candidates ──► Store
//! ```
//!
//! One thread compiles at a time.

use crate::artifact::Artifact;
use crate::budget::{Budget, INSTRUCTIONS_PER_REGION};
use crate::finished::Finished;
use crate::key::Key;
use crate::listing::Listing;
use crate::memory::CodeMemory;
use crate::memory::jit::JitMemory;
use crate::options::Options;
use crate::pipeline::{Compiled, Pipeline};
use crate::rom::Rom;
use crate::slot::Slot;
use crate::statistics::count;
use crate::store::{NewMemory, Store};
use crate::sync::lock;
use crate::worker::Worker;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

/// Bytes of code that are published together: fewer waste protected pages, more let machines wait.
const PUBLISH_BATCH_BYTES: usize = 4096;

/// The compiling side of a [`Jit`](crate::Jit).
pub(crate) struct Compiling {
    work: Arc<Work>,
    mode: Mode,
    /// A request was refused: the worker thread has died.
    refused: AtomicBool,
}

/// When and where requests are compiled.
enum Mode {
    /// At once, in the thread that runs the machine.
    Sync,
    /// In a worker thread, which the first request starts.
    Background(OnceLock<Worker>),
    /// Never: all code comes from a log.
    Replay,
}

impl Compiling {
    /// The compiling side and the store it fills, with the code of an image in it; `None` where code cannot be
    /// generated.
    pub(crate) fn new(rom: &Rom, options: Options, finished: Option<Arc<Finished>>) -> Option<(Self, Arc<Store>)> {
        let pipeline = Pipeline::new(rom.clone(), options)?;
        let isa = Arc::clone(pipeline.compiler.isa());
        if !JitMemory::is_available(Arc::clone(&isa)) {
            return None;
        }
        let new_memory: NewMemory = Box::new(move || {
            let memory = JitMemory::new(Arc::clone(&isa), options.code_bytes)?;
            Some(Box::new(memory) as Box<dyn CodeMemory>)
        });
        let store = Arc::new(Store::new(rom.bytes().len(), options.profile, finished, Some(new_memory))?);
        let mode = if options.sync { Mode::Sync } else { Mode::Background(OnceLock::new()) };
        let is_fixed = options.threshold.is_some();
        let work = Work { pipeline: Mutex::new(pipeline), candidates: Mutex::default(), is_fixed };
        Some((Self { work: Arc::new(work), mode, refused: AtomicBool::new(false) }, store))
    }

    /// As [`Compiling::new`], with exactly the code of a log in the store besides that of the image.
    pub(crate) fn replay(
        rom: &Rom,
        options: Options,
        finished: Option<Arc<Finished>>,
        log: &[(u64, Key)],
    ) -> Option<(Self, Arc<Store>)> {
        let (compiling, store) = Self::new(rom, options, finished)?;
        replay(&mut lock(&compiling.work.pipeline), &store, log);
        Some((Self { mode: Mode::Replay, ..compiling }, store))
    }

    /// A target became a candidate.
    pub(crate) fn add_candidate(&self, key: Key) {
        if !matches!(self.mode, Mode::Replay) {
            lock(&self.work.candidates).push(key);
        }
    }

    /// Has a batch of candidates compiled.
    pub(crate) fn request(&self, store: &Arc<Store>) {
        match &self.mode {
            Mode::Replay => {}
            Mode::Sync => self.work.compile(store, &AtomicBool::new(false)),
            Mode::Background(worker) => {
                let start = || {
                    let (work, store) = (Arc::clone(&self.work), Arc::clone(store));
                    Worker::new(move |stop| {
                        let sabotage = lock(&work.pipeline).compiler.sabotage;
                        sabotage.at_batch();
                        work.compile(&store, stop);
                    })
                };
                if !worker.get_or_init(start).request() {
                    self.refused.store(true, Ordering::Relaxed);
                    lock(&self.work.candidates).drain(..).for_each(|key| store.fail(key));
                }
            }
        }
    }

    /// Whether the worker thread has died.
    pub(crate) fn is_lost(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
            || matches!(&self.mode, Mode::Background(worker) if worker.get().is_some_and(|worker| !worker.is_alive()))
    }

    /// The text of a key's region; see [`Pipeline::listing`].
    pub(crate) fn listing(&self, store: &Store, key: Key) -> Option<Listing> {
        let current = store.current();
        lock(&self.work.pipeline).listing(key, |pc, offset| current.has_code(pc, offset))
    }

    /// Changes what the compiler does wrong.
    #[cfg(feature = "sabotage")]
    pub(crate) fn sabotage(&self, change: impl FnOnce(&mut crate::sabotage::Sabotage)) {
        change(&mut lock(&self.work.pipeline).compiler.sabotage);
    }
}

/// What is compiled, with what.
struct Work {
    pipeline: Mutex<Pipeline>,
    /// Targets that may be compiled. Those for which that does not pay yet stay.
    candidates: Mutex<Vec<Key>>,
    /// Whether all candidates are compiled, and not only those that pay.
    is_fixed: bool,
}

impl Work {
    /// Compiles a batch: the candidates that pay and have no code yet, the most executed ones first, until `stop` is
    /// set.
    #[inline(never)] // its name in profiles is the cost of compiling
    fn compile(&self, store: &Store, stop: &AtomicBool) {
        let mut pipeline = lock(&self.pipeline);
        let started = Instant::now();
        let candidates = std::mem::take(&mut *lock(&self.candidates));
        let mut candidates: Vec<_> = candidates.into_iter().map(|key| (store.executions(key), key)).collect();
        if !self.is_fixed {
            candidates.sort_by_key(|(executions, _)| Reverse(*executions));
        }
        let mut later = Vec::new();
        let mut batch: Vec<Artifact> = Vec::new();
        let mut is_empty = true;
        for (executions, key) in candidates {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let current = store.current();
            let has_code = |pc, offset| {
                current.has_code(pc, offset)
                    || batch.iter().any(|artifact| (artifact.key.pc, artifact.key.offset) == (pc, offset))
            };
            if has_code(key.pc, key.offset) {
                continue; // another machine has requested it too
            }
            let unpublished = batch.iter().map(|artifact| artifact.instructions as u64 + INSTRUCTIONS_PER_REGION).sum();
            let budget = if self.is_fixed { Budget::fixed(0) } else { Budget::new(&store.counters, unpublished) };
            if !budget.pays(executions, store.size(key)) {
                later.push(key);
                continue;
            }
            match pipeline.compile(key, has_code, |size| budget.pays(executions, size)) {
                Compiled::Code(artifact) => {
                    is_empty = false;
                    batch.push(artifact);
                }
                Compiled::TooLarge(size) => {
                    store.set_size(key, size);
                    later.push(key);
                }
                Compiled::Nothing => store.set_state(key, Slot::NOTHING),
                Compiled::Failed => store.fail(key),
            }
            if batch.iter().map(|artifact| artifact.bytes.len()).sum::<usize>() >= PUBLISH_BATCH_BYTES {
                store.publish(&batch);
                batch.clear();
            }
        }
        store.publish(&batch);
        lock(&self.candidates).append(&mut later);
        count(&store.counters.batches, u64::from(!is_empty));
        count(&store.counters.compile_nanos, started.elapsed().as_nanos() as u64);
    }
}

/// Compiles the keys of a log: each as if there were code for those before it in its generation and for the image, and
/// no other.
fn replay(pipeline: &mut Pipeline, store: &Store, log: &[(u64, Key)]) {
    let finished = store.current().finished.clone();
    let in_image = |pc, offset| finished.as_ref().is_some_and(|finished| finished.has_code(pc, offset));
    let mut before = BTreeSet::new();
    let mut generation = 0;
    for &(number, key) in log {
        if number != generation {
            (generation, before) = (number, BTreeSet::new());
        }
        if !store.current().has_code(key.pc, key.offset) {
            let has_code = |pc, offset| before.contains(&(pc, offset)) || in_image(pc, offset);
            match pipeline.compile(key, has_code, |_| true) {
                Compiled::Code(artifact) => store.publish(&[artifact]),
                Compiled::Nothing | Compiled::TooLarge(_) => {}
                Compiled::Failed => store.fail(key),
            }
        }
        before.insert((key.pc, key.offset));
    }
}
