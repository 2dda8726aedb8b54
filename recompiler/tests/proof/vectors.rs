//! The single-step vectors through compiled regions of one instruction.
//!
//! The code lies in ROM, so only cases from $8000 on can be run; the instruction must lie in one bank. All other memory
//! from $2000 on is slow in a first pass, so that every access to it is compared with the vector's; in the second pass
//! $6000-$7FFF is plain.

use crate::bus::{Access, BANK, Kind, Slow, TestBus};
use crate::compare::eager;
use crate::vectors_file::{Access as Logged, Case, Group, Registers};
use interpreter::opcode::{Legality, Mnemonic, Opcode, Shape};
use interpreter::{Bus, Cpu, Status};
use libtest_mimic::{Failed, Trial};
use recompiler::{Jit, PAGE};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn trials(groups: Vec<Group>) -> Vec<Trial> {
    groups.into_iter().filter(|group| is_compiled(Opcode::of(group.opcode))).map(trial).collect()
}

/// Whether the recompiler takes the opcode.
pub(crate) fn is_compiled(op: &Opcode) -> bool {
    !matches!(op.legality, Legality::Unstable | Legality::Jam)
        && !matches!(op.mnemonic, Mnemonic::Cli | Mnemonic::Plp | Mnemonic::Rti | Mnemonic::Brk)
}

fn trial(group: Group) -> Trial {
    let Opcode { mnemonic, mode, .. } = Opcode::of(group.opcode);
    Trial::test(format!("vectors {:02X} {} {mode:?}", group.opcode, mnemonic.name()), move || check(&group))
}

/// Whether the instruction can be compiled where it is: all its bytes and the one behind it lie in one bank of ROM, and
/// it does not go where the interpreter has to fetch what comes next.
fn is_in_reach(case: &Case, op: &Opcode) -> bool {
    let (first, place) = (case.before.pc, usize::from(case.before.pc) % BANK);
    let leaves = matches!(op.shape, Shape::Jump | Shape::Branch | Shape::Call) && case.after.pc < 0x8000;
    first >= 0x8000 && place + usize::from(op.length()).max(2) < BANK && !leaves
}

fn check(group: &Group) -> Result<(), Failed> {
    let op = Opcode::of(group.opcode);
    let cases: Vec<&Case> = group.cases.iter().filter(|case| is_in_reach(case, op)).collect();
    // A loose bound: half of all addresses, less those that jump into the other half.
    let leaves = matches!(op.shape, Shape::Jump | Shape::Call);
    let least = if leaves { 15 } else { 40 };
    if cases.len() * 100 < group.cases.len() * least {
        return Err(format!("only {} of {} cases can be run", cases.len(), group.cases.len()).into());
    }
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

/// What the case finds in memory.
fn memory(case: &Case) -> BTreeMap<u16, u8> {
    let mut memory = BTreeMap::new();
    for access in &case.log {
        if let Logged::Read(addr, value) | Logged::Write(addr, value) = *access {
            memory.entry(addr).or_insert(value);
        }
    }
    memory
}

/// The bank with the code of a case. What is behind the instruction is BRK, which is interpreted.
fn bank(case: &Case, op: &Opcode) -> Vec<u8> {
    let mut bank = vec![0; BANK];
    let window = case.before.pc & !(BANK as u16 - 1);
    for (addr, value) in memory(case) {
        let in_code = (0..op.length()).any(|i| addr == case.before.pc.wrapping_add(u16::from(i)));
        if in_code || addr / PAGE as u16 == case.before.pc / PAGE as u16 && addr & !(BANK as u16 - 1) == window {
            bank[usize::from(addr) % BANK] = value;
        }
    }
    bank
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
    let last = pc.wrapping_add(u16::from(op.length()).max(2) - 1);
    for addr in [pc, last] {
        bus.kinds[usize::from(addr) / PAGE] = Kind::ReadOnly;
    }
    if plain {
        bus.kinds[0x30..0x40].fill(Kind::Plain);
    }
    for (addr, value) in memory(case) {
        bus.set(addr, value);
    }
    // Expected: what the vector says, and from there on what the interpreter does until the run ends.
    let mut expected = bus.clone();
    for (at, access) in case.log.iter().enumerate() {
        let at = at as u64;
        match *access {
            Logged::Read(addr, value) => {
                let found = expected.read(addr, at);
                if found != value {
                    return Err(format!("the test's own memory: ${addr:04X} is {found:02X}, not {value:02X}"));
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
    if native < case.log.len() as u64 {
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
