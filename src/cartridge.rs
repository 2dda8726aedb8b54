//! Cartridges: reads .nes files (iNES and NES 2.0), also from .zip archives and compressed as .gz.
//!
//! ```text
//! .zip, .gz -> one .nes = header 16 | trainer 0 or 512 | PRG ROM | CHR ROM | trailing bytes (noted, not used)
//! ```
//!
//! **Contract.** [`Cartridge::load`] never panics, allocates little more than the size of the file (for an archive: at
//! most [`SIZE_LIMIT`]), and explains each refusal in one sentence. A file that is shorter than its header says is used
//! as far as it goes ([`Cartridge::missing`]), and every doubt about a header is a note. A cartridge is cheap to clone;
//! all clones, and all machines that run it, share its bytes.

mod archive;
mod boards;
mod database;
mod defaults;
mod header;
mod kind;
mod notes;

pub use database::{Database, DatabaseError};
pub use header::{ConsoleType, Format, HEADER_SIZE, Header, MAGIC, Mirroring, TvBits};

pub use boards::{board_name, silent_chip, supported_boards};

use crate::text;
use sha1::{Digest, Sha1};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of the largest file, or of the largest ROM in an archive, that is accepted. Without the exponent form, a NES
/// 2.0 header can claim 60 MiB of PRG ROM.
pub const SIZE_LIMIT: usize = 128 << 20;

/// Bytes of a trainer.
pub const TRAINER_SIZE: usize = 512;

/// Why a file is not accepted. Each message is one sentence without a full stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CartridgeError {
    /// The file does not exist.
    #[error("{} does not exist: check the path", text::path(path))]
    Missing {
        /// The path that was tried.
        path: PathBuf,
    },
    /// The file exists but cannot be read.
    #[error("{} cannot be read: {source}", text::path(path))]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file has no bytes.
    #[error("the file is empty: dump or download it again")]
    Empty,
    /// The file is shorter than a header.
    #[error("the file has {size} bytes, fewer than the 16 of an iNES header")]
    TooShort {
        /// Bytes in the file.
        size: usize,
    },
    /// The file does not start with [`MAGIC`].
    #[error("this is not an NES ROM: an iNES file starts with the bytes 'NES' and $1A")]
    NotRom,
    /// It is a file of another kind.
    #[error("this is {what}, not an NES ROM: {advice}")]
    OtherFile {
        /// What it is.
        what: &'static str,
        /// What to do about it.
        advice: &'static str,
    },
    /// The gzip stream cannot be read.
    #[error("the gzip file is damaged: {source}")]
    DamagedGzip {
        /// The error of the gzip library.
        source: std::io::Error,
    },
    /// The file, or the ROM in the archive, is larger than [`SIZE_LIMIT`].
    #[error("the file is larger than {} MiB, more than any NES cartridge", SIZE_LIMIT >> 20)]
    TooLarge,
    /// The header's PRG ROM size is 0.
    #[error("the header says that there is no PRG ROM, so there is no program to run")]
    NoPrgRom,
    /// The header claims a size that no board has.
    #[error("the header claims {size} bytes of {what}, a size that no board has")]
    ImpossibleSize {
        /// `PRG ROM` or `CHR ROM`.
        what: &'static str,
        /// The claimed size in bytes.
        size: u64,
    },
    /// The file ends before the sizes in its header are reached. [`Cartridge::load`] refuses it only if that leaves no
    /// program.
    #[error("{0}")]
    Truncated(Missing),
    /// The archive cannot be read.
    #[error("the zip archive is damaged or uses a feature that is not supported: {source}")]
    DamagedZip {
        /// The error of the zip library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The archive contains no ROM.
    #[error("the zip archive contains no .nes file")]
    ZipWithoutRom,
    /// The archive contains more than one ROM.
    #[error("the zip archive contains {} ROMs, unpack the one to run: {}", names.len(), shorten(names))]
    ZipWithManyRoms {
        /// Their names in the archive.
        names: Vec<String>,
    },
}

/// What is missing at the end of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is cut off: it has {found} of the {expected} bytes of {what} that its header claims")]
pub struct Missing {
    /// `trainer`, `PRG ROM` or `CHR ROM`: the first of which a part is missing.
    pub what: &'static str,
    /// Its size in bytes according to the header.
    pub expected: usize,
    /// Bytes of it in the file.
    pub found: usize,
}

fn shorten(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    names[..names.len().min(SHOWN)].join(", ") + more
}

/// The common name of a board, with the submapper if it is not 0.
pub(crate) fn describe_board(mapper: u16, submapper: u8) -> String {
    let name = board_name(mapper).unwrap_or("no common name");
    if submapper == 0 { name.to_owned() } else { format!("{name}, submapper {submapper}") }
}

/// A cartridge: ROM bytes and the board that the header describes.
///
/// ```
/// use ricojit::Cartridge;
///
/// let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
/// assert_eq!((cartridge.header.mapper, cartridge.prg_rom.len()), (0, 0x4000));
/// # Ok::<(), ricojit::CartridgeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cartridge {
    /// The decoded header. Its sizes are those of the ROMs here, also if the file has less than it says, and of all RAM of the
    /// board, also if it does not tell them.
    pub header: Header,
    /// PRG ROM: a multiple of 4 KiB, not empty.
    pub prg_rom: Arc<[u8]>,
    /// CHR ROM: a multiple of 1 KiB; empty if the board has only CHR RAM.
    pub chr_rom: Arc<[u8]>,
    /// The trainer, if there is one: 512 bytes for $7000 in PRG RAM.
    pub trainer: Option<Arc<[u8]>>,
    /// A sentence for each unusual thing about the file, for the user; the [`Cartridge::doubts`] come first.
    pub notes: Arc<[String]>,
    doubts: usize,
    /// What the file lacks of what its header claims; `None` if it is whole.
    pub missing: Option<Missing>,
    /// What a [`Database`] says of this ROM; `None` if there was none, or it does not list the ROM. Each item is what was
    /// corrected: `mapper 1, not 4`.
    pub corrections: Option<Arc<[String]>>,
    /// SHA-1 of the .nes file, header and trailing bytes included; for an archive, of the file in it.
    pub file_sha1: [u8; 20],
    /// SHA-1 of PRG ROM followed by CHR ROM, as databases list it.
    pub rom_sha1: [u8; 20],
    /// CRC-32 of the .nes file, as [`Cartridge::file_sha1`].
    pub file_crc32: u32,
    /// CRC-32 of PRG ROM followed by CHR ROM.
    pub rom_crc32: u32,
}

impl Cartridge {
    /// Reads a .nes file, also as .nes.gz, or a .zip with one .nes file in it.
    ///
    /// # Errors
    ///
    /// [`CartridgeError::Missing`] or [`CartridgeError::Unreadable`] if the file cannot be read, otherwise those of
    /// [`Cartridge::load`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CartridgeError> {
        Self::open_with(path, None)
    }

    /// As [`Cartridge::open`], with a header that a database corrects.
    ///
    /// # Errors
    ///
    /// Those of [`Cartridge::open`].
    pub fn open_with(path: impl AsRef<Path>, database: Option<&Database>) -> Result<Self, CartridgeError> {
        use std::io::Read;
        let path = path.as_ref();
        let failed = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => CartridgeError::Missing { path: path.to_owned() },
            _ => CartridgeError::Unreadable { path: path.to_owned(), source },
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Self::load_with(&bytes, database)
    }

    /// Decodes the bytes of a .nes file, also as .nes.gz, or of a .zip with one .nes file in it.
    ///
    /// Any board is accepted; [`Machine::new`](crate::Machine::new) refuses those that are not supported.
    ///
    /// # Errors
    ///
    /// A [`CartridgeError`] if the bytes are not a ROM, or not an archive with exactly one.
    pub fn load(bytes: &[u8]) -> Result<Self, CartridgeError> {
        Self::load_with(bytes, None)
    }

    /// As [`Cartridge::load`], with a header that a database corrects if it lists the ROM.
    ///
    /// # Errors
    ///
    /// Those of [`Cartridge::load`].
    pub fn load_with(bytes: &[u8], database: Option<&Database>) -> Result<Self, CartridgeError> {
        if bytes.len() > SIZE_LIMIT {
            Err(CartridgeError::TooLarge)
        } else if archive::is_zip(bytes) {
            Self::load_nes(&archive::unzip_rom(bytes)?, database)
        } else if kind::is_gzip(bytes) {
            Self::load_nes(&kind::gunzip(bytes)?, database)
        } else {
            Self::load_nes(bytes, database)
        }
    }

    /// The [`Cartridge::notes`] on what the file and its header contradict each other in, or the header itself.
    pub fn doubts(&self) -> &[String] {
        &self.notes[..self.doubts]
    }

    /// Refuses a file that lacks something.
    ///
    /// # Errors
    ///
    /// [`CartridgeError::Truncated`] with [`Cartridge::missing`].
    pub fn check_whole(&self) -> Result<(), CartridgeError> {
        self.missing.map_or(Ok(()), |missing| Err(CartridgeError::Truncated(missing)))
    }

    fn load_nes(file: &[u8], database: Option<&Database>) -> Result<Self, CartridgeError> {
        let claimed = Header::parse(file).map_err(|error| match error {
            CartridgeError::NotRom => kind::other(file).unwrap_or(CartridgeError::NotRom),
            error => error,
        })?;
        let row = database.and_then(|database| database.find(&claimed, &file[HEADER_SIZE..]));
        let corrections = row.map(|row| row.differences(&claimed).into());
        let mut header = row.map_or_else(|| claimed.clone(), |row| row.header.clone());
        let mut parts = Parts { rest: &file[HEADER_SIZE..], missing: None };
        let trainer = if header.trainer { Some(parts.take("trainer", TRAINER_SIZE, TRAINER_SIZE)) } else { None };
        let prg = parts.take("PRG ROM", header.prg_rom_size, 0x4000);
        let chr = parts.take("CHR ROM", header.chr_rom_size, 0x2000);
        let Parts { rest, missing } = parts;
        if let Some(missing) = missing
            && (prg.is_empty() || missing.what == "trainer")
        {
            return Err(CartridgeError::Truncated(missing));
        }
        if chr.is_empty() && header.chr_ram_size + header.chr_nvram_size == 0 && defaults::needs_chr(header.mapper) {
            // RAM in its place: some headers claim CHR ROM for boards without.
            header.chr_ram_size = 0x2000;
        }
        (header.prg_rom_size, header.chr_rom_size) = (prg.len(), chr.len());
        defaults::add_uncounted(&mut header);
        let (doubts, others) = notes::notes(&notes::Facts {
            header: &header,
            claimed: &claimed,
            bytes: file.first_chunk().unwrap_or(&[0; HEADER_SIZE]),
            missing,
            trailing: rest.len(),
            corrections: corrections.as_deref(),
        });
        let mut crc = crc32fast::Hasher::new();
        crc.update(&prg);
        crc.update(&chr);
        Ok(Self {
            doubts: doubts.len(),
            notes: [doubts, others].concat().into(),
            missing,
            corrections,
            file_sha1: Sha1::digest(file).into(),
            file_crc32: crc32fast::hash(file),
            rom_sha1: Sha1::new().chain_update(&prg).chain_update(&chr).finalize().into(),
            rom_crc32: crc.finalize(),
            prg_rom: (*prg).into(),
            chr_rom: (*chr).into(),
            trainer: trainer.map(|trainer| (*trainer).into()),
            header,
        })
    }
}

/// What of a file has not been taken yet.
struct Parts<'a> {
    rest: &'a [u8],
    /// The first part that is not whole.
    missing: Option<Missing>,
}

impl<'a> Parts<'a> {
    /// Takes `expected` bytes. If the file has fewer, what it has, filled up with zeros to whole units: a header often
    /// claims too many of them.
    fn take(&mut self, what: &'static str, expected: usize, unit: usize) -> Cow<'a, [u8]> {
        let found = self.rest.len().min(expected);
        let (part, rest) = self.rest.split_at(found);
        self.rest = rest;
        if found == expected {
            return part.into();
        }
        self.missing = self.missing.or(Some(Missing { what, expected, found }));
        let mut part = part.to_vec();
        part.resize(found.next_multiple_of(unit).min(expected), 0);
        part.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hex;
    use std::io::{Cursor, Write};

    fn rom(prg: u8, chr: u8, flags: u8, tail: usize) -> Vec<u8> {
        let mut file = vec![b'N', b'E', b'S', 0x1A, prg, chr, flags];
        file.resize(HEADER_SIZE, 0);
        let size = usize::from(prg) * 0x4000 + usize::from(chr) * 0x2000 + tail;
        file.extend((0..size).map(|i| (i / 251) as u8 ^ i as u8));
        file
    }

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
        for (name, bytes) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn error(bytes: &[u8]) -> String {
        Cartridge::load(bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_split_into_its_parts() {
        let file = rom(1, 1, 0x04, TRAINER_SIZE + 3);
        let cartridge = Cartridge::load(&file).unwrap();
        assert_eq!(cartridge.trainer.as_deref(), Some(&file[16..528]));
        assert_eq!(cartridge.prg_rom[..], file[528..528 + 0x4000]);
        assert_eq!(cartridge.chr_rom[..], file[528 + 0x4000..528 + 0x6000]);
        assert!(
            cartridge.notes.iter().any(|note| note == "3 bytes after the ROM are ignored."),
            "{:?}",
            cartridge.notes
        );
    }

    #[test]
    fn hashes_are_those_that_databases_list() {
        let mut file = rom(1, 0, 0, 0);
        file[16..].fill(0);
        let cartridge = Cartridge::load(&file).unwrap();
        // `head -c 16384 /dev/zero | sha1sum`, `| gzip -c | tail -c8`.
        assert_eq!(hex(cartridge.rom_sha1), "897256b6709e1a4da9daba92b6bde39ccfccd8c1");
        assert_eq!(cartridge.rom_crc32, 0xAB54_D286);
        assert_ne!(cartridge.file_sha1, cartridge.rom_sha1);
    }

    #[test]
    fn a_refusal_says_why() {
        assert_eq!(error(b""), "the file is empty: dump or download it again");
        assert_eq!(error(b"NES\x1A\x01"), "the file has 5 bytes, fewer than the 16 of an iNES header");
        assert_eq!(error(b"NE"), "the file has 2 bytes, fewer than the 16 of an iNES header");
        assert_eq!(
            error(b"certainly no ROM"),
            "this is not an NES ROM: an iNES file starts with the bytes 'NES' and $1A"
        );
        assert_eq!(
            error(&rom(2, 1, 0, 0)[..16]),
            "the file is cut off: it has 0 of the 32768 bytes of PRG ROM that its header claims"
        );
        assert_eq!(
            error(&rom(2, 1, 4, 512)[..500]),
            "the file is cut off: it has 484 of the 512 bytes of trainer that its header claims"
        );
        let missing = Cartridge::open("/nonexistent/game.nes").unwrap_err().to_string();
        assert_eq!(missing, "/nonexistent/game.nes does not exist: check the path");
    }

    #[test]
    fn a_file_that_is_cut_off_is_used_as_far_as_it_goes() {
        let file = rom(2, 1, 0, 0);
        let (prg, chr) = file[16..].split_at(0x8000);
        // Bytes that are there; sizes of PRG and CHR ROM that are made of them; what is missing first.
        for (size, prg_size, chr_size, what) in [
            (0xA000 - 1, 0x8000, 0x2000, "CHR ROM"),
            (0x8000, 0x8000, 0, "CHR ROM"),
            (0x8000 - 1, 0x8000, 0, "PRG ROM"),
            (0x4001, 0x8000, 0, "PRG ROM"),
            (0x4000, 0x4000, 0, "PRG ROM"),
            (1, 0x4000, 0, "PRG ROM"),
        ] {
            let cartridge = Cartridge::load(&file[..16 + size]).unwrap();
            let h = &cartridge.header;
            assert_eq!((h.prg_rom_size, h.chr_rom_size), (prg_size, chr_size), "{size}");
            assert_eq!((cartridge.prg_rom.len(), cartridge.chr_rom.len()), (prg_size, chr_size), "{size}");
            assert_eq!(h.chr_ram_size, if chr_size == 0 { 0x2000 } else { 0 }, "{size}");
            let there = size.min(0x8000);
            assert_eq!(cartridge.prg_rom[..there], prg[..there], "{size}");
            assert!(cartridge.prg_rom[there..].iter().all(|byte| *byte == 0), "{size}");
            assert_eq!(cartridge.chr_rom[..chr_size.min(size - there)], chr[..size - there], "{size}");
            let Err(CartridgeError::Truncated(missing)) = cartridge.check_whole() else { panic!("{size}") };
            assert_eq!(missing.what, what, "{size}");
            assert_eq!(cartridge.doubts().len(), 1, "{:?}", cartridge.notes);
            crate::Machine::new(&cartridge, &crate::Options::new()).unwrap().run_frame();
        }
        assert!(Cartridge::load(&file).unwrap().check_whole().is_ok());
    }

    #[test]
    fn the_only_rom_of_an_archive_is_loaded() {
        let file = rom(2, 1, 0, 0);
        let from_zip = |files: &[(&str, &[u8])]| Cartridge::load(&zip(files));
        let cartridge =
            from_zip(&[("readme.txt", b"hi"), ("dir/Game.NES", &file), ("__MACOSX/._Game.nes", b"x")]).unwrap();
        assert_eq!(cartridge.file_sha1, Cartridge::load(&file).unwrap().file_sha1);
        let none = from_zip(&[("readme.txt", b"hi")]).unwrap_err().to_string();
        assert_eq!(none, "the zip archive contains no .nes file");
        assert_eq!(from_zip(&[]).unwrap_err().to_string(), none);
        let two = from_zip(&[("a.nes", &file), ("b.nes", &file)]).unwrap_err().to_string();
        assert_eq!(two, "the zip archive contains 2 ROMs, unpack the one to run: a.nes, b.nes");
        // Shift-JIS, whose second bytes may be those of a backslash: no UTF-8, whatever the archive says of it.
        let name = b"\x83\x5C\x83t\x83g.nes";
        for flags in [0x0000_u16, 0x0800] {
            let mut bytes = zip(&[("abcdef.nes", &file)]);
            for (at, flag) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
                let at = bytes.windows(4).rposition(|window| window == at).unwrap();
                bytes[at + flag..at + flag + 2].copy_from_slice(&flags.to_le_bytes());
                let at = at + bytes[at..].windows(10).position(|window| window == b"abcdef.nes").unwrap();
                bytes[at..at + 10].copy_from_slice(name);
            }
            assert_eq!(Cartridge::load(&bytes).unwrap().file_sha1, cartridge.file_sha1);
        }
        assert!(error(b"PK\x03\x04 and no more").starts_with("the zip archive is damaged"));
    }

    #[test]
    fn an_archive_that_inflates_past_the_limit_is_refused() {
        // A ratio of 1,000 to 1: a small file with a ROM larger than any cartridge.
        let bomb = zip(&[("bomb.nes", &vec![0; SIZE_LIMIT + 1])]);
        assert!(bomb.len() < SIZE_LIMIT / 500);
        assert!(matches!(Cartridge::load(&bomb), Err(CartridgeError::TooLarge)));
    }
}
