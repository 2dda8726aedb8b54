//! What is compared: for each program the modes, and for each of those the engines with and without idle skipping.

use super::Args;
use super::contest::{Contest, Entry, Mode, Start};
#[cfg(feature = "jit")]
use super::kernels;
use super::subject::Subject;
use crate::cli::rom::Rom;
use crate::error::Error;
use ricojit::{Engine, Options};

/// Modes of a ROM.
pub(super) const ROM_MODES: [Mode; 3] = [Mode::Full, Mode::NoVideo, Mode::Bare];

/// All contests that the command line asks for.
pub(super) fn contests(args: &Args, roms: &[Rom], engines: &[Engine]) -> Result<Vec<Contest>, Error> {
    let wanted = |mode| match args.mode.as_slice() {
        [] => mode != Mode::Cpu || args.roms.is_empty(),
        modes => modes.contains(&mode),
    };
    let mut contests = Vec::new();
    for rom in roms {
        for mode in ROM_MODES.into_iter().filter(|&mode| wanted(mode)) {
            for start in [Start::Warm, Start::Cold] {
                contests.push(contest(args, rom, mode, start, engines)?);
            }
        }
    }
    #[cfg(feature = "jit")]
    if wanted(Mode::Cpu) {
        contests.extend(kernels::contests(args.knobs.options(Engine::Jit).jit, engines));
    }
    match contests.is_empty() {
        true => Err(Error::Usage(
            "the CPU kernels are part of the recompiler, which this program is built without".to_owned(),
        )),
        false => Ok(contests),
    }
}

fn contest(args: &Args, rom: &Rom, mode: Mode, start: Start, engines: &[Engine]) -> Result<Contest, Error> {
    let frames = args.frames.unwrap_or(300);
    let mut entries = Vec::new();
    for idle_skip in idle_skips(args) {
        for &engine in engines {
            let mut options = options(args, engine, mode).idle_skip(Some(idle_skip));
            // Nothing shall be left to be compiled when the time begins.
            options.jit.sync |= start == Start::Warm;
            let subject = match start {
                Start::Warm => Subject::warm(rom, &options, args.warmup.unwrap_or(600), frames)?,
                Start::Cold => Subject::cold(rom, options, frames),
            };
            entries.push(Entry::new(engine, idle_skip, subject));
        }
    }
    Ok(Contest { program: rom.name.clone(), mode, start, entries })
}

/// Both, unless a knob says which.
fn idle_skips(args: &Args) -> Vec<bool> {
    args.knobs.idle_skip().map_or(vec![false, true], |only| vec![only])
}

/// Options of a machine in a mode.
pub(super) fn options(args: &Args, engine: Engine, mode: Mode) -> Options {
    let plain = args.knobs.options(engine);
    let rate = plain.sample_rate.filter(|_| mode != Mode::Bare);
    plain.render(mode == Mode::Full).sample_rate(rate)
}
