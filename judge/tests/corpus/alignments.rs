//! Verdicts with every alignment that a console can start with. `docs/alignments.md` lists the ROMs whose verdict depends on
//! it, and what AccuracyCoin finds in each phase; every other verdict is that of the default alignment.
//!
//! ```text
//! make test       listed ROMs with every alignment, AccuracyCoin with two, others with one
//! make test-all   every ROM with every alignment
//! ```
//!
//! All runs are on the interpreter with idle skipping, without pictures and sound: other tests compare those.

use crate::environment::{corpus, missing, run_everything, workspace};
use libtest_mimic::{Failed, Trial};
use ricojit::options::{self, Alignment};
use ricojit::{Buttons, Cartridge, Machine, Region};
use ricojit_judge::batch::{Job, run_job};
use ricojit_judge::{Entry, Kind, Options, Outcome, Verdict, run_frame};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

/// The alignments of a ROM that is not listed, and of AccuracyCoin, in `make test`, besides the default one.
const SAMPLED: usize = 1;
const SAMPLED_OF_ACCURACY_COIN: usize = 2;

/// When Start starts AccuracyCoin, and frames in which all of its tests end.
const START: Range<u64> = 180..186;
const ENOUGH_FRAMES: u64 = 6000;
/// The result byte of a test that has not begun or not ended.
const WITHOUT_RESULT: [u8; 2] = [0x00, 0x03];

pub(crate) fn trials(runnable: &[Job]) -> Vec<Trial> {
    let file = workspace().join("docs/alignments.md");
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => return vec![missing("alignments", format!("{}: {error}", file.display()))],
    };
    let mut listed = Passing::all(&text);
    let mut all = Vec::new();
    let judged = runnable.iter().filter(|job| job.entry.judge.has_verdict());
    for (index, job) in judged.enumerate() {
        match listed.remove(job.entry.path.trim_start_matches("roms/")) {
            Some(passing) => all.push(listed_trial(job.clone(), passing)),
            None => all.push(other_trial(job.clone(), index)),
        }
        if job.entry.judge == Kind::AccuracyCoin {
            all.push(findings_trial(job.clone(), Found::all(&text)));
        }
    }
    // The rest is next to the corpus.
    for (path, passing) in listed {
        let file = corpus().join("..").join(&path);
        let problem = format!("{} is missing", file.display());
        let entry = Entry::new(path, Kind::Auto, Entry::AUTO_FRAMES);
        let name = name(&entry);
        let trial = if file.exists() { listed_trial(Job { entry, file }, passing) } else { missing(&name, problem) };
        all.push(trial);
    }
    all
}

fn name(entry: &Entry) -> String {
    format!("alignments: {}", entry.path)
}

/// The cells of the rows of a table with `columns` columns.
fn rows(text: &str, columns: usize) -> impl Iterator<Item = Vec<&str>> {
    let cells = text.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    cells.filter(move |cells| cells.len() == columns + 2)
}

/// The alignments with which a ROM passes, as the option `--alignment` names them.
struct Passing(BTreeSet<String>);

impl Passing {
    /// Those of the listed ROMs, by path.
    fn all(text: &str) -> BTreeMap<String, Self> {
        let rows = rows(text, 3).filter(|cells| cells[1].ends_with(".nes"));
        let passing = |cell: &str| Self(cell.split_whitespace().map(str::to_owned).collect());
        rows.map(|cells| (cells[1].to_owned(), passing(cells[2]))).collect()
    }
}

/// A listed ROM passes with exactly the alignments of its row.
fn listed_trial(job: Job, passing: Passing) -> Trial {
    Trial::test(name(&job.entry), move || {
        let all: Vec<Alignment> = Alignment::all(region(&job)?).collect();
        let passes = |alignment: &&Alignment| outcome(&job, **alignment).verdict == Verdict::Pass;
        let found: BTreeSet<String> = all.iter().filter(passes).map(Alignment::to_string).collect();
        if found.is_empty() || found.len() == all.len() {
            return Err("does not depend on the alignment".into());
        }
        if found == passing.0 { Ok(()) } else { Err(format!("passes with {found:?}, not {:?}", passing.0).into()) }
    })
}

/// The verdict of another ROM is that of the default alignment.
fn other_trial(job: Job, index: usize) -> Trial {
    Trial::test(name(&job.entry), move || {
        let usual = outcome(&job, Alignment::default());
        for alignment in sample(&job, index)? {
            let other = outcome(&job, alignment);
            if (usual.verdict, &usual.detail, &usual.subtests) != (other.verdict, &other.detail, &other.subtests) {
                let (usual, other) = (usual.detail, other.detail);
                return Err(format!("alignment {alignment}: {other}; with the default one: {usual}").into());
            }
        }
        Ok(())
    })
}

/// The alignments of a ROM that is not listed, without the default one.
fn sample(job: &Job, index: usize) -> Result<Vec<Alignment>, Failed> {
    let others: Vec<Alignment> = Alignment::all(region(job)?).filter(|&one| one != Alignment::default()).collect();
    let count = match job.entry.judge {
        _ if run_everything() => others.len(),
        Kind::AccuracyCoin => SAMPLED_OF_ACCURACY_COIN,
        _ => SAMPLED,
    };
    // Neighbours in the list are similar, so each alignment gets ROMs of every kind.
    Ok(others.iter().cycle().skip(index % others.len()).take(count).copied().collect())
}

fn region(job: &Job) -> Result<Region, Failed> {
    let cartridge = Cartridge::load(&std::fs::read(&job.file)?)?;
    Ok(job.entry.force_region.or(cartridge.header.region).unwrap_or_default())
}

fn options(alignment: Alignment) -> options::Options {
    options::Options::new().alignment(alignment).render(false).without_sound().idle_skip(Some(true))
}

fn outcome(job: &Job, alignment: Alignment) -> Outcome {
    run_job(job, &Options { machine: options(alignment), ..Options::default() })
}

/// A row of the table of AccuracyCoin: what a byte is when a test has ended, by phase.
struct Found {
    test: String,
    addr: u16,
    bytes: [u8; 4],
}

impl Found {
    fn all(text: &str) -> Vec<Self> {
        rows(text, 7).filter_map(|cells| Self::parse(&cells)).collect()
    }

    fn parse(cells: &[&str]) -> Option<Self> {
        let hexadecimal = |cell: &str| u16::from_str_radix(cell.strip_prefix('$')?, 16).ok();
        let byte = |cell: &str| hexadecimal(cell).and_then(|byte| u8::try_from(byte).ok());
        let bytes = [byte(cells[3])?, byte(cells[4])?, byte(cells[5])?, byte(cells[6])?];
        Some(Self { test: cells[1].to_owned(), addr: hexadecimal(cells[2])?, bytes })
    }
}

/// AccuracyCoin finds what the table says, whether a get or a put cycle comes first.
fn findings_trial(job: Job, table: Vec<Found>) -> Trial {
    Trial::test("alignments: what AccuracyCoin finds", move || {
        if table.is_empty() {
            return Err("docs/alignments.md has no such table".into());
        }
        let cartridge = Cartridge::load(&std::fs::read(&job.file)?)?;
        let mut wrong = String::new();
        for alignment in Alignment::all(Region::Ntsc).filter(|alignment| run_everything() || !alignment.put_first) {
            let mut machine = Machine::new(&cartridge, &options(alignment))?;
            let found = findings(&mut machine, &job.entry, &table);
            for (row, found) in table.iter().zip(found) {
                let Found { test, addr, bytes } = row;
                let expected = bytes[usize::from(alignment.phase)];
                if found != Some(expected) {
                    let found = found.map_or("no result".to_owned(), |found| format!("${found:02X}"));
                    writeln!(wrong, "{test}, ${addr:02X}, alignment {alignment}: {found}, not ${expected:02X}")?;
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(format!("docs/alignments.md is wrong:\n{wrong}").into()) }
    })
}

/// The byte of each row at the end of the frame in which its test ended; `None` if that does not happen.
fn findings(machine: &mut Machine, entry: &Entry, table: &[Found]) -> Vec<Option<u8>> {
    let result = |row: &Found| entry.subtests.iter().find(|test| test.name == row.test).map(|test| test.addr);
    let results: Vec<Option<u16>> = table.iter().map(result).collect();
    let mut found = vec![None; table.len()];
    while machine.frames() < ENOUGH_FRAMES && found.contains(&None) {
        let held = if START.contains(&machine.frames()) { Buttons::START } else { Buttons::NONE };
        run_frame(machine, held);
        for ((row, result), found) in table.iter().zip(&results).zip(&mut found) {
            let has_ended = result.is_some_and(|addr| !WITHOUT_RESULT.contains(&machine.peek(addr)));
            if has_ended && found.is_none() {
                *found = Some(machine.peek(row.addr));
            }
        }
    }
    found
}
