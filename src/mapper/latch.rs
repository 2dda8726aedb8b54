//! Boards with one register: a latch whose outputs are address lines of the ROMs.
//!
//! ```text
//! CPU write to the latch's addresses ──► latch ──► PRG ROM A13-.., CHR A10-.., CIRAM A10
//!            ▲
//!            └── the ROM drives the data bus too, unless the board turns it off: a bus conflict
//! ```
//!
//! Such a board is a [`Layout`]: where the latch is, and what its bits mean. All of them map what the header says
//! (mirroring, PRG RAM) before the layout maps what the latch says.

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::{BusConflicts, map_plain_prg_ram};
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::{Impossible, Persist, Reader, Writer};
use ricojit_interpreter::Cycle;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// What the bits of a latch mean.
pub(crate) trait Layout: Clone + Debug {
    /// As in [`Board`].
    const WRITES: Ranges;
    /// As in [`Board`].
    const PRG_UNIT: usize;
    /// As in [`Board`].
    #[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "only code that is compiled ahead needs it"))]
    const FIXED_PRG: RangeInclusive<u16>;
    /// As in [`Board`].
    const LARGEST: [usize; 2];

    /// The layout that a header names, and whether ROM fights writes.
    fn new(header: &Header) -> (Self, BusConflicts);
    /// Maps PRG ROM, CHR, and nametables if the latch controls them.
    fn map(&self, latch: u8, memory: &mut Memory);
}

/// A board with one latch.
#[derive(Clone, Debug)]
pub(crate) struct Latch<L> {
    latch: u8,
    conflicts: BusConflicts,
    mirroring: Mirroring,
    layout: L,
}

impl<L: Layout> Board for Latch<L> {
    const WRITES: Ranges = L::WRITES;
    const PRG_UNIT: usize = L::PRG_UNIT;
    const FIXED_PRG: RangeInclusive<u16> = L::FIXED_PRG;
    const LARGEST: [usize; 2] = L::LARGEST;
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let (layout, conflicts) = L::new(setup.header);
        Self { latch: 0, conflicts, mirroring: setup.header.mirroring, layout }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) {
        let latch = self.conflicts.resolve(memory, addr, value);
        if std::mem::replace(&mut self.latch, latch) != latch {
            self.layout.map(latch, memory);
        }
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        self.layout.map(self.latch, memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl<L: Layout> Persist for Latch<L> {
    fn save(&self, to: &mut Writer<'_>) {
        self.latch.save(to);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        self.latch.check(from)
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        self.latch.load(from);
    }
}

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    /// Mapper, submapper, and whether ROM wins: the 4 KiB at $9000 begin with their number, 1.
    const CONFLICTS: [(u16, u8, bool); 9] = [
        (2, 0, false),
        (2, 1, false),
        (2, 2, true),
        (3, 0, true),
        (3, 1, false),
        (3, 2, true),
        (7, 0, false),
        (7, 1, false),
        (7, 2, true),
    ];

    #[test]
    fn bus_conflicts_are_those_of_the_submapper() {
        for (mapper, submapper, conflict) in CONFLICTS {
            let mut rigs = [0x9000, 0x9001].map(|addr| {
                let mut rig = Rig::new(mapper, submapper, if mapper == 3 { 32 } else { 256 }, 32, [0, 7]);
                rig.write(addr, 3);
                rig
            });
            let [(prg, chr), open] = rigs.each_mut().map(|rig| (rig.prg(), rig.chr()));
            assert_eq!((prg, chr) != open, conflict, "mapper {mapper}, submapper {submapper}");
        }
    }
}
