//! What a board is: the trait that each of them implements, and the kinds of wiring that a board chooses from.
//!
//! | associated type | choices | asks the board for |
//! |-----------------|---------|--------------------|
//! | `Irq`           | [`NoIrq`], [`CycleIrq`], [`FetchIrq`] | [`CountsCycles`], [`CountsFetches`] |
//! | `Reads`         | [`NoReads`], [`RegisterReads`]        | [`Readable`]                        |
//! | `Ppu`           | [`Unwatched`], [`WatchesA12`], [`WatchesFetches`] | [`SeesA12`], [`SeesFetches`] |
//!
//! **Contract.** The compiler asks for everything that a choice needs: no trait here has default methods. A choice that
//! a board does not make costs nothing, as each is a constant of its type ([`Wired`]).

use super::irq::{CycleCounter, IrqLine};
use super::scanline::ScanlineCounter;
use crate::cartridge::Header;
use crate::clock::{Dot, NEVER};
use crate::fetches::Run;
use crate::forecast::Forecast;
use crate::memory::Memory;
use crate::options::Mmc3Revision;
use crate::state::Persist;
use ricojit_interpreter::Cycle;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// CPU addresses.
pub(crate) type Ranges = &'static [RangeInclusive<u16>];

/// Whether `addr` is in one of them.
#[inline(always)] // the ranges are constants
pub(crate) fn contains(ranges: Ranges, addr: u16) -> bool {
    let mut at = 0;
    while at < ranges.len() {
        if *ranges[at].start() <= addr && addr <= *ranges[at].end() {
            return true;
        }
        at += 1;
    }
    false
}

/// No address.
#[allow(clippy::reversed_empty_ranges)]
pub(crate) const NOTHING: RangeInclusive<u16> = 1..=0;

/// The addresses `010x xxx1 xxxx xxxx`: where A14 and A8 are compared, as on boards with one small decoder.
pub(crate) const ODD_PAGES: [RangeInclusive<u16>; 16] = {
    let mut pages = [const { NOTHING }; 16];
    let mut page = 0;
    while page < pages.len() {
        let start = 0x4100 + 0x200 * page as u16;
        pages[page] = start..=start + 0xFF;
        page += 1;
    }
    pages
};

/// What a board is made from.
pub(crate) struct Setup<'a> {
    pub(crate) header: &'a Header,
    /// A revision that overrides the one which the submapper names.
    pub(crate) mmc3: Option<Mmc3Revision>,
}

/// A board: registers, and what they make of the page tables.
pub(crate) trait Board: Clone + Debug + Persist {
    /// The addresses of its registers, in $4020-$FFFF. All other writes go to the RAM that is mapped there.
    const WRITES: Ranges;
    /// Bytes of PRG ROM that are always switched together, aligned in CPU space: $1000 to $8000.
    const PRG_UNIT: usize;
    /// Addresses from $8000 on that show the same PRG ROM at all times.
    #[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "only code that is compiled ahead needs it"))]
    const FIXED_PRG: RangeInclusive<u16>;
    /// KiB of PRG ROM, and of CHR ROM or CHR RAM, that its registers can address.
    const LARGEST: [usize; 2];
    /// The board's sound chip, which is not emulated.
    const SOUND: Option<&'static str>;

    /// What its IRQ comes from.
    type Irq: IrqWiring<Self>;
    /// Whether it has registers that are read.
    type Reads: ReadWiring<Self>;
    /// What it sees of the PPU.
    type Ppu: PpuWiring<Self>;

    /// The board at power-on.
    fn new(setup: &Setup) -> Self;
    /// A CPU write to one of [`Board::WRITES`] in cycle `at`. Memory finds out what the new mapping changes.
    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle);
    /// Writes all page tables from the registers.
    fn update_banks(&self, memory: &mut Memory);
    /// The Reset button was pressed. Most boards are not connected to it.
    fn reset(&mut self, memory: &mut Memory);
}

/// What is wired on a board, as a word that the console tests before it asks the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wired(u8);

impl Wired {
    /// Nothing but registers that are written.
    pub(crate) const NOTHING: Self = Self(0);
    /// The IRQ line.
    pub(crate) const IRQ: Self = Self(1);
    /// PPU addresses.
    pub(crate) const PPU: Self = Self(2);
    /// Registers that are read.
    pub(crate) const READS: Self = Self(4);
    /// Registers below $8000 that are written.
    pub(crate) const LOW_WRITES: Self = Self(8);
    /// What the PPU fetches.
    pub(crate) const FETCHES: Self = Self(16);

    /// Whether any of `other` is.
    #[inline]
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Of a type of board.
    pub(super) const fn of<B: Board>() -> Self {
        let low = match B::WRITES.first() {
            Some(first) if *first.start() < 0x8000 => Self::LOW_WRITES,
            _ => Self::NOTHING,
        };
        low.and(B::Irq::WIRED).and(B::Reads::WIRED).and(B::Ppu::WIRED)
    }
}

// IRQ ----------------------------------------------------------------------------------------------------------

/// A choice for [`Board::Irq`].
pub(crate) trait IrqWiring<B> {
    const WIRED: Wired;
    /// The line, if there is one.
    fn line(board: &B) -> Option<&IrqLine>;
    /// Brings what counts CPU cycles to the start of cycle `at`.
    fn run_until(board: &mut B, at: Cycle);
    /// The earliest cycle from `now` on in which the line could rise by itself: maybe early, never late. With a forecast if
    /// the board watches the PPU.
    fn next(board: &B, now: Cycle, forecast: Option<&Forecast>) -> Cycle;
}

/// The board does not pull the IRQ line.
#[derive(Debug)]
pub(crate) struct NoIrq;

impl<B> IrqWiring<B> for NoIrq {
    const WIRED: Wired = Wired::NOTHING;

    fn line(_: &B) -> Option<&IrqLine> {
        None
    }

    fn run_until(_: &mut B, _: Cycle) {}

    fn next(_: &B, _: Cycle, _: Option<&Forecast>) -> Cycle {
        NEVER
    }
}

/// A counter of CPU cycles pulls it.
#[derive(Debug)]
pub(crate) struct CycleIrq;

/// A board with a counter of CPU cycles.
pub(crate) trait CountsCycles {
    /// The part that counts.
    type Counter: CycleCounter;
    fn counter(&self) -> &Self::Counter;
    fn counter_mut(&mut self) -> &mut Self::Counter;
}

impl<B: CountsCycles> IrqWiring<B> for CycleIrq {
    const WIRED: Wired = Wired::IRQ;

    fn line(board: &B) -> Option<&IrqLine> {
        Some(board.counter().line())
    }

    fn run_until(board: &mut B, at: Cycle) {
        board.counter_mut().run_until(at);
    }

    fn next(board: &B, now: Cycle, _: Option<&Forecast>) -> Cycle {
        board.counter().next(now)
    }
}

/// What the PPU fetches pulls it.
#[derive(Debug)]
pub(crate) struct FetchIrq;

/// A board whose IRQ comes from the PPU's fetches.
pub(crate) trait CountsFetches {
    fn irq_line(&self) -> &IrqLine;
    /// As [`IrqWiring::next`].
    fn next_irq(&self, now: Cycle, forecast: &Forecast) -> Cycle;
}

impl<B: CountsFetches> IrqWiring<B> for FetchIrq {
    const WIRED: Wired = Wired::IRQ;

    fn line(board: &B) -> Option<&IrqLine> {
        Some(board.irq_line())
    }

    fn run_until(_: &mut B, _: Cycle) {}

    #[inline]
    fn next(board: &B, now: Cycle, forecast: Option<&Forecast>) -> Cycle {
        forecast.map_or(now + 1, |forecast| board.next_irq(now, forecast))
    }
}

// Registers that are read --------------------------------------------------------------------------------------

/// A choice for [`Board::Reads`].
pub(crate) trait ReadWiring<B> {
    const WIRED: Wired;
    const READS: Ranges;
    fn read(board: &mut B, memory: &mut Memory, addr: u16, at: Cycle) -> Option<u8>;
    fn peek(board: &B, memory: &Memory, addr: u16) -> Option<u8>;
}

/// The CPU reads nothing but ROM and RAM.
#[derive(Debug)]
pub(crate) struct NoReads;

impl<B> ReadWiring<B> for NoReads {
    const WIRED: Wired = Wired::NOTHING;
    const READS: Ranges = &[];

    fn read(_: &mut B, memory: &mut Memory, addr: u16, _: Cycle) -> Option<u8> {
        memory.read_prg(addr)
    }

    fn peek(_: &B, memory: &Memory, addr: u16) -> Option<u8> {
        memory.read_prg(addr)
    }
}

/// There are registers that are read.
#[derive(Debug)]
pub(crate) struct RegisterReads;

/// A board with registers that are read.
pub(crate) trait Readable {
    /// Their addresses, in $4020-$7FFF; also PPU registers, $2000-$2007, of which the board sees that they are read.
    const READS: Ranges;
    /// What the board drives when the CPU reads one of them in cycle `at`; `None` is open bus. If the board watches the
    /// PPU, that has been brought to this cycle.
    fn read(&mut self, memory: &mut Memory, addr: u16, at: Cycle) -> Option<u8>;
    /// The same for a debugger: without effects, and as of the last access.
    fn peek(&self, memory: &Memory, addr: u16) -> Option<u8>;
}

impl<B: Readable> ReadWiring<B> for RegisterReads {
    const WIRED: Wired = Wired::READS;
    const READS: Ranges = B::READS;

    fn read(board: &mut B, memory: &mut Memory, addr: u16, at: Cycle) -> Option<u8> {
        if contains(B::READS, addr) { board.read(memory, addr, at) } else { memory.read_prg(addr) }
    }

    fn peek(board: &B, memory: &Memory, addr: u16) -> Option<u8> {
        if contains(B::READS, addr) { board.peek(memory, addr) } else { memory.read_prg(addr) }
    }
}

// The PPU ------------------------------------------------------------------------------------------------------

/// A choice for [`Board::Ppu`].
pub(crate) trait PpuWiring<B> {
    const WIRED: Wired;
    /// Whether a write depends on what the board has seen of the PPU so far, or decides what it makes of it from now on.
    /// May say yes needlessly. A write that only moves PPU pages does not.
    fn needs_ppu(board: &B, addr: u16, value: u8) -> bool;
    /// Whether a rise of A12 can assert the IRQ. Only an access changes that, or the IRQ.
    fn counts_to_irq(board: &B) -> bool;
    /// The board's counter of rises of A12, which sees the addresses in place of the board.
    fn scanline_counter(board: &mut B) -> Option<&mut ScanlineCounter>;
    /// The board, if it sees fetches.
    fn watcher(board: &mut B) -> Option<&mut dyn SeesFetches>;
    /// KiB of RAM in the board's chip that the PPU can see.
    fn own_ram(board: &B) -> usize;
    /// Brings what only the present can tell into one form, at the start of cycle `at`.
    fn canonicalize(board: &mut B, memory: &mut Memory, at: Cycle);
}

/// The board does not look at PPU addresses.
#[derive(Debug)]
pub(crate) struct Unwatched;

impl<B> PpuWiring<B> for Unwatched {
    const WIRED: Wired = Wired::NOTHING;

    #[inline]
    fn needs_ppu(_: &B, _: u16, _: u8) -> bool {
        false
    }

    #[inline]
    fn counts_to_irq(_: &B) -> bool {
        false
    }

    #[inline]
    fn scanline_counter(_: &mut B) -> Option<&mut ScanlineCounter> {
        None
    }

    fn watcher(_: &mut B) -> Option<&mut dyn SeesFetches> {
        None
    }

    fn own_ram(_: &B) -> usize {
        0
    }

    fn canonicalize(_: &mut B, _: &mut Memory, _: Cycle) {}
}

/// The board looks at A12.
#[derive(Debug)]
pub(crate) struct WatchesA12;

/// A board with a counter of rises of A12.
pub(crate) trait SeesA12 {
    /// As [`PpuWiring::needs_ppu`].
    fn needs_ppu(&self, addr: u16, value: u8) -> bool;
    fn scanline_counter(&self) -> &ScanlineCounter;
    fn scanline_counter_mut(&mut self) -> &mut ScanlineCounter;
}

impl<B: SeesA12> PpuWiring<B> for WatchesA12 {
    const WIRED: Wired = Wired::PPU;

    #[inline]
    fn needs_ppu(board: &B, addr: u16, value: u8) -> bool {
        board.needs_ppu(addr, value)
    }

    #[inline]
    fn counts_to_irq(board: &B) -> bool {
        board.scanline_counter().counts_to_irq()
    }

    #[inline]
    fn scanline_counter(board: &mut B) -> Option<&mut ScanlineCounter> {
        Some(board.scanline_counter_mut())
    }

    fn watcher(_: &mut B) -> Option<&mut dyn SeesFetches> {
        None
    }

    fn own_ram(_: &B) -> usize {
        0
    }

    fn canonicalize(board: &mut B, _: &mut Memory, _: Cycle) {
        board.scanline_counter_mut().canonicalize();
    }
}

/// The board looks at all that the PPU fetches, and may change what is mapped behind any of it.
#[derive(Debug)]
pub(crate) struct WatchesFetches;

/// The first CPU cycle that can notice what the board makes of a dot.
pub(crate) type At<'a> = &'a dyn Fn(Dot) -> Cycle;

/// A board that looks at fetches: at each by itself, or at a [`Run`] of them. Both must leave the same.
///
/// What it maps counts from then on, so it may only map patterns, and only from its registers and what it has seen.
pub(crate) trait SeesFetches {
    /// As [`PpuWiring::own_ram`].
    fn own_ram(&self) -> usize;
    /// As [`PpuWiring::needs_ppu`], and whether the write may move PPU pages: what it maps must not count before.
    fn needs_ppu(&self, addr: u16, value: u8) -> bool;
    /// Whether a fetch can assert the IRQ. Only an access changes that, or the IRQ.
    fn counts_to_irq(&self) -> bool;
    /// Whether a CPU write to one of the PPU's registers is one that the board acts on.
    fn snoops(&self, addr: u16, value: u8) -> bool;
    /// Such a write, in cycle `at`. The PPU has been brought to it.
    fn snoop(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle);
    /// The CPU reads the NMI vector in cycle `at`. The PPU has been brought to it.
    fn nmi(&mut self, memory: &mut Memory, at: Cycle);
    /// The PPU puts `addr` on its address bus.
    fn address(&mut self, memory: &mut Memory, addr: u16);
    /// The PPU reads `addr` in `dot`: the byte that it gets.
    fn fetch(&mut self, memory: &mut Memory, addr: u16, dot: Dot, at: At) -> u8;
    /// How many tiles or units of a run the PPU may fetch at once, from what [`SeesFetches::begin_run`] maps: but for the
    /// last one they leave that as it is. 0 if each fetch has to be seen.
    fn steady(&self, memory: &Memory, run: &Run) -> u16;
    /// Whether so it is in all lines from this one on, of which `run` is the first tiles, if no access intervenes.
    fn has_whole_lines(&self, run: &Run) -> bool;
    /// Such a run begins.
    fn begin_run(&mut self, memory: &mut Memory, run: &Run, at: At);
    /// It is over.
    fn end_run(&mut self, memory: &mut Memory, run: &Run);
    /// As [`PpuWiring::canonicalize`].
    fn canonicalize(&mut self, memory: &mut Memory, at: Cycle);
}

impl<B: SeesFetches> PpuWiring<B> for WatchesFetches {
    const WIRED: Wired = Wired::PPU.and(Wired::FETCHES);

    fn needs_ppu(board: &B, addr: u16, value: u8) -> bool {
        board.needs_ppu(addr, value)
    }

    fn counts_to_irq(board: &B) -> bool {
        board.counts_to_irq()
    }

    #[inline]
    fn scanline_counter(_: &mut B) -> Option<&mut ScanlineCounter> {
        None
    }

    fn watcher(board: &mut B) -> Option<&mut dyn SeesFetches> {
        Some(board)
    }

    fn own_ram(board: &B) -> usize {
        board.own_ram()
    }

    fn canonicalize(board: &mut B, memory: &mut Memory, at: Cycle) {
        board.canonicalize(memory, at);
    }
}
