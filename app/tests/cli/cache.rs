//! The cache: warm starts that change no result, kills, several processes, full disks, and folders and files that are not
//! to be trusted.
//!
//! With `RICOJIT_TEST_ALL=1` the program is killed 200 times, and two processes use one cache for a minute.

use crate::drive::{fail, misuse, program, ricojit, succeed};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

const ROMS: [(&str, &[u8]); 3] = [
    ("roms/demo.nes", include_bytes!("../../../roms/demo.nes")),
    ("roms/banks.nes", include_bytes!("../../../roms/banks.nes")),
    ("roms/cpu.nes", include_bytes!("../../../roms/cpu.nes")),
];

const CACHE: &str = ".cache/ricojit";
const KEY: &str = ".local/state/ricojit/cache.key";

fn folder(test: &str) -> PathBuf {
    crate::drive::folder(test, &ROMS)
}

fn all() -> bool {
    std::env::var_os("RICOJIT_TEST_ALL").is_some()
}

/// The report of a run of 120 frames, and what it says on standard error.
fn run(folder: &Path, words: &str) -> (Value, String) {
    let (code, out, said) = ricojit(folder, &format!("run --frames 120 --json {words}"));
    assert_eq!(code, 0, "{words}: {said}");
    (serde_json::from_str(&out).expect("an object"), said)
}

/// The digests in a report.
fn hashes(report: &Value) -> Vec<String> {
    let of = |key| report[key].as_str().unwrap_or_else(|| panic!("{key}: {report}")).to_owned();
    ["frame_hash", "audio_hash", "state_hash"].map(of).to_vec()
}

/// Whether all code came from an image, and nothing else was compiled.
fn is_warm(report: &Value) -> bool {
    let jit = |key: &str| report["jit"][key].as_u64().unwrap_or_else(|| panic!("{key}: {report}"));
    jit("image_regions") > 10 && jit("regions") == 0
}

/// The names of files in the cache, in order.
fn files(folder: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(folder.join(CACHE)) else { return Vec::new() };
    let mut names: Vec<String> =
        files.map(|file| file.expect("readable").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

/// The path of the one file with this extension.
fn file(folder: &Path, extension: &str) -> PathBuf {
    let names: Vec<String> = files(folder).into_iter().filter(|name| name.ends_with(extension)).collect();
    let [name] = &names[..] else { panic!("one file: {names:?}") };
    folder.join(CACHE).join(name)
}

#[test]
fn the_second_run_is_warm_and_all_digests_are_equal() {
    for engine in
        ["jit", "jit --jit-threshold 0 --jit-sync", "aot", "verify", "verify --against aot", "jit --jit-off inline"]
    {
        let folder = folder(&format!("cache-warm-{}", engine.replace(' ', "-")));
        for rom in ["demo", "banks", "cpu"] {
            let (plain, _) = run(&folder, &format!("roms/{rom}.nes --engine interp"));
            let words = format!("roms/{rom}.nes --engine {engine} --cache");
            // An image ahead of time has other regions than those of the JIT, so it takes a few runs to find all that is
            // entered only once.
            let last = if engine.contains("threshold 0") { 8 } else { 3 };
            let mut warm = Vec::new();
            for time in 1..=last {
                let (report, said) = run(&folder, &words);
                assert_eq!((hashes(&report), said.as_str()), (hashes(&plain), ""), "{words}, run {time}");
                warm.push(is_warm(&report));
            }
            assert!(warm[last - 2..].iter().all(|&warm| warm), "{words}: {warm:?}");
        }
        assert_eq!(succeed(&folder, "cache verify").split(' ').nth(1), Some("files"), "{engine}");
    }
}

#[test]
fn a_run_without_a_window_touches_no_folder_unasked() {
    let folder = folder("cache-unasked");
    for words in ["run roms/demo.nes --frames 5", "test roms/demo.nes --frames 5", "run --no-cache --frames 5"] {
        succeed(&folder, words);
    }
    succeed(&folder, "bench roms/demo.nes --frames 2 --warmup 2 --rounds 1 --mode bare");
    for words in ["--engine interp", "--profile-out a.profile", "--jit-log a.log"] {
        succeed(&folder, &format!("run roms/demo.nes --frames 5 {words}"));
    }
    assert!(!folder.join(".cache").exists() && !folder.join(".local").exists());
    for words in ["--engine interp", "--profile-out b.profile", "--jit-log b.log"] {
        succeed(&folder, &format!("run roms/demo.nes --frames 5 --cache {words}"));
    }
    assert!(!folder.join(".cache").exists() && !folder.join(".local").exists());
    misuse(&folder, "run --cache --no-cache");
}

#[cfg(feature = "window")]
#[test]
fn the_settings_file_turns_it_on() {
    let folder = folder("cache-settings");
    let settings = folder.join(".config/ricojit/config.toml");
    fs::create_dir_all(settings.parent().expect("a folder")).expect("writable");
    for (text, words, expected) in [
        ("[files]\ncache = \"play\"\n", "", false),
        ("[files]\ncache = false\n", "", false),
        ("[files]\ncache = true\n", "--no-cache", false),
        ("[files]\ncache = true\nnonsense = = 1\n", "", true),
        ("[files]\ncache = false\n", "--cache", true),
    ] {
        let _ = fs::remove_dir_all(folder.join(".cache"));
        fs::write(&settings, text).expect("writable");
        succeed(&folder, &format!("run roms/demo.nes --frames 60 {words}"));
        assert_eq!(!files(&folder).is_empty(), expected, "{text}{words}");
    }
    // A small cache keeps what was used last.
    fs::write(&settings, "[files]\ncache = true\ncache_size = 1\n").expect("writable");
    let big = vec![0; 1 << 20];
    let unused = folder.join(CACHE).join(format!("{}.profile", "0".repeat(40)));
    fs::write(&unused, big).expect("writable");
    fs::File::options().write(true).open(&unused).expect("there").set_modified(std::time::UNIX_EPOCH).expect("ours");
    succeed(&folder, "run roms/banks.nes --frames 60");
    assert!(!unused.exists() && files(&folder).iter().filter(|name| name.ends_with(".image")).count() == 2);
}

#[test]
fn compile_fills_the_cache() {
    let folder = folder("cache-compile");
    let text = succeed(&folder, "compile roms/demo.nes");
    assert!(text.contains(&format!("image: {}", file(&folder, ".image").display())), "{text}");
    assert!(is_warm(&run(&folder, "roms/demo.nes --cache").0));
    assert!(!is_warm(&run(&folder, "roms/demo.nes").0));
    // Several at once, with what a run has counted.
    succeed(&folder, "run roms/banks.nes --frames 120 --profile-out banks.profile");
    succeed(&folder, "compile roms --profile banks.profile");
    assert_eq!(files(&folder).iter().filter(|name| name.ends_with(".image")).count(), 3);
    assert!(is_warm(&run(&folder, "roms/banks.nes --cache --engine aot").0));
    let other = if cfg!(target_arch = "x86_64") { "aarch64" } else { "x86_64" };
    let said = misuse(&folder, &format!("compile roms/demo.nes --target {other}"));
    assert!(said.contains("the cache is for this host") || said.contains("not part of this build"), "{said}");
    // An image that is named wins, and an interpreter needs none.
    succeed(&folder, "compile roms/cpu.nes -o cpu.image");
    succeed(&folder, "cache clear");
    for words in ["--cache --engine interp", "--cache --profile-out a.profile", "--cache --jit-log a.log"] {
        run(&folder, &format!("roms/cpu.nes {words}"));
    }
    let (report, said) = run(&folder, "roms/cpu.nes --cache --image cpu.image");
    assert!(is_warm(&report) && said.contains("cpu.image is a program"), "{said}");
    assert_eq!(files(&folder), [""; 0]);
}

#[test]
fn other_commands_start_warm() {
    let folder = folder("cache-commands");
    succeed(&folder, "test roms/demo.nes roms/banks.nes --frames 60 --cache");
    assert_eq!(files(&folder).iter().filter(|name| name.ends_with(".image")).count(), 2);
    assert!(is_warm(&run(&folder, "roms/banks.nes --cache").0));
    assert_eq!(
        succeed(&folder, "test roms --frames 60 --cache --json"),
        succeed(&folder, "test roms --frames 60 --no-cache --json")
    );
    succeed(&folder, "cache clear");
    for words in ["--warmup 20", "--cold --engine jit,aot"] {
        let (_, out, said) = ricojit(&folder, &format!("bench roms/cpu.nes --cache --frames 30 --rounds 1 {words}"));
        assert!(out.contains("jit") && said.is_empty(), "{out}{said}");
    }
    assert!(is_warm(&run(&folder, "roms/cpu.nes --cache").0));
    let (many, _) = run(&folder, "roms/demo.nes --cache --instances 2");
    assert!(many["jit"]["regions"].as_u64().is_some());
    assert!(is_warm(&run(&folder, "roms/demo.nes --cache --instances 2").0));
    misuse(&folder, "bench roms --corpus --cache");
}

#[test]
fn the_cache_is_listed_checked_and_cleared() {
    let folder = folder("cache-list");
    assert_eq!(succeed(&folder, "cache list"), "the cache is empty\n");
    assert_eq!(succeed(&folder, "cache list --json").trim(), "[]");
    assert_eq!(succeed(&folder, "cache verify"), "0 files are good\n");
    assert!(succeed(&folder, "cache clear").starts_with("0 files removed"));
    assert!(!folder.join(".cache").exists());

    let strange = "roms/bad\u{1b}[31mname.nes";
    fs::copy(folder.join("roms/demo.nes"), folder.join(strange)).expect("writable");
    let status = program(&folder).args(["compile", strange]).stdout(Stdio::null()).status();
    assert!(status.expect("it starts").success());
    let text = succeed(&folder, "cache list");
    assert!(text.contains("bad\\u{1b}[31mname") && text.starts_with("image ") && text.contains("1 files"), "{text}");
    let rows: Value = serde_json::from_str(&succeed(&folder, "cache list --json")).expect("an array");
    assert_eq!((&rows[0]["game"], &rows[0]["kind"]), (&"bad\u{1b}[31mname".into(), &"image".into()));
    assert!(rows[0]["bytes"].as_u64() > Some(1000) && rows[0]["used"].as_u64() > Some(1_600_000_000), "{rows}");
    assert_eq!(succeed(&folder, "cache verify"), "1 files are good\n");

    let cache = folder.join(CACHE);
    let [notes, temporary] = ["notes.image", ".0123456789abcdef.tmp"].map(|name| cache.join(name));
    fs::write(&notes, "mine").expect("writable");
    fs::write(&temporary, "left").expect("writable");
    let other = cache.join(format!("{}-{}-f.image", "0".repeat(40), "1".repeat(16)));
    fs::copy(file(&folder, "-f.image"), &other).expect("writable");
    let said = fail(&folder, "cache verify");
    assert!(said.contains(&other.display().to_string()), "{said}");
    assert!(succeed(&folder, "cache clear").starts_with("3 files removed, "));
    assert_eq!(files(&folder), ["notes.image"]);
}

#[test]
fn damaged_files_are_made_again() {
    let folder = folder("cache-damaged");
    let words = "roms/demo.nes --cache";
    let (plain, _) = run(&folder, "roms/demo.nes --engine interp");
    run(&folder, words);
    let path = file(&folder, ".image");
    let whole = fs::read(&path).expect("written");
    let mut bad: Vec<Vec<u8>> = vec![Vec::new(), whole[..30].to_vec(), whole[..whole.len() - 1].to_vec()];
    for i in 0..if all() { 200 } else { 7 } {
        let mut flipped = whole.clone();
        flipped[(i * whole.len() / 7 + i) % whole.len()] ^= 1 << (i % 8);
        bad.push(flipped);
    }
    // One that is whole, but of another name: of another ROM and of another version.
    run(&folder, "roms/banks.nes --cache");
    let names = files(&folder);
    let other = names.iter().find(|name| name.ends_with(".image") && !path.ends_with(name)).expect("two images");
    bad.push(fs::read(folder.join(CACHE).join(other)).expect("written"));
    for bytes in bad {
        fs::write(&path, &bytes).expect("writable");
        let (report, said) = run(&folder, words);
        assert_eq!(hashes(&report), hashes(&plain));
        assert!(!is_warm(&report) && said.contains("is damaged") && said.lines().count() == 1, "{said}");
        assert!(fs::read(&path).expect("made again") == whole, "equal input, equal bytes");
        assert!(is_warm(&run(&folder, words).0));
    }
    // What another version has made lies beside ours.
    let mut old = path.file_name().expect("a name").to_str().expect("text").to_owned();
    old.replace_range(41..57, "0123456789abcdef");
    fs::rename(&path, folder.join(CACHE).join(&old)).expect("movable");
    let (report, said) = run(&folder, words);
    assert_eq!((is_warm(&report), said.as_str()), (false, ""));
    assert!(path.exists() && files(&folder).contains(&old));
}

/// Runs with a folder or a key that is not trusted: the results are right, one sentence says why, nothing is read or
/// written, and `compile` fails.
fn is_refused(folder: &Path, expected: &str) {
    let before = files(folder);
    let (plain, _) = run(folder, "roms/demo.nes --engine interp");
    let (report, said) = run(folder, "roms/demo.nes --cache");
    assert_eq!(hashes(&report), hashes(&plain), "{expected}");
    assert!(!is_warm(&report), "{expected}");
    assert!(said.starts_with("ricojit: no cache: ") && said.contains(expected), "{expected}: {said}");
    assert_eq!((said.lines().count(), files(folder)), (1, before), "{expected}: {said}");
    for words in ["compile roms/demo.nes", "cache list", "cache clear", "cache verify"] {
        let said = fail(folder, words);
        assert!(said.contains(expected), "{words}: {said}");
    }
}

#[test]
fn folders_and_keys_that_others_can_change_are_not_used() {
    let folder = folder("cache-untrusted");
    run(&folder, "roms/demo.nes --cache");
    let (cache, key) = (folder.join(CACHE), folder.join(KEY));
    let state = key.parent().expect("a folder").to_owned();
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
    for path in [&cache, &state] {
        for bits in [0o777, 0o770, 0o702] {
            mode(path, bits);
            is_refused(&folder, "can be written to by other users");
        }
        mode(path, 0o700);
        let elsewhere = folder.join("elsewhere");
        fs::rename(path, &elsewhere).expect("movable");
        symlink(&elsewhere, path).expect("a link");
        is_refused(&folder, "is a link or no folder");
        fs::remove_file(path).expect("removable");
        fs::write(path, "a file").expect("writable");
        is_refused(&folder, "is a link or no folder");
        fs::remove_file(path).expect("removable");
        fs::rename(&elsewhere, path).expect("movable");
        if is_root() {
            chown(path, Some(1234), None).expect("root may");
            is_refused(&folder, "belongs to another user");
            chown(path, Some(0), None).expect("root may");
        }
    }
    for bits in [0o640, 0o604, 0o660] {
        mode(&key, bits);
        is_refused(&folder, "cache.key can be read or written to by other users");
    }
    mode(&key, 0o600);
    if is_root() {
        chown(&key, Some(1234), None).expect("root may");
        is_refused(&folder, "cache.key belongs to another user");
        chown(&key, Some(0), None).expect("root may");
        let path = file(&folder, ".image");
        chown(&path, Some(1234), None).expect("root may");
        let (report, said) = run(&folder, "roms/demo.nes --cache");
        assert!(!is_warm(&report) && said.contains("belongs to another user: it is not used"), "{said}");
    }
    assert!(is_warm(&run(&folder, "roms/demo.nes --cache").0));
    // Without a home there is no cache.
    let run = program(&folder).args(["run", "--cache", "--frames", "5"]).env("HOME", "/proc/nowhere").output();
    let run = run.expect("it starts");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("no cache: cannot make /proc/nowhere"), "{said}");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A file system in memory, as far as this process may mount one.
#[cfg(target_os = "linux")]
struct Disk(PathBuf);

#[cfg(target_os = "linux")]
impl Disk {
    fn mount(path: &Path, options: &std::ffi::CStr) -> Option<Self> {
        fs::create_dir_all(path).expect("writable");
        let mounted = rustix::mount::mount("tmpfs", path, "tmpfs", rustix::mount::MountFlags::empty(), options);
        mounted.is_ok().then(|| Self(path.to_owned()))
    }

    fn make_read_only(&self) -> bool {
        let flags = rustix::mount::MountFlags::RDONLY;
        rustix::mount::mount_remount(&self.0, flags, c"").is_ok()
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = rustix::mount::unmount(&self.0, rustix::mount::UnmountFlags::DETACH);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_folder_that_is_read_only_cost_a_sentence() {
    let folder = folder("cache-full");
    let (plain, _) = run(&folder, "roms/demo.nes --engine interp");
    let complains = |words: &str| {
        let (report, said) = run(&folder, words);
        assert_eq!(hashes(&report), hashes(&plain), "{words}");
        assert!(said.starts_with("ricojit: not kept in the cache: cannot write "), "{words}: {said}");
        assert_eq!(said.lines().count(), 1, "{words}: {said}");
        report
    };
    if let Some(disk) = Disk::mount(&folder.join(CACHE), c"size=16k,mode=700") {
        complains("roms/demo.nes --cache");
        complains("roms/demo.nes --cache --engine aot");
        assert_eq!(files(&folder), [""; 0], "no temporary file is left");
        let said = fail(&folder, "compile roms/demo.nes");
        assert!(said.contains("No space left"), "{said}");
        drop(disk);
    }
    let mut bigger = Disk::mount(&folder.join(CACHE), c"size=16m,mode=700");
    run(&folder, "roms/demo.nes --cache");
    let is_read_only = match &mut bigger {
        Some(disk) => disk.make_read_only(),
        None => {
            fs::set_permissions(folder.join(CACHE), Permissions::from_mode(0o500)).expect("ours");
            !is_root()
        }
    };
    if is_read_only {
        // What there is, is used.
        let (report, said) = run(&folder, "roms/demo.nes --cache");
        assert_eq!((is_warm(&report), said.as_str(), hashes(&report)), (true, "", hashes(&plain)));
        complains("roms/demo.nes --cache --no-idle-skip");
        assert!(succeed(&folder, "cache verify").ends_with(" good\n"));
        let said = fail(&folder, "compile roms/banks.nes");
        assert!(said.contains("cannot write "), "{said}");
    }
    drop(bigger);
    let _ = fs::set_permissions(folder.join(CACHE), Permissions::from_mode(0o700));
}

#[test]
fn kill_9_leaves_nothing_broken() {
    let folder = folder("cache-kill");
    let (plain, _) = run(&folder, "roms/banks.nes --engine interp");
    let words = ["run roms/banks.nes --frames 120 --cache", "compile roms/banks.nes", "run roms/banks.nes --cache"];
    let moments = if all() { 200 } else { 20 };
    // The time that it takes when it is not killed.
    let begun = Instant::now();
    succeed(&folder, words[0]);
    let length = begun.elapsed();
    let (mut killed, mut leftovers) = (0, 0);
    for moment in 0..moments {
        // Every third time from the beginning: the key is made, too.
        if moment % 3 == 0 {
            let _ = fs::remove_dir_all(folder.join(".cache"));
            let _ = fs::remove_dir_all(folder.join(".local"));
        }
        for name in files(&folder) {
            fs::remove_file(folder.join(CACHE).join(name)).expect("ours");
        }
        let mut child = program(&folder)
            .args(words[moment / 3 % words.len()].split_whitespace())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        // Every other time anywhere, otherwise just after something was seen in the folder.
        if moment % 2 == 0 {
            std::thread::sleep(length.mul_f64(1.2 * moment as f64 / moments as f64));
        } else {
            while files(&folder).is_empty() && child.try_wait().expect("ours").is_none() {}
            std::thread::sleep(Duration::from_micros((moment / 2 % 10 * 30) as u64));
        }
        killed += usize::from(child.try_wait().expect("ours").is_none());
        let _ = child.kill();
        child.wait().expect("ours");
        leftovers += files(&folder).iter().filter(|name| name.ends_with(".tmp")).count();
        let (code, out, said) = ricojit(&folder, "cache verify");
        assert!(code == 0 && out.ends_with(" good\n") && said.is_empty(), "moment {moment}: {out}{said}");
        let (report, said) = run(&folder, "roms/banks.nes --cache");
        assert_eq!((hashes(&report), said.as_str()), (hashes(&plain), ""), "moment {moment}");
    }
    println!("killed while it ran: {killed} of {moments} times; it left {leftovers} temporary files");
    assert!(killed > 0);
}

#[test]
fn two_processes_use_one_cache() {
    let folder = folder("cache-two");
    let time = Duration::from_secs(if all() { 60 } else { 4 });
    let expected = ["demo", "banks", "cpu"].map(|rom| hashes(&run(&folder, &format!("roms/{rom}.nes")).0));
    let begun = Instant::now();
    let turn = |number: usize| {
        let mut runs = 0;
        while begun.elapsed() < time {
            let rom = (runs + number) % 3;
            let name = ["demo", "banks", "cpu"][rom];
            let engine = ["jit", "aot", "jit --jit-threshold 0"][runs / 3 % 3];
            let (report, said) = run(&folder, &format!("roms/{name}.nes --cache --engine {engine}"));
            assert_eq!((&hashes(&report), said.as_str()), (&expected[rom], ""), "{name} {engine}");
            runs += 1;
            match runs % 5 {
                2 => assert!(succeed(&folder, "cache verify").ends_with(" good\n")),
                4 => assert!(succeed(&folder, "cache clear").contains("removed")),
                _ => {}
            }
        }
        runs
    };
    let runs = std::thread::scope(|scope| {
        let other = scope.spawn(|| turn(1));
        turn(0) + other.join().expect("no difference")
    });
    println!("{runs} runs");
    assert!(runs > 2);
}
