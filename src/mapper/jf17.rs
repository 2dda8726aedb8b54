//! Jaleco JF-17: iNES 72, and JF-19: iNES 92. One register at $8000-$FFFF; its bits 7 and 6, when they rise, load the bank
//! in the other bits.
//!
//! ```text
//! 7654 3210
//! PCRS BBBB   P: 16 KiB of PRG ROM: on 72 at $8000, with the last bank at $C000; on 92 at $C000, with bank 0 at $8000
//!             C: 8 KiB of CHR ROM
//!             R, S and the address: speech
//! ```
//!
//! Mirroring by solder pad, AND bus conflicts, no submappers. <https://www.nesdev.org/wiki/INES_Mapper_072>,
//! <https://www.nesdev.org/wiki/INES_Mapper_092>

use super::board::{Board, NOTHING, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::{BusConflicts, map_plain_prg_ram};
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with three latches.
#[derive(Clone, Debug)]
pub(crate) struct Jf17 {
    latch: u8,
    prg: u8,
    chr: u8,
    is_jf19: bool,
    mirroring: Mirroring,
}

impl Board for Jf17 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [256, 128];
    const SOUND: Option<&'static str> = Some("uPD7756 (speech)");

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        Self { latch: 0, prg: 0, chr: 0, is_jf19: header.mapper == 92, mirroring: header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        let value = BusConflicts::And.resolve(memory, addr, value);
        let rises = value & !std::mem::replace(&mut self.latch, value);
        if rises & 0x80 != 0 {
            self.prg = value & 0x0F;
        }
        if rises & 0x40 != 0 {
            self.chr = value & 0x0F;
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        let bank = i32::from(self.prg);
        let [low, high] = if self.is_jf19 { [0, bank] } else { [bank, -1] };
        memory.map_prg(16, 0, low);
        memory.map_prg(16, 1, high);
        memory.map_chr(8, 0, i32::from(self.chr));
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Jf17 { latch, prg: within(0..=0x0F), chr: within(0..=0x0F) });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn banks_are_loaded_when_their_bits_rise() {
        let mut rig = Rig::new(72, 0, 256, 128, [0, 0]);
        assert_eq!(rig.write(0x8001, 0x85), Change::PRG);
        assert_eq!((rig.prg(), rig.chr()[0]), ([20, 22, 60, 62], 0));
        assert_eq!(rig.write(0x8001, 0x83), Change::NONE, "the bit is still set");
        assert_eq!(rig.write(0x8001, 0xC3), Change::CHR, "only bit 6 rises");
        assert_eq!(rig.write(0x8001, 0x07), Change::NONE);
        assert_eq!(rig.write(0x8001, 0xC7), Change::PRG | Change::CHR);
        assert_eq!((rig.prg()[0], rig.chr()[0]), (28, 56));
        rig.write(0x9000, 0xFF);
        assert_eq!(rig.write(0x8001, 0x41), Change::CHR, "the ROM had $1D there: no bit 6");
    }

    #[test]
    fn jf19_switches_the_upper_half() {
        let mut rig = Rig::new(92, 0, 256, 128, [0, 0]);
        assert_eq!(rig.prg(), [0, 2, 0, 2]);
        rig.write(0x8001, 0x8F);
        assert_eq!(rig.prg(), [0, 2, 60, 62]);
    }
}
