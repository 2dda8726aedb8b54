//! Boards of homebrew: Action 53 (28), UNROM 512 (30), NSF subset (31), GTROM (111) and Magic Floor (218).
//!
//! Of flash memory, bytes are written and a sector is erased. Left out are submappers of 30, and that a read of GTROM's
//! register writes the open bus into it.
//!
//! <https://www.nesdev.org/wiki/Action_53_mapper>, UNROM_512, INES_Mapper_031, GTROM, INES_Mapper_218

use super::common::{ALL_ROM, Latch, chr_ram, no_ram};
use crate::image::Board;
use crate::script::Mirroring::{Four, Horizontal, OneA, OneB, Vertical};
use crate::script::{Script, Unit};

pub(super) const BOARDS: &[Board] = &[
    Board::new("action-53", 28, 0, action_53).rom(512, 0).chr_ram(32),
    Board::new("unrom-512", 30, 0, unrom_512).rom(512, 0).chr_ram(32),
    Board::new("unrom-512-h", 30, 0, unrom_512).rom(512, 0).chr_ram(32).header(Horizontal),
    Board::new("unrom-512-one-screen", 30, 0, unrom_512).rom(512, 0).chr_ram(32).header(OneA),
    Board::new("unrom-512-four-screens", 30, 0, unrom_512).rom(512, 0).chr_ram(32).header(Four),
    Board::new("unrom-512-flash", 30, 0, unrom_512).rom(512, 0).chr_ram(32).battery(0),
    Board::new("nsf", 31, 0, nsf).rom(1024, 0).unit(Unit::Four),
    Board::new("gtrom", 111, 0, gtrom).rom(512, 0).chr_ram(16).header(Four).battery(0),
    Board::new("magic-floor-a10", 218, 0, magic_floor).rom(32, 0).chr_ram(0),
    Board::new("magic-floor-a11", 218, 0, magic_floor).rom(32, 0).chr_ram(0).header(Horizontal),
    Board::new("magic-floor-a12", 218, 0, magic_floor).rom(32, 0).chr_ram(0).header(OneA),
    Board::new("magic-floor-a13", 218, 0, magic_floor).rom(32, 0).chr_ram(0).header(Four),
];

/// $5000 selects a register, $8000-$FFFF is its value.
fn action_53(_: &Board, s: &mut Script) {
    let register = |s: &mut Script, number: u8, value: u8| s.writes(&[(0x5000, number), (0x8000, value)]);
    let (chr, inner, mode, outer) = (0x00, 0x01, 0x80, 0x81);
    s.section("PRG banks");
    for (o, i) in [(0, 0), (15, 0), (5, 10), (10, 5), (9, 15)] {
        register(s, outer, o);
        register(s, inner, i);
        for size in 0..4_u8 {
            // The lower bits of the outer bank give way to as many of the inner one.
            let block = |bits: u8| u16::from(o >> size) << bits | u16::from(i & ((1 << bits) - 1));
            for style in 0..4_u8 {
                register(s, mode, size << 4 | style << 2 | 2);
                let (low, high) = match style {
                    0 | 1 => (block(size) * 2, block(size) * 2 + 1),
                    2 => (u16::from(o) * 2, block(size + 1)),
                    _ => (block(size + 1), u16::from(o) * 2 + 1),
                };
                s.prg(0x8000, 16, low);
                s.prg(0xC000, 16, high);
            }
        }
    }
    s.section("Addresses");
    register(s, mode, 2);
    s.writes(&[(0x5FFF, outer), (0xFFFF, 7)]);
    s.prg(0x8000, 32, 7);
    s.writes(&[(0x5ABC, outer), (0xD005, 3)]);
    s.prg(0x8000, 32, 3);
    s.section("CHR banks");
    for bank in 0..4 {
        register(s, chr, bank);
        s.chr_put(0, 8, u16::from(bank));
    }
    for bank in [0, 3, 1, 2] {
        register(s, chr, bank);
        s.chr(0, 8, u16::from(bank));
    }
    s.section("Mirroring");
    register(s, mode, 2);
    s.mark();
    for (value, mirroring) in [(2, Vertical), (3, Horizontal), (0, OneA), (1, OneB)] {
        register(s, mode, value);
        s.mirroring(mirroring);
    }
    s.section("One screen, by the inner registers");
    for number in [chr, inner] {
        for bit in [0, 0x10, 0] {
            register(s, number, bit);
            s.mirroring(if bit == 0 { OneA } else { OneB });
        }
    }
    s.section("Two screens, not by the inner registers");
    for (value, mirroring) in [(2, Vertical), (3, Horizontal)] {
        register(s, mode, value);
        for number in [chr, inner] {
            for bit in [0x10, 0] {
                register(s, number, bit);
                s.mirroring(mirroring);
            }
        }
    }
    no_ram(s);
}

/// MCCP PPPP. With flash memory, the register is at $C000-$FFFF and has no bus conflicts.
fn unrom_512(board: &Board, s: &mut Script) {
    let addrs: &[u16] = if board.battery { &[0xC000, 0xD005, 0xEFFF, 0xFFFF] } else { ALL_ROM };
    s.section("CHR banks");
    for bank in 0..4 {
        s.write(addrs[0], bank << 5);
        s.chr_put(0, 8, u16::from(bank));
    }
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 16, u16::from(value & 31));
        s.prg(0xC000, 16, 31);
        s.chr(0, 8, u16::from(value >> 5 & 3));
    };
    let mask = 0x7F;
    let latch = Latch { addrs, mask, check: &check };
    latch.run(s);
    if board.battery {
        s.section("Other addresses");
        s.write(0xC000, 9);
        s.writes(&[(0x8000, 0), (0x9123, 0xFF), (0xBFFF, 0)]);
        check(s, 9);
        // The chip's addresses $5555 and $2AAA are in banks 1 and 0 of 16 KiB.
        flash(s, 0xC000, 16, [(1, 0x9555), (0, 0xAAAA)]);
    } else {
        latch.conflicts(s, true);
    }
    s.section("Mirroring");
    if board.header == OneA {
        s.one_screen((addrs[1], 0x7F), (addrs[1], 0x80));
    } else if board.header == Four {
        s.wired(Four);
        s.section("Four screens are the last bank of CHR RAM");
        s.nt_put(0, 0x5A);
        s.nt_put(3, 0xA5);
        s.write(addrs[0], 0x60);
        s.ppu(0x03C0, 0x5A);
        s.ppu(0x0FC0, 0xA5);
        s.ppu_put(0x1234, 0x77);
        s.ppu(0x3234, 0x77);
    } else {
        for value in [0, 0x80] {
            s.write(addrs[0], value);
            s.wired(board.header);
        }
    }
    no_ram(s);
}

/// Eight windows of 4 KiB, by the lower three bits of an address in $5000-$5FFF.
fn nsf(board: &Board, s: &mut Script) {
    s.section("PRG banks");
    for window in 0..8 {
        for (n, bank) in [0, 1, 2, 4, 8, 16, 32, 64, 128, 255].into_iter().enumerate() {
            let addr = [0x5FF8, 0x5000, 0x5AA8, 0x5550][n % 4];
            s.write(addr + window, bank);
            s.prg(0x8000 + window * 0x1000, 4, u16::from(bank));
        }
        s.write(0x5FF8 + window, window as u8 * 3 + 1);
    }
    s.section("All PRG banks");
    for window in 0..8 {
        s.prg(0x8000 + window * 0x1000, 4, window * 3 + 1);
    }
    s.section("Other addresses");
    s.writes(&[(0x4FF8, 0), (0x6000, 0), (0x8000, 0), (0xFFF8, 0)]);
    s.prg(0x8000, 4, 1);
    s.section("Mirroring");
    s.wired(board.header);
    chr_ram(s);
    no_ram(s);
}

/// GRNC PPPP at $5000-$5FFF and $7000-$7FFF; all of the PPU's memory is RAM of the board, in two banks.
fn gtrom(_: &Board, s: &mut Script) {
    s.section("CHR banks");
    for value in [0, 0x10] {
        s.write(0x5000, value);
        s.chr_put(0, 8, u16::from(value));
    }
    let check = |s: &mut Script, value: u8| {
        s.prg(0x8000, 32, u16::from(value & 15));
        s.chr(0, 8, u16::from(value & 0x10));
    };
    let latch = Latch { addrs: &[0x5000, 0x5FFF, 0x7000, 0x7FFF, 0x5ABC, 0x7BCD], mask: 0x1F, check: &check };
    latch.run(s);
    latch.ignores(s, &[0x4FFF, 0x6000, 0x6FFF, 0x8000, 0xFFFF]);
    s.section("Nametables");
    for value in [0, 0x20] {
        s.write(0x5000, value);
        for nametable in 0..4 {
            s.nt_put(nametable, value + 0x41 + nametable);
        }
        // $3000-$3EFF is no mirror.
        s.ppu_put(0x33C0, value + 0x51);
        s.ppu_put(0x3EFE, value + 0x52);
    }
    for value in [0, 0x20, 0xC0] {
        let bank = value & 0x20;
        s.write(0x7000, value);
        s.nt([bank + 0x41, bank + 0x42, bank + 0x43, bank + 0x44]);
        s.ppu(0x33C0, bank + 0x51);
        s.ppu(0x3EFE, bank + 0x52);
    }
    s.section("Nametables are no patterns");
    for value in [0, 0x20] {
        s.write(0x5000, value);
        s.ppu_put(0x2000, 0x99);
        s.ppu_put(0x3000, 0x99);
    }
    for value in [0, 0x10] {
        s.write(0x5000, value);
        check(s, value);
    }
    flash(s, 0x5000, 32, [(3, 0xD555), (3, 0xAAAA)]);
}

/// The pattern tables are nametable RAM too. Its A10 is one of A10 to A13 of the PPU.
fn magic_floor(board: &Board, s: &mut Script) {
    let line = match board.header {
        Vertical => 10,
        Horizontal => 11,
        OneA => 12,
        _ => 13,
    };
    let page = |addr: u16| addr >> line & 1;
    // An address for each page.
    let first = if line == 13 { [0x0000, 0x2000] } else { [0, 1 << line] };
    s.section("RAM of the console");
    for (addr, mark) in first.into_iter().zip([0xA1, 0xB2]) {
        s.ppu_put(addr + 0x123, mark);
    }
    for addr in (0..12).map(|n| n * 0x400) {
        s.ppu(addr + 0x123, [0xA1, 0xB2][usize::from(page(addr))]);
    }
    for addr in (0..12).map(|n| n * 0x400) {
        s.ppu_put(addr + 0x234, addr as u8 | (addr >> 8) as u8);
        s.ppu(first[usize::from(page(addr))] + 0x234, addr as u8 | (addr >> 8) as u8);
    }
    s.section("PRG ROM");
    s.prg(0x8000, 32, 0);
    no_ram(s);
}

/// Erases the first 4 KiB of bank 3 and writes another signature there. `unlock` are the bank and the address of the two
/// writes before each command of an SST39SF040. The chip cannot be read meanwhile, so this runs in RAM.
fn flash(s: &mut Script, register: u16, kib: u16, unlock: [(u8, u16); 2]) {
    const BANK: u8 = 3;
    let first = u16::from(BANK) * kib / 4;
    let write = |bank: u8, addr: u16, value: u8| {
        format!(" lda #{bank}\n sta ${register:04X}\n lda #{value}\n sta ${addr:04X}\n")
    };
    let [(bank, one), (other_bank, two)] = unlock;
    let unlocked = || write(bank, one, 0xAA) + &write(other_bank, two, 0x55);
    let command = |value: u8| unlocked() + &write(bank, one, value);
    // Reads differ while the chip works.
    let wait = |addr: u16| format!("again:\n lda ${addr:04X}\n cmp ${addr:04X}\n bne again\n rts\n");
    s.section("Flash, erased");
    s.write(register, BANK);
    s.prg(0x8000, 8, first / 2);
    s.run_in_ram(&(command(0x80) + &unlocked() + &write(BANK, 0x8000, 0x30) + &wait(0x8000)));
    for addr in [0x8000, 0x8555, 0x8FFF] {
        s.expect(addr, 0xFF);
    }
    s.prg(0x9000, 4, first + 1);
    s.section("Flash, written");
    for (addr, value) in [(0x8000, 0x77), (0x8001, 0x01), (0x8002, 0x88)] {
        s.run_in_ram(&(command(0xA0) + &write(BANK, addr, value) + &wait(addr)));
    }
    s.prg(0x8000, 4, 0x177);
    s.expect(0x8003, 0xFF);
    s.section("Flash, without a command");
    s.writes(&[(0x8000, 0x11), (0x8002, 0x22)]);
    s.prg(0x8000, 4, 0x177);
    s.section("Flash, the other banks");
    for bank in [0, 1, 2, 4, 7, 11] {
        s.write(register, bank);
        s.prg(0x8000, 4, u16::from(bank) * kib / 4);
    }
}
