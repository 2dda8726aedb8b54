//! The program with its environment: a window under Xvfb, a sound device, libretro cores.
//!
//! **Window.** The program writes a log (`--journal`) of the input that it passed to the machine and of the frames that it
//! showed. The trials read the screen from the X server and compare it, pixel by pixel, with a machine without a window
//! that gets the same input; they also check the sound that reaches a device, and the battery file of a killed program.
//!
//! Needs `Xvfb`, `xdotool` and `import`. If one is missing, the trials are ignored, or fail if the variable `CI` is set.
//! With `RICOJIT_TEST_ALL=1` the sound is recorded for a minute, and the program is killed 200 times.
//!
//! **Cores.** See [`peers`].

#[cfg(feature = "window")]
mod battery;
#[cfg(feature = "window")]
mod card;
#[path = "../support/drive.rs"]
mod drive;
#[cfg(feature = "window")]
#[path = "../support/early.rs"]
mod early;
#[path = "../../../tests/support/environment.rs"]
mod environment;
#[cfg(feature = "window")]
mod keys;
mod peers;
#[cfg(feature = "window")]
mod sound;
#[cfg(all(feature = "jit", feature = "window", target_os = "linux"))]
mod standalone;
#[cfg(feature = "window")]
mod window;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
#[cfg(feature = "window")]
use std::process::{Command, Stdio};

fn main() -> ExitCode {
    #[cfg(feature = "window")]
    {
        let mut words = std::env::args().skip(1);
        if words.next().as_deref() == Some(card::WORD) {
            // This process is the sound card of a trial.
            return card::run(&words.next().unwrap_or_default());
        }
    }
    let mut arguments = Arguments::from_args();
    // One after the other: they depend on time.
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
        Trial::test("without a display there is one message", window::no_display),
        Trial::test("settings are written once, and bad lines are reported", window::settings),
    ];
    if missing.is_empty() {
        trials.push(Trial::test("all keys work, and the screen shows the pictures of the machine", keys::all_keys));
        #[cfg(feature = "jit")]
        trials.push(Trial::test("a game can be compiled before it starts, and counted", window::ahead));
        #[cfg(feature = "jit")]
        trials.push(Trial::test("the second start is warm, and the cache can be turned off", window::warm));
        trials.push(Trial::test("writes that the PPU ignored are told once", window::ignored_writes));
        #[cfg(all(feature = "jit", target_os = "linux"))]
        trials.push(Trial::test("an executable with a game plays it and saves", standalone::window));
        trials.push(Trial::test("kill -9 leaves a complete battery file", battery::kill));
        #[cfg(unix)]
        trials.push(Trial::test("a signal ends a game that is saved", battery::signals));
        if cfg!(feature = "audio") {
            trials.push(Trial::test("sound has the right pitch and no gaps", sound::listen));
            trials.push(Trial::test("a device that appears later is used", sound::late_device));
        }
    } else {
        let problem = format!("not installed: {}", missing.join(", "));
        trials.push(environment::missing("Xvfb and its tools are installed", problem));
    }
    trials
}

#[cfg(feature = "window")]
fn is_there(tool: &str) -> bool {
    // Its exit code does not matter.
    Command::new(tool).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
