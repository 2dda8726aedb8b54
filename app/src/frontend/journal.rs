//! A log of what the front end did, for tests that drive the real window (`--journal FILE`, hidden from help).
//!
//! One event a line, written at once:
//!
//! ```text
//! window WIDTH HEIGHT X Y W H   the window's size and where the picture lies in it
//! shown FRAME                   the picture after so many frames was handed to the window
//! text X Y W H                  and with it, text covers this part of the window
//! key NAME down|up              the keyboard
//! input FRAME PAD BUTTONS       from this frame on, as in an input script; also FRAME reset, FRAME power
//! paused FRAME, running FRAME, speed FRAME xN, engine FRAME NAME, screenshot FRAME PATH, saved
//! sound opened RATE, sound lost, underruns N
//! ```

use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Where events go; nowhere by default.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal(Option<Arc<Mutex<File>>>);

impl Journal {
    /// Writes to this file from now on.
    pub(super) fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self(Some(Arc::new(Mutex::new(File::create(path)?)))))
    }

    /// Writes an event.
    pub(super) fn note(&self, event: impl Display) {
        if let Some(file) = &self.0 {
            let line = format!("{event}\n");
            // A test that cannot read its log will fail by itself.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        }
    }
}
