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

use super::{BusConflicts, Change, map_plain_prg_ram};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The board that switches CHR ROM.
#[derive(Clone, Debug)]
pub(crate) struct Cnrom {
    bank: u8,
    conflicts: BusConflicts,
    mirroring: Mirroring,
}

impl Cnrom {
    pub(super) fn new(header: &Header) -> Self {
        let conflicts = if header.submapper == 1 { BusConflicts::None } else { BusConflicts::And };
        Self { bank: 0, conflicts, mirroring: header.mirroring }
    }

    pub(super) fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) -> Change {
        let bank = self.conflicts.resolve(memory, addr, value);
        let changed = std::mem::replace(&mut self.bank, bank) != bank;
        memory.map_chr(8, 0, i32::from(bank));
        Change::CHR.when(changed)
    }

    pub(super) fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(32, 0, 0);
        memory.map_chr(8, 0, i32::from(self.bank));
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
    }
}

persist!(Cnrom { bank });

#[cfg(test)]
mod tests {
    use crate::mapper::Change;
    use crate::mapper::tests::Rig;

    #[test]
    fn chr_is_switched_in_8_kib() {
        let mut rig = Rig::new(3, 0, 32, 32, [0, 0]);
        assert_eq!(rig.write(0x8001, 2), Change::CHR);
        assert_eq!(rig.chr(), [16, 17, 18, 19, 20, 21, 22, 23]);
        assert_eq!(rig.memory.read_ppu(0x0400), 17);
        rig.memory.write_ppu(0x0400, 0xEE);
        assert_eq!(rig.memory.read_ppu(0x0400), 17, "CHR ROM cannot be written");
    }

    #[test]
    fn bus_conflicts_are_those_of_the_submapper() {
        for (submapper, bank) in [(0, 1), (1, 3), (2, 1)] {
            let mut rig = Rig::new(3, submapper, 32, 32, [0, 0]);
            rig.write(0x9000, 3);
            assert_eq!(rig.chr()[0], bank * 8, "submapper {submapper}");
        }
    }
}
