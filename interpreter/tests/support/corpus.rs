//! Finds the test files that are not part of the repository.
//!
//! Its environment variable gives the path of a file; without it, the file is looked for in a directory `shared` next
//! to the checkout. A missing file makes its tests *ignored*, never passed; under `CI` it makes them fail.

use libtest_mimic::{Arguments, Failed, Trial};
use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The path of a file of the corpus, if it is there.
pub(crate) fn find(relative: &str, variable: &str) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(PathBuf::from(path)).filter(|path| path.is_file());
    }
    let candidate = |parent: &Path| parent.join("shared").join(relative);
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(candidate).find(|path| path.is_file())
}

/// The one trial that stands for all the tests of a missing file.
pub(crate) fn missing(test: &str, file: &'static str) -> Trial {
    let in_ci = env::var_os("CI").is_some();
    let fail = move || Err(Failed::from(format!("{file} is missing, and CI is set")));
    Trial::test(format!("{test} ({file} is missing)"), fail).with_ignored_flag(!in_ci)
}

/// Runs the trials as libtest would.
pub(crate) fn run(trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
