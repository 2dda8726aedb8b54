//! The environment variables of the tests.
//!
//! | variable             | meaning                                                                |
//! |----------------------|------------------------------------------------------------------------|
//! | `RICOJIT_ROMS`       | the folder of the corpus of test ROMs; the default is `../shared/roms`. The second corpus, `roms2`, is beside it |
//! | `RICOJIT_TEST_ALL=1` | all tests in full length, as in `make test-all`                        |
//! | `CI`                 | a trial without its files or tools fails, instead of being ignored     |
#![allow(dead_code, reason = "no test asks for all of this")]

use libtest_mimic::Trial;
use std::env::var_os;
use std::path::{Path, PathBuf};

/// The folder of the corpus, whether it exists or not.
pub(crate) fn corpus() -> PathBuf {
    var_os("RICOJIT_ROMS").map_or_else(|| workspace().join("../shared/roms"), PathBuf::from)
}

/// The folder of the second corpus, whether it exists or not.
pub(crate) fn second_corpus() -> PathBuf {
    corpus().join("../roms2")
}

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap_or(package)
}

/// Whether this is `make test-all`.
pub(crate) fn run_everything() -> bool {
    var_os("RICOJIT_TEST_ALL").is_some_and(|value| value == "1")
}

/// A trial in place of trials whose files or tools are missing.
pub(crate) fn missing(trial: &str, problem: String) -> Trial {
    let on_ci = var_os("CI").is_some_and(|value| !value.is_empty());
    Trial::test(trial, move || Err(problem.into())).with_ignored_flag(!on_ci)
}
