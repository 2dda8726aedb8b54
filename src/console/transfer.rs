//! DMA on the console's bus: what the units of [`crate::dma`] ask for is read and written, while the CPU is halted.
//!
//! **Contract.** The halted CPU keeps its address on its own bus, which selects the 2A03's registers. An OAM transfer moves
//! in one piece only where that is indistinguishable from single cycles.

use super::Console;
use crate::dma::Step;
use crate::ppu::write_offset;
use ricojit_interpreter::{Bus, Cycle};

/// The fewest bytes of an OAM transfer that are worth moving in one piece.
const SHORTEST_OAM_PIECE: usize = 8;

impl Console {
    /// Performs DMA cycles from `at` on, while the halted CPU keeps reading `addr`. Returns the cycle after them.
    pub(super) fn run_dma(&mut self, addr: u16, mut at: Cycle) -> Cycle {
        loop {
            self.apu.run_until(at);
            if let Some((page, first)) = self.dma.oam_left(at)
                && let Some(end) = self.move_oam_piece(page, first, addr, at)
            {
                at = end;
                continue;
            }
            match self.dma.next(at, self.apu.dma_request()) {
                Step::Release => return at,
                Step::Repeat => {
                    self.read(addr, at);
                }
                Step::DmcRead(source) => {
                    self.sample_read = Some((at, source));
                    let byte = self.read_for_dma(source, addr, at);
                    self.apu.dma_supply(byte, at);
                }
                Step::OamRead(source) => {
                    let byte = self.read_for_dma(source, addr, at);
                    self.dma.oam_read(byte);
                }
                Step::OamWrite(byte) => {
                    self.write(0x2004, byte, at);
                    self.dma.oam_written();
                }
            }
            at += 1;
        }
    }

    /// Performs an OAM transfer from byte `first` of `page` on in one piece, up to its end or the DMC's next request,
    /// if that is indistinguishable from single cycles. It begins in cycle `at`, while the CPU keeps reading
    /// `cpu_addr`. Returns the cycle after it.
    fn move_oam_piece(&mut self, page: u8, first: u8, cpu_addr: u16, at: Cycle) -> Option<Cycle> {
        // The CPU's address selects the 2A03's registers.
        if !self.ppu.has_lines() || cpu_addr & 0xFFE0 == 0x4000 {
            return None;
        }
        let first = usize::from(first);
        let time = (self.apu.next_dma().saturating_sub(at + 1) / 2).min(0x100) as usize;
        let count = time.min(0x100 - first);
        let bytes = self.memory.plain_page(page).filter(|_| count >= SHORTEST_OAM_PIECE)?;
        let bytes = &bytes[first..first + count];
        self.run_ppu(self.clock.dot_at(at + 1, write_offset(4)));
        let end = at + 2 * count as Cycle;
        let last = self.clock.dot_at(end - 1, write_offset(4));
        if !self.ppu.may_fill_oam(last) {
            return None;
        }
        self.run_ppu(last);
        self.ppu.fill_oam(bytes);
        self.bus.external = bytes[count - 1];
        self.dma.oam_moved(count);
        self.schedule_nmi();
        self.schedule_mapper(end - 1);
        Some(end)
    }

    /// A read by a DMA unit, while the CPU keeps reading `cpu_addr`.
    fn read_for_dma(&mut self, addr: u16, cpu_addr: u16, at: Cycle) -> u8 {
        match addr {
            0x2000..=0x3FFF => self.read_register(addr, cpu_addr, at),
            0x4000..=0x5FFF if cpu_addr & 0xFFE0 != 0x4000 => self.bus.external,
            _ => {
                let value = if let 0x4000..=0x5FFF = addr { self.bus.external } else { self.read(addr, at) };
                if cpu_addr & 0xFFE0 == 0x4000 { self.read_2a03(addr, at) } else { value }
            }
        }
    }
}
