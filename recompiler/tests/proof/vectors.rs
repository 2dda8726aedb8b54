//! The single-step vectors through compiled regions of one instruction.
//!
//! The code lies in ROM, so only cases from $8000 on can be run; the instruction must lie in one bank. All other memory
//! from $2000 on is slow in a first pass, so that every access to it is compared with the vector's; in the second pass
//! $6000-$7FFF is plain.

use crate::bus::{Access, BANK, Kind, Slow, TestBus};
use crate::cases::{Access as Logged, Case, Group, Registers};
use crate::compare::eager;
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::opcode::{AddrMode, Legality, Mnemonic, Opcode, Shape};
use ricojit_interpreter::{Bus, Cpu, Status};
use ricojit_recompiler::{Jit, PAGE};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn trials(groups: Vec<Group>) -> Vec<Trial> {
    let compiled: Vec<Group> = groups.into_iter().filter(|group| is_compiled(Opcode::of(group.opcode))).collect();
    let all: usize = compiled.iter().map(|group| group.cases.len()).sum();
    let in_reach = |group: &Group| {
        let op = Opcode::of(group.opcode);
        group.cases.iter().filter(|case| is_in_reach(case, op)).count()
    };
    let run: usize = compiled.iter().map(in_reach).sum();
    let enough = Trial::test(format!("vectors: {run} of {all} cases can be run, which is enough"), move || {
        if run * 100 > all * 40 { Ok(()) } else { Err("less than 40%".into()) }
    });
    std::iter::once(enough).chain(compiled.into_iter().map(trial)).collect()
}

/// Whether the recompiler compiles the opcode.
pub(crate) fn is_compiled(op: &Opcode) -> bool {
    !matches!(op.legality, Legality::Unstable | Legality::Jam)
        && !matches!(op.mnemonic, Mnemonic::Cli | Mnemonic::Plp | Mnemonic::Rti | Mnemonic::Brk)
}

fn trial(group: Group) -> Trial {
    let Opcode { mnemonic, mode, .. } = Opcode::of(group.opcode);
    Trial::test(format!("vectors {:02X} {} {mode:?}", group.opcode, mnemonic.name()), move || check(&group))
}

/// Whether the case can be compiled at its address: the instruction, the byte after it, its branch target and its
/// pointer are in one bank of ROM (the pointer may be in RAM), and it does not jump out of ROM.
fn is_in_reach(case: &Case, op: &Opcode) -> bool {
    let bank = |addr: u16| usize::from(addr) / BANK;
    let in_bank = |addr: u16| bank(addr) == bank(case.before.pc);
    let next = case.before.pc.wrapping_add(u16::from(op.length()));
    let leaves = matches!(op.shape, Shape::Jump | Shape::Call) && case.after.pc < 0x8000;
    let pointer = op.mode != AddrMode::Indirect || operand(case) < 0x2000 || in_bank(operand(case));
    case.before.pc >= 0x8000 && in_bank(next) && branch_target(case, op).is_none_or(in_bank) && !leaves && pointer
}

/// The two bytes after the opcode; 0 for those that the case does not read.
fn operand(case: &Case) -> u16 {
    let memory = memory(case);
    let byte = |i| memory.get(&case.before.pc.wrapping_add(i)).copied().unwrap_or(0);
    u16::from_le_bytes([byte(1), byte(2)])
}

fn branch_target(case: &Case, op: &Opcode) -> Option<u16> {
    let distance = i16::from(operand(case) as i8);
    (op.shape == Shape::Branch).then(|| case.before.pc.wrapping_add(2).wrapping_add_signed(distance))
}

fn check(group: &Group) -> Result<(), Failed> {
    let op = Opcode::of(group.opcode);
    let cases: Vec<&Case> = group.cases.iter().filter(|case| is_in_reach(case, op)).collect();
    assert!(!cases.is_empty());
    let roms: Vec<u8> = cases.iter().flat_map(|case| bank(case, op)).collect();
    let rom: Arc<[u8]> = roms.into();
    let jit = eager(&rom, BANK);
    for (number, case) in cases.iter().enumerate() {
        for plain in [false, true] {
            one(&jit, &rom, number, case, op, plain).map_err(|what| format!("case {}: {what}", case.index))?;
        }
    }
    Ok(())
}

/// The memory that the case finds.
fn memory(case: &Case) -> BTreeMap<u16, u8> {
    let mut memory = BTreeMap::new();
    for access in &case.log {
        let (Logged::Read(addr, value) | Logged::Write(addr, value)) = *access;
        memory.entry(addr).or_insert(value);
    }
    memory
}

/// The bank with the code of a case. BRK follows the instruction and is interpreted; that the second cycle of a short
/// instruction reads it does not matter.
fn bank(case: &Case, op: &Opcode) -> Vec<u8> {
    let mut bank = vec![0; BANK];
    let next = case.before.pc.wrapping_add(u16::from(op.length()));
    for (addr, value) in memory(case) {
        if usize::from(addr) / BANK == usize::from(case.before.pc) / BANK && addr != next {
            bank[usize::from(addr) % BANK] = value;
        }
    }
    bank
}

/// Whether the interpreter may do it: an operand that could be plain and is not, or a run that is longer than the case.
fn may_be_left(case: &Case, op: &Opcode, plain: bool) -> bool {
    let is_plain = |addr: u16| addr < 0x2000 || plain && (0x6000..0x8000).contains(&addr);
    let all_plain = || {
        let (Some(operands), true) = (case.log.get(usize::from(op.length())..), op.shape != Shape::Jump) else {
            return true;
        };
        operands.iter().all(|&access| {
            let (Logged::Read(addr, _) | Logged::Write(addr, _)) = access;
            is_plain(addr)
        })
    };
    match op.mode {
        AddrMode::IndirectX | AddrMode::IndirectY | AddrMode::AbsoluteX | AddrMode::AbsoluteY => !all_plain(),
        AddrMode::Absolute => operand(case) >= 0x6000 && !all_plain(),
        // If the target is compiled, it belongs to the run.
        AddrMode::Relative => memory(case).values().any(|&byte| byte != 0),
        _ => op.shape == Shape::Return,
    }
}

fn cpu(registers: &Registers, cycle: u64) -> Cpu {
    let &Registers { pc, axysp: [a, x, y, s, p] } = registers;
    Cpu { cycle, pc, a, x, y, s, p: Status::from_byte(p), ..Cpu::power_on() }
}

fn one(jit: &Jit, rom: &Arc<[u8]>, number: usize, case: &Case, op: &Opcode, plain: bool) -> Result<(), String> {
    let pc = case.before.pc;
    let mut bus = TestBus::new(Arc::clone(rom), Slow::Memory, 0);
    bus.banks = [number; 4];
    bus.kinds[0x10..].fill(Kind::Slow);
    let next = pc.wrapping_add(u16::from(op.length()));
    let pointer = Some(operand(case)).filter(|pointer| op.mode == AddrMode::Indirect && *pointer >= 0x8000);
    for addr in [Some(pc), Some(next), branch_target(case, op), pointer].into_iter().flatten() {
        bus.kinds[usize::from(addr) / PAGE] = Kind::ReadOnly;
    }
    if plain {
        bus.kinds[0x30..0x40].fill(Kind::Plain);
    }
    for (addr, value) in memory(case) {
        bus.set(addr, value);
    }
    // Expected: the result of the vector, and then what the interpreter does until the run ends.
    let mut expected = bus.clone();
    for (at, access) in case.log.iter().enumerate() {
        let at = at as u64;
        match *access {
            Logged::Read(addr, value) => {
                let found = expected.read(addr, at);
                if found != value && addr != next {
                    return Err(format!("the memory of the test: ${addr:04X} is {found:02X}, not {value:02X}"));
                }
            }
            Logged::Write(addr, value) => expected.write(addr, value, at),
        }
    }
    expected.set_irq_mask(case.after.axysp[4] & Status::I != 0);
    bus.set_irq_mask(case.before.axysp[4] & Status::I != 0);
    let worst = u64::from(op.cycles) + if op.shape == Shape::Branch { 2 } else { 1 };
    let mut wanted = cpu(&case.after, case.log.len() as u64);
    wanted.run_until(&mut expected, worst);
    let mut found = cpu(&case.before, 0);
    let before = jit.statistics().native_cycles;
    jit.run_until(&mut found, &mut bus, worst);
    let native = jit.statistics().native_cycles - before;
    if native < case.log.len() as u64 && !may_be_left(case, op, plain) {
        return Err(format!("{native} cycles were native, of {}", case.log.len()));
    }
    let cpu_differs = (wanted != found).then(|| "the CPU".to_owned());
    match expected.difference(&bus, 0).or(cpu_differs) {
        Some(what) => Err(format!(
            "plain {plain}: {what}\n{:02X?}\n{:02X?}\nwanted {wanted:02X?}\nfound  {found:02X?}\n{:02X?}",
            case.before, case.log, bus.log as Vec<Access>
        )),
        None => Ok(()),
    }
}
