//! MMC1: iNES 1 (SxROM boards), and 155 with an early chip, the MMC1A.
//!
//! One serial port at $8000-$FFFF: bit 7 resets it, otherwise bit 0 is shifted in, low bit first; the fifth write
//! goes to the register that address bits 13 and 14 name.
//!
//! ```text
//!               43210
//! $8000 control CPPMM  M: single low, single high, vertical, horizontal
//!                      P: 0, 1: 32 KiB; 2: $8000 fixed to bank 0; 3: $C000 fixed to the last bank
//!                      C: 8 KiB of CHR, or 4 + 4
//! $A000 CHR 0   EDCBA  4 KiB bank at $0000 (8 KiB: A is ignored)
//! $C000 CHR 1   EDCBA  4 KiB bank at $1000
//! $E000 PRG     RPPPP  P: 16 KiB bank; R: PRG RAM off
//! ```
//!
//! Boards with little CHR have CHR lines to spare and use them otherwise:
//!
//! | line | use |
//! |------|-----|
//! | C    | PRG RAM A13 if it has 32 KiB (SXROM) |
//! | D    | PRG RAM A13 if it has 16 KiB (SOROM), A14 if 32 KiB (SXROM) |
//! | E    | PRG ROM A18 if it has 512 KiB (SUROM, SXROM); else PRG RAM A13 if that has 16 KiB and CHR 16 KiB or more (SZROM); else PRG RAM off if CHR and PRG RAM have 8 KiB (SNROM) |
//!
//! On hardware these lines follow whichever CHR register the PPU's A12 selects. Here it is CHR 0: games that use them
//! keep both registers equal, or use 8 KiB mode. Submapper 5 (SEROM, SHROM): PRG ROM is not banked.
//!
//! On the MMC1A, PRG RAM is always on, and R frees PRG ROM A17 of the fixed bank: it then is bit 3 of P in both windows.
//!
//! A data bit in the cycle after another write is ignored, so that read-modify-write instructions shift once; a reset
//! is never ignored. <https://www.nesdev.org/wiki/MMC1>, <https://www.nesdev.org/wiki/INES_Mapper_155>; R of the MMC1A:
//! <https://forums.nesdev.org/viewtopic.php?p=275812>

use super::board::{Board, NOTHING, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::parts::serial_port::{Serial, SerialPort};
use crate::cartridge::Mirroring;
use crate::memory::{Access, Memory};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// Which use a board makes of PRG RAM lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RamLines {
    /// Nothing but R.
    None,
    /// E disables.
    Snrom,
    /// D selects one of two banks.
    Sorom,
    /// D and C select one of four banks.
    Sxrom,
    /// E selects one of two banks.
    Szrom,
}

/// The board with the serial port.
#[derive(Clone, Debug)]
pub(crate) struct Mmc1 {
    port: SerialPort,
    control: u8,
    chr: [u8; 2],
    prg: u8,
    ram_lines: RamLines,
    /// E is PRG ROM A18.
    large_prg: bool,
    /// Submapper 5.
    fixed_prg: bool,
    /// The chip is an MMC1A.
    is_early: bool,
    four_screen: bool,
}

impl Board for Mmc1 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [512, 128];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        let chr = header.chr_rom_size.max(header.chr_ram_size + header.chr_nvram_size);
        let large_prg = header.prg_rom_size > 0x40000;
        let ram_lines = match header.prg_ram_size + header.prg_nvram_size {
            0x8000.. if chr <= 0x2000 => RamLines::Sxrom,
            0x4000.. if chr <= 0x2000 => RamLines::Sorom,
            0x4000.. => RamLines::Szrom,
            _ if chr <= 0x2000 && !large_prg => RamLines::Snrom,
            _ => RamLines::None,
        };
        Self {
            port: SerialPort::default(),
            control: 0x0C,
            chr: [0; 2],
            prg: 0,
            ram_lines,
            large_prg,
            fixed_prg: header.submapper == 5,
            is_early: header.mapper == 155,
            four_screen: header.mirroring == Mirroring::FourScreen,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match self.port.write(value, at) {
            Serial::Part => {}
            Serial::Reset => self.set(memory, 0, self.control | 0x0C),
            Serial::Whole(value) => self.set(memory, addr >> 13 & 3, value),
        }
    }

    fn update_banks(&self, memory: &mut Memory) {
        self.update_prg(memory);
        self.update_chr(memory);
        self.update_mirroring(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Mmc1 {
    fn set(&mut self, memory: &mut Memory, register: u16, value: u8) {
        let old = match register {
            0 => &mut self.control,
            1 => &mut self.chr[0],
            2 => &mut self.chr[1],
            _ => &mut self.prg,
        };
        let changed = std::mem::replace(old, value) ^ value;
        if changed == 0 {
            return;
        }
        // The lines to spare move with CHR 0 only.
        let prg = register == 3 || (register == 0 && changed & 0x0C != 0) || (register == 1 && self.chr_moves_prg());
        let chr = register == 1 || register == 2 || (register == 0 && changed & 0x10 != 0);
        let nametables = register == 0 && changed & 0x03 != 0;
        if prg {
            self.update_prg(memory);
        }
        if chr {
            self.update_chr(memory);
        }
        if nametables {
            self.update_mirroring(memory);
        }
    }

    fn chr_moves_prg(&self) -> bool {
        self.large_prg || self.ram_lines != RamLines::None
    }

    fn update_prg(&self, memory: &mut Memory) {
        let lines = self.chr[0];
        let (outer, last) = match i32::from(lines & 0x10) {
            outer if self.large_prg => (outer, outer | 0x0F),
            _ => (0, -1),
        };
        let bank = outer | i32::from(self.prg & 0x0F);
        let frees_a17 = self.is_early && self.prg & 0x10 != 0;
        let (first, last) = if frees_a17 { (bank & !7, bank | 7) } else { (outer, last) };
        if self.fixed_prg {
            memory.map_prg(32, 0, 0);
        } else {
            match self.control >> 2 & 3 {
                2 => {
                    memory.map_prg(16, 0, first);
                    memory.map_prg(16, 1, bank);
                }
                3 => {
                    memory.map_prg(16, 0, bank);
                    memory.map_prg(16, 1, last);
                }
                _ => memory.map_prg(32, 0, bank >> 1),
            }
        }
        let ram_bank = match self.ram_lines {
            RamLines::None | RamLines::Snrom => 0,
            RamLines::Sorom => lines >> 3 & 1,
            RamLines::Sxrom => lines >> 2 & 3,
            RamLines::Szrom => lines >> 4,
        };
        let off = (self.prg & 0x10 != 0 && !self.is_early) || (self.ram_lines == RamLines::Snrom && lines & 0x10 != 0);
        memory.map_prg_ram(i32::from(ram_bank), if off { Access::None } else { Access::ReadWrite });
    }

    fn update_chr(&self, memory: &mut Memory) {
        if self.control & 0x10 == 0 {
            memory.map_chr(8, 0, i32::from(self.chr[0] >> 1));
        } else {
            memory.map_chr(4, 0, i32::from(self.chr[0]));
            memory.map_chr(4, 1, i32::from(self.chr[1]));
        }
    }

    fn update_mirroring(&self, memory: &mut Memory) {
        memory.set_mirroring(match self.control & 3 {
            _ if self.four_screen => Mirroring::FourScreen,
            0 => Mirroring::SingleLow,
            1 => Mirroring::SingleHigh,
            2 => Mirroring::Vertical,
            _ => Mirroring::Horizontal,
        });
    }
}

persist!(Mmc1 { port, control: within(0..=0x1F), chr: each(0..=0x1F), prg: within(0..=0x1F) });

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    /// Five writes.
    fn set(rig: &mut Rig, addr: u16, value: u8) -> Change {
        (0..5).fold(Change::NONE, |_, bit| rig.write(addr, value >> bit & 1))
    }

    #[test]
    fn prg_modes() {
        let mut rig = Rig::new(1, 0, 256, 128, [7, 0]);
        assert_eq!(rig.prg(), [0, 2, 60, 62], "power-on: last bank fixed");
        assert_eq!(set(&mut rig, 0xE000, 5), Change::PRG);
        assert_eq!(rig.prg(), [20, 22, 60, 62]);
        set(&mut rig, 0x8000, 0b01000);
        assert_eq!(rig.prg(), [0, 2, 20, 22], "first bank fixed");
        set(&mut rig, 0x8000, 0b00000);
        assert_eq!(rig.prg(), [16, 18, 20, 22], "32 KiB, low bit ignored");
        assert_eq!(rig.write(0xFFFF, 0x80), Change::PRG, "a reset sets mode 3");
        assert_eq!(rig.prg(), [20, 22, 60, 62]);
    }

    #[test]
    fn chr_modes_and_mirroring() {
        let mut rig = Rig::new(1, 0, 32, 128, [0, 0]);
        set(&mut rig, 0xA000, 5);
        assert_eq!(rig.chr(), [16, 17, 18, 19, 20, 21, 22, 23], "8 KiB, low bit ignored");
        set(&mut rig, 0xC000, 9);
        assert_eq!(set(&mut rig, 0x8000, 0x1C), Change::CHR);
        assert_eq!(rig.chr(), [20, 21, 22, 23, 36, 37, 38, 39]);
        for (mode, tables) in [(0, [0; 4]), (1, [1; 4]), (2, [0, 1, 0, 1]), (3, [0, 0, 1, 1])] {
            set(&mut rig, 0x8000, 0x1C | mode);
            assert_eq!(rig.nametables(), tables);
        }
    }

    #[test]
    fn a_reset_empties_the_port() {
        let mut rig = Rig::new(1, 0, 256, 128, [7, 0]);
        rig.write(0xE000, 1);
        rig.write(0xE000, 1);
        rig.write(0x8000, 0x80);
        set(&mut rig, 0xE000, 3);
        assert_eq!(rig.prg()[0], 12);
    }

    #[test]
    fn of_consecutive_writes_only_the_first_shifts() {
        let mut rig = Rig::new(1, 0, 256, 128, [7, 0]);
        // Five read-modify-writes, each a 1 and then a 0 that is too soon.
        for _ in 0..5 {
            rig.write(0xE000, 1);
            rig.write_after(1, 0xE000, 0);
        }
        assert_eq!(rig.prg()[0], 60, "bank 15");
        // Two cycles later is late enough.
        rig.write_after(10, 0xE000, 0);
        for bit in [1, 0, 0, 0] {
            rig.write_after(2, 0xE000, bit);
        }
        assert_eq!(rig.prg()[0], 8, "bank 2");
    }

    #[test]
    fn a_reset_is_never_too_soon() {
        // Shinsenden: the second write of an RRA has bit 7 set.
        let mut rig = Rig::new(1, 0, 256, 128, [7, 0]);
        rig.write(0xE000, 1);
        rig.write_after(1, 0xE000, 0x80);
        set(&mut rig, 0xE000, 2);
        assert_eq!(rig.prg()[0], 8);
        // Bill & Ted: INC writes $FF, which resets, and $00, which must not shift.
        rig.write(0xFFFF, 0xFF);
        rig.write_after(1, 0xFFFF, 0x00);
        set(&mut rig, 0xE000, 1);
        assert_eq!(rig.prg()[0], 4);
    }

    #[test]
    fn surom_banks_all_of_prg() {
        let mut rig = Rig::new(1, 0, 512, 0, [0x70, 7]);
        assert_eq!(rig.prg(), [0, 2, 60, 62]);
        assert!(set(&mut rig, 0xA000, 0x10).intersects(Change::PRG));
        assert_eq!(rig.prg(), [64, 66, 124, 126]);
        set(&mut rig, 0xE000, 1);
        assert_eq!(rig.prg(), [68, 70, 124, 126]);
        rig.write(0x6000, 7);
        assert_eq!(rig.memory.read_prg(0x6000), Some(7), "E is not an enable here");
    }

    /// Marks the banks that CHR 0 values select, and reads them all back.
    fn ram_banks(rig: &mut Rig, lines: &[u8]) -> Vec<Option<u8>> {
        for (i, line) in lines.iter().enumerate() {
            set(rig, 0xA000, *line);
            rig.write(0x6000, i as u8 + 1);
        }
        lines.iter().map(|line| (set(rig, 0xA000, *line), rig.memory.read_prg(0x6000)).1).collect()
    }

    #[test]
    fn prg_ram_lines_of_the_boards() {
        // SXROM: four banks by D and C, in this order in the battery file.
        let mut sxrom = Rig::new(1, 0, 512, 0, [0x90, 7]);
        assert_eq!(ram_banks(&mut sxrom, &[0, 4, 8, 12]), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!([0, 0x2000, 0x4000, 0x6000].map(|i| sxrom.memory.battery().unwrap()[i]), [1, 2, 3, 4]);
        // SOROM: two by D, of which the second has the battery.
        let mut sorom = Rig::new(1, 0, 256, 0, [0x77, 7]);
        assert_eq!(ram_banks(&mut sorom, &[0, 4, 8]), [Some(2), Some(2), Some(3)]);
        assert_eq!(sorom.memory.battery().unwrap()[0], 3);
        // SZROM: two by E, because CHR needs the rest.
        let mut szrom = Rig::new(1, 0, 256, 64, [0x77, 0]);
        assert_eq!(ram_banks(&mut szrom, &[0, 8, 16]), [Some(2), Some(2), Some(3)]);
        // SNROM: E disables.
        let mut snrom = Rig::new(1, 0, 256, 0, [0x70, 7]);
        assert_eq!(ram_banks(&mut snrom, &[0, 16]), [Some(1), None]);
        // SKROM: nothing.
        let mut skrom = Rig::new(1, 0, 256, 128, [0x70, 0]);
        assert_eq!(ram_banks(&mut skrom, &[0, 31]), [Some(2), Some(2)]);
        assert_eq!(set(&mut skrom, 0xE000, 0x10), Change::PRG);
        assert_eq!(skrom.memory.read_prg(0x6000), None, "R disables");
    }

    #[test]
    fn submapper_5_does_not_bank_prg() {
        let mut rig = Rig::new(1, 5, 32, 128, [0, 0]);
        set(&mut rig, 0xE000, 1);
        assert_eq!(rig.prg(), [0, 2, 4, 6]);
    }

    #[test]
    fn on_an_mmc1a_r_frees_a17_of_the_fixed_bank_and_ram_stays_on() {
        let mut rig = Rig::new(155, 0, 256, 128, [7, 0]);
        rig.write(0x6000, 1);
        // Control, PRG, and the 16 KiB banks: the same on an MMC1B or not.
        for (control, prg, banks, is_same) in [
            (0x08, 0x0A, [0, 10], true),
            (0x08, 0x12, [0, 2], true),
            (0x08, 0x1A, [8, 10], false),
            (0x0C, 0x02, [2, 15], true),
            (0x0C, 0x12, [2, 7], false),
            (0x0C, 0x1A, [10, 15], true),
            (0x00, 0x1A, [10, 11], true),
        ] {
            let mut later = Rig::new(1, 0, 256, 128, [7, 0]);
            for rig in [&mut rig, &mut later] {
                set(rig, 0x8000, control);
                set(rig, 0xE000, prg);
            }
            let [low, high] = banks.map(|bank| 4 * bank);
            assert_eq!(rig.prg(), [low, low + 2, high, high + 2], "{control:X} {prg:X}");
            assert_eq!(rig.prg() == later.prg(), is_same, "{control:X} {prg:X}");
            assert_eq!(rig.memory.read_prg(0x6000), Some(1));
        }
    }
}
