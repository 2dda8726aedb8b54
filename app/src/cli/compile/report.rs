//! What was found in a ROM, and what became of it.

use crate::cli::rom::Rom;
use crate::cli::stopwatch::Stopwatch;
use ricojit::ahead::{self, Input, Omitted, Source};
use ricojit::code_data_log::Uses;
use ricojit::cpu::opcode::{Opcode, Shape};
use ricojit::recompiler::Key;
use ricojit::text;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// Bytes of a bank in reports: what most boards switch at least.
const BANK: usize = 0x4000;

/// What a byte of PRG ROM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Byte {
    Unknown,
    Data,
    Code(Source),
}

/// What was found in a ROM, and what became of it.
#[derive(Serialize)]
pub(super) struct Report {
    rom: String,
    image: Option<String>,
    image_bytes: usize,
    /// Of an executable, which the image is then part of.
    pub(super) executable_bytes: Option<usize>,
    seconds: f64,
    cpu_seconds: f64,
    instructions_found: usize,
    regions: usize,
    instructions: usize,
    code_bytes: usize,
    /// The most bytes for an instruction in a region.
    most_bytes_per_instruction: f64,
    entries: usize,
    /// Regions by how they were found.
    sources: BTreeMap<&'static str, usize>,
    pub(super) banks: Vec<Bank>,
    /// Regions that are left to the interpreter, by reason.
    omitted: BTreeMap<&'static str, usize>,
    /// Instructions in code that only the interpreter runs, by mnemonic.
    interpreted: BTreeMap<&'static str, usize>,
    /// The share of the profile's cycles that will be native, about; 0 to 1.
    profile_share: Option<f64>,
    #[serde(skip)]
    pub(super) bytes: Vec<Byte>,
    /// Whether each byte was executed, as far as profile and log tell.
    #[serde(skip)]
    pub(super) executed: Vec<bool>,
}

/// The bytes of a bank.
#[derive(Default, Serialize)]
pub(super) struct Bank {
    /// The offset in PRG ROM.
    pub(super) offset: usize,
    pub(super) proven: usize,
    pub(super) guessed: usize,
    pub(super) data: usize,
    pub(super) unknown: usize,
}

impl Report {
    pub(super) fn new(
        rom: &Rom,
        input: &Input,
        found: &ahead::Report,
        time: &Stopwatch,
        image_bytes: usize,
        image: Option<&Path>,
    ) -> Self {
        let prg = &rom.cartridge.prg_rom;
        let bytes = bytes(prg, input, found);
        let compiled = || found.regions.iter().filter_map(|region| Some((region, *region.compiled.as_ref().ok()?)));
        let mut sources = BTreeMap::new();
        compiled().for_each(|(region, _)| *sources.entry(region.source.name()).or_default() += 1);
        let mut omitted = BTreeMap::new();
        for why in found.regions.iter().filter_map(|region| region.compiled.err()) {
            *omitted.entry(Omitted::name(why)).or_default() += 1;
        }
        let density = compiled().map(|(region, bytes)| bytes as f64 / region.instructions as f64);
        Self {
            rom: rom.name.clone(),
            image: image.map(text::path),
            image_bytes,
            executable_bytes: None,
            seconds: time.wall.as_secs_f64(),
            cpu_seconds: time.cpu.as_secs_f64(),
            instructions_found: found.code.len(),
            regions: compiled().count(),
            instructions: compiled().map(|(region, _)| region.instructions).sum(),
            code_bytes: compiled().map(|(_, bytes)| bytes).sum(),
            most_bytes_per_instruction: density.fold(0.0, f64::max),
            entries: compiled().map(|(region, _)| 1 + region.entries.len()).sum(),
            sources,
            banks: banks(&bytes),
            omitted,
            interpreted: interpreted(prg, found),
            profile_share: profile_share(rom, input, found),
            executed: executed(prg, rom, input),
            bytes,
        }
    }

    /// As text; the first line only, or all of it.
    pub(super) fn text(&self, all: bool) -> String {
        let mut text = String::new();
        self.write(&mut text, all).map_or_else(|_| String::new(), |()| text)
    }

    fn write(&self, to: &mut String, all: bool) -> std::fmt::Result {
        writeln!(
            to,
            "{}: {} instructions in {} regions with {} entries, {} KiB of native code, compiled in {:.3} s ({:.3} s of CPU)",
            self.rom,
            self.instructions,
            self.regions,
            self.entries,
            self.code_bytes.div_ceil(1024),
            self.seconds,
            self.cpu_seconds
        )?;
        if let Some(file) = &self.image {
            let kib = |bytes: usize| bytes.div_ceil(1024);
            match self.executable_bytes {
                None => writeln!(to, "image: {file}, {} KiB", kib(self.image_bytes))?,
                Some(bytes) => {
                    writeln!(
                        to,
                        "executable: {file}, {} KiB, {} of them the image",
                        kib(bytes),
                        kib(self.image_bytes)
                    )?;
                }
            }
        }
        if !all {
            return Ok(());
        }
        writeln!(to, "\nbank              proven  guessed     data  unknown")?;
        for (number, bank) in self.banks.iter().enumerate() {
            let size = bank.proven + bank.guessed + bank.data + bank.unknown;
            let share = |bytes: usize| format!("{:.1}%", bytes as f64 * 100.0 / size.max(1) as f64);
            let [proven, guessed, data, unknown] = [bank.proven, bank.guessed, bank.data, bank.unknown].map(share);
            writeln!(to, "{number:>4} @{:05X}   {proven:>9}{guessed:>9}{data:>9}{unknown:>9}", bank.offset)?;
        }
        writeln!(to, "\nregions by source: {}", list(&self.sources))?;
        writeln!(
            to,
            "bytes of native code for an instruction: {:.0} in the mean, {:.0} at most",
            self.code_bytes as f64 / self.instructions.max(1) as f64,
            self.most_bytes_per_instruction
        )?;
        writeln!(
            to,
            "left to the interpreter: code in RAM; regions that are {}; instructions that are {}",
            list(&self.omitted),
            list(&self.interpreted)
        )?;
        if let Some(share) = self.profile_share {
            writeln!(to, "of the profile's cycles, about {:.1}% will be native", share * 100.0)?;
        }
        writeln!(to)
    }
}

fn list(counts: &BTreeMap<&str, usize>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

/// An array with one object per ROM.
pub(super) fn json(reports: &[Report]) -> String {
    serde_json::to_string_pretty(reports).map_or_else(|_| String::new(), |text| text + "\n")
}

/// What each byte is. Proofs win over guesses, code over data.
fn bytes(prg: &[u8], input: &Input, found: &ahead::Report) -> Vec<Byte> {
    let mut bytes = vec![Byte::Unknown; prg.len()];
    let logged = input.log.iter().flat_map(|log| log.prg().iter().enumerate());
    let logged = logged.filter(|(_, uses)| uses.contains(Uses::DATA)).map(|(offset, _)| offset);
    for offset in logged.chain(found.data.iter().map(|offset| *offset as usize)) {
        if let Some(byte) = bytes.get_mut(offset) {
            *byte = Byte::Data;
        }
    }
    for (key, &source) in &found.code {
        let offset = key.offset as usize;
        let length = prg.get(offset).map_or(1, |code| usize::from(Opcode::of(*code).length()));
        for byte in bytes.iter_mut().skip(offset).take(length) {
            match byte {
                Byte::Code(known) if *known <= source => {}
                byte => *byte = Byte::Code(source),
            }
        }
    }
    bytes
}

fn banks(bytes: &[Byte]) -> Vec<Bank> {
    let bank = |(number, bytes): (usize, &[Byte])| {
        let mut bank = Bank { offset: number * BANK, ..Bank::default() };
        for byte in bytes {
            *match byte {
                Byte::Unknown => &mut bank.unknown,
                Byte::Data => &mut bank.data,
                Byte::Code(source) if source.is_proof() => &mut bank.proven,
                Byte::Code(_) => &mut bank.guessed,
            } += 1;
        }
        bank
    };
    bytes.chunks(BANK).enumerate().map(bank).collect()
}

/// The instructions that only the interpreter runs.
fn interpreted(prg: &[u8], found: &ahead::Report) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let codes = found.code.keys().filter_map(|key| prg.get(key.offset as usize));
    for op in codes.map(|code| Opcode::of(*code)).filter(|op| ricojit::recompiler::is_interpreted(op)) {
        *counts.entry(op.mnemonic.name()).or_default() += 1;
    }
    counts
}

/// Instructions from an entry up to the next jump, and the cycles that they take at least.
fn run(prg: &[u8], key: Key) -> Vec<(u32, u64)> {
    let mut run = Vec::new();
    let mut offset = key.offset;
    while let Some(op) = prg.get(offset as usize).map(|code| Opcode::of(*code)) {
        run.push((offset, u64::from(op.cycles)));
        offset += u32::from(op.length());
        let ends = [Shape::Branch, Shape::Jump, Shape::Call, Shape::Return, Shape::ReturnFromInterrupt];
        if ends.contains(&op.shape) {
            break;
        }
    }
    run
}

/// The share of the profile's cycles in compiled instructions.
fn profile_share(rom: &Rom, input: &Input, found: &ahead::Report) -> Option<f64> {
    let counts = input.profile.counts(&rom.cartridge).ok().filter(|counts| !counts.is_empty())?;
    let compiled: BTreeSet<u32> = found
        .regions
        .iter()
        .filter(|region| region.compiled.is_ok())
        .flat_map(|region| {
            let stretches = region.ranges.iter().flat_map(|&(start, end)| start..end);
            stretches.map(|pc| region.key.at(pc).offset)
        })
        .collect();
    let (mut native, mut all) = (0, 0);
    for (key, count) in counts {
        for (offset, cycles) in run(&rom.cartridge.prg_rom, key) {
            all += count * cycles;
            native += if compiled.contains(&offset) { count * cycles } else { 0 };
        }
    }
    Some(native as f64 / all.max(1) as f64)
}

/// Which bytes were executed.
fn executed(prg: &[u8], rom: &Rom, input: &Input) -> Vec<bool> {
    let mut executed = vec![false; prg.len()];
    for (offset, uses) in input.log.iter().flat_map(|log| log.prg().iter().enumerate()) {
        executed[offset] = uses.contains(Uses::CODE);
    }
    for (key, _) in input.profile.counts(&rom.cartridge).unwrap_or_default() {
        for (offset, _) in run(prg, key) {
            let length = usize::from(Opcode::of(prg[offset as usize]).length());
            executed.iter_mut().skip(offset as usize).take(length).for_each(|byte| *byte = true);
        }
    }
    executed
}
