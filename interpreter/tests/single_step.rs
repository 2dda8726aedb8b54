//! Every opcode against the single-step vectors of SingleStepTests/65x02 (set `nes6502`): 500 cases each, every
//! cycle's address, value and direction, and the registers afterwards.
//!
//! The packed file (`RICOJIT_VECTORS`) is little-endian, after gunzip:
//!
//! ```text
//! "NSST"  u16 version = 1  u16 groups
//! group:  u8 opcode  u8 0  u16 cases
//! case:   u16 index  before: u16 PC, u8 A X Y S P  after: the same  u8 cycles  u16 write mask  cycles x (u16 address, u8 value)
//! ```
//!
//! A case's log is also its memory: the CPU gets the logged values, and any other access is an error.

#[path = "support/corpus.rs"]
mod corpus;

use std::fs::File;
use std::io::Read;
use std::process::ExitCode;

use flate2::read::GzDecoder;
use interpreter::opcode::Opcode;
use interpreter::{Bus, Cpu, Cycle, Lines, Status};
use libtest_mimic::{Failed, Trial};

const FILE: &str = "cpu_single_step/nes6502_visible.nsst.gz";

fn main() -> ExitCode {
    let Some(path) = corpus::find(FILE, "RICOJIT_VECTORS") else {
        return corpus::run(vec![corpus::missing("every opcode", FILE)]);
    };
    let mut bytes = Vec::new();
    let file = File::open(path).expect("the vectors can be opened");
    GzDecoder::new(file).read_to_end(&mut bytes).expect("the vectors are a gzip file");
    corpus::run(groups(&bytes).into_iter().map(trial).collect())
}

#[derive(Debug, PartialEq, Eq)]
struct Registers {
    pc: u16,
    axys: [u8; 4],
    p: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read(u16, u8),
    Write(u16, u8),
}

struct Case {
    index: u16,
    before: Registers,
    after: Registers,
    log: Vec<Access>,
}

struct Group {
    opcode: u8,
    cases: Vec<Case>,
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn u8(&mut self) -> u8 {
        let (&first, rest) = self.0.split_first().expect("the vectors are complete");
        self.0 = rest;
        first
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    fn registers(&mut self) -> Registers {
        let pc = self.u16();
        let axys = [self.u8(), self.u8(), self.u8(), self.u8()];
        // Bits 4 and 5 of the upstream P are arbitrary: they are no flip-flops.
        Registers { pc, axys, p: self.u8() & 0xCF }
    }

    fn case(&mut self) -> Case {
        let index = self.u16();
        let (before, after) = (self.registers(), self.registers());
        let (cycles, writes) = (self.u8(), self.u16());
        let mut access = |cycle| {
            let (addr, value) = (self.u16(), self.u8());
            if writes >> cycle & 1 == 1 { Access::Write(addr, value) } else { Access::Read(addr, value) }
        };
        Case { index, before, after, log: (0..cycles).map(&mut access).collect() }
    }

    fn group(&mut self) -> Group {
        let opcode = self.u8();
        self.u8();
        let count = self.u16();
        Group { opcode, cases: (0..count).map(|_| self.case()).collect() }
    }
}

fn groups(bytes: &[u8]) -> Vec<Group> {
    let mut reader = Reader(bytes.strip_prefix(b"NSST\x01\0").expect("the vectors are of version 1"));
    let count = reader.u16();
    let groups: Vec<_> = (0..count).map(|_| reader.group()).collect();
    assert_eq!((count, reader.0), (256, [].as_slice()), "the vectors hold 256 groups and nothing else");
    groups
}

fn trial(group: Group) -> Trial {
    let Opcode { mnemonic, mode, .. } = Opcode::of(group.opcode);
    Trial::test(format!("{:02X} {} {mode:?}", group.opcode, mnemonic.name()), move || check(&group))
}

fn check(group: &Group) -> Result<(), Failed> {
    assert!(!group.cases.is_empty());
    for case in &group.cases {
        for deadline in [Cycle::MAX, 0] {
            let mut bus = Replay { log: &case.log, done: Vec::new(), deadline };
            let mut cpu = load(&case.before);
            cpu.step(&mut bus);
            if bus.done != case.log || store(&cpu) != case.after {
                return Err(describe(case, &bus, &cpu).into());
            }
        }
    }
    Ok(())
}

fn load(registers: &Registers) -> Cpu {
    let &Registers { pc, axys: [a, x, y, s], p } = registers;
    Cpu { pc, a, x, y, s, p: Status::from_byte(p), ..Cpu::power_on() }
}

fn store(cpu: &Cpu) -> Registers {
    Registers { pc: cpu.pc, axys: [cpu.a, cpu.x, cpu.y, cpu.s], p: cpu.p.byte() & 0xCF }
}

fn describe(case: &Case, bus: &Replay, cpu: &Cpu) -> String {
    let Case { index, before, after, log } = case;
    let (done, now) = (&bus.done, store(cpu));
    format!(
        "case {index}\nbefore {before:04X?}\nexpected {after:04X?}\nfound    {now:04X?}\nexpected {log:04X?}\nfound    {done:04X?}"
    )
}

/// Answers with the logged values and writes down what was really asked for.
struct Replay<'a> {
    log: &'a [Access],
    done: Vec<Access>,
    deadline: Cycle,
}

impl Bus for Replay<'_> {
    fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        assert_eq!(at, self.done.len() as Cycle, "cycles follow one another");
        let value = match self.log.get(self.done.len()) {
            Some(&(Access::Read(_, value) | Access::Write(_, value))) => value,
            None => 0,
        };
        self.done.push(Access::Read(addr, value));
        value
    }

    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        assert_eq!(at, self.done.len() as Cycle, "cycles follow one another");
        self.done.push(Access::Write(addr, value));
    }

    fn peek(&self, _: u16) -> u8 {
        0
    }

    fn deadline(&self) -> Cycle {
        self.deadline
    }

    fn lines(&mut self, _: Cycle) -> Lines {
        Lines::default()
    }

    fn stall(&mut self, _: u16, at: Cycle) -> Cycle {
        at
    }

    fn set_irq_mask(&mut self, _: bool) {}
}
