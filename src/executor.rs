//! What runs the CPU of a machine: the interpreter, or the recompiler on top of it. Results never differ.

use crate::code::CodeStore;
use crate::console::Console;
use crate::machine::MachineError;
use crate::options::{Engine, Options};
use ricojit_interpreter::{Cpu, Cycle, idle};
use std::sync::Arc;

/// The executor of a machine. Clones share compiled code.
#[derive(Clone, Debug)]
pub(crate) enum Executor {
    Interpreter {
        /// Whether whole turns of idle loops are skipped.
        idle_skip: bool,
    },
    Jit(Arc<ricojit_recompiler::Jit>),
}

impl Executor {
    /// The executor that the options ask for, with the code of a store; the interpreter where this host cannot run
    /// generated code.
    ///
    /// # Errors
    ///
    /// [`MachineError::EngineNotBuilt`] if this build does not have the engine, and those of [`CodeStore::jit`].
    pub(crate) fn new(options: &Options, console: &Console, code: &CodeStore) -> Result<Self, MachineError> {
        if !options.engine.is_built() {
            return Err(MachineError::EngineNotBuilt(options.engine));
        }
        match options.engine {
            Engine::Interpreter => Ok(Self::interpreter(options)),
            Engine::Jit | Engine::Aot => {
                Ok(code.jit(console, options)?.map_or_else(|| Self::interpreter(options), Self::Jit))
            }
        }
    }

    fn interpreter(options: &Options) -> Self {
        Self::Interpreter { idle_skip: options.idle_skip.unwrap_or(false) }
    }

    /// The recompiler, if there is one.
    pub(crate) fn jit(&self) -> Option<&ricojit_recompiler::Jit> {
        match self {
            Self::Interpreter { .. } => None,
            Self::Jit(jit) => Some(jit),
        }
    }

    /// Runs to the first instruction boundary at or after `end`. Returns the number of idle cycles that were skipped.
    pub(crate) fn run_until(&self, cpu: &mut Cpu, console: &mut Console, end: Cycle) -> Cycle {
        match self {
            Self::Interpreter { idle_skip: true } => idle::run_until(cpu, console, end),
            Self::Interpreter { idle_skip: false } => {
                cpu.run_until(console, end);
                0
            }
            Self::Jit(jit) => jit.run_until(cpu, console, end),
        }
    }
}
