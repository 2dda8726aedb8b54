//! The machine around the CPU, for both engines: memory, registers with side effects, timers; and a log.
//!
//! ```text
//! $0000-$1FFF  RAM, 8 KiB or 2 KiB mirrored: always plain
//! $2000-$5FFF  slow: every access is logged, values depend on all earlier accesses, and anything may happen
//! $6000-$7FFF  PRG RAM; each page is plain, read-only or slow, and that changes
//! $8000-$FFFF  ROM in four windows of 8 KiB; some pages of data are slow
//! ```
//!
//! The effect of a slow access is drawn from a seed, its number, address, value, cycle and the byte on the data bus: a
//! difference in any of them changes the rest of the run.

use crate::random::Random;
use ricojit_interpreter::{Bus, Cycle, Lines};
use ricojit_recompiler::{CodeBus, PAGE, Page};
use std::sync::Arc;

pub(crate) const NEVER: Cycle = Cycle::MAX;
pub(crate) const BANK: usize = 0x2000;

/// A random number that both numbers determine.
pub(crate) fn mix(seed: u64, n: u64) -> u64 {
    Random::new(seed ^ n.wrapping_mul(0xD134_2543_DE82_EF95)).next()
}

/// An access to a slow page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) at: Cycle,
    pub(crate) addr: u16,
    pub(crate) value: u8,
    pub(crate) write: bool,
    /// Of a read: the byte on the data bus before it.
    pub(crate) data_bus: u8,
}

/// The kind of memory of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    ReadOnly,
    Slow,
}

/// The values and effects of slow pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slow {
    /// As the head of this file says.
    Effects { banked: bool },
    /// Like `Effects`, without effects.
    Values,
    /// It is memory.
    Memory,
}

/// When the CPU is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timers {
    /// The cycle of the next NMI edge, and the time to the one after it (0: there is none).
    pub(crate) nmi: (Cycle, Cycle),
    /// From when until when the IRQ line is low.
    pub(crate) irq: (Cycle, Cycle),
    /// The first cycle in which the CPU is halted if it reads, and the time to the next.
    pub(crate) stall: (Cycle, Cycle),
    /// A spurious deadline, at which nothing happens, and the time to the next.
    pub(crate) spurious: (Cycle, Cycle),
}

impl Timers {
    pub(crate) const NONE: Self =
        Self { nmi: (NEVER, 0), irq: (NEVER, NEVER), stall: (NEVER, 0), spurious: (NEVER, 0) };
}

#[derive(Clone)]
pub(crate) struct TestBus {
    pub(crate) rom: Arc<[u8]>,
    pub(crate) banks: [usize; 4],
    pub(crate) ram: Vec<u8>,
    pub(crate) prg_ram: Vec<u8>,
    /// The contents of slow pages with `Slow::Memory`.
    pub(crate) memory: Vec<u8>,
    pub(crate) kinds: [Kind; 128],
    pub(crate) slow: Slow,
    pub(crate) seed: u64,
    pub(crate) timers: Timers,
    /// Whether the CPU is halted only while SYNC is high, as by the DMA of the 2A07.
    pub(crate) stalls_wait_for_sync: bool,
    /// Whether the deadline is always now.
    pub(crate) now: bool,
    pub(crate) log: Vec<Access>,
    masked: bool,
    generation: u64,
    data_bus: u8,
}

impl TestBus {
    pub(crate) fn new(rom: Arc<[u8]>, slow: Slow, seed: u64) -> Self {
        let mut kinds = [Kind::Slow; 128];
        kinds[..0x10].fill(Kind::Plain);
        kinds[0x30..0x40].fill(Kind::Plain);
        kinds[0x40..].fill(Kind::ReadOnly);
        Self {
            rom,
            banks: [0, 1, 2, 3],
            ram: vec![0; 0x2000],
            prg_ram: vec![0; 0x2000],
            memory: if slow == Slow::Memory { vec![0; 0x10000] } else { Vec::new() },
            kinds,
            slow,
            seed,
            timers: Timers::NONE,
            stalls_wait_for_sync: false,
            now: false,
            log: Vec::new(),
            masked: true,
            generation: 0,
            data_bus: 0,
        }
    }

    fn kind(&self, addr: u16) -> Kind {
        self.kinds[usize::from(addr) / PAGE]
    }

    fn rom_place(&self, addr: u16) -> usize {
        self.banks[usize::from(addr >> 13 & 3)] * BANK + usize::from(addr) % BANK
    }

    /// A byte of plain memory.
    fn plain_byte(&self, addr: u16) -> u8 {
        match addr {
            0..0x2000 => self.ram[usize::from(addr) % self.ram.len()],
            0x2000..0x8000 => self.prg_ram[usize::from(addr) % BANK],
            _ => self.rom[self.rom_place(addr)],
        }
    }

    /// Puts a byte where a read will find it; ROM stays as it is.
    pub(crate) fn set(&mut self, addr: u16, value: u8) {
        match addr {
            0..0x2000 => self.ram[usize::from(addr)] = value,
            0x6000..0x8000 => self.prg_ram[usize::from(addr) % BANK] = value,
            _ => {}
        }
        self.memory[usize::from(addr)] = value;
    }

    fn log(&mut self, at: Cycle, addr: u16, value: u8, write: bool) {
        let data_bus = if write { 0 } else { self.data_bus };
        self.log.push(Access { at, addr, value, write, data_bus });
    }

    fn draw(&self, at: Cycle, addr: u16, value: u8) -> u64 {
        let what = u64::from(addr) | u64::from(value) << 16 | (self.log.len() as u64) << 24;
        mix(mix(self.seed, what), at)
    }

    fn slow_read(&mut self, addr: u16, at: Cycle) -> u8 {
        let draw = self.draw(at, addr, self.data_bus);
        let value = match self.slow {
            Slow::Memory => self.memory[usize::from(addr)],
            _ if draw.is_multiple_of(4) => self.data_bus,
            _ => (draw >> 8) as u8,
        };
        self.log(at, addr, value, false);
        if addr == 0x4015 {
            self.timers.irq = (NEVER, NEVER);
        }
        self.effect(at, draw, false);
        value
    }

    fn slow_write(&mut self, addr: u16, value: u8, at: Cycle) {
        let draw = self.draw(at, addr, value);
        self.log(at, addr, value, true);
        if self.slow == Slow::Memory {
            self.memory[usize::from(addr)] = value;
        }
        self.effect(at, draw, true);
    }

    /// The effects of an access, beyond its value.
    fn effect(&mut self, at: Cycle, draw: u64, write: bool) {
        let Slow::Effects { banked } = self.slow else { return };
        let delay = (draw >> 24) % if draw >> 20 & 1 == 0 { 4 } else { 300 };
        let timers = &mut self.timers;
        match (draw >> 16) % 16 {
            0 => timers.nmi.0 = timers.nmi.0.min(at + delay),
            1 => timers.irq = (at + delay, at + delay + (draw >> 36) % 90),
            2 => timers.irq = (NEVER, NEVER),
            3 if write => timers.stall.0 = timers.stall.0.min(at + 1 + delay),
            4 => timers.spurious.0 = at + delay,
            5 => timers.nmi.0 = if timers.nmi.1 == 0 { NEVER } else { at + 1 + timers.nmi.1 },
            6 | 7 if banked => {
                let window = (draw >> 32) as usize % 4;
                self.banks[window] = (draw >> 40) as usize % (self.rom.len() / BANK);
                self.generation += 1;
            }
            8 => {
                let page = 0x30 + (draw >> 32) as usize % 0x10;
                self.kinds[page] = [Kind::Plain, Kind::ReadOnly, Kind::Slow][(draw >> 40) as usize % 3];
                self.generation += 1;
            }
            _ => {}
        }
    }

    /// Ends the IRQ and the spurious deadline if their time has passed.
    fn advance(&mut self, at: Cycle) {
        if self.timers.irq.1 < at {
            self.timers.irq = (NEVER, NEVER);
        }
        let spurious = &mut self.timers.spurious;
        if spurious.0 <= at {
            spurious.0 = if spurious.1 == 0 { NEVER } else { at + spurious.1 };
        }
    }

    /// The difference to another bus; the first `compared` accesses were compared before.
    pub(crate) fn difference(&self, other: &Self, compared: usize) -> Option<String> {
        let (mine, theirs) = (&self.log[compared..], &other.log[compared..]);
        if mine != theirs {
            let place = mine.iter().zip(theirs).take_while(|(a, b)| a == b).count();
            let show = |log: &[Access]| format!("{:02X?}", &log[place.saturating_sub(3)..log.len().min(place + 3)]);
            return Some(format!("slow accesses:\n  {}\n  {}", show(mine), show(theirs)));
        }
        let byte = |mine: &[u8], theirs: &[u8], name: &str| {
            let place = mine.iter().zip(theirs).position(|(a, b)| a != b)?;
            Some(format!("{name} ${place:04X}: {:02X} and {:02X}", mine[place], theirs[place]))
        };
        let state = |bus: &Self| {
            (bus.masked, bus.generation, bus.banks, bus.kinds, bus.timers.nmi, bus.timers.stall, bus.memory.len())
        };
        byte(&self.ram, &other.ram, "RAM")
            .or_else(|| byte(&self.prg_ram, &other.prg_ram, "PRG RAM"))
            .or_else(|| byte(&self.memory, &other.memory, "slow memory"))
            .or_else(|| (state(self) != state(other)).then(|| "map or timers".to_owned()))
    }
}

impl Bus for TestBus {
    const HAS_PLAIN: bool = true;

    fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        let value = if self.kind(addr) == Kind::Slow { self.slow_read(addr, at) } else { self.plain_byte(addr) };
        self.data_bus = value;
        value
    }

    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        self.data_bus = value;
        match (addr, self.kind(addr)) {
            (0..0x2000, _) => {
                let size = self.ram.len();
                self.ram[usize::from(addr) % size] = value;
            }
            (_, Kind::Plain) => self.prg_ram[usize::from(addr) % BANK] = value,
            _ => self.slow_write(addr, value, at),
        }
    }

    fn code(&mut self, addr: u16) -> Option<[u8; 4]> {
        let is_one_page = usize::from(addr) / PAGE == (usize::from(addr) + 3) / PAGE;
        let is_plain = addr >= 0x8000 && is_one_page && self.kind(addr) != Kind::Slow;
        is_plain.then(|| [0, 1, 2, 3].map(|i| self.plain_byte(addr + i)))
    }

    fn plain(&self, addr: u16) -> Option<u8> {
        (self.kind(addr) != Kind::Slow).then(|| self.plain_byte(addr))
    }

    fn data_bus(&self) -> u8 {
        self.data_bus
    }

    fn set_data_bus(&mut self, value: u8) {
        self.data_bus = value;
    }

    fn peek(&self, addr: u16) -> u8 {
        if self.kind(addr) == Kind::Slow { 0 } else { self.plain_byte(addr) }
    }

    fn deadline(&self) -> Cycle {
        let t = &self.timers;
        let irq = if self.masked { NEVER } else { t.irq.0.saturating_add(1) };
        let deadline = t.nmi.0.saturating_add(1).min(irq).min(t.stall.0).min(t.spurious.0);
        if self.now { 0 } else { deadline }
    }

    fn lines(&mut self, at: Cycle) -> Lines {
        self.advance(at);
        let nmi = &mut self.timers.nmi;
        let edge = nmi.0 < at;
        if edge {
            nmi.0 = if nmi.1 == 0 { NEVER } else { at + nmi.1 };
        }
        Lines { nmi: edge, irq: self.timers.irq.0 < at }
    }

    fn stall(&mut self, addr: u16, at: Cycle, sync: bool) -> Cycle {
        self.advance(at);
        if at < self.timers.stall.0 || self.stalls_wait_for_sync && !sync {
            return at;
        }
        let end = at + 1 + mix(self.seed, at) % 5;
        let gap = self.timers.stall.1;
        self.timers.stall.0 = if gap == 0 { NEVER } else { end + gap };
        for cycle in at..end {
            self.read(addr, cycle);
        }
        end
    }

    fn steady_until(&mut self, addr: u16, at: Cycle) -> Cycle {
        if self.kind(addr) == Kind::Slow { at } else { NEVER }
    }

    fn set_irq_mask(&mut self, masked: bool) {
        self.masked = masked;
    }
}

impl CodeBus for TestBus {
    fn map_generation(&self) -> u64 {
        self.generation
    }

    fn page(&mut self, index: usize) -> Page<'_> {
        let addr = index * PAGE;
        let page = match (addr, self.kinds[index]) {
            (_, Kind::Slow) => return Page::Slow,
            (0..0x2000, _) => {
                let start = addr % self.ram.len();
                &mut self.ram[start..start + PAGE]
            }
            (0x2000..0x8000, _) => &mut self.prg_ram[addr % BANK..addr % BANK + PAGE],
            _ => {
                let start = self.rom_place(addr as u16);
                return Page::Read(self.rom[start..start + PAGE].try_into().expect("a page has its size"));
            }
        };
        let page = page.try_into().expect("a page has its size");
        if self.kinds[index] == Kind::Plain { Page::ReadWrite(page) } else { Page::Read(page) }
    }

    fn window(&mut self, index: usize) -> Option<Page<'_, { 8 * PAGE }>> {
        let kind = self.kinds[8 * index];
        if index < 2 || self.kinds[8 * index..][..8].iter().any(|&page| page != kind) {
            return None;
        }
        let start = if index < 8 { index * 8 * PAGE % BANK } else { self.rom_place((index * 8 * PAGE) as u16) };
        Some(match (index, kind) {
            (_, Kind::Slow) => Page::Slow,
            (2..8, Kind::Plain) => Page::ReadWrite(self.prg_ram[start..].first_chunk_mut().expect("banks are larger")),
            (2..8, _) => Page::Read(self.prg_ram[start..].first_chunk().expect("banks are larger")),
            _ => Page::Read(self.rom[start..].first_chunk().expect("banks are larger")),
        })
    }

    fn rom_offset(&self, addr: u16) -> Option<u32> {
        (addr >= 0x8000 && self.kind(addr) != Kind::Slow).then(|| self.rom_place(addr) as u32)
    }
}
