//! Images in files: they come back as they were, and whatever is damaged, foreign or old is refused.
//!
//! # Soundness
//!
//! What is run has only functions of an image that this process made, with the code and the addresses that they were
//! made with: every seal in it is right.
#![allow(unsafe_code)]

use crate::hops;
use crate::image_bytes::{HASH, HEADER, ROW, Row, first_code, rows, seal, seal_at, sum};
use crate::images::{code, small};
use crate::random::Random;
use ricojit_recompiler::{Image, ImageError, Jit, Options};
use std::io::ErrorKind;
use std::sync::{Arc, LazyLock};
use xxhash_rust::xxh3::xxh3_64;

const UNIT: usize = 0x2000;

/// A ROM, an image for it, and that image as bytes.
static IMAGE: LazyLock<(Arc<[u8]>, Image, Vec<u8>)> = LazyLock::new(|| {
    let rom = hops::rom(4);
    let image = small(&rom, Options::default());
    let bytes = image.to_bytes();
    (rom, image, bytes)
});

fn read_for(bytes: &[u8], rom: &Arc<[u8]>, unit: usize) -> Result<Image, ImageError> {
    // SAFETY: see the head of this file.
    unsafe { Image::from_bytes(bytes, Arc::clone(rom), unit) }
}

fn read(bytes: &[u8]) -> Result<Image, ImageError> {
    read_for(bytes, &IMAGE.0, UNIT)
}

#[test]
fn an_image_is_the_same_after_a_file() {
    let (rom, image, bytes) = &*IMAGE;
    let read = read(bytes).expect("it was written so");
    assert!(read.keys().eq(image.keys()) && read.to_bytes() == *bytes);
    let [ours, other] = [image, &read].map(|image| {
        let jit = Jit::with_image(image, Options::default()).expect("this host can run native code");
        hops::compare(&jit, rom, 3, 2000);
        jit
    });
    assert!(code(&ours) == code(&other), "other code");
    assert_eq!(ours.statistics(), other.statistics());
    assert!(ours.statistics().native_cycles > ours.statistics().interpreted_cycles(), "{:?}", ours.statistics());
}

#[test]
fn equal_code_makes_equal_files() {
    let (rom, _, bytes) = &*IMAGE;
    assert!(small(rom, Options::default()).to_bytes() == *bytes, "a second compilation gives another file");
    // What code does not depend on is not in it.
    let options = Options { profile: true, link: true, ..Options::default() };
    let knobs = |options: Options| small(rom, options).to_bytes()[126];
    assert_eq!([knobs(Options::default()), knobs(options)], [0b1111, 0b1110], "a profile turns linking off");
    assert_eq!(knobs(Options { liveness: false, inline: false, ..Options::default() }), 0b1001);
    assert_eq!(read(bytes).expect("it was written so").checksum(), xxh3_64(&bytes[..bytes.len() - HASH]));
}

#[test]
fn an_empty_image_is_read() {
    let rom = hops::rom(4);
    let bytes = hops::jit(&rom, Options::default()).image().to_bytes();
    assert_eq!(bytes.len(), HEADER.next_multiple_of(64) + HASH);
    assert_eq!(read(&bytes).expect("it was written so").keys().count(), 0);
}

#[test]
fn foreign_images_are_refused() {
    let (rom, _, bytes) = &*IMAGE;
    let other = hops::rom(8);
    assert_eq!(read_for(bytes, &other, UNIT).err(), Some(ImageError::OtherRom));
    let mut one_byte: Vec<u8> = rom.to_vec();
    *one_byte.last_mut().expect("it is not empty") ^= 1;
    assert_eq!(read_for(bytes, &one_byte.into(), UNIT).err(), Some(ImageError::OtherRom));
    let error = ImageError::OtherUnit { found: 0x2000, expected: 0x4000 };
    assert_eq!(read_for(bytes, rom, 0x4000).err(), Some(error));
}

/// Every bit of the header, with the checksum as it was and made right.
#[test]
fn every_field_of_the_header_counts() {
    let (_, _, bytes) = &*IMAGE;
    for bit in 0..HEADER * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let found = read(&bad).err();
        let expected = match bit / 8 {
            0..8 => ImageError::NotAnImage,
            8..10 => ImageError::OtherRecompiler { what: "the form of images" },
            _ => ImageError::Damaged,
        };
        assert_eq!(found, Some(expected), "bit {bit}");
        sum(&mut bad);
        let is_right = match (bit / 8, read(&bad).err()) {
            (0..8, Some(ImageError::NotAnImage))
            | (90..122, Some(ImageError::OtherRom))
            | (122..126, Some(ImageError::OtherUnit { expected: 0x2000, .. })) => true,
            (42..90, Some(ImageError::OtherHost { found, expected })) => found != expected,
            (at @ 8..42, Some(ImageError::OtherRecompiler { what })) => {
                let fields = [(10, "the form of images"), (18, "its source"), (26, "a layout")];
                what == fields.iter().find(|(end, _)| at < *end).map_or("Cranelift's version", |(_, what)| what)
            }
            // The options are valid, and those of another image: a machine with these options refuses it.
            (126, None) => bit % 8 < 4,
            (126, Some(ImageError::Invalid { what: "the options" })) => bit % 8 >= 4,
            (127..135, Some(ImageError::Invalid { .. })) => true,
            (_, other) => panic!("bit {bit}: {other:?}"),
        };
        assert!(is_right, "bit {bit}");
    }
}

#[test]
fn whatever_is_cut_off_is_refused() {
    let (_, _, bytes) = &*IMAGE;
    let (rows, first) = (rows(bytes), first_code(bytes));
    // Everything up to the third row, then around the ends of rows and of functions.
    let ends = rows.iter().flat_map(|&Row { at, code, .. }| [at - 1, at, at + 1, at + ROW, code - 1, code, code + 1]);
    for length in (0..rows[2].at).chain(ends).chain([first, bytes.len() - HASH, bytes.len() - 1]) {
        let mut bad = bytes[..length].to_vec();
        assert!(read(&bad).is_err(), "{length} bytes");
        if length >= HASH {
            sum(&mut bad);
            assert!(read(&bad).is_err(), "{length} bytes with the right checksum");
        }
    }
    let mut longer = [&bytes[..], &[0; 3]].concat();
    assert_eq!(read(&longer).err(), Some(ImageError::Damaged));
    sum(&mut longer);
    assert!(matches!(read(&longer).err(), Some(ImageError::Invalid { .. })));
}

#[test]
fn random_flips_are_refused_by_the_checksum() {
    let (_, _, bytes) = &*IMAGE;
    let mut random = Random::new(1);
    for _ in 0..1000 {
        let mut bad = bytes.clone();
        let bit = random.below(8 * bad.len() as u64) as usize;
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&bad).is_err(), "bit {bit}");
    }
}

/// A thousand flips anywhere but in the code, with the right checksum: refused, or run like the interpreter.
#[test]
fn random_flips_with_the_right_checksum_do_no_harm() {
    let (rom, _, bytes) = &*IMAGE;
    let first = first_code(bytes);
    let mut random = Random::new(2);
    let mut accepted = 0;
    for _ in 0..1000 {
        let mut bad = bytes.clone();
        for _ in 0..=random.below(3) {
            let bit = random.below(8 * first as u64) as usize;
            bad[bit / 8] ^= 1 << (bit % 8);
        }
        sum(&mut bad);
        if let Ok(image) = read(&bad) {
            let jit = Jit::with_image(&image, Options::default()).expect("this host can run native code");
            hops::compare(&jit, rom, 3, 3000);
            accepted += 1;
        }
    }
    println!("{accepted} accepted");
    assert!(accepted < 100, "{accepted} accepted");
}

/// As above, with right seals, too: what is accepted may be at the wrong address, so it is not run. Reading neither
/// panics nor gives what could be used outside of the ROM.
#[test]
fn random_rows_are_read_without_a_panic() {
    let (_, _, bytes) = &*IMAGE;
    let rows = rows(bytes);
    let mut random = Random::new(3);
    let mut accepted = 0;
    for _ in 0..2000 {
        let mut bad = bytes.clone();
        let row = rows[random.below(rows.len() as u64) as usize];
        for _ in 0..=random.below(3) {
            let bit = random.below(8 * ROW as u64) as usize;
            bad[row.at + bit / 8] ^= 1 << (bit % 8);
        }
        seal(&mut bad, row);
        if let Ok(image) = read(&bad) {
            accepted += 1;
            assert!(image.to_bytes() == bad, "it is written in another way");
            assert!(Jit::with_image(&image, Options::default()).is_some());
        }
    }
    println!("{accepted} accepted");
    assert!((100..1500).contains(&accepted), "{accepted} accepted");
}

/// Every impossible value of a row, with the right seal and the right checksum.
#[test]
fn impossible_rows_are_refused() {
    let (_, _, bytes) = &*IMAGE;
    let rows = rows(bytes);
    // In the middle, so that there are rows before and after it.
    let row = rows[rows.len() / 2];
    let pc = u16::from_le_bytes([bytes[row.at], bytes[row.at + 1]]);
    let before = bytes[rows[rows.len() / 2 - 1].at..][..14].to_vec();
    let [below, above] = [(pc & 0x1FFF).to_le_bytes(), 0x6000_u16.to_le_bytes()];
    for (at, value, what) in [
        (0, &below[..], "an address"),
        (0, &above[..], "an address"),
        (2, &0x8000_u32.to_le_bytes()[..], "an offset"),
        (2, &u32::MAX.to_le_bytes()[..], "an offset"),
        // All chunks, and one that the unit does not have.
        (6, &0xFFFF_u64.to_le_bytes()[..], "an offset"),
        (6, &0x1_0000_u64.to_le_bytes()[..], "the unmapped chunks"),
        (6, &(1_u64 << 63).to_le_bytes()[..], "the unmapped chunks"),
        (19, &0_u32.to_le_bytes()[..], "the length of a function"),
        (14, &0_u32.to_le_bytes()[..], "the number of instructions"),
        (14, &0x2001_u32.to_le_bytes()[..], "the number of instructions"),
        (18, &[0][..], "an alignment"),
        (18, &[3][..], "an alignment"),
        (18, &[128][..], "an alignment"),
        (0, &before[..], "the order of the functions"),
    ] {
        let mut bad = bytes.clone();
        bad[row.at + at..][..value.len()].copy_from_slice(value);
        seal(&mut bad, Row { length: if at == 19 { 0 } else { row.length }, ..row });
        assert_eq!(read(&bad).err(), Some(ImageError::Invalid { what }), "{value:02x?} at {at}");
    }
    // Without its seal, every bit of a row and of its code counts.
    for bit in
        (0..8 * (ROW + HASH)).map(|bit| 8 * row.at + bit).chain((0..8 * row.length).map(|bit| 8 * row.code + bit))
    {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        sum(&mut bad);
        assert!(matches!(read(&bad).err(), Some(ImageError::Invalid { .. })), "bit {bit}");
    }
}

/// The image with more in its table, at a place there; code follows where it can be.
fn insert(bytes: &[u8], at: usize, more: &[u8]) -> Vec<u8> {
    let table_end = rows(bytes).last().map_or(HEADER, |row| seal_at(bytes, row.at) + HASH);
    let mut longer = [&bytes[..at], more, &bytes[at..table_end]].concat();
    longer.resize(longer.len().next_multiple_of(64), 0);
    longer.extend(&bytes[first_code(bytes)..]);
    longer
}

/// Further entries: in the unit, in ROM, in order, each once.
#[test]
fn impossible_entries_are_refused() {
    let (_, _, bytes) = &*IMAGE;
    let row = rows(bytes)[0];
    let pc = u16::from_le_bytes([bytes[row.at], bytes[row.at + 1]]);
    let with = |entries: &[u16]| {
        let list: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        let mut bad = insert(bytes, row.at + ROW, &list);
        bad[row.at + 23..][..2].copy_from_slice(&(entries.len() as u16).to_le_bytes());
        let code = row.code + bad.len() - bytes.len();
        seal(&mut bad, Row { code, ..row });
        read(&bad)
    };
    let accepted = with(&[pc + 1, pc + 3]).expect("they are in the unit");
    let jit = Jit::with_image(&accepted, Options::default()).expect("this host can run native code");
    assert_eq!(jit.regions().len(), rows(bytes).len());
    let bad = |entries: &[u16]| with(entries).err();
    let invalid = |what| Some(ImageError::Invalid { what });
    for entries in [&[pc ^ 0x2000][..], &[0x0000], &[0x7FFF], &[0xFFFF], &[pc + 3, pc + 1], &[pc + 1, pc + 1]] {
        assert_eq!(bad(entries), invalid("an entry"), "{entries:04x?}");
    }
    assert_eq!(bad(&[pc]), invalid("an entry that is there twice"));
    // The entry of another function in the same unit of the same bank.
    let base = |at: usize| u32::from_le_bytes(bytes[at + 2..at + 6].try_into().expect("four bytes")) & !0x1FFF;
    let address = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let others = rows(bytes).into_iter().map(|row| row.at).filter(|&at| at != row.at && base(at) == base(row.at));
    let taken = others.map(address).find(|other| other & !0x1FFF == pc & !0x1FFF).expect("there is one");
    assert_eq!(bad(&[taken]), invalid("an entry that is there twice"));
}

/// Room for more than the functions there are, in the table and in the code.
#[test]
fn more_than_the_functions_is_refused() {
    let (_, _, bytes) = &*IMAGE;
    let (first, end) = (first_code(bytes), bytes.len() - HASH);
    let invalid = Some(ImageError::Invalid { what: "the number of functions" });
    for (at, code_bytes) in [(first, end - first), (end, end - first + 64)] {
        let mut bad = [&bytes[..at], &[0; 64], &bytes[at..]].concat();
        bad[131..135].copy_from_slice(&(code_bytes as u32).to_le_bytes());
        sum(&mut bad);
        assert_eq!(read(&bad).err(), invalid, "at {at}");
    }
}

#[test]
fn huge_numbers_take_no_memory() {
    let (_, _, bytes) = &*IMAGE;
    let row = rows(bytes)[0].at;
    for (at, length) in [(127, 4), (131, 4), (row + 19, 4), (row + 23, 2)] {
        let mut bad = bytes.clone();
        bad[at..at + length].fill(0xFF);
        sum(&mut bad);
        assert!(matches!(read(&bad).err(), Some(ImageError::Invalid { .. })), "at {at}");
    }
}

/// Zeros between the table and the code, and between functions.
#[test]
fn whatever_is_between_functions_is_zero() {
    let (_, _, bytes) = &*IMAGE;
    let rows = rows(bytes);
    let gaps = rows.windows(2).map(|pair| pair[0].code + pair[0].length..pair[1].code);
    let last = rows[rows.len() - 1];
    let all: Vec<usize> = gaps.flatten().chain(last.at + ROW + HASH..rows[0].code).collect();
    assert!(all.len() > rows.len(), "there are no gaps");
    for at in all {
        let mut bad = bytes.clone();
        assert_eq!(bad[at], 0);
        bad[at] = 0x90;
        sum(&mut bad);
        assert_eq!(read(&bad).err(), Some(ImageError::Invalid { what: "a byte between functions" }), "at {at}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let (rom, _, bytes) = &*IMAGE;
    let error = |length| {
        // SAFETY: see the head of this file.
        unsafe { Image::read(&bytes[..], length, Arc::clone(rom), UNIT) }.err()
    };
    assert_eq!(error(bytes.len()), None);
    assert_eq!(error(bytes.len() + 1), Some(ImageError::Read(ErrorKind::UnexpectedEof)));
    assert_eq!(error(usize::MAX), Some(ImageError::Read(ErrorKind::OutOfMemory)));
    assert_eq!(error(bytes.len() - 1), Some(ImageError::Damaged));
    assert_eq!(error(0), Some(ImageError::NotAnImage));
}
