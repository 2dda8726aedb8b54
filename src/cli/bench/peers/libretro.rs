//! A host for libretro cores: emulators as shared libraries, with the functions and callbacks of `libretro.h`
//! (<https://docs.libretro.com/development/cores/developing-cores/>).
//!
//! ```text
//! open   dlopen ─► retro_set_*: the callbacks below ─► retro_init ─► retro_load_game ─► retro_get_system_av_info
//! frame  retro_run ─► input_state   bits of HOST.pads
//!                 ├─► video_refresh where the picture is: taken over as it is; copied only if somebody keeps it
//!                 └─► audio_*       how many samples there are; copied only if somebody keeps them
//! drop   retro_unload_game ─► retro_deinit ─► dlclose
//! ```
//!
//! A core keeps its console in globals and its callbacks carry no pointer of ours, so there is one core at a time in a
//! thread, and what callbacks need is in a thread-local. Each console that is switched on is the library loaded anew.
//!
//! Questions of the core (`retro_environment_t`) get an answer if it is about pixel formats, folders, the pads' bits or
//! whether pictures are wanted. All else is answered with "no", which the interface allows: every core option has its
//! default, and messages go where the core has them without a front end.
//!
//! # Soundness
//!
//! A core is native code that somebody chose to run: that it is one, and does what `libretro.h` says, is taken on trust,
//! as with any library that a program links to. Under that condition:
//!
//! - Functions are looked up by the names and called with the signatures of `libretro.h`, in the order it asks for; the
//!   version it has is checked first. The pointers to them are used only while [`Core`] holds the library.
//! - What a core is given stays where it is until it is gone: the path and the bytes of the ROM ([`Core`] owns them), the
//!   folder's name (a static). Callbacks are functions, and `HOST` is there as long as its thread.
//! - Pointers that a callback gets are valid for reading (or, in `environment`, for writing what the question says) as long
//!   as the callback runs. They are followed there only, unless they are null; none is kept.
//! - A core that calls back from another thread finds that thread's own `HOST`: nothing is shared. `Core` is neither `Send`
//!   nor `Sync`.
#![allow(unsafe_code)]

use libloading::Library;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_uint, c_void};
use std::hint::black_box;
use std::marker::PhantomData;
use std::path::Path;
use std::ptr::null;
use std::sync::LazyLock;

/// Why there is no core, or no console in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CoreError {
    /// The system cannot load it.
    #[error("this is no library that can be loaded: {0}")]
    NoLibrary(libloading::Error),
    /// A function is missing.
    #[error("this library is no libretro core: it has no `{0}`")]
    NoCore(&'static str),
    /// Another interface.
    #[error("this core is made for version {0} of the libretro interface; there is only version 1 here")]
    Version(u32),
    /// `retro_load_game` said no.
    #[error("this core does not accept {0}")]
    Refused(String),
    /// A path with a zero in it.
    #[error("this core cannot be told of {0}: its name has a zero byte in it")]
    Name(String),
}

/// How the pixels of a core's pictures look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PixelFormat {
    /// 16 bits, five of each colour; what a core has that does not say.
    #[default]
    Rgb1555,
    /// 32 bits, the upper eight mean nothing.
    Xrgb8888,
    /// 16 bits.
    Rgb565,
}

impl PixelFormat {
    const fn bytes(self) -> usize {
        match self {
            Self::Rgb1555 | Self::Rgb565 => 2,
            Self::Xrgb8888 => 4,
        }
    }

    /// Its name in `libretro.h`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rgb1555 => "0RGB1555",
            Self::Xrgb8888 => "XRGB8888",
            Self::Rgb565 => "RGB565",
        }
    }
}

/// What came out, while it is kept.
#[derive(Debug, Default)]
struct Kept {
    picture: Vec<u8>,
    samples: Vec<i16>,
}

/// What callbacks see and leave.
struct Host {
    /// Buttons of two pads, a bit for each number that libretro gives them.
    pads: [Cell<u16>; 2],
    format: Cell<PixelFormat>,
    size: Cell<(c_uint, c_uint)>,
    /// What is answered if a core asks whether pictures are wanted, and whether it did.
    video: Cell<bool>,
    asked_for_video: Cell<bool>,
    pictures: Cell<u64>,
    /// Of both channels together.
    samples: Cell<u64>,
    keeping: Cell<bool>,
    kept: RefCell<Kept>,
}

thread_local! {
    static HOST: Host = const { Host {
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

/// Where a core may look for what it needs and may keep what it likes.
static FOLDER: LazyLock<CString> = LazyLock::new(|| {
    // A folder's name has no zero in it.
    CString::new(std::env::temp_dir().into_os_string().into_encoded_bytes()).unwrap_or_default()
});

/// A console in a core, switched on.
pub(crate) struct Core {
    functions: Functions,
    about: About,
    /// The core may point there until the game is unloaded.
    _game: (CString, Vec<u8>),
    /// Dropped after [`Core::drop`] has run. Nothing may be called then.
    _library: Library,
    /// It belongs to the thread that has its host.
    _here: PhantomData<*const ()>,
}

/// What a core tells of itself.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// Its name and version.
    pub(crate) name: String,
    /// Of the pixels it delivers.
    pub(crate) format: PixelFormat,
    /// Pixels in a line, and lines, that it says it delivers.
    pub(crate) size: (u32, u32),
    /// Samples a second.
    pub(crate) sample_rate: f64,
}

impl Core {
    /// Loads the library and a ROM, of which both the file's name and its content are given.
    pub(crate) fn power_on(library: &Path, (name, rom): (&Path, Vec<u8>), video: bool) -> Result<Self, CoreError> {
        // The system would look elsewhere for a bare name.
        let library = library.canonicalize().unwrap_or_else(|_| library.to_owned());
        // SAFETY: whoever names a library wants its code to run: see the head of this file.
        let library = unsafe { Library::new(library) }.map_err(CoreError::NoLibrary)?;
        let functions = Functions::find(&library)?;
        HOST.with(|host| host.reset(video));
        let shown = name.display().to_string();
        let path = CString::new(name.as_os_str().as_encoded_bytes()).map_err(|_| CoreError::Name(shown.clone()))?;
        let game = (path, rom);
        // SAFETY: `functions` are those of a core; the order is that of the interface.
        let about = unsafe {
            functions.initialise()?;
            functions.load(&game.0, &game.1)
        };
        let Some(about) = about else {
            // SAFETY: the core was initialised, and has no game.
            unsafe { (functions.deinit)() };
            return Err(CoreError::Refused(shown));
        };
        Ok(Self { functions, about, _game: game, _library: library, _here: PhantomData })
    }

    /// What it told of itself.
    pub(crate) fn about(&self) -> &About {
        &self.about
    }

    /// Presses exactly these buttons on a pad, 0 or 1: a bit for each number that libretro gives them.
    pub(crate) fn hold(&mut self, pad: usize, buttons: u16) {
        HOST.with(|host| host.pads[pad].set(buttons));
    }

    /// Presses Reset.
    pub(crate) fn reset(&mut self) {
        // SAFETY: a game is loaded.
        unsafe { (self.functions.reset)() }
    }

    /// Runs until the core has a picture, or would have one.
    pub(crate) fn run_frame(&mut self) {
        // SAFETY: a game is loaded.
        unsafe { (self.functions.run)() }
    }

    /// From now on, what comes out is copied. A repeated picture is kept.
    pub(crate) fn keep(&mut self, keeping: bool) {
        HOST.with(|host| host.keeping.set(keeping));
    }

    /// Looks at the last picture that was kept: lines of pixels without gaps, as the core has them.
    pub(crate) fn picture<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        HOST.with(|host| look(&host.kept.borrow().picture))
    }

    /// Looks at the samples that were kept since the last look, left and right one after the other.
    pub(crate) fn take_samples<T>(&self, look: impl FnOnce(&[i16]) -> T) -> T {
        HOST.with(|host| {
            let mut kept = host.kept.borrow_mut();
            let seen = look(&kept.samples);
            kept.samples.clear();
            seen
        })
    }

    /// Pictures and samples (left and right together) that came out so far, and pixels in a line and lines of the last picture.
    pub(crate) fn delivered(&self) -> (u64, u64, (u32, u32)) {
        HOST.with(|host| (host.pictures.get(), host.samples.get(), host.size.get()))
    }

    /// Whether it asked if pictures are wanted, and so may do without.
    pub(crate) fn asked_for_video(&self) -> bool {
        HOST.with(|host| host.asked_for_video.get())
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        // SAFETY: a game is loaded, and nothing is called after this.
        unsafe {
            (self.functions.unload_game)();
            (self.functions.deinit)();
        }
    }
}

impl Host {
    /// As before any core.
    fn reset(&self, video: bool) {
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
}

// The interface -------------------------------------------------------------------------------------------------------

/// `RETRO_API_VERSION`.
const API_VERSION: c_uint = 1;
/// `RETRO_DEVICE_JOYPAD`, and what picks it out of a device's number.
const JOYPAD: c_uint = 1;
const DEVICE_MASK: c_uint = 0xFF;
/// `RETRO_DEVICE_ID_JOYPAD_MASK`: all buttons at once.
const ALL_BUTTONS: c_uint = 256;
/// `RETRO_AV_ENABLE_*`.
const ENABLE_VIDEO: u32 = 1;
const ENABLE_AUDIO: u32 = 2;

/// `RETRO_ENVIRONMENT_*`: the questions that are answered.
mod question {
    pub(super) const GET_SYSTEM_DIRECTORY: u32 = 9;
    pub(super) const SET_PIXEL_FORMAT: u32 = 10;
    pub(super) const GET_VARIABLE_UPDATE: u32 = 17;
    pub(super) const GET_SAVE_DIRECTORY: u32 = 31;
    pub(super) const GET_AUDIO_VIDEO_ENABLE: u32 = 47 | EXPERIMENTAL;
    pub(super) const GET_INPUT_BITMASKS: u32 = 51 | EXPERIMENTAL;
    const EXPERIMENTAL: u32 = 0x1_0000;
}

type Environment = extern "C" fn(c_uint, *mut c_void) -> bool;
type VideoRefresh = extern "C" fn(*const c_void, c_uint, c_uint, usize);
type AudioSample = extern "C" fn(i16, i16);
type AudioSampleBatch = extern "C" fn(*const i16, usize) -> usize;
type InputPoll = extern "C" fn();
type InputState = extern "C" fn(c_uint, c_uint, c_uint, c_uint) -> i16;

/// `struct retro_game_info`.
#[repr(C)]
struct GameInfo {
    path: *const c_char,
    data: *const c_void,
    size: usize,
    meta: *const c_char,
}

/// `struct retro_system_info`.
#[repr(C)]
struct SystemInfo {
    library_name: *const c_char,
    library_version: *const c_char,
    valid_extensions: *const c_char,
    need_fullpath: bool,
    block_extract: bool,
}

/// `struct retro_system_av_info`.
#[derive(Default)]
#[repr(C)]
struct SystemAvInfo {
    base_width: c_uint,
    base_height: c_uint,
    max_width: c_uint,
    max_height: c_uint,
    aspect_ratio: f32,
    fps: f64,
    sample_rate: f64,
}

/// Those functions of a core that are called here.
struct Functions {
    api_version: unsafe extern "C" fn() -> c_uint,
    set_environment: unsafe extern "C" fn(Environment),
    set_video_refresh: unsafe extern "C" fn(VideoRefresh),
    set_audio_sample: unsafe extern "C" fn(AudioSample),
    set_audio_sample_batch: unsafe extern "C" fn(AudioSampleBatch),
    set_input_poll: unsafe extern "C" fn(InputPoll),
    set_input_state: unsafe extern "C" fn(InputState),
    init: unsafe extern "C" fn(),
    deinit: unsafe extern "C" fn(),
    get_system_info: unsafe extern "C" fn(*mut SystemInfo),
    get_system_av_info: unsafe extern "C" fn(*mut SystemAvInfo),
    set_controller_port_device: unsafe extern "C" fn(c_uint, c_uint),
    load_game: unsafe extern "C" fn(*const GameInfo) -> bool,
    unload_game: unsafe extern "C" fn(),
    reset: unsafe extern "C" fn(),
    run: unsafe extern "C" fn(),
}

impl Functions {
    fn find(library: &Library) -> Result<Self, CoreError> {
        /// The function of this name, with the type that the place it is put in has.
        fn find<F: Copy>(library: &Library, name: &'static str) -> Result<F, CoreError> {
            // SAFETY: nothing is called; that the type fits is what `libretro.h` promises.
            unsafe { library.get::<F>(name.as_bytes()) }.map(|found| *found).map_err(|_| CoreError::NoCore(name))
        }
        Ok(Self {
            api_version: find(library, "retro_api_version")?,
            set_environment: find(library, "retro_set_environment")?,
            set_video_refresh: find(library, "retro_set_video_refresh")?,
            set_audio_sample: find(library, "retro_set_audio_sample")?,
            set_audio_sample_batch: find(library, "retro_set_audio_sample_batch")?,
            set_input_poll: find(library, "retro_set_input_poll")?,
            set_input_state: find(library, "retro_set_input_state")?,
            init: find(library, "retro_init")?,
            deinit: find(library, "retro_deinit")?,
            get_system_info: find(library, "retro_get_system_info")?,
            get_system_av_info: find(library, "retro_get_system_av_info")?,
            set_controller_port_device: find(library, "retro_set_controller_port_device")?,
            load_game: find(library, "retro_load_game")?,
            unload_game: find(library, "retro_unload_game")?,
            reset: find(library, "retro_reset")?,
            run: find(library, "retro_run")?,
        })
    }

    /// # Safety
    ///
    /// They are functions of a core that was not initialised.
    unsafe fn initialise(&self) -> Result<(), CoreError> {
        // SAFETY: as the caller says; the environment comes first, and the other callbacks before anything is run.
        unsafe {
            let version = (self.api_version)();
            if version != API_VERSION {
                return Err(CoreError::Version(version));
            }
            (self.set_environment)(environment);
            (self.set_video_refresh)(video_refresh);
            (self.set_audio_sample)(audio_sample);
            (self.set_audio_sample_batch)(audio_sample_batch);
            (self.set_input_poll)(input_poll);
            (self.set_input_state)(input_state);
            (self.init)();
        }
        Ok(())
    }

    /// Loads a game and connects two pads; `None` if the core does not want it.
    ///
    /// # Safety
    ///
    /// The core is initialised and has no game; path and ROM stay where they are until it is unloaded.
    unsafe fn load(&self, path: &CStr, rom: &[u8]) -> Option<About> {
        let mut system = SystemInfo {
            library_name: null(),
            library_version: null(),
            valid_extensions: null(),
            need_fullpath: false,
            block_extract: false,
        };
        let mut av = SystemAvInfo::default();
        // SAFETY: as the caller says; the core fills in the structures, and strings in them are its own.
        unsafe {
            (self.get_system_info)(&raw mut system);
            let (data, size) = if system.need_fullpath { (null(), 0) } else { (rom.as_ptr().cast(), rom.len()) };
            let game = GameInfo { path: path.as_ptr(), data, size, meta: null() };
            if !(self.load_game)(&raw const game) {
                return None;
            }
            (self.get_system_av_info)(&raw mut av);
            (0..2).for_each(|port| (self.set_controller_port_device)(port, JOYPAD));
            Some(About {
                name: format!("{} {}", text(system.library_name), text(system.library_version)).trim().to_owned(),
                format: HOST.with(|host| host.format.get()),
                size: (av.base_width, av.base_height),
                sample_rate: av.sample_rate,
            })
        }
    }
}

/// A copy of a core's string.
///
/// # Safety
///
/// The pointer is null or one to a string that ends with a zero.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

// Callbacks -----------------------------------------------------------------------------------------------------------

extern "C" fn environment(question: c_uint, data: *mut c_void) -> bool {
    /// Answers a question, if there is somewhere to put the answer.
    ///
    /// # Safety
    ///
    /// `data` is null or a place for a `T`.
    unsafe fn answer<T>(data: *mut c_void, answer: T) -> bool {
        if !data.is_null() {
            // SAFETY: as the caller says.
            unsafe { data.cast::<T>().write(answer) };
        }
        !data.is_null()
    }
    HOST.with(|host| {
        // SAFETY: the data of each question has the type that `libretro.h` has for it.
        unsafe {
            match question {
                question::GET_SYSTEM_DIRECTORY | question::GET_SAVE_DIRECTORY => answer(data, FOLDER.as_ptr()),
                question::SET_PIXEL_FORMAT => set_pixel_format(host, data.cast()),
                // No option ever changes.
                question::GET_VARIABLE_UPDATE => answer(data, false),
                question::GET_AUDIO_VIDEO_ENABLE => {
                    host.asked_for_video.set(true);
                    answer(data, ENABLE_AUDIO | if host.video.get() { ENABLE_VIDEO } else { 0 })
                }
                question::GET_INPUT_BITMASKS => true,
                _ => false,
            }
        }
    })
}

/// # Safety
///
/// `wanted` is null or points to a format's number.
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

extern "C" fn video_refresh(data: *const c_void, width: c_uint, height: c_uint, pitch: usize) {
    HOST.with(|host| {
        host.pictures.set(host.pictures.get() + 1);
        // No picture: the last one is repeated.
        if black_box(data).is_null() {
            return;
        }
        host.size.set((width, height));
        if host.keeping.get() {
            let mut kept = host.kept.borrow_mut();
            kept.picture.clear();
            let bytes = width as usize * host.format.get().bytes();
            for line in 0..height as usize {
                // SAFETY: a picture has so many lines, each `pitch` bytes after the one before.
                let line = unsafe { std::slice::from_raw_parts(data.cast::<u8>().add(line * pitch), bytes) };
                kept.picture.extend_from_slice(line);
            }
        }
    });
}

extern "C" fn audio_sample(left: i16, right: i16) {
    audio_sample_batch([left, right].as_ptr(), 1);
}

extern "C" fn audio_sample_batch(data: *const i16, frames: usize) -> usize {
    HOST.with(|host| {
        host.samples.set(host.samples.get() + 2 * frames as u64);
        if host.keeping.get() && !black_box(data).is_null() {
            // SAFETY: a frame is two samples.
            let samples = unsafe { std::slice::from_raw_parts(data, 2 * frames) };
            host.kept.borrow_mut().samples.extend_from_slice(samples);
        }
    });
    frames
}

extern "C" fn input_poll() {}

extern "C" fn input_state(port: c_uint, device: c_uint, _index: c_uint, id: c_uint) -> i16 {
    HOST.with(|host| match host.pads.get(port as usize) {
        Some(pad) if device & DEVICE_MASK == JOYPAD && id == ALL_BUTTONS => pad.get().cast_signed(),
        Some(pad) if device & DEVICE_MASK == JOYPAD && id < 16 => (pad.get() >> id & 1).cast_signed(),
        _ => 0,
    })
}
