//! The Namcot 108 family: 206, and 76, 88, 95, 154, which wire it in other ways.
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_206>, _076, _088, _095, _154

use super::common::no_ram;
use crate::image::Board;
use crate::script::Mirroring::{Four, Horizontal};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("dxrom", 206, 0, dxrom).rom(128, 64),
    Board::new("drrom-four-screens", 206, 0, dxrom).rom(128, 64).header(Four),
    Board::new("dxrom-small", 206, 0, dxrom).rom(32, 32).header(Horizontal),
    Board::new("namcot-3407", 206, 1, dxrom).rom(32, 32).header(Horizontal),
    Board::new("namcot-3446", 76, 0, dxrom).rom(128, 128),
    Board::new("namcot-3443", 88, 0, dxrom).rom(128, 128),
    Board::new("namcot-3425", 95, 0, namcot_3425).rom(128, 32),
    Board::new("namcot-3453", 154, 0, namcot_3453).rom(128, 128),
];

/// The CHR registers of a board: the window of each, with its KiB.
fn windows(board: &Board) -> Vec<(u8, u16, u16)> {
    if board.mapper == 76 {
        vec![(2, 0x0000, 2), (3, 0x0800, 2), (4, 0x1000, 2), (5, 0x1800, 2)]
    } else {
        vec![(0, 0x0000, 2), (1, 0x0800, 2), (2, 0x1000, 1), (3, 0x1400, 1), (4, 0x1800, 1), (5, 0x1C00, 1)]
    }
}

/// The bank that a register shows for a value, in the unit of its window.
fn chr_bank(board: &Board, (_, addr, kib): (u8, u16, u16), value: u8) -> u16 {
    let value = u16::from(value & 63);
    match board.mapper {
        76 => value,
        // A16 of CHR ROM is A12 of the PPU.
        88 | 154 => (value | (addr & 0x1000) >> 6) / kib,
        _ => value % board.chr as u16 / kib,
    }
}

fn register(s: &mut Script, select: u8, value: u8) {
    s.writes(&[(0x8000, select), (0x8001, value)]);
}

fn prg(board: &Board, s: &mut Script) {
    s.section("PRG banks");
    let banks = board.prg as u16 / 8;
    for value in [0, 1, 2, 3, 4, 8, 15, 0xF0] {
        let bank = u16::from(value & 15) % banks;
        if board.submapper == 1 {
            register(s, 6, value);
            register(s, 7, value ^ 3);
            s.prg(0x8000, 32, 0);
            continue;
        }
        register(s, 6, value);
        s.prg(0x8000, 8, bank);
        register(s, 7, value ^ 0x0F);
        s.prg(0x8000, 8, bank);
        s.prg(0xA000, 8, u16::from((value ^ 0x0F) & 15) % banks);
        s.prg(0xC000, 16, banks / 2 - 1);
    }
}

fn chr(board: &Board, s: &mut Script) {
    s.section("CHR banks");
    for window in windows(board) {
        for value in [0, 1, 2, 4, 8, 16, 32, 62, 63, 0x95, 0x2A] {
            register(s, window.0, value);
            s.chr(window.1, window.2, chr_bank(board, window, value));
        }
        register(s, window.0, window.0 * 5 + 2);
    }
    s.section("All CHR banks");
    for window in windows(board) {
        s.chr(window.1, window.2, chr_bank(board, window, window.0 * 5 + 2));
    }
}

/// Only $8000-$9FFF is decoded, by A0; there are no modes in bits 7 and 6 of $8000.
fn decoding(board: &Board, s: &mut Script) {
    let window = windows(board)[2];
    let check = |s: &mut Script, value: u8| s.chr(window.1, window.2, chr_bank(board, window, value));
    s.section("Addresses");
    s.writes(&[(0x9FFE, window.0), (0x9FFF, 9)]);
    check(s, 9);
    s.writes(&[(0x8ABC, window.0), (0x9DEF, 18)]);
    check(s, 18);
    s.section("Other addresses");
    for addr in [0xA001, 0xBFFF, 0xC001, 0xE001, 0xFFFF, 0x7FFF] {
        s.write(addr, 7);
        check(s, 18);
    }
    for addr in [0xA000, 0xBFFE, 0xC000, 0xE000, 0xFFFE, 0x6000] {
        s.writes(&[(addr, 7), (0x8001, 9)]);
        check(s, 9);
        s.write(0x8001, 18);
    }
    s.section("No modes");
    let bits = if board.mapper == 154 { 0xB8 } else { 0xF8 };
    register(s, bits | window.0, 22);
    check(s, 22);
    if board.submapper == 0 {
        register(s, 6, 1);
        s.write(0x8000, bits | 6);
        s.prg(0x8000, 8, 1);
        s.prg(0xC000, 16, board.prg as u16 / 16 - 1);
    }
    s.section("No IRQ");
    s.writes(&[(0xC000, 1), (0xC001, 0), (0xE001, 0)]);
    s.a12(4);
    s.no_irq();
}

fn dxrom(board: &Board, s: &mut Script) {
    prg(board, s);
    chr(board, s);
    decoding(board, s);
    s.section("Mirroring");
    s.wired(board.header);
    s.writes(&[(0xA000, 0), (0xBFFE, 1)]);
    s.wired(board.header);
    no_ram(s);
}

/// Bit 5 of registers 0 and 1 is the page of the nametables at $2000 and $2800.
fn namcot_3425(board: &Board, s: &mut Script) {
    prg(board, s);
    chr(board, s);
    decoding(board, s);
    s.section("Nametables");
    register(s, 0, 0);
    register(s, 1, 0x20);
    s.nt_put(0, 0xA1);
    s.nt_put(2, 0xB2);
    for pages in [[0, 0, 1, 1], [1, 1, 0, 0], [0; 4], [1; 4]] {
        register(s, 0, (pages[0] as u8) << 5 | 0x1F);
        register(s, 1, (pages[2] as u8) << 5);
        s.pages(pages);
        for n in 2..6 {
            register(s, n, 0x20);
        }
        s.pages(pages);
    }
    no_ram(s);
}

/// Bit 6 of any write at $8000-$FFFF is the page of all nametables.
fn namcot_3453(board: &Board, s: &mut Script) {
    prg(board, s);
    chr(board, s);
    decoding(board, s);
    s.section("One screen");
    for addr in [0x8000, 0x8001, 0x9FFF, 0xA000, 0xC001, 0xE000, 0xFFFF] {
        s.one_screen((addr, 0xBF), (addr, 0x40));
    }
    no_ram(s);
}
