//! Changed states: they are refused, or run in the same way on every engine.
#![no_main]

#[allow(dead_code, reason = "this target makes ROMs only")]
#[path = "../../tests/support/guests.rs"]
mod guests;
#[path = "../../tests/support/hostile.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(what) = hostile::check(data) {
        panic!("{what}");
    }
});
