//! Boards with nametables in CHR ROM or banks that follow the PPU: MMC2 (9), MMC4 (10), VRC6 (24, 26), Sunsoft-4 (68).
//!
//! Of the VRC6, modes of $B003 with bit 5 are left out but those that games use, and sound. Of Sunsoft-4, submapper 1 (a
//! second cartridge) is left out.
//!
//! <https://www.nesdev.org/wiki/MMC2>, MMC4, VRC6, VRC_IRQ, INES_Mapper_068

use super::common::no_ram;
use super::konami::VrcIrq;
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("mmc2", 9, 0, mmc2).rom(128, 128),
    Board::new("mmc4", 10, 0, mmc2).rom(256, 128).ram(8),
    Board::new("vrc6a", 24, 0, vrc6).rom(256, 256).ram(8),
    Board::new("vrc6b", 26, 0, vrc6).rom(256, 256).ram(8),
    Board::new("sunsoft-4", 68, 0, sunsoft_4).rom(256, 256).ram(8),
];

/// Two CHR banks for each half; reads of the tiles $FD and $FE select one. On the MMC2, only one byte of each in the left
/// half does. MMC4 has banks of 16 KiB, and RAM.
fn mmc2(board: &Board, s: &mut Script) {
    let mmc4 = board.mapper == 10;
    s.section("PRG banks");
    for bank in 0..16 {
        s.write(if bank % 2 == 0 { 0xA000 } else { 0xAFFF }, bank | 0xF0);
        if mmc4 {
            s.prg(0x8000, 16, u16::from(bank));
            s.prg(0xC000, 16, 15);
        } else {
            s.prg(0x8000, 8, u16::from(bank));
            s.prg(0xA000, 8, 13);
            s.prg(0xC000, 16, 7);
        }
    }
    // Registers and tile of each bank, and the window.
    let banks =
        [(0xB000, 0x0FD8, 0x0000), (0xC000, 0x0FE8, 0x0000), (0xD000, 0x1FD8, 0x1000), (0xE000, 0x1FE8, 0x1000)];
    s.section("CHR banks");
    for (register, tile, window) in banks {
        s.ppu_touch(tile);
        for bank in [0, 1, 2, 4, 8, 16, 31] {
            s.write(register + u16::from(bank) * 0x21, bank | 0xE0);
            s.chr(window, 4, u16::from(bank));
        }
    }
    s.section("Latches");
    s.writes(&[(0xB000, 3), (0xC000, 12), (0xD000, 21), (0xE000, 26)]);
    let expect = |s: &mut Script, left: bool, right: bool| {
        s.chr(0x0000, 4, if left { 12 } else { 3 });
        s.chr(0x1000, 4, if right { 26 } else { 21 });
    };
    s.ppu_touch(0x0FD8);
    s.ppu_touch(0x1FD8);
    expect(s, false, false);
    s.ppu_touch(0x0FE8);
    expect(s, true, false);
    s.ppu_touch(0x1FE8);
    expect(s, true, true);
    s.ppu_touch(0x0FD8);
    expect(s, false, true);
    s.ppu_touch(0x1FD8);
    expect(s, false, false);
    s.section("All bytes of a tile");
    for offset in [1, 4, 7] {
        s.ppu_touch(0x1FE8 + offset);
        expect(s, false, true);
        s.ppu_touch(0x1FD8 + offset);
        expect(s, false, false);
        s.ppu_touch(0x0FE8 + offset);
        expect(s, mmc4, false);
        s.ppu_touch(0x0FE8);
        s.ppu_touch(0x0FD8 + offset);
        expect(s, !mmc4, false);
        s.ppu_touch(0x0FD8);
    }
    s.section("Bytes beside a tile");
    for addr in [0x0FE0, 0x0FE7, 0x0FF0, 0x1FE0, 0x1FE7, 0x1FF0, 0x0DE8, 0x1BE8] {
        s.ppu_touch(addr);
        expect(s, false, false);
    }
    s.section("The tile itself is of the old bank");
    // A byte of CHR ROM is the number of its KiB.
    s.ppu(0x0FE8, 3 * 4 + 3);
    expect(s, true, false);
    s.ppu(0x1FE8, 21 * 4 + 3);
    expect(s, true, true);
    s.ppu(0x0FD8, 12 * 4 + 3);
    s.ppu(0x1FD8, 26 * 4 + 3);
    expect(s, false, false);
    s.section("Mirroring");
    s.mirrorings(&[((0xF000, 0), Vertical), ((0xF000, 1), Horizontal), ((0xFFFF, 0xFE), Vertical)]);
    if mmc4 {
        s.section("RAM");
        s.ram(0x6000, 32);
    } else {
        no_ram(s);
    }
}

/// 26 has A0 and A1 exchanged.
fn vrc6(board: &Board, s: &mut Script) {
    let at = |page: u16, n: u16| if board.mapper == 24 { page + n } else { page + (n & 1) * 2 + n / 2 };
    let style = at(0xB000, 3);
    s.section("PRG banks");
    for (n, bank) in [0, 1, 2, 4, 8, 15].into_iter().enumerate() {
        s.write(at(0x8000, n as u16 % 4) + 0xFF0 * (n as u16 % 2), bank | 0xF0);
        s.prg(0x8000, 16, u16::from(bank));
        s.prg(0xE000, 8, 31);
    }
    for (n, bank) in [0, 1, 2, 4, 8, 16, 31].into_iter().enumerate() {
        s.write(at(0xC000, n as u16 % 4) + 0xFF0 * (n as u16 % 2), bank | 0xE0);
        s.prg(0xC000, 8, u16::from(bank));
        s.prg(0x8000, 16, 15);
    }
    let register = |n: u16| if n < 4 { at(0xD000, n) } else { at(0xE000, n - 4) };
    s.section("CHR banks");
    s.write(style, 0x20);
    for n in 0..8 {
        for number in [0, 1, 2, 4, 8, 16, 32, 64, 128, 255] {
            s.write(register(n), number);
            s.chr(n * 0x400, 1, u16::from(number));
        }
    }
    s.section("Mirroring");
    s.mirrorings(&[
        ((style, 0x20), Vertical),
        ((style, 0x24), Horizontal),
        ((style, 0x28), OneA),
        ((style, 0x2C), OneB),
    ]);
    // Which register each window of CHR and each nametable has, without bit 5.
    let one = [0, 1, 2, 3, 4, 5, 6, 7];
    let two = [0, 0, 1, 1, 2, 2, 3, 3];
    let mixed = [0, 1, 2, 3, 4, 4, 5, 5];
    let styles: [([u16; 8], [u16; 4]); 8] = [
        (one, [6, 6, 7, 7]),
        (two, [4, 5, 6, 7]),
        (mixed, [6, 7, 6, 7]),
        (mixed, [6, 7, 6, 7]),
        (one, [6, 7, 6, 7]),
        (two, [4, 5, 6, 7]),
        (mixed, [6, 6, 7, 7]),
        (mixed, [6, 6, 7, 7]),
    ];
    let numbers = [0x81, 0x88, 0x90, 0x99, 0xA0, 0xA9, 0xB1, 0xB8];
    for (n, number) in (0..).zip(numbers) {
        s.write(register(n), number);
    }
    s.section("Styles, nametables in RAM");
    for (value, (windows, nametables)) in (0..).zip(styles) {
        s.write(style, value);
        for (n, window) in (0..).zip(windows) {
            s.chr(n * 0x400, 1, u16::from(numbers[usize::from(window)]));
        }
        // The lowest bit is the page.
        s.pages(nametables.map(|n| usize::from(numbers[usize::from(n)] & 1)));
    }
    s.section("Styles, nametables in CHR ROM");
    for (value, (_, nametables)) in (0..).zip(styles) {
        s.write(style, value | 0x10);
        for (n, register) in (0..).zip(nametables) {
            s.chr(0x2000 + n * 0x400, 1, u16::from(numbers[usize::from(register)]));
        }
    }
    s.write(style, 0x20);
    let latch = |value: u8| vec![(at(0xF000, 0), value)];
    VrcIrq { latch: &latch, control: at(0xF000, 1), acknowledge: at(0xF000, 2) }.run(s);
    s.section("RAM");
    s.write(style, 0xA0);
    s.ram(0x6000, 32);
    s.section("RAM enable");
    s.ram_put(0x6000, 32, 0x5A);
    s.writes(&[(style, 0x20), (0x6000, 0x11)]);
    s.open_bus(0x6000);
    s.open_bus(0x7FFF);
    s.write(style, 0xA0);
    s.ram_get(0x6000, 32, 0x5A);
}

fn sunsoft_4(_: &Board, s: &mut Script) {
    s.section("PRG banks");
    for bank in 0..16 {
        s.write(if bank % 2 == 0 { 0xF000 } else { 0xFFFF }, bank | 0xE0);
        s.prg(0x8000, 16, u16::from(bank));
        s.prg(0xC000, 16, 15);
    }
    s.section("CHR banks");
    for (register, addr) in [(0x8000, 0), (0x9000, 0x0800), (0xA000, 0x1000), (0xB000, 0x1800)] {
        for bank in [0, 1, 2, 4, 8, 16, 32, 64, 127] {
            s.write(register + u16::from(bank) * 0x1F, bank);
            s.chr(addr, 2, u16::from(bank));
        }
    }
    s.section("Mirroring");
    s.mirrorings(&[((0xE000, 0), Vertical), ((0xE000, 1), Horizontal), ((0xE000, 2), OneA), ((0xEFFF, 3), OneB)]);
    s.section("Nametables in CHR ROM");
    for (low, high) in [(0x00, 0x7F), (0x81, 0x02), (0x14, 0x68), (0x40, 0x20), (0x08, 0x10)] {
        s.writes(&[(0xC000, low), (0xDFFF, high)]);
        let banks = [low, high].map(|bank| u16::from(bank | 0x80));
        for (mode, pages) in [(0, [0, 1, 0, 1]), (1, [0, 0, 1, 1]), (2, [0; 4]), (3, [1; 4])] {
            s.write(0xE000, 0x10 | mode);
            for (n, page) in (0..).zip(pages) {
                s.chr(0x2000 + n * 0x400, 1, banks[page]);
            }
        }
    }
    s.section("Nametables in RAM again");
    s.write(0xE000, 0);
    s.mirroring(Vertical);
    s.section("RAM");
    s.write(0xF000, 0x10);
    s.ram(0x6000, 32);
    s.section("RAM enable");
    s.ram_put(0x6000, 32, 0x5A);
    s.writes(&[(0xF000, 0x0F), (0x6000, 0x11)]);
    s.open_bus(0x6000);
    s.open_bus(0x7FFF);
    s.write(0xF000, 0x1F);
    s.ram_get(0x6000, 32, 0x5A);
}
