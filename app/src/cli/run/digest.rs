//! Digests of what a run delivers, if they are asked for.

use ricojit::Machine;
pub(super) use ricojit::digest::hex;
use ricojit::digest::{FrameDigest, SampleDigest};

/// Digests so far. Frames are hashed as palette indices with emphasis, whatever form they are delivered in.
pub(super) struct Digest {
    frames: Option<FrameDigest>,
    samples: Option<SampleDigest>,
    /// Samples taken, whether hashed or not.
    pub(super) sample_count: u64,
}

impl Digest {
    /// Of frames, samples or both.
    pub(super) fn new(video: bool, audio: bool) -> Self {
        Self { frames: video.then(FrameDigest::default), samples: audio.then(SampleDigest::default), sample_count: 0 }
    }

    /// Takes in the frame that the machine just finished, with its picture if that is `due`.
    pub(super) fn take(&mut self, machine: &Machine, due: bool) {
        if let Some(frames) = self.frames.as_mut().filter(|_| due) {
            frames.update(machine.frame());
        }
        if let Some(samples) = &mut self.samples {
            samples.update(machine.samples());
        }
        self.sample_count += machine.samples().len() as u64;
    }

    /// Of all frames.
    pub(super) fn frame_hash(&self) -> Option<String> {
        self.frames.as_ref().map(|digest| hex(digest.value()))
    }

    /// Of all samples.
    pub(super) fn audio_hash(&self) -> Option<String> {
        self.samples.as_ref().map(|digest| hex(digest.value()))
    }
}
