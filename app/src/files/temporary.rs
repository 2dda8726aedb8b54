//! Temporary files, and the list of those that exist.
//!
//! Contract: a temporary file is in the list from before it exists until it is removed or has its final name, so that a
//! signal's handler can remove all. Whoever holds the list keeps the process from being ended by a signal.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static ALL: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Longest name that is used as it is in a longer one: file systems take 255 bytes.
const LONGEST: usize = 180;

/// The list.
pub(crate) type List = MutexGuard<'static, BTreeSet<PathBuf>>;

/// The list, which stays as it is while it is held.
pub(super) fn list() -> List {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all temporary files, for a process that ends. No file is created or finished while the result is held.
pub(crate) fn remove_temporaries() -> List {
    let all = list();
    for path in &*all {
        // The process ends: there is no one to tell.
        let _ = fs::remove_file(path);
    }
    all
}

/// A temporary file; it is removed when dropped.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

impl Temporary {
    /// Creates one in a folder, for a file of this name. `is_secret`: no one else may read it.
    pub(super) fn create(folder: &Path, name: &OsStr, is_secret: bool) -> io::Result<(Self, File)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_secret { 0o600 } else { 0o666 });
        #[cfg(not(unix))]
        let _ = is_secret;
        let mut all = list();
        for number in 1..1000 {
            let path = folder.join(hidden(name, &format!("{}-{number}.tmp", std::process::id())));
            match options.open(&path) {
                Ok(file) => {
                    all.insert(path.clone());
                    return Ok((Self(path), file));
                }
                // Left by a killed process: in a container, all have the same process number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives the file its final name. The holder of the list may do more before a signal ends the process.
    pub(super) fn rename(&self, target: &Path, all: &mut List) -> io::Result<()> {
        fs::rename(&self.0, target)?;
        all.remove(&self.0);
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if list().remove(&self.0) {
            // There is no way to report an error here.
            let _ = fs::remove_file(&self.0);
        }
    }
}

/// The name of a hidden file that belongs to another file.
pub(super) fn hidden(name: &OsStr, end: &str) -> OsString {
    let mut hidden = OsString::from(".");
    match name.len() {
        0..=LONGEST => hidden.push(name),
        _ => hidden.push(digest(name)),
    }
    hidden.push(".");
    hidden.push(end);
    hidden
}

/// A short name for a long one.
pub(super) fn digest(name: &OsStr) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(name.as_encoded_bytes()))
}
