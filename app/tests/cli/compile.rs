//! `ricojit compile`: images, reports and pictures.

use crate::drive::{fail, misuse, ricojit, succeed};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const DEMO: &[u8] = include_bytes!("../../../roms/demo.nes");
const BANKS: &[u8] = include_bytes!("../../../roms/banks.nes");

/// A ROM on a board that is not supported.
fn other() -> Vec<u8> {
    let mut file = b"NES\x1A\x01\x00\xF0\xF0".to_vec();
    file.resize(16 + 0x4000, 0);
    file
}

fn folder(test: &str) -> PathBuf {
    crate::drive::folder(test, &[("roms/demo.nes", DEMO), ("roms/banks.nes", BANKS)])
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).expect(name)
}

/// The reports of `ricojit compile`.
fn compile(folder: &Path, words: &str) -> Vec<Value> {
    serde_json::from_str(&succeed(folder, &format!("compile --json {words}"))).expect("an array")
}

#[test]
fn an_image_is_written_and_runs() {
    let folder = folder("compile");
    let text = succeed(&folder, "compile roms/demo.nes -o roms/demo.image");
    assert!(text.starts_with("roms/demo.nes: ") && text.contains("image: roms/demo.image, "), "{text}");
    let run = |words: &str| -> Value {
        let (_, report, _) = ricojit(&folder, &format!("run roms/demo.nes --frames 60 --json {words}"));
        serde_json::from_str(&report).expect("an object")
    };
    let (interp, aot) = (run("--engine interp"), run("--engine aot --image roms/demo.image"));
    assert_eq!(interp["state_hash"], aot["state_hash"]);
    assert!(aot["jit"]["native_share"].as_f64() > Some(0.5), "{aot}");
}

#[test]
fn equal_roms_have_equal_images_on_any_number_of_threads() {
    let folder = folder("compile-threads");
    for threads in 1..=3 {
        compile(&folder, &format!("roms/banks.nes -o {threads}.image --threads {threads}"));
        assert!(read(&folder, "1.image") == read(&folder, &format!("{threads}.image")), "{threads} threads");
    }
}

#[test]
fn whole_folders_are_compiled() {
    let folder = folder("compile-folder");
    fs::write(folder.join("roms/other.nes"), other()).expect("writable");
    fs::create_dir(folder.join("images")).expect("writable");
    let (code, text, said) = ricojit(&folder, "compile --json roms -o images");
    assert!(code == 0 && said.contains("skipped: roms/other.nes") && said.lines().count() == 1, "{said}");
    let reports: Vec<Value> = serde_json::from_str(&text).expect("an array");
    let names: Vec<_> = reports.iter().map(|report| report["rom"].as_str().expect("a path")).collect();
    assert_eq!(names, ["roms/banks.nes", "roms/demo.nes"]);
    assert_eq!(reports[1]["image"], "images/demo.image");
    assert_eq!(reports[1]["image_bytes"], read(&folder, "images/demo.image").len());
    assert!(read(&folder, "images/banks.image") != read(&folder, "images/demo.image"));
}

#[test]
fn the_report_adds_up() {
    let folder = folder("compile-report");
    let [report] = &compile(&folder, "roms/banks.nes --no-output")[..] else { panic!("one report") };
    assert!(!folder.join("roms/banks.image").exists());
    assert_eq!(report["image"], Value::Null);
    let banks = report["banks"].as_array().expect("a list");
    let size = |bank: &Value| ["proven", "guessed", "data", "unknown"].map(|what| bank[what].as_u64().expect(what));
    assert!(banks.iter().all(|bank| size(bank).iter().sum::<u64>() == 0x4000) && banks.len() == 4, "{report}");
    assert!(size(&banks[3])[0] > 500, "the last bank has the vectors: {report}");
    let sources = report["sources"].as_object().expect("counts");
    let regions: u64 = sources.values().map(|count| count.as_u64().expect("a count")).sum();
    assert_eq!(Some(regions), report["regions"].as_u64());
    assert!(report["entries"].as_u64() >= report["regions"].as_u64());
    assert!(report["interpreted"]["RTI"].as_u64() > Some(0), "{report}");
    assert_eq!(report["profile_share"], Value::Null);

    let text = succeed(&folder, "compile roms/banks.nes --no-output --report");
    for line in ["bank ", "   3 @0C000", "regions by source: ", "left to the interpreter: "] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn profiles_and_logs_of_runs_are_used() {
    let folder = folder("compile-profiles");
    for (option, file) in [("--profile-out", "a.profile"), ("--cdl", "a.cdl"), ("--cdl-format mesen --cdl", "b.cdl")] {
        succeed(&folder, &format!("run roms/banks.nes --frames 60 {option} {file}"));
    }
    let source = |words: &str| {
        let reports = compile(&folder, &format!("roms/banks.nes --no-output {words}"));
        (reports[0]["sources"]["executed"].as_u64().unwrap_or(0), reports[0]["profile_share"].as_f64())
    };
    assert_eq!(source(""), (0, None));
    let (regions, share) = source("--profile a.profile");
    assert!(regions > 5 && share > Some(0.95), "{regions}, {share:?}");
    for log in ["a.cdl", "b.cdl"] {
        let (regions, share) = source(&format!("--profile {log}"));
        assert!(regions > 5 && share.is_none(), "{log}: {regions}, {share:?}");
    }
    assert!(source("--profile a.profile --profile a.cdl").0 > 5);
}

#[test]
fn banks_are_drawn() {
    let folder = folder("compile-svg");
    succeed(&folder, "run roms/banks.nes --frames 60 --profile-out a.profile");
    succeed(&folder, "compile roms/banks.nes --no-output --svg plain.svg");
    succeed(&folder, "compile roms/banks.nes --no-output --profile a.profile --svg executed.svg");
    let [plain, executed] =
        ["plain.svg", "executed.svg"].map(|name| String::from_utf8(read(&folder, name)).expect("text"));
    for svg in [&plain, &executed] {
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains(">0C000</text>"), "{svg}");
    }
    assert!(!plain.contains("class=\"run\"") && executed.contains("class=\"run\""));
}

#[test]
fn mistakes_are_one_sentence() {
    let folder = folder("compile-mistakes");
    succeed(&folder, "run roms/demo.nes --frames 5 --cdl demo.cdl");
    fs::write(folder.join("other.nes"), other()).expect("writable");
    fs::write(folder.join("bad.profile"), "ricojit-entry-profile 1\nrom 12\n").expect("writable");
    for (words, expected) in [
        ("missing.nes", "missing.nes"),
        ("other.nes", "other.nes: mapper 255"),
        ("roms/banks.nes --profile demo.cdl", "demo.cdl: "),
        ("roms/banks.nes --profile bad.profile", "bad.profile: line 2 "),
        ("roms/banks.nes -o missing/a.image", "cannot write missing/a.image"),
    ] {
        let said = fail(&folder, &format!("compile {words}"));
        assert!(said.contains(expected) && said.lines().count() == 1, "{words}: {said}");
    }
    for (words, expected) in [
        ("", "required"),
        ("roms -o a.image", "a.image has to be a folder"),
        ("roms/demo.nes -o roms/demo.nes", "would overwrite"),
        ("roms/demo.nes --no-output -o a.image", "cannot be used with"),
        ("roms --no-output --svg a.svg", "--svg draws one ROM"),
    ] {
        let said = misuse(&folder, &format!("compile {words}"));
        assert!(said.contains(expected), "{words}: {said}");
    }
}

#[test]
fn what_the_compiler_makes_is_listed_between_the_instructions() {
    let folder = folder("emit");
    let report = &compile(&folder, "roms/banks.nes --no-output")[0];
    fs::write(folder.join("banks.mlb"), "P:E000:reset_of_mlb:comment\nG:2002:PPUSTATUS\n").expect("written");
    for (emit, part) in [("asm", "    0000  "), ("clif", "function u0:0(i64) -> i64")] {
        let words = format!("compile roms/banks.nes --symbols banks.mlb --emit {emit}");
        let text = succeed(&folder, &words);
        let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("; ---- $")).collect();
        assert_eq!(headings.len() as u64, report["regions"].as_u64().expect("a number"), "{emit}");
        assert_eq!(text.matches(part).count(), headings.len(), "{emit}");
        let bytes: u64 = headings
            .iter()
            .map(|line| {
                let number = line.rsplit(", ").next().and_then(|rest| rest.split(' ').next());
                number.expect("bytes").parse::<u64>().expect("a number")
            })
            .sum();
        assert_eq!(Some(bytes), report["code_bytes"].as_u64(), "{emit}: the code is that of the image");
        assert!(text.contains("; PPUSTATUS\n"), "{emit}");
        succeed(&folder, &format!("{words} -o out.txt"));
        assert_eq!(read(&folder, "out.txt"), text.into_bytes());
    }
    for words in [
        "--emit asm roms/demo.nes roms/banks.nes",
        "--emit asm --json roms/demo.nes",
        "--emit c roms/demo.nes",
        "--symbols banks.mlb roms/demo.nes",
        "--emit asm roms/demo.nes -o roms/demo.nes",
    ] {
        misuse(&folder, &format!("compile {words}"));
    }
    fs::write(folder.join("bad.nl"), "$C000#a#\nnonsense\n").expect("written");
    let error = fail(&folder, "compile roms/demo.nes --emit asm --symbols bad.nl");
    assert!(error.contains("bad.nl: line 2 is not a symbol"), "{error}");
}
