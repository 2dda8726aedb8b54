//! XXH3-128 digests of all frames and all samples of a run.

use ricojit::frame::{HEIGHT, WIDTH};
use ricojit::machine::Machine;
use xxhash_rust::xxh3::Xxh3;

/// Digests so far. Frames are hashed as palette indices with emphasis (two bytes a pixel, little-endian) whatever
/// form they are delivered in, samples as two bytes, little-endian.
pub(super) struct Digest {
    frames: Option<Xxh3>,
    samples: Option<Xxh3>,
    /// Samples taken, whether hashed or not.
    pub(super) sample_count: u64,
    bytes: Vec<u8>,
}

impl Digest {
    /// Of frames, samples or both.
    pub(super) fn new(video: bool, audio: bool) -> Self {
        Self {
            frames: video.then(Xxh3::new),
            samples: audio.then(Xxh3::new),
            sample_count: 0,
            bytes: Vec::with_capacity(2 * WIDTH * HEIGHT),
        }
    }

    /// Takes in the frame that the machine just finished.
    pub(super) fn take(&mut self, machine: &Machine) {
        if let Some(frames) = &mut self.frames {
            self.bytes.clear();
            self.bytes.extend(machine.frame().pixels().iter().flat_map(|pixel| pixel.to_le_bytes()));
            frames.update(&self.bytes);
        }
        if let Some(samples) = &mut self.samples {
            self.bytes.clear();
            self.bytes.extend(machine.samples().iter().flat_map(|sample| sample.to_le_bytes()));
            samples.update(&self.bytes);
        }
        self.sample_count += machine.samples().len() as u64;
    }

    /// Of all frames.
    pub(super) fn frame_hash(&self) -> Option<String> {
        self.frames.as_ref().map(|hash| hex(hash.digest128()))
    }

    /// Of all samples.
    pub(super) fn audio_hash(&self) -> Option<String> {
        self.samples.as_ref().map(|hash| hex(hash.digest128()))
    }
}

/// A digest as reports print it.
pub(super) fn hex(digest: u128) -> String {
    format!("{digest:032x}")
}
