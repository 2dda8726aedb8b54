//! UNROM 512: iNES 30.
//!
//! ```text
//!               76543210
//! $8000-$FFFF   MCCPPPPP  P: 16 KiB of PRG ROM at $8000; $C000 has the last bank
//!                         C: 8 KiB of CHR RAM
//!                         M: see below
//! ```
//!
//! Boards with flash, which headers tell by their battery bit, have this register at $C000-$FFFF; writes to $8000-$BFFF go to the
//! flash chip. Other boards have bus conflicts.
//!
//! | byte 6, bits 3 and 0 | nametables |
//! |----------------------|------------|
//! | 0 0, 0 1             | horizontal, vertical mirroring |
//! | 1 0                  | M: the KiB of CIRAM that all four show |
//! | 1 1                  | the last 8 KiB of 32 KiB of CHR RAM, at $2000-$3EFF; none is mirrored |
//!
//! | submapper | differs in |
//! |-----------|------------|
//! | 1         | no bus conflicts |
//! | 2         | bus conflicts |
//! | 3         | M: 0 vertical, 1 horizontal mirroring |
//! | 4         | $8000-$BFFF switches LEDs, too |
//!
//! <https://www.nesdev.org/wiki/UNROM_512>; the submappers are not on that page, but headers have them.

use super::BusConflicts;
use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::parts::flash::Flash;
use crate::cartridge::Mirroring;
use crate::memory::{Kib, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board of many games of today.
#[derive(Clone, Debug)]
pub(crate) struct Unrom512 {
    register: u8,
    flash: Flash,
    has_flash: bool,
    conflicts: BusConflicts,
    mirroring: Mirroring,
    /// Submapper 3.
    switches_mirroring: bool,
}

impl Board for Unrom512 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 32];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let (h, has_flash) = (setup.header, setup.header.has_flash());
        let conflicts =
            if h.submapper == 2 || (!has_flash && h.submapper == 0) { BusConflicts::And } else { BusConflicts::None };
        Self {
            register: 0,
            flash: Flash::default(),
            has_flash,
            conflicts,
            mirroring: h.mirroring,
            switches_mirroring: h.submapper == 3,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        if self.has_flash && addr < 0xC000 {
            let offset = usize::from(self.register & 0x1F) << 14 | usize::from(addr & 0x3FFF);
            self.flash.write(offset, value, memory);
        } else {
            self.register = self.conflicts.resolve(memory, addr, value);
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        if self.flash.identifies() {
            memory.map_flash_id();
        } else {
            memory.map_flash(16, 0, i32::from(self.register & 0x1F));
            memory.map_flash(16, 1, -1);
        }
        memory.map_chr(8, 0, i32::from(self.register >> 5 & 3));
        let m = self.register & 0x80 != 0;
        match (self.mirroring, m) {
            (Mirroring::FourScreen, _) => {
                for page in 0..8 {
                    memory.map_kib(8 + page, Kib::Ram(24 + page));
                }
            }
            (_, false) if self.switches_mirroring => memory.set_mirroring(Mirroring::Vertical),
            (_, true) if self.switches_mirroring => memory.set_mirroring(Mirroring::Horizontal),
            (Mirroring::SingleLow, true) => memory.set_mirroring(Mirroring::SingleHigh),
            (mirroring, _) => memory.set_mirroring(mirroring),
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Unrom512 { register, flash });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;
    use crate::memory::PpuPage;

    /// Writes of data to addresses of the chip, through bank and window.
    fn command(rig: &mut Rig, writes: &[(u32, u8)]) {
        for &(offset, value) in writes {
            rig.write(0xC000, (offset >> 14) as u8);
            rig.write(0x8000 | offset as u16 & 0x3FFF, value);
        }
    }

    fn flash() -> Rig {
        Rig::with_flags(30, 0, 2, [512, 0], [0, 9])
    }

    #[test]
    fn banks() {
        let mut rig = Rig::new(30, 1, 512, 0, [0, 9]);
        rig.write(0x8000, 0x65);
        assert_eq!((rig.prg(), rig.chr()[0]), ([20, 22, 124, 126], 24));
    }

    #[test]
    fn only_boards_without_flash_have_bus_conflicts() {
        // The byte at $C000 is $7C.
        for (flags, submapper, bank) in [(0, 0, 0), (2, 0, 3), (0, 1, 3), (0, 2, 0), (0, 3, 3)] {
            let mut rig = Rig::with_flags(30, submapper, flags, [512, 0], [0, 9]);
            rig.write(0xC000, 3);
            assert_eq!(rig.prg()[0], bank * 4, "{flags} {submapper}");
        }
    }

    #[test]
    fn byte_6_names_four_kinds_of_nametables() {
        for (flags, submapper, clear, set) in [
            (0, 1, [0, 0, 1, 1], [0, 0, 1, 1]),
            (1, 1, [0, 1, 0, 1], [0, 1, 0, 1]),
            (8, 1, [0; 4], [1; 4]),
            (0, 3, [0, 1, 0, 1], [0, 0, 1, 1]),
        ] {
            let mut rig = Rig::with_flags(30, submapper, flags, [512, 0], [0, 9]);
            assert_eq!(rig.nametables(), clear, "{flags} {submapper}");
            rig.write(0xC000, 0x80);
            assert_eq!(rig.nametables(), set, "{flags} {submapper}");
        }
        let rig = Rig::with_flags(30, 1, 9, [512, 0], [0, 9]);
        for page in 0..8 {
            assert_eq!(rig.memory.ppu_page(8 + page), PpuPage::Vram(0x1000 + ((24 + page as u32) << 10)));
        }
    }

    #[test]
    fn flash_is_erased_and_programmed() {
        let mut rig = flash();
        let unlock = [(0x5555, 0xAA), (0x2AAA, 0x55)];
        let erase = [unlock[0], unlock[1], (0x5555, 0x80), unlock[0], unlock[1]];
        command(&mut rig, &[unlock[0], unlock[1], (0x5555, 0xA0), (0x9000, 0xF3), (0x9000, 0)]);
        assert_eq!(rig.read(0x9000), Some(9 & 0xF3), "programming clears bits");
        assert_eq!((rig.memory.prg_offset(0x9000), rig.memory.prg_offset(0x8000)), (None, Some(0x8000)));
        command(&mut rig, &[&erase[..], &[(0x9ABC, 0x30)]].concat());
        assert_eq!([rig.read(0x9000), rig.read(0x8000)], [Some(0xFF), Some(8)], "one sector");
        command(&mut rig, &[unlock[0], unlock[1], (0x5555, 0xA0), (0x9000, 9)]);
        assert_eq!(rig.read(0x9000), Some(9));
        assert_eq!(rig.memory.prg_offset(0x9000), Some(0x9000), "as it was: ROM again");
        command(&mut rig, &[&erase[..], &[(0x5555, 0x10)]].concat());
        assert_eq!([rig.read(0x9000), rig.read(0xF000)], [Some(0xFF); 2]);
        assert!(rig.memory.battery().unwrap().iter().all(|&byte| byte == 0xFF));
    }

    #[test]
    fn flash_identifies_itself() {
        let mut rig = flash();
        command(&mut rig, &[(0x5555, 0xAA), (0x2AAA, 0x55), (0x5555, 0x90)]);
        assert_eq!([rig.read(0x8000), rig.read(0x8001)], [Some(0xBF), Some(0xB7)]);
        rig.write(0x8000, 0xF0);
        rig.write(0xC000, 0);
        assert_eq!(rig.read(0x8000), Some(0));
    }

    #[test]
    fn a_wrong_sequence_does_nothing() {
        let mut rig = flash();
        for wrong in [(0x5554, 0xAA), (0x5555, 0xAB)] {
            command(&mut rig, &[wrong, (0x2AAA, 0x55), (0x5555, 0xA0), (0x9000, 0)]);
            command(&mut rig, &[(0x5555, 0xAA), wrong, (0x5555, 0xA0), (0x9000, 0)]);
            command(&mut rig, &[(0x5555, 0xAA), (0x2AAA, 0x55), wrong, (0x9000, 0)]);
        }
        rig.write(0xC000, 2);
        assert_eq!(rig.memory.prg_offset(0x9000), Some(0x9000));
    }

    #[test]
    fn the_kept_image_is_loaded() {
        let mut rig = flash();
        let mut image = rig.memory.battery().unwrap().to_vec();
        assert_eq!((image.len(), image[0x9000]), (512 << 10, 9), "at power-on it is the ROM");
        image[0x9001] = 0x77;
        rig.memory.load_battery(&image);
        rig.write(0xC000, 2);
        assert_eq!((rig.read(0x9001), rig.memory.prg_offset(0x9001)), (Some(0x77), None));
        assert_eq!(rig.memory.prg_offset(0x8000), Some(0x8000), "an equal sector is ROM");
    }
}
