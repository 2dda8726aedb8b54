//! The picture a PPU makes: palette indices and emphasis, not colours. It knows which of its lines change, so that what
//! follows it need not look at all of them.

use std::sync::atomic::{AtomicU64, Ordering};

/// Pixels in a line.
pub const WIDTH: usize = 256;
/// Lines in a picture.
pub const HEIGHT: usize = 240;

/// One picture. Each pixel is the palette index (bits 0-5, greyscale applied) and the emphasis bits of PPUMASK
/// (bits 6-8: red, green, blue), row by row from the top left.
pub struct Frame {
    pixels: Box<[u16; WIDTH * HEIGHT]>,
    /// Tells frames apart, also clones.
    identity: u64,
    /// How often each line has changed.
    versions: [u32; HEIGHT],
}

/// What somebody has seen of a frame, so as to look only at what has changed since.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    identity: u64,
    versions: [u32; HEIGHT],
}

impl Default for Seen {
    fn default() -> Self {
        // No frame is that one.
        Self { identity: 0, versions: [0; HEIGHT] }
    }
}

impl Seen {
    /// Calls `changed` for each line that may differ from when this was last called.
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
    /// Bytes of its pixels.
    pub const BYTES: usize = size_of::<[u16; WIDTH * HEIGHT]>();

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[u16; WIDTH * HEIGHT] {
        &self.pixels
    }

    /// All pixels, to be drawn.
    pub fn pixels_mut(&mut self) -> &mut [u16; WIDTH * HEIGHT] {
        self.versions = self.versions.map(|version| version.wrapping_add(1));
        &mut self.pixels
    }

    /// Draws some pixels of a line from the `x`th on. Returns whether any has changed.
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
