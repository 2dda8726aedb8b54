//! `--screenshot FILE[@FRAME]`: writes pictures as PNG files.

use crate::error::Error;
use crate::files::Output;
use crate::picture::write_png;
use ricojit::Frame;
use ricojit::Palette;
use std::path::PathBuf;

/// A picture that the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    path: PathBuf,
    /// The frame, counted from 1 at power-on; `None` is the last.
    frame: Option<u64>,
}

impl Request {
    /// The file.
    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }
}

/// Parses `FILE` or `FILE@FRAME`. An `@` without a number after it is part of the file name.
pub(super) fn request(text: &str) -> Result<Request, String> {
    let (path, frame) = match text.rsplit_once('@') {
        Some((path, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            let frame = number.parse().map_err(|_| format!("`{number}` is too large for a frame number"))?;
            (path, Some(frame))
        }
        _ => (text, None),
    };
    match frame {
        _ if path.is_empty() => Err("there is no file name".to_owned()),
        Some(0) => Err("frames count from 1: there is no picture before the first".to_owned()),
        _ => Ok(Request { path: path.into(), frame }),
    }
}

/// A picture to take, with its open file.
pub(super) struct Screenshot {
    output: Output,
    /// The frame, counted from 1 at power-on.
    pub(super) frame: u64,
}

impl Screenshot {
    /// Opens the file of a picture in a run of `last` frames.
    pub(super) fn open(request: &Request, last: u64) -> Result<Self, Error> {
        let frame = request.frame.unwrap_or(last);
        if frame > last {
            let path = request.path.display();
            return Err(Error::Usage(format!("--screenshot {path}@{frame} is after the last frame, {last}")));
        }
        Ok(Self { output: Output::create(&request.path)?, frame })
    }

    /// Writes the picture.
    pub(super) fn write(self, frame: &Frame, palette: &Palette) -> Result<(), Error> {
        write_png(self.output, frame, palette)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_a_file_and_perhaps_a_frame() {
        let asked = |path: &str, frame| Ok(Request { path: path.into(), frame });
        assert_eq!(request("a.png"), asked("a.png", None));
        assert_eq!(request("a.png@60"), asked("a.png", Some(60)));
        assert_eq!(request("me@home.png"), asked("me@home.png", None));
        assert_eq!(request("me@home.png@7"), asked("me@home.png", Some(7)));
        assert!(request("a.png@0").is_err());
        assert!(request("@5").is_err());
        assert!(request("").is_err());
        assert!(request("a@99999999999999999999").is_err());
    }
}
