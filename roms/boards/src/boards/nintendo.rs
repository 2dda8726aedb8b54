//! NROM, UxROM, CNROM and AxROM: 0, 2, 3 and 7.
//!
//! <https://www.nesdev.org/wiki/NROM>, UxROM, CNROM, AxROM, NES_2.0_submappers

use super::common::{ALL_ROM, Latch, chr_ram, no_ram};
use crate::image::Board;
use crate::script::Mirroring::Horizontal;
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("nrom-256", 0, 0, nrom).rom(32, 8),
    Board::new("nrom-128", 0, 0, nrom).rom(16, 8).header(Horizontal),
    Board::new("family-basic", 0, 0, nrom).rom(32, 8).ram(8),
    Board::new("uorom", 2, 0, uxrom).rom(256, 0),
    Board::new("uorom", 2, 1, uxrom).rom(256, 0).header(Horizontal),
    Board::new("uorom", 2, 2, uxrom).rom(256, 0),
    Board::new("cnrom", 3, 0, cnrom).rom(32, 32),
    Board::new("cnrom", 3, 1, cnrom).rom(32, 32),
    Board::new("cnrom", 3, 2, cnrom).rom(16, 32).header(Horizontal),
    Board::new("axrom", 7, 0, axrom).rom(256, 0),
    Board::new("axrom", 7, 1, axrom).rom(256, 0),
    Board::new("axrom", 7, 2, axrom).rom(256, 0),
];

/// $8000-$BFFF and $C000-$FFFF, the same with 16 KiB.
fn fixed_prg(board: &Board, s: &mut Script) {
    s.section("PRG ROM");
    s.prg(0x8000, 16, 0);
    s.prg(0xC000, 16, u16::from(board.prg == 32));
}

fn nrom(board: &Board, s: &mut Script) {
    fixed_prg(board, s);
    s.section("CHR ROM");
    s.chr(0, 8, 0);
    s.section("No registers");
    for addr in ALL_ROM {
        s.write(*addr, 0xFF);
    }
    s.chr(0, 8, 0);
    fixed_prg(board, s);
    s.section("Mirroring");
    s.wired(board.header);
    if board.ram == 0 {
        no_ram(s);
    } else {
        s.section("RAM");
        s.ram(0x6000, 32);
    }
}

/// Submapper 1 has no bus conflicts, 2 has them; 0 says nothing.
fn conflicts(board: &Board, s: &mut Script, latch: &Latch) {
    if board.submapper > 0 {
        latch.conflicts(s, board.submapper == 2);
    }
}

fn uxrom(board: &Board, s: &mut Script) {
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 16, u16::from(value & 15));
        s.prg(0xC000, 16, 15);
    };
    let latch = Latch { addrs: ALL_ROM, mask: 15, check: &check };
    latch.run(s);
    conflicts(board, s, &latch);
    chr_ram(s);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}

fn cnrom(board: &Board, s: &mut Script) {
    fixed_prg(board, s);
    let latch = Latch { addrs: ALL_ROM, mask: 3, check: &|s, value| s.chr(0, 8, u16::from(value & 3)) };
    latch.run(s);
    conflicts(board, s, &latch);
    fixed_prg(board, s);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}

fn axrom(board: &Board, s: &mut Script) {
    let latch = Latch { addrs: ALL_ROM, mask: 7, check: &|s, value| s.prg(0x8000, 32, u16::from(value & 7)) };
    latch.run(s);
    conflicts(board, s, &latch);
    s.section("Mirroring");
    for addr in [0x8004, 0xF004] {
        s.one_screen((addr, 0), (addr, 0x17));
    }
    chr_ram(s);
    no_ram(s);
}
