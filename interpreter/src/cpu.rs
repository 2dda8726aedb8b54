//! The processor: its registers, its clock, and how it meets the bus.
//!
//! ```text
//! cycle      1       2       3       4        5 ...
//!            fetch   operand ...              last
//!            opcode                      poll ^    -> what the next step will be
//! ```
//!
//! Every cycle goes through one of four functions: [`Cpu::read`], [`Cpu::write`], and their twins for the
//! last cycle of an instruction, [`Cpu::read_last`] and [`Cpu::write_last`], which poll the interrupt lines
//! first. Below the bus's deadline all that is left of stalls and polls is one comparison.
//!
//! Sources: <https://www.nesdev.org/wiki/CPU_interrupts>, <https://www.nesdev.org/6502_cpu.txt>

use crate::bus::{Bus, Cycle};
use crate::dispatch;
use crate::status::Status;

/// The registers and the clock of the 6502; a plain value that can be cloned and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Cpu {
    /// The next cycle to be performed.
    pub cycle: Cycle,
    /// The program counter.
    pub pc: u16,
    /// The accumulator.
    pub a: u8,
    /// Index X.
    pub x: u8,
    /// Index Y.
    pub y: u8,
    /// The stack pointer, an address in page 1.
    pub s: u8,
    /// The flags. Who changes I here without the CPU tells the bus ([`Bus::set_irq_mask`]).
    pub p: Status,
    /// What the next step does: the latched result of the last poll.
    pub next: Next,
}

/// What the next step of the CPU does.
///
/// A detected NMI edge waits nowhere else: from the poll that finds it until it is serviced this is [`Next::Nmi`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Next {
    /// Fetches and performs an instruction.
    Instruction,
    /// Services the IRQ that the last poll found.
    Irq,
    /// Services the NMI that the last poll found.
    Nmi,
    /// Nothing any more: a JAM opcode was fetched.
    Jammed,
}

impl Cpu {
    /// The CPU when the power comes on. The reset sequence is still to come: see [`Cpu::reset`].
    ///
    /// Source of the values: <https://www.nesdev.org/wiki/CPU_power_up_state>
    pub const fn power_on() -> Self {
        let p = Status::from_byte(Status::I);
        Self { cycle: 0, pc: 0, a: 0, x: 0, y: 0, s: 0, p, next: Next::Instruction }
    }

    /// Performs one instruction, one interrupt sequence or, when jammed, one cycle.
    #[inline]
    pub fn step<B: Bus>(&mut self, bus: &mut B) {
        if self.next == Next::Instruction {
            let opcode = self.fetch(bus);
            dispatch::perform(self, bus, opcode);
        } else {
            self.step_aside(bus);
        }
    }

    /// Steps until the clock has reached `end`: the last step may take it a few cycles further.
    pub fn run_until<B: Bus>(&mut self, bus: &mut B, end: Cycle) {
        while self.cycle < end {
            self.step(bus);
        }
    }

    /// Whether a JAM opcode stopped the CPU until the next reset.
    pub fn is_jammed(&self) -> bool {
        self.next == Next::Jammed
    }

    /// A read cycle. A DMA unit may take the bus first.
    #[inline(always)] // one of these per cycle: the bus's fast path has to melt into the instruction
    pub(crate) fn read<B: Bus>(&mut self, bus: &mut B, addr: u16) -> u8 {
        if self.cycle >= bus.deadline() {
            self.cycle = stall(bus, addr, self.cycle);
        }
        self.read_now(bus, addr)
    }

    /// The last read cycle of an instruction: stall, poll, read.
    #[inline(always)] // as read
    pub(crate) fn read_last<B: Bus>(&mut self, bus: &mut B, addr: u16) -> u8 {
        if self.cycle >= bus.deadline() {
            self.cycle = stall(bus, addr, self.cycle);
            self.next = poll(bus, self.cycle, self.p, self.next);
        }
        self.read_now(bus, addr)
    }

    #[inline(always)] // as read
    fn read_now<B: Bus>(&mut self, bus: &mut B, addr: u16) -> u8 {
        let value = bus.read(addr, self.cycle);
        self.cycle += 1;
        value
    }

    /// A write cycle; no DMA unit can stop it.
    #[inline(always)] // as read
    pub(crate) fn write<B: Bus>(&mut self, bus: &mut B, addr: u16, value: u8) {
        bus.write(addr, value, self.cycle);
        self.cycle += 1;
    }

    /// The last write cycle of an instruction: poll, write.
    #[inline(always)] // as read
    pub(crate) fn write_last<B: Bus>(&mut self, bus: &mut B, addr: u16, value: u8) {
        if self.cycle >= bus.deadline() {
            self.next = poll(bus, self.cycle, self.p, self.next);
        }
        self.write(bus, addr, value);
    }

    /// Reads the byte at PC and moves on.
    #[inline(always)] // as read
    pub(crate) fn fetch<B: Bus>(&mut self, bus: &mut B) -> u8 {
        let value = self.read(bus, self.pc);
        self.pc = self.pc.wrapping_add(1);
        value
    }

    /// As [`Cpu::fetch`], for the last cycle of an instruction.
    #[inline(always)] // as read
    pub(crate) fn fetch_last<B: Bus>(&mut self, bus: &mut B) -> u8 {
        let value = self.read_last(bus, self.pc);
        self.pc = self.pc.wrapping_add(1);
        value
    }

    /// Where the next push goes.
    #[inline]
    pub(crate) fn stack(&self) -> u16 {
        0x0100 | u16::from(self.s)
    }

    #[inline(always)] // as read
    pub(crate) fn push<B: Bus>(&mut self, bus: &mut B, value: u8) {
        self.write(bus, self.stack(), value);
        self.s = self.s.wrapping_sub(1);
    }

    #[inline(always)] // as read
    pub(crate) fn pull<B: Bus>(&mut self, bus: &mut B) -> u8 {
        self.s = self.s.wrapping_add(1);
        self.read(bus, self.stack())
    }

    /// As [`Cpu::pull`], for the last cycle of an instruction.
    #[inline(always)] // as read
    pub(crate) fn pull_last<B: Bus>(&mut self, bus: &mut B) -> u8 {
        self.s = self.s.wrapping_add(1);
        self.read_last(bus, self.stack())
    }

    /// Takes new flags and tells the bus when IRQs may now be masked otherwise.
    #[inline]
    pub(crate) fn set_flags_and_mask<B: Bus>(&mut self, bus: &mut B, p: Status) {
        self.p = p;
        bus.set_irq_mask(p.has(Status::I));
    }
}

#[cold]
#[inline(never)]
fn stall<B: Bus>(bus: &mut B, addr: u16, at: Cycle) -> Cycle {
    bus.stall(addr, at)
}

/// The lines as of the end of the last cycle, under the I flag as it is now. Never takes back an earlier poll's find.
#[cold]
#[inline(never)]
fn poll<B: Bus>(bus: &mut B, at: Cycle, p: Status, found: Next) -> Next {
    if at < bus.deadline() {
        return found; // a stall has moved the deadline
    }
    let lines = bus.lines(at);
    if lines.nmi {
        Next::Nmi
    } else if lines.irq && !p.has(Status::I) && found == Next::Instruction {
        Next::Irq
    } else {
        found
    }
}
