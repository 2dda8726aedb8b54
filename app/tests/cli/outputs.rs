//! Outputs keep what they were: links, names, modes, owners, mounts. And what a process that died left is finished.

use crate::drive::{fail, folder, program, ricojit, succeed};
use crate::run::game;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn folder_with_game(test: &str) -> PathBuf {
    folder(test, &[("game.nes", &game())])
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("readable").map(|item| item.expect("readable").file_name()).collect();
    names.sort();
    names.into_iter().map(|name| name.into_string().expect("UTF-8")).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn links_stay_and_lead_to_what_is_written() {
    let folder = folder_with_game("links");
    fs::create_dir(folder.join("cloud")).expect("writable");
    for (name, target) in [("b.sav", "cloud/b.sav"), ("far", "b.sav"), ("a.wav", "cloud/a.wav"), ("p.png", "cloud/p")] {
        symlink(target, folder.join(name)).expect("a link");
    }
    fs::write(folder.join("cloud/a.wav"), "old").expect("writable");
    for save in ["b.sav", "far"] {
        succeed(&folder, &format!("run game.nes --frames 5 --save {save} --wav a.wav --screenshot p.png"));
        assert_eq!(names(&folder.join("cloud")), ["a.wav", "b.sav", "p"]);
        assert_eq!(names(&folder), ["a.wav", "b.sav", "cloud", "far", "game.nes", "p.png"]);
        for name in ["b.sav", "far", "a.wav", "p.png"] {
            assert!(folder.join(name).is_symlink() && folder.join(name).is_file(), "{name}");
        }
        fs::remove_file(folder.join("cloud/b.sav")).expect("it is ours");
    }
    symlink("none/b.sav", folder.join("lost")).expect("a link");
    symlink("circle", folder.join("circle")).expect("a link");
    for name in ["lost", "circle", "none/b.sav"] {
        let error = fail(&folder, &format!("run game.nes --frames 5 --save {name}"));
        assert!(error.contains("nothing was overwritten"), "{error}");
    }
}

#[test]
fn mode_and_owner_stay() {
    let folder = folder_with_game("modes");
    for bits in [0o600, 0o640, 0o666, 0o755] {
        let path = folder.join("b.sav");
        fs::write(&path, []).expect("writable");
        set_mode(&path, bits);
        if is_root() {
            std::os::unix::fs::chown(&path, Some(65534), Some(65533)).expect("the user is root");
        }
        let before = fs::metadata(&path).expect("there");
        succeed(&folder, "run game.nes --frames 5 --save b.sav");
        let after = fs::metadata(&path).expect("there");
        assert_eq!((after.len(), mode(&path)), (8192, bits));
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    }
    set_mode(&folder.join("b.sav"), 0o444);
    fail(&folder, "run game.nes --frames 5 --save b.sav");
    assert_eq!(names(&folder), ["b.sav", "game.nes"]);
}

#[test]
fn all_names_of_a_file_stay_its_names() {
    let folder = folder_with_game("hard-links");
    fs::create_dir(folder.join("other")).expect("writable");
    fs::write(folder.join("b.sav"), vec![7; 8192]).expect("writable");
    fs::write(folder.join("a.wav"), vec![7; 1 << 20]).expect("writable");
    for name in ["b.sav", "a.wav"] {
        fs::hard_link(folder.join(name), folder.join("other").join(name)).expect("a link");
    }
    succeed(&folder, "run game.nes --frames 5 --save b.sav --wav a.wav");
    succeed(&folder, "run game.nes --frames 5 --wav plain.wav");
    for (name, other) in [("b.sav", "other/b.sav"), ("a.wav", "other/a.wav")] {
        let [one, two] = [name, other].map(|name| fs::metadata(folder.join(name)).expect("there"));
        assert_eq!((one.ino(), one.nlink(), two.nlink()), (two.ino(), 2, 2));
    }
    let [a, plain, save] = ["other/a.wav", "plain.wav", "other/b.sav"].map(|name| fs::read(folder.join(name)).unwrap());
    assert_eq!(a, plain);
    assert_eq!((save.len(), save[0], save[1]), (8192, 0, 7));
    assert_eq!(names(&folder), ["a.wav", "b.sav", "game.nes", "other", "plain.wav"]);
}

#[test]
fn a_write_that_was_interrupted_is_finished_at_the_next_start() {
    let folder = folder_with_game("interrupted");
    let ram = [vec![0, 42], vec![9; 8190]].concat();
    fs::write(folder.join("b.sav"), &ram[..100]).expect("writable");
    fs::write(folder.join(".b.sav.ricojit-copy"), &ram).expect("writable");
    let (code, _, error) = ricojit(&folder, "run game.nes --frames 5 --save b.sav");
    assert_eq!(code, 0);
    assert_eq!(error, "ricojit: b.sav: a process died while writing it, it is complete now\n");
    assert_eq!(fs::read(folder.join("b.sav")).expect("there"), ram);
    assert_eq!(names(&folder), ["b.sav", "game.nes"]);
}

/// The program as a user who owns only files of the mode for all; `None` if this cannot be tried here.
fn as_nobody(folder: &Path) -> Option<Command> {
    if !is_root() {
        return Some(program(folder));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(env!("CARGO_BIN_EXE_ricojit"));
    command.current_dir(folder).env("HOME", folder.join("home")).env_remove("XDG_STATE_HOME");
    let mut probe = Command::new("setpriv");
    probe.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(env!("CARGO_BIN_EXE_ricojit"));
    let can = probe.arg("--version").current_dir(folder).output().is_ok_and(|run| run.status.success());
    can.then_some(command)
}

#[test]
fn a_file_in_a_locked_folder_is_written_in_place() {
    let folder = folder_with_game("locked");
    fs::create_dir_all(folder.join("locked")).expect("writable");
    fs::create_dir_all(folder.join("home")).expect("writable");
    fs::write(folder.join("locked/b.sav"), vec![7; 8192]).expect("writable");
    set_mode(&folder.join("locked/b.sav"), 0o666);
    set_mode(&folder.join("home"), 0o777);
    set_mode(&folder.join("locked"), 0o555);
    let Some(mut command) = as_nobody(&folder) else { return };
    let words = |words: &'static str| words.split(' ');
    command.env("HOME", folder.join("home"));
    let run = command.args(words("run game.nes --frames 5 --save locked/b.sav")).output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&run.stderr), "");
    let save = fs::read(folder.join("locked/b.sav")).expect("there");
    assert_eq!((save.len(), save[0], save[1]), (8192, 0, 7));
    assert_eq!(names(&folder.join("locked")), ["b.sav"]);
    let state = folder.join("home/.local/state/ricojit/unfinished");
    assert_eq!((names(&state), mode(&state)), (vec![], 0o700));

    // Without a folder for the copy, and for a file that does not exist, there is no safe way.
    set_mode(&folder.join("home/.local/state/ricojit/unfinished"), 0o500);
    for output in ["locked/b.sav", "locked/new.sav"] {
        let mut command = as_nobody(&folder).expect("as before");
        command.env("HOME", folder.join("home"));
        let run = command.args(words("run game.nes --frames 5 --save")).arg(output).output().expect("it starts");
        assert_eq!((run.status.code(), run.stdout.len()), (Some(1), 0), "{output}");
    }
    set_mode(&folder.join("locked"), 0o755);
    set_mode(&folder.join("home/.local/state/ricojit/unfinished"), 0o700);
}

/// Whether a script that mounts could not do that, or could not start.
fn may_not_mount(run: Option<&std::process::Output>) -> bool {
    run.is_none_or(|run| run.status.code() == Some(77) || run.stderr.starts_with(b"unshare"))
}

#[test]
fn a_mounted_file_is_written_in_place() {
    let folder = folder_with_game("mounted");
    fs::write(folder.join("b.sav"), []).expect("writable");
    fs::write(folder.join("volume"), vec![7; 8192]).expect("writable");
    let script = "mount --bind volume b.sav || exit 77; \"$0\" run game.nes --frames 5 --save b.sav";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(env!("CARGO_BIN_EXE_ricojit"));
    // Only some users may mount.
    match command.current_dir(&folder).env("HOME", &folder).output() {
        Ok(run) if run.status.success() => {
            let save = fs::read(folder.join("volume")).expect("there");
            assert_eq!((save.len(), save[0], save[1]), (8192, 0, 7));
            assert_eq!(names(&folder), ["b.sav", "game.nes", "volume"]);
        }
        run => assert!(may_not_mount(run.as_ref().ok()), "{run:?}"),
    }
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success()));
}

#[test]
fn a_pipe_gets_a_stream() {
    let folder = folder_with_game("pipe");
    make_pipe(&folder.join("a.fifo"));
    let path = folder.join("a.fifo");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).expect("readable");
        bytes
    });
    succeed(&folder, "run game.nes --frames 200 --wav a.fifo");
    succeed(&folder, "run game.nes --frames 200 --wav a.wav");
    let (stream, file) = (reader.join().expect("no panic"), fs::read(folder.join("a.wav")).expect("there"));
    assert_eq!((&stream[4..8], &stream[40..44]), (&[0xFF; 4][..], &[0xFF; 4][..]));
    assert_eq!([&stream[..4], &stream[8..40], &stream[44..]], [&file[..4], &file[8..40], &file[44..]]);
    let run = program(&folder).args("run game.nes --frames 9 --json --wav /dev/stderr".split(' ')).output();
    assert_eq!(&run.expect("it starts").stderr[..44], &stream[..44]);
    // A reader that leaves.
    let mut run = program(&folder);
    run.args("run game.nes --frames 2000 --save b.sav --wav a.fifo".split(' '));
    let run = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(File::open(folder.join("a.fifo")).expect("readable"));
    let run = run.wait_with_output().expect("it ends");
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(fs::metadata(folder.join("b.sav")).expect("there").len(), 8192);
    assert_eq!(names(&folder), ["a.fifo", "a.wav", "b.sav", "game.nes"]);
}

#[test]
fn sound_that_cannot_be_written_does_not_keep_the_battery_from_being_saved() {
    let folder = folder_with_game("full");
    if Path::new("/dev/full").exists() {
        fail(&folder, "run game.nes --frames 500 --save b.sav --wav /dev/full");
        assert_eq!(fs::metadata(folder.join("b.sav")).expect("there").len(), 8192);
        assert_eq!(names(&folder), ["b.sav", "game.nes"]);
    }
}

#[test]
fn a_full_disk_is_noticed_before_a_file_is_written_in_place() {
    let folder = folder_with_game("full-disk");
    fs::create_dir(folder.join("disk")).expect("writable");
    let script = "mount -t tmpfs -o size=1m tmpfs disk || exit 77; echo old > disk/a.wav; ln disk/a.wav disk/b.wav; \
        \"$0\" run game.nes --frames 400 --wav disk/a.wav; echo $?; cat disk/b.wav; ls -A disk";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(env!("CARGO_BIN_EXE_ricojit"));
    // Only some users may mount.
    match command.current_dir(&folder).env("HOME", &folder).output() {
        Ok(run) if run.status.success() => {
            assert_eq!(String::from_utf8_lossy(&run.stdout), "1\nold\na.wav\nb.wav\n");
            let error = String::from_utf8_lossy(&run.stderr);
            assert!(error.starts_with("ricojit: cannot write disk/a.wav") && error.contains("nothing was"), "{error}");
        }
        run => assert!(may_not_mount(run.as_ref().ok()), "{run:?}"),
    }
}
