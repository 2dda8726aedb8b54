//! Files being written.
//!
//! ```text
//! Output::create  what the name leads to   way                                     commit
//!                 nothing, a plain file    a temporary file beside it              renamed to it: mode and owner stay
//!                 several names, mounted,  a temporary file beside it, or in the   a copy, then in place (`copy.rs`)
//!                 a locked folder          user's state folder
//!                 a device, a pipe         directly
//! ```
//!
//! Contract: links are followed, and stay. Whatever can be known of a failure is known when the output is created. Without
//! a commit, a file stays as it was, and nothing else is left.

use super::temporary::{Temporary, list};
use super::{copy, place};
use crate::error::Error;
use crate::stop;
use ricojit::text;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a full pipe is tried again.
const RETRY: Duration = Duration::from_millis(1);

/// A file being written.
pub(crate) struct Output {
    /// The path as it was named.
    path: PathBuf,
    /// The canonical path of the file it leads to.
    target: PathBuf,
    file: Sink,
    way: Way,
    is_executable: bool,
}

/// How the data comes to its place.
enum Way {
    Direct,
    Replace(Temporary),
    InPlace(Temporary, PathBuf),
}

impl Output {
    /// Opens an output for `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::write(path, source);
        let old = fs::metadata(path).ok();
        if old.as_ref().is_some_and(Metadata::is_dir) {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        // A file without a name is one that a descriptor leads to (/dev/stdout).
        let is_direct = |is: &Metadata| !is.is_file() || fs::canonicalize(path).is_err();
        if old.as_ref().is_some_and(is_direct) {
            let file = Sink::special(path).map_err(failed)?;
            let (path, target) = (path.to_owned(), path.to_owned());
            return Ok(Self { path, target, file, way: Way::Direct, is_executable: false });
        }
        let target = place::target(path).map_err(failed)?;
        copy::recover(path)?;
        if let Some(is) = &old {
            check_writable(&target, is).map_err(failed)?;
        }
        let (file, way) = Self::open(&target, old.as_ref()).map_err(failed)?;
        Ok(Self { path: path.to_owned(), target, file: Sink { file }, way, is_executable: false })
    }

    fn open(target: &Path, old: Option<&Metadata>) -> io::Result<(File, Way)> {
        let name = target.file_name().unwrap_or(OsStr::new("file"));
        let problem = match Temporary::create(place::folder_of(target), name, old.is_some()) {
            Ok((temporary, file)) => {
                let replaces = old.is_none_or(|old| is_alike(&file, target, old));
                let way = match replaces {
                    true => Way::Replace(temporary),
                    false => Way::InPlace(temporary, copy::beside(target)),
                };
                return Ok((file, way));
            }
            Err(problem) if old.is_none() => return Err(problem),
            Err(problem) => problem,
        };
        // The file can be written, but its folder cannot.
        let Some(copy) = copy::in_state_folder(target) else { return Err(problem) };
        let folder = place::folder_of(&copy);
        let made = copy::make_private(folder).and_then(|()| Temporary::create(folder, name, true));
        let (temporary, file) = made.map_err(|other| {
            let folder = text::path(folder);
            io::Error::other(format!(
                "there is no place for a copy, in its folder ({problem}) or in {folder} ({other})"
            ))
        })?;
        Ok((file, Way::InPlace(temporary, copy)))
    }

    /// A writer for the content. Flush it: dropping it hides errors.
    pub(crate) fn writer(&self) -> Result<BufWriter<Sink>, Error> {
        self.file.try_clone().map(BufWriter::new).map_err(|source| Error::write(&self.path, source))
    }

    /// The same, as a program: whoever may read it may run it.
    #[cfg(feature = "jit")]
    pub(crate) fn executable(mut self) -> Self {
        self.is_executable = true;
        self
    }

    /// Whether the data goes to its reader at once, and nothing can be changed in it.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.way, Way::Direct)
    }

    /// Whether other files can be made beside the finished one.
    pub(crate) fn has_own_folder(&self) -> bool {
        let copy_folder = |copy: &Path| place::folder_of(copy) == place::folder_of(&self.target);
        !matches!(&self.way, Way::InPlace(_, copy) if !copy_folder(copy))
    }

    /// The path of the finished file, as it was named.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the data in its place. All writers must be flushed and dropped.
    pub(crate) fn commit(self) -> Result<(), Error> {
        let Self { path, target, file: Sink { file }, way, is_executable } = self;
        let failed = |source| Error::write(&path, source);
        match way {
            Way::Direct => return Ok(()),
            Way::Replace(temporary) => {
                if is_executable {
                    make_executable(&file).map_err(failed)?;
                }
                file.sync_all().map_err(failed)?;
                let renamed = temporary.rename(&target, &mut list());
                match renamed {
                    Ok(()) => return Ok(()),
                    // A mount point, or another user's file in a folder for all.
                    Err(_) if target.is_file() => {
                        copy::write_in_place((&temporary, &file), &copy::beside(&target), &target, &path)?;
                    }
                    Err(source) => return Err(failed(source)),
                }
            }
            Way::InPlace(temporary, copy) => copy::write_in_place((&temporary, &file), &copy, &target, &path)?,
        }
        if is_executable {
            File::open(&target).and_then(|file| make_executable(&file)).map_err(failed)?;
        }
        Ok(())
    }
}

/// Writes `content` to the output and commits it.
pub(crate) fn write(mut output: Output, content: impl AsRef<[u8]>) -> Result<(), Error> {
    // Unbuffered: dropping a buffer hides errors.
    output.file.write_all(content.as_ref()).map_err(|source| Error::write(&output.path, source))?;
    output.commit()
}

/// Fails if a file cannot be written. A mark that forbids it counts for everyone.
fn check_writable(target: &Path, is: &Metadata) -> io::Result<()> {
    if is.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    #[cfg(unix)]
    rustix::fs::access(target, rustix::fs::Access::WRITE_OK)?;
    #[cfg(not(unix))]
    let _ = target;
    Ok(())
}

/// Gives a new file the mode and the owner of an old one; false if it would not be all that the old one is.
#[cfg(unix)]
fn is_alike(new: &File, target: &Path, old: &Metadata) -> bool {
    use rustix::fs::{Gid, Uid};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let Ok(is) = new.metadata() else { return false };
    let owner = (is.uid() != old.uid()).then(|| Uid::from_raw(old.uid()));
    let group = (is.gid() != old.gid()).then(|| Gid::from_raw(old.gid()));
    let is_owned = || owner.is_none() && group.is_none() || rustix::fs::fchown(new, owner, group).is_ok();
    // After the owner, whose change takes bits away.
    let has_mode = || new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777)).is_ok();
    old.nlink() == 1 && !has_more(target) && is_owned() && has_mode()
}

/// On other systems, the folder says who may do what.
#[cfg(not(unix))]
fn is_alike(_: &File, _: &Path, _: &Metadata) -> bool {
    true
}

/// Whether a file has attributes that a new one would not get: access lists, and what users note.
#[cfg(target_os = "linux")]
fn has_more(target: &Path) -> bool {
    let mut names = vec![0; 1 << 16];
    let listed = rustix::fs::listxattr(target, &mut names[..]);
    let names = &names[..listed.unwrap_or(0)];
    names.split(|&byte| byte == 0).any(|name| name.starts_with(b"user.") || name.starts_with(b"system.posix_acl"))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn has_more(_: &Path) -> bool {
    false
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    file.set_permissions(fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}

/// Where the bytes go. A pipe that is full is waited for, until a signal asks the program to end.
#[derive(Debug)]
pub(crate) struct Sink {
    file: File,
}

impl Sink {
    /// A device or a pipe. Of a pipe, this waits for the reader.
    fn special(path: &Path) -> io::Result<Self> {
        let file = File::options().write(true).open(path)?;
        #[cfg(unix)]
        if std::os::unix::fs::FileTypeExt::is_fifo(&file.metadata()?.file_type()) {
            // A write that waits would not see a signal.
            rustix::fs::fcntl_setfl(&file, rustix::fs::fcntl_getfl(&file)? | rustix::fs::OFlags::NONBLOCK)?;
        }
        Ok(Self { file })
    }

    fn try_clone(&self) -> io::Result<Self> {
        self.file.try_clone().map(|file| Self { file })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if stop::signal().is_some() {
                        return Err(io::Error::other("a signal came while its reader was waited for"));
                    }
                    std::thread::sleep(RETRY);
                }
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Sink {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
