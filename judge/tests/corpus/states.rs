//! States of every supported ROM, taken at random frames and at random cycles inside frames, go on as if nothing had
//! happened: on another engine, in a machine that did something else before.
//!
//! ```text
//! original     plays to a random moment ──► save, snapshot ──► goes on
//! loaded       has run something else ───► load ────────────► the same states, samples and pictures
//! restored     has run something else ───► restore ─────────► the same
//! ```
//!
//! `make test` tries every [`SAMPLED`]-th ROM at one moment, `make test-all` all of them at [`MOMENTS`].

use crate::baseline::{Row, rows};
use crate::environment::run_everything;
use crate::random::Random;
use libtest_mimic::{Failed, Trial};
use ricojit::options::JitOptions;
use ricojit::testing::TestSwitches;
use ricojit::{Buttons, Cartridge, Engine, Machine, Options, Pad, State};

/// Moments tried of each ROM, and in `make test`, where every so many-th ROM is tried.
const MOMENTS: u64 = 4;
const FEW_MOMENTS: u64 = 1;
const SAMPLED: usize = 6;

/// A moment is in one of the first frames.
const LATEST: u64 = 900;
/// Frames compared after it, and in `make test`.
const FRAMES: u64 = 600;
const FEW_FRAMES: u64 = 120;

/// Ways to run a machine, each with the name it fails under. Dot by dot is slow, so it is one of many.
const WAYS: [&str; 8] = [
    "interpreter, PPU dot by dot",
    "interpreter",
    "interpreter",
    "jit",
    "jit",
    "jit",
    "jit, threshold 0",
    "jit, threshold 0",
];

fn options(way: &str) -> Options {
    let jit = |jit: JitOptions| Options::new().engine(Engine::Jit).jit(jit);
    match way {
        "interpreter, PPU dot by dot" => Options::new().testing(TestSwitches::new().exact_ppu(true)),
        "jit" if Engine::Jit.is_built() => jit(JitOptions::new()),
        "jit, threshold 0" if Engine::Jit.is_built() => jit(JitOptions::new().threshold(0).sync(true)),
        _ => Options::new(),
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let (step, moments) = if run_everything() { (1, MOMENTS) } else { (SAMPLED, FEW_MOMENTS) };
    // Others than those of the baseline's fast subset.
    let chosen = rows().into_iter().enumerate().skip(1).step_by(step);
    chosen.map(|(number, row)| trial(number as u64, row, moments)).collect()
}

fn trial(number: u64, row: Row, moments: u64) -> Trial {
    row.trial("state", move |rom| {
        let cartridge = Cartridge::load(rom)?;
        let mut random = Random::new(number);
        (0..moments).try_for_each(|_| try_moment(&cartridge, &mut random))
    })
}

/// Any buttons, a few frames each.
fn press(machine: &mut Machine, seed: u64) {
    let mut random = Random::new(seed ^ (machine.frames() / 7));
    machine.set_buttons(Pad::One, Buttons(random.next() as u8 & random.next() as u8));
}

fn try_moment(cartridge: &Cartridge, random: &mut Random) -> Result<(), Failed> {
    let input = random.next();
    let [way, other_way] = [(); 2].map(|()| WAYS[random.below(WAYS.len() as u64) as usize]);
    let frame = random.below(LATEST);
    // Half of the moments are between two frames.
    let cycle = if random.below(2) == 0 { None } else { Some(random.below(29_000)) };
    let what = format!("saved on {way} in frame {frame} at {cycle:?}, loaded on {other_way}");
    let mut original = Machine::new(cartridge, &options(way))?;
    while original.frames() < frame {
        press(&mut original, input);
        original.run_frame();
    }
    press(&mut original, input);
    let (mut file, mut state) = (Vec::new(), State::new());
    let mut take = |machine: &Machine| {
        file = machine.save();
        machine.snapshot(&mut state);
        machine.state_hash()
    };
    let mut hash = take(&original);
    if let Some(cycle) = cycle {
        let at = original.cycle() + cycle;
        original.run_frame_with_pauses(|machine| {
            if machine.cycle() < at {
                return Some(at);
            }
            hash = take(machine);
            None
        });
    }
    // Machines that did something else before.
    let used = || -> Result<Machine, Failed> {
        let mut machine = Machine::new(cartridge, &options(other_way))?;
        for _ in 0..20 {
            press(&mut machine, !input);
            machine.run_frame();
        }
        Ok(machine)
    };
    let (mut loaded, mut restored) = (used()?, used()?);
    loaded.load(&file)?;
    restored.restore(&state)?;
    for machine in [&loaded, &restored] {
        if machine.state_hash() != hash || machine.frames() != frame || machine.save() != file {
            return Err(format!("{what}: a loaded state is another one").into());
        }
    }
    let frames = if run_everything() { FRAMES } else { FEW_FRAMES };
    let mut finish_frame = cycle.is_some();
    // The picture that was interrupted is not in the state. At power-on, the PPU is in line 0 of one.
    let mut interrupted = cycle.is_some() || frame == 0;
    for number in 0..frames {
        if !finish_frame {
            press(&mut original, input);
            original.run_frame();
        }
        for (name, machine) in [("load", &mut loaded), ("restore", &mut restored)] {
            if !finish_frame {
                press(machine, input);
            }
            machine.run_frame();
            let differs = if machine.state_hash() != original.state_hash() {
                "states"
            } else if machine.samples() != original.samples() {
                "samples"
            } else if !interrupted && machine.frame() != original.frame() {
                "pictures"
            } else {
                continue;
            };
            return Err(format!("{what}: {differs} differ {number} frames after {name}").into());
        }
        (finish_frame, interrupted) = (false, false);
    }
    Ok(())
}
