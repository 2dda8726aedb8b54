//! Banks, windows, PRG RAM, nametables and power-on contents.

use super::*;

fn memory(header: [u8; 12], pattern: RamPattern) -> Memory {
    let mut file = [&b"NES\x1A"[..], &header].concat();
    file.resize(16 + 512 + 0x40000, 0x77);
    Memory::new(&Cartridge::load(&file).unwrap(), pattern)
}

/// NES 2.0, 48 KiB of PRG ROM, 24 KiB of CHR ROM, 8 KiB of PRG RAM, 8 KiB with a battery.
const ODD: [u8; 12] = [3, 3, 0x02, 0x08, 0, 0, 0x77, 0, 0, 0, 0, 0];

#[test]
fn banks_wrap_and_count_from_the_end() {
    let mut m = memory(ODD, RamPattern::Zeros);
    m.map_prg(16, 0, 4);
    m.map_prg(16, 1, -1);
    assert_eq!([m.prg_offset(0x8123), m.prg_offset(0xFFFF)], [Some(0x4123), Some(0xBFFF)]);
    m.map_prg(32, 0, 1);
    assert_eq!(m.prg_offset(0x8000), Some(0), "48 KiB have one bank of 32");
    m.map_prg(4, 7, -12);
    assert_eq!(m.prg_offset(0xF000), Some(0));
    m.map_chr(8, 0, 3);
    m.map_chr(1, 7, -1);
    assert_eq!(m.ppu_page(0), PpuPage::Vram(0), "the PPU has not seen it yet");
    assert_eq!(m.take_change(), Change::PRG | Change::CHR);
    m.commit();
    assert_eq!([m.ppu_page(0), m.ppu_page(7)], [PpuPage::Rom(0), PpuPage::Rom(23 * 1024)]);
}

#[test]
fn code_is_what_reads_give_wherever_four_bytes_follow_one_another() {
    let mut m = memory(ODD, RamPattern::Seeded(2));
    m.prg_rom = (0..0xC000_u32).map(|i| (i ^ i >> 7) as u8).collect();
    assert_eq!([m.code(0x8000), m.code(0x6000), m.code(0x4020)], [None; 3], "nothing is mapped at first");
    let mut random = Random::new(1);
    let mut found = [0; 2];
    for round in 0..3_000 {
        let [kb, bank, place] = [random.next() % 4, random.next() % 12, random.next()];
        let (kb, place) = ([4, 8, 16, 32][kb as usize], place as u16);
        m.map_prg(kb, usize::from(place >> 8) % (32 / kb), bank as i32);
        let access = [Access::Read, Access::Write, Access::ReadWrite, Access::None, Access::Zeros][round % 5];
        m.map_prg_ram_page(round / 5 % 16, bank as usize, access);
        for addr in [place, place | 0x8000, place | 0x8FF0, place | 0xFFF0, place & 0x1FFF | 0x6000, place & 0x1FFF] {
            let places = [0, 1, 2, 3].map(|i| match addr.wrapping_add(i) {
                addr @ ..0x2000 => Some(u32::from(addr) % 0x800),
                addr @ 0x8000.. => m.prg_offset(addr),
                addr => Some(m.prg_page(addr)).filter(|page| page & READABLE != 0),
            });
            let mut whole = places.is_sorted_by(|one, two| one.is_some() && *two == one.map(|at| at + 1));
            // Pages of PRG RAM are not joined.
            whole &= addr < 0xFFFD && (addr >= 0x8000 || addr >> 9 == (addr + 3) >> 9 || addr < 0x2000);
            let byte = |addr: u16| {
                if addr < 0x2000 { m.ram[usize::from(addr) % 0x800] } else { m.read_prg(addr).unwrap_or(0) }
            };
            let expected = [0, 1, 2, 3].map(|i| byte(addr.wrapping_add(i)));
            assert_eq!(m.code(addr), whole.then_some(expected), "round {round}, ${addr:04X}");
            found[usize::from(whole)] += 1;
        }
    }
    assert!(found[0] > 500 && found[1] > 500, "{found:?}");
}

#[test]
fn a_window_has_the_bytes_of_its_pages() {
    let mut m = memory(ODD, RamPattern::Seeded(1));
    let mut whole = 0;
    for round in 0..200 {
        m.map_prg(4, round % 8, (round / 3) as i32);
        match round % 4 {
            0 => m.map_prg_ram((round / 8) as i32, Access::ReadWrite),
            1 => m.map_prg_ram((round / 8) as i32, [Access::Read, Access::Write, Access::None][round / 4 % 3]),
            _ => m.map_prg_ram_page(round % 16, round / 5, [Access::ReadWrite, Access::Read][round / 2 % 2]),
        }
        for window in 6..16 {
            let pages: Vec<_> = (8 * window..8 * window + 8)
                .map(|page| match m.cpu_page(page) {
                    CpuPage::Other => (0, 0),
                    CpuPage::Read(bytes) => (1, bytes.as_ptr().addr() - (page % 8) * bytes.len()),
                    CpuPage::ReadWrite(bytes) => (2, bytes.as_ptr().addr() - (page % 8) * bytes.len()),
                })
                .collect();
            let expected = match m.cpu_window(window) {
                None => continue,
                Some(CpuPage::Other) => (0, 0),
                Some(CpuPage::Read(bytes)) => (1, bytes.as_ptr().addr()),
                Some(CpuPage::ReadWrite(bytes)) => (2, bytes.as_ptr().addr()),
            };
            assert_eq!(pages, [expected; 8], "round {round}, window {window}");
            whole += u32::from(window < 8 && expected.0 == 2);
        }
    }
    assert!(whole > 20, "{whole} windows of PRG RAM were one piece");
}

#[test]
fn prg_ram_allows_only_its_access() {
    let mut m = memory(ODD, RamPattern::Zeros);
    assert_eq!(m.read_prg(0x6000), None, "nothing is mapped at first");
    for (access, read, writes) in [
        (Access::ReadWrite, Some(1), true),
        (Access::Read, Some(1), false),
        (Access::Write, None, true),
        (Access::Zeros, Some(0), false),
        (Access::None, None, false),
    ] {
        m.map_prg_ram(0, Access::ReadWrite);
        m.write_prg_ram(0x6FFF, 1);
        m.map_prg_ram(0, access);
        assert_eq!(m.read_prg(0x6FFF), read, "{access:?}");
        m.write_prg_ram(0x6FFF, 2);
        assert_eq!(m.prg_ram()[0xFFF], if writes { 2 } else { 1 }, "{access:?}");
    }
    m.write_prg_ram(0x5FFF, 9);
    m.write_prg_ram(0x8000, 9);
    assert_eq!(m.read_prg(0x5FFF), None);
}

#[test]
fn the_battery_backed_part_of_prg_ram_is_last() {
    let mut m = memory(ODD, RamPattern::Zeros);
    m.map_prg_ram(0, Access::ReadWrite);
    m.write_prg_ram(0x6000, 1);
    m.map_prg_ram(1, Access::ReadWrite);
    m.write_prg_ram(0x6000, 2);
    assert_eq!((m.battery().unwrap().len(), m.battery().unwrap()[0]), (0x2000, 2));
    m.load_battery(&[5; 0x5000]);
    m.load_battery(&[6]);
    assert_eq!((m.read_prg(0x6000), m.read_prg(0x7FFF)), (Some(6), Some(5)));
    assert_eq!(m.prg_ram()[0], 1);
    assert_eq!(memory([1, 1, 0, 8, 0, 0, 7, 0, 0, 0, 0, 0], RamPattern::Zeros).battery(), None);
}

#[test]
fn chr_ram_and_nametables_do_not_overlap() {
    // 8 KiB of CHR RAM, four nametables.
    let mut m = memory([1, 0, 0x08, 0x08, 0, 0, 0, 7, 0, 0, 0, 0], RamPattern::Zeros);
    m.map_chr(8, 0, 0);
    m.set_mirroring(Mirroring::FourScreen);
    m.commit();
    for page in 0..12_u16 {
        m.write_ppu(page * 0x400 + page, page as u8 + 1);
    }
    for page in 0..12_u16 {
        assert_eq!(m.read_ppu(page * 0x400 + page), page as u8 + 1);
    }
    assert_eq!(m.read_ppu(0x3000 + 8), 9, "$3000 mirrors $2000");
    assert_eq!(m.vram().len(), 0x3000);
}

#[test]
fn four_nametables_without_ram_for_them_are_mirrored() {
    let mut m = memory(ODD, RamPattern::Zeros);
    m.set_mirroring(Mirroring::FourScreen);
    m.commit();
    assert_eq!([m.ppu_page(8), m.ppu_page(10)], [PpuPage::Vram(0), PpuPage::Vram(0)]);
}

#[test]
fn a_trainer_is_loaded_at_7000() {
    let mut file = vec![0; 16 + 512 + 0x4000];
    file[..7].copy_from_slice(b"NES\x1A\x01\x00\x04");
    file[16..528].fill(0xAB);
    let mut m = Memory::new(&Cartridge::load(&file).unwrap(), RamPattern::Zeros);
    m.map_prg_ram(0, Access::ReadWrite);
    let bytes = [0x6FFF, 0x7000, 0x71FF, 0x7200].map(|addr| m.read_prg(addr).unwrap());
    assert_eq!(bytes, [0, 0xAB, 0xAB, 0]);
}

#[test]
fn power_on_patterns_fill_each_memory() {
    assert!(memory(ODD, RamPattern::Ones).ram.iter().all(|&b| b == 0xFF));
    let noise = memory(ODD, RamPattern::Seeded(1));
    assert_eq!(noise.ram, memory(ODD, RamPattern::Seeded(1)).ram);
    assert_ne!(noise.ram, memory(ODD, RamPattern::Seeded(2)).ram);
    assert_ne!(noise.ram, noise.vram()[..0x800]);
    let ones: u32 = noise.ram.iter().map(|b| b.count_ones()).sum();
    assert!((7800..8600).contains(&ones), "{ones} of 16384 bits");
}
