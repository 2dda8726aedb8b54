//! Power, reset, JAM, the lengths of frames, and the pads.

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use crate::traces::{ROMS, assert_same, machine, press, trace, trace_with};
use ricojit::Machine;
use ricojit::Options;
use ricojit::Region;
use ricojit::{Buttons, Pad};

/// Jams the CPU. Every cycle is then a step, so that frames end at their exact cycle.
const JAM: u8 = 0x02;

fn run(machine: &mut Machine, frames: usize) {
    (0..frames).for_each(|_| machine.run_frame());
}

/// <https://www.nesdev.org/wiki/PPU_power_up_state>: about 27,384 cycles after the first instruction.
#[test]
fn the_first_vblank_has_the_timing_of_a_console() {
    let mut machine = Program::new(&[JAM]).machine(&Options::default());
    run(&mut machine, 1);
    let (reset, line) = (7, 342 / 3);
    let vblank = machine.cycle() + line - reset;
    assert!((27_384..=27_385).contains(&vblank), "after {vblank} cycles");
}

#[test]
fn power_restores_the_power_on_state() {
    for (name, image) in ROMS {
        let mut fresh = machine(image, &Options::default());
        let mut used = fresh.clone();
        trace(&mut used, 90);
        used.reset();
        used.power();
        for pad in [Pad::One, Pad::Two] {
            used.set_buttons(pad, Buttons::NONE);
        }
        assert_eq!((used.frames(), used.cycle()), (90, fresh.cycle()), "{name}: the count of frames goes on");
        assert_eq!(used.state_hash(), fresh.state_hash(), "{name}");
        let found = trace_with(&mut used, 90, |machine| {
            press(machine, machine.frames() - 90);
            machine.run_frame();
        });
        assert_same(name, &trace(&mut fresh, 90), &found);
    }
}

#[test]
fn power_keeps_battery_ram_and_held_buttons() {
    // INC $6000, INC $0010
    let program = Program::new(&[&[0xEE, 0x00, 0x60, 0xE6, 0x10], &FOREVER[..]].concat()).battery();
    let mut machine = program.machine(&Options::default());
    run(&mut machine, 2);
    machine.set_buttons(Pad::Two, Buttons::A);
    machine.power();
    let mut fresh = program.machine(&Options::default());
    fresh.set_buttons(Pad::Two, Buttons::A);
    assert_ne!(machine.state_hash(), fresh.state_hash(), "the battery is part of the state");
    fresh.load_battery(&[1]);
    assert_eq!(machine.state_hash(), fresh.state_hash());
    run(&mut machine, 2);
    assert_eq!((machine.battery().map(|ram| ram[0]), machine.ram()[0x10]), (Some(2), 1));
}

#[test]
fn reset_keeps_ram_and_time() {
    let mut machine = Program::new(&[&[0xE6, 0x10], &FOREVER[..]].concat()).machine(&Options::default());
    run(&mut machine, 3);
    let (cycle, stack) = (machine.cycle(), machine.cpu().s);
    machine.reset();
    assert_eq!(machine.ram()[0x10], 1, "reset waits for the next frame");
    run(&mut machine, 1);
    assert_eq!(machine.ram()[0x10], 2);
    assert_eq!(machine.cpu().s, stack.wrapping_sub(3));
    assert_eq!(machine.frames(), 4);
    assert!((27_270..27_285).contains(&(machine.cycle() - cycle)), "240 lines: the PPU begins with the first");
    run(&mut machine, 1);
    assert_eq!(machine.ram()[0x10], 2, "the button is pressed once");
}

#[test]
fn time_passes_for_a_jammed_cpu_until_reset() {
    // INC $10, NMI on, JAM; the handler: INC $11, RTI
    let code = [&WARM_UP[..], &[0xE6, 0x10, 0xA9, 0x80, 0x8D, 0x00, 0x20, JAM]].concat();
    let mut machine = Program::new(&code).nmi(&[0xE6, 0x11, 0x40]).machine(&Options::default());
    run(&mut machine, 20);
    assert!(machine.jammed());
    assert_eq!((machine.ram()[0x10], machine.ram()[0x11]), (1, 0));
    assert_eq!(machine.frames(), 20);
    assert!(machine.samples().len() > 700);
    machine.reset();
    run(&mut machine, 1);
    assert!(!machine.jammed());
    run(&mut machine, 3);
    assert_eq!((machine.ram()[0x10], machine.jammed()), (2, true));
}

/// The cycles of `N` frames after the first six.
fn frame_lengths<const N: usize>(code: &[u8], region: Region) -> [u64; N] {
    let mut machine = Program::new(code).machine(&Options::new().region(Some(region)));
    run(&mut machine, 6);
    [(); N].map(|()| {
        let before = machine.cycle();
        machine.run_frame();
        machine.cycle() - before
    })
}

#[test]
fn frames_have_the_cycles_of_their_region() {
    let off = [JAM].to_vec();
    let on = [&WARM_UP[..], &RENDER, &[JAM]].concat();
    let sum = |lengths: [u64; 6]| lengths.iter().sum::<u64>();

    // 341 x 262 dots are 29,780 2/3 cycles. With rendering on, every other frame is a dot shorter.
    let ntsc = frame_lengths(&off, Region::Ntsc);
    assert!(sum(ntsc) == 6 * 341 * 262 / 3 && ntsc.iter().all(|n| matches!(n, 29_780 | 29_781)), "{ntsc:?}");
    let ntsc = frame_lengths(&on, Region::Ntsc);
    assert!(matches!(ntsc[0], 29_780 | 29_781));
    let [even, odd] = [ntsc[0], 59_561 - ntsc[0]];
    assert_eq!(ntsc, [even, odd, even, odd, even, odd]);

    for code in [&off, &on] {
        let pal = frame_lengths(code, Region::Pal);
        assert!(sum(pal) == 6 * 66_495 / 2 && pal.iter().all(|n| matches!(n, 33_247 | 33_248)), "{pal:?}");
        assert_eq!(frame_lengths(code, Region::Dendy), [35_464; 6]);
    }
}

/// Counts in $11 how often button A was pressed, and in $12 how often not.
#[rustfmt::skip]
const POLL: [u8; 23] = [
    0xA2, 0x01, 0x8E, 0x16, 0x40,   // loop: LDX #1, STX $4016
    0xCA, 0x8E, 0x16, 0x40,         //       DEX, STX $4016
    0xAD, 0x16, 0x40,               //       LDA $4016
    0x4A, 0x90, 0x04,               //       LSR A, BCC not
    0xE6, 0x11,                     //       INC $11
    0x50, 0xED,                     //       BVC loop
    0xE6, 0x12,                     // not:  INC $12
    0x50, 0xE9,                     //       BVC loop
];

#[test]
fn buttons_change_at_the_start_of_a_frame() {
    let mut machine = Program::new(&POLL).machine(&Options::default());
    // The polls of one frame: pressed, not pressed (modulo 256).
    let mut frame = |pressed: &[Buttons]| {
        let before = [machine.ram()[0x11], machine.ram()[0x12]];
        pressed.iter().for_each(|&buttons| machine.set_buttons(Pad::One, buttons));
        machine.set_buttons(Pad::Two, Buttons::A);
        machine.run_frame();
        [machine.ram()[0x11].wrapping_sub(before[0]), machine.ram()[0x12].wrapping_sub(before[1])]
    };
    frame(&[]);
    assert_eq!(frame(&[])[0], 0);
    // A poll across the start of the frame may still read the buttons of the last frame.
    assert!(frame(&[Buttons::A])[1] <= 1);
    let [pressed, not_pressed] = frame(&[Buttons::B, Buttons::A]);
    assert!(pressed > 0 && not_pressed == 0, "only the last buttons count: {pressed}, {not_pressed}");
    assert!(frame(&[Buttons::A, Buttons::START])[0] <= 1);
    assert_eq!(frame(&[])[0], 0);
}
