//! Taito: TC0190 (33), TC0690 (48), X1-005 (80, 207) and X1-017 (82).
//!
//! The IRQ of the X1-017, which no game uses, and the few cycles by which that of the TC0690 is late, are left out.
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_033>, _048, _080, _207, Taito_X1-017

use super::common::no_ram;
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("tc0190", 33, 0, tc0190).rom(512, 512),
    Board::new("tc0690", 48, 0, tc0690).rom(512, 512),
    Board::new("x1-005", 80, 0, x1_005).rom(256, 256).small_ram(128),
    Board::new("x1-017", 82, 0, x1_017).rom(128, 256).ram(8),
    Board::new("x1-005-nametables", 207, 0, x1_005).rom(256, 128).small_ram(128),
];

/// TC0190 and TC0690: the register of each CHR window, with its KiB. Numbers count banks of the window's size.
const TC_WINDOWS: [(u16, u16, u16); 6] = [
    (0x8002, 0x0000, 2),
    (0x8003, 0x0800, 2),
    (0xA000, 0x1000, 1),
    (0xA001, 0x1400, 1),
    (0xA002, 0x1800, 1),
    (0xA003, 0x1C00, 1),
];
const VALUES: [u8; 11] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 255, 0x55];

fn tc_banks(s: &mut Script) {
    s.section("PRG banks");
    for value in [0, 1, 2, 4, 8, 16, 32, 63] {
        s.write(0x8000, value);
        s.write(0x8001, 63 - value);
        s.prg(0x8000, 8, u16::from(value));
        s.prg(0xA000, 8, u16::from(63 - value));
        s.prg(0xC000, 16, 31);
    }
    s.section("CHR banks");
    for (register, addr, kib) in TC_WINDOWS {
        for value in VALUES {
            s.write(register, value);
            s.chr(addr, kib, u16::from(value));
        }
        s.write(register, (register as u8) * 9 + (register >> 13) as u8);
    }
    s.section("All CHR banks");
    for (register, addr, kib) in TC_WINDOWS {
        s.chr(addr, kib, (register & 0xFF) * 9 + (register >> 13));
    }
}

fn tc0190(_: &Board, s: &mut Script) {
    tc_banks(s);
    s.section("Addresses");
    // $8000-$BFFF, A13, A1 and A0.
    s.writes(&[(0x9FFC, 5), (0x9FFD, 6), (0x9ABE, 7), (0xBFFF, 8)]);
    s.prg(0x8000, 8, 5);
    s.prg(0xA000, 8, 6);
    s.chr(0, 2, 7);
    s.chr(0x1C00, 1, 8);
    s.writes(&[(0xC000, 1), (0xC001, 1), (0xE002, 1), (0xE003, 1)]);
    s.prg(0x8000, 8, 5);
    s.prg(0xA000, 8, 6);
    s.chr(0, 2, 7);
    s.chr(0x1C00, 1, 8);
    s.section("Mirroring");
    s.mirrorings(&[((0x8000, 0), Vertical), ((0x8000, 0x40), Horizontal), ((0x8000, 0x3F), Vertical)]);
    no_ram(s);
}

fn tc0690(_: &Board, s: &mut Script) {
    tc_banks(s);
    s.section("Mirroring");
    s.mirrorings(&[((0xE000, 0), Vertical), ((0xE000, 0x40), Horizontal), ((0xFFFC, 0xBF), Vertical)]);
    s.write(0x8000, 0x40);
    s.mirroring(Vertical);
    // As that of the MMC3, with the latch inverted.
    let (latch, reload, on, off) = (0xC000, 0xC001, 0xC002, 0xC003);
    s.section("IRQ");
    for n in [1, 2, 100] {
        s.writes(&[(off, 0), (latch, !n), (reload, 0), (on, 0)]);
        for _ in 0..2 {
            s.a12(n);
            s.no_irq();
            s.a12(1);
            s.irq();
            s.write(off, 0);
            s.no_irq();
            s.write(on, 0);
            s.no_irq();
        }
    }
    s.section("IRQ, disabled");
    s.writes(&[(off, 0), (latch, !3), (reload, 0)]);
    s.a12(4);
    s.no_irq();
    s.write(on, 0);
    s.a12(3);
    s.no_irq();
    s.a12(1);
    s.irq();
    s.write(off, 0);
    no_ram(s);
}

/// X1-005 and X1-017: the CHR registers from $7EF0 on; the first two have banks of 2 KiB, without the lowest bit.
const X1_WINDOWS: [(u16, u16, u16); 6] = [
    (0x7EF0, 0x0000, 2),
    (0x7EF1, 0x0800, 2),
    (0x7EF2, 0x1000, 1),
    (0x7EF3, 0x1400, 1),
    (0x7EF4, 0x1800, 1),
    (0x7EF5, 0x1C00, 1),
];

fn x1_chr(s: &mut Script, mask: u8, invert: u16) {
    s.section("CHR banks");
    for (register, addr, kib) in X1_WINDOWS {
        for value in VALUES {
            s.write(register, value);
            s.chr(addr ^ invert, kib, u16::from(value & mask) / kib);
        }
        s.write(register, register as u8 - 0xE0);
    }
    s.section("All CHR banks");
    for (register, addr, kib) in X1_WINDOWS {
        s.chr(addr ^ invert, kib, (register - 0x7EE0) / kib);
    }
}

fn x1_005(board: &Board, s: &mut Script) {
    s.section("PRG banks");
    for (n, value) in [0, 1, 2, 4, 8, 16, 31].into_iter().enumerate() {
        // Each register has two addresses.
        let odd = n as u16 % 2;
        let values = [value, 31 - value, value ^ 0x15];
        for (register, value) in [0x7EFA, 0x7EFC, 0x7EFE].into_iter().zip(values) {
            s.write(register + odd, value);
        }
        for (addr, value) in [0x8000, 0xA000, 0xC000].into_iter().zip(values) {
            s.prg(addr, 8, u16::from(value));
        }
        s.prg(0xE000, 8, 31);
    }
    x1_chr(s, if board.mapper == 207 { 0x7F } else { 0xFF }, 0);
    s.section("RAM");
    s.write(0x7EF8, 0xA3);
    for (addr, value) in (0..8).map(|bit| (0x7F00 + (1 << bit >> 1), 0x91 + bit)) {
        s.write(addr, value);
    }
    for (addr, value) in (0..8).map(|bit| (0x7F00 + (1 << bit >> 1), 0x91 + bit)) {
        s.expect(addr, value);
        s.expect(addr + 0x80, value);
    }
    s.section("RAM enable");
    for (register, key) in [(0x7EF8, 0xA2), (0x7EF9, 0), (0x7EF8, 0x23)] {
        s.writes(&[(register, key), (0x7F00, 0x11)]);
        s.open_bus(0x7F00);
        s.write(0x7EF9, 0xA3);
        s.expect(0x7F00, 0x91);
    }
    s.section("Other addresses");
    s.open_bus(0x6000);
    s.open_bus(0x7DFF);
    if board.mapper == 80 {
        s.section("Mirroring");
        s.mirrorings(&[((0x7EF6, 1), Vertical), ((0x7EF6, 0), Horizontal), ((0x7EF6, 0xFF), Vertical)]);
        return;
    }
    s.section("Nametables");
    s.writes(&[(0x7EF0, 0x00), (0x7EF1, 0x80)]);
    s.nt_put(0, 0xA1);
    s.nt_put(2, 0xB2);
    for pages in [[0, 0, 1, 1], [1, 1, 0, 0], [0; 4], [1; 4]] {
        s.writes(&[(0x7EF0, (pages[0] as u8) << 7 | 0x7F), (0x7EF1, (pages[2] as u8) << 7)]);
        s.pages(pages);
        s.writes(&[(0x7EF6, 0), (0x7EF2, 0x80)]);
        s.pages(pages);
        s.writes(&[(0x7EF6, 1), (0x7EF3, 0)]);
        s.pages(pages);
    }
}

/// Where nothing answers, the pull-downs of the chip give 0.
fn x1_017(_: &Board, s: &mut Script) {
    s.section("PRG banks");
    for value in [0, 1, 2, 4, 8, 15] {
        let values = [value, 15 - value, value ^ 5];
        for (register, value) in [0x7EFA, 0x7EFB, 0x7EFC].into_iter().zip(values) {
            s.write(register, value << 2 | 0x83);
        }
        for (addr, value) in [0x8000, 0xA000, 0xC000].into_iter().zip(values) {
            s.prg(addr, 8, u16::from(value));
        }
        s.prg(0xE000, 8, 15);
    }
    s.write(0x7EF6, 0);
    x1_chr(s, 0xFF, 0);
    s.write(0x7EF6, 2);
    x1_chr(s, 0xFF, 0x1000);
    s.section("Mirroring");
    s.mirrorings(&[((0x7EF6, 1), Vertical), ((0x7EF6, 0), Horizontal), ((0x7EF6, 0xFF), Vertical)]);
    s.section("RAM");
    let keys = [(0x7EF7, 0xCA, 0x6000, 8), (0x7EF8, 0x69, 0x6800, 8), (0x7EF9, 0x84, 0x7000, 4)];
    for (register, key, _, _) in keys {
        s.write(register, key);
    }
    s.ram(0x6000, 20);
    s.ram_put(0x6000, 20, 0x3C);
    for addr in [0x5000, 0x7400, 0x7EEF, 0x7EF0, 0x7EFF, 0x7FFF] {
        s.expect(addr, 0);
    }
    s.section("RAM enable");
    for (register, key, addr, pages) in keys {
        s.writes(&[(register, key ^ 1), (addr, 0xEE)]);
        s.expect(addr, 0);
        s.expect(addr + (pages << 8) - 1, 0);
        for other in keys.into_iter().filter(|other| other.0 != register) {
            s.ram_get(other.2, other.3, 0x3C);
        }
        s.write(register, key);
        s.ram_get(addr, pages, 0x3C);
    }
}
