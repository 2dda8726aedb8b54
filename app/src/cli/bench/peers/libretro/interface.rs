//! The interface of `libretro.h`: its functions, its structures, and the order of the calls.
//!
//! # Soundness
//!
//! The types and the order of the calls are those of `libretro.h`. We check that a library has the functions, and trust it
//! that they have the signatures of `libretro.h` (see the parent module). Each function here says what else it requires.
#![allow(unsafe_code)]

use super::callbacks::{HOST, audio_sample, audio_sample_batch, environment, input_poll, input_state, video_refresh};
use super::{About, CoreError};
use libloading::Library;
use std::ffi::{CStr, c_char, c_uint, c_void};
use std::path::Path;
use std::ptr::null;

/// `RETRO_API_VERSION`.
const API_VERSION: c_uint = 1;
/// `RETRO_DEVICE_JOYPAD`.
pub(super) const JOYPAD: c_uint = 1;

type Environment = unsafe extern "C" fn(c_uint, *mut c_void) -> bool;
type VideoRefresh = unsafe extern "C" fn(*const c_void, c_uint, c_uint, usize);
type AudioSample = extern "C" fn(i16, i16);
type AudioSampleBatch = unsafe extern "C" fn(*const i16, usize) -> usize;
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

/// The functions of a core that we call.
pub(super) struct Functions {
    api_version: unsafe extern "C" fn() -> c_uint,
    set_environment: unsafe extern "C" fn(Environment),
    set_video_refresh: unsafe extern "C" fn(VideoRefresh),
    set_audio_sample: unsafe extern "C" fn(AudioSample),
    set_audio_sample_batch: unsafe extern "C" fn(AudioSampleBatch),
    set_input_poll: unsafe extern "C" fn(InputPoll),
    set_input_state: unsafe extern "C" fn(InputState),
    init: unsafe extern "C" fn(),
    pub(super) deinit: unsafe extern "C" fn(),
    get_system_info: unsafe extern "C" fn(*mut SystemInfo),
    get_system_av_info: unsafe extern "C" fn(*mut SystemAvInfo),
    set_controller_port_device: unsafe extern "C" fn(c_uint, c_uint),
    load_game: unsafe extern "C" fn(*const GameInfo) -> bool,
    pub(super) unload_game: unsafe extern "C" fn(),
    pub(super) reset: unsafe extern "C" fn(),
    pub(super) run: unsafe extern "C" fn(),
    pub(super) serialize_size: unsafe extern "C" fn() -> usize,
    pub(super) serialize: unsafe extern "C" fn(*mut c_void, usize) -> bool,
    pub(super) unserialize: unsafe extern "C" fn(*const c_void, usize) -> bool,
}

/// Loads a library and resolves all its symbols: a missing one is an error now instead of a crash later.
///
/// # Safety
///
/// Loading a library runs its code.
pub(super) unsafe fn open(path: &Path) -> Result<Library, libloading::Error> {
    #[cfg(unix)]
    {
        use libloading::os::unix;
        // SAFETY: as the caller says.
        unsafe { unix::Library::open(Some(path), unix::RTLD_NOW | unix::RTLD_LOCAL) }.map(Library::from)
    }
    #[cfg(not(unix))]
    // SAFETY: as the caller says.
    unsafe {
        Library::new(path)
    }
}

impl Functions {
    /// Looks the functions up. They may be called only while the library is loaded.
    pub(super) fn find(library: &Library) -> Result<Self, CoreError> {
        /// The function of this name. `F` is a function pointer.
        fn find<F: Copy>(library: &Library, name: &'static str) -> Result<F, CoreError> {
            // SAFETY: nothing is called, and `libretro.h` gives the type of the name. A symbol may have the address 0,
            // which is no function, so the type is an `Option`.
            let found = unsafe { library.get::<Option<F>>(name.as_bytes()) };
            found.ok().and_then(|found| *found).ok_or(CoreError::NoCore(name))
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
            serialize_size: find(library, "retro_serialize_size")?,
            serialize: find(library, "retro_serialize")?,
            unserialize: find(library, "retro_unserialize")?,
        })
    }

    /// # Safety
    ///
    /// The functions are those of a core that is not initialised.
    pub(super) unsafe fn initialise(&self) -> Result<(), CoreError> {
        // SAFETY: as the caller says; the environment callback is set first, the others before a game is loaded.
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

    /// Loads a game and connects two pads; `None` if the core refuses the game.
    ///
    /// # Safety
    ///
    /// The core is initialised and has no game; path and ROM stay valid until it is unloaded.
    pub(super) unsafe fn load(&self, path: &CStr, rom: &[u8]) -> Option<About> {
        let mut system = SystemInfo {
            library_name: null(),
            library_version: null(),
            valid_extensions: null(),
            need_fullpath: false,
            block_extract: false,
        };
        let mut av = SystemAvInfo::default();
        // SAFETY: as the caller says; the core fills in the structures and owns the strings.
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

/// Copies a string of the core.
///
/// # Safety
///
/// The pointer is null or points to a null-terminated string.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
