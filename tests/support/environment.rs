//! What the environment asks of the tests.
//!
//! | variable             | meaning                                                                |
//! |----------------------|------------------------------------------------------------------------|
//! | `RICOJIT_ROMS`       | where the corpus of test ROMs is, if not in `../shared/roms`           |
//! | `RICOJIT_TEST_ALL=1` | everything in full length, as `make test-all` runs it                  |
//! | `CI`                 | what a trial needs has to be there: else it fails, and is not ignored  |
#![allow(dead_code, reason = "no test asks for all of this")]

use libtest_mimic::Trial;
use std::env::var_os;
use std::path::{Path, PathBuf};

/// The folder of the corpus, whether it is there or not.
pub(crate) fn corpus() -> PathBuf {
    var_os("RICOJIT_ROMS").map_or_else(|| workspace().join("../shared/roms"), PathBuf::from)
}

/// The folder of the workspace, of which the package under test is the root or a member.
pub(crate) fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap_or(package)
}

/// Whether `make test-all` runs.
pub(crate) fn run_everything() -> bool {
    var_os("RICOJIT_TEST_ALL").is_some_and(|value| value == "1")
}

/// What stands for trials that need something which is not there.
pub(crate) fn missing(trial: &str, problem: String) -> Trial {
    let on_ci = var_os("CI").is_some_and(|value| !value.is_empty());
    Trial::test(trial, move || Err(problem.into())).with_ignored_flag(!on_ci)
}
