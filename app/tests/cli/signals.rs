//! Signals end a run in good order: the battery is saved, no temporary file is left, and the exit code says which it was.

use crate::drive::{folder, program};
use crate::run::game;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const FOREVER: &str = "run game.nes --frames 4000000000";

fn folder_with_game(test: &str) -> PathBuf {
    folder(test, &[("game.nes", &game())])
}

fn start(folder: &Path, words: &str) -> Child {
    let mut command = program(folder);
    command.args(words.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

fn names(folder: &Path) -> Vec<String> {
    let name = |item: std::io::Result<fs::DirEntry>| item.expect("readable").file_name().into_string().expect("UTF-8");
    let mut names: Vec<_> = fs::read_dir(folder).expect("readable").map(name).collect();
    names.sort();
    names
}

/// Waits until the folder has so many files.
fn wait_for(folder: &Path, files: usize) {
    while names(folder).len() < files {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a signal, and returns the exit code and standard error.
fn end(child: Child, signal: Signal) -> (Option<i32>, String) {
    kill_process(Pid::from_child(&child), signal).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[test]
fn a_run_that_is_ended_saves_its_battery_and_leaves_nothing() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let folder = folder_with_game(&format!("signal-{code}"));
        fs::write(folder.join("a.wav"), "old").expect("writable");
        let run = start(&folder, &format!("{FOREVER} --save b.sav --wav a.wav --screenshot p.png"));
        wait_for(&folder, 5);
        std::thread::sleep(Duration::from_millis(200));
        let (ended, error) = end(run, signal);
        assert_eq!(ended, Some(code), "{error}");
        assert!(error.contains("ended by signal") && error.lines().count() == 1, "{error}");
        assert_eq!(names(&folder), ["a.wav", "b.sav", "game.nes"]);
        assert_eq!(fs::metadata(folder.join("b.sav")).expect("there").len(), 8192);
        assert_eq!(fs::read(folder.join("a.wav")).expect("there"), b"old");
    }
}

#[test]
fn a_run_that_waits_for_the_reader_of_a_pipe_can_be_ended() {
    let folder = folder_with_game("signal-pipe");
    let pipe = folder.join("a.fifo");
    assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
    // Nothing has been opened.
    let run = start(&folder, &format!("{FOREVER} --save b.sav --wav a.fifo"));
    wait_for(&folder, 3);
    assert_eq!(end(run, Signal::TERM).0, Some(143));
    assert_eq!(names(&folder), ["a.fifo", "game.nes"]);
    // The reader does not read.
    let run = start(&folder, &format!("{FOREVER} --save b.sav --wav a.fifo"));
    let _reader = File::open(&pipe).expect("readable");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(end(run, Signal::TERM).0, Some(143));
    assert_eq!(names(&folder), ["a.fifo", "b.sav", "game.nes"]);
}

#[test]
fn machines_that_save_nothing_just_end() {
    let folder = folder_with_game("signal-many");
    let mut words = format!("{FOREVER} --instances 3");
    let files = if cfg!(feature = "jit") { 2 } else { 1 };
    if cfg!(feature = "jit") {
        words += " --profile-out p";
    }
    let run = start(&folder, &words);
    wait_for(&folder, files);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(end(run, Signal::INT).0, Some(130));
    assert_eq!(names(&folder), ["game.nes"]);
}

#[test]
fn what_was_started_to_outlive_its_terminal_does() {
    let folder = folder_with_game("signal-nohup");
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_ricojit")).args(FOREVER.split(' ')).args(["--save", "b.sav"]);
    command.current_dir(&folder).env("HOME", &folder).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut run) = command.stdin(Stdio::null()).spawn() else { return };
    wait_for(&folder, 2);
    kill_process(Pid::from_child(&run), Signal::HUP).expect("it runs");
    std::thread::sleep(Duration::from_millis(300));
    assert!(run.try_wait().expect("it can be asked").is_none(), "it goes on");
    assert_eq!(end(run, Signal::TERM).0, Some(143));
    assert_eq!(names(&folder), ["b.sav", "game.nes"]);
}
