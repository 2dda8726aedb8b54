//! Our judges for ROMs that the manifests leave to the eye, or judge by letters that it does not name, in
//! `tests/data/judges.toml`: the keys of a manifest, and `why`.
//!
//! A row replaces the judge of the ROM with its path and SHA-1.

use libtest_mimic::Trial;
use ricojit_judge::batch::Job;
use ricojit_judge::{Entry, Manifest};
use std::path::Path;

/// The rows.
fn rows() -> Vec<Entry> {
    let table = Manifest::parse(include_str!("../data/judges.toml"), Path::new(""));
    table.unwrap_or_else(|error| panic!("tests/data/judges.toml: {error}")).entries
}

fn is_for(row: &Entry, entry: &Entry) -> bool {
    row.path == entry.path && row.sha1 == entry.sha1
}

/// Replaces the judges of the listed ROMs.
pub(crate) fn replace(jobs: &mut [Job]) {
    for row in rows() {
        for Job { entry, .. } in jobs.iter_mut().filter(|job| is_for(&row, &job.entry)) {
            // What the manifest says of the file and its pictures remains.
            let Entry { judge, frames, pass_text, fail_text, note, letters, picture, input, .. } = row.clone();
            *entry = Entry { judge, frames, pass_text, fail_text, note, letters, picture, input, ..entry.clone() };
        }
    }
}

/// Checks that every row is for a ROM, and gives it a verdict. `jobs` are those of the manifests.
pub(crate) fn trial(jobs: &[Job]) -> Trial {
    let jobs = jobs.to_vec();
    Trial::test("every judge of ours is for a ROM", move || {
        let has_rom = |row: &Entry| jobs.iter().any(|job| is_for(row, &job.entry));
        let lost = rows().into_iter().filter(|row| !has_rom(row) || !row.judge.has_verdict());
        let lost: Vec<String> = lost.map(|row| row.path).collect();
        if lost.is_empty() { Ok(()) } else { Err(format!("these are not: {lost:?}").into()) }
    })
}
