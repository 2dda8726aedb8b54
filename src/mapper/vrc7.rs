//! VRC7: iNES 85.
//!
//! ```text
//!               76543210
//! $8000, $8010  ..PPPPPP  8 KiB of PRG ROM at $8000, $A000
//! $9000         ..PPPPPP  8 KiB of PRG ROM at $C000; $E000 has the last bank
//! $9010, $9030  sound, not emulated
//! $A000-$D010   CCCCCCCC  1 KiB of CHR at $0000, $0400 ... $1C00
//! $E000         RS....MM  M: 0 vertical, 1 horizontal, 2 single low, 3 single high; S: silence; R: PRG RAM on
//! $E010         LLLLLLLL  IRQ latch
//! $F000         .....MEA  IRQ control
//! $F010         ........  IRQ acknowledge
//! ```
//!
//! The line that tells the two registers of a page is A3 in submapper 1 (VRC7b: $8008, ...), A4 in 2 (VRC7a), and either in
//! 0. <https://www.nesdev.org/wiki/VRC7>

use super::board::{Board, CountsCycles, CycleIrq, NoReads, Ranges, Setup, Unwatched};
use super::parts::mirroring;
use super::parts::vrc_irq::VrcIrq;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board with FM sound, or a place for it.
#[derive(Clone, Debug)]
pub(crate) struct Vrc7 {
    prg: [u8; 3],
    chr: [u8; 8],
    control: u8,
    irq: VrcIrq,
    /// The address lines that tell the registers of a page.
    lines: u16,
}

impl Board for Vrc7 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = Some("VRC7");

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let lines = [0x18, 0x08, 0x10].get(usize::from(setup.header.submapper)).copied().unwrap_or(0x18);
        Self { prg: [0, 1, 2], chr: [0, 1, 2, 3, 4, 5, 6, 7], control: 0, irq: VrcIrq::default(), lines }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match (addr >> 12, addr & self.lines != 0) {
            (0x8, second) => self.prg[usize::from(second)] = value & 0x3F,
            (0x9, false) => self.prg[2] = value & 0x3F,
            (page @ 0xA..0xE, second) => self.chr[usize::from(page - 0xA) * 2 + usize::from(second)] = value,
            (0xE, false) => self.control = value,
            (0xE, true) => self.irq.write_latch(0xFF, value, at),
            (0xF, false) => self.irq.write_control(value, at),
            (0xF, true) => self.irq.write_acknowledge(at),
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(i32::from).into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(1, slot, i32::from(bank));
        }
        memory.set_mirroring(mirroring(self.control));
        memory.map_prg_ram(0, if self.control & 0x80 != 0 { Access::ReadWrite } else { Access::None });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for Vrc7 {
    type Counter = VrcIrq;

    fn counter(&self) -> &VrcIrq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut VrcIrq {
        &mut self.irq
    }
}

persist!(Vrc7 { prg, chr, control, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn both_wirings_have_every_register() {
        for (submapper, line) in [(0, 8), (0, 0x10), (1, 8), (2, 0x10)] {
            let mut rig = Rig::new(85, submapper, 512, 256, [7, 0]);
            for (addr, value) in [(0x8000, 0xC5), (0x8000 | line, 0x26), (0x9000, 0x37), (0x9010 | line, 1)] {
                rig.write(addr, value);
            }
            assert_eq!(rig.prg(), [10, 76, 110, 126], "{submapper}");
            for chr in 0..8 {
                rig.write((0xA000 + ((chr / 2) << 12)) | (chr % 2 * line), 0xE0 + chr as u8);
            }
            assert_eq!(rig.chr(), [0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7]);
            rig.write(0x6000, 7);
            assert_eq!(rig.read(0x6000), None);
            rig.write(0xE000, 0x83);
            assert_eq!((rig.nametables(), rig.read(0x6000)), ([1; 4], Some(0)));
            rig.write(0xE000 | line, 0xFD);
            rig.write(0xF000, 6);
            assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 3);
            rig.write(0xF000 | line, 0);
            assert!(!rig.mapper.irq() && rig.mapper.irq_at(rig.at - 1));
        }
    }

    #[test]
    fn the_other_line_does_not_count() {
        let mut rig = Rig::new(85, 1, 512, 256, [7, 0]);
        rig.write(0x8010, 9);
        assert_eq!(rig.prg()[..2], [18, 2]);
    }
}
