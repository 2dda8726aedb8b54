//! The loop: steps of the processor until a cycle or a control transfer is reached.
//!
//! Speed comes from two rules. All that is hot is inlined into one function per bus type (hence the many
//! `#[inline(always)]`), and no cold function gets a pointer to the [`Execution`], so that the registers of the 6502
//! live in registers of the host. A bus does its part by inlining the access to plain memory and nothing else.

use crate::bus::{Bus, Cycle};
use crate::checked::Checked;
use crate::cpu::{Cpu, Next};
use crate::dispatch;
use crate::execution::{Execution, is_in_time};

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

    /// Runs to `end`, or, with `keep` 0, if that comes first, to the next control transfer or interrupt.
    fn run<B: Bus>(&mut self, bus: &mut B, end: Cycle, keep: Cycle) {
        while self.cycle < end {
            let goes_on = if self.next != Next::Instruction {
                self.interrupt_or_jam(bus);
                false
            } else {
                let is_in_time = is_in_time(bus, self.cycle);
                let goes_on = if is_in_time { self.run_instructions(bus, end, keep) } else { None };
                goes_on.unwrap_or_else(|| Checked::new(bus).perform(self, keep))
            };
            if keep == 0 && !goes_on {
                break;
            }
        }
    }

    /// Performs instructions until `end`, a control transfer if `keep` is 0, or an interrupt. Returns whether it was `end`;
    /// `None` before an instruction that has to be performed on [`Checked`].
    #[inline(never)] // 256 instructions with the bus inlined into each: once per program is enough
    fn run_instructions<B: Bus>(&mut self, bus: &mut B, end: Cycle, keep: Cycle) -> Option<bool> {
        let mut execution = Execution::until(self, bus, end, keep);
        while execution.cycle < execution.until {
            let Some(opcode) = execution.fetch_opcode() else { break };
            dispatch::perform(&mut execution, opcode);
        }
        let (until, is_over) = (execution.until, execution.cycle >= end);
        *self = execution.into_cpu();
        (until == 0 || is_over).then_some(until != 0)
    }
}
