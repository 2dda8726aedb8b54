//! The one place that knows zip: finds the single ROM in an archive.
//!
//! Contract: reads at most [`SIZE_LIMIT`] bytes out of an archive, whatever its directory claims.

use super::{CartridgeError, SIZE_LIMIT};
use std::io::{Cursor, Read};

/// Whether these bytes begin like a zip archive (a local file, or the end of an empty directory).
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Inflates the only .nes file of an archive.
pub(super) fn unzip_rom(bytes: &[u8]) -> Result<Vec<u8>, CartridgeError> {
    let damaged = |e: &dyn std::fmt::Display| CartridgeError::DamagedZip { reason: e.to_string() };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let roms: Vec<String> = archive.file_names().filter(|name| is_rom_name(name)).map(str::to_owned).collect();
    let name = match roms.as_slice() {
        [] => return Err(CartridgeError::ZipWithoutRom),
        [name] => name,
        _ => return Err(CartridgeError::ZipWithManyRoms { names: roms }),
    };
    let file = archive.by_name(name).map_err(|e| damaged(&e))?;
    let mut rom = Vec::new();
    // The directory may lie about the size: count what really comes out.
    file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut rom).map_err(|e| damaged(&e))?;
    if rom.len() > SIZE_LIMIT { Err(CartridgeError::TooLarge) } else { Ok(rom) }
}

fn is_rom_name(name: &str) -> bool {
    // macOS archives carry a shadow `__MACOSX/._game.nes` of each file.
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let extension = base.rsplit_once('.').map_or("", |(_, e)| e);
    extension.eq_ignore_ascii_case("nes") && !base.starts_with("._")
}
