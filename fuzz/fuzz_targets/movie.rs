//! Arbitrary bytes as an input script, as an FM2 movie and as a palette.
#![no_main]

use ricojit::input::movie::{Movie, Player};
use ricojit::Palette;
use std::path::Path;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let fm2 = [b"version 3\n", data].concat();
    for (name, content) in [("keys.txt", data), ("movie.fm2", data), ("movie.fm2", &fm2)] {
        let Ok(movie) = Movie::from_file(Path::new(name), content) else { continue };
        assert!(movie.events().is_sorted_by_key(|event| event.frame));
        assert!(movie.frames().is_none_or(|frames| movie.events().iter().all(|event| event.frame < frames)));
        assert_eq!(Player::new(&movie).due(u64::MAX).count(), movie.events().len());
    }
    assert!(Palette::from_file(data).is_err() || data.len() >= 192);
});
