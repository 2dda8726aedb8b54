//! `--profile-out` of `run`, `test` and `bench`: what it writes, and that it changes no result.

use crate::drive::{fail, folder, misuse, succeed};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A folder for a test, with two programs.
fn programs(test: &str) -> std::path::PathBuf {
    let (demo, banks) = (include_bytes!("../../../roms/demo.nes"), include_bytes!("../../../roms/banks.nes"));
    folder(test, &[("roms/demo.nes", demo), ("roms/banks.nes", banks)])
}

/// The lines of a profile: a title, and for each ROM its SHA-1 and entries with their counts.
fn counts(folder: &Path, file: &str) -> Vec<(String, u64)> {
    let text = fs::read_to_string(folder.join(file)).expect("written");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("ricojit-entry-profile 1"));
    let line = |line: &str| {
        let (key, count) = line.rsplit_once(' ').expect("a key and a count");
        (key.to_owned(), if key == "rom" { 0 } else { count.parse().expect("a number") })
    };
    lines.map(line).collect()
}

fn run(folder: &Path, args: &str) -> Value {
    let report = succeed(folder, &format!("run roms/demo.nes --frames 60 --json {args}"));
    serde_json::from_str(&report).expect("an object")
}

#[test]
fn a_profile_is_the_same_in_every_run_and_changes_nothing() {
    let folder = programs("profile");
    let plain = run(&folder, "--engine interp");
    let counting = run(&folder, "--engine jit --profile-out one.profile");
    assert_eq!(counting["state_hash"], plain["state_hash"]);
    assert_eq!((&counting["jit"]["regions"], &counting["jit"]["native_cycles"]), (&0.into(), &0.into()));
    let one = counts(&folder, "one.profile");
    assert!(one.len() > 5 && one[0].0 == "rom" && one[1..].iter().all(|(_, count)| *count >= 8), "{one:?}");
    assert!(one[1..].is_sorted());

    run(&folder, "--engine verify --profile-out again.profile --jit-threshold 0");
    assert_eq!(counts(&folder, "again.profile"), one);
    run(&folder, "--engine jit --instances 3 --threads 2 --profile-out three.profile");
    let thrice = counts(&folder, "three.profile");
    for (key, count) in &one[1..] {
        assert!(thrice.contains(&(key.clone(), 3 * count)), "{key} {count}: {thrice:?}");
    }
}

#[test]
fn a_profile_may_be_of_several_roms() {
    let folder = programs("profile-roms");
    succeed(&folder, "test roms --frames 60 --engine jit --profile-out test.profile");
    succeed(&folder, "bench roms --mode bare --frames 20 --warmup 40 --rounds 1 --profile-out bench.profile");
    run(&folder, "--engine jit --profile-out run.profile");
    let [tested, benched, alone] = ["test", "bench", "run"].map(|name| counts(&folder, &format!("{name}.profile")));
    assert_eq!(benched.iter().filter(|(key, _)| key == "rom").count(), 2);
    // The order of the ROMs is that of their SHA-1s.
    assert!(benched.starts_with(&alone) || benched.ends_with(&alone[1..]));
    // `test` also pauses inside of frames; a target at which it does is not counted.
    assert_eq!(tested.len(), benched.len());
    for ((key, count), line) in benched.into_iter().zip(tested) {
        assert!(line.0 == key && line.1.abs_diff(count) <= 60, "{key} {count}: {line:?}");
    }
}

#[test]
fn what_cannot_count_is_refused() {
    let folder = programs("profile-refused");
    for args in [
        "run --engine interp --profile-out a.profile",
        "run --engine interp --instances 2 --profile-out a.profile",
        "test roms --engine interp --profile-out a.profile",
        "test roms --profile-out roms/demo.nes",
        "run roms/demo.nes --profile-out roms/demo.nes",
        "run --profile-out a.profile --wav a.profile",
        "bench --solo --profile-out a.profile",
        "bench roms --json a --profile-out a",
    ] {
        misuse(&folder, args);
    }
    let error = fail(&folder, "run --frames 1 --profile-out none/a.profile");
    assert!(error.contains("a.profile"), "{error}");
}
