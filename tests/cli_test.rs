//! Drives `ricojit test` as a person would, on our own ROMs, which show no verdict: a manifest asks for one.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A ROM that must say what it never says, one that must say nothing, one that only runs, one that is not there.
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

/// A folder of a test's own with our ROMs and the manifest.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli_test_{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("roms")).expect("the target folder is writable");
    for name in ["demo.nes", "cpu.nes", "sprites.nes"] {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("roms").join(name);
        fs::copy(ours, folder.join("roms").join(name)).expect("our ROMs are there");
    }
    fs::write(folder.join("manifest.toml"), MANIFEST).expect("writable");
    folder
}

/// Runs `ricojit test` in `folder`: its exit code, output and errors.
fn test(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let program = env!("CARGO_BIN_EXE_ricojit");
    let Output { status, stdout, stderr } =
        Command::new(program).arg("test").args(args).current_dir(folder).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (status.code().expect("no signal"), text(stdout), text(stderr))
}

#[test]
fn a_failure_is_exit_code_1_and_the_last_line_before_the_summary() {
    let folder = folder("failure");
    let (code, out, _) = test(&folder, &["--manifest", "manifest.toml"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, 1);
    assert!(lines[3].starts_with("FAIL     roms/demo.nes"), "{out}");
    assert_eq!(lines[4], "1 passed, 1 failed (0 expected), 1 ignored, 1 ran");
}

#[test]
fn json_counts_and_hashes_the_same_on_any_number_of_threads_at_any_deadline() {
    let folder = folder("json");
    let (code, one, _) = test(&folder, &["--manifest", "manifest.toml", "--json", "--jobs", "1"]);
    let report: Value = serde_json::from_str(&one).expect("one JSON object");
    assert_eq!((code, report["passed"].as_u64(), report["failed"].as_u64()), (1, Some(1), Some(1)));
    assert_eq!((report["ignored"].as_u64(), report["ran"].as_u64()), (Some(1), Some(1)));
    let results = report["results"].as_array().expect("a list");
    let verdicts: Vec<_> = results.iter().map(|result| result["verdict"].as_str().expect("a word")).collect();
    assert_eq!(verdicts, ["fail", "pass", "ran", "ignored"]);
    assert_eq!(results[2]["state_hash"].as_str().map(str::len), Some(32));
    assert_eq!(results[3]["state_hash"], Value::Null);
    for others in [["--jobs", "3"], ["--deadline", "now"], ["--deadline", "random:7"]] {
        let (_, other, _) = test(&folder, &[&["--manifest", "manifest.toml", "--json"], &others[..]].concat());
        assert_eq!(one, other, "{others:?}");
    }
}

#[test]
fn listed_failures_are_expected_and_listed_passes_are_errors() {
    let folder = folder("expect");
    let args = ["--manifest", "manifest.toml", "--expect", "known.txt", "--junit", "out.xml"];
    fs::write(folder.join("known.txt"), "demo.nes # shows nothing\nnone.nes # gone\n").expect("writable");
    let (code, out, error) = test(&folder, &args);
    assert_eq!((code, out.lines().last()), (0, Some("1 passed, 1 failed (1 expected), 1 ignored, 1 ran")));
    assert!(out.contains("expected (shows nothing)"), "{out}");
    assert!(error.contains("none.nes"), "{error}");
    let xml = fs::read_to_string(folder.join("out.xml")).expect("written");
    assert!(xml.contains("tests=\"4\" failures=\"0\" errors=\"0\" skipped=\"2\""), "{xml}");
    fs::write(folder.join("known.txt"), "demo.nes # x\ncpu.nes # x\n").expect("writable");
    let (code, out, _) = test(&folder, &args);
    assert_eq!(code, 1);
    assert!(out.contains("PASS?    roms/cpu.nes"), "{out}");
}

#[test]
fn nothing_run_is_exit_code_2() {
    let folder = folder("nothing");
    for args in
        [["--manifest", "manifest.toml", "--filter", "MISSING"], ["--manifest", "manifest.toml", "--filter", "x/y"]]
    {
        let (code, _, error) = test(&folder, &args);
        assert_eq!((code, error.lines().count()), (2, 1), "{error}");
    }
    assert_eq!(test(&folder, &["none.nes"]).0, 2);
    assert_eq!(test(&folder, &[]).0, 2);
}

#[test]
fn a_folder_is_searched_and_frames_bound_a_run() {
    let folder = folder("paths");
    let (code, out, _) = test(&folder, &["roms", "--frames", "3", "--json", "--filter", "CPU"]);
    let report: Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((code, report["ran"].as_u64(), report["results"][0]["frames"].as_u64()), (0, Some(1), Some(3)));
    assert_eq!(report["results"][0]["path"], "roms/cpu.nes");
}

#[test]
fn bad_files_are_one_sentence_and_exit_code_1() {
    let folder = folder("bad");
    fs::write(folder.join("bad.toml"), "# no\n\nmanifest").expect("writable");
    fs::write(folder.join("bad.txt"), "demo.nes without a reason\n").expect("writable");
    for (args, part) in [
        (["--manifest", "none.toml"].as_slice(), "none.toml"),
        (&["--manifest", "bad.toml"], "bad.toml: this is no manifest: line 3"),
        (&["roms", "--expect", "bad.txt"], "bad.txt: line 1"),
        (&["roms", "--expect", "none.txt"], "none.txt"),
        (&["roms", "--junit", "none/out.xml"], "out.xml"),
    ] {
        let (code, out, error) = test(&folder, args);
        assert_eq!((code, out.as_str(), error.lines().count()), (1, "", 1), "{args:?}: {error}");
        assert!(error.starts_with("ricojit: ") && error.contains(part), "{args:?}: {error}");
    }
}
