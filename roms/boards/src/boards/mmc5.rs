//! MMC5: 5.
//!
//! Only what the CPU can see without a picture is checked, and that the IRQ comes at the begin of its line: split screens,
//! attributes in ExRAM, the second set of CHR banks with sprites of 8x16 pixels, sound and PCM are left out.
//!
//! <https://www.nesdev.org/wiki/MMC5>

use crate::image::Board;
use crate::script::Mirroring::{Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[Board::new("ewrom", 5, 0, mmc5).rom(1024, 1024).ram(32)];

const PRG_MODE: u16 = 0x5100;
const CHR_MODE: u16 = 0x5101;
const PROTECT: [u16; 2] = [0x5102, 0x5103];
const EXRAM_MODE: u16 = 0x5104;
const NAMETABLES: u16 = 0x5105;
/// The RAM bank at $6000; the registers of $8000, $A000, $C000 and $E000 follow.
const RAM_BANK: u16 = 0x5113;
const PRG: u16 = 0x5114;
const CHR: u16 = 0x5120;
const CHR_UPPER: u16 = 0x5130;
const LINE: u16 = 0x5203;
const STATUS: u16 = 0x5204;
const ROM: u8 = 0x80;

fn mmc5(_: &Board, s: &mut Script) {
    s.writes(&[(PROTECT[0], 2), (PROTECT[1], 1), (RAM_BANK, 0)]);
    prg(s);
    chr(s);
    nametables(s);
    exram(s);
    multiplier(s);
    irq(s);
    ram(s);
}

/// Each mode: the registers that count, with the windows of each.
fn prg(s: &mut Script) {
    // Register of $5114, address, KiB.
    const MODES: [&[(u16, u16, u16)]; 4] = [
        &[(3, 0x8000, 32)],
        &[(1, 0x8000, 16), (3, 0xC000, 16)],
        &[(1, 0x8000, 16), (2, 0xC000, 8), (3, 0xE000, 8)],
        &[(0, 0x8000, 8), (1, 0xA000, 8), (2, 0xC000, 8), (3, 0xE000, 8)],
    ];
    for (mode, windows) in (0..).zip(MODES) {
        s.section("PRG banks");
        s.write(PRG_MODE, mode);
        for (register, addr, kib) in windows {
            for bank in [0, 1, 2, 4, 8, 16, 32, 64, 127] {
                s.write(PRG + register, ROM | bank);
                s.prg(*addr, *kib, u16::from(bank) * 8 / kib);
            }
            s.write(PRG + register, ROM | 0x24 | *register as u8);
        }
        for (register, addr, kib) in windows {
            s.prg(*addr, *kib, (0x24 | register) * 8 / kib);
        }
    }
    s.section("$E000 is always ROM");
    s.write(PRG + 3, 0x11);
    s.prg(0xE000, 8, 0x11);
}

/// The number counts banks of the window's size; $5130 has its upper bits when it is written.
fn chr(s: &mut Script) {
    for mode in 0..4_u16 {
        s.section("CHR banks");
        let kib = 8 >> mode;
        s.write(CHR_MODE, mode as u8);
        // The last register of each window counts.
        let windows: Vec<(u16, u16)> = (0..8 / kib).map(|n| (n * kib + kib - 1, n * kib * 0x400)).collect();
        for (register, addr) in &windows {
            for bank in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1023].into_iter().filter(|bank| bank * kib < 1024) {
                s.writes(&[(CHR_UPPER, (bank >> 8) as u8), (CHR + register, bank as u8)]);
                s.chr(*addr, kib, bank);
            }
            s.writes(&[(CHR_UPPER, 0), (CHR + register, *register as u8 * 3)]);
        }
        for (register, addr) in &windows {
            s.chr(*addr, kib, register * 3);
        }
    }
}

/// Two bits for each nametable: the two pages of the console, ExRAM, and fill mode.
fn nametables(s: &mut Script) {
    s.section("Mirroring");
    let all = |page: u8| page * 0x55;
    s.mirrorings(&[
        ((NAMETABLES, 0x44), Vertical),
        ((NAMETABLES, 0x50), Horizontal),
        ((NAMETABLES, all(0)), OneA),
        ((NAMETABLES, all(1)), OneB),
    ]);
    s.section("Any page for each nametable");
    for (value, pages) in [(0x01, [1, 0, 0, 0]), (0x04, [0, 1, 0, 0]), (0x10, [0, 0, 1, 0]), (0x40, [0, 0, 0, 1])] {
        s.write(NAMETABLES, value);
        s.pages(pages);
    }
    s.section("Fill mode");
    s.writes(&[(NAMETABLES, all(3)), (0x5106, 0x37), (0x5107, 2)]);
    for addr in [0x2000, 0x27BF, 0x2955, 0x2FBF] {
        s.ppu(addr, 0x37);
    }
    for addr in [0x23C0, 0x2BFF] {
        s.ppu(addr, 0xAA);
    }
    s.section("ExRAM as a nametable");
    s.writes(&[(EXRAM_MODE, 2), (0x5C00, 0x12), (0x5FBF, 0x34), (0x5FFF, 0x56)]);
    for mode in [0, 1] {
        s.writes(&[(EXRAM_MODE, mode), (NAMETABLES, all(2))]);
        for (addr, value) in [(0x2000, 0x12), (0x27BF, 0x34), (0x2FFF, 0x56)] {
            s.ppu(addr, value);
        }
    }
    // It is not there when the CPU has it.
    s.write(EXRAM_MODE, 2);
    s.ppu(0x2000, 0);
    s.write(NAMETABLES, 0x44);
}

/// $5C00-$5FFF: RAM in mode 2, read only in mode 3, not to be read in modes 0 and 1.
fn exram(s: &mut Script) {
    s.section("ExRAM");
    s.write(EXRAM_MODE, 2);
    s.ram(0x5C00, 4);
    s.ram_put(0x5C00, 4, 0x5A);
    s.writes(&[(EXRAM_MODE, 3), (0x5C00, 0x11), (0x5FFF, 0x11)]);
    s.ram_get(0x5C00, 4, 0x5A);
    for mode in [0, 1] {
        s.write(EXRAM_MODE, mode);
        s.open_bus(0x5C00);
        s.open_bus(0x5FFF);
    }
    s.write(EXRAM_MODE, 2);
    s.ram_get(0x5C00, 4, 0x5A);
    s.section("ExRAM, written outside of a frame");
    // In modes 0 and 1 a write then stores 0.
    s.writes(&[(EXRAM_MODE, 0), (0x5C00, 0x77), (EXRAM_MODE, 2)]);
    s.expect(0x5C00, 0);
}

fn multiplier(s: &mut Script) {
    s.section("Multiplier");
    for (a, b) in [(0, 0), (1, 1), (255, 255), (2, 128), (0x55, 0xAA), (200, 100), (255, 1)] {
        s.writes(&[(0x5205, a), (0x5206, b)]);
        let [low, high] = (u16::from(a) * u16::from(b)).to_le_bytes();
        s.expect(0x5205, low);
        s.expect(0x5206, high);
    }
}

fn irq(s: &mut Script) {
    s.section("No frame without rendering");
    s.touch(STATUS);
    s.expect(STATUS, 0);
    s.writes(&[(LINE, 10), (STATUS, 0x80)]);
    // After line 239 the frame ends before the flag is read.
    for line in [1, 2, 10, 100, 200, 230] {
        s.section("IRQ, line");
        s.write(LINE, line);
        s.irq_in_line(u32::from(line));
        s.irq();
        s.bits(STATUS, 0xC0, 0xC0);
        s.bits(STATUS, 0xC0, 0x40);
        s.no_irq();
        s.blank();
        s.delay(20);
        s.bits(STATUS, 0x40, 0);
    }
    s.section("IRQ, disabled");
    s.writes(&[(LINE, 50), (STATUS, 0)]);
    s.begin_frame();
    s.delay(80 * 114);
    s.no_irq();
    // It is pending all the same.
    s.bits(STATUS, 0xC0, 0xC0);
    s.blank();
    s.section("IRQ, line 0 never");
    s.writes(&[(LINE, 0), (STATUS, 0x80)]);
    s.begin_frame();
    s.delay(80 * 114);
    s.no_irq();
    s.blank();
    s.write(STATUS, 0);
}

/// Banks of 8 KiB at $6000, and in the windows of ROM below $E000; both protect registers must allow writes.
fn ram(s: &mut Script) {
    s.section("RAM banks");
    for bank in 0..4 {
        s.write(RAM_BANK, bank);
        s.ram_put(0x6000, 32, bank * 16 + 3);
    }
    for bank in 0..4 {
        s.write(RAM_BANK, bank);
        s.ram_get(0x6000, 32, bank * 16 + 3);
    }
    s.section("RAM at $8000-$DFFF");
    s.writes(&[(PRG_MODE, 3), (RAM_BANK, 0)]);
    for (register, addr) in [(0, 0x8000), (1, 0xA000), (2, 0xC000)] {
        let bank = register as u8 + 1;
        s.write(PRG + register, bank);
        s.ram_put(addr, 32, 0x40 + bank);
        s.writes(&[(PRG + register, ROM | 9), (RAM_BANK, bank)]);
        s.prg(addr, 8, 9);
        // The value of a cell has its page in it, by exclusive or.
        s.ram_get(0x6000, 32, (0x40 + bank) ^ (addr >> 8) as u8 ^ 0x60);
        s.write(RAM_BANK, 0);
    }
    s.section("RAM protect");
    s.ram_put(0x6000, 32, 0x5A);
    for (a, b) in [(0, 1), (2, 0), (3, 1), (2, 2), (1, 2)] {
        s.writes(&[(PROTECT[0], a), (PROTECT[1], b), (0x6000, 0x11), (0x7FFF, 0x22)]);
        s.ram_get(0x6000, 32, 0x5A);
    }
    s.writes(&[(PROTECT[0], 0xFE), (PROTECT[1], 0xFD), (0x6000, 0x11)]);
    s.expect(0x6000, 0x11);
}
