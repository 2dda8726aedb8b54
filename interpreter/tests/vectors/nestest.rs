//! nestest in its automatic mode (from $C000) against the log of Nintendulator: all 8,991 lines, all columns.
//!
//! Registers and cycles prove the CPU, the text proves the disassembler; both files are found as
//! `RICOJIT_NESTEST` (the ROM) and `RICOJIT_NESTEST_LOG`.

use crate::corpus;
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::disasm::Trace;
use ricojit_interpreter::{Bus, Cpu, Cycle, Lines};
use std::fs;
use std::path::Path;

const ROM: &str = "roms/cpu/nestest/nestest.nes";
const LOG: &str = "nestest/nestest.log";
const LINES: usize = 8_991;

pub(crate) fn trials() -> Vec<Trial> {
    let trial = match (corpus::find(ROM, "RICOJIT_NESTEST"), corpus::find(LOG, "RICOJIT_NESTEST_LOG")) {
        (Some(rom), Some(log)) => Trial::test("nestest", move || compare(&rom, &log)),
        (None, _) => corpus::missing("nestest", ROM),
        (_, None) => corpus::missing("nestest", LOG),
    };
    vec![trial]
}

fn compare(rom: &Path, log: &Path) -> Result<(), Failed> {
    let mut bus = Nrom::new(&fs::read(rom)?);
    let log = fs::read_to_string(log)?;
    let mut cpu = Cpu { pc: 0xC000, s: 0xFD, cycle: 7, ..Cpu::power_on() };
    for (number, expected) in (1..).zip(log.lines()) {
        let found = line(&cpu, &bus);
        if found != expected.trim_end() {
            return Err(format!("line {number}\nexpected {expected}\nfound    {found}").into());
        }
        cpu.step(&mut bus);
    }
    assert_eq!(log.lines().count(), LINES);
    // The ROM's own verdict: the number of its first failed test.
    assert_eq!((bus.peek(0x0002), bus.peek(0x0003)), (0, 0));
    Ok(())
}

/// Three dots to a cycle, 341 dots to a line.
fn line(cpu: &Cpu, bus: &Nrom) -> String {
    let dots = cpu.cycle * 3;
    format!("{} PPU:{:3},{:3} CYC:{}", Trace::new(cpu, bus), dots / 341, dots % 341, cpu.cycle)
}

/// 2 KiB of RAM, 16 KiB of ROM mirrored, and no registers.
struct Nrom {
    ram: [u8; 0x800],
    rom: Vec<u8>,
}

impl Nrom {
    fn new(file: &[u8]) -> Self {
        Self { ram: [0; 0x800], rom: file[16..][..0x4000].to_vec() }
    }
}

impl Bus for Nrom {
    fn read(&mut self, addr: u16, _: Cycle) -> u8 {
        self.peek(addr)
    }

    fn write(&mut self, addr: u16, value: u8, _: Cycle) {
        if addr < 0x2000 {
            self.ram[usize::from(addr & 0x07FF)] = value;
        }
    }

    fn peek(&self, addr: u16) -> u8 {
        match addr {
            0x0000..0x2000 => self.ram[usize::from(addr & 0x07FF)],
            0x2000..0x8000 => 0xFF,
            0x8000.. => self.rom[usize::from(addr & 0x3FFF)],
        }
    }

    fn deadline(&self) -> Cycle {
        Cycle::MAX
    }

    fn lines(&mut self, _: Cycle) -> Lines {
        Lines::default()
    }

    fn stall(&mut self, _: u16, at: Cycle, _: bool) -> Cycle {
        at
    }

    fn set_irq_mask(&mut self, _: bool) {}
}
