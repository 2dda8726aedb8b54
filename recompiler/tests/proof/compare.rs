//! Both engines on equal machines.

use crate::bus::TestBus;
use ricojit_interpreter::{Cpu, Cycle};
use ricojit_recompiler::{Ahead, Banking, CodeBus, Jit, Key, Options, PAGE, compile_ahead};
use std::sync::Arc;

/// A recompiler that compiles everything at once.
pub(crate) fn eager(rom: &Arc<[u8]>, unit: usize) -> Jit {
    with_threshold(rom, unit, 0)
}

/// A recompiler that compiles what was executed so often. With a threshold above 0 it also skips idle loops.
pub(crate) fn with_threshold(rom: &Arc<[u8]>, unit: usize, threshold: u32) -> Jit {
    Jit::new(
        Arc::clone(rom),
        unit,
        Options { threshold: Some(threshold), sync: true, idle_skip: threshold > 0, ..Options::default() },
    )
    .expect("this host can run native code")
}

/// A recompiler with the code of the whole ROM, compiled before it runs, and no other. Control is expected to come to
/// `entered`.
pub(crate) fn ahead(rom: &Arc<[u8]>, unit: usize, bus: &TestBus, entered: impl Iterator<Item = u16>) -> Jit {
    let key = |pc: u16| {
        let (start, offset) = (pc & !(unit as u16 - 1), bus.rom_offset(pc)?);
        let is_mapped = |chunk: usize| {
            let addr = start + (chunk * PAGE) as u16;
            bus.rom_offset(addr) == Some(offset.wrapping_add(u32::from(addr)).wrapping_sub(pc.into()))
        };
        let unmapped = (0..unit / PAGE).filter(|&chunk| !is_mapped(chunk)).fold(0, |set, chunk| set | 1 << chunk);
        Some(Key { pc, offset, unmapped })
    };
    let ahead = Ahead { entered: entered.filter_map(key).collect(), ..Ahead::default() };
    let (banking, options) = (Banking::new(bus, |_| false), Options { idle_skip: false, ..Options::default() });
    let (image, _) =
        compile_ahead(Arc::clone(rom), unit, &banking, options, &ahead, &|_, _| {}).expect("Cranelift knows this host");
    Jit::with_image(&image, options).expect("this host can run native code")
}

/// Runs the interpreter, the interpreter with a deadline that is always now, and the recompiler to each of `ends`.
/// Returns the cycles that were run; the error is the first difference.
pub(crate) fn run(jit: &Jit, start: &(Cpu, TestBus), ends: impl IntoIterator<Item = Cycle>) -> Result<Cycle, String> {
    let (mut cpu, mut bus) = start.clone();
    let (mut cpu_now, mut bus_now) = start.clone();
    bus_now.now = true;
    let (mut cpu_jit, mut bus_jit) = start.clone();
    let mut compared = 0;
    for end in ends {
        let from = cpu.clone();
        cpu.run_until(&mut bus, end);
        cpu_now.run_until(&mut bus_now, end);
        jit.run_until(&mut cpu_jit, &mut bus_jit, end);
        for (name, other, other_bus) in [("deadline now", &cpu_now, &bus_now), ("recompiler", &cpu_jit, &bus_jit)] {
            let cpu_differs = (cpu != *other).then(|| "the CPU".to_owned());
            if let Some(what) = bus.difference(other_bus, compared).or(cpu_differs) {
                return Err(format!("{name}: {what}\nfrom {from:02X?}\nto   {cpu:02X?}\nand  {other:02X?}\nend {end}"));
            }
        }
        compared = bus.log.len();
        if cpu.is_jammed() {
            break;
        }
    }
    Ok(cpu.cycle)
}
