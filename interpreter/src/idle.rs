//! Idle loops: a CPU that waits is moved to the end of its wait.
//!
//! ```text
//!  observed           skipped: would be the same        performed         an event, or a byte changes
//! |- iteration -|- - - - - - - - - - - - - - - - - - -|- iteration -|- - -|
//! start         start                                                ^ part of an iteration
//! ```
//!
//! Two steps:
//!
//! - [`may_wait`] looks at the code alone: does a short path that stores nothing and counts nothing lead from an
//!   instruction back to it? It is a fast filter; nothing relies on its answer.
//! - [`wait`] looks at the running machine: it performs one iteration under observation. If the registers are then what
//!   they were, and all bytes that were read are steady ([`Bus::steady_until`]), the next iteration would be the same,
//!   and so would all that end before anything can happen: the clock is moved past them, all but the last.
//!
//! An *interrupt storm* is such a loop too: an IRQ that its handler does not acknowledge, so that RTI leads straight to
//! the next one. The interrupted program stands still, and each time the same bytes are pushed. [`may_storm`] is the
//! filter for these.
//!
//! Since the last iteration is performed, each effect of a read (on the data bus, in the register that was read) comes
//! at the right cycle without being modelled here. The observer sees accesses, dummy ones included, so this file need
//! not know what instructions read either.
//!
//! **Contract.** Skipping changes nothing but the number of calls that the bus gets.

use crate::bus::{Bus, Cycle};
use crate::checked::Checked;
use crate::cpu::{Cpu, Next};
use crate::interrupt::IRQ_VECTOR;
use crate::opcode::{AddrMode, Legality, Opcode, Registers, Shape};
use crate::status::Status;

/// Most instructions in an iteration of a loop.
const MAX_LENGTH: usize = 10;

/// Most instructions of a handler in an interrupt storm.
const MAX_HANDLER: usize = 15;

/// Most instructions that are visited to find one: paths fork at branches.
const MAX_VISITS: usize = 32;

/// Cycles between two checks whether the interpreter is in an idle loop. A check costs about as much as two
/// instructions, and skipping begins half of this late on average.
const CHECK_INTERVAL: Cycle = 1024;

/// Cycles until an iteration that could not be skipped is observed again.
const RETRY_INTERVAL: Cycle = 64;

/// As [`Cpu::run_until`], skipping whole iterations of idle loops. Returns the number of skipped cycles.
pub fn run_until<B: Bus>(cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
    let mut skipped = 0;
    while cpu.cycle < end {
        if is_candidate(cpu, bus) {
            skipped += wait(cpu, bus, end);
        }
        cpu.run_until(bus, end.min(cpu.cycle + CHECK_INTERVAL));
    }
    skipped
}

/// Whether the CPU may be in an idle loop or in an interrupt storm, so that [`wait`] may skip something.
pub fn is_candidate<B: Bus>(cpu: &Cpu, bus: &B) -> bool {
    cpu.next == Next::Instruction && may_wait(cpu.pc, |addr| Some(bus.peek(addr))) || may_storm(cpu, bus)
}

/// Whether the CPU may be in an interrupt storm: with IRQs masked, or one about to be serviced, is it in front of straight
/// code that leads to RTI?
fn may_storm<B: Bus>(cpu: &Cpu, bus: &B) -> bool {
    let mut pc = match cpu.next {
        Next::Irq => u16::from_le_bytes([bus.peek(IRQ_VECTOR), bus.peek(IRQ_VECTOR + 1)]),
        Next::Instruction if cpu.p.has(Status::I) => cpu.pc,
        _ => return false,
    };
    for _ in 0..MAX_HANDLER {
        let op = Opcode::of(bus.peek(pc));
        match op.shape {
            Shape::ReturnFromInterrupt => return true,
            Shape::Load | Shape::Store | Shape::Implied | Shape::Push | Shape::Pull => {}
            _ => return false,
        }
        pc = pc.wrapping_add(u16::from(op.length()));
    }
    false
}

/// Whether the instruction at `pc` may be part of an idle loop. `byte` gives the code, and `None` where there is no
/// code.
pub fn may_wait(pc: u16, byte: impl Fn(u16) -> Option<u8>) -> bool {
    let mut search = Search { start: pc, byte, path: [Opcode::of(0); MAX_LENGTH], visits: MAX_VISITS };
    search.comes_back(pc, 0)
}

/// The search for a path back to the start.
struct Search<F> {
    start: u16,
    byte: F,
    path: [&'static Opcode; MAX_LENGTH],
    /// Instructions that may still be visited.
    visits: usize,
}

impl<F: Fn(u16) -> Option<u8>> Search<F> {
    /// Whether a path leads from `pc`, the instruction after `length` others, back to the start.
    fn comes_back(&mut self, pc: u16, length: usize) -> bool {
        if length == MAX_LENGTH || self.visits == 0 {
            return false;
        }
        self.visits -= 1;
        let Some(op) = (self.byte)(pc).map(Opcode::of).filter(|op| only_reads(op)) else { return false };
        self.path[length] = op;
        let next = pc.wrapping_add(u16::from(op.length()));
        let operand = |i| (self.byte)(pc.wrapping_add(i));
        let target = match op.shape {
            Shape::Branch => operand(1).map(|distance| next.wrapping_add_signed(i16::from(distance as i8))),
            Shape::Jump => operand(1).zip(operand(2)).map(|(low, high)| u16::from_le_bytes([low, high])),
            _ => None,
        };
        let fall_through = (op.shape != Shape::Jump).then_some(next);
        [target, fall_through].into_iter().flatten().any(|next| {
            if next == self.start { counts_nothing(&self.path[..=length]) } else { self.comes_back(next, length + 1) }
        })
    }
}

/// Whether an instruction changes registers only, and cannot unmask an interrupt.
fn only_reads(op: &Opcode) -> bool {
    let shape = match op.shape {
        Shape::Load | Shape::Implied | Shape::Branch => true,
        Shape::Jump => op.mode == AddrMode::Absolute,
        _ => false,
    };
    shape && op.legality != Legality::Unstable && !op.writes.intersects(Registers::I.plus(Registers::S))
}

/// Whether no register is carried from one iteration to the next as a counter is: seen from one of its instructions,
/// every register that changes in the iteration is set before it is used.
fn counts_nothing(iteration: &[&Opcode]) -> bool {
    (0..iteration.len()).any(|first| {
        let (mut used, mut set) = (Registers::NONE, Registers::NONE);
        for op in iteration[first..].iter().chain(&iteration[..first]) {
            used = used.plus(op.reads.minus(set));
            set = set.plus(op.writes);
        }
        !used.intersects(set)
    })
}

/// Performs at least one iteration of the loop at PC, if it is one, and skips those that would be the same, until the
/// loop is left, an interrupt comes or `end` is reached: always to an instruction boundary that [`Cpu::run_until`] also
/// reaches. Returns the number of skipped cycles.
#[cold]
#[inline(never)]
pub fn wait<B: Bus>(cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
    let (mut skipped, mut changed) = (0, false);
    loop {
        let start = cpu.clone();
        let quiet = observe(cpu, bus, end);
        let before = std::mem::replace(&mut changed, true);
        if *cpu == (Cpu { cycle: cpu.cycle, ..start }) {
            changed = false;
            let length = cpu.cycle - start.cycle;
            let iterations = quiet.saturating_sub(cpu.cycle) / length;
            let skip = iterations.saturating_sub(1) * length;
            cpu.cycle += skip;
            skipped += skip;
            let retry = if iterations > 0 { quiet } else { cpu.cycle + RETRY_INTERVAL };
            cpu.run_until(bus, retry.min(end));
        } else if cpu.pc != start.pc || before {
            return skipped; // the loop is left, it was none, or it counts
        }
        if cpu.cycle >= end || !is_candidate(cpu, bus) {
            return skipped;
        }
    }
}

/// Performs one iteration, or what may be the start of one. Returns the cycle until which each further iteration would
/// make the same accesses.
fn observe<B: Bus>(cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
    let (pc, next) = (cpu.pc, cpu.next);
    let mut observer = Checked::observed(bus, end);
    // The sequence of the interrupt is a step too.
    for _ in 0..=MAX_HANDLER {
        observer.step(cpu);
        let is_cut = !matches!(cpu.next, Next::Instruction | Next::Irq) || cpu.cycle >= end;
        if is_cut || (cpu.pc, cpu.next) == (pc, next) {
            break;
        }
    }
    observer.steady_until()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_wait_at(pc: u16, code: &[u8]) -> bool {
        may_wait(pc, |addr| code.get(usize::from(addr.wrapping_sub(0x8000))).copied())
    }

    #[test]
    fn loops_that_wait_are_found() {
        #[rustfmt::skip]
        let loops: [(&str, &[u8], &[u16]); 9] = [
            ("JMP self",                         &[0x4C, 0x00, 0x80],                                     &[0]),
            ("CLV, BVC",                         &[0xB8, 0x50, 0xFD],                                     &[0, 1]),
            ("BIT $2002, BPL",                   &[0x2C, 0x02, 0x20, 0x10, 0xFB],                         &[0, 3]),
            ("LDA $2002, AND #$40, BEQ",         &[0xAD, 0x02, 0x20, 0x29, 0x40, 0xF0, 0xF9],             &[0, 3, 5]),
            ("LDA $10, BEQ",                     &[0xA5, 0x10, 0xF0, 0xFC],                               &[0, 2]),
            ("LDA $10, CMP $11, BEQ",            &[0xA5, 0x10, 0xC5, 0x11, 0xF0, 0xFA],                   &[0, 2, 4]),
            ("LDA $10, BNE +4, LDA $11, BEQ",    &[0xA5, 0x10, 0xD0, 0x04, 0xA5, 0x11, 0xF0, 0xF8, 0x40], &[0, 2, 4, 6]),
            ("LDA $10, BNE +3, JMP",             &[0xA5, 0x10, 0xD0, 0x03, 0x4C, 0x00, 0x80, 0x40],       &[0, 2, 4]),
            ("LDA $0300,X, BEQ",                 &[0xBD, 0x00, 0x03, 0xF0, 0xFB],                         &[0, 3]),
        ];
        for (name, code, instructions) in loops {
            for at in instructions {
                assert!(may_wait_at(0x8000 + at, code), "{name}, from {at}");
            }
        }
    }

    #[test]
    fn loops_that_do_something_are_not_found() {
        #[rustfmt::skip]
        let loops: [(&str, &[u8]); 12] = [
            ("DEX, BNE",           &[0xCA, 0xD0, 0xFD]),
            ("LDA $10, INX, BNE",  &[0xA5, 0x10, 0xE8, 0xD0, 0xFB]),
            ("ADC $10, BNE",       &[0x65, 0x10, 0xD0, 0xFC]),
            ("LSR A, BCC",         &[0x4A, 0x90, 0xFD]),
            ("INC $10, BNE",       &[0xE6, 0x10, 0xD0, 0xFC]),
            ("STA $10, JMP",       &[0x85, 0x10, 0x4C, 0x00, 0x80]),
            ("PHA, JMP",           &[0x48, 0x4C, 0x00, 0x80]),
            ("JSR self",           &[0x20, 0x00, 0x80]),
            ("JMP ($8000)",        &[0x6C, 0x00, 0x80]),
            ("CLI, JMP",           &[0x58, 0x4C, 0x00, 0x80]),
            ("TXS, JMP",           &[0x9A, 0x4C, 0x00, 0x80]),
            ("BEQ to the outside", &[0xA5, 0x10, 0xF0, 0x10]),
        ];
        for (name, code) in loops {
            assert!(!may_wait_at(0x8000, code), "{name}");
        }
        let long = [vec![0xA5; 22], vec![0xF0, 0xE8]].concat();
        assert!(!may_wait_at(0x8000, &long), "eleven instructions and a branch");
    }
}
