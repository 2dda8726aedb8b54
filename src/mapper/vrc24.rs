//! VRC2 and VRC4: iNES 21, 22, 23, 25.
//!
//! ```text
//!               76543210
//! $8000-$8003   ...PPPPP  8 KiB of PRG ROM at $8000, or at $C000 if M; the other one has the second-last bank
//! $A000-$A003   ...PPPPP  8 KiB of PRG ROM at $A000; $E000 has the last bank
//! $9000 [1]     ......NN  0 vertical, 1 horizontal, 2 single low, 3 single high (VRC2: bit 0 only)
//! $9002         ......MW  W: PRG RAM on, M: swap $8000 and $C000; VRC4 only
//! $B000, $B001  ....LLLL, ...HHHHH  1 KiB of CHR at $0000 (VRC2: bit 4 of H is ignored)
//! $B002-$E003   the same for $0400 to $1C00
//! $F000, $F001  ....LLLL  IRQ latch, low and high digit; VRC4 only
//! $F002         .....MEA  IRQ control
//! $F003         ........  IRQ acknowledge
//! $6000-$6FFF   .......L  VRC2 without PRG RAM: a latch, which reads in bit 0; VRC2a: 0, as the pin is grounded
//! ```
//!
//! [1] VRC2: $9000 to $9003. Boards differ in the CPU address lines that are the chip's A0 and A1:
//!
//! | chip  | iNES | submapper | A0 | A1 |
//! |-------|------|-----------|----|----|
//! | VRC4a | 21   | 1         | 1  | 2  |
//! | VRC4c | 21   | 2         | 6  | 7  |
//! | VRC2a | 22   | 0         | 1  | 0  |
//! | VRC4f | 23   | 1         | 0  | 1  |
//! | VRC4e | 23   | 2         | 2  | 3  |
//! | VRC2b | 23   | 3         | 0  | 1  |
//! | VRC4b | 25   | 1         | 1  | 0  |
//! | VRC4d | 25   | 2         | 3  | 2  |
//! | VRC2c | 25   | 3         | 1  | 0  |
//!
//! Submapper 0 has a VRC4 and both pairs of lines of its number, as games use addresses of one pair only. With it PRG RAM
//! is on at power-on, since the game may be one for a VRC2, which does not switch it. VRC2a does not connect the lowest bit of
//! CHR banks.
//! <https://www.nesdev.org/wiki/VRC2_and_VRC4>
//!
//! VRC4 itself decodes RAM at $6000-$6FFF only; with 2 KiB it is there twice, with 8 KiB the board decodes all.

use super::board::{Board, CountsCycles, CycleIrq, Ranges, Readable, RegisterReads, Setup, Unwatched};
use super::parts::mirroring;
use super::parts::vrc_irq::VrcIrq;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// How a board is wired.
#[derive(Clone, Copy, Debug)]
struct Wiring {
    /// CPU addresses with the line that is A0, and with the one that is A1. Several lines are connected to each.
    lines: [u16; 2],
    vrc2: bool,
    /// The CHR ROM's A10 is the bank's bit 1, and the latch's output is grounded.
    vrc2a: bool,
    /// $6000-$6FFF is the latch.
    latched: bool,
    /// $7000-$7FFF is decoded, too.
    large_ram: bool,
}

/// The board with VRC2 or VRC4.
#[derive(Clone, Debug)]
pub(crate) struct Vrc24 {
    prg: [u8; 2],
    /// Nine bits each.
    chr: [u16; 8],
    mirroring: u8,
    control: u8,
    latch: u8,
    irq: VrcIrq,
    wiring: Wiring,
}

impl Board for Vrc24 {
    const WRITES: Ranges = &[0x6000..=0x6FFF, 0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 512];
    const SOUND: Option<&'static str> = None;

    type Irq = CycleIrq;
    type Reads = RegisterReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let h = setup.header;
        let (lines, vrc2) = match (h.mapper, h.submapper) {
            (21, 1) => ([1 << 1, 1 << 2], false),
            (21, 2) => ([1 << 6, 1 << 7], false),
            (21, _) => ([1 << 1 | 1 << 6, 1 << 2 | 1 << 7], false),
            (22, _) => ([1 << 1, 1 << 0], true),
            (23, 1) => ([1 << 0, 1 << 1], false),
            (23, 2) => ([1 << 2, 1 << 3], false),
            (23, 3) => ([1 << 0, 1 << 1], true),
            (23, _) => ([1 << 0 | 1 << 2, 1 << 1 | 1 << 3], false),
            (_, 1) => ([1 << 1, 1 << 0], false),
            (_, 2) => ([1 << 3, 1 << 2], false),
            (_, 3) => ([1 << 1, 1 << 0], true),
            _ => ([1 << 1 | 1 << 3, 1 << 0 | 1 << 2], false),
        };
        let ram = h.prg_ram_size + h.prg_nvram_size;
        let wiring = Wiring { lines, vrc2, vrc2a: h.mapper == 22, latched: vrc2 && ram == 0, large_ram: ram > 0x1000 };
        Self {
            prg: [0, 1],
            chr: [0, 1, 2, 3, 4, 5, 6, 7],
            mirroring: 0,
            control: u8::from(h.submapper == 0),
            latch: 0,
            irq: VrcIrq::default(),
            wiring,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        let [a0, a1] = self.wiring.lines.map(|lines| addr & lines != 0);
        let (register, vrc4) = (usize::from(a0) | usize::from(a1) << 1, !self.wiring.vrc2);
        match (addr >> 12, register) {
            (0..0x8, _) if self.wiring.latched => self.latch = value & 1,
            (0..0x8, _) => memory.write_prg_ram(addr, value),
            (0x8, _) => self.prg[0] = value & 0x1F,
            (0xA, _) => self.prg[1] = value & 0x1F,
            (0x9, 2) if vrc4 => self.control = value & 3,
            (0x9, 3) if vrc4 => {}
            (0x9, _) => self.mirroring = value & if vrc4 { 3 } else { 1 },
            (0xF, 0) if vrc4 => self.irq.write_latch(0x0F, value, at),
            (0xF, 1) if vrc4 => self.irq.write_latch(0xF0, value << 4, at),
            (0xF, 2) if vrc4 => self.irq.write_control(value, at),
            (0xF, _) if vrc4 => self.irq.write_acknowledge(at),
            (page @ 0xB..0xF, _) => {
                let chr = &mut self.chr[usize::from(page - 0xB) * 2 + register / 2];
                let value = u16::from(value);
                *chr = match register & 1 {
                    0 => *chr & 0x1F0 | value & 0xF,
                    _ => *chr & 0x00F | (value & if vrc4 { 0x1F } else { 0xF }) << 4,
                };
            }
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        let [low, middle] = self.prg.map(i32::from);
        let swapped = self.control & 2 != 0;
        let banks = if swapped { [-2, middle, low, -1] } else { [low, middle, -2, -1] };
        for (slot, bank) in banks.into_iter().enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(1, slot, i32::from(bank >> u16::from(self.wiring.vrc2a)));
        }
        memory.set_mirroring(mirroring(self.mirroring));
        let on = !self.wiring.latched && (self.wiring.vrc2 || self.control & 1 != 0);
        memory.map_prg_ram(0, if on { Access::ReadWrite } else { Access::None });
        if !self.wiring.large_ram {
            for slot in 8..16 {
                memory.map_prg_ram_page(slot, 0, Access::None);
            }
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Readable for Vrc24 {
    const READS: Ranges = &[0x6000..=0x6FFF];

    fn read(&mut self, memory: &mut Memory, addr: u16, _: Cycle) -> Option<u8> {
        // Only bit 0 is driven.
        if self.wiring.latched { Some(memory.data_bus & 0xFE | self.bit()) } else { memory.read_prg(addr) }
    }

    fn peek(&self, memory: &Memory, addr: u16) -> Option<u8> {
        // An instruction that reads has just fetched the high byte of the address.
        if self.wiring.latched { Some((addr >> 8) as u8 & 0xFE | self.bit()) } else { memory.read_prg(addr) }
    }
}

impl Vrc24 {
    /// What the latch drives on D0.
    fn bit(&self) -> u8 {
        if self.wiring.vrc2a { 0 } else { self.latch }
    }
}

impl CountsCycles for Vrc24 {
    type Counter = VrcIrq;

    fn counter(&self) -> &VrcIrq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut VrcIrq {
        &mut self.irq
    }
}

persist!(Vrc24 { prg, chr: each(0..=0x1FF), mirroring, control, latch: within(0..=1), irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    /// Number, submapper, the address lines of A0 and A1, and whether it is a VRC2.
    const CHIPS: [(u16, u8, [u16; 2], bool); 12] = [
        (21, 1, [2, 4], false),
        (21, 2, [0x40, 0x80], false),
        (21, 0, [2, 4], false),
        (21, 0, [0x40, 0x80], false),
        (22, 0, [2, 1], true),
        (23, 1, [1, 2], false),
        (23, 2, [4, 8], false),
        (23, 3, [1, 2], true),
        (23, 0, [4, 8], false),
        (25, 1, [2, 1], false),
        (25, 2, [8, 4], false),
        (25, 3, [2, 1], true),
    ];

    #[test]
    fn every_wiring_has_every_register() {
        for (number, submapper, [a0, a1], vrc2) in CHIPS {
            let mut rig = Rig::new(number, submapper, 256, 512, [7, 0]);
            let register = |page: u16, n: u16| (page << 12) | (a0 * (n & 1)) | (a1 * (n >> 1));
            for chr in 0..8 {
                let (page, n, bank) = (0xB + chr / 2, chr % 2 * 2, 0x12 * (chr + 1));
                rig.write(register(page, n), bank as u8);
                rig.write(register(page, n + 1), 0xF0 | (bank >> 4) as u8);
            }
            let high = if vrc2 { 0 } else { 0x100 };
            let expected = std::array::from_fn(|i| (0x12 * (i as u32 + 1)) | high);
            assert_eq!(rig.chr(), if number == 22 { expected.map(|bank| bank >> 1) } else { expected }, "{number}");
            rig.write(register(0x8, 3), 0xE5);
            rig.write(register(0xA, 1), 6);
            assert_eq!(rig.prg(), [10, 12, 60, 62]);
            rig.write(register(0x9, 0), 3);
            assert_eq!(rig.nametables(), if vrc2 { [0, 0, 1, 1] } else { [1, 1, 1, 1] }, "{number} {submapper}");
            rig.write(register(0x9, 2), 2);
            assert_eq!(rig.prg(), if vrc2 { [10, 12, 60, 62] } else { [60, 12, 10, 62] });
            for (n, value) in [(0, 0xD), (1, 0xF), (2, 6)] {
                rig.write(register(0xF, n), value);
            }
            let next = if vrc2 { crate::clock::NEVER } else { rig.at + 3 };
            assert_eq!(rig.mapper.next_irq(rig.at, None), next);
            rig.write(register(0xF, 3), 0);
            assert!(rig.mapper.irq_at(rig.at - 1) != vrc2 && !rig.mapper.irq());
        }
    }

    #[test]
    fn a_vrc2_without_ram_has_a_latch() {
        let mut rig = Rig::new(22, 0, 128, 128, [0, 0]);
        rig.write(0x6ABC, 0xFF);
        rig.memory.data_bus = 0x64;
        assert_eq!([rig.read(0x6000), rig.read(0x6100)], [Some(0x64), Some(0x64)], "grounded");
        let mut rig = Rig::new(23, 3, 128, 128, [0, 0]);
        rig.write(0x6ABC, 0xFF);
        rig.memory.data_bus = 0x64;
        assert_eq!([rig.read(0x6000), rig.read(0x6F00), rig.read(0x7000)], [Some(0x65), Some(0x65), None]);
        rig.write(0x6000, 0xFE);
        assert_eq!((rig.read(0x6100), rig.mapper.peek(&rig.memory, 0x6100)), (Some(0x64), Some(0x60)));
    }

    #[test]
    fn vrc4_switches_its_ram() {
        let mut rig = Rig::new(23, 2, 128, 128, [7, 0]);
        rig.write(0x6000, 1);
        assert_eq!(rig.read(0x6000), None);
        rig.write(0x9008, 1);
        rig.write(0x6000, 2);
        rig.write(0x7000, 3);
        assert_eq!([rig.read(0x6000), rig.read(0x7000)], [Some(2), Some(3)]);
        let mut rig = Rig::new(23, 2, 128, 128, [5, 0]);
        rig.write(0x9008, 1);
        rig.write(0x6001, 5);
        assert_eq!([rig.read(0x6801), rig.read(0x7001)], [Some(5), None]);
        let mut rig = Rig::new(23, 0, 128, 128, [7, 0]);
        rig.write(0x6000, 4);
        assert_eq!(rig.read(0x6000), Some(4), "it may be a VRC2");
        rig.write(0x9002, 2);
        assert_eq!(rig.read(0x6000), None);
    }
}
