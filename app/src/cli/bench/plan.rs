//! The comparisons: for each program its modes, for each mode the engines with and without idle skipping.

use super::Args;
use super::comparison::{Comparison, Entry, Mode, Start};
#[cfg(feature = "jit")]
use super::kernels;
use super::subject::Subject;
use crate::cli::rom::Rom;
use crate::error::Error;
use ricojit::input::movie::Movie;
use ricojit::{Engine, Options};
use std::sync::Arc;

/// The modes of a ROM.
pub(super) const ROM_MODES: [Mode; 3] = [Mode::Full, Mode::NoVideo, Mode::Bare];

/// The comparisons that the command line asks for.
pub(super) fn comparisons(
    args: &Args,
    movie: &Arc<Movie>,
    roms: &[Rom],
    engines: &[Engine],
) -> Result<Vec<Comparison>, Error> {
    let wanted = |mode| match args.mode.as_slice() {
        [] => mode != Mode::Cpu || args.roms.is_empty(),
        modes => modes.contains(&mode),
    };
    let mut comparisons = Vec::new();
    for rom in roms {
        for mode in ROM_MODES.into_iter().filter(|&mode| wanted(mode)) {
            for start in [Start::Warm, Start::Cold] {
                comparisons.push(comparison(args, movie, (rom, mode, start), engines)?);
            }
        }
    }
    #[cfg(feature = "jit")]
    if wanted(Mode::Cpu) {
        comparisons.extend(kernels::comparisons(args.engine_args.options(Engine::Jit).jit, engines));
    }
    match comparisons.is_empty() {
        true => Err(Error::Usage("the mode cpu needs the recompiler, which this program was built without".to_owned())),
        false => Ok(comparisons),
    }
}

fn comparison(
    args: &Args,
    movie: &Arc<Movie>,
    (rom, mode, start): (&Rom, Mode, Start),
    engines: &[Engine],
) -> Result<Comparison, Error> {
    let mut entries = Vec::new();
    for idle_skip in idle_skips(args, rom) {
        for &engine in engines {
            let mut options = options(args, engine, mode).idle_skip(Some(idle_skip));
            // All code must be compiled when the timing starts.
            options.jit.sync |= start == Start::Warm;
            let subject = match start {
                Start::Warm => Subject::warm(rom, &options, movie, warmup(args), frames(args))?,
                Start::Cold => Subject::cold(rom, options, movie, frames(args))?,
            };
            entries.push(Entry::new(engine, idle_skip, subject));
        }
    }
    Ok(Comparison { program: rom.name.clone(), mode, start, entries })
}

/// Frames of a round.
pub(super) fn frames(args: &Args) -> u64 {
    args.frames.unwrap_or(300)
}

/// Frames that a warm machine runs first.
pub(super) fn warmup(args: &Args) -> u64 {
    args.warmup.unwrap_or(600)
}

/// Without and with idle skipping, unless the command line chooses. An image was made for one of both, usually with.
fn idle_skips(args: &Args, rom: &Rom) -> Vec<bool> {
    let both = if rom.code().image().is_some() { vec![true] } else { vec![false, true] };
    args.engine_args.idle_skip().map_or(both, |only| vec![only])
}

/// The options of a machine in a mode.
pub(super) fn options(args: &Args, engine: Engine, mode: Mode) -> Options {
    let plain = args.engine_args.options(engine);
    let rate = plain.sample_rate.filter(|_| mode != Mode::Bare);
    plain.render(mode == Mode::Full).sample_rate(rate)
}
