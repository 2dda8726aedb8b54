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
        for number in 1..1000 {
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{}-{number}.tmp", std::process::id()));
            let temporary = target.with_file_name(hidden);
            match File::create_new(&temporary) {
                Ok(file) => return Ok(Self { target, temporary: Some(temporary), file }),
                // Left by one that was killed: in a container, all have the same process number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(failed(source)),
            }
        }
        Err(failed(io::ErrorKind::AlreadyExists.into()))
    }

    /// Where to write. It has to be flushed, or an error is not seen.
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

/// Writes all of an output.
pub(crate) fn write(output: Output, content: impl AsRef<[u8]>) -> Result<(), Error> {
    // Not buffered: a buffer that cannot be written when it is dropped says nothing.
    (&output.file).write_all(content.as_ref()).map_err(|source| Error::write(&output.target, source))?;
    output.commit()
}

/// A file of a command: the name it has there, and its path.
pub(crate) type Named<'a> = (&'a str, &'a Path);

/// An error if a file that is to be written is one that is read, or another that is to be written.
pub(crate) fn check_distinct(inputs: &[Named<'_>], outputs: &[Named<'_>]) -> Result<(), Error> {
    let mut known: Vec<_> = inputs.iter().map(|&(name, path)| (name, place(path))).collect();
    for &(name, path) in outputs {
        let place = place(path);
        if let Some((other, _)) = known.iter().find(|(_, known)| place.is_some() && *known == place) {
            let path = path.display();
            return Err(Error::Usage(format!("{name} would overwrite {path}, which is {other}: name another file")));
        }
        known.push((name, place));
    }
    Ok(())
}

/// Where a regular file is, or would be, whichever way leads there.
fn place(path: &Path) -> Option<PathBuf> {
    match fs::canonicalize(path) {
        Ok(file) => file.is_file().then_some(file),
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
        }
    }
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
    fn what_cannot_be_written_is_an_error() {
        let full = Path::new("/dev/full");
        if full.exists() {
            assert!(write(Output::create(full).expect("it can be opened"), "a").is_err());
        }
    }

    #[test]
    fn a_leftover_is_in_nobodys_way() {
        let folder = std::env::temp_dir().join(format!("ricojit-leftover-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let path = folder.join("a.sav");
        let killed = Output::create(&path).expect("writable");
        write(Output::create(&path).expect("writable"), "new").expect("written");
        assert_eq!(fs::read(&path).expect("there"), b"new");
        drop(killed);
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn files_are_the_same_whichever_way_leads_there() {
        let folder = std::env::temp_dir().join(format!("ricojit-distinct-{}", std::process::id()));
        fs::create_dir_all(folder.join("b")).expect("a temporary folder");
        fs::write(folder.join("a"), "").expect("writable");
        let [a, around, new, around_new] = ["a", "b/../a", "new", "b/../new"].map(|name| folder.join(name));
        let null = Path::new("/dev/null");
        let check =
            |input: &Path, outputs: [&Path; 2]| check_distinct(&[("one", input)], &outputs.map(|path| ("two", path)));
        assert!(check(&a, [&new, null]).is_ok() && check(null, [null, null]).is_ok());
        assert!(check(&a, [&new, &around]).is_err() && check(&a, [&new, &around_new]).is_err());
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn devices_are_written_to_and_not_replaced() {
        let output = Output::create(Path::new("/dev/null")).expect("writable");
        output.commit().expect("nothing to rename");
        assert!(!fs::metadata("/dev/null").expect("still there").is_file());
    }
}
