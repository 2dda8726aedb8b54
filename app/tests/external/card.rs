//! A sound card made of a pipe: ALSA's `file` device writes to this process, which reads 10 ms of sound every 10 ms, as a
//! card would, and records it. (ALSA's null and file devices read as fast as they can.)

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The first argument that turns the test program into the card.
pub(crate) const WORD: &str = "sound-card-of-a-trial";

/// 48 kHz, two channels of 16 bits.
pub(crate) const RATE: f64 = 48_000.0;
const PERIOD: Duration = Duration::from_millis(10);
const PERIOD_BYTES: usize = 1920;

/// The ALSA configuration of the card: `program` records in `kept`.
pub(crate) fn alsa_conf(program: &Path, kept: &Path) -> String {
    let (program, kept) = (program.display(), kept.display());
    format!(
        "pcm.!default {{ type plug slave {{ pcm {{ type file slave.pcm {{ type null }} \
         file \"|'{program}' {WORD} '{kept}'\" format \"raw\" }} format S16_LE rate 48000 channels 2 }} }}\n"
    )
}

/// The file in which the card writes how late it was, when it ends.
pub(crate) fn late_file(kept: &Path) -> PathBuf {
    kept.with_extension("late")
}

/// Reads sound from standard input until it ends; then writes the worst delay, in microseconds.
pub(crate) fn run(kept: &str) -> ExitCode {
    match pace(kept) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pacer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn pace(kept: &str) -> io::Result<()> {
    // A card has a small buffer. The resize fails until the pipe holds less.
    while rustix::pipe::fcntl_setpipe_size(io::stdin(), 4096).is_err() {
        io::stdin().lock().read_exact(&mut [0; PERIOD_BYTES])?;
    }
    let mut file = File::create(kept)?;
    let (start, mut worst) = (Instant::now(), Duration::ZERO);
    let mut block = [0; PERIOD_BYTES];
    for n in 1.. {
        let due = PERIOD * n;
        // Only delays by the host count, not those by the program.
        if let Some(rest) = due.checked_sub(start.elapsed()) {
            std::thread::sleep(rest);
            worst = worst.max(start.elapsed() - due);
        }
        if io::stdin().lock().read_exact(&mut block).is_err() {
            break;
        }
        file.write_all(&block)?;
    }
    fs::write(late_file(Path::new(kept)), format!("{}\n", worst.as_micros()))
}
