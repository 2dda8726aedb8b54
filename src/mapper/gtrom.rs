//! GTROM (Cheapocabra): iNES 111.
//!
//! ```text
//!                           76543210
//! $5000-$5FFF, $7000-$7FFF  GRNCPPPP  P: 32 KiB of PRG ROM at $8000
//!                                     C: 8 KiB of patterns, the first or the second of the board's 32 KiB
//!                                     N: 8 KiB at $2000-$3EFF, the third or the fourth
//!                                     R, G: LEDs, 0 is on
//! ```
//!
//! Writes to $8000-$FFFF go to the flash chip that PRG ROM is. The console's CIRAM is off; nothing of $2000-$3EFF is mirrored.
//! <https://www.nesdev.org/wiki/GTROM>
//!
//! A read of the register's addresses writes it, too, with what the data bus holds.

use super::board::{Board, NOTHING, NoIrq, Ranges, Readable, RegisterReads, Setup, Unwatched};
use super::parts::flash::Flash;
use crate::memory::{Kib, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board of flash and RAM.
#[derive(Clone, Debug)]
pub(crate) struct Gtrom {
    register: u8,
    flash: Flash,
}

impl Board for Gtrom {
    const WRITES: Ranges = &[0x5000..=0x5FFF, 0x7000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [512, 32];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = RegisterReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        Self { register: 0, flash: Flash::default() }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        if addr < 0x8000 {
            self.register = value;
        } else {
            let offset = usize::from(self.register & 0xF) << 15 | usize::from(addr & 0x7FFF);
            self.flash.write(offset, value, memory);
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        if self.flash.identifies() {
            memory.map_flash_id();
        } else {
            memory.map_flash(32, 0, i32::from(self.register & 0xF));
        }
        let (patterns, nametables) = (self.register >> 4 & 1, 2 + (self.register >> 5 & 1));
        for page in 0..8 {
            memory.map_kib(page, Kib::Ram(usize::from(patterns) * 8 + page));
            memory.map_kib(8 + page, Kib::Ram(usize::from(nametables) * 8 + page));
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Readable for Gtrom {
    const READS: Ranges = &[0x5000..=0x5FFF, 0x7000..=0x7FFF];

    fn read(&mut self, memory: &mut Memory, _: u16, _: Cycle) -> Option<u8> {
        self.register = memory.data_bus;
        self.update_banks(memory);
        None
    }

    fn peek(&self, _: &Memory, _: u16) -> Option<u8> {
        None
    }
}

persist!(Gtrom { register, flash });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;
    use crate::memory::PpuPage;

    #[test]
    fn one_register_switches_everything() {
        let mut rig = Rig::new(111, 0, 512, 0, [0, 9]);
        for (addr, value, prg, patterns, nametables) in
            [(0x5000, 0x03, 24, 0, 16), (0x7FFF, 0x1F, 120, 8, 16), (0x5FFF, 0x20, 0, 0, 24), (0x6000, 0xFF, 0, 0, 24)]
        {
            rig.write(addr, value);
            assert_eq!(rig.prg(), [prg, prg + 2, prg + 4, prg + 6], "{value:02X}");
            for page in 0..8 {
                let kib = |kib: u32| PpuPage::Vram(0x800 + ((kib + page as u32) << 10));
                assert_eq!(
                    [rig.memory.ppu_page(page), rig.memory.ppu_page(8 + page)],
                    [kib(patterns), kib(nametables)]
                );
            }
        }
    }

    #[test]
    fn a_read_writes_the_register() {
        let mut rig = Rig::new(111, 0, 512, 0, [0, 9]);
        for (addr, bus, prg) in [(0x5000, 0x52, 16), (0x7FFF, 0x73, 24), (0x6000, 0x64, 24)] {
            rig.memory.data_bus = bus;
            assert_eq!((rig.read(addr), rig.prg()[0]), (None, prg), "{addr:04X}");
        }
    }

    #[test]
    fn flash_has_all_of_8000() {
        let mut rig = Rig::new(111, 0, 512, 0, [0, 9]);
        rig.write(0x5000, 2);
        for (addr, value) in [(0xD555, 0xAA), (0xAAAA, 0x55), (0xD555, 0xA0), (0xF000, 0x10)] {
            rig.write(addr, value);
        }
        assert_eq!((rig.read(0xF000), rig.memory.battery().unwrap()[0x17000]), (Some(0x10), 0x10));
        assert_eq!([rig.memory.prg_offset(0xF000), rig.memory.prg_offset(0xE000)], [None, Some(0x16000)]);
    }
}
