//! The bytes of images of native code, for tests that change them and make checksums right again. The form is that of
//! `recompiler/src/image/file.rs`.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Bytes before the first row.
pub(crate) const HEADER: usize = 135;
/// Bytes of a row before its further entries.
pub(crate) const ROW: usize = 25;
/// Bytes of a seal and of the checksum.
pub(crate) const HASH: usize = 8;

/// A row of the table, and the code that belongs to it.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) at: usize,
    pub(crate) code: usize,
    pub(crate) length: usize,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> usize {
    bytes[at..at + N].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

/// Where the seal of a row is.
pub(crate) fn seal_at(bytes: &[u8], row: usize) -> usize {
    row + ROW + 2 * number::<2>(bytes, row + 23)
}

/// The rows of an image that was not changed.
pub(crate) fn rows(bytes: &[u8]) -> Vec<Row> {
    let (mut at, mut code_end) = (HEADER, first_code(bytes));
    let row = |_| {
        let code = code_end.next_multiple_of(usize::from(bytes[at + 18]));
        let row = Row { at, code, length: number::<4>(bytes, at + 19) };
        at = seal_at(bytes, at) + HASH;
        code_end = code + row.length;
        row
    };
    (0..number::<4>(bytes, 127)).map(row).collect()
}

/// Where the code of the first function is.
pub(crate) fn first_code(bytes: &[u8]) -> usize {
    bytes.len() - HASH - number::<4>(bytes, 131)
}

/// Makes the checksum right.
pub(crate) fn sum(bytes: &mut [u8]) {
    if let Some((content, place)) = bytes.split_last_chunk_mut::<HASH>() {
        *place = xxh3_64(content).to_le_bytes();
    }
}

/// Makes the seal of a row right, if it has a place, and the checksum.
pub(crate) fn seal(bytes: &mut [u8], row: Row) {
    let end = seal_at(bytes, row.at);
    if let (Some(fields), Some(code)) = (bytes.get(row.at..end), bytes.get(row.code..row.code + row.length)) {
        let seal = xxh3_64_with_seed(code, xxh3_64(fields));
        if let Some(place) = bytes.get_mut(end..end + HASH) {
            place.copy_from_slice(&seal.to_le_bytes());
        }
    }
    sum(bytes);
}
