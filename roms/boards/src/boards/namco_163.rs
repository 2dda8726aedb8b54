//! Namco 129 and 163 (19), 175 and 340 (210).
//!
//! Sound is left out; submappers of 19 differ only in its level.
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_019>, _210, Namco_163_audio

use super::common::no_ram;
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("n163", 19, 0, n163).rom(512, 256),
    Board::new("n163-wram", 19, 0, n163).rom(512, 256).battery(8192).status(),
    Board::new("n163", 19, 2, n163).rom(512, 256).battery(0),
    Board::new("n163", 19, 3, n163).rom(256, 128),
    Board::new("n163", 19, 4, n163).rom(256, 256),
    Board::new("n163", 19, 5, n163).rom(256, 256),
    Board::new("n175", 210, 1, n175).rom(512, 256),
    Board::new("n175-wram", 210, 1, n175).rom(512, 256).header(Horizontal).ram(2),
    Board::new("n340", 210, 2, n340).rom(512, 256),
];

/// Bits of $E000: no sound, which would change the RAM of the chip; and of $E800: no CIRAM in the pattern tables.
const SILENT: u8 = 0x40;
const NO_CIRAM: u8 = 0xC0;

/// 8 KiB banks at $8000, $A000 and $C000; `modes` are upper bits of the first two registers.
fn prg(board: &Board, s: &mut Script, modes: [u8; 2]) {
    let mask = (board.prg / 8 - 1) as u8;
    s.section("PRG banks");
    for (n, value) in [0, 1, 2, 4, 8, 16, 32, 63].into_iter().enumerate() {
        let other = if n % 2 == 0 { 0 } else { 0x7FF };
        let values = [value, 63 - value, value ^ 21];
        for ((register, value), mode) in [0xE000, 0xE800, 0xF000].into_iter().zip(values).zip([modes[0], modes[1], 0]) {
            s.write(register + other, value | mode);
        }
        for (addr, value) in [0x8000, 0xA000, 0xC000].into_iter().zip(values) {
            s.prg(addr, 8, u16::from(value & mask));
        }
        s.prg(0xE000, 8, u16::from(mask));
    }
}

/// 1 KiB banks; register n is at $8000 + n * $800.
fn chr(board: &Board, s: &mut Script, numbers: &[u8]) {
    let mask = board.chr as u16 - 1;
    s.section("CHR banks");
    for register in 0..8 {
        for (n, number) in numbers.iter().enumerate() {
            s.write(0x8000 + register * 0x800 + if n % 2 == 0 { 0 } else { 0x7FF }, *number);
            s.chr(register * 0x400, 1, u16::from(*number) & mask);
        }
        s.write(0x8000 + register * 0x800, 0x11 * (register as u8 + 1));
    }
    s.section("All CHR banks");
    for register in 0..8 {
        s.chr(register * 0x400, 1, (0x11 * (register + 1)) & mask);
    }
}

fn n163(board: &Board, s: &mut Script) {
    prg(board, s, [SILENT, NO_CIRAM]);
    s.writes(&[(0xE000, SILENT), (0xE800, NO_CIRAM)]);
    chr(board, s, &[0, 1, 2, 4, 8, 16, 32, 64, 128, 0xDF, 0xE0, 0xFF]);
    nametables(board, s);
    irq(s);
    chip_ram(s);
    if board.nvram > 0 {
        wram(s);
    } else {
        no_ram(s);
    }
}

/// $E0-$FF are the console's own RAM: even numbers the first page, odd ones the second. In the pattern tables only if $E800
/// allows it.
fn nametables(board: &Board, s: &mut Script) {
    let mask = board.chr as u16 - 1;
    let select = |s: &mut Script, numbers: [u8; 4]| {
        for (n, number) in (0..).zip(numbers) {
            s.write(0xC000 + n * 0x800, number);
        }
    };
    s.section("Nametables in RAM");
    select(s, [0xE0, 0xE1, 0xE0, 0xE1]);
    s.mark();
    for (numbers, pages) in [
        ([0xE0, 0xE1, 0xE0, 0xE1], [0, 1, 0, 1]),
        ([0xE2, 0xE4, 0xFF, 0xF1], [0, 0, 1, 1]),
        ([0xE1, 0xE0, 0xE0, 0xE0], [1, 0, 0, 0]),
        ([0xE0, 0xE0, 0xE0, 0xE3], [0, 0, 0, 1]),
    ] {
        select(s, numbers);
        s.pages(pages);
    }
    s.section("Nametables in CHR ROM");
    select(s, [0x01, 0x42, 0xDF, 0x84]);
    for (n, number) in [0x01, 0x42, 0xDF, 0x84].into_iter().enumerate() {
        s.chr(0x2000 + n as u16 * 0x400, 1, number & mask);
    }
    s.section("Pattern tables in RAM");
    select(s, [0xE0, 0xE1, 0xE0, 0xE1]);
    s.writes(&[(0x8000, 0xE0), (0x9800, 0xE1), (0xA000, 0xE0), (0xB800, 0xFF)]);
    s.write(0xE800, 0);
    s.chr_put(0x0000, 1, 0x123);
    s.chr_put(0x0C00, 1, 0x234);
    s.chr(0x2000, 1, 0x123);
    s.chr(0x2400, 1, 0x234);
    s.chr(0x1000, 1, 0x123);
    s.chr(0x1C00, 1, 0x234);
    for (bits, left, right) in [(0x40, false, true), (0x80, true, false), (0xC0, false, false)] {
        s.write(0xE800, bits);
        s.chr(0x0000, 1, if left { 0x123 } else { 0xE0 & mask });
        s.chr(0x1C00, 1, if right { 0x234 } else { 0xFF & mask });
    }
}

/// The counter goes up to $7FFF and stops. Both registers are the counter itself.
fn irq(s: &mut Script) {
    let (low, high) = (0x5000, 0x5800);
    let arm = |cycles: u16| {
        let count = 0x7FFF - cycles;
        [(high, 0), (low, count as u8), (high, (count >> 8) as u8 | 0x80)]
    };
    s.section("IRQ");
    for cycles in [13, 16, 100, 255, 256, 0x1234, 0x7FFF] {
        s.irq_at(u32::from(cycles), &arm(cycles));
    }
    s.section("IRQ, the counter stops");
    for (register, value) in [(low, 0xFF), (high, 0xFF), (high, 0x7F), (0x57FF, 0), (0x5FFF, 0)] {
        s.writes(&arm(20));
        s.delay(60);
        s.irq();
        s.irq();
        // The counter is then far from its end, or disabled.
        s.writes(&[(high, 0), (register, value & 0x7F)]);
        s.no_irq();
    }
    s.section("IRQ, disabled");
    s.writes(&[(low, 0xE0), (high, 0x7F)]);
    s.delay(100);
    s.no_irq();
    s.section("The counter can be read");
    s.writes(&[(high, 0x12), (low, 0x34)]);
    s.expect(low, 0x34);
    s.expect(0x57FF, 0x34);
    s.bits(high, 0x7F, 0x12);
    s.writes(&arm(20));
    s.delay(60);
    s.expect(low, 0xFF);
    s.expect(high, 0xFF);
    s.write(high, 0);
}

/// 128 bytes behind a port; bit 7 of the address counts it up.
fn chip_ram(s: &mut Script) {
    let (address, data) = (0xF800, 0x4800);
    s.section("RAM of the chip");
    for bit in 0..8 {
        let at = 1 << bit >> 1;
        s.writes(&[(address, at), (data, at ^ 0xA5)]);
    }
    for bit in 0..8 {
        let at = 1 << bit >> 1;
        s.write(address, at);
        s.expect(data, at ^ 0xA5);
        s.expect(0x4FFF, at ^ 0xA5);
    }
    s.section("RAM of the chip, counting");
    s.writes(&[(address, 0xFE), (data, 0x11), (data, 0x22), (0x4BCD, 0x33), (data, 0x44)]);
    s.write(0xFFFF, 0xFE);
    for value in [0x11, 0x22, 0x33, 0x44] {
        s.expect(data, value);
    }
    s.write(address, 1);
    s.expect(data, 0x44);
    s.expect(data, 0x44);
}

/// 8 KiB of RAM in parts of 2 KiB, each with a protect bit; the upper half of $F800 is a key.
fn wram(s: &mut Script) {
    let protect = 0xF800;
    s.section("RAM");
    s.write(protect, 0x40);
    s.ram(0x6000, 32);
    s.section("RAM protect");
    s.ram_put(0x6000, 32, 0x5A);
    for value in [0x41, 0x42, 0x44, 0x48] {
        s.write(protect, value);
        for part in 0..4 {
            let addr = 0x6000 + part * 0x800;
            if value >> part & 1 != 0 {
                s.write(addr, 0x99);
                s.ram_get(addr, 8, 0x5A);
            } else {
                s.ram_put(addr, 8, 0x5A);
            }
        }
    }
    for value in [0x00, 0x4F, 0x50, 0xC0, 0x60] {
        s.writes(&[(protect, value), (0x6000, 0x99), (0x7800, 0x99)]);
        s.ram_get(0x6000, 32, 0x5A);
    }
    s.write(protect, 0x40);
}

/// $C000-$C7FF enables RAM of 2 KiB, mirrored four times.
fn n175(board: &Board, s: &mut Script) {
    prg(board, s, [0, 0]);
    chr(board, s, &[0, 1, 2, 4, 8, 16, 32, 64, 128, 0xE0, 0xFF]);
    s.section("Mirroring");
    s.writes(&[(0xE000, 0x40), (0xC800, 0xE0), (0xD000, 1)]);
    s.wired(board.header);
    no_chip(s);
    if board.ram == 0 {
        return;
    }
    s.section("RAM");
    s.write(0xC000, 1);
    s.ram(0x6000, 8);
    for mirror in [0x6800, 0x7000, 0x7800] {
        s.write(0x6234, (mirror >> 8) as u8);
        s.expect(mirror + 0x234, (mirror >> 8) as u8);
    }
    s.section("RAM enable");
    s.ram_put(0x6000, 8, 0x5A);
    s.writes(&[(0xC7FF, 0xFE), (0x6000, 0x11)]);
    s.open_bus(0x6000);
    s.open_bus(0x7FFF);
    s.write(0xC000, 0xFF);
    s.ram_get(0x6000, 8, 0x5A);
}

/// Bits 7-6 of $E000 are the mirroring.
fn n340(board: &Board, s: &mut Script) {
    prg(board, s, [0, 0]);
    chr(board, s, &[0, 1, 2, 4, 8, 16, 32, 64, 128, 0xE0, 0xFF]);
    s.section("Mirroring");
    s.mirrorings(&[
        ((0xE000, 0x40), Vertical),
        ((0xE7FF, 0xC0), Horizontal),
        ((0xE000, 0), OneA),
        ((0xE000, 0x80), OneB),
    ]);
    no_chip(s);
    s.write(0xC000, 1);
    no_ram(s);
}

/// Neither IRQ nor RAM of the chip.
fn no_chip(s: &mut Script) {
    s.section("No IRQ");
    s.writes(&[(0x5000, 0xF0), (0x5800, 0xFF)]);
    s.delay(100);
    s.no_irq();
    s.open_bus(0x5000);
    s.open_bus(0x4800);
}
