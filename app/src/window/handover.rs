//! A triple buffer: passes pictures from the machine thread to the main thread.
//!
//! ```text
//! maker          shared         viewer
//! [ back ] <--> [ middle ] <--> [ front ]
//!         publish           take
//! ```
//!
//! The three buffers are swapped: neither side waits for the other to finish a picture, nothing is allocated, and the
//! viewer always gets the newest picture. A picture that it does not take in time is overwritten.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug)]
struct Middle<T> {
    value: T,
    fresh: bool,
}

#[derive(Debug)]
struct Shared<T> {
    middle: Mutex<Middle<T>>,
    published: Condvar,
}

/// The producing end.
#[derive(Debug)]
pub(super) struct Maker<T> {
    back: T,
    shared: Arc<Shared<T>>,
}

/// The consuming end.
#[derive(Debug)]
pub(super) struct Viewer<T> {
    front: T,
    shared: Arc<Shared<T>>,
}

/// Makes the two ends.
pub(super) fn handover<T: Clone>(empty: T) -> (Maker<T>, Viewer<T>) {
    let middle = Mutex::new(Middle { value: empty.clone(), fresh: false });
    let shared = Arc::new(Shared { middle, published: Condvar::new() });
    (Maker { back: empty.clone(), shared: Arc::clone(&shared) }, Viewer { front: empty, shared })
}

impl<T> Maker<T> {
    /// The buffer for the next value, which holds an old one.
    pub(super) fn back(&mut self) -> &mut T {
        &mut self.back
    }

    /// Publishes the buffer.
    pub(super) fn publish(&mut self) {
        let mut middle = self.shared.middle.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut self.back, &mut middle.value);
        middle.fresh = true;
        drop(middle);
        self.shared.published.notify_one();
    }
}

impl<T> Viewer<T> {
    /// Waits for a newer value, at most for `patience`; returns whether there is one.
    pub(super) fn take(&mut self, patience: Duration) -> bool {
        let middle = self.shared.middle.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.shared.published.wait_timeout_while(middle, patience, |middle| !middle.fresh);
        let (mut middle, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let fresh = std::mem::take(&mut middle.fresh);
        if fresh {
            std::mem::swap(&mut self.front, &mut middle.value);
        }
        fresh
    }

    /// The last value that was taken.
    pub(super) fn front(&self) -> &T {
        &self.front
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_viewer_takes_the_newest_value_once() {
        let (mut maker, mut viewer) = handover(0);
        assert!(!viewer.take(Duration::ZERO));
        for value in [1, 2, 3] {
            *maker.back() = value;
            maker.publish();
        }
        assert!(viewer.take(Duration::ZERO));
        assert_eq!(*viewer.front(), 3);
        assert!(!viewer.take(Duration::ZERO));
        assert_eq!(*viewer.front(), 3);
    }

    #[test]
    fn values_arrive_complete_and_in_order() {
        let (mut maker, mut viewer) = handover(vec![0_u32; 1000]);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for value in 1..=2000 {
                    maker.back().fill(value);
                    maker.publish();
                }
            });
            let mut last = 0;
            while last < 2000 {
                assert!(viewer.take(Duration::from_secs(60)), "the maker is at work");
                let value = viewer.front()[0];
                assert!(value > last && viewer.front().iter().all(|&v| v == value));
                last = value;
            }
        });
    }
}
