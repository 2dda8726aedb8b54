//! CNROM: iNES 3. One register at $8000-$FFFF picks 8 KiB of CHR ROM. PRG ROM as on NROM, mirroring by
//! solder pad.
//!
//! | submapper | bus conflicts |
//! |-----------|---------------|
//! | 0         | AND, as on the real board: Cybernoid depends on them |
//! | 1         | none          |
//! | 2         | AND           |
//!
//! The diodes that some boards compare with bits 4 and 5 are not modelled.
//! <https://www.nesdev.org/wiki/CNROM>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::BusConflicts;
use super::board::Ranges;
use super::latch::{Latch, Layout};
use crate::cartridge::Header;
use crate::memory::Memory;
use std::ops::RangeInclusive;

/// The board that switches CHR ROM.
pub(crate) type Cnrom = Latch<ChrBank>;

/// All eight bits.
#[derive(Clone, Debug)]
pub(crate) struct ChrBank;

impl Layout for ChrBank {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xFFFF;
    const LARGEST: [usize; 2] = [32, 2048];

    fn new(header: &Header) -> (Self, BusConflicts) {
        (Self, if header.submapper == 1 { BusConflicts::None } else { BusConflicts::And })
    }

    fn map(&self, latch: u8, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(8, 0, i32::from(latch));
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn chr_is_switched_in_8_kib() {
        let mut rig = Rig::new(3, 0, 32, 32, [0, 0]);
        assert_eq!(rig.write(0x8001, 2), Change::CHR);
        assert_eq!(rig.chr(), [16, 17, 18, 19, 20, 21, 22, 23]);
        assert_eq!(rig.memory.read_ppu(0x0400), 17);
        rig.memory.write_ppu(0x0400, 0xEE);
        assert_eq!(rig.memory.read_ppu(0x0400), 17, "CHR ROM cannot be written");
    }
}
