//! CNROM as a copy protection: iNES 185. One register at $8000-$FFFF; CHR ROM is there for one value of its two lowest bits.
//! PRG ROM as on NROM, mirroring by solder pad, AND bus conflicts.
//!
//! | submapper | CHR ROM is there                                         |
//! |-----------|----------------------------------------------------------|
//! | 4 to 7    | while the bits are 0 to 3                                |
//! | others    | from the second read of $2007 after a reset on: the value is not known, and games look for garbage once, in the first byte that they read, with a wrong one |
//!
//! Without CHR ROM, the bus has the low byte of the address, but a resistor makes D0 a 1: Mighty Bomb Jack looks for
//! anything but 0 at $0000. <https://www.nesdev.org/wiki/CNROM>, <https://www.nesdev.org/wiki/NES_2.0_submappers>

use super::board::{Board, NoIrq, Ranges, Readable, RegisterReads, Setup, Unwatched};
use super::{BusConflicts, map_plain_prg_ram};
use crate::cartridge::Mirroring;
use crate::memory::{Kib, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The reads of $2007 after which CHR ROM is there.
const READS: u8 = 2;

/// The board that hides its CHR ROM.
#[derive(Clone, Debug)]
pub(crate) struct Cnrom185 {
    latch: u8,
    /// Reads of $2007, up to [`READS`].
    reads: u8,
    key: Option<u8>,
    mirroring: Mirroring,
}

impl Board for Cnrom185 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = 0x8000..=0xFFFF;
    const LARGEST: [usize; 2] = [32, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = RegisterReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        let key = (4..=7).contains(&header.submapper).then_some(header.submapper & 3);
        Self { latch: 0, reads: 0, key, mirroring: header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        self.latch = BusConflicts::And.resolve(memory, addr, value);
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        memory.map_prg(32, 0, 0);
        if self.key.map_or(self.reads == READS, |key| self.latch & 3 == key) {
            memory.map_chr(8, 0, 0);
        } else {
            (0..8).for_each(|slot| memory.map_kib(slot, Kib::PulledUp));
        }
    }

    fn reset(&mut self, memory: &mut Memory) {
        self.reads = 0;
        self.update_banks(memory);
    }
}

impl Readable for Cnrom185 {
    const READS: Ranges = &[0x2007..=0x2007];

    fn read(&mut self, memory: &mut Memory, _: u16, _: Cycle) -> Option<u8> {
        if self.reads < READS {
            self.reads += 1;
            self.update_banks(memory);
        }
        None
    }

    fn peek(&self, _: &Memory, _: u16) -> Option<u8> {
        None
    }
}

persist!(Cnrom185 { latch, reads: within(0..=READS) });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn one_value_shows_chr_rom() {
        for submapper in 4..8 {
            let mut rig = Rig::new(185, submapper, 32, 8, [0, 0]);
            for value in 0..=0x3F {
                rig.write(0x8001, value);
                let shown = if value & 3 == submapper - 4 { [0, 0xFF, 5] } else { [1, 0x23, 1] };
                assert_eq!(
                    [0x0000, 0x0122, 0x1400].map(|addr| rig.memory.read_ppu(addr)),
                    shown,
                    "{submapper}: {value:02X}"
                );
            }
            rig.write(0x9000, 3);
            assert_eq!(rig.memory.read_ppu(0) == 0, submapper == 5, "the ROM has 1 there");
        }
    }

    #[test]
    fn without_a_submapper_the_second_read_shows_it() {
        let mut rig = Rig::new(185, 0, 32, 8, [0, 0]);
        for seen in [1, 1, 0] {
            assert_eq!((rig.write(0x8001, 0x31), rig.memory.read_ppu(0)), (Change::NONE, seen));
            rig.read(0x2007);
            rig.memory.commit();
        }
        rig.mapper.reset(&mut rig.memory);
        assert_eq!(rig.memory.read_ppu(0), 1);
    }
}
