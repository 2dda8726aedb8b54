//! The two DMA units of the 2A03, which halt the CPU on a read cycle and use its bus: on any read or, in the 2A07, only
//! on one that fetches an opcode.
//!
//! ```text
//!                     put   get   put   get   put   get  ...
//! OAM, halted on put  halt  read  write read  write ...            513 cycles
//! OAM, halted on get        halt  align read  write read ...       514 cycles
//! DMC, halted on put  halt  dummy align read                       4 cycles (reload)
//! DMC, halted on get        halt  dummy read                       3 cycles (load)
//! ```
//!
//! DMA reads in get cycles and writes to OAM in put cycles. A DMC read during an OAM transfer takes a get cycle from
//! it, and the put cycle after it is lost too. In all other cycles the CPU's read is repeated, with its side effects
//! (<https://www.nesdev.org/wiki/DMA>).
//!
//! This file decides what happens in the next cycle; the console performs it. The console passes the DMC's request in
//! every cycle. If there is none in the cycle after a halt on a put cycle, the transfer is aborted and has cost only
//! the halt cycle.

use crate::clock::is_get;
use crate::state::{Impossible, Persist, Reader, Writer};
use ricojit_interpreter::Cycle;

/// What a cycle of a halted CPU is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// None: the CPU has the bus again.
    Release,
    /// Halt, dummy or alignment: the CPU's read is repeated.
    Repeat,
    /// The DMC's sample byte is read from this address.
    DmcRead(u16),
    /// OAM DMA reads this address.
    OamRead(u16),
    /// OAM DMA writes the byte it read to $2004.
    OamWrite(u8),
}

/// A transfer of a page to OAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OamTransfer {
    page: u8,
    index: u8,
    /// The CPU is halted, so that the unit may read.
    ready: bool,
    /// The byte of the last get cycle, until it is written.
    byte: Option<u8>,
}

/// The state of the DMC's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum DmcTransfer {
    #[default]
    Idle,
    /// The CPU was halted on a put cycle. Without a request in the next cycle, the transfer is aborted.
    Halted,
    /// The next get cycle reads the address of the last request.
    Committed(u16),
}

/// State of both units. While the CPU runs, only a pending OAM transfer is state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dma {
    oam: Option<OamTransfer>,
    dmc: DmcTransfer,
    halted: bool,
}

impl Dma {
    /// $4014 was written: the next read cycle halts the CPU.
    pub(crate) fn start_oam(&mut self, page: u8) {
        self.oam = Some(OamTransfer { page, index: 0, ready: false, byte: None });
        self.halted = false;
    }

    /// The page of an OAM transfer that is pending or under way.
    pub(crate) fn oam_page(&self) -> Option<u8> {
        self.oam.map(|oam| oam.page)
    }

    /// Whether an OAM transfer is pending or under way.
    pub(crate) fn is_oam_active(&self) -> bool {
        self.oam.is_some()
    }

    /// What to do in cycle `at`, in which the CPU would read and the DMC requests the byte at `request`.
    pub(crate) fn next(&mut self, at: Cycle, request: Option<u16>) -> Step {
        let get = is_get(at);
        let source = match self.dmc {
            DmcTransfer::Committed(source) if get => Some(source),
            _ => None,
        };
        self.dmc = match (self.dmc, request) {
            (DmcTransfer::Committed(_), _) if get => DmcTransfer::Idle,
            (DmcTransfer::Committed(source), _) => DmcTransfer::Committed(request.unwrap_or(source)),
            (_, Some(source)) if get => DmcTransfer::Committed(source),
            (DmcTransfer::Idle, Some(_)) => DmcTransfer::Halted,
            _ => DmcTransfer::Idle,
        };
        let step = if let Some(source) = source { Step::DmcRead(source) } else { self.oam_step(get) };
        if let Some(oam) = &mut self.oam {
            if source.is_some() {
                oam.byte = None;
            }
            // After a halt on a put cycle, the unit may read in the next cycle.
            oam.ready = oam.ready || get || !self.halted;
        }
        self.halted = true;
        step
    }

    fn oam_step(&self, get: bool) -> Step {
        match self.oam {
            Some(oam) if get && oam.ready => Step::OamRead(u16::from(oam.page) << 8 | u16::from(oam.index)),
            Some(OamTransfer { byte: Some(byte), .. }) if !get => Step::OamWrite(byte),
            None if self.dmc == DmcTransfer::Idle => Step::Release,
            _ => Step::Repeat,
        }
    }

    /// If an OAM transfer is about to read in cycle `at`: its page, and the first byte that is left. Each byte from
    /// there on takes two cycles as long as the DMC makes no request.
    pub(crate) fn oam_left(&self, at: Cycle) -> Option<(u8, u8)> {
        match self.oam {
            Some(OamTransfer { page, index, ready: true, byte: None })
                if is_get(at) && self.dmc == DmcTransfer::Idle =>
            {
                Some((page, index))
            }
            _ => None,
        }
    }

    /// This number of bytes has been written.
    pub(crate) fn oam_moved(&mut self, bytes: usize) {
        if let Some(oam) = &mut self.oam {
            match u8::try_from(usize::from(oam.index) + bytes) {
                Ok(index) => oam.index = index,
                Err(_) => self.oam = None,
            }
        }
    }

    /// A [`Step::OamRead`] was performed and read `byte`.
    pub(crate) fn oam_read(&mut self, byte: u8) {
        if let Some(oam) = &mut self.oam {
            oam.byte = Some(byte);
        }
    }

    /// A [`Step::OamWrite`] was performed.
    pub(crate) fn oam_written(&mut self) {
        if let Some(oam) = &mut self.oam {
            oam.byte = None;
        }
        self.oam_moved(1);
    }
}

/// Only a transfer that has not begun: between two instructions there is no other state.
impl Persist for Dma {
    fn save(&self, to: &mut Writer<'_>) {
        self.oam.map(|oam| oam.page).save(to);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        None::<u8>.check(from)
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        let mut page = None::<u8>;
        page.load(from);
        *self = Self::default();
        page.into_iter().for_each(|page| self.start_oam(page));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs transfers from `start`; the DMC wants a byte from cycle `dmc` on. Returns the cycles taken and the reads.
    fn run(oam: bool, start: Cycle, mut dmc: Option<Cycle>) -> (u64, Vec<Cycle>, usize) {
        let mut dma = Dma::default();
        if oam {
            dma.start_oam(2);
        }
        let (mut dmc_reads, mut writes) = (Vec::new(), 0);
        for at in start.. {
            match dma.next(at, dmc.filter(|from| *from <= at).map(|_| 0xC000)) {
                Step::Release => return (at - start, dmc_reads, writes),
                Step::Repeat => {}
                Step::DmcRead(_) => {
                    dmc_reads.push(at);
                    dmc = None;
                }
                Step::OamRead(addr) => dma.oam_read(addr as u8),
                Step::OamWrite(byte) => {
                    assert_eq!(usize::from(byte), writes);
                    dma.oam_written();
                    writes += 1;
                }
            }
        }
        unreachable!()
    }

    #[test]
    fn an_oam_transfer_takes_513_or_514_cycles() {
        assert_eq!(run(true, 1, None), (513, vec![], 256));
        assert_eq!(run(true, 2, None), (514, vec![], 256));
    }

    #[test]
    fn a_dmc_transfer_takes_3_or_4_cycles() {
        assert_eq!(run(false, 2, Some(2)), (3, vec![4], 0));
        assert_eq!(run(false, 1, Some(1)), (4, vec![4], 0));
    }

    #[test]
    fn a_dmc_read_in_an_oam_transfer_costs_two_cycles() {
        assert_eq!(run(true, 1, Some(101)), (515, vec![104], 256));
    }
}
