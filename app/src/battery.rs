//! Battery RAM in a `.sav` file of raw bytes, the format that other emulators and flash carts use.
//!
//! Contract: the content of the file is never lost. Only a complete new file replaces it, and a file whose size differs
//! from the cartridge's RAM, or whose content was not loaded, is backed up first.

use crate::error::Error;
use crate::files;
use ricojit::text;
use std::io;
use std::path::Path;

/// The content of an existing file.
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    /// A message for the user, if the size was not the expected one.
    pub(crate) note: Option<String>,
}

/// Reads the file of a cartridge with `size` bytes of battery RAM; `None` if the file is missing or empty.
pub(crate) fn read(path: &Path, size: usize) -> Result<Option<Found>, Error> {
    match path.metadata() {
        Ok(is) if is.is_file() || is.is_dir() => {}
        // A device or a pipe has nothing to load.
        Ok(_) => return Ok(None),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::read(path, source)),
    }
    let bytes = files::read(path)?;
    if bytes.is_empty() || bytes.len() == size {
        return Ok(Some(Found { bytes, note: None }).filter(|found| !found.bytes.is_empty()));
    }
    let copy = files::back_up(path, path)?;
    let (name, found, copy) = (text::path(path), bytes.len(), text::path(copy));
    let note =
        format!("{name} has {found} bytes, but the cartridge has {size}: loaded what fits, kept a copy in {copy}");
    Ok(Some(Found { bytes, note: Some(note) }))
}

/// Backs the file up, if it has something in it other than `new`.
pub(crate) fn keep(path: &Path, new: &[u8]) -> Result<(), Error> {
    if path.is_file() && ![&[], new].contains(&&*files::read(path)?) {
        files::back_up(path, path)?;
    }
    Ok(())
}
