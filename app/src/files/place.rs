//! Where a name leads, and whether two names are one file.
//!
//! Contract: a file that exists is known by its identity, so no spelling of its name (links, `..`, upper and lower case,
//! bytes that are not UTF-8) makes it another. One that does not is known by its folder's identity and its name there.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Links that are followed; Linux follows as many.
const LINKS: usize = 40;

/// The folder that a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The canonical path of the file that a name leads to. The file need not exist, but its folder has to.
pub(super) fn target(path: &Path) -> io::Result<PathBuf> {
    if let Ok(found) = fs::canonicalize(path) {
        return Ok(found);
    }
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let folder = fs::canonicalize(folder_of(&path))?;
        let place = folder.join(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
        match fs::read_link(&place) {
            Ok(link) => path = folder.join(link),
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// What makes a file the same as another.
#[derive(Clone, Debug)]
pub(super) enum Identity {
    /// It exists. Either is enough: some network file systems number a file differently each time.
    Existing { device_and_inode: Option<(u64, u64)>, path: PathBuf },
    /// It does not exist: its folder, and its name there.
    New(Box<Identity>, OsString),
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Existing { device_and_inode: inode, path },
                Self::Existing { device_and_inode: other_inode, path: other_path },
            ) => path == other_path || inode.is_some() && inode == other_inode,
            (Self::New(folder, name), Self::New(other_folder, other_name)) => {
                folder == other_folder && name == other_name
            }
            _ => false,
        }
    }
}

impl Identity {
    /// Of a regular file, or of one that does not exist. `None` for devices, pipes and folders, and if the file's folder
    /// does not exist.
    pub(super) fn of(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(is) => is.is_file().then(|| Self::of_existing(path, &is)),
            Err(_) => {
                let target = target(path).ok()?;
                let folder = folder_of(&target);
                let folder = Self::of_existing(folder, &fs::metadata(folder).ok()?);
                Some(Self::New(Box::new(folder), comparable(target.file_name()?.to_owned())))
            }
        }
    }

    fn of_existing(path: &Path, is: &fs::Metadata) -> Self {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self::Existing { device_and_inode: device_and_inode(is), path }
    }
}

#[cfg(unix)]
fn device_and_inode(is: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((is.dev(), is.ino()))
}

#[cfg(not(unix))]
fn device_and_inode(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// A name as its file system compares it. Where upper and lower case are usually the same, they are taken to be.
fn comparable(name: OsString) -> OsString {
    if cfg!(any(windows, target_os = "macos")) {
        return name.to_string_lossy().to_lowercase().into();
    }
    name
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_spelling_is_the_same_file() {
        let folder = std::env::temp_dir().join(format!("ricojit-place-{}", std::process::id()));
        fs::create_dir_all(folder.join("sub")).expect("a temporary folder");
        let name = |bytes: &[u8]| folder.join(OsStr::from_bytes(bytes));
        fs::write(name(b"g\xE9"), "").expect("writable");
        fs::hard_link(name(b"g\xE9"), name(b"hard")).expect("a link");
        symlink(name(b"g\xE9"), name(b"soft")).expect("a link");
        symlink(&folder, name(b"sub/up")).expect("a link");
        let all = [&b"g\xE9"[..], b"hard", b"soft", b"sub/../g\xE9", b"./g\xE9", b"sub/up/g\xE9"];
        let first = Identity::of(&name(all[0]));
        assert!(first.is_some() && all.iter().all(|path| Identity::of(&name(path)) == first));
        assert_ne!(Identity::of(&name(b"g\xE8")), first);

        symlink("new", name(b"dangling")).expect("a link");
        symlink("dangling", name(b"twice")).expect("a link");
        let all = [&b"new"[..], b"dangling", b"twice", b"sub/../new", b"sub/up/new", b"sub/up/twice"];
        let first = Identity::of(&name(all[0]));
        assert!(first.is_some() && all.iter().all(|path| Identity::of(&name(path)) == first));
        let folder = fs::canonicalize(&folder).expect("it exists");
        assert_eq!(target(&name(b"sub/up/twice")).expect("a place"), folder.join("new"));

        symlink("b", name(b"a")).expect("a link");
        symlink("a", name(b"b")).expect("a link");
        assert!(target(&name(b"a")).is_err() && target(&name(b"none/a")).is_err() && target(&name(b"new/")).is_err());
        assert_eq!(Identity::of(Path::new("/dev/null")), None);
        fs::remove_dir_all(&folder).expect("removable");
    }
}
