//! `ricojit compile --standalone`: executables that are one game. The runtime is the program under test; `tests/standalone.sh`
//! makes executables of the one without a compiler.

use crate::drive::{folder, misuse, ricojit, succeed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const DEMO: &[u8] = include_bytes!("../../../roms/demo.nes");
const BANKS: &[u8] = include_bytes!("../../../roms/banks.nes");

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_ricojit");

/// The digests that end the report of a run.
fn digests(report: &[u8]) -> String {
    let report = String::from_utf8_lossy(report).into_owned();
    let lines: Vec<_> =
        report.lines().filter(|line| line.contains("_hash")).map(|line| line.trim_end_matches(',')).collect();
    assert_eq!(lines.len(), 3, "{report}");
    lines.join("\n")
}

/// Runs an executable of a test's folder.
fn start(folder: &Path, name: &str, words: &str) -> Output {
    let mut command = Command::new(folder.join(name));
    command.current_dir(folder).env_clear().args(words.split_whitespace());
    command.output().expect("the executable starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with two ROMs and an executable of each.
fn made(test: &str) -> PathBuf {
    let folder = folder(test, &[("demo.nes", DEMO), ("banks.nes", BANKS)]);
    for rom in ["demo", "banks"] {
        succeed(&folder, &format!("compile {rom}.nes --standalone --runtime {PROGRAM}"));
    }
    folder
}

#[test]
fn without_a_runtime_this_program_serves_and_says_so() {
    let folder = folder("no_runtime", &[("demo.nes", DEMO)]);
    let (code, out, error) = ricojit(&folder, "compile demo.nes --standalone -o game");
    assert!(code == 0 && out.contains("executable: game"), "{out}{error}");
    assert!(error.contains("ricojit-runtime (`make build` makes it), so this program is used"), "{error}");
    assert!(start(&folder, "game", "--headless --frames 2").status.success());
}

#[test]
fn an_executable_runs_as_run_does() {
    let folder = made("executable");
    for rom in ["demo", "banks"] {
        let (_, expected, _) = ricojit(&folder, &format!("run {rom}.nes --frames 60 --json --engine interp"));
        fs::create_dir_all(folder.join("elsewhere")).expect("a folder");
        fs::copy(folder.join(rom), folder.join("elsewhere/game")).expect("copied");
        for (name, engine) in [(rom, ""), ("elsewhere/game", " --engine aot"), (rom, " --engine interp")] {
            let output = start(&folder, name, &format!("--headless --frames 60 --json{engine}"));
            assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
            assert_eq!(digests(&output.stdout), digests(expected.as_bytes()), "{name}{engine}");
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an object");
            let regions = report["jit"]["image_regions"].as_u64();
            assert_eq!(regions.is_some_and(|regions| regions > 2), engine != " --engine interp", "{report}");
            assert_eq!(report["rom"], rom);
        }
    }
}

#[test]
fn an_executable_has_its_game_and_takes_no_other() {
    let folder = made("executable_args");
    for words in ["banks.nes", "--headless banks.nes", "--headless --image demo.image", "--bogus", "--headless --bogus"]
    {
        let output = start(&folder, "demo", words);
        assert_eq!(output.status.code(), Some(2), "{words}: {}", said(&output));
    }
    for (words, has, has_not) in [
        ("--help", ["--headless", "--scale", "licence"], "--image"),
        ("--headless --help", ["--frames", "--wav", "licence"], "ricojit run"),
    ] {
        let output = start(&folder, "demo", words);
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && has.iter().all(|word| help.contains(word)), "{help}");
        assert!(!help.contains(has_not), "{help}");
    }
    // There is no display.
    if cfg!(feature = "window") {
        let output = start(&folder, "demo", "");
        assert!(output.status.code() == Some(1) && said(&output).contains("--headless"), "{}", said(&output));
    }
}

#[test]
fn a_damaged_executable_says_so() {
    let folder = made("executable_damaged");
    let whole = fs::read(folder.join("demo")).expect("the executable");
    // The program has a demo of its own.
    let rom = whole.windows(DEMO.len()).rposition(|bytes| bytes == DEMO).expect("the ROM is in it");
    let try_bytes = |bytes: &[u8]| {
        fs::write(folder.join("damaged"), bytes).expect("written");
        succeed_in_making_executable(&folder.join("damaged"));
        start(&folder, "damaged", "--headless --frames 2")
    };
    for at in [rom, rom + DEMO.len() - 1, rom + DEMO.len() + 1000] {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        let output = try_bytes(&flipped);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("damaged"), "{}", said(&output));
    }
    let output = try_bytes(&whole[..rom + DEMO.len()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("was cut off"), "{}", said(&output));
    assert!(try_bytes(&whole).status.success());
}

#[cfg(unix)]
fn succeed_in_making_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

#[test]
fn what_is_no_runtime_is_refused() {
    let folder = made("runtime");
    let program = fs::read(PROGRAM).expect("the program");
    let start = [b"Ricojit locator\x1A", ricojit::Image::MAKER.as_bytes()].concat();
    // Constants come before it.
    let locator = program.windows(start.len()).rposition(|bytes| bytes == start).expect("the program has a locator");
    let with = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = program.clone();
        change(&mut bytes);
        fs::write(folder.join(name), bytes).expect("written");
    };
    with("other-version", &|bytes| bytes[locator + 20] ^= 1);
    with("other-form", &|bytes| bytes[locator + 56] ^= 1);
    with("no-locator", &|bytes| bytes[locator] ^= 1);
    with("other-machine", &|bytes| bytes[18] ^= 0x40);
    with("short", &|bytes| bytes.truncate(1000));
    for (runtime, sentence) in [
        ("demo.nes", "not a program of Ricojit"),
        ("demo", "has a game in it already"),
        ("other-version", "of another version"),
        ("other-form", "of another version"),
        ("no-locator", "not a program of Ricojit"),
        ("other-machine", "for another architecture"),
        ("short", "not a program of Ricojit"),
        ("nowhere", "cannot read "),
    ] {
        let (code, _, error) = ricojit(&folder, &format!("compile demo.nes --standalone --runtime {runtime} -o out"));
        assert!(code == 1 && error.contains(sentence), "{runtime}: {error}");
        assert!(!folder.join("out").exists(), "{runtime}");
    }
}

#[test]
fn any_damage_to_a_runtime_is_survived() {
    let folder = folder("runtime_damage", &[("demo.nes", DEMO)]);
    let program = fs::read(PROGRAM).expect("the program");
    let table = u64::from_le_bytes(program[40..48].try_into().expect("8 bytes")) as usize;
    // The ELF header, some program headers, some section headers. Whatever comes out, no panic.
    let places = (4..64).step_by(3).chain((64..700).step_by(41)).chain((table..program.len()).step_by(331));
    for (number, at) in places.enumerate() {
        let mut bytes = program.clone();
        bytes[at] ^= if number % 2 == 0 { 0xFF } else { 0x81 };
        fs::write(folder.join("runtime"), bytes).expect("written");
        let (code, _, error) = ricojit(&folder, "compile demo.nes --standalone --runtime runtime -o out");
        assert!(code == 0 || code == 1 && error.starts_with("ricojit: runtime: this "), "{at}: {code} {error}");
    }
}

#[test]
fn wrong_use_writes_nothing() {
    let folder = folder("executable_misuse", &[("demo.nes", DEMO), ("icon.png", b"not a picture"), ("game", DEMO)]);
    let before = fs::read_dir(&folder).expect("a folder").count();
    for words in [
        "demo.nes --title x",
        "demo.nes --icon icon.png",
        "demo.nes --standalone --no-output",
        "demo.nes --standalone -o demo.nes",
        "demo.nes --standalone -o icon.png --icon icon.png",
        "game --standalone",
        "demo.nes demo.nes --standalone --title x",
    ] {
        misuse(&folder, &format!("compile {words}"));
    }
    let (code, _, error) = ricojit(&folder, "compile demo.nes --standalone --icon icon.png");
    assert!(code == 1 && error.contains("icon.png: this is not a PNG file"), "{error}");
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), before);
}
