//! `ricojit blocks`: where a program spends its time on the JIT, or compiled before it runs: native regions, idle loops,
//! interpreted code.

mod report;

use super::engine::{self, EngineArgs};
use super::headers::HeaderArgs;
use super::image::ImageArgs;
use super::rom::Rom;
use super::run::act;
use super::symbols::SymbolsArgs;
use crate::error::Error;
use crate::{files, names};
use report::{Report, Sections};
use ricojit::input::movie::{Movie, Player};
use ricojit::{Engine, Options};
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what the recompiler does with a ROM
///
/// Plays a ROM without picture and sound and prints the share of the CPU's cycles that was native,
/// skipped or interpreted, and why; then lists the hottest regions of compiled code, with their
/// share of cycles and of host time, and the code that was interpreted most.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// A .nes file, also as .gz, or a .zip with one in it; - is standard input; default: the built-in demo
    rom: Option<PathBuf>,

    /// Frames to run
    #[arg(long, value_name = "N", default_value_t = 3000,
        value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    frames: u64,

    /// An input script or an FM2 movie
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    #[command(flatten)]
    symbols: SymbolsArgs,

    /// Number of regions, and of pieces of interpreted code, to list
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Also print the 6502 code of the listed regions
    #[arg(long)]
    code: bool,

    /// Also print their Cranelift IR
    #[arg(long)]
    clif: bool,

    /// Also print their native code
    #[arg(long)]
    native: bool,

    /// The CPU engine: jit, or aot (compiled before the run)
    #[arg(long, value_name = "NAME", default_value = "jit", value_parser = names::compared_engine)]
    engine: Engine,

    #[command(flatten)]
    headers: HeaderArgs,

    #[command(flatten)]
    image: ImageArgs,

    #[command(flatten)]
    engine_args: EngineArgs,
}

const HELP: &str = "\
Examples:
  ricojit blocks
      The built-in demo.
  ricojit blocks game.nes --symbols game.lbl --top 3 --code --clif --native
      The three hottest regions, as 6502 code, Cranelift IR and native code.
  ricojit blocks game.nes --jit-threshold 0 --no-idle-skip
      Everything compiled, no idle loop skipped.

Host time includes the register accesses that native code makes, and about 40 ns per entry for reading the clock.

Why code is interpreted:
  cold       it was not hot yet, or the compiler had not finished it
  no-code    it was not compiled before the run, and nothing is compiled now (aot)
  ram        it is not in ROM
  opcode     only the interpreter runs this instruction: CLI, PLP, RTI, BRK, unstable opcodes
  deadline   an event (NMI, IRQ, DMA, end of frame) was near
  changed    an access moved the deadline, switched a bank or met an interrupt
  interrupt  an interrupt sequence, or a jammed CPU
  failed     it could not be compiled
  idle       an iteration of an idle loop, observed before equal ones are skipped";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let symbols = args.symbols.read()?;
    let rom = args.image.load(Rom::load(args.rom.as_deref(), &args.headers)?, true)?;
    let mut machine = rom.machine(&options(args))?;
    if engine::warn(&machine) {
        return Ok(ExitCode::FAILURE);
    }
    let movie = match &args.input {
        Some(path) => Movie::from_file(path, &files::read(path)?).map_err(|problem| Error::file(path, &problem))?,
        None => Movie::default(),
    };
    let (start, mut player) = (machine.cycle(), Player::new(&movie));
    for frame in 0..args.frames {
        player.due(frame).for_each(|action| act(&mut machine, action));
        machine.run_frame();
    }

    let sections = Sections { code: args.code, clif: args.clif, native: args.native };
    files::print(&Report::new(&machine, machine.cycle() - start).text(&rom.name, &symbols, args.top, sections))?;
    Ok(ExitCode::SUCCESS)
}

fn options(args: &Args) -> Options {
    let plain = args.engine_args.options(args.engine);
    let jit = plain.jit.profile(true);
    plain.render(false).without_sound().jit(jit)
}
