//! Runs one of the [`KERNELS`] on one engine for a number of guest instructions, to be measured in host instructions:
//! the share of one guest instruction is the slope between two lengths.
//!
//! ```text
//! for n in 1000000 2000000; do
//!     valgrind --tool=callgrind --smc-check=all target/release/kernels jit copy $n
//! done
//! ```
//!
//! `kernels compare` runs all of them on both engines in turns, and shows what a guest cycle costs each; `kernels clif
//! NAME` shows what is compiled.

use cpu_time::ThreadTime;
use ricojit_interpreter::{Cpu, Cycle};
use ricojit_kernels::{Flat, KERNELS, Kernel};
use ricojit_recompiler::{Jit, Options};
use std::process::ExitCode;

/// Cycles after which everything hot is compiled.
const WARM: Cycle = 1_000_000;
/// How often each engine runs in a comparison, and for how long.
const ROUNDS: usize = 15;
const ROUND: Cycle = 20_000_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let known = |name: &str| KERNELS.iter().find(|kernel| kernel.name == name);
    let done = match args[..] {
        ["compare"] => {
            compare();
            true
        }
        ["clif", name] => known(name).is_some_and(clif),
        [engine @ ("interp" | "jit"), name, count] => {
            known(name).zip(count.parse().ok()).is_some_and(|(kernel, count)| run(engine == "jit", kernel, count))
        }
        _ => false,
    };
    if done {
        return ExitCode::SUCCESS;
    }
    let names = KERNELS.map(|kernel| kernel.name).join(", ");
    eprintln!("usage: kernels interp|jit NAME INSTRUCTIONS, clif NAME or compare, where NAME is one of {names}");
    ExitCode::FAILURE
}

fn jit(kernel: &Kernel) -> Option<Jit> {
    Jit::new(kernel.rom(), 0x8000, Options { threshold: Some(50), sync: true, ..Options::default() })
}

fn run(native: bool, kernel: &Kernel, count: u64) -> bool {
    let (mut cpu, mut bus) = kernel.machine();
    let end = rehearse(&cpu, &bus, count);
    if !native {
        cpu.run_until(&mut bus, end);
    } else if let Some(jit) = jit(kernel) {
        jit.run_until(&mut cpu, &mut bus, end);
    }
    println!("{cpu:?}");
    cpu.cycle >= end
}

/// The cycles of `count` instructions, from those of the first few: the kernels repeat themselves.
fn rehearse(cpu: &Cpu, bus: &Flat, count: u64) -> Cycle {
    const SAMPLE: u64 = 10_000;
    let (mut cpu, mut bus) = (cpu.clone(), bus.clone());
    (0..SAMPLE).for_each(|_| cpu.step(&mut bus));
    cpu.cycle * count / SAMPLE
}

fn clif(kernel: &Kernel) -> bool {
    let (mut cpu, mut bus) = kernel.machine();
    let Some(jit) = jit(kernel) else { return false };
    jit.run_until(&mut cpu, &mut bus, WARM);
    println!("{:?}", jit.statistics());
    for region in jit.regions() {
        let Some(listing) = jit.listing(region.key) else { continue };
        println!("{:?}\n{}\n{:02X?}", region.key, listing.clif, listing.code);
    }
    true
}

/// Emulated MHz of both engines and their ratio, as medians of rounds in turns.
fn compare() {
    println!("{:9} {:>10} {:>10} {:>7}", "kernel", "interp MHz", "jit MHz", "ratio");
    let (mut product, mut speeds) = (1.0, Vec::new());
    for kernel in &KERNELS {
        let Some(jit) = jit(kernel) else { return };
        let (mut cpu, mut bus) = kernel.machine();
        let (mut native_cpu, mut native_bus) = kernel.machine();
        cpu.run_until(&mut bus, WARM);
        jit.run_until(&mut native_cpu, &mut native_bus, WARM);
        let (mut interp, mut native) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let end = cpu.cycle + ROUND;
            interp.push(mhz(|| cpu.run_until(&mut bus, end)));
            native.push(mhz(|| {
                jit.run_until(&mut native_cpu, &mut native_bus, end);
            }));
        }
        assert!(cpu == native_cpu && bus == native_bus, "{}: the engines differ", kernel.name);
        let ratio = median(native.iter().zip(&interp).map(|(native, interp)| native / interp).collect());
        let (interp, native) = (median(interp), median(native));
        println!("{:9} {interp:10.0} {native:10.0} {ratio:7.2}", kernel.name);
        product *= ratio;
        speeds.push(native);
    }
    println!("geometric mean {:.2}, median {:.0} MHz", product.powf(1.0 / KERNELS.len() as f64), median(speeds));
}

fn mhz(run: impl FnOnce()) -> f64 {
    let start = ThreadTime::now();
    run();
    ROUND as f64 / start.elapsed().as_secs_f64() / 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
