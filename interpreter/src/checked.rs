//! A bus on which each access is a call: for what is rare, in little code.
//!
//! The loop of [`run`](crate::run) performs only instructions whose code the bus gives in advance and whose first cycles
//! come before the deadline. All others, and interrupt sequences, are performed here, with every query of [`Bus`] in its
//! place. [`idle`](crate::idle) looks at the accesses of an iteration through it.
//!
//! **Contract.** A step here gives what it gives on the bus itself.

use crate::bus::{Bus, Cycle, Lines};
use crate::cpu::{Cpu, Next};
use crate::dispatch;
use crate::execution::Execution;

/// The bus `B`, without code in advance.
pub(crate) struct Checked<'a, B> {
    bus: &'a mut B,
    /// If it is observed: the cycle until which everything that was read stays the same.
    steady: Option<Cycle>,
}

impl<'a, B: Bus> Checked<'a, B> {
    pub(crate) fn new(bus: &'a mut B) -> Self {
        Self { bus, steady: None }
    }

    /// As [`Checked::new`]; [`Checked::steady_until`] tells how long what is read stays the same, up to `end`.
    pub(crate) fn observed(bus: &'a mut B, end: Cycle) -> Self {
        Self { bus, steady: Some(end) }
    }

    /// The cycle until which all accesses since [`Checked::observed`] would have the same result.
    pub(crate) fn steady_until(&self) -> Cycle {
        self.steady.unwrap_or(0).min(self.bus.deadline())
    }

    /// Performs a step. Returns false if `keep` is 0 and PC did not just go to the next instruction, or if an interrupt is
    /// to be serviced.
    #[cold]
    #[inline(never)]
    pub(crate) fn step(&mut self, cpu: &mut Cpu, keep: Cycle) -> bool {
        let is_instruction = cpu.next == Next::Instruction;
        let mut execution = Execution::until(cpu, self, Cycle::MAX, keep);
        match is_instruction.then(|| execution.fetch_opcode()).flatten() {
            Some(opcode) => dispatch::perform(&mut execution, opcode),
            None => execution.interrupt_or_jam(),
        }
        let goes_on = execution.until != 0;
        *cpu = execution.into_cpu();
        is_instruction && goes_on
    }

    /// The next accesses are not steady.
    fn disturb(&mut self) {
        self.steady = self.steady.and(Some(0));
    }
}

impl<B: Bus> Bus for Checked<'_, B> {
    const MAGIC: u8 = B::MAGIC;

    #[inline(never)]
    fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        if let Some(steady) = &mut self.steady {
            *steady = (*steady).min(self.bus.steady_until(addr, at));
        }
        self.bus.read(addr, at)
    }

    #[inline(never)]
    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        self.disturb();
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
        self.disturb();
        self.bus.lines(at)
    }

    fn stall(&mut self, addr: u16, at: Cycle, sync: bool) -> Cycle {
        self.disturb();
        self.bus.stall(addr, at, sync)
    }

    fn set_irq_mask(&mut self, masked: bool) {
        self.disturb();
        self.bus.set_irq_mask(masked);
    }
}
