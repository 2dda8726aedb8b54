//! Taito X1-005: iNES 80, and 207 if CHR A17 is CIRAM A10 (Fudou Myouou Den).
//!
//! ```text
//!              76543210
//! $7EF0        NCCCCCCC  2 KiB of CHR at $0000 (in KiB, even), $7EF1 at $0800
//! $7EF2        CCCCCCCC  1 KiB of CHR at $1000, $7EF3 to $7EF5 at $1400, $1800, $1C00
//! $7EF6, $7EF7 .......M  0 horizontal, 1 vertical mirroring
//! $7EF8, $7EF9           $A3: RAM is on; anything else: off
//! $7EFA, $7EFB PPPPPPPP  8 KiB of PRG ROM at $8000; $7EFC, $7EFD at $A000; $7EFE, $7EFF at $C000; $E000 has the last bank
//! $7F00-$7FFF            128 bytes of RAM in the chip, twice; with a battery they are kept
//! ```
//!
//! 80: N is bit 7 of the CHR bank. 207: N is the KiB of CIRAM that two nametables show, the upper two in $7EF0, the lower two
//! in $7EF1; M does nothing, and 128 KiB of CHR are left. How many bits a PRG register has is not documented; games use five.
//! <https://www.nesdev.org/wiki/INES_Mapper_080>, <https://www.nesdev.org/wiki/INES_Mapper_207>

use super::board::{Board, NoIrq, Ranges, Readable, RegisterReads, Setup, Unwatched};
use crate::cartridge::Mirroring;
use crate::memory::{Kib, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// What turns RAM on.
const KEY: u8 = 0xA3;

/// The board.
#[derive(Clone, Debug)]
pub(crate) struct X1005 {
    chr: [u8; 6],
    is_vertical: bool,
    key: u8,
    prg: [u8; 3],
    /// The board is that of iNES 207.
    has_banked_screens: bool,
}

impl Board for X1005 {
    const WRITES: Ranges = &[0x7EF0..=0x7EFF, 0x7F00..=0x7FFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [2048, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = RegisterReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        Self {
            // Not specified: memory in its natural order.
            chr: [0, 2, 4, 5, 6, 7],
            is_vertical: setup.header.mirroring == Mirroring::Vertical,
            key: 0,
            prg: [0, 1, 2],
            has_banked_screens: setup.header.mapper == 207,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        match addr {
            0x7F00.. => {
                if self.key == KEY
                    && let Some(byte) = memory.chip_ram_mut().get_mut(usize::from(addr & 0x7F))
                {
                    *byte = value;
                }
            }
            0x7EFA.. => self.prg[usize::from(addr - 0x7EFA) / 2] = value,
            0x7EF8.. => self.key = value,
            0x7EF6.. => self.is_vertical = value & 1 != 0,
            _ => self.chr[usize::from(addr & 7)] = value,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(i32::from).into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        let mask = if self.has_banked_screens { 0x7F } else { 0xFF };
        for (i, bank) in self.chr.map(|bank| i32::from(bank & mask)).into_iter().enumerate() {
            match i {
                0 | 1 => memory.map_chr(2, i, bank >> 1),
                _ => memory.map_chr(1, i + 2, bank),
            }
        }
        if self.has_banked_screens {
            for slot in 0..4 {
                memory.map_kib(8 + slot, Kib::Ciram(usize::from(self.chr[slot / 2] >> 7)));
            }
        } else {
            memory.set_mirroring(if self.is_vertical { Mirroring::Vertical } else { Mirroring::Horizontal });
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Readable for X1005 {
    const READS: Ranges = &[0x7F00..=0x7FFF];

    fn read(&mut self, memory: &mut Memory, addr: u16, _: Cycle) -> Option<u8> {
        self.peek(memory, addr)
    }

    fn peek(&self, memory: &Memory, addr: u16) -> Option<u8> {
        memory.chip_ram().get(usize::from(addr & 0x7F)).copied().filter(|_| self.key == KEY)
    }
}

persist!(X1005 { chr, is_vertical, key, prg });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn each_prg_register_has_two_addresses() {
        let mut rig = Rig::new(80, 0, 256, 256, [0, 0]);
        for odd in 0..2 {
            let banks = [31 - odd, 20 + odd, 10 + odd];
            for (register, bank) in [0x7EFA, 0x7EFC, 0x7EFE].into_iter().zip(banks) {
                rig.write(register + u16::from(odd), bank);
            }
            let [a, b, c] = banks.map(|bank| u32::from(bank) * 2);
            assert_eq!(rig.prg(), [a, b, c, 62]);
        }
    }

    #[test]
    fn chr_and_nametables() {
        for (board, chr) in [(80, [254, 255, 12, 13, 140, 13, 14, 15]), (207, [126, 127, 12, 13, 12, 13, 14, 15])] {
            let mut rig = Rig::new(board, 0, 128, 256, [0, 0]);
            for (register, bank) in (0x7EF0..).zip([0xFF, 13, 140, 13, 14, 15]) {
                rig.write(register, bank);
            }
            assert_eq!(rig.chr(), chr);
            let screens = if board == 80 { [0, 0, 1, 1] } else { [1, 1, 0, 0] };
            assert_eq!(rig.nametables(), screens);
            let change = if board == 80 { Change::NAMETABLES } else { Change::NONE };
            assert_eq!(rig.write(0x7EF7, 1), change);
            let screens = if board == 80 { [0, 1, 0, 1] } else { screens };
            assert_eq!(rig.nametables(), screens);
        }
    }

    #[test]
    fn ram_needs_a_key_and_is_kept() {
        let mut rig = Rig::with_flags(80, 0, 2, [128, 128], [0x10, 0]);
        rig.write(0x7F00, 1);
        assert_eq!(rig.read(0x7F00), None);
        rig.write(0x7EF9, 0xA3);
        assert_eq!(rig.read(0x7F00), Some(0));
        rig.write(0x7F00, 1);
        rig.write(0x7FFF, 2);
        assert_eq!([0x7F00, 0x7F7F, 0x7F80, 0x7FFF].map(|addr| rig.read(addr)), [1, 2, 1, 2].map(Some));
        assert_eq!([0x6000, 0x7DFF, 0x7EF0].map(|addr| rig.read(addr)), [None; 3]);
        let kept = rig.memory.battery().unwrap();
        assert_eq!((kept[0], kept[0x7F]), (1, 2));
        rig.write(0x7EF8, 0xA2);
        rig.write(0x7F00, 9);
        rig.write(0x7EF8, 0xA3);
        assert_eq!(rig.read(0x7F00), Some(1));
    }
}
