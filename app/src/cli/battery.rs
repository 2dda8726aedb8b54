//! Battery RAM in a `.sav` file of raw bytes, the form that other emulators and flash carts use too.
//!
//! Contract: what was in the file is never lost. It is replaced only by a whole new one, and a file of another size
//! than the cartridge's RAM is first copied aside.

use super::files;
use crate::error::Error;
use std::path::Path;

/// What is in a file that is there.
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    /// What to tell about them.
    pub(crate) note: Option<String>,
}

/// Reads the file of a cartridge that keeps `size` bytes; `None` if there is none, or nothing in it.
pub(crate) fn read(path: &Path, size: usize) -> Result<Option<Found>, Error> {
    if !path.try_exists().map_err(|source| Error::read(path, source))? {
        return Ok(None);
    }
    let bytes = files::read(path)?;
    if bytes.is_empty() || bytes.len() == size {
        return Ok(Some(Found { bytes, note: None }).filter(|found| !found.bytes.is_empty()));
    }
    let copy = files::back_up(path)?;
    let (name, found, copy) = (path.display(), bytes.len(), copy.display());
    let note =
        format!("{name} has {found} bytes where the cartridge keeps {size}: loaded what fits, kept a copy in {copy}");
    Ok(Some(Found { bytes, note: Some(note) }))
}
