//! The other tests are not vacuous: every compiled opcode runs natively, in every kind of memory it can reach, as in
//! the interpreter; and code that does not need the bus has no call in it.

use crate::bus::{Slow, TestBus};
use crate::compare::{eager, run};
use crate::vectors::is_compiled;
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::opcode::{AddrMode, Mnemonic, Opcode, Shape};
use ricojit_interpreter::{Cpu, Status};
use std::sync::Arc;

const CODE: u16 = 0x8100;
/// Operands of instructions of three bytes: RAM, across its end, registers, across their end, PRG RAM, ROM.
const WORDS: [u16; 7] = [0x0280, 0x1FFE, 0x2002, 0x20FE, 0x5FFE, 0x6480, 0x9000];

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("every opcode runs natively", every_opcode)]
}

fn every_opcode() -> Result<(), Failed> {
    println!("native cycles of each opcode (.: interpreted; -: no call in its code)");
    for row in 0..16 {
        let cells: Result<Vec<String>, String> = (0..16).map(|column| cell(row << 4 | column)).collect();
        println!("{:X}0 {}", row, cells?.join(" "));
    }
    Ok(())
}

/// One opcode in the table.
fn cell(code: u8) -> Result<String, String> {
    let op = Opcode::of(code);
    let name = format!("{code:02X} {} {:?}", op.mnemonic.name(), op.mode);
    let mut native = 0;
    let mut calls = false;
    let words: &[u16] = match (op.shape, op.length()) {
        (Shape::Branch, _) => &[0x0010, 0x0000, 0x0082], // the last one to another page
        (_, 3) => &WORDS,
        _ => &[0x0010, 0x00FF, 0x0082],
    };
    for &word in words {
        let (more, call) = operand(op, word).map_err(|what| format!("{name} {word:04X}: {what}"))?;
        native += more;
        calls |= call && !(op.length() == 3 && word >= 0x2000) && !reaches_bus(op);
    }
    if calls {
        return Err(format!("{name}: its code has a call"));
    }
    if is_compiled(op) != (native > 0) {
        return Err(format!("{name}: {native} cycles were native"));
    }
    Ok(match native {
        0 => "    .".to_owned(),
        _ if reaches_bus(op) => format!("{native:5}"),
        _ => format!("{native:4}-"),
    })
}

/// Whether its operand can be anywhere, or it calls the bus for another reason.
fn reaches_bus(op: &Opcode) -> bool {
    let anywhere = matches!(
        op.mode,
        AddrMode::AbsoluteX | AddrMode::AbsoluteY | AddrMode::IndirectX | AddrMode::IndirectY | AddrMode::Indirect
    );
    anywhere || op.mnemonic == Mnemonic::Sei || op.shape == Shape::Return
}

/// Native cycles of an opcode with one operand, and whether there is a call in its code.
fn operand(op: &Opcode, word: u16) -> Result<(u64, bool), String> {
    // The instruction; wherever it continues is CLI, which is interpreted.
    let mut rom = vec![0x58; 0x8000];
    let [low, high] = word.to_le_bytes();
    let length = usize::from(op.length());
    rom[0x100..][..length].copy_from_slice(&[op.code, low, high][..length]);
    let rom: Arc<[u8]> = rom.into();
    let jit = eager(&rom, 0x8000);
    let mut bus = TestBus::new(Arc::clone(&rom), Slow::Values, u64::from(word));
    for (place, byte) in bus.ram.iter_mut().enumerate() {
        *byte = if place % 2 == 0 { 0xF0 } else { [0x02, 0x1F, 0x20, 0x60, 0x90][place / 2 % 5] };
    }
    let mut wanted = 0;
    for draw in 0..64_u8 {
        let p = Status::from_byte(draw.wrapping_mul(0xC5));
        let (a, x, y) = (draw.wrapping_mul(29), draw.wrapping_mul(83), draw.wrapping_mul(57));
        let cpu = Cpu { pc: CODE, a, x, y, s: draw.wrapping_mul(11), p, ..Cpu::power_on() };
        run(&jit, &(cpu, bus.clone()), [12])?;
        wanted += u64::from(op.cycles);
    }
    let native = jit.statistics().native_cycles;
    // Operands that are rarely slow are interpreted when they are.
    let may_be_left = match op.mode {
        AddrMode::Indirect => (0x2000..0x8000).contains(&word),
        AddrMode::AbsoluteX | AddrMode::AbsoluteY => matches!(word, 0x1FFE | 0x5FFE),
        AddrMode::IndirectX | AddrMode::IndirectY => true,
        _ => op.shape == Shape::Return,
    };
    if is_compiled(op) && native < wanted && !may_be_left {
        return Err(format!("{native} cycles were native, of {wanted}"));
    }
    let clif = jit.clif(&bus, CODE).unwrap_or_default();
    Ok((native, clif.contains("call_indirect")))
}
