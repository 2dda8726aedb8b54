//! The icon of a window: a small picture from a PNG file.

use std::io::Cursor;

/// The largest width and height.
pub(crate) const MAX_SIZE: u32 = 256;

/// An icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Icon {
    /// 1 to [`MAX_SIZE`].
    pub(crate) width: u32,
    /// 1 to [`MAX_SIZE`].
    pub(crate) height: u32,
    /// Its pixels, rows from the top: alpha, red, green and blue, 8 bits each.
    pub(crate) argb: Vec<u32>,
}

impl Icon {
    /// Reads a PNG file.
    ///
    /// # Errors
    ///
    /// A sentence, if it is not one, or too large.
    pub(crate) fn read(file: &[u8]) -> Result<Self, String> {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().map_err(|problem| format!("this is not a PNG file: {problem}"))?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width > MAX_SIZE || height > MAX_SIZE {
            return Err(format!("the icon has {width} x {height} pixels: {MAX_SIZE} x {MAX_SIZE} are the most"));
        }
        let (color, _) = reader.output_color_type();
        let mut bytes = vec![0; (MAX_SIZE * MAX_SIZE * 4) as usize];
        let read = reader.next_frame(&mut bytes).map_err(|problem| format!("the PNG file is damaged: {problem}"))?;
        let pixels = bytes[..read.buffer_size()].chunks_exact(color.samples());
        let argb = pixels.map(|pixel| match *pixel {
            [gray] => u32::from_be_bytes([0xFF, gray, gray, gray]),
            [gray, alpha] => u32::from_be_bytes([alpha, gray, gray, gray]),
            [red, green, blue] => u32::from_be_bytes([0xFF, red, green, blue]),
            [red, green, blue, alpha] => u32::from_be_bytes([alpha, red, green, blue]),
            _ => 0,
        });
        Ok(Self { width, height, argb: argb.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, color: png::ColorType, data: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().expect("a header").write_image_data(data).expect("a picture");
        file
    }

    #[test]
    fn all_kinds_of_pixels_are_read() {
        let read = |color, data: &[u8]| Icon::read(&png(1, 1, color, data)).expect("an icon").argb;
        assert_eq!(read(png::ColorType::Grayscale, &[7]), [0xFF07_0707]);
        assert_eq!(read(png::ColorType::GrayscaleAlpha, &[7, 8]), [0x0807_0707]);
        assert_eq!(read(png::ColorType::Rgb, &[1, 2, 3]), [0xFF01_0203]);
        assert_eq!(read(png::ColorType::Rgba, &[1, 2, 3, 4]), [0x0401_0203]);
    }

    #[test]
    fn a_large_or_damaged_icon_is_refused() {
        let large = png(257, 1, png::ColorType::Grayscale, &[0; 257]);
        assert!(Icon::read(&large).expect_err("too large").contains("257 x 1 pixels"));
        let good = png(16, 16, png::ColorType::Rgba, &[9; 1024]);
        for length in 0..good.len() {
            // The end of the last chunk may be missing.
            let _ = Icon::read(&good[..length]);
        }
        assert!(Icon::read(b"GIF89a").is_err());
    }
}
