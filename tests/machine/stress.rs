//! Stress for the recompiler: constant DMA and interrupts, self-modifying code, thousands of regions, a jam, reset and power
//! during a run.

use crate::engines::{Ran, run, run_with};
use crate::programs::{FOREVER, Program, WARM_UP};
use ricojit::Machine;
use ricojit::Region;

const FRAMES: u64 = 24;
/// The frames after the start of the programs.
const LOUD: u32 = FRAMES as u32 - 4;

/// Reads and writes RAM and ROM in an endless loop.
#[rustfmt::skip]
const WORK: [u8; 17] = [
    0xE6, 0x10,         // loop: INC $10
    0xBD, 0x00, 0x80,   //       LDA $8000,X
    0x65, 0x10,         //       ADC $10
    0x9D, 0x00, 0x03,   //       STA $0300,X
    0xE8,               //       INX
    0xD0, 0xF3,         //       BNE loop
    0xC8,               //       INY
    0xB8, 0x50, 0xEF,   //       CLV, BVC loop
];

/// The DMC plays from $C000, a byte every 432 cycles (PAL: 400), in a loop. With control $8F it raises IRQs, and each sample has one
/// byte.
#[rustfmt::skip]
const fn dmc(control: u8, length: u8) -> [u8; 20] {
    [
        0xA9, control, 0x8D, 0x10, 0x40,    // LDA #control, STA $4010
        0xA9, 0x00, 0x8D, 0x12, 0x40,       // LDA #0, STA $4012
        0xA9, length, 0x8D, 0x13, 0x40,     // LDA #length, STA $4013
        0xA9, 0x10, 0x8D, 0x15, 0x40,       // LDA #$10, STA $4015
    ]
}

/// The MMC3 raises an IRQ on every line: sprites at $1000, rendering on.
#[rustfmt::skip]
const LINES: [u8; 21] = [
    0xA9, 0x08, 0x8D, 0x00, 0x20,   // LDA #8, STA $2000
    0xA9, 0x1E, 0x8D, 0x01, 0x20,   // LDA #$1E, STA $2001
    0xA9, 0x00, 0x8D, 0x00, 0xC0,   // LDA #0, STA $C000
    0x8D, 0x01, 0xC0,               // STA $C001
    0x8D, 0x01, 0xE0,               // STA $E001
];

/// INC $20, BNE +2, INC $21: counts IRQs.
const COUNT: [u8; 6] = [0xE6, 0x20, 0xD0, 0x02, 0xE6, 0x21];
/// PHA, LDA #$10, STA $4015, PLA: starts the next sample and acknowledges the IRQ of the last.
const NEXT_SAMPLE: [u8; 7] = [0x48, 0xA9, 0x10, 0x8D, 0x15, 0x40, 0x68];
/// BIT $4015: acknowledges the frame IRQ.
const FRAME_COUNTER: [u8; 3] = [0x2C, 0x15, 0x40];
/// STA $E000, STA $E001: acknowledges the IRQ of the MMC3.
const MMC3: [u8; 6] = [0x8D, 0x00, 0xE0, 0x8D, 0x01, 0xE0];
const NO_FRAME_IRQ: [u8; 5] = [0xA9, 0x40, 0x8D, 0x17, 0x40]; // LDA #$40, STA $4017
const FRAME_IRQ: [u8; 5] = [0xA9, 0x00, 0x8D, 0x17, 0x40]; // LDA #0, STA $4017
const CLI: [u8; 1] = [0x58];
const RTI: [u8; 1] = [0x40];

/// Runs WORK with interrupts; checks the minimum number of IRQs and the minimum share of native cycles in percent.
fn busy(name: &str, mapper: u8, set_up: &[&[u8]], acknowledge: &[&[u8]], least: (u32, u64)) {
    busy_in(Region::Ntsc, name, mapper, set_up, acknowledge, least);
}

fn busy_in(region: Region, name: &str, mapper: u8, set_up: &[&[u8]], acknowledge: &[&[u8]], least: (u32, u64)) {
    let code = [&WARM_UP[..], &set_up.concat(), &WORK].concat();
    let handler = [&COUNT[..], &acknowledge.concat(), &RTI].concat();
    let ran = run(name, &Program::new(&code).mapper(mapper).irq(&handler).region(region), FRAMES);
    let irqs = u32::from(ran.machine.ram()[0x20]) | u32::from(ran.machine.ram()[0x21]) << 8;
    println!("{name}: {irqs} IRQs, {}% native", ran.native);
    assert!(irqs >= least.0, "{name}: only {irqs} IRQs");
    assert!(ran.native >= least.1, "{name}: only {}% of the cycles are native", ran.native);
}

#[test]
fn the_fastest_dmc_is_the_same_on_every_engine() {
    busy("DMC, looping", 0, &[&NO_FRAME_IRQ, &dmc(0x4F, 0xFF)], &[], (0, 90));
    // 69 per frame; two are over before the measured frames.
    busy("DMC, an IRQ a byte", 0, &[&NO_FRAME_IRQ, &dmc(0x8F, 0), &CLI], &[&NEXT_SAMPLE], (60 * LOUD, 80));
}

/// The 2A07's DMA waits for an opcode fetch.
#[test]
fn the_fastest_dmc_of_pal_is_the_same_on_every_engine() {
    let pal = Region::Pal;
    busy_in(pal, "PAL DMC, looping", 0, &[&NO_FRAME_IRQ, &dmc(0x4F, 0xFF)], &[], (0, 90));
    busy_in(pal, "PAL DMC, an IRQ a byte", 0, &[&NO_FRAME_IRQ, &dmc(0x8F, 0), &CLI], &[&NEXT_SAMPLE], (60 * LOUD, 80));
    let set_up: [&[u8]; 4] = [&FRAME_IRQ, &dmc(0x8F, 0), &LINES, &CLI];
    busy_in(pal, "PAL, all", 4, &set_up, &[&NEXT_SAMPLE, &FRAME_COUNTER, &MMC3], (250 * LOUD, 60));
}

#[test]
fn an_irq_on_every_line_is_the_same_on_every_engine() {
    busy("MMC3", 4, &[&NO_FRAME_IRQ, &LINES, &CLI], &[&MMC3], (235 * LOUD, 60));
    busy("frame counter", 0, &[&FRAME_IRQ, &CLI], &[&FRAME_COUNTER], (LOUD, 90));
}

#[test]
fn all_interrupts_at_once_are_the_same_on_every_engine() {
    let set_up: [&[u8]; 4] = [&FRAME_IRQ, &dmc(0x8F, 0), &LINES, &CLI];
    busy("all", 4, &set_up, &[&NEXT_SAMPLE, &FRAME_COUNTER, &MMC3], (250 * LOUD, 60));
    // Not acknowledged: the handler runs again and again.
    let code = [&WARM_UP[..], &FRAME_IRQ, &CLI, &WORK].concat();
    let ran = run("an IRQ without acknowledgement", &Program::new(&code).irq(&[0xE6, 0x20, 0x40]), FRAMES);
    assert_ne!(ran.machine.ram()[0x20], 0);
}

/// Each piece of code ends in JMP (), so each is a region.
#[test]
fn thousands_of_small_regions_are_compiled() {
    const BLOCKS: usize = 2000;
    const LENGTH: usize = 12;
    let place = |block: usize| (0x8000 + block * LENGTH) as u16;
    let block = |number: usize| {
        // 1,237 and 2,000 have no common divisor, so all pieces run.
        let [low, high] = place((number + 1237) % BLOCKS).to_le_bytes();
        // INX, LDA #low, STA $30, LDA #high, STA $31, JMP ($0030)
        [0xE8, 0xA9, low, 0x85, 0x30, 0xA9, high, 0x85, 0x31, 0x6C, 0x30, 0x00]
    };
    let code: Vec<u8> = (0..BLOCKS).flat_map(block).collect();
    // This overwrites the interrupt handlers; there are no interrupts.
    let mut prg = code;
    prg.resize(0x8000, 0xEA);
    let program = Program::image(0, prg).with(0x7FFC, &[0x00, 0x80]);
    let ran = run("regions", &program, FRAMES);
    assert!(ran.regions >= BLOCKS as u64, "{} regions", ran.regions);
    assert!(ran.native > 80, "only {}% of the cycles are native", ran.native);
}

/// Code in RAM and PRG RAM that changes its own operands and opcodes, called from ROM and jumping back to it.
#[test]
fn self_modifying_code_is_the_same_on_every_engine() {
    #[rustfmt::skip]
    let routine = [
        0xA9, 0x01,         //  0: LDA #1
        0x65, 0x10,         //  2: ADC $10
        0x85, 0x10,         //  4: STA $10
        0xEE, 0x01, 0x03,   //  6: INC $0301: the operand of the copy in RAM
        0xEE, 0x01, 0x60,   //  9: INC $6001: that of the copy in PRG RAM
        0xEA,               // 12: INX or NOP, as ROM left it
        0x4C, 0x80, 0x80,   // 13: JMP $8080
    ];
    #[rustfmt::skip]
    let code = [
        0xA2, 0x0F,         //       LDX #15
        0xBD, 0x00, 0x90,   // copy: LDA $9000,X
        0x9D, 0x00, 0x03,   //       STA $0300,X
        0x9D, 0x00, 0x60,   //       STA $6000,X
        0xCA, 0x10, 0xF4,   //       DEX, BPL copy
        0xA5, 0x10,         // loop: LDA $10
        0x29, 0x02,         //       AND #2
        0xF0, 0x02,         //       BEQ +2
        0xA9, 0x02,         //       LDA #2: with $E8 below, NOP and INX take turns
        0x49, 0xEA,         //       EOR #$EA
        0x8D, 0x0C, 0x03,   //       STA $030C
        0x20, 0x00, 0x03,   //       JSR $0300
        0x20, 0x00, 0x60,   //       JSR $6000
        0x4C, 0x0E, 0x80,   //       JMP loop
    ];
    // $8080: INC $11, RTS
    let program = Program::new(&code).with(0x1000, &routine).with(0x80, &[0xE6, 0x11, 0x60]).battery();
    let ran = run("code in RAM", &program, FRAMES);
    assert!(ran.native > 20, "only {}% of the cycles are native", ran.native);
    assert_ne!(ran.machine.ram()[0x301], 1, "the code did not change");
}

/// 256 iterations, then JAM.
#[rustfmt::skip]
const UNTIL_JAM: [u8; 9] = [
    0xA2, 0x00,         //       LDX #0
    0xE6, 0x10,         // loop: INC $10
    0xEA,               //       NOP
    0xCA, 0xD0, 0xFA,   //       DEX, BNE loop
    0x02,               //       JAM
];

#[test]
fn a_jam_after_native_code_is_the_same_on_every_engine() {
    let program = Program::new(&[&WARM_UP[..], &UNTIL_JAM].concat());
    let ran = run("JAM", &program, 8);
    assert!(ran.machine.jammed());
    // Reset and power end the jam.
    let again = run_with("JAM and reset", &program, FRAMES, reset_and_power);
    assert!(again.machine.jammed());
}

fn reset_and_power(machine: &mut Machine, frame: u64) {
    match frame {
        7 | 11 => machine.reset(),
        15 => machine.power(),
        _ => {}
    }
}

#[test]
fn reset_and_power_during_native_code_are_the_same_on_every_engine() {
    let set_up: [&[u8]; 5] = [&WARM_UP, &FRAME_IRQ, &dmc(0x8F, 0), &LINES, &CLI];
    let code = [&set_up.concat()[..], &WORK].concat();
    let handler = [&COUNT[..], &NEXT_SAMPLE, &FRAME_COUNTER, &MMC3, &RTI].concat();
    let program = Program::new(&code).mapper(4).irq(&handler);
    let Ran { native, .. } = run_with("reset and power", &program, FRAMES, reset_and_power);
    assert!(native > 70, "only {native}% of the cycles are native");
}

/// An endless loop: native code exits only for the deadline.
#[test]
fn an_endless_loop_is_native() {
    let ran = run("a loop", &Program::new(&FOREVER), FRAMES);
    assert!(ran.native >= 99, "only {}% of the cycles are native", ran.native);
}
