//! Every operand of every operation, compiled and interpreted: all values of A, operand and carry.

use crate::bus::{Slow, TestBus, mix};
use crate::compare::eager;
use crate::vectors::is_compiled;
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::opcode::{AddrMode, Mnemonic, OPCODES, Opcode, Shape};
use ricojit_interpreter::{Cpu, Status};
use std::sync::Arc;

const CLI: u8 = 0x58;
/// The address of the operand in RAM.
const OPERAND: u8 = 0x10;

pub(crate) fn trials() -> Vec<Trial> {
    let ops = OPCODES.iter().filter(|op| is_compiled(op) && is_operation(op));
    ops.map(|op| {
        Trial::test(format!("all operands {:02X} {} {:?}", op.code, op.mnemonic.name(), op.mode), || {
            check(Opcode::of(op.code))
        })
    })
    .collect()
}

/// Selects each operation once: in the zero page if it has that mode.
fn is_operation(op: &Opcode) -> bool {
    let in_zero_page = || OPCODES.iter().any(|o| (o.mnemonic, o.mode) == (op.mnemonic, AddrMode::ZeroPage));
    match op.mode {
        AddrMode::ZeroPage => op.mnemonic != Mnemonic::Nop,
        AddrMode::Immediate => !in_zero_page() || op.code == 0xEB,
        AddrMode::Accumulator => true,
        AddrMode::Implied => matches!(op.shape, Shape::Implied | Shape::Push | Shape::Pull),
        _ => op.mnemonic == Mnemonic::Las,
    }
}

fn check(op: &'static Opcode) -> Result<(), Failed> {
    // A piece of code for each operand: the instruction, then one that is interpreted.
    let mut rom = vec![0; 0x8000];
    for m in 0..=255 {
        let operand = if op.mode == AddrMode::Immediate { m } else { OPERAND };
        let code = [op.code, operand, 0, CLI];
        let length = usize::from(op.length());
        rom[usize::from(m) * 16..][..length].copy_from_slice(&code[..length]);
        rom[usize::from(m) * 16 + length] = CLI;
    }
    let rom: Arc<[u8]> = rom.into();
    let jit = eager(&rom, 0x8000);
    let mut bus = TestBus::new(rom, Slow::Values, 0);
    let mut bus_jit = bus.clone();
    // An instruction can take one cycle more than its base; CLI is interpreted.
    let end = u64::from(op.cycles) + 1;
    let mut runs = 0;
    for operands in 0..0x20000_u32 {
        let [a, m, c, _] = operands.to_le_bytes();
        let draw = mix(7, u64::from(operands));
        let [x, y, s, p, ..] = draw.to_le_bytes();
        let x = if draw >> 60 == 0 { 0xFF } else { x };
        let p = Status::from_byte(p & !Status::C | c);
        let pc = 0x8000 + u16::from(m) * 16;
        let y = if op.mnemonic == Mnemonic::Las { 0 } else { y };
        let start = Cpu { pc, a, x, y, s, p, ..Cpu::power_on() };
        for bus in [&mut bus, &mut bus_jit] {
            bus.ram[usize::from(OPERAND)] = m;
            bus.ram[0x100 | usize::from(s.wrapping_add(1))] = m; // for PLA
        }
        let (mut wanted, mut found) = (start.clone(), start.clone());
        wanted.run_until(&mut bus, end);
        jit.run_until(&mut found, &mut bus_jit, end);
        runs += 1;
        let place = |bus: &TestBus| (bus.ram[usize::from(OPERAND)], bus.ram[0x100 | usize::from(s)]);
        if wanted != found || place(&bus) != place(&bus_jit) {
            return Err(format!("operand {m:02X}\n{start:02X?}\n{wanted:02X?}\n{found:02X?}").into());
        }
    }
    let native = jit.statistics().native_cycles;
    if native != runs * u64::from(op.cycles) || bus.ram != bus_jit.ram {
        return Err(format!("{native} cycles were native in {runs} runs of {} cycles", op.cycles).into());
    }
    Ok(())
}
