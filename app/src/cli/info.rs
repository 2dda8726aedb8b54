//! `ricojit info`: prints the header of a ROM, its hashes, and what is unusual about it.

use super::rom::Rom;
use crate::error::Error;
use crate::files;
use crate::names;
use ricojit::Machine;
use ricojit::Options;
use ricojit::cartridge::{Cartridge, ConsoleType, Format, Mirroring, board_name};
use ricojit::digest::hex;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what a ROM is: header, board, sizes, hashes, region, what is unusual
///
/// Also works for boards that are not supported yet. The ROM hashes do not include the header:
/// databases list these.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = HELP)]
pub(crate) struct Args {
    /// A .nes file, or a .zip with one in it
    rom: PathBuf,
}

const HELP: &str = "\
Examples:
  ricojit info game.nes
  ricojit info game.zip
  ricojit info game.nes | grep board";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let rom = Rom::load(Some(&args.rom))?;
    files::print(&describe(&rom))?;
    Ok(ExitCode::SUCCESS)
}

fn describe(rom: &Rom) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<10} {value}");
    };
    let cartridge = &rom.cartridge;
    let h = &cartridge.header;
    row("file", rom.name.clone());
    row("format", if h.format == Format::Nes2 { "NES 2.0" } else { "iNES" }.to_owned());
    row("board", board(cartridge));
    row("PRG ROM", size(h.prg_rom_size));
    row("CHR ROM", size(h.chr_rom_size));
    row("PRG RAM", ram(h.prg_ram_size, h.prg_nvram_size));
    row("CHR RAM", ram(h.chr_ram_size, h.chr_nvram_size));
    row("battery", if h.battery { "yes" } else { "no" }.to_owned());
    row("trainer", if h.trainer { "yes" } else { "no" }.to_owned());
    row("nametables", mirroring(h.mirroring).to_owned());
    row("region", region(cartridge));
    row("console", console(h.console));
    row("file SHA-1", hex(cartridge.file_sha1));
    row("ROM SHA-1", hex(cartridge.rom_sha1));
    row("ROM CRC-32", format!("{:08x}", cartridge.rom_crc32));
    if cartridge.notes.is_empty() {
        row("unusual", "nothing".to_owned());
    }
    for note in cartridge.notes.iter() {
        row("unusual", note.clone());
    }
    text
}

fn board(cartridge: &Cartridge) -> String {
    let h = &cartridge.header;
    let name = board_name(h.mapper).unwrap_or("no common name");
    let submapper = if h.submapper == 0 { String::new() } else { format!(", submapper {}", h.submapper) };
    let known = Machine::new(cartridge, &Options::default()).is_ok();
    let support = if known { "" } else { "; not supported yet" };
    format!("{} ({name}){submapper}{support}", h.mapper)
}

fn size(bytes: usize) -> String {
    match bytes {
        0 => "none".to_owned(),
        bytes if bytes % 1024 == 0 => format!("{} KiB", bytes / 1024),
        bytes => format!("{bytes} bytes"),
    }
}

fn ram(volatile: usize, battery: usize) -> String {
    match (volatile, battery) {
        (_, 0) => size(volatile),
        (0, _) => format!("{}, battery-backed", size(battery)),
        _ => format!("{}, and {} battery-backed", size(volatile), size(battery)),
    }
}

fn mirroring(mirroring: Mirroring) -> &'static str {
    match mirroring {
        Mirroring::Horizontal => "horizontal mirroring, unless the board switches it",
        Mirroring::Vertical => "vertical mirroring, unless the board switches it",
        Mirroring::SingleLow => "one, the first",
        Mirroring::SingleHigh => "one, the second",
        Mirroring::FourScreen => "four",
    }
}

fn region(cartridge: &Cartridge) -> String {
    match (cartridge.header.region, cartridge.header.multi_region) {
        (_, true) => "ntsc and pal; runs as ntsc".to_owned(),
        (Some(region), _) => names::region_name(region).to_owned(),
        (None, _) => "not in the header; runs as ntsc".to_owned(),
    }
}

fn console(console: ConsoleType) -> String {
    match console {
        ConsoleType::Nes => "NES or Famicom".to_owned(),
        ConsoleType::Vs => "Vs. System".to_owned(),
        ConsoleType::PlayChoice => "PlayChoice-10".to_owned(),
        ConsoleType::Extended(number) => format!("extended type {number}"),
    }
}
