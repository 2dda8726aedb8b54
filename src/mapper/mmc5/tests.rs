//! The registers of an MMC5. What it makes of fetches is tried with the PPU, in `tests/machine/fetches.rs`.

use crate::clock::Dot;
use crate::mapper::tests::{Change, Rig};
use crate::memory::PpuPage;

fn board(prg_ram: u8) -> Rig {
    let mut rig = Rig::new(5, 0, 256, 256, [prg_ram, 0]);
    for (addr, value) in [(0x5102, 2), (0x5103, 1)] {
        rig.write(addr, value);
    }
    rig
}

fn set(rig: &mut Rig, first: u16, values: &[u8]) {
    for (addr, &value) in (first..).zip(values) {
        rig.write(addr, value);
    }
}

/// The PPU reads addresses, one every other dot.
fn fetch(rig: &mut Rig, addrs: &[u16], dot: &mut Dot) -> Vec<u8> {
    let Rig { mapper, memory, .. } = rig;
    let mut read = |&addr| {
        *dot += 2;
        let byte = mapper.watcher().unwrap().fetch(memory, addr, *dot, &|dot| dot / 3);
        memory.commit();
        byte
    };
    addrs.iter().map(&mut read).collect()
}

/// As far as the attributes of the third tile of a line.
fn begin_line(rig: &mut Rig, dot: &mut Dot) {
    fetch(rig, &[0x2002, 0x2002, 0x2002, 0x23C0], dot);
}

/// Numbers of the KiB of CHR at slots from one on.
fn kib(rig: &Rig, first: usize) -> [u32; 8] {
    std::array::from_fn(|slot| match rig.memory.ppu_page(first + slot) {
        PpuPage::Rom(offset) => offset >> 10,
        other => panic!("{other:?}"),
    })
}

#[test]
fn prg_modes() {
    let mut rig = board(7);
    set(&mut rig, 0x5114, &[0x81, 0x86, 0x8B, 0x1D]);
    assert_eq!(rig.prg(), [2, 12, 22, 58]);
    assert_eq!(rig.write(0x5100, 2), Change::PRG);
    assert_eq!(rig.prg(), [12, 14, 22, 58]);
    rig.write(0x5100, 1);
    assert_eq!(rig.prg(), [12, 14, 56, 58]);
    rig.write(0x5100, 0);
    assert_eq!(rig.prg(), [56, 58, 60, 62]);
    assert_eq!(rig.write(0x5100, 7), Change::PRG, "two bits");
}

#[test]
fn ram_in_rom_windows() {
    let mut rig = board(9);
    set(&mut rig, 0x5113, &[0, 1, 2, 3, 0xFF]);
    for (addr, value) in [(0x6000, 1), (0x8000, 2), (0xA000, 3), (0xDFFF, 4)] {
        rig.write(addr, value);
        assert_eq!(rig.memory.read_prg(addr), Some(value));
    }
    rig.write(0x5113, 1);
    assert_eq!(rig.memory.read_prg(0x6000), Some(2));
    // 16 KiB: the low bit does not count.
    rig.write(0x5100, 1);
    rig.write(0x5115, 3);
    assert_eq!([0x8000, 0xBFFF].map(|addr| rig.memory.read_prg(addr)), [Some(3), Some(4)]);
}

#[test]
fn prg_ram_is_protected_by_two_registers() {
    let mut rig = board(7);
    rig.write(0x6000, 1);
    for protect in [[2, 0], [0, 1], [3, 1], [2, 2]] {
        set(&mut rig, 0x5102, &protect);
        rig.write(0x6000, 9);
        assert_eq!(rig.memory.read_prg(0x6000), Some(1), "{protect:?}");
    }
    set(&mut rig, 0x5102, &[0xFE, 0xFD]);
    rig.write(0x6000, 2);
    assert_eq!(rig.memory.read_prg(0x6000), Some(2), "two bits each");
}

/// Which banks are the same RAM, by the first of them; a dot where there is none.
#[test]
fn ram_chips_are_selected_by_bit_2() {
    for (size, banks) in [
        (0x00, "................"),
        (0x07, "0000....0000...."),
        (0x70, "0000....0000...."),
        (0x08, "0000444400004444"),
        (0x77, "0000444400004444"),
        (0x09, "0123....0123...."),
        (0x97, "0123444401234444"),
        (0x79, "0000456700004567"),
        (0x0A, "0123456701234567"),
        (0x0B, "0123456789ABCDEF"),
    ] {
        let mut rig = board(size);
        for bank in (0..16).rev() {
            rig.write(0x5113, bank);
            rig.write(0x6000, bank);
        }
        let mut seen = String::new();
        for bank in 0..16 {
            rig.write(0x5113, bank);
            let byte = rig.memory.read_prg(0x6000);
            seen.push(byte.map_or('.', |byte| char::from_digit(byte.into(), 16).unwrap().to_ascii_uppercase()));
        }
        assert_eq!(seen, banks, "{size:02X}");
    }
}

#[test]
fn the_first_of_two_chips_has_the_battery() {
    let mut rig = board(0x77);
    rig.write(0x6000, 0x5A);
    assert_eq!(rig.memory.battery().unwrap()[0], 0x5A);
}

#[test]
fn chr_modes_of_set_a() {
    let mut rig = board(7);
    set(&mut rig, 0x5120, &[1, 2, 3, 4, 5, 6, 7, 8]);
    for (mode, expected) in [
        (3, [1, 2, 3, 4, 5, 6, 7, 8]),
        (2, [4, 5, 8, 9, 12, 13, 16, 17]),
        (1, [16, 17, 18, 19, 32, 33, 34, 35]),
        (0, [64, 65, 66, 67, 68, 69, 70, 71]),
    ] {
        rig.write(0x5101, mode);
        assert_eq!(kib(&rig, 0), expected, "{mode}");
        assert_eq!(kib(&rig, 16), expected, "{mode}: sprites");
    }
    rig.write(0x5101, 3);
    rig.write(0x5130, 0xFD);
    rig.write(0x5120, 2);
    assert_eq!(kib(&rig, 0)[..2], [2, 2], "banks wrap");
}

#[test]
fn tall_sprites_have_a_set_of_their_own_while_a_frame_is_rendered() {
    let mut rig = board(7);
    let mut dot = 1000;
    set(&mut rig, 0x5101, &[3]);
    set(&mut rig, 0x5120, &[1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14]);
    let (a, b) = ([1, 2, 3, 4, 5, 6, 7, 8], [11, 12, 13, 14, 11, 12, 13, 14]);
    let sets = |rig: &Rig| [kib(rig, 0), kib(rig, 16)];
    assert_eq!(sets(&rig), [a, a], "8x8");
    let snoop = |rig: &mut Rig, addr, value| {
        let board = rig.mapper.watcher().unwrap();
        assert!(board.snoops(addr, value));
        board.snoop(&mut rig.memory, addr, value, 0);
        rig.memory.commit();
    };
    snoop(&mut rig, 0x2000, 0x20);
    assert_eq!(sets(&rig), [b, b], "written last");
    rig.write(0x5127, 8);
    assert_eq!(sets(&rig), [a, a]);
    rig.write(0x512B, 14);
    begin_line(&mut rig, &mut dot);
    assert_eq!(sets(&rig), [b, a]);
    rig.write(0x5127, 9);
    assert_eq!(sets(&rig)[0], b, "not the one that was written last");
    snoop(&mut rig, 0x2001, 0x06);
    assert_eq!(sets(&rig)[0][7], 9, "rendering is off");
    assert!(!rig.mapper.watcher().unwrap().snoops(0x2009, 0), "mirrors do not count");
}

#[test]
fn reads_128_to_159_are_of_sprites() {
    let mut rig = board(7);
    let mut dot = 1000;
    set(&mut rig, 0x5101, &[3]);
    set(&mut rig, 0x5120, &[1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]);
    rig.mapper.watcher().unwrap().snoop(&mut rig.memory, 0x2000, 0x20, 0);
    begin_line(&mut rig, &mut dot);
    let seen = fetch(&mut rig, &[0x0400; 168], &mut dot);
    // Two reads of the line are gone.
    let sprites: Vec<_> = (2..170).zip(seen).filter(|&(_, byte)| byte == 1).map(|(nth, _)| nth).collect();
    assert_eq!(sprites, (128..160).collect::<Vec<_>>());
}

#[test]
fn nametables_are_any_of_four() {
    let mut rig = board(7);
    rig.write(0x5105, 0b11_10_01_00);
    rig.write(0x5106, 0x5A);
    rig.write(0x5107, 0xFE);
    rig.write(0x5104, 2);
    rig.write(0x5C05, 0x77);
    rig.write(0x5104, 0);
    rig.memory.write_ppu(0x2405, 0x11);
    rig.memory.write_ppu(0x2C05, 0x22);
    let seen = [0x2005, 0x2405, 0x2805, 0x2C05, 0x2FBF, 0x2FC0, 0x2FFF].map(|addr| rig.memory.read_ppu(addr));
    assert_eq!(seen, [0, 0x11, 0x77, 0x5A, 0x5A, 0xAA, 0xAA]);
    rig.memory.write_ppu(0x2805, 0x33);
    assert_eq!(rig.memory.read_ppu(0x2805), 0x33);
    rig.write(0x5104, 3);
    assert_eq!(rig.memory.read_ppu(0x2805), 0, "in modes 2 and 3 it is no nametable");
    assert_eq!(rig.read(0x5C05), Some(0x33));
}

#[test]
fn exram_modes_decide_what_the_cpu_may() {
    let mut rig = board(7);
    let mut dot = 1000;
    let mut try_in = |rig: &mut Rig, mode: u8, value: u8| {
        rig.write(0x5104, mode);
        rig.at = dot / 3;
        rig.mapper.write(&mut rig.memory, 0x5C00, value, dot / 3);
        let read = rig.read(0x5C00);
        rig.write(0x5104, 2);
        dot += 3000;
        (read, rig.read(0x5C00))
    };
    assert_eq!(try_in(&mut rig, 2, 7), (Some(7), Some(7)));
    assert_eq!(try_in(&mut rig, 3, 8), (Some(7), Some(7)));
    assert_eq!(try_in(&mut rig, 0, 9), (None, Some(0)), "nothing is rendered");
    for mode in [0, 1] {
        let mut dot = 30_000;
        begin_line(&mut rig, &mut dot);
        rig.write(0x5104, mode);
        rig.mapper.write(&mut rig.memory, 0x5C00, 9 + mode, dot / 3 + 1);
        rig.write(0x5104, 2);
        assert_eq!(rig.read(0x5C00), Some(9 + mode));
        rig.mapper.watcher().unwrap().nmi(&mut rig.memory, 0);
    }
}

#[test]
fn exram_gives_each_tile_its_bank_and_colours() {
    let mut rig = board(7);
    let mut dot = 1000;
    rig.write(0x5104, 2);
    rig.write(0x5C02, 0x80 | 3);
    rig.write(0x5C03, 0x40 | 7);
    rig.write(0x5104, 1);
    begin_line(&mut rig, &mut dot);
    // Each KiB begins with its number. The name of this tile was read before the line began.
    assert_eq!(fetch(&mut rig, &[0x0000, 0x0008], &mut dot), [12, 0xFF]);
    assert_eq!(fetch(&mut rig, &[0x2003, 0x23C0, 0x1400, 0x0408], &mut dot), [0, 0x55, 29, 0xFF]);
}

#[test]
fn the_split_has_names_attributes_and_chr_of_its_own() {
    let mut rig = board(7);
    let mut dot = 1000;
    rig.write(0x5104, 2);
    // Row 2, columns 2 and 3, and what colours them.
    set(&mut rig, 0x5C42, &[0x81, 0x82]);
    rig.write(0x5FC0, 0b10_00_01_00);
    rig.write(0x5104, 0);
    set(&mut rig, 0x5200, &[0x84, 16, 9]);
    begin_line(&mut rig, &mut dot);
    assert_eq!(fetch(&mut rig, &[0x0003, 0x000B], &mut dot), [36, 0xFF], "the PPU is in row 3, the split in row 0");
    assert_eq!(fetch(&mut rig, &[0x2003, 0x23C0, 0x0000, 0x0008], &mut dot), [0x82, 0xAA, 36, 0xFF]);
    assert_eq!(fetch(&mut rig, &[0x2004, 0x23C1, 0x0400], &mut dot), [0, 0, 1], "right of it");
}

#[test]
fn the_multiplier_multiplies() {
    let mut rig = board(7);
    set(&mut rig, 0x5205, &[200, 201]);
    assert_eq!([0x5205, 0x5206].map(|addr| rig.read(addr)), [Some(0x08), Some(0x9D)]);
    assert_eq!([0x5010, 0x5015, 0x5011].map(|addr| rig.read(addr)), [Some(0), Some(0), None], "no sound");
}
