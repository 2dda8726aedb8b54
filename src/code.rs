//! Compiled code of a cartridge: made once, shared by all machines that are given the same store.

use crate::cartridge::Cartridge;
use crate::console::Console;
use crate::options::{JitOptions, Options};
use crate::recompiler::{JitLogError, Key, log};
use std::sync::{Arc, Mutex, PoisonError};

/// The compiled code of a cartridge.
///
/// [`Machine::new`](crate::Machine::new) makes a store of its own; [`Machine::with_code`](crate::Machine::with_code)
/// takes one. Clones of a store are the same store, and clones of a machine share its store. Code never changes a
/// result, so sharing is invisible but for speed.
#[derive(Clone, Debug)]
pub struct CodeStore {
    rom_sha1: [u8; 20],
    /// By the size of a unit and the options that code depends on.
    made: Arc<Mutex<Vec<Made>>>,
    /// Exactly this code is compiled, and nothing else.
    replayed: Option<Arc<[(u64, Key)]>>,
}

type Made = (usize, ricojit_recompiler::Options, Arc<ricojit_recompiler::Jit>);

impl CodeStore {
    /// A store with nothing in it.
    pub fn new(cartridge: &Cartridge) -> Self {
        Self { rom_sha1: cartridge.rom_sha1, made: Arc::default(), replayed: None }
    }

    /// A store with exactly the code of a log that [`Recompiler::log`](crate::recompiler::Recompiler::log) wrote;
    /// whatever else gets hot is interpreted.
    ///
    /// # Errors
    ///
    /// [`JitLogError`] if the text is no log, or one of another ROM.
    pub fn replay(cartridge: &Cartridge, text: &str) -> Result<Self, JitLogError> {
        let replayed = Some(log::parse(cartridge, text)?.into());
        Ok(Self { replayed, ..Self::new(cartridge) })
    }

    /// Whether the code was made from this cartridge's ROM.
    pub(crate) fn is_of(&self, cartridge: &Cartridge) -> bool {
        self.rom_sha1 == cartridge.rom_sha1
    }

    /// The recompiler for these options; `None` where code cannot be generated.
    pub(crate) fn jit(&self, console: &Console, options: &Options) -> Option<Arc<ricojit_recompiler::Jit>> {
        let (unit, options) = (console.mapper.prg_unit(), recompiler_options(options));
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., jit)) = made.iter().find(|(size, made_for, _)| (*size, *made_for) == (unit, options)) {
            return Some(Arc::clone(jit));
        }
        let rom = console.memory.prg_rom().clone();
        let jit = match &self.replayed {
            None => ricojit_recompiler::Jit::new(rom, unit, options),
            Some(log) => ricojit_recompiler::Jit::replay(rom, unit, options, log),
        };
        let jit = Arc::new(jit?);
        made.push((unit, options, Arc::clone(&jit)));
        Some(jit)
    }
}

fn recompiler_options(options: &Options) -> ricojit_recompiler::Options {
    let default = ricojit_recompiler::Options::default();
    let JitOptions { threshold, sync, link, liveness, inline, profile } = options.jit;
    ricojit_recompiler::Options {
        threshold: threshold.unwrap_or(default.threshold),
        sync,
        link,
        liveness,
        inline,
        idle_skip: options.idle_skip.unwrap_or(default.idle_skip),
        profile,
        code_bytes: options.switches.code_bytes.unwrap_or(default.code_bytes),
    }
}
