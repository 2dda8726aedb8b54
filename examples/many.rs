//! Runs many machines at once, each with its own buttons, on all CPUs: what a search or a learner does all the time.
//!
//! ```text
//! cargo run --release --example many [MACHINES]
//! ```
//!
//! All are clones of one machine, so they share the ROM and what the JIT makes of it; what each of them has of its own
//! is [`Machine::bytes`]. A step gives each machine its buttons, runs all for a few frames and reads what came of it.
//! Here they play the demo of this repository for ten seconds, in which each robot walks about as it likes.

use ricojit::Machine;
use ricojit::Options;
use ricojit::{Buttons, Pad};
use ricojit::{Cartridge, Engine};
use std::error::Error;
use std::thread;

const DEMO: &[u8] = include_bytes!("../roms/demo.nes");

/// Where the demo has the robot: its position in the picture (`roms/README.md`).
const ROBOT_X: usize = 0x34;

/// Machines if nobody says.
const MACHINES: usize = 32;

/// Frames for which buttons stay as they are, and how often they change.
const STEP: u64 = 4;
const STEPS: u64 = 150;

fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args().nth(1).map_or(Ok(MACHINES), |text| text.parse())?;
    let threads = thread::available_parallelism()?.get();
    let mut machines = vec![start()?; count];
    let mut places = Vec::new();
    for number in 0..STEPS {
        places = step(&mut machines, threads, |index| random(index, number));
    }
    println!("{count} machines of {} KiB; the robots are at {places:?}", start()?.bytes() / 1024);
    Ok(())
}

/// A machine to clone. Nobody watches or listens, so it makes no picture and no sound.
fn start() -> Result<Machine, Box<dyn std::error::Error>> {
    let engine = if Engine::Jit.is_built() { Engine::Jit } else { Engine::Interpreter };
    let options = Options::new().without_sound().render(false).engine(engine);
    Ok(Machine::new(&Cartridge::load(DEMO)?, &options)?)
}

/// Some buttons.
fn random(index: usize, number: u64) -> Buttons {
    let mixed = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_mul(2 * number + 1);
    Buttons((mixed >> 56) as u8 & (Buttons::LEFT | Buttons::RIGHT | Buttons::A).0)
}

/// Runs each machine with its buttons for [`STEP`] frames, a share of them on each thread, and tells where the robots
/// are. Which thread ran which machine can be seen nowhere.
fn step(machines: &mut [Machine], threads: usize, buttons: impl Fn(usize) -> Buttons + Sync) -> Vec<u8> {
    let share = machines.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        for (part, machines) in machines.chunks_mut(share).enumerate() {
            let buttons = &buttons;
            scope.spawn(move || {
                for (index, machine) in machines.iter_mut().enumerate() {
                    machine.set_buttons(Pad::One, buttons(part * share + index));
                    (0..STEP).for_each(|_| machine.run_frame());
                }
            });
        }
    });
    machines.iter().map(|machine| machine.ram()[ROBOT_X]).collect()
}

#[test]
fn threads_make_no_difference() {
    let run = |threads| {
        let mut machines = vec![start().unwrap(); 7];
        (0..60).for_each(|number| drop(step(&mut machines, threads, |index| random(index, number))));
        machines.iter().map(Machine::state_hash).collect::<Vec<_>>()
    };
    let alone = run(1);
    assert_eq!(run(2), alone);
    assert_eq!(run(9), alone);
    assert!((1..7).any(|index| alone[index] != alone[0]), "each has its own buttons");
}
