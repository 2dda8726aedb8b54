//! Sunsoft-3: iNES 67.
//!
//! ```text
//! mask $8800  76543210
//! $8000       ........  IRQ acknowledge
//! mask $F800
//! $8800       ..CCCCCC  2 KiB of CHR at $0000; $9800, $A800, $B800 for $0800, $1000, $1800
//! $C800       NNNNNNNN  IRQ count, high half first
//! $D800       ...P....  IRQ: it counts
//! $E800       ......MM  0 vertical, 1 horizontal, 2 single low, 3 single high
//! $F800       ...XPPPP  16 KiB of PRG ROM at $8000; $C000 has the last bank; X is not connected
//! ```
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_067>

use super::board::{Board, CountsCycles, CycleIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use super::parts::mirroring;
use super::parts::sunsoft3_irq::Sunsoft3Irq;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board whose count is written twice.
#[derive(Clone, Debug)]
pub(crate) struct Sunsoft3 {
    prg: u8,
    chr: [u8; 4],
    mirroring: u8,
    irq: Sunsoft3Irq,
}

impl Board for Sunsoft3 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 128];
    const SOUND: Option<&'static str> = None;

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        Self { prg: 0, chr: [0, 1, 2, 3], mirroring: 0, irq: Sunsoft3Irq::default() }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        if addr & 0x0800 == 0 {
            return self.irq.write_acknowledge(at);
        }
        match addr >> 12 {
            page @ 0x8..0xC => self.chr[usize::from(page) & 3] = value & 0x3F,
            0xC => self.irq.write_load(value, at),
            0xD => self.irq.write_enable(value, at),
            0xE => self.mirroring = value & 3,
            _ => self.prg = value & 0xF,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(self.prg));
        memory.map_prg(16, 1, -1);
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(2, slot, i32::from(bank));
        }
        memory.set_mirroring(mirroring(self.mirroring));
        map_plain_prg_ram(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for Sunsoft3 {
    type Counter = Sunsoft3Irq;

    fn counter(&self) -> &Sunsoft3Irq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut Sunsoft3Irq {
        &mut self.irq
    }
}

persist!(Sunsoft3 { prg, chr, mirroring, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn banks_mirroring_and_irq() {
        let mut rig = Rig::new(67, 0, 256, 128, [0, 0]);
        for (addr, value) in [(0x8800, 0xC5), (0x9FFF, 6), (0xA800, 7), (0xB800, 0x3F), (0xF800, 0x1A), (0xE800, 3)] {
            rig.write(addr, value);
        }
        assert_eq!((rig.prg(), rig.chr()), ([40, 42, 60, 62], [10, 11, 12, 13, 14, 15, 126, 127]));
        assert_eq!(rig.nametables(), [1; 4]);
        for (addr, value) in [(0xC800, 1), (0xC800, 2), (0xD800, 0x10)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 0x103);
        rig.at += 0x200;
        rig.write(0xF800, 3);
        rig.mapper.run_until(rig.at);
        assert!(rig.mapper.irq(), "only $8000 and its mirrors acknowledge");
        rig.write(0xF7FF, 0);
        assert!(!rig.mapper.irq());
    }
}
