//! The same ROM, options and input give the same states, pictures and samples, however the run is split, inspected,
//! cloned or moved between threads.

use crate::random::Random;
use crate::traces::{ROMS, assert_same, assert_same_states, machine, press, trace, trace_with};
use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::SampleRate;
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit::{Buttons, Pad};
use std::sync::Arc;

const FRAMES: u64 = 300;

/// The reference run.
fn plain(image: &[u8], frames: u64) -> Vec<crate::traces::Moment> {
    trace(&mut machine(image, &Options::default()), frames)
}

fn compare_deadlines(rom: usize) {
    let (name, image) = ROMS[rom];
    let expected = plain(image, FRAMES);
    for deadline in [DeadlineMode::Now, DeadlineMode::Random(1), DeadlineMode::Random(0xC0FFEE)] {
        let found = trace(&mut machine(image, &Options::new().testing(TestSwitches::new().deadline(deadline))), FRAMES);
        assert_same(&format!("{name}, deadline {deadline:?}"), &expected, &found);
    }
}

// One test per program, because each takes seconds.

#[test]
fn states_of_demo_do_not_depend_on_deadlines() {
    compare_deadlines(0);
}

#[test]
fn states_of_cpu_do_not_depend_on_deadlines() {
    compare_deadlines(1);
}

#[test]
fn states_of_sprites_do_not_depend_on_deadlines() {
    compare_deadlines(2);
}

#[test]
fn states_of_banks_do_not_depend_on_deadlines() {
    compare_deadlines(3);
}

#[test]
fn the_comparison_notices_one_button() {
    let (_, image) = ROMS[0];
    let expected = plain(image, 40);
    let found = trace_with(&mut machine(image, &Options::default()), 40, |machine| {
        if machine.frames() == 39 {
            machine.set_buttons(Pad::Two, Buttons::START);
        }
        machine.run_frame();
    });
    assert!(expected[..39] == found[..39] && expected[39] != found[39]);
}

#[test]
fn a_second_run_and_runs_on_threads_are_the_same() {
    for (name, image) in ROMS {
        let expected = plain(image, 120);
        assert_same(&format!("{name} again"), &expected, &plain(image, 120));
        let both = std::thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(|| plain(image, 120)));
            threads.map(|thread| thread.join().expect("the run does not panic"))
        });
        for found in both {
            assert_same(&format!("{name} on a thread"), &expected, &found);
        }
    }
}

#[test]
fn a_clone_continues_like_the_original() {
    for (name, image) in ROMS {
        let mut original = machine(image, &Options::default());
        trace(&mut original, 100);
        let mut clone = original.clone();
        let expected = trace(&mut original, 60);
        assert_same(name, &expected, &trace(&mut clone, 60));
    }
}

#[test]
fn the_state_does_not_depend_on_sound() {
    for (name, image) in ROMS {
        let expected = plain(image, 150);
        for sample_rate in [None, Some(SampleRate::Hz48000), Some(SampleRate::Hz96000)] {
            let mut machine = machine(image, &Options::new().sample_rate(sample_rate));
            let found = trace(&mut machine, 150);
            assert_same_states(&format!("{name}, {sample_rate:?}"), &expected, &found);
            assert_eq!(machine.samples().is_empty(), sample_rate.is_none());
        }
    }
}

/// In uninterrupted frames, where most lines use the batch path; and with pauses, which split lines anywhere.
#[test]
fn the_state_does_not_depend_on_pictures() {
    for (name, image) in ROMS {
        let expected = plain(image, FRAMES);
        let blind = Options::new().render(false);
        for options in [&blind, &blind.clone().testing(TestSwitches::new().exact_ppu(true))] {
            let mut machine = machine(image, options);
            assert_same_states(&format!("{name}, {options:?}"), &expected, &trace(&mut machine, FRAMES));
            assert!(machine.frame().pixels().iter().all(|&pixel| pixel == 0), "{name}: pictures are off");
            // A frame has 240 lines and the pre-render line; most programs render most of the time.
            let share = machine.catch_ups().line_dots * 100 / (FRAMES * 241 * 341);
            assert_eq!(share > 50, !options.switches().exact_ppu, "{name}: {share} % of the lines used the batch path");
        }
        let mut machine = machine(image, &blind);
        let mut random = Random::new(3);
        let found = trace_with(&mut machine, FRAMES, |machine| run_with_random_pauses(machine, &mut random));
        assert_same_states(&format!("{name}, with pauses and without pictures"), &expected, &found);
    }
}

/// Runs a frame with pauses at random cycles. Each pause catches up all chips and hashes the state; some replace the machine
/// by its clone. In every twentieth frame the pauses are a few instructions apart.
fn run_with_random_pauses(machine: &mut Machine, random: &mut Random) {
    let most = if machine.frames() % 20 == 7 { 40 } else { 8000 };
    machine.run_frame_with_pauses(|machine| {
        machine.state_hash();
        if random.below(4) == 0 {
            *machine = machine.clone();
        }
        Some(machine.cycle() + random.below(most))
    });
}

#[test]
fn pauses_change_nothing() {
    for (name, image) in ROMS {
        let expected = plain(image, FRAMES);
        for seed in [1, 2] {
            let mut random = Random::new(seed);
            let mut machine = machine(image, &Options::default());
            let found = trace_with(&mut machine, FRAMES, |machine| run_with_random_pauses(machine, &mut random));
            assert_same(&format!("{name}, pauses with seed {seed}"), &expected, &found);
        }
    }
}

#[test]
fn a_thousand_machines_run_in_one_process() {
    const MACHINES: usize = 1000;
    let cartridge = Cartridge::load(ROMS[0].1).expect("our own images are well-formed");
    let mut machines: Vec<Machine> = (0..MACHINES)
        .map(|_| Machine::new(&cartridge, &Options::default()).expect("and on supported boards"))
        .collect();
    // They share the ROM: a reference in each cartridge, one in each memory, and ours.
    assert_eq!(Arc::strong_count(&cartridge.prg_rom), 2 * MACHINES + 1);
    assert_eq!(Arc::strong_count(&cartridge.chr_rom), 2 * MACHINES + 1);
    // They take turns, and those with the same number modulo 100 do the same.
    for _ in 0..2 {
        for (number, machine) in machines.iter_mut().enumerate() {
            press(machine, number as u64 % 100);
            machine.run_frame();
        }
    }
    let hashes: Vec<u128> = machines.iter().map(Machine::state_hash).collect();
    for (number, hash) in hashes.iter().enumerate() {
        assert_eq!(*hash, hashes[number % 100], "machine {number}");
    }
    // Buttons change every five machines.
    assert_ne!(hashes[0], hashes[5]);
}

/// Skipping some pictures changes neither the other pictures nor anything else.
#[test]
fn pictures_can_be_skipped_at_any_time() {
    for (name, image) in ROMS {
        let (mut all, mut some) = (machine(image, &Options::default()), machine(image, &Options::default()));
        let mut random = Random::new(1);
        for frame in 0..120 {
            let render = random.below(4) == 0;
            some.set_render(render);
            all.run_frame();
            some.run_frame();
            assert!(!render || all.frame() == some.frame(), "{name}, picture {frame}");
            assert_eq!(all.state_hash(), some.state_hash(), "{name}, state {frame}");
            assert_eq!(all.samples(), some.samples(), "{name}, samples {frame}");
        }
    }
}
