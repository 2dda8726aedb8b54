//! The thread that makes a better image while a game is played.
//!
//! It looks at what the JIT has compiled: soon after the start, then at intervals that double, and at the end. The machine
//! is not stopped for that: what is counted and compiled is shared, and no lock that it takes is held for longer than it
//! takes to copy a list. The thread has the lowest priority, and compiles on one core; at the end, on all.

use super::Warm;
use crate::terminal;
use ricojit::Machine;
use std::num::NonZero;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// From the start to the first look, and from a look to the next at the most.
const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(600);

/// The thread.
pub(crate) struct Keeper {
    end: Sender<()>,
    thread: JoinHandle<(Warm, Machine)>,
}

impl Keeper {
    /// Starts it, for a clone of the machine that is played.
    pub(crate) fn start(warm: Warm, machine: Machine) -> Option<Self> {
        let (end, ended) = mpsc::channel();
        let thread = Builder::new().name("cache".to_owned()).spawn(move || keep(warm, machine, &ended));
        let thread =
            thread.map_err(|problem| terminal::say(format_args!("the cache stays as it is: {problem}"))).ok()?;
        Some(Self { end, thread })
    }

    /// Ends it, and keeps what is new.
    pub(crate) fn finish(self) {
        drop(self.end);
        if let Ok((warm, machine)) = self.thread.join() {
            warm.finish(&machine);
        }
    }
}

fn keep(mut warm: Warm, machine: Machine, ended: &Receiver<()>) -> (Warm, Machine) {
    yield_to_others();
    let mut wait = FIRST;
    while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        if let Err(problem) = warm.learn(&machine, NonZero::new(1)) {
            warm.cache.complain(&problem);
        }
        wait = (2 * wait).min(LONGEST);
    }
    (warm, machine)
}

/// Lets all other threads go first.
#[cfg(target_os = "linux")]
fn yield_to_others() {
    // Linux has a priority for each thread. Without it, the thread only costs more.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19);
}

#[cfg(not(target_os = "linux"))]
fn yield_to_others() {}
