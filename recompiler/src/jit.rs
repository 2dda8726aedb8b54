//! The driver: counts entries, has the hot ones compiled, and switches between interpreter and native code.

use crate::CodeBus;
use crate::cache::{Code, Generation, Key, Page, Slot, WINDOW, WINDOWS};
use crate::codegen::Listing;
use crate::context::Context;
use crate::shared::Shared;
use crate::statistics::{CompiledRegion, InterpretedCode, Profile, Reason, Statistics, Tally};
use crate::translate::{Exit, Mutant};
use crate::worker::Worker;
use ricojit_interpreter::{Cpu, Cycle, Next, idle};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Knobs. Each turns one thing off or forces it; none changes a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Entries after which a target is compiled, and four times as many as in a machine that has run for a minute; 0 compiles
    /// everything at once.
    pub threshold: u32,
    /// Compiles at once, in the thread that runs the machine; else another thread does it and machines go on.
    pub sync: bool,
    /// Whether native code goes on to other native code by itself.
    pub link: bool,
    /// Whether flags that nobody reads are left out.
    pub liveness: bool,
    /// Whether small subroutines are compiled into their callers.
    pub inline: bool,
    /// Whether whole turns of loops that only wait are skipped.
    pub idle_skip: bool,
    /// Whether to keep what [`Jit::regions`] and [`Jit::interpreted_code`] tell; costs two looks at the clock an entry.
    pub profile: bool,
    /// Bytes of code in a generation. 0: as on a host without executable memory.
    #[doc(hidden)]
    pub code_bytes: usize,
}

/// A region of 100 instructions takes about 15 million host instructions to compile, one turn of interpreting between two
/// targets about 250. Measured cold, CPU time of all threads, 3,000 frames of six games without picture, against the
/// interpreter: 500 x0.93, 1000 x0.98, 2000 x1.11, 4000 x1.38, 8000 x1.49, with every game above 1 from 4000 on; code that
/// runs once a frame should not wait longer.
pub(crate) const DEFAULT_THRESHOLD: u32 = 4000;

/// Cycles after which a machine is taken for one that will run for much longer, and code that is less hot is worth its
/// compilation: a minute.
const LONG: Cycle = 60 * 1_789_773;

/// By what the threshold is divided then.
const LONG_DIVISOR: u32 = 4;

/// Cycles between two looks at whether code in RAM waits: a look costs more than the jump it is made at.
const LOOK: Cycle = 1024;

/// Address space for the code of a generation; memory is taken as it is needed.
const CODE_BYTES: usize = 64 << 20;

impl Default for Options {
    fn default() -> Self {
        Self {
            threshold: DEFAULT_THRESHOLD,
            sync: false,
            link: true,
            liveness: true,
            inline: true,
            idle_skip: true,
            profile: false,
            code_bytes: CODE_BYTES,
        }
    }
}

/// Who compiles.
enum Compiling {
    /// The thread that runs the machine.
    Here,
    /// A thread that the first hot target starts.
    Beside(OnceLock<Worker>),
    /// Nobody: what there is came from a log.
    Nobody,
}

/// The code of one ROM, shared by all machines that run it.
pub struct Jit {
    shared: Arc<Shared>,
    compiling: Compiling,
}

impl fmt::Debug for Jit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jit").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}

impl Jit {
    /// For PRG ROM `rom` on a board that maps at least `unit` bytes at a time (a power of two from 4 KiB to 32).
    /// `None` where code cannot be generated.
    pub fn new(rom: Arc<[u8]>, unit: usize, options: Options) -> Option<Self> {
        let shared = Arc::new(Shared::new(rom, unit, options)?);
        let compiling = if options.sync { Compiling::Here } else { Compiling::Beside(OnceLock::new()) };
        Some(Self { shared, compiling })
    }

    /// As [`Jit::new`], with exactly the code that another recompiler of the same ROM, unit and options had.
    pub fn replay(rom: Arc<[u8]>, unit: usize, options: Options, log: &[(u64, Key)]) -> Option<Self> {
        let shared = Arc::new(Shared::new(rom, unit, options)?);
        shared.replay(log);
        Some(Self { shared, compiling: Compiling::Nobody })
    }

    /// The keys of all code so far, in the order in which it came to be, each with the number of its generation: what
    /// [`Jit::replay`] needs.
    pub fn log(&self) -> Vec<(u64, Key)> {
        self.shared.log()
    }

    /// From now on makes a mistake on purpose, to see that the tests find it.
    #[doc(hidden)]
    pub fn break_on_purpose(&mut self, mutant: Mutant) {
        self.shared.compiler().mutant = Some(mutant);
    }

    /// The next compilation panics.
    #[doc(hidden)]
    pub fn panic_once(&self) {
        self.shared.compiler().panics = true;
    }

    /// The compile thread dies at its next region.
    #[doc(hidden)]
    pub fn kill_compile_thread(&self) {
        self.shared.dies.store(true, Ordering::Relaxed);
    }

    /// What happened so far, in all machines.
    pub fn statistics(&self) -> Statistics {
        let lost = self.shared.lost.load(Ordering::Relaxed)
            || matches!(&self.compiling, Compiling::Beside(worker) if worker.get().is_some_and(|w| !w.is_alive()));
        self.shared.counters.statistics(self.shared.current().code_bytes() as u64, lost)
    }

    /// The compiled regions that there are; when profiling, with their use, and also those that there were.
    pub fn regions(&self) -> Vec<CompiledRegion> {
        self.shared.regions()
    }

    /// What was interpreted, when profiling.
    pub fn interpreted_code(&self) -> Vec<InterpretedCode> {
        crate::cache::lock(&self.shared.profile).interpreted_code()
    }

    /// The CLIF and the native code of a region, for people to read; `None` if there is nothing to compile.
    pub fn listing(&self, key: Key) -> Option<Listing> {
        self.shared.listing(key)
    }

    /// The CLIF that would be made for an address, for people to read.
    pub fn clif<B: CodeBus>(&self, bus: &B, pc: u16) -> Option<String> {
        Some(self.listing(self.shared.key(bus, pc)?)?.clif)
    }

    /// Runs like [`Cpu::run_until`]: to the first instruction boundary at or after `end`. Returns the number of idle
    /// cycles that were skipped.
    pub fn run_until<B: CodeBus>(&self, cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
        if cpu.cycle >= end {
            return 0;
        }
        let mut tally = Tally::default();
        while cpu.cycle < end {
            // Held for as long as its code may run.
            let generation = self.shared.current();
            self.run_in(&generation, cpu, bus, end, &mut tally);
        }
        self.shared.counters.add(&tally);
        tally.idle
    }

    /// Runs to `end`, or until it notices that the generation is retired.
    fn run_in<B: CodeBus>(&self, generation: &Generation, cpu: &mut Cpu, bus: &mut B, end: Cycle, tally: &mut Tally) {
        let mut context = Context::new(bus, &self.shared.rom, end);
        let threshold = self.shared.options.threshold / if cpu.cycle < LONG { 1 } else { LONG_DIVISOR };
        let mut windows = Windows::new(generation, threshold);
        let mut profile = self.shared.options.profile.then(Profile::default);
        let mut look = 0;
        while cpu.cycle < end {
            let mut reason = Reason::Interrupt;
            let mut afterwards = false;
            let start = (cpu.pc, cpu.cycle);
            let halted = bus.halted_cycles();
            if cpu.next == Next::Instruction {
                let mut found = self.code(&mut windows, bus, cpu.pc);
                if matches!(found, Found::Nothing(Reason::Ram)) && cpu.cycle >= look {
                    look = cpu.cycle + LOOK;
                    if self.waits_in_ram(bus, cpu.pc) {
                        found = Found::Wait;
                    }
                }
                match found {
                    Found::Code(slot, code) => {
                        let began = profile.is_some().then(Instant::now);
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
                        afterwards = exit == Exit::Changed;
                    }
                    Found::Nothing(why) => reason = why,
                    Found::Wait => {
                        let offset = bus.rom_offset(start.0).filter(|_| start.0 >= 0x8000);
                        let skipped = idle::wait(cpu, bus, end);
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
            if afterwards {
                // What follows STA $4014 is a place to go on at as the target of a jump is; the DMA is in between.
                cpu.step(bus);
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
        if let Some(profile) = profile {
            crate::cache::lock(&self.shared.profile).add(profile);
        }
    }

    /// The code at an address in the mapping of now.
    #[inline]
    fn code<'g, B: CodeBus>(&self, windows: &mut Windows<'g>, bus: &B, pc: u16) -> Found<'g> {
        let Some(slot) = windows.slot(bus, pc) else { return Found::Nothing(Reason::Ram) };
        if let Some(code) = slot.code() {
            return Found::Code(slot, code);
        }
        let count = slot.count.load(Ordering::Relaxed);
        if count == 0 && self.shared.waits(bus, pc) {
            slot.count.store(Slot::WAITS, Ordering::Relaxed);
            return Found::Wait;
        }
        if count < windows.threshold {
            slot.count.store(count + 1, Ordering::Relaxed);
            return Found::Nothing(Reason::Cold);
        }
        match count {
            Slot::REQUESTED if !self.shared.is_retired(windows.generation) => Found::Nothing(Reason::Cold),
            Slot::WAITS => Found::Wait,
            Slot::NOTHING => Found::Nothing(Reason::Opcode),
            Slot::FAILED => Found::Nothing(Reason::Failed),
            _ => self.hot(windows.generation, slot, bus, pc),
        }
    }

    /// Whether code that is not in ROM waits. It may have changed since it was looked at last.
    #[cold]
    #[inline(never)]
    fn waits_in_ram<B: CodeBus>(&self, bus: &B, pc: u16) -> bool {
        self.shared.options.idle_skip && idle::may_wait(pc, |addr| Some(bus.peek(addr)))
    }

    /// Has a hot target compiled.
    #[cold]
    #[inline(never)]
    fn hot<'g, B: CodeBus>(&self, generation: &'g Generation, slot: &'g Slot, bus: &B, pc: u16) -> Found<'g> {
        if self.shared.is_retired(generation) {
            return Found::Retired;
        }
        let Some(key) = self.shared.key(bus, pc) else { return Found::Nothing(Reason::Ram) };
        slot.count.store(Slot::REQUESTED, Ordering::Relaxed);
        match &self.compiling {
            Compiling::Nobody => {}
            Compiling::Here => {
                self.shared.compile(&[key], &AtomicBool::new(false));
                if self.shared.is_retired(generation) {
                    return Found::Retired;
                }
                if let Some(code) = slot.code() {
                    return Found::Code(slot, code);
                }
            }
            Compiling::Beside(worker) => {
                let shared = &self.shared;
                let start = || {
                    let shared = Arc::clone(shared);
                    Worker::new(move |keys, stop| {
                        assert!(!shared.dies.load(Ordering::Relaxed), "the compile thread was asked to die");
                        shared.compile(keys, stop);
                    })
                };
                if !worker.get_or_init(start).request(key) {
                    self.shared.lost.store(true, Ordering::Relaxed);
                    self.shared.fail(key);
                }
            }
        }
        Found::Nothing(Reason::Cold)
    }
}

/// What there is at an address.
enum Found<'g> {
    Code(&'g Slot, Code<'g>),
    /// No code, and why.
    Nothing(Reason),
    /// Perhaps an idle loop.
    Wait,
    /// There may be code in another generation.
    Retired,
}

/// The slots behind each window, in the mapping of now.
struct Windows<'g> {
    generation: &'g Generation,
    pages: [Option<&'g Page>; WINDOWS],
    /// The mapping that `pages` are of.
    map: Option<u64>,
    /// Entries after which a target is compiled.
    threshold: u32,
}

impl<'g> Windows<'g> {
    fn new(generation: &'g Generation, threshold: u32) -> Self {
        Self { generation, pages: [None; WINDOWS], map: None, threshold: threshold.min(Slot::MOST) }
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

    /// The slots of the window of an address, as far as they were looked up.
    #[inline]
    fn page(&self, pc: u16) -> Option<&'g Page> {
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
