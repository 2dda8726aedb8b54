//! Bandai FCG-1, FCG-2 and LZ93D50: iNES 16, 157 (Datach), 159.
//!
//! The FCGs have their registers at $6000-$7FFF, the LZ93D50 at $8000-$FFFF. The last digit of the address counts:
//!
//! ```text
//!         76543210
//! $0-$7   CCCCCCCC  1 KiB of CHR ROM at $0000 ... $1C00
//!         ....C...  Datach: SCL of the EEPROM on the game's cartridge
//! $8      ....PPPP  16 KiB of PRG ROM at $8000; $C000 has the last bank
//! $9      ......MM  0 vertical, 1 horizontal, 2 single low, 3 single high
//! $A      .......C  IRQ control
//! $B, $C  NNNNNNNN  IRQ count or latch, low and high half
//! $D      RDC.....  LZ93D50: C: SCL, D: SDA, R: SDA is an input
//! reads at $6000-$7FFF
//!         ...EB...  LZ93D50: E: SDA; B: barcode reader (Datach)
//! ```
//!
//! | board | EEPROM |
//! |-------|--------|
//! | 16, submapper 4 | FCG: none |
//! | 16, submapper 5 | LZ93D50: a 24C02 or none |
//! | 16, other | both chips, as games use one only: a 24C02 or none |
//! | 157 | LZ93D50: a 24C02 in the main unit; a X24C01 on the cartridge, or none. 8 KiB of CHR RAM |
//! | 159 | LZ93D50: a X24C01 |
//!
//! The wires of the Datach's two EEPROMs are one SDA and two SCL. Which of registers $0 to $3 is the second SCL depends on PPU
//! A10 and A11; programs must keep all four equal while the PPU renders. Here it is $0. No barcode is ever read.
//! <https://www.nesdev.org/wiki/INES_Mapper_016>, <https://www.nesdev.org/wiki/INES_Mapper_157>,
//! <https://www.nesdev.org/wiki/INES_Mapper_159>
//!
//! The page does not say what drives SDA while R is set. Here nothing but the EEPROMs does.

use super::board::{Board, CountsCycles, CycleIrq, Ranges, Readable, RegisterReads, Setup, Unwatched};
use super::parts::bandai_irq::BandaiIrq;
use super::parts::eeprom::{Chip, Eeprom};
use super::parts::mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// Bytes of the Datach cartridge's EEPROM, which come first in the memory that is kept.
const X24C01_SIZE: usize = 128;

/// The board with EEPROMs.
#[derive(Clone, Debug)]
pub(crate) struct Fcg {
    chr: [u8; 8],
    prg: u8,
    mirroring: u8,
    serial: u8,
    irq: BandaiIrq,
    /// On the board or in the main unit, and on the Datach cartridge.
    eeproms: [Eeprom; 2],
    has_eeprom: [bool; 2],
    /// The registers at $6000, and at $8000.
    chips: [bool; 2],
    datach: bool,
}

impl Board for Fcg {
    const WRITES: Ranges = &[0x6000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [256, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = CycleIrq;
    type Reads = RegisterReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let (h, kept) = (setup.header, setup.header.prg_nvram_size);
        let datach = h.mapper == 157;
        let chips = if h.mapper == 16 { [h.submapper != 5, h.submapper != 4] } else { [false, true] };
        let chip = if h.mapper == 159 { Chip::X24C01 } else { Chip::C24C02 };
        Self {
            chr: [0, 1, 2, 3, 4, 5, 6, 7],
            prg: 0,
            mirroring: 0,
            serial: 0xE0,
            irq: BandaiIrq::default(),
            eeproms: [Eeprom::new(chip), Eeprom::new(Chip::X24C01)],
            has_eeprom: [kept != 0 && chips[1], datach && kept > 256],
            chips,
            datach,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        let latched = addr >= 0x8000;
        if !self.chips[usize::from(latched)] {
            return;
        }
        match addr & 0xF {
            slot @ 0..8 => {
                self.chr[usize::from(slot)] = value;
                self.set_lines(memory);
            }
            0x8 => self.prg = value & 0xF,
            0x9 => self.mirroring = value & 3,
            0xA => self.irq.write_control(value, latched, at),
            half @ 0xB..0xD => self.irq.write_half(usize::from(half) - 0xB, value, latched, at),
            0xD if latched => {
                self.serial = value;
                self.set_lines(memory);
            }
            _ => {}
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.map_prg(16, 0, i32::from(self.prg));
        memory.map_prg(16, 1, -1);
        for (slot, bank) in self.chr.into_iter().enumerate() {
            memory.map_chr(1, slot, if self.datach { slot as i32 } else { i32::from(bank) });
        }
        memory.set_mirroring(mirroring(self.mirroring));
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Fcg {
    /// SDA as the LZ93D50 leaves it.
    fn data(&self) -> bool {
        self.serial & 0xC0 != 0
    }

    /// What is read if the bus holds `open`.
    fn drive(&self, open: u8) -> Option<u8> {
        if self.has_eeprom == [false; 2] {
            return None;
        }
        let driven = if self.datach { 0x18 } else { 0x10 };
        let line = self.data() && !self.eeproms.iter().any(Eeprom::pulls);
        Some(open & !driven | u8::from(line) << 4)
    }

    fn set_lines(&mut self, memory: &mut Memory) {
        let (data, clocks) = (self.data(), [self.serial & 0x20 != 0, self.chr[0] & 8 != 0]);
        let [board, cartridge] = &mut self.eeproms;
        let first = if self.has_eeprom[1] { X24C01_SIZE } else { 0 };
        if let Some(bytes) = memory.chip_ram_mut().get_mut(first..)
            && self.has_eeprom[0]
        {
            board.set(clocks[0], data && !cartridge.pulls(), bytes);
        }
        if let Some(bytes) = memory.chip_ram_mut().get_mut(..X24C01_SIZE)
            && self.has_eeprom[1]
        {
            cartridge.set(clocks[1], data && !board.pulls(), bytes);
        }
    }
}

impl Readable for Fcg {
    const READS: Ranges = &[0x6000..=0x7FFF];

    fn read(&mut self, memory: &mut Memory, _: u16, _: Cycle) -> Option<u8> {
        self.drive(memory.data_bus)
    }

    fn peek(&self, _: &Memory, addr: u16) -> Option<u8> {
        // An instruction that reads has just fetched the high byte of the address.
        self.drive((addr >> 8) as u8)
    }
}

impl CountsCycles for Fcg {
    type Counter = BandaiIrq;

    fn counter(&self) -> &BandaiIrq {
        &self.irq
    }

    fn counter_mut(&mut self) -> &mut BandaiIrq {
        &mut self.irq
    }
}

persist!(Fcg { chr, prg, mirroring, serial, irq, eeproms });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::Rig;

    #[test]
    fn each_chip_has_its_addresses() {
        for (number, submapper, low, high) in [
            (16, 0, true, true),
            (16, 4, true, false),
            (16, 5, false, true),
            (157, 0, false, true),
            (159, 0, false, true),
        ] {
            for (page, exists) in [(0x6F30, low), (0xFF30, high)] {
                let mut rig = Rig::new(number, submapper, 256, 256, [0, 0]);
                for slot in 0..8 {
                    rig.write(page + slot, 0x80 + slot as u8);
                }
                rig.write(page + 8, 0xF5);
                rig.write(page + 9, 3);
                let chr = if exists && number != 157 { 0x80 } else { 0 };
                assert_eq!(rig.chr(), std::array::from_fn(|slot| chr + slot as u32), "{number}.{submapper} {page:X}");
                assert_eq!(rig.prg(), if exists { [20, 22, 60, 62] } else { [0, 2, 60, 62] });
                assert_eq!(rig.nametables(), if exists { [1; 4] } else { [0, 1, 0, 1] });
            }
        }
    }

    #[test]
    fn only_the_lz93d50_has_an_irq_latch() {
        for (submapper, page, left) in [(4, 0x6000, 300), (5, 0x8000, 290)] {
            let mut rig = Rig::new(16, submapper, 128, 128, [0, 0]);
            // The last write is ten cycles after the counter began.
            for (register, value) in [(0xB, 0x2C), (0xC, 1), (0xA, 1), (0xB, 0x2C)] {
                rig.write(page + register, value);
            }
            assert_eq!(rig.mapper.next_irq(rig.at, None), rig.at + left, "{submapper}");
        }
    }

    /// A master on $800D and $8000, in turn for both EEPROMs of a Datach.
    struct Serial {
        rig: Rig,
        cartridge: bool,
        clock: bool,
    }

    impl Serial {
        fn set(&mut self, clock: bool, data: bool, read: bool) {
            let data = u8::from(data) << 6 | u8::from(read) << 7;
            if self.cartridge {
                // The clock falls before data moves, and rises behind it.
                self.rig.write(0x8000, u8::from(clock && self.clock) << 3);
                self.rig.write(0x800D, data);
                self.rig.write(0x8000, u8::from(clock) << 3);
                self.clock = clock;
            } else {
                self.rig.write(0x800D, data | u8::from(clock) << 5);
            }
        }

        fn start(&mut self) {
            for (clock, data) in [(false, true), (true, true), (true, false), (false, false)] {
                self.set(clock, data, false);
            }
        }

        fn stop(&mut self) {
            for (clock, data) in [(false, false), (true, false), (true, true)] {
                self.set(clock, data, false);
            }
        }

        fn clock(&mut self, data: bool, read: bool) -> bool {
            self.set(false, data, read);
            self.set(true, data, read);
            let line = self.rig.read(0x6000).unwrap() & 0x10 != 0;
            self.set(false, data, read);
            line
        }

        fn send(&mut self, byte: u8) {
            for bit in (0..8).rev() {
                self.clock(byte >> bit & 1 != 0, false);
            }
            assert!(!self.clock(false, true), "acknowledged");
        }

        fn receive(&mut self) -> u8 {
            let byte = (0..8).fold(0, |byte, _| byte << 1 | u8::from(self.clock(false, true)));
            self.clock(true, false);
            byte
        }
    }

    #[test]
    fn eeproms_are_written_and_read() {
        for (number, ram, cartridge, write, read, place) in [
            (16, 0x20, false, &[0xA0, 0x42, 0x99][..], &[0xA1][..], 0x42),
            (159, 0x10, false, &[0x42 << 1, 0x99], &[0x42 << 1 | 1], 0x42),
            (157, 0x00, false, &[0xA0, 0x42, 0x99], &[0xA1], 0x42),
            (157, 0x10, false, &[0xA0, 0x42, 0x99], &[0xA1], 0x80 + 0x42),
            (157, 0x10, true, &[0x42 << 1, 0x99], &[0x42 << 1 | 1], 0x42),
        ] {
            let rig = Rig::new(number, if number == 16 { 5 } else { 0 }, 128, 0, [ram, 7]);
            let mut bus = Serial { rig, cartridge, clock: true };
            bus.start();
            write.iter().for_each(|&byte| bus.send(byte));
            bus.stop();
            assert_eq!(bus.rig.memory.battery().unwrap()[place], 0x99, "{number}");
            bus.start();
            if write.len() == 3 {
                write[..2].iter().for_each(|&byte| bus.send(byte));
                bus.start();
            }
            read.iter().for_each(|&byte| bus.send(byte));
            assert_eq!(bus.receive(), 0x99, "{number}");
            bus.stop();
        }
    }

    #[test]
    fn without_an_eeprom_nothing_is_read() {
        let mut rig = Rig::new(16, 5, 128, 128, [0, 0]);
        assert_eq!(rig.read(0x6000), None);
        let mut rig = Rig::new(159, 0, 128, 128, [0x10, 0]);
        for (bus, high, low) in [(0x60, 0x70, 0x60), (0x7F, 0x7F, 0x6F)] {
            rig.memory.data_bus = bus;
            rig.write(0x800D, 0xE0);
            assert_eq!((rig.read(0x6000), rig.mapper.peek(&rig.memory, 0x7F00)), (Some(high), Some(0x7F)));
            rig.write(0x800D, 0x00);
            assert_eq!(rig.read(0x7FFF), Some(low));
        }
    }
}
