//! Counters of what happened. They cost nothing in native code.
//!
//! A run adds to its own [`Tally`], which is added to the [`Counters`] once at its end, so machines on many threads do
//! not contend.

use ricojit_interpreter::Cycle;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why cycles were interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The code was not hot yet, or is not compiled yet.
    Cold,
    /// There is no code in the image, and nothing is compiled.
    NoCode,
    /// The code is not in ROM.
    Ram,
    /// The instruction is left to the interpreter: always, or because its operand is not in plain memory.
    Opcode,
    /// Native code stopped because the deadline was near.
    Deadline,
    /// Native code stopped because an access moved the deadline, changed the map or found an interrupt.
    Changed,
    /// An interrupt sequence, or a jammed CPU.
    Interrupt,
    /// The code could not be compiled, or the compiler has died.
    Failed,
    /// The iterations of idle loops that were not skipped.
    Idle,
}

impl Reason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 9] = [
        Self::Cold,
        Self::NoCode,
        Self::Ram,
        Self::Opcode,
        Self::Deadline,
        Self::Changed,
        Self::Interrupt,
        Self::Failed,
        Self::Idle,
    ];

    /// One word, for reports.
    pub const fn name(self) -> &'static str {
        Statistics::REASONS[self as usize]
    }
}

/// What the recompiler did so far, in all machines that share its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Regions compiled.
    pub regions: u64,
    /// Regions that an image brought along; they are not counted above.
    pub image_regions: u64,
    /// Guest instructions in them.
    pub instructions: u64,
    /// Bytes of memory that native code took, in all generations.
    pub code_bytes: u64,
    /// Nanoseconds spent compiling, those for an image that was made for this recompiler included.
    pub compile_nanos: u64,
    /// Regions that could not be compiled.
    pub failed: u64,
    /// Generations of code that were given up because their memory was full.
    pub retired: u64,
    /// Whether the worker thread that compiles has died: what has no code stays with the interpreter.
    pub lost: bool,
    /// Cycles run by native code.
    pub native_cycles: u64,
    /// Cycles of idle loops that were skipped.
    pub idle_cycles: u64,
    /// Cycles in which DMA halted the CPU.
    pub halted_cycles: u64,
    /// Cycles run by the interpreter, by reason: in the order of [`Reason::ALL`].
    pub interpreted: [u64; Reason::ALL.len()],
    /// How often native code was left, by reason: in the order of [`Statistics::EXITS`].
    pub exits: [u64; 4],
}

impl Statistics {
    /// Why native code is left, one word each: a jump to an address without code, the deadline, an instruction for the
    /// interpreter, an access that changed something.
    pub const EXITS: [&str; 4] = ["jump", "deadline", "interpret", "changed"];

    /// Why code is interpreted, one word each, in the order of [`Reason::ALL`].
    pub const REASONS: [&str; Reason::ALL.len()] =
        ["cold", "no-code", "ram", "opcode", "deadline", "changed", "interrupt", "failed", "idle"];

    /// Cycles run by the interpreter, for any reason.
    pub fn interpreted_cycles(&self) -> u64 {
        self.interpreted.iter().sum()
    }

    /// How often native code was entered: every entry ends in exactly one exit.
    pub fn entries(&self) -> u64 {
        self.exits.iter().sum()
    }

    /// The share of native cycles in all cycles that were run, neither skipped nor halted; 0 to 1.
    pub fn native_share(&self) -> f64 {
        self.native_cycles as f64 / (self.native_cycles + self.interpreted_cycles()).max(1) as f64
    }

    /// What happened after `earlier`, which must be an earlier answer of the same recompiler.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            regions: self.regions - earlier.regions,
            image_regions: self.image_regions,
            instructions: self.instructions - earlier.instructions,
            code_bytes: self.code_bytes - earlier.code_bytes,
            compile_nanos: self.compile_nanos - earlier.compile_nanos,
            failed: self.failed - earlier.failed,
            retired: self.retired - earlier.retired,
            lost: self.lost,
            native_cycles: self.native_cycles - earlier.native_cycles,
            idle_cycles: self.idle_cycles - earlier.idle_cycles,
            halted_cycles: self.halted_cycles - earlier.halted_cycles,
            interpreted: std::array::from_fn(|i| self.interpreted[i] - earlier.interpreted[i]),
            exits: std::array::from_fn(|i| self.exits[i] - earlier.exits[i]),
        }
    }
}

/// The counts of one run.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) native: Cycle,
    pub(crate) idle: Cycle,
    pub(crate) halted: Cycle,
    pub(crate) interpreted: [Cycle; Reason::ALL.len()],
    pub(crate) exits: [u64; 4],
}

/// The counts of all runs and of the compiler.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) regions: AtomicU64,
    pub(crate) instructions: AtomicU64,
    /// Batches compiled.
    pub(crate) batches: AtomicU64,
    pub(crate) retired_bytes: AtomicU64,
    pub(crate) compile_nanos: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) retired: AtomicU64,
    native: AtomicU64,
    idle: AtomicU64,
    halted: AtomicU64,
    interpreted: [AtomicU64; Reason::ALL.len()],
    exits: [AtomicU64; 4],
}

/// Adds to a counter.
pub(crate) fn count(counter: &AtomicU64, n: u64) {
    if n != 0 {
        counter.fetch_add(n, Ordering::Relaxed);
    }
}

impl Counters {
    /// Cycles run by native code.
    pub(crate) fn native_cycles(&self) -> Cycle {
        self.native.load(Ordering::Relaxed)
    }

    /// Cycles run by the interpreter.
    pub(crate) fn interpreted_cycles(&self) -> Cycle {
        self.interpreted.iter().map(|cycles| cycles.load(Ordering::Relaxed)).sum()
    }

    /// All cycles.
    pub(crate) fn cycles(&self) -> Cycle {
        let others = self.idle.load(Ordering::Relaxed) + self.halted.load(Ordering::Relaxed);
        others + self.native_cycles() + self.interpreted_cycles()
    }

    pub(crate) fn add(&self, tally: &Tally) {
        count(&self.native, tally.native);
        count(&self.idle, tally.idle);
        count(&self.halted, tally.halted);
        self.interpreted.iter().zip(tally.interpreted).for_each(|(all, n)| count(all, n));
        self.exits.iter().zip(tally.exits).for_each(|(all, n)| count(all, n));
    }

    /// The counts so far, with the `code_bytes` of the current generation.
    pub(crate) fn statistics(&self, code_bytes: u64, lost: bool) -> Statistics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Statistics {
            regions: get(&self.regions),
            image_regions: 0,
            instructions: get(&self.instructions),
            code_bytes: get(&self.retired_bytes) + code_bytes,
            compile_nanos: get(&self.compile_nanos),
            failed: get(&self.failed),
            retired: get(&self.retired),
            lost,
            native_cycles: get(&self.native),
            idle_cycles: get(&self.idle),
            halted_cycles: get(&self.halted),
            interpreted: std::array::from_fn(|i| get(&self.interpreted[i])),
            exits: std::array::from_fn(|i| get(&self.exits[i])),
        }
    }
}
