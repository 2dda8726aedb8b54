//! VRC3: iNES 73.
//!
//! ```text
//!              76543210
//! $8000-$B000  ....LLLL  IRQ latch, low digit first
//! $C000        .....MEA  IRQ control
//! $D000        ........  IRQ acknowledge
//! $F000        .....PPP  16 KiB of PRG ROM at $8000; $C000 has the last bank
//! ```
//!
//! 8 KiB of CHR RAM, mirroring by solder pads, 8 KiB of PRG RAM. The IRQ is [`Vrc3Irq`].
//! <https://www.nesdev.org/wiki/VRC3>

use super::board::{Board, CountsCycles, CycleIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use super::parts::vrc3_irq::Vrc3Irq;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with a 16-bit counter.
#[derive(Clone, Debug)]
pub(crate) struct Vrc3 {
    prg: u8,
    irq: Vrc3Irq,
    mirroring: Mirroring,
}

impl Board for Vrc3 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [128, 8];
    const SOUND: Option<&'static str> = None;

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        Self { prg: 0, irq: Vrc3Irq::default(), mirroring: setup.header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match addr >> 12 {
            digit @ 0x8..0xC => self.irq.write_latch(usize::from(digit) & 3, value, at),
            0xC => self.irq.write_control(value, at),
            0xD => self.irq.write_acknowledge(at),
            0xF => {
                self.prg = value & 7;
                self.update_banks(memory);
            }
            _ => {}
        }
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(self.prg));
        memory.map_prg(16, 1, -1);
        memory.map_chr(8, 0, 0);
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for Vrc3 {
    type Counter = Vrc3Irq;

    fn counter(&self) -> &Vrc3Irq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut Vrc3Irq {
        &mut self.irq
    }
}

persist!(Vrc3 { prg, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn banks_and_irq() {
        let mut rig = Rig::with_flags(73, 0, 1, [128, 0], [7, 7]);
        rig.write(0xF000, 0xFA);
        assert_eq!((rig.prg(), rig.nametables()), ([8, 10, 28, 30], [0, 1, 0, 1]));
        for (addr, value) in [(0x8000, 0xE), (0x9000, 0xF), (0xA000, 0xF), (0xB000, 0xF), (0xC000, 2)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 2);
        rig.write(0xD000, 0);
        assert!(rig.mapper.irq_at(rig.at - 1) && !rig.mapper.irq());
    }
}
