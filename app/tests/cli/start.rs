//! `--start`, and what `run` and `info` tell of writes that the PPU ignored.

use crate::drive::{folder, misuse, succeed};
use crate::early::early;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder_with_early(test: &str) -> PathBuf {
    folder(test, &[("early.nes", &early())])
}

fn json(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&succeed(folder, &format!("{args} --json"))).expect("one JSON object")
}

#[test]
fn run_tells_which_writes_the_ppu_ignored() {
    let folder = folder_with_early("ignored");
    let out = succeed(&folder, "run early.nes --frames 5");
    let told = "the PPU ignored a write to $2006, in frame 2 at cycle 274";
    assert!(out.contains(told) && out.contains("try --start warm"), "{out}");
    let report = json(&folder, "run early.nes --frames 5");
    let ignored = &report["ignored_writes"];
    assert_eq!(ignored["registers"], serde_json::json!(["$2006"]));
    assert_eq!((&ignored["writes"], &ignored["first_frame"]), (&1.into(), &2.into()));
    assert!(ignored["first_cycle"].as_u64().is_some_and(|cycle| (27_384..27_450).contains(&cycle)), "{report}");
    let many = succeed(&folder, "run early.nes --frames 5 --instances 2");
    assert_eq!(many.matches(told).count(), 1, "{many}");

    for start in ["famicom", "warm"] {
        let other = json(&folder, &format!("run early.nes --frames 5 --start {start}"));
        assert_eq!(other["ignored_writes"], Value::Null, "{start}");
        assert_ne!(other["frame_hash"], report["frame_hash"], "{start}: the backdrop is white");
        let engines = format!("run early.nes --frames 5 --start {start} --engine");
        assert_eq!(json(&folder, &format!("{engines} interp"))["state_hash"], other["state_hash"], "{start}");
        succeed(&folder, &format!("run early.nes --frames 5 --start {start} --engine verify"));
    }
    let named = json(&folder, "run early.nes --frames 5 --start nes");
    assert_eq!(named["state_hash"], report["state_hash"], "it is the default");
}

#[test]
fn info_runs_the_rom_on_request() {
    let folder = folder_with_early("info-run");
    assert!(!succeed(&folder, "info early.nes").contains("run "));
    let out = succeed(&folder, "info early.nes --run 5");
    assert!(out.contains("run        5 frames: the CPU still runs\nrun        the PPU ignored a write"), "{out}");
    let report = json(&folder, "info early.nes --run 5");
    assert_eq!(report["run"]["ignored_writes"]["writes"], 1, "{report}");
    let report = json(&folder, "info early.nes --run 5 --start famicom");
    assert_eq!(report["run"], serde_json::json!({ "frames": 5, "jammed": false }));
}

#[test]
fn info_names_the_chips_that_are_modelled() {
    let folder = folder_with_early("chips");
    for (region, cpu, ppu) in
        [("ntsc", "RP2A03G", "RP2C02G"), ("pal", "RP2A07", "RP2C07"), ("dendy", "UA6527P", "UA6538")]
    {
        let out = succeed(&folder, &format!("info early.nes --region {region}"));
        assert!(out.contains(&format!("chips      {cpu} and {ppu}\n")), "{out}");
        let report = json(&folder, &format!("info early.nes --region {region}"));
        assert_eq!((&report["cpu"], &report["ppu"]), (&cpu.into(), &ppu.into()));
    }
    let report = json(&folder, "info early.nes");
    assert_eq!((&report["mapper"], &report["prg_rom"], &report["cpu"]), (&0.into(), &0x4000.into(), &"RP2A03G".into()));
    assert_eq!((&report["format"], &report["unusual"]), (&"iNES".into(), &serde_json::json!([])));
}

#[test]
fn an_unknown_start_is_refused() {
    let error = misuse(&folder_with_early("bad-start"), "run early.nes --start cold");
    assert!(error.contains("expected `nes`, `famicom` or `warm`"), "{error}");
}
