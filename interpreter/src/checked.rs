//! A bus on which each access is a call: for what is rare, in little code.
//!
//! The loop of [`run`](crate::run) performs only instructions whose code is plain memory and whose first cycles come before
//! the deadline. All others are performed here, with every query of [`Bus`] in its place. [`idle`](crate::idle) looks at the
//! accesses of an iteration through it.
//!
//! **Contract.** An instruction here does what it does on the bus itself.

use crate::bus::{Bus, Cycle, Lines};
use crate::cpu::{Cpu, Next};
use crate::dispatch;
use crate::execution::Execution;
use crate::stops::{NOWHERE, Stops};

/// The bus `B`, without plain memory.
pub(crate) struct Checked<'a, B> {
    bus: &'a mut B,
    /// If it is observed: the cycle until which everything that was read and written stays the same.
    steady: Option<Cycle>,
    /// The I flag was written: an IRQ counts even if the deadline leaves it out now, and one may be asserted all the time.
    masked: bool,
}

impl<'a, B: Bus> Checked<'a, B> {
    pub(crate) fn new(bus: &'a mut B) -> Self {
        Self { bus, steady: None, masked: false }
    }

    /// As [`Checked::new`]; [`Checked::steady_until`] tells how long what is read stays the same, up to `end`.
    pub(crate) fn observed(bus: &'a mut B, end: Cycle) -> Self {
        Self { bus, steady: Some(end), masked: false }
    }

    /// The cycle until which all accesses since [`Checked::observed`] would have the same result.
    pub(crate) fn steady_until(&mut self) -> Cycle {
        let uniform = if self.masked { self.bus.uniform_until() } else { self.bus.deadline() };
        self.steady.unwrap_or(0).min(uniform)
    }

    /// Performs an instruction. Returns false after a transfer to one of `stops`, or if an interrupt is to be serviced.
    #[cold]
    #[inline(never)]
    pub(crate) fn perform(&mut self, cpu: &mut Cpu, stops: &Stops) -> bool {
        let mut execution = Execution::until(cpu, self, Cycle::MAX, stops);
        if let Some(opcode) = execution.fetch_opcode() {
            dispatch::perform(&mut execution, opcode);
        }
        let goes_on = execution.until != 0;
        *cpu = execution.into_cpu();
        goes_on
    }

    /// Performs a step of any kind.
    pub(crate) fn step(&mut self, cpu: &mut Cpu) {
        match cpu.next {
            Next::Instruction => _ = self.perform(cpu, &NOWHERE),
            _ => cpu.interrupt_or_jam(self),
        }
    }

    /// A read of what is not plain memory, or is observed.
    #[inline(never)]
    fn read_elsewhere(&mut self, addr: u16, at: Cycle) -> u8 {
        if let Some(steady) = &mut self.steady {
            *steady = (*steady).min(self.bus.steady_until(addr, at));
        }
        self.bus.read(addr, at)
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
        match self.bus.plain(addr).filter(|_| self.steady.is_none()) {
            Some(value) => {
                self.bus.set_data_bus(value);
                value
            }
            None => self.read_elsewhere(addr, at),
        }
    }

    #[inline(never)]
    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        if let Some(steady) = &mut self.steady {
            *steady = (*steady).min(self.bus.inert_until(addr, value, at));
        }
        if self.bus.write_plain(addr, value) {
            self.bus.set_data_bus(value);
        } else {
            self.bus.write(addr, value, at);
        }
    }

    fn peek(&self, addr: u16) -> u8 {
        self.bus.peek(addr)
    }

    #[inline]
    fn deadline(&self) -> Cycle {
        self.bus.deadline()
    }

    fn lines(&mut self, at: Cycle) -> Lines {
        let lines = self.bus.lines(at);
        if lines.nmi || !lines.irq {
            self.disturb();
        }
        lines
    }

    fn stall(&mut self, addr: u16, at: Cycle, sync: bool) -> Cycle {
        let end = self.bus.stall(addr, at, sync);
        if end != at {
            self.disturb();
        }
        end
    }

    fn set_irq_mask(&mut self, masked: bool) {
        self.masked = true;
        self.bus.set_irq_mask(masked);
    }
}
