//! MMC1: 1, and 155 for the MMC1A, whose RAM is always on.
//!
//! <https://www.nesdev.org/wiki/MMC1>, NES_2.0_submappers

use crate::image::Board;
use crate::script::Mirroring::{Horizontal, OneA, OneB, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("skrom", 1, 0, skrom).rom(256, 128).ram(8),
    Board::new("snrom", 1, 0, snrom).rom(256, 0).ram(8),
    Board::new("sorom", 1, 0, banked_ram).rom(256, 0).ram(16),
    Board::new("surom", 1, 0, surom).rom(512, 0).ram(8),
    Board::new("sxrom", 1, 0, banked_ram).rom(512, 0).ram(32),
    Board::new("serom", 1, 5, serom).rom(32, 64),
    Board::new("skrom-mmc1a", 155, 0, skrom).rom(256, 128).ram(8),
];

/// The registers, with an address that has all other bits set.
const CONTROL: u16 = 0x9FFF;
const CHR_0: u16 = 0xBFFF;
const CHR_1: u16 = 0xDFFF;
const PRG: u16 = 0xFFFF;

/// Bits of the control register: PRG modes, and two CHR banks.
const FIXED_FIRST: u8 = 0x08;
const FIXED_LAST: u8 = 0x0C;
const CHR_4K: u8 = 0x10;

fn prg(s: &mut Script) {
    s.section("PRG, last bank fixed");
    s.serial(CONTROL, FIXED_LAST);
    for bank in 0..16 {
        s.serial(0xE000, bank);
        s.prg(0x8000, 16, u16::from(bank));
        s.prg(0xC000, 16, 15);
    }
    s.section("PRG, first bank fixed");
    s.serial(0x8000, FIXED_FIRST);
    for bank in 0..16 {
        s.serial(PRG, bank);
        s.prg(0x8000, 16, 0);
        s.prg(0xC000, 16, u16::from(bank));
    }
    s.section("PRG, 32 KiB");
    for mode in [0, 4] {
        s.serial(CONTROL, mode);
        for bank in 0..16 {
            s.serial(PRG, bank);
            s.prg(0x8000, 32, u16::from(bank / 2));
        }
    }
}

fn reset(s: &mut Script) {
    s.section("Reset of the shift register");
    s.serial(PRG, 6);
    s.serial(CONTROL, 0);
    s.prg(0x8000, 32, 3);
    s.writes(&[(PRG, 1), (PRG, 0), (PRG, 1), (0x8000, 0x80)]);
    s.prg(0x8000, 16, 6);
    s.prg(0xC000, 16, 15);
    s.serial(PRG, 9);
    s.prg(0x8000, 16, 9);
    s.section("Only the last address counts");
    s.writes(&[(0x8765, 0), (0xFACE, 1), (0xBA11, 0), (0xCD2E, 1), (0xEAD5, 0)]);
    s.prg(0x8000, 16, 10);
    s.section("A write in the next cycle is ignored");
    // The header of each page has $FF there: INC resets with $FF, then writes 0.
    s.writes(&[(PRG, 1), (PRG, 1)]);
    s.increment(0xE004);
    s.serial(PRG, 5);
    s.prg(0x8000, 16, 5);
}

fn mirroring(s: &mut Script) {
    s.section("Mirroring");
    let modes = [(2, Vertical), (3, Horizontal), (0, OneA), (1, OneB)];
    s.serial(CONTROL, FIXED_LAST | 2);
    s.mark();
    for (mode, mirroring) in modes.iter().chain(modes.iter().rev()) {
        s.serial(CONTROL, FIXED_LAST | mode);
        s.mirroring(*mirroring);
    }
}

fn chr(s: &mut Script, banks: u8) {
    s.section("CHR, 4 KiB");
    s.serial(CONTROL, CHR_4K | FIXED_LAST);
    s.serial(CHR_1, banks - 1);
    for bank in 0..banks {
        s.serial(0xA000, bank);
        s.chr(0, 4, u16::from(bank));
        s.chr(0x1000, 4, u16::from(banks - 1));
    }
    for bank in 0..banks {
        s.serial(0xC000, bank);
        s.chr(0, 4, u16::from(banks - 1));
        s.chr(0x1000, 4, u16::from(bank));
    }
    s.section("CHR, 8 KiB");
    s.serial(CONTROL, FIXED_LAST);
    for bank in 0..banks {
        s.serial(CHR_0, bank);
        s.chr(0, 8, u16::from(bank / 2));
    }
}

fn skrom(board: &Board, s: &mut Script) {
    prg(s);
    reset(s);
    mirroring(s);
    chr(s, 32);
    s.section("RAM");
    s.serial(PRG, 0);
    s.ram(0x6000, 32);
    s.section("RAM enable");
    s.ram_put(0x6000, 32, 0x77);
    s.serial(PRG, 0x10);
    if board.mapper == 155 {
        s.ram_get(0x6000, 32, 0x77);
        s.section("Bit 3 is PRG A17 beside bit 4");
        s.serial(PRG, 0x13);
        s.prg(0x8000, 16, 3);
        s.prg(0xC000, 16, 7);
        s.serial(PRG, 0x1A);
        s.prg(0x8000, 16, 10);
        s.prg(0xC000, 16, 15);
        s.serial(CONTROL, FIXED_FIRST);
        s.prg(0x8000, 16, 8);
        s.prg(0xC000, 16, 10);
    } else {
        for addr in [0x6000, 0x7FFF] {
            s.write(addr, 0x12);
            s.open_bus(addr);
        }
    }
    s.serial(PRG, 0);
    s.ram_get(0x6000, 32, 0x77);
}

/// CHR RAM of 8 KiB in two banks; register bits above do not reach it.
fn chr_ram(s: &mut Script) {
    s.section("CHR RAM, 4 KiB");
    s.serial(CONTROL, CHR_4K | FIXED_LAST);
    s.serial(CHR_0, 0);
    s.serial(CHR_1, 1);
    s.chr_put(0, 8, 3);
    s.chr(0, 8, 3);
    s.serial(CHR_0, 1);
    s.serial(CHR_1, 0);
    s.chr(0, 4, 7);
    s.chr(0x1000, 4, 6);
    s.section("CHR RAM, 8 KiB");
    s.serial(CONTROL, FIXED_LAST);
    s.chr(0, 8, 3);
    s.serial(CHR_0, 0);
}

fn snrom(_: &Board, s: &mut Script) {
    prg(s);
    reset(s);
    mirroring(s);
    chr_ram(s);
    s.section("RAM");
    s.serial(PRG, 0);
    s.ram(0x6000, 32);
    s.section("RAM enable");
    s.ram_put(0x6000, 32, 0x77);
    for (addr, disabled) in [(PRG, 0x10), (CHR_0, 0x10)] {
        s.serial(addr, disabled);
        s.write(0x6000, 0x12);
        s.open_bus(0x6000);
        s.open_bus(0x7FFF);
        s.serial(addr, 0);
        s.ram_get(0x6000, 32, 0x77);
    }
}

/// SUROM, and the PRG ROM of SXROM: bit 4 of the CHR bank selects 256 KiB.
fn outer_prg(s: &mut Script) {
    s.section("Outer PRG bank");
    s.serial(CONTROL, FIXED_LAST);
    for outer in [0, 1, 0] {
        s.serial(CHR_0, outer << 4);
        for bank in [0, 7, 15] {
            s.serial(PRG, bank);
            s.prg(0x8000, 16, u16::from(outer * 16 + bank));
            s.prg(0xC000, 16, u16::from(outer * 16 + 15));
        }
    }
    s.serial(CHR_0, 0x10);
    s.serial(CONTROL, FIXED_FIRST);
    s.prg(0x8000, 16, 16);
    s.serial(CONTROL, 0);
    s.prg(0x8000, 32, 15);
    s.serial(CONTROL, FIXED_LAST);
    s.serial(CHR_0, 0);
}

fn surom(_: &Board, s: &mut Script) {
    prg_low(s);
    reset(s);
    outer_prg(s);
    mirroring(s);
    chr_ram(s);
    s.section("RAM");
    s.serial(PRG, 0);
    s.ram(0x6000, 32);
}

/// PRG banks below 256 KiB.
fn prg_low(s: &mut Script) {
    s.serial(CHR_0, 0);
    prg(s);
}

/// SOROM has two banks of RAM, by bit 3 of the CHR bank; SXROM has four, by bits 3 (the high one) and 2.
fn banked_ram(board: &Board, s: &mut Script) {
    prg_low(s);
    if board.prg > 256 {
        outer_prg(s);
    }
    reset(s);
    mirroring(s);
    chr_ram(s);
    let banks: &[u8] = if board.ram == 16 * 1024 { &[0, 8] } else { &[0, 4, 8, 12] };
    s.section("RAM banks");
    s.serial(PRG, 0);
    for bank in banks {
        s.serial(CHR_0, *bank);
        s.ram_put(0x6000, 32, bank * 16 + 3);
    }
    for bank in banks {
        s.serial(CHR_0, *bank);
        s.ram_get(0x6000, 32, bank * 16 + 3);
    }
    s.serial(CHR_0, 0);
}

fn serom(_: &Board, s: &mut Script) {
    s.section("PRG is not banked");
    for control in [0, 4, FIXED_FIRST, FIXED_LAST] {
        s.serial(CONTROL, control);
        for bank in [0, 1, 15] {
            s.serial(PRG, bank);
            s.prg(0x8000, 32, 0);
        }
    }
    chr(s, 16);
    s.section("Reset of the shift register");
    s.serial(CONTROL, CHR_4K);
    s.writes(&[(PRG, 1), (PRG, 0), (PRG, 1), (0x8000, 0x80)]);
    s.serial(CHR_0, 6);
    s.chr(0, 4, 6);
    mirroring(s);
}
