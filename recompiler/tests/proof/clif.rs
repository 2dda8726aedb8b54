//! The translator's output for small pieces of code, as text in `recompiler/tests/clif/`: the difference shows what a
//! change of the translator does. `RICOJIT_BLESS=1` writes the files again; then review the difference.

use crate::bus::{Slow, TestBus};
use crate::compare::eager;
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::disasm::Instruction;
use ricojit_interpreter::opcode::Opcode;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CODE: u16 = 0x8100;
/// CLI, which is interpreted: it ends every piece.
const END: u8 = 0x58;

#[rustfmt::skip]
const PIECES: [(&str, &[u8]); 24] = [
    ("load_zero_page",      &[0xA5, 0x10, 0x85, 0x11]),             // LDA $10, STA $11
    ("load_ram",            &[0xAD, 0x80, 0x02]),                   // LDA $0280
    ("load_ram_indexed",    &[0xBD, 0x80, 0x02]),                   // LDA $0280,X
    ("load_rom",            &[0xAD, 0x00, 0x90]),                   // LDA $9000
    ("load_rom_indexed",    &[0xB9, 0x80, 0x90]),                   // LDA $9080,Y
    ("load_register",       &[0xAD, 0x02, 0x20]),                   // LDA $2002
    ("load_indirect_x",     &[0xA1, 0x10]),                         // LDA ($10,X)
    ("load_indirect_y",     &[0xB1, 0x10]),                         // LDA ($10),Y
    ("store_ram_indexed",   &[0x9D, 0x00, 0x03]),                   // STA $0300,X
    ("store_prg_ram",       &[0x8D, 0x00, 0x60]),                   // STA $6000
    ("store_register",      &[0x8D, 0x00, 0x20]),                   // STA $2000
    ("store_bank",          &[0x8D, 0x00, 0x80]),                   // STA $8000
    ("store_indirect_y",    &[0x91, 0x10]),                         // STA ($10),Y
    ("modify_zero_page",    &[0xE6, 0x10, 0x06, 0x10]),             // INC $10, ASL $10
    ("modify_register",     &[0xEE, 0x00, 0x20]),                   // INC $2000
    ("add",                 &[0x18, 0x65, 0x10, 0x85, 0x11]),       // CLC, ADC $10, STA $11
    ("subtract",            &[0x38, 0xE9, 0x01]),                   // SEC, SBC #1
    ("compare_and_branch",  &[0xC9, 0x10, 0x90, 0x01, 0xEA]),       // CMP #$10, BCC +1, NOP
    ("count_loop",          &[0xA2, 0x08, 0xCA, 0xD0, 0xFD]),       // LDX #8, DEX, BNE -3
    ("copy_loop",           &[0xB1, 0x10, 0x91, 0x12, 0xC8, 0xD0, 0xF9]), // LDA (),Y, STA (),Y, INY, BNE -7
    ("wait_loop",           &[0x2C, 0x02, 0x20, 0x10, 0xFB]),       // BIT $2002, BPL -5
    ("stack",               &[0x48, 0x08, 0x68, 0xBA, 0x9A]),       // PHA, PHP, PLA, TSX, TXS
    ("call",                &[0x20, 0x08, 0x81, END, 0, 0, 0, 0, 0xE8, 0x60]), // JSR $8108, CLI; INX, RTS
    ("unofficial",          &[0x07, 0x10, 0xA7, 0x11, 0xCB, 0x03]), // SLO $10, LAX $11, SBX #3
];

pub(crate) fn trials() -> Vec<Trial> {
    // Calls and pointers are different on other hosts.
    let here = cfg!(all(target_arch = "x86_64", target_os = "linux"));
    let trial = |(name, code)| Trial::test(format!("clif {name}"), move || check(name, code)).with_ignored_flag(!here);
    PIECES
        .into_iter()
        .map(trial)
        .chain([Trial::test("every clif file has a piece of code", every_file_has_a_piece)])
        .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clif")
}

fn check(name: &str, code: &[u8]) -> Result<(), Failed> {
    let file = folder().join(name).with_extension("clif");
    let found = text(code)?;
    if std::env::var_os("RICOJIT_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(folder())?;
        std::fs::write(&file, &found)?;
    }
    let kept = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    if kept == found {
        return Ok(());
    }
    let line = kept.lines().zip(found.lines()).take_while(|(a, b)| a == b).count();
    Err(format!("{} is different from line {} on (RICOJIT_BLESS=1 accepts this):\n{found}", file.display(), line + 1)
        .into())
}

/// The guest's code, and its CLIF.
fn text(code: &[u8]) -> Result<String, Failed> {
    let mut rom = vec![END; 0x8000];
    rom[usize::from(CODE - 0x8000)..][..code.len()].copy_from_slice(code);
    let rom: Arc<[u8]> = rom.into();
    let bus = TestBus::new(Arc::clone(&rom), Slow::Values, 0);
    let mut text = String::new();
    let mut pc = CODE;
    while pc <= CODE + code.len() as u16 {
        writeln!(text, "; {pc:04X}  {}", Instruction::at(&bus, pc))?;
        pc += u16::from(Opcode::of(rom[usize::from(pc - 0x8000)]).length());
    }
    text += &eager(&rom, 0x8000).clif(&bus, CODE).ok_or("there is no region")?;
    Ok(text)
}

fn every_file_has_a_piece() -> Result<(), Failed> {
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        if !PIECES.iter().any(|(name, _)| path.file_stem().is_some_and(|stem| stem == *name)) {
            return Err(format!("{} belongs to no piece", path.display()).into());
        }
    }
    Ok(())
}
