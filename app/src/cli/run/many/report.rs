//! The report on many machines: the total speed, the size of a machine, and the digests of each.

use super::{Instance, Time};
use crate::cli::rom::Rom;
use crate::cli::run::Args;
use crate::cli::run::report::{Jit, Results, Setting, Speed, print};
use crate::error::Error;
use ricojit::Frame;
use ricojit::recompiler::Statistics;
use ricojit::text;
use serde::Serialize;

/// The report on all machines.
#[derive(Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    setting: Setting,
    instances: usize,
    threads: usize,
    /// Of all machines, after the warm-up.
    frames: u64,
    /// Of all machines together.
    #[serde(flatten)]
    speed: Speed,
    /// The size of the largest machine, without ROM, compiled code, shared tables and its picture.
    bytes_per_machine: usize,
    picture_bytes: usize,
    /// What the recompiler did, for all machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    jit: Option<Jit>,
    machines: Vec<One>,
}

/// The part of one machine.
#[derive(Serialize)]
struct One {
    input: Option<String>,
    #[serde(flatten)]
    results: Results,
}

impl One {
    fn new(args: &Args, index: usize, instance: &mut Instance<'_>) -> Self {
        let input = args.input.get(index).or(args.input.first());
        Self {
            input: input.map(text::path),
            results: Results::new(instance.span.measured(), &mut instance.machine, &instance.digest),
        }
    }

    /// A line of the table.
    fn text(&self, number: usize) -> String {
        let [pictures, sound, state] = self.results.hashes();
        format!("{number:7} {pictures:32} {sound:32} {state}")
    }
}

impl Report {
    /// Makes the report of a finished run.
    pub(super) fn new(
        args: &Args,
        rom: &Rom,
        time: &Time,
        jit: Option<&Statistics>,
        mut instances: Vec<Instance<'_>>,
    ) -> Self {
        let frames = |instance: &Instance<'_>| instance.span.measured();
        let start = instances.first().map_or(0, |instance| instance.span.start);
        let played = |instance: &Instance<'_>| frames(instance) as f64 / instance.machine.region().frames_per_second();
        let total = instances.iter().map(frames).sum();
        Self {
            setting: Setting::new(args, rom, start),
            instances: instances.len(),
            threads: time.threads,
            frames: total,
            speed: Speed::new(total, instances.iter().map(played).sum(), time.wall, time.cpu),
            bytes_per_machine: instances.iter().map(|instance| instance.machine.bytes()).max().unwrap_or(0),
            picture_bytes: Frame::BYTES,
            jit: jit.map(Jit::new),
            machines: instances.iter_mut().enumerate().map(|(index, one)| One::new(args, index, one)).collect(),
        }
    }

    /// Prints the report on standard output.
    pub(super) fn print(&self, json: bool) -> Result<(), Error> {
        print(self, json, Self::text)
    }

    fn text(&self) -> String {
        let Self { instances, threads, frames, .. } = self;
        let Setting { rom, engine, .. } = &self.setting;
        let Speed { seconds, cpu_seconds, fps, speed } = self.speed;
        let jammed = match self.machines.iter().filter(|machine| machine.results.jammed).count() {
            0 => String::new(),
            count => {
                let first = self.machines.iter().find_map(|machine| machine.results.jam.as_ref());
                let first = first.map_or(String::new(), |jam| format!(", first told: {jam}"));
                format!("{}: the CPU jammed{first}\n", several(count, "machine"))
            }
        };
        // One is enough: they run the same program.
        let ignored = self.machines.iter().find_map(|machine| machine.results.ignored_writes.as_ref());
        let ignored = ignored.map_or(String::new(), |ignored| format!("{ignored}\n"));
        let machines: Vec<String> =
            self.machines.iter().enumerate().map(|(index, machine)| machine.text(index + 1)).collect();
        format!(
            "{rom}: {} on {} (engine {engine}), {frames} frames in {seconds:.3} s \
             ({cpu_seconds:.3} s of CPU), {fps:.1} frames/s in all, {speed:.1} times real speed\n\
             memory: {:.1} KiB per machine, plus {:.1} KiB for its picture; ROM and compiled code are shared\n\
             {jammed}{ignored}{}machine {:32} {:32} {}\n{}",
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

/// A number of things, such as `one machine` or `3 machines`.
pub(in crate::cli::run) fn several(count: usize, what: &str) -> String {
    if count == 1 { format!("one {what}") } else { format!("{count} {what}s") }
}
