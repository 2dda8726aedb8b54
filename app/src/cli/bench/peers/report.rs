//! What peers and ours did, for people: a line for each, ROM by ROM, and what all come to.

use super::{Contest, Entry, Maker, Peer, Setting};
use crate::cli::bench::contest::{Mode, Ratio, Start};
use crate::cli::bench::rows::{self, Row};
use crate::cli::bench::statistics::geometric_mean;
use crate::cli::files;
use crate::cli::rom::Rom;
use crate::cli::run::Pixels;
use crate::cli::terminal;
use crate::error::Error;
use ricojit::digest::hex;
use xxhash_rust::xxh3::Xxh3;

/// Prints lines as contests end, and collects what is said at the end.
pub(super) struct Report<'a> {
    setting: &'a Setting,
    rounds: u64,
    width: usize,
    rows: Vec<Row>,
    /// Ratios by what is compared.
    ratios: Vec<(String, Vec<f64>)>,
}

impl<'a> Report<'a> {
    /// Prints what is compared.
    pub(super) fn new(setting: &'a Setting, roms: &[Rom], rounds: u64) -> Result<Self, Error> {
        let names = setting.peers.iter().map(|peer| peer.name.as_str());
        let width = roms.iter().map(|rom| rom.name.as_str()).chain(names).map(|name| name.chars().count()).max();
        let this = Self { setting, rounds, width: width.unwrap_or(3), rows: Vec::new(), ratios: Vec::new() };
        let peers: String = setting.peers.iter().map(describe).collect();
        let pixels = if setting.pixels == Pixels::Rgba { "RGBA" } else { "RGB565" };
        files::print(&format!(
            "{peers}ours: 256x240 {pixels}, mono at 44100 Hz\n\n\
             Frames in a second of CPU time (all threads, compiling included), medians of {rounds} rounds; ratios are those\n\
             of each round, to {} with picture and sound.\n",
            setting.peers[0].name
        ))?;
        Ok(this)
    }

    /// Shows where it is, to people.
    pub(super) fn progress(&self, contest: &Contest<'_>, round: u64) {
        let (rounds, rom, start) = (self.rounds, &contest.rom.name, start_name(contest.start));
        terminal::show(format_args!("round {round} of {rounds}: {rom}, {start}"));
    }

    /// Prints a contest's lines.
    pub(super) fn take(&mut self, contest: &Contest<'_>) -> Result<(), Error> {
        terminal::show("");
        let (Contest { rom, start, frames, entries }, width) = (contest, self.width);
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
            let (name, mode) = (self.setting.name(entry), entry.mode.name());
            let speed = number as f64 / entry.cpu_seconds();
            let Ratio { median, from, to, .. } = Ratio::of_samples(&entry.samples, &entries[0].samples);
            // Of pictures that nobody made there is nothing to say.
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
            self.rows.push(self.row(contest, entry));
        }
        files::print(&text)
    }

    fn collect(&mut self, key: String, ratio: f64) {
        match self.ratios.iter_mut().find(|(name, _)| *name == key) {
            Some((_, ratios)) => ratios.push(ratio),
            None => self.ratios.push((key, vec![ratio])),
        }
    }

    fn row(&self, contest: &Contest<'_>, entry: &Entry) -> Row {
        let frames = contest.frames.end - contest.frames.start;
        let cpu_seconds = entry.cpu_seconds();
        let cycles = entry.samples.first().map(|sample| sample.cycles).filter(|_| entry.is_ours());
        let digest = entry.outcome.map_or(String::new(), |outcome| {
            let mut all = Xxh3::new();
            [outcome.pictures, outcome.samples, outcome.end].iter().for_each(|part| all.update(&part.to_le_bytes()));
            hex(all.digest128())
        });
        Row {
            rom: contest.rom.name.clone(),
            engine: self.setting.name(entry).to_owned(),
            mode: entry.mode.name(),
            idle_skip: matches!(&entry.maker, Maker::Ours(_, options) if options.idle_skip == Some(true)),
            cold: contest.start == Start::Cold,
            fps: Some(frames as f64 / cpu_seconds),
            mhz: cycles.map_or(f64::NAN, |cycles| cycles as f64 / cpu_seconds / 1e6),
            digest,
            distinct: entry.outcome.map(|outcome| outcome.distinct).filter(|_| entry.mode == Mode::Full),
            frames: Some(frames),
            rounds: entry.samples.len(),
            cpu_seconds,
            wall_seconds: entry.wall_seconds(),
            host: rows::host(),
        }
    }

    /// Prints what all ROMs come to.
    pub(super) fn finish(self) -> Result<Vec<Row>, Error> {
        let width = self.ratios.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let mut text = "\n".to_owned();
        // The first peer is what the others are compared to.
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

/// A peer in a line.
fn describe(peer: &Peer) -> String {
    let (about, (width, height)) = (&peer.about, peer.about.size);
    let (format, rate) = (about.format.name(), about.sample_rate);
    format!("{}: {}, {width}x{height} {format}, stereo at {rate:.0} Hz\n", peer.name, about.name)
}
