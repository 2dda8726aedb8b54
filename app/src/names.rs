//! The names of engines, regions, patterns and modes, as the command line, the settings file and reports spell them.

use ricojit::Engine;
use ricojit::Region;
use ricojit::SampleRate;
#[cfg(feature = "jit")]
use ricojit::ahead::Target;
use ricojit::options::{Alignment, RamPattern, Start};
use ricojit::testing::DeadlineMode;
use std::ops::Range;

/// The default of `--engine`.
pub(crate) const DEFAULT_ENGINE: &str = if Engine::Jit.is_built() { "jit" } else { "interp" };

/// All engines: the default of `bench --engine`.
pub(crate) const ENGINES: &str = if Engine::Jit.is_built() { "interp,jit,aot" } else { "interp" };

/// The default of `bench --corpus --engine`.
pub(crate) const CORPUS_ENGINES: &str = if Engine::Jit.is_built() { "interp,jit" } else { "interp" };

/// Parses `--engine`.
pub(crate) fn engine(word: &str) -> Result<Engine, String> {
    match word {
        "interp" => Ok(Engine::Interpreter),
        "jit" if Engine::Jit.is_built() => Ok(Engine::Jit),
        "aot" => Ok(Engine::Aot),
        _ if Engine::Jit.is_built() => Err("expected `interp`, `jit` or `aot`".to_owned()),
        _ => Err("expected `interp` or `aot`".to_owned()),
    }
}

/// Parses `--against`.
pub(crate) fn compared_engine(word: &str) -> Result<Engine, String> {
    engine(word).ok().filter(|&engine| engine != Engine::Interpreter).ok_or("expected `jit` or `aot`".to_owned())
}

/// How `run` runs a ROM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Running {
    /// On one engine.
    On(Engine),
    /// On the interpreter and on another engine, in lockstep.
    Verify,
}

/// Parses `run --engine`.
pub(crate) fn running(word: &str) -> Result<Running, String> {
    match word {
        "verify" => Ok(Running::Verify),
        _ => engine(word).map(Running::On).map_err(|problem| format!("{problem}, or `verify`")),
    }
}

/// The name in reports.
pub(crate) fn running_name(running: Running) -> &'static str {
    match running {
        Running::On(engine) => engine.name(),
        Running::Verify => "verify",
    }
}

/// Parses `--target`.
#[cfg(feature = "jit")]
pub(crate) fn target(word: &str) -> Result<Target, String> {
    let named = [Target::X86_64, Target::Aarch64].into_iter().find(|target| target.architecture() == word);
    named.ok_or("expected `x86_64` or `aarch64`".to_owned())
}

/// `--region`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Console {
    /// As the movie or the header says.
    Auto,
    /// That of a region, whatever they say.
    Of(Region),
}

impl Console {
    /// The region, if it is not found by itself.
    pub(crate) fn forced(self) -> Option<Region> {
        match self {
            Self::Auto => None,
            Self::Of(region) => Some(region),
        }
    }
}

/// Parses `--region`.
pub(crate) fn region(word: &str) -> Result<Console, String> {
    match word {
        "auto" => Ok(Console::Auto),
        "ntsc" => Ok(Console::Of(Region::Ntsc)),
        "pal" => Ok(Console::Of(Region::Pal)),
        "dendy" => Ok(Console::Of(Region::Dendy)),
        _ => Err("expected `ntsc`, `pal`, `dendy` or `auto`".to_owned()),
    }
}

/// The name of a region, as `--region` takes it.
pub(crate) fn region_name(region: Region) -> &'static str {
    match region {
        Region::Ntsc => "ntsc",
        Region::Pal => "pal",
        Region::Dendy => "dendy",
    }
}

/// Parses `--alignment`.
pub(crate) fn alignment(word: &str) -> Result<Alignment, String> {
    let (phase, first) = word.split_once(':').unwrap_or((word, "get"));
    match (phase.parse().map(Alignment::new), first) {
        (Ok(alignment), "get") => Ok(alignment),
        (Ok(alignment), "put") => Ok(alignment.put_first()),
        _ => Err("expected a phase, 0 to 4, and perhaps `:get` or `:put`".to_owned()),
    }
}

/// Parses `--start`.
pub(crate) fn start(word: &str) -> Result<Start, String> {
    let named = Start::ALL.into_iter().find(|start| start.name() == word);
    named.ok_or("expected `nes`, `famicom` or `warm`".to_owned())
}

/// Parses `--deadline`.
pub(crate) fn deadline(word: &str) -> Result<DeadlineMode, String> {
    match word {
        "real" => Ok(DeadlineMode::Real),
        "now" => Ok(DeadlineMode::Now),
        _ => seed(word).map(DeadlineMode::Random).ok_or("expected `real`, `now` or `random:SEED`".to_owned()),
    }
}

/// Parses `--power-on`: the content of RAM at power-on.
pub(crate) fn power_on(word: &str) -> Result<RamPattern, String> {
    match word {
        "zeros" => Ok(RamPattern::Zeros),
        "ones" => Ok(RamPattern::Ones),
        _ => seed(word).map(RamPattern::Seeded).ok_or("expected `zeros`, `ones` or `random:SEED`".to_owned()),
    }
}

/// Parses `--sample-rate`.
pub(crate) fn sample_rate(word: &str) -> Result<SampleRate, String> {
    match word {
        "44100" => Ok(SampleRate::Hz44100),
        "48000" => Ok(SampleRate::Hz48000),
        "96000" => Ok(SampleRate::Hz96000),
        _ => Err("expected 44100, 48000 or 96000".to_owned()),
    }
}

/// Parses `random:SEED`.
fn seed(word: &str) -> Option<u64> {
    word.strip_prefix("random:")?.parse().ok()
}

/// Parses `bench --window`: frames.
pub(crate) fn window(word: &str) -> Result<Range<u64>, String> {
    let ends = word.split_once('-').and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    let window = ends.filter(|frames: &Range<u64>| frames.start < frames.end && frames.end <= 1_000_000);
    window.ok_or_else(|| "expected the numbers of two frames, such as 2000-6000".to_owned())
}

/// Parses `--seconds`: a finite time that is not negative.
pub(crate) fn seconds(word: &str) -> Result<f64, String> {
    let seconds = word.parse().ok().filter(|seconds| (0.0..=1e6).contains(seconds));
    seconds.ok_or_else(|| "expected a number of seconds".to_owned())
}
