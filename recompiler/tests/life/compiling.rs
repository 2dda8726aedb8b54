//! Who compiles, and what if nobody does.

use crate::hops;
use recompiler::{Jit, Options};
use std::thread;

/// Runs machines until something was native, which the results may not tell.
fn until_native(jit: &Jit, enough: impl Fn(&Jit) -> bool) {
    let rom = hops::rom(4);
    for seed in 0..10_000 {
        hops::compare(jit, &rom, seed, 3000);
        if enough(jit) {
            return;
        }
        thread::yield_now();
    }
    panic!("it never came: {:?}", jit.statistics());
}

#[test]
fn a_thread_beside_compiles() {
    let jit = hops::jit(&hops::rom(4), Options { threshold: 0, ..Options::default() });
    until_native(&jit, |jit| jit.statistics().native_cycles > 10_000);
}

#[test]
fn a_recompiler_is_dropped_while_its_thread_is_busy() {
    let rom = hops::rom(4);
    for seed in 0..20 {
        let jit = hops::jit(&rom, Options { threshold: 0, ..Options::default() });
        hops::compare(&jit, &rom, seed, 2000);
    }
}

#[test]
fn a_panic_of_the_compiler_costs_one_region() {
    let rom = hops::rom(4);
    let jit = hops::jit(&rom, Options { threshold: 0, sync: true, ..Options::default() });
    jit.panic_once();
    hops::compare(&jit, &rom, 1, 5000);
    let done = jit.statistics();
    assert_eq!((done.failed, done.lost), (1, false));
    assert!(done.native_cycles > 0);
}

#[test]
fn a_panic_beside_costs_one_region() {
    let jit = hops::jit(&hops::rom(4), Options { threshold: 0, ..Options::default() });
    jit.panic_once();
    until_native(&jit, |jit| jit.statistics().native_cycles > 0);
    let done = jit.statistics();
    assert_eq!((done.failed, done.lost), (1, false));
}

#[test]
fn the_compile_thread_dies() {
    let jit = hops::jit(&hops::rom(4), Options { threshold: 0, ..Options::default() });
    jit.kill_compile_thread();
    until_native(&jit, |jit| jit.statistics().failed > 0);
    let done = jit.statistics();
    assert!(done.lost);
    assert_eq!((done.native_cycles, done.regions), (0, 0));
}

#[test]
fn there_is_no_memory_for_code() {
    assert!(Jit::new(hops::rom(4), 0x2000, Options { code_bytes: 0, ..Options::default() }).is_none());
}
