//! Which executor runs the CPU. The only module that names the recompiler.

use crate::console::Console;
use crate::options::{EngineKind, Options};
use interpreter::{Cpu, Cycle};
#[cfg(feature = "jit")]
use std::sync::Arc;

/// The executor of a machine. Clones share compiled code.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    Interp,
    #[cfg(feature = "jit")]
    Jit(Arc<recompiler::Jit>),
}

impl Engine {
    /// The executor that the options ask for; the interpreter where this host cannot run generated code.
    #[cfg_attr(not(feature = "jit"), allow(unused_variables, reason = "only the recompiler looks at the board"))]
    pub(crate) fn new(options: &Options, console: &Console) -> Self {
        match options.engine {
            EngineKind::Interp => Self::Interp,
            #[cfg(feature = "jit")]
            EngineKind::Jit => {
                let mut knobs = recompiler::Options::default();
                if let Some(threshold) = options.jit_threshold {
                    knobs.threshold = threshold;
                }
                let rom = console.memory.prg_rom().clone();
                match recompiler::Jit::new(rom, console.mapper.prg_unit(), knobs) {
                    Some(jit) => Self::Jit(Arc::new(jit)),
                    None => Self::Interp,
                }
            }
        }
    }

    /// Runs to the first instruction boundary at or after `end`.
    pub(crate) fn run_until(&self, cpu: &mut Cpu, console: &mut Console, end: Cycle) {
        match self {
            Self::Interp => cpu.run_until(console, end),
            #[cfg(feature = "jit")]
            Self::Jit(jit) => jit.run_until(cpu, console, end),
        }
    }
}
