//! A picture: palette indices and emphasis bits, before they become colours ([`crate::palette`]). It counts the changes
//! of each line, so that a conversion can skip lines that have not changed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Pixels per line.
pub const WIDTH: usize = 256;
/// Lines per picture.
pub const HEIGHT: usize = 240;

/// A black pixel.
pub(crate) const BLACK: u16 = 0x0F;

/// Bits of a pixel that emphasise a colour.
pub(crate) mod emphasis {
    pub(crate) const RED: u16 = 0x40;
    pub(crate) const GREEN: u16 = 0x80;
    pub(crate) const BLUE: u16 = 0x100;
}

/// A picture of 256 x 240 pixels, row by row from the top left.
///
/// ```text
/// bits 0-5   colour, as in palette RAM; greyscale is applied
/// bits 6-8   emphasis of red, green, blue
/// ```
/// Bits 5-7 of PPUMASK set bits 6-8, on PAL and Dendy with red and green exchanged.
pub struct Frame {
    pixels: Box<[u16; WIDTH * HEIGHT]>,
    /// Unique to each frame; a clone gets its own.
    identity: u64,
    /// The number of changes of each line.
    versions: [u32; HEIGHT],
}

/// Which version of each line of a frame an observer has seen.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    identity: u64,
    versions: [u32; HEIGHT],
}

impl Default for Seen {
    fn default() -> Self {
        // The identity of no frame.
        Self { identity: 0, versions: [0; HEIGHT] }
    }
}

impl Seen {
    /// Calls `changed` with each line that may have changed since the last call.
    pub(crate) fn look(&mut self, frame: &Frame, mut changed: impl FnMut(usize)) {
        let all = self.identity != frame.identity;
        self.identity = frame.identity;
        for (line, (seen, &now)) in self.versions.iter_mut().zip(&frame.versions).enumerate() {
            if all || *seen != now {
                *seen = now;
                changed(line);
            }
        }
    }
}

fn new_identity() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Default for Frame {
    fn default() -> Self {
        let pixels = vec![0; WIDTH * HEIGHT].into_boxed_slice().try_into().expect("the length is the array's");
        Self { pixels, identity: new_identity(), versions: [0; HEIGHT] }
    }
}

impl Clone for Frame {
    fn clone(&self) -> Self {
        Self { pixels: self.pixels.clone(), identity: new_identity(), versions: self.versions }
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.pixels == other.pixels
    }
}

impl Eq for Frame {}

impl Frame {
    /// Bytes of all pixels: 122,880.
    pub const BYTES: usize = size_of::<[u16; WIDTH * HEIGHT]>();

    /// All pixels, row by row from the top left.
    pub fn pixels(&self) -> &[u16; WIDTH * HEIGHT] {
        &self.pixels
    }

    /// All pixels, for drawing.
    pub fn pixels_mut(&mut self) -> &mut [u16; WIDTH * HEIGHT] {
        self.versions = self.versions.map(|version| version.wrapping_add(1));
        &mut self.pixels
    }

    /// Draws pixels into a line from column `x` on. Returns whether any has changed.
    #[inline]
    pub(crate) fn set(&mut self, line: u16, x: u16, pixels: &[u16]) -> bool {
        let at = usize::from(line) * WIDTH + usize::from(x);
        let there = &mut self.pixels[at..at + pixels.len()];
        let changed = there != pixels;
        if changed {
            there.copy_from_slice(pixels);
            let version = &mut self.versions[usize::from(line)];
            *version = version.wrapping_add(1);
        }
        changed
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Frame(256x240)")
    }
}
