//! The results as rows, as `--json` writes them.

use super::comparison::{Comparison, Start};
use serde::Serialize;

/// The result of one engine with one program in one mode. Times are those of the median round.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) rom: String,
    /// The engine or the peer.
    pub(super) engine: String,
    pub(super) mode: &'static str,
    pub(super) idle_skip: bool,
    pub(super) cold: bool,
    /// Frames per second of CPU time; `None` in the mode cpu.
    pub(super) fps: Option<f64>,
    /// Emulated CPU cycles per microsecond of CPU time; NaN for a peer.
    pub(super) mhz: f64,
    /// The digest of all pictures, samples and the final state.
    pub(super) digest: String,
    /// How many pictures were different, if that was counted.
    pub(super) distinct: Option<usize>,
    /// The first of the timed frames; `None` in the mode cpu.
    pub(super) first_frame: Option<u64>,
    pub(super) frames: Option<u64>,
    pub(super) rounds: usize,
    /// Of all threads.
    pub(super) cpu_seconds: f64,
    pub(super) wall_seconds: f64,
    pub(super) host: String,
    /// Why there are no times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

impl Row {
    /// The length of the bar: frames per second, or megahertz.
    pub(super) fn speed(&self) -> f64 {
        self.fps.unwrap_or(self.mhz)
    }
}

/// A row for each entry that ran.
pub(super) fn rows(comparisons: &[Comparison]) -> Vec<Row> {
    let host = host();
    let of = |comparison: &Comparison| -> Vec<Row> {
        let ran = comparison.entries.iter().filter(|entry| !entry.samples.is_empty());
        ran.map(|entry| Row {
            rom: comparison.program.clone(),
            engine: entry.engine.name().to_owned(),
            mode: comparison.mode.name(),
            idle_skip: entry.idle_skip,
            cold: comparison.start == Start::Cold,
            fps: entry.fps(),
            mhz: entry.mhz(),
            digest: entry.digest(),
            distinct: None,
            first_frame: entry.subject.first_frame(),
            frames: entry.subject.frames(),
            rounds: entry.samples.len(),
            cpu_seconds: entry.cpu_seconds(),
            wall_seconds: entry.wall_seconds(),
            host: host.clone(),
            problem: None,
        })
        .collect()
    };
    comparisons.iter().flat_map(of).collect()
}

/// The rows as a JSON array.
pub(super) fn json(rows: &[Row]) -> String {
    serde_json::to_string_pretty(rows).expect("strings and numbers") + "\n"
}

/// The processor and the system.
pub(super) fn host() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{}, {threads} threads, {os} {arch}", model.map_or("unknown processor", |(_, name)| name.trim()))
}
