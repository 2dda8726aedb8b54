//! Idle skipping changes no result: minimal programs that wait for each kind of event, with and without skipping, on every
//! engine, with and without pictures, with any deadline.

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use crate::traces::{ROMS, assert_same, assert_same_states, machine, press, trace};
use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
#[cfg(feature = "jit")]
use ricojit::options::{Engine, JitOptions};
use ricojit::testing::{DeadlineMode, TestSwitches};

/// The configurations that skip.
fn skipping() -> Vec<Options> {
    let skip = Options::new().idle_skip(Some(true));
    let blind = skip.clone().render(false);
    vec![
        skip.clone(),
        skip.testing(TestSwitches::new().deadline(DeadlineMode::Random(7))),
        blind.clone(),
        blind.clone().testing(TestSwitches::new().exact_ppu(true)),
        #[cfg(feature = "jit")]
        compiled(0, &blind),
        #[cfg(feature = "jit")]
        compiled(3, &blind),
    ]
}

#[cfg(feature = "jit")]
fn compiled(threshold: u32, options: &Options) -> Options {
    let jit = JitOptions::new().threshold(Some(threshold));
    options.clone().engine(Engine::Jit).jit(jit)
}

fn start(cartridge: &Cartridge, options: &Options) -> Machine {
    Machine::new(cartridge, options).expect("the board is supported")
}

/// Runs the program in all configurations and compares every frame. Each must skip at least `share` percent of the cycles.
/// Returns the machine that skipped nothing.
fn compare(name: &str, program: &Program, frames: u64, share: u64) -> Machine {
    let cartridge = program.cartridge();
    let mut machine = start(&cartridge, &Options::default());
    let expected = trace(&mut machine, frames);
    assert_eq!(machine.idle_skipped_cycles(), 0, "{name}: the interpreter skips nothing by default");
    for options in skipping() {
        let mut other = start(&cartridge, &options);
        let found = trace(&mut other, frames);
        let name = format!("{name}, {options:?}");
        let same = if options.render { assert_same } else { assert_same_states };
        same(&name, &expected, &found);
        let percent = other.idle_skipped_cycles() * 100 / other.cycle();
        // The warm-up is not idle.
        assert!(percent >= share, "{percent} % were skipped: {name}");
    }
    let now = Options::new().idle_skip(Some(true)).testing(TestSwitches::new().deadline(DeadlineMode::Now));
    let mut other = start(&cartridge, &now);
    assert_same(&format!("{name}, deadline now"), &expected[..4], &trace(&mut other, 4));
    assert_eq!(other.idle_skipped_cycles(), 0, "{name}: nothing is skipped if the deadline is always now");
    machine
}

/// Code that takes this number of cycles.
fn delay(cycles: u8) -> Vec<u8> {
    match cycles {
        0 => vec![],
        1 => unreachable!("no instruction takes one cycle"),
        cycles if cycles % 2 == 1 => [vec![0x24, 0x00], delay(cycles - 3)].concat(), // BIT $00
        cycles => [vec![0xEA], delay(cycles - 2)].concat(),                          // NOP
    }
}

const COUNT_NMIS: [u8; 3] = [0xE6, 0x10, 0x40]; // INC $10, RTI
const NMI_ON: [u8; 5] = [0xA9, 0x80, 0x8D, 0x00, 0x20]; // LDA #$80, STA $2000

/// Waits with `LDA $10, BEQ` for a flag that the NMI handler sets.
#[rustfmt::skip]
const WAIT_FOR_NMI: [u8; 12] = [
    0xA5, 0x10,         // loop: LDA $10
    0xF0, 0xFC,         //       BEQ loop
    0xA9, 0x00,         //       LDA #0
    0x85, 0x10,         //       STA $10
    0xE6, 0x11,         //       INC $11
    0x10, 0xF4,         //       BPL loop, for 127 frames
];

#[test]
fn a_jump_to_itself_is_skipped() {
    let jump = [0x4C, 0x0B, 0x80]; // after the warm-up
    compare("JMP", &Program::new(&[&WARM_UP[..], &jump].concat()), 20, 80);
    compare("BVC", &Program::new(&[&WARM_UP[..], &RENDER, &FOREVER].concat()), 20, 80);
}

#[test]
fn a_wait_for_a_flag_of_the_nmi_handler_is_skipped() {
    let program = Program::new(&[&WARM_UP[..], &RENDER, &NMI_ON, &WAIT_FOR_NMI].concat()).nmi(&COUNT_NMIS);
    let machine = compare("LDA flag", &program, 20, 80);
    assert!(machine.ram()[0x11] >= 17, "one iteration per frame: {}", machine.ram()[0x11]);
}

/// The loop reads the flag in every phase: before it is set, right after it, and in the cycle that suppresses it.
#[test]
fn waits_for_vblank_are_skipped_in_every_phase() {
    #[rustfmt::skip]
    let waits: [(&str, &[u8], u8); 3] = [
        ("BIT, BPL",      &[0x2C, 0x02, 0x20, 0x10, 0xFB],             7),
        ("LDA, BPL",      &[0xAD, 0x02, 0x20, 0x10, 0xFB],             7),
        ("LDA, AND, BEQ", &[0xAD, 0x02, 0x20, 0x29, 0x80, 0xF0, 0xF9], 9),
    ];
    let (mut seen, mut lost) = (0, 0);
    for (name, wait, turn) in waits {
        for cycles in (0..12).map(|cycles| if cycles == 1 { 1 + turn } else { cycles }) {
            for set_up in [&[][..], &RENDER, &NMI_ON] {
                let count = [0xE6, 0x00, 0x50, (-4 - wait.len() as i8) as u8]; // INC $00, BVC wait
                let clear_v = [0xB8];
                let code = [&WARM_UP[..], set_up, &clear_v, &delay(cycles), wait, &count].concat();
                let name = format!("{name} after {cycles} cycles, {set_up:02X?}");
                let machine = compare(&name, &Program::new(&code).nmi(&COUNT_NMIS), 9, 40);
                let flags = u64::from(machine.ram()[0]);
                seen += flags;
                lost += 8 - flags.min(8);
            }
        }
    }
    assert!(seen > 300 && lost > 50, "{seen} flags were seen, {lost} were suppressed");
}

/// Sprite 0 on a solid background, at line $30 and column $40.
#[rustfmt::skip]
const PUT_SPRITE_ZERO: [u8; 28] = [
    0xA9, 0x00, 0x8D, 0x03, 0x20, // LDA #$00, STA $2003
    0xA9, 0x30, 0x8D, 0x04, 0x20, // LDA #$30, STA $2004
    0xA9, 0x00, 0x8D, 0x04, 0x20, // LDA #$00, STA $2004
    0x8D, 0x04, 0x20,             //           STA $2004
    0xA9, 0x40, 0x8D, 0x04, 0x20, // LDA #$40, STA $2004
    0xA9, 0x00, 0x8D, 0x05, 0x20, // LDA #$00, STA $2005
];

#[test]
fn waits_for_sprite_0_are_skipped() {
    #[rustfmt::skip]
    let wait = [
        0x2C, 0x02, 0x20,   // over: BIT $2002
        0x70, 0xFB,         //       BVS over
        0xE6, 0x00,         //       INC $00
        0x2C, 0x02, 0x20,   // hit:  BIT $2002
        0x50, 0xFB,         //       BVC hit
        0xE6, 0x01,         //       INC $01
        0x10, 0xF0,         //       BPL over
    ];
    for cycles in [0, 2, 3, 4, 5, 6, 7] {
        let code = [&WARM_UP[..], &PUT_SPRITE_ZERO, &RENDER, &delay(cycles), &wait].concat();
        let machine = compare("sprite 0", &Program::new(&code).chr(0xFF), 12, 60);
        assert!(machine.ram()[0] >= 8 && machine.ram()[1] >= 8, "{:?}", &machine.ram()[..2]);
    }
}

/// A loop in RAM or PRG RAM, in which the NMI handler turns BEQ into BNE and back.
#[test]
fn loops_in_ram_that_change_are_skipped() {
    #[rustfmt::skip]
    let wait = [
        0xA5, 0x20,         // loop: LDA $20
        0xF0, 0xFC,         //       BEQ loop
        0xE6, 0x11,         //       INC $11
        0x4C, 0x00, 0x00,   //       JMP loop
    ];
    for page in [0x03, 0x60, 0x7F] {
        #[rustfmt::skip]
        let handler = [
            0x48,               // PHA
            0xAD, 0x02, page,   // LDA loop+2
            0x49, 0x20,         // EOR #$20
            0x8D, 0x02, page,   // STA loop+2
            0x68, 0x40,         // PLA, RTI
        ];
        let mut code = [&WARM_UP[..], &NMI_ON].concat();
        for (place, byte) in wait.into_iter().enumerate() {
            let byte = if place == 8 { page } else { byte };
            code.extend([0xA9, byte, 0x8D, place as u8, page]); // LDA #byte, STA place
        }
        code.extend([0x4C, 0x00, page]);
        let program = Program::new(&code).nmi(&handler).battery();
        let machine = compare(&format!("a loop at ${page:02X}00"), &program, 12, 30);
        assert_ne!(machine.ram()[0x11], 0, "the loop ended");
    }
}

#[test]
fn loops_under_dmc_dma_are_skipped() {
    #[rustfmt::skip]
    let start_dmc = [
        0xA9, 0x4F, 0x8D, 0x10, 0x40, // LDA #$4F, STA $4010: looping, fastest rate
        0xA9, 0x00, 0x8D, 0x12, 0x40, // LDA #$00, STA $4012
        0x8D, 0x13, 0x40,             //           STA $4013
        0xA9, 0x10, 0x8D, 0x15, 0x40, // LDA #$10, STA $4015
    ];
    for wait in [&WAIT_FOR_NMI[..], &[0x2C, 0x02, 0x20, 0x10, 0xFB, 0xE6, 0x11, 0x4C, 0x22, 0x80]] {
        let code = [&WARM_UP[..], &start_dmc, &NMI_ON, wait].concat();
        assert_eq!(code.len() - wait.len(), 0x22);
        compare("DMC", &Program::new(&code).nmi(&COUNT_NMIS), 12, 40);
    }
}

/// The board asserts the IRQ line, but I is set.
#[test]
fn loops_with_a_masked_irq_are_skipped() {
    #[rustfmt::skip]
    let set_up = [
        0xA9, 0x08, 0x8D, 0x00, 0x20, // LDA #$08, STA $2000: sprites at $1000
        0x8D, 0x00, 0xC0,             // STA $C000
        0x8D, 0x01, 0xC0,             // STA $C001
        0x8D, 0x01, 0xE0,             // STA $E001
        0x78,                         // SEI
        0xA9, 0x88, 0x8D, 0x00, 0x20, // LDA #$88, STA $2000
    ];
    let code = [&WARM_UP[..], &RENDER, &set_up, &WAIT_FOR_NMI].concat();
    compare("MMC3, masked", &Program::new(&code).nmi(&COUNT_NMIS).mapper(4), 12, 70);
    // The NMI handler clears I for a moment.
    let unmask = [0xE6, 0x10, 0x58, 0xEA, 0x78, 0x40]; // INC $10, CLI, NOP, SEI, RTI
    #[rustfmt::skip]
    let acknowledge = [
        0x8D, 0x00, 0xE0,             // STA $E000
        0x8D, 0x01, 0xE0,             // STA $E001
        0x2C, 0x15, 0x40,             // BIT $4015: the frame counter asserts the line too
        0xE6, 0x12, 0x40,             // INC $12, RTI
    ];
    let program = Program::new(&code).nmi(&unmask).irq(&acknowledge).mapper(4);
    let machine = compare("MMC3, unmasked now and then", &program, 12, 70);
    assert!(machine.ram()[0x12] > 6, "{} IRQs", machine.ram()[0x12]);
}

/// Programs that make a source of IRQs assert its line.
const ASSERT_FRAME: [u8; 6] = [0xA9, 0x00, 0x8D, 0x17, 0x40, 0x58]; // LDA #$00, STA $4017, CLI

#[rustfmt::skip]
const ASSERT_DMC: [u8; 16] = [
    0xA9, 0x40, 0x8D, 0x17, 0x40, // LDA #$40, STA $4017
    0xA9, 0x8F, 0x8D, 0x10, 0x40, // LDA #$8F, STA $4010
    0xA9, 0x10, 0x8D, 0x15, 0x40, // LDA #$10, STA $4015
    0x58,                         // CLI
];

#[rustfmt::skip]
const ASSERT_MMC3: [u8; 22] = [
    0xA9, 0x40, 0x8D, 0x17, 0x40, // LDA #$40, STA $4017
    0xA9, 0x10, 0x8D, 0x00, 0xC0, // LDA #$10, STA $C000
    0x8D, 0x01, 0xC0,             //           STA $C001
    0x8D, 0x01, 0xE0,             //           STA $E001
    0xA9, 0x88, 0x8D, 0x00, 0x20, // LDA #$88, STA $2000
    0x58,                         // CLI
];

/// The IRQ is not acknowledged, or only by the NMI handler: RTI leads straight to the next one.
#[test]
fn interrupt_storms_are_skipped() {
    #[rustfmt::skip]
    let handlers: [(&str, &[u8]); 4] = [
        ("RTI", &[0x40]),
        ("LDA, STA", &[0xA5, 0x20, 0x85, 0x21, 0x40]),
        ("unchanged registers of the APU", &[
            0x48,                               // PHA
            0xA9, 0x8F, 0x8D, 0x10, 0x40,       // LDA #$8F, STA $4010
            0xA9, 0x00, 0x8D, 0x12, 0x40,       // LDA #$00, STA $4012
            0x8D, 0x02, 0x40, 0x8D, 0x0C, 0x40, // STA $4002, STA $400C
            0x68, 0x40,                         // PLA, RTI
        ]),
        ("the sweep is reloaded", &[0x8D, 0x01, 0x40, 0x40]), // STA $4001, RTI
    ];
    #[rustfmt::skip]
    let nmis: [(&str, &[u8]); 3] = [
        ("counts", &COUNT_NMIS),
        ("acknowledges", &[
            0xE6, 0x10,                         // INC $10
            0x48, 0xAD, 0x15, 0x40,             // PHA, LDA $4015
            0xA9, 0x00, 0x8D, 0x15, 0x40,       // LDA #$00, STA $4015
            0x8D, 0x00, 0xE0, 0x8D, 0x01, 0xE0, // STA $E000, STA $E001
            0xA9, 0x10, 0x8D, 0x15, 0x40,       // LDA #$10, STA $4015
            0x68, 0x40,                         // PLA, RTI
        ]),
        ("is the same", &[0x40]),
    ];
    let mut acknowledged = 0;
    for (source, assert) in [("frame", &ASSERT_FRAME[..]), ("DMC", &ASSERT_DMC), ("MMC3", &ASSERT_MMC3)] {
        for (name, handler) in handlers {
            for (nmi, nmi_handler) in nmis {
                for cycles in [0, 2, 3] {
                    // The loop counts, so that only the storm can be skipped.
                    let count = [0xE6, 0x12, 0x4C, 0x00, 0x90]; // INC $12, JMP
                    let jump = [0x4C, 0x00, 0x90];
                    let code = [&WARM_UP[..], &RENDER, &NMI_ON, &delay(cycles), assert, &jump].concat();
                    let program = Program::new(&code).with(0x1000, &count).mapper(4);
                    let program = program.nmi(nmi_handler).irq(handler);
                    let share = if nmi == "acknowledges" { 20 } else { 50 };
                    let machine = compare(&format!("{source}, {name}, NMI {nmi}"), &program, 12, share);
                    acknowledged += u64::from(machine.ram()[0x12] > 100);
                }
            }
        }
    }
    assert!(acknowledged > 6, "{acknowledged} programs went on");
}

/// Where no code becomes native, the recompiler interprets longer pieces, and must find a storm at their ends.
#[cfg(feature = "jit")]
#[test]
fn interrupt_storms_are_skipped_where_nothing_is_native() {
    let code = [&WARM_UP[..], &RENDER, &ASSERT_FRAME, &[0x4C, 0x00, 0x90]].concat();
    let program = Program::new(&code).with(0x1000, &[0xE6, 0x12, 0x4C, 0x00, 0x90]).irq(&[0x40]); // INC $12, JMP; RTI
    let mut machine = program.machine(&Options::new().engine(Engine::Jit).jit(JitOptions::new().sync(true)));
    trace(&mut machine, 60);
    let before = (machine.cycle(), machine.idle_skipped_cycles());
    trace(&mut machine, 20);
    let (cycles, skipped) = (machine.cycle() - before.0, machine.idle_skipped_cycles() - before.1);
    assert!(skipped * 100 > cycles * 70, "{skipped} of {cycles} cycles are skipped");
}

/// A handler that counts is no storm.
#[test]
fn handlers_with_effects_are_not_skipped() {
    #[rustfmt::skip]
    let handlers: [(&str, &[u8]); 5] = [
        ("INC", &[0xE6, 0x20, 0x40]),
        ("INX", &[0xE8, 0x40]),
        ("INX, STX", &[0xE8, 0x86, 0x20, 0x40]),
        ("STA $4011, of a level that moves", &[0x8D, 0x11, 0x40, 0x49, 0x7F, 0x40]), // STA $4011, EOR #$7F, RTI
        ("STA $4003", &[0x8D, 0x03, 0x40, 0x40]),
    ];
    for (name, handler) in handlers {
        let code = [&WARM_UP[..], &RENDER, &ASSERT_FRAME, &[0xE6, 0x12, 0x4C, 0x14, 0x80]].concat();
        let program = Program::new(&code).irq(handler);
        let machine = compare(name, &program, 8, 0);
        let mut other = program.machine(&machine.options().clone().idle_skip(Some(true)));
        trace(&mut other, 8);
        assert_eq!(other.idle_skipped_cycles(), 0, "{name}");
    }
}

/// A loop that takes RTI for a jump, and masks IRQs on its way.
#[test]
fn an_irq_ends_a_loop_that_masks_it_for_a_while() {
    #[rustfmt::skip]
    let wait = [
        0x78,               // loop: SEI
        0xA9, 0x90, 0x48,   //       LDA #>loop, PHA
        0xA9, 0x00, 0x48,   //       LDA #<loop, PHA
        0x48,               //       PHA: I is clear
        0x40,               //       RTI
    ];
    let acknowledge = [0xE6, 0x12, 0x2C, 0x15, 0x40, 0x40]; // INC $12, BIT $4015, RTI
    let code = [&WARM_UP[..], &RENDER, &NMI_ON, &ASSERT_FRAME, &[0x4C, 0x00, 0x90]].concat();
    let program = Program::new(&code).with(0x1000, &wait).nmi(&COUNT_NMIS).irq(&acknowledge);
    let machine = compare("SEI, RTI", &program, 12, 0);
    assert!(machine.ram()[0x12] > 6, "{} IRQs", machine.ram()[0x12]);
    let mut other = program.machine(&machine.options().clone().idle_skip(Some(true)));
    trace(&mut other, 12);
    assert!(other.idle_skipped_cycles() > 0);
}

/// $4015 is steady while no read of it acknowledges an IRQ, and until its bits change.
#[test]
fn polls_of_4015_are_skipped() {
    #[rustfmt::skip]
    let set_ups: [(&str, &[u8], u8); 5] = [
        ("frame IRQ", &[0xA9, 0x00, 0x8D, 0x17, 0x40], 0x40),
        ("pulse 1", &[0xA9, 0x01, 0x8D, 0x15, 0x40, 0xA9, 0x18, 0x8D, 0x03, 0x40], 0x01),
        ("noise", &[0xA9, 0x08, 0x8D, 0x15, 0x40, 0x8D, 0x0F, 0x40], 0x08),
        ("DMC", &ASSERT_DMC[..15], 0x10),
        ("DMC, looping", &[0xA9, 0x4F, 0x8D, 0x10, 0x40, 0xA9, 0x10, 0x8D, 0x15, 0x40], 0x10),
    ];
    let mut skipped = [0; 4];
    for (name, set_up, bit) in set_ups {
        #[rustfmt::skip]
        let polls: [(&str, &[u8]); 4] = [
            ("LDA, AND, BEQ", &[0xAD, 0x15, 0x40, 0x29, bit, 0xF0, 0xF9]),
            ("LDA, AND, BNE", &[0xAD, 0x15, 0x40, 0x29, bit, 0xD0, 0xF9]),
            // Bit 5 comes from the data bus: $15 or $40, or what the dummy read of $4015 itself has left there.
            ("LDX #0, LDA $4015,X, AND, BEQ", &[0xA2, 0x00, 0xBD, 0x15, 0x40, 0x29, bit | 0x20, 0xF0, 0xF7]),
            ("LDX #$20, LDA $40F5,X, AND, BEQ", &[0xA2, 0x20, 0xBD, 0xF5, 0x40, 0x29, bit | 0x20, 0xF0, 0xF7]),
        ];
        for (number, (poll, code)) in polls.into_iter().enumerate() {
            for cycles in [0, 2, 3] {
                let back = -5 - code.len() as i8;
                let count = [0xE6, 0x11, 0xB8, 0x50, back as u8]; // INC $11, CLV, BVC
                let code = [&WARM_UP[..], &RENDER, set_up, &delay(cycles), code, &count].concat();
                let program = Program::new(&code);
                let machine = compare(&format!("{name}, {poll}"), &program, 10, 0);
                let mut other = program.machine(&machine.options().clone().idle_skip(Some(true)));
                trace(&mut other, 10);
                skipped[number] += other.idle_skipped_cycles() * 100 / other.cycle();
            }
        }
    }
    // $4115 is open bus, which is not steady.
    assert!(skipped[..3].iter().all(|&percent| percent > 200) && skipped[3] == 0, "{skipped:?}");
}

/// Polling a register with side effects is not idle.
#[test]
fn polls_with_side_effects_are_not_skipped() {
    for register in [0x2004_u16, 0x2007, 0x2000, 0x4016, 0x5000] {
        let [low, high] = register.to_le_bytes();
        let code = [&WARM_UP[..], &RENDER, &[0xB8, 0xCD, low, high, 0x50, 0xFB]].concat(); // CLV, CMP, BVC
        let program = Program::new(&code);
        let machine = compare(&format!("CMP ${register:04X}"), &program, 8, 0);
        let mut other = program.machine(&machine.options().clone().idle_skip(Some(true)));
        trace(&mut other, 8);
        assert_eq!(other.idle_skipped_cycles(), 0, "CMP ${register:04X}");
    }
}

#[test]
fn own_programs_are_the_same_with_idle_skipping() {
    for (name, image) in ROMS {
        let expected = trace(&mut machine(image, &Options::default()), 200);
        for options in skipping() {
            let found = trace(&mut machine(image, &options), 200);
            let same = if options.render { assert_same } else { assert_same_states };
            same(&format!("{name}, {options:?}"), &expected, &found);
        }
    }
}

/// A run ends at the same instruction of the loop as without skipping.
#[test]
fn runs_can_end_in_the_middle_of_an_iteration() {
    let program = Program::new(&[&WARM_UP[..], &RENDER, &NMI_ON, &WAIT_FOR_NMI].concat()).nmi(&COUNT_NMIS);
    let cartridge = program.cartridge();
    let stops = |options: &Options| {
        let mut machine = start(&cartridge, options);
        let mut stops = Vec::new();
        for frame in 0..12 {
            press(&mut machine, frame);
            machine.run_frame_with_pauses(|machine| {
                stops.push((machine.cpu().clone(), machine.state_hash()));
                Some(machine.cycle() + 1 + (machine.cycle() * 7) % 3001)
            });
        }
        stops
    };
    let expected = stops(&Options::default());
    for options in skipping() {
        assert!(stops(&options) == expected, "{options:?}");
    }
}
