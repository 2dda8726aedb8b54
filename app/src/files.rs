//! Files: bounded reads, outputs that keep what they were (`output.rs`), and guards that keep inputs from being overwritten.

mod copy;
mod output;
mod place;
mod temporary;

use crate::error::Error;
pub(crate) use output::{Output, Sink, write};
use place::Identity;
use ricojit::text;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
#[cfg(unix)]
pub(crate) use temporary::remove_temporaries;

/// More than any movie, palette or save file has.
const READ_LIMIT: u64 = 64 << 20;

/// Reads a small file. If a process died while writing it, it is finished first.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    copy::recover(path)?;
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(READ_LIMIT + 1).read_to_end(&mut content))
        .map_err(|source| Error::read(path, source))?;
    if content.len() as u64 > READ_LIMIT {
        return Err(Error::file(path, &format!("the file is larger than {} MiB", READ_LIMIT >> 20)));
    }
    Ok(content)
}

/// Writes to standard output. A closed pipe (`| head`) is not an error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::write(Path::new("standard output"), error))
        }
        _ => Ok(()),
    }
}

/// A file of a command: its option, and its path.
pub(crate) type Named<'a> = (&'a str, &'a Path);

/// Fails if an output is also an input or another output, under whatever name.
pub(crate) fn check_distinct(inputs: &[Named<'_>], outputs: &[Named<'_>]) -> Result<(), Error> {
    let mut known: Vec<_> = inputs.iter().map(|&(name, path)| (name, Identity::of(path))).collect();
    for &(name, path) in outputs {
        let identity = Identity::of(path);
        if let Some((other, _)) = known.iter().find(|(_, known)| identity.is_some() && *known == identity) {
            let path = text::path(path);
            return Err(Error::Usage(format!("{name} would overwrite {path}, which is {other}: name another file")));
        }
        known.push((name, identity));
    }
    Ok(())
}

/// Copies `source` to the first of `path.bak`, `path.bak2`, ... that does not exist, and returns that path. The copy is
/// written whole, as every [`Output`], and may be read by those who may read the source.
pub(crate) fn back_up(source: &Path, path: &Path) -> Result<PathBuf, Error> {
    for number in 1..1000 {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 1 { ".bak".to_owned() } else { format!(".bak{number}") });
        let copy = PathBuf::from(name);
        // An empty file takes the name, so that no other process does.
        match File::create_new(&copy) {
            Ok(file) => {
                let content = fs::read(source).map_err(|problem| Error::read(source, problem));
                if let Some(is) = fs::metadata(source).ok().filter(|is| !is.permissions().readonly()) {
                    // The backup matters more than its mode.
                    let _ = file.set_permissions(is.permissions());
                }
                let copied = content.and_then(|content| write(Output::create(&copy)?, content));
                if copied.is_err() {
                    // Already failing: removing the empty file is all that can be done.
                    let _ = fs::remove_file(&copy);
                }
                return copied.map(|()| copy);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::write(&copy, source)),
        }
    }
    Err(Error::file(path, "this file already has 999 backups: delete some"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_without_commit_leaves_the_old_file() {
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
        assert_eq!(back_up(&path, &path).expect("copied"), folder.join("a.txt.bak"));
        assert_eq!(back_up(&path, &path).expect("copied"), folder.join("a.txt.bak2"));
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn a_failed_write_is_an_error() {
        let full = Path::new("/dev/full");
        if full.exists() {
            assert!(write(Output::create(full).expect("it can be opened"), "a").is_err());
        }
    }

    #[test]
    fn a_leftover_temporary_file_does_no_harm() {
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
    fn two_paths_to_one_file_are_the_same_file() {
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
    fn devices_are_written_to_but_not_replaced() {
        let output = Output::create(Path::new("/dev/null")).expect("writable");
        output.commit().expect("nothing to rename");
        assert!(!fs::metadata("/dev/null").expect("still there").is_file());
    }
}
