//! A database of headers that the user supplies: an XML file in the format of `nes20db.xml`
//! (<https://forums.nesdev.org/viewtopic.php?t=19940>). A ROM is found by its hash, whatever its header says.
//!
//! ```text
//! <nes20db>
//!   <game>
//!     <rom size="24576" crc32="836C4FA7" sha1="55DC..."/>          the file without header and trainer
//!     <prgrom size="16384"/> <chrrom size="8192"/> <miscrom size="0"/> <trainer size="512"/>
//!     <prgram size="0"/> <prgnvram size="0"/> <chrram size="0"/> <chrnvram size="0"/>
//!     <pcb mapper="0" submapper="0" mirroring="H" battery="0"/>    H, V, 4, 0 or 1, as bits 0 and 3 of byte 6
//!     <console type="0" region="0"/> <expansion type="1"/>         the numbers of a NES 2.0 header
//!   </game>
//! </nes20db>
//! ```
//!
//! What is absent is 0. Other elements and attributes are ignored, and so is a document type: entities are never
//! expanded.
//!
//! **Contract.** Reading never panics, and takes memory in proportion to the file, which [`Database::LARGEST`] bounds. A
//! game whose values cannot be read is left out, and counted.

use super::header::{self, ConsoleType, Format, Header, TvBits};
use crate::clock::Region;
use quick_xml::events::{BytesStart, Event};
use sha1::{Digest, Sha1};
use std::collections::HashMap;
use std::sync::Arc;

/// Why a file is not a database. Each message is one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// It is larger than [`Database::LARGEST`].
    #[error("the database is larger than {} MiB", Database::LARGEST >> 20)]
    TooLarge,
    /// It is not UTF-8.
    #[error("the database is not UTF-8 text")]
    NotText,
    /// It is not XML.
    #[error("the database is not XML: line {line}: {problem}")]
    Xml {
        /// The line number, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
    /// No game can be read in it.
    #[error("the database has no game in it that can be read: it must have the form of nes20db.xml")]
    Empty,
}

/// Headers by the hashes of their ROMs. A clone shares them.
#[derive(Clone, Debug)]
pub struct Database(Arc<Index>);

#[derive(Debug, Default)]
struct Index {
    by_sha1: HashMap<[u8; 20], Row>,
    /// Those without SHA-1.
    by_crc32: HashMap<u32, Row>,
    skipped: usize,
}

/// A game.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) header: Header,
}

impl Database {
    /// Bytes of the largest file.
    pub const LARGEST: usize = 64 << 20;

    /// Reads the content of a file.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] if it is too large, no XML, or has no game in it.
    pub fn parse(bytes: &[u8]) -> Result<Self, DatabaseError> {
        if bytes.len() > Self::LARGEST {
            return Err(DatabaseError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| DatabaseError::NotText)?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut reader = quick_xml::Reader::from_str(text);
        let mut index = Index::default();
        let mut game: Option<Game> = None;
        loop {
            let event = reader.read_event().map_err(|problem| {
                let at = usize::try_from(reader.error_position()).unwrap_or(text.len()).min(text.len());
                let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                DatabaseError::Xml { line, problem: problem.to_string() }
            })?;
            match event {
                Event::Start(element) if element.name().as_ref() == b"game" => game = Some(Game::default()),
                Event::Start(element) | Event::Empty(element) => {
                    game.iter_mut().for_each(|game| game.take(&element));
                }
                Event::End(element) if element.name().as_ref() == b"game" => {
                    game.take().into_iter().for_each(|game| index.add(&game));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if index.by_sha1.is_empty() && index.by_crc32.is_empty() {
            return Err(DatabaseError::Empty);
        }
        Ok(Self(Arc::new(index)))
    }

    /// The number of games.
    pub fn games(&self) -> usize {
        self.0.by_sha1.len() + self.0.by_crc32.len()
    }

    /// The number of games that were left out, because their values are missing, not numbers, or sizes that no board has.
    pub fn skipped(&self) -> usize {
        self.0.skipped
    }

    /// The game in a file that has `rest` after its header, which may be wrong.
    pub(super) fn find(&self, claimed: &Header, rest: &[u8]) -> Option<&Row> {
        let sizes = claimed.prg_rom_size + claimed.chr_rom_size;
        // With a trainer or without, and all of the file or what the header's sizes say, since something may follow.
        let places =
            [super::TRAINER_SIZE, 0].into_iter().flat_map(|start| [(start, rest.len()), (start, start + sizes)]);
        let parts = places.filter_map(|(start, end)| Some((start, rest.get(start..end)?)));
        parts.filter(|(_, part)| !part.is_empty()).find_map(|(start, part)| {
            let row = self.0.by_sha1.get(&<[u8; 20]>::from(Sha1::digest(part)));
            let row = row.or_else(|| self.0.by_crc32.get(&crc32fast::hash(part)))?;
            let h = &row.header;
            let fits = h.prg_rom_size + h.chr_rom_size <= part.len();
            (fits && h.trainer == (start != 0)).then_some(row)
        })
    }
}

impl Index {
    fn add(&mut self, game: &Game) {
        match (game.row(), game.sha1, game.crc32) {
            (Some(row), Some(sha1), _) => _ = self.by_sha1.insert(sha1, row),
            (Some(row), None, Some(crc32)) => _ = self.by_crc32.insert(crc32, row),
            _ => self.skipped += 1,
        }
    }
}

/// What has been read of a game. Numbers are those of the file.
#[derive(Default)]
struct Game {
    sha1: Option<[u8; 20]>,
    crc32: Option<u32>,
    /// Of prgrom, chrrom, prgram, prgnvram, chrram and chrnvram.
    sizes: [usize; 6],
    misc_roms: u8,
    trainer: bool,
    mapper: Option<u16>,
    submapper: u8,
    mirroring: u8,
    battery: bool,
    console: u8,
    region: u8,
    expansion: u8,
    /// A value could not be read.
    broken: bool,
}

const SIZES: [&[u8]; 6] = [b"prgrom", b"chrrom", b"prgram", b"prgnvram", b"chrram", b"chrnvram"];

impl Game {
    /// Takes what an element says.
    fn take(&mut self, element: &BytesStart<'_>) {
        self.broken |= self.try_take(element).is_none();
    }

    /// As [`Game::take`]; `None` if a value cannot be read.
    fn try_take(&mut self, element: &BytesStart<'_>) -> Option<()> {
        let name = element.name();
        let name = name.as_ref();
        if let Some(at) = SIZES.iter().position(|size| *size == name) {
            self.sizes[at] = number(element, "size")?;
        }
        match name {
            b"rom" => {
                self.sha1 = value(element, "sha1")?.map(|text| hex(&text)).transpose_some()?;
                let crc = value(element, "crc32")?;
                self.crc32 = crc.map(|text| u32::from_str_radix(&text, 16).ok()).transpose_some()?;
            }
            b"miscrom" => self.misc_roms = (self.misc_roms + 1).min(3),
            b"trainer" => self.trainer = true,
            b"pcb" => {
                self.mapper = Some(number(element, "mapper").filter(|mapper| *mapper < 0x1000)?);
                self.submapper = number(element, "submapper").filter(|submapper| *submapper < 16)?;
                self.battery = number::<u8>(element, "battery")? != 0;
                let mapper = self.mapper;
                // Mappers 30 and 218 use the bits for more than two ways.
                self.mirroring = match (value(element, "mirroring")?.as_deref(), mapper) {
                    (None | Some("H"), _) => 0,
                    (Some("V"), _) => 1,
                    (Some("1"), Some(218)) | (Some("4"), Some(30)) => 9,
                    (Some("0" | "1" | "4"), _) => 8,
                    _ => return None,
                };
            }
            b"console" => {
                self.console = number(element, "type").filter(|console| *console < 16)?;
                self.region = number(element, "region").filter(|region| *region < 4)?;
            }
            b"expansion" => self.expansion = number(element, "type").filter(|device| *device < 64)?,
            _ => {}
        }
        Some(())
    }

    /// The header; `None` if there is none.
    fn row(&self) -> Option<Row> {
        let [prg_rom_size, chr_rom_size, prg_ram_size, prg_nvram_size, mut chr_ram_size, chr_nvram_size] = self.sizes;
        if self.broken || self.sizes.iter().any(|size| *size > super::SIZE_LIMIT) {
            return None;
        }
        if chr_rom_size + chr_ram_size + chr_nvram_size == 0 {
            chr_ram_size = 0x2000;
        }
        let (region, multi_region) = header::region(self.region);
        let header = Header {
            format: Format::Nes2,
            mapper: self.mapper?,
            submapper: self.submapper,
            mirroring: header::mirroring(self.mapper?, self.mirroring),
            battery: self.battery,
            trainer: self.trainer,
            prg_rom_size,
            chr_rom_size,
            prg_ram_size,
            prg_nvram_size,
            chr_ram_size,
            chr_nvram_size,
            region,
            multi_region,
            console: header::console(self.console.min(3), self.console),
            input_device: self.expansion,
            misc_roms: self.misc_roms,
            dirty: false,
            doubted: false,
            tv: TvBits::default(),
        };
        // The largest RAM of NES 2.0 has 2 MiB.
        let rams = [prg_ram_size, prg_nvram_size, chr_ram_size, chr_nvram_size];
        if rams.iter().any(|size| *size > 2 << 20) {
            return None;
        }
        header.checked().ok().map(|header| Row { header })
    }
}

/// Turns what is there but cannot be read into `None`.
trait TransposeSome<T> {
    fn transpose_some(self) -> Option<Option<T>>;
}

impl<T> TransposeSome<T> for Option<Option<T>> {
    fn transpose_some(self) -> Option<Option<T>> {
        match self {
            None => Some(None),
            Some(None) => None,
            Some(read) => Some(read),
        }
    }
}

/// The text of an attribute, as it is in the file; `Some(None)` if it is absent, `None` if the element is malformed.
fn value(element: &BytesStart<'_>, name: &str) -> Option<Option<String>> {
    let attribute = element.try_get_attribute(name).ok()?;
    attribute.map(|attribute| String::from_utf8(attribute.value.into_owned()).ok()).transpose_some()
}

/// The number in an attribute; 0 if it is absent.
fn number<T: std::str::FromStr + Default>(element: &BytesStart<'_>, name: &str) -> Option<T> {
    value(element, name)?.map_or(Some(T::default()), |text| text.trim().parse().ok())
}

/// 20 bytes in hexadecimal.
fn hex(text: &str) -> Option<[u8; 20]> {
    let digits: Vec<u8> =
        text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.as_chunks().0.iter().map(|[high, low]| high << 4 | low).collect();
    bytes.try_into().ok().filter(|_| digits.len() == 40)
}

impl Row {
    /// What is not as a header says.
    pub(super) fn differences(&self, claimed: &Header) -> Vec<String> {
        let (is, was) = (&self.header, claimed);
        let mut list = Vec::new();
        let mut row = |name: &str, is: String, was: String| {
            if is != was {
                list.push(format!("{name} {is}, not {was}"));
            }
        };
        row("mapper", is.mapper.to_string(), was.mapper.to_string());
        row("submapper", is.submapper.to_string(), was.submapper.to_string());
        for (name, of) in SIZE_NAMES {
            row(name, size(of(is)), size(of(was)));
        }
        let mirroring = |header: &Header| format!("{:?}", header.mirroring).to_lowercase();
        row("nametables", mirroring(is), mirroring(was));
        let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        row("battery", yes(is.battery), yes(was.battery));
        row("trainer", yes(is.trainer), yes(was.trainer));
        row("region", region(is), region(was));
        row("console", console(is), console(was));
        list
    }
}

type SizeOf = fn(&Header) -> usize;

const SIZE_NAMES: [(&str, SizeOf); 6] = [
    ("PRG ROM", |header| header.prg_rom_size),
    ("CHR ROM", |header| header.chr_rom_size),
    ("PRG RAM", |header| header.prg_ram_size),
    ("battery-backed PRG RAM", |header| header.prg_nvram_size),
    ("CHR RAM", |header| header.chr_ram_size),
    ("battery-backed CHR RAM", |header| header.chr_nvram_size),
];

fn size(bytes: usize) -> String {
    if bytes.is_multiple_of(1024) { format!("{} KiB", bytes >> 10) } else { format!("{bytes} bytes") }
}

/// The region that a console without options has.
fn region(header: &Header) -> String {
    format!("{:?}", header.region.unwrap_or(Region::Ntsc)).to_lowercase()
}

fn console(header: &Header) -> String {
    match header.console {
        ConsoleType::Nes => "NES".to_owned(),
        ConsoleType::Vs => "Vs. System".to_owned(),
        ConsoleType::PlayChoice => "PlayChoice-10".to_owned(),
        ConsoleType::Extended(number) => format!("extended type {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cartridge;
    use crate::cartridge::Mirroring;
    use crate::digest;

    /// 16 KiB of PRG ROM and 8 KiB of CHR ROM that a wrong header claims to be a PAL MMC1 with a battery.
    fn file() -> Vec<u8> {
        let mut file = b"NES\x1A\x01\x01\x12\x08\0\0\0\0\x01\0\0\0".to_vec();
        file.extend((0..0x6000).map(|i| (i / 251) as u8));
        file
    }

    fn database(rom: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\r\n<!DOCTYPE nes20db [<!ENTITY a \"0\">]>\n<nes20db date=\"x\">\n<game><!-- a & b -->\n\
             <prgrom size=\"16384\" sum16=\"0\"/><chrrom size=\"8192\"/>{rom}<prgnvram size=\"8192\"/>\n\
             <pcb mapper=\"0\" submapper=\"0\" mirroring=\"V\" battery=\"1\"/><console type=\"0\" region=\"0\"/>\n\
             <expansion type=\"1\"/><vs hardware=\"0\" ppu=\"5\"/></game></nes20db>"
        )
    }

    fn by_sha1() -> String {
        database(&format!("<rom size=\"24576\" sha1=\"{}\"/>", digest::hex(Sha1::digest(&file()[16..])).to_uppercase()))
    }

    #[test]
    fn a_header_is_corrected_by_the_hash_of_its_rom() {
        let crc32 = format!("<rom crc32=\"{:08X}\"/>", crc32fast::hash(&file()[16..]));
        for text in [by_sha1(), format!("\u{FEFF}{}", by_sha1()), database(&crc32)] {
            let database = Database::parse(text.as_bytes()).unwrap();
            assert_eq!((database.games(), database.skipped()), (1, 0));
            for trailing in [0, 5] {
                let mut file = file();
                file.resize(file.len() + trailing, 0);
                let cartridge = Cartridge::load_with(&file, Some(&database)).unwrap();
                let h = &cartridge.header;
                assert_eq!((h.mapper, h.mirroring, h.region), (0, Mirroring::Vertical, Some(Region::Ntsc)));
                assert_eq!((h.prg_nvram_size, h.battery, h.input_device), (0x2000, true, 1));
                assert_eq!(cartridge.prg_rom[..], file[16..16 + 0x4000]);
                assert_eq!(
                    cartridge.doubts(),
                    ["The database corrects the header: mapper 0, not 1, battery-backed PRG RAM 8 KiB, not 0 KiB, \
                      nametables vertical, not horizontal, region ntsc, not pal."]
                );
            }
            let mut other = file();
            other[100] ^= 1;
            let cartridge = Cartridge::load_with(&other, Some(&database)).unwrap();
            assert_eq!((cartridge.header.mapper, cartridge.corrections), (1, None));
        }
    }

    #[test]
    fn sizes_and_trainers_are_corrected_too() {
        // Three units of CHR ROM, of which the file has one.
        let mut large = file();
        large[5] = 3;
        let database = Database::parse(by_sha1().as_bytes()).unwrap();
        let cartridge = Cartridge::load_with(&large, Some(&database)).unwrap();
        assert_eq!((cartridge.prg_rom.len(), cartridge.chr_rom.len(), cartridge.missing), (0x4000, 0x2000, None));
        // A trainer that only one of both knows of.
        let trained = [&file()[..16], &[9; 512], &file()[16..]].concat();
        let text = by_sha1().replace("<pcb", "<trainer size=\"512\"/><pcb");
        let database = Database::parse(text.as_bytes()).unwrap();
        let cartridge = Cartridge::load_with(&trained, Some(&database)).unwrap();
        assert_eq!(cartridge.trainer.as_deref(), Some(&[9; 512][..]));
        assert_eq!(cartridge.prg_rom[..], file()[16..16 + 0x4000]);
        assert_eq!(Cartridge::load_with(&file(), Some(&database)).unwrap().corrections, None);
    }

    #[test]
    fn what_is_no_database_is_refused() {
        let error = |text: &str| Database::parse(text.as_bytes()).unwrap_err().to_string();
        for bad in ["", "no XML at all", "<nes20db></nes20db>", "<game></game>"] {
            assert!(error(bad).starts_with("the database has no game"), "{bad}: {}", error(bad));
        }
        assert!(error("<nes20db>\n<game>\n</nes20db>").starts_with("the database is not XML: line 3: "));
        assert_eq!(Database::parse(b"\xFF\xFE<\0").unwrap_err(), DatabaseError::NotText);
        assert_eq!(Database::parse(&vec![b' '; Database::LARGEST + 1]).unwrap_err(), DatabaseError::TooLarge);
    }

    #[test]
    fn games_with_bad_values_are_left_out() {
        for (good, bad) in [
            ("mapper=\"0\"", "mapper=\"4096\""),
            ("mapper=\"0\"", "mapper=\"&a;\""),
            ("<pcb mapper=\"0\"", "<abc mapper=\"0\""),
            ("mirroring=\"V\"", "mirroring=\"Q\""),
            ("size=\"16384\"", "size=\"0\""),
            ("size=\"16384\"", "size=\"99999999999999999999\""),
            ("<prgnvram size=\"8192\"", "<prgnvram size=\"99999999\""),
            ("sha1=\"", "sha1=\"0"),
            ("region=\"0\"", "region=\"4\""),
        ] {
            let text = by_sha1().replacen(good, bad, 1);
            assert_ne!(text, by_sha1());
            assert_eq!(Database::parse(text.as_bytes()).unwrap_err(), DatabaseError::Empty, "{bad}");
            let both = text.replace(
                "</nes20db>",
                "<game><rom crc32=\"1\"/><prgrom size=\"16384\"/><pcb mapper=\"0\"/></game></nes20db>",
            );
            let database = Database::parse(both.as_bytes()).unwrap();
            assert_eq!((database.games(), database.skipped()), (1, 1), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_damage_is_an_error_or_a_database(
            damage in proptest::collection::vec((proptest::prelude::any::<u16>(), proptest::prelude::any::<u8>()), 0..6),
        ) {
            let mut bytes = by_sha1().into_bytes();
            for (at, value) in damage {
                let at = usize::from(at) % bytes.len();
                bytes[at] = value;
            }
            if let Ok(database) = Database::parse(&bytes) {
                Cartridge::load_with(&file(), Some(&database)).unwrap();
            }
        }
    }
}
