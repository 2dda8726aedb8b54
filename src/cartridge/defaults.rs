//! The memory of boards, as far as their headers do not tell it: one table, by iNES mapper number.
//!
//! An iNES header has a size of PRG RAM in byte 8. Hardly a file sets it, and 0 means 8 KiB, which suits most boards. It tells no other
//! size. A NES 2.0 header tells all sizes of the cartridge, but it leaves out what cannot be otherwise: memory of the mapper chip, of
//! the console's adapter, and flash in place of PRG ROM. Boards take all sizes from the finished [`Header`].
//!
//! | mapper             | why it has a row                                                                                       |
//! |--------------------|--------------------------------------------------------------------------------------------------------|
//! | 1                  | SNROM, SOROM and SXROM, with 8, 16 and 32 KiB, have the same header: 32 KiB suit all three               |
//! | 5                  | boards have 0 to 64 KiB, and the headers of many games are wrong: 64 KiB suit all                        |
//! | 13, 28, 29, 30, 96 | CHR RAM that is switched: 16 KiB, and 32 KiB on the others                                               |
//! | 16                 | a 24C02, 256 bytes, is in place of RAM; games without it have no battery bit                             |
//! | 19                 | 128 bytes in the chip are kept, if there is a battery, besides RAM or without any                        |
//! | 22, 38, 46, 86, 87, 101, 140, 184 | a latch or a register in place of RAM                                                     |
//! | 28, 30, 96, 111, 218 | the boards have no PRG RAM                                                                             |
//! | 30, 111            | PRG ROM is flash, which a game writes: of 30 only with the battery bit, which then says that             |
//! | 37, 47             | a register in place of RAM, behind the RAM protection of the MMC3                                        |
//! | 77                 | 8 KiB of RAM, for CHR and nametables, besides CHR ROM                                                    |
//! | 80, 207            | 128 bytes in the X1-005                                                                                  |
//! | 82                 | 5 KiB in the X1-017                                                                                      |
//! | 111                | 32 KiB for CHR and all nametables                                                                        |
//! | 119                | 8 KiB of CHR RAM besides CHR ROM                                                                         |
//! | 153                | 8 KiB with a battery in any case                                                                         |
//! | 157                | a 24C02, 256 bytes, in the Datach main unit; a header tells only of the 24C01 of a game                   |
//! | 159                | a 24C01, 128 bytes, in any case                                                                          |
//! | 218                | CHR is the console's CIRAM                                                                               |
//!
//! Besides, submappers that are out of use become the number that their board has now.
//!
//! Sources: the page of each board at <https://www.nesdev.org/wiki/>, <https://www.nesdev.org/wiki/INES> and
//! <https://www.nesdev.org/wiki/NES_2.0_submappers>.

use super::{Format, Header};

/// Submappers that name another board, which has a number of its own by now: mapper, submapper, that number.
const MOVED: [(u16, u8, u16); 3] = [(16, 1, 159), (16, 2, 157), (16, 3, 153)];

/// What an iNES header means for PRG RAM. It is kept without power if the header has a battery, unless the variant says
/// otherwise.
#[derive(Clone, Copy)]
enum Prg {
    /// What byte 8 says.
    Byte8,
    /// So much if byte 8 says nothing, there is a battery, and CHR is not larger than 8 KiB.
    Sxrom(usize),
    /// So much, or more if byte 8 says so.
    AtLeast(usize),
    /// So much.
    Is(usize),
    /// So much if there is a battery, else none.
    IfBattery(usize),
    /// So much, kept in any case.
    Kept(usize),
}

/// What an iNES header means for CHR RAM.
#[derive(Clone, Copy)]
enum Chr {
    /// 8 KiB if there is no CHR ROM.
    Usual,
    /// So much if there is no CHR ROM.
    InPlaceOfRom(usize),
    /// So much, whether there is CHR ROM or not.
    Has(usize),
}

/// Memory that is kept without power, and that no header counts.
#[derive(Clone, Copy)]
enum Uncounted {
    None,
    /// So many bytes.
    Bytes(usize),
    /// So many bytes if there is a battery.
    IfBattery(usize),
    /// All of PRG ROM is flash.
    Flash,
    /// The same if the header has a battery.
    FlashIfBattery,
}

const KIB: usize = 1 << 10;
const NONE: Prg = Prg::Is(0);

#[rustfmt::skip]
const ROWS: &[(u16, Prg, Chr, Uncounted)] = &[
    (1, Prg::Sxrom(32 * KIB), Chr::Usual, Uncounted::None),
    (5, Prg::AtLeast(64 * KIB), Chr::Usual, Uncounted::None),
    (13, Prg::Byte8, Chr::InPlaceOfRom(16 * KIB), Uncounted::None),
    (16, Prg::IfBattery(256), Chr::Usual, Uncounted::None),
    (19, Prg::Byte8, Chr::Usual, Uncounted::IfBattery(128)),
    (22, NONE, Chr::Usual, Uncounted::None),
    (28, NONE, Chr::InPlaceOfRom(32 * KIB), Uncounted::None),
    (29, Prg::Byte8, Chr::InPlaceOfRom(32 * KIB), Uncounted::None),
    (30, NONE, Chr::InPlaceOfRom(32 * KIB), Uncounted::FlashIfBattery),
    (37, NONE, Chr::Usual, Uncounted::None),
    (38, NONE, Chr::Usual, Uncounted::None),
    (46, NONE, Chr::Usual, Uncounted::None),
    (47, NONE, Chr::Usual, Uncounted::None),
    (77, Prg::Byte8, Chr::Has(8 * KIB), Uncounted::None),
    (80, Prg::Is(128), Chr::Usual, Uncounted::None),
    (82, Prg::Is(5 * KIB), Chr::Usual, Uncounted::None),
    (86, NONE, Chr::Usual, Uncounted::None),
    (87, NONE, Chr::Usual, Uncounted::None),
    (96, NONE, Chr::InPlaceOfRom(32 * KIB), Uncounted::None),
    (101, NONE, Chr::Usual, Uncounted::None),
    (111, NONE, Chr::InPlaceOfRom(32 * KIB), Uncounted::Flash),
    (119, Prg::Byte8, Chr::Has(8 * KIB), Uncounted::None),
    (140, NONE, Chr::Usual, Uncounted::None),
    (153, Prg::Kept(8 * KIB), Chr::Usual, Uncounted::None),
    (157, NONE, Chr::Usual, Uncounted::Bytes(256)),
    (159, Prg::Kept(128), Chr::Usual, Uncounted::None),
    (184, NONE, Chr::Usual, Uncounted::None),
    (207, Prg::Is(128), Chr::Usual, Uncounted::None),
    (218, NONE, Chr::Has(0), Uncounted::None),
];

fn row(mapper: u16) -> Option<(Prg, Chr, Uncounted)> {
    ROWS.iter().find(|row| row.0 == mapper).map(|&(_, prg, chr, uncounted)| (prg, chr, uncounted))
}

/// What byte 8 of an iNES header says of PRG RAM.
fn said(byte8: u8) -> usize {
    usize::from(byte8.max(1)) * 0x2000
}

/// Sets the sizes of RAM that an iNES header means, with `byte8` as the count of PRG RAM.
pub(super) fn complete_ines(header: &mut Header, byte8: u8) {
    let said = said(byte8);
    let (prg, chr, _) = row(header.mapper).unwrap_or((Prg::Byte8, Chr::Usual, Uncounted::None));
    let size = match prg {
        Prg::Sxrom(size) if byte8 == 0 && header.battery && header.chr_rom_size <= 0x2000 => size,
        Prg::Byte8 | Prg::Sxrom(_) => said,
        Prg::AtLeast(size) => size.max(said),
        Prg::IfBattery(_) if !header.battery => 0,
        Prg::Is(size) | Prg::IfBattery(size) | Prg::Kept(size) => size,
    };
    header.battery |= matches!(prg, Prg::Kept(_));
    (header.prg_ram_size, header.prg_nvram_size) = if header.battery { (0, size) } else { (size, 0) };
    header.chr_ram_size = match chr {
        Chr::Has(size) => size,
        Chr::Usual | Chr::InPlaceOfRom(_) if header.chr_rom_size != 0 => 0,
        Chr::Usual => 8 * KIB,
        Chr::InPlaceOfRom(size) => size,
    };
}

/// The number of the board that a NES 2.0 header names, and its submapper.
pub(super) fn moved(mapper: u16, submapper: u8) -> (u16, u8) {
    let moved = MOVED.iter().find(|row| (row.0, row.1) == (mapper, submapper));
    moved.map_or((mapper, submapper), |row| (row.2, 0))
}

/// Whether a cartridge without CHR ROM and CHR RAM lacks something.
pub(super) fn needs_chr(mapper: u16) -> bool {
    !matches!(row(mapper), Some((_, Chr::Has(0), _)))
}

/// Adds what no header counts to the memory that is kept without power, at its end. The sizes of ROM are those of the file.
pub(super) fn add_uncounted(header: &mut Header) {
    let Some((_, chr, uncounted)) = row(header.mapper) else { return };
    if header.mapper == 111
        && let Chr::InPlaceOfRom(all) = chr
    {
        // Headers count the half that is patterns, or all.
        header.chr_ram_size = header.chr_ram_size.max(all);
    }
    let size = match uncounted {
        Uncounted::Bytes(size) => size,
        Uncounted::IfBattery(size) if header.battery => size,
        Uncounted::Flash => header.prg_rom_size,
        Uncounted::FlashIfBattery if header.battery => header.prg_rom_size,
        Uncounted::None | Uncounted::IfBattery(_) | Uncounted::FlashIfBattery => return,
    };
    header.battery = true;
    header.prg_nvram_size += size;
}

/// Whether PRG ROM is flash, which the memory that is kept without power has a copy of.
pub(super) fn has_flash(header: &Header) -> bool {
    match row(header.mapper) {
        Some((.., Uncounted::Flash)) => true,
        Some((.., Uncounted::FlashIfBattery)) => header.battery,
        _ => false,
    }
}

/// What was assumed of a board whose iNES header does not tell enough, as a sentence; `None` if it is what iNES headers mean of
/// most boards.
pub(super) fn note(header: &Header, byte8: u8) -> Option<String> {
    let (_, chr, _) = row(header.mapper).filter(|_| header.format == Format::Ines)?;
    let usual = [said(byte8), if header.chr_rom_size == 0 { 8 * KIB } else { 0 }];
    if [header.prg_ram_size + header.prg_nvram_size, header.chr_ram_size] == usual {
        return None;
    }
    let mut list: Vec<String> = Vec::new();
    match (header.prg_ram_size, header.prg_nvram_size) {
        (0, 0) => list.push("no PRG RAM".to_owned()),
        (volatile, kept) => {
            list.extend((volatile != 0).then(|| format!("{} of PRG RAM", size(volatile))));
            list.extend((kept != 0).then(|| format!("{} that are kept without power", size(kept))));
        }
    }
    match (chr, header.chr_ram_size) {
        (Chr::Usual, _) => {}
        (_, 0) => list.push("no CHR RAM".to_owned()),
        (_, bytes) => list.push(format!("{} of CHR RAM", size(bytes))),
    }
    let mapper = header.mapper;
    Some(format!("The iNES header does not tell the memory of mapper {mapper}, assumed: {}.", list.join(", ")))
}

fn size(bytes: usize) -> String {
    if bytes.is_multiple_of(KIB) { format!("{} KiB", bytes / KIB) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cartridge;

    /// The header of a file with 32 KiB of PRG ROM, and its notes.
    fn load(mapper: u16, nes2: bool, battery: bool, chr_units: u8, rest: [u8; 4]) -> (Header, Vec<String>) {
        let [b8, b9, b10, b11] = rest;
        let b6 = ((mapper as u8) << 4) | (u8::from(battery) << 1);
        let b7 = (mapper as u8 & 0xF0) | if nes2 { 8 } else { 0 };
        let head = [2, chr_units, b6, b7, b8, b9, b10, b11, 0, 0, 0, 0];
        let mut file = [&b"NES\x1A"[..], &head].concat();
        file.resize(16 + 0x8000 + usize::from(chr_units) * 0x2000, 0);
        let cartridge = Cartridge::load(&file).unwrap();
        (cartridge.header.clone(), cartridge.notes.to_vec())
    }

    fn sizes(header: &Header) -> [usize; 4] {
        [header.prg_ram_size, header.prg_nvram_size, header.chr_ram_size, header.chr_nvram_size]
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(ROWS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn an_ines_header_means_what_its_board_has() {
        // Mapper, battery, 8 KiB units of CHR ROM, byte 8; PRG RAM, kept PRG RAM, CHR RAM.
        #[rustfmt::skip]
        let cases: [(u16, bool, u8, u8, [usize; 3]); 40] = [
            (0, false, 1, 0, [0x2000, 0, 0]),
            (0, true, 0, 2, [0, 0x4000, 0x2000]),
            (1, true, 0, 0, [0, 0x8000, 0x2000]),
            (1, true, 1, 0, [0, 0x8000, 0]),
            (1, true, 2, 0, [0, 0x2000, 0]),
            (1, true, 0, 1, [0, 0x2000, 0x2000]),
            (1, false, 0, 0, [0x2000, 0, 0x2000]),
            (5, false, 1, 0, [0x1_0000, 0, 0]),
            (5, true, 1, 1, [0, 0x1_0000, 0]),
            (5, true, 1, 16, [0, 0x2_0000, 0]),
            (13, false, 0, 0, [0x2000, 0, 0x4000]),
            (16, false, 1, 0, [0, 0, 0]),
            (16, true, 1, 1, [0, 256, 0]),
            (19, false, 1, 0, [0x2000, 0, 0]),
            (19, true, 1, 0, [0, 0x2080, 0]),
            (22, false, 1, 0, [0, 0, 0]),
            (28, false, 0, 0, [0, 0, 0x8000]),
            (29, false, 0, 0, [0x2000, 0, 0x8000]),
            (30, false, 0, 0, [0, 0, 0x8000]),
            (30, true, 0, 0, [0, 0x8000, 0x8000]),
            (37, false, 1, 0, [0, 0, 0]),
            (47, false, 1, 0, [0, 0, 0]),
            (38, false, 1, 0, [0, 0, 0]),
            (77, false, 1, 0, [0x2000, 0, 0x2000]),
            (80, false, 1, 0, [128, 0, 0]),
            (80, true, 1, 0, [0, 128, 0]),
            (207, true, 1, 0, [0, 128, 0]),
            (82, true, 1, 0, [0, 0x1400, 0]),
            (87, false, 1, 1, [0, 0, 0]),
            (96, false, 0, 0, [0, 0, 0x8000]),
            (111, false, 0, 0, [0, 0x8000, 0x8000]),
            (119, false, 1, 0, [0x2000, 0, 0x2000]),
            (140, false, 1, 0, [0, 0, 0]),
            (153, false, 0, 0, [0, 0x2000, 0x2000]),
            (157, false, 0, 0, [0, 256, 0x2000]),
            (159, false, 1, 0, [0, 128, 0]),
            (159, true, 1, 0, [0, 128, 0]),
            (184, false, 1, 0, [0, 0, 0]),
            (206, false, 1, 0, [0x2000, 0, 0]),
            (218, false, 0, 0, [0, 0, 0]),
        ];
        for (mapper, battery, chr_units, byte8, [prg_ram, kept, chr_ram]) in cases {
            let (header, _) = load(mapper, false, battery, chr_units, [byte8, 0, 0, 0]);
            let what = format!("mapper {mapper}, battery {battery}, {chr_units} units of CHR ROM, byte 8 {byte8}");
            assert_eq!(sizes(&header), [prg_ram, kept, chr_ram, 0], "{what}");
            assert_eq!(header.battery, battery || kept != 0, "{what}");
        }
    }

    #[test]
    fn a_nes2_header_is_believed_except_for_what_it_does_not_count() {
        // Mapper, battery, byte 10, byte 11; PRG RAM, kept PRG RAM, CHR RAM.
        #[rustfmt::skip]
        let cases: [(u16, bool, u8, u8, [usize; 3]); 12] = [
            (5, false, 0, 7, [0, 0, 0x2000]),
            (19, false, 0, 7, [0, 0, 0x2000]),
            (19, true, 0, 7, [0, 128, 0x2000]),
            (19, true, 0x70, 7, [0, 0x2080, 0x2000]),
            (30, false, 0, 8, [0, 0, 0x4000]),
            (30, true, 0, 8, [0, 0x8000, 0x4000]),
            (111, false, 0, 8, [0, 0x8000, 0x8000]),
            (111, false, 0, 9, [0, 0x8000, 0x8000]),
            (157, false, 0, 7, [0, 256, 0x2000]),
            (157, true, 0x10, 7, [0, 384, 0x2000]),
            (159, true, 0x10, 7, [0, 128, 0x2000]),
            (218, false, 0, 0, [0, 0, 0]),
        ];
        for (mapper, battery, byte10, byte11, [prg_ram, kept, chr_ram]) in cases {
            let (header, notes) = load(mapper, true, battery, 0, [0, 0, byte10, byte11]);
            assert_eq!(sizes(&header), [prg_ram, kept, chr_ram, 0], "mapper {mapper}, byte 10 {byte10:02X}");
            let doubts = ["assumed", "no RAM that it would keep", "claims no battery"];
            let told: Vec<&String> =
                notes.iter().filter(|note| doubts.iter().any(|part| note.contains(part))).collect();
            assert!(told.is_empty(), "mapper {mapper}: {told:?}");
        }
    }

    #[test]
    fn a_board_that_got_a_number_of_its_own_has_it() {
        let mapper = |submapper: u8| {
            let (header, _) = load(16, true, true, 1, [submapper << 4, 0, 0x10, 0]);
            (header.mapper, header.submapper)
        };
        assert_eq!([0, 1, 2, 3, 4, 5].map(mapper), [(16, 0), (159, 0), (157, 0), (153, 0), (16, 4), (16, 5)]);
    }

    #[test]
    fn what_is_assumed_is_told() {
        for (mapper, battery, assumed) in [
            (5, false, "mapper 5, assumed: 64 KiB of PRG RAM."),
            (16, false, "mapper 16, assumed: no PRG RAM."),
            (16, true, "mapper 16, assumed: 256 bytes that are kept without power."),
            (30, true, "mapper 30, assumed: 32 KiB that are kept without power, 32 KiB of CHR RAM."),
            (218, false, "mapper 218, assumed: no PRG RAM, no CHR RAM."),
        ] {
            let (_, notes) = load(mapper, false, battery, 0, [0; 4]);
            assert!(notes.iter().any(|note| note.ends_with(assumed)), "{notes:?}");
        }
        for mapper in [0, 1, 4, 19] {
            let (_, notes) = load(mapper, false, false, 0, [0; 4]);
            assert!(!notes.iter().any(|note| note.contains("assumed")), "{notes:?}");
        }
    }
}
