//! Camerica BF9093, BF9097: iNES 71. One register picks 16 KiB of PRG ROM for $8000; the last 16 KiB stay at $C000.
//!
//! ```text
//!             7654 3210
//! $8000-$9FFF ...M ....   which KiB of CIRAM all four nametables show (BF9097: Fire Hawk)
//! $C000-$FFFF .... PPPP
//! ```
//!
//! | submapper    | mirroring                                             |
//! |--------------|-------------------------------------------------------|
//! | 0 of NES 2.0 | solder pad                                            |
//! | 0 of iNES    | solder pad, until $9000-$9FFF is written: Fire Hawk does, and no other game |
//! | 1            | M                                                     |
//!
//! 8 KiB of CHR RAM. No bus conflicts. A circuit against the lockout chip is also at $E000-$FFFF.
//! <https://www.nesdev.org/wiki/INES_Mapper_071>

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::{Format, Mirroring};
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// Either chip.
#[derive(Clone, Debug)]
pub(crate) struct Bf909x {
    prg: u8,
    screen: u8,
    /// M counts.
    has_screen: bool,
    /// Where a write to M counts.
    screen_at: RangeInclusive<u16>,
    mirroring: Mirroring,
}

impl Board for Bf909x {
    const WRITES: Ranges = &[0x8000..=0x9FFF, 0xC000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        let screen_at = match (header.submapper, header.format) {
            (1, _) => 0x8000..=0x9FFF,
            (_, Format::Ines) => 0x9000..=0x9FFF,
            _ => super::board::NOTHING,
        };
        Self { prg: 0, screen: 0, has_screen: header.submapper == 1, screen_at, mirroring: header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        if self.screen_at.contains(&addr) {
            (self.has_screen, self.screen) = (true, value >> 4 & 1);
        } else if addr >= 0xC000 {
            self.prg = value & 0x0F;
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        map_plain_prg_ram(memory);
        memory.map_prg(16, 0, i32::from(self.prg));
        memory.map_prg(16, 1, -1);
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(if self.has_screen { Mirroring::single(self.screen) } else { self.mirroring });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Bf909x { prg: within(0..=0x0F), screen: within(0..=1), has_screen });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_bank_is_written_at_c000() {
        let mut rig = Rig::new(71, 0, 256, 0, [0, 7]);
        assert_eq!(rig.write(0xBFFF, 0xFF), Change::NONE);
        assert_eq!(rig.write(0xC000, 0xF5), Change::PRG);
        assert_eq!((rig.prg(), rig.nametables()), ([20, 22, 60, 62], [0, 0, 1, 1]));
        assert_eq!(rig.write(0x9000, 0x10), Change::NONE, "submapper 0");
    }

    #[test]
    fn fire_hawk_chooses_a_screen() {
        let mut rig = Rig::new(71, 1, 128, 0, [0, 7]);
        assert_eq!(rig.nametables(), [0; 4]);
        assert_eq!(rig.write(0x8000, 0x10), Change::NAMETABLES);
        assert_eq!(rig.nametables(), [1; 4]);
        // An iNES file of it.
        let mut file = b"NES\x1A\x08\x00\x70\x40\0\0\0\0\0\0\0\0".to_vec();
        file.resize(16 + 128 * 1024, 0xFF);
        let mut rig = Rig::of(&file);
        assert_eq!(rig.write(0x8FFF, 0x10), Change::NONE);
        rig.write(0x9000, 0xEF);
        assert_eq!(rig.nametables(), [0; 4]);
        rig.write(0x9FFF, 0x10);
        assert_eq!(rig.nametables(), [1; 4]);
    }
}
