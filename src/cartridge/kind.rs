//! What a file is that is no ROM, by the bytes it begins with; and .gz, which has a ROM in it.
//!
//! **Contract.** Inflates at most [`SIZE_LIMIT`] bytes.

use super::{CartridgeError, SIZE_LIMIT};
use std::io::Read;

const UNPACK: &str = "unpack it, and name the .nes file that is in it";
const MUSIC: &str = "it has music and no game, and a player for such files plays it";
const DISK: &str = "the Disk System is not emulated";
const UNIF: &str = "this format is not read, a dump as iNES or NES 2.0 is";
const PATCH: &str = "apply it to the ROM that it is for";
const PAGE: &str = "download the file again, perhaps by another link";

/// Where a kind of file has which bytes, what it is, and what to do about it.
#[rustfmt::skip]
const KINDS: [(usize, &[u8], &str, &str); 24] = [
    (0, b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
    (0, b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (0, b"\xFD7zXZ\0", "an xz file", UNPACK),
    (0, b"\x28\xB5\x2F\xFD", "a zstd file", UNPACK),
    (0, b"BZh", "a bzip2 file", UNPACK),
    (0, b"MSCF", "a Windows cabinet", UNPACK),
    (2, b"-lh", "an LHA archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"MZ", "a program for Windows or DOS, such as a self-extracting archive", "unpack it with an archiver, and name the .nes file that is in it"),
    (0, b"\x7FELF", "a program for Linux", "name a .nes file"),
    (0, b"NESM\x1A", "an NSF file", MUSIC),
    (0, b"NSFE", "an NSFe file", MUSIC),
    (0, b"FDS\x1A", "an FDS disk image", DISK),
    (0, b"\x01*NINTENDO-HVC*", "an FDS disk image", DISK),
    (16, b"\x01*NINTENDO-HVC*", "an FDS disk image", DISK),
    (0, b"UNIF", "a UNIF dump", UNIF),
    (0, b"PATCH", "an IPS patch", PATCH),
    (0, b"BPS1", "a BPS patch", PATCH),
    (0, b"UPS1", "a UPS patch", PATCH),
    (0, b"<!DOCTYPE", "a web page", PAGE),
    (0, b"<!doctype", "a web page", PAGE),
    (0, b"<html", "a web page", PAGE),
    (0, b"%PDF", "a PDF document", "name a .nes file"),
    (0, b"\x89PNG", "a picture", "name a .nes file"),
];

/// What a file is that is no ROM, if that is known.
pub(super) fn other(file: &[u8]) -> Option<CartridgeError> {
    let found =
        |&&(at, bytes, ..): &&(usize, &[u8], &str, &str)| file.get(at..).is_some_and(|rest| rest.starts_with(bytes));
    KINDS.iter().find(found).map(|&(_, _, what, advice)| CartridgeError::OtherFile { what, advice })
}

/// Whether the bytes begin as a gzip file does, with the only method there is.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B, 8])
}

/// Inflates a gzip file.
pub(super) fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, CartridgeError> {
    let mut rom = Vec::new();
    let inflated = flate2::read::MultiGzDecoder::new(bytes).take(SIZE_LIMIT as u64 + 1).read_to_end(&mut rom);
    match inflated {
        _ if rom.len() > SIZE_LIMIT => Err(CartridgeError::TooLarge),
        // Bytes after the last stream, as of a copy in blocks, are ignored as those after a ROM are.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput && !rom.is_empty() => Ok(rom),
        Err(source) => Err(CartridgeError::DamagedGzip { source }),
        Ok(_) => Ok(rom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cartridge;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        file.write_all(bytes).unwrap();
        file.finish().unwrap()
    }

    #[test]
    fn each_kind_of_file_is_named() {
        for (at, bytes, what, advice) in KINDS {
            let file = [&vec![b' '; at][..], bytes, b" and more"].concat();
            let error = Cartridge::load(&file).unwrap_err().to_string();
            assert_eq!(error, format!("this is {what}, not an NES ROM: {advice}"));
        }
    }

    #[test]
    fn a_gzip_file_is_the_rom_in_it() {
        let rom = include_bytes!("../../roms/demo.nes");
        let plain = Cartridge::load(rom).unwrap();
        assert_eq!(Cartridge::load(&gzip(rom)).unwrap(), plain);
        let parts = [gzip(&rom[..1000]), gzip(&rom[1000..])].concat();
        assert_eq!(Cartridge::load(&parts).unwrap(), plain);
        let packed = gzip(rom);
        let damaged = Cartridge::load(&packed[..packed.len() - 9]).unwrap_err().to_string();
        assert!(damaged.starts_with("the gzip file is damaged: "), "{damaged}");
        assert!(Cartridge::load(&gzip(b"NESM\x1A")).unwrap_err().to_string().contains("NSF"));
        let bomb = gzip(&vec![0; SIZE_LIMIT + 1]);
        assert!(matches!(Cartridge::load(&bomb), Err(CartridgeError::TooLarge)));
    }
}
