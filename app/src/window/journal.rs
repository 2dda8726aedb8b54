//! An event log for tests that drive the real window (`--journal FILE`, hidden from the help).
//!
//! One event per line, written at once:
//!
//! ```text
//! window WIDTH HEIGHT X Y W H   the size of the window, and the area of the picture in it
//! shown FRAME                   the picture of this frame was drawn
//! text X Y W H                  text covers this area
//! key COMMAND                   a key was pressed or released
//! input FRAME PAD BUTTONS       a line of an input script; also FRAME reset, FRAME power
//! paused FRAME, running FRAME, speed FRAME xN, engine FRAME NAME, screenshot FRAME PATH, saved
//! moment first picture TIME     the first picture was drawn, at this time in microseconds since 1970
//! moment 600 frames TIME        so many frames have run
//! sound opened RATE, sound lost, underruns N
//! ```

use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The log; by default there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal(Option<Arc<Mutex<File>>>);

impl Journal {
    /// Creates the file.
    pub(super) fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self(Some(Arc::new(Mutex::new(File::create(path)?)))))
    }

    /// Writes an event with its time.
    pub(super) fn moment(&self, event: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.note(format_args!("moment {event} {}", now.as_micros()));
    }

    /// Writes an event.
    pub(super) fn note(&self, event: impl Display) {
        if let Some(file) = &self.0 {
            let line = format!("{event}\n");
            // A test without its log fails anyway.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        }
    }
}
