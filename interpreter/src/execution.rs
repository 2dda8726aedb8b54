//! The processor while it runs: a copy of its registers, together with its bus.
//!
//! ```text
//! cycle      1       2       3       4        5 ...
//!            fetch   operand ...              last
//!            opcode                      poll ^    -> what the next step will be
//! ```
//!
//! Every cycle goes through one of four functions: [`Execution::read`], [`Execution::write`], and their twins for the
//! last cycle of an instruction, [`Execution::read_last`] and [`Execution::write_last`], which poll the interrupt lines
//! first. Below the bus's deadline all that is left of stalls and polls is one comparison.
//!
//! On a bus with plain memory ([`Bus::HAS_PLAIN`]) most cycles do not call the bus. The fetches of the first three cycles
//! do not need the comparison either, since an instruction begins here only if its code is plain memory and the
//! deadline comes after them; all others are performed on [`Checked`](crate::checked::Checked). The byte on the data bus
//! is kept here, and handed over before a cycle that is not plain.
//!
//! Sources: <https://www.nesdev.org/wiki/CPU_interrupts>, <https://www.nesdev.org/6502_cpu.txt>

use crate::bus::{Bus, Cycle};
use crate::cpu::{Cpu, Next};
use crate::status::Status;
use crate::stops::{Nowhere, Stop};

/// The registers of a [`Cpu`] between taking them out of it and putting them back.
pub(crate) struct Execution<'a, B, S> {
    pub(crate) bus: &'a mut B,
    pub(crate) cycle: Cycle,
    pub(crate) pc: u16,
    pub(crate) a: u8,
    pub(crate) x: u8,
    pub(crate) y: u8,
    pub(crate) s: u8,
    /// The parts of [`Status`], so that each is a value of its own.
    nz: u16,
    c: u8,
    vdi: u8,
    /// As in [`Cpu`]; changed by [`Execution::set_next`].
    pub(crate) next: Next,
    /// When to stop performing instructions: the end of the run, or before it where the deadline is too near; or 0
    /// because the next step is something else. So the loop need not check `next` and the deadline as well.
    pub(crate) until: Cycle,
    end: Cycle,
    /// The targets of control transfers that end the run.
    stops: S,
    /// The byte on the data bus, on a bus with plain memory.
    data: u8,
    /// The four bytes from the opcode of the current instruction on, the opcode lowest, on a bus with plain memory.
    code: u32,
    /// The bit of `code` that PC is at: a constant wherever it is used.
    shift: u32,
}

/// Cycles in which bytes are taken from `code`: opcode, operands, and a branch's dummy read.
const FETCHES: Cycle = 3;

impl<'a, B: Bus> Execution<'a, B, Nowhere> {
    #[inline(always)]
    pub(crate) fn new(cpu: &Cpu, bus: &'a mut B) -> Self {
        Self::until(cpu, bus, Cycle::MAX, Nowhere)
    }
}

impl<'a, B: Bus, S: Stop> Execution<'a, B, S> {
    #[inline(always)]
    pub(crate) fn until(cpu: &Cpu, bus: &'a mut B, end: Cycle, stops: S) -> Self {
        let &Cpu { cycle, pc, a, x, y, s, p: Status { nz, c, vdi }, next } = cpu;
        let (until, data) = (limit(bus, end, end), bus.data_bus());
        Self { bus, cycle, pc, a, x, y, s, nz, c, vdi, next, until, end, stops, data, code: 0, shift: 0 }
    }

    #[inline(always)]
    pub(crate) fn into_cpu(self) -> Cpu {
        let Self { bus, cycle, pc, a, x, y, s, nz, c, vdi, next, data, .. } = self;
        bus.set_data_bus(data);
        Cpu { cycle, pc, a, x, y, s, p: Status { nz, c, vdi }, next }
    }

    /// The flags.
    #[inline(always)]
    pub(crate) fn p(&self) -> Status {
        Status { nz: self.nz, c: self.c, vdi: self.vdi }
    }

    #[inline(always)]
    pub(crate) fn set_p(&mut self, p: Status) {
        (self.nz, self.c, self.vdi) = (p.nz, p.c, p.vdi);
    }

    /// Sets the flags of a result, and returns its value.
    #[inline(always)]
    pub(crate) fn flagged(&mut self, (value, p): (u8, Status)) -> u8 {
        self.set_p(p);
        value
    }

    /// Control goes to `target`.
    #[inline(always)]
    pub(crate) fn jump_to(&mut self, target: u16) {
        self.pc = target;
        self.until &= self.stops.mask(target);
    }

    #[inline(always)]
    pub(crate) fn set_next(&mut self, next: Next) {
        self.next = next;
        if next != Next::Instruction {
            self.until = 0;
        }
    }

    /// The bus may have moved its deadline.
    #[inline(always)]
    fn limit(&mut self) {
        self.until = limit(self.bus, self.until, self.end);
    }

    #[inline(always)]
    fn poll(&mut self) {
        let next = poll(self.bus, self.cycle, self.p(), self.next);
        self.limit();
        self.set_next(next);
    }

    #[inline(always)]
    fn stall<const SYNC: bool>(&mut self, addr: u16) {
        (self.cycle, self.data) = stall::<B, SYNC>(self.bus, addr, self.cycle, self.data);
        self.limit();
    }

    /// A read cycle. A DMA unit may take the bus first.
    #[inline(always)]
    pub(crate) fn read(&mut self, addr: u16) -> u8 {
        self.read_with::<false>(addr)
    }

    /// A read cycle in which SYNC is high.
    #[inline(always)]
    pub(crate) fn read_sync(&mut self, addr: u16) -> u8 {
        self.read_with::<true>(addr)
    }

    #[inline(always)]
    fn read_with<const SYNC: bool>(&mut self, addr: u16) -> u8 {
        if self.cycle >= self.bus.deadline() {
            self.stall::<SYNC>(addr);
        }
        self.read_now(addr)
    }

    /// The last read cycle of an instruction: stall, poll, read.
    #[inline(always)]
    pub(crate) fn read_last(&mut self, addr: u16) -> u8 {
        if self.cycle >= self.bus.deadline() {
            self.stall::<false>(addr);
            self.poll();
        }
        self.read_now(addr)
    }

    #[inline(always)]
    fn read_now(&mut self, addr: u16) -> u8 {
        let value;
        if !B::HAS_PLAIN {
            value = self.bus.read(addr, self.cycle);
        } else if let Some(plain) = self.bus.plain(addr) {
            (value, self.data) = (plain, plain);
        } else {
            (value, self.data, self.until) =
                read_elsewhere(self.bus, addr, self.cycle, self.data, self.until, self.end);
        }
        self.cycle += 1;
        value
    }

    /// A write cycle; no DMA unit can stop it.
    #[inline(always)]
    pub(crate) fn write(&mut self, addr: u16, value: u8) {
        if !B::HAS_PLAIN {
            self.bus.write(addr, value, self.cycle);
        } else if !self.bus.write_plain(addr, value) {
            self.bus.set_data_bus(self.data);
            self.until = write_elsewhere(self.bus, addr, value, self.cycle, self.until, self.end);
        }
        self.data = value;
        self.cycle += 1;
    }

    /// The last write cycle of an instruction: poll, write.
    #[inline(always)]
    pub(crate) fn write_last(&mut self, addr: u16, value: u8) {
        if self.cycle >= self.bus.deadline() {
            self.poll();
        }
        self.write(addr, value);
    }

    /// Begins an instruction: fetches the opcode. `None` if the bus has plain memory, but not here.
    #[inline(always)]
    pub(crate) fn fetch_opcode(&mut self) -> Option<u8> {
        if B::HAS_PLAIN {
            (self.code, self.shift) = (u32::from_le_bytes(self.bus.code(self.pc)?), 0);
        }
        let opcode = self.read_next_with::<true>();
        self.advance();
        Some(opcode)
    }

    /// Reads the byte at PC and increments PC.
    #[inline(always)]
    pub(crate) fn fetch(&mut self) -> u8 {
        let value = self.read_next();
        self.advance();
        value
    }

    /// As [`Execution::fetch`], for the last cycle of an instruction.
    #[inline(always)]
    pub(crate) fn fetch_last(&mut self) -> u8 {
        let value = self.read_next_last();
        self.advance();
        value
    }

    #[inline(always)]
    fn advance(&mut self) {
        self.pc = self.pc.wrapping_add(1);
        self.shift += 8;
    }

    /// Reads the byte at PC, in the second or third cycle of an instruction that has not accessed anything else.
    #[inline(always)]
    pub(crate) fn read_next(&mut self) -> u8 {
        self.read_next_with::<false>()
    }

    #[inline(always)]
    fn read_next_with<const SYNC: bool>(&mut self) -> u8 {
        if B::HAS_PLAIN { self.take_next() } else { self.read_with::<SYNC>(self.pc) }
    }

    /// As [`Execution::read_next`], for the last cycle of an instruction.
    #[inline(always)]
    pub(crate) fn read_next_last(&mut self) -> u8 {
        if B::HAS_PLAIN { self.take_next() } else { self.read_last(self.pc) }
    }

    #[inline(always)]
    fn take_next(&mut self) -> u8 {
        let value = (self.code >> self.shift) as u8;
        self.bus.fetched(self.pc, value, self.cycle);
        self.data = value;
        self.cycle += 1;
        value
    }

    /// Where the next push goes.
    #[inline(always)]
    pub(crate) fn stack(&self) -> u16 {
        0x0100 | u16::from(self.s)
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, value: u8) {
        self.write(self.stack(), value);
        self.s = self.s.wrapping_sub(1);
    }

    #[inline(always)]
    pub(crate) fn pull(&mut self) -> u8 {
        self.s = self.s.wrapping_add(1);
        self.read(self.stack())
    }

    /// As [`Execution::pull`], for the last cycle of an instruction.
    #[inline(always)]
    pub(crate) fn pull_last(&mut self) -> u8 {
        self.s = self.s.wrapping_add(1);
        self.read_last(self.stack())
    }

    /// Sets all flags, and tells the bus whether IRQs are masked now.
    #[inline(always)]
    pub(crate) fn set_flags_and_mask(&mut self, p: Status) {
        self.set_p(p);
        self.bus.set_irq_mask(p.has(Status::I));
        self.limit();
    }
}

/// Whether an instruction that begins in cycle `at` can be performed on a bus with plain memory, as far as the deadline is
/// concerned. While instructions are performed, [`Execution::until`] says so.
#[inline(always)]
pub(crate) fn is_in_time<B: Bus>(bus: &B, at: Cycle) -> bool {
    !B::HAS_PLAIN || at + FETCHES <= bus.deadline()
}

/// Until when instructions can be begun: up to `end`, on a bus with plain memory only if the deadline comes after their
/// first cycles. From cycle 1 on; 0 stays 0.
#[inline(always)]
fn limit<B: Bus>(bus: &B, until: Cycle, end: Cycle) -> Cycle {
    if !B::HAS_PLAIN || until == 0 {
        return until;
    }
    end.min(bus.deadline().max(FETCHES) - (FETCHES - 1))
}

// The functions for what is not plain are not inlined, and give all that they change by value.

#[cold]
#[inline(never)]
fn read_elsewhere<B: Bus>(bus: &mut B, addr: u16, at: Cycle, data: u8, until: Cycle, end: Cycle) -> (u8, u8, Cycle) {
    bus.set_data_bus(data);
    let value = bus.read(addr, at);
    (value, bus.data_bus(), limit(bus, until, end))
}

#[cold]
#[inline(never)]
fn write_elsewhere<B: Bus>(bus: &mut B, addr: u16, value: u8, at: Cycle, until: Cycle, end: Cycle) -> Cycle {
    bus.write(addr, value, at);
    limit(bus, until, end)
}

/// SYNC is not an argument: where this is called, the host has no register to spare. As one it cost the loop a host
/// instruction per instruction of the guest.
#[cold]
#[inline(never)]
fn stall<B: Bus, const SYNC: bool>(bus: &mut B, addr: u16, at: Cycle, data: u8) -> (Cycle, u8) {
    bus.set_data_bus(data);
    (bus.stall(addr, at, SYNC), bus.data_bus())
}

/// The poll before the cycle `at`, for engines that make the accesses of an instruction themselves: the lines as of the
/// end of the cycle before, under the I flag of `p`. Never takes back what an earlier poll `found`.
#[cold]
#[inline(never)]
pub fn poll<B: Bus>(bus: &mut B, at: Cycle, p: Status, found: Next) -> Next {
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
