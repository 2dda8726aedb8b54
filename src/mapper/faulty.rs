//! Boards with a [`Fault`], for tests of test ROMs.

use super::board::contains;
use super::{BusConflicts, Mapper};
use crate::memory::{Memory, Spoiled};
use crate::testing::faults::Fault;
use ricojit_interpreter::Cycle;

impl Mapper {
    /// A write to a board with a fault.
    #[cold]
    pub(super) fn write_faulty(&mut self, fault: Fault, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        let (_, writes) = self.registers();
        if !contains(writes, addr) {
            return self.write_sound(memory, addr, value, at);
        }
        let (mut seen, mut data) = (addr, value);
        match fault {
            Fault::CpuAddress(stuck) => seen = stuck.apply(addr.into()) as u16,
            Fault::CpuData(stuck) => data = stuck.apply(value.into()) as u8,
            Fault::Conflicts => data = BusConflicts::And.resolve(memory, addr, value),
            _ => {}
        }
        if contains(writes, seen) {
            let hidden = (fault == Fault::NoConflicts).then(|| memory.hide_prg());
            memory.bus_address = Some(addr);
            self.write_sound(memory, seen, data, at);
            memory.bus_address = None;
            if let Some(windows) = hidden {
                memory.show_prg(windows);
            }
        }
        self.spoil(memory);
    }

    /// What the fault does to the page tables that the board has just written.
    pub(super) fn spoil(&self, memory: &mut Memory) {
        match self.fault {
            Some(Fault::PrgAddress(stuck)) => memory.spoil(Spoiled::Prg, |page| stuck.apply(page)),
            Some(Fault::ChrAddress(stuck)) => memory.spoil(Spoiled::Patterns, |page| stuck.apply(page)),
            Some(Fault::NametableAddress(stuck)) => memory.spoil(Spoiled::Nametables, |page| stuck.apply(page)),
            Some(Fault::NoRam) => memory.spoil_ram(false),
            Some(Fault::NoProtection) => memory.spoil_ram(true),
            _ => {}
        }
    }
}
