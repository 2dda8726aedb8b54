//! `ricojit run`, `info` and `disasm`: what they print, what they write, how they fail.

use crate::drive::{fail, folder, misuse, ricojit, succeed};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::{Command, Stdio};

/// The report of `ricojit run --json --frames 30` with more options.
fn run(folder: &Path, args: &str) -> Value {
    json(folder, &format!("--frames 30 {args}"))
}

/// The report of `ricojit run`.
fn json(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&succeed(folder, &format!("run game.nes --json {args}"))).expect("one JSON object")
}

/// The digests of frames, samples and state in a report.
fn hashes(report: &Value) -> [&Value; 3] {
    ["frame_hash", "audio_hash", "state_hash"].map(|key| &report[key])
}

/// An NROM cartridge with battery RAM. Its program plays a tone, stores at $0000 and $6000 whether A was ever pressed on
/// pad 1, and shows that as the backdrop colour.
pub(crate) fn game() -> Vec<u8> {
    #[rustfmt::skip]
    let start = [
        0x78,                         // SEI
        0xA9, 0x01, 0x8D, 0x15, 0x40, // pulse 1 on
        0xA9, 0xBF, 0x8D, 0x00, 0x40,
        0xA9, 0xFD, 0x8D, 0x02, 0x40,
        0xA9, 0x00, 0x8D, 0x03, 0x40,
        0x2C, 0x02, 0x20, 0x10, 0xFB, // two vblanks: the PPU has warmed up
        0x2C, 0x02, 0x20, 0x10, 0xFB,
    ];
    #[rustfmt::skip]
    let round = [
        0xA9, 0x01, 0x8D, 0x16, 0x40, // strobe
        0x4A,       0x8D, 0x16, 0x40,
        0xAD, 0x16, 0x40, 0x29, 0x01, // A button
        0x05, 0x00, 0x85, 0x00,       // ORA, STA $00
        0x8D, 0x00, 0x60,
        0xA2, 0x3F, 0x8E, 0x06, 0x20, // palette 0
        0xA2, 0x00, 0x8E, 0x06, 0x20,
        0x8D, 0x07, 0x20,
        0x8E, 0x06, 0x20, 0x8E, 0x06, 0x20,
    ];
    let mut prg = vec![0u8; 0x4000];
    let jump = [0x4C, start.len() as u8, 0xC0];
    for (at, byte) in start.iter().chain(&round).chain(&jump).enumerate() {
        prg[at] = *byte;
    }
    prg[0x3FFA..].copy_from_slice(&[0x00, 0xC0, 0x00, 0xC0, 0x00, 0xC0]);
    [&b"NES\x1A\x01\x01\x02\0\0\0\0\0\0\0\0\0"[..], &prg, &[0; 0x2000]].concat()
}

/// A folder with the cartridge as `game.nes`.
fn folder_with_game(test: &str) -> PathBuf {
    folder(test, &[("game.nes", &game())])
}

/// A zip archive of these files.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a zip entry");
        zip.write_all(content).expect("written to memory");
    }
    zip.finish().expect("written to memory").into_inner()
}

// Successful runs ------------------------------------------------------------------------------------------------

#[test]
fn the_demo_runs_without_a_rom() {
    let out = succeed(&folder("demo", &[]), "run --frames 20");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("demo: 20 frames in ") && lines[0].contains("times real speed"), "{out}");
    let digests = &lines[lines.len() - 3..];
    for (line, name) in digests.iter().zip(["frames", "audio", "state"]) {
        let (key, hash) = line.split_once(' ').expect("a name and a digest");
        assert!(key == name && hash.trim().len() == 32, "{out}");
    }
}

#[test]
fn json_has_all_keys() {
    let folder = folder_with_game("json");
    let report = run(&folder, "");
    assert_eq!(
        (&report["rom"], &report["engine"], &report["frames"]),
        (&"game.nes".into(), &if cfg!(feature = "jit") { "jit" } else { "interp" }.into(), &30.into())
    );
    for key in ["seconds", "cpu_seconds", "fps", "speed"] {
        assert!(report[key].as_f64().is_some_and(|number| number > 0.0), "{key}: {report}");
    }
    for hash in hashes(&report) {
        assert!(hash.as_str().is_some_and(|text| text.len() == 32), "{report}");
    }
    assert!(report["samples"].as_u64().is_some_and(|samples| samples.abs_diff(30 * 44_100 / 60) < 100), "{report}");
    let silent = run(&folder, "--no-video --no-audio");
    assert_eq!(hashes(&silent), [&Value::Null, &Value::Null, &report["state_hash"]]);
    let some = run(&folder, "--render-every 7");
    assert_ne!(some["frame_hash"], report["frame_hash"]);
    assert_eq!(hashes(&some)[1..], hashes(&report)[1..]);
}

#[test]
fn results_depend_only_on_rom_options_and_input() {
    let folder = folder_with_game("determinism");
    let report = run(&folder, "");
    for args in [
        "",
        "--pixels rgba",
        "--pixels rgb565",
        "--deadline now",
        "--deadline random:7",
        "--hash-every 7",
        "--engine interp",
    ] {
        assert_eq!(hashes(&run(&folder, args)), hashes(&report), "{args}");
    }
    let other = run(&folder, "--power-on random:1");
    assert_ne!(other["state_hash"], report["state_hash"], "power-on RAM is part of the state");
    let pal = run(&folder, "--region pal");
    assert_eq!(pal["region"], "pal");
    assert_ne!(pal["audio_hash"], report["audio_hash"], "PAL has another clock");
}

#[test]
fn frames_after_a_warm_up_are_the_same() {
    let folder = folder_with_game("warmup");
    let warm = run(&folder, "--warmup 20 --hash-every 10");
    let whole = json(&folder, "--frames 50");
    assert_eq!(warm["state_hash"], whole["state_hash"]);
    assert_ne!(warm["audio_hash"], whole["audio_hash"]);
    let checkpoints = warm["state_hashes"].as_array().expect("a list");
    let frames: Vec<_> = checkpoints.iter().map(|checkpoint| checkpoint["frame"].as_u64()).collect();
    assert_eq!(frames, [Some(30), Some(40), Some(50)]);
    assert_eq!(checkpoints[2]["state_hash"], warm["state_hash"]);
}

#[test]
fn scripts_and_movies_press_buttons() {
    let folder = folder_with_game("input");
    fs::write(folder.join("keys.txt"), "# press A for a while\n10 1 a\n20 1 -\n").expect("writable");
    fs::write(folder.join("reset.txt"), "10 1 a\n20 1 -\n25 power\n").expect("writable");
    let movie =
        |frame: usize| if (10..20).contains(&frame) { "|0|.......A|........||" } else { "|0|........|........||" };
    let lines: Vec<&str> = (0..30).map(movie).collect();
    fs::write(folder.join("movie.fm2"), format!("version 3\npalFlag 0\n{}\n", lines.join("\n"))).expect("writable");

    let idle = run(&folder, "");
    let pressed = run(&folder, "--input keys.txt");
    assert_ne!(hashes(&pressed)[2], hashes(&idle)[2], "the program saw the button");
    assert_ne!(hashes(&pressed)[0], hashes(&idle)[0], "and showed it");
    let replayed = run(&folder, "--input movie.fm2");
    assert_eq!(hashes(&replayed), hashes(&pressed), "the same presses, from a movie");
    assert_ne!(hashes(&run(&folder, "--input reset.txt"))[2], hashes(&pressed)[2]);

    let states = |report: &Value| report["state_hashes"].clone();
    let [idle, pressed] = ["", "--input keys.txt"].map(|args| states(&run(&folder, &format!("--hash-every 1 {args}"))));
    let first = (0..30).find(|&frame| idle[frame] != pressed[frame]);
    assert_eq!(first, Some(10), "pressed in frame 10, counted from 0");

    fs::write(folder.join("power.txt"), "10 1 a\n20 power\n").expect("writable");
    fs::write(folder.join("again.txt"), "10 1 a\n20 power\n20 1 a\n").expect("writable");
    let held = run(&folder, "--input power.txt");
    assert_eq!(hashes(&held), hashes(&run(&folder, "--input again.txt")), "power-off does not move fingers");

    let length = json(&folder, "--input movie.fm2 --warmup 5");
    assert_eq!(length["frames"], 25, "to the end of the movie");
}

#[test]
fn pictures_and_sound_are_written() {
    let folder = folder_with_game("outputs");
    fs::write(folder.join("keys.txt"), "10 1 a\n").expect("writable");
    let mut colours = [0u8; 192];
    colours[..6].copy_from_slice(&[1, 2, 3, 200, 100, 50]);
    fs::write(folder.join("own.pal"), colours).expect("writable");
    let report =
        run(&folder, "--input keys.txt --palette own.pal --screenshot early.png@8 --screenshot late.png --wav a.wav");
    for (name, colour) in [("early.png", [1, 2, 3]), ("late.png", [200, 100, 50])] {
        let file = std::io::BufReader::new(fs::File::open(folder.join(name)).expect("written"));
        let mut png = png::Decoder::new(file).read_info().expect("a PNG");
        let mut pixels = vec![0; png.output_buffer_size().expect("a size")];
        let info = png.next_frame(&mut pixels).expect("a picture");
        assert_eq!((info.width, info.height), (256, 240));
        assert_eq!(pixels[3 * 256 * 120..][..3], colour, "{name}");
    }
    let wav = hound::WavReader::open(folder.join("a.wav")).expect("a WAV file");
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (44_100, 1));
    assert_eq!(u64::from(wav.len()), report["samples"].as_u64().expect("a number"));
    let samples: Vec<i16> = wav.into_samples().map(|sample| sample.expect("a sample")).collect();
    assert!(samples.iter().max() > samples.iter().min(), "there is a tone");
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), 6, "nothing else was left");
}

#[test]
fn battery_ram_is_saved_and_never_lost() {
    let folder = folder_with_game("battery");
    fs::write(folder.join("keys.txt"), "10 1 a\n").expect("writable");
    let save = folder.join("game.sav");
    run(&folder, "--input keys.txt --save game.sav");
    let kept = fs::read(&save).expect("written");
    assert_eq!((kept.len(), kept[0]), (0x2000, 1));

    let mut marked = kept.clone();
    marked[0x1FFF] = 0xA5;
    fs::write(&save, &marked).expect("writable");
    run(&folder, "--save game.sav");
    let kept = fs::read(&save).expect("written");
    assert_eq!((kept[0], kept[0x1FFF]), (0, 0xA5), "loaded, changed by the program, written again");

    fs::write(&save, b"too short").expect("writable");
    let (code, _, error) = ricojit(&folder, "run game.nes --frames 5 --save game.sav");
    assert!(code == 0 && error.contains("game.sav.bak"), "{error}");
    assert_eq!(fs::read(folder.join("game.sav.bak")).expect("kept aside"), b"too short");
    assert_eq!(fs::read(&save).expect("written").len(), 0x2000);

    // An empty file needs no backup.
    fs::write(folder.join("new.sav"), b"").expect("writable");
    let before = fs::read_dir(&folder).expect("readable").count();
    run(&folder, "--save new.sav");
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), before);

    // The demo has no battery.
    let error = fail(&folder, "run --frames 5 --save game.sav");
    assert!(error.contains("no battery"), "{error}");
    assert_eq!(fs::read(&save).expect("untouched").len(), 0x2000);
}

#[test]
fn info_and_disasm_describe_the_rom() {
    let folder = folder_with_game("describe");
    let info = succeed(&folder, "info game.nes");
    for part in ["board      0 (NROM)", "PRG ROM    16 KiB", "battery-backed", "SHA-1", "iNES"] {
        assert!(info.contains(part), "{part}: {info}");
    }
    let listing = succeed(&folder, "disasm game.nes");
    for part in ["SEI", "; PPUSTATUS", "JMP loc_", "bytes not reached"] {
        assert!(listing.contains(part) || part == "bytes not reached", "{part}: {listing}");
    }
    fs::write(folder.join("game.zip"), zip(&[("read.me", b"text"), ("a/game.nes", &game())])).expect("writable");
    let zipped = succeed(&folder, "info game.zip");
    assert_eq!(zipped.lines().skip(1).collect::<Vec<_>>(), info.lines().skip(1).collect::<Vec<_>>());
}

#[test]
fn every_help_has_examples() {
    let folder = folder("help", &[]);
    let top = succeed(&folder, "--help");
    for command in ["run", "test", "info", "disasm"] {
        assert!(top.contains(command), "{top}");
        let help = succeed(&folder, &format!("{command} --help"));
        assert!(help.contains(&format!("  ricojit {command}")), "{command} has examples: {help}");
    }
    assert!(succeed(&folder, "--version").starts_with("ricojit "));
}

// Bad input ------------------------------------------------------------------------------------------------

#[test]
fn a_bad_rom_is_refused_with_one_message() {
    let folder = folder("bad-roms", &[]);
    let header = |bytes: &[u8]| [bytes, &vec![0; 16 - bytes.len()]].concat();
    let small = [header(b"NES\x1A\x01"), vec![0; 0x4000]].concat();
    let mut board_90 = game();
    board_90[6] = 0xA0;
    board_90[7] |= 0x50;
    let cases: [(&str, Vec<u8>, &str); 11] = [
        ("empty", vec![], "empty"),
        ("header", b"NES\x1A\x01".to_vec(), "16"),
        ("text", b"this is no ROM, it is a text".to_vec(), "not an NES ROM"),
        ("truncated", small[..16].to_vec(), "cut off"),
        ("no-prg", header(b"NES\x1A"), "no PRG ROM"),
        ("huge", header(b"NES\x1A\xFF\0\0\x08\0\x0F"), ""),
        ("unknown-board", board_90, "90 (J.Y. Company"),
        ("no-rom.zip", zip(&[("read.me", b"text")]), "no .nes"),
        ("empty.zip", zip(&[]), "no .nes"),
        ("broken.zip", zip(&[("a.nes", &game())])[..60].to_vec(), "zip"),
        ("not-nes.zip", zip(&[("a.nes", b"text")]), "not an NES ROM"),
    ];
    for (name, content, part) in cases {
        fs::write(folder.join(name), content).expect("writable");
        for command in ["run", "info", "disasm"] {
            if (command, name) == ("info", "unknown-board") {
                assert!(succeed(&folder, &format!("{command} {name}")).contains("not supported"));
                continue;
            }
            let error = fail(&folder, &format!("{command} {name}"));
            assert!(error.contains(name) && error.contains(part), "{error}");
        }
    }
    assert!(fail(&folder, "run missing.nes").contains("missing.nes"));
    assert!(fail(&folder, "run .").contains('.'));
}

#[test]
fn a_file_larger_than_any_cartridge_is_refused() {
    let folder = folder("oversized", &[]);
    // A sparse file: it needs no space.
    let file = fs::File::create(folder.join("large.nes")).expect("writable");
    file.set_len(200 << 20).expect("a sparse file");
    assert!(fail(&folder, "run large.nes").contains("larger"));
    fs::remove_dir_all(&folder).expect("removable");
}

#[test]
fn a_bad_input_file_is_refused_with_one_message() {
    let folder = folder_with_game("companions");
    for (option, content, part) in [
        ("--input", &b"10 1 jump\n"[..], "line 1: `jump`"),
        ("--input", b"\x00\x01\x02\n", "line 1"),
        ("--input", b"version 3\nfourscore 1\n", "line 2"),
        ("--input", b"version 3\nsavestate 0xFF\n", "line 2"),
        ("--input", b"version 3\nbinary 1\n", "line 2"),
        ("--input", b"version 3\n", "frame"),
        ("--palette", b"abc", "192 or 1536"),
    ] {
        fs::write(folder.join("file"), content).expect("writable");
        let error = fail(&folder, &format!("run game.nes {option} file"));
        assert!(error.contains("file: ") && error.contains(part), "{error}");
        let error = fail(&folder, &format!("run game.nes {option} missing"));
        assert!(error.contains("missing"), "{error}");
    }
}

#[test]
fn an_unwritable_output_fails_and_overwrites_nothing() {
    let folder = folder_with_game("unwritable");
    fs::write(folder.join("old.wav"), "old").expect("writable");
    fs::write(folder.join("old.sav"), "old").expect("writable");
    for (option, path) in [
        ("--screenshot", "nowhere/a.png"),
        ("--screenshot", "."),
        ("--wav", "nowhere/a.wav"),
        ("--save", "nowhere/a.sav"),
        ("--wav", "/dev/full"),
        ("--screenshot", "/dev/full"),
    ] {
        let error = fail(&folder, &format!("run game.nes --frames 5 {option} {path}"));
        assert!(error.contains("cannot write"), "{error}");
    }
    // One bad output: the others stay as they were.
    fail(&folder, "run game.nes --wav old.wav --screenshot nowhere/a.png");
    fail(&folder, "run game.nes --wav old.wav --palette game.nes");
    fail(&folder, "run missing.nes --save old.sav --wav old.wav");
    assert_eq!(fs::read(folder.join("old.wav")).expect("there"), b"old");
    assert_eq!(fs::read(folder.join("old.sav")).expect("there"), b"old");
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), 3, "no temporary file is left");
}

/// Runs the program from a shell, after a line that prepares the shell; returns the exit code.
#[cfg(unix)]
fn in_shell(folder: &Path, preparation: &str, words: &str) -> Option<i32> {
    let line = format!("{preparation}; exec {} {words}", env!("CARGO_BIN_EXE_ricojit"));
    let status = Command::new("sh").args(["-c", &line]).current_dir(folder).stdout(Stdio::null()).status();
    status.expect("there is a shell").code()
}

#[test]
#[cfg(unix)]
fn a_full_disk_does_not_damage_a_save() {
    // With 1 KiB of battery RAM, by an NES 2.0 header: less than any buffer.
    let mut small = game();
    (small[6], small[7], small[10]) = (0x02, 0x08, 0x40);
    let folder = folder("full-disk", &[("game.nes", &small), ("game.sav", &[7; 0x400][..])]);
    let save = || fs::read(folder.join("game.sav")).expect("there");
    // No file may grow; writes fail instead of killing the program.
    let no_room = "trap '' XFSZ; ulimit -f 0; exec 2>&-";
    assert_eq!(in_shell(&folder, no_room, "run game.nes --frames 30 --save game.sav"), Some(1));
    assert_eq!(save(), [7; 0x400]);
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), 2, "and nothing is left");
    run(&folder, "--save game.sav");
    assert_eq!((save().len(), save()[0]), (0x400, 0), "now there is room");
}

#[test]
#[cfg(target_os = "linux")]
fn a_closed_standard_error_does_not_stop_the_program() {
    let folder = folder_with_game("untold");
    fs::write(folder.join("game.sav"), "short").expect("writable");
    for (words, code) in [
        ("run game.nes --frames 5 --save game.sav", 0),
        ("run missing.nes", 1),
        ("test missing.nes", 2),
        ("test . --frames 2 --jobs 5", 0),
    ] {
        assert_eq!(in_shell(&folder, "exec 2>/dev/full", words), Some(code), "{words}");
    }
    assert_eq!(fs::read(folder.join("game.sav")).expect("written").len(), 0x2000);
}

#[test]
fn no_output_replaces_another_file_of_the_command() {
    let folder = folder_with_game("replaced");
    for name in ["keys.txt", "own.pal", "manifest.toml", "known.txt"] {
        fs::write(folder.join(name), if name == "own.pal" { vec![0; 192] } else { Vec::new() }).expect("writable");
    }
    let before = fs::read_dir(&folder).expect("readable").count();
    for words in [
        "run game.nes --wav game.nes",
        "run game.nes --screenshot ./game.nes@3",
        "run game.nes --save game.nes",
        "run game.nes --input keys.txt --wav keys.txt",
        "run game.nes --palette own.pal --screenshot own.pal",
        "run game.nes --wav new --save new",
        "run game.nes --screenshot a.png@1 --screenshot a.png@2",
        "test game.nes --junit game.nes",
        "test game.nes --expect known.txt --junit known.txt",
        "test --manifest manifest.toml --junit manifest.toml",
        "bench game.nes --json game.nes",
        "bench game.nes --json new --chart new",
    ] {
        let error = misuse(&folder, words);
        assert!(error.contains("would overwrite") && error.lines().count() == 1, "{words}: {error}");
    }
    assert_eq!(fs::read(folder.join("game.nes")).expect("there"), game());
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), before);
}

#[test]
#[cfg(unix)]
fn an_endless_file_is_refused() {
    let folder = folder_with_game("endless");
    for (words, part) in [
        ("run /dev/zero", "larger than"),
        ("run game.nes --input /dev/zero", "larger than"),
        ("run game.nes --palette /dev/zero", "larger than"),
        ("test game.nes --expect /dev/zero", "larger than"),
        ("test --manifest /dev/zero", "too large"),
    ] {
        let error = fail(&folder, words);
        assert!(error.contains("/dev/zero") && error.contains(part), "{error}");
    }
    let (code, out, _) = ricojit(&folder, "test /dev/zero");
    assert!(code == 2 && out.contains("larger than"), "{out}");
}

#[test]
fn a_usage_error_is_exit_code_2() {
    let folder = folder_with_game("usage");
    for args in [
        "",
        "dance",
        "info",
        "run game.nes --frames 0",
        "run game.nes --frames many",
        "run game.nes --engine steam",
        "run game.nes --region moon",
        "run game.nes --deadline random:x",
        "run game.nes --sample-rate 8000",
        "run game.nes --hash-every 0",
        "run game.nes --screenshot a.png@0",
        "run game.nes --frames 10 --screenshot a.png@11",
        "run game.nes --no-video --screenshot a.png",
        "run game.nes --no-video --pixels rgba",
        "run game.nes --no-video --render-every 2",
        "run game.nes --render-every 0",
        "run game.nes --no-audio --wav a.wav",
    ] {
        misuse(&folder, args);
    }
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), 1, "nothing was written");
}

#[test]
fn a_code_data_log_is_written_and_merged() {
    let folder = folder("cdl", &[("game.nes", &game())]);
    let read = |name: &str| fs::read(folder.join(name)).expect("written");
    let plain = run(&folder, "--engine interp");
    let logged = run(&folder, "--cdl game.cdl");
    assert_eq!(hashes(&logged), hashes(&plain));
    assert_eq!(logged["engine"], "interp");
    let log = read("game.cdl");
    assert_eq!(log.len(), 0x4000 + 0x2000);
    // SEI at $C000, and the high byte of the reset vector.
    assert_eq!((log[0] & 0x0F, log[0x3FFD] & 0x0F), (0x09, 0x0E));

    // A log with another use in it.
    let mut other = vec![0; log.len()];
    (other[0], other[0x3000]) = (0x02, 0x22);
    fs::write(folder.join("other.cdl"), &other).expect("writable");
    run(&folder, "--cdl other.cdl --cdl-merge");
    let merged = read("other.cdl");
    assert_eq!((merged[0], merged[0x3000]), (log[0] | 0x02, 0x22));
    run(&folder, "--cdl other.cdl");
    assert_eq!(read("other.cdl"), log, "without --cdl-merge the file is replaced");
    run(&folder, "--cdl other.cdl --cdl-merge --cdl-format mesen");
    assert!(read("other.cdl").starts_with(b"CDLv2") && read("other.cdl").len() == log.len() + 9);
    run(&folder, "--cdl other.cdl --cdl-merge");
    assert_eq!(read("other.cdl").len(), log.len());

    fs::write(folder.join("short.cdl"), [0; 100]).expect("writable");
    let error = fail(&folder, "run game.nes --cdl short.cdl --cdl-merge");
    assert!(error.contains("24576") && error.contains("100"), "{error}");
    assert_eq!(read("short.cdl").len(), 100);
    for args in ["--cdl game.nes", "--cdl a.cdl --instances 2", "--cdl-merge", "--cdl a.cdl --wav a.cdl"] {
        misuse(&folder, &format!("run game.nes {args}"));
    }
}
