//! Words on the command line and the values they stand for, shared by all subcommands.

use ricojit::Engine;
use ricojit::Region;
use ricojit::SampleRate;
use ricojit::options::RamPattern;
use ricojit::testing::DeadlineMode;

/// The executor of a command that is not told which.
pub(crate) const DEFAULT_ENGINE: &str = if Engine::Jit.is_built() { "jit" } else { "interp" };

/// All executors, as `bench --engine` takes them.
pub(crate) const ENGINES: &str = if Engine::Jit.is_built() { "interp,jit" } else { "interp" };

/// `--engine`: the executors by name.
pub(crate) fn engine(word: &str) -> Result<Engine, String> {
    match word {
        "interp" => Ok(Engine::Interpreter),
        "jit" if Engine::Jit.is_built() => Ok(Engine::Jit),
        _ => Err("expected `interp` or `jit`".to_owned()),
    }
}

/// What `run --engine` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Running {
    /// One executor.
    On(Engine),
    /// The interpreter, and this one in lockstep with it.
    Verify(Engine),
}

/// `run --engine`.
pub(crate) fn running(word: &str) -> Result<Running, String> {
    if word == "verify" {
        return engine("jit")
            .map(Running::Verify)
            .map_err(|_| "this program was built without the recompiler".to_owned());
    }
    engine(word).map(Running::On).map_err(|_| "expected `interp`, `jit` or `verify`".to_owned())
}

/// Its name in reports.
pub(crate) fn running_name(running: Running) -> &'static str {
    match running {
        Running::On(engine) => engine.name(),
        Running::Verify(_) => "verify",
    }
}

/// `--region`.
pub(crate) fn region(word: &str) -> Result<Region, String> {
    match word {
        "ntsc" => Ok(Region::Ntsc),
        "pal" => Ok(Region::Pal),
        "dendy" => Ok(Region::Dendy),
        _ => Err("expected `ntsc`, `pal` or `dendy`".to_owned()),
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

/// `--deadline`: a test switch, results must not depend on it.
pub(crate) fn deadline(word: &str) -> Result<DeadlineMode, String> {
    match word {
        "real" => Ok(DeadlineMode::Real),
        "now" => Ok(DeadlineMode::Now),
        _ => seed(word).map(DeadlineMode::Random).ok_or("expected `real`, `now` or `random:SEED`".to_owned()),
    }
}

/// `--power-on`: what RAM holds at power-on.
pub(crate) fn power_on(word: &str) -> Result<RamPattern, String> {
    match word {
        "zeros" => Ok(RamPattern::Zeros),
        "ones" => Ok(RamPattern::Ones),
        _ => seed(word).map(RamPattern::Seeded).ok_or("expected `zeros`, `ones` or `random:SEED`".to_owned()),
    }
}

/// `--sample-rate`: the rates the synthesis is made for.
pub(crate) fn sample_rate(word: &str) -> Result<SampleRate, String> {
    match word {
        "44100" => Ok(SampleRate::Hz44100),
        "48000" => Ok(SampleRate::Hz48000),
        "96000" => Ok(SampleRate::Hz96000),
        _ => Err("expected 44100, 48000 or 96000".to_owned()),
    }
}

/// The number in `random:SEED`.
fn seed(word: &str) -> Option<u64> {
    word.strip_prefix("random:")?.parse().ok()
}

/// `--seconds`: a time that is not negative and that ends.
pub(crate) fn seconds(word: &str) -> Result<f64, String> {
    let seconds = word.parse().ok().filter(|seconds| (0.0..=1e6).contains(seconds));
    seconds.ok_or_else(|| "expected a number of seconds".to_owned())
}
