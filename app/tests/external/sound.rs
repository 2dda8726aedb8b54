//! The sound that reaches the card.

use crate::card::{self, RATE};
use crate::drive::folder;
use crate::window::{Play, Screen};
use libtest_mimic::Failed;
use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A run that the host delayed for longer than this proves nothing.
const HOST_LATE: Duration = Duration::from_millis(15);
/// How often such a run is repeated.
const TRIES: usize = 4;

/// The opening of the demo (`roms/README.md`): the notes of the first three seconds, in Hz.
const OPENING: [f64; 3] = [440.40, 658.00, 220.20];
/// Frequencies between them, which must be silent.
const BETWEEN: [f64; 3] = [300.0, 500.0, 560.0];
/// The tolerance for rate control and for the resolution of one second.
const PITCH_ERROR: f64 = 0.008;

/// The longest time without a change of level.
const GAP: f64 = 0.002;

pub(crate) fn listen() -> Result<(), Failed> {
    let seconds = if crate::environment::run_everything() { 60 } else { 8 };
    let mut failure = String::new();
    for _ in 0..TRIES {
        let heard = hear(Duration::from_secs(seconds))?;
        match judge(&heard, seconds as f64) {
            Ok(()) => return Ok(()),
            Err(what) => failure = format!("{what}; the card was {:?} late", heard.late),
        }
        // Delayed by the host: repeat. Otherwise the program is at fault.
        if heard.late < HOST_LATE {
            break;
        }
    }
    Err(failure.into())
}

/// A recording, and the delays during it.
struct Heard {
    /// One channel.
    samples: Vec<f64>,
    underruns: u64,
    /// The worst delay of the card.
    late: Duration,
}

fn hear(time: Duration) -> Result<Heard, Failed> {
    let folder = folder("sound", &[]);
    let kept = folder.join("heard.raw");
    plug_in(&folder)?;
    let screen = Screen::start()?;
    let mut play = Play::start(&screen, &folder, &["--scale", "1"])?;
    play.wait_for("sound", |lines| lines.iter().any(|line| line.contains("sound opened")))?;
    std::thread::sleep(time);
    play.quit()?;
    let lines = play.lines();
    let underruns = lines.iter().find_map(|line| line.strip_prefix("underruns ")?.parse().ok());
    let late = lateness(&kept)?;
    let bytes = fs::read(&kept)?;
    let left = |frame: &[u8]| f64::from(i16::from_le_bytes([frame[0], frame[1]]));
    let different = bytes.chunks_exact(4).any(|frame| frame[..2] != frame[2..]);
    if different {
        return Err("the channels differ".into());
    }
    Ok(Heard {
        samples: bytes.chunks_exact(4).map(left).collect(),
        underruns: underruns.ok_or("no count of underruns")?,
        late,
    })
}

/// The worst delay of the card, which it writes when it ends.
fn lateness(kept: &Path) -> Result<Duration, Failed> {
    for _ in 0..1000 {
        let said = fs::read_to_string(card::late_file(kept)).unwrap_or_default();
        if let Some(micros) = said.strip_suffix('\n').and_then(|micros| micros.parse().ok()) {
            return Ok(Duration::from_micros(micros));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err("the card never ends".into())
}

/// Installs this program as the card.
fn plug_in(folder: &Path) -> Result<(), Failed> {
    let conf = card::alsa_conf(&std::env::current_exe()?, &folder.join("heard.raw"));
    fs::write(folder.join("asound.conf"), conf)?;
    Ok(())
}

fn judge(heard: &Heard, seconds: f64) -> Result<(), String> {
    if heard.underruns != 0 {
        return Err(format!("{} underruns", heard.underruns));
    }
    let start = heard.samples.iter().position(|sample| sample.abs() > 100.0).ok_or("silence")?;
    let music = &heard.samples[start..];
    if (music.len() as f64) < (seconds - 2.5) * RATE {
        return Err(format!("{} samples in {seconds} seconds", music.len()));
    }
    // The end may be in the middle of a note.
    let played = &music[..music.len() - (RATE * 0.2) as usize];
    let gap = longest_rest(played);
    if gap > GAP {
        return Err(format!("a gap of {:.1} ms", gap * 1000.0));
    }
    // It fades in, and no sample stands out where pieces meet.
    let loudest = |part: &[f64]| part.iter().fold(0.0_f64, |most, sample| most.max(sample.abs()));
    let (start, rest) = (loudest(&music[..(RATE * 0.1) as usize]), loudest(&music[(RATE * 0.1) as usize..]));
    if start > rest * 1.1 {
        return Err(format!("it begins with {start} where the rest has {rest} at most"));
    }
    // The opening starts before the device is open; at least a second of it is recorded.
    let opening = &music[(RATE * 0.2) as usize..(RATE * 1.2) as usize];
    for pitch in OPENING {
        let (found, strength) = strongest(opening, pitch * 0.97, pitch * 1.03);
        if (found / pitch - 1.0).abs() > PITCH_ERROR {
            return Err(format!("{found:.1} Hz where {pitch} Hz belongs"));
        }
        for other in BETWEEN {
            let noise = level(opening, other);
            if noise * 10.0 > strength {
                return Err(format!("{other} Hz has {noise:.1} against {strength:.1} at {pitch} Hz"));
            }
        }
    }
    Ok(())
}

/// The longest time with an unchanged level, in seconds.
fn longest_rest(samples: &[f64]) -> f64 {
    let (mut longest, mut run) = (0, 0);
    for pair in samples.windows(2) {
        run = if (pair[0] - pair[1]).abs() < 1.0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest as f64 / RATE
}

/// The strongest frequency in a range, and its level.
fn strongest(samples: &[f64], from: f64, to: f64) -> (f64, f64) {
    let steps = ((to - from) / 0.25) as usize;
    let all = (0..=steps).map(|step| from + step as f64 * 0.25).map(|hz| (hz, level(samples, hz)));
    all.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default()
}

/// The level of a frequency, with a window function.
fn level(samples: &[f64], hz: f64) -> f64 {
    let count = samples.len() as f64;
    let (mut re, mut im) = (0.0, 0.0);
    for (i, sample) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * i as f64 / count).cos();
        let (sin, cos) = (TAU * hz * i as f64 / RATE).sin_cos();
        re += sample * window * cos;
        im += sample * window * sin;
    }
    re.hypot(im) * 4.0 / count
}

/// Without a device the program plays on, reports it once, and uses a device that appears later.
pub(crate) fn late_device() -> Result<(), Failed> {
    let folder = folder("late-device", &[]);
    let screen = Screen::start()?;
    let mut play = Play::start(&screen, &folder, &["--scale", "1"])?;
    play.wait_for("word of no sound", |lines| lines.iter().any(|line| line.contains("sound lost")))?;
    let seen = play.lines().len();
    play.wait_for("frames without sound", |lines| {
        lines[seen..].iter().filter(|l| l.starts_with("shown")).count() > 60
    })?;
    plug_in(&folder)?;
    let lines = play.wait_for("sound", |lines| lines.iter().any(|line| line.contains("sound opened")))?;
    if lines.iter().filter(|line| line.contains("sound lost")).count() != 1 {
        return Err("it was said more than once".into());
    }
    play.quit()?;
    let said = fs::read_to_string(folder.join("stderr.txt"))?;
    if said.lines().count() == 1 { Ok(()) } else { Err(format!("on standard error: {said}").into()) }
}
