//! What ROMs without a verdict show and play: compared with a reference's pictures (`docs/pictures.md`) and with what
//! they showed and played before (`tests/hashes.txt`).

use crate::trials;
use libtest_mimic::{Failed, Trial};
use ricojit::cartridge::Cartridge;
use ricojit::input::Buttons;
use ricojit::judge::batch::{Job, run_job};
use ricojit::judge::survive::{self, fingerprint};
use ricojit::judge::{Kind, Options, run_frame};
use ricojit::machine::Machine;
use ricojit::options;
use ricojit::ppu::PalettePattern;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

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

/// The frames at which a ROM shows what its references show.
fn equal_frames(job: &Job, references: &[(u64, String)], palette: PalettePattern) -> Result<BTreeSet<u64>, Failed> {
    let entry = &job.entry;
    let options = options::Options {
        palette,
        sample_rate: None,
        region: entry.force_region,
        idle_skip: Some(true),
        ..options::Options::default()
    };
    let mut machine = Machine::new(&Cartridge::load(&std::fs::read(&job.file)?)?, &options)?;
    let last = references.iter().map(|(frame, _)| *frame).max().unwrap_or_default();
    let mut equal = BTreeSet::new();
    while survive::reference_frames(machine.frames()) < last {
        let held = survive::game_buttons(survive::reference_frames(machine.frames()));
        let frame = survive::reference_frames(machine.frames() + 1);
        let mut shown = references.iter().filter(|(number, _)| *number == frame).peekable();
        machine.set_render(shown.peek().is_some());
        run_frame(&mut machine, if entry.judge == Kind::Game { held } else { Buttons::NONE });
        if shown.any(|(_, hash)| *hash == fingerprint(machine.frame())) {
            equal.insert(frame);
        }
    }
    Ok(equal)
}

/// The table in `docs/pictures.md` has exactly the pictures that are not equal, and its counts are right. Those for
/// which it blames palette RAM have to be equal once that is zero.
fn reference_pictures(jobs: &[Job]) -> Result<(), Failed> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures.md"))?;
    let mut listed = rows(&text);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    listed.values().for_each(|why| *reasons.entry(why.clone()).or_default() += 1);
    let (different, mut equal, mut wrong) = (listed.len(), 0, String::new());
    for job in jobs {
        let path = job.entry.path.trim_start_matches("roms/");
        let references = job.entry.references()?;
        let usual = equal_frames(job, &references, PalettePattern::Console)?;
        let blamed = |frame: &u64| listed.get(&(path.to_owned(), *frame)).is_some_and(|why| why == "palette");
        let zeros = match references.iter().any(|(frame, _)| blamed(frame)) {
            true => equal_frames(job, &references, PalettePattern::Zeros)?,
            false => BTreeSet::new(),
        };
        for (frame, _) in references {
            let why = listed.remove(&(path.to_owned(), frame));
            equal += usize::from(usual.contains(&frame));
            match why.as_deref() {
                None if usual.contains(&frame) => {}
                None => writeln!(wrong, "{path} | {frame} | is not equal")?,
                Some(why) if usual.contains(&frame) => writeln!(wrong, "{path} | {frame} | {why} | is equal")?,
                Some("palette") if !zeros.contains(&frame) => writeln!(wrong, "{path} | {frame} | not with zeros")?,
                Some(_) => {}
            }
        }
    }
    listed.keys().try_for_each(|lost| writeln!(wrong, "{lost:?} is no picture"))?;
    let of_reasons = reasons.iter().map(|(why, count)| format!("| {why} | {count} |"));
    let counts =
        [format!("**{equal} are equal"), format!("the other {different} are"), format!("names {} ", equal + different)];
    let missing: Vec<String> = counts.into_iter().chain(of_reasons).filter(|count| !text.contains(count)).collect();
    missing.iter().try_for_each(|count| writeln!(wrong, "not there: {count}"))?;
    if wrong.is_empty() { Ok(()) } else { Err(format!("docs/pictures.md is wrong:\n{wrong}").into()) }
}

/// The rows of the table of pictures that are not equal: why, by ROM and frame.
fn rows(text: &str) -> BTreeMap<(String, u64), String> {
    let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
    let rows = text.lines().map(cells).filter(|cells| cells.len() == 5 && cells[1].ends_with(".nes"));
    rows.filter_map(|cells| Some(((cells[1].clone(), cells[2].parse().ok()?), cells[3].clone()))).collect()
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
