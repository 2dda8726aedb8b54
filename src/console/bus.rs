//! The console as the bus of the interpreter, and of compiled code.
//!
//! **Contract.** As of [`super`]: RAM and ROM involve no chip.

use super::Console;
use crate::clock::NEVER;
use crate::mapper::Wired;
use crate::memory::CpuPage;
use crate::ppu::offset;
use crate::scheduler::Event;
use ricojit_interpreter::{Bus, Cycle, Lines};

impl Bus for Console {
    const HAS_PLAIN: bool = true;

    /// The 2A03 that blargg's instr_test was made on.
    const MAGIC: u8 = 0xFF;

    #[inline]
    fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        let Some(value) = self.plain(addr) else { return self.read_elsewhere(addr, at) };
        self.bus.external = value;
        value
    }

    #[inline]
    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        let before = std::mem::replace(&mut self.bus.external, value);
        match addr {
            0x0000..=0x1FFF => _ = self.write_plain(addr, value),
            0x2000..=0x5FFF => self.write_register(addr, value, before, at),
            0x6000..=0xFFFF => self.write_board(addr, value, at),
        }
    }

    #[inline(always)] // every cycle of the CPU
    fn plain(&self, addr: u16) -> Option<u8> {
        match addr {
            0x8000..=0xFFFF => self.memory.read_prg_rom(addr),
            0x0000..=0x1FFF => Some(self.memory.ram[usize::from(addr & 0x07FF)]),
            _ => None,
        }
    }

    #[inline(always)] // as plain
    fn write_plain(&mut self, addr: u16, value: u8) -> bool {
        let is_ram = addr < 0x2000;
        if is_ram {
            self.memory.ram[usize::from(addr & 0x07FF)] = value;
        }
        is_ram
    }

    #[inline(always)] // as plain
    fn code(&mut self, addr: u16) -> Option<[u8; 4]> {
        self.memory.code(addr)
    }

    fn data_bus(&self) -> u8 {
        self.bus.external
    }

    fn set_data_bus(&mut self, value: u8) {
        self.bus.external = value;
    }

    fn peek(&self, addr: u16) -> u8 {
        match addr {
            0x0000..=0x1FFF => self.memory.ram[usize::from(addr & 0x07FF)],
            0x2000..=0x3FFF => self.ppu.peek(addr),
            0x4015 => self.apu.peek_status() | (self.bus.external & 0x20),
            0x4000..=0x401F => self.bus.external,
            0x4020..=0xFFFF => self.mapper.peek(&self.memory, addr).unwrap_or(self.bus.external),
        }
    }

    #[inline(always)] // as plain
    fn deadline(&self) -> Cycle {
        self.scheduler.deadline()
    }

    fn lines(&mut self, at: Cycle) -> Lines {
        let before = at.saturating_sub(1);
        // An IRQ may stay asserted and be polled after each instruction. Only what is due needs the PPU, and only an access
        // ends the board's IRQ.
        let nmi_due = self.scheduler.is_due(Event::Nmi, at);
        // What the PPU fetches may end it too, on boards that look at that.
        let ends = self.mapper.wired().has(Wired::FETCHES);
        let board_due = self.scheduler.is_due(Event::MapperIrq, at) && (ends || !self.mapper.irq());
        if nmi_due || board_due {
            self.run_ppu(self.clock.dot_at(before, offset::BOARD));
        }
        if board_due {
            self.mapper.run_until(at);
        }
        let nmi = nmi_due && self.ppu.take_nmi(at);
        if nmi_due {
            self.schedule_nmi();
        }
        if board_due {
            self.schedule_mapper(at);
        }
        let apu_due = self.scheduler.is_due(Event::ApuIrq, at);
        let apu_irq = apu_due && self.apu.irq_at(at);
        // Once asserted, it is due at each poll until it ends.
        if apu_due && !apu_irq {
            self.schedule_apu();
        }
        Lines { nmi, irq: apu_irq || self.mapper.irq_at(before) }
    }

    fn reads_vector(&mut self, addr: u16, at: Cycle) {
        if addr == 0xFFFA && self.mapper.wired().has(Wired::FETCHES) {
            self.run_ppu_for_board(at);
            if let Some(board) = self.mapper.watcher() {
                board.nmi(&mut self.memory, at);
            }
            self.memory.commit();
            self.schedule_mapper(at);
        }
    }

    fn stall(&mut self, addr: u16, at: Cycle, sync: bool) -> Cycle {
        if !self.scheduler.is_due(Event::OamDma, at) && !self.scheduler.is_due(Event::DmcDma, at) {
            return at;
        }
        if self.clock.region.cpu().dma_waits_for_opcode && !sync {
            return at;
        }
        let end = self.run_dma(addr, at);
        self.halted += end - at;
        // Only these two are up to date; a due time from the past could hide an event of the others.
        self.schedule_apu();
        self.schedule_oam_dma();
        end
    }

    fn steady_until(&mut self, addr: u16, at: Cycle) -> Cycle {
        match addr {
            0x0000..=0x1FFF => NEVER,
            0x2000..=0x3FFF if addr & 7 == 2 => self.status_steady_until(at),
            0x4015 => self.apu.status_steady_until(at),
            0x6000..=0xFFFF if !self.mapper.is_read(addr) && self.memory.read_prg(addr).is_some() => NEVER,
            _ => at,
        }
    }

    fn inert_until(&mut self, addr: u16, value: u8, at: Cycle) -> Cycle {
        match addr {
            0x0000..=0x1FFF if self.memory.ram[usize::from(addr & 0x07FF)] == value => NEVER,
            0x4000..=0x4017 => self.apu.inert_until(addr, value, at),
            _ => at,
        }
    }

    fn uniform_until(&mut self) -> Cycle {
        // Only an access ends an IRQ, two cycles later at most.
        let is_asserted = self.apu.irq() || self.mapper.irq();
        self.scheduler.earliest(is_asserted)
    }

    fn set_irq_mask(&mut self, masked: bool) {
        self.scheduler.set_irq_mask(masked);
    }
}

impl ricojit_recompiler::CodeBus for Console {
    fn map_generation(&self) -> u64 {
        self.map_generation
    }

    fn halted_cycles(&self) -> u64 {
        self.halted
    }

    fn page(&mut self, index: usize) -> ricojit_recompiler::Page<'_> {
        self.memory.cpu_page(index).into()
    }

    fn window(&mut self, index: usize) -> Option<ricojit_recompiler::Page<'_, { 8 * ricojit_recompiler::PAGE }>> {
        match index {
            0x0 | 0x1 => None, // RAM and its mirrors
            0x2..=0x5 => Some(ricojit_recompiler::Page::Slow),
            _ => self.memory.cpu_window(index).map(ricojit_recompiler::Page::from),
        }
    }

    #[inline]
    fn rom_offset(&self, addr: u16) -> Option<u32> {
        self.memory.prg_offset(addr)
    }
}

impl<'a, const BYTES: usize> From<CpuPage<'a, BYTES>> for ricojit_recompiler::Page<'a, BYTES> {
    fn from(page: CpuPage<'a, BYTES>) -> Self {
        match page {
            CpuPage::Other => Self::Slow,
            CpuPage::Read(bytes) => Self::Read(bytes),
            CpuPage::ReadWrite(bytes) => Self::ReadWrite(bytes),
        }
    }
}
