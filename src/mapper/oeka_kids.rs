//! The board of the Oeka Kids games: iNES 96. CHR RAM of 32 KiB, so that each tile of a picture can be another one.
//!
//! ```text
//! $8000-$FFFF  .....CPP  P: 32 KiB of PRG ROM at $8000; C: 16 KiB of CHR RAM. The ROM fights writes
//! PPU A9, A8   ......cc  c: 4 KiB of these at PPU $0000, taken when the address bus comes to $2000-$2FFF from elsewhere;
//!                        at PPU $1000 are always the last 4 of the 16 KiB
//! ```
//!
//! So c is the rows of tiles: 0-7, 8-15, and so on. Attributes are read right behind a name, and change nothing. Sprite
//! units read nametables too; they are the next line's, as elsewhere in this PPU (the wiki has it that c is 0 there, which
//! no measurement is given for). Nametables are mirrored vertically. <https://www.nesdev.org/wiki/INES_Mapper_096>

use super::BusConflicts;
use super::board::{At, Board, NOTHING, NoIrq, NoReads, Ranges, SeesFetches, Setup, WatchesFetches};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::clock::Dot;
use crate::fetches::Run;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board that looks at nametable addresses.
#[derive(Clone, Debug)]
pub(crate) struct OekaKids {
    latch: u8,
    /// c.
    inner: u8,
    /// The address bus is at a nametable.
    in_names: bool,
}

persist!(OekaKids { latch, inner: within(0..=3), in_names });

impl Board for OekaKids {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [128, 32];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = WatchesFetches;

    fn new(_: &Setup) -> Self {
        Self { latch: 0, inner: 0, in_names: false }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) {
        self.latch = BusConflicts::And.resolve(memory, addr, value) & 7;
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(self.latch & 3));
        map_plain_prg_ram(memory);
        memory.set_mirroring(Mirroring::Vertical);
        self.map_chr(memory);
        memory.map_chr(4, 1, i32::from(self.latch & 4 | 3));
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl OekaKids {
    fn map_chr(&self, memory: &mut Memory) {
        memory.map_chr(4, 0, i32::from(self.latch & 4 | self.inner));
    }
}

impl SeesFetches for OekaKids {
    fn own_ram(&self) -> usize {
        0
    }

    fn needs_ppu(&self, _: u16, _: u8) -> bool {
        true
    }

    fn counts_to_irq(&self) -> bool {
        false
    }

    fn snoops(&self, _: u16, _: u8) -> bool {
        false
    }

    fn snoop(&mut self, _: &mut Memory, _: u16, _: u8, _: Cycle) {}

    fn nmi(&mut self, _: &mut Memory, _: Cycle) {}

    fn address(&mut self, memory: &mut Memory, addr: u16) {
        let inner = (addr >> 8) as u8 & 3;
        let in_names = addr >> 12 & 3 == 2;
        let comes = !std::mem::replace(&mut self.in_names, in_names) && in_names;
        if comes && std::mem::replace(&mut self.inner, inner) != inner {
            self.map_chr(memory);
        }
    }

    fn fetch(&mut self, memory: &mut Memory, addr: u16, _: Dot, _: At) -> u8 {
        memory.read_ppu(addr)
    }

    /// All tiles of a line are in one row, and so are the units.
    fn steady(&self, _: &Memory, run: &Run) -> u16 {
        run.count
    }

    fn has_whole_lines(&self, _: &Run) -> bool {
        false
    }

    fn begin_run(&mut self, memory: &mut Memory, run: &Run, _: At) {
        self.address(memory, run.name_address(0));
    }

    /// The bus is at a pattern.
    fn end_run(&mut self, _: &mut Memory, _: &Run) {
        self.in_names = false;
    }

    fn canonicalize(&mut self, _: &mut Memory, _: Cycle) {}
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    fn show(rig: &mut Rig, addr: u16) -> [u32; 2] {
        let Rig { mapper, memory, .. } = rig;
        mapper.watcher().unwrap().address(memory, addr);
        memory.commit();
        [0, 4].map(|slot| rig.chr()[slot] / 4)
    }

    #[test]
    fn names_select_a_quarter() {
        let mut rig = Rig::new(96, 0, 128, 0, [0, 9]);
        assert_eq!(show(&mut rig, 0x2155), [1, 3]);
        assert_eq!(show(&mut rig, 0x23C5), [1, 3], "attributes come from a name");
        assert_eq!(show(&mut rig, 0x1000), [1, 3]);
        assert_eq!(show(&mut rig, 0x2355), [3, 3]);
        assert_eq!(show(&mut rig, 0x3100), [3, 3], "not a nametable");
        assert_eq!(show(&mut rig, 0x2255), [2, 3]);
    }

    #[test]
    fn the_register_selects_prg_rom_and_a_half() {
        let mut rig = Rig::new(96, 0, 128, 0, [0, 9]);
        assert_eq!(rig.write(0x8001, 0xFE), Change::PRG | Change::CHR);
        assert_eq!(rig.prg()[0], 16);
        assert_eq!(show(&mut rig, 0x2155), [5, 7]);
        // The ROM has the number of its 4 KiB there.
        rig.write(0x8000, 0x03);
        assert_eq!(rig.prg()[0], 0);
        assert_eq!(rig.nametables(), [0, 1, 0, 1]);
    }
}
