//! Searches for the best input: clones the machine, continues with different buttons, keeps the best.
//!
//! ```text
//! cargo run --release --example search
//! ```
//!
//! In the demo of this repository, B throws one of three sparks, which flies to the right edge and is then available again.
//! What throws the most in 120 frames? Holding B throws one. Mashing B throws more, and walking to the right at the same
//! time still more, because the way to the edge gets shorter. The search does not know this: it has an address in RAM, four
//! moves, and the goal to maximise the value.

use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::{Buttons, Pad};
use std::cmp::Reverse;
use std::collections::HashSet;

const DEMO: &[u8] = include_bytes!("../roms/demo.nes");

/// Sparks thrown, two BCD digits (`roms/README.md`).
const SPARKS: usize = 0x3D;

/// The frame from which on the demo reads the pad.
const START: u64 = 10;

/// The moves, each for [`STEP`] frames. Among equally good ones the first wins.
const MOVES: [Buttons; 4] = [Buttons(Buttons::RIGHT.0 | Buttons::B.0), Buttons::RIGHT, Buttons::B, Buttons::NONE];
const STEP: u64 = 4;
const STEPS: u64 = 30;

/// The machines that are kept after each step.
const BEAM: usize = 6;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = start()?;
    let best = search(&start, sparks, STEPS);
    let names = |buttons: &Buttons| match *buttons {
        Buttons::NONE => "-",
        Buttons::B => "B",
        Buttons::RIGHT => "right",
        _ => "right+B",
    };
    let moves: Vec<&str> = best.moves.iter().map(names).collect();
    println!("{} sparks in {} frames, {STEP} frames each of", sparks(&best.machine), STEPS * STEP);
    println!("{}", moves.join(" "));
    Ok(())
}

/// The demo after its start. Sound is not needed, so it is off.
fn start() -> Result<Machine, Box<dyn std::error::Error>> {
    let options = Options::new().without_sound();
    let mut machine = Machine::new(&Cartridge::load(DEMO)?, &options)?;
    (0..START).for_each(|_| machine.run_frame());
    Ok(machine)
}

fn sparks(machine: &Machine) -> u32 {
    let bcd = u32::from(machine.ram()[SPARKS]);
    (bcd >> 4) * 10 + (bcd & 15)
}

/// A machine and the moves that led to its state.
#[derive(Clone)]
struct Path {
    machine: Machine,
    moves: Vec<Buttons>,
}

impl Path {
    /// The state after one more move.
    fn then(&self, buttons: Buttons) -> Self {
        let mut path = self.clone();
        path.moves.push(buttons);
        path.machine.set_buttons(Pad::One, buttons);
        (0..STEP).for_each(|_| path.machine.run_frame());
        path
    }
}

/// A beam search: tries all moves from each of the best machines so far, drops machines with a known state, and keeps the
/// best.
fn search(start: &Machine, score: impl Fn(&Machine) -> u32, steps: u64) -> Path {
    let mut beam = vec![Path { machine: start.clone(), moves: Vec::new() }];
    for _ in 0..steps {
        let mut states = HashSet::new();
        let mut next: Vec<Path> = beam
            .iter()
            .flat_map(|path| MOVES.map(|buttons| path.then(buttons)))
            .filter_map(|path| states.insert(path.machine.state_hash()).then_some(path))
            .collect();
        next.sort_by_key(|path| Reverse(score(&path.machine)));
        next.truncate(BEAM);
        beam = next;
    }
    beam.swap_remove(0)
}

/// Plays a list of moves.
#[cfg(test)]
fn replay(start: &Machine, moves: impl IntoIterator<Item = Buttons>) -> Machine {
    let start = Path { machine: start.clone(), moves: Vec::new() };
    moves.into_iter().fold(start, |path, buttons| path.then(buttons)).machine
}

#[test]
fn the_search_beats_mashing() {
    let start = start().unwrap();
    let held = replay(&start, (0..STEPS).map(|_| Buttons::B));
    let mashed = replay(&start, (0..STEPS).map(|step| MOVES[2 + (step % 2) as usize]));
    let walked = replay(&start, (0..STEPS).map(|step| MOVES[(step % 2) as usize]));
    let best = search(&start, sparks, STEPS);
    assert_eq!(sparks(&held), 1);
    let found = sparks(&best.machine);
    assert!(found > sparks(&mashed) && found > sparks(&walked), "{found}");
    // The moves give the same result again.
    assert_eq!(replay(&start, best.moves.iter().copied()).state_hash(), best.machine.state_hash());
}
