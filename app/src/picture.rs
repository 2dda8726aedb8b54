//! Pictures: a frame as a PNG file, and the palette of it.

use crate::error::Error;
use crate::files::{self, Output};
use crate::terminal;
use ricojit::Palette;
use ricojit::frame::{Frame, HEIGHT, WIDTH};
use std::path::Path;

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

/// Reads the palette of `--palette`, and says what of it is not used.
pub(crate) fn read_palette(path: &Path) -> Result<Palette, Error> {
    let read = Palette::from_file_with_note(&files::read(path)?).map_err(|problem| Error::file(path, &problem));
    let (palette, note) = read?;
    note.iter().for_each(|note| terminal::say(format_args!("{}: {note}", path.display())));
    Ok(palette)
}
