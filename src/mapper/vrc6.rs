//! VRC6: iNES 24 (VRC6a), and 26 (VRC6b), which has A0 and A1 swapped.
//!
//! ```text
//!               76543210
//! $8000-$8003   ....PPPP  16 KiB of PRG ROM at $8000
//! $C000-$C003   ...PPPPP  8 KiB of PRG ROM at $C000; $E000 has the last bank
//! $9000-$B002   sound, not emulated
//! $B003         W.PNMMDD  D: PPU banks, M: mirroring, N: nametables are CHR ROM, P: 2 KiB banks; W: PRG RAM on
//! $D000-$D003   CCCCCCCC  R0 to R3
//! $E000-$E003   CCCCCCCC  R4 to R7
//! $F000         LLLLLLLL  IRQ latch
//! $F001         .....MEA  IRQ control
//! $F002         ........  IRQ acknowledge
//! ```
//!
//! | D   | $0000 | $0400 | $0800 | $0C00 | $1000 | $1400 | $1800 | $1C00 |
//! |-----|-------|-------|-------|-------|-------|-------|-------|-------|
//! | 0   | R0    | R1    | R2    | R3    | R4    | R5    | R6    | R7    |
//! | 1   | R0    | R0    | R1    | R1    | R2    | R2    | R3    | R3    |
//! | 2,3 | R0    | R1    | R2    | R3    | R4    | R4    | R5    | R5    |
//!
//! | bits 0-2 | $2000 | $2400 | $2800 | $2C00 |
//! |----------|-------|-------|-------|-------|
//! | 0,6,7    | R6    | R6    | R7    | R7    |
//! | 1,5      | R4    | R5    | R6    | R7    |
//! | 2,3,4    | R6    | R7    | R6    | R7    |
//!
//! With P, the lowest bit of the bank is not the register's where a register has two KiB: it is PPU A10. In nametables it
//! then depends on M and D: PPU A10 if MMDD is 0 or 7, A11 if 3 or 4, 0 if 8 or 15, 1 if 11 or 12, and the register's
//! otherwise. CIRAM A10 is that bit too. <https://www.nesdev.org/wiki/VRC6>, <https://www.nesdev.org/wiki/Talk:VRC6>

use super::board::{Board, CountsCycles, CycleIrq, NoReads, Ranges, Setup, Unwatched};
use super::parts::vrc_irq::VrcIrq;
use crate::memory::{Access, Kib, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The register of each KiB of pattern space, for D.
const PATTERNS: [[usize; 8]; 4] =
    [[0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 2, 3, 4, 4, 5, 5], [0, 1, 2, 3, 4, 4, 5, 5]];

/// The board with banks for everything.
#[derive(Clone, Debug)]
pub(crate) struct Vrc6 {
    prg: [u8; 2],
    chr: [u8; 8],
    style: u8,
    irq: VrcIrq,
    /// A0 and A1 are swapped.
    swapped: bool,
}

impl Board for Vrc6 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 256];
    const SOUND: Option<&'static str> = Some("VRC6");

    type Irq = CycleIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let swapped = setup.header.mapper == 26;
        Self { prg: [0, 2], chr: [0, 1, 2, 3, 4, 5, 6, 7], style: 0, irq: VrcIrq::default(), swapped }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        let register = usize::from(if self.swapped { (addr & 1) << 1 | addr >> 1 & 1 } else { addr & 3 });
        match (addr >> 12, register) {
            (0x8, _) => self.prg[0] = value & 0xF,
            (0xC, _) => self.prg[1] = value & 0x1F,
            (0xB, 3) => self.style = value,
            (0xD, _) => self.chr[register] = value,
            (0xE, _) => self.chr[4 + register] = value,
            (0xF, 0) => self.irq.write_latch(0xFF, value, at),
            (0xF, 1) => self.irq.write_control(value, at),
            (0xF, 2) => self.irq.write_acknowledge(at),
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(self.prg[0]));
        memory.map_prg(8, 2, i32::from(self.prg[1]));
        memory.map_prg(8, 3, -1);
        memory.map_prg_ram(0, if self.style & 0x80 != 0 { Access::ReadWrite } else { Access::None });
        let wide = self.style & 0x20 != 0;
        let registers = PATTERNS[usize::from(self.style & 3)];
        for (slot, &register) in registers.iter().enumerate() {
            let bank = self.chr[register];
            let is_pair = wide && registers[slot ^ 1] == register;
            memory.map_chr(1, slot, i32::from(if is_pair { bank & 0xFE | slot as u8 & 1 } else { bank }));
        }
        let registers = match self.style & 7 {
            0 | 6 | 7 => [6, 6, 7, 7],
            1 | 5 => [4, 5, 6, 7],
            _ => [6, 7, 6, 7],
        };
        for (slot, register) in registers.into_iter().enumerate() {
            let bank = self.chr[register];
            let lowest = match self.style & 0xF {
                _ if !wide => bank & 1,
                0 | 7 => slot as u8 & 1,
                3 | 4 => slot as u8 >> 1,
                8 | 15 => 0,
                11 | 12 => 1,
                _ => bank & 1,
            };
            let kib = match self.style & 0x10 {
                0 => Kib::Ciram(usize::from(lowest)),
                _ => Kib::Rom(usize::from(bank & 0xFE | lowest)),
            };
            memory.map_kib(8 + slot, kib);
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsCycles for Vrc6 {
    type Counter = VrcIrq;

    fn counter(&self) -> &VrcIrq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut VrcIrq {
        &mut self.irq
    }
}

persist!(Vrc6 { prg, chr, style, irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;
    use crate::memory::PpuPage;

    /// Bits 0-4 of $B003, and what a VRC6 then put out for its twelve KiB, by a measurement of BootGod's (Talk:VRC6): ROM
    /// from $80 on, CIRAM below, whose bit 0 is the KiB.
    const MEASURED: [(u8, [u8; 12]); 8] = [
        (0x00, [0x81, 0x88, 0x90, 0x99, 0xA0, 0xA9, 0xB1, 0xB8, 0x71, 0x71, 0x78, 0x78]),
        (0x01, [0x81, 0x81, 0x88, 0x88, 0x90, 0x90, 0x99, 0x99, 0x60, 0x69, 0x71, 0x78]),
        (0x02, [0x81, 0x88, 0x90, 0x99, 0xA0, 0xA0, 0xA9, 0xA9, 0x71, 0x78, 0x71, 0x78]),
        (0x04, [0x81, 0x88, 0x90, 0x99, 0xA0, 0xA9, 0xB1, 0xB8, 0x71, 0x78, 0x71, 0x78]),
        (0x05, [0x81, 0x81, 0x88, 0x88, 0x90, 0x90, 0x99, 0x99, 0x60, 0x69, 0x71, 0x78]),
        (0x06, [0x81, 0x88, 0x90, 0x99, 0xA0, 0xA0, 0xA9, 0xA9, 0x71, 0x71, 0x78, 0x78]),
        (0x10, [0x81, 0x88, 0x90, 0x99, 0xA0, 0xA9, 0xB1, 0xB8, 0xB1, 0xB1, 0xB8, 0xB8]),
        (0x11, [0x81, 0x81, 0x88, 0x88, 0x90, 0x90, 0x99, 0x99, 0xA0, 0xA9, 0xB1, 0xB8]),
    ];

    fn pages(rig: &Rig) -> [u32; 12] {
        std::array::from_fn(|slot| match rig.memory.ppu_page(slot) {
            PpuPage::Rom(offset) => offset >> 10,
            PpuPage::Vram(offset) => 0x1000 | offset >> 10,
            PpuPage::Nothing => panic!("nothing at {slot}"),
        })
    }

    fn rig(number: u16, swapped: bool) -> Rig {
        let mut rig = Rig::new(number, 0, 256, 256, [7, 0]);
        for (i, bank) in [0x81, 0x88, 0x90, 0x99, 0xA0, 0xA9, 0xB1, 0xB8].into_iter().enumerate() {
            let (page, line) = (0xD000 + ((i as u16 / 4) << 12), i as u16 % 4);
            rig.write(page | if swapped { line >> 1 | (line & 1) << 1 } else { line }, bank);
        }
        rig
    }

    #[test]
    fn ppu_banks_are_as_measured() {
        for (number, swapped) in [(24, false), (26, true)] {
            let mut rig = rig(number, swapped);
            for (style, banks) in MEASURED {
                rig.write(0xB003, style);
                let expected =
                    banks.map(|bank| if bank < 0x80 { 0x1000 | u32::from(bank & 1) } else { u32::from(bank) });
                assert_eq!(pages(&rig), expected, "{style:02X}");
            }
        }
    }

    #[test]
    fn games_mirror_by_four_values() {
        let mut rig = rig(24, false);
        for (style, nametables) in [(0xA0, [0, 1, 0, 1]), (0xA4, [0, 0, 1, 1]), (0x28, [0; 4]), (0x2C, [1; 4])] {
            rig.write(0xB003, style);
            assert_eq!(rig.nametables(), nametables, "{style:02X}");
        }
        rig.write(0xB003, 0x21);
        assert_eq!(pages(&rig)[..8], [0x80, 0x81, 0x88, 0x89, 0x90, 0x91, 0x98, 0x99]);
    }

    #[test]
    fn prg_ram_and_irq() {
        let mut rig = rig(26, true);
        rig.write(0x8001, 0xF3);
        rig.write(0xC002, 0x15);
        assert_eq!(rig.prg(), [12, 14, 42, 62]);
        rig.write(0x6000, 1);
        rig.write(0xB003, 0x80);
        assert_eq!(rig.read(0x6000), Some(0));
        for (addr, value) in [(0xF000, 0xFE), (0xF002, 6)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 2);
        rig.write(0xF001, 0);
        assert!(!rig.mapper.irq() && rig.mapper.irq_at(rig.at - 1));
    }
}
