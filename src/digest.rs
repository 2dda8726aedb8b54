//! Digests of what a run showed and played: XXH3-128 streamed over every frame and every sample, little-endian.
//!
//! Two runs with equal digests showed the same pictures and played the same sound, bit for bit (contract H).

use crate::frame::{Frame, WIDTH};
use xxhash_rust::xxh3::Xxh3;

/// The digest of all pictures of a run: each pixel of [`Frame`] as a little-endian `u16`.
#[derive(Clone, Default)]
pub struct FrameDigest(Xxh3);

impl FrameDigest {
    /// Takes one more picture in.
    pub fn update(&mut self, frame: &Frame) {
        let mut bytes = [0; 2 * WIDTH];
        for row in frame.pixels().chunks_exact(WIDTH) {
            for (to, pixel) in bytes.chunks_exact_mut(2).zip(row) {
                to.copy_from_slice(&pixel.to_le_bytes());
            }
            self.0.update(&bytes);
        }
    }

    /// The digest of what was taken in so far.
    pub fn value(&self) -> u128 {
        self.0.digest128()
    }
}

/// The digest of all samples of a run: each sample as a little-endian `i16`.
#[derive(Clone, Default)]
pub struct SampleDigest(Xxh3);

impl SampleDigest {
    /// Takes more samples in. How they are cut into calls cannot be seen in the digest.
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

    /// The digest of what was taken in so far.
    pub fn value(&self) -> u128 {
        self.0.digest128()
    }
}

/// Bytes as lower-case hexadecimal digits, as reports print hashes; a digest goes in as `to_be_bytes()`.
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
    fn samples_are_hashed_independently_of_the_chunks() {
        let samples: Vec<i16> = (0..3000).map(|i| (i * 37 % 65536 - 32768) as i16).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        let mut digest = SampleDigest::default();
        for chunk in samples.chunks(317) {
            digest.update(chunk);
        }
        assert_eq!(digest.value(), xxh3_128(&bytes));
    }
}
