//! Screenshots of a running game.

use crate::error::Error;
use crate::files::Output;
use crate::picture::write_png;
use ricojit::Frame;
use ricojit::Palette;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes `NAME.png` in the folder, or `NAME-2.png`, ... if it exists; returns the path.
pub(super) fn write(folder: &Path, name: &str, frame: &Frame, palette: &Palette) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder).map_err(|source| Error::write(folder, source))?;
    let path = free(folder, name);
    write_png(Output::create(&path)?, frame, palette)?;
    Ok(path)
}

fn free(folder: &Path, name: &str) -> PathBuf {
    let mut path = folder.join(format!("{name}.png"));
    for number in 2.. {
        if !path.exists() {
            break;
        }
        path = folder.join(format!("{name}-{number}.png"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_picture_is_overwritten() {
        let folder = std::env::temp_dir().join(format!("ricojit-screenshot-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let write = || write(&folder, "a", &Frame::default(), &Palette::default()).expect("written");
        assert_eq!([write(), write(), write()], ["a.png", "a-2.png", "a-3.png"].map(|name| folder.join(name)));
        fs::remove_dir_all(&folder).expect("removable");
    }
}
