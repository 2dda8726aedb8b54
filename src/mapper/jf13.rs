//! Jaleco JF-13: iNES 86. A register at $6000-$6FFF picks 32 KiB of PRG ROM and 8 KiB of CHR ROM; one at $7000-$7FFF plays
//! speech.
//!
//! ```text
//! 7654 3210
//! .CPP ..CC
//! ```
//!
//! The board decodes with /ROMSEL, which is high while M2 is low: the registers are also at $E000-$FFFF. Mirroring by
//! solder pad. No bus conflicts, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_086>

use super::board::{Board, NOTHING, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with speech.
#[derive(Clone, Debug)]
pub(crate) struct Jf13 {
    latch: u8,
    mirroring: Mirroring,
}

impl Board for Jf13 {
    const WRITES: Ranges = &[0x6000..=0x7FFF, 0xE000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [128, 64];
    const SOUND: Option<&'static str> = Some("uPD7756 (speech)");

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        Self { latch: 0, mirroring: setup.header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        if addr & 0x1000 == 0 {
            self.latch = value;
            self.update_banks(memory);
        }
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        memory.map_prg(32, 0, i32::from(self.latch >> 4 & 3));
        memory.map_chr(8, 0, i32::from(self.latch >> 4 & 4 | self.latch & 3));
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Jf13 { latch });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn the_register_of_banks_is_at_two_places() {
        let mut rig = Rig::new(86, 0, 128, 64, [0, 0]);
        assert_eq!(rig.write(0x7FFF, 0x55), Change::NONE);
        assert_eq!(rig.write(0x6FFF, 0xED), Change::PRG | Change::CHR);
        assert_eq!((rig.prg(), rig.chr()[0]), ([16, 18, 20, 22], 40));
        assert_eq!(rig.write(0xF000, 0x00), Change::NONE);
        assert_eq!(rig.write(0xDFFF, 0x00), Change::NONE);
        assert_eq!(rig.write(0xE000, 0x12), Change::PRG | Change::CHR);
        assert_eq!((rig.prg()[0], rig.chr()[0]), (8, 16));
    }
}
