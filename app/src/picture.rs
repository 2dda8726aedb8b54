//! A frame as a PNG file.

use crate::error::Error;
use crate::files::Output;
use ricojit::Palette;
use ricojit::frame::{Frame, HEIGHT, WIDTH};

/// Writes the frame to `output` as a PNG file of 256 x 240 pixels, and commits it.
pub(crate) fn write_png(output: Output, frame: &Frame, palette: &Palette) -> Result<(), Error> {
    let rgb: Vec<u8> = frame.pixels().iter().flat_map(|&pixel| palette.rgba(pixel)[..3].to_owned()).collect();
    let mut encoder = png::Encoder::new(output.writer()?, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut png| {
        png.write_image_data(&rgb)?;
        png.finish()
    });
    written.map_err(|source| Error::write(output.path(), source.into()))?;
    output.commit()
}
