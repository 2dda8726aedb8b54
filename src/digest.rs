//! Digests of the pictures and the sound of a run: XXH3-128 over every pixel and every sample, little-endian.
//!
//! Two runs with equal digests made the same pictures and the same samples, bit for bit. The same ROM, options and
//! input give equal digests on every host and every engine.

use crate::frame::{Frame, WIDTH};
use xxhash_rust::xxh3::Xxh3;

/// The digest of all pictures of a run: XXH3-128 over each pixel of each [`Frame`] as a little-endian `u16`.
#[derive(Clone, Default)]
pub struct FrameDigest(Xxh3);

impl FrameDigest {
    /// Adds the next picture.
    pub fn update(&mut self, frame: &Frame) {
        let mut bytes = [0; 2 * WIDTH];
        for row in frame.pixels().chunks_exact(WIDTH) {
            for (to, pixel) in bytes.chunks_exact_mut(2).zip(row) {
                to.copy_from_slice(&pixel.to_le_bytes());
            }
            self.0.update(&bytes);
        }
    }

    /// The digest of everything added so far.
    pub fn value(&self) -> u128 {
        self.0.digest128()
    }
}

/// The digest of all samples of a run: XXH3-128 over each sample as a little-endian `i16`.
#[derive(Clone, Default)]
pub struct SampleDigest(Xxh3);

impl SampleDigest {
    /// Adds the next samples. The digest does not depend on how they are divided among calls.
    pub fn update(&mut self, samples: &[i16]) {
        let mut bytes = [0; 512];
        for block in samples.chunks(bytes.len() / 2) {
            let used = &mut bytes[..2 * block.len()];
            for (to, sample) in used.chunks_exact_mut(2).zip(block) {
                to.copy_from_slice(&sample.to_le_bytes());
            }
            self.0.update(used);
        }
    }

    /// The digest of everything added so far.
    pub fn value(&self) -> u128 {
        self.0.digest128()
    }
}

/// Bytes as lower-case hexadecimal digits, two for each.
///
/// ```
/// use ricojit::digest::{FrameDigest, hex};
///
/// let digest = FrameDigest::default();
/// assert_eq!(hex(digest.value().to_be_bytes()), "99aa06d3014798d86001c324468d497f");
/// ```
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_128;

    #[test]
    fn frames_are_hashed_as_little_endian_words() {
        let mut frame = Frame::default();
        frame.pixels_mut()[300] = 0x01C3;
        let mut digest = FrameDigest::default();
        digest.update(&frame);
        digest.update(&frame);
        let bytes: Vec<u8> = frame.pixels().iter().flat_map(|p| p.to_le_bytes()).collect();
        assert_eq!(digest.value(), xxh3_128(&[bytes.as_slice(), &bytes].concat()));
    }

    #[test]
    fn the_digest_of_samples_does_not_depend_on_the_calls() {
        let samples: Vec<i16> = (0..3000).map(|i| (i * 37 % 65536 - 32768) as i16).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        let mut digest = SampleDigest::default();
        for chunk in samples.chunks(317) {
            digest.update(chunk);
        }
        assert_eq!(digest.value(), xxh3_128(&bytes));
    }
}
