//! The processor as a value: its registers, its clock and the result of its last poll.
//!
//! It exists only between two steps; while it runs, an `Execution` holds its registers.

use crate::bus::Cycle;
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
    /// The flags. A change of I here must be followed by [`Bus::set_irq_mask`](crate::Bus::set_irq_mask).
    pub p: Status,
    /// What the next step does: the latched result of the last poll.
    pub next: Next,
}

/// What the next step of the CPU does.
///
/// A detected NMI edge is kept here alone: from the poll that finds it until it is serviced this is [`Next::Nmi`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Next {
    /// Fetches and performs an instruction.
    Instruction,
    /// Services the IRQ that the last poll found.
    Irq,
    /// Services the NMI that the last poll found.
    Nmi,
    /// Nothing but reads, until a reset: a JAM opcode was fetched.
    Jammed,
}

impl Cpu {
    /// The CPU at power-on, before its reset sequence: see [`Cpu::reset`].
    ///
    /// Source of the values: <https://www.nesdev.org/wiki/CPU_power_up_state>
    pub const fn power_on() -> Self {
        let p = Status::from_byte(Status::I);
        Self { cycle: 0, pc: 0, a: 0, x: 0, y: 0, s: 0, p, next: Next::Instruction }
    }

    /// Whether a JAM opcode stopped the CPU until the next reset.
    pub fn is_jammed(&self) -> bool {
        self.next == Next::Jammed
    }
}
