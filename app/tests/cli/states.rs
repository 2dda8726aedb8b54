//! `ricojit run --save-state --load-state`: a run continues in another process and on another engine as if it had not
//! stopped.

use crate::drive::{fail, misuse, ricojit, succeed};
use crate::run::game;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

const DEMO: &[u8] = include_bytes!("../../../roms/demo.nes");
const BANKS: &[u8] = include_bytes!("../../../roms/banks.nes");

/// The engines of this build: what one saves, the other loads.
const ENGINES: [&str; 2] = if cfg!(feature = "jit") { ["interp", "jit --jit-threshold 0"] } else { ["interp"; 2] };

fn folder(test: &str) -> PathBuf {
    let game = game();
    crate::drive::folder(test, &[("demo.nes", DEMO), ("banks.nes", BANKS), ("game.nes", &game)])
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.join(name), content).expect("writable");
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).expect(name)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).expect("readable").count()
}

/// The report of `ricojit run`.
fn run(folder: &Path, words: &str) -> Value {
    serde_json::from_str(&succeed(folder, &format!("run --json {words}"))).expect("one JSON object")
}

/// The results that must not depend on saving and loading.
fn results(report: &Value) -> [&Value; 5] {
    ["frames", "samples", "frame_hash", "audio_hash", "state_hash"].map(|key| &report[key])
}

// Continuing ------------------------------------------------------------------------------------------------

#[test]
fn a_run_goes_on_in_another_process_on_another_engine() {
    let folder = folder("goes-on");
    write(&folder, "keys.txt", "20 1 right\n90 1 right+a\n250 1 b\n300 reset\n310 2 start\n420 1 left\n600 1 a\n");
    write(&folder, "loop.txt", "20 1 right\n60 1 a\n66 1 -\n97 loop\n");
    write(&folder, "power.txt", "20 1 right\n100 power\n301 1 a\n350 power\n360 1 right\n");
    for rom in ["demo.nes", "banks.nes", "game.nes --sample-rate 48000 --render-every 7"] {
        for input in ["", "--input keys.txt", "--input loop.txt", "--input power.txt"] {
            let whole = run(&folder, &format!("{rom} {input} --warmup 300 --frames 600"));
            for [saves, loads] in [ENGINES, [ENGINES[1], ENGINES[0]]] {
                run(&folder, &format!("{rom} {input} --frames 300 --save-state a.state --engine {saves}"));
                let words = format!("{rom} {input} --frames 600 --load-state a.state --engine {loads}");
                let rest = run(&folder, &words);
                assert_eq!(results(&rest), results(&whole), "{words}");
                assert_eq!(rest["loaded_frame"], 300);
            }
            assert_eq!(whole.get("loaded_frame"), None);
        }
    }
}

#[test]
fn frames_count_from_power_on() {
    let folder = folder("counts");
    let words = "demo.nes --frames 60 --save-state b.state@50 --save-state a.state@20 --save-state last.state";
    run(&folder, &format!("{words} --screenshot 50.png@50 --hash-every 10"));
    run(&folder, "demo.nes --frames 20 --save-state 20.state");
    assert_eq!(read(&folder, "a.state"), read(&folder, "20.state"), "after frame 20");

    let words = "demo.nes --load-state a.state --warmup 10 --frames 30 --hash-every 15";
    let rest =
        run(&folder, &format!("{words} --save-state 50.state@50 --save-state 60.state --screenshot again.png@50"));
    assert_eq!(read(&folder, "50.state"), read(&folder, "b.state"));
    assert_eq!(read(&folder, "60.state"), read(&folder, "last.state"));
    assert_eq!(read(&folder, "again.png"), read(&folder, "50.png"));
    let hashes = rest["state_hashes"].as_array().expect("a list");
    assert_eq!(hashes.iter().map(|hash| &hash["frame"]).collect::<Vec<_>>(), [45, 60]);
    let whole = run(&folder, "demo.nes --warmup 30 --frames 30");
    assert_eq!(results(&rest), results(&whole));

    for (words, part) in [
        ("--save-state new@20", "new@20 is before the first frame, 21"),
        ("--screenshot new@7", "new@7 is before the first frame, 21"),
        ("--save-state new@51", "new@51 is after the last frame, 50"),
    ] {
        let error = misuse(&folder, &format!("run demo.nes --load-state a.state --frames 30 {words}"));
        assert!(error.contains(part) && error.lines().count() == 1, "{error}");
    }
    assert!(!folder.join("new").exists());
}

/// The first frame, counted from 1, after which two runs have different states.
fn first_difference(one: &Value, other: &Value) -> Option<u64> {
    let hashes = |report: &Value| report["state_hashes"].as_array().expect("a list").clone();
    let (one, other) = (hashes(one), hashes(other));
    assert_eq!(one.len(), other.len());
    one.iter().zip(&other).find(|(one, other)| one != other).and_then(|(one, _)| one["frame"].as_u64())
}

/// The program of `game` stores whether A was ever pressed.
#[test]
fn a_script_that_the_state_does_not_know_goes_on_at_its_frame() {
    let folder = folder("scripts");
    run(&folder, "game.nes --frames 20 --save-state a.state");
    let loaded =
        |input: &str| run(&folder, &format!("game.nes --load-state a.state --frames 30 --hash-every 1 {input}"));
    let idle = loaded("");
    for (script, first) in [
        ("10 1 a\n", Some(21)),
        ("10 1 a\n15 1 -\n", None),
        ("10 1 a\n20 1 -\n", None),
        ("5 reset\n10 power\n", None),
        ("20 1 a\n", Some(21)),
        ("30 1 a\n", Some(31)),
        ("10 1 a\n15 1 -\n18 loop\n", Some(29)),
        ("3 1 a\n5 1 -\n18 loop\n", Some(22)),
    ] {
        write(&folder, "keys.txt", script);
        assert_eq!(first_difference(&idle, &loaded("--input keys.txt")), first, "{script}");
    }
    let log = [["|0|........|........||\n"; 40].concat(), "|0|.......A|........||\n".repeat(3)].concat();
    write(&folder, "movie.fm2", format!("version 3\n{log}"));
    let movie = run(&folder, "game.nes --load-state a.state --input movie.fm2 --hash-every 1");
    assert_eq!(movie["frames"], 23, "to the end of the movie");
    let idle = run(&folder, "game.nes --load-state a.state --frames 23 --hash-every 1");
    assert_eq!(first_difference(&idle, &movie), Some(41));
    let error = misuse(&folder, "run game.nes --load-state a.state --input movie.fm2 --warmup 23");
    assert!(error.contains("44, is after the movie's last, 43"), "{error}");
}

#[test]
fn the_battery_of_the_state_wins_and_the_file_is_kept() {
    let folder = folder("battery");
    write(&folder, "keys.txt", "10 1 a\n");
    run(&folder, "game.nes --frames 20 --input keys.txt --save-state a.state");
    let old: Vec<u8> = (0..0x2000).map(|at| at as u8 ^ 0x5A).collect();
    write(&folder, "game.sav", &old);
    let before = files(&folder);
    let words = "game.nes --frames 20 --load-state a.state --save game.sav";
    let with = run(&folder, words);
    let without = run(&folder, "game.nes --frames 20 --load-state a.state");
    assert_eq!(results(&with), results(&without), "the file is not loaded");
    let saved = read(&folder, "game.sav");
    assert_eq!((saved.len(), saved[0], &saved[1..]), (0x2000, 1, &[0; 0x1FFF][..]), "the state's");
    assert_eq!(read(&folder, "game.sav.bak"), old);
    run(&folder, words);
    assert_eq!((read(&folder, "game.sav"), files(&folder)), (saved, before + 1), "nothing new, no other copy");

    write(&folder, "game.sav", "another");
    run(&folder, words);
    assert_eq!(read(&folder, "game.sav.bak2"), b"another");
    write(&folder, "empty.sav", "");
    let before = files(&folder);
    run(&folder, &words.replace("game.sav", "empty.sav"));
    run(&folder, &words.replace("game.sav", "new.sav"));
    assert_eq!(files(&folder), before + 1);

    // A failing run changes no file.
    write(&folder, "bad.state", "text");
    write(&folder, "game.sav", "another");
    let before = files(&folder);
    fail(&folder, "run game.nes --load-state bad.state --save game.sav --wav new.wav --save-state new.state");
    assert_eq!((read(&folder, "game.sav"), files(&folder)), (b"another".to_vec(), before));
}

#[test]
fn all_machines_begin_with_the_state() {
    let folder = folder("many");
    write(&folder, "one.txt", "20 1 right\n90 1 right+a\n100 1 b\n");
    write(&folder, "two.txt", "10 1 right\n60 1 a\n66 1 -\n97 loop\n");
    run(&folder, "demo.nes --frames 80 --save-state a.state");
    let options = "demo.nes --load-state a.state --warmup 5 --frames 100";
    let many = run(&folder, &format!("{options} --instances 2 --threads 2 --input one.txt --input two.txt"));
    assert_eq!((&many["loaded_frame"], &many["frames"]), (&80.into(), &200.into()));
    for (machine, input) in many["machines"].as_array().expect("a list").iter().zip(["one.txt", "two.txt"]) {
        assert_eq!(results(machine), results(&run(&folder, &format!("{options} --input {input}"))), "{input}");
    }
    write(&folder, "bad.state", "text");
    fail(&folder, "run demo.nes --load-state bad.state --instances 2");
    misuse(&folder, "run demo.nes --instances 2 --save-state b.state");
}

#[test]
#[cfg(feature = "jit")]
fn both_engines_in_lockstep_load_and_save() {
    let folder = folder("lockstep");
    run(&folder, "demo.nes --frames 40 --save-state a.state --save-state 10.state@10");
    run(&folder, "demo.nes --frames 10 --save-state b.state --engine verify");
    assert_eq!(read(&folder, "b.state"), read(&folder, "10.state"));
    write(&folder, "keys.txt", "5 1 right\n");
    let words = "demo.nes --load-state b.state --frames 30 --input keys.txt";
    let verified = run(&folder, &format!("{words} --engine verify --jit-threshold 0"));
    assert_eq!(results(&verified), results(&run(&folder, words)));
    assert_ne!(verified["state_hash"], run(&folder, &words.replace(" --input keys.txt", ""))["state_hash"]);
}

// Refusals --------------------------------------------------------------------------------------------------

/// A changed state with a correct checksum.
fn resealed(mut state: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let end = state.len() - 8;
    state.truncate(end);
    change(&mut state);
    let checksum = xxh3_64(&state);
    [state, checksum.to_le_bytes().to_vec()].concat()
}

#[test]
fn a_wrong_state_is_refused_with_one_sentence() {
    let folder = folder("refused");
    run(&folder, "game.nes --frames 20 --save-state good.state");
    run(&folder, "game.nes --frames 20 --region pal --save-state pal.state");
    run(&folder, "demo.nes --frames 20 --save-state demo.state");
    let good = read(&folder, "good.state");
    let mut flipped = good.clone();
    flipped[200] ^= 1;
    let section = |tag: &[u8]| good.windows(4).position(|window| window == tag).expect("there is this section");
    let cpu = section(b"CPU ");
    write(&folder, "empty.state", "");
    write(&folder, "text.state", "this is no state, it is a text, and it is long enough for a header");
    write(&folder, "short.state", &good[..good.len() - 1]);
    write(&folder, "header.state", &good[..20]);
    write(&folder, "flipped.state", flipped);
    write(&folder, "newer.state", resealed(good.clone(), |state| state[8] = 3));
    write(&folder, "section.state", resealed(good.clone(), |state| state[cpu + 4] = 9));
    write(&folder, "value.state", resealed(good.clone(), |state| state[cpu + 10 + 15] = 200));
    write(&folder, "missing-section.state", resealed(good.clone(), |state| state[section(b"PPU ")] = b'Q'));
    let before = files(&folder);
    for (name, part) in [
        ("missing.state", "cannot read missing.state"),
        ("empty.state", "this is not a state of Ricojit"),
        ("text.state", "this is not a state of Ricojit"),
        ("game.nes", "this is not a state of Ricojit"),
        ("short.state", "the state is cut off: it has "),
        ("header.state", "the state is cut off: it has 20 bytes of "),
        ("flipped.state", "the state is damaged: its checksum is wrong"),
        ("newer.state", "the state is of version 3, and this program reads versions up to 2: update the program"),
        ("section.state", "the state is of version 9, and this program reads versions up to 1"),
        ("value.state", "the state is damaged: CPU cannot have this value of `next`"),
        ("missing-section.state", "the state is damaged: its section PPU is missing"),
        ("demo.state", "the state belongs to another ROM: SHA-1 "),
        ("pal.state", "the state belongs to another region: Pal, not Ntsc"),
    ] {
        let outputs = "--wav new.wav --screenshot new.png --save-state new.state --save new.sav";
        let error = fail(&folder, &format!("run game.nes --load-state {name} {outputs}"));
        assert!(error.contains(name) && error.contains(part), "{error}");
    }
    assert_eq!(files(&folder), before, "nothing was written");
    let (code, _, error) = ricojit(&folder, "run game.nes --load-state good.state --frames 1");
    assert_eq!((code, error.as_str()), (0, ""));
}

#[test]
fn a_state_is_an_output_as_others() {
    let folder = folder("outputs");
    run(&folder, "game.nes --frames 20 --save-state a.state");
    let before = files(&folder);
    for words in [
        "--load-state a.state --save-state a.state",
        "--load-state a.state --wav ./a.state",
        "--save-state game.nes",
        "--save-state new@3 --save-state new@4",
        "--save-state new --save new",
    ] {
        let error = misuse(&folder, &format!("run game.nes {words}"));
        assert!(error.contains("would overwrite") && error.lines().count() == 1, "{error}");
    }
    for words in ["--save-state a.state@0", "--save-state @5", "--frames 5 --save-state new@6", "--save-state"] {
        misuse(&folder, &format!("run game.nes {words}"));
    }
    let old = read(&folder, "a.state");
    for path in ["nowhere/a.state", ".", "/dev/full"] {
        let error = fail(&folder, &format!("run game.nes --frames 5 --save-state {path}"));
        assert!(error.contains("cannot write"), "{error}");
    }
    fail(&folder, "run game.nes --frames 5 --save-state a.state --screenshot nowhere/a.png");
    assert_eq!((read(&folder, "a.state"), files(&folder)), (old, before));
}
