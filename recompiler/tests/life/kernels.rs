//! The benchmark kernels: they never leave their code, and both engines do the same in them.

use ricojit_kernels::KERNELS;
use ricojit_recompiler::{Jit, Options};

#[test]
fn kernels_run_natively_as_the_interpreter_runs_them() {
    for kernel in &KERNELS {
        let options = Options { threshold: Some(5), sync: true, ..Options::default() };
        let jit = Jit::new(kernel.rom(), 0x8000, options).expect("this host can run native code");
        let (mut cpu, mut bus) = kernel.machine();
        let (mut native_cpu, mut native_bus) = kernel.machine();
        for end in (0..200_000).step_by(997) {
            cpu.run_until(&mut bus, end);
            jit.run_until(&mut native_cpu, &mut native_bus, end);
            assert_eq!((&cpu, bus == native_bus), (&native_cpu, true), "{}", kernel.name);
            assert!(usize::from(cpu.pc - 0x8000) < kernel.code.len(), "{} left its code", kernel.name);
        }
        let native = jit.statistics().native_cycles;
        assert!(native > 150_000, "{}: {native} cycles were native", kernel.name);
    }
}
