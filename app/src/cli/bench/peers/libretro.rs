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
//! A core keeps its console in globals and its callbacks carry no pointer of ours, so there is one core at a time in the
//! whole process, and what callbacks need is in a thread-local. Each console that is switched on is the library loaded
//! anew.
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
//! - Nobody calls into a core that another [`Core`] uses: [`Claim`] sees to it that there is one at a time. (The system may
//!   keep a library that is closed, and gives the same one, globals and all, to whoever opens it again: a core that was shut
//!   down may be initialised again.)
//! - What a core is given stays where it is until it is gone: the path and the bytes of the ROM ([`Core`] owns them), the
//!   folder's name (a static). Callbacks are functions, and their `HOST` is there as long as its thread.
//! - Pointers that a callback gets are valid for reading (or, in `environment`, for writing what the question says) as long
//!   as the callback runs. They are followed there only; none is kept.
//! - A core that calls back from another thread finds that thread's own `HOST`: nothing is shared. `Core` is neither `Send`
//!   nor `Sync`.
#![allow(unsafe_code)]

mod callbacks;
mod interface;

use callbacks::HOST;
use interface::Functions;
use libloading::Library;
use std::ffi::CString;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// There is one.
    #[error("there is a core already, and there can be one at a time")]
    Taken,
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

/// A console in a core, switched on.
pub(crate) struct Core {
    functions: Functions,
    about: About,
    /// The core may point there until the game is unloaded.
    _game: (CString, Vec<u8>),
    /// Dropped after [`Core::drop`] has run. Nothing may be called then.
    _library: Library,
    /// The last to go.
    _claim: Claim,
    /// It belongs to the thread that has its host.
    _here: PhantomData<*const ()>,
}

/// The right to have a core.
struct Claim;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

impl Claim {
    /// `None` as long as somebody has it.
    fn take() -> Option<Self> {
        (!IS_TAKEN.swap(true, Ordering::Acquire)).then(|| Self)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        IS_TAKEN.store(false, Ordering::Release);
    }
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
        let claim = Claim::take().ok_or(CoreError::Taken)?;
        // The system would look elsewhere for a bare name.
        let library = library.canonicalize().unwrap_or_else(|_| library.to_owned());
        // SAFETY: whoever names a library wants its code to run: see the head of this file.
        let library = unsafe { interface::open(&library) }.map_err(CoreError::NoLibrary)?;
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
        Ok(Self { functions, about, _game: game, _library: library, _claim: claim, _here: PhantomData })
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
