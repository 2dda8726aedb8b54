//! `ricojit run --instances`: many machines give the results of separate runs.

use crate::drive::{fail, misuse, succeed};
use ricojit::Cartridge;
use ricojit::Frame;
use ricojit::Machine;
use ricojit::Options;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const DEMO: &[u8] = include_bytes!("../../../roms/demo.nes");

/// Three input scripts for the demo, in which the robot walks, jumps and throws.
const SCRIPTS: [(&str, &str); 3] = [
    ("one.txt", "20 1 right\n90 1 right+a\n100 1 b\n"),
    ("two.txt", "30 1 left\n70 1 left+b\n75 1 -\n150 reset\n"),
    ("three.txt", "65 1 a\n80 1 -\n140 power\n"),
];

/// A folder for a test, with the demo and the scripts.
fn folder(test: &str) -> PathBuf {
    let scripts = SCRIPTS.map(|(name, text)| (name, text.as_bytes()));
    crate::drive::folder(test, &[&[("demo.nes", DEMO)], &scripts[..]].concat())
}

/// The JSON report of `ricojit run demo.nes`.
fn run(folder: &Path, args: &str) -> String {
    succeed(folder, &format!("run demo.nes {args}"))
}

fn report(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("--json {args}"))).expect("one JSON object")
}

/// The results that must not depend on other machines.
fn results(report: &Value) -> [&Value; 6] {
    ["frames", "samples", "region", "frame_hash", "audio_hash", "state_hash"].map(|key| &report[key])
}

fn machines(report: &Value) -> &Vec<Value> {
    report["machines"].as_array().expect("a list")
}

/// Checks that machines with different inputs, on one thread and on two, give the results of separate runs.
fn assert_same_as_alone(test: &str, options: &str) {
    let folder = folder(test);
    let options = format!("--frames 200 --warmup 25 {options}");
    let alone = SCRIPTS.map(|(name, _)| report(&folder, &format!("{options} --engine interp --input {name}")));
    let inputs: String = SCRIPTS.iter().map(|(name, _)| format!(" --input {name}")).collect();
    for a in 0..3 {
        for b in 0..a {
            assert_ne!(alone[a]["state_hash"], alone[b]["state_hash"], "the inputs make a difference");
        }
    }
    let engines: &[&str] = if cfg!(feature = "jit") {
        &["interp", "jit --jit-threshold 20", "jit --jit-threshold 0 --jit-sync"]
    } else {
        &["interp"]
    };
    for engine in engines {
        for threads in [1, 2] {
            let args = format!("{options} --engine {engine} --instances 3 --threads {threads}{inputs}");
            let many = report(&folder, &args);
            assert_eq!(
                (&many["instances"], &many["threads"], &many["frames"]),
                (&3.into(), &threads.into(), &600.into())
            );
            for (found, expected) in machines(&many).iter().zip(&alone) {
                assert_eq!(results(found), results(expected), "{args}");
            }
            if engine.ends_with("sync") {
                assert!(many["jit"]["native_share"].as_f64().is_some_and(|share| share > 0.1), "{many}");
            }
        }
    }
}

#[test]
fn machines_give_the_results_of_separate_runs() {
    assert_same_as_alone("alone", "--pixels rgba");
}

#[test]
fn machines_give_the_results_of_separate_runs_with_fewer_pictures() {
    assert_same_as_alone("some", "--render-every 7 --sample-rate 48000");
}

#[test]
fn machines_give_the_results_of_separate_runs_without_picture_and_sound() {
    assert_same_as_alone("bare", "--no-video --no-audio --power-on random:3");
}

#[test]
fn one_input_is_used_for_all_machines() {
    let folder = folder("one");
    let alone = report(&folder, "--frames 130 --input one.txt");
    let many = report(&folder, "--frames 130 --input one.txt --instances 5 --threads 9");
    assert_eq!((machines(&many).len(), &many["threads"]), (5, &5.into()), "no more threads than machines");
    assert!(machines(&many).iter().all(|machine| results(machine) == results(&alone)), "{many}");
    let idle = report(&folder, "--frames 130 --instances 2");
    assert!(machines(&idle).iter().all(|machine| results(machine) != results(&alone)), "{idle}");
    assert_eq!(results(&machines(&idle)[1]), results(&report(&folder, "--frames 130")));
}

#[test]
fn each_machine_runs_to_the_end_of_its_movie() {
    let folder = folder("movies");
    for (name, pal, frames) in [("short.fm2", 0, 40), ("long.fm2", 1, 100)] {
        let log = "|0|R.......|........||\n".repeat(frames);
        fs::write(folder.join(name), format!("version 3\npalFlag {pal}\n{log}")).expect("writable");
    }
    let many = report(&folder, "--warmup 10 --instances 2 --threads 2 --input short.fm2 --input long.fm2");
    assert_eq!(many["frames"], 120);
    for (machine, name, frames, region) in
        [(&machines(&many)[0], "short.fm2", 30, "ntsc"), (&machines(&many)[1], "long.fm2", 90, "pal")]
    {
        assert_eq!(
            (&machine["input"], &machine["frames"], &machine["region"]),
            (&name.into(), &frames.into(), &region.into())
        );
        assert_eq!(results(machine), results(&report(&folder, &format!("--warmup 10 --input {name}"))));
    }
}

#[test]
fn speed_and_size_are_reported() {
    let folder = folder("told");
    let many = report(&folder, "--frames 30 --instances 3 --threads 2");
    for key in ["seconds", "cpu_seconds", "fps", "speed"] {
        assert!(many[key].as_f64().is_some_and(|number| number > 0.0), "{key}: {many}");
    }
    let rate =
        |report: &Value| report["frames"].as_f64().expect("a number") / report["seconds"].as_f64().expect("a number");
    assert!((rate(&many) / many["fps"].as_f64().expect("a number") - 1.0).abs() < 1e-6, "in all: {many}");
    // The test `allocations` of the library compares this size with the allocator.
    let cartridge = Cartridge::load(DEMO).expect("our own image");
    let bytes = Machine::new(&cartridge, &Options::default()).expect("and a supported board").bytes();
    assert_eq!((&many["bytes_per_machine"], &many["picture_bytes"]), (&bytes.into(), &Frame::BYTES.into()));

    let out = run(&folder, "--frames 30 --instances 3 --threads 2");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("demo.nes: 3 machines on 2 threads") && lines[0].contains(" 90 frames in "), "{out}");
    assert!(lines[0].contains("frames/s in all"), "{out}");
    assert!(lines[1].contains(&format!("{:.1} KiB per machine", bytes as f64 / 1024.0)), "{out}");
    assert!(lines[1].contains("120.0 KiB for its picture"), "{out}");
    let table = &lines[lines.len() - 3..];
    for (line, number) in table.iter().zip(1..) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(
            words[0] == number.to_string() && words[1..].iter().all(|hash| hash.len() == 32) && words.len() == 4,
            "{out}"
        );
    }
}

#[test]
fn options_for_one_machine_are_refused() {
    let folder = folder("refused");
    let files = fs::read_dir(&folder).expect("readable").count();
    for args in [
        "--instances 2 --screenshot a.png",
        "--instances 2 --wav a.wav",
        "--instances 2 --save a.sav",
        "--instances 2 --hash-every 5",
        "--instances 2 --engine verify",
        "--instances 2 --jit-log a.log",
        "--instances 2 --jit-replay a.log",
        "--instances 2 --perf-map",
        "--instances 0",
        "--instances 2 --threads 0",
        "--threads 2",
        "--instances 3 --input one.txt --input two.txt",
        "--instances 1 --input one.txt --input two.txt",
        "--input one.txt --input two.txt",
    ] {
        misuse(&folder, &format!("run demo.nes {args}"));
    }
    let error = misuse(&folder, "run demo.nes --instances 3 --input one.txt --input two.txt");
    assert!(error.contains("2 --input for 3 machines") && error.lines().count() == 1, "{error}");
    assert!(fail(&folder, "run demo.nes --instances 2 --input none.txt").contains("none.txt"));
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), files, "nothing was written");
}
