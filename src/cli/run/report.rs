//! What a run prints at its end: a few lines for people, or one JSON object.

use super::digest::hex;
use super::{Args, Pixels, Played};
use crate::cli::files;
use crate::cli::rom::Rom;
use crate::cli::values;
use crate::error::Error;
use clap::ValueEnum;
use ricojit::machine::Machine;
use serde::Serialize;

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
    frame_hash: Option<String>,
    audio_hash: Option<String>,
    state_hash: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    state_hashes: Vec<Checkpoint>,
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
        let Played { region, frames, ref time, ref digest, ref checkpoints } = *played;
        let seconds = time.wall.as_secs_f64();
        let fps = if seconds > 0.0 { frames as f64 / seconds } else { 0.0 };
        Self {
            rom: rom.name.clone(),
            engine: values::engine_name(args.engine),
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
        let jammed = if self.jammed { "the CPU stopped at an opcode that jams it\n" } else { "" };
        format!(
            "{rom}: {frames} frames in {seconds:.3} s ({cpu_seconds:.3} s of CPU), {fps:.1} frames/s, \
             {speed:.1} times real speed ({region}, engine {engine})\n{jammed}frames {}\naudio  {}\nstate  {}",
            self.frame_hash.as_deref().unwrap_or("-"),
            self.audio_hash.as_deref().unwrap_or("-"),
            self.state_hash
        )
    }
}

fn pixels_name(pixels: Pixels) -> String {
    pixels.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
