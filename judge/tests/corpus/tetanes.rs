//! The 157 ROMs in the package `tetanes-core`, which Cargo downloads: a corpus for a checkout without another.
//!
//! `tests/data/tetanes.toml` has the judge of each, by SHA-1; known failures are in `tests/data/tetanes_expect.txt`.

use crate::trials;
use libtest_mimic::Trial;
use ricojit_judge::batch::{Job, path_jobs};
use ricojit_judge::manifest::rom_sha1;
use ricojit_judge::{Entry, Manifest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "tetanes-core";
const ROMS: usize = 157;
const AT_LEAST_JUDGED: usize = 100;

pub(crate) fn trials() -> Vec<Trial> {
    let folder = package_folder().join("test_roms");
    let table =
        Manifest::parse(include_str!("../data/tetanes.toml"), &folder).expect("the table in tests/data is right");
    let by_sha1 =
        table.entries.into_iter().map(|entry| (entry.sha1.clone().expect("each row has one"), entry)).collect();
    let files =
        path_jobs(std::slice::from_ref(&folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let jobs: Vec<Job> = files.into_iter().map(|job| described(job.file, &by_sha1)).collect();
    let expectations = trials::expectations(include_str!("../data/tetanes_expect.txt"));
    let (runnable, refused) = trials::sorted(&jobs);
    let mut all = vec![trials::list_trial(&jobs, &expectations), count_trial(&jobs)];
    all.extend(trials::engine_trials(&runnable));
    all.extend(runnable.into_iter().map(|job| trials::rom_trial(job, &expectations)));
    all.extend(refused.into_iter().map(trials::refused_trial));
    all
}

/// The folder of the package in Cargo's registry, which only Cargo knows.
fn package_folder() -> PathBuf {
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo says for whom it builds");
    // The lock file also has packages for other platforms, which are not downloaded.
    let metadata = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
    let metadata: serde_json::Value = serde_json::from_str(&cargo(&metadata)).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    let package = packages.iter().find(|package| package["name"] == PACKAGE).expect("it is a dependency");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a package has a manifest"));
    manifest.parent().expect("a file is in a folder").to_owned()
}

/// The output of cargo.
fn cargo(args: &[&str]) -> String {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.expect("cargo runs this test, so it can be run");
    assert!(output.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// The job of a file, with its row of the table.
fn described(file: PathBuf, by_sha1: &BTreeMap<String, Entry>) -> Job {
    let rom = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let entry = by_sha1.get(&rom_sha1(&rom)).cloned();
    Job { entry: entry.unwrap_or_else(|| panic!("{} is not in tests/data/tetanes.toml", file.display())), file }
}

fn count_trial(jobs: &[Job]) -> Trial {
    let judged = jobs.iter().filter(|job| job.entry.judge.has_verdict()).count();
    let all = jobs.len();
    Trial::test("the package has all ROMs, and most have a verdict", move || {
        if all != ROMS || judged < AT_LEAST_JUDGED {
            return Err(format!("{all} ROMs, {judged} with a verdict").into());
        }
        Ok(())
    })
}
