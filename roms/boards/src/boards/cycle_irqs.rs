//! Boards with an IRQ that counts CPU cycles, of several makers: Jaleco SS 88006 (18), Irem G-101 (32, without IRQ) and H3001
//! (65), Sunsoft-3 (67), FME-7 (69).
//!
//! Sound is left out.
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_018>, _032, _065, _067, Sunsoft_FME-7

use super::common::no_ram;
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("ss-88006", 18, 0, ss_88006).rom(512, 256).ram(8),
    Board::new("g-101", 32, 0, g_101).rom(256, 256),
    Board::new("g-101-major-league", 32, 1, g_101).rom(256, 256),
    Board::new("h3001", 65, 0, h3001).rom(512, 256),
    Board::new("sunsoft-3", 67, 0, sunsoft_3).rom(256, 128),
    Board::new("fme-7", 69, 0, fme_7).rom(512, 256).ram(8),
    Board::new("fme-7-32k", 69, 0, fme_7).rom(256, 256).ram(32),
];

const NUMBERS: [u8; 10] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 255];

/// Eight windows of 1 KiB; `write` gives the writes of a register for a number.
fn chr(s: &mut Script, write: &dyn Fn(u8, u8) -> Vec<(u16, u8)>) {
    s.section("CHR banks");
    for register in 0..8_u8 {
        for number in NUMBERS {
            s.writes(&write(register, number));
            s.chr(u16::from(register) * 0x400, 1, u16::from(number));
        }
        s.writes(&write(register, 0x11 * (register + 1)));
    }
    s.section("All CHR banks");
    for register in 0..8_u16 {
        s.chr(register * 0x400, 1, 0x11 * (register + 1));
    }
}

/// Nibbles at pairs of addresses.
fn ss_88006(_: &Board, s: &mut Script) {
    let nibbles = |addr: u16, value: u8| vec![(addr, value & 15), (addr + 1, value >> 4)];
    s.section("PRG banks");
    for value in [0, 1, 2, 4, 8, 16, 32, 63] {
        let values = [value, 63 - value, value ^ 21];
        for (register, value) in [0x8000, 0x8002, 0x9000].into_iter().zip(values) {
            s.writes(&nibbles(register, value));
        }
        for (addr, value) in [0x8000, 0xA000, 0xC000].into_iter().zip(values) {
            s.prg(addr, 8, u16::from(value));
        }
        s.prg(0xE000, 8, 63);
    }
    chr(s, &|register, number| {
        nibbles(0xA000 + u16::from(register / 2) * 0x1000 + u16::from(register % 2) * 2, number)
    });
    s.section("Addresses");
    s.writes(&[(0xAFFC, 0xF9), (0xA555, 0xF4), (0x8FFE, 5), (0x8AAB, 1)]);
    s.chr(0, 1, 0x49);
    s.prg(0xA000, 8, 21);
    s.section("Mirroring");
    s.mirrorings(&[((0xF002, 1), Vertical), ((0xF002, 0), Horizontal), ((0xF002, 2), OneA), ((0xFFFE, 3), OneB)]);
    let (reload, control) = (0xF000, 0xF001);
    // The counter wraps in the cycle after the one in which it is 0.
    let arm = |count: u16, size: u8| {
        let count = (0..4).map(|n| (0xE000 + n, (count >> (4 * n)) as u8 & 15));
        [(control, 0)].into_iter().chain(count).chain([(reload, 0), (control, size | 1)]).collect::<Vec<_>>()
    };
    s.section("IRQ, 16 bits");
    for count in [12, 15, 16, 255, 256, 0x0FFF, 0x1000, 0x4321] {
        s.irq_at(u32::from(count) + 1, &arm(count, 0));
    }
    s.section("IRQ, 12, 8 and 4 bits");
    for (count, size, mask) in [
        (0x1FFF, 2, 0xFFF),
        (0xF123, 2, 0xFFF),
        (0x3480, 4, 0xFF),
        (0x34FF, 6, 0xFF),
        (0x123F, 8, 15),
        (0xFF0D, 14, 15),
    ] {
        s.irq_at(u32::from(count & mask) + 1, &arm(count, size));
    }
    s.section("IRQ, the upper bits stay");
    // 4 bits wrap in cycle 30, from $0210 to $021F, and wrap again in cycle 46; after 50, at $021B, 16 bits count.
    s.irq_after(50 + 0x21B + 1, &arm(0x021D, 8), &[(50, control, 1)]);
    s.section("IRQ, acknowledged");
    for register in [reload, control] {
        s.writes(&arm(5, 0));
        s.irq();
        s.irq();
        // The reload must not end soon.
        s.writes(&[(0xE003, 15), (register, 0)]);
        s.no_irq();
        s.write(control, 0);
    }
    s.section("IRQ, disabled");
    s.writes(&arm(5, 0xFE));
    s.writes(&[(control, 0), (reload, 0)]);
    s.delay(100);
    s.no_irq();
    s.section("IRQ, stopped and going on");
    s.irq_after(131, &arm(100, 0), &[(30, control, 0), (60, control, 1)]);
    s.write(control, 0);
    s.section("RAM");
    s.write(0x9002, 3);
    s.ram(0x6000, 32);
    s.section("RAM protect");
    s.ram_put(0x6000, 32, 0x5A);
    s.writes(&[(0x9002, 1), (0x6000, 1), (0x7FFF, 2)]);
    s.ram_get(0x6000, 32, 0x5A);
    s.section("RAM enable");
    s.writes(&[(0x9002, 2), (0x6000, 1)]);
    s.open_bus(0x6000);
    s.open_bus(0x7FFF);
    s.write(0x9002, 3);
}

/// Major League (submapper 1) has neither PRG mode nor mirroring: one screen, the second page.
fn g_101(board: &Board, s: &mut Script) {
    s.section("PRG banks");
    for mode in [0, 2] {
        s.write(0x9000, mode);
        let swapped = mode == 2 && board.submapper == 0;
        let (first, fixed) = if swapped { (0xC000, 0x8000) } else { (0x8000, 0xC000) };
        for (n, value) in [0, 1, 2, 4, 8, 16, 31].into_iter().enumerate() {
            s.write(0x8000 + n as u16, value | 0xE0);
            s.write(0xA007 - n as u16, (31 - value) | 0xE0);
            s.prg(first, 8, u16::from(value));
            s.prg(0xA000, 8, u16::from(31 - value));
        }
        s.prg(fixed, 8, 30);
        s.prg(0xE000, 8, 31);
    }
    chr(s, &|register, number| vec![(0xB000 + u16::from(register), number)]);
    s.section("Addresses");
    s.writes(&[(0x8FF8, 6), (0xAFFF, 7), (0xBFFB, 8), (0xC003, 1), (0xF003, 1), (0xE000, 1)]);
    s.prg(if board.submapper == 0 { 0xC000 } else { 0x8000 }, 8, 6);
    s.prg(0xA000, 8, 7);
    s.chr(0x0C00, 1, 8);
    s.section("Mirroring");
    if board.submapper == 0 {
        s.mirrorings(&[((0x9000, 0), Vertical), ((0x9000, 1), Horizontal), ((0x9007, 0xFE), Vertical)]);
    } else {
        for value in [0, 1] {
            s.write(0x9000, value);
            s.wired(OneB);
        }
    }
    no_ram(s);
}

fn h3001(_: &Board, s: &mut Script) {
    s.section("PRG banks");
    for mode in [0, 0x80] {
        s.write(0x9000, mode);
        let (first, fixed) = if mode == 0 { (0x8000, 0xC000) } else { (0xC000, 0x8000) };
        for value in [0, 1, 2, 4, 8, 16, 32, 63] {
            s.write(0x8000, value);
            s.write(0xA000, 63 - value);
            s.prg(first, 8, u16::from(value));
            s.prg(0xA000, 8, u16::from(63 - value));
        }
        s.prg(fixed, 8, 0x3E);
        s.prg(0xE000, 8, 0x3F);
    }
    chr(s, &|register, number| vec![(0xB000 + u16::from(register), number)]);
    s.section("Mirroring");
    s.mirrorings(&[
        ((0x9001, 0), Vertical),
        ((0x9001, 0x80), Horizontal),
        ((0x9001, 0x40), OneA),
        ((0x9001, 0xC0), OneA),
        ((0x9001, 0x3F), Vertical),
    ]);
    let (enable, reload) = (0x9003, 0x9004);
    let arm =
        |count: u16| [(enable, 0), (0x9005, (count >> 8) as u8), (0x9006, count as u8), (reload, 0), (enable, 0x80)];
    s.section("IRQ");
    for count in [13, 16, 100, 255, 256, 0x1234, 0x8001] {
        s.irq_at(u32::from(count), &arm(count));
    }
    s.section("IRQ, the counter stops at 0");
    for register in [enable, reload] {
        s.writes(&arm(20));
        s.delay(60);
        s.irq();
        s.irq();
        if register == enable {
            s.write(enable, 0x80);
        } else {
            s.writes(&[(0x9005, 0xFF), (reload, 0)]);
        }
        s.no_irq();
    }
    s.section("IRQ, disabled");
    s.writes(&arm(60));
    s.write(enable, 0);
    s.delay(100);
    s.no_irq();
    s.section("IRQ, reloaded while it counts");
    s.irq_after(150, &arm(100), &[(50, reload, 0)]);
    s.write(enable, 0);
    no_ram(s);
}

fn sunsoft_3(_: &Board, s: &mut Script) {
    s.section("PRG banks");
    for bank in 0..16 {
        s.write(if bank % 2 == 0 { 0xF800 } else { 0xFFFF }, bank | 0xE0);
        s.prg(0x8000, 16, u16::from(bank));
        s.prg(0xC000, 16, 15);
    }
    s.section("CHR banks");
    for (register, addr) in [(0x8800, 0), (0x9800, 0x0800), (0xA800, 0x1000), (0xB800, 0x1800)] {
        for value in [0, 1, 2, 4, 8, 16, 32, 63] {
            s.write(register + u16::from(value) * 0x1F, value);
            s.chr(addr, 2, u16::from(value));
        }
        s.write(register, (register >> 12) as u8 * 3);
    }
    for (register, addr) in [(0x8800u16, 0), (0x9800, 0x0800), (0xA800, 0x1000), (0xB800, 0x1800)] {
        s.chr(addr, 2, (register >> 12) * 3);
    }
    s.section("Mirroring");
    s.mirrorings(&[((0xE800, 0), Vertical), ((0xE800, 1), Horizontal), ((0xE800, 2), OneA), ((0xEFFF, 0xFF), OneB)]);
    let (acknowledge, load, control) = (0x8000, 0xC800, 0xD800);
    let arm =
        |count: u16| [(acknowledge, 0), (control, 0), (load, (count >> 8) as u8), (load, count as u8), (control, 0x10)];
    s.section("IRQ");
    // It wraps in the cycle after the one in which it is 0.
    for count in [12, 15, 100, 255, 256, 0x1234, 0x8000] {
        s.irq_at(u32::from(count) + 1, &arm(count));
    }
    s.section("IRQ, acknowledged");
    s.writes(&arm(5));
    s.irq();
    s.write(control, 0);
    s.irq();
    s.write(0xB7FF, 0);
    s.no_irq();
    s.section("IRQ, the counter pauses itself");
    s.writes(&arm(5));
    s.irq();
    s.write(acknowledge, 0);
    // If it had gone on from $FFFF, $0010 in both bytes would end soon.
    s.writes(&[(load, 0), (load, 16)]);
    s.delay(100);
    s.no_irq();
    s.section("IRQ, the toggle");
    s.writes(&[(acknowledge, 0), (control, 0), (load, 0x77)]);
    s.irq_at(101, &arm(100));
    s.section("IRQ, paused");
    s.irq_after(131, &arm(100), &[(30, control, 0), (60, control, 0x10)]);
    s.section("IRQ, disabled");
    s.writes(&arm(60));
    s.write(control, 0xEF);
    s.delay(100);
    s.no_irq();
    no_ram(s);
}

fn fme_7(board: &Board, s: &mut Script) {
    let command = |number: u8, value: u8| [(0x8000, number), (0xA000, value)];
    let banks = (board.prg / 8) as u8;
    s.section("PRG banks");
    for (number, addr) in [(9, 0x8000), (10, 0xA000), (11, 0xC000), (8, 0x6000)] {
        for value in [0, 1, 2, 4, 8, 16, 32, 63] {
            s.writes(&command(number, value));
            s.prg(addr, 8, u16::from(value % banks));
        }
        s.writes(&command(number, number));
    }
    s.section("All PRG banks");
    for (number, addr) in [(9, 0x8000), (10, 0xA000), (11, 0xC000), (8, 0x6000)] {
        s.prg(addr, 8, number);
    }
    s.prg(0xE000, 8, u16::from(banks - 1));
    chr(s, &|register, number| command(register, number).to_vec());
    s.section("Addresses");
    s.writes(&[(0x9FFF, 0xF3), (0xBFFF, 0x29)]);
    s.chr(0x0C00, 1, 0x29);
    // These select and write sound on the 5B.
    s.writes(&[(0xC000, 2), (0xE000, 0), (0xFFFF, 0), (0xA000, 0x17)]);
    s.chr(0x0C00, 1, 0x17);
    s.chr(0x0800, 1, 0x33);
    s.section("Mirroring");
    s.write(0x8000, 12);
    s.mirrorings(&[((0xA000, 0), Vertical), ((0xA000, 1), Horizontal), ((0xA000, 2), OneA), ((0xA000, 0xFF), OneB)]);
    fme_7_irq(s);
    s.section("RAM");
    if board.ram == 8192 {
        s.writes(&command(8, 0xC0));
        s.ram(0x6000, 32);
        s.section("RAM enable");
        s.ram_put(0x6000, 32, 0x5A);
        s.writes(&command(8, 0x40));
        s.write(0x6000, 0x11);
        s.open_bus(0x6000);
        s.open_bus(0x7FFF);
        s.writes(&command(8, 0));
        s.write(0x6000, 0x11);
        s.prg(0x6000, 8, 0);
        s.writes(&command(8, 0xC0));
        s.ram_get(0x6000, 32, 0x5A);
        return;
    }
    for bank in 0..4 {
        s.writes(&command(8, 0xC0 | bank));
        s.ram_put(0x6000, 32, bank * 16 + 3);
    }
    for bank in 0..4 {
        s.writes(&command(8, 0xC0 | bank));
        s.ram_get(0x6000, 32, bank * 16 + 3);
    }
}

/// The counter goes from $0000 to $FFFF in the cycle of the IRQ, and on.
fn fme_7_irq(s: &mut Script) {
    let arm = |count: u16, control: u8| {
        [
            (0x8000, 13),
            (0xA000, 0),
            (0x8000, 14),
            (0xA000, count as u8),
            (0x8000, 15),
            (0xA000, (count >> 8) as u8),
            (0x8000, 13),
            (0xA000, control),
        ]
    };
    s.section("IRQ");
    for count in [12, 15, 100, 255, 256, 0x1234, 0x8000] {
        s.irq_at(u32::from(count) + 1, &arm(count, 0x81));
    }
    s.section("IRQ, acknowledged");
    s.writes(&arm(5, 0x81));
    s.irq();
    s.irq();
    s.write(0xA000, 0x81);
    s.no_irq();
    s.section("IRQ, the counter goes on");
    s.irq_after(101 + 0x10000, &arm(100, 0x81), &[(200, 0xA000, 0x81)]);
    s.section("IRQ, not generated");
    s.writes(&arm(50, 0x80));
    s.delay(100);
    s.no_irq();
    // The counter has passed 0: enabling IRQs then gives none.
    s.write(0xA000, 0x81);
    s.no_irq();
    s.section("IRQ, stopped");
    s.writes(&arm(50, 0x01));
    s.delay(100);
    s.no_irq();
    s.irq_after(131, &arm(100, 0x81), &[(30, 0xA000, 0x01), (60, 0xA000, 0x81)]);
    s.write(0xA000, 0);
}
