//! Trials of ROMs, shared by `roms` and `tetanes`.

use crate::environment::run_everything;
use libtest_mimic::{Failed, Trial};
use ricojit::{Cartridge, CartridgeError, Machine, MachineError, options};
use ricojit_judge::batch::{Job, run_job};
use ricojit_judge::expect::{Expectations, Standing};
use ricojit_judge::{Options, Outcome, Verdict};
use std::path::Path;
use std::sync::Arc;

/// Frames of a ROM without a verdict in `make test`: up to most of the reference pictures.
const SURVIVE_FRAMES: u64 = 320;

/// The options of a trial.
pub(crate) fn options(job: &Job) -> Options {
    let bounded = !run_everything() && !job.entry.judge.has_verdict();
    Options { frames: bounded.then_some(SURVIVE_FRAMES), ..Options::default() }
}

/// The ROMs that can run, and those that cannot, each with the reason: a file of another format, or a board that is not
/// supported. Any other ROM counts as one that can: if it does not, its trial fails.
pub(crate) fn sorted(jobs: &[Job]) -> (Vec<Job>, Vec<(Job, String)>) {
    let (mut runnable, mut refused) = (Vec::new(), Vec::new());
    for job in jobs {
        match refusal(&job.file) {
            Some(reason) => refused.push((job.clone(), reason)),
            None => runnable.push(job.clone()),
        }
    }
    (runnable, refused)
}

/// Why a file cannot run, if that is for a good reason.
pub(crate) fn refusal(file: &Path) -> Option<String> {
    let cartridge = match Cartridge::open(file) {
        Ok(cartridge) => cartridge,
        Err(error @ CartridgeError::OtherFile { .. }) => return Some(error.to_string()),
        Err(_) => return None,
    };
    let error = Machine::new(&cartridge, &options::Options::new().without_sound()).err()?;
    matches!(error, MachineError::UnsupportedBoard { .. }).then(|| error.to_string())
}

/// An ignored trial, with the reason in its name.
pub(crate) fn refused_trial((job, reason): (Job, String)) -> Trial {
    Trial::test(format!("{}: {reason}", job.entry.path), move || Err(reason.into())).with_ignored_flag(true)
}

/// Runs a ROM, compares its verdict with the expectations, and runs it on every engine.
pub(crate) fn rom_trial(job: Job, expectations: &Arc<Expectations>) -> Trial {
    let expectations = Arc::clone(expectations);
    let (name, kind) = (job.entry.path.clone(), job.entry.judge.name());
    Trial::test(name, move || {
        let outcome = run_job(&job, &options(&job));
        if outcome.verdict == Verdict::Ignored && expectations.reason(&job.entry.path).is_none() {
            return Err(format!("refused: {}", outcome.detail).into());
        }
        match expectations.standing(&outcome) {
            Standing::Good | Standing::ExpectedFailure(_) => on_every_engine(&job, &outcome),
            Standing::UnexpectedFailure(parts) => Err(format!("failed ({parts}): {}", outcome.detail).into()),
            Standing::UnexpectedPass(what) => {
                Err(format!("passed, but is listed as a failure ({what}): {}", outcome.detail).into())
            }
        }
    })
    .with_kind(kind)
}

#[cfg(feature = "jit")]
fn on_every_engine(job: &Job, interpreted: &Outcome) -> Result<(), Failed> {
    crate::engines::compare(job, interpreted)
}

#[cfg(not(feature = "jit"))]
fn on_every_engine(_: &Job, _: &Outcome) -> Result<(), Failed> {
    Ok(())
}

/// Comparisons of engines that do not need a verdict, of ROMs that can run.
#[cfg(feature = "jit")]
pub(crate) fn engine_trials(runnable: &[Job]) -> Vec<Trial> {
    let lockstep = runnable.iter().cloned().map(crate::engines::lockstep_trial);
    lockstep.chain(crate::engines::warm_trials(runnable)).collect()
}

#[cfg(not(feature = "jit"))]
pub(crate) fn engine_trials(_: &[Job]) -> Vec<Trial> {
    Vec::new()
}

/// Compares two outcomes of a ROM; the error lists the differences.
#[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "one of the two trials needs it without engines"))]
pub(crate) fn same(one: &Outcome, other: &Outcome) -> Result<(), String> {
    // A comparison of runs without frames proves nothing.
    let (Some(a), Some(b)) = (one.hashes, other.hashes) else {
        return if one == other { Ok(()) } else { Err(format!("{}; {}", one.detail, other.detail)) };
    };
    if one.frames == 0 {
        return Err("no frame was run".to_owned());
    }
    let differences = [
        ("verdicts", (one.verdict, &one.detail, &one.subtests) != (other.verdict, &other.detail, &other.subtests)),
        ("numbers of frames", one.frames != other.frames),
        ("pictures", a.frames != b.frames),
        ("samples", a.audio != b.audio),
        ("states", a.state != b.state),
    ];
    let names: Vec<&str> = differences.iter().filter(|(_, differ)| *differ).map(|(name, _)| *name).collect();
    if names.is_empty() { Ok(()) } else { Err(format!("different {}", names.join(", "))) }
}

/// Parses a file of expectations.
pub(crate) fn expectations(text: &str) -> Arc<Expectations> {
    let list = Expectations::parse(text).unwrap_or_else(|error| panic!("the list of expectations: {error}"));
    for line in list.lines() {
        let known = ["open", "hardware"].iter().any(|word| line.reason.starts_with(word));
        assert!(known, "the reason of {} is neither open nor hardware: {}", line.rom, line.reason);
    }
    Arc::new(list)
}

/// Checks that every line of the list matches one of `jobs`, and a subtest of it.
pub(crate) fn list_trial(jobs: &[Job], expectations: &Arc<Expectations>) -> Trial {
    let (entries, expectations) =
        (jobs.iter().map(|job| job.entry.clone()).collect::<Vec<_>>(), Arc::clone(expectations));
    Trial::test("every expectation matches a ROM", move || {
        let lost = expectations.without_rom(&entries);
        if lost.is_empty() { Ok(()) } else { Err(format!("these do not: {lost:?}").into()) }
    })
}
