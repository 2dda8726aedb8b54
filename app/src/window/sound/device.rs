//! The sound device, which may be missing, busy, or unplugged while it plays.
//!
//! A separate thread opens it, because that may take long, and retries every few seconds while there is none. The stream
//! stays on that thread; the sound system calls the callback on another.

use super::Event;
use std::sync::mpsc::{self, Receiver};

/// Starts looking for a device; the channel receives its events.
#[cfg(not(feature = "audio"))]
pub(super) fn start() -> Receiver<Event> {
    mpsc::channel().1
}

#[cfg(feature = "audio")]
pub(super) use cpal_device::start;

#[cfg(feature = "audio")]
mod cpal_device {
    use super::super::playout::{Playout, Shared};
    use super::super::{PRIME_SECONDS, RING_SECONDS, SAMPLE_RATE};
    use super::{Event, Receiver, mpsc};
    use crate::terminal;
    use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
    use cpal::{
        BufferSize, Device, ErrorKind, FromSample, I24, OutputCallbackInfo, SampleFormat, SizedSample, Stream,
        StreamConfig, SupportedBufferSize, SupportedStreamConfig, U24,
    };
    use rtrb::RingBuffer;
    use std::sync::Arc;
    use std::sync::mpsc::Sender;
    use std::thread;
    use std::time::Duration;

    /// Samples per period of the device, if we can choose: 11 ms at 48 kHz. The ring holds several.
    const PERIOD: u32 = 512;
    /// How often to look for a missing device.
    const RETRY: Duration = Duration::from_secs(2);

    /// Starts looking for a device; the channel receives its events.
    pub(in super::super) fn start() -> Receiver<Event> {
        let (events, receiver) = mpsc::channel();
        // Never joined: a device may hang.
        let spawned = thread::Builder::new().name("sound device".to_owned()).spawn(move || run(&events));
        if let Err(error) = spawned {
            // Without the thread there is no sound; the receiver sees a closed channel.
            terminal::say(format_args!("no sound: {error}"));
        }
        receiver
    }

    /// Opens devices until the receiver is dropped.
    fn run(events: &Sender<Event>) {
        #[cfg(target_os = "linux")]
        // ALSA prints many lines on standard error if there is no card. If this fails, it prints them.
        let _quiet = alsa::Output::local_error_handler();
        let mut said = false;
        loop {
            match open(events) {
                Ok((stream, failures)) => {
                    said = true;
                    let reason = failures.recv().unwrap_or_else(|_| "the stream ended".to_owned());
                    drop(stream);
                    if events.send(Event::Lost(reason)).is_err() {
                        return;
                    }
                }
                Err(reason) if !said => {
                    said = true;
                    if events.send(Event::Lost(reason)).is_err() {
                        return;
                    }
                }
                Err(_) => {}
            }
            thread::sleep(RETRY);
        }
    }

    type Opened = (Stream, Receiver<String>);

    fn open(events: &Sender<Event>) -> Result<Opened, String> {
        let device = cpal::default_host().default_output_device().ok_or("there is no sound device")?;
        let supported = choose(&device).map_err(|error| error.to_string())?;
        let fixed = StreamConfig { buffer_size: period(&supported), ..supported.config() };
        let opened = build(&device, supported.sample_format(), fixed, events);
        // Some devices report a range and then refuse values in it.
        opened.or_else(|_| build(&device, supported.sample_format(), supported.config(), events))
    }

    /// The default configuration, at our sample rate if the device supports it.
    fn choose(device: &Device) -> Result<SupportedStreamConfig, cpal::Error> {
        let default = device.default_output_config()?;
        let alike = |range: &cpal::SupportedStreamConfigRange| {
            range.channels() == default.channels() && range.sample_format() == default.sample_format()
        };
        let ranges = device.supported_output_configs()?;
        let ours = ranges.filter(alike).find_map(|range| range.try_with_sample_rate(SAMPLE_RATE.hz()));
        Ok(ours.unwrap_or(default))
    }

    fn period(supported: &SupportedStreamConfig) -> BufferSize {
        match *supported.buffer_size() {
            SupportedBufferSize::Range { min, max } => BufferSize::Fixed(PERIOD.clamp(min, max)),
            SupportedBufferSize::Unknown => BufferSize::Fixed(PERIOD),
        }
    }

    fn build(
        device: &Device,
        format: SampleFormat,
        config: StreamConfig,
        events: &Sender<Event>,
    ) -> Result<Opened, String> {
        match format {
            SampleFormat::I8 => stream::<i8>(device, config, events),
            SampleFormat::I16 => stream::<i16>(device, config, events),
            SampleFormat::I24 => stream::<I24>(device, config, events),
            SampleFormat::I32 => stream::<i32>(device, config, events),
            SampleFormat::I64 => stream::<i64>(device, config, events),
            SampleFormat::U8 => stream::<u8>(device, config, events),
            SampleFormat::U16 => stream::<u16>(device, config, events),
            SampleFormat::U24 => stream::<U24>(device, config, events),
            SampleFormat::U32 => stream::<u32>(device, config, events),
            SampleFormat::U64 => stream::<u64>(device, config, events),
            SampleFormat::F32 => stream::<f32>(device, config, events),
            SampleFormat::F64 => stream::<f64>(device, config, events),
            other => Err(format!("the sound device needs samples of type {other}, which are not supported")),
        }
    }

    fn stream<T>(device: &Device, config: StreamConfig, events: &Sender<Event>) -> Result<Opened, String>
    where
        T: SizedSample + FromSample<f32>,
    {
        let rate = f64::from(config.sample_rate);
        let channels = usize::from(config.channels).max(1);
        let (producer, consumer) = RingBuffer::new((rate * RING_SECONDS) as usize);
        let shared = Arc::new(Shared::default());
        let mut playout = Playout::new(consumer, Arc::clone(&shared), rate, (rate * PRIME_SECONDS) as usize);
        let (failed, failures) = mpsc::channel();
        let play = move |data: &mut [T], _: &OutputCallbackInfo| {
            let mut frames = data.chunks_exact_mut(channels);
            playout.fill(frames.len(), |sample| {
                if let Some(frame) = frames.next() {
                    frame.fill(T::from_sample(sample));
                }
            });
        };
        let fail = move |error: cpal::Error| {
            // These are only information; the others end the stream.
            let informs = [ErrorKind::DeviceChanged, ErrorKind::Xrun, ErrorKind::RealtimeDenied];
            if !informs.contains(&error.kind()) {
                let _ = failed.send(error.to_string());
            }
        };
        let stream = device.build_output_stream(config, play, fail, None).map_err(|error| error.to_string())?;
        events
            .send(Event::Opened { ring: producer, shared, rate })
            .map_err(|_| "the receiver was dropped".to_owned())?;
        stream.play().map_err(|error| error.to_string())?;
        Ok((stream, failures))
    }
}
