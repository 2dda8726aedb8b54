//! What the program meets outside: the real window under Xvfb, a sound device, libretro cores.
//!
//! **Window.** What is on the screen is compared with what the headless machine gives; so are the sound that reaches a
//! device and the battery files of a program that is killed.
//!
//! Needs `Xvfb`, `xdotool` and `import`. Where they are missing the trials are ignored; if the variable `CI` is set, that
//! is a failure. The program writes a log (`--journal`) of the input it gave to the machine and of the frames it
//! showed; the screen is read back from the X server, and compared pixel by pixel with a machine of ours that gets
//! the same input. `RICOJIT_TEST_ALL=1` listens for a minute and kills 200 times.
//!
//! **Cores.** See [`peers`].

#[path = "../support/drive.rs"]
mod drive;
#[path = "../../../tests/support/environment.rs"]
mod environment;
#[cfg(feature = "window")]
mod keep;
#[cfg(feature = "window")]
mod pacer;
mod peers;
#[cfg(feature = "window")]
mod play;
#[cfg(feature = "window")]
mod sound;
#[cfg(feature = "window")]
mod walk;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
#[cfg(feature = "window")]
use std::process::{Command, Stdio};

fn main() -> ExitCode {
    #[cfg(feature = "window")]
    {
        let mut words = std::env::args().skip(1);
        if words.next().as_deref() == Some(pacer::WORD) {
            // This program again, as the sound card of a trial.
            return pacer::run(&words.next().unwrap_or_default());
        }
    }
    let mut arguments = Arguments::from_args();
    // They are about time: one after the other.
    arguments.test_threads = Some(1);
    let mut trials = peers::trials();
    trials.extend(window_trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}

#[cfg(not(feature = "window"))]
fn window_trials() -> Vec<Trial> {
    Vec::new()
}

#[cfg(feature = "window")]
fn window_trials() -> Vec<Trial> {
    let missing: Vec<&str> = ["Xvfb", "xdotool", "import"].into_iter().filter(|tool| !is_there(tool)).collect();
    let mut trials = vec![
        Trial::test("without a display it says so", play::no_display),
        Trial::test("settings are written once and bad lines named", play::settings),
    ];
    if missing.is_empty() {
        trials.push(Trial::test("a walk through all keys shows the machine's pictures", walk::walk));
        trials.push(Trial::test("kill -9 leaves a whole battery file", keep::kill));
        if cfg!(feature = "audio") {
            trials.push(Trial::test("sound arrives in pitch and without a gap", sound::listen));
            trials.push(Trial::test("a device that comes late is found", sound::late_device));
        }
    } else {
        let problem = format!("not installed: {}", missing.join(", "));
        trials.push(environment::missing("Xvfb and its tools are there", problem));
    }
    trials
}

#[cfg(feature = "window")]
fn is_there(tool: &str) -> bool {
    // Whatever it answers, it answers.
    Command::new(tool).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
