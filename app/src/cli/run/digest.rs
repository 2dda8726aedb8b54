//! Digests of the frames and samples of a run.

use ricojit::Machine;
pub(super) use ricojit::digest::hex;
use ricojit::digest::{FrameDigest, SampleDigest};

/// The digests. Frames are hashed as palette indices with emphasis bits, whatever format they are delivered in.
pub(super) struct Digest {
    frames: Option<FrameDigest>,
    samples: Option<SampleDigest>,
    /// Number of samples so far, hashed or not.
    pub(super) sample_count: u64,
}

impl Digest {
    /// Digests of frames, of samples, or of both.
    pub(super) fn new(video: bool, audio: bool) -> Self {
        Self { frames: video.then(FrameDigest::default), samples: audio.then(SampleDigest::default), sample_count: 0 }
    }

    /// Adds the frame that the machine just finished; its picture only if it is `due`.
    pub(super) fn take(&mut self, machine: &Machine, due: bool) {
        if let Some(frames) = self.frames.as_mut().filter(|_| due) {
            frames.update(machine.frame());
        }
        if let Some(samples) = &mut self.samples {
            samples.update(machine.samples());
        }
        self.sample_count += machine.samples().len() as u64;
    }

    /// The digest of all frames, in hexadecimal.
    pub(super) fn frame_hash(&self) -> Option<String> {
        self.frames.as_ref().map(|digest| hex(digest.value().to_be_bytes()))
    }

    /// The digest of all samples, in hexadecimal.
    pub(super) fn audio_hash(&self) -> Option<String> {
        self.samples.as_ref().map(|digest| hex(digest.value().to_be_bytes()))
    }
}
