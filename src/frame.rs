//! The picture a PPU makes: palette indices and emphasis, not colours.

/// Pixels in a line.
pub const WIDTH: usize = 256;
/// Lines in a picture.
pub const HEIGHT: usize = 240;

/// One picture. Each pixel is the palette index (bits 0-5, greyscale applied) and the emphasis bits of PPUMASK
/// (bits 6-8: red, green, blue), row by row from the top left.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pixels: Box<[u16; WIDTH * HEIGHT]>,
}

impl Default for Frame {
    fn default() -> Self {
        Self { pixels: vec![0; WIDTH * HEIGHT].into_boxed_slice().try_into().expect("the length is the array's") }
    }
}

impl Frame {
    /// Bytes of its pixels.
    pub const BYTES: usize = size_of::<[u16; WIDTH * HEIGHT]>();

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[u16; WIDTH * HEIGHT] {
        &self.pixels
    }

    /// All pixels, to be drawn.
    pub fn pixels_mut(&mut self) -> &mut [u16; WIDTH * HEIGHT] {
        &mut self.pixels
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Frame(256x240)")
    }
}
