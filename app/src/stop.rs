//! Signals that ask the program to end: SIGINT, SIGTERM, SIGHUP.
//!
//! ```text
//! signal ──► watcher thread ──┬─ a run or a game is on: it looks at `signal` once a frame, saves, and returns
//!                             └─ otherwise, or the second time: temporary files are removed, the process exits
//! ```
//!
//! Contract: the exit code is 128 plus the signal's number, and no temporary file of `files` is left. A signal that the
//! process was started to ignore, as by `nohup`, is ignored.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// The first signal that arrived, or 0.
static FIRST: AtomicU8 = AtomicU8::new(0);

/// Whether a run or a game is on, which ends itself.
static POLLED: AtomicBool = AtomicBool::new(false);

/// The signal that asked the program to end, if one did.
pub(crate) fn signal() -> Option<u8> {
    Some(FIRST.load(Ordering::Relaxed)).filter(|&signal| signal != 0)
}

/// The exit code of a program that a signal ended.
pub(crate) fn exit_code(signal: u8) -> ExitCode {
    ExitCode::from(128 + signal)
}

/// While it lives, the program ends itself when it sees a [`signal`].
pub(crate) struct Polled(());

impl Polled {
    pub(crate) fn start() -> Self {
        POLLED.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        POLLED.store(false, Ordering::SeqCst);
    }
}

/// Takes signals from now on.
#[cfg(unix)]
pub(crate) fn watch() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    static STARTED: std::sync::Once = std::sync::Once::new();
    STARTED.call_once(|| {
        // Whoever starts a program with `nohup` means it.
        let signals: &[i32] = if is_ignored(SIGHUP) { &[SIGINT, SIGTERM] } else { &[SIGINT, SIGTERM, SIGHUP] };
        // Without the thread, signals would be lost: it comes first, and if it cannot start they stay as they are.
        let (sender, receiver) = std::sync::mpsc::channel::<Signals>();
        let watcher = move || {
            let Ok(mut signals) = receiver.recv() else { return };
            signals.forever().for_each(take);
        };
        if std::thread::Builder::new().name("signals".to_owned()).spawn(watcher).is_ok()
            && let Ok(signals) = Signals::new(signals)
        {
            // The thread waits for it.
            let _ = sender.send(signals);
        }
    });
}

/// There are none.
#[cfg(not(unix))]
pub(crate) fn watch() {}

#[cfg(unix)]
fn take(signal: i32) {
    let number = u8::try_from(signal).unwrap_or(u8::MAX);
    let is_first = FIRST.compare_exchange(0, number, Ordering::SeqCst, Ordering::SeqCst).is_ok();
    if !(is_first && POLLED.load(Ordering::SeqCst)) {
        let _kept = crate::files::remove_temporaries();
        signal_hook::low_level::exit(128 + signal);
    }
}

/// Whether the process was started with the signal ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
