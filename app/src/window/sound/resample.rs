//! Converts the sample rate by cubic interpolation, on the way to the sound device. Floating point is harmless here: the
//! samples of the machine stay as they are.

/// The state of a conversion.
#[derive(Clone, Debug, Default)]
pub(super) struct Resampler {
    /// The last four input samples.
    history: [f32; 4],
    /// The position of the next output sample between the middle two, 0 to 1; more than 1 if input is needed first.
    position: f64,
}

impl Resampler {
    /// Takes input samples and calls `out` with output samples, which are `step` input samples apart.
    pub(super) fn run(&mut self, input: impl IntoIterator<Item = f32>, step: f64, mut out: impl FnMut(f32)) {
        for sample in input {
            self.history.rotate_left(1);
            self.history[3] = sample;
            while self.position < 1.0 {
                out(cubic(&self.history, self.position as f32));
                self.position += step;
            }
            self.position -= 1.0;
        }
    }
}

/// The Catmull-Rom curve through `p[1]` and `p[2]`.
fn cubic(p: &[f32; 4], t: f32) -> f32 {
    let a = p[3] - p[0] + 3.0 * (p[1] - p[2]);
    let b = 2.0 * p[0] - 5.0 * p[1] + 4.0 * p[2] - p[3];
    let c = p[2] - p[0];
    p[1] + 0.5 * t * (c + t * (b + t * a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sine(hz: f64, rate: f64, count: usize) -> Vec<f32> {
        (0..count).map(|i| (i as f64 * hz / rate * TAU).sin() as f32).collect()
    }

    fn resampled(input: &[f32], step: f64) -> Vec<f32> {
        let mut out = Vec::new();
        let mut resampler = Resampler::default();
        // In frames of different lengths, which must not matter.
        let (mut rest, mut length) = (input, 1);
        while !rest.is_empty() {
            let (frame, after) = rest.split_at(length.min(rest.len()));
            resampler.run(frame.iter().copied(), step, |sample| out.push(sample));
            rest = after;
            length = length % 900 + 7;
        }
        out
    }

    #[test]
    fn the_number_of_samples_follows_the_rates() {
        for (from, to) in [(48_000.0, 44_100.0), (48_000.0, 192_000.0), (48_000.0, 8000.0), (48_000.0, 48_000.0)] {
            let out = resampled(&vec![0.0; 480_000], from / to);
            assert!((out.len() as f64 - to * 10.0).abs() <= 4.0, "{} at {to}", out.len());
        }
    }

    #[test]
    fn step_one_changes_nothing() {
        let input = sine(1000.0, 48_000.0, 4800);
        let out = resampled(&input, 1.0);
        // Two samples late: the curve needs its neighbours.
        assert_eq!(out[2..], input[..input.len() - 2]);
    }

    #[test]
    fn tones_are_preserved() {
        for (hz, worst) in [(100.0, 1e-4), (1000.0, 2e-4), (5000.0, 0.03)] {
            let step = 48_000.0 / 44_100.0;
            let out = resampled(&sine(hz, 48_000.0, 48_000), step);
            for (i, &sample) in out.iter().enumerate().skip(10) {
                // The first output sample is two before the first input sample.
                let at = (i as f64 * step - 2.0) / 48_000.0;
                let ideal = (at * hz * TAU).sin();
                assert!((f64::from(sample) - ideal).abs() < worst, "{hz} Hz, sample {i}: {sample} for {ideal}");
            }
        }
    }
}
