//! Sound: from the machine to the device.
//!
//! ```text
//! machine thread                                                audio thread
//! samples --> [thin] --> [resample] --> ring, 40 to 60 ms --> [playout] --> device
//!                            ^                |
//!                         [rate] <--- fill ---+
//! ```
//!
//! A separate thread opens the device ([`device`]) and sends the producing end of its ring here. Without a device, samples
//! are dropped, and nothing else changes.

// Without the feature there is no device that takes samples.
#![cfg_attr(not(feature = "audio"), allow(dead_code))]

mod device;
mod playout;
mod rate;
mod resample;
mod thin;

use super::speed::Speed;
use playout::Shared;
use rate::RateControl;
use resample::Resampler;
use ricojit::SampleRate;
use rtrb::Producer;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use thin::Thinner;

/// The rate of the machine, which most devices support.
pub(super) const SAMPLE_RATE: SampleRate = SampleRate::Hz48000;

/// The target fill of the ring before a frame is added. A frame adds 17 ms, so the fill is 42 to 59 ms, 50 on average.
const TARGET_SECONDS: f64 = 0.042;
/// The fill at which playing starts.
const PRIME_SECONDS: f64 = 0.050;
/// Above this fill, a frame is dropped. Only a device that hung lets it get there.
const MOST_SECONDS: f64 = 0.100;
/// The size of the ring; samples beyond are dropped.
const RING_SECONDS: f64 = 0.250;

/// An event of the device thread.
enum Event {
    /// A device takes samples from the ring at this rate.
    Opened { ring: Producer<f32>, shared: Arc<Shared>, rate: f64 },
    /// There is no device at the moment, for this reason.
    Lost(String),
}

/// The ring of an open device.
struct Line {
    ring: Producer<f32>,
    shared: Arc<Shared>,
    rate: f64,
    control: RateControl,
    resampler: Resampler,
}

/// The sound statistics of the overlay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Status {
    /// Whether there is a device.
    pub(super) device: bool,
    /// The fill of the ring in milliseconds.
    pub(super) fill: u32,
    /// How often the ring ran empty, over all devices.
    pub(super) underruns: u64,
    /// 0 to 100.
    pub(super) volume: u8,
    pub(super) muted: bool,
}

/// A change of the device.
pub(super) enum News {
    Opened(f64),
    Lost(String),
}

/// The producing end.
pub(super) struct Sound {
    events: Receiver<Event>,
    line: Option<Line>,
    thinner: Thinner,
    kept: Vec<f32>,
    /// Underruns of closed devices.
    past_underruns: u64,
    volume: u8,
    muted: bool,
    held: bool,
}

impl Sound {
    /// Starts looking for a device, if `on`.
    pub(super) fn new(enabled: bool, volume: u8) -> Self {
        let events = if enabled { device::start() } else { mpsc::channel().1 };
        Self {
            events,
            line: None,
            thinner: Thinner::default(),
            kept: Vec::new(),
            past_underruns: 0,
            volume: volume.min(100),
            muted: false,
            held: false,
        }
    }

    /// The change of the device since the last call.
    pub(super) fn news(&mut self) -> Option<News> {
        match self.events.try_recv() {
            Ok(Event::Opened { ring, shared, rate }) => {
                self.drop_line();
                let control = RateControl::new(TARGET_SECONDS);
                self.line = Some(Line { ring, shared, rate, control, resampler: Resampler::default() });
                self.tell();
                Some(News::Opened(rate))
            }
            Ok(Event::Lost(reason)) => {
                self.drop_line();
                Some(News::Lost(reason))
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }

    fn drop_line(&mut self) {
        if let Some(line) = self.line.take() {
            self.past_underruns += line.shared.underruns.load(Relaxed);
        }
    }

    /// Takes the samples of a frame that ran at this speed.
    pub(super) fn frame(&mut self, samples: &[i16], speed: Speed) {
        let Some(line) = &mut self.line else { return };
        let fill = line.fill();
        if !line.shared.playing.load(Relaxed) {
            // Not playing yet: the fill says nothing about the clocks.
            line.control.restart();
        }
        // Slow motion lowers the pitch; fast-forward drops frames.
        let (keep, slowness) = match speed {
            Speed::Times(factor) if factor <= 1.0 => (fill < MOST_SECONDS, factor),
            _ => (fill < PRIME_SECONDS, 1.0),
        };
        self.thinner.pass(samples, keep, &mut self.kept);
        let correction = if speed.is_fast() { 1.0 } else { line.control.factor(fill) };
        let step = f64::from(SAMPLE_RATE.hz()) / line.rate * slowness * correction;
        let ring = &mut line.ring;
        // The ring is full: the device hangs, and its error will follow.
        line.resampler.run(self.kept.iter().copied(), step, |sample| {
            let _ = ring.push(sample);
        });
    }

    /// Pauses playing, and keeps the content of the ring.
    pub(super) fn hold(&mut self, hold: bool) {
        self.held = hold;
        self.tell();
    }

    /// Toggles mute.
    pub(super) fn toggle_mute(&mut self) {
        self.muted = !self.muted;
        self.tell();
    }

    /// Changes the volume, in percent.
    pub(super) fn change_volume(&mut self, by: i8) {
        self.volume = self.volume.saturating_add_signed(by).min(100);
        self.tell();
    }

    fn tell(&self) {
        let Some(line) = &self.line else { return };
        let volume = if self.muted { 0 } else { u32::from(self.volume) };
        // Loudness is logarithmic: a square comes close.
        line.shared.gain.store(volume * volume * 65536 / 10_000, Relaxed);
        line.shared.hold.store(self.held, Relaxed);
    }

    /// The statistics.
    pub(super) fn status(&self) -> Status {
        let line = self.line.as_ref();
        Status {
            device: line.is_some(),
            fill: line.map_or(0, |line| (line.fill() * 1000.0) as u32),
            underruns: self.past_underruns + line.map_or(0, |line| line.shared.underruns.load(Relaxed)),
            volume: self.volume,
            muted: self.muted,
        }
    }
}

impl Line {
    /// The fill of the ring in seconds.
    fn fill(&self) -> f64 {
        (self.ring.buffer().capacity() - self.ring.slots()) as f64 / self.rate
    }
}
