//! Pictures from the thread that makes them to the one that shows them.
//!
//! ```text
//! maker          shared         viewer
//! [ back ] <--> [ middle ] <--> [ front ]
//!         publish           take
//! ```
//!
//! Three places that change hands by swapping: neither side ever waits for the other to be done with a picture, nothing is
//! allocated, and the viewer always gets the newest. What it did not take in time is drawn over.

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

/// Where the next value is made.
#[derive(Debug)]
pub(super) struct Maker<T> {
    back: T,
    shared: Arc<Shared<T>>,
}

/// Where the newest value is looked at.
#[derive(Debug)]
pub(super) struct Viewer<T> {
    front: T,
    shared: Arc<Shared<T>>,
}

/// The two ends.
pub(super) fn handover<T: Clone>(empty: T) -> (Maker<T>, Viewer<T>) {
    let middle = Mutex::new(Middle { value: empty.clone(), fresh: false });
    let shared = Arc::new(Shared { middle, published: Condvar::new() });
    (Maker { back: empty.clone(), shared: Arc::clone(&shared) }, Viewer { front: empty, shared })
}

impl<T> Maker<T> {
    /// The value to overwrite: an old one, all of it.
    pub(super) fn back(&mut self) -> &mut T {
        &mut self.back
    }

    /// Hands it over.
    pub(super) fn publish(&mut self) {
        let mut middle = self.shared.middle.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut self.back, &mut middle.value);
        middle.fresh = true;
        drop(middle);
        self.shared.published.notify_one();
    }
}

impl<T> Viewer<T> {
    /// Waits until there is a newer value, `patience` at most, and answers whether there is.
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

    /// The value taken last.
    pub(super) fn front(&self) -> &T {
        &self.front
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_viewer_sees_the_newest_once() {
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
    fn values_arrive_whole_and_in_order() {
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
