//! Archives made from arbitrary bytes, for property tests and fuzz targets.

use std::io::{Cursor, Write};

/// An archive of these files, with some of its bytes overwritten.
pub(crate) fn archive(files: &[(&str, &[u8])], damage: &[(u16, u8)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in files {
        // A duplicate name is refused and left out.
        if zip.start_file(*name, zip::write::SimpleFileOptions::default()).is_ok() {
            zip.write_all(bytes).expect("a vector takes all");
        }
    }
    let mut bytes = zip.finish().expect("a vector takes all").into_inner();
    for (at, value) in damage {
        let at = usize::from(*at) % bytes.len();
        bytes[at] = *value;
    }
    bytes
}
