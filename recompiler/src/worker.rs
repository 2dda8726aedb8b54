//! The worker thread that compiles in the background.
//!
//! ```text
//! machine ── request ──► queue ── all at once ──► compile a batch ──► one store into each slot
//! ```
//!
//! It ends when its [`Worker`] is dropped. If it could not be started, or has died, requests are refused: what has no
//! code stays with the interpreter.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};

/// The handle of the thread.
pub(crate) struct Worker {
    /// `None` if no thread could be started.
    thread: Option<(Sender<()>, JoinHandle<()>)>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    /// Starts a thread that calls `compile` after requests, with whether to stop.
    pub(crate) fn new(compile: impl Fn(&AtomicBool) + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (sender, receiver) = channel();
        let work = move || {
            while receiver.recv().is_ok() && !stopped.load(Ordering::Relaxed) {
                // One batch for all requests so far.
                receiver.try_iter().for_each(drop);
                compile(&stopped);
            }
        };
        let thread = Builder::new().name("ricojit compiler".to_owned()).spawn(work).ok();
        Self { thread: thread.map(|thread| (sender, thread)), stop }
    }

    /// Requests a batch. False: there is no thread to compile it.
    pub(crate) fn request(&self) -> bool {
        self.thread.as_ref().is_some_and(|(sender, _)| sender.send(()).is_ok())
    }

    /// Whether the thread runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|(_, thread)| !thread.is_finished())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some((sender, thread)) = self.thread.take() {
            drop(sender);
            // It finishes its region first. A panic of it was noticed before.
            let _ = thread.join();
        }
    }
}
