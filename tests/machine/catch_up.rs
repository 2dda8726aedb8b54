//! Catch-up: chips run only when they are accessed, when their own events are due, and at the end of a frame.
//!
//! | what                     | catch-ups of the PPU                         | edges of the APU               |
//! |--------------------------|----------------------------------------------|--------------------------------|
//! | end of a frame           | 1; 2 if it was predicted a dot early         | 0                              |
//! | frame counter            | 0                                            | 6 per sequence (29,830 cycles) |
//! | NMI                      | 1: the CPU reads its interrupt lines         | 0                              |
//! | IRQ that stays asserted  | 0                                            | 0                              |
//! | $2002, $2004, $2007 read | 2: at the start and at the end of the access | 0                              |
//! | other PPU read           | 1                                            | 0                              |
//! | PPU write                | 0; 1 for all that wait when they are met     | 0                              |
//! | $4014 write              | 256: each byte is a write to $2004           | 0                              |
//! | $4017 write              | 0                                            | 1: the sequence restarts       |

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use ricojit::Machine;
use ricojit::Options;
use ricojit::testing::CatchUps;
use ricojit::testing::{DeadlineMode, TestSwitches};

/// Reads and writes RAM and ROM in an endless loop.
#[rustfmt::skip]
const RAM_AND_ROM: [u8; 11] = [
    0xE6, 0x10,         // loop: INC $10
    0xAD, 0x00, 0x80,   //       LDA $8000
    0x9D, 0x00, 0x03,   //       STA $0300,X
    0xB8,               //       CLV
    0x50, 0xF5,         //       BVC loop
];

/// The edges of a four-step sequence: four clocks, and two more cycles that set the interrupt flag.
const FRAME_COUNTER_EDGES: u64 = 6;

/// Frames until the program has done its accesses and the power-on state is over.
const WARM_UP_FRAMES: usize = 4;

fn catch_ups(machine: &mut Machine, frames: usize) -> CatchUps {
    let before = machine.catch_ups();
    (0..frames).for_each(|_| machine.run_frame());
    let after = machine.catch_ups();
    CatchUps { ppu: after.ppu - before.ppu, apu: after.apu - before.apu, line_dots: after.line_dots - before.line_dots }
}

/// The catch-ups of each of 20 frames, after the program has reached its loop.
fn settled_frames(program: &Program) -> Vec<CatchUps> {
    let mut machine = program.machine(&Options::default());
    catch_ups(&mut machine, WARM_UP_FRAMES);
    (0..20).map(|_| catch_ups(&mut machine, 1)).collect()
}

#[test]
fn code_in_ram_and_rom_causes_no_catch_up() {
    let off = RAM_AND_ROM.to_vec();
    let on = [&WARM_UP[..], &RENDER, &RAM_AND_ROM].concat();
    for (name, code) in [("rendering off", off), ("rendering on", on)] {
        let frames = settled_frames(&Program::new(&code));
        for found in &frames {
            assert!(matches!(found.ppu, 1 | 2), "{name}: {found:?}");
            assert_eq!(found.apu, FRAME_COUNTER_EDGES, "{name}");
        }
        let ends: u64 = frames.iter().map(|found| found.ppu).sum();
        assert!(ends <= 24, "{name}: {ends} catch-ups in 20 frames: the end is predicted too early too often");
    }
}

#[test]
fn an_nmi_causes_one_catch_up_of_the_ppu() {
    let enable = [0xA9, 0x80, 0x8D, 0x00, 0x20]; // LDA #$80, STA $2000
    for found in settled_frames(&Program::new(&[&WARM_UP[..], &RENDER, &enable, &RAM_AND_ROM].concat())) {
        assert!(matches!(found.ppu, 2 | 3), "{found:?}");
        assert_eq!(found.apu, FRAME_COUNTER_EDGES);
    }
}

/// The CPU polls asserted lines thousands of times in a frame.
#[test]
fn an_irq_that_stays_asserted_causes_no_catch_up() {
    let frame_counter = [0x58]; // CLI
    #[rustfmt::skip]
    let mmc3 = [
        0xA9, 0x40, 0x8D, 0x17, 0x40,   // LDA #$40, STA $4017: no IRQ from the frame counter
        0xA9, 0x08, 0x8D, 0x00, 0x20,   // LDA #8, STA $2000: sprites at $1000
        0x8D, 0x01, 0xC0,               // STA $C001
        0x8D, 0x01, 0xE0,               // STA $E001
        0x58,                           // CLI
    ];
    for (mapper, set_up) in [(0, &frame_counter[..]), (4, &frame_counter), (4, &mmc3)] {
        let code = [&WARM_UP[..], &RENDER, set_up, &RAM_AND_ROM].concat();
        let handler = [0xE6, 0x20, 0xD0, 0x02, 0xE6, 0x21, 0x40]; // INC $20, BNE +2, INC $21, RTI
        let program = Program::new(&code).irq(&handler).mapper(mapper);
        for found in settled_frames(&program) {
            assert!(found.ppu <= 2, "board {mapper}: {found:?}");
        }
        let mut machine = program.machine(&Options::default());
        catch_ups(&mut machine, WARM_UP_FRAMES + 4);
        let irqs = u32::from(machine.ram()[0x21]) << 8;
        assert!(irqs > 4000, "board {mapper}: {irqs} IRQs");
    }
}

#[test]
fn an_access_causes_a_catch_up_of_its_chip() {
    const N: u8 = 100;
    let run = |access: [u8; 3]| {
        let set_up = [0xA9, 0x40, 0xA2, N]; // LDA #$40, LDX #N
        let again = [0xCA, 0xD0, 0xFA]; // DEX, BNE back to the access
        let code = [&WARM_UP[..], &set_up, &access, &again, &FOREVER].concat();
        catch_ups(&mut Program::new(&code).machine(&Options::default()), 10)
    };
    #[rustfmt::skip]
    let cases = [
        // access               PPU  APU
        ([0xAD, 0x02, 0x20],      2,   0), // LDA $2002, answered from the predicted status
        ([0xAD, 0x04, 0x20],    200,   0), // LDA $2004
        ([0xAD, 0x07, 0x20],    200,   0), // LDA $2007
        ([0xAD, 0x00, 0x20],    100,   0), // LDA $2000
        ([0xAD, 0xF9, 0x3F],    100,   0), // LDA $3FF9, a mirror of $2001
        ([0x8D, 0x01, 0x20],      0,   0), // STA $2001, which waits
        ([0xCD, 0x02, 0x20],      2,   0), // CMP $2002
        ([0xAD, 0x16, 0x40],      0,   0), // LDA $4016
        ([0x8D, 0x00, 0x40],      0,   0), // STA $4000
        ([0x8D, 0x17, 0x40],      0, 100), // STA $4017
        ([0x8D, 0x00, 0x80],      0,   0), // STA $8000, which NROM ignores
    ];
    // The baseline: the same instruction on RAM.
    let nothing = run([0xAD, 0x00, 0x03]);
    for (access, ppu, apu) in cases {
        let found = run(access);
        // STA $4017 also shifts the frame counter's sequence, by a few edges in all.
        let slack = if apu == 0 { 0 } else { 6 };
        assert_eq!(found.ppu - nothing.ppu, ppu, "{access:02X?}");
        assert!((found.apu - nothing.apu).abs_diff(apu) <= slack, "{access:02X?}: {found:?} and {nothing:?}");
    }
    // The first read clears a flag at the next edge.
    assert_eq!(run([0xAD, 0x15, 0x40]).apu - nothing.apu, 1, "LDA $4015");
}

#[test]
fn an_oam_transfer_is_one_access_or_256() {
    for (exact_ppu, accesses) in [(false, 1), (true, 256)] {
        let run = |access: [u8; 3]| {
            let code = [&WARM_UP[..], &[0xA9, 0x03], &access, &FOREVER].concat();
            catch_ups(
                &mut Program::new(&code).machine(&Options::new().testing(TestSwitches::new().exact_ppu(exact_ppu))),
                10,
            )
        };
        let (transfer, nothing) = (run([0x8D, 0x14, 0x40]), run([0x8D, 0x14, 0x03]));
        // The frames end at other instructions, so the predicted ends may differ.
        assert!((transfer.ppu - nothing.ppu).abs_diff(accesses) <= 3, "{transfer:?} and {nothing:?}");
        assert_eq!(transfer.apu, nothing.apu);
    }
}

/// The counters work: with a deadline that is always "now" the chips are ticked.
#[test]
fn a_deadline_that_is_always_now_ticks_the_chips() {
    let options = Options::new().testing(TestSwitches::new().deadline(DeadlineMode::Now));
    let found = catch_ups(&mut Program::new(&RAM_AND_ROM).machine(&options), 10);
    assert!(found.ppu > 10 * 29_780 / 5, "{found:?}");
}
