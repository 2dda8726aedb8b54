//! Namco 129 and 163: iNES 19.
//!
//! ```text
//!              76543210
//! $4800        DDDDDDDD  byte of the chip's RAM, read and written
//! $5000        NNNNNNNN  IRQ count, low half, read and written
//! $5800        ENNNNNNN  IRQ enable, and count, high half, read and written
//! $8000-$B800  CCCCCCCC  1 KiB of CHR at $0000 ... $1C00; from $E0 on of CIRAM, unless L or H
//! $C000-$D800  CCCCCCCC  1 KiB for each nametable: of CHR ROM, from $E0 on of CIRAM
//! $E000        .SPPPPPP  8 KiB of PRG ROM at $8000; S: silence
//! $E800        HLPPPPPP  8 KiB of PRG ROM at $A000; L, H: CHR ROM only, at $0000-$0FFF, $1000-$1FFF
//! $F000        ..PPPPPP  8 KiB of PRG ROM at $C000; $E000 has the last bank
//! $F800        KKKKWWWW  PRG RAM: 2 KiB at $6000, $6800, $7000, $7800 can be written if K is 4 and their W is 0
//!              IAAAAAAA  address in the chip's RAM; I: the next access increments it
//! ```
//!
//! Each register has 2 KiB of addresses. A cartridge with CHR ROM and CHR RAM has the RAM in place of CIRAM, in all twelve
//! banks. The chip's RAM of 128 bytes is sound RAM; with a battery it is kept, and may be all there is.
//! <https://www.nesdev.org/wiki/INES_Mapper_019>, <https://www.nesdev.org/wiki/Namco_163_audio>

use super::board::{Board, CountsCycles, CycleIrq, Ranges, Readable, RegisterReads, Setup, Unwatched};
use super::parts::n163_irq::N163Irq;
use crate::memory::{Access, Kib, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// Bytes of the chip's RAM.
const CHIP_RAM: usize = 128;

/// What CHR consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chr {
    Rom,
    Ram,
    Both,
}

/// The board with banks for everything, and sound.
#[derive(Clone, Debug)]
pub(crate) struct N163 {
    /// $8000 to $D800: patterns, nametables.
    chr: [u8; 12],
    prg: [u8; 3],
    address: u8,
    /// The chip's RAM, if it has no battery.
    ram: [u8; CHIP_RAM],
    irq: N163Irq,
    kept: bool,
    /// Of 512 bytes, without the chip's.
    prg_ram_pages: usize,
    kind: Chr,
}

impl Board for N163 {
    const WRITES: Ranges = &[0x4800..=0x5FFF, 0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = Some("Namco 163");

    type Irq = CycleIrq;
    type Reads = RegisterReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let h = setup.header;
        let kept = h.prg_nvram_size % 0x200 == CHIP_RAM;
        Self {
            // CIRAM for vertical mirroring, since a program without set-up expects some.
            chr: [0, 1, 2, 3, 4, 5, 6, 7, 0xE0, 0xE1, 0xE0, 0xE1],
            prg: [0, 1, 2],
            address: 0,
            ram: [0; CHIP_RAM],
            irq: N163Irq::default(),
            kept,
            prg_ram_pages: (h.prg_ram_size + h.prg_nvram_size) / 0x200,
            kind: match (h.chr_rom_size, h.chr_ram_size + h.chr_nvram_size) {
                (0, _) => Chr::Ram,
                (_, 0) => Chr::Rom,
                _ => Chr::Both,
            },
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        let register = usize::from(addr >> 11);
        match addr {
            0x4800..0x5000 => {
                let place = usize::from(self.address) % CHIP_RAM;
                if let Some(byte) = self.chip_ram(memory).get_mut(place) {
                    *byte = value;
                }
                self.step();
            }
            0x5000..0x6000 => self.irq.write_half(register & 1, value, at),
            0x8000..0xE000 => self.chr[register - 0x10] = value,
            0xE000..0xF800 => self.prg[register - 0x1C] = value,
            _ => self.address = value,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        for (slot, bank) in self.prg.map(|bank| i32::from(bank & 0x3F)).into_iter().chain([-1]).enumerate() {
            memory.map_prg(8, slot, bank);
        }
        for (slot, bank) in self.chr.into_iter().enumerate() {
            let rom_only = slot < 8 && self.prg[1] >> (6 + slot / 4) & 1 != 0;
            let (number, in_ram) = (usize::from(bank), bank >= 0xE0 && !rom_only);
            let kib = match (in_ram, self.kind) {
                (false, Chr::Ram) => Kib::Ram(number),
                (false, _) => Kib::Rom(number),
                (true, Chr::Both) => Kib::Ram(number & 0x1F),
                (true, _) => Kib::Ciram(number & 1),
            };
            memory.map_kib(slot, kib);
        }
        for slot in 0..16_usize {
            let writable = self.address & 0xF0 == 0x40 && self.address >> (slot / 4) & 1 == 0;
            let (page, access) = match slot.checked_rem(self.prg_ram_pages) {
                Some(page) => (page, if writable { Access::ReadWrite } else { Access::Read }),
                None => (0, Access::None),
            };
            memory.map_prg_ram_page(slot, page, access);
        }
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl N163 {
    fn chip_ram<'a>(&'a mut self, memory: &'a mut Memory) -> &'a mut [u8] {
        if self.kept { memory.chip_ram_mut() } else { &mut self.ram }
    }

    /// After an access to the chip's RAM.
    fn step(&mut self) {
        if self.address & 0x80 != 0 {
            self.address = 0x80 | self.address.wrapping_add(1);
        }
    }
}

impl Readable for N163 {
    const READS: Ranges = &[0x4800..=0x5FFF];

    fn read(&mut self, memory: &mut Memory, addr: u16, at: Cycle) -> Option<u8> {
        if addr >= 0x5000 {
            return Some(self.irq.read_half(usize::from(addr >> 11) & 1, at));
        }
        let byte = self.peek(memory, addr);
        // With increments, PRG RAM is protected before and after: the page tables stay.
        self.step();
        byte
    }

    fn peek(&self, memory: &Memory, addr: u16) -> Option<u8> {
        if addr >= 0x5000 {
            return Some(self.irq.peek_half(usize::from(addr >> 11) & 1));
        }
        let ram = if self.kept { memory.chip_ram() } else { &self.ram };
        ram.get(usize::from(self.address) % CHIP_RAM).copied()
    }
}

impl CountsCycles for N163 {
    type Counter = N163Irq;

    fn counter(&self) -> &N163Irq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut N163Irq {
        &mut self.irq
    }
}

persist!(N163 { chr, prg, address, ram: bytes(), irq });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;
    use crate::memory::PpuPage;

    #[test]
    fn prg_banks() {
        let mut rig = Rig::new(19, 0, 512, 256, [0, 0]);
        for (addr, value) in [(0xE000, 0xC5), (0xEFFF, 0xC6), (0xF000, 0xC7)] {
            rig.write(addr, value);
        }
        assert_eq!(rig.prg(), [10, 12, 14, 126]);
    }

    #[test]
    fn patterns_and_nametables_are_rom_or_ciram() {
        let mut rig = Rig::new(19, 0, 128, 256, [0, 0]);
        for slot in 0..12 {
            rig.write(0x8000 + 0x800 * slot, if slot & 1 == 0 { 0xDF } else { 0xE0 + slot as u8 });
        }
        let (rom, ciram) = (|bank: u32| PpuPage::Rom(bank << 10), |kib: u32| PpuPage::Vram(kib << 10));
        for (control, low, high) in [(0, false, false), (0x40, true, false), (0x80, false, true)] {
            rig.write(0xE800, control);
            for slot in 0..12 {
                let rom_only = slot < 8 && if slot < 4 { low } else { high };
                let expected = match (slot & 1, rom_only) {
                    (0, _) => rom(0xDF),
                    (_, true) => rom(0xE0 + slot as u32),
                    (_, false) => ciram(1),
                };
                assert_eq!(rig.memory.ppu_page(slot), expected, "{control:X} {slot}");
            }
        }
        let mut rig = Rig::new(19, 0, 128, 256, [0, 7]);
        rig.write(0x8000, 0xE3);
        assert_eq!(rig.memory.ppu_page(0), PpuPage::Vram(0x800 + (3 << 10)), "CHR RAM in place of CIRAM");
        let mut rig = Rig::new(19, 0, 128, 0, [0, 7]);
        rig.write(0x8000, 0x03);
        rig.write(0x8800, 0xE1);
        assert_eq!([0, 1].map(|slot| rig.memory.ppu_page(slot)), [PpuPage::Vram(0x800 + (3 << 10)), ciram(1)]);
    }

    #[test]
    fn chip_ram_is_kept_if_there_is_a_battery() {
        for (flags, ram, kept) in [(0, 0, None), (2, 0, Some(0)), (2, 0x70, Some(0x2000))] {
            let mut rig = Rig::with_flags(19, 0, flags, [128, 128], [ram, 0]);
            rig.write(0xF800, 0xFE);
            for value in [1, 2, 3] {
                rig.write(0x4FFF, value);
            }
            rig.write(0xF800, 0xFF);
            assert_eq!([rig.read(0x4800), rig.read(0x4800), rig.read(0x4800)], [Some(2), Some(3), Some(0)]);
            rig.write(0xF800, 0x00);
            assert_eq!([rig.read(0x4800), rig.read(0x4800)], [Some(3); 2], "without increment");
            let first = kept.map(|place: usize| rig.memory.battery().unwrap()[place]);
            assert_eq!(first, kept.map(|_| 3));
        }
    }

    #[test]
    fn prg_ram_is_protected_by_pieces() {
        let mut rig = Rig::new(19, 0, 128, 128, [7, 0]);
        for (protect, written) in [(0x40, 0b1111), (0x4E, 0b0001), (0x4F, 0), (0x45, 0b1010), (0x00, 0), (0xC0, 0)] {
            rig.write(0xF800, protect);
            for piece in 0..4 {
                let addr = 0x6000 + 0x800 * piece;
                let before = rig.read(addr).unwrap();
                rig.write(addr, before + 1);
                let is_written = rig.read(addr) == Some(before + 1);
                assert_eq!(is_written, written >> piece & 1 != 0, "{protect:X} {piece}");
            }
        }
        let mut rig = Rig::with_flags(19, 0, 2, [128, 128], [0, 0]);
        rig.write(0xF800, 0x40);
        assert_eq!(rig.read(0x6000), None, "only chip RAM");
    }

    #[test]
    fn irq_is_read_and_written() {
        let mut rig = Rig::new(19, 0, 128, 128, [0, 0]);
        rig.write(0x5000, 0x00);
        rig.write(0x5800, 0xFF);
        assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + 0xFF);
        assert_eq!([rig.read(0x57FF), rig.read(0x5FFF)], [Some(10), Some(0xFF)]);
    }
}
