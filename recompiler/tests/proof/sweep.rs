//! A disturbance in every cycle: the end of the run, an NMI, an IRQ, a DMA halt or a deadline without an event at cycle
//! 0, at cycle 1 and so on, of named pieces of code and of random programs.

use crate::bus::{NEVER, Slow, TestBus, Timers};
use crate::compare::{eager, run};
use crate::program::Program;
use libtest_mimic::{Failed, Trial};
use ricojit_interpreter::{Bus, Cpu, Status};
use std::sync::Arc;

/// Cycles that are swept, and cycles that are compared after the disturbance.
const SPAN: u64 = 260;
const AFTER: u64 = 60;
const PROGRAMS: u64 = 40;

/// The address of the code: its branches cross a page.
const CODE: u16 = 0x80F0;
const HANDLER: u16 = 0xFF00;

/// Each ends in `JMP CODE`.
const PIECES: [(&str, &[u8]); 12] = [
    // LDX #$20 / LDA $8FF0,X / STA $02F0,X / DEX / BNE
    ("copy", &[0xA2, 0x20, 0xBD, 0xF0, 0x8F, 0x9D, 0xF0, 0x02, 0xCA, 0xD0, 0xF7]),
    // INC $2000 / ASL $3FFF / DEC $2000,X / INC $1FF0,X
    ("read-modify-write of registers", &[0xEE, 0x00, 0x20, 0x0E, 0xFF, 0x3F, 0xDE, 0x00, 0x20, 0xFE, 0xF0, 0x1F]),
    // STA $2000 / STA $2000,X / STA $1FF0,X / STA ($10),Y
    ("stores to registers", &[0x8D, 0x00, 0x20, 0x9D, 0x00, 0x20, 0x9D, 0xF0, 0x1F, 0x91, 0x10]),
    // LDA $2002 / LDA $20FF,X / LDA $1FF0,X / LDA ($10),Y / LDA ($10,X)
    ("loads from registers", &[0xAD, 0x02, 0x20, 0xBD, 0xFF, 0x20, 0xBD, 0xF0, 0x1F, 0xB1, 0x10, 0xA1, 0x10]),
    // SEI / STA $2000 / CLI / STA $2000 / PHP / PLP / SEI
    ("the I flag", &[0x78, 0x8D, 0x00, 0x20, 0x58, 0x8D, 0x00, 0x20, 0x08, 0x28, 0x78]),
    // JSR $9010 (LDA #1 / RTS) / JSR $9010
    ("calls", &[0x20, 0x10, 0x90, 0x20, 0x10, 0x90]),
    // BIT $2002 / BPL -5
    ("waiting", &[0x2C, 0x02, 0x20, 0x10, 0xFB]),
    // NOPs, longer than a run between two checks
    ("straight", &[0xEA; 80]),
    // LDA $10 / BNE +0 / BEQ +0 / CLC / BCC +0 / BCS +0, the last ones across the end of a page
    (
        "branches",
        &[0xA5, 0x10, 0xD0, 0x00, 0xF0, 0x00, 0x18, 0x90, 0x00, 0xB0, 0x00, 0x38, 0xB0, 0x04, 0xEA, 0xEA, 0xEA, 0xEA],
    ),
    // PHA / PHP / PLA / PLA / TSX / TXS
    ("the stack", &[0x48, 0x08, 0x68, 0x68, 0xBA, 0x9A]),
    // SLO $1FF8,X / ISC ($10),Y / DCP ($10,X) / RRA $6FF8,Y
    ("unofficial read-modify-write", &[0x1F, 0xF8, 0x1F, 0xF3, 0x10, 0xC3, 0x10, 0x7B, 0xF8, 0x6F]),
    // JMP ($90FF) to CODE, the high byte from the same page
    ("an indirect jump", &[0xE8, 0x6C, 0xFF, 0x90]),
];

pub(crate) fn trials() -> Vec<Trial> {
    let pieces = PIECES.into_iter().map(|(name, code)| Trial::test(format!("sweep {name}"), move || piece(code)));
    let each = PROGRAMS / 4;
    let programs = (0..4).map(|i| {
        Trial::test(format!("sweep random programs from {}", i * each), move || {
            (i * each..(i + 1) * each).try_for_each(|seed| program(0xA000_0000 + seed))
        })
    });
    pieces.chain(programs).collect()
}

fn piece(code: &[u8]) -> Result<(), Failed> {
    let mut rom: Vec<u8> = (0..0x8000_u32).map(|i| (i * 7) as u8).collect();
    let mut put = |addr: u16, bytes: &[u8]| rom[usize::from(addr - 0x8000)..][..bytes.len()].copy_from_slice(bytes);
    let [low, high] = CODE.to_le_bytes();
    put(CODE, code);
    put(CODE + code.len() as u16, &[0x4C, low, high]);
    put(0x9010, &[0xA9, 0x01, 0x60]);
    put(0x90FF, &[low]);
    put(0x9000, &[high]);
    put(HANDLER, &[0xE6, 0x20, 0x48, 0xAD, 0x15, 0x40, 0x68, 0x40]); // INC $20 / PHA / LDA $4015 / PLA / RTI
    for vector in [0xFFFA, 0xFFFC, 0xFFFE] {
        put(vector, &HANDLER.to_le_bytes());
    }
    let rom: Arc<[u8]> = rom.into();
    let jit = eager(&rom, 0x8000);
    for (seed, p) in [(1, 0), (2, Status::I | Status::C)] {
        let mut bus = TestBus::new(Arc::clone(&rom), Slow::Effects { banked: false }, seed);
        bus.ram[0x10..0x14].copy_from_slice(&[0xF0, 0x1F, 0xF8, 0x20]);
        bus.set_irq_mask(p & Status::I != 0);
        let cpu = Cpu { pc: CODE, x: 0x10, y: 0x18, s: 0xFD, p: Status::from_byte(p), ..Cpu::power_on() };
        for slow in [Slow::Values, Slow::Effects { banked: false }] {
            bus.slow = slow;
            sweep(&jit, &(cpu.clone(), bus.clone())).map_err(|what| format!("{slow:?}, seed {seed}: {what}"))?;
        }
    }
    native_enough(&jit)
}

fn program(seed: u64) -> Result<(), Failed> {
    let program = Program::random(seed);
    let jit = eager(&program.rom, program.unit);
    for number in 0..3 {
        sweep(&jit, &program.machine(seed << 8 | number))
            .map_err(|what| format!("program {seed}, machine {number}: {what}\n{}", program.listing()))?;
    }
    Ok(())
}

/// Runs `start` with each disturbance at each cycle.
fn sweep(jit: &ricojit_recompiler::Jit, start: &(Cpu, TestBus)) -> Result<(), String> {
    for at in 0..SPAN {
        let end = at + AFTER;
        let none = Timers::NONE;
        let disturbances = [
            ("end", none, at),
            ("NMI", Timers { nmi: (at, 0), ..none }, end),
            ("IRQ", Timers { irq: (at, NEVER), ..none }, end),
            ("short IRQ", Timers { irq: (at, at + 3), ..none }, end),
            ("stall", Timers { stall: (at, 0), ..none }, end),
            ("spurious deadline", Timers { spurious: (at, 0), ..none }, end),
        ];
        for (name, timers, first) in disturbances {
            let mut start = start.clone();
            start.1.timers = timers;
            run(jit, &start, [first, end + AFTER]).map_err(|what| format!("{name} at {at}: {what}"))?;
        }
    }
    Ok(())
}

fn native_enough(jit: &ricojit_recompiler::Jit) -> Result<(), Failed> {
    let done = jit.statistics();
    let all = done.native_cycles + done.interpreted_cycles();
    if done.native_cycles * 100 < all * 5 {
        return Err(format!("only {} of {all} cycles were native", done.native_cycles).into());
    }
    Ok(())
}
