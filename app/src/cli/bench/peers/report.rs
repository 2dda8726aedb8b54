//! The results with peers as text: a line for each entry, ROM by ROM, and their means.

use super::{Comparison, Emulator, Entry, Peer, Setting};
use crate::cli::bench::comparison::{Mode, Ratio, Start};
use crate::cli::bench::rows::{self, Row};
use crate::cli::bench::statistics::geometric_mean;
use crate::cli::rom::Rom;
use crate::cli::run::Pixels;
use crate::error::Error;
use crate::files;
use crate::terminal;
use ricojit::digest::hex;

/// Prints lines as comparisons end, and collects the ratios for the summary.
pub(super) struct Report<'a> {
    setting: &'a Setting,
    rounds: u64,
    width: usize,
    rows: Vec<Row>,
    /// The ratios by start, name and mode.
    ratios: Vec<(String, Vec<f64>)>,
}

impl<'a> Report<'a> {
    /// Prints the heading.
    pub(super) fn new(setting: &'a Setting, roms: &[Rom], rounds: u64) -> Result<Self, Error> {
        let names = setting.peers.iter().map(|peer| peer.name.as_str());
        let width = roms.iter().map(|rom| rom.name.as_str()).chain(names).map(|name| name.chars().count()).max();
        let this = Self { setting, rounds, width: width.unwrap_or(3), rows: Vec::new(), ratios: Vec::new() };
        let peers: String = setting.peers.iter().map(describe).collect();
        let pixels = if setting.pixels == Pixels::Rgba { "RGBA" } else { "RGB565" };
        files::print(&format!(
            "{peers}ours: 256x240 {pixels}, mono at 44100 Hz\n\n\
             Frames per second of CPU time (all threads, compiling included), medians of {rounds} rounds; ratios are taken in\n\
             each round, relative to {} with picture and sound.\n",
            setting.peers[0].name
        ))?;
        Ok(this)
    }

    /// Shows the progress.
    pub(super) fn progress(&self, comparison: &Comparison<'_>, round: u64) {
        let (rounds, rom, start) = (self.rounds, &comparison.rom.name, start_name(comparison.start));
        terminal::show(format_args!("round {round} of {rounds}: {rom}, {start}"));
    }

    /// Prints the lines of a comparison.
    pub(super) fn take(&mut self, comparison: &Comparison<'_>) -> Result<(), Error> {
        terminal::show("");
        let (Comparison { rom, start, frames, entries }, width) = (comparison, self.width);
        let number = frames.end - frames.start;
        let mut text = format!(
            "\n{:<width$}  {:<8}  {:>8}  {:>6}  {:>13}  {:>8}   {} frames {}\n",
            rom.name,
            "mode",
            "frames/s",
            "ratio",
            "from - to",
            "pictures",
            number,
            if *start == Start::Warm { format!("after {}", frames.start) } else { "from power-on".to_owned() },
        );
        for entry in entries {
            let (name, mode) = (self.setting.name(&entry.emulator), entry.mode.name());
            let speed = number as f64 / entry.cpu_seconds();
            let Ratio { median, from, to, .. } = Ratio::of_samples(&entry.samples, &entries[0].samples);
            // Without pictures there is nothing to count.
            let distinct =
                entry.outcome.filter(|_| entry.mode == Mode::Full).map(|outcome| outcome.distinct.to_string());
            let line = format!(
                "{name:<width$}  {mode:<8}  {speed:>8.0}  {median:>6.2}  {from:>5.2} - {to:<5.2}  {:>8}",
                distinct.unwrap_or_default()
            );
            text += line.trim_end();
            text.push('\n');
            let key = format!("{}, {name}, {mode}", start_name(*start));
            self.collect(key, median);
            self.rows.push(self.row(comparison, entry));
        }
        files::print(&text)
    }

    fn collect(&mut self, key: String, ratio: f64) {
        match self.ratios.iter_mut().find(|(name, _)| *name == key) {
            Some((_, ratios)) => ratios.push(ratio),
            None => self.ratios.push((key, vec![ratio])),
        }
    }

    fn row(&self, comparison: &Comparison<'_>, entry: &Entry) -> Row {
        let frames = comparison.frames.end - comparison.frames.start;
        let cpu_seconds = entry.cpu_seconds();
        let cycles = entry.samples.first().map(|sample| sample.cycles).filter(|_| entry.is_ours());
        let digest = entry.outcome.map_or(String::new(), |outcome| hex(outcome.digest().to_be_bytes()));
        Row {
            rom: comparison.rom.name.clone(),
            engine: self.setting.name(&entry.emulator).to_owned(),
            mode: entry.mode.name(),
            idle_skip: matches!(&entry.emulator, Emulator::Ours(_, options, _) if options.idle_skip == Some(true)),
            cold: comparison.start == Start::Cold,
            fps: Some(frames as f64 / cpu_seconds),
            mhz: cycles.map_or(f64::NAN, |cycles| cycles as f64 / cpu_seconds / 1e6),
            digest,
            distinct: entry.outcome.map(|outcome| outcome.distinct).filter(|_| entry.mode == Mode::Full),
            first_frame: Some(comparison.frames.start),
            frames: Some(frames),
            rounds: entry.samples.len(),
            cpu_seconds,
            wall_seconds: entry.wall_seconds(),
            host: rows::host(),
            problem: None,
        }
    }

    /// Prints the means over all ROMs.
    pub(super) fn finish(self) -> Result<Vec<Row>, Error> {
        let width = self.ratios.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let mut text = "\n".to_owned();
        // The first peer is the baseline.
        let first = &self.setting.peers[0].name;
        for (name, ratios) in self.ratios.iter().filter(|(name, _)| !name.ends_with(&format!(" {first}, full"))) {
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let mean = geometric_mean(ratios);
            text += &format!("{name:<width$}  {mean:>6.2} in the geometric mean, {least:.2} at least\n");
        }
        files::print(&text)?;
        Ok(self.rows)
    }
}

fn start_name(start: Start) -> &'static str {
    match start {
        Start::Warm => "warm",
        Start::Cold => "cold",
    }
}

/// A line about a peer.
fn describe(peer: &Peer) -> String {
    let (about, (width, height)) = (&peer.about, peer.about.size);
    let (format, rate) = (about.format.name(), about.sample_rate);
    format!("{}: {}, {width}x{height} {format}, stereo at {rate:.0} Hz\n", peer.name, about.name)
}
