//! Code outside of $8000-$FFFF of PRG ROM, on every engine: ROM that a board maps at $6000, and RAM that it maps in place of
//! ROM.

use ricojit::options::{Engine, JitOptions, Options};
use ricojit::{Cartridge, Machine};

/// A count at $10, in a loop that fills the X register: 20 bytes at most.
#[rustfmt::skip]
const ROUTINE: [u8; 8] = [
    0xE8,             // loop: INX
    0xD0, 0xFD,       //       BNE loop
    0xE6, 0x10,       //       INC $10
    0xE6, 0x11,       //       INC $11
    0x60,             //       RTS
];

/// NES 2.0 with 32 KiB of PRG ROM and 8 KiB of PRG RAM: `start` at $E000, the routine in each other 8 KiB.
fn image(mapper: u8, start: &[u8]) -> Vec<u8> {
    let mut file = b"NES\x1A\x02\x01".to_vec();
    file.extend([mapper << 4, mapper & 0xF0 | 8, 0, 0, 7, 0, 0, 0, 0, 0]);
    let mut prg = vec![0xEA; 0x8000];
    for bank in 0..3 {
        prg[bank * 0x2000..][..ROUTINE.len()].copy_from_slice(&ROUTINE);
    }
    prg[0x6000..][..start.len()].copy_from_slice(start);
    for vector in [0x7FFA, 0x7FFC, 0x7FFE] {
        prg[vector..vector + 2].copy_from_slice(&[0x00, 0xE0]);
    }
    file.extend(prg);
    file.extend([0; 0x2000]);
    file
}

fn same_on_all_engines(file: &[u8]) {
    let cartridge = Cartridge::load(file).expect("a cartridge");
    let plain = Options::new();
    let eager = JitOptions::new().threshold(Some(0)).sync(true);
    let ways = [
        plain.clone(),
        plain.clone().engine(Engine::Jit).jit(eager),
        plain.clone().engine(Engine::Jit),
        plain.engine(Engine::Aot),
    ];
    let results = ways.map(|options| {
        let mut machine = Machine::new(&cartridge, &options).expect("a machine");
        let hashes: Vec<u128> = (0..20).map(|_| (machine.run_frame(), machine.state_hash()).1).collect();
        (hashes, machine.peek(0x10), machine.peek(0x11))
    });
    assert!(results[0].1 > 40 && results[0].1 == results[0].2, "the routine runs: {}", results[0].1);
    for result in &results[1..] {
        assert!(*result == results[0]);
    }
}

#[test]
fn rom_at_6000() {
    // FME-7: register 8 is the window at $6000. Bank 1, then bank 2, with the same code.
    #[rustfmt::skip]
    same_on_all_engines(&image(69, &[
        0xA9, 0x08, 0x8D, 0x00, 0x80,  //       LDA #8, STA $8000
        0xA9, 0x01, 0x8D, 0x00, 0xA0,  // loop: LDA #1, STA $A000
        0x20, 0x00, 0x60,              //       JSR $6000
        0xA9, 0x02, 0x8D, 0x00, 0xA0,  //       LDA #2, STA $A000
        0x20, 0x00, 0x60,              //       JSR $6000
        0x4C, 0x05, 0xE0,              //       JMP loop
    ]));
}

#[test]
fn ram_in_place_of_rom() {
    // MMC5, banks of 8 KiB: $5114 = 0 is RAM at $8000. The routine is copied there from $A000, ROM.
    #[rustfmt::skip]
    same_on_all_engines(&image(5, &[
        0xA9, 0x03, 0x8D, 0x00, 0x51,  //       LDA #3, STA $5100
        0xA9, 0x80, 0x8D, 0x15, 0x51,  //       LDA #$80, STA $5115
        0xA9, 0x00, 0x8D, 0x14, 0x51,  //       LDA #0, STA $5114
        0xA9, 0x02, 0x8D, 0x02, 0x51,  //       LDA #2, STA $5102
        0xA9, 0x01, 0x8D, 0x03, 0x51,  //       LDA #1, STA $5103
        0xA2, 0x07,                    //       LDX #7
        0xBD, 0x00, 0xA0,              // copy: LDA $A000,X
        0x9D, 0x00, 0x80,              //       STA $8000,X
        0xCA, 0x10, 0xF7,              //       DEX, BPL copy
        0x20, 0x00, 0x80,              // loop: JSR $8000
        0x4C, 0x24, 0xE0,              //       JMP loop
    ]));
}
