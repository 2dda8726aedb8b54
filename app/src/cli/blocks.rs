//! `ricojit blocks`: where a program's time goes on the JIT, and what became of its code.

mod report;
mod symbols;

use super::files;
use super::knobs::{self, Knobs};
use super::rom::Rom;
use crate::error::Error;
use report::{Report, Sections};
use ricojit::{Engine, Options};
use std::path::PathBuf;
use std::process::ExitCode;
use symbols::Symbols;

/// Show what the JIT makes of a ROM
///
/// Plays a ROM without picture and sound and says which share of the guest's cycles was native,
/// skipped or interpreted, and why; then lists the hottest regions of compiled code, with their
/// share of cycles and of host time, and the code that was interpreted most.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// A .nes file, or a .zip with one in it; without it, the demo that is part of the program
    rom: Option<PathBuf>,

    /// Frames to run
    #[arg(long, value_name = "N", default_value_t = 3000,
        value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    frames: u64,

    /// Names of addresses: VICE labels (`ld65 -Ln`), a debug file of ld65 (`--dbgfile`), or FCEUX's .nl
    #[arg(long, value_name = "FILE")]
    symbols: Option<PathBuf>,

    /// Regions and pieces of interpreted code to list
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Also show the 6502 code of the listed regions
    #[arg(long)]
    code: bool,

    /// Also show what the compiler was given for them
    #[arg(long)]
    clif: bool,

    /// Also show the host's instructions for them
    #[arg(long)]
    native: bool,

    #[command(flatten)]
    knobs: Knobs,
}

const HELP: &str = "\
Examples:
  ricojit blocks
      Where the demo's time goes.
  ricojit blocks game.nes --symbols game.lbl --top 3 --code --clif --native
      The three hottest regions, as 6502 code, as Cranelift's input and as native code.
  ricojit blocks game.nes --jit-threshold 0 --no-idle-skip
      The same with everything compiled and nothing skipped.

Host time is that of native code with the register accesses it makes; the clock costs some 40 ns an entry itself.

Why code is interpreted:
  cold       it was not hot yet, or the compiler was not ready with it
  ram        it is not in ROM
  opcode     the instruction belongs to the interpreter: CLI, PLP, RTI, BRK and unstable ones
  deadline   an event (NMI, IRQ, DMA, the frame's end) was near
  changed    an access moved the deadline, switched a bank or met an interrupt
  interrupt  the sequence of an interrupt, or a jammed CPU
  failed     it could not be compiled
  idle       a turn of a loop that only waits, observed before others like it are skipped";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let symbols = match &args.symbols {
        Some(path) => Symbols::parse(&files::read(path)?).map_err(|problem| Error::file(path, &problem))?,
        None => Symbols::default(),
    };
    let rom = Rom::load(args.rom.as_deref())?;
    let mut machine = rom.machine(&options(args))?;
    if knobs::warn(&machine) {
        return Ok(ExitCode::FAILURE);
    }
    let start = machine.cycle();
    (0..args.frames).for_each(|_| machine.run_frame());

    let sections = Sections { code: args.code, clif: args.clif, native: args.native };
    files::print(&Report::new(&machine, machine.cycle() - start).text(&rom.name, &symbols, args.top, sections))?;
    Ok(ExitCode::SUCCESS)
}

fn options(args: &Args) -> Options {
    let plain = args.knobs.options(Engine::Jit);
    let jit = plain.jit.profile(true);
    plain.render(false).without_sound().jit(jit)
}
