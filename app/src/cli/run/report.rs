//! The report of a run: a few lines of text, or one JSON object.

use super::digest::{Digest, hex};
use super::{Args, Pixels, Played, Span};
use crate::cli::rom::Rom;
use crate::error::Error;
use crate::files;
use crate::ignored::{Ignored, Jammed};
use crate::names;
use clap::ValueEnum;
use ricojit::Machine;
use ricojit::recompiler::Statistics;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The report.
#[derive(Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    setting: Setting,
    #[serde(flatten)]
    speed: Speed,
    #[serde(flatten)]
    results: Results,
    /// What the recompiler did.
    #[serde(skip_serializing_if = "Option::is_none")]
    jit: Option<Jit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    state_hashes: Vec<Checkpoint>,
}

/// What was run, and how.
#[derive(Serialize)]
pub(super) struct Setting {
    pub(super) rom: String,
    pub(super) engine: &'static str,
    pixels: Option<String>,
    sample_rate: Option<u32>,
    /// The frame of the state that it began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    loaded_frame: Option<u64>,
    /// Frames before the measured ones.
    warmup: u64,
    /// What is unusual about the ROM, as `info` tells it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unusual: Vec<String>,
}

impl Setting {
    /// For a run that began after frame `start`.
    pub(super) fn new(args: &Args, rom: &Rom, start: u64) -> Self {
        let pixels = |pixels: Pixels| pixels.to_possible_value().map(|value| value.get_name().to_owned());
        Self {
            rom: rom.name.clone(),
            engine: names::running_name(args.running()),
            pixels: pixels(args.pixels).filter(|_| !args.no_video),
            sample_rate: (!args.no_audio).then_some(args.sample_rate.hz()),
            loaded_frame: args.load_state.is_some().then_some(start),
            warmup: args.warmup,
            unusual: rom.cartridge.notes.to_vec(),
        }
    }
}

/// The speed of a run.
#[derive(Serialize)]
pub(super) struct Speed {
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
    /// Frames per second.
    pub(super) fps: f64,
    /// Multiple of the speed of a console.
    pub(super) speed: f64,
}

impl Speed {
    /// The speed of `frames` frames, which take a console `on_console` seconds.
    pub(super) fn new(frames: u64, on_console: f64, wall: Duration, cpu: Duration) -> Self {
        let seconds = wall.as_secs_f64();
        let each_second = |sum: f64| if seconds > 0.0 { sum / seconds } else { 0.0 };
        Self {
            seconds,
            cpu_seconds: cpu.as_secs_f64(),
            fps: each_second(frames as f64),
            speed: each_second(on_console),
        }
    }
}

/// What one machine did after the warm-up.
#[derive(Serialize)]
pub(super) struct Results {
    region: &'static str,
    frames: u64,
    samples: u64,
    /// Whether the CPU is jammed.
    pub(super) jammed: bool,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jam: Option<Jammed>,
    /// Since power-on, also before the measured frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ignored_writes: Option<Ignored>,
    frame_hash: Option<String>,
    audio_hash: Option<String>,
    state_hash: String,
}

impl Results {
    pub(super) fn new(frames: u64, machine: &mut Machine, digest: &Digest) -> Self {
        Self {
            region: names::region_name(machine.region()),
            frames,
            samples: digest.sample_count,
            jammed: machine.jammed(),
            jam: Jammed::of(machine),
            ignored_writes: Ignored::of(machine),
            frame_hash: digest.frame_hash(),
            audio_hash: digest.audio_hash(),
            state_hash: hex(machine.state_hash().to_be_bytes()),
        }
    }

    /// The digests of frames, samples and state.
    pub(super) fn hashes(&self) -> [&str; 3] {
        [self.frame_hash.as_deref().unwrap_or("-"), self.audio_hash.as_deref().unwrap_or("-"), &self.state_hash]
    }
}

/// What the recompiler did.
#[derive(Serialize)]
pub(super) struct Jit {
    /// Regions that were compiled before the run, or came with an image.
    image_regions: u64,
    regions: u64,
    instructions: u64,
    code_bytes: u64,
    compile_seconds: f64,
    failed: u64,
    /// How often the code memory was full.
    retired: u64,
    native_cycles: u64,
    idle_cycles: u64,
    halted_cycles: u64,
    interpreted_cycles: u64,
    /// The interpreted cycles by reason.
    interpreted: BTreeMap<&'static str, u64>,
    /// Share of the cycles that were neither skipped nor halted.
    native_share: f64,
    entries: u64,
    exits: BTreeMap<&'static str, u64>,
}

impl Jit {
    /// From the statistics of a machine.
    pub(super) fn new(all: &Statistics) -> Self {
        Self {
            image_regions: all.image_regions,
            regions: all.regions,
            instructions: all.instructions,
            code_bytes: all.code_bytes,
            compile_seconds: all.compile_nanos as f64 / 1e9,
            failed: all.failed,
            retired: all.retired,
            native_cycles: all.native_cycles,
            idle_cycles: all.idle_cycles,
            halted_cycles: all.halted_cycles,
            interpreted_cycles: all.interpreted_cycles(),
            interpreted: Statistics::REASONS.into_iter().zip(all.interpreted).collect(),
            native_share: all.native_share(),
            entries: all.entries(),
            exits: Statistics::EXITS.into_iter().zip(all.exits).collect(),
        }
    }

    /// The line of a text report.
    pub(super) fn text(&self) -> String {
        let Self { failed, native_share, entries, exits, .. } = self;
        let all = (self.native_cycles + self.idle_cycles + self.halted_cycles + self.interpreted_cycles).max(1);
        let idle = self.idle_cycles as f64 / all as f64 * 100.0;
        let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
        let exits: Vec<String> = exits.iter().map(|(why, count)| format!("{count} {why}")).collect();
        format!(
            "native code: {idle:.1}% of the cycles skipped, {:.1}% of the others native; {}{failed}; {entries} entries, \
             left for {}\n",
            native_share * 100.0,
            self.code_text(),
            exits.join(", ")
        )
    }

    /// What code there is, and where it comes from.
    fn code_text(&self) -> String {
        let Self { image_regions, regions, instructions, compile_seconds, .. } = self;
        let compiled = format!("compiled in {:.1} ms", compile_seconds * 1e3);
        match (image_regions, regions) {
            (0, _) => format!("{regions} regions of {instructions} instructions {compiled}"),
            (_, 0) if *compile_seconds > 0.0 => format!("{image_regions} regions {compiled} before the run"),
            (_, 0) => format!("{image_regions} regions of an image"),
            _ => format!("{image_regions} regions of an image, {regions} of {instructions} instructions {compiled}"),
        }
    }
}

/// The digest of the state at some frame.
#[derive(Clone, Serialize)]
pub(super) struct Checkpoint {
    /// Frames since power-on.
    frame: u64,
    state_hash: String,
}

impl Checkpoint {
    /// After `frame` frames.
    pub(super) fn new(frame: u64, state_hash: u128) -> Self {
        Self { frame, state_hash: hex(state_hash.to_be_bytes()) }
    }

    /// Prints a line; a JSON report has the checkpoints in it.
    pub(super) fn print(&self, json: bool) -> Result<(), Error> {
        if json { Ok(()) } else { files::print(&format!("frame {} state {}\n", self.frame, self.state_hash)) }
    }
}

impl Report {
    /// Makes the report of a finished run.
    pub(super) fn new(args: &Args, rom: &Rom, span: Span, played: &Played, machine: &mut Machine) -> Self {
        let Played { time, digest, checkpoints, jit } = played;
        let frames = span.measured();
        let on_console = frames as f64 / machine.region().frames_per_second();
        Self {
            setting: Setting::new(args, rom, span.start),
            speed: Speed::new(frames, on_console, time.wall, time.cpu),
            results: Results::new(frames, machine, digest),
            jit: jit.as_ref().map(Jit::new),
            state_hashes: checkpoints.clone(),
        }
    }

    /// Prints the report on standard output.
    pub(super) fn print(&self, json: bool) -> Result<(), Error> {
        print(self, json, Self::text)
    }

    fn text(&self) -> String {
        let Setting { rom, engine, .. } = &self.setting;
        let Speed { seconds, cpu_seconds, fps, speed } = self.speed;
        let Results { region, frames, ref jam, ref ignored_writes, .. } = self.results;
        let jit = self.jit.as_ref().map_or(String::new(), Jit::text);
        let jammed = jam.as_ref().map_or(String::new(), |jam| format!("{jam}\n"));
        let ignored = ignored_writes.as_ref().map_or(String::new(), |ignored| format!("{ignored}\n"));
        let [pictures, sound, state] = self.results.hashes();
        format!(
            "{rom}: {frames} frames in {seconds:.3} s ({cpu_seconds:.3} s of CPU), {fps:.1} frames/s, \
             {speed:.1} times real speed ({region}, engine {engine})\n{jammed}{ignored}{jit}\
             frames {pictures}\naudio  {sound}\nstate  {state}"
        )
    }
}

/// Prints a report on standard output, as JSON or as `text`.
pub(super) fn print<R: Serialize>(report: &R, json: bool, text: impl FnOnce(&R) -> String) -> Result<(), Error> {
    let text =
        if json { serde_json::to_string_pretty(report).expect("strings and finite numbers") } else { text(report) };
    files::print(&(text + "\n"))
}
