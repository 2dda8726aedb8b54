//! Rate control: keeps the ring from running empty or over.
//!
//! Frames are paced by the host's clock and the device has its own; the two differ by some hundred parts per million. So
//! the step of the resampler is changed a little, in proportion to the fill of the ring:
//!
//! ```text
//! fill:   below the target  |  above the target
//! step:   smaller, more out |  larger, less out       never by more than half a percent: 9 cents
//! ```

/// The maximum change of the step.
const LIMIT: f64 = 0.005;

/// The change of the step per second of deviation: a deviation halves in about three seconds.
const GAIN: f64 = 0.25;

/// The weight of a new value in the average, which hides the beat of frames and device periods.
const SMOOTHING: f64 = 1.0 / 32.0;

/// The rate control.
#[derive(Clone, Debug)]
pub(super) struct RateControl {
    target: f64,
    average: f64,
}

impl RateControl {
    /// Holds the fill at `target` seconds, measured before a frame is added.
    pub(super) fn new(target: f64) -> Self {
        Self { target, average: target }
    }

    /// The factor for the step, given the fill in seconds.
    pub(super) fn factor(&mut self, fill: f64) -> f64 {
        self.average += (fill - self.average) * SMOOTHING;
        1.0 + ((self.average - self.target) * GAIN).clamp(-LIMIT, LIMIT)
    }

    /// Forgets the average after an interruption.
    pub(super) fn restart(&mut self) {
        self.average = self.target;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates ten minutes with a device whose clock is off by `drift` and that takes periods of 512 samples at 48 kHz,
    /// and with frames that are up to `jitter` late. Returns the lowest and highest fill after the first seconds.
    fn run(drift: f64, jitter: f64, start: f64) -> (f64, f64) {
        let (frame, period) = (1.0 / 60.0988, 512.0 / 48_000.0);
        let mut control = RateControl::new(0.042);
        let (mut fill, mut taken) = (start, 0.0);
        let (mut low, mut high) = (f64::MAX, 0.0_f64);
        for n in 0..36_000_u32 {
            // Takes all values below 1000 in a mixed order.
            let late = f64::from(n * 617 % 1000) / 1000.0 * jitter;
            let now = (f64::from(n) * frame + late) * (1.0 + drift);
            while taken + period <= now {
                taken += period;
                fill -= period;
                if n > 1200 {
                    low = low.min(fill);
                }
            }
            fill += frame / control.factor(fill);
            if n > 1200 {
                high = high.max(fill);
            }
        }
        (low, high)
    }

    #[test]
    fn the_fill_is_held_with_any_clocks() {
        for drift in [0.0, 0.0005, -0.0005, 0.002, -0.002] {
            for jitter in [0.0, 0.004] {
                for start in [0.02, 0.05, 0.09] {
                    let (low, high) = run(drift, jitter, start);
                    assert!(low > 0.018 && high < 0.078, "{low} to {high} with {drift}, {jitter}, {start}");
                }
            }
        }
    }

    #[test]
    fn the_change_of_the_step_is_limited() {
        let mut control = RateControl::new(0.05);
        for fill in [0.0, 10.0, 0.0] {
            for _ in 0..10_000 {
                assert!((control.factor(fill) - 1.0).abs() <= LIMIT + 1e-9);
            }
        }
        control.restart();
        assert!((control.factor(0.05) - 1.0).abs() < 1e-12);
    }
}
