//! A host for libretro cores: emulators as shared libraries, with the functions and callbacks of `libretro.h`
//! (<https://docs.libretro.com/development/cores/developing-cores/>).
//!
//! ```text
//! open   dlopen ─► retro_set_*: the callbacks below ─► retro_init ─► retro_load_game ─► retro_get_system_av_info
//! frame  retro_run ─► input_state   bits of HOST.pads
//!                 ├─► video_refresh a pointer to the picture, copied only while pictures are kept
//!                 └─► audio_*       samples, copied only while samples are kept
//! drop   retro_unload_game ─► retro_deinit ─► dlclose
//! ```
//!
//! A core keeps its console in globals, and its callbacks have no user pointer. So there is one core at a time in the
//! process, and the data of the callbacks is in a thread-local. Each power-on loads the library again.
//!
//! Of the requests of a core (`retro_environment_t`), those about pixel formats, folders, input bit masks and whether
//! pictures are wanted are implemented. All others return false, which the interface allows: core options have their
//! defaults, and log messages go wherever the core writes them without a front end.
//!
//! # Soundness
//!
//! A core is native code that the user chose to run. We trust it to be a core and to do what `libretro.h` says, as with
//! any library that a program links to. Under that condition:
//!
//! - Functions are looked up by the names and called with the signatures of `libretro.h`, in the required order; the API
//!   version is checked first. The function pointers are used only while [`Core`] holds the library.
//! - No call enters a core that another [`Core`] uses: [`Claim`] allows one at a time. (The system may keep a closed library
//!   and return it, globals included, when it is opened again: a core may be initialised again after it was shut down.)
//! - Memory that a core is given outlives it: the path and the bytes of the ROM (owned by [`Core`]) and the folder's name (a
//!   static). Callbacks are functions, and their `HOST` lives as long as its thread.
//! - Pointers that a callback receives are valid for reads (in `environment`, for writes of the type of the request) while
//!   the callback runs. They are dereferenced only there and never kept.
//! - A core that calls back from another thread uses that thread's own `HOST`: nothing is shared. `Core` is neither `Send`
//!   nor `Sync`.
#![allow(unsafe_code)]

mod callbacks;
mod interface;

use callbacks::HOST;
use interface::Functions;
use libloading::Library;
use ricojit::text;
use std::ffi::CString;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a core could not be loaded or powered on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CoreError {
    /// The system cannot load the library.
    #[error("this library cannot be loaded: {0}")]
    NoLibrary(libloading::Error),
    /// A function is missing.
    #[error("this library is not a libretro core: it has no `{0}`")]
    NoCore(&'static str),
    /// Another version of the interface.
    #[error("this core needs version {0} of the libretro API; only version 1 is supported")]
    Version(u32),
    /// `retro_load_game` returned false.
    #[error("this core does not accept {0}")]
    Refused(String),
    /// Another core is loaded.
    #[error("only one core can be loaded at a time")]
    Taken,
    /// The path contains a zero byte.
    #[error("the name {0} contains a zero byte")]
    Name(String),
}

/// The pixel format of a core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PixelFormat {
    /// 16 bits, five per colour; the default of the interface.
    #[default]
    Rgb1555,
    /// 32 bits, the upper eight are unused.
    Xrgb8888,
    /// 16 bits, six of them green.
    Rgb565,
}

impl PixelFormat {
    const fn bytes(self) -> usize {
        match self {
            Self::Rgb1555 | Self::Rgb565 => 2,
            Self::Xrgb8888 => 4,
        }
    }

    /// The name in `libretro.h`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rgb1555 => "0RGB1555",
            Self::Xrgb8888 => "XRGB8888",
            Self::Rgb565 => "RGB565",
        }
    }
}

/// A core with a game, powered on.
pub(crate) struct Core {
    functions: Functions,
    about: About,
    /// The core may keep pointers to these until the game is unloaded.
    _game: (CString, Vec<u8>),
    /// Dropped after [`Core::drop`] has run: no function may be called then.
    _library: Library,
    /// Dropped last.
    _claim: Claim,
    /// Not `Send`: the core belongs to the thread of its `HOST`.
    _here: PhantomData<*const ()>,
}

/// The right to load a core.
struct Claim;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

impl Claim {
    /// `None` while another claim exists.
    fn take() -> Option<Self> {
        (!IS_TAKEN.swap(true, Ordering::Acquire)).then(|| Self)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        IS_TAKEN.store(false, Ordering::Release);
    }
}

/// What a core reports about itself.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// Name and version.
    pub(crate) name: String,
    /// The format of its pixels.
    pub(crate) format: PixelFormat,
    /// Width and height of its pictures, in pixels.
    pub(crate) size: (u32, u32),
    /// Samples per second.
    pub(crate) sample_rate: f64,
}

impl Core {
    /// Loads the library and a ROM, given by its path and its content.
    pub(crate) fn power_on(library: &Path, (name, rom): (&Path, Vec<u8>), video: bool) -> Result<Self, CoreError> {
        let claim = Claim::take().ok_or(CoreError::Taken)?;
        // The loader searches other folders for a bare file name.
        let library = library.canonicalize().unwrap_or_else(|_| library.to_owned());
        // SAFETY: the user chose to run this library: see the head of this file.
        let library = unsafe { interface::open(&library) }.map_err(CoreError::NoLibrary)?;
        let functions = Functions::find(&library)?;
        HOST.with(|host| host.reset(video));
        let shown = text::path(name);
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
        Ok(Self { functions, about, _game: game, _library: library, _claim: claim, _here: PhantomData })
    }

    /// What the core reports about itself.
    pub(crate) fn about(&self) -> &About {
        &self.about
    }

    /// Sets the buttons of pad 0 or 1, one bit for each of libretro's button numbers.
    pub(crate) fn hold(&mut self, pad: usize, buttons: u16) {
        HOST.with(|host| host.pads[pad].set(buttons));
    }

    /// Presses Reset.
    pub(crate) fn reset(&mut self) {
        // SAFETY: a game is loaded.
        unsafe { (self.functions.reset)() }
    }

    /// Runs one frame.
    pub(crate) fn run_frame(&mut self) {
        // SAFETY: a game is loaded.
        unsafe { (self.functions.run)() }
    }

    /// Saves the state into a buffer, whose contents are replaced; false if the core cannot.
    pub(crate) fn save(&mut self, bytes: &mut Vec<u8>) -> bool {
        // SAFETY: a game is loaded. The core writes no more bytes than it is given.
        unsafe {
            bytes.resize((self.functions.serialize_size)(), 0);
            !bytes.is_empty() && (self.functions.serialize)(bytes.as_mut_ptr().cast(), bytes.len())
        }
    }

    /// Goes on from a saved state; false if the core refuses.
    pub(crate) fn load(&mut self, bytes: &[u8]) -> bool {
        // SAFETY: a game is loaded. The core reads no more bytes than it is given.
        unsafe { (self.functions.unserialize)(bytes.as_ptr().cast(), bytes.len()) }
    }

    /// Whether to copy pictures and samples from now on. A repeated picture stays.
    pub(crate) fn keep(&mut self, keeping: bool) {
        HOST.with(|host| host.keeping.set(keeping));
    }

    /// Calls `look` with the last copied picture: lines without padding, in the format of the core.
    pub(crate) fn picture<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        HOST.with(|host| look(&host.kept.borrow().picture))
    }

    /// Calls `look` with the samples copied since the last call, left and right interleaved.
    pub(crate) fn take_samples<T>(&self, look: impl FnOnce(&[i16]) -> T) -> T {
        HOST.with(|host| {
            let mut kept = host.kept.borrow_mut();
            let seen = look(&kept.samples);
            kept.samples.clear();
            seen
        })
    }

    /// The number of pictures and of samples (of both channels) so far, and width and height of the last picture.
    pub(crate) fn delivered(&self) -> (u64, u64, (u32, u32)) {
        HOST.with(|host| (host.pictures.get(), host.samples.get(), host.size.get()))
    }

    /// Whether the core asked if pictures are wanted, and so can run without.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_core_at_a_time() {
        let claim = Claim::take();
        assert!(claim.is_some());
        assert!(Claim::take().is_none() && Claim::take().is_none());
        drop(claim);
        assert!(Claim::take().is_some());
    }
}
