//! Arbitrary bytes as a ROM: the recompiler gives the states of the interpreter.
#![no_main]

#[path = "../../tests/support/guests.rs"]
mod guests;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(rom) = guests::rom(data)
        && let Err(what) = guests::compare(&rom)
    {
        panic!("{what}");
    }
});
