//! Arbitrary bytes as a database of headers, which a ROM that it may list is then read with.
#![no_main]

use ricojit::Cartridge;
use ricojit::cartridge::Database;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let rom = include_bytes!("../../roms/demo.nes");
    // A game that lists it, so that what `data` says of its header counts.
    let game = [&b"<a><game><rom crc32=\"CRC\"/>"[..], data, b"</game></a>"].concat();
    let game = String::from_utf8_lossy(&game).replace("CRC", &format!("{:08x}", Cartridge::load(rom).unwrap().rom_crc32));
    for content in [data, game.as_bytes()] {
        let Ok(database) = Database::parse(content) else { continue };
        let cartridge = Cartridge::load_with(rom, Some(&database)).unwrap();
        assert!(!cartridge.prg_rom.is_empty() && cartridge.prg_rom.len() == cartridge.header.prg_rom_size);
        if let Err(error) = ricojit::testing::exercise_board(&cartridge) {
            assert!(!error.to_string().is_empty());
        }
    }
});
