//! `ricojit bench`, `ricojit blocks`, and what `run` reports about the recompiler. No test depends on how long anything
//! takes.

use crate::drive::{fail, misuse, program, ricojit, succeed};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder for a test, with the demo and another program.
fn folder(test: &str) -> PathBuf {
    let (demo, cpu) = (include_bytes!("../../../roms/demo.nes"), include_bytes!("../../../roms/cpu.nes"));
    crate::drive::folder(test, &[("roms/demo.nes", demo), ("roms/cpu.nes", cpu)])
}

fn rows(folder: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(file)).expect("written");
    serde_json::from_str(&text).expect("an array")
}

/// Very short rounds, with as much native code as possible.
const SHORT: &str = "--frames 4 --warmup 3 --rounds 2 --jit-threshold 0 --jit-sync";

// Bench ----------------------------------------------------------------------------------------------------

#[test]
fn bench_compares_engines_in_all_modes() {
    let folder = folder("bench");
    let out = succeed(&folder, &format!("bench roms/demo.nes {SHORT} --json rows.json --chart chart.svg"));
    let rows = rows(&folder, "rows.json");
    assert_eq!(rows.len(), 36, "three engines, three modes, with idle skipping and without, warm and cold");
    for mode in ["full", "no-video", "bare"] {
        for cold in [false, true] {
            let same: Vec<&Value> = rows.iter().filter(|row| row["mode"] == mode && row["cold"] == cold).collect();
            assert_eq!(same.len(), 6);
            assert!(same.iter().all(|row| row["digest"] == same[0]["digest"]), "{same:?}");
            let each = ["interp", "jit", "aot"].into_iter().flat_map(|engine| [(engine, false), (engine, true)]);
            for (engine, idle_skip) in each {
                let of = |row: &&&Value| row["engine"] == engine && row["idle_skip"] == idle_skip;
                let row = same.iter().find(of).expect("a row");
                for key in ["fps", "mhz", "cpu_seconds", "wall_seconds"] {
                    assert!(row[key].as_f64().is_some_and(|number| number > 0.0), "{key}: {row}");
                }
                assert_eq!((&row["rom"], &row["rounds"]), (&"roms/demo.nes".into(), &2.into()));
                assert!(row["digest"].as_str().is_some_and(|digest| digest.len() == 32), "{row}");
                assert!(row["host"].is_string(), "{row}");
            }
        }
    }
    assert_eq!(out.lines().filter(|line| line.starts_with("roms/demo.nes  ")).count(), 24, "{out}");
    assert_eq!(out.matches("in the geometric mean").count(), 24, "{out}");
    let svg = fs::read_to_string(folder.join("chart.svg")).expect("written");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
}

#[test]
fn bench_plays_a_script() {
    let folder = folder("bench_input");
    fs::write(folder.join("keys.txt"), "2 1 right\n5 loop\n").expect("writable");
    fs::write(folder.join("power.txt"), "1 power\n").expect("writable");
    let digest = |args: &str| {
        succeed(
            &folder,
            &format!("bench roms/demo.nes --mode bare --frames 40 --warmup 20 --rounds 1 --json rows.json {args}"),
        );
        let rows = rows(&folder, "rows.json");
        // Warm rows begin after frame 20, cold ones at power-on.
        [false, true].map(|cold| {
            let of: Vec<_> = rows.iter().filter(|row| row["cold"] == cold).map(|row| row["digest"].clone()).collect();
            assert!(!of.is_empty() && of.iter().all(|digest| *digest == of[0]), "{of:?}");
            of[0].clone()
        })
    };
    let (plain, played) = (digest(""), digest("--input keys.txt"));
    assert!(plain[0] != played[0] && plain[1] != played[1], "{plain:?} {played:?}");
    assert!(misuse(&folder, "bench --input power.txt").contains("no power switch"));
}

#[test]
fn bench_runs_the_cpu_alone() {
    let folder = folder("bench_cpu");
    let out = succeed(&folder, "bench --mode cpu --rounds 1 --json rows.json");
    let rows = rows(&folder, "rows.json");
    for kernel in ["copy", "multiply", "oam", "sieve", "jump", "call"] {
        let both: Vec<&Value> = rows.iter().filter(|row| row["rom"] == kernel).collect();
        assert_eq!((&both[0]["engine"], &both[1]["engine"]), (&"interp".into(), &"jit".into()));
        assert_eq!((both.len(), &both[0]["digest"]), (2, &both[1]["digest"]));
        assert_eq!((&both[0]["mode"], &both[0]["fps"]), (&"cpu".into(), &Value::Null));
        assert!(both.iter().all(|row| row["mhz"].as_f64().is_some_and(|mhz| mhz > 0.0)), "{both:?}");
    }
    assert!(out.contains("median"), "{out}");
}

#[test]
fn bench_obeys_options_and_the_time_limit() {
    let folder = folder("bench_options");
    let args = format!("bench roms {SHORT} --mode bare --no-idle-skip --seconds 0 --engine jit --json rows.json");
    succeed(&folder, &args);
    let rows = rows(&folder, "rows.json");
    assert_eq!(rows.len(), 4, "two ROMs of a folder, warm and cold");
    for row in rows {
        assert_eq!((&row["rounds"], &row["idle_skip"], &row["engine"]), (&1.into(), &false.into(), &"jit".into()));
    }
}

#[test]
fn bench_checks_cold_starts() {
    let folder = folder("bench_cold");
    let (code, out, error) = ricojit(&folder, "bench --cold roms --frames 3 --rounds 3 --json rows.json");
    let verdict = out.lines().last().expect("a verdict for each engine and mode");
    let expected = match verdict.split(':').next() {
        Some("PASS") => 0,
        Some("FAIL") => 1,
        _ => panic!("{out}"),
    };
    assert_eq!((code, error.as_str()), (expected, ""), "{out}");
    assert!(out.contains(": jit, no-video: ") && verdict.contains(": aot, no-video: "), "{out}");
    assert!(verdict.contains("of 2 ROMs lose; geometric mean "), "{out}");
    let rows = rows(&folder, "rows.json");
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row["idle_skip"] == true && row["mode"] == "no-video"), "an unequal comparison");

    let (_, out, _) = ricojit(&folder, "bench --cold roms --frames 3 --rounds 1 --mode full,bare --no-idle-skip");
    assert!(out.contains("idle loops run") && out.contains("jit, full: ") && out.contains("jit, bare: "), "{out}");
}

#[test]
fn bench_compares_over_a_corpus() {
    let folder = folder("bench_corpus");
    fs::create_dir(folder.join("roms/more")).expect("writable");
    fs::copy(folder.join("roms/demo.nes"), folder.join("roms/more/copy.nes")).expect("writable");
    fs::write(folder.join("roms/bad.nes"), "not a ROM").expect("writable");
    let args = "bench --corpus roms --window 0-3,2-6 --rounds 2 --jit-threshold 0 --json rows.json --chart corpus.svg";
    let (code, out, error) = ricojit(&folder, args);
    assert_eq!(code, 0, "{out}{error}");
    assert_eq!(error, "ricojit: roms/more/copy.nes is the same as roms/demo.nes\n");
    let rows = rows(&folder, "rows.json");
    assert_eq!(rows.len(), 8, "two ROMs, two engines, two windows");
    for (rom, first, frames) in ["roms/cpu.nes", "roms/demo.nes"].into_iter().flat_map(|rom| [(rom, 0, 3), (rom, 2, 4)])
    {
        let of = |row: &&Value| row["rom"] == rom && row["first_frame"] == first && row["frames"] == frames;
        let both: Vec<&Value> = rows.iter().filter(of).collect();
        assert_eq!((&both[0]["engine"], &both[1]["engine"]), (&"interp".into(), &"jit".into()));
        assert_eq!((both.len(), &both[0]["digest"]), (2, &both[1]["digest"]));
        for row in both {
            assert!(row["fps"].as_f64().is_some_and(|fps| fps > 0.0), "{row}");
            assert_eq!((&row["rounds"], &row["mode"], &row["idle_skip"]), (&2.into(), &"full".into(), &true.into()));
            assert_eq!((&row["cold"], row.get("problem")), (&(first == 0).into(), None));
        }
    }
    for part in
        ["\nframes 0 to 3\n", "\nframes 2 to 6\n", "jit / interp: ", "of 2 ROMs\n", "\nNot run:\nroms/bad.nes: "]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    let svg = fs::read_to_string(folder.join("corpus.svg")).expect("written");
    assert_eq!(svg.matches("<title>roms/demo.nes, jit / interp: ").count(), 2, "a dot in each window: {svg}");

    for args in ["", "roms --mode cpu", "roms --mode full,bare", "roms --cold", "roms --frames 3", "roms --window 3-3"]
    {
        misuse(&folder, &format!("bench --corpus {args}"));
    }
    misuse(&folder, "bench roms --window 0-3");
}

#[test]
fn a_usage_error_is_exit_code_2() {
    let folder = folder("usage");
    fs::create_dir(folder.join("empty")).expect("writable");
    for args in [
        "bench --mode half",
        "bench --engine other",
        "bench --rounds 0",
        "bench --frames 0",
        "bench --seconds -1",
        "bench --cold --mode cpu",
        "bench --cold --engine interp",
        "bench empty",
        "bench --idle-skip --no-idle-skip",
        "bench --jit-off everything",
        "blocks --frames 0",
        "run --engine interp --jit-log log.txt",
        "run --jit-off everything",
        "test --deadline soon roms",
    ] {
        misuse(&folder, args);
    }
}

#[test]
fn a_bad_file_is_one_message_and_exit_code_1() {
    let folder = folder("bad-rows");
    fs::write(folder.join("bad.nes"), "no ROM at all, and long enough").expect("writable");
    fs::write(folder.join("bad.lbl"), "al 00C000 .main\nwhat\n").expect("writable");
    fs::write(folder.join("bad.log"), "what\n").expect("writable");
    for (args, part) in [
        ("bench none.nes", "none.nes"),
        ("bench bad.nes", "bad.nes"),
        ("bench roms/demo.nes --json none/rows.json", "rows.json"),
        ("bench roms/demo.nes --chart none/chart.svg", "chart.svg"),
        ("blocks none.nes", "none.nes"),
        ("blocks --symbols none.lbl", "none.lbl"),
        ("blocks --symbols bad.lbl", "bad.lbl: line 2"),
        ("run --engine jit --jit-replay none.log", "none.log"),
        ("run --engine jit --jit-replay bad.log", "bad.log"),
    ] {
        let error = fail(&folder, args);
        assert!(error.contains(part), "{args}: {error}");
    }
    // An unsupported ROM in a folder is skipped.
    fs::rename(folder.join("bad.nes"), folder.join("roms/bad.nes")).expect("writable");
    let (code, _, error) = ricojit(&folder, &format!("bench roms {SHORT} --mode bare"));
    assert_eq!((code, error.lines().count()), (0, 1), "{error}");
    assert!(error.contains("skipped") && error.contains("bad.nes"), "{error}");
}

// Blocks ---------------------------------------------------------------------------------------------------

/// The share in the summary line of this word.
fn share(out: &str, word: &str) -> f64 {
    let line = out.lines().find(|line| line.split_whitespace().nth(1).is_some_and(|second| second.starts_with(word)));
    let share = line.and_then(|line| line.split_whitespace().next()?.strip_suffix('%')?.parse().ok());
    share.unwrap_or_else(|| panic!("no share {word} in {out}"))
}

#[test]
fn blocks_accounts_for_the_cycles_of_the_demo() {
    let folder = folder("blocks");
    let out = succeed(&folder, "blocks --frames 600");
    assert!(share(&out, "accounted") >= 95.0, "{out}");
    let parts = ["native", "skipped", "halted", "interpreted"].map(|word| share(&out, word)).iter().sum::<f64>();
    assert!((parts - 100.0).abs() < 0.3, "{out}");
    assert!(share(&out, "native") > 10.0, "{out}");
    let listed = succeed(&folder, "blocks --frames 60 --jit-threshold 5 --jit-sync --top 3");
    for heading in ["bytes  entry", "why        at"] {
        let rows = listed.lines().skip_while(|line| !line.ends_with(heading)).skip(1);
        assert_eq!(rows.take_while(|line| line.contains(" @") || line.contains(" not ROM")).count(), 3, "{listed}");
    }
}

#[test]
fn blocks_prints_6502_code_clif_and_native_code_with_symbols() {
    let folder = folder("blocks_code");
    let plain = succeed(&folder, "blocks roms/cpu.nes --frames 60 --jit-threshold 0 --jit-sync --top 2 --code");
    let heading = plain.lines().find(|line| line.starts_with("6502 code of $")).expect("a region");
    let entry = &heading["6502 code of $".len()..][..4];
    assert!(plain.contains(&format!("\n  {entry}  ")), "the entry is an instruction of it: {plain}");
    fs::write(folder.join("names.lbl"), format!("al 00{entry} .hottest\n")).expect("writable");
    let args = "blocks roms/cpu.nes --frames 60 --jit-threshold 0 --jit-sync --top 1 --code --clif --native";
    let out = succeed(&folder, &format!("{args} --symbols names.lbl"));
    assert!(out.contains(" hottest\n") && out.contains("\n  hottest:\n"), "{out}");
    assert!(out.contains("\nCLIF of $") && out.contains("  function "), "{out}");
    assert!(out.contains("\nNative code of $"), "{out}");
}

// What `run` reports ---------------------------------------------------------------------------------------

fn run(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&succeed(folder, &format!("run roms/demo.nes --frames 40 --json {args}"))).expect("an object")
}

#[test]
fn a_log_of_compiled_code_can_be_replayed() {
    let folder = folder("log");
    let live = run(&folder, "--engine jit --jit-threshold 20 --jit-sync --jit-log log.txt");
    let replayed = run(&folder, "--engine jit --jit-replay log.txt --jit-log again.txt");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("written");
    assert_eq!(read("log.txt"), read("again.txt"));
    assert!(read("log.txt").lines().count() > 5);
    assert_eq!(live["state_hash"], replayed["state_hash"]);
    assert_eq!(live["jit"]["regions"], replayed["jit"]["regions"]);
    assert!(replayed["jit"]["native_cycles"].as_u64() > live["jit"]["native_cycles"].as_u64(), "{replayed}");
    // The log belongs to another ROM.
    fail(&folder, "run roms/cpu.nes --engine jit --jit-replay log.txt");
}

#[test]
fn json_accounts_for_all_cycles() {
    let folder = folder("blocks-json");
    let report = run(&folder, "--engine jit --jit-threshold 20 --jit-sync");
    let jit = &report["jit"];
    let number = |key: &str| jit[key].as_u64().unwrap_or_else(|| panic!("{key}: {jit}"));
    let reasons = jit["interpreted"].as_object().expect("an object").values();
    assert_eq!(reasons.map(|cycles| cycles.as_u64().expect("a number")).sum::<u64>(), number("interpreted_cycles"));
    let all =
        ["native_cycles", "idle_cycles", "halted_cycles", "interpreted_cycles"].into_iter().map(number).sum::<u64>();
    assert!(all.abs_diff(40 * 29_780) < 29_780, "{jit}");
    assert!(number("regions") > 5 && number("code_bytes") > 100, "{jit}");
    assert!(jit["compile_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{jit}");
}

#[test]
fn a_map_for_perf_is_written() {
    let folder = folder("perf");
    let mut child = program(&folder)
        .args("run roms/demo.nes --frames 20 --engine jit --jit-threshold 0 --jit-sync --perf-map".split(' '))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    let path = PathBuf::from(format!("/tmp/perf-{}.map", child.id()));
    assert!(child.wait().expect("it ends").success());
    let map = fs::read_to_string(&path).expect("written");
    fs::remove_file(&path).expect("removable");
    assert!(map.lines().count() > 5, "{map}");
    assert!(map.lines().all(|line| line.split(' ').count() == 3 && line.contains(" 6502:$")), "{map}");
}

#[test]
fn without_code_memory_there_is_one_warning_and_the_interpreter_runs() {
    let folder = folder("no_code");
    let missing = "--jit-code-bytes 0";
    for (args, exit) in [
        ("run roms/demo.nes --frames 3 --engine jit", 0),
        ("test roms --frames 3 --engine jit", 0),
        ("bench roms/demo.nes --frames 2 --warmup 1 --rounds 1 --json rows.json", 0),
        ("blocks --frames 2", 1),
    ] {
        let (code, _, error) = ricojit(&folder, &format!("{args} {missing}"));
        assert_eq!((code, error.lines().count()), (exit, 1), "{args}: {error}");
        assert!(error.contains("cannot run generated code"), "{args}: {error}");
    }
    assert!(rows(&folder, "rows.json").iter().all(|row| row["engine"] == "interp"));
}
