//! Trials of ROMs, shared by `roms` and `tetanes`.

use crate::environment::run_everything;
use libtest_mimic::{Failed, Trial};
use ricojit_judge::batch::{Job, run_job};
use ricojit_judge::expect::{Expectations, Standing};
use ricojit_judge::{Options, Outcome, Verdict};
use std::sync::Arc;

/// Frames of a ROM without a verdict in `make test`: up to most of the reference pictures.
const SURVIVE_FRAMES: u64 = 320;

/// The supported boards (iNES mapper numbers).
pub(crate) const SUPPORTED_BOARDS: [u16; 6] = [0, 1, 2, 3, 4, 7];

/// The options of a trial.
pub(crate) fn options(job: &Job) -> Options {
    let bounded = !run_everything() && !job.entry.judge.has_verdict();
    Options { frames: bounded.then_some(SURVIVE_FRAMES), ..Options::default() }
}

/// Whether the board of the ROM is supported.
pub(crate) fn is_supported(job: &Job) -> bool {
    job.entry.mapper.is_some_and(|mapper| SUPPORTED_BOARDS.contains(&mapper))
}

/// Runs a ROM, compares its verdict with the expectations, and runs it on every engine.
pub(crate) fn rom_trial(job: Job, expectations: &Arc<Expectations>) -> Trial {
    let expectations = Arc::clone(expectations);
    let (name, kind) = (job.entry.path.clone(), job.entry.judge.name());
    Trial::test(name, move || {
        let outcome = run_job(&job, &options(&job));
        if outcome.verdict == Verdict::Ignored {
            return refused(&job, &outcome, &expectations);
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

/// Comparisons of engines that do not need a verdict.
#[cfg(feature = "jit")]
pub(crate) fn engine_trials(jobs: &[Job]) -> Vec<Trial> {
    let lockstep = jobs.iter().filter(|job| is_supported(job)).cloned().map(crate::engines::lockstep_trial);
    lockstep.chain(crate::engines::warm_trials(jobs)).collect()
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

/// Accepts that a ROM is refused, if its board is not supported and the error has its number, or if it is listed.
fn refused(job: &Job, outcome: &Outcome, expectations: &Expectations) -> Result<(), Failed> {
    let number = job.entry.mapper.map_or(String::new(), |mapper| mapper.to_string());
    let unknown_board = !is_supported(job) && outcome.detail.contains(&number);
    if unknown_board || expectations.reason(&job.entry.path).is_some() {
        return Ok(());
    }
    Err(format!("refused: {}", outcome.detail).into())
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
