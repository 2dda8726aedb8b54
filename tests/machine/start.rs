//! What consoles do at power-on and at Reset (<https://www.nesdev.org/wiki/PPU_power_up_state>).

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use crate::traces::{ROMS, assert_same, machine, trace_with};
use ricojit::options::{Alignment, Engine, JitOptions, Options, Start};
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit::{Machine, Region, State};

/// Cycles before the first instruction.
const RESET_SEQUENCE: u64 = 7;

fn start(program: &Program, start: Start) -> Machine {
    program.machine(&Options::new().start(start))
}

/// LDA #1, STA $2005 for ever: a write every seven cycles, the first in the sixth.
const WRITE: [u8; 8] = [0xA9, 0x01, 0x8D, 0x05, 0x20, 0x4C, 0x02, 0x80];

/// The cycle after the first instruction began in which the last write was ignored.
fn ignored_until(machine: &Machine, before: u64) -> u64 {
    machine.ignored_writes().map_or(0, |ignored| 5 + 7 * (ignored.writes - before - 1))
}

#[test]
fn an_nes_ignores_writes_for_29658_cycles_and_a_pal_nes_for_33132() {
    for (region, cycles) in [(Region::Ntsc, 29_658), (Region::Pal, 33_132)] {
        let mut machine = start(&Program::new(&WRITE).region(region), Start::Nes);
        (0..3).for_each(|_| machine.run_frame());
        let ignored = machine.ignored_writes().expect("the first writes are ignored");
        assert_eq!(ignored.registers().collect::<Vec<_>>(), [0x2005]);
        assert_eq!((ignored.first_frame, ignored.first_cycle), (1, RESET_SEQUENCE + 5));
        let last = ignored_until(&machine, 0);
        assert!((cycles - 9..=cycles).contains(&last), "{region:?}: {last}");

        // Reset begins all of it again, wherever the beam is.
        machine.reset();
        (0..3).for_each(|_| machine.run_frame());
        let last = ignored_until(&machine, ignored.writes);
        assert!((cycles - 9..=cycles).contains(&last), "{region:?}, after Reset: {last}");

        machine.power();
        assert_eq!(machine.ignored_writes(), None, "they are counted from power-on");
    }
}

#[test]
fn a_famicom_never_ignores_a_write_and_a_warm_console_only_after_reset() {
    for region in [Region::Ntsc, Region::Pal, Region::Dendy] {
        for (kind, after_reset) in [(Start::Famicom, false), (Start::Warm, true)] {
            let mut machine = start(&Program::new(&WRITE).region(region), kind);
            (0..3).for_each(|_| machine.run_frame());
            assert_eq!(machine.ignored_writes(), None, "{kind:?}");
            machine.reset();
            (0..3).for_each(|_| machine.run_frame());
            assert_eq!(machine.ignored_writes().is_some(), after_reset, "{kind:?} after Reset");
        }
    }
}

#[test]
fn writes_of_zero_are_not_counted() {
    // STX $2000, STX $2001, STX $2006: X is 0.
    let program = Program::new(&[&[0x8E, 0x00, 0x20, 0x8E, 0x01, 0x20, 0x8E, 0x06, 0x20][..], &FOREVER].concat());
    let mut machine = start(&program, Start::Nes);
    machine.run_frame();
    assert_eq!(machine.ignored_writes(), None);
}

/// Stores $2002 in $10, and then counts in $12 and $13 how often it is read until the vblank flag comes.
#[rustfmt::skip]
const FIRST_VBLANK: [u8; 29] = [
    0xAD, 0x02, 0x20, 0x85, 0x10,       //       LDA $2002, STA $10
    0xA9, 0x00, 0x85, 0x12, 0x85, 0x13, //       LDA #0, STA $12, STA $13
    0xE6, 0x12, 0xD0, 0x02, 0xE6, 0x13, // loop: INC $12, BNE +2, INC $13
    0xAD, 0x02, 0x20, 0x29, 0x80,       //       LDA $2002, AND #$80
    0xF0, 0xF3,                         //       BEQ loop
    0xE6, 0x14,                         //       INC $14
    0xB8, 0x50, 0xFE,                   //       CLV, BVC self
];

/// The vblank flag at the start, and the cycles until it comes (again).
fn first_vblank(machine: &Machine) -> (u8, u64) {
    let count = u64::from(machine.ram()[0x12]) | u64::from(machine.ram()[0x13]) << 8;
    // 17 cycles for each, four more for every 256th, which has no taken branch but a second INC.
    (machine.ram()[0x10] & 0x80, 15 + 17 * count + 4 * (count / 256))
}

#[test]
fn the_vblank_flag_is_set_at_the_start_of_a_warm_console_only() {
    // From the first line to the flag; from the flag to the flag.
    for (kind, flag, cycles) in [(Start::Nes, 0, 27_384), (Start::Famicom, 0, 27_384), (Start::Warm, 0x80, 29_781)] {
        let mut machine = start(&Program::new(&FIRST_VBLANK), kind);
        (0..3).for_each(|_| machine.run_frame());
        let (found, time) = first_vblank(&machine);
        assert_eq!(found, flag, "{kind:?}");
        assert!(time.abs_diff(cycles) < 20, "{kind:?}: {time}");
    }
}

#[test]
fn reset_of_an_nes_begins_at_the_first_line_and_keeps_the_vblank_flag() {
    let mut machine = start(&Program::new(&FIRST_VBLANK), Start::Nes);
    (0..3).for_each(|_| machine.run_frame());
    // The state in vblank, which begins a line after the picture ends.
    let (mut cycle, mut state) = (None, Vec::new());
    machine.run_frame_with_pauses(|machine| {
        let due = *cycle.get_or_insert(machine.cycle() + 500);
        if state.is_empty() && machine.cycle() >= due {
            state = machine.save();
        }
        (machine.cycle() < due).then_some(due)
    });
    assert_eq!(machine.ram()[0x10] & 0x80, 0);
    machine.load(&state).expect("it is the state of this machine");
    machine.reset();
    (0..3).for_each(|_| machine.run_frame());
    let (flag, time) = first_vblank(&machine);
    assert_eq!(flag, 0x80);
    assert!(time.abs_diff(27_384) < 20, "{time}");
}

/// The cycles from `start` on in which each NMI of some frames was counted in $20.
fn nmis(machine: &mut Machine, start: u64) -> Vec<u64> {
    let (mut cycles, mut count) = (Vec::new(), machine.ram()[0x20]);
    for _ in 0..24 {
        machine.run_frame_with_pauses(|machine| {
            if machine.ram()[0x20] != count {
                count = machine.ram()[0x20];
                cycles.push(machine.cycle() - start);
            }
            Some(machine.cycle() + 1)
        });
    }
    cycles
}

/// The loop takes nine dots and a frame one less than a multiple of nine: of nine NMIs, a dot moves one.
#[test]
fn reset_keeps_the_alignment() {
    let nmi_on = [0xA9, 0x80, 0x8D, 0x00, 0x20]; // LDA #$80, STA $2000
    let program = Program::new(&[&WARM_UP[..], &nmi_on, &FOREVER].concat()).nmi(&[0xE6, 0x20, 0x40]); // INC $20, RTI
    for alignment in Alignment::all(Region::Ntsc) {
        let mut machine = program.machine(&Options::new().alignment(alignment));
        let start = machine.cycle();
        let after_power_on = nmis(&mut machine, start);
        assert!(after_power_on.len() > 18);
        let start = machine.cycle() + 7;
        machine.reset();
        assert_eq!(nmis(&mut machine, start), after_power_on, "{alignment}");
    }
}

#[test]
fn reset_stops_the_ppu_of_an_nes_but_not_that_of_a_famicom() {
    // The program renders when it is started for the first time; RAM keeps that it was: LDA $10, BNE +n, INC $10 ...
    let first = [&[0xE6, 0x10][..], &WARM_UP, &RENDER].concat();
    let code = [&[0xA5, 0x10, 0xD0, first.len() as u8][..], &first, &FOREVER].concat();
    let program = Program::new(&code).chr(0xFF);
    for (kind, goes_on) in [(Start::Nes, false), (Start::Famicom, true), (Start::Warm, false)] {
        let mut machine = start(&program, kind);
        (0..6).for_each(|_| machine.run_frame());
        let picture = machine.frame().clone();
        machine.reset();
        (0..3).for_each(|_| machine.run_frame());
        assert_eq!(machine.ram()[0x10], 1);
        assert_eq!(machine.frame() == &picture, goes_on, "{kind:?}");
    }
}

/// What Reset resets is part of the state.
#[test]
fn a_loaded_state_brings_its_start_along() {
    let program = Program::new(&[&WARM_UP[..], &RENDER, &FOREVER].concat());
    for kind in Start::ALL {
        let mut machine = start(&program, kind);
        (0..5).for_each(|_| machine.run_frame());
        let mut state = State::default();
        machine.snapshot(&mut state);
        let saved = machine.save();
        for other in Start::ALL {
            let mut loaded = start(&program, other);
            loaded.load(&saved).expect("it is the same ROM and region");
            let mut restored = start(&program, other);
            restored.restore(&state).expect("it is the same ROM and region");
            for mut found in [loaded, restored] {
                let mut expected = machine.clone();
                for machine in [&mut found, &mut expected] {
                    machine.reset();
                    (0..3).for_each(|_| machine.run_frame());
                }
                assert_eq!(found.options().start, kind);
                assert_eq!(found.state_hash(), expected.state_hash(), "{kind:?} into {other:?}");
            }
        }
    }
}

#[test]
fn each_start_is_the_same_in_every_configuration() {
    let (plain, switches) = (Options::new(), TestSwitches::new);
    let jit = JitOptions::new().threshold(0).sync(true);
    let ways = [
        ("dot by dot", plain.clone().testing(switches().exact_ppu(true))),
        ("deadline now", plain.clone().testing(switches().deadline(DeadlineMode::Now))),
        ("random deadlines", plain.clone().testing(switches().deadline(DeadlineMode::Random(3)))),
        ("jit", plain.clone().engine(Engine::Jit).jit(jit)),
    ];
    let ways = ways.into_iter().filter(|(_, options)| options.engine.is_built()).collect::<Vec<_>>();
    for (name, image) in ROMS {
        for kind in Start::ALL {
            let run = |options: &Options| {
                let mut machine = machine(image, &options.clone().start(kind));
                trace_with(&mut machine, 60, |machine| {
                    match machine.frames() {
                        20 => machine.reset(),
                        40 => machine.power(),
                        _ => {}
                    }
                    machine.run_frame();
                })
            };
            let expected = run(&plain);
            for (way, options) in &ways {
                assert_same(&format!("{name}, {kind:?}, {way}"), &expected, &run(options));
            }
        }
    }
}

/// The PPU begins some dots into the first line. What was shown before is not part of a state.
#[test]
fn reset_leaves_nothing_of_the_last_picture() {
    for (name, image) in ROMS {
        let mut original = machine(image, &Options::new());
        (0..60).for_each(|_| original.run_frame());
        let mut loaded = machine(image, &Options::new());
        (0..30).for_each(|_| loaded.run_frame());
        loaded.load(&original.save()).expect("it is the same ROM");
        loaded.set_render(false);
        for machine in [&mut original, &mut loaded] {
            machine.run_frame();
            machine.reset();
            machine.set_render(true);
        }
        let [expected, found] = [original, loaded].map(|mut machine| {
            machine.run_frame();
            machine.frame().clone()
        });
        assert!(found == expected, "{name}");
    }
}

/// States inside of lines, in which sprites are being evaluated or fetched.
#[test]
fn reset_in_the_middle_of_a_line_is_the_same_dot_by_dot() {
    for (name, image) in ROMS {
        let mut original = machine(image, &Options::new());
        (0..30).for_each(|_| original.run_frame());
        let (first, mut states) = (original.cycle(), Vec::new());
        original.run_frame_with_pauses(|machine| {
            states.push(machine.save());
            Some(first + 1009 * states.len() as u64)
        });
        for (number, state) in states.iter().enumerate() {
            let run = |exact| {
                let options = Options::new().testing(TestSwitches::new().exact_ppu(exact));
                let mut machine = machine(image, &options);
                machine.load(state).expect("it is a state of this ROM");
                machine.reset();
                trace_with(&mut machine, 4, Machine::run_frame)
            };
            assert_same(&format!("{name}, state {number}"), &run(true), &run(false));
        }
    }
}

/// Reset takes the picture away. Its backdrop is the colour of a picture at power-on, so until rendering is on again no line
/// changes: only Reset itself can tell that the lines of before are no longer there.
#[test]
fn what_was_drawn_before_reset_is_drawn_again() {
    // Solid tiles of colour $16 on a backdrop of $00.
    let set = |value: u8, low: u8| [0xA9, value, 0x8D, low, 0x20];
    let colours = [set(0x3F, 6), set(0x00, 6), set(0x00, 7), set(0x3F, 6), set(0x03, 6), set(0x16, 7)].concat();
    let scroll = [set(0x00, 6), set(0x00, 6), set(0x00, 5), set(0x00, 5)].concat();
    let code = [&WARM_UP[..], &colours, &scroll, &RENDER, &FOREVER].concat();
    let program = Program::new(&code).chr(0xFF);
    for exact in [false, true] {
        let mut machine = program.machine(&Options::new().testing(TestSwitches::new().exact_ppu(exact)));
        (0..8).for_each(|_| machine.run_frame());
        let before = machine.frame().clone();
        assert_eq!(before.pixels()[100 * 256 + 128], 0x16);
        machine.reset();
        (0..8).for_each(|_| machine.run_frame());
        assert!(before == *machine.frame(), "exact: {exact}");
    }
}
