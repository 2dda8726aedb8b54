//! BNROM and NINA-001: iNES 34, two boards that have nothing in common but the number.
//!
//! | board    | register     | bits        | picks                              |
//! |----------|--------------|-------------|------------------------------------|
//! | BNROM    | $8000-$FFFF  | `PPPP PPPP` | 32 KiB of PRG ROM (the original: 2 bits) |
//! | NINA-001 | $7FFD        | `PPPP PPPP` | 32 KiB of PRG ROM (the original: 1 or 2 bits) |
//! |          | $7FFE, $7FFF | `CCCC CCCC` | 4 KiB of CHR ROM at $0000, $1000 (the original: 4 bits) |
//!
//! | submapper | board |
//! |-----------|-------|
//! | 1         | NINA-001: its registers are on top of PRG RAM, which keeps what is written to them |
//! | 2         | BNROM: AND bus conflicts |
//! | others    | NINA-001 if there are more than 8 KiB of CHR ROM, else BNROM |
//!
//! Mirroring by solder pad. <https://www.nesdev.org/wiki/INES_Mapper_034>

use super::board::{Board, NOTHING, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::{BusConflicts, map_plain_prg_ram};
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// Either board.
#[derive(Clone, Debug)]
pub(crate) struct Bnrom {
    prg: u8,
    chr: [u8; 2],
    is_nina: bool,
    mirroring: Mirroring,
}

impl Board for Bnrom {
    const WRITES: Ranges = &[0x7FFD..=0x7FFF, 0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x8000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [8192, 1024];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        let is_nina = match header.submapper {
            1 => true,
            2 => false,
            _ => header.chr_rom_size > 0x2000,
        };
        Self { prg: 0, chr: [0, 1], is_nina, mirroring: header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        match addr {
            0x8000.. if !self.is_nina => self.prg = BusConflicts::And.resolve(memory, addr, value),
            0x8000.. => {}
            _ => {
                memory.write_prg_ram(addr, value);
                match addr {
                    0x7FFD if self.is_nina => self.prg = value,
                    0x7FFE if self.is_nina => self.chr[0] = value,
                    0x7FFF if self.is_nina => self.chr[1] = value,
                    _ => {}
                }
            }
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        memory.map_prg(32, 0, i32::from(self.prg));
        memory.map_chr(4, 0, i32::from(self.chr[0]));
        memory.map_chr(4, 1, i32::from(self.chr[1]));
    }

    fn reset(&mut self, _: &mut Memory) {}
}

persist!(Bnrom { prg, chr });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn nina_has_its_registers_on_top_of_ram() {
        for (submapper, chr_kb) in [(1, 64), (1, 8), (0, 64), (3, 16)] {
            let mut rig = Rig::new(34, submapper, 128, chr_kb, [7, 0]);
            assert_eq!(rig.write(0x8001, 1), Change::NONE);
            assert_eq!(rig.write(0x7FFD, 3), Change::PRG);
            rig.write(0x7FFE, 1);
            rig.write(0x7FFF, 0);
            assert_eq!((rig.prg()[0], rig.chr()), (24, [4, 5, 6, 7, 0, 1, 2, 3]));
            assert_eq!([0x7FFD, 0x7FFE, 0x7FFF].map(|addr| rig.memory.read_prg(addr)), [Some(3), Some(1), Some(0)]);
        }
    }

    #[test]
    fn bnrom_has_bus_conflicts_and_plain_ram() {
        for (submapper, chr_kb) in [(2, 0), (2, 16), (0, 0), (0, 8)] {
            let mut rig = Rig::new(34, submapper, 128, chr_kb, [7, 7]);
            assert_eq!(rig.write(0x7FFD, 3), Change::NONE);
            assert_eq!(rig.memory.read_prg(0x7FFD), Some(3));
            assert_eq!(rig.write(0x8001, 2), Change::PRG);
            assert_eq!((rig.prg()[0], rig.chr()), (16, [0, 1, 2, 3, 4, 5, 6, 7]));
            rig.write(0x9000, 0xFF);
            assert_eq!(rig.prg()[0], 8, "the ROM has $11 there");
        }
    }
}
