//! Compiling a cartridge before it runs.

use crate::cartridge::Cartridge;
use crate::code::recompiler_options;
use crate::console::Console;
use crate::image::Image;
use crate::machine::MachineError;
use crate::mapper::Mapper;
use crate::options::{Engine, Options};
use crate::recompiler::Key;
use ricojit_recompiler::{Ahead, Banking};
use std::num::NonZero;
use std::sync::Arc;

pub use ricojit_recompiler::{Omitted, Report, ReportedRegion, Source};

/// Compiles all code of a cartridge that can be found, for the options of the recompiler in `options`. The order of the
/// parts has no effect on machines that the image is given to, nor has the number of threads on the image.
///
/// # Errors
///
/// [`MachineError::UnsupportedBoard`] if the board is not supported; [`MachineError::EngineNotBuilt`] if Cranelift does
/// not know this host.
pub fn compile(cartridge: &Cartridge, options: &Options, input: &Input) -> Result<(Image, Report), MachineError> {
    let board = Mapper::new(cartridge, options.mmc3).ok_or_else(|| MachineError::unsupported_board(cartridge))?;
    let console = Console::new(cartridge, board, options);
    let made = compile_code(&console, recompiler_options(options), input);
    let (image, report) = made.ok_or(MachineError::EngineNotBuilt(Engine::Aot))?;
    Ok((Image::new(cartridge, image), report))
}

/// What [`compile`] is given beside the ROM.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Addresses that were executed in earlier runs, in any order.
    pub executed: Vec<Key>,
    /// Threads that compile; as many as there are cores if there is no number.
    pub threads: Option<NonZero<usize>>,
}

/// The code of the ROM of a console at power-on; `None` if Cranelift does not know this host.
pub(crate) fn compile_code(
    console: &Console,
    options: ricojit_recompiler::Options,
    input: &Input,
) -> Option<(ricojit_recompiler::Image, Report)> {
    let banking = Banking::new(console, |addr| console.mapper.prg_is_fixed(addr));
    let ahead = Ahead { executed: input.executed.clone(), threads: input.threads };
    let rom = Arc::clone(console.memory.prg_rom());
    ricojit_recompiler::compile_ahead(rom, console.mapper.prg_unit(), &banking, options, &ahead)
}
