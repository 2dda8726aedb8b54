//! UxROM: iNES 2 (UNROM, UOROM). One register at $8000-$FFFF picks 16 KiB of PRG ROM for $8000; the last
//! 16 KiB stay at $C000. 8 KiB of CHR RAM, mirroring by solder pad.
//!
//! | submapper | bus conflicts |
//! |-----------|---------------|
//! | 0         | none: licensed games write matching bytes, while many of the others count on none |
//! | 1         | none          |
//! | 2         | AND           |
//!
//! <https://www.nesdev.org/wiki/UxROM>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::{BusConflicts, Change, map_plain_prg_ram};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The board that switches PRG ROM.
#[derive(Clone, Debug)]
pub(crate) struct Uxrom {
    bank: u8,
    conflicts: BusConflicts,
    mirroring: Mirroring,
}

impl Uxrom {
    pub(super) fn new(header: &Header) -> Self {
        let conflicts = if header.submapper == 2 { BusConflicts::And } else { BusConflicts::None };
        Self { bank: 0, conflicts, mirroring: header.mirroring }
    }

    pub(super) fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) -> Change {
        // The 74HC161 keeps 4 bits; larger boards of later makers use all 8.
        let bank = self.conflicts.resolve(memory, addr, value);
        let changed = std::mem::replace(&mut self.bank, bank) != bank;
        memory.map_prg(16, 0, i32::from(bank));
        Change::PRG.when(changed)
    }

    pub(super) fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(self.bank));
        memory.map_prg(16, 1, -1);
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
    }
}

persist!(Uxrom { bank });

#[cfg(test)]
mod tests {
    use crate::mapper::Change;
    use crate::mapper::tests::Rig;

    #[test]
    fn the_last_bank_stays() {
        let mut rig = Rig::new(2, 0, 128, 0, [0, 7]);
        assert_eq!(rig.prg(), [0, 2, 28, 30]);
        assert_eq!(rig.write(0x8000, 5), Change::PRG);
        assert_eq!(rig.prg(), [20, 22, 28, 30]);
        assert_eq!(rig.write(0xFFFF, 5), Change::NONE);
        rig.write(0xFFFF, 8 + 3);
        assert_eq!(rig.prg(), [12, 14, 28, 30]);
    }

    #[test]
    fn bus_conflicts_are_those_of_the_submapper() {
        for (submapper, bank) in [(0, 3), (1, 3), (2, 1)] {
            let mut rig = Rig::new(2, submapper, 128, 0, [0, 7]);
            // The 4 KiB at $9000 begin with their number, 1.
            rig.write(0x9000, 3);
            assert_eq!(rig.prg()[0], bank * 4, "submapper {submapper}");
        }
    }
}
