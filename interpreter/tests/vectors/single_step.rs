//! Every opcode against the single-step vectors of SingleStepTests/65x02 (set `nes6502`): 500 cases each, every
//! cycle's address, value and direction, and the registers afterwards.
//!
//! The same cases check the facts of the opcode table: cycles, page crossing, registers read and written.
//!
//! A case's log is also its memory: the CPU gets the logged values, and any other access is an error. Each case runs
//! with and without code that the bus gives in advance.

use crate::cases::{Access, Case, FILE, Group, Registers, groups};
use crate::corpus;
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::opcode::{Opcode, PageCross, Registers as Set, Shape};
use ricojit_interpreter::{Bus, Cpu, Cycle, Lines, Status};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) fn trials() -> Vec<Trial> {
    let Some(path) = corpus::find(FILE, "RICOJIT_VECTORS") else {
        return vec![corpus::missing("single-step vectors", FILE)];
    };
    groups(&path).into_iter().flat_map(opcode).collect()
}

/// The trials of one opcode.
fn opcode(group: Group) -> [Trial; 2] {
    let group = Arc::new(group);
    let Opcode { mnemonic, mode, .. } = Opcode::of(group.opcode);
    let name = format!("{:02X} {} {mode:?}", group.opcode, mnemonic.name());
    let facts = Arc::clone(&group);
    [
        Trial::test(format!("{name} has the cycles and results of the vectors"), move || check_cases(&group)),
        Trial::test(format!("{name} has the facts of the opcode table"), move || check_facts(&facts)),
    ]
}

fn check_cases(group: &Group) -> Result<(), Failed> {
    assert!(!group.cases.is_empty());
    for case in &group.cases {
        for (deadline, has_code) in [(Cycle::MAX, false), (Cycle::MAX, true), (0, true)] {
            let mut bus = Replay { has_code, deadline, ..Replay::new(&case.log) };
            let found = step(&case.before, &mut bus);
            if bus.done != case.log || found != case.after {
                return Err(describe(case, &bus.done, &found).into());
            }
        }
    }
    Ok(())
}

fn check_facts(group: &Group) -> Result<(), Failed> {
    let op = Opcode::of(group.opcode);
    let mut lengths: BTreeSet<isize> = BTreeSet::new();
    let (mut changed, mut mattered) = (BTreeSet::new(), BTreeSet::new());
    for case in &group.cases {
        lengths.insert(case.log.len() as isize - op.cycles as isize);
        changed
            .extend(MEMBERS.iter().filter(|member| !member.same(&case.before, &case.after)).map(|member| member.name));
        mattered.extend(MEMBERS.iter().filter(|member| matters(member, case)).map(|member| member.name));
    }
    let extra = match (op.page_cross, op.shape) {
        (PageCross::Adds, Shape::Branch) => [0, 1, 2].as_slice(),
        (PageCross::Adds, _) => &[0, 1],
        (PageCross::Never | PageCross::Always, _) => &[0],
    };
    assert!(lengths.iter().eq(extra), "cycles beyond the base: expected {extra:?}, found {lengths:?}");
    assert_eq!(changed, names_in(op.writes), "written");
    assert_eq!(mattered, names_in(op.reads), "read");
    Ok(())
}

/// Whether the case has another result when this register or flag, and nothing else, is different.
fn matters(member: &Member, case: &Case) -> bool {
    let before = member.flipped(&case.before);
    let mut bus = Replay::new(&case.log);
    let after = step(&before, &mut bus);
    let others_differ = MEMBERS.iter().any(|other| other.name != member.name && !other.same(&after, &case.after));
    // The result of the member itself: its old value, or a new value that does not depend on it.
    let passed_on = member.same(&case.before, &case.after) && member.same(&before, &after);
    let overwritten = member.same(&case.after, &after);
    bus.done != case.log || after.pc != case.after.pc || others_differ || !(passed_on || overwritten)
}

/// A register or a flag: its name, its place in A X Y S P, its bits.
struct Member {
    name: &'static str,
    set: Set,
    place: usize,
    mask: u8,
}

const MEMBERS: [Member; 10] = [
    Member { name: "A", set: Set::A, place: 0, mask: 0xFF },
    Member { name: "X", set: Set::X, place: 1, mask: 0xFF },
    Member { name: "Y", set: Set::Y, place: 2, mask: 0xFF },
    Member { name: "S", set: Set::S, place: 3, mask: 0xFF },
    Member { name: "N", set: Set::N, place: 4, mask: Status::N },
    Member { name: "V", set: Set::V, place: 4, mask: Status::V },
    Member { name: "D", set: Set::D, place: 4, mask: Status::D },
    Member { name: "I", set: Set::I, place: 4, mask: Status::I },
    Member { name: "Z", set: Set::Z, place: 4, mask: Status::Z },
    Member { name: "C", set: Set::C, place: 4, mask: Status::C },
];

impl Member {
    fn same(&self, one: &Registers, other: &Registers) -> bool {
        (one.axysp[self.place] ^ other.axysp[self.place]) & self.mask == 0
    }

    fn flipped(&self, registers: &Registers) -> Registers {
        let mut axysp = registers.axysp;
        axysp[self.place] ^= self.mask;
        Registers { axysp, ..*registers }
    }
}

fn names_in(set: Set) -> BTreeSet<&'static str> {
    MEMBERS.iter().filter(|member| set.intersects(member.set)).map(|member| member.name).collect()
}

fn step(before: &Registers, bus: &mut Replay) -> Registers {
    let &Registers { pc, axysp: [a, x, y, s, p] } = before;
    let mut cpu = Cpu { pc, a, x, y, s, p: Status::from_byte(p), ..Cpu::power_on() };
    cpu.step(bus);
    Registers { pc: cpu.pc, axysp: [cpu.a, cpu.x, cpu.y, cpu.s, cpu.p.byte() & 0xCF] }
}

fn describe(case: &Case, done: &[Access], found: &Registers) -> String {
    let Case { index, before, after, log } = case;
    let registers = format!("before   {before:02X?}\nexpected {after:02X?}\nfound    {found:02X?}");
    format!("case {index}\n{registers}\nexpected {log:02X?}\nfound    {done:02X?}")
}

/// Gives the logged values, and logs the accesses that are made.
struct Replay<'a> {
    log: &'a [Access],
    done: Vec<Access>,
    deadline: Cycle,
    has_code: bool,
}

impl<'a> Replay<'a> {
    fn new(log: &'a [Access]) -> Self {
        Self { log, done: Vec::new(), deadline: Cycle::MAX, has_code: false }
    }
}

impl Bus for Replay<'_> {
    const HAS_PLAIN: bool = true;

    /// The bytes that the first cycles of the log read there, and an arbitrary value for others.
    fn code(&mut self, addr: u16) -> Option<[u8; 4]> {
        let byte = |i: u16| match self.log.get(usize::from(i)) {
            Some(&Access::Read(at, value)) if at == addr.wrapping_add(i) && i < 3 => value,
            _ => 0x5A,
        };
        self.has_code.then(|| [0, 1, 2, 3].map(byte))
    }

    fn fetched(&mut self, addr: u16, value: u8, at: Cycle) {
        assert_eq!(at, self.done.len() as Cycle, "cycles follow one another");
        self.done.push(Access::Read(addr, value));
    }

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

    fn stall(&mut self, _: u16, at: Cycle, _: bool) -> Cycle {
        at
    }

    fn set_irq_mask(&mut self, _: bool) {}
}
