//! `ricojit test` on our own ROMs, which show no verdict: a manifest expects one.

use crate::drive::{fail, misuse, ricojit, succeed};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// A ROM that never shows its pass text, one that always does, one without a verdict, and a missing one.
const MANIFEST: &str = r#"
[[rom]]
path = "roms/demo.nes"
judge = "text"
frames = 4
pass_text = "never shown"
[[rom]]
path = "roms/cpu.nes"
judge = "text"
frames = 12
pass_text = ""
[[rom]]
path = "roms/sprites.nes"
judge = "game"
frames = 5
[[rom]]
path = "roms/missing.nes"
judge = "game"
frames = 5
"#;

/// A folder for a test, with our ROMs and the manifest.
fn folder(test: &str) -> PathBuf {
    let files: [(&str, &[u8]); 4] = [
        ("roms/demo.nes", include_bytes!("../../../roms/demo.nes")),
        ("roms/cpu.nes", include_bytes!("../../../roms/cpu.nes")),
        ("roms/sprites.nes", include_bytes!("../../../roms/sprites.nes")),
        ("manifest.toml", MANIFEST.as_bytes()),
    ];
    crate::drive::folder(test, &files)
}

#[test]
fn a_failure_is_exit_code_1_and_is_printed_before_the_summary() {
    let folder = folder("failure");
    let (code, out, _) = ricojit(&folder, "test --manifest manifest.toml");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, 1);
    assert!(lines[3].starts_with("FAIL     roms/demo.nes"), "{out}");
    assert_eq!(lines[4], "1 passed, 1 failed (0 expected), 1 ignored, 1 ran");
}

#[test]
fn json_does_not_depend_on_threads_or_deadlines() {
    let folder = folder("test-json");
    let (code, one, _) = ricojit(&folder, "test --manifest manifest.toml --json --jobs 1");
    let report: Value = serde_json::from_str(&one).expect("one JSON object");
    assert_eq!((code, report["passed"].as_u64(), report["failed"].as_u64()), (1, Some(1), Some(1)));
    assert_eq!((report["ignored"].as_u64(), report["ran"].as_u64()), (Some(1), Some(1)));
    let results = report["results"].as_array().expect("a list");
    let verdicts: Vec<_> = results.iter().map(|result| result["verdict"].as_str().expect("a word")).collect();
    assert_eq!(verdicts, ["fail", "pass", "ran", "ignored"]);
    assert_eq!(results[2]["state_hash"].as_str().map(str::len), Some(32));
    assert_eq!(results[3]["state_hash"], Value::Null);
    for others in ["--jobs 3", "--deadline now", "--deadline random:7"] {
        let (_, other, _) = ricojit(&folder, &format!("test --manifest manifest.toml --json {others}"));
        assert_eq!(one, other, "{others}");
    }
}

#[test]
fn listed_failures_are_expected_and_listed_passes_are_errors() {
    let folder = folder("expect");
    let words = "test --manifest manifest.toml --expect known.txt --junit out.xml";
    fs::write(folder.join("known.txt"), "demo.nes # shows nothing\nnone.nes # gone\n").expect("writable");
    let (code, out, error) = ricojit(&folder, words);
    assert_eq!((code, out.lines().last()), (0, Some("1 passed, 1 failed (1 expected), 1 ignored, 1 ran")));
    assert!(out.contains("expected (shows nothing)"), "{out}");
    assert!(error.contains("none.nes"), "{error}");
    let xml = fs::read_to_string(folder.join("out.xml")).expect("written");
    assert!(xml.contains("tests=\"4\" failures=\"0\" errors=\"0\" skipped=\"2\""), "{xml}");
    fs::write(folder.join("known.txt"), "demo.nes # x\ncpu.nes # x\n").expect("writable");
    let (code, out, _) = ricojit(&folder, words);
    assert_eq!(code, 1);
    assert!(out.contains("PASS?    roms/cpu.nes"), "{out}");
}

#[test]
fn running_no_rom_is_exit_code_2() {
    let folder = folder("nothing");
    for filter in ["MISSING", "x/y"] {
        let (code, _, error) = ricojit(&folder, &format!("test --manifest manifest.toml --filter {filter}"));
        assert_eq!((code, error.lines().count()), (2, 1), "{error}");
    }
    assert_eq!(ricojit(&folder, "test none.nes").0, 2);
    misuse(&folder, "test");
}

#[test]
fn a_folder_is_searched_and_frames_limit_a_run() {
    let folder = folder("paths");
    let out = succeed(&folder, "test roms --frames 3 --json --filter CPU");
    let report: Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((report["ran"].as_u64(), report["results"][0]["frames"].as_u64()), (Some(1), Some(3)));
    assert_eq!(report["results"][0]["path"], "roms/cpu.nes");
}

#[test]
fn the_protocols_of_homebrew_are_exit_codes() {
    let text = include_bytes!("../../../roms/ramtext.nes");
    let port = include_bytes!("../../../roms/exitport.nes");
    // Another sum is expected: they report a failure.
    let broken = |rom: &[u8]| {
        let at = rom.windows(4).position(|bytes| bytes == [0x00, 0x10, 0xF0, 0x03]).expect("the sum");
        let mut rom = rom.to_vec();
        rom[at] ^= 1;
        rom
    };
    let files: [(&str, &[u8]); 5] = [
        ("text.nes", text),
        ("port.nes", port),
        ("badtext.nes", &broken(text)),
        ("badport.nes", &broken(port)),
        ("demo.nes", include_bytes!("../../../roms/demo.nes")),
    ];
    let folder = crate::drive::folder("protocols", &files);
    for (rom, until, expected, detail) in [
        ("text.nes", "ram_text", 0, "TestPass in RAM at $0300"),
        ("text.nes", "llvm_mos", 0, "TestPass in RAM at $0300"),
        ("text.nes", "exit_port", 2, "nothing was written to $4018"),
        ("badtext.nes", "ram_text", 1, "TestFail in RAM at $0300"),
        ("port.nes", "exit_port", 0, "0 was written to $4018"),
        ("port.nes", "llvm_mos", 0, "0 was written to $4018"),
        ("port.nes", "ram_text", 2, "RAM contains neither"),
        ("badport.nes", "exit_port", 1, "1 was written to $4018"),
        ("demo.nes", "llvm_mos", 2, "no verdict in time"),
        ("text.nes port.nes", "llvm_mos", 0, "2 passed"),
        ("text.nes badport.nes demo.nes", "llvm_mos", 1, "1 was written to $4018"),
        ("text.nes demo.nes", "llvm_mos", 2, "no verdict in time"),
    ] {
        let (code, out, _) = ricojit(&folder, &format!("test {rom} --until {until}"));
        assert!(code == expected && out.contains(detail), "{rom} {until}: {code}, {out}");
    }
    let (code, out, _) = ricojit(&folder, "test text.nes --until ram_text --frames 20");
    assert!(code == 2 && out.contains("stopped after 20 frames"), "{code}, {out}");
    misuse(&folder, "test text.nes --until the-end");
    misuse(&folder, "test --manifest a.toml --until ram_text");
}

#[test]
fn a_bad_file_is_one_message_and_exit_code_1() {
    let folder = folder("bad");
    fs::write(folder.join("bad.toml"), "# no\n\nmanifest").expect("writable");
    fs::write(folder.join("bad.txt"), "demo.nes without a reason\n").expect("writable");
    for (args, part) in [
        ("--manifest none.toml", "ricojit: cannot read none.toml"),
        ("--manifest roms", "ricojit: cannot read roms"),
        ("--manifest roms/demo.nes", "demo.nes: it is not UTF-8 text"),
        ("roms --expect roms/demo.nes", "demo.nes: this is not UTF-8 text"),
        ("--manifest bad.toml", "bad.toml: this is not a manifest: line 3"),
        ("roms --expect bad.txt", "bad.txt: line 1"),
        ("roms --expect none.txt", "none.txt"),
        ("roms --junit none/out.xml", "out.xml"),
    ] {
        let error = fail(&folder, &format!("test {args}"));
        assert!(error.contains(part), "{args}: {error}");
    }
}
