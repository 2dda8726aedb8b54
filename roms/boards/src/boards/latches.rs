//! Boards with one register of discrete logic at $8000-$FFFF:
//! 11, 13, 34, 66, 70, 72, 78, 89, 92, 93, 94, 97, 152, 180 and 185.
//!
//! The pages of their numbers: <https://www.nesdev.org/wiki/INES_Mapper_070> and so on; Color_Dreams, CPROM, GxROM, CNROM.

use super::common::{ALL_ROM, Latch, chr_ram, no_ram};
use crate::image::Board;
use crate::script::Mirroring::{Horizontal, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("color-dreams", 11, 0, color_dreams).rom(128, 128),
    Board::new("cprom", 13, 0, cprom).rom(32, 0).chr_ram(16),
    Board::new("nina-001", 34, 1, nina_001).rom(64, 64).ram(8).header(Horizontal),
    Board::new("nina-002", 34, 1, nina_001).rom(128, 64).ram(8).header(Horizontal),
    Board::new("bnrom", 34, 2, bnrom).rom(128, 0),
    Board::new("gnrom", 66, 0, gnrom).rom(128, 32).header(Horizontal),
    Board::new("bandai-74161", 70, 0, bandai).rom(256, 128),
    Board::new("jf-17", 72, 0, jaleco_latches).rom(128, 128),
    Board::new("cosmo-carrier", 78, 1, jaleco_78).rom(128, 128),
    Board::new("holy-diver", 78, 3, jaleco_78).rom(128, 128),
    Board::new("sunsoft-2-on-3", 89, 0, sunsoft_89).rom(128, 128),
    Board::new("jf-19", 92, 0, jaleco_latches).rom(256, 128),
    Board::new("sunsoft-2-on-3r", 93, 0, sunsoft_93).rom(128, 0),
    Board::new("un1rom", 94, 0, un1rom).rom(128, 0).header(Horizontal),
    Board::new("tam-s1", 97, 0, tam_s1).rom(512, 0),
    Board::new("bandai-74161-one-screen", 152, 0, bandai_one_screen).rom(128, 128),
    Board::new("unrom-inverted", 180, 0, unrom_180).rom(128, 0),
    Board::new("cnrom-protected", 185, 0, cnrom_185_unknown).rom(32, 8),
    Board::new("cnrom-protected", 185, 4, cnrom_185).rom(32, 8),
    Board::new("cnrom-protected", 185, 5, cnrom_185).rom(32, 8),
    Board::new("cnrom-protected", 185, 6, cnrom_185).rom(32, 8),
    Board::new("cnrom-protected", 185, 7, cnrom_185).rom(32, 8),
];

/// A register with bus conflicts, and mirroring by solder pads.
fn latch(board: &Board, s: &mut Script, mask: u8, check: &dyn Fn(&mut Script, u8)) {
    let latch = Latch { addrs: ALL_ROM, mask, check };
    latch.run(s);
    latch.conflicts(s, true);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}

/// The same for boards whose register also selects the nametable, with `a` or `b`.
fn one_screen(s: &mut Script, mask: u8, select: u8, check: &dyn Fn(&mut Script, u8)) {
    let latch = Latch { addrs: ALL_ROM, mask, check };
    latch.run(s);
    latch.conflicts(s, true);
    s.section("One screen");
    for addr in [0x8004, 0xF004] {
        s.one_screen((addr, 0), (addr, select));
        s.one_screen((addr, !select), (addr, 0xFF));
    }
    no_ram(s);
}

/// Banks of 16 KiB at $8000, with the last one at $C000.
fn fixed_last(s: &mut Script, bank: u8, last: u16) {
    s.prg(0x8000, 16, u16::from(bank));
    s.prg(0xC000, 16, last);
}

/// CCCC LLPP; the lockout bits LL do nothing.
fn color_dreams(board: &Board, s: &mut Script) {
    latch(board, s, 0xF3, &|s, value| {
        s.prg(0x8000, 32, u16::from(value & 3));
        s.chr(0, 8, u16::from(value >> 4));
    });
}

/// ..CC: 4 KiB of CHR RAM at PPU $1000; $0000 always shows the first.
fn cprom(board: &Board, s: &mut Script) {
    s.section("Four banks of CHR RAM");
    for bank in [3, 2, 1, 0] {
        s.write(0x8004, bank);
        s.chr_put(0x1000, 4, u16::from(bank));
    }
    latch(board, s, 3, &|s, value| {
        s.chr(0, 4, 0);
        s.chr(0x1000, 4, u16::from(value & 3));
    });
    s.section("PRG ROM");
    s.prg(0x8000, 32, 0);
}

/// Registers at $7FFD-$7FFF, over RAM that is written at the same time. NINA-002 has another bit of PRG.
fn nina_001(board: &Board, s: &mut Script) {
    let banks = (board.prg / 32) as u8;
    s.section("PRG banks");
    for bank in (0..banks).chain([1, 0]) {
        s.write(0x7FFD, bank);
        s.prg(0x8000, 32, u16::from(bank));
    }
    s.section("CHR banks");
    for bank in 0..16 {
        s.write(0x7FFE, bank);
        s.write(0x7FFF, 15 - bank);
        s.chr(0, 4, u16::from(bank));
        s.chr(0x1000, 4, u16::from(15 - bank));
        s.prg(0x8000, 32, 0);
    }
    s.section("Registers are written into RAM");
    s.writes(&[(0x7FFD, 0x51), (0x7FFE, 0x62), (0x7FFF, 0x73)]);
    s.expect(0x7FFD, 0x51);
    s.expect(0x7FFE, 0x62);
    s.expect(0x7FFF, 0x73);
    s.chr(0, 4, 2);
    s.chr(0x1000, 4, 3);
    s.section("Other addresses");
    s.writes(&[(0x7FFC, 0), (0x7FFB, 0), (0x6FFD, 0), (0x6FFE, 0), (0x6FFF, 0), (0x7EFD, 0), (0x8004, 0), (0xFFFD, 0)]);
    s.prg(0x8000, 32, 1);
    s.chr(0, 4, 2);
    s.chr(0x1000, 4, 3);
    s.section("RAM");
    s.ram(0x6000, 32);
    s.section("Mirroring");
    s.wired(board.header);
}

/// ......PP
fn bnrom(board: &Board, s: &mut Script) {
    latch(board, s, 3, &|s, value| s.prg(0x8000, 32, u16::from(value & 3)));
    chr_ram(s);
}

/// ..PP ..CC
fn gnrom(board: &Board, s: &mut Script) {
    latch(board, s, 0x33, &|s, value| {
        s.prg(0x8000, 32, u16::from(value >> 4 & 3));
        s.chr(0, 8, u16::from(value & 3));
    });
}

/// PPPP CCCC
fn bandai(board: &Board, s: &mut Script) {
    latch(board, s, 0xFF, &|s, value| {
        fixed_last(s, value >> 4, 15);
        s.chr(0, 8, u16::from(value & 15));
    });
}

/// MPPP CCCC
fn bandai_one_screen(_: &Board, s: &mut Script) {
    one_screen(s, 0x7F, 0x80, &|s, value| {
        fixed_last(s, value >> 4 & 7, 7);
        s.chr(0, 8, u16::from(value & 15));
    });
}

/// CCCC MPPP: submapper 1 has M for the nametable, submapper 3 for vertical mirroring.
fn jaleco_78(board: &Board, s: &mut Script) {
    let check = |s: &mut Script, value: u8| {
        fixed_last(s, value & 7, 7);
        s.chr(0, 8, u16::from(value >> 4));
    };
    if board.submapper == 1 {
        one_screen(s, 0xF7, 0x08, &check);
        return;
    }
    let latch = Latch { addrs: ALL_ROM, mask: 0xF7, check: &check };
    latch.run(s);
    latch.conflicts(s, true);
    s.section("Mirroring");
    s.mirrorings(&[((0x8004, 0x08), Vertical), ((0x8004, 0), Horizontal), ((0xF004, 0xFF), Vertical)]);
    no_ram(s);
}

/// CPPP MCCC
fn sunsoft_89(_: &Board, s: &mut Script) {
    one_screen(s, 0xF7, 0x08, &|s, value| {
        fixed_last(s, value >> 4 & 7, 7);
        s.chr(0, 8, u16::from(value & 7 | value >> 4 & 8));
    });
}

/// .PPP ...E: E enables CHR RAM.
fn sunsoft_93(board: &Board, s: &mut Script) {
    s.write(0x8004, 1);
    chr_ram(s);
    latch(board, s, 0x70, &|s, value| fixed_last(s, value >> 4 & 7, 7));
    s.section("CHR RAM without its enable bit");
    s.write(0x8004, 1);
    s.chr_put(0, 8, 3);
    s.write(0x8004, 0xFE);
    s.chr_put(0, 8, 6);
    s.write(0x8004, 1);
    s.chr(0, 8, 3);
}

/// ...P PP..
fn un1rom(board: &Board, s: &mut Script) {
    latch(board, s, 0x1C, &|s, value| fixed_last(s, value >> 2 & 7, 7));
    chr_ram(s);
}

/// M..P PPPP at $8000-$BFFF, without bus conflicts: the last bank is at $8000.
fn tam_s1(_: &Board, s: &mut Script) {
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 16, 31);
        s.prg(0xC000, 16, u16::from(value & 31));
    };
    let latch = Latch { addrs: &[0x8000, 0x9ABC, 0xA555, 0xBFFF], mask: 0x1F, check: &check };
    latch.run(s);
    latch.conflicts_at(s, &[0x8000, 0xB000], false);
    latch.ignores(s, &[0xC000, 0xDFFF, 0xE000, 0xFFFF]);
    s.section("Mirroring");
    s.mirrorings(&[((0x8000, 0x80), Vertical), ((0x8000, 0), Horizontal)]);
    chr_ram(s);
    no_ram(s);
}

/// .....PPP: the first bank is at $8000.
fn unrom_180(board: &Board, s: &mut Script) {
    latch(board, s, 7, &|s, value| {
        s.prg(0x8000, 16, 0);
        s.prg(0xC000, 16, u16::from(value & 7));
    });
    chr_ram(s);
}

/// PCRS DDDD: P and C load a bank number when they rise. 72 has its fixed bank at $C000, 92 the first one at $8000.
fn jaleco_latches(board: &Board, s: &mut Script) {
    let swapped = board.mapper == 92;
    let prg = |s: &mut Script, bank: u8| {
        if swapped {
            s.prg(0x8000, 16, 0);
            s.prg(0xC000, 16, u16::from(bank));
        } else {
            fixed_last(s, bank & 7, 7);
        }
    };
    s.section("PRG banks");
    let banks = if swapped { 16 } else { 8 };
    for bank in 0..banks {
        s.write(0x8004, bank);
        s.write(0x8004, 0x80 | bank);
        prg(s, bank);
    }
    s.section("CHR banks");
    for bank in 0..16 {
        s.write(0xF004, bank);
        s.write(0xC004, 0x40 | bank);
        s.chr(0, 8, u16::from(bank));
        prg(s, banks - 1);
    }
    s.section("Only a rise loads");
    s.writes(&[(0x8004, 0), (0x8004, 0xC3)]);
    prg(s, 3);
    s.chr(0, 8, 3);
    s.writes(&[(0x8004, 0xC5), (0x8004, 0xF6)]);
    prg(s, 3);
    s.chr(0, 8, 3);
    s.write(0x8004, 0x84);
    prg(s, 3);
    s.write(0x8004, 0xC2);
    prg(s, 3);
    s.chr(0, 8, 2);
    s.writes(&[(0x8004, 0x46), (0x8004, 0xC6)]);
    prg(s, 6);
    s.chr(0, 8, 2);
    s.section("Bus conflicts");
    // The bytes there are $0F, which hides P and C, and $F0, which hides the bank.
    s.writes(&[(0x8004, 0), (0x8006, 0xC1)]);
    prg(s, 6);
    s.chr(0, 8, 2);
    s.writes(&[(0x8004, 0), (0x8007, 0xC1)]);
    prg(s, 0);
    s.chr(0, 8, 0);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}

/// Without a submapper the right value is not known: CHR ROM is hidden from the first two reads of $2007 after a reset.
fn cnrom_185_unknown(board: &Board, s: &mut Script) {
    s.section("The first two reads of $2007");
    s.ppu(0x0003, 0x03);
    s.section("After them");
    s.chr(0, 8, 0);
    s.section("PRG ROM");
    s.prg(0x8000, 32, 0);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}

/// CHR ROM answers only to one value of bits 1-0; otherwise the PPU reads what the bus holds, the low byte of the address.
/// Addresses are odd: on the board of a game, a resistor makes D0 a 1.
fn cnrom_185(board: &Board, s: &mut Script) {
    let key = board.submapper - 4;
    s.section("The right value");
    s.write(0x8004, key);
    s.chr(0, 8, 0);
    let check = |s: &mut Script, value: u8| {
        if value & 3 == key {
            s.chr(0, 8, 0);
        } else {
            s.ppu(0x0003, 0x03);
            s.ppu(0x1405, 0x05);
        }
    };
    let latch = Latch { addrs: ALL_ROM, mask: 0x33, check: &check };
    latch.run(s);
    latch.conflicts(s, true);
    s.section("PRG ROM");
    s.prg(0x8000, 32, 0);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}
