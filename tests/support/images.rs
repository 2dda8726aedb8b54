//! ROM images made from arbitrary bytes, and checks of loading them, for property tests and fuzz targets.

use ricojit::Cartridge;
use ricojit::cartridge::SIZE_LIMIT;
use ricojit::testing::exercise_board;

/// The maximum size of PRG and CHR in [`image`].
const BODY_LIMIT: usize = 1 << 20;

/// A file with this header, after its magic is set, and of the size that it gives (within limits), less `cut` bytes.
pub(crate) fn image(mut header: [u8; 16], nes2: bool, cut: usize) -> Vec<u8> {
    header[..4].copy_from_slice(b"NES\x1A");
    header[7] = header[7] & 0xF3 | if nes2 { 8 } else { 0 };
    if !nes2 {
        header[12..].fill(0);
    }
    let size = |low: u8, high: u8, unit: usize| match (nes2, high) {
        (false, _) => usize::from(low) * unit,
        (true, 15) => {
            1_usize.checked_shl(u32::from(low >> 2)).unwrap_or(0).saturating_mul(usize::from(low & 3) * 2 + 1)
        }
        (true, _) => (usize::from(high) << 8 | usize::from(low)) * unit,
    };
    let trainer = if header[6] & 4 != 0 { 512 } else { 0 };
    let (prg, chr) = (size(header[4], header[9] & 15, 0x4000), size(header[5], header[9] >> 4, 0x2000));
    let body = trainer + prg.min(BODY_LIMIT) + chr.min(BODY_LIMIT);
    let mut file = header.to_vec();
    file.extend((0..body).map(|i| (i >> 9) as u8));
    file.truncate(file.len().saturating_sub(cut));
    file
}

/// Loads a file and checks the guarantees of loading. Returns whether it was accepted.
pub(crate) fn check_load(bytes: &[u8]) -> bool {
    match Cartridge::load(bytes) {
        Ok(cartridge) => {
            check_cartridge(&cartridge);
            true
        }
        Err(error) => {
            check_error(&error.to_string());
            false
        }
    }
}

fn check_error(text: &str) {
    assert!(text.len() > 20 && !text.ends_with('.'), "{text:?}");
    assert!(text.starts_with(|c: char| c.is_lowercase()), "{text:?}");
}

fn check_cartridge(cartridge: &Cartridge) {
    let h = &cartridge.header;
    assert_eq!((cartridge.prg_rom.len(), cartridge.chr_rom.len()), (h.prg_rom_size, h.chr_rom_size));
    assert!(!cartridge.prg_rom.is_empty() && cartridge.prg_rom.len() <= SIZE_LIMIT);
    assert!(h.chr_rom_size + h.chr_ram_size + h.chr_nvram_size > 0);
    assert!(cartridge.notes.iter().all(|note| note.ends_with('.')));
    if let Err(error) = exercise_board(cartridge) {
        check_error(&error.to_string());
    }
}
