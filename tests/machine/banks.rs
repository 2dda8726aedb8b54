//! Programs that switch banks every few instructions, on every board that has banks.
//!
//! ```text
//! every 8 KiB slice of PRG ROM has the same layout, so that any slice can be in any window:
//! $0000  $03, the end of an instruction that starts in the previous window; then WORK, which depends on the slice
//! $0040  a chain of jumps through three windows
//! $0080  the NMI handler            $00AD  the IRQ handler: its address is an opcode
//! $00F1  the number of the slice, for read-modify-writes of bank registers
//! $0100  MAIN: selects banks by the result so far, and calls into all four windows
//! $1FFA  vectors
//! ```

use crate::engines::run;
use crate::programs::Program;

const SLICE: usize = 0x2000;
const SLICES: usize = 16;
/// Where WORK counts its calls, by slice.
const COUNTS: usize = 0x20;

const FRAMES: u64 = 24;

/// WORK of a slice: changes $10.
#[rustfmt::skip]
fn work(slice: u8) -> Vec<u8> {
    vec![
        0x03,                   // (end of LDA $03E0)
        0xA9, slice,            // LDA #slice
        0x18,                   // CLC
        0x65, 0x10,             // ADC $10
        0x2A,                   // ROL A
        0x85, 0x10,             // STA $10
        0xE6, COUNTS as u8 + slice, // INC COUNTS + slice
        0x60,                   // RTS
    ]
}

/// A chain of jumps through three windows: $8040, $A048, $C050.
#[rustfmt::skip]
fn chain(slice: u8) -> Vec<u8> {
    vec![
        0xE8, 0x4C, 0x48, 0xA0, 0, 0, 0, 0, // $40: INX, JMP $A048
        0xC8, 0x4C, 0x50, 0xC0, 0, 0, 0, 0, // $48: INY, JMP $C050
        0xA9, slice,                        // $50: LDA #slice
        0x45, 0x13,                         //      EOR $13
        0x85, 0x13,                         //      STA $13
        0x60,                               //      RTS
    ]
}

/// MAIN, with the code that selects banks by A.
fn main(switch: &[u8]) -> Vec<u8> {
    #[rustfmt::skip]
    let begin = [
        0xA9, 0x80, 0x8D, 0x00, 0x20,   // $E100: LDA #$80, STA $2000: NMI on, once the PPU has warmed up
        0xE6, 0x12,                     // $E105: INC $12
        0xA5, 0x10, 0x45, 0x12,         //        LDA $10, EOR $12
    ];
    #[rustfmt::skip]
    let end = [
        0x20, 0x01, 0x80, 0x20, 0x01, 0xA0, // JSR $8001, JSR $A001
        0x20, 0x01, 0xC0, 0x20, 0x01, 0xE0, // JSR $C001, JSR $E001
        0x20, 0xFE, 0x9F,                   // JSR $9FFE: LDA $03E0 across the boundary, then WORK
        0x20, 0x40, 0x80,                   // JSR $8040
        0x4C, 0x00, 0xE1,                   // JMP $E100
    ];
    [&begin, switch, &end].concat()
}

fn program(mapper: u8, switch: &[u8]) -> Program {
    let slice = |number: usize| {
        let mut bytes = vec![0xEA; SLICE];
        let mut put = |offset: usize, code: &[u8]| bytes[offset..][..code.len()].copy_from_slice(code);
        put(0x0000, &work(number as u8));
        put(0x0040, &chain(number as u8));
        put(0x0080, &[0xE6, 0x0F, 0x40]); // INC $0F, RTI
        put(0x00AD, &[0xE6, 0x0E, 0xAD, 0x15, 0x40, 0x40]); // INC $0E, LDA $4015, RTI
        put(0x00F1, &[number as u8]);
        put(0x0100, &main(switch));
        put(0x1FFA, &[0x80, 0xE0, 0x00, 0xE1, 0xAD, 0xE0]);
        bytes
    };
    Program::image(mapper, (0..SLICES).flat_map(slice).collect())
}

fn check(name: &str, mapper: u8, switch: &[u8], visited: usize) {
    let ran = run(name, &program(mapper, switch), FRAMES);
    let ram = ran.machine.ram();
    let found = ram[COUNTS..COUNTS + SLICES].iter().filter(|&&count| count > 0).count();
    assert!(found >= visited, "{name}: only {found} of {SLICES} slices were visited");
    assert!(u64::from(ram[0x0F]) >= FRAMES - 3, "{name}: {} NMIs", ram[0x0F]);
    assert!(ran.native > 40, "{name}: only {}% of the cycles are native", ran.native);
    assert!(ran.changed > 500, "{name}: only {} exits because of a change", ran.changed);
}

#[test]
fn uxrom_switches_16_kib() {
    check("UxROM", 2, &[0x29, 0x07, 0x8D, 0xF1, 0x80], 14); // AND #7, STA $80F1
}

#[test]
fn axrom_switches_32_kib() {
    check("AxROM", 7, &[0x29, 0x17, 0x8D, 0xF1, 0x80], 14); // AND #$17, STA $80F1
    check("AxROM by INC", 7, &[0x8D, 0xF1, 0x80, 0xEE, 0xF1, 0xE0], 4); // STA $80F1, INC $E0F1
}

/// Five writes shift a value into a register: the PRG bank, and now and then the control register.
#[test]
fn mmc1_switches_16_and_32_kib() {
    #[rustfmt::skip]
    let prg = [
        0x29, 0x0F,             //    AND #$0F
        0xA0, 0x05,             //    LDY #5
        0x8D, 0x00, 0xE0,       // l: STA $E000
        0x4A,                   //    LSR A
        0x88, 0xD0, 0xF9,       //    DEY, BNE l
    ];
    #[rustfmt::skip]
    let control = [
        0xA5, 0x12, 0x29, 0x1C, //    LDA $12, AND #$1C
        0xA0, 0x05,             //    LDY #5
        0x8D, 0x00, 0x80,       // l: STA $8000
        0x4A,                   //    LSR A
        0x88, 0xD0, 0xF9,       //    DEY, BNE l
    ];
    check("MMC1", 1, &prg, 10);
    check("MMC1, sizes", 1, &[&prg[..], &control].concat(), 14);
    // INC $E0F1 five times: the second write of each is ignored. All five bits come from one number.
    let inc = [0xEE, 0xF1, 0xE0].repeat(5);
    check("MMC1 by INC", 1, &[&prg[..], &control, &inc].concat(), 4);
    // Bit 7 resets the shift register and fixes the last bank: LDA #$80, STA $80F1.
    check("MMC1, reset", 1, &[&prg[..], &[0xA9, 0x80, 0x8D, 0xF1, 0x80]].concat(), 10);
}

#[test]
fn mmc3_switches_8_kib() {
    #[rustfmt::skip]
    let prg = [
        0xA2, 0x06, 0x8E, 0xF0, 0x80,   // LDX #6, STX $80F0
        0x8D, 0xF1, 0x80,               // STA $80F1
        0x4A, 0x4A, 0x4A,               // LSR A, LSR A, LSR A
        0xE8, 0x8E, 0xF0, 0x80,         // INX, STX $80F0
        0x8D, 0xF1, 0x80,               // STA $80F1
    ];
    check("MMC3", 4, &prg, 14);
    // Swap the windows at $8000 and $C000: LDA $12, AND #$40, ORA #6, STA $80F0.
    let swap = [0xA5, 0x12, 0x29, 0x40, 0x09, 0x06, 0x8D, 0xF0, 0x80];
    check("MMC3, swapped", 4, &[&prg[..], &swap].concat(), 14);
    // Both writes of INC have an effect: the bank that is read, then the next one.
    let inc = [0xA9, 0x06, 0x8D, 0xF0, 0x80, 0xEE, 0xF1, 0x80]; // LDA #6, STA $80F0, INC $80F1
    check("MMC3 by INC", 4, &[&prg[..], &inc].concat(), 14);
    check("MMC3 by INC alone", 4, &inc, 14);
}
