//! Taito X1-017: iNES 82.
//!
//! ```text
//!              76543210
//! $7EF0        CCCCCCC.  2 KiB of CHR at $0000 (in KiB, even), $7EF1 at $0800
//! $7EF2        CCCCCCCC  1 KiB of CHR at $1000, $7EF3 to $7EF5 at $1400, $1800, $1C00
//! $7EF6        ......SM  M: 0 horizontal, 1 vertical mirroring; S: swap the halves of pattern space
//! $7EF7-$7EF9            $CA, $69, $84: RAM at $6000-$67FF, $6800-$6FFF, $7000-$73FF is on; anything else: off
//! $7EFA-$7EFC  PPPPPP..  8 KiB of PRG ROM at $8000, $A000, $C000; $E000 has the last bank
//! ```
//!
//! 5 KiB of RAM in the chip, with a battery. Files of this number have their PRG ROM in the order in which these bits count;
//! in that of the chip's pins it is iNES 552. The chip pulls the data bus down, so that nothing reads as open bus, but as 0;
//! at the console's own registers that is left out. So is the chip's IRQ, which no game uses.
//! <https://www.nesdev.org/wiki/Taito_X1-017>

use super::board::{Board, NoIrq, Ranges, Readable, RegisterReads, Setup, Unwatched};
use crate::cartridge::Mirroring;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::{Range, RangeInclusive};

/// What turns each part of RAM on, and its pages of 512 bytes.
const KEYS: [(u8, Range<usize>); 3] = [(0xCA, 0..4), (0x69, 4..8), (0x84, 8..10)];

/// The board.
#[derive(Clone, Debug)]
pub(crate) struct X1017 {
    chr: [u8; 6],
    control: u8,
    keys: [u8; 3],
    prg: [u8; 3],
}

impl Board for X1017 {
    const WRITES: Ranges = &[0x7EF0..=0x7EFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = RegisterReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let control = u8::from(setup.header.mirroring == Mirroring::Vertical);
        // Not specified: memory in its natural order.
        Self { chr: [0, 2, 4, 5, 6, 7], control, keys: [0; 3], prg: [0, 1 << 2, 2 << 2] }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        let register = usize::from(addr & 0xF);
        match register {
            0..6 => self.chr[register] = value,
            6 => self.control = value & 3,
            7..10 => self.keys[register - 7] = value,
            10..13 => self.prg[register - 10] = value,
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(|bank| i32::from(bank >> 2)).into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        let swap = usize::from(self.control & 2);
        for (i, bank) in self.chr.map(i32::from).into_iter().enumerate() {
            match i {
                0 | 1 => memory.map_chr(2, i ^ swap, bank >> 1),
                _ => memory.map_chr(1, (i + 2) ^ (2 * swap), bank),
            }
        }
        memory.set_mirroring(if self.control & 1 == 0 { Mirroring::Horizontal } else { Mirroring::Vertical });
        for page in 0..16 {
            let is_on = self.keys.iter().zip(KEYS).any(|(key, (right, pages))| *key == right && pages.contains(&page));
            memory.map_prg_ram_page(page, page, if is_on { Access::ReadWrite } else { Access::Zeros });
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Readable for X1017 {
    const READS: Ranges = &[0x4020..=0x5FFF];

    fn read(&mut self, _: &mut Memory, _: u16, _: Cycle) -> Option<u8> {
        Some(0)
    }

    fn peek(&self, _: &Memory, _: u16) -> Option<u8> {
        Some(0)
    }
}

persist!(X1017 { chr, control: within(0..=3), keys, prg });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn prg_and_chr_maps() {
        let mut rig = Rig::new(82, 0, 512, 256, [0, 0]);
        for (register, value) in (0x7EF0..).zip([0xFF, 10, 41, 42, 43, 44]) {
            rig.write(register, value);
        }
        for (register, value) in (0x7EFA..).zip([0xFF, 10 << 2 | 3, 20 << 2]) {
            rig.write(register, value);
        }
        assert_eq!(rig.prg(), [63, 10, 20, 63].map(|bank| 2 * bank));
        assert_eq!(rig.chr(), [254, 255, 10, 11, 41, 42, 43, 44]);
        assert_eq!(rig.nametables(), [0, 0, 1, 1]);
        rig.write(0x7EF6, 3);
        assert_eq!(rig.chr(), [41, 42, 43, 44, 254, 255, 10, 11]);
        assert_eq!(rig.nametables(), [0, 1, 0, 1]);
    }

    #[test]
    fn each_part_of_ram_has_a_key_and_the_rest_reads_as_0() {
        let mut rig = Rig::with_flags(82, 0, 2, [128, 128], [0x70, 0]);
        let parts = [(0x7EF7, 0xCA, 0x6000, 0x67FF), (0x7EF8, 0x69, 0x6800, 0x6FFF), (0x7EF9, 0x84, 0x7000, 0x73FF)];
        for (register, key, first, last) in parts {
            rig.write(register, key ^ 1);
            rig.write(first, 1);
            rig.write(register, key);
            assert_eq!([first, last].map(|addr| rig.read(addr)), [Some(0); 2]);
            rig.write(first, 7);
            rig.write(last, 8);
            assert_eq!([first, last].map(|addr| rig.read(addr)), [Some(7), Some(8)]);
            assert_eq!([0x4020, 0x5FFF, 0x7400, 0x7EFF].map(|addr| rig.read(addr)), [Some(0); 4]);
        }
        for (register, key, first, _) in parts {
            rig.write(register, 0);
            assert_eq!(rig.read(first), Some(0));
            rig.write(register, key);
        }
        let kept = rig.memory.battery().unwrap();
        assert_eq!([0, 0x7FF, 0x800, 0x1000, 0x13FF].map(|place| kept[place]), [7, 8, 7, 7, 8]);
    }
}
