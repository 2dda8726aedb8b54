//! The CPU alone: the recompiler's small loops, on a bus of memory only. Nothing disturbs them, so a figure is the
//! engine's own.

use super::contest::{Contest, Entry, Mode, Start};
use super::subject::{Sample, Subject};
use crate::cli::stopwatch::Stopwatch;
use ricojit::options::{Engine, JitOptions};
use ricojit_interpreter::{Cpu, Cycle};
use ricojit_recompiler::kernels::{Flat, KERNELS, Kernel};
use ricojit_recompiler::{Jit, Options};
use xxhash_rust::xxh3::Xxh3;

/// Cycles after which everything is compiled, and those of a round.
const WARM: Cycle = 1_000_000;
const ROUND: Cycle = 30_000_000;
/// Entries of a loop before it is compiled, unless a knob says otherwise.
const THRESHOLD: u32 = 50;

/// A loop that has run for a while, on an engine.
pub(super) struct Loop {
    cpu: Cpu,
    bus: Flat,
    /// `None`: the interpreter runs it.
    jit: Option<Jit>,
}

impl Loop {
    fn new(kernel: &Kernel, jit: Option<Jit>) -> Self {
        let (cpu, bus) = kernel.machine();
        let mut this = Self { cpu, bus, jit };
        (this.cpu, this.bus) = this.run(WARM);
        this
    }

    /// So many cycles from where it is, on clones.
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

/// A hash of all that there is at the end.
fn end(cpu: &Cpu, bus: &Flat) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(&cpu.cycle.to_le_bytes());
    hash.update(&cpu.pc.to_le_bytes());
    hash.update(&[cpu.a, cpu.x, cpu.y, cpu.s, cpu.p.byte()]);
    hash.update(bus.memory());
    hash.digest128()
}

/// A contest for each loop.
pub(super) fn contests(knobs: JitOptions, engines: &[Engine]) -> Vec<Contest> {
    let JitOptions { threshold, link, liveness, inline, .. } = knobs;
    let threshold = threshold.unwrap_or(THRESHOLD);
    let options = Options { threshold, sync: true, link, liveness, inline, ..Options::default() };
    let entry = |kernel: &Kernel, engine: Engine| {
        let jit = match engine {
            Engine::Jit => Some(Jit::new(kernel.rom(), 0x8000, options)?),
            _ => None,
        };
        Some(Entry::new(engine, false, Subject::Loop(Loop::new(kernel, jit))))
    };
    let contest = |kernel: &Kernel| Contest {
        program: kernel.name.to_owned(),
        mode: Mode::Cpu,
        start: Start::Warm,
        entries: engines.iter().filter_map(|&engine| entry(kernel, engine)).collect(),
    };
    KERNELS.iter().map(contest).collect()
}
