//! The batch path of the PPU in games: it renders nearly all lines, and gives the frames and states of the exact path.

use crate::environment::{corpus, missing, run_everything};
use libtest_mimic::{Failed, Trial};
use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::digest::FrameDigest;
use ricojit::testing::TestSwitches;
use ricojit::{Buttons, Pad};
use std::collections::BTreeSet;
use std::path::Path;

const GAMES: [&str; 7] =
    ["alter_ego", "blade_buster", "from_below", "owlia", "super_painter", "mad_wizard", "assimilate"];

/// Frames in `make test` and `make test-all`.
const FRAMES: u64 = 500;
const MANY_FRAMES: u64 = 6000;
/// The minimum share of lines on the batch path, in percent, after this many frames.
const LEAST_PERCENT: u64 = 95;
const WARMUP: u64 = 100;
/// The minimum number of different pictures: a comparison of equal pictures proves little.
const LEAST_PICTURES: usize = 15;

/// The dots of the visible lines and of the pre-render line.
const FETCHING_DOTS: u64 = 241 * 341;

pub(crate) fn trials() -> Vec<Trial> {
    let trials = GAMES.iter().map(|game| {
        let file = corpus().join(format!("games/tetanes/{game}.nes"));
        match file.exists() {
            true => Trial::test(*game, move || play(&file)),
            false => missing(game, format!("{} is not there", file.display())),
        }
    });
    trials.collect()
}

/// Runs a game on both paths.
fn play(file: &Path) -> Result<(), Failed> {
    let cartridge = Cartridge::load(&std::fs::read(file)?)?;
    let machine = |exact_ppu| {
        Machine::new(&cartridge, &Options::new().without_sound().testing(TestSwitches::new().exact_ppu(exact_ppu)))
    };
    let (mut exact, mut lines, mut some) = (machine(true)?, machine(false)?, machine(false)?);
    let frames = if run_everything() { MANY_FRAMES } else { FRAMES };
    let mut pictures = BTreeSet::new();
    let mut warm = 0;
    for frame in 0..frames {
        // The picture of this frame is not read: it need not be drawn.
        let taken = frame % 3 == 2;
        some.set_render(taken);
        for machine in [&mut exact, &mut lines, &mut some] {
            machine.set_buttons(Pad::One, buttons(frame));
            machine.run_frame();
        }
        if exact.frame() != lines.frame() || exact.state_hash() != lines.state_hash() {
            return Err(format!("frame {frame} differs").into());
        }
        if taken && (some.frame() != lines.frame() || some.state_hash() != lines.state_hash()) {
            return Err(format!("frame {frame} differs if the frames before it are not drawn").into());
        }
        let mut digest = FrameDigest::default();
        digest.update(lines.frame());
        pictures.insert(digest.value());
        if frame + 1 == WARMUP {
            warm = lines.catch_ups().line_dots;
        }
    }
    let percent = (lines.catch_ups().line_dots - warm) * 100 / ((frames - WARMUP) * FETCHING_DOTS);
    println!("{}: {} pictures, {percent} % in lines", file.display(), pictures.len());
    if exact.catch_ups().line_dots != 0 || percent < LEAST_PERCENT || pictures.len() < LEAST_PICTURES {
        return Err(format!("{percent} % in lines, {} pictures", pictures.len()).into());
    }
    Ok(())
}

/// Input that gets through the title screen and then presses buttons.
fn buttons(frame: u64) -> Buttons {
    match frame / 8 % 9 {
        0 => Buttons::START,
        2 => Buttons::A,
        3 | 4 => Buttons::RIGHT,
        6 => Buttons::B,
        7 => Buttons::LEFT,
        _ => Buttons::NONE,
    }
}
