//! Boards with one register of discrete logic below $8000: 79, 86, 87, 101, 113, 140, 146 and 184.
//!
//! The pages of their numbers: <https://www.nesdev.org/wiki/INES_Mapper_087> and so on; NINA-003-006 for 79 and 146.

use super::common::{Latch, no_ram};
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("nina-003", 79, 0, nina_003).rom(64, 64),
    Board::new("nina-003-sachen", 146, 0, nina_003).rom(64, 64),
    Board::new("jf-13", 86, 0, jf_13).rom(128, 64),
    Board::new("j87", 87, 0, chr_32).rom(32, 32),
    Board::new("j87-in-order", 101, 0, chr_32).rom(32, 32).header(Horizontal),
    Board::new("ntd-8", 113, 0, ntd_8).rom(256, 128),
    Board::new("jf-11", 140, 0, jf_11).rom(128, 128).header(Horizontal),
    Board::new("sachen-3015", 146, 0, nina_003).rom(64, 64).header(Horizontal),
    Board::new("sunsoft-1", 184, 0, sunsoft_1).rom(32, 32),
];

/// $6000-$7FFF; they cannot be read.
const ADDRS: &[u16] = &[0x6000, 0x6FFF, 0x7000, 0x7555, 0x7FFF, 0x6AAA];
/// Addresses of registers of other boards.
const OTHERS: &[u16] = &[0x4100, 0x5000, 0x5FFF, 0x8000, 0xA123, 0xC000, 0xFFFF];
/// The same for boards whose register is at $4100 and its mirrors.
const LOW_OTHERS: &[u16] = &[0x4200, 0x4400, 0x5000, 0x5EFF, 0x6100, 0x7FFF, 0x8100, 0xC100, 0xFFFF];
const LOW_ADDRS: &[u16] = &[0x4100, 0x41FF, 0x4300, 0x4555, 0x5100, 0x5F00, 0x5FFF, 0x4DAA];

fn latch(board: &Board, s: &mut Script, mask: u8, check: &dyn Fn(&mut Script, u8)) {
    let latch = Latch { addrs: ADDRS, mask, check };
    latch.run(s);
    latch.ignores(s, OTHERS);
    s.section("The register cannot be read");
    s.open_bus(0x6000);
    s.open_bus(0x7FFF);
    s.section("Mirroring");
    s.wired(board.header);
}

/// 87: ......LH, 101: ......HL
fn chr_32(board: &Board, s: &mut Script) {
    let swapped = board.mapper == 87;
    latch(board, s, 3, &|s, value| {
        let bank = if swapped { (value & 1) << 1 | value >> 1 & 1 } else { value & 3 };
        s.chr(0, 8, u16::from(bank));
    });
    s.section("PRG ROM");
    s.prg(0x8000, 32, 0);
}

/// .CPP ..CC at $6000-$6FFF; speech at $7000-$7FFF.
fn jf_13(board: &Board, s: &mut Script) {
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 32, u16::from(value >> 4 & 3));
        s.chr(0, 8, u16::from(value & 3 | value >> 4 & 4));
    };
    let latch = Latch { addrs: &[0x6000, 0x6FFF, 0x6555, 0x6AAA], mask: 0x73, check: &check };
    latch.run(s);
    // $E000-$FFFF is left out: the page says that copies of the registers are there.
    latch.ignores(s, &[0x7000, 0x7FFF, 0x5FFF, 0x8000, 0xA000, 0xC000]);
    s.section("Mirroring");
    s.wired(board.header);
}

/// ..PP CCCC
fn jf_11(board: &Board, s: &mut Script) {
    latch(board, s, 0x3F, &|s, value| {
        s.prg(0x8000, 32, u16::from(value >> 4 & 3));
        s.chr(0, 8, u16::from(value & 15));
    });
}

/// .HHH .LLL: 4 KiB banks of CHR; the highest bit of H is always 1.
fn sunsoft_1(board: &Board, s: &mut Script) {
    latch(board, s, 0x37, &|s, value| {
        s.chr(0, 4, u16::from(value & 7));
        s.chr(0x1000, 4, u16::from(value >> 4 & 3 | 4));
    });
    s.section("PRG ROM");
    s.prg(0x8000, 32, 0);
}

/// .... PCCC where address bits are 010x xxx1 xxxx xxxx.
fn nina_003(board: &Board, s: &mut Script) {
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 32, u16::from(value >> 3 & 1));
        s.chr(0, 8, u16::from(value & 7));
    };
    let latch = Latch { addrs: LOW_ADDRS, mask: 0x0F, check: &check };
    latch.run(s);
    latch.ignores(s, LOW_OTHERS);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}

/// MCPP PCCC at the same addresses.
fn ntd_8(_: &Board, s: &mut Script) {
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 32, u16::from(value >> 3 & 7));
        s.chr(0, 8, u16::from(value & 7 | value >> 3 & 8));
    };
    let latch = Latch { addrs: LOW_ADDRS, mask: 0x7F, check: &check };
    latch.run(s);
    latch.ignores(s, LOW_OTHERS);
    s.section("Mirroring");
    s.mirrorings(&[((0x4100, 0x80), Vertical), ((0x4100, 0), Horizontal), ((0x5FFF, 0xFF), Vertical)]);
    no_ram(s);
}
