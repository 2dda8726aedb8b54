//! `--screenshot FILE[@FRAME]`: pictures as PNG.

use crate::cli::files::Output;
use crate::error::Error;
use ricojit::Palette;
use ricojit::frame::{Frame, HEIGHT, WIDTH};
use std::path::PathBuf;

/// A picture asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    path: PathBuf,
    /// After how many frames from power-on; `None` is after the last.
    frame: Option<u64>,
}

impl Request {
    /// Where it goes.
    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }
}

/// Reads `FILE` or `FILE@FRAME`. An `@` that no number follows belongs to the name.
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
        Some(0) => Err("frames are counted from 1: there is no picture before the first".to_owned()),
        _ => Ok(Request { path: path.into(), frame }),
    }
}

/// A picture to be taken, its file already open.
pub(super) struct Screenshot {
    output: Output,
    /// After how many frames from power-on.
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

/// Makes `output` a PNG file.
pub(crate) fn write_png(output: Output, frame: &Frame, palette: &Palette) -> Result<(), Error> {
    let rgb: Vec<u8> = frame.pixels().iter().flat_map(|&pixel| palette.rgba(pixel)[..3].to_owned()).collect();
    let mut encoder = png::Encoder::new(output.writer()?, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut png| {
        png.write_image_data(&rgb)?;
        png.finish()
    });
    written.map_err(|source| Error::write(output.target(), source.into()))?;
    output.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
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
