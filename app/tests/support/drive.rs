//! Runs the program `ricojit` in a folder of its own, and returns its output and its exit code.
//!
//! ```text
//! succeed   exit code 0, nothing on standard error
//! fail      exit code 1, nothing on standard output, one message on standard error
//! misuse    exit code 2, nothing on standard output, a message on standard error
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A new folder for a test, with these files.
pub(crate) fn folder(test: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder is writable");
    for (name, content) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("writable");
        fs::write(path, content).expect("writable");
    }
    folder
}

/// The program in a folder that is also its home, in an environment without display, sound and settings.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ricojit"));
    command.current_dir(folder).env("HOME", folder).env("ALSA_CONFIG_PATH", folder.join("asound.conf"));
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program with these arguments; returns exit code, standard output and standard error.
pub(crate) fn ricojit(folder: &Path, words: &str) -> (i32, String, String) {
    let run = program(folder).args(words.split_whitespace()).output();
    let Output { status, stdout, stderr } = run.expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (status.code().expect("no signal"), text(stdout), text(stderr))
}

/// Runs a command that must succeed; returns standard output.
pub(crate) fn succeed(folder: &Path, words: &str) -> String {
    let (code, out, error) = ricojit(folder, words);
    assert_eq!((code, error.as_str()), (0, ""), "{words}");
    out
}

/// Runs a command that must fail with one message; returns the message.
pub(crate) fn fail(folder: &Path, words: &str) -> String {
    let (code, out, error) = ricojit(folder, words);
    assert_eq!((code, out.as_str()), (1, ""), "{words}: {error}");
    assert!(error.starts_with("ricojit: ") && error.lines().count() == 1, "{words}: {error}");
    error
}

/// Runs a command with a usage error; returns the message.
pub(crate) fn misuse(folder: &Path, words: &str) -> String {
    let (code, out, error) = ricojit(folder, words);
    assert_eq!((code, out.as_str()), (2, ""), "{words}: {error}");
    assert!(!error.is_empty(), "{words}");
    error
}
