//! The sound device, which may be missing, busy, or pulled out while it plays.
//!
//! A thread of its own opens it, because that may take long, and tries again every few seconds as long as there is
//! none. The stream lives and dies on that thread; the callback belongs to the sound system.

use super::Event;
use std::sync::mpsc::{self, Receiver};

/// Looks for a device from now on; what happens to it is told through the channel.
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
    use crate::cli::terminal;
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

    /// Samples in a period of the device, where it lets us choose: 11 ms at 48 kHz. The ring bridges several.
    const PERIOD: u32 = 512;
    /// How often a missing device is looked for.
    const RETRY: Duration = Duration::from_secs(2);

    /// Looks for a device from now on; what happens to it is told through the channel.
    pub(in super::super) fn start() -> Receiver<Event> {
        let (events, receiver) = mpsc::channel();
        // Not waited for at the end: a device may hang for as long as it likes.
        let spawned = thread::Builder::new().name("sound device".to_owned()).spawn(move || run(&events));
        if let Err(error) = spawned {
            // Without the thread there is no sound; the channel is closed, and that is all right.
            terminal::say(format_args!("no sound: {error}"));
        }
        receiver
    }

    /// Opens devices until nobody listens any more.
    fn run(events: &Sender<Event>) {
        #[cfg(target_os = "linux")]
        // ALSA writes essays to standard error when there is no card. If this fails, it does.
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
        // Some devices name a range and then refuse what is in it.
        opened.or_else(|_| build(&device, supported.sample_format(), supported.config(), events))
    }

    /// The default configuration, at our own rate if the device has that.
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
            other => Err(format!("the sound device wants samples as {other}, which this program cannot make")),
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
            // These only inform; the others end the stream.
            let informs = [ErrorKind::DeviceChanged, ErrorKind::Xrun, ErrorKind::RealtimeDenied];
            if !informs.contains(&error.kind()) {
                let _ = failed.send(error.to_string());
            }
        };
        let stream = device.build_output_stream(config, play, fail, None).map_err(|error| error.to_string())?;
        events.send(Event::Opened { ring: producer, shared, rate }).map_err(|_| "nobody listens".to_owned())?;
        stream.play().map_err(|error| error.to_string())?;
        Ok((stream, failures))
    }
}
