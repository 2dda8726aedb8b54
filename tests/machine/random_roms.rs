//! ROMs made from random bytes, on both engines. `RICOJIT_FUZZ_SECONDS=600` runs for ten minutes, from a new seed each time;
//! `RICOJIT_FUZZ_SEED` repeats one ROM.

use crate::guests::{Done, compare, rom};
use crate::random::Random;
use std::env;
use std::time::{Duration, Instant, SystemTime};

/// The number of ROMs by default.
const ROMS: u64 = 400;

/// The bytes of a ROM.
fn bytes(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let length = 6 + random.below(if seed.is_multiple_of(2) { 60 } else { 600 });
    (0..length).map(|_| random.next() as u8).collect()
}

#[test]
fn random_roms_are_the_same_on_every_engine() {
    let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
    let until = number("RICOJIT_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (first, count) = match (number("RICOJIT_FUZZ_SEED"), until) {
        (Some(seed), _) => (seed, 1),
        (None, None) => (0, ROMS),
        (None, Some(_)) => (since << 32, u64::MAX >> 1),
    };
    let (mut all, mut roms) = (Done::default(), 0);
    for seed in first..first.saturating_add(count) {
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        let rom = rom(&bytes(seed)).expect("there are enough bytes");
        let done = compare(&rom).unwrap_or_else(|what| panic!("RICOJIT_FUZZ_SEED={seed}: {what}"));
        all.native += done.native;
        all.interpreted += done.interpreted;
        roms += 1;
    }
    println!("{roms} ROMs from {first}: {all:?}");
    assert!(count == 1 || all.native * 4 > all.interpreted, "{all:?}");
}
