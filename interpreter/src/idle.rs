//! Idle loops: a CPU that waits is moved to the end of its wait.
//!
//! ```text
//!  observed      skipped: would be the same again      real          an event, or a byte changes
//! |- turn -|- - - - - - - - - - - - - - - - - - - - -|- turn -|- - -|
//! start    start                                              ^ part of a turn
//! ```
//!
//! Two questions, asked one after the other:
//!
//! - [`may_wait`], of the code alone: is there a short way from an instruction back to it that stores nothing and
//!   counts nothing? It is a filter: asked often, answered fast, and trusted by nobody.
//! - [`wait`], of the running machine: one turn is performed under observation. If it comes back with the registers it
//!   started with, and all bytes it has read are steady ([`Bus::steady_until`]), the next turn would be the same, and
//!   so would all that are over before anything can happen: the clock is moved past them, all but the last.
//!
//! Since the last of the turns is performed, whatever a read leaves behind (on the data bus, in the register that was
//! read) is left behind at the right cycle: nothing of it is modelled here. The observer sees accesses, dummy
//! ones included, so that nothing is known here of what instructions read either.
//!
//! **Contract.** Skipping can be seen in nothing but the number of calls that the bus gets.

use crate::bus::{Bus, Cycle, Lines};
use crate::cpu::{Cpu, Next};
use crate::opcode::{AddrMode, Legality, Opcode, Registers, Shape};

/// Most instructions in a turn.
const LONGEST: usize = 10;

/// Most instructions that are looked at to find one: paths fork at branches.
const PATIENCE: usize = 32;

/// Cycles between two looks at what an interpreter does. A look costs about as much as two instructions, a wait
/// begins half of this late.
const SLICE: Cycle = 1024;

/// Cycles until a turn that could not be skipped is tried again.
const PAUSE: Cycle = 64;

/// As [`Cpu::run_until`], and whole turns of idle loops are skipped. Returns the number of skipped cycles.
pub fn run_until<B: Bus>(cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
    let mut skipped = 0;
    while cpu.cycle < end {
        if cpu.next == Next::Instruction && may_wait(cpu.pc, |addr| Some(bus.peek(addr))) {
            skipped += wait(cpu, bus, end);
        }
        cpu.run_until(bus, end.min(cpu.cycle + SLICE));
    }
    skipped
}

/// Whether the instruction at `pc` may be part of an idle loop. `byte` gives the code, and `None` where there is none.
pub fn may_wait(pc: u16, byte: impl Fn(u16) -> Option<u8>) -> bool {
    let mut search = Search { start: pc, byte, path: [Opcode::of(0); LONGEST], patience: PATIENCE };
    search.comes_back(pc, 0)
}

/// The search for a way back.
struct Search<F> {
    start: u16,
    byte: F,
    path: [&'static Opcode; LONGEST],
    patience: usize,
}

impl<F: Fn(u16) -> Option<u8>> Search<F> {
    /// Whether a way leads from `pc`, the instruction after `length` others, back to the start.
    fn comes_back(&mut self, pc: u16, length: usize) -> bool {
        if length == LONGEST || self.patience == 0 {
            return false;
        }
        self.patience -= 1;
        let Some(op) = (self.byte)(pc).map(Opcode::of).filter(|op| only_reads(op)) else { return false };
        self.path[length] = op;
        let next = pc.wrapping_add(u16::from(op.length()));
        let operand = |i| (self.byte)(pc.wrapping_add(i));
        let target = match op.shape {
            Shape::Branch => operand(1).map(|distance| next.wrapping_add_signed(i16::from(distance as i8))),
            Shape::Jump => operand(1).zip(operand(2)).map(|(low, high)| u16::from_le_bytes([low, high])),
            _ => None,
        };
        let on = (op.shape != Shape::Jump).then_some(next);
        [target, on].into_iter().flatten().any(|next| {
            if next == self.start { counts_nothing(&self.path[..=length]) } else { self.comes_back(next, length + 1) }
        })
    }
}

/// Whether an instruction leaves nothing behind but registers, and cannot unmask an interrupt.
fn only_reads(op: &Opcode) -> bool {
    let shape = match op.shape {
        Shape::Load | Shape::Implied | Shape::Branch => true,
        Shape::Jump => op.mode == AddrMode::Absolute,
        _ => false,
    };
    shape && op.legality != Legality::Unstable && !op.writes.intersects(Registers::I.plus(Registers::S))
}

/// Whether no register goes through the turn as a counter does: seen from one of its instructions, everything that
/// changes in a turn is set anew before it is used.
fn counts_nothing(turn: &[&Opcode]) -> bool {
    (0..turn.len()).any(|first| {
        let (mut used, mut set) = (Registers::NONE, Registers::NONE);
        for op in turn[first..].iter().chain(&turn[..first]) {
            used = used.plus(op.reads.minus(set));
            set = set.plus(op.writes);
        }
        !used.intersects(set)
    })
}

/// Performs at least one turn of the loop at PC, if it is one, and skips those that would be like it, until the loop
/// is left, an interrupt comes or `end` is reached: always to an instruction boundary that [`Cpu::run_until`] also
/// comes to. Returns the number of skipped cycles.
#[cold]
#[inline(never)]
pub fn wait<B: Bus>(cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
    let mut skipped = 0;
    loop {
        let start = cpu.clone();
        let quiet = observe(cpu, bus, end);
        if *cpu == (Cpu { cycle: cpu.cycle, ..start }) {
            let turn = cpu.cycle - start.cycle;
            let turns = quiet.saturating_sub(cpu.cycle) / turn;
            let skip = turns.saturating_sub(1) * turn;
            cpu.cycle += skip;
            skipped += skip;
            let pause = if turns > 0 { quiet } else { cpu.cycle + PAUSE };
            cpu.run_until(bus, pause.min(end));
        } else if cpu.pc != start.pc {
            return skipped; // it went another way
        }
        let waiting = cpu.next == Next::Instruction && may_wait(cpu.pc, |addr| Some(bus.peek(addr)));
        if cpu.cycle >= end || !waiting {
            return skipped;
        }
    }
}

/// Performs one turn, as far as it is one. Until the answer every further turn would make the same accesses.
fn observe<B: Bus>(cpu: &mut Cpu, bus: &mut B, end: Cycle) -> Cycle {
    let start = cpu.pc;
    let mut observer = Observer { bus, quiet: end };
    for _ in 0..LONGEST {
        cpu.step(&mut observer);
        if cpu.pc == start || cpu.cycle >= end || cpu.next != Next::Instruction {
            break;
        }
    }
    observer.quiet.min(observer.bus.deadline())
}

/// A bus that is watched: until when is all quiet?
struct Observer<'a, B> {
    bus: &'a mut B,
    quiet: Cycle,
}

// Small rather than fast: this is the interpreter's second bus in the program.
impl<B: Bus> Bus for Observer<'_, B> {
    const MAGIC: u8 = B::MAGIC;

    #[inline(never)]
    fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        self.quiet = self.quiet.min(self.bus.steady_until(addr, at));
        self.bus.read(addr, at)
    }

    #[inline(never)]
    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        self.quiet = 0;
        self.bus.write(addr, value, at);
    }

    fn peek(&self, addr: u16) -> u8 {
        self.bus.peek(addr)
    }

    #[inline(never)]
    fn deadline(&self) -> Cycle {
        self.bus.deadline()
    }

    fn lines(&mut self, at: Cycle) -> Lines {
        self.quiet = 0;
        self.bus.lines(at)
    }

    fn stall(&mut self, addr: u16, at: Cycle) -> Cycle {
        self.quiet = 0;
        self.bus.stall(addr, at)
    }

    fn set_irq_mask(&mut self, masked: bool) {
        self.quiet = 0;
        self.bus.set_irq_mask(masked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_wait_at(pc: u16, code: &[u8]) -> bool {
        may_wait(pc, |addr| code.get(usize::from(addr.wrapping_sub(0x8000))).copied())
    }

    #[test]
    fn loops_that_wait() {
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
    fn loops_that_do_something() {
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
            ("BEQ out, the end",   &[0xA5, 0x10, 0xF0, 0x10]),
        ];
        for (name, code) in loops {
            assert!(!may_wait_at(0x8000, code), "{name}");
        }
        let long = [vec![0xA5; 22], vec![0xF0, 0xE8]].concat();
        assert!(!may_wait_at(0x8000, &long), "eleven instructions and a branch");
    }
}
