//! Colours: from the PPU's pixels (palette index and emphasis) to RGB.
//!
//! A palette has 512 colours, 64 for each setting of the three emphasis bits; a frame's pixel ([`crate::frame::Frame`])
//! is the index of its colour. [`mod@file`] reads the files.
//!
//! The default palette, `palette/2c02g.pal`, is computed from the voltages measured on a 2C02G
//! (<https://www.nesdev.org/wiki/NTSC_video>) as an ideal television would show them, without artifacts. A test at the
//! end of this file is the computation and compares its result with the file.

pub mod file;

pub use file::PaletteError;

use crate::frame::{Frame, HEIGHT, Seen, WIDTH};
use crate::simd::{self, Bytes};

/// The computed palette of the 2C02G.
const DEFAULT: &[u8; 512 * 3] = include_bytes!("palette/2c02g.pal");

/// White, whose dimming is applied to all colours of a 192-byte file.
const WHITE: usize = 0x30;

/// The colours of a frame's 512 pixel values, as RGBA and as RGB565.
///
/// The default palette is that of a 2C02G.
#[derive(Clone, PartialEq, Eq)]
pub struct Palette {
    rgba: [[u8; 4]; 512],
    rgb565: [u16; 512],
    /// The same, one table for each byte of a colour.
    rgba_bytes: Bytes<3>,
    rgb565_bytes: Bytes<2>,
}

impl Default for Palette {
    fn default() -> Self {
        Self::from_colours(|pixel| colour(DEFAULT, pixel))
    }
}

impl Palette {
    /// Reads the content of a palette file, see [`mod@file`].
    ///
    /// # Errors
    ///
    /// [`PaletteError`] if there are too few colours.
    pub fn from_file(bytes: &[u8]) -> Result<Self, PaletteError> {
        Self::from_file_with_note(bytes).map(|(palette, _)| palette)
    }

    /// As [`Palette::from_file`]; and a sentence about what of the file is not used, if there is something.
    ///
    /// # Errors
    ///
    /// Those of [`Palette::from_file`].
    pub fn from_file_with_note(bytes: &[u8]) -> Result<(Self, Option<String>), PaletteError> {
        let file::Colours { colours, note } = file::read(bytes)?;
        let palette = match colours.len() {
            512 => Self::from_colours(|pixel| colours[pixel]),
            _ => Self::from_colours(|pixel| dimmed(colours[pixel % 64], pixel / 64)),
        };
        Ok((palette, note))
    }

    fn from_colours(colour: impl Fn(usize) -> [u8; 3]) -> Self {
        let rgba = std::array::from_fn(|pixel| {
            let [r, g, b] = colour(pixel);
            [r, g, b, 255]
        });
        let rgb565 =
            rgba.map(|[r, g, b, _]: [u8; 4]| (u16::from(r >> 3) << 11) | (u16::from(g >> 2) << 5) | u16::from(b >> 3));
        let rgba_bytes = bytes(|pixel, byte| rgba[pixel][byte]);
        let rgb565_bytes = bytes(|pixel, byte| rgb565[pixel].to_le_bytes()[byte]);
        Self { rgba, rgb565, rgba_bytes, rgb565_bytes }
    }

    /// The colour of a pixel of a frame: red, green, blue, and 255 for alpha.
    #[inline]
    pub fn rgba(&self, pixel: u16) -> [u8; 4] {
        self.rgba[usize::from(pixel & 0x1FF)]
    }

    /// The colour of a pixel of a frame: red in bits 11-15, green in 5-10, blue in 0-4.
    #[inline]
    pub fn rgb565(&self, pixel: u16) -> u16 {
        self.rgb565[usize::from(pixel & 0x1FF)]
    }

    /// Converts a picture to [`Palette::rgba`], row by row. `out` has 61,440 pixels; a shorter one receives the
    /// beginning of the picture.
    pub fn convert_rgba(&self, frame: &Frame, out: &mut [[u8; 4]]) {
        self.convert(frame, out);
    }

    /// Converts a picture to [`Palette::rgb565`], row by row. `out` has 61,440 pixels; a shorter one receives the
    /// beginning of the picture.
    pub fn convert_rgb565(&self, frame: &Frame, out: &mut [u16]) {
        self.convert(frame, out);
    }

    fn convert<T: Format>(&self, frame: &Frame, out: &mut [T]) {
        for (to, line) in out.chunks_mut(WIDTH).zip(frame.pixels().as_chunks().0) {
            match to.as_chunks_mut().0.first_mut() {
                Some(to) => T::convert_line(self, line, to),
                None => to.iter_mut().zip(line).for_each(|(to, &pixel)| *to = T::convert_pixel(self, pixel)),
            }
        }
    }
}

/// A pixel format: `[u8; 4]` is red, green, blue, 255; `u16` is RGB565.
pub trait Format: Copy + Default {
    /// Converts one pixel of a frame.
    fn convert_pixel(palette: &Palette, pixel: u16) -> Self;
    /// Converts a line with vector instructions. Returns whether it did.
    #[doc(hidden)]
    fn convert_at_once(palette: &Palette, line: &[u16; WIDTH], out: &mut [Self; WIDTH]) -> bool;

    /// Converts a line of 256 pixels.
    fn convert_line(palette: &Palette, line: &[u16; WIDTH], out: &mut [Self; WIDTH]) {
        if !Self::convert_at_once(palette, line, out) {
            out.iter_mut().zip(line).for_each(|(to, &pixel)| *to = Self::convert_pixel(palette, pixel));
        }
    }
}

impl Format for [u8; 4] {
    #[inline]
    fn convert_pixel(palette: &Palette, pixel: u16) -> Self {
        palette.rgba(pixel)
    }

    fn convert_at_once(palette: &Palette, line: &[u16; WIDTH], out: &mut [Self; WIDTH]) -> bool {
        simd::rgba(line, &palette.rgba_bytes, out)
    }
}

impl Format for u16 {
    #[inline]
    fn convert_pixel(palette: &Palette, pixel: u16) -> Self {
        palette.rgb565(pixel)
    }

    fn convert_at_once(palette: &Palette, line: &[u16; WIDTH], out: &mut [Self; WIDTH]) -> bool {
        simd::rgb565(line, &palette.rgb565_bytes, out)
    }
}

/// A converted picture that follows a machine from frame to frame: only lines that have changed are converted.
///
/// ```
/// use ricojit::palette::Screen;
/// use ricojit::{Cartridge, Machine, Options, Palette};
///
/// let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
/// let mut machine = Machine::new(&cartridge, &Options::new())?;
/// let mut screen = Screen::<[u8; 4]>::new(Palette::default());
/// for _ in 0..10 {
///     machine.run_frame();
///     let rgba: &[[u8; 4]] = screen.show(machine.frame());
///     assert_eq!(rgba.len(), 256 * 240);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Screen<T> {
    palette: Palette,
    pixels: Vec<T>,
    seen: Seen,
}

impl<T: Format> Screen<T> {
    /// A screen with this palette, all pixels 0.
    pub fn new(palette: Palette) -> Self {
        Self { palette, pixels: vec![T::default(); WIDTH * HEIGHT], seen: Seen::default() }
    }

    /// Converts a frame and returns its 61,440 colours, row by row. Successive frames of one machine are converted
    /// fastest, because only their changed lines are.
    pub fn show(&mut self, frame: &Frame) -> &[T] {
        let Self { palette, pixels, seen } = self;
        let (lines, colours) = (frame.pixels().as_chunks().0, pixels.as_chunks_mut().0);
        seen.look(frame, |line| T::convert_line(palette, &lines[line], &mut colours[line]));
        &self.pixels
    }

    /// The 61,440 colours of the last frame shown, row by row.
    pub fn pixels(&self) -> &[T] {
        &self.pixels
    }
}

/// The bytes of all colours, by emphasis setting and colour number.
fn bytes<const N: usize>(byte: impl Fn(usize, usize) -> u8) -> Bytes<N> {
    std::array::from_fn(|emphasis| {
        std::array::from_fn(|n| std::array::from_fn(|number| byte(emphasis << 6 | number, n)))
    })
}

impl std::fmt::Debug for Palette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Palette(512 colours)")
    }
}

/// The colour at `index` of a `.pal` file.
fn colour(bytes: &[u8], index: usize) -> [u8; 3] {
    std::array::from_fn(|channel| bytes[index * 3 + channel])
}

/// A colour under emphasis: dimmed as the default palette dims white.
fn dimmed(plain: [u8; 3], emphasis: usize) -> [u8; 3] {
    let white = colour(DEFAULT, emphasis * 64 + WHITE);
    std::array::from_fn(|channel| (u16::from(plain[channel]) * u16::from(white[channel]) / 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Output voltages of a 2C02G by luma row, in millivolts: low and high half of the square wave, plain and
    /// attenuated by emphasis (<https://www.nesdev.org/wiki/NTSC_video>, terminated measurement).
    const LOW: [[f64; 4]; 2] = [[228.0, 312.0, 552.0, 880.0], [192.0, 256.0, 448.0, 712.0]];
    const HIGH: [[f64; 4]; 2] = [[616.0, 840.0, 1100.0, 1100.0], [500.0, 676.0, 896.0, 896.0]];
    const BLACK: f64 = 312.0;
    const SPAN: f64 = 1100.0 - 312.0;
    /// Half of the colour burst's swing: 524 to 148 mV.
    const BURST: f64 = (524.0 - 148.0) / 2.0;
    /// Half of a nominal burst's swing, 20 IRE of the 100 from black to white: what a set scales colour by.
    const NOMINAL_BURST: f64 = 0.2;

    /// Whether the square wave of hue `hue` is high at `phase`, a twelfth of a colour cycle.
    fn high(hue: usize, phase: usize) -> bool {
        (hue + phase) % 12 < 6
    }

    /// The signal of `pixel` at `phase`: 0 is black, 1 is white.
    fn signal(pixel: usize, phase: usize) -> f64 {
        let hue = pixel & 0xF;
        let row = if hue >= 0xE { 1 } else { pixel >> 4 & 3 };
        let emphasised = (0..3).any(|bit| pixel >> (6 + bit) & 1 != 0 && high(bit * 4, phase));
        let attenuated = usize::from(emphasised && hue < 0xE);
        let wave = hue == 0 || hue <= 0xC && high(hue, phase);
        ((if wave { HIGH } else { LOW })[attenuated][row] - BLACK) / SPAN
    }

    /// Cosine and sine of the angle from the burst's axis (hue 8 is -U) at `phase`. Samples stand in the middle of
    /// a twelfth, so the angles are 15 degrees and whole twelfths: roots only, no libm.
    fn axes(phase: usize) -> (f64, f64) {
        let cos15 = (6f64.sqrt() + 2f64.sqrt()) / 4.0;
        let sin15 = (6f64.sqrt() - 2f64.sqrt()) / 4.0;
        let cos45 = 0.5f64.sqrt();
        let cos = [cos15, cos45, sin15, -sin15, -cos45, -cos15, -cos15, -cos45, -sin15, sin15, cos45, cos15];
        // Hue 8 is high in phases 4 to 9: the middle of the others is U. Hue 5, high in 7 to 12, is V.
        (cos[(phase + 12 - 1) % 12], cos[(phase + 12 - 10) % 12])
    }

    /// What an ideal set shows for `pixel`.
    fn decoded(pixel: usize) -> [u8; 3] {
        let (mut y, mut u, mut v) = (0.0, 0.0, 0.0);
        for phase in 0..12 {
            let s = signal(pixel, phase);
            let (cos, sin) = axes(phase);
            y += s / 12.0;
            u += s * cos / 6.0;
            v += s * sin / 6.0;
        }
        let gain = NOMINAL_BURST / (BURST / SPAN);
        let (u, v) = (u * gain, v * gain);
        let rgb = [y + 1.139_883 * v, y - 0.394_642 * u - 0.580_622 * v, y + 2.032_062 * u];
        rgb.map(|channel| (channel.clamp(0.0, 1.0) * 255.0).round() as u8)
    }

    #[test]
    fn the_default_palette_is_the_computed_one() {
        let computed: Vec<u8> = (0..512).flat_map(decoded).collect();
        if std::env::var_os("RICOJIT_WRITE_PALETTE").is_some() {
            std::fs::write("src/palette/2c02g.pal", &computed).expect("the source folder is writable");
        }
        assert!(computed == DEFAULT, "src/palette/2c02g.pal is stale: rewrite it with RICOJIT_WRITE_PALETTE=1");
    }

    #[test]
    fn known_colours_have_their_hues() {
        let palette = Palette::default();
        assert_eq!(palette.rgba(0x0F), [0, 0, 0, 255]);
        assert_eq!(palette.rgba(0x30), [255, 255, 255, 255]);
        let [r, g, b, _] = palette.rgba(0x00);
        assert!(r == g && g == b, "$00 is grey");
        let [r, g, b, _] = palette.rgba(0x16);
        assert!(r > 2 * g && r > 2 * b, "$16 is red");
        let [r, g, b, _] = palette.rgba(0x1A);
        assert!(g > 2 * r && g > 2 * b, "$1A is green");
        let [r, g, b, _] = palette.rgba(0x12);
        assert!(b > 2 * r && b > 2 * g, "$12 is blue");
        for (bit, channel) in [(0, 0), (1, 1), (2, 2)] {
            let white = palette.rgba(0x30 | 1 << (6 + bit));
            assert!((0..3).all(|other| other == channel || white[other] < white[channel]), "emphasis bit {bit}");
        }
    }

    #[test]
    fn rgb565_has_the_top_bits_of_rgba() {
        let mut bytes = [0; 192];
        bytes[..3].copy_from_slice(&[0xFF, 0x81, 0x08]);
        let palette = Palette::from_file(&bytes).expect("192 bytes");
        assert_eq!(palette.rgb565(0), 0xFC01);
        assert_eq!(palette.rgb565(0xFE00), palette.rgb565(0), "bits above emphasis are ignored");
    }

    #[test]
    fn pictures_are_converted_pixel_by_pixel() {
        let mut frame = Frame::default();
        frame.pixels_mut()[0] = 0x30;
        frame.pixels_mut()[61_439] = 0x16;
        let palette = Palette::default();
        let mut rgba = vec![[0; 4]; 61_440];
        palette.convert_rgba(&frame, &mut rgba);
        assert_eq!((rgba[0], rgba[61_439]), (palette.rgba(0x30), palette.rgba(0x16)));
        let mut rgb565 = vec![0; 61_440];
        palette.convert_rgb565(&frame, &mut rgb565);
        assert_eq!((rgb565[0], rgb565[61_439]), (palette.rgb565(0x30), palette.rgb565(0x16)));
    }

    /// Runs of pixels with one emphasis setting, from one pixel to a line.
    #[test]
    fn lines_with_several_tints_are_converted_pixel_by_pixel() {
        let palette = Palette::default();
        let mut random = crate::random::Random::new(3);
        for longest in [1, 9, 40, 300] {
            let mut line = [0_u16; WIDTH];
            let (mut left, mut tint) = (0, 0);
            for pixel in &mut line {
                if left == 0 {
                    (left, tint) = (1 + random.below(longest), random.below(8) as u16);
                }
                left -= 1;
                *pixel = tint << 6 | random.below(64) as u16;
            }
            let (mut rgba, mut rgb565) = ([[0; 4]; WIDTH], [0; WIDTH]);
            <[u8; 4]>::convert_line(&palette, &line, &mut rgba);
            u16::convert_line(&palette, &line, &mut rgb565);
            assert_eq!(rgba, line.map(|pixel| palette.rgba(pixel)));
            assert_eq!(rgb565, line.map(|pixel| palette.rgb565(pixel)));
        }
    }

    #[test]
    fn a_screen_has_the_colours_of_its_frame_whatever_it_showed_before() {
        let mut frames = [Frame::default(), Frame::default()];
        let (palette, mut screen) = (Palette::default(), Screen::<[u8; 4]>::new(Palette::default()));
        let mut seed = 1_u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        for step in 0..300 {
            let which = random(8) as usize / 7;
            let pixels = [random(512) as u16, random(512) as u16];
            match random(8) {
                0 => frames[which].pixels_mut()[random(61_440) as usize] = pixels[0],
                1 => frames[which] = frames[1 - which].clone(),
                _ => _ = frames[which].set(random(240) as u16, random(255) as u16, &pixels),
            }
            let shown = screen.show(&frames[which]);
            let different = shown.iter().zip(frames[which].pixels()).position(|(&to, &from)| to != palette.rgba(from));
            assert_eq!(different, None, "step {step}");
        }
    }

    #[test]
    fn lines_converted_at_once_equal_single_pixels() {
        let palette = Palette::default();
        let mut frame = Frame::default();
        let mut seed = 1_u32;
        for (at, pixel) in frame.pixels_mut().iter_mut().enumerate() {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let line = at / WIDTH;
            // All emphasis settings, and lines in which it changes: anywhere, or in the last pixel.
            let emphasis = match line % 16 {
                8 => (seed >> 13) as u16 & 7,
                9 => u16::from(at % WIDTH == WIDTH - 1),
                line => line as u16 & 7,
            };
            *pixel = (seed >> 20) as u16 & 0x3F | emphasis << 6;
        }
        let pixels = frame.pixels();
        for length in [pixels.len(), 1000, 256, 255, 0] {
            let (mut rgba, mut rgb565) = (vec![[0; 4]; length], vec![0; length]);
            palette.convert_rgba(&frame, &mut rgba);
            palette.convert_rgb565(&frame, &mut rgb565);
            for at in 0..length {
                let found = (rgba[at], rgb565[at]);
                assert_eq!(found, (palette.rgba(pixels[at]), palette.rgb565(pixels[at])), "{at}");
            }
        }
    }
}
