//! The processor as a value: its registers, its clock and the result of its last poll.
//!
//! It lies in memory only between two steps; [`Execution`] is the processor at work.

use crate::bus::{Bus, Cycle};
use crate::execution::Execution;
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
    /// The flags. Whoever changes I here tells the bus ([`Bus::set_irq_mask`]).
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

    /// The reset sequence: seven cycles, the pushes turned into reads. The caller chooses the moment, between two steps.
    pub fn reset<B: Bus>(&mut self, bus: &mut B) {
        *self = Execution::new(self, bus).reset();
    }

    /// Performs one instruction, one interrupt sequence or, when jammed, one cycle.
    pub fn step<B: Bus>(&mut self, bus: &mut B) {
        self.run_until(bus, self.cycle + 1);
    }

    /// Steps until the clock has reached `end`: the last step may take it a few cycles further.
    pub fn run_until<B: Bus>(&mut self, bus: &mut B, end: Cycle) {
        self.run(bus, end, Cycle::MAX);
    }

    /// As [`Cpu::run_until`], but only to the next boundary at which PC did not just go to the next instruction, or at
    /// which an interrupt is to be serviced.
    pub fn run_to_jump<B: Bus>(&mut self, bus: &mut B, end: Cycle) {
        self.run(bus, end, 0);
    }

    #[inline(never)] // 256 instructions with the bus melted into each: once per program is enough
    fn run<B: Bus>(&mut self, bus: &mut B, end: Cycle, keep: Cycle) {
        *self = Execution::new(self, bus).run_until(end, keep);
    }

    /// Whether a JAM opcode stopped the CPU until the next reset.
    pub fn is_jammed(&self) -> bool {
        self.next == Next::Jammed
    }
}
