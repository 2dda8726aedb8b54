//! Changed images of native code: they are refused, or run like the interpreter.
#![no_main]

#[allow(dead_code, reason = "this target needs less")]
#[path = "../../tests/support/hostile_images.rs"]
mod hostile_images;
#[path = "../../tests/support/image_bytes.rs"]
#[allow(dead_code, reason = "as above")]
mod image_bytes;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(what) = hostile_images::check(data) {
        panic!("{what}");
    }
});
