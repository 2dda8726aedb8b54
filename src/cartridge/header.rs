//! The 16-byte header of a .nes file: iNES and NES 2.0.
//!
//! | byte | iNES                          | NES 2.0                                            |
//! |------|-------------------------------|----------------------------------------------------|
//! | 0-3  | `NES` $1A                     | the same                                           |
//! | 4    | PRG ROM, 16 KiB units, 0 = 256 | low byte                                          |
//! | 5    | CHR ROM, 8 KiB units, 0 = RAM | low byte                                           |
//! | 6    | `MMMM FTBV` mapper 0-3, four-screen, trainer, battery, vertical mirroring | the same |
//! | 7    | `MMMM 00CC` mapper 4-7, console | `MMMM 10CC`                                      |
//! | 8    | PRG RAM, 8 KiB units, 0 = 1   | `SSSS MMMM` submapper, mapper 8-11                 |
//! | 9    | bit 0: PAL, see [`TvBits`]    | `CCCC PPPP` high nibbles of the ROM sizes, $F: exponent form |
//! | 10   | bits 0-1: NTSC, both, PAL, both | `NNNN VVVV` PRG NVRAM and PRG RAM, 64 << n bytes   |
//! | 11   | -                             | the same for CHR                                   |
//! | 12   | -                             | bits 0-1: NTSC, PAL, both, Dendy                   |
//! | 13   | -                             | Vs. hardware or extended console type              |
//! | 14   | -                             | bits 0-1: miscellaneous ROMs after CHR             |
//! | 15   | -                             | bits 0-5: default input device                     |
//!
//! Sources: <https://www.nesdev.org/wiki/INES>, <https://www.nesdev.org/wiki/NES_2.0>.
//!
//! # Which of the two
//!
//! Byte 7 says NES 2.0. But old tools wrote text over bytes 7 to 15, so that counts only if the sizes of NES 2.0 fit the
//! file, as the wiki has it. If neither format's sizes fit, something is missing from the file, and the bits that NES 2.0
//! keeps clear decide.
//!
//! **Contract.** Decoding never panics. It fails only for another magic number and for sizes that no board has.

use super::{CartridgeError, defaults};
use crate::clock::Region;

/// Bytes of a header.
pub const HEADER_SIZE: usize = 16;

/// The first bytes of every .nes file.
pub const MAGIC: [u8; 4] = *b"NES\x1A";

/// The format of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// iNES, of 1996. It does not tell how much RAM a board has.
    Ines,
    /// NES 2.0, which tells the submapper and all sizes.
    Nes2,
}

/// How the four nametables map to CIRAM, the console's 2 KiB of VRAM (<https://www.nesdev.org/wiki/Mirroring>). The
/// letters are the 1 KiB pages at $2000, $2400, $2800 and $2C00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirroring {
    /// A A B B, for vertical scrolling.
    Horizontal,
    /// A B A B, for horizontal scrolling.
    Vertical,
    /// A A A A: single-screen, the first KiB of CIRAM.
    SingleLow,
    /// B B B B: single-screen, the second KiB of CIRAM.
    SingleHigh,
    /// A B C D, with 2 KiB of additional VRAM on the cartridge.
    FourScreen,
}

impl Mirroring {
    /// Single-screen, of the first KiB of CIRAM for 0, and otherwise of the second.
    pub(crate) const fn single(page: u8) -> Self {
        if page == 0 { Self::SingleLow } else { Self::SingleHigh }
    }
}

/// The console that a ROM was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleType {
    /// NES, Famicom and their clones.
    Nes,
    /// Nintendo Vs. System: arcade machines with other palettes, coin slots and, in some games, copy protection.
    Vs,
    /// PlayChoice-10: an NES with a second CPU for its menu.
    PlayChoice,
    /// An extended console type of NES 2.0 (byte 13, bits 0-3), for example famiclones with additional hardware.
    Extended(u8),
}

/// A decoded header. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// iNES or NES 2.0.
    pub format: Format,
    /// iNES mapper number.
    pub mapper: u16,
    /// NES 2.0 submapper; 0 in iNES headers.
    pub submapper: u8,
    /// The mirroring that is soldered on the board. Boards that control mirroring ignore it, except for four-screen.
    pub mirroring: Mirroring,
    /// The board has a battery, or other memory that keeps its contents without power.
    pub battery: bool,
    /// The file has a trainer, 512 bytes for $7000, between header and PRG ROM.
    pub trainer: bool,
    /// Size of PRG ROM.
    pub prg_rom_size: usize,
    /// Size of CHR ROM; 0 if the board has only CHR RAM.
    pub chr_rom_size: usize,
    /// Size of volatile PRG RAM.
    pub prg_ram_size: usize,
    /// Size of battery-backed PRG RAM.
    pub prg_nvram_size: usize,
    /// Size of volatile CHR RAM.
    pub chr_ram_size: usize,
    /// Size of battery-backed CHR RAM.
    pub chr_nvram_size: usize,
    /// The region, if the header names exactly one. An iNES header names none.
    pub region: Option<Region>,
    /// The header says that the ROM runs on NTSC and on PAL consoles.
    pub multi_region: bool,
    /// The console.
    pub console: ConsoleType,
    /// NES 2.0 default expansion device (byte 15); 0 if the header does not say.
    pub input_device: u8,
    /// Number of miscellaneous ROMs after CHR ROM (NES 2.0 byte 14).
    pub misc_roms: u8,
    /// Bytes 7 to 15 of an iNES header contain text or other invalid data ("DiskDude!") and are ignored.
    pub dirty: bool,
    /// Byte 7 says NES 2.0, but the sizes that the header then has do not fit the file: it was read as iNES.
    pub doubted: bool,
    /// What an iNES header says of the television.
    pub tv: TvBits,
}

/// What bytes 9 and 10 of an iNES header say of the television. They are shown, and decide nothing: hardly a PAL game
/// has them, and NTSC programs do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TvBits {
    /// Bit 0 of byte 9: PAL.
    pub pal: bool,
    /// Bits 0-1 of byte 10, which is not part of the official format: 0 is NTSC, 2 PAL, 1 and 3 both.
    pub system: u8,
}

impl TvBits {
    /// Whether they say anything.
    pub const fn are_set(self) -> bool {
        self.pal || self.system != 0
    }
}

impl std::fmt::Display for TvBits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let system = ["ntsc", "ntsc and pal", "pal", "ntsc and pal"][usize::from(self.system & 3)];
        let byte9 = if self.pal { "pal" } else { "ntsc" };
        write!(f, "byte 9 says {byte9}, byte 10 {system}")
    }
}

impl Header {
    /// Decodes the header at the start of a file.
    ///
    /// # Errors
    ///
    /// [`CartridgeError::Empty`], [`CartridgeError::TooShort`] or [`CartridgeError::NotRom`] if there is no header,
    /// [`CartridgeError::NoPrgRom`] or [`CartridgeError::ImpossibleSize`] for its sizes.
    pub fn parse(file: &[u8]) -> Result<Self, CartridgeError> {
        if file.is_empty() {
            return Err(CartridgeError::Empty);
        }
        if !file.starts_with(&MAGIC) {
            return Err(if MAGIC.starts_with(file) {
                CartridgeError::TooShort { size: file.len() }
            } else {
                CartridgeError::NotRom
            });
        }
        let Some(bytes) = file.first_chunk::<HEADER_SIZE>() else {
            return Err(CartridgeError::TooShort { size: file.len() });
        };
        if bytes[7] & 0x0C != 0x08 {
            return Self::ines(bytes, file.len());
        }
        let fits = |header: &Result<Self, _>| header.as_ref().is_ok_and(|header| header.file_size() <= file.len());
        let (two, one) = (Self::nes2(bytes), Self::ines(bytes, file.len()));
        let clear = bytes[12..16].iter().zip([0xFC, 0, 0xFC, 0xC0]).all(|(byte, unused)| byte & unused == 0);
        if fits(&two) || clear && !fits(&one) || one.is_err() {
            return two;
        }
        one.map(|header| Self { doubted: true, ..header })
    }

    /// Bytes of a file with this header.
    fn file_size(&self) -> usize {
        let trainer = if self.trainer { super::TRAINER_SIZE } else { 0 };
        HEADER_SIZE + trainer + self.prg_rom_size + self.chr_rom_size
    }

    fn ines(b: &[u8; HEADER_SIZE], file_size: usize) -> Result<Self, CartridgeError> {
        // Old dumping tools wrote their names into the unused bytes. Byte 7 is then not valid either
        // (https://www.nesdev.org/wiki/INES#Variant_comparison).
        let dirty = b[7] & 0x0C != 0 || b[12..16].iter().any(|&b| b != 0);
        let (b7, b8) = if dirty { (0, 0) } else { (b[7], b[8]) };
        let mapper = u16::from(b[6] >> 4) | u16::from(b7 & 0xF0);
        // A count of 0 means 256, which some multicarts have; where the file has less, it means that there is none.
        let prg_units = match b[4] {
            0 if file_size >= HEADER_SIZE + 0x100 * 0x4000 => 0x100,
            units => usize::from(units),
        };
        let mut header = Self {
            format: Format::Ines,
            mapper,
            submapper: 0,
            mirroring: mirroring(mapper, b[6]),
            battery: b[6] & 0x02 != 0,
            trainer: b[6] & 0x04 != 0,
            prg_rom_size: prg_units * 0x4000,
            chr_rom_size: usize::from(b[5]) * 0x2000,
            prg_ram_size: 0,
            prg_nvram_size: 0,
            chr_ram_size: 0,
            chr_nvram_size: 0,
            // Bit 0 of byte 9 means PAL, but emulators ignore it and NTSC programs set it (nesdev.org/wiki/INES).
            region: None,
            multi_region: false,
            console: console(b7, 0),
            input_device: 0,
            misc_roms: 0,
            dirty,
            doubted: false,
            tv: if dirty { TvBits::default() } else { TvBits { pal: b[9] & 1 != 0, system: b[10] & 3 } },
        };
        defaults::complete_ines(&mut header, b8);
        header.checked()
    }

    fn nes2(b: &[u8; HEADER_SIZE]) -> Result<Self, CartridgeError> {
        let (region, multi_region) = region(b[12] & 3);
        let chr_rom_size = rom_size("CHR ROM", b[5], b[9] >> 4, 0x2000)?;
        let mapper = u16::from(b[6] >> 4) | u16::from(b[7] & 0xF0) | u16::from(b[8] & 15) << 8;
        let (mapper, submapper) = defaults::moved(mapper, b[8] >> 4);
        let (mut chr_ram_size, chr_nvram_size) = (ram_size(b[11] & 15), ram_size(b[11] >> 4));
        if chr_rom_size + chr_ram_size + chr_nvram_size == 0 && defaults::needs_chr(mapper) {
            // The header lacks the usual 8 KiB of CHR RAM.
            chr_ram_size = 0x2000;
        }
        let header = Self {
            format: Format::Nes2,
            mapper,
            submapper,
            mirroring: mirroring(mapper, b[6]),
            battery: b[6] & 0x02 != 0,
            trainer: b[6] & 0x04 != 0,
            prg_rom_size: rom_size("PRG ROM", b[4], b[9] & 15, 0x4000)?,
            chr_rom_size,
            prg_ram_size: ram_size(b[10] & 15),
            prg_nvram_size: ram_size(b[10] >> 4),
            chr_ram_size,
            chr_nvram_size,
            region,
            multi_region,
            console: console(b[7], b[13]),
            input_device: b[15] & 0x3F,
            misc_roms: b[14] & 3,
            dirty: false,
            doubted: false,
            tv: TvBits::default(),
        };
        header.checked()
    }

    /// Whether PRG ROM is flash, which the program can write; its image is the memory that is kept without power.
    pub(crate) fn has_flash(&self) -> bool {
        defaults::has_flash(self)
    }

    /// The same header, if its sizes exist.
    pub(super) fn checked(self) -> Result<Self, CartridgeError> {
        // The smallest banks are 4 KiB of PRG ROM and 1 KiB of CHR ROM.
        match self {
            Self { prg_rom_size: 0, .. } => Err(CartridgeError::NoPrgRom),
            Self { prg_rom_size: n, .. } if n % 0x1000 != 0 => Err(impossible("PRG ROM", n as u64)),
            Self { chr_rom_size: n, .. } if n % 0x400 != 0 => Err(impossible("CHR ROM", n as u64)),
            _ => Ok(self),
        }
    }
}

fn impossible(what: &'static str, size: u64) -> CartridgeError {
    CartridgeError::ImpossibleSize { what, size }
}

/// The region that byte 12 of NES 2.0 names, and whether it names two.
pub(super) fn region(b12: u8) -> (Option<Region>, bool) {
    match b12 {
        0 => (Some(Region::Ntsc), false),
        1 => (Some(Region::Pal), false),
        2 => (None, true),
        _ => (Some(Region::Dendy), false),
    }
}

/// The nametables that byte 6 names. A board without memory for four screens can have another use of that bit.
pub(super) fn mirroring(mapper: u16, b6: u8) -> Mirroring {
    match (b6 & 8 != 0, b6 & 1 != 0) {
        // CIRAM A10 is PPU A12 or A13 (https://www.nesdev.org/wiki/INES_Mapper_218).
        (true, _) if mapper == 218 => Mirroring::single(b6 & 1),
        // UNROM 512: one screen, which the board switches (https://www.nesdev.org/wiki/UNROM_512).
        (true, false) if mapper == 30 => Mirroring::SingleLow,
        (true, _) => Mirroring::FourScreen,
        (false, true) => Mirroring::Vertical,
        (false, false) => Mirroring::Horizontal,
    }
}

/// The console that bytes 7 and 13 name.
pub(super) fn console(b7: u8, b13: u8) -> ConsoleType {
    match b7 & 3 {
        0 => ConsoleType::Nes,
        1 => ConsoleType::Vs,
        2 => ConsoleType::PlayChoice,
        _ => match b13 & 15 {
            0 => ConsoleType::Nes,
            1 => ConsoleType::Vs,
            2 => ConsoleType::PlayChoice,
            n => ConsoleType::Extended(n),
        },
    }
}

/// The size of a ROM. If `high` is $F, `low` is `EEEEEEMM`, for 2^E * (2M + 1) bytes; otherwise 12 bits count units.
fn rom_size(what: &'static str, low: u8, high: u8, unit: usize) -> Result<usize, CartridgeError> {
    if high != 15 {
        return Ok((usize::from(high) << 8 | usize::from(low)) * unit);
    }
    let factor = u64::from(low & 3) * 2 + 1;
    let size = factor.saturating_mul(1 << (low >> 2));
    if size > super::SIZE_LIMIT as u64 { Err(impossible(what, size)) } else { Ok(size as usize) }
}

fn ram_size(shift: u8) -> usize {
    if shift == 0 { 0 } else { 64 << shift }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header in a file that is large enough for it.
    fn parse(rest: [u8; 12]) -> Result<Header, CartridgeError> {
        of_file(rest, 16 << 20)
    }

    /// A header in a file of this size.
    fn of_file(rest: [u8; 12], size: usize) -> Result<Header, CartridgeError> {
        let mut file = [&MAGIC[..], &rest].concat();
        file.resize(size, 0);
        Header::parse(&file)
    }

    fn header(rest: [u8; 12]) -> Header {
        parse(rest).unwrap()
    }

    #[test]
    fn ines_fields_are_decoded() {
        let h = header([2, 1, 0x13, 0x40, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!((h.format, h.mapper, h.submapper), (Format::Ines, 0x41, 0));
        assert_eq!((h.prg_rom_size, h.chr_rom_size), (0x8000, 0x2000));
        assert_eq!((h.prg_ram_size, h.prg_nvram_size, h.chr_ram_size), (0, 0x2000, 0));
        assert_eq!((h.mirroring, h.battery, h.trainer), (Mirroring::Vertical, true, false));
        assert_eq!((h.region, h.console), (None, ConsoleType::Nes));
        let h = header([1, 0, 0x0C, 0x01, 2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!((h.prg_ram_size, h.prg_nvram_size, h.chr_ram_size), (0x4000, 0, 0x2000));
        assert_eq!((h.mirroring, h.battery, h.trainer), (Mirroring::FourScreen, false, true));
        assert_eq!((h.region, h.console), (None, ConsoleType::Vs));
    }

    #[test]
    fn the_last_bytes_of_a_dirty_ines_header_are_ignored() {
        let h = header(*b"\x02\x01\x12DiskDude!");
        assert_eq!((h.format, h.mapper, h.dirty, h.region), (Format::Ines, 1, true, None));
        assert_eq!(h.prg_ram_size + h.prg_nvram_size, 0x8000);
        // Byte 7 looks right, but the end does not.
        let h = header([2, 1, 0x10, 0x40, 9, 1, 0, 0, 0, 0, 0, 7]);
        assert_eq!((h.mapper, h.dirty, h.prg_ram_size), (1, true, 0x2000));
        assert!(!header([2, 1, 0x10, 0x40, 1, 1, 0, 0, 0, 0, 0, 0]).dirty);
    }

    #[test]
    fn nes2_fields_are_decoded() {
        let h = header([2, 1, 0x52, 0x18, 0x32, 0x00, 0x97, 0x07, 2, 0, 1, 0x08]);
        assert_eq!((h.format, h.mapper, h.submapper), (Format::Nes2, 0x215, 3));
        assert_eq!((h.prg_ram_size, h.prg_nvram_size), (0x2000, 0x8000));
        assert_eq!((h.chr_ram_size, h.chr_nvram_size), (0x2000, 0));
        assert_eq!((h.region, h.multi_region, h.misc_roms, h.input_device), (None, true, 1, 8));
        for (byte, region) in [(0, Region::Ntsc), (1, Region::Pal), (3, Region::Dendy)] {
            assert_eq!(header([1, 1, 0, 8, 0, 0, 0, 0, byte, 0, 0, 0]).region, Some(region));
        }
        assert_eq!(header([1, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]).prg_ram_size, 0, "0 means none");
        assert_eq!(header([1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]).chr_ram_size, 0x2000, "but not for CHR");
        assert_eq!(header([1, 1, 0, 0x0B, 0, 0, 0, 0, 0, 5, 0, 0]).console, ConsoleType::Extended(5));
    }

    #[test]
    fn nes2_rom_sizes_are_decoded() {
        // 12 bits of units.
        assert_eq!(header([0x02, 0x03, 0, 8, 0, 0x21, 0, 0, 0, 0, 0, 0]).prg_rom_size, 0x102 * 0x4000);
        assert_eq!(header([0x02, 0x03, 0, 8, 0, 0x21, 0, 0, 0, 0, 0, 0]).chr_rom_size, 0x203 * 0x2000);
        // 2^13 x 5 and 2^10 x 3.
        let h = header([13 << 2 | 2, 10 << 2 | 1, 0, 8, 0, 0xFF, 0, 0, 0, 0, 0, 0]);
        assert_eq!((h.prg_rom_size, h.chr_rom_size), (0x2000 * 5, 0x400 * 3));
        for low in [0, 3, 11 << 2, 40 << 2, 0xFF] {
            // A file that fits iNES no better.
            let error = of_file([low, 200, 0, 8, 0, 0x0F, 0, 0, 0, 0, 0, 0], 0x8000).unwrap_err();
            assert!(matches!(error, CartridgeError::ImpossibleSize { what: "PRG ROM", .. }), "{low}: {error}");
        }
        assert!(matches!(of_file([0; 12], 0x8000), Err(CartridgeError::NoPrgRom)));
    }

    #[test]
    fn nes2_counts_only_if_its_sizes_fit_the_file() {
        let (prg, chr) = (0x4000, 0x2000);
        let text = *b"\x01\x01\x00Hello Wld";
        let h = of_file(text, 16 + prg + chr).unwrap();
        assert_eq!((h.format, h.doubted, h.dirty, h.mapper), (Format::Ines, true, true, 0));
        assert_eq!((h.prg_rom_size, h.chr_rom_size, h.region), (prg, chr, None));
        // One byte more of PRG ROM than the file has, and only then.
        let large = [1, 1, 0, 8, 0, 0x01, 0, 0, 1, 0, 0, 0];
        for (size, format) in [(16 + 0x101 * prg + chr, Format::Nes2), (16 + 0x101 * prg + chr - 1, Format::Ines)] {
            assert_eq!(of_file(large, size).unwrap().format, format, "{size}");
        }
        // Exponents that no board has.
        let exponents = *b"\x02\x01\x00Hi\xFF there";
        assert_eq!(of_file(exponents, 16 + 2 * prg + chr).unwrap().format, Format::Ines);
    }

    #[test]
    fn what_a_cut_off_file_is_follows_from_the_bits_that_nes2_keeps_clear() {
        let cut = 16 + 0x4000;
        let h = of_file([2, 1, 0x20, 0x48, 0, 0, 7, 0, 1, 0, 0, 1], cut).unwrap();
        assert_eq!((h.format, h.mapper, h.region), (Format::Nes2, 0x42, Some(Region::Pal)));
        for bits in [[4, 0, 0, 0], [0, 0, 4, 0], [0, 0, 0, 0x40]] {
            let [a, b, c, d] = bits;
            let h = of_file([2, 1, 0x20, 0x48, 0, 0, 7, 0, a, b, c, d], cut).unwrap();
            assert_eq!((h.format, h.doubted), (Format::Ines, true), "{bits:?}");
        }
    }

    #[test]
    fn no_units_of_prg_rom_are_256_where_the_file_has_them() {
        let size = 16 + 0x100 * 0x4000;
        assert_eq!(of_file([0, 1, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0], size).unwrap().prg_rom_size, 4 << 20);
        assert!(matches!(of_file([0; 12], size - 1), Err(CartridgeError::NoPrgRom)));
    }

    #[test]
    fn the_bits_for_the_television_are_read_and_decide_nothing() {
        for (byte9, byte10, text) in [
            (0, 0, "byte 9 says ntsc, byte 10 ntsc"),
            (1, 0, "byte 9 says pal, byte 10 ntsc"),
            (0, 2, "byte 9 says ntsc, byte 10 pal"),
            (1, 3, "byte 9 says pal, byte 10 ntsc and pal"),
        ] {
            let h = header([1, 1, 0, 0, 0, byte9, byte10, 0, 0, 0, 0, 0]);
            assert_eq!((h.tv.to_string().as_str(), h.tv.are_set(), h.region), (text, byte9 + byte10 != 0, None));
        }
    }
}
