//! MMC2: iNES 9 (PxROM), and MMC4: iNES 10 (FxROM).
//!
//! ```text
//!                    MMC2                                       MMC4
//! $A000-$AFFF  PRG   ....PPPP  8 KiB at $8000, last 24 fixed    ....PPPP  16 KiB at $8000, last 16 fixed
//! $B000-$BFFF  CHR   ...CCCCC  4 KiB at PPU $0000 while its latch is $FD
//! $C000-$CFFF  CHR   ...CCCCC  4 KiB at PPU $0000 while its latch is $FE
//! $D000-$DFFF  CHR   ...CCCCC  4 KiB at PPU $1000 while its latch is $FD
//! $E000-$EFFF  CHR   ...CCCCC  4 KiB at PPU $1000 while its latch is $FE
//! $F000-$FFFF        .......M  0 vertical, 1 horizontal mirroring
//! ```
//!
//! A latch follows the tile that was read: behind the read of an address, the next one already comes from the other bank.
//!
//! | latch       | becomes $FD                    | becomes $FE                    |
//! |-------------|--------------------------------|--------------------------------|
//! | PPU $0000   | $0FD8 (MMC4: $0FD8-$0FDF)      | $0FE8 (MMC4: $0FE8-$0FEF)      |
//! | PPU $1000   | $1FD8-$1FDF                    | $1FE8-$1FEF                    |
//!
//! All reads count: of the background, of sprites, also of empty units, and of $2007. Nothing is known of the latches at
//! power-on; here they are $FE. <https://www.nesdev.org/wiki/MMC2>, <https://www.nesdev.org/wiki/MMC4>

use super::board::{At, Board, NoIrq, NoReads, Ranges, SeesFetches, Setup, WatchesFetches};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::clock::Dot;
use crate::fetches::Run;
use crate::memory::Memory;
use crate::state::{Impossible, Persist, Reader, Writer, persist};
use ricojit_interpreter::Cycle;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

/// What tells the two chips apart.
pub(crate) trait Chip: Clone + Debug {
    /// KiB of the PRG ROM bank at $8000.
    const PRG: usize;
    /// The address bits by which the latch of PPU $0000 knows a tile.
    const LEFT: u16;
}

/// The chip of Punch-Out!!.
#[derive(Clone, Debug)]
pub(crate) struct Pxrom;

impl Chip for Pxrom {
    const PRG: usize = 8;
    const LEFT: u16 = 0x3FFF;
}

/// The chip of Fire Emblem.
#[derive(Clone, Debug)]
pub(crate) struct Fxrom;

impl Chip for Fxrom {
    const PRG: usize = 16;
    const LEFT: u16 = 0x3FF8;
}

pub(crate) type Mmc2 = Tiles<Pxrom>;
pub(crate) type Mmc4 = Tiles<Fxrom>;

#[derive(Clone, Debug, Default)]
struct Registers {
    prg: u8,
    /// $B000, $C000, $D000 and $E000.
    chr: [u8; 4],
    mirroring: u8,
    /// Of PPU $0000 and $1000: whether it is $FE.
    latches: [bool; 2],
}

persist!(Registers { prg: within(0..=0x0F), chr: each(0..=0x1F), mirroring: within(0..=1), latches });

/// The board with latches that follow tiles.
#[derive(Clone, Debug)]
pub(crate) struct Tiles<C> {
    registers: Registers,
    chip: PhantomData<C>,
}

impl<C: Chip> Board for Tiles<C> {
    const WRITES: Ranges = &[0xA000..=0xFFFF];
    const PRG_UNIT: usize = C::PRG * 1024;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000 + Self::PRG_UNIT as u16..=0xFFFF;
    const LARGEST: [usize; 2] = [16 * C::PRG, 128];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = WatchesFetches;

    fn new(setup: &Setup) -> Self {
        let mirroring = u8::from(setup.header.mirroring == Mirroring::Horizontal);
        let registers = Registers { mirroring, latches: [true; 2], ..Registers::default() };
        Self { registers, chip: PhantomData }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) {
        let r = &mut self.registers;
        match addr >> 12 {
            0xA => r.prg = value & 0x0F,
            at @ 0xB..=0xE => r.chr[usize::from(at - 0xB)] = value & 0x1F,
            _ => r.mirroring = value & 1,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        let r = &self.registers;
        let windows = 32 / C::PRG;
        memory.map_prg(C::PRG, 0, r.prg.into());
        for window in 1..windows {
            memory.map_prg(C::PRG, window, window as i32 - windows as i32);
        }
        map_plain_prg_ram(memory);
        self.map_chr(memory, 0);
        self.map_chr(memory, 1);
        memory.set_mirroring(if r.mirroring == 0 { Mirroring::Vertical } else { Mirroring::Horizontal });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl<C: Chip> Tiles<C> {
    fn map_chr(&self, memory: &mut Memory, table: usize) {
        let Registers { chr, latches, .. } = &self.registers;
        memory.map_chr(4, table, chr[2 * table + usize::from(latches[table])].into());
    }

    /// Which latch the read of an address sets, and whether to $FE.
    fn latch_of(addr: u16) -> Option<(usize, bool)> {
        let table = usize::from(addr >> 12 & 3);
        match addr & if table == 0 { C::LEFT } else { 0x3FF8 } {
            0x0FD8 | 0x1FD8 => Some((table, false)),
            0x0FE8 | 0x1FE8 => Some((table, true)),
            _ => None,
        }
    }

    fn read(&mut self, memory: &mut Memory, addr: u16) {
        if let Some((table, latch)) = Self::latch_of(addr)
            && std::mem::replace(&mut self.registers.latches[table], latch) != latch
        {
            self.map_chr(memory, table);
        }
    }
}

/// The higher plane, which is read last, of a tile or a unit of a run.
fn higher_plane(memory: &Memory, run: &Run, at: u16) -> u16 {
    run.pattern(at, |name| memory.read_ppu(name)) | 8
}

impl<C: Chip> SeesFetches for Tiles<C> {
    fn own_ram(&self) -> usize {
        0
    }

    fn needs_ppu(&self, addr: u16, _value: u8) -> bool {
        addr >= 0xB000
    }

    fn counts_to_irq(&self) -> bool {
        false
    }

    fn snoops(&self, _: u16, _: u8) -> bool {
        false
    }

    fn snoop(&mut self, _: &mut Memory, _: u16, _: u8, _: Cycle) {}

    fn nmi(&mut self, _: &mut Memory, _: Cycle) {}

    fn address(&mut self, _: &mut Memory, _: u16) {}

    fn fetch(&mut self, memory: &mut Memory, addr: u16, _: Dot, _: At) -> u8 {
        let byte = memory.read_ppu(addr);
        self.read(memory, addr);
        byte
    }

    fn steady(&self, memory: &Memory, run: &Run) -> u16 {
        let switches = |&at: &u16| {
            Self::latch_of(higher_plane(memory, run, at))
                .is_some_and(|(table, latch)| self.registers.latches[table] != latch)
        };
        (0..run.count).find(switches).map_or(run.count, |last| last + 1)
    }

    /// Lines of games for this board rarely have no such tile.
    fn has_whole_lines(&self, _: &Run) -> bool {
        false
    }

    fn begin_run(&mut self, _: &mut Memory, _: &Run, _: At) {}

    fn end_run(&mut self, memory: &mut Memory, run: &Run) {
        let addr = higher_plane(memory, run, run.count - 1);
        self.read(memory, addr);
    }

    fn canonicalize(&mut self, _: &mut Memory, _: Cycle) {}
}

impl<C> Persist for Tiles<C> {
    fn save(&self, to: &mut Writer<'_>) {
        self.registers.save(to);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        self.registers.check(from)
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        self.registers.load(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetches::Patterns;
    use crate::mapper::tests::{Change, Rig};

    /// A board whose banks at PPU $0000 are 1 and 2, and at $1000 3 and 4.
    fn board(mapper: u16) -> Rig {
        let mut rig = Rig::new(mapper, 0, 128, 128, [7, 0]);
        for (addr, bank) in [(0xB000, 1), (0xCFFF, 2), (0xD123, 3), (0xE000, 0xE4)] {
            rig.write(addr, bank);
        }
        rig
    }

    /// The banks of both tables after a read.
    fn after(rig: &mut Rig, addr: u16) -> [u32; 2] {
        let Rig { mapper, memory, .. } = rig;
        mapper.watcher().unwrap().fetch(memory, addr, 0, &|_| 0);
        memory.commit();
        [0, 4].map(|slot| rig.chr()[slot] / 4)
    }

    #[test]
    fn prg_rom_is_switched_at_8000() {
        let mut rig = Rig::new(9, 0, 128, 128, [0, 0]);
        assert_eq!(rig.write(0xAFFF, 0xF5), Change::PRG);
        assert_eq!(rig.prg(), [10, 26, 28, 30]);
        let mut rig = Rig::new(10, 0, 256, 128, [7, 0]);
        rig.write(0xA000, 5);
        assert_eq!(rig.prg(), [20, 22, 60, 62]);
        rig.write(0x6000, 0x5A);
        assert_eq!(rig.memory.read_prg(0x6000), Some(0x5A));
    }

    #[test]
    fn mirroring_is_switched() {
        for mapper in [9, 10] {
            let mut rig = Rig::new(mapper, 0, 128, 128, [0, 0]);
            rig.write(0xF000, 0);
            assert_eq!(rig.nametables(), [0, 1, 0, 1]);
            assert_eq!(rig.write(0xFFFF, 1), Change::NAMETABLES);
            assert_eq!(rig.nametables(), [0, 0, 1, 1]);
        }
    }

    #[test]
    fn latches_follow_the_tiles_that_are_read() {
        for (mapper, other_rows) in [(9, false), (10, true)] {
            let mut rig = board(mapper);
            assert_eq!(after(&mut rig, 0x0FD0), [2, 4], "{mapper}: the lower plane does nothing");
            assert_eq!(after(&mut rig, 0x0FD9), [if other_rows { 1 } else { 2 }, 4]);
            assert_eq!(after(&mut rig, 0x0FD8), [1, 4]);
            assert_eq!(after(&mut rig, 0x1FDF), [1, 3]);
            assert_eq!(after(&mut rig, 0x2FE8), [1, 3], "a nametable");
            assert_eq!(after(&mut rig, 0x0FEF), [if other_rows { 2 } else { 1 }, 3]);
            assert_eq!(after(&mut rig, 0x0FE8), [2, 3]);
            assert_eq!(after(&mut rig, 0x1FEB), [2, 4]);
        }
    }

    #[test]
    fn the_byte_is_that_of_the_bank_before() {
        let mut rig = Rig::new(9, 0, 128, 128, [0, 0]);
        rig.write(0xB000, 7);
        let Rig { mapper, memory, .. } = &mut rig;
        let mut read = |addr| {
            let byte = mapper.watcher().unwrap().fetch(memory, addr, 0, &|_| 0);
            memory.commit();
            byte
        };
        // Each KiB begins with its number.
        assert_eq!([0x0000, 0x0FD8, 0x0000, 0x0FE8, 0x0000].map(&mut read), [0, 0xFF, 28, 0xFF, 0]);
    }

    #[test]
    fn a_run_ends_with_the_unit_that_switches() {
        let mut rig = board(10);
        let patterns = Patterns::Sprites([0x0FD1, 0x1FE2, 0x1FD0, 0x0FE0, 0, 0, 0, 0]);
        let mut run = Run { start: 0, first: 128, count: 4, v: 0, patterns };
        let steady = |rig: &mut Rig, run: &Run| rig.mapper.watcher().unwrap().steady(&rig.memory, run);
        assert_eq!(steady(&mut rig, &run), 1);
        run.count = 1;
        rig.mapper.watcher().unwrap().end_run(&mut rig.memory, &run);
        run.count = 4;
        assert_eq!(steady(&mut rig, &run), 3, "what is $FE already does not count");
    }
}
