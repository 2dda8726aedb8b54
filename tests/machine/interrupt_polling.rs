//! Interrupt polling after an instruction that itself causes an interrupt: which of its accesses does so decides whether the
//! CPU takes the interrupt after that instruction or after the next one. Native code runs such instructions, so it must poll
//! like the interpreter.
//!
//! Each program repeats an instruction; the period of the loop and that of the frame have no common divisor, so that it meets
//! events at every distance. Handlers count in RAM how many of the following instructions have run.

use crate::engines::{Ran, run};
use crate::programs::{Program, WARM_UP};

const FRAMES: u64 = 24;

/// Where handlers count, by X.
const NMIS: usize = 0x40;
const IRQS: usize = 0x60;

const RTI: [u8; 1] = [0x40];

/// INC counts,X, BNE +2, DEC counts,X: stops at 255.
const fn count(counts: usize) -> [u8; 6] {
    let at = counts as u8;
    [0xF6, at, 0xD0, 0x02, 0xD6, at]
}

/// Where most interrupts came: after the instruction itself (0), or after one of the four INX.
fn most(ran: &Ran, counts: usize, x: u8) -> usize {
    let first = counts + usize::from(x);
    let counts = &ran.machine.ram()[first..first + 5];
    assert!(counts.iter().any(|&count| count > 20), "the instruction caused no interrupts: {counts:?}");
    (0..5).max_by_key(|&place| counts[place]).expect("there are five")
}

fn assert_native(name: &str, ran: &Ran) {
    assert!(ran.native > 30, "{name}: only {}% of the cycles are native", ran.native);
    assert!(ran.left > 500, "{name}: only {} exits because of an access", ran.left);
}

/// A write to $2000 while the vblank flag is set: NMI follows the write that sets bit 7.
///
/// Y is what reads of $2000 return: the I/O latch of the PPU.
#[test]
fn an_instruction_that_enables_nmi_is_polled_like_the_interpreter() {
    #[rustfmt::skip]
    let cases: [(&str, u8, &[u8], Option<usize>); 11] = [
        // name               latch  code                  INXs before the NMI
        ("STA $2000",          0x80, &[0x8D, 0x00, 0x20], Some(1)),
        ("STA $2000,X",        0x80, &[0x9D, 0x00, 0x20], Some(1)),
        ("STA $1FFF+1,X",      0x80, &[0xE8, 0x9D, 0xFF, 0x1F], Some(2)),
        ("STA ($30),Y",        0x80, &[0x91, 0x30],       Some(1)),
        ("INC $2000 from 7F",  0x7F, &[0xEE, 0x00, 0x20], Some(1)),
        ("INC $2000 from 80",  0x80, &[0xEE, 0x00, 0x20], Some(0)),
        ("INC $2000,X from 80", 0x80, &[0xFE, 0x00, 0x20], Some(0)),
        ("INC $2000,X from 7F", 0x7F, &[0xFE, 0x00, 0x20], Some(1)),
        ("DEC $2000 from 80",  0x80, &[0xCE, 0x00, 0x20], None),
        ("ASL $2000 from 40",  0x40, &[0x0E, 0x00, 0x20], Some(1)),
        ("ISC $2000,X from 80", 0x80, &[0xFF, 0x00, 0x20], Some(0)),
    ];
    for (name, latch, instruction, after) in cases {
        #[rustfmt::skip]
        let set_up = [
            0xA9, 0x80, 0x85, 0x30, // LDA #$80, STA $30
            0xA9, 0x1F, 0x85, 0x31, // LDA #$1F, STA $31: $1F80 and Y make $2000
            0xA0, latch,            // LDY #latch
        ];
        #[rustfmt::skip]
        let before = [
            0xA2, 0x00,             // loop: LDX #0
            0xA9, 0x80,             //       LDA #$80
            0x8C, 0x03, 0x20,       //       STY $2003: the latch
        ];
        #[rustfmt::skip]
        let after_it = [
            0xE8, 0xE8, 0xE8, 0xE8, //       INX, INX, INX, INX
            0xA9, 0x00, 0x8D, 0x00, 0x20, // LDA #0, STA $2000
            0xB8, 0x50,             //       CLV, BVC loop
        ];
        let back = 0_u8.wrapping_sub((before.len() + instruction.len() + after_it.len() + 1) as u8);
        let code = [&WARM_UP[..], &set_up, &before, instruction, &after_it, &[back]].concat();
        let handler = [&count(NMIS)[..], &RTI].concat();
        let ran = run(name, &Program::new(&code).nmi(&handler), FRAMES);
        assert_native(name, &ran);
        let found = most(&ran, NMIS, 0);
        assert!(after.is_none_or(|after| after == found), "{name}: NMI after {found} INXs");
    }
}

/// An access to $2007 moves the PPU address from $0FFF to $1000: A12 rises, and the MMC3 asserts IRQ.
#[test]
fn an_instruction_that_clocks_the_mmc3_is_polled_like_the_interpreter() {
    #[rustfmt::skip]
    let cases: [(&str, &[u8]); 7] = [
        ("LDA $2007",     &[0xAD, 0x07, 0x20]),
        ("LDA $20FF,X",   &[0xBD, 0xFF, 0x20]), // the dummy read at $2007, then $2107, its mirror
        ("CMP $20FF,X",   &[0xDD, 0xFF, 0x20]),
        ("STA $20FF,X",   &[0x9D, 0xFF, 0x20]),
        ("INC $2007",     &[0xEE, 0x07, 0x20]),
        ("INC $20FF,X",   &[0xFE, 0xFF, 0x20]),
        ("LDA ($30),Y",   &[0xB1, 0x30]),
    ];
    // Acknowledged by plain writes, and by the two writes of INC.
    let acknowledge: [[u8; 6]; 2] = [
        [0x8D, 0x00, 0xE0, 0x8D, 0x01, 0xE0], // STA $E000, STA $E001
        [0xEE, 0x00, 0xE0, 0xEE, 0x01, 0xE0], // INC $E000, INC $E001
    ];
    let cases = cases.iter().flat_map(|case| acknowledge.iter().map(move |acknowledge| (case, acknowledge)));
    for (&(name, instruction), acknowledge) in cases {
        #[rustfmt::skip]
        let set_up = [
            0xA9, 0x40, 0x8D, 0x17, 0x40,   // LDA #$40, STA $4017: no IRQ from the frame counter
            0xA9, 0xFF, 0x85, 0x30,         // LDA #$FF, STA $30
            0xA9, 0x20, 0x85, 0x31,         // LDA #$20, STA $31
            0xA0, 0x08,                     // LDY #8
            0xA9, 0x00, 0x8D, 0x00, 0xC0,   // LDA #0, STA $C000: every rise
            0x8D, 0x01, 0xC0,               // STA $C001
            0x8D, 0x01, 0xE0,               // STA $E001
            0x58,                           // CLI
        ];
        #[rustfmt::skip]
        let before = [
            0xA2, 0x08,                     // loop: LDX #8
            0xA9, 0x0F, 0x8D, 0x06, 0x20,   //       LDA #$0F, STA $2006
            0xA9, 0xFF, 0x8D, 0x06, 0x20,   //       LDA #$FF, STA $2006
            0xEA, 0xEA,                     //       NOP, NOP
        ];
        let after_it = [0xE8, 0xE8, 0xE8, 0xE8, 0xB8, 0x50]; // INX, INX, INX, INX, CLV, BVC loop
        let back = 0_u8.wrapping_sub((before.len() + instruction.len() + after_it.len() + 1) as u8);
        let code = [&WARM_UP[..], &set_up, &before, instruction, &after_it, &[back]].concat();
        let handler = [&count(IRQS)[..], acknowledge, &RTI].concat();
        let ran = run(name, &Program::new(&code).irq(&handler).mapper(4), FRAMES);
        assert!(ran.native > 25, "{name}: only {}% of the cycles are native", ran.native);
        let found = most(&ran, IRQS, 8);
        assert!(found <= 2, "{name}: IRQ after {found} INXs");
    }
}
