//! What ROMs without a verdict show and play: compared with a reference's pictures (`docs/pictures.md`) and with what
//! they showed and played before (`tests/hashes.txt`).

use crate::trials;
use libtest_mimic::{Failed, Trial};
use ricojit::cartridge::Cartridge;
use ricojit::frame::Frame;
use ricojit::input::{Buttons, Pad};
use ricojit::judge::batch::{Job, run_job};
use ricojit::judge::survive::{GAME_SCRIPT, PRESS_FRAMES};
use ricojit::judge::{Kind, Options};
use ricojit::machine::Machine;
use ricojit::options;
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// So many frames apart, a picture is still found.
const APART: u64 = 3;
/// Frames whose hashes are kept.
const KEPT_FRAMES: u64 = 320;

pub(crate) fn trials(jobs: &[Job]) -> Vec<Trial> {
    let supported: Vec<Job> = jobs.iter().filter(|job| trials::is_supported(job)).cloned().collect();
    let shown = supported.iter().filter(|job| matches!(job.entry.judge, Kind::Visual | Kind::Audio)).cloned().collect();
    vec![
        Trial::test("reference pictures", move || reference_pictures(&supported)),
        Trial::test("what is shown and played is what it was", move || as_before(shown)),
    ]
}

/// How our pictures stand to the references of a ROM: by frame, which of ours it is.
fn standings(job: &Job) -> Result<BTreeMap<u64, String>, Failed> {
    let entry = &job.entry;
    let several = entry.ref_hashes.iter().map(|(frame, hash)| Ok((frame.parse()?, hash.clone())));
    let single = entry.ref_frame.zip(entry.ref_hash.clone()).map(Ok);
    let references: Vec<(u64, String)> = single.into_iter().chain(several).collect::<Result<_, Failed>>()?;
    let Some(last) = references.iter().map(|(frame, _)| frame + APART).max() else { return Ok(BTreeMap::new()) };
    let options = options::Options { sample_rate: None, region: entry.force_region, ..options::Options::default() };
    let mut machine = Machine::new(&Cartridge::load(&std::fs::read(&job.file)?)?, &options)?;
    let mut ours = BTreeMap::new();
    for frame in 1..=last {
        let held = GAME_SCRIPT.iter().find(|(from, _)| (*from..from + PRESS_FRAMES).contains(&(frame - 1)));
        let held = held.filter(|_| entry.judge == Kind::Game);
        machine.set_buttons(Pad::One, held.map_or(Buttons::NONE, |(_, button)| *button));
        machine.run_frame();
        if references.iter().any(|(reference, _)| frame.abs_diff(*reference) <= APART) {
            ours.insert(frame, fingerprint(machine.frame()));
        }
    }
    let standing = |(frame, hash): (u64, String)| {
        let found = ours.iter().filter(|(number, ours)| number.abs_diff(frame) <= APART && **ours == hash);
        let nearest = found.map(|(number, _)| *number as i64 - frame as i64).min_by_key(|apart| apart.abs());
        (frame, nearest.map_or("-".to_owned(), |apart| apart.to_string()))
    };
    Ok(references.into_iter().map(standing).collect())
}

/// As the manifest does it: the SHA-1 of the palette indices, without emphasis.
fn fingerprint(frame: &Frame) -> String {
    let bytes: Vec<u8> = frame.pixels().iter().map(|pixel| (pixel & 0x3F) as u8).collect();
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The table in `docs/pictures.md` has exactly the pictures that are not equal, and its counts are right.
fn reference_pictures(jobs: &[Job]) -> Result<(), Failed> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures.md"))?;
    let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
    let rows: Vec<Vec<String>> = text.lines().map(cells).filter(|cells| cells.len() == 6).collect();
    let mut listed: BTreeMap<(String, String), String> = rows
        .iter()
        .filter(|cells| cells[1].ends_with(".nes"))
        .map(|cells| ((cells[1].clone(), cells[2].clone()), cells[3].clone()))
        .collect();
    let different = listed.len();
    let (mut equal, mut wrong) = (0, String::new());
    for job in jobs {
        let path = job.entry.path.trim_start_matches("roms/");
        for (frame, ours) in standings(job)? {
            let row = listed.remove(&(path.to_owned(), frame.to_string()));
            if ours == "0" {
                equal += 1;
            }
            if row.clone().unwrap_or("0".to_owned()) != ours {
                writeln!(wrong, "{path} | {frame} | {ours} | instead of {row:?}")?;
            }
        }
    }
    listed.keys().try_for_each(|lost| writeln!(wrong, "{lost:?} is no picture"))?;
    let counts =
        [format!("**{equal} are equal"), format!("the other {different} are"), format!("names {} ", equal + different)];
    counts.iter().filter(|count| !text.contains(*count)).try_for_each(|count| writeln!(wrong, "not there: {count}"))?;
    if wrong.is_empty() { Ok(()) } else { Err(format!("docs/pictures.md is wrong:\n{wrong}").into()) }
}

/// Nobody but a person can judge these ROMs; what was judged once is kept. `RICOJIT_BLESS=1` writes it anew.
fn as_before(jobs: Vec<Job>) -> Result<(), Failed> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hashes.txt");
    let mut found = format!("# Hashes of all pictures and all samples of the first {KEPT_FRAMES} frames.\n");
    for job in jobs {
        let outcome = run_job(&job, &Options { frames: Some(KEPT_FRAMES), ..Options::default() });
        let hashes = outcome.hashes.ok_or(outcome.detail)?;
        writeln!(found, "{} {:032x} {:032x}", job.entry.path, hashes.frames, hashes.audio)?;
    }
    if std::env::var_os("RICOJIT_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&file, &found)?;
    }
    let kept = std::fs::read_to_string(&file)?;
    let changed: Vec<&str> = found.lines().filter(|line| !kept.lines().any(|kept| kept == *line)).collect();
    if changed.is_empty() && kept.lines().count() == found.lines().count() {
        return Ok(());
    }
    Err(format!("tests/hashes.txt is different (RICOJIT_BLESS=1 accepts this):\n{}", changed.join("\n")).into())
}
