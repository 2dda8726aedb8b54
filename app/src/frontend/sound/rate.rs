//! How fast samples are used up, so that the buffer before the device neither runs dry nor over.
//!
//! The machine's frames come by the host's clock, the device takes samples by its own, and the two differ by some
//! hundred parts in a million, or by what a display's refresh does to a host. So the resampler's step is changed a
//! little, in proportion to how much is in the buffer:
//!
//! ```text
//! fill:   less than wanted  |  more than wanted
//! step:   smaller, more out |  larger, less out       never by more than half a percent: 9 cents
//! ```

/// The most by which the step is changed.
const LIMIT: f64 = 0.005;

/// The change for each second of too much or too little: what is off halves in about three seconds.
const GAIN: f64 = 0.25;

/// The part of a new reading in the average, so that how frames and device periods happen to meet is not heard.
const SMOOTHING: f64 = 1.0 / 32.0;

/// The rate control.
#[derive(Clone, Debug)]
pub(super) struct RateControl {
    target: f64,
    average: f64,
}

impl RateControl {
    /// Holds the fill at `target` seconds, seen before a frame's samples are added.
    pub(super) fn new(target: f64) -> Self {
        Self { target, average: target }
    }

    /// What to multiply the step by, given the fill in seconds.
    pub(super) fn factor(&mut self, fill: f64) -> f64 {
        self.average += (fill - self.average) * SMOOTHING;
        1.0 + ((self.average - self.target) * GAIN).clamp(-LIMIT, LIMIT)
    }

    /// After a break: what was seen before says nothing.
    pub(super) fn restart(&mut self) {
        self.average = self.target;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten minutes with a device whose clock is off by `drift`, taking periods of 512 samples at 48 kHz, and frames
    /// `jitter` late at most. Returns the lowest and highest fill after the first seconds, in seconds.
    fn run(drift: f64, jitter: f64, start: f64) -> (f64, f64) {
        let (frame, period) = (1.0 / 60.0988, 512.0 / 48_000.0);
        let mut control = RateControl::new(0.042);
        let (mut fill, mut taken, mut seed) = (start, 0.0, 1_u64);
        let (mut low, mut high) = (f64::MAX, 0.0_f64);
        for n in 0..36_000_u32 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let late = (seed >> 40) as f64 / (1_u64 << 24) as f64 * jitter;
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
    fn the_fill_is_held_whatever_the_clocks_do() {
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
    fn the_change_is_never_large() {
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
