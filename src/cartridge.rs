//! A cartridge as it lies in a file: ROM bytes and what the header says of the board.
//!
//! ```text
//! .zip -> one .nes = header 16 | trainer 0 or 512 | PRG ROM | CHR ROM | trailing bytes (noted, not used)
//! ```
//!
//! Contract: [`Cartridge::load`] never panics, never allocates much more than the file (or, out of an
//! archive, [`SIZE_LIMIT`]) and explains every refusal in one sentence. A file shorter than its header says
//! is refused: a cut-off ROM is a damaged ROM, and running it would only move the fault to where nobody
//! can see it. A cartridge is cheap to clone and its bytes are shared by all machines that run it.

mod archive;
mod boards;
mod header;

pub use header::{ConsoleType, Format, HEADER_SIZE, Header, MAGIC, Mirroring};

pub use boards::board_name;
use sha1::{Digest, Sha1};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest file that is looked at. The largest linear NES 2.0 size is 60 MiB of PRG ROM.
pub const SIZE_LIMIT: usize = 128 << 20;

/// Bytes of a trainer.
pub const TRAINER_SIZE: usize = 512;

/// Why a file is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CartridgeError {
    /// The file is not there.
    #[error("{} does not exist: check the path", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there but cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No bytes.
    #[error("the file is empty: it has to be dumped or downloaded again")]
    Empty,
    /// Not even a header.
    #[error("the file has {size} bytes, too few for the 16 of an iNES header")]
    TooShort {
        /// Its size.
        size: usize,
    },
    /// Something else.
    #[error("this is not an NES ROM: an iNES file starts with the bytes 'NES' and $1A")]
    NotRom,
    /// More than any cartridge holds.
    #[error("the file is larger than {} MiB, which no NES cartridge is", SIZE_LIMIT >> 20)]
    TooLarge,
    /// The header's PRG ROM size is 0.
    #[error("the header says that the cartridge has no PRG ROM, so there is no program to run")]
    NoPrgRom,
    /// A size that no file, or no board, can have.
    #[error("the header claims {size} bytes of {what}, a size that no board has")]
    ImpossibleSize {
        /// Which part.
        what: &'static str,
        /// The claimed size.
        size: u64,
    },
    /// The file ends too early.
    #[error("the file is cut off: its header promises {expected} bytes of {what}, and {found} are there")]
    Truncated {
        /// Which part.
        what: &'static str,
        /// Size by the header.
        expected: usize,
        /// What is left of the file.
        found: usize,
    },
    /// The archive cannot be read.
    #[error("the zip archive is damaged or of an unknown kind: {reason}")]
    DamagedZip {
        /// What the zip library says.
        reason: String,
    },
    /// The archive holds no ROM.
    #[error("the zip archive holds no .nes file")]
    ZipWithoutRom,
    /// The archive holds more than one ROM.
    #[error("the zip archive holds {} ROMs, unpack the one to run: {}", names.len(), shorten(names))]
    ZipWithManyRoms {
        /// Their names.
        names: Vec<String>,
    },
}

fn shorten(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    names[..names.len().min(SHOWN)].join(", ") + more
}

/// A board by its common name.
pub(crate) fn describe_board(mapper: u16, submapper: u8) -> String {
    let name = board_name(mapper).unwrap_or("no common name");
    if submapper == 0 { name.to_owned() } else { format!("{name}, submapper {submapper}") }
}

/// ROM bytes and what is known of their board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cartridge {
    /// The decoded header.
    pub header: Header,
    /// PRG ROM, at least 4 KiB, a multiple of 4 KiB.
    pub prg_rom: Arc<[u8]>,
    /// CHR ROM, empty where the board has CHR RAM, else a multiple of 1 KiB.
    pub chr_rom: Arc<[u8]>,
    /// The trainer, if there is one: 512 bytes that belong at $7000.
    pub trainer: Option<Arc<[u8]>>,
    /// One sentence for each thing that is unusual about the file.
    pub notes: Arc<[String]>,
    /// SHA-1 of the .nes file, header and trailing bytes included (of an archive: of the file in it).
    pub file_sha1: [u8; 20],
    /// SHA-1 of PRG ROM and CHR ROM: what databases list.
    pub rom_sha1: [u8; 20],
    /// CRC-32 of PRG ROM and CHR ROM.
    pub rom_crc32: u32,
}

impl Cartridge {
    /// Reads a .nes file, or a .zip with one .nes file in it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CartridgeError> {
        use std::io::Read;
        let path = path.as_ref();
        let failed = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => CartridgeError::Missing { path: path.to_owned() },
            _ => CartridgeError::Unreadable { path: path.to_owned(), source },
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Self::load(&bytes)
    }

    /// Takes the bytes of a .nes file, or of a .zip with one .nes file in it.
    pub fn load(bytes: &[u8]) -> Result<Self, CartridgeError> {
        if bytes.len() > SIZE_LIMIT {
            Err(CartridgeError::TooLarge)
        } else if archive::is_zip(bytes) {
            Self::load_nes(&archive::unzip_rom(bytes)?)
        } else {
            Self::load_nes(bytes)
        }
    }

    fn load_nes(file: &[u8]) -> Result<Self, CartridgeError> {
        let header = Header::parse(file)?;
        let mut rest = &file[HEADER_SIZE..];
        let mut take = |what, expected: usize| match rest.split_at_checked(expected) {
            Some((part, after)) => {
                rest = after;
                Ok(part)
            }
            None => Err(CartridgeError::Truncated { what, expected, found: rest.len() }),
        };
        let trainer = if header.trainer { Some(take("trainer", TRAINER_SIZE)?.into()) } else { None };
        let prg = take("PRG ROM", header.prg_rom_size)?;
        let chr = take("CHR ROM", header.chr_rom_size)?;
        let mut crc = crc32fast::Hasher::new();
        crc.update(prg);
        crc.update(chr);
        Ok(Self {
            notes: notes(&header, rest.len()).into(),
            prg_rom: prg.into(),
            chr_rom: chr.into(),
            trainer,
            file_sha1: Sha1::digest(file).into(),
            rom_sha1: Sha1::new().chain_update(prg).chain_update(chr).finalize().into(),
            rom_crc32: crc.finalize(),
            header,
        })
    }
}

/// What a person should know before blaming the emulator.
fn notes(header: &Header, trailing: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |is: bool, text: &dyn Fn() -> String| {
        if is {
            notes.push(text());
        }
    };
    let h = header;
    let prg_ram = h.prg_ram_size + h.prg_nvram_size;
    note(h.dirty, &|| "Bytes 7 to 15 of the iNES header hold no valid data and were ignored.".into());
    note(h.console == ConsoleType::Vs, &|| "Made for the Vs. System: colours, coins and inputs differ.".into());
    note(h.console == ConsoleType::PlayChoice, &|| "Made for the PlayChoice-10: its menu CPU is not there.".into());
    if let ConsoleType::Extended(n) = h.console {
        note(true, &|| format!("Made for an extended console (type {n}), whose extras are not there."));
    }
    note(h.trainer, &|| "Has a trainer: 512 bytes that a copier put at $7000.".into());
    note(h.trainer && prg_ram < 0x2000, &|| "The trainer is not used: the board has no RAM at $7000.".into());
    note(h.mirroring == Mirroring::FourScreen, &|| "Has four nametables, with RAM of its own for two of them.".into());
    note(h.misc_roms > 0, &|| format!("Has {} miscellaneous ROM(s), which are not used.", h.misc_roms));
    note(!h.prg_rom_size.is_power_of_two(), &|| format!("PRG ROM of {} KiB is no power of two.", h.prg_rom_size >> 10));
    note(h.chr_rom_size != 0 && !h.chr_rom_size.is_power_of_two(), &|| {
        format!("CHR ROM of {} KiB is no power of two.", h.chr_rom_size >> 10)
    });
    note(h.chr_rom_size != 0 && h.chr_ram_size + h.chr_nvram_size != 0, &|| "Has both CHR ROM and CHR RAM.".into());
    note(h.chr_nvram_size != 0, &|| "Has battery-backed CHR RAM, which is not kept.".into());
    note(trailing != 0 && h.misc_roms == 0, &|| format!("{trailing} bytes after the ROM are ignored."));
    notes
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
    fn a_rom_is_cut_into_its_parts() {
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
    fn hashes_are_those_of_the_databases() {
        let mut file = rom(1, 0, 0, 0);
        file[16..].fill(0);
        let cartridge = Cartridge::load(&file).unwrap();
        // `head -c 16384 /dev/zero | sha1sum`, `| gzip -c | tail -c8`.
        assert_eq!(hex(cartridge.rom_sha1), "897256b6709e1a4da9daba92b6bde39ccfccd8c1");
        assert_eq!(cartridge.rom_crc32, 0xAB54_D286);
        assert_ne!(cartridge.file_sha1, cartridge.rom_sha1);
    }

    #[test]
    fn refusals_say_why() {
        assert_eq!(error(b""), "the file is empty: it has to be dumped or downloaded again");
        assert_eq!(error(b"NES\x1A\x01"), "the file has 5 bytes, too few for the 16 of an iNES header");
        assert_eq!(error(b"NE"), "the file has 2 bytes, too few for the 16 of an iNES header");
        assert_eq!(
            error(b"MZ, certainly no ROM"),
            "this is not an NES ROM: an iNES file starts with the bytes 'NES' and $1A"
        );
        let file = rom(2, 1, 0, 0);
        assert_eq!(
            error(&file[..file.len() - 1]),
            "the file is cut off: its header promises 8192 bytes of CHR ROM, and 8191 are there"
        );
        assert_eq!(
            error(&file[..1000]),
            "the file is cut off: its header promises 32768 bytes of PRG ROM, and 984 are there"
        );
        let missing = Cartridge::open("/nonexistent/game.nes").unwrap_err().to_string();
        assert_eq!(missing, "/nonexistent/game.nes does not exist: check the path");
    }

    #[test]
    fn an_archive_gives_its_only_rom() {
        let file = rom(2, 1, 0, 0);
        let from_zip = |files: &[(&str, &[u8])]| Cartridge::load(&zip(files));
        let cartridge =
            from_zip(&[("readme.txt", b"hi"), ("dir/Game.NES", &file), ("__MACOSX/._Game.nes", b"x")]).unwrap();
        assert_eq!(cartridge.file_sha1, Cartridge::load(&file).unwrap().file_sha1);
        let none = from_zip(&[("readme.txt", b"hi")]).unwrap_err().to_string();
        assert_eq!(none, "the zip archive holds no .nes file");
        assert_eq!(from_zip(&[]).unwrap_err().to_string(), none);
        let two = from_zip(&[("a.nes", &file), ("b.nes", &file)]).unwrap_err().to_string();
        assert_eq!(two, "the zip archive holds 2 ROMs, unpack the one to run: a.nes, b.nes");
        assert!(error(b"PK\x03\x04 and no more").starts_with("the zip archive is damaged"));
    }

    #[test]
    fn an_archive_that_inflates_without_end_is_stopped() {
        // 1,000 to 1: a small file, and more in it than any cartridge.
        let bomb = zip(&[("bomb.nes", &vec![0; SIZE_LIMIT + 1])]);
        assert!(bomb.len() < SIZE_LIMIT / 500);
        assert!(matches!(Cartridge::load(&bomb), Err(CartridgeError::TooLarge)));
    }
}
