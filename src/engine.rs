//! Which executor runs the CPU. The only module that names the recompiler.
//!
//! Code belongs to a cartridge: all machines that run clones of one [`Cartridge`] with the same knobs share a `Jit`.

use crate::cartridge::Cartridge;
use crate::console::Console;
use crate::options::{EngineKind, Options};
use interpreter::{Cpu, Cycle, idle};
#[cfg(feature = "jit")]
use std::sync::{Arc, Mutex, PoisonError};

/// What the recompiler did so far, in all machines that share its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitStatistics {
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
    /// Cycles of idle loops that were skipped.
    pub idle_skipped_cycles: u64,
    /// Native code was entered this often.
    pub entries: u64,
    /// Exits by reason, named in [`JitStatistics::EXITS`].
    pub exits: [u64; 4],
}

impl JitStatistics {
    /// Why native code is left: a jump out of the region, the deadline, an instruction for the interpreter, an access
    /// that changed something.
    pub const EXITS: [&str; 4] = ["jump", "deadline", "interpret", "changed"];

    /// Native cycles of all cycles, skipped ones included, 0 to 1.
    pub fn native_share(&self) -> f64 {
        let all = self.native_cycles + self.interpreted_cycles + self.idle_skipped_cycles;
        self.native_cycles as f64 / all.max(1) as f64
    }

    /// What happened after `earlier`.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            regions: self.regions - earlier.regions,
            instructions: self.instructions - earlier.instructions,
            failed: self.failed - earlier.failed,
            native_cycles: self.native_cycles - earlier.native_cycles,
            interpreted_cycles: self.interpreted_cycles - earlier.interpreted_cycles,
            idle_skipped_cycles: self.idle_skipped_cycles - earlier.idle_skipped_cycles,
            entries: self.entries - earlier.entries,
            exits: std::array::from_fn(|i| self.exits[i] - earlier.exits[i]),
        }
    }
}

#[cfg(feature = "jit")]
type Made = (usize, recompiler::Options, Arc<recompiler::Jit>);

/// The compiled code of one cartridge, by the size of a unit and the knobs.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedCode {
    #[cfg(feature = "jit")]
    made: Arc<Mutex<Vec<Made>>>,
}

#[cfg(feature = "jit")]
impl SharedCode {
    /// The code for these knobs; `None` where code cannot be generated.
    fn jit(&self, console: &Console, knobs: recompiler::Options) -> Option<Arc<recompiler::Jit>> {
        let unit = console.mapper.prg_unit();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., jit)) = made.iter().find(|(size, options, _)| (*size, *options) == (unit, knobs)) {
            return Some(Arc::clone(jit));
        }
        let jit = Arc::new(recompiler::Jit::new(console.memory.prg_rom().clone(), unit, knobs)?);
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
    Jit(Arc<recompiler::Jit>),
}

impl Engine {
    /// The executor that the options ask for; the interpreter where this host cannot run generated code.
    #[cfg_attr(not(feature = "jit"), allow(unused_variables))]
    pub(crate) fn new(options: &Options, console: &Console, cartridge: &Cartridge) -> Self {
        let interp = Self::Interp { idle_skip: options.idle_skip.unwrap_or(false) };
        match options.engine {
            EngineKind::Interp => interp,
            #[cfg(feature = "jit")]
            EngineKind::Jit => {
                let mut knobs = recompiler::Options::default();
                knobs.idle_skip = options.idle_skip.unwrap_or(knobs.idle_skip);
                if let Some(threshold) = options.jit.threshold {
                    knobs.threshold = threshold;
                }
                cartridge.code.jit(console, knobs).map_or(interp, Self::Jit)
            }
        }
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
            Self::Jit(jit) => {
                let recompiler::Statistics {
                    regions,
                    instructions,
                    failed,
                    native_cycles,
                    interpreted_cycles,
                    idle_skipped_cycles,
                    entries,
                    exits,
                } = jit.statistics();
                Some(JitStatistics {
                    regions,
                    instructions,
                    failed,
                    native_cycles,
                    interpreted_cycles,
                    idle_skipped_cycles,
                    entries,
                    exits,
                })
            }
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
