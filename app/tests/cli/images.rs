//! `--engine aot`, `--image` and `--against`: native code that was compiled before, in memory or from a file.

use crate::drive::{misuse, ricojit, succeed};
use ricojit::ahead::{Input, Target, compile};
use ricojit::{Cartridge, Options};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const DEMO: &[u8] = include_bytes!("../../../roms/demo.nes");
const CPU: &[u8] = include_bytes!("../../../roms/cpu.nes");

/// A folder for a test, with two programs and an image of the demo.
fn folder(test: &str) -> PathBuf {
    let cartridge = Cartridge::load(DEMO).expect("our own ROM");
    let (image, _) = compile(&cartridge, &Options::new(), &Input::default()).expect("this host can run native code");
    crate::drive::folder(test, &[("roms/demo.nes", DEMO), ("roms/cpu.nes", CPU), ("demo.image", &image.to_bytes())])
}

/// The report of a command, and what it says on standard error.
fn run(folder: &Path, args: &str) -> (Value, String) {
    let (code, out, said) = ricojit(folder, &format!("run roms/demo.nes --frames 60 --json {args}"));
    assert_eq!(code, 0, "{args}: {said}");
    (serde_json::from_str(&out).expect("an object"), said)
}

/// The digests of frames, samples and state in a report.
fn hashes(report: &Value) -> [&Value; 3] {
    ["frame_hash", "audio_hash", "state_hash"].map(|key| &report[key])
}

#[test]
fn compiling_before_a_run_is_reported_and_changes_nothing() {
    let folder = folder("aot");
    let (plain, _) = run(&folder, "--engine interp");
    let (aot, said) = run(&folder, "--engine aot");
    assert_eq!((hashes(&aot), said.as_str()), (hashes(&plain), ""));
    let number = |key: &str| aot["jit"][key].as_f64().unwrap_or_else(|| panic!("{key}: {aot}"));
    assert!(number("image_regions") > 20.0 && number("compile_seconds") > 0.0 && number("native_share") > 0.5, "{aot}");
    assert_eq!((number("regions"), aot["jit"]["interpreted"]["cold"].as_u64()), (0.0, Some(0)), "{aot}");
    let text = succeed(&folder, "run roms/demo.nes --frames 60 --engine aot");
    assert!(text.contains("engine aot") && text.contains(" ms before the run"), "{text}");
}

#[test]
fn an_image_is_run_by_all_engines_and_is_named_as_a_program() {
    let folder = folder("image");
    let (plain, _) = run(&folder, "--engine interp");
    for engine in ["aot", "jit", "verify", "verify --against jit", "verify --against aot", "jit --instances 2"] {
        let (report, said) = run(&folder, &format!("--image demo.image --engine {engine}"));
        let results = if engine.contains("instances") { &report["machines"][1] } else { &report };
        assert_eq!(hashes(results), hashes(&plain), "{engine}");
        assert!(report["jit"]["image_regions"].as_u64() > Some(20), "{engine}: {report}");
        assert!(said.contains("demo.image is a program") && said.lines().count() == 1, "{engine}: {said}");
    }
    let (aot, _) = run(&folder, "--image demo.image --engine aot");
    assert_eq!(aot["jit"]["compile_seconds"].as_f64(), Some(0.0), "{aot}");
}

#[test]
fn other_commands_take_an_image() {
    let folder = folder("image-commands");
    for (args, expected) in [
        ("test roms/demo.nes --frames 5 --engine aot", "1 ran"),
        ("bench roms/demo.nes --frames 3 --warmup 2 --rounds 1 --mode bare", " aot "),
        ("bench roms/demo.nes --cold --frames 3 --rounds 1 --engine aot", "aot, no-video"),
        ("blocks roms/demo.nes --frames 60 --engine aot", "native:"),
        ("blocks roms/demo.nes --frames 60", "native:"),
    ] {
        for image in ["", " --image demo.image"] {
            let (_, out, said) = ricojit(&folder, &format!("{args}{image}"));
            assert!(out.contains(expected), "{args}{image}: {out}{said}");
            assert_eq!(said.lines().count(), usize::from(!image.is_empty()), "{args}{image}: {said}");
        }
    }
}

#[test]
fn an_image_of_another_rom_or_a_damaged_one_is_refused() {
    let folder = folder("image-refused");
    let mut damaged = fs::read(folder.join("demo.image")).expect("written");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(folder.join("damaged.image"), damaged).expect("writable");
    for args in [
        "run roms/cpu.nes --frames 1 --engine aot --image demo.image",
        "run roms/demo.nes --frames 1 --image damaged.image",
        "run roms/demo.nes --frames 1 --image roms/demo.nes",
        "run roms/demo.nes --frames 1 --image none.image",
        "run roms/demo.nes --frames 1 --image demo.image --jit-off inline",
        "test roms/cpu.nes --image demo.image",
        "bench roms/cpu.nes --image demo.image",
        "blocks roms/cpu.nes --image demo.image",
    ] {
        let (code, out, said) = ricojit(&folder, args);
        assert_eq!((code, out.as_str()), (1, ""), "{args}: {said}");
        assert!(!said.contains("panicked"), "{args}: {said}");
    }
}

#[test]
fn a_target_that_is_not_in_the_build_is_a_usage_error() {
    let folder = folder("image-target");
    let (host, other) = if cfg!(target_arch = "x86_64") {
        (Target::X86_64, Target::Aarch64)
    } else {
        (Target::Aarch64, Target::X86_64)
    };
    if host.is_host() {
        succeed(&folder, &format!("compile roms/demo.nes -o host.image --target {host}"));
        assert!(fs::read(folder.join("host.image")).expect("written").starts_with(b"RICOIMG"));
    }
    let compile = format!("compile roms/demo.nes -o other.image --target {other}");
    if other.is_available() {
        succeed(&folder, &compile);
    } else {
        let said = misuse(&folder, &compile);
        assert!(said.contains(&format!("build with the feature `{other}`")) && said.lines().count() == 1, "{said}");
        assert!(!folder.join("other.image").exists());
    }
    misuse(&folder, "compile roms/demo.nes --target host");
}

#[test]
fn options_that_contradict_an_image_are_usage_errors() {
    let folder = folder("image-usage");
    for args in [
        "run --engine interp --image demo.image",
        "run --engine jit --against aot",
        "run --engine verify --against interp",
        "run --engine ahead",
        "test roms --image demo.image",
        "test roms/demo.nes --engine interp --image demo.image",
        "bench roms --image demo.image",
        "blocks --engine interp",
        "run roms/demo.nes --image demo.image --wav demo.image",
    ] {
        misuse(&folder, args);
    }
}
