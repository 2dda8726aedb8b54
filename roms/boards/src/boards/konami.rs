//! Konami: VRC1 (75), VRC2 and VRC4 (21, 22, 23, 25), VRC3 (73) and VRC7 (85).
//!
//! VRC6 is in `vrc6`, which uses the IRQ of this file. Sound is left out.
//!
//! <https://www.nesdev.org/wiki/VRC1>, VRC2_and_VRC4, VRC3, VRC7, VRC_IRQ

use super::common::{chr_ram, no_ram};
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("vrc1", 75, 0, vrc1).rom(128, 128),
    Board::new("vrc4-a", 21, 0, vrc4).rom(256, 512).ram(8),
    Board::new("vrc4-c", 21, 0, vrc4_high).rom(256, 512).ram(8),
    Board::new("vrc4a", 21, 1, vrc4).rom(256, 512).ram(8),
    Board::new("vrc4c", 21, 2, vrc4).rom(256, 512).ram(8),
    Board::new("vrc2a", 22, 0, vrc2).rom(256, 128),
    Board::new("vrc4-f", 23, 0, vrc4).rom(256, 512).ram(8),
    Board::new("vrc4-e", 23, 0, vrc4_high).rom(256, 512).ram(8),
    Board::new("vrc4f", 23, 1, vrc4).rom(256, 512).ram(8),
    Board::new("vrc4e", 23, 2, vrc4).rom(256, 512).ram(8),
    Board::new("vrc4e-2k", 23, 2, vrc4).rom(256, 512).ram(2),
    Board::new("vrc2b", 23, 3, vrc2).rom(256, 256),
    Board::new("vrc4-b", 25, 0, vrc4).rom(256, 512).ram(8),
    Board::new("vrc4-d", 25, 0, vrc4_high).rom(256, 512).ram(8),
    Board::new("vrc4b", 25, 1, vrc4).rom(256, 512).ram(8),
    Board::new("vrc4d", 25, 2, vrc4).rom(256, 512).ram(8),
    Board::new("vrc2c", 25, 3, vrc2).rom(256, 256).ram(8),
    Board::new("vrc3", 73, 0, vrc3).rom(128, 0).ram(8),
    Board::new("vrc7b", 85, 1, vrc7).rom(512, 256).ram(8),
    Board::new("vrc7a", 85, 2, vrc7).rom(512, 0).chr_ram(8).ram(8),
];

/// The address bits that are A0 and A1 of the chip: `[lower, higher]` wiring of a mapper number.
const fn wirings(mapper: u16) -> [[u16; 2]; 2] {
    match mapper {
        21 => [[1 << 1, 1 << 2], [1 << 6, 1 << 7]],
        22 => [[1 << 1, 1 << 0], [1 << 1, 1 << 0]],
        23 => [[1 << 0, 1 << 1], [1 << 2, 1 << 3]],
        _ => [[1 << 1, 1 << 0], [1 << 3, 1 << 2]],
    }
}

/// The addresses of a board's registers.
#[derive(Clone, Copy)]
struct Lines {
    /// The bits that are A0 and A1 of the chip.
    bits: [u16; 2],
    /// Bits below A12 that the board does not decode.
    other: u16,
}

impl Lines {
    fn new(board: &Board, high: bool) -> Self {
        let wirings = wirings(board.mapper);
        let bits = wirings[usize::from(high || board.submapper == 2)];
        // Submapper 0 decodes both wirings.
        let decoded = if board.submapper == 0 { wirings.concat() } else { bits.to_vec() };
        Self { bits, other: 0xFFF & !decoded.into_iter().fold(0, |all, bit| all | bit) }
    }

    /// Register 0-3 of a page.
    const fn at(self, page: u16, register: u16) -> u16 {
        page + (register & 1) * self.bits[0] + (register >> 1) * self.bits[1]
    }
}

/// The registers of the IRQ.
pub(super) struct VrcIrq<'a> {
    /// The writes that set the latch.
    pub(super) latch: &'a dyn Fn(u8) -> Vec<(u16, u8)>,
    pub(super) control: u16,
    pub(super) acknowledge: u16,
}

impl VrcIrq<'_> {
    /// The latch, then a write of the control register.
    fn arm(&self, latch: u8, control: u8) -> Vec<(u16, u8)> {
        let mut writes = vec![(self.control, 0)];
        writes.extend((self.latch)(latch));
        writes.push((self.control, control));
        writes
    }

    /// The counter overflows after 256 - latch steps; a step is a CPU cycle (M), or 114, 114 and 113 of them in turn.
    pub(super) fn run(&self, s: &mut Script) {
        const AGAIN: u8 = 1;
        const ENABLE: u8 = 2;
        const CYCLES: u8 = 4;
        s.section("IRQ, cycles");
        for latch in [0, 1, 0x0F, 0x10, 0x55, 0xAA, 0xF0] {
            s.irq_at(256 - u32::from(latch), &self.arm(latch, ENABLE | CYCLES));
        }
        s.section("IRQ, lines");
        for (latch, cycle) in [(0xFF, 114), (0xFE, 228), (0xFD, 341), (0xFC, 455), (0xF8, 910), (0, 29_099)] {
            s.irq_at(cycle, &self.arm(latch, ENABLE));
        }
        s.section("IRQ, acknowledged");
        s.writes(&self.arm(0xFF, ENABLE | CYCLES));
        s.irq();
        s.irq();
        s.write(self.acknowledge, 0);
        s.no_irq();
        s.delay(300);
        s.no_irq();
        s.writes(&self.arm(0xFF, ENABLE | CYCLES));
        s.irq();
        s.write(self.control, 0);
        s.no_irq();
        s.section("IRQ, again");
        // The counter was reloaded by the overflow in cycle 100, and goes on.
        s.irq_after(200, &self.arm(156, ENABLE | CYCLES | AGAIN), &[(150, self.acknowledge, 0)]);
        s.irq_after(228, &self.arm(0xFF, ENABLE | AGAIN), &[(150, self.acknowledge, 0)]);
        s.section("IRQ, an acknowledge changes no counter");
        s.irq_after(114, &self.arm(0xFF, ENABLE | AGAIN), &[(50, self.acknowledge, 0)]);
        s.irq_after(200, &self.arm(56, ENABLE | CYCLES | AGAIN), &[(70, self.acknowledge, 0)]);
        s.section("IRQ, a control write starts again");
        s.irq_after(50 + 114, &self.arm(0xFF, ENABLE), &[(50, self.control, ENABLE)]);
        s.irq_after(70 + 200, &self.arm(56, ENABLE | CYCLES), &[(70, self.control, ENABLE | CYCLES)]);
        s.section("IRQ, disabled");
        s.writes(&self.arm(0xFF, CYCLES | AGAIN));
        s.no_irq();
        s.delay(300);
        s.no_irq();
        s.section("IRQ, the latch is for the next reload");
        let latch = (self.latch)(0xFF);
        let last = latch[latch.len() - 1];
        // The low nibble of a latch in two parts is $C in both.
        s.irq_after(200, &self.arm(56, ENABLE | CYCLES), &[(70, last.0, last.1)]);
        s.write(self.control, 0);
        s.no_irq();
    }
}

/// CHR banks of 1 KiB; `write` gives the writes of a register for a number.
fn chr(s: &mut Script, numbers: &[u16], write: &dyn Fn(u16, u16) -> Vec<(u16, u8)>, bank: &dyn Fn(u16) -> u16) {
    s.section("CHR banks");
    for register in 0..8 {
        for number in numbers {
            s.writes(&write(register, *number));
            s.chr(register * 0x400, 1, bank(*number));
        }
        s.writes(&write(register, 0x11 * (register + 1)));
    }
    s.section("All CHR banks");
    for register in 0..8 {
        s.chr(register * 0x400, 1, bank(0x11 * (register + 1)));
    }
}

/// The nibbles of the CHR registers of VRC2 and VRC4.
fn chr_nibbles(lines: Lines, register: u16, number: u16) -> Vec<(u16, u8)> {
    let page = 0xB000 + register / 2 * 0x1000;
    let low = lines.at(page, register % 2 * 2);
    let high = lines.at(page, register % 2 * 2 + 1);
    // The upper bits of a write count for nothing.
    vec![(low, number as u8 | 0xF0), (high, (number >> 4) as u8 | 0xE0)]
}

fn vrc4_high(board: &Board, s: &mut Script) {
    vrc4_at(board, s, Lines::new(board, true));
}

fn vrc4(board: &Board, s: &mut Script) {
    vrc4_at(board, s, Lines::new(board, false));
}

fn vrc4_at(board: &Board, s: &mut Script, lines: Lines) {
    let mode = lines.at(0x9000, 2);
    s.section("PRG banks");
    for swap in [0, 2] {
        s.write(mode, swap);
        let (first, fixed) = if swap == 0 { (0x8000, 0xC000) } else { (0xC000, 0x8000) };
        for (n, value) in [0, 1, 2, 4, 8, 16, 31].into_iter().enumerate() {
            let register = n as u16 % 4;
            s.write(lines.at(0x8000, register), value | 0xE0);
            s.write(lines.at(0xA000, register), (31 - value) | 0xE0);
            s.prg(first, 8, u16::from(value));
            s.prg(0xA000, 8, u16::from(31 - value));
        }
        s.prg(fixed, 8, 30);
        s.prg(0xE000, 8, 31);
    }
    s.section("Addresses");
    s.write(mode + lines.other, 0);
    s.write(0x8000 + lines.other, 12);
    s.write(0xA000 + lines.other, 13);
    s.prg(0x8000, 8, 12);
    s.prg(0xA000, 8, 13);
    let numbers: Vec<u16> = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 511].to_vec();
    chr(s, &numbers, &|register, number| chr_nibbles(lines, register, number), &|number| number);
    s.section("Mirroring");
    let register = lines.at(0x9000, 0);
    s.mirrorings(&[
        ((register, 0), Vertical),
        ((register, 1), Horizontal),
        ((register, 2), OneA),
        ((register + lines.other, 0xFF), OneB),
    ]);
    s.writes(&[(lines.at(0x9000, 1), 0), (lines.at(0x9000, 2), 0), (lines.at(0x9000, 3), 0)]);
    s.mirroring(Vertical);
    let latch = |value: u8| vec![(lines.at(0xF000, 0), value & 15), (lines.at(0xF000, 1), value >> 4)];
    let irq = VrcIrq { latch: &latch, control: lines.at(0xF000, 2), acknowledge: lines.at(0xF000, 3) };
    irq.run(s);
    s.section("RAM");
    s.write(mode, 1);
    if board.ram == 2048 {
        // $6000-$6FFF, mirrored once.
        s.ram(0x6000, 8);
        s.write(0x6432, 0x65);
        s.expect(0x6C32, 0x65);
        s.open_bus(0x7000);
        s.open_bus(0x7FFF);
    } else {
        s.ram(0x6000, 32);
    }
    s.section("RAM enable");
    s.ram_put(0x6000, 8, 0x5A);
    s.writes(&[(mode, 0), (0x6000, 0x11)]);
    s.open_bus(0x6000);
    s.open_bus(0x67FF);
    s.write(mode, 1);
    s.ram_get(0x6000, 8, 0x5A);
}

/// Without modes and IRQ. Submapper 0 of 22 has CHR bank numbers shifted by one bit.
fn vrc2(board: &Board, s: &mut Script) {
    let lines = Lines::new(board, false);
    s.section("PRG banks");
    for (n, value) in [0, 1, 2, 4, 8, 16, 31].into_iter().enumerate() {
        let register = n as u16 % 4;
        s.write(lines.at(0x8000, register) + lines.other, value | 0xE0);
        s.write(lines.at(0xA000, register) + lines.other, (31 - value) | 0xE0);
        s.prg(0x8000, 8, u16::from(value));
        s.prg(0xA000, 8, u16::from(31 - value));
        s.prg(0xC000, 16, 15);
    }
    let shift = u16::from(board.mapper == 22);
    let numbers: Vec<u16> = [0, 1, 2, 4, 8, 16, 32, 64, 128, 255].to_vec();
    chr(s, &numbers, &|register, number| chr_nibbles(lines, register, number), &|number| number >> shift);
    s.section("Mirroring");
    for register in 0..4 {
        let register = lines.at(0x9000, register) + lines.other;
        s.mirrorings(&[((register, 0), Vertical), ((register, 1), Horizontal), ((register, 2), Vertical)]);
    }
    s.prg(0x8000, 8, 31);
    s.prg(0xC000, 16, 15);
    s.section("No IRQ");
    for (register, value) in [(0, 15), (1, 15), (2, 6)] {
        s.write(lines.at(0xF000, register), value);
    }
    s.delay(300);
    s.no_irq();
    if board.ram > 0 {
        s.section("RAM");
        s.ram(0x6000, 32);
    } else if board.mapper != 25 {
        s.section("The latch");
        // On 351618, the board of 22, its output is grounded.
        let one = u8::from(board.mapper != 22);
        for (value, bit) in [(0, 0), (1, one), (0xFE, 0), (0xFF, one)] {
            s.write(0x6000, value);
            s.expect(0x6000, 0x60 | bit);
            s.expect(0x6100, 0x60 | bit);
            s.open_bus(0x7000);
            s.open_bus(0x7F01);
        }
    }
}

/// 75: the fifth bit of the CHR banks is in the mirroring register.
fn vrc1(_: &Board, s: &mut Script) {
    s.section("PRG banks");
    for (n, value) in [0, 1, 2, 4, 8, 15].into_iter().enumerate() {
        let other = if n % 2 == 0 { 0 } else { 0xFFF };
        let values = [value, 15 - value, value ^ 5];
        for (register, value) in [0x8000, 0xA000, 0xC000].into_iter().zip(values) {
            s.write(register + other, value | 0xF0);
        }
        for (addr, value) in [0x8000, 0xA000, 0xC000].into_iter().zip(values) {
            s.prg(addr, 8, u16::from(value));
        }
        s.prg(0xE000, 8, 15);
    }
    s.section("CHR banks");
    for bank in 0..32 {
        let (left, right) = (bank, 31 - bank);
        s.writes(&[(0xE000, left | 0xF0), (0x9ABC, (left >> 4) << 1 | (right >> 4) << 2), (0xFFFF, right & 15)]);
        s.chr(0, 4, u16::from(left));
        s.chr(0x1000, 4, u16::from(right));
    }
    s.section("Mirroring");
    s.mirrorings(&[((0x9000, 0), Vertical), ((0x9FFF, 1), Horizontal), ((0x9000, 0xFE), Vertical)]);
    no_ram(s);
}

/// 73: a counter of 16 bits, or of its lower 8.
fn vrc3(board: &Board, s: &mut Script) {
    s.section("PRG banks");
    for bank in 0..8 {
        s.write(if bank % 2 == 0 { 0xF000 } else { 0xFFFF }, bank | 0xF8);
        s.prg(0x8000, 16, u16::from(bank));
        s.prg(0xC000, 16, 7);
    }
    let (control, acknowledge) = (0xC000, 0xDFFF);
    let (again, enable, eight) = (1, 2, 4);
    let arm = |latch: u16, value: u8| {
        let nibbles = (0..4).map(|n| (0x8000 + n * 0x1000 + n * 0x0F5, (latch >> (4 * n)) as u8 & 15));
        [(control, 0)].into_iter().chain(nibbles).chain([(control, value)]).collect::<Vec<_>>()
    };
    s.section("IRQ, 16 bits");
    for latch in [0xFFF0, 0xFF00, 0xFFAA, 0xF0FF, 0xE000, 0x8FFF] {
        s.irq_at(0x10000 - u32::from(latch), &arm(latch, enable));
    }
    s.section("IRQ, 8 bits");
    for latch in [0x00F0, 0xFF55, 0x1200, 0x12C3] {
        s.irq_at(0x100 - u32::from(latch & 0xFF), &arm(latch, enable | eight));
    }
    s.section("IRQ, acknowledged");
    s.writes(&arm(0xFFFF, enable));
    s.irq();
    s.irq();
    s.write(acknowledge, 0);
    s.no_irq();
    s.writes(&arm(0xFFFF, enable));
    s.irq();
    s.write(control, 0);
    s.no_irq();
    s.section("IRQ, again");
    s.irq_after(200, &arm(0x10000u32.wrapping_sub(100) as u16, enable | again), &[(150, acknowledge, 0)]);
    s.irq_after(200, &arm(0x0100 - 100, enable | eight | again), &[(150, acknowledge, 0)]);
    s.irq_after(200, &arm(0xFF38, enable | again), &[(70, acknowledge, 0)]);
    s.section("IRQ, disabled");
    s.writes(&arm(0xFFFF, again));
    s.delay(300);
    s.no_irq();
    s.write(control, 0);
    chr_ram(s);
    s.section("Mirroring");
    s.wired(board.header);
    s.section("RAM");
    s.ram(0x6000, 32);
}

/// 85: A3 (submapper 1) or A4 (2) selects the second register of a page.
fn vrc7(board: &Board, s: &mut Script) {
    let line = if board.submapper == 1 { 0x08 } else { 0x10 };
    s.section("PRG banks");
    for value in [0, 1, 2, 4, 8, 16, 32, 63] {
        let values = [value, 63 - value, value ^ 21];
        for (register, value) in [0x8000, 0x8000 + line, 0x9000].into_iter().zip(values) {
            s.write(register, value | 0xC0);
        }
        for (addr, value) in [0x8000, 0xA000, 0xC000].into_iter().zip(values) {
            s.prg(addr, 8, u16::from(value));
        }
        s.prg(0xE000, 8, 63);
    }
    let write = |register: u16, number: u16| vec![(0xA000 + register / 2 * 0x1000 + register % 2 * line, number as u8)];
    if board.chr > 0 {
        chr(s, &[0, 1, 2, 4, 8, 16, 32, 64, 128, 255], &write, &|number| number);
    } else {
        s.section("CHR RAM is banked too");
        for bank in 0..8 {
            s.writes(&write(2, bank));
            s.chr_put(0x0800, 1, 0x50 + bank);
        }
        chr(s, &[0, 1, 2, 4, 7], &write, &|number| 0x50 + (number & 7));
    }
    s.section("Mirroring");
    s.mirrorings(&[((0xE000, 0), Vertical), ((0xE000, 1), Horizontal), ((0xE000, 2), OneA), ((0xE000, 0x3F), OneB)]);
    let latch = |value: u8| vec![(0xE000 + line, value)];
    VrcIrq { latch: &latch, control: 0xF000, acknowledge: 0xF000 + line }.run(s);
    s.section("RAM");
    s.write(0xE000, 0x80);
    s.ram(0x6000, 32);
    s.section("RAM protect");
    s.ram_put(0x6000, 32, 0x5A);
    s.writes(&[(0xE000, 0), (0x6000, 0x11), (0x7FFF, 0x22)]);
    s.write(0xE000, 0x80);
    s.ram_get(0x6000, 32, 0x5A);
}
