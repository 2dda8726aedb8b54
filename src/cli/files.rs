//! Files in and out: bounded reads, and outputs that replace what was there only when they are whole.

use crate::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Movies, palettes and saves are smaller than this.
const READ_LIMIT: u64 = 64 << 20;

/// The content of a small file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(READ_LIMIT + 1).read_to_end(&mut content))
        .map_err(|source| Error::read(path, source))?;
    if content.len() as u64 > READ_LIMIT {
        return Err(Error::file(path, &format!("the file is larger than {} MiB", READ_LIMIT >> 20)));
    }
    Ok(content)
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::write(Path::new("standard output"), error))
        }
        _ => Ok(()),
    }
}

/// A file being written. It is a temporary one beside its target, made at once so that a folder that cannot be
/// written to is found before the work, and takes the target's place in [`Output::commit`]; if that is never called,
/// it vanishes and the target stays as it was.
pub(crate) struct Output {
    target: PathBuf,
    /// `None` where the target is no regular file (`/dev/null`): that is written to directly.
    temporary: Option<PathBuf>,
    file: File,
}

impl Output {
    /// Opens an output that is to become `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::write(path, source);
        // Through links, so that the link stays and its target is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&target) {
            Ok(is) if is.is_dir() => return Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(is) if !is.is_file() => {
                let file = File::options().write(true).open(&target).map_err(failed)?;
                return Ok(Self { target, temporary: None, file });
            }
            Ok(is) if is.permissions().readonly() => return Err(failed(io::ErrorKind::PermissionDenied.into())),
            _ => {}
        }
        let name = target.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let temporary = target.with_file_name(hidden);
        let file = File::create_new(&temporary).map_err(failed)?;
        Ok(Self { target, temporary: Some(temporary), file })
    }

    /// Where to write.
    pub(crate) fn writer(&self) -> Result<BufWriter<File>, Error> {
        self.file.try_clone().map(BufWriter::new).map_err(|source| Error::write(&self.target, source))
    }

    /// The file that this will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the file in its target's place. Every writer must be flushed and gone.
    pub(crate) fn commit(mut self) -> Result<(), Error> {
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        let done = self.file.sync_all().and_then(|()| fs::rename(&temporary, &self.target));
        done.map_err(|source| {
            // Already failing: what is left of the temporary file is all that can be tidied.
            let _ = fs::remove_file(&temporary);
            Error::write(&self.target, source)
        })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            // An abandoned output: nobody is left to tell.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Writes a whole text to an output.
pub(crate) fn write(output: Output, text: &str) -> Result<(), Error> {
    let mut writer = output.writer()?;
    let written = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    written.map_err(|source| Error::write(output.target(), source))?;
    drop(writer);
    output.commit()
}

/// Copies `path` to the first free one of `path.bak`, `path.bak2`, ... and returns that name.
pub(crate) fn back_up(path: &Path) -> Result<PathBuf, Error> {
    for number in 1..1000 {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 1 { ".bak".to_owned() } else { format!(".bak{number}") });
        let copy = PathBuf::from(name);
        let made = File::create_new(&copy).and_then(|mut to| io::copy(&mut File::open(path)?, &mut to));
        match made {
            Ok(_) => return Ok(copy),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::write(&copy, source)),
        }
    }
    Err(Error::file(path, "there are already 999 backups of this file: remove some"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_output_leaves_the_old_file() {
        let folder = std::env::temp_dir().join(format!("ricojit-files-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let path = folder.join("a.txt");
        fs::write(&path, "old").expect("writable");
        let output = Output::create(&path).expect("writable");
        output.writer().expect("a writer").write_all(b"new").expect("written");
        drop(output);
        assert_eq!(fs::read(&path).expect("still there"), b"old");
        let output = Output::create(&path).expect("writable");
        output.writer().expect("a writer").write_all(b"new").expect("written");
        output.commit().expect("renamed");
        assert_eq!(fs::read(&path).expect("replaced"), b"new");
        assert_eq!(fs::read_dir(&folder).expect("readable").count(), 1, "no temporary file is left");
        assert_eq!(back_up(&path).expect("copied"), folder.join("a.txt.bak"));
        assert_eq!(back_up(&path).expect("copied"), folder.join("a.txt.bak2"));
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn devices_are_written_to_and_not_replaced() {
        let output = Output::create(Path::new("/dev/null")).expect("writable");
        output.commit().expect("nothing to rename");
        assert!(!fs::metadata("/dev/null").expect("still there").is_file());
    }
}
