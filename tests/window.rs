//! The real window under Xvfb: what is on the screen against what the headless machine gives, the sound that reaches a
//! device, and battery files of a program that is killed.
//!
//! Needs `Xvfb`, `xdotool` and `import`. Where they are missing the trials are ignored; if the variable `CI` is set, that
//! is a failure. The program writes a log (`--journal`) of the input it gave to the machine and of the frames it
//! showed; the screen is read back from the X server, and compared pixel by pixel with a machine of ours that gets
//! the same input. `RICOJIT_TEST_ALL=1` listens for a minute and kills 200 times.

#[path = "support/drive.rs"]
mod drive;
#[path = "support/environment.rs"]
mod environment;
#[path = "window/keep.rs"]
mod keep;
#[path = "window/pacer.rs"]
mod pacer;
#[path = "window/play.rs"]
mod play;
#[path = "window/sound.rs"]
mod sound;
#[path = "window/walk.rs"]
mod walk;

use libtest_mimic::{Arguments, Trial};
use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(pacer::WORD) {
        // This program again, as the sound card of a trial.
        return pacer::run(&words.next().unwrap_or_default());
    }
    let mut arguments = Arguments::from_args();
    // They are about time: one after the other.
    arguments.test_threads = Some(1);
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
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn is_there(tool: &str) -> bool {
    // Whatever it answers, it answers.
    Command::new(tool).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
