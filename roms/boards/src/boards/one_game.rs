//! Boards of one or two games: 77 (Irem), 96 (Oeka Kids) and 105 (NES-EVENT).
//!
//! The timer of 105, which takes five minutes, is left out.
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_077>, _096, NES-EVENT

use super::common::{ALL_ROM, Latch, chr_ram, no_ram};
use crate::image::Board;
use crate::script::Mirroring::{Four, Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("lrog017", 77, 0, lrog017).rom(512, 32).chr_ram(8).header(Four),
    Board::new("oeka-kids", 96, 0, oeka_kids).rom(128, 0).chr_ram(32),
    Board::new("nes-event", 105, 0, nes_event).rom(256, 0).ram(8),
];

/// CCCC PPPP: 2 KiB of CHR ROM at PPU $0000, RAM in the rest of the pattern tables, and four screens.
fn lrog017(_: &Board, s: &mut Script) {
    s.section("CHR RAM");
    for addr in [0x0800, 0x1000, 0x1800] {
        s.chr_put(addr, 2, 0x100 + (addr >> 11));
    }
    let ram = |s: &mut Script| {
        for addr in [0x0800, 0x1000, 0x1800] {
            s.chr(addr, 2, 0x100 + (addr >> 11));
        }
    };
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 32, u16::from(value & 15));
        s.chr(0, 2, u16::from(value >> 4));
    };
    let latch = Latch { addrs: ALL_ROM, mask: 0xFF, check: &check };
    latch.run(s);
    latch.conflicts(s, true);
    ram(s);
    s.section("CHR ROM cannot be written");
    s.write(0x8004, 0);
    s.chr_put(0, 2, 9);
    check(s, 0);
    s.section("Four screens");
    s.wired(Four);
    ram(s);
    no_ram(s);
}

/// .....CPP, and an inner bank of 4 KiB that is A9-A8 of the PPU's address when that comes to $2000-$2FFF.
fn oeka_kids(board: &Board, s: &mut Script) {
    let inner = |s: &mut Script, bank: u16| s.ppu_put(0x2000 + bank * 0x100, 0);
    s.section("CHR banks");
    for outer in [0, 1] {
        s.write(0x8004, outer << 2);
        for bank in 0..4 {
            // An address of the pattern tables lies between.
            s.chr_put(0x1000, 1, 0);
            inner(s, bank);
            s.chr_put(0, 4, u16::from(outer) * 4 + bank);
        }
    }
    s.section("Latch");
    for outer in [1, 0] {
        s.write(0x8004, outer << 2);
        for bank in [2, 0, 3, 1] {
            inner(s, bank);
            s.chr(0, 4, u16::from(outer) * 4 + bank);
            s.chr(0x1000, 4, u16::from(outer) * 4 + 3);
            // $3xxx is no nametable for the latch.
            s.ppu_touch(0x3F00);
            s.chr(0, 4, u16::from(outer) * 4 + bank);
        }
    }
    s.section("Any nametable");
    for (addr, bank) in [(0x2700, 3), (0x2900, 1), (0x2E00, 2), (0x2CFF, 0)] {
        s.ppu_put(addr, 0);
        s.chr(0, 4, bank);
    }
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 32, u16::from(value & 3));
        s.chr(0x1000, 4, u16::from(value & 4) + 3);
    };
    let latch = Latch { addrs: ALL_ROM, mask: 7, check: &check };
    latch.run(s);
    latch.conflicts(s, true);
    s.section("Mirroring");
    s.wired(board.header);
    no_ram(s);
}

/// An MMC1 whose CHR bank 0 is `.IOAA.`: I stops the timer, O selects the second 128 KiB, AA a bank of the first.
fn nes_event(_: &Board, s: &mut Script) {
    let (control, chr, prg) = (0x8000, 0xA000, 0xE000);
    s.section("Locked to the first bank");
    s.serial(chr, 0x10);
    s.prg(0x8000, 32, 0);
    s.section("Unlocked by I from 0 to 1");
    s.serial(chr, 0x00);
    s.serial(chr, 0x10);
    for bank in [0, 1, 2, 3] {
        s.serial(chr, 0x10 | bank << 1);
        s.prg(0x8000, 32, u16::from(bank));
        s.serial(chr, 0x11 | bank << 1);
        s.prg(0x8000, 32, u16::from(bank));
    }
    s.section("The second ROM as an MMC1 has it");
    s.serial(chr, 0x18);
    s.serial(control, 0x0C | 2);
    for bank in 0..8 {
        s.serial(prg, bank);
        s.prg(0x8000, 16, 8 + u16::from(bank));
        s.prg(0xC000, 16, 15);
    }
    s.serial(control, 0x08 | 2);
    for bank in [0, 3, 7] {
        s.serial(prg, bank);
        s.prg(0x8000, 16, 8);
        s.prg(0xC000, 16, 8 + u16::from(bank));
    }
    s.serial(control, 2);
    for bank in [0, 3, 6] {
        s.serial(prg, bank);
        s.prg(0x8000, 32, 4 + u16::from(bank) / 2);
    }
    s.section("The first ROM again, after a reset of the shift register");
    s.writes(&[(prg, 1), (prg, 0), (prg, 1), (control, 0x80)]);
    s.serial(chr, 0x14);
    s.prg(0x8000, 32, 2);
    s.section("Mirroring");
    s.serial(control, 0x0C | 2);
    s.mark();
    for (mode, mirroring) in [(2, Vertical), (3, Horizontal), (0, OneA), (1, OneB)] {
        s.serial(control, 0x0C | mode);
        s.mirroring(mirroring);
    }
    chr_ram(s);
    s.section("RAM");
    s.serial(prg, 0);
    s.ram(0x6000, 32);
    s.section("RAM enable");
    s.ram_put(0x6000, 32, 0x5A);
    s.serial(prg, 0x10);
    s.write(0x6000, 1);
    s.open_bus(0x6000);
    s.serial(prg, 0);
    s.ram_get(0x6000, 32, 0x5A);
}
