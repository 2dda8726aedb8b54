//! Writing a file in place, where another one cannot replace it: it has several names, is a mount point, or is in a folder
//! that may not be written to.
//!
//! ```text
//! temporary file ──synced, renamed──► copy ──its content──► target, synced ──► the copy is removed
//!                                     └─ found at the next start: the target was perhaps not finished, and is now
//! ```
//!
//! Contract: at every moment, the target or the copy is complete. A copy is hidden beside the target or in the user's
//! state folder. One that belongs to another user is not looked at, and one that is older than what the target has become
//! since is kept as a backup.

use super::back_up;
use super::place;
use super::temporary::{Temporary, digest, hidden, list};
use crate::error::Error;
use crate::terminal;
use ricojit::text;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the name of a copy ends with.
const END: &str = "ricojit-copy";

/// A target that changed so long after its copy was made was written by someone else since.
const LATER: Duration = Duration::from_secs(60);

/// The place of the copy beside a target.
pub(super) fn beside(target: &Path) -> PathBuf {
    target.with_file_name(hidden(target.file_name().unwrap_or_default(), END))
}

/// The place of the copy in the user's state folder; `None` if there is no home.
pub(super) fn in_state_folder(target: &Path) -> Option<PathBuf> {
    let name = format!("{}.{END}", digest(target.as_os_str()));
    Some(crate::folders::state()?.join("unfinished").join(name))
}

/// Makes a folder that only the user may look into.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a complete temporary file into its target, which messages call `name`, by way of a copy.
pub(super) fn write_in_place(
    (temporary, file): (&Temporary, &File),
    copy: &Path,
    target: &Path,
    name: &Path,
) -> Result<(), Error> {
    let failed = |source| Error::write(name, source);
    file.sync_all().and_then(|()| reserve(target, file.metadata()?.len())).map_err(failed)?;
    // Held to the end: a signal waits for it.
    let mut all = list();
    temporary.rename(copy, &mut all).map_err(failed)?;
    pour(copy, target).map_err(|source| Error::unfinished(name, copy, source))
}

/// Takes the space that a target of this length needs, so that a full disk is noticed while the target is whole.
#[cfg(target_os = "linux")]
fn reserve(target: &Path, length: u64) -> io::Result<()> {
    use rustix::fs::FallocateFlags;
    use rustix::io::Errno;
    let Ok(file) = OpenOptions::new().write(true).open(target) else { return Ok(()) };
    let old = file.metadata()?.len();
    if length <= old {
        return Ok(());
    }
    match rustix::fs::fallocate(&file, FallocateFlags::KEEP_SIZE, old, length - old) {
        Err(problem @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => {
            // Gives back what was taken.
            file.set_len(old)?;
            Err(problem.into())
        }
        // Not every file system can.
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &Path, _: u64) -> io::Result<()> {
    Ok(())
}

/// Writes the copy into the target, and removes it.
fn pour(copy: &Path, target: &Path) -> io::Result<()> {
    sync_folder(copy);
    let mut from = File::open(copy)?;
    let mut to = match OpenOptions::new().write(true).open(target) {
        Ok(file) => file,
        // It was removed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return fs::rename(copy, target),
        Err(error) => return Err(error),
    };
    let length = io::copy(&mut from, &mut to)?;
    to.set_len(length)?;
    to.sync_all()?;
    fs::remove_file(copy)
}

/// After this, a renamed file has its new name even if the power fails.
fn sync_folder(path: &Path) {
    // Some file systems cannot, and there is no more that can be done.
    let _ = File::open(place::folder_of(path)).and_then(|folder| folder.sync_all());
}

/// Finishes what a process that died left of the file that a name leads to.
pub(super) fn recover(path: &Path) -> Result<(), Error> {
    let Ok(target) = place::target(path) else { return Ok(()) };
    let copies = [Some(beside(&target)), in_state_folder(&target)];
    copies.iter().flatten().try_for_each(|copy| recover_from(copy, &target, path))
}

fn recover_from(copy: &Path, target: &Path, name: &Path) -> Result<(), Error> {
    let failed = |source| Error::unfinished(name, copy, source);
    let Some(is) = fs::symlink_metadata(copy).ok().filter(is_own) else { return Ok(()) };
    if same(copy, target).map_err(failed)? {
        return fs::remove_file(copy).or_else(ignore_missing).map_err(failed);
    }
    let changed = |is: &fs::Metadata| is.modified().ok();
    let target_is = fs::metadata(target).ok();
    if target_is.as_ref().and_then(changed).zip(changed(&is)).is_some_and(|(target, copy)| target > copy + LATER) {
        let kept = back_up(copy, name)?;
        let (name, kept) = (text::path(name), text::path(kept));
        terminal::say(format_args!(
            "{name} has changed since a process died that was writing it: its data is in {kept}"
        ));
        return fs::remove_file(copy).or_else(ignore_missing).map_err(failed);
    }
    let all = list();
    pour(copy, target).map_err(failed)?;
    drop(all);
    terminal::say(format_args!("{}: a process died while writing it, it is complete now", text::path(name)));
    Ok(())
}

/// Whether a file is one that this user's processes may have made.
fn is_own(is: &fs::Metadata) -> bool {
    #[cfg(unix)]
    let is_ours = std::os::unix::fs::MetadataExt::uid(is) == rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    let is_ours = true;
    is.is_file() && is_ours
}

/// Whether two files have the same content. One that is missing has none.
fn same(a: &Path, b: &Path) -> io::Result<bool> {
    let Ok(b) = File::open(b) else { return Ok(false) };
    let a = File::open(a)?;
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let [mut a, mut b] = [a, b].map(|file| io::BufReader::with_capacity(1 << 16, file));
    let [mut left, mut right] = [vec![0; 1 << 16], vec![0; 1 << 16]];
    loop {
        let read = a.read(&mut left)?;
        b.read_exact(&mut right[..read])?;
        if read == 0 || left[..read] != right[..read] {
            return Ok(read == 0);
        }
    }
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ricojit-copy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder");
        folder
    }

    #[test]
    fn an_interrupted_write_is_finished() {
        let folder = folder("finish");
        let target = folder.join("a.sav");
        for torn in ["", "new", "new!old", "old and longer than the new one"] {
            fs::write(&target, torn).expect("writable");
            fs::write(beside(&target), "new!!!!").expect("writable");
            recover(&target).expect("it can be finished");
            assert_eq!(fs::read(&target).expect("there"), b"new!!!!", "{torn}");
            assert_eq!(fs::read_dir(&folder).expect("readable").count(), 1, "{torn}");
        }
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn what_was_written_later_is_kept() {
        let folder = folder("later");
        let target = folder.join("a.sav");
        fs::write(beside(&target), "older").expect("writable");
        let past = std::time::SystemTime::now() - 2 * LATER;
        File::options().append(true).open(beside(&target)).and_then(|file| file.set_modified(past)).expect("settable");
        fs::write(&target, "newer").expect("writable");
        recover(&target).expect("it can be kept");
        assert_eq!(fs::read(&target).expect("there"), b"newer");
        assert_eq!(fs::read(folder.join("a.sav.bak")).expect("there"), b"older");
        assert_eq!(fs::read_dir(&folder).expect("readable").count(), 2);
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_copy() {
        let folder = folder("link");
        let target = folder.join("a.sav");
        fs::write(&target, "mine").expect("writable");
        fs::write(folder.join("other"), "other").expect("writable");
        std::os::unix::fs::symlink("other", beside(&target)).expect("a link");
        recover(&target).expect("there is nothing to do");
        assert_eq!(fs::read(&target).expect("there"), b"mine");
        fs::remove_dir_all(&folder).expect("removable");
    }
}
