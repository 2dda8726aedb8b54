//! Interrupts that a wrong deadline misses. Each of these was a bug.

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use crate::traces::{assert_same, trace};
use ricojit::Machine;
use ricojit::Options;
use ricojit::testing::{DeadlineMode, TestSwitches};

const DEADLINES: [DeadlineMode; 4] =
    [DeadlineMode::Real, DeadlineMode::Now, DeadlineMode::Random(1), DeadlineMode::Random(2)];

/// Runs the program with every kind of deadline, and checks that the runs are equal. Returns the first machine.
fn run_with_all_deadlines(name: &str, program: &Program, frames: u64) -> Machine {
    let mut runs = DEADLINES.map(|deadline| {
        let mut machine = program.machine(&Options::new().testing(TestSwitches::new().deadline(deadline)));
        let trace = trace(&mut machine, frames);
        (machine, trace)
    });
    for (deadline, (_, found)) in DEADLINES.iter().zip(&runs) {
        assert_same(&format!("{name}, deadline {deadline:?}"), &runs[0].1, found);
    }
    std::mem::replace(&mut runs[0].0, program.machine(&Options::default()))
}

/// The frame counter asserts the line long before I is cleared. The instruction after CLI or PLP still runs, the next one
/// does not. The instruction before varies which access is the first after the deadline.
#[test]
fn a_pending_irq_is_taken_one_instruction_after_i_is_cleared() {
    let cli: &[u8] = &[0x58];
    let plp: &[u8] = &[0xA9, 0x00, 0x48, 0x28]; // LDA #0, PHA, PLP
    let before: [&[u8]; 4] = [&[], &[0xEA], &[0xA5, 0x00], &[0x04, 0x00, 0xEE, 0x00, 0x03]];
    for (name, clear) in [("CLI", cli), ("PLP", plp)] {
        for before in before {
            let code = [&WARM_UP[..], before, clear, &[0xE8, 0xE8, 0xE8, 0xE8], &FOREVER].concat();
            // STX $10, INC $11, LDA $4015, RTI
            let program = Program::new(&code).irq(&[0x86, 0x10, 0xE6, 0x11, 0xAD, 0x15, 0x40, 0x40]);
            let machine = run_with_all_deadlines(name, &program, 4);
            let irqs = machine.ram()[0x11];
            assert!(matches!(irqs, 1 | 2), "{name}: {irqs} IRQs");
            let first = first_irq(&program);
            assert_eq!(first, 1, "{name} after {before:02X?}: INXs before the handler");
        }
    }
}

/// The value of X at the first IRQ.
fn first_irq(program: &Program) -> u8 {
    let mut machine = program.machine(&Options::default());
    let mut x = None;
    for _ in 0..4 {
        machine.run_frame_with_pauses(|machine| {
            if x.is_none() && machine.ram()[0x11] != 0 {
                x = Some(machine.ram()[0x10]);
            }
            Some(machine.cycle() + 1)
        });
    }
    x.expect("the IRQ comes within four frames")
}

/// With rendering off, writes to $2006 raise and lower A12. The MMC3 counts the rises, about four dots after the write, and
/// the CPU must see its IRQ although it accesses no other register.
#[test]
fn an_mmc3_irq_clocked_by_ppuaddr_writes_is_seen_at_once() {
    #[rustfmt::skip]
    let set_up = [
        0xA9, 0x40, 0x8D, 0x17, 0x40,   // LDA #$40, STA $4017: no IRQ from the frame counter
        0xA9, 0x03, 0x8D, 0x00, 0xC0,   // LDA #3, STA $C000: every fourth rise
        0x8D, 0x01, 0xC0,               // STA $C001
        0x8D, 0x01, 0xE0,               // STA $E001
        0x58,                           // CLI
    ];
    #[rustfmt::skip]
    let count = [
        0xE8,                           // loop: INX
        0xA9, 0x10, 0x8D, 0x06, 0x20,   //       LDA #$10, STA $2006
        0xA9, 0x00, 0x8D, 0x06, 0x20,   //       LDA #0, STA $2006: A12 goes up
        0xEA, 0xEA, 0xEA,               //       NOP, NOP, NOP: their polls follow a read that may stall
        0x8D, 0x06, 0x20,               //       STA $2006
        0x8D, 0x06, 0x20,               //       STA $2006: and down
        0xB8, 0x50, 0xE9,               //       CLV, BVC loop
    ];
    #[rustfmt::skip]
    let handler = [
        0x48, 0x8A, 0xA4, 0x20,         // PHA, TXA, LDY $20
        0x99, 0x00, 0x03, 0xE6, 0x20,   // STA $0300,Y, INC $20
        0x8D, 0x00, 0xE0,               // STA $E000
        0x8D, 0x01, 0xE0,               // STA $E001
        0x68, 0x40,                     // PLA, RTI
    ];
    let program = Program::new(&[&WARM_UP[..], &set_up, &count].concat()).irq(&handler).mapper(4);
    let machine = run_with_all_deadlines("MMC3", &program, 8);
    let found = &machine.ram()[0x300..0x400];
    let expected: Vec<u8> = (1..=256_u32).map(|irq| (4 * irq) as u8).collect();
    assert_eq!(found, expected, "iterations of the loop at each IRQ");
}

/// The frame counter's IRQ is never acknowledged, so the CPU goes from one handler to the next, and polls asserted lines. The
/// NMI is taken at the same instruction as if the PPU were asked each time.
#[test]
fn an_nmi_edge_is_sampled_while_an_irq_stays_asserted() {
    #[rustfmt::skip]
    let set_up = [
        0xA9, 0x80, 0x8D, 0x00, 0x20,   // LDA #$80, STA $2000
        0x58,                           // CLI
    ];
    // INC $10, BNE +2, INC $11, RTI: one cycle more if there is a carry, so that polls meet the edge at every distance.
    let irq = [0xE6, 0x10, 0xD0, 0x02, 0xE6, 0x11, 0x40];
    #[rustfmt::skip]
    let nmi = [
        0xA4, 0x20, 0xA5, 0x10,         // LDY $20, LDA $10
        0x99, 0x00, 0x03, 0xE6, 0x20,   // STA $0300,Y, INC $20
        0x40,                           // RTI
    ];
    for mapper in [0, 4] {
        for render in [&[][..], &RENDER] {
            let code = [&WARM_UP[..], render, &set_up, &FOREVER].concat();
            let program = Program::new(&code).irq(&irq).nmi(&nmi).mapper(mapper);
            let machine = run_with_all_deadlines("an NMI among IRQs", &program, 60);
            assert!(machine.ram()[0x20] > 50, "{} NMIs", machine.ram()[0x20]);
        }
    }
}

/// The MMC3 asserts its IRQ while that of the frame counter is asserted. Every seventh handler acknowledges the latter for a
/// while, and the handler after it tells whether the former is there.
#[test]
fn an_mmc3_irq_is_seen_after_another_irq_that_stayed_asserted() {
    #[rustfmt::skip]
    let set_up = [
        0xA9, 0x08, 0x8D, 0x00, 0x20,   // LDA #8, STA $2000: sprites at $1000
        0xA9, 0x04, 0x8D, 0x00, 0xC0,   // LDA #4, STA $C000: every fifth line
        0x8D, 0x01, 0xC0,               // STA $C001
        0x8D, 0x01, 0xE0,               // STA $E001
        0x58,                           // CLI
    ];
    let work = [0xE8, 0xB8, 0x50, 0xFC]; // loop: INX, CLV, BVC loop
    #[rustfmt::skip]
    let handler = [
        0xC6, 0x10, 0xD0, 0x1A,         //        DEC $10, BNE end
        0xA9, 0x07, 0x85, 0x10,         //        LDA #7, STA $10
        0x2C, 0x15, 0x40, 0x70, 0x0F,   //        BIT $4015, BVS frame
        0xA4, 0x20, 0x8A,               //        LDY $20, TXA
        0x99, 0x00, 0x03, 0xE6, 0x20,   //        STA $0300,Y, INC $20
        0x8D, 0x00, 0xE0,               //        STA $E000
        0x8D, 0x01, 0xE0,               //        STA $E001
        0x40,                           //        RTI
        0xE6, 0x21,                     // frame: INC $21
        0x40,                           // end:   RTI
    ];
    let code = [&WARM_UP[..], &RENDER, &set_up, &work].concat();
    let program = Program::new(&code).irq(&handler).mapper(4);
    let machine = run_with_all_deadlines("an MMC3 IRQ among others", &program, 60);
    let [mmc3, frame] = [0x20, 0x21].map(|count| machine.ram()[count]);
    assert!(mmc3 > 50 && frame > 20, "{mmc3} IRQs of the MMC3, {frame} of the frame counter");
}
