//! The callbacks of a core (requests, pictures, samples, input) and their data.
//!
//! # Soundness
//!
//! Callbacks have no user pointer, so their data is in cells of a thread-local, [`HOST`]. No callback calls the core or
//! another callback while a cell is borrowed. A pointer from the core is dereferenced only if `libretro.h` says what it
//! points to, only while the callback runs, and only if it is not null. A picture with an impossible size or pitch is not
//! read. A panic here aborts the program: it does not unwind through the core.
#![allow(unsafe_code)]

use super::PixelFormat;
use super::interface::JOYPAD;
use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_uint, c_void};
use std::sync::LazyLock;

/// The bits of a device number that hold its base type, `RETRO_DEVICE_JOYPAD` and others.
const DEVICE_MASK: c_uint = 0xFF;
/// `RETRO_DEVICE_ID_JOYPAD_MASK`: all buttons at once.
const ALL_BUTTONS: c_uint = 256;
/// `RETRO_AV_ENABLE_*`.
const ENABLE_VIDEO: u32 = 1;
const ENABLE_AUDIO: u32 = 2;
/// `RETRO_HW_FRAME_BUFFER_VALID`: the picture is on the graphics card. We never allow that.
const IN_HARDWARE: usize = usize::MAX;

/// `RETRO_ENVIRONMENT_*`: the implemented requests.
mod request {
    pub(super) const GET_SYSTEM_DIRECTORY: u32 = 9;
    pub(super) const SET_PIXEL_FORMAT: u32 = 10;
    pub(super) const GET_VARIABLE_UPDATE: u32 = 17;
    pub(super) const GET_SAVE_DIRECTORY: u32 = 31;
    pub(super) const GET_AUDIO_VIDEO_ENABLE: u32 = 47 | EXPERIMENTAL;
    pub(super) const GET_INPUT_BITMASKS: u32 = 51 | EXPERIMENTAL;
    const EXPERIMENTAL: u32 = 0x1_0000;
}

/// Copies of the last picture and of the samples.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) picture: Vec<u8>,
    pub(super) samples: Vec<i16>,
}

/// The data of the callbacks.
pub(super) struct Host {
    /// The buttons of two pads, one bit for each of libretro's button numbers.
    pub(super) pads: [Cell<u16>; 2],
    pub(super) format: Cell<PixelFormat>,
    pub(super) size: Cell<(c_uint, c_uint)>,
    /// Whether pictures are wanted, and whether the core has asked.
    video: Cell<bool>,
    pub(super) asked_for_video: Cell<bool>,
    pub(super) pictures: Cell<u64>,
    /// Of both channels.
    pub(super) samples: Cell<u64>,
    pub(super) keeping: Cell<bool>,
    pub(super) kept: RefCell<Kept>,
}

thread_local! {
    pub(super) static HOST: Host = const { Host {
        pads: [const { Cell::new(0) }; 2],
        format: Cell::new(PixelFormat::Rgb1555),
        size: Cell::new((0, 0)),
        video: Cell::new(true),
        asked_for_video: Cell::new(false),
        pictures: Cell::new(0),
        samples: Cell::new(0),
        keeping: Cell::new(false),
        kept: RefCell::new(Kept { picture: Vec::new(), samples: Vec::new() }),
    } };
}

impl Host {
    /// The state before a core is loaded.
    pub(super) fn reset(&self, video: bool) {
        self.pads.iter().for_each(|pad| pad.set(0));
        self.format.take();
        self.size.take();
        self.video.set(video);
        for flag in [&self.asked_for_video, &self.keeping] {
            flag.set(false);
        }
        for count in [&self.pictures, &self.samples] {
            count.set(0);
        }
        self.kept.take();
    }

    fn take_samples(&self, samples: &[i16]) {
        self.samples.set(self.samples.get() + samples.len() as u64);
        if self.keeping.get() {
            self.kept.borrow_mut().samples.extend_from_slice(samples);
        }
    }
}

/// The folder for system and save files of cores.
static FOLDER: LazyLock<CString> = LazyLock::new(|| {
    // A path never contains a zero byte.
    CString::new(std::env::temp_dir().into_os_string().into_encoded_bytes()).unwrap_or_default()
});

/// `retro_environment_t`.
///
/// # Safety
///
/// `data` is null or points to the type that `libretro.h` gives for the request.
pub(super) unsafe extern "C" fn environment(request: c_uint, data: *mut c_void) -> bool {
    /// Writes the answer to a request, if `data` is not null.
    ///
    /// # Safety
    ///
    /// `data` is null or valid for a write of a `T`.
    unsafe fn answer<T>(data: *mut c_void, answer: T) -> bool {
        if !data.is_null() {
            // SAFETY: as the caller says.
            unsafe { data.cast::<T>().write(answer) };
        }
        !data.is_null()
    }
    HOST.with(|host| {
        // SAFETY: `data` has the type that `libretro.h` gives for each request.
        unsafe {
            match request {
                request::GET_SYSTEM_DIRECTORY | request::GET_SAVE_DIRECTORY => answer(data, FOLDER.as_ptr()),
                request::SET_PIXEL_FORMAT => set_pixel_format(host, data.cast()),
                // Core options never change.
                request::GET_VARIABLE_UPDATE => answer(data, false),
                request::GET_AUDIO_VIDEO_ENABLE => {
                    let wanted = if host.video.get() { ENABLE_VIDEO } else { 0 };
                    // A null pointer only asks whether the request is implemented.
                    if answer(data, ENABLE_AUDIO | wanted) {
                        host.asked_for_video.set(true);
                    }
                    true
                }
                request::GET_INPUT_BITMASKS => true,
                _ => false,
            }
        }
    })
}

/// # Safety
///
/// `wanted` is null or points to the number of a format.
unsafe fn set_pixel_format(host: &Host, wanted: *const c_uint) -> bool {
    if wanted.is_null() {
        return false;
    }
    // SAFETY: as the caller says.
    let format = match unsafe { wanted.read() } {
        0 => PixelFormat::Rgb1555,
        1 => PixelFormat::Xrgb8888,
        2 => PixelFormat::Rgb565,
        _ => return false,
    };
    host.format.set(format);
    true
}

/// `retro_video_refresh_t`. Without data the last picture is repeated.
///
/// # Safety
///
/// `data` is null, or in hardware, or points to `height` lines of `width` pixels in the format that was set, each `pitch`
/// bytes after the one before.
pub(super) unsafe extern "C" fn video_refresh(data: *const c_void, width: c_uint, height: c_uint, pitch: usize) {
    HOST.with(|host| {
        let lines = height as usize;
        let bytes = (width as usize).saturating_mul(host.format.get().bytes());
        let extent = lines.checked_mul(pitch).filter(|&extent| isize::try_from(extent).is_ok());
        if !data.is_null() && (data.addr() == IN_HARDWARE || bytes > pitch || extent.is_none()) {
            return;
        }
        host.pictures.set(host.pictures.get() + 1);
        if data.is_null() {
            return;
        }
        host.size.set((width, height));
        if host.keeping.get() {
            let picture = &mut host.kept.borrow_mut().picture;
            picture.clear();
            for line in 0..lines {
                // SAFETY: as the caller says.
                let line = unsafe { std::slice::from_raw_parts(data.cast::<u8>().add(line * pitch), bytes) };
                picture.extend_from_slice(line);
            }
        }
    });
}

/// `retro_audio_sample_t`.
pub(super) extern "C" fn audio_sample(left: i16, right: i16) {
    HOST.with(|host| host.take_samples(&[left, right]));
}

/// `retro_audio_sample_batch_t`.
///
/// # Safety
///
/// `data` is null or points to `frames` pairs of samples.
pub(super) unsafe extern "C" fn audio_sample_batch(data: *const i16, frames: usize) -> usize {
    let samples = frames.checked_mul(2).filter(|&samples| samples <= isize::MAX as usize / size_of::<i16>());
    if let Some(samples) = samples.filter(|_| !data.is_null()) {
        // SAFETY: as the caller says.
        let samples = unsafe { std::slice::from_raw_parts(data, samples) };
        HOST.with(|host| host.take_samples(samples));
    }
    frames
}

/// `retro_input_poll_t`.
pub(super) extern "C" fn input_poll() {}

/// `retro_input_state_t`.
pub(super) extern "C" fn input_state(port: c_uint, device: c_uint, _index: c_uint, id: c_uint) -> i16 {
    HOST.with(|host| match host.pads.get(port as usize) {
        Some(pad) if device & DEVICE_MASK == JOYPAD && id == ALL_BUTTONS => pad.get().cast_signed(),
        Some(pad) if device & DEVICE_MASK == JOYPAD && id < 16 => (pad.get() >> id & 1).cast_signed(),
        _ => 0,
    })
}
