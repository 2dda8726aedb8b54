//! Code/data logs: what a run marks, and the files.

use crate::programs::{FOREVER, Program, WARM_UP};
use crate::traces::{ROMS, assert_same, trace, trace_with};
use ricojit::code_data_log::{CodeDataLog, CodeDataLogError, CodeDataLogger, LogFormat, Uses};
use ricojit::{Cartridge, Engine, Machine, Options};

const FRAMES: u64 = 20;

fn cartridge(rom: usize) -> Cartridge {
    Cartridge::load(ROMS[rom].1).expect("our own images are well-formed")
}

fn logged(machine: &mut Machine, frames: u64) -> CodeDataLog {
    let mut logger = CodeDataLogger::new(CodeDataLog::new(machine.cartridge()));
    (0..frames).for_each(|_| logger.run_frame(machine));
    logger.log().clone()
}

#[test]
fn each_use_of_a_byte_is_marked() {
    #[rustfmt::skip]
    let program = Program::new(&[
        0xAD, 0x00, 0x90,             // $8000  LDA $9000
        0xA9, 0x05, 0x85, 0x10,       // $8003  LDA #$05, STA $10
        0xA9, 0x90, 0x85, 0x11,       // $8007  LDA #$90, STA $11
        0xA0, 0x00, 0xB1, 0x10,       // $800B  LDY #0, LDA ($10),Y
        0x20, 0x80, 0x80,             // $800F  JSR $8080
        0xA9, 0x91, 0x8D, 0x14, 0x40, // $8012  LDA #$91, STA $4014
        0xA9, 0x01, 0x8D, 0x13, 0x40, // $8017  LDA #1, STA $4013: 17 bytes from $C000 on
        0xA9, 0x10, 0x8D, 0x15, 0x40, // $801C  LDA #$10, STA $4015
        0xF0, 0x02, 0xD0, 0x01,       // $8021  BEQ $8025, BNE $8026
        0xEA,                         // $8025  NOP, never reached
        0xAE, 0xFF, 0x8F,             // $8026  LDX $8FFF
        0x9D, 0x80, 0x93,             // $8029  STA $9380,X: with a dummy read
        0x6C, 0xFF, 0x92,             // $802C  JMP ($92FF): the pointer's high byte is at $9200
    ]);
    let program = program
        .with(0x0080, &[0x60]) // RTS
        .with(0x0FFF, &[0xFF])
        .with(0x1200, &[0xA0])
        .with(0x12FF, &[0x40])
        .with(0x2040, &[0x4C, 0x40, 0xA0]); // $A040  JMP $A040
    let log = logged(&mut program.machine(&Options::new()), 5);
    let code = [0x0000..0x0025, 0x0026..0x002F, 0x0080..0x0081, 0x2040..0x2043];
    let data = [0x0FFF..0x1001, 0x1005..0x1006, 0x1100..0x1201, 0x12FF..0x1300, 0x4000..0x4011, 0x7FFC..0x7FFE];
    let is = |ranges: &[std::ops::Range<usize>], at| ranges.iter().any(|range| range.contains(&at));
    for (at, uses) in log.prg().iter().enumerate() {
        let window = (*uses != Uses::NONE).then_some(0x8000 + (at & 0x6000) as u16);
        let what = format!("{at:04X}: {uses:?}");
        assert_eq!((uses.contains(Uses::CODE), uses.contains(Uses::DATA)), (is(&code, at), is(&data, at)), "{what}");
        assert_eq!(uses.contains(Uses::INDIRECT_DATA), at == 0x1005, "{what}");
        assert_eq!(uses.contains(Uses::INDIRECT_CODE), at == 0x2040, "{what}");
        assert_eq!(uses.contains(Uses::PCM), (0x4000..0x4011).contains(&at), "{what}");
        assert_eq!(uses.contains(Uses::JUMP_TARGET), [0x0026, 0x2040].contains(&at), "{what}");
        assert_eq!(uses.contains(Uses::SUB_ENTRY), [0x0000, 0x0080].contains(&at), "{what}");
        assert_eq!(uses.window(), window, "{what}");
    }
    assert!(log.chr().iter().all(|uses| *uses == Uses::NONE));
}

#[test]
fn an_interrupt_enters_its_handler() {
    let code = [&WARM_UP[..], &[0xA9, 0x80, 0x8D, 0x00, 0x20], &FOREVER].concat(); // NMIs, and a loop
    let program = Program::new(&code);
    let log = logged(&mut program.machine(&Options::new()), 5);
    assert!(log.prg()[0x2000].contains(Uses::CODE | Uses::SUB_ENTRY), "{:?}", log.prg()[0x2000]);
    assert!(log.prg()[0x7FFA].contains(Uses::DATA) && !log.prg()[0x7FFE].contains(Uses::DATA));
    assert!(!log.prg()[0x3000].contains(Uses::SUB_ENTRY));
}

#[test]
fn logging_changes_nothing() {
    let engines = [Engine::Interpreter, Engine::Jit].into_iter().filter(|engine| engine.is_built());
    for engine in engines {
        for (rom, (name, _)) in ROMS.iter().enumerate() {
            let machine = || Machine::new(&cartridge(rom), &Options::new().engine(engine)).unwrap();
            let mut logger = CodeDataLogger::new(CodeDataLog::new(&cartridge(rom)));
            let found = trace_with(&mut machine(), FRAMES, |machine| logger.run_frame(machine));
            assert_same(name, &trace(&mut machine(), FRAMES), &found);
        }
    }
}

#[test]
fn a_log_is_read_back_from_both_formats() {
    for rom in 0..ROMS.len() {
        let cartridge = cartridge(rom);
        let log = logged(&mut Machine::new(&cartridge, &Options::new()).unwrap(), FRAMES);
        let used = |uses: Uses| [Uses::CODE, Uses::DATA, Uses::PCM].map(|what| uses.contains(what));
        for format in [LogFormat::Fceux, LogFormat::Mesen] {
            let bytes = log.to_bytes(format);
            let again = CodeDataLog::parse(&cartridge, &bytes).unwrap();
            assert_eq!(again.to_bytes(format), bytes);
            for (uses, again) in log.prg().iter().zip(again.prg()) {
                assert_eq!(used(*uses), used(*again));
                match format {
                    LogFormat::Fceux => assert_eq!(again.window(), uses.window()),
                    LogFormat::Mesen => {
                        let targets = Uses::JUMP_TARGET | Uses::SUB_ENTRY;
                        assert_eq!(again.contains(targets), uses.contains(targets));
                    }
                }
            }
        }
    }
}

#[test]
fn every_bit_of_a_file_is_kept() {
    let cartridge = cartridge(0);
    let (prg, chr) = (cartridge.prg_rom.len(), cartridge.chr_rom.len());
    assert!(prg > 256 && chr > 256);
    let file = |prg_bits: u8, chr_bits: u8| -> Vec<u8> {
        let prg = (0..prg).map(|at| at as u8 & prg_bits);
        prg.chain((0..chr).map(|at| at as u8 & chr_bits)).collect()
    };
    let mesen = [b"CDLv2", &cartridge.file_crc32.to_le_bytes()[..], &file(0x8F, 0x01)].concat();
    // A window alone is no use of a byte.
    let fceux = file(0x7F, 0x03).into_iter().map(|byte| if byte & 0x73 == 0 { 0 } else { byte }).collect();
    for (format, bytes) in [(LogFormat::Mesen, mesen), (LogFormat::Fceux, fceux)] {
        let log = CodeDataLog::parse(&cartridge, &bytes).unwrap();
        assert_eq!(log.to_bytes(format), bytes, "{format:?}");
        assert!(log.chr()[1].contains(Uses::DRAWN) && log.prg()[1].contains(Uses::CODE));
    }
}

#[test]
fn merged_logs_have_the_uses_of_both_and_the_later_window() {
    let cartridge = cartridge(0);
    let log = |byte: u8| {
        let mut file = vec![0; cartridge.prg_rom.len() + cartridge.chr_rom.len()];
        (file[0], file[cartridge.prg_rom.len()]) = (byte, byte & 3);
        CodeDataLog::parse(&cartridge, &file).unwrap()
    };
    for (one, later, expected) in [(0x05, 0x0A, 0x0B), (0x05, 0x00, 0x05), (0x00, 0x0A, 0x0A), (0x41, 0x21, 0x61)] {
        let mut both = log(one);
        both.merge(&log(later));
        assert_eq!(both.to_bytes(LogFormat::Fceux)[0], expected, "{one:02X} {later:02X}");
        assert_eq!(both.to_bytes(LogFormat::Fceux)[cartridge.prg_rom.len()], (one | later) & 3);
    }
}

#[test]
fn a_file_of_another_rom_is_refused() {
    let cartridge = cartridge(0);
    let error = |bytes: &[u8]| CodeDataLog::parse(&cartridge, bytes).unwrap_err();
    let expected = cartridge.prg_rom.len() + cartridge.chr_rom.len();
    let mesen = CodeDataLog::new(&cartridge).to_bytes(LogFormat::Mesen);
    for found in [0, 5, expected - 1, expected + 1, expected + 9] {
        assert_eq!(error(&vec![0; found]), CodeDataLogError::Size { expected, found });
    }
    for found in [5, 9, expected, expected + 8] {
        assert_eq!(error(&mesen[..found]), CodeDataLogError::Size { expected, found });
    }
    let mut other = mesen;
    other[5] ^= 1;
    let crc32 = cartridge.file_crc32;
    assert_eq!(error(&other), CodeDataLogError::Rom { expected: crc32, found: crc32 ^ 1 });
}
