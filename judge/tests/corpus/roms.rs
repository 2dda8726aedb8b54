//! A trial for each ROM of both corpora on every engine, and trials of other configurations with equal digests. Known failures
//! are in `tests/data/expect.txt`.

use crate::environment::{corpus, missing, run_everything, second_corpus};
use crate::trials::same;
use crate::{alignments, baseline, judges, pictures, trials};
use libtest_mimic::{Failed, Trial};
use ricojit::options;
use ricojit::options::Mmc3Revision;
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit_judge::batch::{Job, manifest_jobs, run_all, run_job};
use ricojit_judge::expect::Expectations;
use ricojit_judge::{Kind, Manifest, Options, Outcome, Verdict};
use std::sync::Arc;

/// The maximum number of listed ROMs with a verdict on supported boards. Each must need another hardware revision.
const MOST_EXPECTED: usize = 12;

/// Frames of the comparisons, and the share of ROMs that are compared on threads.
const COMPARED_FRAMES: u64 = 60;
const THREADS_STEP: usize = 5;

pub(crate) fn trials() -> Vec<Trial> {
    let (mut jobs, mut trials) = (Vec::new(), Vec::new());
    for (trial, folder) in [("the corpus exists", corpus()), ("the second corpus exists", second_corpus())] {
        match Manifest::load(&folder.join("manifest.toml")) {
            Ok(manifest) => jobs.extend(manifest_jobs(&manifest).into_iter().map(named)),
            Err(error) => trials.push(missing(trial, error.to_string())),
        }
    }
    if trials.is_empty() {
        // Lists of ours are of both.
        trials.extend([judges::trial(&jobs), baseline::complete_trial(&jobs)]);
    }
    judges::replace(&mut jobs);
    if !jobs.is_empty() {
        trials.extend(trials_of(&jobs));
    }
    trials
}

/// A ROM of the second corpus has its folder in its name, as those of the first do.
fn named(mut job: Job) -> Job {
    if !job.entry.path.starts_with("roms/") {
        job.entry.path.insert_str(0, "roms2/");
    }
    job
}

/// The same ROM without a verdict, if that is a picture.
fn not_by_picture(mut job: Job) -> Job {
    if job.entry.judge == Kind::Picture {
        job.entry.judge = Kind::Visual;
    }
    job
}

fn trials_of(jobs: &[Job]) -> Vec<Trial> {
    let expectations = trials::expectations(include_str!("../data/expect.txt"));
    let (mut runnable, refused) = trials::sorted(jobs);
    let mut all = vec![trials::list_trial(jobs, &expectations), bounds_trial(&runnable, &expectations)];
    let step = if run_everything() { 1 } else { THREADS_STEP };
    let on_threads = runnable.iter().step_by(step).cloned().collect();
    let for_hardware = |job: &&Job| expectations.reason(&job.entry.path).is_some_and(|why| why.starts_with("hardware"));
    let other_mmc3 = jobs.iter().filter(|job| job.entry.mapper == Some(4)).filter(for_hardware);
    let other_mmc3: Vec<Trial> = other_mmc3.cloned().map(other_mmc3_trial).collect();
    all.extend(pictures::trials(&runnable));
    // Without pictures, the judge of a picture has nothing to look at.
    let blind: Vec<Job> = runnable.iter().cloned().map(not_by_picture).collect();
    all.extend(alignments::trials(&blind));
    let engine_trials = trials::engine_trials(&runnable);
    // The longest first, so that all threads are busy until the end.
    runnable.sort_by_key(|job| std::cmp::Reverse(job.entry.frames));
    all.extend(runnable.iter().cloned().map(|job| trials::rom_trial(job, &expectations)));
    all.extend(other_mmc3);
    all.extend(engine_trials);
    all.extend(runnable.into_iter().map(deadline_trial));
    all.extend(blind.iter().cloned().map(picture_trial));
    all.extend(blind.into_iter().map(idle_trial));
    all.push(threads_trial(on_threads));
    all.extend(refused.into_iter().map(trials::refused_trial));
    all
}

/// Checks that the list of known failures has only a few ROMs that need another hardware revision, and no subtests.
fn bounds_trial(runnable: &[Job], expectations: &Arc<Expectations>) -> Trial {
    let judged = runnable.iter().filter(|job| job.entry.judge.has_verdict());
    let judged: Vec<String> = judged.map(|job| job.entry.path.clone()).collect();
    let expectations = Arc::clone(expectations);
    Trial::test("the list of expectations is short", move || {
        if let Some(line) = expectations.lines().iter().find(|line| line.subtest.is_some()) {
            return Err(format!("{} has a listed subtest", line.rom).into());
        }
        let listed: Vec<(&String, &str)> =
            judged.iter().filter_map(|path| Some((path, expectations.reason(path)?))).collect();
        if listed.len() > MOST_EXPECTED {
            return Err(format!("{} of {} ROMs with a verdict are listed", listed.len(), judged.len()).into());
        }
        match listed.iter().find(|(_, reason)| !reason.starts_with("hardware")) {
            Some((path, reason)) => {
                Err(format!("{path} is listed, but the hardware is not the reason: {reason}").into())
            }
            None => Ok(()),
        }
    })
}

/// Checks that a ROM for the other MMC3 revision passes on it.
fn other_mmc3_trial(job: Job) -> Trial {
    Trial::test(format!("on the NEC MMC3: {}", job.entry.path), move || {
        let machine = options::Options::new().mmc3(Mmc3Revision::Nec);
        let outcome = run_job(&job, &Options { machine, ..Options::default() });
        if outcome.verdict == Verdict::Pass { Ok(()) } else { Err(outcome.detail.into()) }
    })
}

/// The options of a comparison.
fn compared_options(deadline: DeadlineMode) -> Options {
    let machine = options::Options::new().testing(TestSwitches::new().deadline(deadline));
    Options { machine, frames: (!run_everything()).then_some(COMPARED_FRAMES), ..Options::default() }
}

/// Checks that results do not depend on the deadline, at which the CPU checks for events: real, always or random; and that a
/// second run equals the first.
fn deadline_trial(job: Job) -> Trial {
    Trial::test(format!("same with any deadline: {}", job.entry.path), move || {
        let real = run_job(&job, &compared_options(DeadlineMode::Real));
        for deadline in [DeadlineMode::Real, DeadlineMode::Now, DeadlineMode::Random(1), DeadlineMode::Random(2)] {
            let other = run_job(&job, &compared_options(deadline));
            same(&real, &other).map_err(|difference| format!("deadline {deadline:?}: {difference}"))?;
        }
        Ok(())
    })
}

/// Checks that the exact and the batch path of the PPU give the same results, and that state and sound do not depend on
/// rendering.
fn picture_trial(job: Job) -> Trial {
    Trial::test(format!("same on both PPU paths and without pictures: {}", job.entry.path), move || {
        let run = |render, exact_ppu| {
            let machine = options::Options::new().render(render).testing(TestSwitches::new().exact_ppu(exact_ppu));
            run_job(&job, &Options { machine, ..compared_options(DeadlineMode::Real) })
        };
        let unseen = |outcome: &Outcome| (outcome.frames, outcome.hashes.map(|hashes| (hashes.state, hashes.audio)));
        let seen = run(true, false);
        same(&run(true, true), &seen).map_err(|difference| format!("exact and batch path: {difference}"))?;
        match [run(false, false), run(false, true)].iter().find(|&other| unseen(other) != unseen(&seen)) {
            None => Ok(()),
            Some(other) => Err(format!("{:?} against {:?}", unseen(&seen), unseen(other)).into()),
        }
    })
}

/// Checks that idle skipping changes nothing, with and without pictures, and on every engine.
fn idle_trial(job: Job) -> Trial {
    Trial::test(format!("same with idle skipping: {}", job.entry.path), move || {
        let run = |machine| run_job(&job, &Options { machine, ..compared_options(DeadlineMode::Real) });
        let seen = run(options::Options::new().idle_skip(Some(false)));
        let skipping = options::Options::new().idle_skip(Some(true));
        same(&seen, &run(skipping.clone()))?;
        let blind = skipping.render(false);
        #[cfg(feature = "jit")]
        let engines = [options::Engine::Interpreter, options::Engine::Jit];
        #[cfg(not(feature = "jit"))]
        let engines = [options::Engine::Interpreter];
        for engine in engines {
            let other = run(blind.clone().engine(engine));
            let states =
                |outcome: &Outcome| (outcome.frames, outcome.hashes.map(|hashes| (hashes.state, hashes.audio)));
            if states(&seen) != states(&other) {
                return Err(format!("{engine:?}: {:?} against {:?}", states(&seen), states(&other)).into());
            }
        }
        Ok(())
    })
}

/// Checks that results do not depend on the number of threads.
fn threads_trial(jobs: Vec<Job>) -> Trial {
    Trial::test("same on one thread and on two", move || -> Result<(), Failed> {
        let run = |threads| run_all(&jobs, &compared_options(DeadlineMode::Real), threads, |_| {});
        for (one, other) in run(1).iter().zip(&run(2)) {
            same(one, other).map_err(|difference| format!("{}: {difference}", one.path))?;
        }
        Ok(())
    })
}
