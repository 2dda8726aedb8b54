//! Where code is compiled, and what happens if it cannot be.

use crate::hops;
use ricojit_interpreter::Cycle;
use ricojit_kernels::{KERNELS, Kernel};
use ricojit_recompiler::{Jit, Options};
use std::thread;

/// Runs machines until enough was native, which must not change the results.
fn until_native(jit: &Jit, enough: impl Fn(&Jit) -> bool) {
    let rom = hops::rom(4);
    for seed in 0..10_000 {
        hops::compare(jit, &rom, seed, 3000);
        if enough(jit) {
            return;
        }
        thread::yield_now();
    }
    panic!("not enough was native: {:?}", jit.statistics());
}

#[test]
fn the_worker_thread_compiles() {
    let jit = hops::jit(&hops::rom(4), Options { threshold: Some(0), ..Options::default() });
    until_native(&jit, |jit| jit.statistics().native_cycles > 10_000);
}

#[test]
fn a_jit_can_be_dropped_while_its_worker_is_busy() {
    let rom = hops::rom(4);
    for seed in 0..20 {
        let jit = hops::jit(&rom, Options { threshold: Some(0), ..Options::default() });
        hops::compare(&jit, &rom, seed, 2000);
    }
}

#[test]
fn a_panic_of_the_compiler_costs_one_region() {
    let rom = hops::rom(4);
    let jit = hops::jit(&rom, Options { threshold: Some(0), sync: true, ..Options::default() });
    jit.panic_once();
    hops::compare(&jit, &rom, 1, 5000);
    let done = jit.statistics();
    assert_eq!((done.failed, done.lost), (1, false));
    assert!(done.native_cycles > 0);
}

#[test]
fn a_panic_in_the_worker_costs_one_region() {
    let jit = hops::jit(&hops::rom(4), Options { threshold: Some(0), ..Options::default() });
    jit.panic_once();
    until_native(&jit, |jit| jit.statistics().native_cycles > 0);
    let done = jit.statistics();
    assert_eq!((done.failed, done.lost), (1, false));
}

#[test]
fn a_dead_worker_leaves_all_code_to_the_interpreter() {
    let jit = hops::jit(&hops::rom(4), Options { threshold: Some(0), ..Options::default() });
    jit.kill_worker();
    until_native(&jit, |jit| jit.statistics().failed > 0);
    let done = jit.statistics();
    assert!(done.lost);
    assert_eq!((done.native_cycles, done.regions), (0, 0));
}

#[test]
fn no_code_memory_means_no_jit() {
    assert!(Jit::new(hops::rom(4), 0x2000, Options { code_bytes: 0, ..Options::default() }).is_none());
}

#[test]
fn a_recursive_subroutine_checks_the_deadline() {
    // LDA #0, BEQ sub, NOP, sub: NOP, JSR sub. The branch brings it into the region.
    let kernel = Kernel { name: "calls itself", code: &[0xA9, 0x00, 0xF0, 0x01, 0xEA, 0xEA, 0x20, 0x05, 0x80] };
    for inline in [false, true] {
        let jit =
            Jit::new(kernel.rom(), 0x8000, Options { threshold: Some(0), sync: true, inline, ..Options::default() })
                .unwrap();
        let (mut cpu, mut bus) = kernel.machine();
        let (mut native_cpu, mut native_bus) = kernel.machine();
        cpu.run_until(&mut bus, 10_000);
        jit.run_until(&mut native_cpu, &mut native_bus, 10_000);
        assert_eq!((cpu, bus == native_bus), (native_cpu, true));
        assert!(jit.statistics().native_cycles > 5000);
    }
}

#[test]
fn a_loop_is_compiled_when_that_pays() {
    let kernel = &KERNELS[0];
    let regions = |threshold: Option<u32>, cycles: Cycle| {
        let jit = Jit::new(kernel.rom(), 0x8000, Options { threshold, sync: true, ..Options::default() }).unwrap();
        let (mut cpu, mut bus) = kernel.machine();
        let (mut expected, mut expected_bus) = kernel.machine();
        jit.run_until(&mut cpu, &mut bus, cycles);
        expected.run_until(&mut expected_bus, cycles);
        assert_eq!((cpu, bus == expected_bus), (expected, true));
        jit.statistics().regions
    };
    // An iteration of its loop is some 16 cycles, and its code as expensive as interpreting millions.
    assert_eq!([regions(Some(400), 3000), regions(Some(400), 8000)], [0, 1]);
    assert_eq!([regions(None, 1_000_000), regions(None, 10_000_000)], [0, 1]);
}
