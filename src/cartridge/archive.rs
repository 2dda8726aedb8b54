//! Zip archives: finds and inflates the only ROM.
//!
//! **Contract.** Inflates at most [`SIZE_LIMIT`] bytes, whatever the archive's directory claims.

use super::{CartridgeError, SIZE_LIMIT};
use crate::text;
use std::io::{Cursor, Read};

/// Whether the bytes start as a zip archive does: with a local file, or with the end of an empty directory.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Inflates the only .nes file of an archive.
pub(super) fn unzip_rom(bytes: &[u8]) -> Result<Vec<u8>, CartridgeError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    // By index: a name need not be text, and what it is read as need not lead back to it.
    let name = |index| archive.name_for_index(index).filter(|name| is_rom_name(name));
    let roms: Vec<(usize, &str)> = (0..archive.len()).filter_map(|index| Some((index, name(index)?))).collect();
    let index = match roms.as_slice() {
        [] => return Err(CartridgeError::ZipWithoutRom),
        &[(index, _)] => index,
        _ => {
            let names = roms.iter().map(|(_, name)| text::in_a_line(name).into_owned()).collect();
            return Err(CartridgeError::ZipWithManyRoms { names });
        }
    };
    let file = archive.by_index(index).map_err(damaged)?;
    let mut rom = Vec::new();
    // The directory's size may be wrong: limit the bytes inflated.
    file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut rom).map_err(damaged)?;
    if rom.len() > SIZE_LIMIT { Err(CartridgeError::TooLarge) } else { Ok(rom) }
}

fn damaged(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CartridgeError {
    CartridgeError::DamagedZip { source: source.into() }
}

fn is_rom_name(name: &str) -> bool {
    // macOS adds a metadata file `__MACOSX/._game.nes` for each file.
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let extension = base.rsplit_once('.').map_or("", |(_, e)| e);
    extension.eq_ignore_ascii_case("nes") && !base.starts_with("._")
}
