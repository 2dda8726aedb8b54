//! Compiling a cartridge before it runs.

use crate::cartridge::Cartridge;
use crate::code::recompiler_options;
use crate::code_data_log::{CodeDataLog, Uses};
use crate::console::Console;
use crate::image::Image;
use crate::machine::MachineError;
use crate::mapper::Mapper;
use crate::options::Options;
use crate::recompiler::{EntryProfile, EntryProfileError, Listing};
use ricojit_recompiler::{Ahead, Banking};
use std::num::NonZero;
use std::sync::Arc;
use thiserror::Error;

pub use ricojit_recompiler::{Omitted, Report, ReportedRegion, Source, Target};

/// The windows of code/data logs, in bytes.
const WINDOW: usize = 0x2000;

/// Compiles all code of a cartridge that can be found, for the options of the recompiler in `options`. The order of the
/// parts has no effect on machines that the image is given to, nor has the number of threads on the image.
///
/// # Errors
///
/// [`AheadError`] if the board is not supported, the profile is not of the ROM, or the target is not part of this build.
pub fn compile(cartridge: &Cartridge, options: &Options, input: &Input) -> Result<(Image, Report), AheadError> {
    compile_with_progress(cartridge, options, input, &|_, _| {})
}

/// As [`compile`]. Calls `progress` after each region, from any thread, with the number of those that are compiled and of
/// all.
///
/// # Errors
///
/// Those of [`compile`].
pub fn compile_with_progress(
    cartridge: &Cartridge,
    options: &Options,
    input: &Input,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Image, Report), AheadError> {
    let (console, ahead) = prepare(cartridge, options, input)?;
    let made = compile_code(&console, recompiler_options(options), &ahead, progress);
    let (image, report) = made.ok_or(AheadError::NoCompiler(input.target))?;
    Ok((Image::new(cartridge, image), report))
}

/// Calls `list` with each region that [`compile`] compiles, in the order of their addresses, and what it becomes.
///
/// # Errors
///
/// Those of [`compile`].
pub fn list(
    cartridge: &Cartridge,
    options: &Options,
    input: &Input,
    list: &mut dyn FnMut(ReportedRegion, Listing),
) -> Result<(), AheadError> {
    let (console, ahead) = prepare(cartridge, options, input)?;
    let banking = Banking::new(&console, |addr| console.mapper.prg_is_fixed(addr));
    let (rom, unit) = (Arc::clone(console.memory.prg_rom()), console.mapper.prg_unit());
    ricojit_recompiler::list_ahead(rom, unit, &banking, recompiler_options(options), &ahead, list)
        .ok_or(AheadError::NoCompiler(input.target))
}

/// The console at power-on, and what is known of its code.
fn prepare(cartridge: &Cartridge, options: &Options, input: &Input) -> Result<(Console, Ahead), AheadError> {
    let board = Mapper::new(cartridge, options.mmc3, options.switches.fault)
        .ok_or_else(|| MachineError::unsupported_board(cartridge))?;
    let console = Console::new(cartridge, board, options);
    let counts = input.profile.counts(cartridge)?;
    let entered = counts.into_iter().filter(|(_, count)| *count >= Input::MIN_COUNT).map(|(key, _)| key).collect();
    let executed = input.log.as_ref().map_or(Vec::new(), stretches);
    Ok((console, Ahead { entered, executed, target: input.target, threads: input.threads }))
}

/// Why a cartridge cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AheadError {
    /// There is no machine for it.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The profile has entries that are not in it.
    #[error(transparent)]
    Profile(#[from] EntryProfileError),
    /// This build does not compile for the target.
    #[error("{}", describe_missing(*.0))]
    NoCompiler(Target),
}

fn describe_missing(target: Target) -> String {
    if target.is_host() {
        "the compiler does not know this host".to_owned()
    } else {
        format!("the target `{target}` is not part of this build: build with the feature `{target}`")
    }
}

/// What [`compile`] is given beside the ROM.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// How often code was entered in earlier runs.
    pub profile: EntryProfile,
    /// What bytes were used as in earlier runs.
    pub log: Option<CodeDataLog>,
    /// What the code is for. Only hosts of its kind can read the image.
    pub target: Target,
    /// Threads that compile; as many as there are cores if there is no number.
    pub threads: Option<NonZero<usize>>,
}

impl Input {
    /// An entry that was counted less often is not compiled because of it.
    pub const MIN_COUNT: u64 = 50;
}

/// The code of the ROM of a console at power-on; `None` if the target is not part of this build.
pub(crate) fn compile_code(
    console: &Console,
    options: ricojit_recompiler::Options,
    ahead: &Ahead,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Option<(ricojit_recompiler::Image, Report)> {
    let banking = Banking::new(console, |addr| console.mapper.prg_is_fixed(addr));
    let rom = Arc::clone(console.memory.prg_rom());
    ricojit_recompiler::compile_ahead(rom, console.mapper.prg_unit(), &banking, options, ahead, progress)
}

/// The first byte of each stretch of executed bytes, with the CPU addresses it can have had.
fn stretches(log: &CodeDataLog) -> Vec<(u16, u32)> {
    let is_code = |i: usize| log.prg()[i].contains(Uses::CODE);
    let starts = (0..log.prg().len()).filter(|&i| {
        let uses = log.prg()[i];
        let is_target =
            [Uses::JUMP_TARGET, Uses::SUB_ENTRY, Uses::INDIRECT_CODE].iter().any(|&target| uses.contains(target));
        is_code(i) && (is_target || i == 0 || !is_code(i - 1))
    });
    let places = starts.flat_map(|i| {
        let windows = match log.prg()[i].window() {
            Some(window) => vec![window],
            None => (0x8000..=0xE000).step_by(WINDOW).collect(),
        };
        windows.into_iter().map(move |window| (window | (i % WINDOW) as u16, i as u32))
    });
    places.collect()
}
