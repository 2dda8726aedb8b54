//! Which executor runs the CPU. The only module that names the recompiler.
//!
//! Code belongs to a cartridge: all machines that run clones of one [`Cartridge`] with the same knobs share a `Jit`.

use crate::cartridge::Cartridge;
use crate::console::Console;
#[cfg(feature = "jit")]
use crate::options::JitOptions;
use crate::options::{EngineKind, Options};
use ricojit_interpreter::{Cpu, Cycle, idle};
#[cfg(feature = "jit")]
use std::sync::{Arc, Mutex, PoisonError};

/// What the recompiler did so far, in all machines that share its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitStatistics {
    /// Regions compiled.
    pub regions: u64,
    /// Guest instructions in them.
    pub instructions: u64,
    /// Bytes of memory that native code took.
    pub code_bytes: u64,
    /// Nanoseconds spent compiling.
    pub compile_nanos: u64,
    /// Regions that could not be compiled.
    pub failed: u64,
    /// How often the memory for code was full and everything in it given up.
    pub retired: u64,
    /// Whether the compile thread died: what has no code stays with the interpreter.
    pub lost: bool,
    /// Cycles run by native code.
    pub native_cycles: u64,
    /// Cycles in which nothing was done because nothing could happen.
    pub idle_cycles: u64,
    /// Cycles in which DMA halted the CPU.
    pub halted_cycles: u64,
    /// Cycles run by the interpreter.
    pub interpreted_cycles: u64,
    /// The same by reason, named in [`JitStatistics::REASONS`].
    pub interpreted: [u64; 8],
    /// Native code was entered this often.
    pub entries: u64,
    /// Exits by reason, named in [`JitStatistics::EXITS`].
    pub exits: [u64; 4],
}

impl JitStatistics {
    /// Why native code is left: a jump out of the region, the deadline, an instruction for the interpreter, an access
    /// that changed something.
    pub const EXITS: [&str; 4] = ["jump", "deadline", "interpret", "changed"];

    /// Why code is interpreted: it is not hot yet, or not compiled yet; it is in RAM; an instruction for the interpreter;
    /// the deadline was near; an access changed something; it was an interrupt; it could not be compiled; it waits.
    pub const REASONS: [&str; 8] = ["cold", "ram", "opcode", "deadline", "changed", "interrupt", "failed", "idle"];

    /// Native cycles of all cycles in which the CPU did something, 0 to 1.
    pub fn native_share(&self) -> f64 {
        self.native_cycles as f64 / (self.native_cycles + self.interpreted_cycles).max(1) as f64
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
            interpreted_cycles: self.interpreted_cycles - earlier.interpreted_cycles,
            interpreted: std::array::from_fn(|i| self.interpreted[i] - earlier.interpreted[i]),
            entries: self.entries - earlier.entries,
            exits: std::array::from_fn(|i| self.exits[i] - earlier.exits[i]),
        }
    }
}

#[cfg(feature = "jit")]
impl From<ricojit_recompiler::Statistics> for JitStatistics {
    fn from(all: ricojit_recompiler::Statistics) -> Self {
        Self {
            regions: all.regions,
            instructions: all.instructions,
            code_bytes: all.code_bytes,
            compile_nanos: all.compile_nanos,
            failed: all.failed,
            retired: all.retired,
            lost: all.lost,
            native_cycles: all.native_cycles,
            idle_cycles: all.idle_cycles,
            halted_cycles: all.halted_cycles,
            interpreted_cycles: all.interpreted_cycles(),
            interpreted: all.interpreted,
            entries: all.entries(),
            exits: all.exits,
        }
    }
}

#[cfg(feature = "jit")]
type Made = (usize, ricojit_recompiler::Options, Arc<ricojit_recompiler::Jit>);

/// The compiled code of one cartridge, by the size of a unit and the knobs.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedCode {
    #[cfg(feature = "jit")]
    made: Arc<Mutex<Vec<Made>>>,
}

#[cfg(feature = "jit")]
impl SharedCode {
    /// The code for these knobs; `None` where code cannot be generated.
    fn jit(&self, console: &Console, knobs: ricojit_recompiler::Options) -> Option<Arc<ricojit_recompiler::Jit>> {
        let unit = console.mapper.prg_unit();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., jit)) = made.iter().find(|(size, options, _)| (*size, *options) == (unit, knobs)) {
            return Some(Arc::clone(jit));
        }
        let jit = Arc::new(ricojit_recompiler::Jit::new(console.memory.prg_rom().clone(), unit, knobs)?);
        made.push((unit, knobs, Arc::clone(&jit)));
        Some(jit)
    }
}

/// The executor of a machine. Clones share compiled code.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    Interp {
        /// Whether whole turns of idle loops are skipped.
        idle_skip: bool,
    },
    #[cfg(feature = "jit")]
    Jit(Arc<ricojit_recompiler::Jit>),
}

#[cfg(feature = "jit")]
impl Engine {
    fn jit(&self) -> Option<&ricojit_recompiler::Jit> {
        match self {
            Self::Interp { .. } => None,
            Self::Jit(jit) => Some(jit),
        }
    }

    /// The compiled regions.
    pub(crate) fn regions(&self) -> Vec<ricojit_recompiler::CompiledRegion> {
        self.jit().map(ricojit_recompiler::Jit::regions).unwrap_or_default()
    }

    /// What was interpreted.
    pub(crate) fn interpreted(&self) -> Vec<ricojit_recompiler::InterpretedCode> {
        self.jit().map(ricojit_recompiler::Jit::interpreted_code).unwrap_or_default()
    }

    /// A region as text.
    pub(crate) fn listing(&self, key: ricojit_recompiler::Key) -> Option<ricojit_recompiler::Listing> {
        self.jit()?.listing(key)
    }

    /// The order of compiled keys.
    pub(crate) fn log(&self) -> Option<Vec<(u64, ricojit_recompiler::Key)>> {
        self.jit().map(ricojit_recompiler::Jit::log)
    }

    /// An executor with exactly the code of a log.
    pub(crate) fn replay(options: &Options, console: &Console, log: &[(u64, ricojit_recompiler::Key)]) -> Self {
        let (rom, unit) = (console.memory.prg_rom().clone(), console.mapper.prg_unit());
        let jit = ricojit_recompiler::Jit::replay(rom, unit, knobs(options), log);
        jit.map_or(Self::interp(options), |jit| Self::Jit(Arc::new(jit)))
    }
}

/// The recompiler's knobs.
#[cfg(feature = "jit")]
fn knobs(options: &Options) -> ricojit_recompiler::Options {
    let default = ricojit_recompiler::Options::default();
    let JitOptions { threshold, sync, link, liveness, inline, profile, code_bytes } = options.jit;
    ricojit_recompiler::Options {
        threshold: threshold.unwrap_or(default.threshold),
        sync,
        link,
        liveness,
        inline,
        idle_skip: options.idle_skip.unwrap_or(default.idle_skip),
        profile,
        code_bytes: code_bytes.unwrap_or(default.code_bytes),
    }
}

impl Engine {
    /// The executor that the options ask for; the interpreter where this host cannot run generated code.
    #[cfg_attr(not(feature = "jit"), allow(unused_variables))]
    pub(crate) fn new(options: &Options, console: &Console, cartridge: &Cartridge) -> Self {
        match options.engine {
            EngineKind::Interp => Self::interp(options),
            #[cfg(feature = "jit")]
            EngineKind::Jit => {
                cartridge.code.jit(console, knobs(options)).map_or_else(|| Self::interp(options), Self::Jit)
            }
        }
    }

    fn interp(options: &Options) -> Self {
        Self::Interp { idle_skip: options.idle_skip.unwrap_or(false) }
    }

    /// Runs to the first instruction boundary at or after `end`. Returns the number of idle cycles that were skipped.
    pub(crate) fn run_until(&self, cpu: &mut Cpu, console: &mut Console, end: Cycle) -> Cycle {
        match self {
            Self::Interp { idle_skip: true } => idle::run_until(cpu, console, end),
            Self::Interp { idle_skip: false } => {
                cpu.run_until(console, end);
                0
            }
            #[cfg(feature = "jit")]
            Self::Jit(jit) => jit.run_until(cpu, console, end),
        }
    }

    /// What the recompiler did; `None` if there is none.
    pub(crate) fn statistics(&self) -> Option<JitStatistics> {
        match self {
            Self::Interp { .. } => None,
            #[cfg(feature = "jit")]
            Self::Jit(jit) => Some(jit.statistics().into()),
        }
    }

    /// The compiler's text of the code at an address.
    #[cfg_attr(not(feature = "jit"), allow(unused_variables))]
    pub(crate) fn clif(&self, console: &Console, pc: u16) -> Option<String> {
        match self {
            Self::Interp { .. } => None,
            #[cfg(feature = "jit")]
            Self::Jit(jit) => jit.clif(console, pc),
        }
    }
}
