//! What a run of many machines prints: the speed of all together, the size of one, and the digests of each.

use super::{Instance, Time};
use crate::cli::files;
use crate::cli::rom::Rom;
use crate::cli::run::Args;
use crate::cli::run::digest::hex;
use crate::cli::run::report::{Jit, pixels_name};
use crate::cli::values;
use crate::error::Error;
use ricojit::frame::Frame;
use ricojit::machine::JitStatistics;
use serde::Serialize;

/// Of all machines.
#[derive(Serialize)]
pub(super) struct Report {
    rom: String,
    engine: &'static str,
    pixels: Option<String>,
    sample_rate: Option<u32>,
    instances: usize,
    threads: usize,
    warmup: u64,
    /// Of all machines, after warming up, as are all of the following.
    frames: u64,
    seconds: f64,
    cpu_seconds: f64,
    fps: f64,
    /// Times the speed of one console.
    speed: f64,
    /// What the largest machine holds, without ROM, compiled code, shared tables and its picture.
    bytes_per_machine: usize,
    picture_bytes: usize,
    /// What the recompiler did for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    jit: Option<Jit>,
    machines: Vec<One>,
}

/// Of one machine.
#[derive(Serialize)]
struct One {
    input: Option<String>,
    region: &'static str,
    frames: u64,
    samples: u64,
    /// Whether the CPU ran into an opcode that stops it.
    jammed: bool,
    frame_hash: Option<String>,
    audio_hash: Option<String>,
    state_hash: String,
}

impl One {
    fn new(args: &Args, index: usize, instance: &mut Instance<'_>) -> Self {
        let input = args.input.get(index).or(args.input.first());
        Self {
            input: input.map(|path| path.display().to_string()),
            region: values::region_name(instance.machine.region()),
            frames: instance.last - args.warmup,
            samples: instance.digest.sample_count,
            jammed: instance.machine.jammed(),
            frame_hash: instance.digest.frame_hash(),
            audio_hash: instance.digest.audio_hash(),
            state_hash: hex(instance.machine.state_hash()),
        }
    }
}

impl Report {
    /// Of a run that is over.
    pub(super) fn new(
        args: &Args,
        rom: &Rom,
        time: &Time,
        jit: Option<&JitStatistics>,
        mut instances: Vec<Instance<'_>>,
    ) -> Self {
        let seconds = time.wall.as_secs_f64();
        let each_second = |sum: f64| if seconds > 0.0 { sum / seconds } else { 0.0 };
        let frames = |instance: &Instance<'_>| instance.last - args.warmup;
        let played = |instance: &Instance<'_>| frames(instance) as f64 / instance.machine.region().frames_per_second();
        let total: u64 = instances.iter().map(frames).sum();
        Self {
            rom: rom.name.clone(),
            engine: values::running_name(args.engine),
            pixels: (!args.no_video).then(|| pixels_name(args.pixels)),
            sample_rate: (!args.no_audio).then_some(args.sample_rate.hz()),
            instances: instances.len(),
            threads: time.threads,
            warmup: args.warmup,
            frames: total,
            seconds,
            cpu_seconds: time.cpu.as_secs_f64(),
            fps: each_second(total as f64),
            speed: each_second(instances.iter().map(played).sum()),
            bytes_per_machine: instances.iter().map(|instance| instance.machine.bytes()).max().unwrap_or(0),
            picture_bytes: Frame::BYTES,
            jit: jit.map(Jit::new),
            machines: instances.iter_mut().enumerate().map(|(index, one)| One::new(args, index, one)).collect(),
        }
    }

    /// On standard output.
    pub(super) fn print(&self, json: bool) -> Result<(), Error> {
        let text =
            if json { serde_json::to_string_pretty(self).expect("strings and finite numbers") } else { self.text() };
        files::print(&(text + "\n"))
    }

    fn text(&self) -> String {
        let Self { rom, engine, instances, threads, frames, seconds, cpu_seconds, fps, speed, .. } = self;
        let jammed = match self.machines.iter().filter(|machine| machine.jammed).count() {
            0 => String::new(),
            count => format!("{}: the CPU stopped at an opcode that jams it\n", several(count, "machine")),
        };
        let machines: Vec<String> =
            self.machines.iter().enumerate().map(|(index, machine)| machine.text(index + 1)).collect();
        format!(
            "{rom}: {} on {} (engine {engine}), {frames} frames in {seconds:.3} s \
             ({cpu_seconds:.3} s of CPU), {fps:.1} frames/s in all, {speed:.1} times real speed\n\
             memory: {:.1} KiB a machine, beyond what they share and its picture of {:.1} KiB\n\
             {jammed}{}machine {:32} {:32} {}\n{}",
            several(*instances, "machine"),
            several(*threads, "thread"),
            self.bytes_per_machine as f64 / 1024.0,
            self.picture_bytes as f64 / 1024.0,
            self.jit.as_ref().map_or(String::new(), Jit::text),
            "frames",
            "audio",
            "state",
            machines.join("\n")
        )
    }
}

impl One {
    /// A line of the table.
    fn text(&self, number: usize) -> String {
        let or_none = |hash: &Option<String>| hash.clone().unwrap_or_else(|| "-".to_owned());
        format!("{number:7} {:32} {:32} {}", or_none(&self.frame_hash), or_none(&self.audio_hash), self.state_hash)
    }
}

/// So many of a thing.
pub(in crate::cli::run) fn several(count: usize, what: &str) -> String {
    if count == 1 { format!("one {what}") } else { format!("{count} {what}s") }
}
