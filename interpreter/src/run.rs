//! The loop: steps of the processor until a cycle or a control transfer is reached.
//!
//! Speed comes from two rules. All that is hot is inlined into one function per bus type (hence the many
//! `#[inline(always)]`), and no cold function gets a pointer to the [`Execution`], so that the registers of the 6502
//! live in registers of the host. A bus does its part by inlining the access to plain memory and nothing else.

use crate::bus::{Bus, Cycle};
use crate::cpu::{Cpu, Next};
use crate::dispatch;
use crate::execution::Execution;

impl Cpu {
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

    #[inline(never)] // 256 instructions with the bus inlined into each: once per program is enough
    fn run<B: Bus>(&mut self, bus: &mut B, end: Cycle, keep: Cycle) {
        *self = Execution::new(self, bus).run_until(end, keep);
    }
}

impl<B: Bus> Execution<'_, B> {
    /// Runs to `end`, or, with `keep` 0, if that comes first, to the next control transfer or interrupt.
    #[inline(always)]
    fn run_until(mut self, end: Cycle, keep: Cycle) -> Cpu {
        self.keep = keep;
        while self.cycle < end {
            if self.next == Next::Instruction {
                self.until = end;
                self.perform_instructions();
            } else {
                self = self.interrupt_or_jam();
            }
            if keep == 0 {
                break;
            }
        }
        self.into_cpu()
    }

    #[inline(always)]
    fn perform_instructions(&mut self) {
        while self.cycle < self.until {
            let opcode = self.fetch_opcode();
            dispatch::perform(self, opcode);
        }
    }
}
