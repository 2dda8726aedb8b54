//! What a run prints at its end: a few lines for people, or one JSON object.

use super::digest::hex;
use super::{Args, Pixels, Played};
use crate::cli::files;
use crate::cli::rom::Rom;
use crate::cli::values;
use crate::error::Error;
use clap::ValueEnum;
use ricojit::machine::{JitStatistics, Machine};
use serde::Serialize;
use std::collections::BTreeMap;

/// A run's numbers and digests.
#[derive(Serialize)]
pub(super) struct Report {
    rom: String,
    engine: &'static str,
    region: &'static str,
    pixels: Option<String>,
    sample_rate: Option<u32>,
    warmup: u64,
    /// After warming up, as are all of the following.
    frames: u64,
    seconds: f64,
    cpu_seconds: f64,
    fps: f64,
    /// Times the speed of the console.
    speed: f64,
    samples: u64,
    /// Whether the CPU ran into an opcode that stops it.
    jammed: bool,
    /// What the recompiler did.
    #[serde(skip_serializing_if = "Option::is_none")]
    jit: Option<Jit>,
    frame_hash: Option<String>,
    audio_hash: Option<String>,
    state_hash: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    state_hashes: Vec<Checkpoint>,
}

/// The recompiler's work.
#[derive(Serialize)]
pub(super) struct Jit {
    regions: u64,
    instructions: u64,
    code_bytes: u64,
    compile_seconds: f64,
    failed: u64,
    /// Times that the memory for code was full.
    retired: u64,
    native_cycles: u64,
    idle_cycles: u64,
    halted_cycles: u64,
    interpreted_cycles: u64,
    /// The same by reason.
    interpreted: BTreeMap<&'static str, u64>,
    /// Of the cycles in which the CPU did something: neither skipped nor halted.
    native_share: f64,
    entries: u64,
    exits: BTreeMap<&'static str, u64>,
}

impl Jit {
    /// As reports have it.
    pub(super) fn new(all: &JitStatistics) -> Self {
        Self {
            regions: all.regions,
            instructions: all.instructions,
            code_bytes: all.code_bytes,
            compile_seconds: all.compile_nanos as f64 / 1e9,
            failed: all.failed,
            retired: all.retired,
            native_cycles: all.native_cycles,
            idle_cycles: all.idle_cycles,
            halted_cycles: all.halted_cycles,
            interpreted_cycles: all.interpreted_cycles,
            interpreted: JitStatistics::REASONS.into_iter().zip(all.interpreted).collect(),
            native_share: all.native_share(),
            entries: all.entries,
            exits: JitStatistics::EXITS.into_iter().zip(all.exits).collect(),
        }
    }

    /// One line.
    pub(super) fn text(&self) -> String {
        let Self { regions, instructions, failed, native_share, entries, exits, .. } = self;
        let all = (self.native_cycles + self.idle_cycles + self.halted_cycles + self.interpreted_cycles).max(1);
        let idle = self.idle_cycles as f64 / all as f64 * 100.0;
        let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
        let exits: Vec<String> = exits.iter().map(|(why, count)| format!("{count} {why}")).collect();
        format!(
            "jit: {idle:.1}% of the cycles skipped, {:.1}% of the others native; {regions} regions of {instructions} \
             instructions compiled in {:.1} ms{failed}; {entries} entries, left for {}\n",
            native_share * 100.0,
            self.compile_seconds * 1e3,
            exits.join(", ")
        )
    }
}

/// A state's digest on the way.
#[derive(Clone, Serialize)]
pub(super) struct Checkpoint {
    /// Frames since power-on.
    frame: u64,
    state_hash: String,
}

impl Checkpoint {
    /// After `frame` frames.
    pub(super) fn new(frame: u64, state_hash: u128) -> Self {
        Self { frame, state_hash: hex(state_hash) }
    }

    /// As a line; in JSON it comes with the report.
    pub(super) fn print(&self, json: bool) -> Result<(), Error> {
        if json { Ok(()) } else { files::print(&format!("frame {} state {}\n", self.frame, self.state_hash)) }
    }
}

impl Report {
    /// Of a run that is over.
    pub(super) fn new(args: &Args, rom: &Rom, played: &Played, machine: &mut Machine) -> Self {
        let Played { region, frames, ref time, ref digest, ref checkpoints, ref jit } = *played;
        let seconds = time.wall.as_secs_f64();
        let fps = if seconds > 0.0 { frames as f64 / seconds } else { 0.0 };
        Self {
            rom: rom.name.clone(),
            engine: values::running_name(args.engine),
            region: values::region_name(region),
            pixels: (!args.no_video).then(|| pixels_name(args.pixels)),
            sample_rate: (!args.no_audio).then_some(args.sample_rate.hz()),
            warmup: args.warmup,
            frames,
            seconds,
            cpu_seconds: time.cpu.as_secs_f64(),
            fps,
            speed: fps / region.frames_per_second(),
            samples: digest.sample_count,
            jammed: machine.jammed(),
            jit: jit.as_ref().map(Jit::new),
            frame_hash: digest.frame_hash(),
            audio_hash: digest.audio_hash(),
            state_hash: hex(machine.state_hash()),
            state_hashes: checkpoints.clone(),
        }
    }

    /// On standard output.
    pub(super) fn print(&self, json: bool) -> Result<(), Error> {
        let text =
            if json { serde_json::to_string_pretty(self).expect("strings and finite numbers") } else { self.text() };
        files::print(&(text + "\n"))
    }

    fn text(&self) -> String {
        let Self { rom, engine, region, frames, seconds, cpu_seconds, fps, speed, .. } = self;
        let jit = self.jit.as_ref().map_or(String::new(), Jit::text);
        let jammed = if self.jammed { "the CPU stopped at an opcode that jams it\n" } else { "" };
        format!(
            "{rom}: {frames} frames in {seconds:.3} s ({cpu_seconds:.3} s of CPU), {fps:.1} frames/s, \
             {speed:.1} times real speed ({region}, engine {engine})\n{jammed}{jit}frames {}\naudio  {}\nstate  {}",
            self.frame_hash.as_deref().unwrap_or("-"),
            self.audio_hash.as_deref().unwrap_or("-"),
            self.state_hash
        )
    }
}

/// `--pixels` as it is written.
pub(super) fn pixels_name(pixels: Pixels) -> String {
    pixels.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
