//! Bugs that were found, each as its smallest program.

use crate::bus::{Kind, Slow, TestBus};
use crate::compare::{eager, run};
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::{Cpu, Status};
use ricojit_recompiler::PAGE;
use std::sync::Arc;

/// Name, address and bytes of the code, and the cycle at which the run ends.
const CASES: [(&str, u16, &[u8], u64); 6] = [
    // BCS $8100: native code ends exactly at the end of the run, and no instruction may follow.
    ("a run ends in native code", 0x80FD, &[0xB0, 0x01, 0xEA, 0xEA, 0xEA], 4),
    ("RTS reads the register before its target", 0x8000, &[0x60], 12),
    ("JMP to where there is no memory executes its own high byte", 0x8000, &[0x4C, 0x00, 0x50], 12),
    ("JSR to where there is no memory executes its own high byte", 0x8000, &[0x20, 0x00, 0x50], 12),
    ("a branch to where there is no memory", 0x8000, &[0xB0, 0x80], 12),
    ("JMP () through a pointer that is not plain", 0x8000, &[0x6C, 0x00, 0x90], 12),
];

pub(crate) fn trials() -> Vec<Trial> {
    CASES.into_iter().map(|(name, at, code, end)| Trial::test(name, move || check(at, code, end))).collect()
}

fn check(at: u16, code: &[u8], end: u64) -> Result<(), Failed> {
    let mut rom = vec![0; 0x8000];
    rom[0x82] = 0x5A; // the byte that a branch from $8000 to $7F82 leaves on the data bus
    rom[usize::from(at - 0x8000)..][..code.len()].copy_from_slice(code);
    let rom: Arc<[u8]> = rom.into();
    for seed in 0..16 {
        let mut bus = TestBus::new(Arc::clone(&rom), Slow::Values, seed);
        bus.kinds[0x9000 / PAGE] = Kind::Slow;
        bus.kinds[0x7E00 / PAGE] = Kind::Slow;
        bus.ram[0x1F0..0x1F2].copy_from_slice(&[0x02, 0x20]); // RTS to $2003
        let cpu = Cpu { pc: at, s: 0xEF, p: Status::from_byte(Status::C), ..Cpu::power_on() };
        run(&eager(&rom, 0x8000), &(cpu, bus), [end, end + 1, end + 20])?;
    }
    Ok(())
}
