//! Runs many ROMs on several threads. The outcomes are in the order of the jobs.

use crate::{Entry, Kind, Manifest, Options, Outcome, Verdict, run};
use ricojit::cartridge::SIZE_LIMIT;
use ricojit::text;
use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Builder};

/// A ROM to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// The manifest entry.
    pub entry: Entry,
    /// The file.
    pub file: PathBuf,
}

/// The jobs of a whole manifest.
pub fn manifest_jobs(manifest: &Manifest) -> Vec<Job> {
    manifest.entries.iter().map(|entry| Job { entry: entry.clone(), file: manifest.file_of(entry) }).collect()
}

/// The jobs for files without a manifest. A folder stands for all `*.nes` files in and below it, sorted by name.
pub fn path_jobs(paths: &[PathBuf]) -> io::Result<Vec<Job>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { collect(path, &mut files)? } else { files.push(path.clone()) }
    }
    let job = |file: PathBuf| Job { entry: Entry::new(text::path(&file), Kind::Auto, Entry::AUTO_FRAMES), file };
    Ok(files.into_iter().map(job).collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut inside = std::fs::read_dir(folder)?.map(|item| Ok(item?.path())).collect::<io::Result<Vec<_>>>()?;
    inside.sort();
    for path in inside {
        // A link to a folder could form a loop.
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("nes")) {
            files.push(path);
        }
    }
    Ok(())
}

/// Runs all `jobs` on `threads` threads. Calls `done` with each outcome as it is ready, in no fixed order.
pub fn run_all(jobs: &[Job], options: &Options, threads: usize, done: impl Fn(&Outcome) + Sync) -> Vec<Outcome> {
    run_all_with(jobs, threads, |job| {
        let outcome = run_job(job, options);
        done(&outcome);
        outcome
    })
}

/// Calls `run` with each of the `jobs`, on `threads` threads.
pub fn run_all_with(jobs: &[Job], threads: usize, run: impl Fn(&Job) -> Outcome + Sync) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Outcome>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some((job, slot)) = take(&next, jobs, &slots) {
            let outcome = run(job);
            *slot.lock().expect("no thread panics with a slot locked") = Some(outcome);
        }
    };
    thread::scope(|scope| {
        // This thread works too, so it does not matter if the system starts fewer threads.
        let others = 1..threads.clamp(1, jobs.len().max(1));
        others.map_while(|_| Builder::new().spawn_scoped(scope, work).ok()).for_each(drop);
        work();
    });
    let outcome = |slot: Mutex<Option<Outcome>>| slot.into_inner().expect("as above").expect("every job was taken");
    slots.into_iter().map(outcome).collect()
}

fn take<'a, A, B>(next: &AtomicUsize, jobs: &'a [A], slots: &'a [B]) -> Option<(&'a A, &'a B)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(index).zip(slots.get(index))
}

/// Runs one ROM from its file. A missing file is ignored; a file with another SHA-1 than in the manifest is a failure, and
/// so is a panic of the emulator.
pub fn run_job(job: &Job, options: &Options) -> Outcome {
    // One byte over the limit is enough for the ROM to be refused.
    let rom = match read(&job.file, SIZE_LIMIT as u64 + 1) {
        Ok(rom) => rom,
        Err(error) => {
            let detail = format!("cannot read {}: {error}", text::path(&job.file));
            return Outcome::without_run(&job.entry, Verdict::Ignored, detail);
        }
    };
    if !job.entry.describes(&rom) {
        let detail = "the SHA-1 of the file differs from the manifest".to_owned();
        return Outcome::without_run(&job.entry, Verdict::Fail, detail);
    }
    guarded(&job.entry, || run(&rom, &job.entry, options))
}

/// Reads at most `most` bytes: a device may be endless. `-` is standard input.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Turns a panic into a failure of the ROM.
fn guarded(entry: &Entry, run: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
        Outcome::without_run(entry, Verdict::Fail, format!("the emulator panicked: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new folder for a test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ricojit-batch-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn outcomes_keep_the_order_of_the_jobs() {
        let job = |n| Job { entry: Entry::new(format!("{n}"), Kind::Auto, 1), file: format!("/missing/{n}").into() };
        let jobs: Vec<Job> = (0..20).map(job).collect();
        for threads in [0, 1, 3, 50] {
            let count = AtomicUsize::new(0);
            let outcomes = run_all(&jobs, &Options::default(), threads, |_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
            let paths: Vec<String> = outcomes.iter().map(|outcome| outcome.path.clone()).collect();
            assert_eq!(paths, (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
            assert!(outcomes.iter().all(|outcome| outcome.verdict == Verdict::Ignored));
            assert_eq!(count.into_inner(), 20);
        }
        assert!(run_all(&[], &Options::default(), 2, |_| {}).is_empty());
    }

    #[test]
    fn a_panic_is_a_failure_with_its_message() {
        let entry = Entry::new("x", Kind::Auto, 1);
        let outcome = guarded(&entry, || panic!("row {}", 5));
        assert_eq!((outcome.verdict, outcome.detail.as_str()), (Verdict::Fail, "the emulator panicked: row 5"));
        let outcome = guarded(&entry, || panic!("plain"));
        assert_eq!(outcome.detail, "the emulator panicked: plain");
    }

    #[test]
    fn a_bad_rom_is_ignored_and_a_wrong_sha1_fails() {
        let folder = folder("norom");
        let file = folder.join("x.nes");
        std::fs::write(&file, b"not a ROM").unwrap();
        let mut job = Job { entry: Entry::new("x.nes", Kind::Auto, 1), file };
        let outcome = run_job(&job, &Options::default());
        assert_eq!(outcome.verdict, Verdict::Ignored);
        assert!(!outcome.detail.is_empty());
        job.entry.sha1 = Some("00".to_owned());
        assert_eq!(run_job(&job, &Options::default()).verdict, Verdict::Fail);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_stands_for_its_roms() {
        let folder = folder("walk");
        std::fs::create_dir_all(folder.join("b")).unwrap();
        for name in ["c.nes", "a.NES", "b/z.nes", "b/readme.txt"] {
            std::fs::write(folder.join(name), b"").unwrap();
        }
        let jobs = path_jobs(std::slice::from_ref(&folder)).unwrap();
        let names: Vec<_> = jobs.iter().map(|job| job.file.strip_prefix(&folder).unwrap().to_owned()).collect();
        assert_eq!(names, [Path::new("a.NES"), Path::new("b/z.nes"), Path::new("c.nes")]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
