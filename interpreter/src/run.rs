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
use crate::stops::{EVERYWHERE, Nowhere, Stop, Stops};

impl Cpu {
    /// Performs one instruction, one interrupt sequence or, when jammed, one cycle.
    pub fn step<B: Bus>(&mut self, bus: &mut B) {
        self.run_until(bus, self.cycle + 1);
    }

    /// Steps until the clock has reached `end`: the last step may take it a few cycles further.
    pub fn run_until<B: Bus>(&mut self, bus: &mut B, end: Cycle) {
        self.run(bus, end, Nowhere);
    }

    /// As [`Cpu::run_until`], but only to the next boundary at which PC did not just go to the next instruction, or at
    /// which an interrupt is to be serviced.
    pub fn run_to_jump<B: Bus>(&mut self, bus: &mut B, end: Cycle) {
        self.run(bus, end, &EVERYWHERE);
    }

    /// As [`Cpu::run_until`], but only to the next control transfer, or the next interrupt sequence, that leads to one of
    /// `stops`. Returns whether it came to one.
    pub fn run_to_stop<B: Bus>(&mut self, bus: &mut B, end: Cycle, stops: &Stops) -> bool {
        self.run(bus, end, stops)
    }

    fn run<B: Bus, S: Stop>(&mut self, bus: &mut B, end: Cycle, stops: S) -> bool {
        while self.cycle < end {
            let goes_on = if self.next != Next::Instruction {
                self.interrupt_or_jam(bus);
                stops.mask(self.pc) != 0
            } else {
                let is_in_time = is_in_time(bus, self.cycle);
                let goes_on = if is_in_time { self.run_instructions(bus, end, stops) } else { None };
                goes_on.unwrap_or_else(|| Checked::new(bus).perform(self, stops.table()))
            };
            if !goes_on && (self.next == Next::Instruction || stops.table().are_everywhere()) {
                return true;
            }
        }
        false
    }

    /// Performs instructions until `end`, one of `stops`, or an interrupt. Returns whether it was `end`; `None` before an
    /// instruction that has to be performed on [`Checked`].
    #[inline(never)] // 256 instructions with the bus inlined into each: twice per program is enough
    fn run_instructions<B: Bus, S: Stop>(&mut self, bus: &mut B, end: Cycle, stops: S) -> Option<bool> {
        let mut execution = Execution::until(self, bus, end, stops);
        while execution.cycle < execution.until {
            let Some(opcode) = execution.fetch_opcode() else { break };
            dispatch::perform(&mut execution, opcode);
        }
        let (until, is_over) = (execution.until, execution.cycle >= end);
        *self = execution.into_cpu();
        (until == 0 || is_over).then_some(until != 0)
    }
}
