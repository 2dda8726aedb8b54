//! A folder that belongs to the user alone, and its files.
//!
//! Contract: a folder is used only if it is a real folder, belongs to the user, and no one else can write to it. Files are
//! opened in the folder that was checked, not by a path that may lead elsewhere by now; links, and files of other users, are
//! not read. A file is written whole or not at all: to a temporary file, which is synced and renamed. Any number of
//! processes may do so at once.

use super::{Found, Listed, Problem};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW};
use rustix::io::Errno;
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A temporary file that is older was left by a process that was killed.
const LEFTOVER_AGE: Duration = Duration::from_secs(600);

/// How often a file is written when another process removes the temporary one.
const TRIES: usize = 4;

/// A folder that was checked.
pub(super) struct Folder {
    path: PathBuf,
    handle: OwnedFd,
}

impl Folder {
    /// Opens a folder, and makes it first if it is missing and `make` says so; `None` if it stays missing.
    pub(super) fn open(path: &Path, make: bool) -> Result<Option<Self>, Problem> {
        let untrusted = |what| Problem::Untrusted { path: path.to_owned(), what };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut opened = rustix::fs::open(path, flags, Mode::empty());
        if opened.as_ref().is_err_and(|&error| error == Errno::NOENT) && make {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.map_err(|source| Problem::io("make", path, source))?;
            opened = rustix::fs::open(path, flags, Mode::empty());
        }
        let handle = match opened {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => return Err(untrusted("is a link or no folder")),
            Err(error) => return Err(Problem::io("open", path, error.into())),
        };
        let stat = rustix::fs::fstat(&handle).map_err(|error| Problem::io("read", path, error.into()))?;
        if !is_ours(&stat) {
            return Err(untrusted("belongs to another user"));
        }
        if Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
            return Err(untrusted("can be written to by other users"));
        }
        Ok(Some(Self { path: path.to_owned(), handle }))
    }

    /// The path under which it was opened.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a file of at most `limit` bytes, or so many bytes of a longer one.
    pub(super) fn read(&self, name: &str, limit: u64) -> io::Result<Found> {
        // A pipe must not block.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let handle = match rustix::fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(Found::Nothing),
            Err(Errno::LOOP) => return Ok(Found::Foreign("is a link")),
            Err(error) => return Err(error.into()),
        };
        let stat = rustix::fs::fstat(&handle)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(Found::Foreign("is no regular file"));
        }
        if !is_ours(&stat) {
            return Ok(Found::Foreign("belongs to another user"));
        }
        let is_private = !Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO);
        let mut bytes = Vec::with_capacity(stat.st_size.clamp(0, limit as i64) as usize);
        File::from(handle).take(limit).read_to_end(&mut bytes)?;
        Ok(Found::File { bytes, is_private })
    }

    /// Says that a file was used now. That it cannot be said, as in a folder that is read-only, does no harm.
    pub(super) fn touch(&self, name: &str) {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let times = Timestamps { last_access: now, last_modification: now };
        if let Ok(handle) = rustix::fs::openat(&self.handle, name, flags, Mode::empty()) {
            let _ = rustix::fs::futimens(handle, &times);
        }
    }

    /// Writes a file, in place of one that there is.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        for _ in 0..TRIES {
            let temporary = Temporary::write(self, parts)?;
            match rustix::fs::renameat(&self.handle, &temporary.name, &self.handle, name) {
                Ok(()) => {
                    temporary.became_a_file();
                    return Ok(());
                }
                // `ricojit cache clear` in another process.
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Errno::NOENT.into())
    }

    /// Writes a file, unless there is one.
    pub(super) fn write_new(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let temporary = Temporary::write(self, &[content])?;
        match rustix::fs::linkat(&self.handle, &temporary.name, &self.handle, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file; false if it is gone.
    pub(super) fn remove(&self, name: &str) -> io::Result<bool> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The regular files of the user.
    pub(super) fn list(&self) -> io::Result<Vec<Listed>> {
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            // Another process may have removed it.
            let Ok(stat) = rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            if is_ours(&stat) && FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                let since = Duration::new(stat.st_mtime.try_into().unwrap_or(0), stat.st_mtime_nsec as u32);
                let used = UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH);
                files.push(Listed { name: name.to_owned(), bytes: stat.st_size.try_into().unwrap_or(0), used });
            }
        }
        Ok(files)
    }

    /// Removes the temporary files of processes that were killed.
    pub(super) fn sweep(&self) {
        let now = SystemTime::now();
        let is_old = |file: &Listed| now.duration_since(file.used).is_ok_and(|age| age >= LEFTOVER_AGE);
        for file in self.list().unwrap_or_default() {
            if is_temporary(&file.name) && is_old(&file) {
                // Another process may have been faster.
                let _ = self.remove(&file.name);
            }
        }
    }
}

/// Whether a name is one of our temporary files.
pub(super) fn is_temporary(name: &str) -> bool {
    let digits = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp"));
    digits.is_some_and(|digits| digits.len() == 16 && super::is_hex(digits))
}

fn is_ours(stat: &Stat) -> bool {
    stat.st_uid == rustix::process::geteuid().as_raw()
}

/// A temporary file, which is removed unless it became another.
struct Temporary<'a> {
    folder: &'a Folder,
    name: String,
    is_there: bool,
}

impl<'a> Temporary<'a> {
    /// Writes and syncs one.
    fn write(folder: &'a Folder, parts: &[&[u8]]) -> io::Result<Self> {
        let name = format!(".{:016x}.tmp", getrandom::u64().map_err(io::Error::other)?);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(&folder.handle, &name, flags, Mode::RUSR | Mode::WUSR)?;
        let temporary = Self { folder, name, is_there: true };
        let mut file = File::from(handle);
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()?;
        Ok(temporary)
    }

    fn became_a_file(mut self) {
        self.is_there = false;
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if self.is_there {
            // There is no way to report an error here; the file is swept later.
            let _ = self.folder.remove(&self.name);
        }
    }
}
