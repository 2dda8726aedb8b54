//! Runs many machines, each with its own buttons, on all CPUs, as a search or a reinforcement learner does.
//!
//! ```text
//! cargo run --release --example many [MACHINES]
//! ```
//!
//! All are clones of one machine, so they share the ROM and the compiled code; [`Machine::bytes`] is the memory that each adds.
//! A step sets the buttons of each machine, runs it for a few frames and reads the result. Here they play the demo of this
//! repository for ten seconds, and each robot walks about at random.

use ricojit::Machine;
use ricojit::Options;
use ricojit::{Buttons, Pad};
use ricojit::{Cartridge, Engine};
use std::error::Error;
use std::thread;

const DEMO: &[u8] = include_bytes!("../roms/demo.nes");

/// The position of the robot in the RAM of the demo (`roms/README.md`).
const ROBOT_X: usize = 0x34;

/// The default number of machines.
const MACHINES: usize = 32;

/// Frames per step, and the number of steps.
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

/// The machine to clone. Pictures and sound are not needed, so they are off.
fn start() -> Result<Machine, Box<dyn std::error::Error>> {
    let engine = if Engine::Jit.is_built() { Engine::Jit } else { Engine::Interpreter };
    let options = Options::new().without_sound().render(false).engine(engine);
    Ok(Machine::new(&Cartridge::load(DEMO)?, &options)?)
}

/// Pseudo-random buttons.
fn random(index: usize, number: u64) -> Buttons {
    let mixed = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_mul(2 * number + 1);
    Buttons((mixed >> 56) as u8 & (Buttons::LEFT | Buttons::RIGHT | Buttons::A).0)
}

/// Runs each machine with its buttons for [`STEP`] frames, on several threads; returns the positions of the robots. The
/// result does not depend on the threads.
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
fn results_do_not_depend_on_threads() {
    let run = |threads| {
        let mut machines = vec![start().unwrap(); 7];
        (0..60).for_each(|number| drop(step(&mut machines, threads, |index| random(index, number))));
        machines.iter().map(Machine::state_hash).collect::<Vec<_>>()
    };
    let alone = run(1);
    assert_eq!(run(2), alone);
    assert_eq!(run(9), alone);
    assert!((1..7).any(|index| alone[index] != alone[0]), "the machines have different buttons");
}
