//! The same ROM, options and input give the same states, pictures and samples, however the run is cut, asked,
//! copied or threaded (contract H).

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

/// The run everything else is compared with.
fn plain(image: &[u8], frames: u64) -> Vec<crate::traces::Moment> {
    trace(&mut machine(image, &Options::default()), frames)
}

fn deadlines_do_not_matter(rom: usize) {
    let (name, image) = ROMS[rom];
    let expected = plain(image, FRAMES);
    for deadline in [DeadlineMode::Now, DeadlineMode::Random(1), DeadlineMode::Random(0xC0FFEE)] {
        let found = trace(&mut machine(image, &Options::new().testing(TestSwitches::new().deadline(deadline))), FRAMES);
        assert_same(&format!("{name}, deadline {deadline:?}"), &expected, &found);
    }
}

// One test for each program, because each takes seconds.

#[test]
fn deadlines_do_not_matter_to_demo() {
    deadlines_do_not_matter(0);
}

#[test]
fn deadlines_do_not_matter_to_cpu() {
    deadlines_do_not_matter(1);
}

#[test]
fn deadlines_do_not_matter_to_sprites() {
    deadlines_do_not_matter(2);
}

#[test]
fn deadlines_do_not_matter_to_banks() {
    deadlines_do_not_matter(3);
}

#[test]
fn the_comparison_sees_one_button() {
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
fn the_same_again_and_on_other_threads() {
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
fn a_clone_goes_on_as_the_original_does() {
    for (name, image) in ROMS {
        let mut original = machine(image, &Options::default());
        trace(&mut original, 100);
        let mut clone = original.clone();
        let expected = trace(&mut original, 60);
        assert_same(name, &expected, &trace(&mut clone, 60));
    }
}

#[test]
fn sound_does_not_matter_to_the_state() {
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

/// In every frame, between which most of the lines are done at once; and chopped, so that lines are cut anywhere.
#[test]
fn pictures_do_not_matter_to_the_state() {
    for (name, image) in ROMS {
        let expected = plain(image, FRAMES);
        let blind = Options::new().render(false);
        for options in [&blind, &blind.clone().testing(TestSwitches::new().exact_ppu(true))] {
            let mut machine = machine(image, options);
            assert_same_states(&format!("{name}, {options:?}"), &expected, &trace(&mut machine, FRAMES));
            assert!(machine.frame().pixels().iter().all(|&pixel| pixel == 0), "{name}: no picture was asked for");
            // A frame has 240 lines and the pre-render line; most programs show something most of the time.
            let share = machine.catch_ups().line_dots * 100 / (FRAMES * 241 * 341);
            assert_eq!(share > 50, !options.switches().exact_ppu, "{name}: {share} % of the lines were done at once");
        }
        let mut machine = machine(image, &blind);
        let mut random = Random::new(3);
        let found = trace_with(&mut machine, FRAMES, |machine| run_chopped(machine, &mut random));
        assert_same_states(&format!("{name}, chopped and without picture"), &expected, &found);
    }
}

/// Runs a frame with pauses at random cycles. In each everything is brought up to date and hashed, and now and then
/// the machine is replaced by its clone. In every twentieth frame pauses are a few instructions apart.
fn run_chopped(machine: &mut Machine, random: &mut Random) {
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
fn chopping_a_run_changes_nothing() {
    for (name, image) in ROMS {
        let expected = plain(image, FRAMES);
        for seed in [1, 2] {
            let mut random = Random::new(seed);
            let mut machine = machine(image, &Options::default());
            let found = trace_with(&mut machine, FRAMES, |machine| run_chopped(machine, &mut random));
            assert_same(&format!("{name}, chopped with seed {seed}"), &expected, &found);
        }
    }
}

#[test]
fn a_thousand_machines_live_in_one_process() {
    const MACHINES: usize = 1000;
    let cartridge = Cartridge::load(ROMS[0].1).expect("our own images are well-formed");
    let mut machines: Vec<Machine> = (0..MACHINES)
        .map(|_| Machine::new(&cartridge, &Options::default()).expect("and on supported boards"))
        .collect();
    // They share the ROM: one reference in the cartridge of each, one in its memory, and ours.
    assert_eq!(Arc::strong_count(&cartridge.prg_rom), 2 * MACHINES + 1);
    assert_eq!(Arc::strong_count(&cartridge.chr_rom), 2 * MACHINES + 1);
    // They take turns, and those in the same seat modulo 100 do the same.
    for _ in 0..2 {
        for (seat, machine) in machines.iter_mut().enumerate() {
            press(machine, seat as u64 % 100);
            machine.run_frame();
        }
    }
    let hashes: Vec<u128> = machines.iter().map(Machine::state_hash).collect();
    for (seat, hash) in hashes.iter().enumerate() {
        assert_eq!(*hash, hashes[seat % 100], "machine {seat}");
    }
    // Buttons change every five seats.
    assert_ne!(hashes[0], hashes[5]);
}

/// Leaving pictures out now and then changes neither the others nor anything else.
#[test]
fn pictures_can_be_left_out_at_any_time() {
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
