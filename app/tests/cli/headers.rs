//! Headers that lie: what `info`, `run` and `test` make of them, and what they say; databases that correct them.

use crate::drive::{fail, folder, misuse, ricojit, succeed};
use crate::run::game;
use serde_json::Value;
use sha1::{Digest, Sha1};
use std::fs;
use std::path::Path;

/// NROM with this header after the magic; its program waits.
pub(crate) fn rom(header: &[u8; 12], prg: usize, chr: usize) -> Vec<u8> {
    let mut rom = vec![0xEA; prg];
    rom[..3].copy_from_slice(&[0x4C, 0x00, 0xC0]);
    rom[prg - 6..].copy_from_slice(&[0x00, 0xC0, 0x00, 0xC0, 0x00, 0xC0]);
    [b"NES\x1A", &header[..], &rom, &vec![0; chr]].concat()
}

fn info(folder: &Path, words: &str) -> Value {
    serde_json::from_str(&succeed(folder, &format!("info {words} --json"))).expect("one JSON object")
}

/// Runs a ROM whose header is doubtful; returns the report and what was said of the ROM.
fn run(folder: &Path, words: &str) -> (Value, String) {
    let (code, out, error) = ricojit(folder, &format!("run {words} --frames 5 --json"));
    assert_eq!(code, 0, "{error}");
    (serde_json::from_str(&out).expect("one JSON object"), error)
}

#[test]
fn info_and_run_tell_one_story() {
    let text = *b"\x01\x01\x00Hello Wld";
    let pal = [1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let battery = [1, 1, 2, 8, 0, 0, 7, 0, 1, 0, 0, 0];
    let files: [(&str, &[u8]); 4] = [
        ("text.nes", &rom(&text, 0x4000, 0x2000)),
        ("pal.nes", &rom(&pal, 0x4000, 0x2000)),
        ("battery.nes", &rom(&battery, 0x4000, 0x2000)),
        ("cut.nes", &rom(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0x4000, 0)),
    ];
    let folder = folder("doubts", &files);
    for (name, format, region, doubt) in [
        ("text.nes", "iNES", "ntsc", "Byte 7 says NES 2.0, but"),
        ("pal.nes", "iNES", "ntsc", "In the iNES header byte 9 says pal"),
        ("battery.nes", "NES 2.0", "pal", "The header claims a battery, but no RAM"),
        ("cut.nes", "iNES", "ntsc", "The file is cut off: it has 0 of the 8192 bytes of CHR ROM"),
    ] {
        let told = info(&folder, name);
        assert_eq!((&told["format"], &told["region"]), (&format.into(), &region.into()), "{name}");
        assert!(told["unusual"][0].as_str().is_some_and(|note| note.starts_with(doubt)), "{told}");
        let (report, said) = run(&folder, name);
        assert_eq!((&report["region"], &report["unusual"]), (&told["region"], &told["unusual"]), "{name}");
        assert!(said.starts_with(&format!("ricojit: {name}: {doubt}")), "{said}");
        // What is forced wins, and is said to.
        assert_eq!(info(&folder, &format!("{name} --region dendy"))["region_by"], "--region");
        assert_eq!(run(&folder, &format!("{name} --region dendy")).0["region"], "dendy");
        assert_eq!(run(&folder, &format!("{name} --region auto")).0["region"], region);
    }
    assert_eq!(info(&folder, "battery.nes")["region_by"], "byte 12 of the NES 2.0 header");
    let by = info(&folder, "pal.nes")["region_by"].clone();
    assert!(by.as_str().is_some_and(|by| by.starts_with("default: byte 9 says pal, byte 10 ntsc, but NTSC")), "{by}");
    assert!(succeed(&folder, "info text.nes").contains("region     ntsc, by default: an iNES header names none"));
    for command in ["run", "info", "disasm"] {
        assert!(fail(&folder, &format!("{command} cut.nes --strict")).contains("cut off"));
    }
    let (code, out, _) = ricojit(&folder, "test cut.nes --strict");
    assert!(code == 2 && out.contains("cut off"), "{out}");
    assert_eq!(ricojit(&folder, "test cut.nes --frames 5").0, 0);
}

#[test]
fn a_database_corrects_headers() {
    let mut wrong = game();
    (wrong[6], wrong[7], wrong[12]) = (0x12, 0x08, 1);
    let hash = Sha1::digest(&wrong[16..]).iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let xml = format!(
        "\u{FEFF}<?xml version=\"1.0\"?>\r\n<nes20db><game><rom size=\"24576\" sha1=\"{hash}\"/><prgrom size=\"16384\"/>\r\n\
         <chrrom size=\"8192\"/><prgnvram size=\"8192\"/><pcb mapper=\"0\" submapper=\"0\" mirroring=\"H\" battery=\"1\"/>\r\n\
         <console type=\"0\" region=\"0\"/></game></nes20db>"
    );
    let folder = folder("database", &[("wrong.nes", &wrong), ("game.nes", &game()), ("db.xml", xml.as_bytes())]);
    let told = info(&folder, "wrong.nes");
    assert_eq!((&told["mapper"], &told["region"], &told["corrections"]), (&1.into(), &"pal".into(), &Value::Null));
    let right = info(&folder, "wrong.nes --db db.xml");
    assert_eq!(
        (&right["mapper"], &right["region"], &right["region_by"]),
        (&0.into(), &"ntsc".into(), &"the database".into())
    );
    let text = "mapper 0, not 1, battery-backed PRG RAM 8 KiB, not 0 KiB, region ntsc, not pal";
    assert!(succeed(&folder, "info wrong.nes --db db.xml").contains(&format!("database   {text}\n")));
    let (report, said) = run(&folder, "wrong.nes --db db.xml");
    assert_eq!(said, format!("ricojit: wrong.nes: The database corrects the header: {text}.\n"));
    let (plain, _) = run(&folder, "game.nes");
    assert_eq!((&report["frame_hash"], &report["state_hash"]), (&plain["frame_hash"], &plain["state_hash"]));

    // In the user's data folder it needs no option; one that is damaged keeps no game from running.
    let data = folder.join(".local/share/ricojit");
    fs::create_dir_all(&data).expect("writable");
    fs::copy(folder.join("db.xml"), data.join("nes20db.xml")).expect("copied");
    assert_eq!(info(&folder, "wrong.nes"), right);
    fs::write(data.join("nes20db.xml"), "<nes20db>\n<game>\n</nes20db>").expect("writable");
    let (code, _, error) = ricojit(&folder, "run game.nes --frames 2");
    assert!(code == 0 && error.contains("nes20db.xml: the database is not XML: line 3"), "{error}");
    fs::remove_file(data.join("nes20db.xml")).expect("removable");

    for (content, part) in [(&b"<a></a>"[..], "no game"), (b"\xFF\xFE<", "not UTF-8"), (b"<a", "")] {
        fs::write(folder.join("bad.xml"), content).expect("writable");
        let error = fail(&folder, "run wrong.nes --db bad.xml");
        assert!(error.starts_with("ricojit: bad.xml: ") && error.contains(part), "{error}");
    }
    assert!(fail(&folder, "info wrong.nes --db none.xml").contains("none.xml"));
    misuse(&folder, "run wrong.nes --db db.xml --wav db.xml");
}
