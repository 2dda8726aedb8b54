//! A program of tiny regions in banks of 8 KiB, all of the same layout:
//!
//! ```text
//! $0000 + 32 x n   INC zp / LDA #low / STA $20 / LDA #high / STA $21 / some: STA $5000, which may remap / JMP ($0020)
//! ```

use crate::bus::{BANK, Slow, TestBus, Timers};
use crate::compare::run;
use crate::random::Random;
use ricojit_interpreter::Cpu;
use ricojit_recompiler::{Jit, Options};
use std::sync::Arc;

const PIECE: usize = 32;
/// Pieces that are mapped at a time.
const PIECES: u64 = (4 * BANK / PIECE) as u64;

/// The ROM of `banks` banks.
pub(crate) fn rom(banks: usize) -> Arc<[u8]> {
    // A seed with which the machines of the tests do not end in a short cycle of pieces.
    let mut random = Random::new(1);
    let mut rom = Vec::new();
    for _ in 0..banks * BANK / PIECE {
        let target = 0x8000 + PIECE as u16 * random.below(PIECES) as u16;
        let [low, high] = target.to_le_bytes();
        let mut piece = vec![0xE6, 0x30 + random.next() as u8 % 64, 0xA9, low, 0x85, 0x20, 0xA9, high, 0x85, 0x21];
        if random.below(100) < 30 {
            piece.extend([0x8D, 0x00, 0x50]);
        }
        piece.extend([0x6C, 0x20, 0x00]);
        piece.resize(PIECE, 0xEA);
        rom.extend(piece);
    }
    rom.into()
}

/// A machine that starts at an address which the seed determines.
pub(crate) fn machine(rom: &Arc<[u8]>, seed: u64) -> (Cpu, TestBus) {
    let mut bus = TestBus::new(Arc::clone(rom), Slow::Effects { banked: true }, seed);
    bus.timers = Timers::NONE;
    let pc = 0x8000 + PIECE as u16 * Random::new(seed).below(PIECES) as u16;
    (Cpu { pc, s: 0xFF, ..Cpu::power_on() }, bus)
}

/// A recompiler for the ROM.
pub(crate) fn jit(rom: &Arc<[u8]>, options: Options) -> Jit {
    Jit::new(Arc::clone(rom), BANK, options).expect("this host can run native code")
}

/// Runs a machine for `cycles`, stopping now and then, and compares it with the interpreter at every stop.
pub(crate) fn compare(jit: &Jit, rom: &Arc<[u8]>, seed: u64, cycles: u64) {
    let mut random = Random::new(seed);
    let ends = std::iter::successors(Some(1), move |end| Some(end + 1 + random.below(2000)));
    run(jit, &machine(rom, seed), ends.take_while(|&end| end < cycles)).unwrap_or_else(|what| panic!("{what}"));
}
