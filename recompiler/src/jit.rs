//! The driver: counts entries, compiles the hot ones, and switches between interpreter and native code.

use crate::codegen::Compiler;
use crate::context::{Context, PAGES, WINDOW};
use crate::region::Region;
use crate::translate::{Exit, Mutant};
use crate::{CodeBus, NEVER};
use interpreter::{Cpu, Cycle, Next};
use std::fmt;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// CPU windows with entry tables, from $8000.
const WINDOWS: usize = 0x8000 / WINDOW;

/// Knobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Entries after which a target is compiled; 0 compiles everything at once.
    pub threshold: u32,
    /// Whether a region goes on to another one by itself.
    pub link: bool,
    /// Whether flags that nobody reads are left out.
    pub liveness: bool,
    /// Whether subroutines are compiled into their callers.
    pub inline: bool,
}

/// An instruction has to run some thousand times to repay its compilation (10 to 25 us against 2.6 ns a time).
pub(crate) const DEFAULT_THRESHOLD: u32 = 1000;

impl Default for Options {
    fn default() -> Self {
        Self { threshold: DEFAULT_THRESHOLD, link: true, liveness: true, inline: true }
    }
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Regions compiled.
    pub regions: u64,
    /// Guest instructions in them.
    pub instructions: u64,
    /// Regions that could not be compiled.
    pub failed: u64,
    /// Cycles run by native code.
    pub native_cycles: u64,
    /// Cycles run by the interpreter.
    pub interpreted_cycles: u64,
    /// Native code was entered this often.
    pub entries: u64,
    /// Exits by reason: jump, deadline, interpret, changed.
    pub exits: [u64; 4],
}

/// One address that control may be transferred to. Generated code looks at the first field.
#[repr(C)]
pub(crate) struct Slot {
    pub(crate) code: AtomicPtr<u8>,
    count: AtomicU32,
}

impl Slot {
    pub(crate) const EMPTY: Self = Self { code: AtomicPtr::new(std::ptr::null_mut()), count: AtomicU32::new(0) };
}

/// Counter value of entries that are not to be compiled (again).
const DONE: u32 = u32::MAX;

/// The slots of a window.
pub(crate) type SlotPage = [Slot; WINDOW];

/// The code of one ROM, shared by all machines that run it.
pub struct Jit {
    rom: Arc<[u8]>,
    unit: usize,
    options: Options,
    /// By CPU window and physical page.
    tables: Vec<OnceLock<Box<SlotPage>>>,
    compiler: Mutex<Option<Compiler>>,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    regions: AtomicU64,
    instructions: AtomicU64,
    failed: AtomicU64,
    native_cycles: AtomicU64,
    interpreted_cycles: AtomicU64,
    entries: AtomicU64,
    exits: [AtomicU64; 4],
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
        let compiler = Compiler::new(options)?;
        let pages = rom.len().div_ceil(WINDOW);
        Some(Self {
            rom,
            unit,
            options,
            tables: (0..pages * WINDOWS).map(|_| OnceLock::new()).collect(),
            compiler: Mutex::new(Some(compiler)),
            counters: Counters::default(),
        })
    }

    /// From now on makes a mistake on purpose, to see that the tests find it.
    #[doc(hidden)]
    pub fn break_on_purpose(&mut self, mutant: Mutant) {
        let compiler = self.compiler.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(compiler) = compiler {
            compiler.mutant = Some(mutant);
        }
    }

    /// What happened so far, in all machines.
    pub fn statistics(&self) -> Statistics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let c = &self.counters;
        Statistics {
            regions: get(&c.regions),
            instructions: get(&c.instructions),
            failed: get(&c.failed),
            native_cycles: get(&c.native_cycles),
            interpreted_cycles: get(&c.interpreted_cycles),
            entries: get(&c.entries),
            exits: std::array::from_fn(|i| get(&c.exits[i])),
        }
    }

    /// Runs like [`Cpu::run_until`]: to the first instruction boundary at or after `end`.
    pub fn run_until<B: CodeBus>(&self, cpu: &mut Cpu, bus: &mut B, end: Cycle) {
        if cpu.cycle >= end {
            return;
        }
        let mut context = Context::new(bus, &self.rom, end);
        let start = cpu.cycle;
        let mut native = 0;
        let mut exits = [0; 4];
        while cpu.cycle < end {
            if cpu.next == Next::Instruction
                && let Some((page, slot)) = self.slots(bus, cpu.pc)
            {
                let code = self.code(slot, bus, cpu.pc);
                if !code.is_null() {
                    context.set_slots(cpu.pc, page);
                    let before = cpu.cycle;
                    let exit = enter(code, &mut context, cpu, bus);
                    native += cpu.cycle - before;
                    exits[exit as usize] += 1;
                    if exit == Exit::Jump || cpu.cycle >= end {
                        continue;
                    }
                }
            }
            interpret(cpu, bus, end);
        }
        let c = &self.counters;
        c.entries.fetch_add(exits.iter().sum(), Ordering::Relaxed);
        for (total, count) in c.exits.iter().zip(exits) {
            total.fetch_add(count, Ordering::Relaxed);
        }
        c.native_cycles.fetch_add(native, Ordering::Relaxed);
        c.interpreted_cycles.fetch_add(cpu.cycle - start - native, Ordering::Relaxed);
    }

    /// The slot of an address in ROM.
    #[inline]
    fn slots<B: CodeBus>(&self, bus: &B, pc: u16) -> Option<(&SlotPage, &Slot)> {
        let offset = if pc >= 0x8000 { bus.rom_offset(pc)? as usize } else { return None };
        let table = usize::from(pc >> 12 & 7) + WINDOWS * (offset / WINDOW);
        let page = self.tables.get(table)?.get_or_init(|| {
            let slots: Box<[Slot]> = (0..WINDOW).map(|_| Slot::EMPTY).collect();
            slots.try_into().unwrap_or_else(|_| unreachable!("the length is the array's"))
        });
        Some((page, &page[offset % WINDOW]))
    }

    /// The code of a slot; compiles it when it has become hot.
    #[inline]
    fn code<B: CodeBus>(&self, slot: &Slot, bus: &B, pc: u16) -> *const u8 {
        let code = slot.code.load(Ordering::Acquire);
        if !code.is_null() {
            return code;
        }
        let count = slot.count.load(Ordering::Relaxed);
        if count == DONE {
            return std::ptr::null();
        }
        slot.count.store(count + 1, Ordering::Relaxed);
        if count < self.options.threshold { std::ptr::null() } else { self.compile(slot, bus, pc) }
    }

    #[cold]
    fn compile<B: CodeBus>(&self, slot: &Slot, bus: &B, pc: u16) -> *const u8 {
        let mut compiler = self.compiler.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let ready = slot.code.load(Ordering::Acquire);
        if !ready.is_null() {
            return ready; // another machine was faster
        }
        slot.count.store(DONE, Ordering::Relaxed);
        let Some(region) = self.region(bus, pc) else { return std::ptr::null() };
        let Some(code) = compiler.as_mut().and_then(|compiler| compiler.compile(&region)) else {
            self.counters.failed.fetch_add(1, Ordering::Relaxed);
            return std::ptr::null();
        };
        self.counters.regions.fetch_add(1, Ordering::Relaxed);
        self.counters.instructions.fetch_add(region.len() as u64, Ordering::Relaxed);
        slot.code.store(code.cast_mut(), Ordering::Release);
        code
    }

    /// The region at an address, in the mapping of now.
    fn region<B: CodeBus>(&self, bus: &B, pc: u16) -> Option<Region> {
        let unit = (self.unit - 1) as u16;
        let start = pc & !unit;
        let base = bus.rom_offset(pc)?.checked_sub(u32::from(pc - start))?;
        // Mirrors of ROM that is smaller than a unit are not in it.
        let offset = |addr: u16| {
            let offset = base + u32::from(addr & unit);
            (addr & !unit == start && bus.rom_offset(addr) == Some(offset)).then_some(offset)
        };
        let is_entry = |addr: u16| {
            addr & !unit == start
                && self.slots(bus, addr).is_some_and(|(_, slot)| !slot.code.load(Ordering::Relaxed).is_null())
        };
        Region::discover(pc, &self.rom, offset, is_entry, self.options.inline)
    }

    /// The CLIF that would be made for an address, for people to read.
    pub fn clif<B: CodeBus>(&self, bus: &B, pc: u16) -> Option<String> {
        let region = self.region(bus, pc)?;
        let mut compiler = self.compiler.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        compiler.as_mut().map(|compiler| compiler.clif(&region))
    }
}

/// Runs native code once.
#[inline]
fn enter<B: CodeBus>(code: *const u8, context: &mut Context, cpu: &mut Cpu, bus: &mut B) -> Exit {
    context.enter(cpu, bus);
    let mut exit = code as u64;
    while exit >= Exit::REASONS {
        // SAFETY: a pointer out of a slot is a finished function of this signature, and its compiler lives as long as
        // the `Jit` that is borrowed here (see `codegen`); so is what it returns if that is no reason. The context was
        // made for this bus (see `context`).
        exit = unsafe {
            let function: unsafe extern "C" fn(*mut Context) -> u64 = std::mem::transmute(exit as *const u8);
            function(context)
        };
    }
    context.leave(cpu);
    match exit {
        0 => {
            context.jumped(bus);
            Exit::Jump
        }
        1 => Exit::Deadline,
        2 => Exit::Interpret,
        _ => Exit::Changed,
    }
}

/// Interprets to the next control transfer, or whatever else is not the next instruction.
fn interpret<B: CodeBus>(cpu: &mut Cpu, bus: &mut B, end: Cycle) {
    loop {
        let pc = cpu.pc;
        cpu.step(bus);
        let moved = cpu.pc.wrapping_sub(pc);
        if cpu.cycle >= end || cpu.next != Next::Instruction || !(1..=3).contains(&moved) {
            return;
        }
    }
}

const _: () = assert!(PAGES == 128 && NEVER == u64::MAX);
