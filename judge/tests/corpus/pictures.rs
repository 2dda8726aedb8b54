//! Pictures and samples of ROMs without a verdict: compared with those of a reference (`docs/pictures.md`) and with earlier
//! ones (`tests/data/hashes.txt`).

use crate::environment::workspace;
use libtest_mimic::{Failed, Trial};
use ricojit::Buttons;
use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Region;
use ricojit::frame::{Frame, HEIGHT, WIDTH};
use ricojit::options;
use ricojit::options::{Alignment, PalettePattern, Start};
use ricojit::testing::{POWER_ON_LEAD, TestSwitches};
use ricojit_judge::batch::{Job, run_job};
use ricojit_judge::smoke::{self, fingerprint};
use ricojit_judge::{Kind, Options, run_frame};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

/// The reference ends a frame with the instruction that reaches line 0: up to this many pixels are of the next picture.
const NEXT_PIXELS: usize = 8;
/// Frames of the committed digests.
const KEPT_FRAMES: u64 = 320;

pub(crate) fn trials(runnable: &[Job]) -> Vec<Trial> {
    let supported = runnable.to_vec();
    let shown = supported.iter().filter(|job| matches!(job.entry.judge, Kind::Visual | Kind::Audio)).cloned().collect();
    vec![
        Trial::test("reference pictures", move || reference_pictures(&supported)),
        Trial::test("pictures and samples have not changed", move || as_before(shown)),
    ]
}

/// The picture of a ROM at a frame of the reference.
struct Shown {
    frame: Frame,
    /// Colour 0 of palette RAM at the end of the frame.
    backdrop: u8,
    /// The first pixels of the next picture.
    next: [u16; NEXT_PIXELS],
}

impl Shown {
    /// The fingerprint with other pixels from `first` on.
    fn with(&self, first: usize, pixels: &[u16]) -> String {
        let mut frame = self.frame.clone();
        frame.pixels_mut()[first..first + pixels.len()].copy_from_slice(pixels);
        fingerprint(&frame)
    }

    /// Whether it equals the reference with the backdrop as the last pixel of a line.
    fn is_with_backdrop(&self, reference: &str, mut lines: Range<usize>) -> bool {
        lines.any(|line| self.with(line * WIDTH + WIDTH - 1, &[self.backdrop.into()]) == reference)
    }
}

/// The pictures of a ROM, by the frames of its references.
fn pictures(job: &Job, references: &[(u64, String)], power_on: PowerOn) -> Result<BTreeMap<u64, Shown>, Failed> {
    let entry = &job.entry;
    let options = options::Options::new()
        .palette(power_on.palette)
        .alignment(power_on.alignment)
        .start(power_on.start)
        .without_sound()
        .region(entry.force_region)
        .idle_skip(Some(true))
        .testing(TestSwitches::new().lead(power_on.lead));
    let mut machine = Machine::new(&Cartridge::load(&std::fs::read(&job.file)?)?, &options)?;
    let asked: BTreeSet<u64> = references.iter().map(|(frame, _)| *frame).collect();
    let last = asked.last().copied().unwrap_or_default();
    let mut shown: BTreeMap<u64, Shown> = BTreeMap::new();
    while smoke::reference_frames(machine.frames()) <= last {
        let before = smoke::reference_frames(machine.frames());
        let held = if entry.judge == Kind::Game { smoke::game_buttons(before) } else { Buttons::NONE };
        let is_asked = asked.contains(&(before + 1));
        machine.set_render(is_asked || shown.contains_key(&before));
        run_frame(&mut machine, held);
        if let Some(shown) = shown.get_mut(&before) {
            shown.next.copy_from_slice(&machine.frame().pixels()[..NEXT_PIXELS]);
        }
        if is_asked {
            let (frame, backdrop) = (machine.frame().clone(), machine.peek_ppu(0x3F00));
            shown.insert(before + 1, Shown { frame, backdrop, next: [0; NEXT_PIXELS] });
        }
    }
    Ok(shown)
}

/// How a machine is powered on.
#[derive(Clone, Copy)]
struct PowerOn {
    palette: PalettePattern,
    alignment: Alignment,
    start: Start,
    /// The dots that the PPU is ahead.
    lead: u16,
}

impl PowerOn {
    fn usual() -> Self {
        Self {
            palette: PalettePattern::default(),
            alignment: Alignment::default(),
            start: Start::default(),
            lead: POWER_ON_LEAD,
        }
    }

    /// Reads settings as `palette zeros, alignment 0:put, start warm, lead 3`; those that are not there are the usual ones.
    fn parse(text: &str) -> Option<Self> {
        text.split(", ").try_fold(Self::usual(), |this, setting| {
            Some(match setting.split_once(' ')? {
                ("palette", "zeros") => Self { palette: PalettePattern::Zeros, ..this },
                ("alignment", name) => {
                    Self { alignment: Alignment::all(Region::Pal).find(|one| one.to_string() == name)?, ..this }
                }
                ("start", name) => Self { start: Start::ALL.into_iter().find(|start| start.name() == name)?, ..this },
                ("lead", dots) => Self { lead: dots.parse().ok()?, ..this },
                _ => return None,
            })
        })
    }
}

/// A row of the table of pictures that differ.
#[derive(Clone)]
struct Row {
    why: String,
    /// The power-on with which the reason is seen, if it is not the usual one.
    with: Option<PowerOn>,
}

impl Row {
    /// Whether the reason holds. `other` is the picture with the power-on of the row.
    fn holds(&self, ours: &Shown, other: &Shown, reference: &str) -> bool {
        match self.why.as_str() {
            "palette" | "power-on" => fingerprint(&other.frame) == reference,
            "undetermined" => fingerprint(&other.frame) != fingerprint(&ours.frame),
            "slot" => ours.is_with_backdrop(reference, 0..1),
            "edge" => ours.is_with_backdrop(reference, 1..HEIGHT),
            "first" => (1..=NEXT_PIXELS).any(|pixels| other.with(0, &other.next[..pixels]) == reference),
            _ => true,
        }
    }
}

/// Checks that the table in `docs/pictures.md` has exactly the pictures that differ, that its counts are right, and that each
/// reason that can be checked holds.
fn reference_pictures(jobs: &[Job]) -> Result<(), Failed> {
    let text = std::fs::read_to_string(workspace().join("docs/pictures.md"))?;
    let mut listed = rows(&text)?;
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    listed.values().for_each(|row| *reasons.entry(row.why.clone()).or_default() += 1);
    let (different, mut equal, mut wrong) = (listed.len(), 0, String::new());
    for job in jobs {
        let path = job.entry.path.trim_start_matches("roms/");
        let references = job.entry.references()?;
        let ours = pictures(job, &references, PowerOn::usual())?;
        for (frame, reference) in &references {
            let row = listed.remove(&(path.to_owned(), *frame));
            let is_equal = fingerprint(&ours[frame].frame) == *reference;
            equal += usize::from(is_equal);
            match row {
                None if is_equal => {}
                None => writeln!(wrong, "{path} | {frame} | is not equal")?,
                Some(row) if is_equal => writeln!(wrong, "{path} | {frame} | {} | is equal", row.why)?,
                Some(row) => {
                    let asked = [(*frame, reference.clone())];
                    let other = row.with.map(|power_on| pictures(job, &asked, power_on)).transpose()?;
                    let other = other.as_ref().map_or(&ours[frame], |pictures| &pictures[frame]);
                    if !row.holds(&ours[frame], other, reference) {
                        writeln!(wrong, "{path} | {frame} | {} | does not hold", row.why)?;
                    }
                }
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

/// The rows of the table of pictures that differ, by ROM and frame.
fn rows(text: &str) -> Result<BTreeMap<(String, u64), Row>, Failed> {
    let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
    let rows = text.lines().map(cells).filter(|cells| cells.len() == 6 && cells[1].ends_with(".nes"));
    let row = |cells: Vec<String>| {
        let with = match cells[4].as_str() {
            "" => None,
            settings => Some(PowerOn::parse(settings).ok_or(format!("not a power-on: {settings}"))?),
        };
        Ok(((cells[1].clone(), cells[2].parse()?), Row { why: cells[3].clone(), with }))
    };
    rows.map(row).collect()
}

/// Compares with the committed digests, which a person has checked once. `RICOJIT_BLESS=1` writes them again.
fn as_before(jobs: Vec<Job>) -> Result<(), Failed> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hashes.txt");
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
    Err(format!("tests/data/hashes.txt is different (RICOJIT_BLESS=1 accepts this):\n{}", changed.join("\n")).into())
}
