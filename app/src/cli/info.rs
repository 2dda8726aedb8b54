//! `ricojit info`: prints the header of a ROM, its hashes, what is unusual about it, and what a short run shows.

use super::console::ConsoleArgs;
use super::headers::HeaderArgs;
use super::rom::Rom;
use crate::error::Error;
use crate::files;
use crate::ignored::{Ignored, Jammed};
use crate::names;
use ricojit::Machine;
use ricojit::Options;
use ricojit::Region;
use ricojit::cartridge::{Cartridge, ConsoleType, Format, Mirroring, board_name};
use ricojit::digest::hex;
use serde::Serialize;
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
    /// A .nes file, also as .gz, or a .zip with one in it; - is standard input
    rom: PathBuf,

    /// Also run it for N frames, and tell what went wrong
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=u64::from(u32::MAX)))]
    run: Option<u64>,

    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    headers: HeaderArgs,

    #[command(flatten)]
    console: ConsoleArgs,
}

const HELP: &str = "\
Examples:
  ricojit info game.nes
  ricojit info game.zip
  ricojit info game.nes | grep board
  ricojit info game.nes --run 600 --start famicom --json
      Also runs ten seconds: does the CPU jam, or the PPU ignore what the program writes?";

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Error> {
    let rom = Rom::load(Some(&args.rom), &args.headers)?;
    let options = args.console.options(Options::new());
    let ran = args.run.map(|frames| Ran::new(&rom, &options, frames)).transpose()?;
    let info = Info::new(&rom, &options, ran);
    let json = || serde_json::to_string_pretty(&info).expect("strings and numbers") + "\n";
    files::print(&if args.json { json() } else { info.text() })?;
    Ok(ExitCode::SUCCESS)
}

/// What is told of a ROM. Sizes are in bytes.
#[derive(Serialize)]
struct Info<'a> {
    file: &'a str,
    format: &'static str,
    mapper: u16,
    submapper: u8,
    board: Option<&'static str>,
    supported: bool,
    prg_rom: usize,
    chr_rom: usize,
    prg_ram: usize,
    prg_nvram: usize,
    chr_ram: usize,
    chr_nvram: usize,
    battery: bool,
    trainer: bool,
    nametables: &'static str,
    /// The region that a run has, and what decided.
    region: &'static str,
    region_by: String,
    /// The revisions of the chips that are modelled for the region, or that of `--region`.
    cpu: &'static str,
    ppu: &'static str,
    console: String,
    file_sha1: String,
    rom_sha1: String,
    rom_crc32: String,
    /// What a database says: `None` if there is none, or it does not list the ROM.
    corrections: Option<Vec<String>>,
    unusual: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Ran>,
}

/// What a run shows.
#[derive(Serialize)]
struct Ran {
    frames: u64,
    jammed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    jam: Option<Jammed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored_writes: Option<Ignored>,
}

impl Ran {
    fn new(rom: &Rom, options: &Options, frames: u64) -> Result<Self, Error> {
        let mut machine = rom.machine(&options.clone().render(false).without_sound())?;
        (0..frames).for_each(|_| machine.run_frame());
        Ok(Self { frames, jammed: machine.jammed(), jam: Jammed::of(&machine), ignored_writes: Ignored::of(&machine) })
    }
}

impl<'a> Info<'a> {
    fn new(rom: &'a Rom, options: &Options, run: Option<Ran>) -> Self {
        let cartridge = &rom.cartridge;
        let h = &cartridge.header;
        let (chips, region_by) = region(cartridge, options);
        Self {
            file: &rom.name,
            format: if h.format == Format::Nes2 { "NES 2.0" } else { "iNES" },
            mapper: h.mapper,
            submapper: h.submapper,
            board: board_name(h.mapper),
            supported: Machine::new(cartridge, &Options::default()).is_ok(),
            prg_rom: h.prg_rom_size,
            chr_rom: h.chr_rom_size,
            prg_ram: h.prg_ram_size,
            prg_nvram: h.prg_nvram_size,
            chr_ram: h.chr_ram_size,
            chr_nvram: h.chr_nvram_size,
            battery: h.battery,
            trainer: h.trainer,
            nametables: mirroring(h.mirroring),
            region: names::region_name(chips),
            region_by,
            cpu: chips.cpu().name(),
            ppu: chips.ppu().name(),
            console: console(h.console),
            file_sha1: hex(cartridge.file_sha1),
            rom_sha1: hex(cartridge.rom_sha1),
            rom_crc32: format!("{:08x}", cartridge.rom_crc32),
            corrections: cartridge.corrections.as_deref().map(<[String]>::to_vec),
            unusual: cartridge.notes.iter().cloned().collect(),
            run,
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, value: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<10} {value}");
        };
        let yes = |yes| if yes { "yes" } else { "no" };
        row("file", self.file);
        row("format", self.format);
        row("board", &self.board());
        row("PRG ROM", &size(self.prg_rom));
        row("CHR ROM", &size(self.chr_rom));
        row("PRG RAM", &ram(self.prg_ram, self.prg_nvram));
        row("CHR RAM", &ram(self.chr_ram, self.chr_nvram));
        row("battery", yes(self.battery));
        row("trainer", yes(self.trainer));
        row("nametables", self.nametables);
        row("region", &format!("{}, by {}", self.region, self.region_by));
        row("chips", &format!("{} and {}", self.cpu, self.ppu));
        row("console", &self.console);
        row("file SHA-1", &self.file_sha1);
        row("ROM SHA-1", &self.rom_sha1);
        row("ROM CRC-32", &self.rom_crc32);
        match self.corrections.as_deref() {
            None => {}
            Some([]) => row("database", "the header is right"),
            Some(list) => row("database", &list.join(", ")),
        }
        if self.unusual.is_empty() {
            row("unusual", "nothing");
        }
        self.unusual.iter().for_each(|note| row("unusual", note));
        if let Some(Ran { frames, jam, ignored_writes, .. }) = &self.run {
            let end = jam.as_ref().map_or("the CPU still runs".to_owned(), Jammed::to_string);
            row("run", &format!("{frames} frames: {end}"));
            ignored_writes.iter().for_each(|ignored| row("run", &ignored.to_string()));
        }
        text
    }

    fn board(&self) -> String {
        let name = self.board.unwrap_or("no common name");
        let submapper = if self.submapper == 0 { String::new() } else { format!(", submapper {}", self.submapper) };
        let support = if self.supported { "" } else { "; not supported yet" };
        format!("{} ({name}){submapper}{support}", self.mapper)
    }
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

/// The region that a run has, and what decided: `--region`, byte 12 of NES 2.0, or that there is nothing better.
fn region(cartridge: &Cartridge, options: &Options) -> (Region, String) {
    let h = &cartridge.header;
    let source = if cartridge.corrections.is_some() { "the database" } else { "byte 12 of the NES 2.0 header" };
    match (options.region, h.region) {
        (Some(region), _) => (region, "--region".to_owned()),
        (None, Some(region)) => (region, source.to_owned()),
        (None, None) if h.multi_region => (Region::Ntsc, format!("default: {source} says ntsc and pal")),
        (None, None) if h.tv.are_set() => {
            let why = format!("default: {}, but NTSC games have these bits of iNES too, so they do not decide", h.tv);
            (Region::Ntsc, why)
        }
        (None, None) => (Region::Ntsc, "default: an iNES header names none".to_owned()),
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
