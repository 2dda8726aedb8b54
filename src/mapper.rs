//! Boards: what hangs between the console's buses and the ROM chips.
//!
//! One enum dispatches to one file per board, named by board. A board keeps registers and derives from them who
//! sees what: it writes page tables into [`Memory`] and never touches a byte of an access itself, except for
//! registers. It does not know the PPU: the console shows it addresses ([`Mapper::ppu_address`]) and tells it
//! what the PPU will do ([`Forecast`]).
//!
//! # Adding a board
//!
//! 1. A file `mapper/<board>.rs`; its docs open with the iNES numbers, then the register table and the source.
//!    Its type has `new`, `write`, `update_banks`, `state`, and derives `Clone` and `Debug`.
//! 2. A variant of [`Mapper`]. The compiler now lists every `match` that needs an arm.
//! 3. A row in [`Mapper::new`]: the compiler does *not* catch this one.
//! 4. If it counts PPU fetches or drives IRQ: arms in `watches_ppu`, `ppu_address`, `irq`, `next_irq`, which have
//!    a catch-all.
//! 5. If a write may leave the PPU's view alone: an arm in `may_change_ppu`, which answers "yes" otherwise.
//! 6. Register tests at the bottom of the file; a ROM in the corpus.

mod axrom;
mod cnrom;
mod nrom;
mod uxrom;

use crate::cartridge::{Cartridge, CartridgeError};
use crate::clock::{Dot, NEVER, Region};
use crate::memory::{Access, Memory};
use crate::state::Visitor;
use axrom::Axrom;
use cnrom::Cnrom;
use interpreter::Cycle;
use nrom::Nrom;
use uxrom::Uxrom;

/// What a register write changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change(u8);

impl Change {
    /// Nothing that anybody else can see.
    pub const NONE: Self = Self(0);
    /// What the CPU sees at $6000-$FFFF.
    pub const PRG: Self = Self(1);
    /// What the PPU sees at $0000-$1FFF.
    pub const CHR: Self = Self(2);
    /// What the PPU sees at $2000-$3EFF.
    pub const NAMETABLES: Self = Self(4);
    /// The IRQ line, or when it will next be asserted.
    pub const IRQ: Self = Self(8);

    /// Whether all of `other` changed.
    #[inline]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` changed.
    #[inline]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl std::ops::BitOr for Change {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Which MMC3 it is, where the header does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mmc3Revision {
    /// MMC3B and most others: IRQ on each clock that leaves the counter at 0.
    Sharp,
    /// MMC3A: IRQ only when the counter gets to 0.
    Nec,
}

/// Choices that a header cannot make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapperOptions {
    /// Overrides the MMC3 revision that the submapper names.
    pub mmc3: Option<Mmc3Revision>,
}

/// Where the PPU stands and what it will fetch if nobody interferes: all that a board needs to foresee its IRQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Lines per frame and dots per cycle.
    pub region: Region,
    /// The PPU's scanline at the cycle asked about; the last one is pre-render.
    pub scanline: u16,
    /// Its dot in that line.
    pub dot: u16,
    /// Background or sprites are on.
    pub rendering: bool,
    /// A register write has not taken effect yet, so that the address bus may move soon in another way.
    pub pending: bool,
    /// Background pattern table: $0000 or $1000.
    pub background_table: u16,
    /// Pattern table of 8x8 sprites: $0000 or $1000.
    pub sprite_table: u16,
    /// Sprites are 8x16: each picks its own pattern table.
    pub tall_sprites: bool,
}

/// A board.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Mapper {
    /// iNES 0.
    Nrom(Nrom),
    /// iNES 2.
    Uxrom(Uxrom),
    /// iNES 3.
    Cnrom(Cnrom),
    /// iNES 7.
    Axrom(Axrom),
}

/// Calls the same method of whatever board it is.
macro_rules! each {
    ($mapper:expr, $board:ident => $call:expr) => {
        match $mapper {
            Mapper::Nrom($board) => $call,
            Mapper::Uxrom($board) => $call,
            Mapper::Cnrom($board) => $call,
            Mapper::Axrom($board) => $call,
        }
    };
}

impl Mapper {
    /// The board a header names, as it is at power-on.
    pub fn new(cartridge: &Cartridge, _options: &MapperOptions) -> Result<Self, CartridgeError> {
        let h = &cartridge.header;
        Ok(match h.mapper {
            0 => Self::Nrom(Nrom::new(h)),
            2 => Self::Uxrom(Uxrom::new(h)),
            3 => Self::Cnrom(Cnrom::new(h)),
            7 => Self::Axrom(Axrom::new(h)),
            mapper => return Err(CartridgeError::UnknownBoard { mapper, submapper: h.submapper }),
        })
    }

    /// A CPU write to $4020-$FFFF in cycle `at`; PRG RAM is stored to as well. The PPU must be up to date if
    /// [`Mapper::may_change_ppu`] says so.
    pub fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) -> Change {
        if addr < 0x8000 {
            // None of the boards so far has registers here.
            memory.write_prg_ram(addr, value);
            return Change::NONE;
        }
        let before = *memory.tables();
        let irq = each!(self, board => board.write(memory, addr, value, at));
        self.update_banks(memory);
        let after = memory.tables();
        let mut change = irq;
        for (moved, what) in [
            (before.prg != after.prg || before.prg_ram != after.prg_ram, Change::PRG),
            (before.ppu[..8] != after.ppu[..8], Change::CHR),
            (before.ppu[8..] != after.ppu[8..], Change::NAMETABLES),
        ] {
            if moved {
                change = change | what;
            }
        }
        change
    }

    /// Whether a write could change what the PPU sees, or depends on what it did so far. May say yes needlessly.
    #[inline]
    pub fn may_change_ppu(&self, addr: u16) -> bool {
        addr >= 0x8000 && !matches!(self, Self::Nrom(_) | Self::Uxrom(_))
    }

    /// Writes all page tables anew from the registers: after power-on and after a state was loaded.
    pub fn update_banks(&self, memory: &mut Memory) {
        each!(self, board => board.update_banks(memory));
    }

    /// The reset button. None of the boards so far is connected to it.
    pub fn reset(&mut self, memory: &mut Memory) {
        self.update_banks(memory);
    }

    /// Whether the board has to see PPU addresses.
    #[inline]
    pub fn watches_ppu(&self) -> bool {
        false
    }

    /// The PPU puts `addr` on its address bus at `dot`, which falls into CPU cycle `at`. Addresses come in order;
    /// one that leaves A12 as it was may be left out.
    #[inline]
    pub fn ppu_address(&mut self, _addr: u16, _dot: Dot, _at: Cycle) {}

    /// Whether the board pulls the IRQ line.
    #[inline]
    pub fn irq(&self) -> bool {
        false
    }

    /// The cycle since which the board pulls the IRQ line, if it does.
    #[inline]
    pub fn irq_since(&self) -> Option<Cycle> {
        None
    }

    /// The earliest cycle at which the board could assert IRQ by itself, given that no access changes the forecast:
    /// maybe early, never late, and later than `now` unless IRQ is asserted already.
    pub fn next_irq(&self, _now: Cycle, _forecast: &Forecast) -> Cycle {
        NEVER
    }

    /// Visits the registers.
    pub fn state(&mut self, s: &mut impl Visitor) {
        each!(self, board => board.state(s));
    }
}

/// Whether the ROM fights a CPU write for the data bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BusConflicts {
    None,
    /// Both drive: a 0 wins over a 1.
    And,
}

impl BusConflicts {
    /// What a register sees of `value` written to `addr`.
    fn resolve(self, memory: &Memory, addr: u16, value: u8) -> u8 {
        match self {
            Self::None => value,
            Self::And => value & memory.read_prg(addr).unwrap_or(0xFF),
        }
    }
}

/// Plain boards have their PRG RAM, if any, always on.
fn map_plain_prg_ram(memory: &mut Memory) {
    memory.map_prg_ram(0, Access::ReadWrite);
}
