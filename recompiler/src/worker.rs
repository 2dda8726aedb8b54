//! The worker thread that compiles in the background.
//!
//! ```text
//! machine ── key ──► queue ── some at a time ──► compile ──► one store into each slot
//! ```
//!
//! It ends when its [`Worker`] is dropped. If it could not be started, or has died, requests are refused: what has no
//! code stays with the interpreter.

use crate::key::Key;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

/// Most keys taken out of the queue together.
const MAX_BATCH: usize = 16;

/// The handle of the thread.
pub(crate) struct Worker {
    /// `None` if no thread could be started.
    thread: Option<(Sender<Key>, JoinHandle<()>)>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    /// Starts a thread that calls `compile` with the keys that are requested, and with whether to stop.
    pub(crate) fn new(compile: impl Fn(&[Key], &AtomicBool) + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (sender, receiver) = channel();
        let work = move || {
            while let Some(batch) = next_batch(&receiver)
                && !stopped.load(Ordering::Relaxed)
            {
                compile(&batch, &stopped);
            }
        };
        let thread = Builder::new().name("ricojit compiler".to_owned()).spawn(work).ok();
        Self { thread: thread.map(|thread| (sender, thread)), stop }
    }

    /// Requests the code of `key`. False: there is no thread to compile it.
    pub(crate) fn request(&self, key: Key) -> bool {
        self.thread.as_ref().is_some_and(|(sender, _)| sender.send(key).is_ok())
    }

    /// Whether the thread runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|(_, thread)| !thread.is_finished())
    }
}

fn next_batch(receiver: &Receiver<Key>) -> Option<Vec<Key>> {
    let mut batch = vec![receiver.recv().ok()?];
    batch.extend(receiver.try_iter().take(MAX_BATCH - 1));
    Some(batch)
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
