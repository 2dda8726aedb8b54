//! Compiled code of a cartridge: made once, shared by all machines that are given the same store.

use crate::cartridge::Cartridge;
use crate::console::Console;
use crate::image::Image;
use crate::machine::MachineError;
use crate::options::{Engine, JitOptions, Options};
use crate::recompiler::{JitLogError, Key, log};
use ricojit_recompiler::Jit;
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(feature = "jit")]
use std::time::Instant;

/// The compiled code of a cartridge.
///
/// [`Machine::new`](crate::Machine::new) makes a store of its own; [`Machine::with_code`](crate::Machine::with_code)
/// takes one. Clones of a store are the same store, and clones of a machine share its store. Code never changes a
/// result, so sharing is invisible but for speed.
#[derive(Clone, Debug)]
pub struct CodeStore {
    rom_sha1: [u8; 20],
    /// What its machines begin with.
    image: Option<Image>,
    /// Exactly this code is compiled, and nothing else.
    replayed: Option<Arc<[(u64, Key)]>>,
    made: Arc<Mutex<Vec<Made>>>,
}

type Made = (MadeFor, Arc<Jit>);

/// The engine, the size of a unit and the options of the recompiler.
type MadeFor = (Engine, usize, ricojit_recompiler::Options);

impl CodeStore {
    /// A store with nothing in it.
    pub fn new(cartridge: &Cartridge) -> Self {
        Self { rom_sha1: cartridge.rom_sha1, image: None, replayed: None, made: Arc::default() }
    }

    /// A store with the code of an image. [`Engine::Aot`] runs it and interprets the rest, [`Engine::Jit`] compiles the
    /// rest.
    pub fn with_image(image: &Image) -> Self {
        Self { rom_sha1: image.rom_sha1, image: Some(image.clone()), replayed: None, made: Arc::default() }
    }

    /// A store with exactly the code of a log that [`Recompiler::log`](crate::recompiler::Recompiler::log) wrote, and
    /// with the image that the logged machine had, if any; whatever else gets hot is interpreted.
    ///
    /// # Errors
    ///
    /// [`JitLogError`] if the text is no log, or one of another ROM or image.
    pub fn replay(cartridge: &Cartridge, text: &str, image: Option<&Image>) -> Result<Self, JitLogError> {
        let replayed = Some(log::parse(cartridge, image, text)?.into());
        Ok(Self { replayed, image: image.cloned(), ..Self::new(cartridge) })
    }

    /// Whether the code was made from this cartridge's ROM.
    pub(crate) fn is_of(&self, cartridge: &Cartridge) -> bool {
        self.rom_sha1 == cartridge.rom_sha1
    }

    /// The image that its machines begin with.
    pub fn image(&self) -> Option<&Image> {
        self.image.as_ref()
    }

    /// The recompiler for these options; `None` where code cannot be generated.
    ///
    /// # Errors
    ///
    /// [`MachineError::OtherImageTarget`], [`MachineError::OtherImageOptions`] and [`MachineError::NoImage`].
    pub(crate) fn jit(&self, console: &Console, options: &Options) -> Result<Option<Arc<Jit>>, MachineError> {
        let (engine, unit, options) = (options.engine, console.mapper.prg_unit(), recompiler_options(options));
        let image = self.image.as_ref().map(|image| &*image.code);
        if image.is_some_and(|image| !image.target().is_host()) {
            return Err(MachineError::OtherImageTarget);
        }
        if image.is_some_and(|image| !image.is_made_under(&options)) {
            return Err(MachineError::OtherImageOptions);
        }
        let made_for = (engine, unit, options);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, jit)) = made.iter().find(|(key, _)| *key == made_for) {
            return Ok(Some(Arc::clone(jit)));
        }
        let rom = console.memory.prg_rom().clone();
        let jit = match (engine, image, &self.replayed) {
            (Engine::Aot, Some(image), _) => Jit::with_image(image, options),
            #[cfg(feature = "jit")]
            (Engine::Aot, None, _) => {
                let started = Instant::now();
                crate::ahead::compile_code(console, options, &ricojit_recompiler::Ahead::default(), &|_, _| {})
                    .and_then(|(image, _)| Jit::with_image(&image, options))
                    .inspect(|jit| jit.add_compile_time(started.elapsed()))
            }
            #[cfg(not(feature = "jit"))]
            (Engine::Aot, None, _) => return Err(MachineError::NoImage),
            (_, None, None) => Jit::new(rom, unit, options),
            (_, None, Some(log)) => Jit::replay(rom, unit, options, log),
            (_, Some(image), None) => Jit::extend(image, options),
            (_, Some(image), Some(log)) => Jit::extend_by_log(image, options, log),
        };
        let Some(jit) = jit.map(Arc::new) else { return Ok(None) };
        made.push((made_for, Arc::clone(&jit)));
        Ok(Some(jit))
    }
}

pub(crate) fn recompiler_options(options: &Options) -> ricojit_recompiler::Options {
    let default = ricojit_recompiler::Options::default();
    let JitOptions { threshold, sync, link, liveness, inline, profile, count_entries } = options.jit;
    ricojit_recompiler::Options {
        threshold,
        sync,
        link,
        liveness,
        inline,
        idle_skip: options.idle_skip.unwrap_or(default.idle_skip),
        profile,
        count_entries,
        code_bytes: options.switches.code_bytes.unwrap_or(default.code_bytes),
    }
}
