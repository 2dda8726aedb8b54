//! Archives: arbitrary bytes after the magic, and valid archives with bytes overwritten.
#![no_main]

#[path = "../../tests/support/archives.rs"]
mod archives;
#[path = "../../tests/support/images.rs"]
mod images;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    images::check_load(&[b"PK\x03\x04", data].concat());
    let Some((&kind, damage)) = data.split_first() else { return };
    let header = [0, 0, 0, 0, 1, 1, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let rom = images::image(header, false, 0);
    let files: [(&str, &[u8]); 3] = [("a.nes", &rom), ("b.txt", damage), ("c.NES", damage)];
    let damage: Vec<_> = damage.chunks_exact(3).map(|d| (u16::from_le_bytes([d[0], d[1]]), d[2])).collect();
    images::check_load(&archives::archive(&files[..usize::from(kind >> 6)], &damage));
});
