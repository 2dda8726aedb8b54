//! The driver: counts targets, has the hot ones compiled, and switches between interpreter and native code.
//!
//! ```text
//! interpreter ── marked target, or sample ──► slot: code? ── yes ──► native code ── exit ──► interpreter
//!      ▲                                        │ no: count, and request it when it is hot
//!      └────────────────────────────────────────┘
//! ```

use crate::budget::Budget;
use crate::bus::CodeBus;
use crate::compiling::Compiling;
use crate::context::Context;
use crate::exit::Exit;
use crate::finished::Finished;
use crate::generation::Generation;
use crate::image::Image;
use crate::key::Key;
use crate::listing::Listing;
use crate::options::Options;
use crate::profile::{CompiledRegion, InterpretedCode, Profile};
use crate::rom::{Rom, is_interpreted};
use crate::sample::{Sampler, WEIGHT};
use crate::slot::{Code, Slot, SlotPage, WINDOW, WINDOWS};
use crate::statistics::{Reason, Statistics, Tally, count};
use crate::store::Store;
use crate::target::Target;
use ricojit_interpreter::opcode::Opcode;
use ricojit_interpreter::{Cpu, Cycle, Next, idle};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Cycles between two checks for idle loops in RAM: a check costs more than the jump it is made at.
const RAM_IDLE_CHECK_INTERVAL: Cycle = 1024;

/// Cycles skipped in an idle loop that is worth being found as soon as it is entered.
const LONG_WAIT: Cycle = 1024;

/// Two IRQs before the same instruction within so many cycles may be an interrupt storm.
const STORM_INTERVAL: Cycle = 128;

/// The code of one ROM, shared by all machines that run it.
pub struct Jit {
    rom: Rom,
    options: Options,
    store: Arc<Store>,
    /// `None`: all code comes from an image, or entries are counted and there is none.
    compiling: Option<Compiling>,
}

impl fmt::Debug for Jit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jit").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}

impl Jit {
    /// For PRG ROM `rom` on a board that maps at least `unit` bytes at a time (a power of two from 4 KiB to 32).
    /// `None` where code cannot be generated: on a host that is unknown to Cranelift or gives no executable memory, or
    /// without the feature `compiler`.
    ///
    /// With [`Options::count_entries`] no code is generated, so this works everywhere.
    pub fn new(rom: Arc<[u8]>, unit: usize, options: Options) -> Option<Self> {
        let (rom, options) = (Rom::new(rom, unit), with_profile(options));
        if options.count_entries {
            let store = Store::new(rom.bytes().len(), options.profile, None, None)?;
            return Some(Self { rom, options, store: Arc::new(store), compiling: None });
        }
        let (compiling, store) = Compiling::new(&rom, options, None)?;
        Some(Self { rom, options, store, compiling: Some(compiling) })
    }

    /// As [`Jit::new`], with the code of an image from the beginning. It stays when other code is given up for lack of
    /// memory. The options on which code depends are the image's.
    pub fn extend(image: &Image, options: Options) -> Option<Self> {
        let (options, finished) = prepare(image, options)?;
        let (compiling, store) = Compiling::new(&image.rom, with_profile(options), Some(finished))?;
        Some(Self { rom: image.rom.clone(), options, store, compiling: Some(compiling) })
    }

    /// As [`Jit::new`], with exactly the code that another recompiler of the same ROM, unit and options had, as its
    /// [`Jit::log`] lists it.
    pub fn replay(rom: Arc<[u8]>, unit: usize, options: Options, log: &[(u64, Key)]) -> Option<Self> {
        let (rom, options) = (Rom::new(rom, unit), with_profile(options));
        let (compiling, store) = Compiling::replay(&rom, options, None, log)?;
        Some(Self { rom, options, store, compiling: Some(compiling) })
    }

    /// As [`Jit::replay`], with a log of a recompiler that had the same image.
    pub fn extend_by_log(image: &Image, options: Options, log: &[(u64, Key)]) -> Option<Self> {
        let (options, finished) = prepare(image, options)?;
        let (compiling, store) = Compiling::replay(&image.rom, with_profile(options), Some(finished), log)?;
        Some(Self { rom: image.rom.clone(), options, store, compiling: Some(compiling) })
    }

    /// With exactly the code of an image. Compiles nothing: other code is interpreted. The options on which code depends
    /// are the image's. `None` where there is no executable memory.
    pub fn with_image(image: &Image, options: Options) -> Option<Self> {
        let (options, finished) = prepare(image, options)?;
        let store = Store::new(image.rom.bytes().len(), options.profile, Some(finished), None)?;
        Some(Self { rom: image.rom.clone(), options, store: Arc::new(store), compiling: None })
    }

    /// Counts time for compiling that was spent on the image it began with.
    pub fn add_compile_time(&self, time: Duration) {
        count(&self.store.counters.compile_nanos, time.as_nanos() as u64);
    }

    /// The code there is now, that of an image it began with included. That of generations that were given up is not
    /// in it.
    pub fn image(&self) -> Image {
        Image::new(self.rom.clone(), self.options, Target::Host, self.store.current().artifacts())
    }

    /// The keys of all code so far, in the order in which it was published, each with the number of its generation:
    /// what [`Jit::replay`] needs.
    pub fn log(&self) -> Vec<(u64, Key)> {
        self.store.log()
    }

    /// What happened so far, in all machines.
    pub fn statistics(&self) -> Statistics {
        self.store.statistics(self.compiling.as_ref().is_some_and(Compiling::is_lost))
    }

    /// The compiled regions that there are; when profiling, with their use, and also those that there were.
    pub fn regions(&self) -> Vec<CompiledRegion> {
        self.store.regions()
    }

    /// What was interpreted, when profiling.
    pub fn interpreted_code(&self) -> Vec<InterpretedCode> {
        self.store.interpreted_code()
    }

    /// How often each target of control transfers was entered while it had no code, with [`Options::count_entries`].
    /// Neither code outside of ROM nor what may be an idle loop is counted, nor is a target that a run ends at.
    pub fn entry_counts(&self) -> BTreeMap<Key, u64> {
        self.store.entry_counts()
    }

    /// The CLIF and the native code of a region as text; `None` if there is nothing to compile or no compiler.
    pub fn listing(&self, key: Key) -> Option<Listing> {
        self.compiling.as_ref()?.listing(&self.store, key)
    }

    /// The CLIF that would be made for an address, as text.
    pub fn clif<B: CodeBus>(&self, bus: &B, pc: u16) -> Option<String> {
        Some(self.listing(self.rom.key(bus, pc)?)?.clif)
    }

    /// Runs like [`Cpu::run_until`]: to the first instruction boundary at or after `end`. Returns the number of idle
    /// cycles that were skipped.
    pub fn run_until<B: CodeBus>(&self, cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
        if cpu.cycle >= end {
            return 0;
        }
        let mut tally = Tally::default();
        if self.options.count_entries {
            run_to_entry(cpu, bus, end, &mut tally);
        }
        while cpu.cycle < end {
            // Held for as long as its code may run.
            let generation = self.store.current();
            self.run_in(&generation, cpu, bus, end, &mut tally);
        }
        self.store.counters.add(&tally);
        tally.idle
    }

    /// Runs to `end`, or until the generation is found to be retired.
    fn run_in<B: CodeBus>(&self, generation: &Generation, cpu: &mut Cpu, bus: &mut B, end: Cycle, tally: &mut Tally) {
        // Made where there is code to run: that takes as long as 30 instructions of the interpreter.
        let mut context = None;
        let mut windows = Windows::new(generation, self.budget());
        let mut profile = self.options.profile.then(Profile::default);
        let (mut next_ram_check, mut last_irq) = (0, (0, 0));
        // The last run may have ended in a loop or storm that has no slot.
        let mut is_waiting = self.store.is_waiting.load(Ordering::Relaxed);
        let mut sampler = (!self.looks_at_all()).then(|| Sampler::new(&self.store.next_sample));
        while cpu.cycle < end {
            let mut reason = Reason::Interrupt;
            let mut single_step = false;
            let start = (cpu.pc, cpu.cycle);
            let halted = bus.halted_cycles();
            let found = match cpu.next {
                Next::Instruction => {
                    let found = self.code(&mut windows, bus, cpu.pc);
                    windows.weight = 1;
                    Some(found)
                }
                Next::Irq => {
                    let before = std::mem::replace(&mut last_irq, start);
                    let is_again = cpu.pc == before.0 && cpu.cycle < before.1 + STORM_INTERVAL;
                    ((is_again || sampler.is_some()) && self.may_wait(bus, cpu)).then_some(Found::Idle)
                }
                _ => None,
            };
            if let Some(mut found) = found {
                if matches!(found, Found::Nothing(_)) && std::mem::take(&mut is_waiting) && self.may_wait(bus, cpu) {
                    found = Found::Idle;
                }
                if matches!(found, Found::Nothing(Reason::Ram)) && cpu.cycle >= next_ram_check {
                    next_ram_check = cpu.cycle + RAM_IDLE_CHECK_INTERVAL;
                    if self.may_wait(bus, cpu) {
                        found = Found::Idle;
                    }
                }
                // Of the IRQs of a storm, only samples are seen.
                if matches!(found, Found::Nothing(Reason::Opcode)) && sampler.is_some() && self.may_wait(bus, cpu) {
                    found = Found::Idle;
                }
                match found {
                    Found::Code(slot, code) => {
                        let began = profile.is_some().then(Instant::now);
                        let context = context.get_or_insert_with(|| Context::new(bus, self.rom.bytes(), end));
                        let exit = context.run(code, windows.page(start.0), cpu, bus);
                        if let (Some(profile), Some(began)) = (&mut profile, began) {
                            let (cycles, nanos) = (cpu.cycle - start.1, began.elapsed().as_nanos() as u64);
                            profile.native(generation.number, slot.region.load(Ordering::Relaxed), cycles, nanos);
                        }
                        tally.native += cpu.cycle - start.1;
                        tally.exits[exit as usize] += 1;
                        reason = match exit {
                            Exit::Jump => continue,
                            Exit::Deadline => Reason::Deadline,
                            Exit::Interpret => Reason::Opcode,
                            Exit::Changed => Reason::Changed,
                        };
                        if cpu.cycle >= end {
                            break;
                        }
                        single_step = exit == Exit::Changed;
                    }
                    Found::Nothing(why) => {
                        reason = why;
                        // What follows an instruction for the interpreter becomes an entry too.
                        single_step = why == Reason::Opcode;
                    }
                    Found::Idle => {
                        let offset = bus.rom_offset(start.0).filter(|_| start.0 >= 0x8000);
                        let skipped = idle::wait(cpu, bus, end);
                        is_waiting = cpu.cycle >= end;
                        if skipped >= LONG_WAIT {
                            generation.stops.add(start.0);
                        }
                        let halted = bus.halted_cycles() - halted;
                        let cycles = cpu.cycle - start.1 - skipped - halted;
                        tally.idle += skipped;
                        tally.halted += halted;
                        tally.interpreted[Reason::Idle as usize] += cycles;
                        if let Some(profile) = &mut profile {
                            profile.interpreted(start.0, offset, Reason::Idle, cycles);
                        }
                        continue;
                    }
                    Found::Retired => break,
                }
            }
            let (pc, before) = (cpu.pc, cpu.cycle);
            let offset = if profile.is_some() && pc >= 0x8000 { bus.rom_offset(pc) } else { None };
            if single_step {
                // The second instruction after STA $4014 becomes an entry, as the target of a jump does. The first
                // crosses the DMA.
                cpu.step(bus);
            } else if let Some(sampler) = &mut sampler {
                let due = sampler.due(before);
                let stopped = if generation.has_any_code() {
                    cpu.run_to_stop(bus, end.min(due), &generation.stops)
                } else {
                    cpu.run_until(bus, end.min(due));
                    false
                };
                if !stopped && cpu.cycle >= due && cpu.cycle < end {
                    cpu.run_to_jump(bus, end);
                    sampler.take(cpu.cycle);
                    windows.weight = WEIGHT;
                } else {
                    sampler.interpreted(cpu.cycle - before);
                }
            } else {
                cpu.run_to_jump(bus, end);
            }
            let halted = bus.halted_cycles() - halted;
            let cycles = cpu.cycle - before - halted;
            tally.halted += halted;
            tally.interpreted[reason as usize] += cycles;
            if let Some(profile) = &mut profile {
                profile.interpreted(pc, offset, reason, cycles);
            }
        }
        self.store.is_waiting.store(is_waiting, Ordering::Relaxed);
        if let Some(sampler) = sampler {
            sampler.keep(&self.store.next_sample);
        }
        if let Some(profile) = profile {
            self.store.add_profile(profile);
        }
    }

    /// Whether every target without code is looked at: those that are counted exactly, or listed.
    fn looks_at_all(&self) -> bool {
        let is_fixed = self.options.threshold.is_some() && self.compiling.is_some();
        is_fixed || self.options.count_entries || self.options.profile
    }

    /// What may be compiled in a run.
    fn budget(&self) -> Budget {
        match (&self.compiling, self.options.threshold) {
            _ if self.options.count_entries => Budget::fixed(0),
            (None, _) => Budget::fixed(Slot::MAX_COUNT),
            (Some(_), Some(threshold)) => Budget::fixed(threshold),
            (Some(_), None) => Budget::new(&self.store.counters, 0),
        }
    }

    /// The code at an address in the present mapping.
    #[inline]
    fn code<'g, B: CodeBus>(&self, windows: &mut Windows<'g>, bus: &B, pc: u16) -> Found<'g> {
        let Some(slot) = windows.slot(bus, pc) else { return Found::Nothing(Reason::Ram) };
        if let Some(code) = slot.code() {
            return Found::Code(slot, code);
        }
        let count = slot.count.load(Ordering::Relaxed);
        if count == 0 && self.options.idle_skip && self.rom.may_wait(bus, pc) {
            slot.count.store(Slot::IDLE, Ordering::Relaxed);
            return Found::Idle;
        }
        if count == 0 && is_interpreted(Opcode::of(bus.peek(pc))) {
            slot.count.store(Slot::NOTHING, Ordering::Relaxed);
            return Found::Nothing(Reason::Opcode);
        }
        let next = count.saturating_add(windows.weight);
        if count < windows.budget.threshold {
            slot.count.store(next, Ordering::Relaxed);
            return Found::Nothing(self.cold());
        }
        match count {
            Slot::REQUESTED if !self.store.is_retired(windows.generation) => Found::Nothing(self.cold()),
            Slot::IDLE => Found::Idle,
            Slot::NOTHING => Found::Nothing(Reason::Opcode),
            Slot::FAILED => Found::Nothing(Reason::Failed),
            _ if !windows.budget.is_due(count, next) => {
                slot.count.store(next, Ordering::Relaxed);
                Found::Nothing(self.cold())
            }
            _ => self.hot(windows, slot, bus, pc),
        }
    }

    /// Why there is no code for a target in ROM.
    #[inline]
    fn cold(&self) -> Reason {
        if self.compiling.is_some() { Reason::Cold } else { Reason::NoCode }
    }

    /// Whether code outside of ROM may be an idle loop, or the IRQ found a storm. It may have changed since the last check.
    #[cold]
    #[inline(never)]
    fn may_wait<B: CodeBus>(&self, bus: &B, cpu: &Cpu) -> bool {
        self.options.idle_skip && idle::is_candidate(cpu, bus)
    }

    /// Considers a hot target: it may be compiled, alone or with others, or its entry counted.
    #[cold]
    #[inline(never)]
    fn hot<'g, B: CodeBus>(&self, windows: &Windows<'g>, slot: &'g Slot, bus: &B, pc: u16) -> Found<'g> {
        let generation = windows.generation;
        if self.store.is_retired(generation) {
            return Found::Retired;
        }
        let Some(key) = self.rom.key(bus, pc) else { return Found::Nothing(Reason::Ram) };
        if self.options.count_entries {
            if slot.count_exactly() == 1 {
                self.store.add_entered(key);
            }
            return Found::Nothing(self.cold());
        }
        let Windows { budget, weight, .. } = windows;
        let count = slot.count.load(Ordering::Relaxed);
        let next = count.saturating_add(*weight).min(Slot::MAX_COUNT);
        slot.count.store(if budget.is_fixed { Slot::REQUESTED } else { next }, Ordering::Relaxed);
        if let Some(compiling) = &self.compiling {
            if budget.is_new(count) {
                compiling.add_candidate(key);
            }
            if budget.pays_for_batch(next, slot.size()) {
                compiling.request(&self.store);
            }
        }
        // It may have been compiled at once.
        if self.store.is_retired(generation) {
            return Found::Retired;
        }
        slot.code().map_or(Found::Nothing(self.cold()), |code| Found::Code(slot, code))
    }
}

/// For tests that see whether mistakes and failures are found.
#[cfg(feature = "sabotage")]
#[doc(hidden)]
impl Jit {
    /// From now on translates with this mistake.
    pub fn break_on_purpose(&self, mutant: crate::sabotage::Mutant) {
        self.sabotage(|sabotage| sabotage.mutant = Some(mutant));
    }

    /// The next compilation panics.
    pub fn panic_once(&self) {
        self.sabotage(|sabotage| sabotage.panic_once = true);
    }

    /// The worker thread dies at its next batch.
    pub fn kill_worker(&self) {
        self.sabotage(|sabotage| sabotage.kill_worker = true);
    }

    fn sabotage(&self, change: impl FnOnce(&mut crate::sabotage::Sabotage)) {
        if let Some(compiling) = &self.compiling {
            compiling.sabotage(change);
        }
    }
}

/// The code of an image in memory, and the options with those that it was made under; `None` where there is no
/// executable memory.
fn prepare(image: &Image, options: Options) -> Option<(Options, Arc<Finished>)> {
    let can_run = image.finished.is_executable() && options.code_bytes > 0;
    can_run.then(|| (options.with_code(image.options.of_code()), Arc::clone(&image.finished)))
}

/// With a profile, native code does not jump to other native code by itself: its time would be counted for the first.
fn with_profile(options: Options) -> Options {
    Options { link: options.link && !options.profile, ..options }
}

/// Runs to the next control transfer: where a run begins is no entry, since it may be anywhere.
fn run_to_entry<B: CodeBus>(cpu: &mut Cpu, bus: &mut B, end: Cycle, tally: &mut Tally) {
    let (before, halted) = (cpu.cycle, bus.halted_cycles());
    cpu.run_to_jump(bus, end);
    let halted = bus.halted_cycles() - halted;
    tally.halted += halted;
    tally.interpreted[Reason::Cold as usize] += cpu.cycle - before - halted;
}

/// What there is at an address.
enum Found<'g> {
    Code(&'g Slot, Code<'g>),
    /// No code, and why.
    Nothing(Reason),
    /// Perhaps an idle loop.
    Idle,
    /// There may be code in another generation.
    Retired,
}

/// The slots of each window, in the present mapping.
struct Windows<'g> {
    generation: &'g Generation,
    pages: [Option<&'g SlotPage>; WINDOWS],
    /// The mapping that `pages` are of.
    map: Option<u64>,
    /// What may be compiled.
    budget: Budget,
    /// Executions that the present one stands for.
    weight: u32,
}

impl<'g> Windows<'g> {
    fn new(generation: &'g Generation, budget: Budget) -> Self {
        Self { generation, pages: [None; WINDOWS], map: None, budget, weight: 1 }
    }

    /// The slot of an address; `None` if it is not in ROM.
    #[inline]
    fn slot<B: CodeBus>(&mut self, bus: &B, pc: u16) -> Option<&'g Slot> {
        if pc < 0x8000 {
            return None;
        }
        let map = Some(bus.map_generation());
        if self.map != map {
            (self.map, self.pages) = (map, [None; WINDOWS]);
        }
        match self.pages[usize::from(pc) / WINDOW % WINDOWS] {
            Some(page) => Some(&page[usize::from(pc) % WINDOW]),
            None => self.find(bus, pc),
        }
    }

    /// The slots of the window of an address, if they were looked up before.
    #[inline]
    fn page(&self, pc: u16) -> Option<&'g SlotPage> {
        self.pages[usize::from(pc) / WINDOW % WINDOWS]
    }

    #[cold]
    #[inline(never)]
    fn find<B: CodeBus>(&mut self, bus: &B, pc: u16) -> Option<&'g Slot> {
        let offset = bus.rom_offset(pc)?;
        let page = self.generation.page(pc, offset)?;
        if offset as usize % WINDOW == usize::from(pc) % WINDOW {
            self.pages[usize::from(pc) / WINDOW % WINDOWS] = Some(page);
        }
        Some(&page[offset as usize % WINDOW])
    }
}
