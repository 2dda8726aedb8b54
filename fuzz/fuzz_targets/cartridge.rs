//! Arbitrary bytes as a ROM file, and as a header with a body of the size that it gives.
#![no_main]

#[path = "../../tests/support/images.rs"]
mod images;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    images::check_load(data);
    if let Some((header, rest)) = data.split_first_chunk::<16>() {
        let [nes2, cut] = rest.first_chunk().copied().unwrap_or_default();
        images::check_load(&images::image(*header, nes2 & 1 != 0, cut.into()));
    }
});
