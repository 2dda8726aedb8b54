//! Paces frames by due times on the host's clock, independent of the display.
//!
//! Frame `n` after an anchor is due at `anchor + n * period`, so that neither rounding nor late wake-ups add up:
//!
//! ```text
//! anchor     +1         +2         +3          due
//!   |---------|----------|----------|
//!   run       run  late run | run                the next due time does not move
//! ```
//!
//! A machine that is more than [`PATIENCE`] late (suspended laptop, debugger, slow host) does not race to catch up: the
//! anchor moves to now. Times are passed in, relative to any fixed moment.

use super::speed::Speed;
use std::time::Duration;

/// Up to this delay, missed frames are made up for: short enough not to look like a rush, long enough for the scheduler
/// of a busy host, and less than the sound buffer holds.
const PATIENCE: Duration = Duration::from_millis(80);

/// Due times of frames.
#[derive(Clone, Debug)]
pub(super) struct Pacer {
    frames_per_second: f64,
    speed: Speed,
    anchor: Duration,
    frames: u64,
}

impl Pacer {
    /// A pacer whose first frame is due `now`.
    pub(super) fn new(frames_per_second: f64, now: Duration) -> Self {
        Self { frames_per_second, speed: Speed::default(), anchor: now, frames: 0 }
    }

    /// Changes the speed; the next frame is due one period after `now`.
    pub(super) fn set_speed(&mut self, speed: Speed, now: Duration) {
        if speed != self.speed {
            self.speed = speed;
            self.restart(now);
        }
    }

    /// Restarts after a pause; the next frame is due one period after `now`.
    pub(super) fn restart(&mut self, now: Duration) {
        (self.anchor, self.frames) = (now, 1);
    }

    /// How long to wait until the next frame is due.
    pub(super) fn wait(&self, now: Duration) -> Duration {
        self.due().map_or(Duration::ZERO, |due| due.saturating_sub(now))
    }

    /// Records that a frame runs `now`.
    pub(super) fn ran(&mut self, now: Duration) {
        match self.due() {
            Some(due) if now.saturating_sub(due) <= PATIENCE => self.frames += 1,
            _ => self.restart(now),
        }
    }

    /// The due time of the next frame; `None` at unlimited speed.
    fn due(&self) -> Option<Duration> {
        let Speed::Times(factor) = self.speed else { return None };
        let period = 1.0 / (self.frames_per_second * factor);
        Some(self.anchor + Duration::from_secs_f64(self.frames as f64 * period))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs frames until `end` on a host that wakes up `late(n)` after the `n`th due time, and counts them.
    fn frames_until(end: Duration, pacer: &mut Pacer, start: Duration, late: impl Fn(u64) -> Duration) -> u64 {
        let (mut now, mut frames) = (start, 0);
        while now < end {
            now += pacer.wait(now) + late(frames);
            pacer.ran(now);
            frames += 1;
        }
        frames
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn an_hour_has_the_right_number_of_frames() {
        for (rate, frames) in [(60.0988, 216_356), (50.0070, 180_025)] {
            let mut pacer = Pacer::new(rate, Duration::ZERO);
            let ran = frames_until(HOUR, &mut pacer, Duration::ZERO, |_| Duration::ZERO);
            assert!(ran.abs_diff(frames) <= 2, "{ran} frames at {rate}");
        }
    }

    #[test]
    fn late_wake_ups_do_not_add_up() {
        let mut pacer = Pacer::new(60.0988, Duration::ZERO);
        let late = |n| Duration::from_micros(n * 7919 % 3000 + if n % 500 == 0 { 60_000 } else { 0 });
        let ran = frames_until(HOUR, &mut pacer, Duration::ZERO, late);
        assert!(ran.abs_diff(216_356) <= 5, "{ran}");
    }

    #[test]
    fn long_delays_are_not_made_up_for() {
        let mut pacer = Pacer::new(60.0, Duration::ZERO);
        pacer.ran(Duration::ZERO);
        let woken = Duration::from_secs(100);
        assert_eq!(pacer.wait(woken), Duration::ZERO);
        pacer.ran(woken);
        assert_eq!(pacer.wait(woken).as_micros(), 16_666);
    }

    #[test]
    fn a_change_of_speed_takes_effect_at_once() {
        for (factor, micros) in [(0.25, 66_666), (1.0, 16_666), (16.0, 1041)] {
            let mut pacer = Pacer::new(60.0, Duration::ZERO);
            pacer.set_speed(Speed::Times(factor), HOUR);
            pacer.restart(HOUR);
            assert_eq!(pacer.wait(HOUR).as_micros(), micros, "{factor}");
        }
        let mut pacer = Pacer::new(60.0, Duration::ZERO);
        pacer.set_speed(Speed::Unlimited, HOUR);
        pacer.ran(HOUR);
        assert_eq!(pacer.wait(HOUR), Duration::ZERO);
        // Back at speed 1, no frames are made up for.
        pacer.set_speed(Speed::Times(1.0), HOUR);
        assert_eq!(pacer.wait(HOUR).as_micros(), 16_666);
    }
}
