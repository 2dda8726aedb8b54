//! The console: owns and connects all chips, and is the CPU's bus.
//!
//! ```text
//! $0000-$1FFF  RAM, 2 KiB                        $4020-$5FFF  the board's registers
//! $2000-$3FFF  PPU registers, 8                  $6000-$7FFF  PRG RAM
//! $4000-$401F  APU, DMA, controllers             $8000-$FFFF  PRG ROM; writes are the board's registers
//! ```
//!
//! **Contract.** A RAM or ROM access involves no chip. A register access brings exactly the chip that it addresses to
//! the moment of the access ([`crate::ppu::offset`]), and then updates the due times of the events that it may have
//! moved. All other events are met through the deadline. So results depend on the accesses and their cycles alone: a
//! deadline that is early ([`DeadlineMode`]) changes nothing.

mod bus;
mod transfer;
mod video;

use crate::apu::Apu;
use crate::cartridge::Cartridge;
use crate::clock::{Clock, Dot, NEVER};
use crate::dma::Dma;
use crate::forecast::Forecast;
use crate::input::{Controllers, Pad};
use crate::mapper::{Mapper, Wired};
use crate::memory::{Change, Memory};
use crate::options::{Options, Start};
use crate::ppu::{Ignored, Path, Ppu, offset, write_offset};
use crate::scheduler::{Event, Scheduler};
use crate::state::persist;
use crate::testing::switches::DeadlineMode;
use ricojit_interpreter::Cycle;
use video::{Video, Watch};

/// How often the chips were brought up to date. Catching up only when necessary is what makes the emulator fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CatchUps {
    /// Times that the PPU was advanced.
    pub ppu: u64,
    /// Times that the APU was advanced to an event of its own.
    pub apu: u64,
    /// Dots that the PPU drew as part of whole lines, not one by one.
    pub line_dots: u64,
}

/// Writes to registers of the PPU that ignored them, because its reset was not over: what [`Options::start`] is about.
///
/// A write of 0 is not counted. It changes nothing, since these registers are 0 until then, and most programs begin with
/// some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgnoredWrites {
    /// Bit n stands for $2000 + n.
    registers: u8,
    /// The number of writes.
    pub writes: u64,
    /// The CPU cycle of the first one.
    pub first_cycle: Cycle,
    /// The frame of the first one, counted from 1 at power-on.
    pub first_frame: u64,
}

impl IgnoredWrites {
    /// The registers that were written: of $2000, $2001, $2005 and $2006, in this order.
    pub fn registers(&self) -> impl Iterator<Item = u16> {
        let bits = self.registers;
        (0..8).filter(move |register| bits >> register & 1 != 0).map(|register| 0x2000 + register)
    }
}

/// The bytes that remain on the data buses and are read as open bus.
#[derive(Clone, Debug)]
pub(crate) struct OpenBus {
    /// The last byte on the external data bus.
    external: u8,
    /// A $4015 read changes the internal data bus only: the cycle after it, and the byte.
    internal_from: Cycle,
    internal: u8,
}

persist!(OpenBus { external, internal_from: until(1), internal });

/// Everything but the CPU.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    pub(crate) clock: Clock,
    pub(crate) memory: Memory,
    pub(crate) mapper: Mapper,
    pub(crate) ppu: Ppu,
    pub(crate) apu: Apu,
    pub(crate) controllers: Controllers,
    pub(crate) dma: Dma,
    scheduler: Scheduler,
    pub(crate) bus: OpenBus,
    ppu_runs: u64,
    /// The number of changes of the CPU's page tables.
    map_generation: u64,
    /// Cycles in which DMA halted the CPU.
    halted: u64,
    /// The first byte that was written to $4018, where nothing is connected: programs under test end with it.
    pub(crate) exit_code: Option<u8>,
    /// The cycle and the address of the DMC's last read.
    pub(crate) sample_read: Option<(Cycle, u16)>,
}

/// Works with the PPU and its bus. For boards that watch fetches there is a PPU of its own, so that all others have none of
/// that in theirs.
macro_rules! with_video {
    ($console:expr, |$ppu:ident, $video:ident| $work:expr) => {
        if $console.mapper.wired().has(Wired::FETCHES) {
            let ($ppu, mut $video) = $console.video::<true>();
            $work
        } else {
            let ($ppu, mut $video) = $console.video::<false>();
            $work
        }
    };
}

impl Console {
    /// A console at power-on, with a cartridge and its board.
    pub(crate) fn new(cartridge: &Cartridge, mapper: Mapper, options: &Options) -> Self {
        let region = options.region_of(cartridge);
        let mut memory = Memory::new(cartridge, options.ram);
        mapper.connect(&mut memory);
        let clock = Clock::new(region, options.alignment);
        let first = options.alignment.first_cycle();
        let mut console = Self {
            clock,
            memory,
            mapper,
            ppu: Ppu::new(clock, first, options.palette, options.switches.lead),
            apu: Apu::new(region, options.sample_rate),
            controllers: Controllers::default(),
            dma: Dma::default(),
            scheduler: Scheduler::new(options.switches.deadline),
            bus: OpenBus { external: 0, internal_from: NEVER, internal: 0 },
            ppu_runs: 0,
            map_generation: 0,
            halted: 0,
            exit_code: None,
            sample_read: None,
        };
        console.ppu.start(options.start);
        console.ppu.set_render(options.render);
        console.ppu.set_decay(options.oam_decay);
        console.ppu.set_path(match options.switches.deadline {
            DeadlineMode::Now => Path::EveryDot,
            _ if options.switches.exact_ppu => Path::Exact,
            _ => Path::Lines,
        });
        console.schedule_all(first);
        console
    }

    /// The clocks are those of a loaded state.
    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
        self.ppu.set_clock(clock);
    }

    /// The Reset button's effect on the chips.
    pub(crate) fn reset(&mut self, at: Cycle, options: &Options) {
        self.sync(at);
        if options.start != Start::Famicom {
            // A dot that has begun before this cycle is done already, which it is not at power-on.
            let begun = self.clock.dot_at(at, offset::START) - self.clock.dots_over(at);
            self.ppu.reset(options.switches.lead + begun as u16);
        }
        self.apu.reset(at);
        self.mapper.reset(&mut self.memory);
        self.map_generation += 1;
        self.dma = Dma::default();
        self.schedule_all(at);
    }

    /// Brings every chip to the start of cycle `at`.
    pub(crate) fn sync(&mut self, at: Cycle) {
        self.run_ppu(self.clock.dot_at(at, offset::START));
        self.ppu.show_picture();
        self.apu.run_until(at);
        self.controllers.run_until(at);
    }

    /// The counters since power-on.
    pub(crate) fn catch_ups(&self) -> CatchUps {
        CatchUps { ppu: self.ppu_runs, apu: self.apu.work().edges, line_dots: self.ppu.line_dots() }
    }

    /// The writes that the PPU ignored since power-on or since a state was loaded.
    pub(crate) fn ignored_writes(&self) -> Option<IgnoredWrites> {
        let Ignored { registers, writes, first, frames } = self.ppu.ignored()?;
        let first_cycle = self.clock.cycle_of(first, offset::CONTROL);
        Some(IgnoredWrites { registers, writes, first_cycle, first_frame: frames + 1 })
    }

    /// The first cycle at whose start the present picture may be complete.
    pub(crate) fn next_frame(&self) -> Cycle {
        self.clock.cycle_of(self.ppu.next_frame(), offset::START)
    }

    fn run_ppu(&mut self, dot: Dot) {
        if self.ppu.now() < dot || self.ppu.has_log() {
            self.ppu_runs += 1;
            with_video!(self, |ppu, video| ppu.run_until(&mut video, dot));
        }
    }

    /// The PPU, and what is connected to its bus.
    fn video<const FETCHES: bool>(&mut self) -> (&mut Ppu, Video<'_, FETCHES>) {
        let watch = match self.mapper.wired() {
            wired if !wired.has(Wired::PPU) => Watch::Nothing,
            wired if wired.has(Wired::FETCHES) => self.mapper.watcher().map_or(Watch::Nothing, Watch::Fetches),
            _ => self.mapper.scanline_counter().map_or(Watch::Nothing, Watch::A12),
        };
        (&mut self.ppu, Video { memory: &mut self.memory, watch, clock: self.clock })
    }

    /// What a $2002 read in cycle `at` returns, if that can be told without advancing the PPU.
    fn status_ahead(&mut self, at: Cycle) -> Option<u8> {
        let [start, end, half_over] =
            [offset::START, offset::END, offset::HALF_BEFORE_END].map(|offset| self.clock.dot_at(at, offset));
        with_video!(self, |ppu, video| ppu.read_status_ahead(&mut video, start, end, half_over))
    }

    /// The cycle until which $2002 reads return what one in cycle `at` does.
    fn status_steady_until(&mut self, at: Cycle) -> Cycle {
        let (start, end) = (self.clock.dot_at(at, offset::START), self.clock.dot_at(at, offset::END));
        let last = with_video!(self, |ppu, video| ppu.status_steady_until(&mut video, start, end));
        if last < end { at } else { self.clock.cycle_of(last + 1, offset::END) }
    }

    // Due times -------------------------------------------------------------------------------------------------

    fn schedule_all(&mut self, at: Cycle) {
        self.schedule_nmi();
        self.schedule_apu();
        self.schedule_mapper(at);
        self.schedule_oam_dma();
    }

    fn schedule_nmi(&mut self) {
        self.scheduler.set(Event::Nmi, self.ppu.next_nmi());
    }

    fn schedule_apu(&mut self) {
        // A line that is asserted in one cycle is seen by the poll of the next.
        let irq = if self.apu.irq() { 0 } else { self.apu.next_irq().saturating_add(1) };
        self.scheduler.set(Event::ApuIrq, irq);
        self.scheduler.set(Event::DmcDma, self.apu.next_dma());
    }

    fn schedule_mapper(&mut self, at: Cycle) {
        let wired = self.mapper.wired();
        if wired.has(Wired::IRQ) {
            let next = if wired.has(Wired::PPU) { self.foresee_irq(at) } else { self.mapper.next_irq(at, None) };
            self.scheduler.set(Event::MapperIrq, next);
        }
    }

    fn schedule_oam_dma(&mut self) {
        self.scheduler.set(Event::OamDma, if self.dma.is_oam_active() { 0 } else { NEVER });
    }

    /// The next IRQ of a board that watches the PPU.
    fn foresee_irq(&mut self, at: Cycle) -> Cycle {
        let (scanline, dot) = self.ppu.position();
        let forecast = Forecast {
            region: self.clock.region,
            scanline,
            dot,
            rendering: self.ppu.is_rendering(),
            pending: self.ppu.is_busy(),
            background_table: self.ppu.background_table(),
            sprite_table: self.ppu.sprite_table(),
            tall_sprites: self.ppu.has_tall_sprites(),
            tall: None,
        };
        self.mapper.next_irq(at, Some(&Forecast { tall: self.ppu.tall_ahead(), ..forecast }))
    }

    /// A read of an address that is neither RAM nor ROM.
    #[inline(never)] // one copy for all callers of `read`
    fn read_elsewhere(&mut self, addr: u16, at: Cycle) -> u8 {
        match addr {
            0x2000..=0x5FFF => self.read_register(addr, addr, at),
            _ => {
                self.bus.external = self.read_board(addr, at).unwrap_or(self.bus.external);
                self.bus.external
            }
        }
    }

    /// What the cartridge drives at an address from $4020 on.
    fn read_board(&mut self, addr: u16, at: Cycle) -> Option<u8> {
        if !self.mapper.is_read(addr) {
            return self.memory.read_prg(addr);
        }
        if self.mapper.wired().has(Wired::PPU) {
            self.run_ppu(self.clock.dot_at(at, offset::END));
        }
        self.memory.data_bus = self.bus.external;
        let value = self.mapper.read(&mut self.memory, addr, at);
        self.commit_board(false, at);
        self.schedule_mapper(at);
        value
    }

    // Registers -------------------------------------------------------------------------------------------------

    /// A read of $2000-$5FFF. `cpu_addr` is the address on the CPU's own bus, which selects the 2A03's registers even
    /// while a DMA unit drives the external bus with `addr`.
    #[cold]
    #[inline(never)]
    fn read_register(&mut self, addr: u16, cpu_addr: u16, at: Cycle) -> u8 {
        match addr {
            0x2000..=0x3FFF => {
                self.bus.external = self.read_ppu(addr, at);
                if self.mapper.is_read(0x2000 | addr & 7) {
                    self.show_read(0x2000 | addr & 7, at);
                }
            }
            0x4020..=0x5FFF if self.mapper.wired().has(Wired::READS) => {
                self.bus.external = self.read_board(addr, at).unwrap_or(self.bus.external);
            }
            _ => {}
        }
        if cpu_addr & 0xFFE0 == 0x4000 { self.read_2a03(addr, at) } else { self.bus.external }
    }

    fn read_ppu(&mut self, addr: u16, at: Cycle) -> u8 {
        if addr & 7 == 2 {
            let [end, half_over] = [offset::END, offset::HALF_BEFORE_END].map(|offset| self.clock.dot_at(at, offset));
            let foreseen = self.ppu.read_status_foreseen(end, half_over);
            if let Some(value) = foreseen.or_else(|| self.status_ahead(at)) {
                return value;
            }
        }
        self.run_ppu(self.clock.dot_at(at, offset::START));
        let mut vblank = false;
        match addr & 7 {
            2 => {
                vblank = self.ppu.read_vblank();
                self.run_ppu(self.clock.dot_at(at, offset::END));
            }
            4 | 7 => self.run_ppu(self.clock.dot_at(at, offset::END)),
            _ => {}
        }
        let value = self.ppu.read(addr, vblank, self.clock.dot_at(at, offset::HALF_BEFORE_END));
        if addr & 7 == 2 {
            self.schedule_nmi();
        }
        self.schedule_mapper(at);
        value
    }

    /// A read of $4015-$4017, selected by the low five bits of `addr`. The external bus already carries the byte from
    /// memory.
    fn read_2a03(&mut self, addr: u16, at: Cycle) -> u8 {
        match addr & 0x1F {
            0x15 => {
                let bus = if self.bus.internal_from == at { self.bus.internal } else { self.bus.external };
                let value = (self.apu.read_status(at) & !0x20) | (bus & 0x20);
                (self.bus.internal_from, self.bus.internal) = (at + 1, value);
                self.schedule_apu();
                return value;
            }
            0x16 => self.bus.external = (self.bus.external & 0xE0) | self.controllers.read(Pad::One, at),
            0x17 => self.bus.external = (self.bus.external & 0xE0) | self.controllers.read(Pad::Two, at),
            _ => {}
        }
        self.bus.external
    }

    #[cold]
    #[inline(never)]
    fn write_register(&mut self, addr: u16, value: u8, before: u8, at: Cycle) {
        match addr {
            0x2000..=0x3FFF => self.write_ppu(addr, value, before, at),
            0x4000..=0x401F => self.write_2a03(addr, value, at),
            _ => self.write_board(addr, value, at),
        }
    }

    #[inline(never)] // or its registers are saved for each write to the others
    fn write_ppu(&mut self, addr: u16, value: u8, before: u8, at: Cycle) {
        if addr & 7 == 0 {
            self.begin_control_write(before, at);
        }
        let dot = self.clock.dot_at(at, write_offset(addr));
        if !self.ppu.write_later(addr, value, dot, self.mapper.counts_to_irq()) {
            self.write_ppu_now(addr, value, dot, at);
        }
        if self.mapper.wired().has(Wired::FETCHES) {
            self.show_write(addr, value, at);
        }
    }

    /// A board that watches fetches may look at writes of the PPU's registers too.
    #[cold]
    fn show_write(&mut self, addr: u16, value: u8, at: Cycle) {
        if self.mapper.watcher().is_some_and(|board| board.snoops(addr, value)) {
            self.run_ppu_for_board(at);
            if let Some(board) = self.mapper.watcher() {
                board.snoop(&mut self.memory, addr, value, at);
            }
            self.memory.commit();
            self.schedule_mapper(at);
        }
    }

    #[cold]
    #[inline(never)] // as write_ppu
    fn write_ppu_now(&mut self, addr: u16, value: u8, dot: Dot, at: Cycle) {
        self.run_ppu(dot);
        self.ppu.write(addr, value);
        // No other register moves the NMI line.
        if addr & 7 == 0 {
            self.schedule_nmi();
        }
        self.schedule_mapper(at);
    }

    #[inline(never)] // as write_ppu
    fn write_2a03(&mut self, addr: u16, value: u8, at: Cycle) {
        match addr {
            0x4014 => {
                self.dma.start_oam(value);
                self.schedule_oam_dma();
            }
            0x4016 => self.controllers.write_strobe(value, at),
            // These registers move neither IRQ nor DMA.
            0x4000..=0x400F | 0x4011 | 0x4012 => self.apu.write(addr, value, at),
            0x4010..=0x4017 => {
                self.apu.write(addr, value, at);
                self.schedule_apu();
            }
            0x4018 => _ = self.exit_code.get_or_insert(value),
            _ => {}
        }
    }

    /// The dots of a $2000 write in which the CPU's data has not arrived.
    fn begin_control_write(&mut self, before: u8, at: Cycle) {
        let [start, end] = [offset::START, offset::CONTROL].map(|offset| self.clock.dot_at(at, offset));
        if start < end && self.ppu.may_copy_scroll_after(start) {
            self.run_ppu(start);
            self.ppu.begin_control_write(before);
        }
    }

    fn write_board(&mut self, addr: u16, value: u8, at: Cycle) {
        let wired = self.mapper.wired();
        if addr < 0x8000 && !wired.has(Wired::LOW_WRITES) {
            self.memory.write_prg_ram(addr, value);
            return;
        }
        let needs_ppu = self.mapper.needs_ppu(addr, value);
        if needs_ppu {
            self.run_ppu_for_board(at);
        }
        self.mapper.write(&mut self.memory, addr, value, at);
        let pages_moved = self.commit_board(needs_ppu, at);
        if needs_ppu || pages_moved || !wired.has(Wired::PPU) {
            self.schedule_mapper(at);
        }
    }

    /// Makes what the board has moved count, and returns whether that were pages of the PPU.
    fn commit_board(&mut self, ppu_is_there: bool, at: Cycle) -> bool {
        let change = self.memory.take_change();
        if change.intersects(Change::PRG) {
            self.map_generation += 1;
        }
        let pages_moved = change.intersects(Change::CHR | Change::NAMETABLES);
        if pages_moved {
            if !ppu_is_there {
                self.run_ppu_for_board(at);
            }
            self.memory.commit();
        }
        pages_moved
    }

    /// Shows a read of a PPU register to a board that watches it. The fetch of $2007 comes after that.
    #[cold]
    fn show_read(&mut self, addr: u16, at: Cycle) {
        self.mapper.read(&mut self.memory, addr, at);
        self.commit_board(false, at);
    }

    /// Brings the PPU to the moment of a write that it can tell.
    fn run_ppu_for_board(&mut self, at: Cycle) {
        self.run_ppu(self.clock.dot_at(at, offset::END));
        self.ppu.forget_foreseen();
    }

    /// Brings every chip to the start of cycle `at` and into canonical form: equal states then have equal fields. It
    /// has no effect on what follows.
    pub(crate) fn canonicalize(&mut self, at: Cycle, pc: u16) {
        self.sync(at);
        self.ppu.canonicalize();
        self.apu.canonicalize(at);
        self.mapper.canonicalize(&mut self.memory, at);
        // The next opcode fetch replaces the byte on the bus, unless it reads open bus.
        let open = match pc {
            0x0000..=0x1FFF => false,
            0x2000..=0x5FFF => true,
            _ => self.mapper.peek(&self.memory, pc).is_none(),
        };
        if !open {
            self.bus.external = 0;
        }
    }

    /// Loads the memory that is kept without power.
    pub(crate) fn load_battery(&mut self, bytes: &[u8]) {
        self.memory.load_battery(bytes);
        self.mapper.update_banks(&mut self.memory);
        self.map_generation += 1;
    }

    /// Rebuilds what is derived from a state that was loaded in cycle `at`.
    pub(crate) fn rebuild(&mut self, at: Cycle, irq_masked: bool) {
        self.memory.rebuild();
        self.mapper.update_banks(&mut self.memory);
        self.map_generation += 1;
        self.ppu.rebuild();
        self.apu.rebuild(at);
        self.scheduler.set_irq_mask(irq_masked);
        self.schedule_all(at);
    }
}

#[cfg(test)]
mod dma_tests;
