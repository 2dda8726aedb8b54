//! Sound on its way from the machine to the device.
//!
//! ```text
//! machine's thread                                              device's thread
//! samples --> [thin] --> [resample] --> ring, 40 to 60 ms --> [playout] --> device
//!                            ^                |
//!                         [rate] <--- fill ---+
//! ```
//!
//! The device comes and goes on a thread of its own ([`device`]), which sends the ring's other end here. Without a
//! device samples are dropped, and nothing else changes.

// Without a device nobody takes samples.
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

/// What the machine makes; most devices take it as it is.
pub(super) const SAMPLE_RATE: SampleRate = SampleRate::Hz48000;

/// The fill of the ring before a frame is added. A frame is 17 ms, so it lies between this and 59 ms, 50 in the mean.
const TARGET_SECONDS: f64 = 0.042;
/// What has to be in the ring before it plays.
const PRIME_SECONDS: f64 = 0.050;
/// More than this is not worked off slowly: a frame is left out. Only a device that hung brings it there.
const MOST_SECONDS: f64 = 0.100;
/// The size of the ring: what is beyond is dropped.
const RING_SECONDS: f64 = 0.250;

/// News from the device's thread.
enum Event {
    /// A device takes samples at this rate out of the ring.
    Opened { ring: Producer<f32>, shared: Arc<Shared>, rate: f64 },
    /// There is no device (for now), for this reason.
    Lost(String),
}

/// The ring of a device that is there.
struct Line {
    ring: Producer<f32>,
    shared: Arc<Shared>,
    rate: f64,
    control: RateControl,
    resampler: Resampler,
}

/// What the overlay says about sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Status {
    /// Whether there is a device.
    pub(super) device: bool,
    /// Milliseconds in the ring.
    pub(super) fill: u32,
    /// How often it ran empty, over all devices.
    pub(super) underruns: u64,
    /// 0 to 100.
    pub(super) volume: u8,
    pub(super) muted: bool,
}

/// Something that happened to the device.
pub(super) enum News {
    Opened(f64),
    Lost(String),
}

/// The machine's end of the sound.
pub(super) struct Sound {
    events: Receiver<Event>,
    line: Option<Line>,
    thinner: Thinner,
    kept: Vec<f32>,
    /// Of the devices that are gone.
    past_underruns: u64,
    volume: u8,
    muted: bool,
    held: bool,
}

impl Sound {
    /// Looks for a device from now on, if asked to.
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

    /// What happened to the device since the last call.
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

    /// Takes the samples of a frame, made at this speed.
    pub(super) fn frame(&mut self, samples: &[i16], speed: Speed) {
        let Some(line) = &mut self.line else { return };
        let fill = line.fill();
        if !line.shared.playing.load(Relaxed) {
            // Priming: what the fill was before says nothing about the clocks.
            line.control.restart();
        }
        // Slowly, the sound is deeper; fast, it has holes.
        let (keep, slowness) = match speed {
            Speed::Times(factor) if factor <= 1.0 => (fill < MOST_SECONDS, factor),
            _ => (fill < PRIME_SECONDS, 1.0),
        };
        self.thinner.pass(samples, keep, &mut self.kept);
        let correction = if speed.is_fast() { 1.0 } else { line.control.factor(fill) };
        let step = f64::from(SAMPLE_RATE.hz()) / line.rate * slowness * correction;
        let ring = &mut line.ring;
        // A full ring: the device stopped taking, and will be heard of.
        line.resampler.run(self.kept.iter().copied(), step, |sample| {
            let _ = ring.push(sample);
        });
    }

    /// Silence until told otherwise, without losing what is in the ring.
    pub(super) fn hold(&mut self, hold: bool) {
        self.held = hold;
        self.tell();
    }

    /// No sound, or sound.
    pub(super) fn toggle_mute(&mut self) {
        self.muted = !self.muted;
        self.tell();
    }

    /// More or less of it, in percent.
    pub(super) fn change_volume(&mut self, by: i8) {
        self.volume = self.volume.saturating_add_signed(by).min(100);
        self.tell();
    }

    fn tell(&self) {
        let Some(line) = &self.line else { return };
        let volume = if self.muted { 0 } else { u32::from(self.volume) };
        // Ears hear ratios: the square comes close.
        line.shared.gain.store(volume * volume * 65536 / 10_000, Relaxed);
        line.shared.hold.store(self.held, Relaxed);
    }

    /// What there is to say.
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
    /// Seconds of sound in the ring.
    fn fill(&self) -> f64 {
        (self.ring.buffer().capacity() - self.ring.slots()) as f64 / self.rate
    }
}
