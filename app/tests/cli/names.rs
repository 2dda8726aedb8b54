//! Names of files are bytes: what is not UTF-8 is read and written as any other name, and no spelling of a name lets an
//! output replace an input.

use crate::drive::{folder, program};
use crate::run::game;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Runs the program with these arguments, separated by blanks, where `~` is the byte 0xE9; returns exit code and output.
fn ricojit(folder: &Path, words: &str) -> (i32, String, String) {
    let run = program(folder).args(words.split(' ').map(name)).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (run.status.code().expect("no signal"), text(run.stdout), text(run.stderr))
}

fn name(word: &str) -> OsString {
    OsString::from_vec(word.bytes().map(|byte| if byte == b'~' { 0xE9 } else { byte }).collect())
}

fn succeed(folder: &Path, words: &str) -> String {
    let (code, out, error) = ricojit(folder, words);
    assert_eq!((code, error.as_str()), (0, ""), "{words}");
    out
}

fn folder_with_game(test: &str) -> PathBuf {
    let folder = folder(test, &[]);
    fs::write(folder.join(name("g~.nes")), game()).expect("writable");
    folder
}

#[test]
fn no_spelling_of_a_name_overwrites_the_rom() {
    let folder = folder_with_game("spellings");
    fs::create_dir(folder.join("sub")).expect("writable");
    fs::hard_link(folder.join(name("g~.nes")), folder.join("hard")).expect("a link");
    symlink(name("g~.nes"), folder.join("soft")).expect("a link");
    symlink("../soft", folder.join("sub/far")).expect("a link");
    symlink("new", folder.join("dangling")).expect("a link");
    for output in ["g~.nes", "./g~.nes", "sub/../g~.nes", "hard", "soft", "sub/far"] {
        for option in ["--wav", "--screenshot", "--save", "--save-state", "--cdl", "--profile-out", "--jit-log"] {
            let (code, out, error) = ricojit(&folder, &format!("run g~.nes --frames 2 {option} {output}"));
            assert_eq!((code, out.as_str()), (2, ""), "{option} {output}: {error}");
            assert!(error.contains("would overwrite"), "{error}");
        }
    }
    for words in ["--wav new --save dangling", "--wav sub/../new --screenshot dangling@1"] {
        assert_eq!(ricojit(&folder, &format!("run g~.nes --frames 2 {words}")).0, 2, "{words}");
    }
    assert_eq!(fs::read(folder.join(name("g~.nes"))).expect("there"), game());
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), 5, "nothing was written");
    let (code, _, error) = ricojit(&folder, "test g~.nes --junit hard");
    assert_eq!(code, 2, "{error}");
}

#[test]
fn outputs_and_inputs_may_have_names_that_are_no_text() {
    let folder = folder_with_game("bytes");
    let all = "--wav w~ --screenshot p~@3 --save-state s~@3 --save b~";
    let out = succeed(&folder, &format!("run g~.nes --frames 5 {all}"));
    assert!(out.starts_with("g\\xE9.nes: 5 frames"), "{out}");
    succeed(&folder, "run g~.nes --frames 5 --cdl c~");
    succeed(&folder, "run g~.nes --frames 2 --load-state s~");
    succeed(&folder, "disasm g~.nes");
    succeed(&folder, "info g~.nes");
    for made in ["w~", "p~", "s~", "b~", "c~"] {
        assert!(fs::metadata(folder.join(name(made))).is_ok_and(|is| is.len() > 0), "{made}");
    }
    assert_eq!(fs::read_dir(&folder).expect("readable").count(), 6, "and nothing else");
}

#[cfg(feature = "jit")]
#[test]
fn images_and_profiles_may_have_names_that_are_no_text() {
    let folder = folder_with_game("byte-images");
    succeed(&folder, "run g~.nes --frames 5 --profile-out p~");
    succeed(&folder, "compile g~.nes --profile p~ --output i~ --svg v~");
    let (code, _, error) = ricojit(&folder, "run g~.nes --frames 5 --image i~");
    assert_eq!((code, error.lines().count()), (0, 1), "{error}");
    assert!(error.starts_with("ricojit: i\\xE9 is a program"), "{error}");
    for output in ["g~.nes", "./g~.nes"] {
        assert_eq!(ricojit(&folder, &format!("compile g~.nes --output {output}")).0, 2);
    }
    // In a folder, an image is named after its ROM.
    fs::create_dir(folder.join(name("f~"))).expect("writable");
    succeed(&folder, "compile g~.nes --output f~");
    let made: Vec<_> = fs::read_dir(folder.join(name("f~"))).expect("readable").flatten().collect();
    assert!(made.len() == 1 && made[0].file_name().as_bytes().starts_with(b"g\xE9."), "{made:?}");
}

#[test]
fn a_manifest_and_its_report_name_them_as_they_are_shown() {
    let folder = folder_with_game("byte-manifest");
    let manifest = "[[rom]]\npath = 'g\\xE9.nes'\njudge = 'game'\nframes = 3\n";
    fs::write(folder.join(name("m~.toml")), manifest).expect("writable");
    let out = succeed(&folder, "test --manifest m~.toml --junit j~.xml");
    assert!(out.contains("g\\xE9.nes"), "{out}");
    let xml = fs::read_to_string(folder.join(name("j~.xml"))).expect("written");
    assert!(xml.contains("name=\"g\\xE9.nes\""), "{xml}");
    let out = succeed(&folder, "test . --frames 3 --filter xe9");
    assert!(out.contains("./g\\xE9.nes") && out.contains("1 ran"), "{out}");
}

#[test]
fn a_name_cannot_command_the_terminal() {
    let folder = folder("controls", &[]);
    let evil = OsStr::from_bytes(b"a\x1b[31m\nb\xC2\x9B2J.nes");
    fs::write(folder.join(evil), game()).expect("writable");
    let run = |words: &[&str]| {
        let words = words.iter().map(|word| if *word == "ROM" { evil } else { OsStr::new(word) });
        let run = program(&folder).args(words).output().expect("the program starts");
        [run.stdout, run.stderr].map(|bytes| String::from_utf8(bytes).expect("output is UTF-8"))
    };
    let shown = "a\\u{1b}[31m\\nb\\u{9b}2J.nes";
    for words in [
        &["run", "ROM", "--frames", "2"][..],
        &["run", "ROM", "--frames", "2", "--wav", "ROM"],
        &["run", "ROM", "--frames", "2", "--input", "ROM"],
        &["run", "ROM", "--frames", "2", "--save-state", "x@9"],
        &["info", "ROM"],
        &["disasm", "ROM"],
        &["test", "ROM", "--frames", "2"],
        &["test", ".", "--frames", "2", "--junit", "out.xml"],
        &["bench", "ROM", "--frames", "2", "--rounds", "1", "--engine", "interp"],
    ] {
        let both = run(words);
        assert!(!both.iter().flat_map(|text| text.chars()).any(|c| c.is_control() && c != '\n'), "{both:?}");
        if words.last() != Some(&"x@9") {
            assert!(both.iter().any(|text| text.contains(shown)), "{both:?}");
        }
    }
    let xml = fs::read_to_string(folder.join("out.xml")).expect("written");
    assert!(xml.contains(shown) && !xml.contains('\u{1b}'), "{xml}");
}

#[test]
fn a_wrong_command_line_is_quoted_without_commands() {
    let folder = folder("quoted", &[]);
    for words in [["run", "--engine", "a\u{1b}[2J"], ["run", "--\u{9b}31m", "x"], ["\u{1b}[2J", "a", "b"]] {
        let run = program(&folder).args(words).output().expect("the program starts");
        let error = String::from_utf8(run.stderr).expect("output is UTF-8");
        assert_eq!((run.status.code(), run.stdout.len()), (Some(2), 0), "{error}");
        assert!(!error.chars().any(|c| c.is_control() && c != '\n'), "{error}");
    }
}
