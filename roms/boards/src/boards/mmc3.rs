//! MMC3 and MMC6: 4, and the boards around an MMC3: 37, 47, 118, 119.
//!
//! IRQs are clocked by addresses in $2006; in which dot of a line the PPU clocks them is tested by ROMs of others.
//!
//! <https://www.nesdev.org/wiki/MMC3>, MMC6, INES_Mapper_037, _047, _118, _119, NES_2.0_submappers

use crate::image::Board;
use crate::script::Mirroring::{Four, Horizontal, Vertical};
use crate::script::Script;

pub(super) const BOARDS: &[Board] = &[
    Board::new("mmc3", 4, 0, mmc3).rom(512, 256).ram(8),
    Board::new("tvrom", 4, 0, tvrom).rom(128, 64).header(Four),
    Board::new("mmc6", 4, 1, mmc6).rom(512, 256).small_ram(1024),
    Board::new("mc-acc", 4, 3, mc_acc).rom(256, 256),
    Board::new("mmc3-nec", 4, 4, mmc3).rom(512, 256).ram(8),
    Board::new("pal-zz", 37, 0, multicart).rom(256, 256),
    Board::new("nes-qj", 47, 0, multicart).rom(256, 256),
    Board::new("tlsrom", 118, 0, tlsrom).rom(512, 128).ram(8),
    Board::new("tqrom", 119, 0, tqrom).rom(128, 64).chr_ram(8),
];

/// Bits of $8000.
const PRG_MODE: u8 = 0x40;
const CHR_MODE: u8 = 0x80;
/// The window of each CHR register, with its KiB; mode 1 inverts bit 12.
const WINDOWS: [(u16, u16); 6] = [(0x0000, 2), (0x0800, 2), (0x1000, 1), (0x1400, 1), (0x1800, 1), (0x1C00, 1)];

fn register(s: &mut Script, select: u8, value: u8) {
    s.writes(&[(0x8000, select), (0x8001, value)]);
}

/// PRG banks of which `block` shows those from `base`, `size` of them.
fn prg_block(s: &mut Script, base: u16, size: u16) {
    let bank = |value: u8| base + u16::from(value) % size;
    for mode in [0, PRG_MODE] {
        let (six, fixed) = if mode == 0 { (0x8000, 0xC000) } else { (0xC000, 0x8000) };
        register(s, mode | 7, 0);
        for value in [0, 1, 2, 4, 8, 16, 32, 63] {
            register(s, mode | 6, value);
            s.prg(six, 8, bank(value));
            register(s, mode | 7, 63 - value);
            s.prg(0xA000, 8, bank(63 - value));
        }
        s.prg(six, 8, bank(63));
        s.prg(fixed, 8, base + size - 2);
        s.prg(0xE000, 8, base + size - 1);
    }
}

fn prg(board: &Board, s: &mut Script) {
    s.section("PRG banks");
    prg_block(s, 0, board.prg as u16 / 8);
    s.section("Addresses");
    s.writes(&[(0x9FFE, 6), (0x9FFF, 9), (0x8ABC, 7), (0x9DEF, 10)]);
    s.prg(0x8000, 8, 9);
    s.prg(0xA000, 8, 10);
}

/// CHR banks, for values that need only the bits of `mask`.
fn chr(s: &mut Script, mask: u8, values: &[u8]) {
    for mode in [0, CHR_MODE] {
        let invert = if mode == 0 { 0 } else { 0x1000 };
        for (n, (addr, kib)) in (0..).zip(WINDOWS) {
            for value in values {
                register(s, mode | n, *value);
                s.chr(addr ^ invert, kib, u16::from(value & mask) / kib);
            }
            register(s, mode | n, (n + 1) * 3);
        }
        s.section("All CHR banks");
        for (n, (addr, kib)) in (0..).zip(WINDOWS) {
            s.chr(addr ^ invert, kib, (n + 1) * 3 / kib);
        }
    }
}

const VALUES: &[u8] = &[0, 1, 2, 4, 8, 16, 32, 64, 128, 255];
const FEW_VALUES: &[u8] = &[0, 1, 2, 0x54, 0xAA, 255];

/// The counter: it counts rises of A12 and is reloaded when it is 0, so there are latch + 1 from one IRQ to the next.
fn irq(s: &mut Script, nec: bool) {
    const LATCH: u16 = 0xC000;
    const RELOAD: u16 = 0xC001;
    const OFF: (u16, u8) = (0xE000, 0);
    const ON: (u16, u8) = (0xE001, 0);
    s.section("IRQ");
    for latch in [1, 2, 9, 255] {
        s.writes(&[OFF, (LATCH, latch), (RELOAD, 0), ON]);
        for _ in 0..2 {
            s.a12(latch);
            s.no_irq();
            s.a12(1);
            s.irq();
            s.irq();
            s.write(OFF.0, 0);
            s.no_irq();
            s.write(ON.0, 0);
            s.no_irq();
        }
    }
    s.section("IRQ, latch 0");
    s.writes(&[OFF, (LATCH, 0), (RELOAD, 0), ON]);
    s.a12(1);
    s.irq();
    s.writes(&[OFF, ON]);
    s.a12(1);
    if nec {
        s.no_irq();
        s.write(RELOAD, 0);
        s.a12(1);
        s.irq();
    } else {
        s.irq();
    }
    s.section("IRQ, disabled");
    s.writes(&[OFF, (LATCH, 3), (RELOAD, 0)]);
    s.a12(4);
    s.no_irq();
    s.write(ON.0, 0);
    s.no_irq();
    s.a12(3);
    s.no_irq();
    s.a12(1);
    s.irq();
    s.section("IRQ, the latch is for the next reload");
    s.writes(&[OFF, (LATCH, 5), (RELOAD, 0), ON]);
    s.a12(2);
    s.write(LATCH, 1);
    s.a12(3);
    s.no_irq();
    s.a12(1);
    s.irq();
    s.writes(&[OFF, ON]);
    s.a12(1);
    s.no_irq();
    s.a12(1);
    s.irq();
    s.section("IRQ, addresses");
    s.writes(&[OFF, (0xDFFE, 1), (0xDFFF, 0), (0xFFFF, 0)]);
    s.a12(2);
    s.irq();
    s.write(0xFFFE, 0);
    s.no_irq();
}

fn mirroring(s: &mut Script) {
    s.section("Mirroring");
    s.mirrorings(&[((0xA000, 0), Vertical), ((0xA000, 1), Horizontal), ((0xBFFE, 0xFE), Vertical)]);
}

/// RAM of 8 KiB: bit 7 enables it, bit 6 protects it.
fn ram(s: &mut Script) {
    s.section("RAM");
    s.write(0xA001, 0x80);
    s.ram(0x6000, 32);
    s.section("RAM protect");
    s.ram_put(0x6000, 32, 0x5A);
    s.write(0xA001, 0xC0);
    s.writes(&[(0x6000, 1), (0x7FFF, 2)]);
    s.ram_get(0x6000, 32, 0x5A);
    s.section("RAM enable");
    for value in [0, 0x40] {
        s.writes(&[(0xA001, value), (0x6000, 1)]);
        s.open_bus(0x6000);
        s.open_bus(0x7FFF);
    }
    s.write(0xBFFF, 0x80);
    s.ram_get(0x6000, 32, 0x5A);
}

fn mmc3(board: &Board, s: &mut Script) {
    prg(board, s);
    s.section("CHR banks");
    chr(s, 0xFF, VALUES);
    mirroring(s);
    irq(s, board.submapper == 4);
    ram(s);
}

/// Four screens: the mirroring register does nothing.
fn tvrom(board: &Board, s: &mut Script) {
    prg(board, s);
    s.section("CHR banks");
    chr(s, 63, FEW_VALUES);
    s.section("Four screens");
    for value in [0, 1] {
        s.write(0xA000, value);
        s.wired(board.header);
    }
    irq(s, false);
}

/// The IRQ of this chip counts falls with a prescaler of 8; only that it comes is checked.
fn mc_acc(board: &Board, s: &mut Script) {
    prg(board, s);
    s.section("CHR banks");
    chr(s, 0xFF, VALUES);
    mirroring(s);
    s.section("IRQ");
    s.writes(&[(0xE000, 0), (0xC000, 1), (0xC001, 0)]);
    s.a12(40);
    s.no_irq();
    s.write(0xE001, 0);
    s.a12(40);
    s.irq();
    s.write(0xE000, 0);
    s.no_irq();
    s.writes(&[(0xC000, 255), (0xC001, 0), (0xE001, 0)]);
    s.a12(200);
    s.no_irq();
}

/// RAM of 1 KiB at $7000 in two halves, each with a bit to read and a bit to write.
fn mmc6(board: &Board, s: &mut Script) {
    const SELECT: u16 = 0x8000;
    const PROTECT: u16 = 0xA001;
    prg(board, s);
    s.section("CHR banks");
    chr(s, 0xFF, FEW_VALUES);
    mirroring(s);
    irq(s, false);
    s.section("RAM");
    s.writes(&[(SELECT, 0x20), (PROTECT, 0xF0)]);
    s.ram(0x7000, 4);
    s.write(0x7123, 0x46);
    for mirror in [0x7523, 0x7923, 0x7D23] {
        s.expect(mirror, 0x46);
    }
    s.open_bus(0x6000);
    s.open_bus(0x6FFF);
    s.section("RAM, one half");
    s.ram_put(0x7000, 4, 0x33);
    s.write(PROTECT, 0x30);
    s.ram_get(0x7000, 2, 0x33);
    s.write(0x7200, 0xEE);
    s.expect(0x7200, 0);
    s.write(0x7000, 0x11);
    s.expect(0x7000, 0x11);
    s.write(PROTECT, 0xC0);
    s.ram_get(0x7200, 2, 0x33);
    s.write(0x7000, 0xEE);
    s.expect(0x7000, 0);
    s.write(0x7200, 0x22);
    s.expect(0x7200, 0x22);
    s.section("RAM, not to be written");
    s.writes(&[(PROTECT, 0xA0), (0x7000, 0x77), (0x7200, 0x77)]);
    s.expect(0x7000, 0x11);
    s.expect(0x7200, 0x22);
    s.section("RAM, not to be read");
    s.writes(&[(PROTECT, 0x50), (0x7000, 0x77), (0x7200, 0x77)]);
    s.open_bus(0x7000);
    s.open_bus(0x7200);
    s.write(PROTECT, 0xA0);
    s.expect(0x7000, 0x11);
    s.expect(0x7200, 0x22);
    s.section("RAM enable");
    s.writes(&[(SELECT, 0), (PROTECT, 0xF0)]);
    s.open_bus(0x7000);
    s.write(SELECT, 0x20);
    s.open_bus(0x7000);
    s.write(PROTECT, 0xF0);
    s.expect(0x7000, 0x11);
}

/// 37 and 47: a register at $6000-$7FFF, where the MMC3 has RAM, selects a block: the first PRG bank, their number, and the
/// first CHR bank.
fn multicart(board: &Board, s: &mut Script) {
    let blocks: &[(u8, u16, u16, u16)] = if board.mapper == 47 {
        &[(0, 0, 16, 0), (1, 16, 16, 128), (0xFE, 0, 16, 0)]
    } else {
        &[(0, 0, 8, 0), (3, 8, 8, 0), (4, 16, 16, 128), (7, 24, 8, 128), (2, 0, 8, 0), (6, 16, 16, 128), (1, 0, 8, 0)]
    };
    s.write(0xA001, 0x80);
    for (n, (value, base, size, chr_base)) in blocks.iter().enumerate() {
        s.section("Block");
        s.write(if n % 2 == 0 { 0x6000 } else { 0x7FFF }, *value);
        if n < 4 {
            prg_block(s, *base, *size);
        } else {
            s.prg(0xE000, 8, base + size - 1);
        }
        for (register_number, value) in [(0, 0), (0, 0xFE), (5, 0x55), (5, 0xAA)] {
            register(s, register_number, value);
            let (addr, kib) = WINDOWS[usize::from(register_number)];
            s.chr(addr, kib, (chr_base + u16::from(value & 127)) / kib);
        }
    }
    s.section("The block register cannot be read");
    s.open_bus(0x6000);
    s.open_bus(0x7FFF);
    s.section("The block register needs RAM that can be written");
    for protect in [0x00, 0x40, 0xC0] {
        s.writes(&[(0xA001, protect), (0x6000, 7)]);
        s.prg(0xE000, 8, blocks[0].2 - 1);
    }
    mirroring(s);
    irq(s, false);
}

/// Bit 7 of a CHR bank is the page of the nametable at the same address.
fn tlsrom(board: &Board, s: &mut Script) {
    prg(board, s);
    s.section("CHR banks");
    chr(s, 0x7F, FEW_VALUES);
    s.section("Nametables of 1 KiB");
    for (n, page) in [0, 1, 0, 1].into_iter().enumerate() {
        register(s, CHR_MODE | (n as u8 + 2), page << 7);
    }
    s.mark();
    for pages in [[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [1, 1, 1, 0], [0, 1, 1, 1]] {
        for (n, page) in (2..).zip(pages) {
            register(s, CHR_MODE | n, (page as u8) << 7 | 0x15);
        }
        s.pages(pages);
    }
    s.section("Nametables of 2 KiB");
    for pages in [[0, 0, 1, 1], [1, 1, 0, 0], [0; 4], [1; 4]] {
        register(s, 0, (pages[0] as u8) << 7 | 0x2A);
        register(s, 1, (pages[2] as u8) << 7);
        s.pages(pages);
        s.write(0xA000, 0);
        s.pages(pages);
        s.write(0xA000, 1);
        s.pages(pages);
    }
    irq(s, false);
    ram(s);
}

/// Bit 6 of a CHR bank selects 8 KiB of RAM.
fn tqrom(board: &Board, s: &mut Script) {
    prg(board, s);
    s.section("CHR ROM");
    chr(s, 63, &[0, 1, 2, 4, 8, 16, 32, 63, 0x80, 0xBF]);
    s.section("CHR RAM");
    for bank in 0..8 {
        register(s, 2, 0x40 | bank);
        s.chr_put(0x1000, 1, 0x100 + u16::from(bank));
    }
    for (n, (addr, kib)) in (0..).zip(WINDOWS) {
        for bank in [0, 2, 4, 6] {
            register(s, n, 0x40 | bank);
            s.chr(addr, kib, (0x100 + u16::from(bank)) / kib);
        }
    }
    register(s, 5, 0x7F);
    s.chr(0x1C00, 1, 0x107);
    s.section("CHR ROM cannot be written");
    register(s, 2, 7);
    s.chr_put(0x1000, 1, 0x333);
    s.chr(0x1000, 1, 7);
    mirroring(s);
    irq(s, false);
}
