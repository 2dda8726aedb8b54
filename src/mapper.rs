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
//!    Its type has `new`, `write`, `update_banks`, `state`, and derives `Clone` and `Debug`. `write` updates only
//!    what changed and says so: the answer is what engines act on.
//! 2. A variant of [`Mapper`] and a row in `each!`. The compiler asks for the second.
//! 3. A row in [`Mapper::new`]: the compiler does *not* catch this one.
//! 4. If it counts PPU fetches or drives IRQ: arms in `watches_ppu`, `ppu_address`, `irq`, `irq_since`, `irq_at`
//!    and `next_irq`, which have a catch-all.
//! 5. If a write may leave the PPU's view alone: an arm in `may_change_ppu`, which answers "yes" otherwise.
//! 6. If some of PRG ROM is always mapped the same: an arm in `prg_is_fixed`, which lets code be found without a run.
//! 7. Register tests at the bottom of the file, its number in `tests::BOARDS` below, a ROM in the corpus.

mod a12;
mod axrom;
mod cnrom;
mod mmc1;
mod mmc3;
mod nrom;
mod uxrom;

use crate::cartridge::Cartridge;
use crate::clock::NEVER;
use crate::forecast::Forecast;
use crate::memory::{Access, Memory};
use crate::options::Mmc3Revision;
use crate::state::{Impossible, Persist, Reader, Writer};
use axrom::Axrom;
use cnrom::Cnrom;
use mmc1::Mmc1;
use mmc3::Mmc3;
use nrom::Nrom;
use ricojit_interpreter::Cycle;
use uxrom::Uxrom;

/// What a register write changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change(u8);

impl Change {
    /// Nothing that anybody else can see.
    pub(crate) const NONE: Self = Self(0);
    /// What the CPU sees at $6000-$FFFF.
    pub(crate) const PRG: Self = Self(1);
    /// What the PPU sees at $0000-$1FFF.
    pub(crate) const CHR: Self = Self(2);
    /// What the PPU sees at $2000-$3EFF.
    pub(crate) const NAMETABLES: Self = Self(4);
    /// The IRQ line, or when it will next be asserted.
    pub(crate) const IRQ: Self = Self(8);

    /// Whether any of `other` changed.
    #[inline]
    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// This, if so; otherwise nothing.
    #[inline]
    const fn when(self, so: bool) -> Self {
        if so { self } else { Self::NONE }
    }
}

impl std::ops::BitOr for Change {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A board.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub(crate) enum Mapper {
    Nrom(Nrom),
    Mmc1(Mmc1),
    Uxrom(Uxrom),
    Cnrom(Cnrom),
    Mmc3(Mmc3),
    Axrom(Axrom),
}

/// Calls the same method of whatever board it is.
macro_rules! each {
    ($mapper:expr, $board:ident => $call:expr) => {
        match $mapper {
            Mapper::Nrom($board) => $call,
            Mapper::Mmc1($board) => $call,
            Mapper::Uxrom($board) => $call,
            Mapper::Cnrom($board) => $call,
            Mapper::Mmc3($board) => $call,
            Mapper::Axrom($board) => $call,
        }
    };
}

impl Mapper {
    /// The board that a header names, as it is at power-on; `None` if it is not supported. [`Mapper::update_banks`] then
    /// shows it to a memory. A revision of the MMC3 overrides the one that the submapper names.
    pub(crate) fn new(cartridge: &Cartridge, mmc3: Option<Mmc3Revision>) -> Option<Self> {
        let h = &cartridge.header;
        Some(match h.mapper {
            0 => Self::Nrom(Nrom::new(h)),
            1 => Self::Mmc1(Mmc1::new(h)),
            2 => Self::Uxrom(Uxrom::new(h)),
            3 => Self::Cnrom(Cnrom::new(h)),
            4 => Self::Mmc3(Mmc3::new(h, mmc3)),
            7 => Self::Axrom(Axrom::new(h)),
            _ => return None,
        })
    }

    /// A CPU write to $4020-$FFFF in cycle `at`; PRG RAM is stored to as well. Where [`Mapper::may_change_ppu`]
    /// says so, the PPU must have been brought to this cycle before.
    pub(crate) fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) -> Change {
        if addr < 0x8000 {
            // None of the boards so far has registers here.
            memory.write_prg_ram(addr, value);
            return Change::NONE;
        }
        each!(self, board => board.write(memory, addr, value, at))
    }

    /// Whether this write could change what the PPU sees, or depends on what the PPU did so far. May say yes
    /// needlessly.
    #[inline]
    pub(crate) fn may_change_ppu(&self, addr: u16, value: u8) -> bool {
        addr >= 0x8000
            && match self {
                Self::Nrom(_) | Self::Uxrom(_) => false,
                Self::Mmc1(board) => board.may_change_ppu(addr, value),
                Self::Mmc3(board) => board.may_change_ppu(addr, value),
                Self::Axrom(board) => board.may_change_ppu(value),
                Self::Cnrom(_) => true,
            }
    }

    /// Writes all page tables from the registers: at power-on and after a state was loaded.
    pub(crate) fn update_banks(&self, memory: &mut Memory) {
        each!(self, board => board.update_banks(memory));
    }

    /// The reset button. None of the boards so far is connected to it.
    pub(crate) fn reset(&mut self, _memory: &mut Memory) {}

    /// Whether the board has to see PPU addresses.
    #[inline]
    pub(crate) fn watches_ppu(&self) -> bool {
        matches!(self, Self::Mmc3(_))
    }

    /// Whether a rise of A12 can assert the IRQ. Only an access changes that, or the IRQ.
    #[inline]
    pub(crate) fn counts_to_irq(&self) -> bool {
        matches!(self, Self::Mmc3(board) if board.counts_to_irq())
    }

    /// The PPU puts `addr` on its address bus at `dot`; `at` is the first CPU cycle that can notice what the board makes
    /// of it. Addresses come in order. One that leaves A12 as it was may be left out, and so may a fall and the rise
    /// after it if they are less than three cycles apart, because no program can tell.
    #[inline]
    pub(crate) fn ppu_address(&mut self, addr: u16, at: impl FnOnce() -> Cycle) {
        if let Self::Mmc3(board) = self {
            board.ppu_address(addr, at);
        }
    }

    /// Whether the board pulls the IRQ line. Only an access ends that.
    #[inline]
    pub(crate) fn irq(&self) -> bool {
        match self {
            Self::Mmc3(board) => board.irq(),
            _ => false,
        }
    }

    /// The cycle in which the board began to pull the IRQ line, if it does now.
    #[cfg(test)]
    pub(crate) fn irq_since(&self) -> Option<Cycle> {
        match self {
            Self::Mmc3(board) => board.irq_since(),
            _ => None,
        }
    }

    /// Brings what only the present can tell into one form.
    pub(crate) fn canonicalize(&mut self) {
        if let Self::Mmc3(board) = self {
            board.canonicalize();
        }
    }

    /// Whether the board pulled the IRQ line at the end of cycle `at`: right for the span since the line last rose
    /// or fell before its newest change, so for any of the last cycles.
    #[inline]
    pub(crate) fn irq_at(&self, at: Cycle) -> bool {
        match self {
            Self::Mmc3(board) => board.irq_at(at),
            _ => false,
        }
    }

    /// The earliest cycle at which the board could assert IRQ by itself, given that no access changes the forecast:
    /// maybe early, never late, and later than `now` unless IRQ is asserted already. The PPU, and what the board saw
    /// of it, must be up to date.
    #[inline]
    pub(crate) fn next_irq(&self, now: Cycle, forecast: &Forecast) -> Cycle {
        match self {
            Self::Mmc3(board) => board.next_irq(now, forecast),
            _ => NEVER,
        }
    }

    /// Whether the board maps the same PRG ROM at a CPU address from $8000 on at all times.
    #[cfg(feature = "jit")]
    pub(crate) fn prg_is_fixed(&self, addr: u16) -> bool {
        match self {
            Self::Nrom(_) | Self::Cnrom(_) => true,
            Self::Uxrom(_) => addr >= 0xC000,
            Self::Mmc3(_) => addr >= 0xE000,
            Self::Mmc1(_) | Self::Axrom(_) => false,
        }
    }

    /// Bytes of PRG ROM that the board always switches together, aligned in CPU space.
    pub(crate) fn prg_unit(&self) -> usize {
        match self {
            Self::Nrom(_) | Self::Cnrom(_) | Self::Axrom(_) => 0x8000,
            Self::Uxrom(_) | Self::Mmc1(_) => 0x4000,
            Self::Mmc3(_) => 0x2000,
        }
    }
}

impl Persist for Mapper {
    fn save(&self, to: &mut Writer<'_>) {
        each!(self, board => board.save(to));
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        each!(self, board => board.check(from))
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        each!(self, board => board.load(from));
    }
}

/// Whether the ROM fights a CPU write for the data bus (<https://www.nesdev.org/wiki/Bus_conflict>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BusConflicts {
    /// The board turns the ROM off during writes.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::RamPattern;

    /// Every board number there is.
    const BOARDS: [u16; 6] = [0, 1, 2, 3, 4, 7];

    /// A machine's board and memory, for register tests.
    pub(super) struct Rig {
        pub(super) mapper: Mapper,
        pub(super) memory: Memory,
        at: Cycle,
    }

    impl Rig {
        /// A NES 2.0 board. Each 4 KiB of PRG ROM and each KiB of CHR ROM begin with their number.
        pub(super) fn new(mapper: u16, submapper: u8, prg_kb: usize, chr_kb: usize, ram: [u8; 2]) -> Self {
            let [prg_ram, chr_ram] = ram;
            let mut file = vec![0; 16];
            file[..4].copy_from_slice(b"NES\x1A");
            file[4] = (prg_kb / 16) as u8;
            file[5] = (chr_kb / 8) as u8;
            file[6] = (mapper as u8) << 4;
            file[7] = mapper as u8 & 0xF0 | 8;
            file[8] = submapper << 4;
            file[10] = prg_ram;
            file[11] = chr_ram;
            for (kb, unit) in [(prg_kb, 4), (chr_kb, 1)] {
                for i in 0..kb / unit {
                    let page = file.len();
                    file.resize(page + unit * 1024, 0xFF);
                    file[page] = i as u8;
                }
            }
            Self::of(&file)
        }

        pub(super) fn of(file: &[u8]) -> Self {
            let cartridge = Cartridge::load(file).unwrap();
            let mapper = Mapper::new(&cartridge, None).unwrap();
            let mut memory = Memory::new(&cartridge, RamPattern::Zeros);
            mapper.update_banks(&mut memory);
            Self { mapper, memory, at: 0 }
        }

        /// A write long after the last one.
        pub(super) fn write(&mut self, addr: u16, value: u8) -> Change {
            self.write_after(10, addr, value)
        }

        pub(super) fn write_after(&mut self, cycles: Cycle, addr: u16, value: u8) -> Change {
            self.at += cycles;
            self.mapper.write(&mut self.memory, addr, value, self.at)
        }

        /// Numbers of the 4 KiB pages of PRG ROM at $8000, $A000, $C000, $E000.
        pub(super) fn prg(&self) -> [u32; 4] {
            [0x8000, 0xA000, 0xC000, 0xE000].map(|addr| self.memory.prg_offset(addr).unwrap() >> 12)
        }

        /// Numbers of the KiB of CHR at each KiB of pattern space.
        pub(super) fn chr(&self) -> [u32; 8] {
            std::array::from_fn(|slot| match self.memory.ppu_page(slot) {
                crate::memory::PpuPage::Rom(offset) => offset >> 10,
                crate::memory::PpuPage::Vram(offset) => (offset - 0x800) >> 10,
            })
        }

        /// Which KiB of CIRAM each nametable shows.
        pub(super) fn nametables(&self) -> [u32; 4] {
            std::array::from_fn(|slot| match self.memory.ppu_page(8 + slot) {
                crate::memory::PpuPage::Vram(offset) => offset >> 10,
                crate::memory::PpuPage::Rom(_) => panic!("nametable in ROM"),
            })
        }
    }

    #[test]
    fn nrom_mirrors_a_small_rom_and_ignores_writes() {
        let mut rig = Rig::new(0, 0, 16, 8, [5, 0]);
        assert_eq!(rig.prg(), [0, 2, 0, 2]);
        assert_eq!(rig.write(0x8000, 0xFF), Change::NONE);
        assert_eq!(rig.prg(), [0, 2, 0, 2]);
        assert_eq!(rig.chr(), [0, 1, 2, 3, 4, 5, 6, 7]);
        // 2 KiB of PRG RAM (Family BASIC), four times.
        rig.write(0x6000, 0x5A);
        assert_eq!(rig.memory.read_prg(0x7800), Some(0x5A));
    }

    /// Random writes: whatever moves in the page tables is in the answer, writes that `may_change_ppu` calls harmless
    /// are, and rebuilding all tables from the registers changes nothing.
    #[test]
    fn boards_report_every_change() {
        let mut seed = 1_u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as u32
        };
        for board in BOARDS {
            let mut changes = 0;
            for (submapper, prg, chr, ram) in [
                (0, 512, 0, [9, 7]),
                (1, 256, 128, [7, 0]),
                (2, 128, 0, [7, 7]),
                (5, 48, 24, [0, 0]),
                (0, 32, 0, [8, 7]),
            ] {
                let mut rig = Rig::new(board, submapper, prg, chr, ram);
                for _ in 0..4000 {
                    let addr = 0x8000 | random() as u16;
                    // Few resets, so that MMC1 gets its five bits.
                    let value = if random() % 16 == 0 { random() as u8 } else { random() as u8 & 0x7F };
                    let before = *rig.memory.tables();
                    let harmless = !rig.mapper.may_change_ppu(addr, value);
                    let change = rig.write_after(u64::from(random() % 2 + 1), addr, value);
                    let after = *rig.memory.tables();
                    let prg_moved = before.prg != after.prg || before.prg_ram != after.prg_ram;
                    assert!(!prg_moved || change.intersects(Change::PRG), "board {board} {addr:04X}");
                    let chr_moved = before.ppu[..8] != after.ppu[..8];
                    assert!(!chr_moved || change.intersects(Change::CHR), "board {board} {addr:04X}");
                    let nametables_moved = before.ppu[8..] != after.ppu[8..];
                    assert!(!nametables_moved || change.intersects(Change::NAMETABLES), "board {board} {addr:04X}");
                    assert!(!harmless || !(chr_moved || nametables_moved), "board {board} {addr:04X}");
                    changes += u32::from(before != after);
                    rig.mapper.update_banks(&mut rig.memory);
                    assert_eq!(after, *rig.memory.tables(), "board {board} {addr:04X}={value:02X}");
                }
            }
            assert!(board == 0 || changes > 100, "board {board} changed {changes} times");
        }
    }
}
