//! The mode `cpu`: small loops on a bus with nothing but memory, which measure the engine alone.

use super::comparison::{Comparison, Entry, Mode, Start};
use super::subject::{Sample, Subject};
use crate::cli::stopwatch::Stopwatch;
use ricojit::options::{Engine, JitOptions};
use ricojit_interpreter::{Cpu, Cycle};
use ricojit_kernels::{Flat, KERNELS, Kernel};
use ricojit_recompiler::{Jit, Options};
use xxhash_rust::xxh3::Xxh3;

/// Cycles after which everything is compiled, and cycles of a round.
const WARM: Cycle = 1_000_000;
const ROUND: Cycle = 30_000_000;
/// Entries of a loop before it is compiled, unless `--jit-threshold` says otherwise.
const THRESHOLD: u32 = 50;

/// A loop on an engine, after its warm-up.
pub(super) struct Loop {
    cpu: Cpu,
    bus: Flat,
    /// `None` is the interpreter.
    jit: Option<Jit>,
}

impl Loop {
    fn new(kernel: &Kernel, jit: Option<Jit>) -> Self {
        let (cpu, bus) = kernel.machine();
        let mut this = Self { cpu, bus, jit };
        (this.cpu, this.bus) = this.run(WARM);
        this
    }

    /// Runs clones for a number of cycles.
    fn run(&self, cycles: Cycle) -> (Cpu, Flat) {
        let (mut cpu, mut bus) = (self.cpu.clone(), self.bus.clone());
        let end = cpu.cycle + cycles;
        match &self.jit {
            None => cpu.run_until(&mut bus, end),
            Some(jit) => {
                jit.run_until(&mut cpu, &mut bus, end);
            }
        }
        (cpu, bus)
    }

    /// Runs a round and times it.
    pub(super) fn sample(&self) -> Sample {
        let mut watch = Stopwatch::default();
        watch.start();
        let (cpu, bus) = self.run(ROUND);
        watch.stop();
        Sample { cpu: watch.cpu, wall: watch.wall, cycles: cpu.cycle - self.cpu.cycle, end: end(&cpu, &bus) }
    }
}

/// A hash of the CPU and of all memory.
fn end(cpu: &Cpu, bus: &Flat) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(&cpu.cycle.to_le_bytes());
    hash.update(&cpu.pc.to_le_bytes());
    hash.update(&[cpu.a, cpu.x, cpu.y, cpu.s, cpu.p.byte()]);
    hash.update(bus.memory());
    hash.digest128()
}

/// A comparison for each loop. There is nothing to load, so `aot` would be the same as `jit`.
pub(super) fn comparisons(options: JitOptions, engines: &[Engine]) -> Vec<Comparison> {
    let JitOptions { threshold, link, liveness, inline, .. } = options;
    let threshold = threshold.unwrap_or(THRESHOLD);
    let options = Options { threshold: Some(threshold), sync: true, link, liveness, inline, ..Options::default() };
    let entry = |kernel: &Kernel, engine: Engine| {
        let jit = match engine {
            Engine::Jit => Some(Jit::new(kernel.rom(), 0x8000, options)?),
            _ => None,
        };
        Some(Entry::new(engine, false, Subject::Loop(Loop::new(kernel, jit))))
    };
    let comparison = |kernel: &Kernel| Comparison {
        program: kernel.name.to_owned(),
        mode: Mode::Cpu,
        start: Start::Warm,
        entries: engines
            .iter()
            .filter(|engine| **engine != Engine::Aot)
            .filter_map(|&engine| entry(kernel, engine))
            .collect(),
    };
    KERNELS.iter().map(comparison).collect()
}
