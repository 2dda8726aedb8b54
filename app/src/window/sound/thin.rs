//! Drops the samples of whole frames in fast-forward, and blends the frames that then meet.
//!
//! ```text
//! made:  |  frame 1  |  frame 2  |  frame 3  |  frame 4  |
//! kept:  |  frame 1  |                       |  frame 4  |
//!                     \ the start of frame 2 /
//!                      x blends into frame 4
//! ```
//!
//! The sound keeps its pitch and does not click.

/// Samples of a blend, 2.7 ms at 48 kHz.
const BLEND: usize = 128;

/// Drops frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Thinner {
    /// The samples after the last kept frame; empty if the next frame is kept too.
    tail: Vec<f32>,
}

impl Thinner {
    /// Takes the next frame. `out` receives it if `keep`, otherwise nothing.
    pub(super) fn pass(&mut self, samples: &[i16], keep: bool, out: &mut Vec<f32>) {
        out.clear();
        let level = |&sample: &i16| f32::from(sample) / 32768.0;
        if keep {
            out.extend(samples.iter().map(level));
            let length = self.tail.len() as f32;
            for (i, (sample, old)) in out.iter_mut().zip(self.tail.drain(..)).enumerate() {
                let part = (i as f32 + 1.0) / (length + 1.0);
                *sample = old + (*sample - old) * part;
            }
        } else if self.tail.is_empty() {
            self.tail.extend(samples.iter().take(BLEND).map(level));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_drops_all_samples_pass() {
        let mut thinner = Thinner::default();
        let mut out = Vec::new();
        for start in [0_i16, 100, 200] {
            let samples: Vec<i16> = (start..start + 100).collect();
            thinner.pass(&samples, true, &mut out);
            assert!(out.iter().zip(&samples).all(|(&a, &b)| a == f32::from(b) / 32768.0));
            assert_eq!(out.len(), samples.len());
        }
    }

    #[test]
    fn dropped_frames_do_not_click() {
        // 330 Hz does not fit into frames of 800 samples at 48 kHz: without blending every cut would click.
        let tone = |i: usize| ((i as f64 * 330.0 / 48_000.0 * std::f64::consts::TAU).sin() * 20_000.0) as i16;
        let slope = (330.0 / 48_000.0 * std::f64::consts::TAU) * 20_000.0 / 32768.0;
        for every in [2, 3, 7, 16] {
            let (mut thinner, mut out, mut all) = (Thinner::default(), Vec::new(), Vec::new());
            for frame in 0..100 {
                let samples: Vec<i16> = (0..800).map(|i| tone(frame * 800 + i)).collect();
                thinner.pass(&samples, frame % every == 0, &mut out);
                all.extend_from_slice(&out);
            }
            assert_eq!(all.len(), 100_usize.div_ceil(every) * 800);
            let steepest = all.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(f64::from(steepest) < slope + 0.02, "a step of {steepest}, every {every}th frame");
        }
    }
}
