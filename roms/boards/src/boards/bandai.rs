//! Bandai FCG and LZ93D50: 16, 153, 157 and 159.
//!
//! The barcode reader and the second EEPROM of 157 are left out.
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_016>, _153, _157, _159

use super::common::chr_ram;
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("fcg", 16, 4, fcg).rom(256, 256),
    Board::new("lz93d50", 16, 5, fcg).rom(256, 256),
    Board::new("lz93d50-24c02", 16, 5, fcg).rom(256, 256).battery(256),
    Board::new("lz93d50-wram", 153, 0, fcg).rom(512, 0).battery(8192).status(),
    Board::new("datach", 157, 0, fcg).rom(256, 0),
    Board::new("lz93d50-x24c01", 159, 0, fcg).rom(256, 256).battery(128),
];

fn fcg(board: &Board, s: &mut Script) {
    let base = if board.submapper == 4 { 0x6000 } else { 0x8000 };
    // The address has a mask of $E00F or $800F.
    let mirrors: [u16; 3] = if board.submapper == 4 { [0, 0x0FF0, 0x1FF0] } else { [0, 0x3FF0, 0x7FF0] };
    prg(board, s, base, mirrors);
    if board.chr > 0 {
        chr(s, base, mirrors);
    } else {
        chr_ram(s);
    }
    s.section("Mirroring");
    s.mirrorings(&[
        ((base + 9, 0), Vertical),
        ((base + 9 + mirrors[1], 1), Horizontal),
        ((base + 9, 2), OneA),
        ((base + 9, 0xFF), OneB),
    ]);
    match (board.mapper, board.nvram) {
        (16, 256) => eeprom(s, true, 0x10),
        // Bit 3 is the barcode reader.
        (157, _) => eeprom(s, true, 0x18),
        (159, _) => eeprom(s, false, 0x10),
        _ => {}
    }
    if board.mapper == 157 {
        s.section("There are no CHR banks");
        s.writes(&[(base + 8, 9), (base + 9, 0), (base, 2), (base + 1, 1), (base + 2, 3), (base + 3, 4)]);
        s.prg(0x8000, 16, 9);
        s.chr(0, 8, 2);
        s.mirroring(Vertical);
    }
    if board.submapper >= 4 {
        s.section("Other addresses");
        // The registers of the other chip.
        let other = if board.submapper == 4 { 0x8000 } else { 0x6000 };
        s.write(base + 8, 5);
        s.write(base, 0x5A);
        s.writes(&[(other + 8, 2), (other, 0), (other + 0x1008, 2)]);
        s.prg(0x8000, 16, 5);
        s.chr(0, 1, 0x5A);
    }
    irq(s, base, board.submapper == 4);
    if board.mapper == 153 {
        s.section("RAM");
        s.write(base + 13, 0x20);
        s.ram(0x6000, 32);
        s.section("RAM enable");
        s.ram_put(0x6000, 32, 0x5A);
        s.writes(&[(base + 13, 0xDF), (0x6000, 0x11)]);
        s.open_bus(0x6000);
        s.open_bus(0x7FFF);
        s.write(base + 13, 0x20);
        s.ram_get(0x6000, 32, 0x5A);
    }
}

/// 16 KiB at $8000; 153 has an outer bank of 256 KiB in bit 0 of the registers 0-3.
fn prg(board: &Board, s: &mut Script, base: u16, mirrors: [u16; 3]) {
    s.section("PRG banks");
    let outer_banks: &[u8] = if board.mapper == 153 { &[0, 1, 0] } else { &[0] };
    for outer in outer_banks {
        if board.mapper == 153 {
            for register in 0..4 {
                s.write(base + register, *outer | 0xFE);
            }
        }
        for bank in 0..16 {
            s.write(base + 8 + mirrors[usize::from(bank) % 3], bank | 0xF0);
            s.prg(0x8000, 16, u16::from(outer * 16 + bank));
            s.prg(0xC000, 16, u16::from(outer * 16 + 15));
        }
    }
}

fn chr(s: &mut Script, base: u16, mirrors: [u16; 3]) {
    s.section("CHR banks");
    for register in 0..8 {
        for (value, mirror) in [0, 1, 2, 4, 8, 16, 32, 64, 128, 255].into_iter().zip(mirrors.into_iter().cycle()) {
            s.write(base + register + mirror, value);
            s.chr(register * 0x400, 1, u16::from(value));
        }
        s.write(base + register, 0x11 * (register as u8 + 1));
    }
    s.section("All CHR banks");
    for register in 0..8 {
        s.chr(register * 0x400, 1, 0x11 * (register + 1));
    }
}

/// The counter goes down in each cycle, and the IRQ comes when it is 0. The FCG writes the counter itself, the LZ93D50 a
/// latch, which the control register copies.
fn irq(s: &mut Script, base: u16, direct: bool) {
    let [control, low, high] = [base + 10, base + 11, base + 12];
    let arm = |count: u16| [(control, 0), (low, count as u8), (high, (count >> 8) as u8), (control, 1)];
    s.section("IRQ");
    for count in [13, 14, 16, 100, 255, 256, 257, 0x1234, 0x8001] {
        s.irq_at(u32::from(count), &arm(count));
    }
    s.section("IRQ, 0 at once");
    s.writes(&arm(0));
    s.irq();
    s.section("IRQ, acknowledged");
    s.writes(&arm(20));
    s.delay(60);
    s.irq();
    s.irq();
    s.write(control, 0);
    s.no_irq();
    s.section("IRQ, disabled");
    s.writes(&[(low, 20), (high, 0), (control, 0)]);
    s.delay(60);
    s.no_irq();
    if direct {
        s.section("IRQ, the counter stops and goes on");
        // 30 cycles are gone when it stops, 70 remain.
        s.irq_after(130, &arm(100), &[(30, control, 0), (60, control, 1)]);
    } else {
        s.section("IRQ, the latch is copied");
        s.irq_after(100, &arm(100), &[(30, low, 200), (60, high, 3)]);
        s.irq_after(150, &arm(100), &[(50, control, 1)]);
    }
    s.write(control, 0);
    s.no_irq();
}

/// The lines of a serial EEPROM, at $800D: direction, SDA, SCL; and bit 4 of $6000 to read.
struct Eeprom<'a>(&'a mut Script);

impl Eeprom<'_> {
    fn lines(&mut self, read: u8, sda: u8, scl: u8) {
        self.0.write(0x800D, read << 7 | sda << 6 | scl << 5);
    }

    fn start(&mut self) {
        for (sda, scl) in [(1, 0), (1, 1), (0, 1), (0, 0)] {
            self.lines(0, sda, scl);
        }
    }

    fn stop(&mut self) {
        for (sda, scl) in [(0, 0), (0, 1), (1, 1)] {
            self.lines(0, sda, scl);
        }
        // It takes 10 ms to write.
        self.0.delay(18_000);
    }

    /// A bit from the EEPROM.
    fn expect(&mut self, bit: u8) {
        self.lines(1, 1, 0);
        self.lines(1, 1, 1);
        self.0.bits(0x6000, 0x10, bit << 4);
        self.lines(1, 1, 0);
    }

    /// Bits to the EEPROM, the highest first, which it acknowledges.
    fn send(&mut self, byte: u8) {
        for bit in (0..8).rev().map(|n| byte >> n & 1) {
            for scl in [0, 1, 0] {
                self.lines(0, bit, scl);
            }
        }
        self.expect(0);
    }

    /// A byte from the EEPROM; `more` acknowledges it.
    fn receive(&mut self, byte: u8, more: bool) {
        for bit in (0..8).rev().map(|n| byte >> n & 1) {
            self.expect(bit);
        }
        for scl in [0, 1, 0] {
            self.lines(0, u8::from(!more), scl);
        }
    }
}

/// The 24C02 has a device address, the X24C01 none: its first byte is the address and the direction. `driven` are the bits
/// of $6000 that do not float.
fn eeprom(s: &mut Script, has_device: bool, driven: u8) {
    const DEVICE: u8 = 0xA0;
    let bytes = [(0x05, 0xA5), (0x06, 0x3C), (0x7A, 0x81)];
    s.section("EEPROM, written");
    for (addr, value) in bytes {
        let mut rom = Eeprom(s);
        rom.start();
        if has_device {
            rom.send(DEVICE);
            rom.send(addr);
        } else {
            rom.send(addr << 1);
        }
        rom.send(value);
        rom.stop();
    }
    s.section("EEPROM, read");
    for (addr, values) in [(0x7A, &[0x81][..]), (0x05, &[0xA5, 0x3C])] {
        let mut rom = Eeprom(s);
        rom.start();
        if has_device {
            rom.send(DEVICE);
            rom.send(addr);
            rom.start();
            rom.send(DEVICE | 1);
        } else {
            rom.send(addr << 1 | 1);
        }
        for (n, value) in (1..).zip(values) {
            rom.receive(*value, n < values.len());
        }
        rom.stop();
    }
    s.section("EEPROM, the other bits are open bus");
    s.bits(0x6000, !driven, 0x60 & !driven);
    s.bits(0x7FFF, !driven, 0x7F & !driven);
}
