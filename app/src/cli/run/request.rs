//! `FILE[@FRAME]`: a file to write after the last frame or after another one.

use super::Span;
use crate::error::Error;
use crate::files::Output;
use clap::builder::{OsStringValueParser, TypedValueParser};
use ricojit::text;
use std::ffi::OsStr;
use std::path::PathBuf;

/// A file that the command line asks for.
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

/// The parser of the command line.
pub(super) fn parser() -> impl TypedValueParser<Value = Request> {
    OsStringValueParser::new().try_map(|text| request(&text))
}

/// Parses `FILE` or `FILE@FRAME`. An `@` without a number after it is part of the file name.
fn request(text: &OsStr) -> Result<Request, String> {
    let (path, frame) = match split(text) {
        Some((path, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            let frame = number.parse().map_err(|_| format!("`{number}` is too large for a frame number"))?;
            (path, Some(frame))
        }
        _ => (text, None),
    };
    match frame {
        _ if path.is_empty() => Err("there is no file name".to_owned()),
        Some(0) => Err("frames count from 1: nothing is written before the first".to_owned()),
        _ => Ok(Request { path: path.into(), frame }),
    }
}

/// The parts before and after the last `@`. The second is text.
#[cfg(unix)]
fn split(text: &OsStr) -> Option<(&OsStr, &str)> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = text.as_bytes();
    let at = bytes.iter().rposition(|&byte| byte == b'@')?;
    Some((OsStr::from_bytes(&bytes[..at]), std::str::from_utf8(&bytes[at + 1..]).ok()?))
}

/// The parts before and after the last `@`.
#[cfg(not(unix))]
fn split(text: &OsStr) -> Option<(&OsStr, &str)> {
    text.to_str()?.rsplit_once('@').map(|(path, number)| (path.as_ref(), number))
}

/// An open file to write after a frame.
pub(super) struct Due {
    output: Output,
    /// The frame, counted from 1 at power-on.
    pub(super) frame: u64,
}

impl Due {
    /// Opens the file that `option` asks for in a run of these frames.
    pub(super) fn open(option: &str, request: &Request, span: Span) -> Result<Self, Error> {
        let frame = request.frame.unwrap_or(span.last);
        let path = text::path(&request.path);
        if frame > span.last {
            return Err(Error::Usage(format!("{option} {path}@{frame} is after the last frame, {}", span.last)));
        }
        if frame <= span.start {
            let first = span.start + 1;
            return Err(Error::Usage(format!("{option} {path}@{frame} is before the first frame, {first}")));
        }
        Ok(Self { output: Output::create(&request.path)?, frame })
    }
}

/// Calls `write` for the files that are due after this frame.
pub(super) fn write_due(
    files: &mut Vec<Due>,
    frame: u64,
    write: impl Fn(Output) -> Result<(), Error>,
) -> Result<(), Error> {
    // Few and rare: no need to sort them.
    while let Some(index) = files.iter().position(|file| file.frame == frame) {
        write(files.swap_remove(index).output)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Result<Request, String> {
        super::request(text.as_ref())
    }

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
