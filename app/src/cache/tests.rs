use super::*;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::process::Command;
use std::time::Duration;

const ROM: [u8; 20] = [0xAB; 20];

fn image() -> Name {
    Name::image(ROM, 0x1234, 0xF)
}

/// Removes the folders of a cache.
fn end(cache: &Cache) {
    let folder = cache.folder.path().ancestors().nth(2).expect("it has parents");
    fs::remove_dir_all(folder).expect("removable");
}

/// What is in a file, if it can be used.
fn load(cache: &Cache, name: &Name) -> Option<(u64, Vec<u8>)> {
    let entry = cache.load(name)?;
    Some((entry.stamp(), entry.image().unwrap_or_default().to_vec()))
}

#[test]
fn only_our_names_are_ours() {
    let profile = Name::profile(ROM);
    assert_eq!((image().kind(), profile.kind()), (Kind::Image, Kind::Profile));
    assert_eq!(image().to_string(), format!("{}-0000000000001234-f.image", "ab".repeat(20)));
    for name in [image(), profile] {
        assert_eq!(Name::parse(&name.0).as_ref(), Some(&name));
        for other in [name.0.to_uppercase(), name.0[1..].to_owned(), format!("{name}.bak"), format!("x{name}")] {
            assert_eq!(Name::parse(&other), None, "{other}");
        }
    }
    for other in ["", ".image", "a.image", "game.profile", "../x.image", ".profile"] {
        assert_eq!(Name::parse(other), None, "{other}");
    }
    assert!(folder::is_temporary(".0123456789abcdef.tmp"));
    for other in [".tmp", ".0123456789abcdeF.tmp", "0123456789abcdef.tmp", ".0123456789abcdef0.tmp"] {
        assert!(!folder::is_temporary(other), "{other}");
    }
}

#[test]
fn what_is_stored_is_loaded_and_belongs_to_the_user_alone() {
    let cache = Cache::for_tests("store", 1 << 20);
    assert_eq!(load(&cache, &image()), None);
    for body in [&b"one"[..], b"", b"another"] {
        cache.store_bytes(&image(), 7, body);
        assert_eq!(load(&cache, &image()), Some((7, body.to_vec())));
    }
    let mode = |path: &Path| fs::metadata(path).expect("there").mode() & 0o777;
    assert_eq!((mode(cache.folder.path()), mode(&cache.path(&image()))), (0o700, 0o600));
    let state = cache.folder.path().ancestors().nth(2).expect("parents").join("state");
    assert_eq!((mode(&state), mode(&state.join("cache.key"))), (0o700, 0o600));
    assert_eq!(fs::read_dir(&state).expect("there").count(), 1, "nothing but the key");
    assert_eq!(fs::read_dir(cache.folder.path()).expect("there").count(), 1, "no temporary file");
    end(&cache);
}

#[test]
fn a_damaged_file_is_removed_and_never_loaded() {
    let cache = Cache::for_tests("damaged", 1 << 30);
    let body: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
    cache.store_bytes(&image(), 1, &body);
    let (path, whole) = (cache.path(&image()), fs::read(cache.path(&image())).expect("written"));
    let refused = |content: &[u8], what: &str| {
        fs::write(&path, content).expect("writable");
        assert_eq!(cache.damaged().expect("readable"), [image()], "{what}");
        assert!(matches!(cache.look(&image()), Ok(Look::Damaged)), "{what}");
    };
    let step = whole.len() / 1000;
    for i in 0..1000 {
        let (at, bit) = (i * step + i % step, i % 8);
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        refused(&flipped, &format!("bit {bit} of byte {at}"));
    }
    for length in (0..64).chain([200, 4095, 4096, 4097, whole.len() / 2, whole.len() - 1]) {
        refused(&whole[..length], &format!("{length} bytes"));
    }
    refused(&[&whole[..], b"x"].concat(), "a byte more");
    assert_eq!(load(&cache, &image()), None);
    assert!(!path.exists(), "it is removed");
    fs::write(&path, &whole).expect("writable");
    assert_eq!((load(&cache, &image()), cache.damaged().expect("readable").len()), (Some((1, body)), 0));
    end(&cache);
}

#[test]
fn a_file_is_good_under_its_own_name_and_key_only() {
    let cache = Cache::for_tests("swapped", 1 << 20);
    let others = [Name::image([1; 20], 0x1234, 0xF), Name::image(ROM, 0x1235, 0xF), Name::image(ROM, 0x1234, 7)];
    cache.store_bytes(&image(), 1, b"body");
    let whole = fs::read(cache.path(&image())).expect("written");
    for other in &others {
        fs::write(cache.path(other), &whole).expect("writable");
        assert_eq!(load(&cache, other), None, "{other}");
    }
    let other = Cache::for_tests("other-key", 1 << 20);
    fs::write(other.path(&image()), &whole).expect("writable");
    assert_eq!((load(&other, &image()), load(&cache, &image())), (None, Some((1, b"body".to_vec()))));
    end(&other);
    end(&cache);
}

#[test]
fn links_and_pipes_are_left_alone() {
    let cache = Cache::for_tests("foreign", 1 << 20);
    cache.store_bytes(&image(), 1, b"body");
    let (path, elsewhere) = (cache.path(&image()), cache.folder.path().join("elsewhere"));
    fs::rename(&path, &elsewhere).expect("movable");
    symlink(&elsewhere, &path).expect("a link");
    assert_eq!(load(&cache, &image()), None);
    assert!(path.is_symlink(), "it is not ours to remove");
    cache.store_bytes(&image(), 2, b"new");
    assert_eq!(load(&cache, &image()), Some((2, b"new".to_vec())), "it is replaced");
    fs::remove_file(&path).expect("removable");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo is there").success());
    assert_eq!(load(&cache, &image()), None);
    assert!(fs::symlink_metadata(&path).expect("there").file_type().is_fifo());
    end(&cache);
}

#[test]
fn the_file_that_was_used_the_longest_time_ago_goes_first() {
    let cache = Cache::for_tests("limit", 5000);
    let names: Vec<Name> = (0..6).map(|i| Name::image([i; 20], 0, 0)).collect();
    let is_there = |name: &Name| cache.path(name).exists();
    let age = |name: &Name, seconds| {
        let file = File::options().write(true).open(cache.path(name)).expect("there");
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("ours");
    };
    for (name, seconds) in names[..4].iter().zip([400, 300, 200, 100]) {
        cache.store_bytes(name, 0, &[0; 1000]);
        age(name, seconds);
    }
    // Using it makes it the newest.
    assert!(load(&cache, &names[0]).is_some());
    let notes = cache.folder.path().join("notes.txt");
    fs::write(&notes, [0; 500]).expect("writable");
    cache.store_bytes(&names[4], 0, &[0; 1000]);
    assert_eq!(names.iter().map(is_there).collect::<Vec<_>>(), [true, false, true, true, true, false]);
    // What is larger than all is kept alone, and files that we did not make stay.
    cache.store_bytes(&names[5], 0, &[0; 9000]);
    assert_eq!(names.iter().filter(|name| is_there(name)).collect::<Vec<_>>(), [&names[5]]);
    assert!(notes.exists());
    end(&cache);
}

#[test]
fn leftovers_are_swept_when_they_are_old() {
    let cache = Cache::for_tests("sweep", 1 << 20);
    let [old, young, other] = [".0123456789abcdef.tmp", ".fedcba9876543210.tmp", ".other.tmp"].map(|name| {
        let path = cache.folder.path().join(name);
        fs::write(&path, "left").expect("writable");
        path
    });
    for path in [&old, &other] {
        let file = File::options().write(true).open(path).expect("there");
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).expect("ours");
    }
    cache.store_bytes(&image(), 1, b"body");
    assert!(!old.exists() && young.exists() && other.exists());
    assert_eq!(cache.clear().expect("writable").0, 2, "the entry and the other leftover");
    assert!(!young.exists() && other.exists() && !cache.path(&image()).exists());
    end(&cache);
}

#[test]
fn a_temporary_file_that_another_process_clears_is_written_again() {
    let cache = Cache::for_tests("cleared", 1 << 20);
    let body = vec![7; 100_000];
    let is_temporary = |file: &Listed| folder::is_temporary(&file.name);
    let mut cleared = 0;
    for _ in 0..1000 {
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| cache.store_bytes(&image(), 1, &body));
            while !writer.is_finished() {
                if let Some(file) = cache.files().expect("readable").iter().find(|file| is_temporary(file)) {
                    cleared += u32::from(cache.folder.remove(&file.name).expect("ours"));
                    break;
                }
            }
        });
        assert_eq!(load(&cache, &image()), Some((1, body.clone())));
        if cleared == 5 {
            break;
        }
    }
    assert!(cleared > 0, "no file was found in time");
    end(&cache);
}

#[test]
fn a_key_that_others_know_is_refused() {
    let cache = Cache::for_tests("key", 1 << 20);
    cache.store_bytes(&image(), 1, b"body");
    let folder = cache.folder.path().ancestors().nth(2).expect("parents").to_owned();
    let key = folder.join("state/cache.key");
    let open = || Cache::find_in(cache.folder.path(), &folder.join("state"), 1 << 20, true);
    let refused = |expected: &str| {
        let problem = open().err().expect(expected).to_string();
        assert!(problem.contains("cache.key") && problem.contains(expected), "{problem}");
    };
    fs::set_permissions(&key, Permissions::from_mode(0o640)).expect("ours");
    refused("can be read or written to by other users");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("ours");
    let bytes = fs::read(&key).expect("readable");
    for wrong in [&bytes[..31], &[&bytes[..], &[0]].concat(), &[]] {
        fs::write(&key, wrong).expect("writable");
        refused("has a wrong size");
    }
    fs::rename(&key, folder.join("key")).expect("movable");
    symlink(folder.join("key"), &key).expect("a link");
    refused("is a link");
    // A new key is made, under which old files are nothing.
    fs::remove_file(&key).expect("removable");
    let again = open().expect("a new key").expect("there");
    assert_eq!(load(&again, &image()), None);
    end(&cache);
}

#[test]
fn processes_that_make_a_key_at_once_agree() {
    let folder = std::env::temp_dir().join(format!("ricojit-cache-keys-{}", std::process::id()));
    for round in 0..50 {
        let state = folder.join(format!("{round}"));
        let key = || {
            let folder = Folder::open(&state, true).expect("ours").expect("made");
            *Key::of(&folder).expect("a key").bytes()
        };
        let keys = std::thread::scope(|scope| [(); 4].map(|()| scope.spawn(key)).map(|thread| thread.join().unwrap()));
        assert!(keys.iter().all(|key| *key == keys[0]) && keys[0] != [0; 32]);
        assert_eq!(fs::read_dir(&state).expect("there").count(), 1, "nothing but the key");
    }
    fs::remove_dir_all(&folder).expect("removable");
}
