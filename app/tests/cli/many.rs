//! Drives `ricojit run --instances` as a person would: many machines at once do what each does by itself.

use crate::drive::{fail, misuse, succeed};
use ricojit::Cartridge;
use ricojit::Frame;
use ricojit::Machine;
use ricojit::Options;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const DEMO: &[u8] = include_bytes!("../../../roms/demo.nes");

/// Three ways to play the demo; the robot walks, jumps and throws.
const SCRIPTS: [(&str, &str); 3] = [
    ("one.txt", "20 1 right\n90 1 right+a\n100 1 b\n"),
    ("two.txt", "30 1 left\n70 1 left+b\n75 1 -\n150 reset\n"),
    ("three.txt", "65 1 a\n80 1 -\n140 power\n"),
];

/// A folder of a test's own with the demo and the scripts.
fn folder(test: &str) -> PathBuf {
    let scripts = SCRIPTS.map(|(name, text)| (name, text.as_bytes()));
    crate::drive::folder(test, &[&[("demo.nes", DEMO)], &scripts[..]].concat())
}

/// What `ricojit run demo.nes` prints.
fn run(folder: &Path, args: &str) -> String {
    succeed(folder, &format!("run demo.nes {args}"))
}

fn report(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("--json {args}"))).expect("one JSON object")
}

/// What must be the same of a machine among others and of one by itself.
fn results(report: &Value) -> [&Value; 6] {
    ["frames", "samples", "region", "frame_hash", "audio_hash", "state_hash"].map(|key| &report[key])
}

fn machines(report: &Value) -> &Vec<Value> {
    report["machines"].as_array().expect("a list")
}

/// Machines with an input each, on one thread and on two, give what they give alone.
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
fn each_does_what_it_does_alone() {
    assert_same_as_alone("alone", "--pixels rgba");
}

#[test]
fn each_does_what_it_does_alone_with_fewer_pictures() {
    assert_same_as_alone("some", "--render-every 7 --sample-rate 48000");
}

#[test]
fn each_does_what_it_does_alone_without_picture_and_sound() {
    assert_same_as_alone("bare", "--no-video --no-audio --power-on random:3");
}

#[test]
fn one_input_is_for_all() {
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
fn each_runs_to_the_end_of_its_movie() {
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
fn speed_and_size_are_told() {
    let folder = folder("told");
    let many = report(&folder, "--frames 30 --instances 3 --threads 2");
    for key in ["seconds", "cpu_seconds", "fps", "speed"] {
        assert!(many[key].as_f64().is_some_and(|number| number > 0.0), "{key}: {many}");
    }
    let rate =
        |report: &Value| report["frames"].as_f64().expect("a number") / report["seconds"].as_f64().expect("a number");
    assert!((rate(&many) / many["fps"].as_f64().expect("a number") - 1.0).abs() < 1e-6, "in all: {many}");
    // What this counts is compared with the allocator in the test `allocations`.
    let cartridge = Cartridge::load(DEMO).expect("our own image");
    let bytes = Machine::new(&cartridge, &Options::default()).expect("and a supported board").bytes();
    assert_eq!((&many["bytes_per_machine"], &many["picture_bytes"]), (&bytes.into(), &Frame::BYTES.into()));

    let out = run(&folder, "--frames 30 --instances 3 --threads 2");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("demo.nes: 3 machines on 2 threads") && lines[0].contains(" 90 frames in "), "{out}");
    assert!(lines[0].contains("frames/s in all"), "{out}");
    assert!(lines[1].contains(&format!("{:.1} KiB a machine", bytes as f64 / 1024.0)), "{out}");
    assert!(lines[1].contains("picture of 120.0 KiB"), "{out}");
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
fn what_is_for_one_machine_is_refused() {
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
    assert!(error.contains("2 times for 3 machines") && error.lines().count() == 1, "{error}");
    assert!(fail(&folder, "run demo.nes --instances 2 --input none.txt").contains("none.txt"));
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), files, "nothing was written");
}
