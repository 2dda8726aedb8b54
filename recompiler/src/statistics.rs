//! What happened: counters that cost nothing in native code, and, when profiling, who used the time.
//!
//! A run adds to its own [`Tally`] and hands it over once at its end, so machines on many threads do not meet.

use crate::cache::{Generation, Key, lock, ranges};
use ricojit_interpreter::Cycle;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why cycles were interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The code was not hot yet, or the compiler was not ready with it.
    Cold,
    /// The code is not in ROM.
    Ram,
    /// The instruction belongs to the interpreter.
    Opcode,
    /// Native code stopped because the deadline was near.
    Deadline,
    /// Native code stopped because an access moved the deadline, changed the map or found an interrupt.
    Changed,
    /// An interrupt sequence, or a jammed CPU.
    Interrupt,
    /// The code could not be compiled, or there is no compiler any more.
    Failed,
    /// The turns of idle loops that were not skipped.
    Idle,
}

impl Reason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 8] =
        [Self::Cold, Self::Ram, Self::Opcode, Self::Deadline, Self::Changed, Self::Interrupt, Self::Failed, Self::Idle];

    /// One word, for reports.
    pub const fn name(self) -> &'static str {
        Statistics::REASONS[self as usize]
    }
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Regions compiled.
    pub regions: u64,
    /// Guest instructions in them.
    pub instructions: u64,
    /// Bytes of code memory taken, in all generations.
    pub code_bytes: u64,
    /// Nanoseconds spent compiling.
    pub compile_nanos: u64,
    /// Regions that could not be compiled.
    pub failed: u64,
    /// Generations of code that were retired because they were full.
    pub retired: u64,
    /// Whether the compile thread died: what has no code stays with the interpreter.
    pub lost: bool,
    /// Cycles run by native code.
    pub native_cycles: u64,
    /// Cycles in which nothing was done because nothing could happen.
    pub idle_cycles: u64,
    /// Cycles in which DMA halted the CPU.
    pub halted_cycles: u64,
    /// Cycles run by the interpreter, in the order of [`Reason::ALL`].
    pub interpreted: [u64; Reason::ALL.len()],
    /// Native code was left this often: jump, deadline, interpret, changed.
    pub exits: [u64; 4],
}

impl Statistics {
    /// Cycles run by the interpreter.
    pub fn interpreted_cycles(&self) -> u64 {
        self.interpreted.iter().sum()
    }

    /// Native code was entered this often.
    pub fn entries(&self) -> u64 {
        self.exits.iter().sum()
    }

    /// Why native code is left, in the order of [`Statistics::exits`]: a jump out of the region, the deadline, an
    /// instruction for the interpreter, an access that changed something.
    pub const EXITS: [&str; 4] = ["jump", "deadline", "interpret", "changed"];

    /// Why cycles were interpreted, in the order of [`Statistics::interpreted`].
    pub const REASONS: [&str; Reason::ALL.len()] =
        ["cold", "ram", "opcode", "deadline", "changed", "interrupt", "failed", "idle"];

    /// Native cycles of all cycles in which the CPU did something, 0 to 1.
    pub fn native_share(&self) -> f64 {
        self.native_cycles as f64 / (self.native_cycles + self.interpreted_cycles()).max(1) as f64
    }

    /// What happened after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            regions: self.regions - earlier.regions,
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

pub(crate) fn count(counter: &AtomicU64, n: u64) {
    if n != 0 {
        counter.fetch_add(n, Ordering::Relaxed);
    }
}

impl Counters {
    pub(crate) fn add(&self, tally: &Tally) {
        count(&self.native, tally.native);
        count(&self.idle, tally.idle);
        count(&self.halted, tally.halted);
        self.interpreted.iter().zip(tally.interpreted).for_each(|(all, n)| count(all, n));
        self.exits.iter().zip(tally.exits).for_each(|(all, n)| count(all, n));
    }

    /// As of now; `code_bytes` of the current generation.
    pub(crate) fn statistics(&self, code_bytes: u64, lost: bool) -> Statistics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Statistics {
            regions: get(&self.regions),
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

/// A compiled region, and what it did if profiling was on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledRegion {
    /// What it is found by.
    pub key: Key,
    /// The generation of code it belongs to, from 0.
    pub generation: u64,
    /// Guest instructions.
    pub instructions: usize,
    /// Their addresses when profiling: the first and one past the last of each stretch.
    pub ranges: Vec<(u16, u16)>,
    /// Where its native code lies (while its generation lives).
    pub address: usize,
    /// Bytes of native code.
    pub bytes: usize,
    /// How often it was entered, when profiling.
    pub entries: u64,
    /// Guest cycles run in it, when profiling.
    pub cycles: u64,
    /// Host time spent in it, slow accesses included, when profiling.
    pub nanos: u64,
}

/// Code that was interpreted from a target of a control transfer to the next transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterpretedCode {
    /// Where it starts.
    pub pc: u16,
    /// The offset of that in PRG ROM; `None`: it is elsewhere.
    pub offset: Option<u32>,
    /// Why it was not native.
    pub reason: Reason,
    /// How often it was run.
    pub times: u64,
    /// Guest cycles run in it.
    pub cycles: u64,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Use {
    times: u64,
    cycles: u64,
    nanos: u64,
}

impl Use {
    fn add(&mut self, other: Self) {
        self.times += other.times;
        self.cycles += other.cycles;
        self.nanos += other.nanos;
    }
}

/// Who used the time.
#[derive(Clone, Default)]
pub(crate) struct Profile {
    /// By generation and region.
    regions: BTreeMap<(u64, u32), Use>,
    interpreted: BTreeMap<(u16, Option<u32>, Reason), Use>,
}

impl Profile {
    pub(crate) fn native(&mut self, generation: u64, region: u32, cycles: u64, nanos: u64) {
        self.regions.entry((generation, region)).or_default().add(Use { times: 1, cycles, nanos });
    }

    pub(crate) fn interpreted(&mut self, pc: u16, offset: Option<u32>, reason: Reason, cycles: u64) {
        self.interpreted.entry((pc, offset, reason)).or_default().add(Use { times: 1, cycles, nanos: 0 });
    }

    pub(crate) fn add(&mut self, other: Self) {
        other.regions.into_iter().for_each(|(key, used)| self.regions.entry(key).or_default().add(used));
        other.interpreted.into_iter().for_each(|(key, used)| self.interpreted.entry(key).or_default().add(used));
    }

    /// The regions of a generation, with their use.
    pub(crate) fn regions(profile: &Mutex<Self>, generation: &Generation) -> Vec<CompiledRegion> {
        let records = generation.records();
        let profile = lock(profile);
        let region = |(number, record): (usize, crate::cache::Record)| {
            let used = profile.regions.get(&(generation.number, number as u32)).copied().unwrap_or_default();
            CompiledRegion {
                key: record.key,
                generation: generation.number,
                instructions: record.instructions,
                ranges: record.region.as_ref().map(ranges).unwrap_or_default(),
                address: record.address,
                bytes: record.bytes,
                entries: used.times,
                cycles: used.cycles,
                nanos: used.nanos,
            }
        };
        records.into_iter().enumerate().map(region).collect()
    }

    /// What was interpreted.
    pub(crate) fn interpreted_code(&self) -> Vec<InterpretedCode> {
        let code = |(&(pc, offset, reason), used): (&(u16, Option<u32>, Reason), &Use)| InterpretedCode {
            pc,
            offset,
            reason,
            times: used.times,
            cycles: used.cycles,
        };
        self.interpreted.iter().map(code).collect()
    }
}
