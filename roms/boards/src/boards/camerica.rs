//! Camerica and Codemasters: 71 and 232.
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_071>, _232, NES_2.0_submappers

use super::common::{chr_ram, no_ram};
use crate::image::Board;
use crate::script::Mirroring::Horizontal;
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("bf9093", 71, 0, bf909x).rom(256, 0),
    Board::new("bf9097", 71, 1, bf909x).rom(128, 0),
    Board::new("bf9096", 232, 0, quattro).rom(256, 0),
    Board::new("aladdin", 232, 1, quattro).rom(256, 0).header(Horizontal),
];

/// No bus conflicts. Submapper 1 has one screen, by bit 4 of $8000-$9FFF.
fn bf909x(board: &Board, s: &mut Script) {
    let banks = (board.prg / 16) as u8;
    s.section("PRG banks");
    for bank in 0..banks {
        // ROM has zeros at the second address.
        s.write([0xC000, 0xD005, 0xDFFF, 0xE123][usize::from(bank) % 4], bank | 0xF0);
        s.prg(0x8000, 16, u16::from(bank));
        s.prg(0xC000, 16, u16::from(banks - 1));
    }
    s.section("Other addresses");
    for addr in [0x8000, 0x9000, 0x9FFF, 0xA000, 0xBFFF] {
        s.write(addr, 0);
        s.prg(0x8000, 16, u16::from(banks - 1));
    }
    s.section("Mirroring");
    if board.submapper == 0 {
        s.wired(board.header);
    } else {
        s.one_screen((0x9000, 0xEF), (0x9FFF, 0x10));
        s.one_screen((0x8000, 0), (0x8000, 0xFF));
        s.writes(&[(0xA000, 0), (0xBFFF, 0), (0xC000, 0), (0xFFFF, 0)]);
        s.write(0x9000, 0x10);
        s.writes(&[(0xA000, 0), (0xBFFF, 0), (0xC000, 0), (0xFFFF, 0)]);
        s.mirroring(crate::script::Mirroring::OneB);
    }
    chr_ram(s);
    no_ram(s);
}

/// Blocks of 64 KiB, by bits 4-3 of $8000-$BFFF; the Aladdin has the two bits exchanged.
fn quattro(board: &Board, s: &mut Script) {
    s.section("Blocks and banks");
    for block in [0, 1, 2, 3] {
        let wired = if board.submapper == 1 { (block & 1) << 1 | block >> 1 } else { block };
        s.write([0x8000, 0x9005, 0xA000, 0xBFFF][usize::from(block)], wired << 3 | 0xE7);
        for bank in [0, 1, 2, 3] {
            s.write([0xC000, 0xD005, 0xE000, 0xFFFF][usize::from(bank)], bank | 0xFC);
            s.prg(0x8000, 16, u16::from(block * 4 + bank));
            s.prg(0xC000, 16, u16::from(block * 4 + 3));
        }
    }
    s.section("Mirroring");
    s.wired(board.header);
    chr_ram(s);
    no_ram(s);
}
