//! Loading any bytes never panics; each refusal has an explanation, and what is accepted can run.

use crate::archives::archive;
use crate::images::{check_load, image};
use proptest::prelude::*;
use proptest::sample::Index;

proptest! {
    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_load(&bytes);
    }

    #[test]
    fn random_bytes_behind_a_magic(zip in any::<bool>(), rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let magic = if zip { b"PK\x03\x04" } else { b"NES\x1A" };
        check_load(&[&magic[..], &rest].concat());
    }

    #[test]
    fn random_headers(header in any::<[u8; 16]>(), nes2 in any::<bool>(), cut in 0..3_usize) {
        check_load(&image(header, nes2, cut * 700));
    }

    /// Supported boards in existing sizes, so that the registers are reached.
    #[test]
    fn plausible_headers(
        board in prop::sample::select(vec![0_u8, 1, 2, 3, 4, 7]),
        submapper in 0..6_u8,
        sizes in [1..40_u8, 0..40_u8],
        flags in 0..16_u8,
        ram in any::<[u8; 2]>(),
        nes2 in any::<bool>(),
    ) {
        let mut header = [0; 16];
        header[4..8].copy_from_slice(&[sizes[0], sizes[1], board << 4 | flags, 0]);
        if nes2 {
            header[8] = submapper << 4;
            header[10..12].copy_from_slice(&ram.map(|b| b & 0x99));
        }
        prop_assert!(check_load(&image(header, nes2, 0)));
    }

    #[test]
    fn damaged_images(
        header in any::<[u8; 8]>(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = image([78, 69, 83, 26, header[0] & 3, header[1] & 3, header[2], header[3], 0, 0, 0, 0, 0, 0, 0, 0], false, 0);
        for (at, value) in damage {
            let at = at.index(bytes.len().min(16));
            bytes[at] = value;
        }
        check_load(&bytes);
    }

    #[test]
    fn damaged_archives(
        roms in 0..3_usize,
        damage in prop::collection::vec((any::<u16>(), any::<u8>()), 0..6),
    ) {
        let rom = image([0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], false, 0);
        let files: Vec<(&str, &[u8])> = ["a.nes", "b.nes"][..roms].iter().map(|name| (*name, &rom[..])).collect();
        let bytes = archive(&files, &damage);
        let accepted = check_load(&bytes);
        prop_assert!(!damage.is_empty() || accepted == (roms == 1));
    }
}
