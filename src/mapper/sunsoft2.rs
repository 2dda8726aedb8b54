//! Sunsoft-2: iNES 89 (on the Sunsoft-3 board), 93 (on the Sunsoft-3R board). One register at $8000-$FFFF picks 16 KiB of
//! PRG ROM for $8000, and CHR; the last 16 KiB of PRG ROM stay at $C000.
//!
//! ```text
//!      7654 3210
//! 89   CPPP MCCC   C: 8 KiB of CHR ROM; M: which KiB of CIRAM all four nametables show
//! 93   .PPP ...E   E: CHR RAM is there; otherwise it is open bus
//! ```
//!
//! AND bus conflicts, no submappers. With CHR ROM, 93 switches it as 89 does; mirroring is by solder pad.
//! <https://www.nesdev.org/wiki/INES_Mapper_089>, <https://www.nesdev.org/wiki/INES_Mapper_093>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::{Header, Mirroring};
use crate::memory::{Kib, Memory};
use std::ops::RangeInclusive;

/// Either board.
pub(crate) type Sunsoft2 = Latch<Lines>;

/// What is wired.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    mirroring: bool,
    chr_rom: bool,
}

impl Layout for Lines {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [128, 128];

    fn new(header: &Header) -> (Self, BusConflicts) {
        (Self { mirroring: header.mapper == 89, chr_rom: header.chr_rom_size != 0 }, BusConflicts::And)
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(latch >> 4 & 7));
        memory.map_prg(16, 1, -1);
        if self.mirroring {
            memory.set_mirroring(Mirroring::single(latch >> 3 & 1));
        }
        if self.chr_rom || latch & 1 != 0 {
            memory.map_chr(8, 0, if self.chr_rom { i32::from(latch >> 4 & 8 | latch & 7) } else { 0 });
        } else {
            (0..8).for_each(|slot| memory.map_kib(slot, Kib::Nothing));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn sunsoft_3_switches_all() {
        let mut rig = Rig::new(89, 0, 128, 128, [0, 0]);
        assert_eq!(rig.write(0x8001, 0xAB), Change::PRG | Change::CHR | Change::NAMETABLES);
        assert_eq!((rig.prg(), rig.chr()[0], rig.nametables()), ([8, 10, 28, 30], 88, [1; 4]));
        rig.write(0xF000, 0xFF);
        assert_eq!((rig.prg()[0], rig.chr()[0]), (4, 56), "the ROM has $1F there");
    }

    #[test]
    fn sunsoft_3r_switches_chr_ram_off() {
        let mut rig = Rig::new(93, 0, 128, 0, [0, 7]);
        assert_eq!((rig.memory.read_ppu(0x0123), rig.nametables()), (0x23, [0, 0, 1, 1]));
        assert_eq!(rig.write(0x8001, 0xA9), Change::PRG | Change::CHR);
        assert_eq!((rig.prg()[0], rig.chr(), rig.nametables()), (8, [0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 1]));
        let mut rom = Rig::new(93, 0, 128, 128, [0, 0]);
        assert_eq!(rom.write(0x8001, 0x8A), Change::CHR);
        assert_eq!((rom.chr()[0], rom.nametables()), (80, [0, 0, 1, 1]));
    }
}
