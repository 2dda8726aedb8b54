//! Files of all kinds: ROMs from standard input and as .gz, files that are no ROMs, palettes, lists with byte order marks and
//! any line ends; and what is said of a CPU that jams.

use crate::drive::{fail, folder, program, ricojit, succeed};
use crate::headers::rom;
use crate::run::game;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// Runs the program with this standard input; returns exit code, standard output and standard error.
fn piped(folder: &Path, words: &str, input: &[u8]) -> (i32, String, String) {
    let mut command = program(folder);
    command.args(words.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // It may refuse before it has read all.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let run = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (run.status.code().expect("no signal"), text(run.stdout), text(run.stderr))
}

fn report(out: &str) -> Value {
    serde_json::from_str(out).expect("one JSON object")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(bytes).expect("written to memory");
    file.finish().expect("written to memory")
}

#[test]
fn a_rom_comes_from_standard_input_or_a_gzip_file() {
    let folder = folder("ways", &[("game.nes", &game()), ("game.nes.gz", &gzip(&game()))]);
    let plain = report(&succeed(&folder, "run game.nes --frames 20 --json"));
    let packed = report(&succeed(&folder, "run game.nes.gz --frames 20 --json"));
    assert_eq!((&packed["state_hash"], &packed["frame_hash"]), (&plain["state_hash"], &plain["frame_hash"]));
    for input in [game(), gzip(&game())] {
        let (code, out, error) = piped(&folder, "run - --frames 20 --json", &input);
        assert_eq!((code, error.as_str()), (0, ""));
        let read = report(&out);
        assert_eq!((&read["rom"], &read["state_hash"]), (&"standard input".into(), &plain["state_hash"]));
        assert_eq!(piped(&folder, "info -", &input).0, 0);
        assert_eq!(piped(&folder, "test - --frames 5", &input).0, 0);
    }
    let (code, _, error) = piped(&folder, "run -", b"");
    assert!(code == 1 && error == "ricojit: standard input: the file is empty: dump or download it again\n", "{error}");
}

#[test]
fn other_files_are_named_as_what_they_are() {
    let folder = folder("kinds", &[]);
    for (content, what) in [
        (&b"7z\xBC\xAF\x27\x1C\0\x04 and so on"[..], "a 7z archive"),
        (b"NESM\x1A\x01 music", "an NSF file"),
        (b"FDS\x1A\x01 disk", "an FDS disk image"),
        (b"\x01*NINTENDO-HVC*", "an FDS disk image"),
        (b"UNIF\x07\0\0\0", "a UNIF dump"),
        (b"MZ\x90\0 and an archive", "self-extracting archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
    ] {
        fs::write(folder.join("file.nes"), content).expect("writable");
        for command in ["run", "info"] {
            let error = fail(&folder, &format!("{command} file.nes"));
            assert!(error.starts_with("ricojit: file.nes: this is ") && error.contains(what), "{error}");
        }
    }
}

#[test]
fn a_jammed_cpu_is_told() {
    let mut jams = rom(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0x4000, 0x2000);
    // BIT $2002, BPL: in frame 2. Then NOP, and a JAM at $C006.
    jams[16..16 + 7].copy_from_slice(&[0x2C, 0x02, 0x20, 0x10, 0xFB, 0xEA, 0x92]);
    let folder = folder("jam", &[("jams.nes", &jams)]);
    let told = "the CPU jammed in frame 2: opcode $92 at $C006";
    for engine in ["interp", "jit --jit-threshold 0", "aot", "verify"] {
        if engine.starts_with("jit") && !cfg!(feature = "jit") {
            continue;
        }
        let words = format!("run jams.nes --frames 9 --engine {engine}");
        assert!(succeed(&folder, &words).contains(&format!("{told}\n")), "{engine}");
        let jam = report(&succeed(&folder, &format!("{words} --json")))["jam"].clone();
        assert_eq!(jam, serde_json::json!({ "address": "$C006", "opcode": "$92", "frame": 2 }), "{engine}");
    }
    assert!(succeed(&folder, "run jams.nes --frames 9 --instances 2").contains(told));
    assert!(succeed(&folder, "info jams.nes --run 9").contains(&format!("run        9 frames: {told}\n")));
    let (code, out, _) = ricojit(&folder, "test jams.nes --frames 9");
    assert!(code == 0 && out.contains(told), "{out}");
}

#[test]
fn palettes_have_many_forms() {
    let colours: Vec<[u8; 3]> = (0..64).map(|i| [i, 255 - i, 7]).collect();
    let lines = |end: &str| colours.iter().map(|[r, g, b]| format!("{r} {g} {b}{end}")).collect::<String>();
    let plain = colours.concat();
    let folder = folder("palettes", &[("game.nes", &game()), ("a.pal", &plain)]);
    succeed(&folder, "run game.nes --frames 5 --palette a.pal --screenshot a.png");
    for (content, noted) in [
        ([&plain[..], b"signature"].concat(), true),
        (format!("JASC-PAL\r\n0100\r\n64\r\n{}", lines("\r\n")).into_bytes(), false),
        (format!("\u{FEFF}JASC-PAL\n0100\n256\n{}", lines("\n")).into_bytes(), true),
    ] {
        fs::write(folder.join("b.pal"), content).expect("writable");
        let (code, _, error) = ricojit(&folder, "run game.nes --frames 5 --palette b.pal --screenshot b.png");
        assert_eq!((code, error.is_empty()), (0, !noted), "{error}");
        let read = |name| fs::read(folder.join(name)).expect("written");
        assert!(read("a.png") == read("b.png"));
    }
}

#[test]
fn lists_may_have_marks_and_any_line_ends() {
    let folder = folder("lists", &[("game.nes", &game()), ("roms/demo.nes", include_bytes!("../../../roms/demo.nes"))]);
    let script = "5 1 a\n9 1 -\n";
    let movie = "version 3\nport0 1\n|0|.......A|........||\n|0|........|........||\n";
    let manifest = "[[rom]]\npath = \"roms/demo.nes\"\njudge = \"text\"\nframes = 4\npass_text = \"never\"\n";
    let expect = "# known\n\ndemo.nes # shows nothing\n";
    let result = |words: &str| {
        let (code, out, error) = ricojit(&folder, words);
        assert_eq!((code, error.as_str()), (0, ""), "{words}");
        report(&out)
    };
    let mut first = None;
    for (mark, end) in [("", "\n"), ("", "\r\n"), ("\u{FEFF}", "\n"), ("\u{FEFF}", "\r\n")] {
        for (name, text) in [("in.txt", script), ("in.fm2", movie), ("all.toml", manifest), ("known.txt", expect)] {
            fs::write(folder.join(name), format!("{mark}{}", text.replace('\n', end))).expect("writable");
        }
        let results = [
            result("run game.nes --frames 12 --input in.txt --json")["state_hash"].clone(),
            result("run game.nes --input in.fm2 --json")["state_hash"].clone(),
            result("test --manifest all.toml --expect known.txt --json")["results"].clone(),
        ];
        assert_eq!(first.get_or_insert_with(|| results.clone()), &results, "{mark:?} {end:?}");
    }
}
