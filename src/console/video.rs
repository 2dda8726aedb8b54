//! The console as the PPU's address bus: the memories behind it, and the board that may watch it.
//!
//! **Contract.** As of [`VideoBus`]. What a board maps when it sees a fetch counts from then on; what it maps by a CPU write
//! counts when the console has brought the PPU there.

use crate::clock::{Clock, Dot};
use crate::fetches::Run;
use crate::mapper::{ScanlineCounter, SeesFetches};
use crate::memory::Memory;
use crate::ppu::{VideoBus, offset};
use ricojit_interpreter::Cycle;

/// The bus, for as long as the PPU runs, of boards that watch fetches or of all others.
pub(super) struct Video<'a, const FETCHES: bool> {
    pub(super) memory: &'a mut Memory,
    pub(super) watch: Watch<'a>,
    pub(super) clock: Clock,
}

/// What the board sees of that bus.
pub(super) enum Watch<'a> {
    Nothing,
    A12(&'a mut ScanlineCounter),
    Fetches(&'a mut dyn SeesFetches),
}

impl<const FETCHES: bool> Video<'_, FETCHES> {
    /// Calls a board that watches fetches. What it maps counts from then on.
    fn show<T>(
        &mut self,
        see: impl FnOnce(&mut dyn SeesFetches, &mut Memory, &dyn Fn(Dot) -> Cycle) -> T,
    ) -> Option<T> {
        let Watch::Fetches(board) = &mut self.watch else { return None };
        let clock = self.clock;
        let result = see(*board, self.memory, &|dot| clock.cycle_of(dot + 1, offset::BOARD));
        self.memory.commit();
        Some(result)
    }

    #[inline(never)] // boards that watch A12 alone are on the way of `address`
    fn show_address(&mut self, addr: u16) {
        self.show(|board, memory, _| board.address(memory, addr));
    }
}

impl<const FETCHES: bool> VideoBus for Video<'_, FETCHES> {
    #[inline]
    fn read(&self, addr: u16) -> u8 {
        self.memory.read_ppu(addr)
    }

    #[inline]
    fn fetch(&mut self, addr: u16, dot: Dot) -> u8 {
        match self.watch {
            Watch::Fetches(_) if FETCHES => {
                self.show(|board, memory, at| board.fetch(memory, addr, dot, at)).unwrap_or(0)
            }
            _ => self.memory.read_ppu(addr),
        }
    }

    #[inline]
    fn write(&mut self, addr: u16, value: u8) {
        self.memory.write_ppu(addr, value);
    }

    #[inline(always)] // the closure that tells the cycle is only called for an edge of A12
    fn address(&mut self, addr: u16, dot: Dot) {
        match &mut self.watch {
            Watch::Nothing => {}
            Watch::A12(counter) => counter.see(addr, || self.clock.cycle_of(dot + 1, offset::BOARD)),
            Watch::Fetches(_) if FETCHES => self.show_address(addr),
            Watch::Fetches(_) => {}
        }
    }

    #[inline]
    fn is_watched(&self) -> bool {
        !FETCHES && matches!(self.watch, Watch::A12(_))
    }

    #[inline]
    fn watches_fetches(&self) -> bool {
        FETCHES
    }

    fn steady(&self, run: &Run) -> u16 {
        match &self.watch {
            Watch::Fetches(board) if FETCHES => board.steady(self.memory, run),
            _ => run.count,
        }
    }

    fn has_whole_lines(&self, run: &Run) -> bool {
        match &self.watch {
            Watch::Fetches(board) if FETCHES => board.has_whole_lines(run),
            _ => true,
        }
    }

    fn begin_run(&mut self, run: &Run) {
        if !FETCHES {
            return;
        }
        self.show(|board, memory, at| board.begin_run(memory, run, at));
    }

    fn end_run(&mut self, run: &Run) {
        if !FETCHES {
            return;
        }
        self.show(|board, memory, _| board.end_run(memory, run));
    }

    #[inline]
    fn page(&self, slot: usize) -> &[u8; 0x400] {
        self.memory.ppu_bytes(slot)
    }

    #[inline]
    fn page_number(&self, slot: usize) -> u32 {
        self.memory.ppu_page_number(slot)
    }

    #[inline]
    fn changes(&self) -> u64 {
        self.memory.ppu_changes()
    }

    #[inline]
    fn last_change(&self, slot: usize, row: Option<usize>) -> u64 {
        self.memory.last_ppu_change(slot, row)
    }
}
