//! AxROM: iNES 7 (ANROM, AMROM, AOROM). One register at $8000-$FFFF.
//!
//! ```text
//! 7654 3210
//! ...M PPPP   P: 32 KiB of PRG ROM at $8000 (bit 3 only on boards of later makers)
//!             M: which KiB of CIRAM all four nametables show
//! ```
//!
//! Submapper 2 (AMROM, early ANROM) has AND bus conflicts, 0 and 1 have none. 8 KiB of CHR RAM.
//! <https://www.nesdev.org/wiki/AxROM>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::{BusConflicts, Change, map_plain_prg_ram};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The board with single-screen mirroring.
#[derive(Clone, Debug)]
pub(crate) struct Axrom {
    register: u8,
    conflicts: BusConflicts,
}

impl Axrom {
    pub(super) fn new(header: &Header) -> Self {
        let conflicts = if header.submapper == 2 { BusConflicts::And } else { BusConflicts::None };
        Self { register: 0, conflicts }
    }

    pub(super) fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) -> Change {
        let register = self.conflicts.resolve(memory, addr, value);
        let changed = std::mem::replace(&mut self.register, register) ^ register;
        self.update_banks(memory);
        Change::PRG.when(changed & 0x0F != 0) | Change::NAMETABLES.when(changed & 0x10 != 0)
    }

    #[inline]
    pub(super) fn may_change_ppu(&self, value: u8) -> bool {
        // What a conflict leaves of M is 0 at least.
        (self.register ^ value) & 0x10 != 0 || (self.conflicts == BusConflicts::And && value & 0x10 != 0)
    }

    pub(super) fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(32, 0, i32::from(self.register & 0x0F));
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(if self.register & 0x10 == 0 { Mirroring::SingleLow } else { Mirroring::SingleHigh });
        map_plain_prg_ram(memory);
    }
}

persist!(Axrom { register });

#[cfg(test)]
mod tests {
    use crate::mapper::Change;
    use crate::mapper::tests::Rig;

    #[test]
    fn one_register_does_both() {
        let mut rig = Rig::new(7, 0, 256, 0, [0, 7]);
        assert_eq!(rig.nametables(), [0, 0, 0, 0]);
        assert_eq!(rig.write(0x8000, 0x13), Change::PRG | Change::NAMETABLES);
        assert_eq!((rig.prg(), rig.nametables()), ([24, 26, 28, 30], [1, 1, 1, 1]));
        assert_eq!(rig.write(0x8000, 0x03), Change::NAMETABLES);
    }

    #[test]
    fn only_submapper_2_has_bus_conflicts() {
        for (submapper, bank) in [(0, 3), (1, 3), (2, 1)] {
            let mut rig = Rig::new(7, submapper, 256, 0, [0, 7]);
            rig.write(0x9000, 3);
            assert_eq!(rig.prg()[0], bank * 8, "submapper {submapper}");
        }
    }
}
