//! Taito TC0190: iNES 33.
//!
//! ```text
//!       76543210
//! $8000 .MPPPPPP  8 KiB of PRG ROM at $8000; M: 0 vertical, 1 horizontal mirroring
//! $8001 ..PPPPPP  8 KiB of PRG ROM at $A000; the last two banks stay at $C000
//! $8002 CCCCCCCC  2 KiB of CHR at $0000, $8003 at $0800: the number counts 2 KiB
//! $A000 CCCCCCCC  1 KiB of CHR at $1000, $A001 to $A003 at $1400, $1800, $1C00
//! ```
//!
//! Of addresses, the chip sees A0, A1 and A13; it has nothing at $C000-$FFFF. Many files of games for the TC0690 (48), which
//! has an IRQ, have this number: they need a right header. <https://www.nesdev.org/wiki/INES_Mapper_033>

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// KiB of PRG ROM and of CHR that the registers can address.
pub(super) const LARGEST: [usize; 2] = [512, 512];

/// The bank registers, which the TC0690 has too, and mirroring.
#[derive(Clone, Debug)]
pub(super) struct TaitoBanks {
    prg: [u8; 2],
    chr: [u8; 6],
    pub(super) is_horizontal: bool,
}

impl TaitoBanks {
    pub(super) fn new(setup: &Setup) -> Self {
        // Not specified: memory in its natural order.
        let is_horizontal = setup.header.mirroring == Mirroring::Horizontal;
        Self { prg: [0, 1], chr: [0, 1, 4, 5, 6, 7], is_horizontal }
    }

    /// A write to $8000-$BFFF.
    pub(super) fn write(&mut self, addr: u16, value: u8) {
        match usize::from(addr >> 11 & 4 | addr & 3) {
            register @ 0..2 => self.prg[register] = value & 0x3F,
            register => self.chr[register - 2] = value,
        }
    }

    pub(super) fn map(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(i32::from).into_iter().chain([-2, -1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (i, bank) in self.chr.map(i32::from).into_iter().enumerate() {
            match i {
                0 | 1 => memory.map_chr(2, i, bank),
                _ => memory.map_chr(1, i + 2, bank),
            }
        }
        memory.set_mirroring(if self.is_horizontal { Mirroring::Horizontal } else { Mirroring::Vertical });
    }
}

persist!(TaitoBanks { prg: each(0..=0x3F), chr, is_horizontal });

/// The board.
#[derive(Clone, Debug)]
pub(crate) struct Tc0190 {
    banks: TaitoBanks,
}

impl Board for Tc0190 {
    const WRITES: Ranges = &[0x8000..=0xBFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = LARGEST;
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        Self { banks: TaitoBanks::new(setup) }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        self.banks.write(addr, value);
        if addr & 0x2003 == 0 {
            self.banks.is_horizontal = value & 0x40 != 0;
        }
        self.banks.map(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        map_plain_prg_ram(memory);
        self.banks.map(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Tc0190 { banks });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn banks_of_both_chips() {
        for board in [33, 48] {
            let mut rig = Rig::new(board, 0, 512, 512, [0, 0]);
            for (addr, value) in [0x8000, 0x9FFD, 0x8002, 0x8003, 0xA000, 0xA001, 0xA002, 0xBFFF]
                .into_iter()
                .zip([0xBF, 0x8A, 255, 20, 40, 41, 42, 253])
            {
                rig.write(addr, value);
            }
            assert_eq!(rig.prg(), [63, 10, 62, 63].map(|bank| 2 * bank));
            assert_eq!(rig.chr(), [510, 511, 40, 41, 40, 41, 42, 253]);
        }
    }

    #[test]
    fn mirroring_is_in_the_first_register() {
        let mut rig = Rig::new(33, 0, 128, 128, [0, 0]);
        assert_eq!(rig.write(0x8000, 0x00), Change::NAMETABLES);
        for addr in [0x8001, 0x8002, 0xA000, 0xC000] {
            assert!(!rig.write(addr, 0x40).intersects(Change::NAMETABLES), "{addr:04X}");
        }
        assert_eq!(rig.nametables(), [0, 1, 0, 1]);
        assert_eq!(rig.write(0x9FFC, 0x40), Change::NAMETABLES);
        assert_eq!(rig.nametables(), [0, 0, 1, 1]);
    }
}
