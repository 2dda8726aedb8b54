//! The callback of the sound device: takes samples from the ring, and conceals missing ones.
//!
//! ```text
//! Priming --(ring has enough)--> Playing --(ring is empty: an underrun)--> Priming
//!                                   |  ^
//!                          (hold)   v  |  (no hold)
//!                                  Holding: the ring keeps what it has
//! ```
//!
//! The level never jumps: at an underrun the last sample fades out, playing starts with a ramp, and volume, mute and hold
//! change the gain slowly. Nothing here locks, allocates or waits.

use rtrb::Consumer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// The state that the machine thread and the callback share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The target gain, in 1/65536.
    pub(super) gain: AtomicU32,
    /// Be silent and take nothing from the ring.
    pub(super) hold: AtomicBool,
    /// How often the ring ran empty while playing.
    pub(super) underruns: AtomicU64,
    /// Whether it plays.
    pub(super) playing: AtomicBool,
}

/// The consuming end.
#[derive(Debug)]
pub(super) struct Playout {
    ring: Consumer<f32>,
    shared: Arc<Shared>,
    /// Samples in the ring at which playing starts.
    prime: usize,
    playing: bool,
    /// The last sample before the gain; it fades out if there are no more.
    last: f32,
    /// The fading rest of the last sample before an underrun.
    residue: f32,
    /// Rises from 0 to 1 when playing starts.
    ramp: f32,
    gain: f32,
    /// The maximum change of gain and ramp per sample: 0 to 1 in 5 ms.
    slope: f32,
    /// The factor of a fade per sample.
    fade: f32,
}

impl Playout {
    pub(super) fn new(ring: Consumer<f32>, shared: Arc<Shared>, rate: f64, prime: usize) -> Self {
        let slope = (1.0 / (rate * 0.005)) as f32;
        // Down to 1% in 5 ms.
        let fade = (0.01_f64.ln() / (rate * 0.005)).exp() as f32;
        Self { ring, shared, prime, playing: false, last: 0.0, residue: 0.0, ramp: 0.0, gain: 0.0, slope, fade }
    }

    /// The next `count` samples.
    pub(super) fn fill(&mut self, count: usize, mut out: impl FnMut(f32)) {
        let hold = self.shared.hold.load(Relaxed);
        let wanted = if hold { 0.0 } else { self.shared.gain.load(Relaxed) as f32 / 65536.0 };
        if !self.playing && !hold && self.ring.slots() >= self.prime {
            self.playing = true;
            self.residue = self.last;
            self.shared.playing.store(true, Relaxed);
        }
        for _ in 0..count {
            self.gain += (wanted - self.gain).clamp(-self.slope, self.slope);
            out(self.sample(hold) * self.gain);
        }
    }

    fn sample(&mut self, hold: bool) -> f32 {
        // Held and silent: take nothing. Held but not silent yet: continue until it is.
        if !self.playing || (hold && self.gain == 0.0) {
            self.last *= self.fade;
            return self.last;
        }
        match self.ring.pop() {
            Ok(sample) => {
                self.ramp = (self.ramp + self.slope).min(1.0);
                self.residue = if self.ramp < 1.0 { self.residue * self.fade } else { 0.0 };
                self.last = sample * self.ramp + self.residue;
                self.last
            }
            Err(_) => {
                self.playing = false;
                self.shared.playing.store(false, Relaxed);
                self.ramp = 0.0;
                if !hold {
                    self.shared.underruns.fetch_add(1, Relaxed);
                }
                self.last *= self.fade;
                self.last
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtrb::{Producer, RingBuffer};

    const RATE: f64 = 48_000.0;

    fn setup() -> (Producer<f32>, Playout, Arc<Shared>) {
        let (producer, consumer) = RingBuffer::new(10_000);
        let shared = Arc::new(Shared::default());
        shared.gain.store(65536, Relaxed);
        (producer, Playout::new(consumer, Arc::clone(&shared), RATE, 1000), shared)
    }

    fn push(producer: &mut Producer<f32>, value: f32, count: usize) {
        for _ in 0..count {
            producer.push(value).expect("there is room");
        }
    }

    fn played(playout: &mut Playout, count: usize) -> Vec<f32> {
        let mut out = Vec::new();
        playout.fill(count, |sample| out.push(sample));
        assert_eq!(out.len(), count);
        out
    }

    /// 0 to 1 in 5 ms is 1/240 per sample; two ramps may add up.
    fn assert_smooth(samples: &[f32]) {
        let worst = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(worst < 0.025, "a step of {worst}");
    }

    #[test]
    fn playing_waits_for_a_primed_ring() {
        let (mut producer, mut playout, shared) = setup();
        push(&mut producer, 0.5, 999);
        assert!(played(&mut playout, 500).iter().all(|&sample| sample == 0.0));
        push(&mut producer, 0.5, 1);
        let out = played(&mut playout, 500);
        assert_smooth(&out);
        assert_eq!(out[499], 0.5);
        assert_eq!(shared.underruns.load(Relaxed), 0);
    }

    #[test]
    fn an_underrun_fades_and_is_counted_once() {
        let (mut producer, mut playout, shared) = setup();
        push(&mut producer, 0.5, 1200);
        let mut all = played(&mut playout, 2000);
        assert_eq!(shared.underruns.load(Relaxed), 1);
        assert!(all[1999].abs() < 1e-3, "silent in the end");
        push(&mut producer, -0.5, 1200);
        all.extend(played(&mut playout, 1000));
        assert_smooth(&all);
        assert_eq!(all[2999], -0.5);
        assert_eq!(shared.underruns.load(Relaxed), 1);
    }

    #[test]
    fn holding_keeps_the_ring_and_counts_no_underrun() {
        let (mut producer, mut playout, shared) = setup();
        push(&mut producer, 0.5, 2000);
        let mut all = played(&mut playout, 1000);
        shared.hold.store(true, Relaxed);
        all.extend(played(&mut playout, 5000));
        assert_eq!(all[5999], 0.0);
        assert!(playout.ring.slots() > 700, "what was not played is kept");
        shared.hold.store(false, Relaxed);
        all.extend(played(&mut playout, 500));
        assert_smooth(&all);
        assert_eq!(all[6499], 0.5);
        assert_eq!(shared.underruns.load(Relaxed), 0);
    }

    #[test]
    fn volume_changes_slowly() {
        let (mut producer, mut playout, shared) = setup();
        push(&mut producer, 0.5, 5000);
        let mut all = played(&mut playout, 1000);
        shared.gain.store(0, Relaxed);
        all.extend(played(&mut playout, 1000));
        assert_eq!(all[1999], 0.0);
        shared.gain.store(32768, Relaxed);
        all.extend(played(&mut playout, 1000));
        assert_eq!(all[2999], 0.25);
        assert_smooth(&all);
    }
}
