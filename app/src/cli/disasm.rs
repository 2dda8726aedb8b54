//! `ricojit disasm`: lists the code that is reachable from the vectors.

mod listing;
mod reach;

use super::headers::HeaderArgs;
use super::rom::Rom;
use crate::error::Error;
use crate::files;
use ricojit::Options;
use ricojit::cartridge::board_name;
use std::path::PathBuf;
use std::process::ExitCode;

/// List the code that is reachable from a ROM's vectors
///
/// Follows branches, JMP and JSR from NMI, reset and IRQ through the banks that are
/// mapped at power-on. Code that is reached only through RAM pointers, through pushed
/// return addresses or in other banks is not found. Unofficial opcodes are marked with a star.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// A .nes file, also as .gz, or a .zip with one in it; - is standard input
    rom: PathBuf,

    #[command(flatten)]
    headers: HeaderArgs,
}

const HELP: &str = "\
Examples:
  ricojit disasm game.nes > game.asm
  ricojit disasm game.nes | less
  ricojit disasm game.nes | grep PPUMASK";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let rom = Rom::load(Some(&args.rom), &args.headers)?;
    let machine = rom.machine(&Options::new())?;
    let code = reach::Code::reachable(|addr| machine.peek(addr));
    let mapper = rom.cartridge.header.mapper;
    let title = format!("{}, board {mapper} ({})", rom.name, board_name(mapper).unwrap_or("no common name"));
    files::print(&listing::text(&title, &code))?;
    Ok(ExitCode::SUCCESS)
}
