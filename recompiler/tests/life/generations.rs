//! Too little memory for the code: generations are retired while machines run.

use crate::hops;
use ricojit_recompiler::{Options, Statistics};
use std::thread;

/// Runs several machines at the same time, all sharing one recompiler.
fn run(options: Options, machines: u64, cycles: u64) -> Statistics {
    let rom = hops::rom(16);
    let jit = hops::jit(&rom, options);
    thread::scope(|scope| {
        for seed in 0..machines {
            let (jit, rom) = (&jit, &rom);
            scope.spawn(move || hops::compare(jit, rom, seed, cycles));
        }
    });
    let done = jit.statistics();
    println!("{machines} machines: {done:?}");
    assert_eq!((done.failed, done.lost), (0, false));
    done
}

#[test]
fn a_full_generation_is_retired() {
    let options = Options { threshold: Some(0), sync: true, code_bytes: 64 << 10, ..Options::default() };
    let done = run(options, 1, 40_000);
    assert!(done.retired > 20, "no generation was retired");
    assert!(done.native_cycles > done.interpreted_cycles(), "nothing was native");
}

#[test]
fn a_generation_may_hold_a_single_region() {
    let options = Options { threshold: Some(1), sync: true, code_bytes: 4096, ..Options::default() };
    // Of one machine: what two of them request at the same time is one batch.
    let done = run(options, 1, 15_000);
    assert!(done.retired + 1 >= done.regions, "two regions shared a page");
    assert!(done.native_cycles > 0);
}

#[test]
fn two_machines_may_share_too_little_memory() {
    let options = Options { threshold: Some(0), sync: true, code_bytes: 64 << 10, ..Options::default() };
    assert!(run(options, 2, 20_000).retired > 20);
}

#[test]
fn four_machines_and_a_worker_may_share_too_little_memory() {
    let rom = hops::rom(8);
    let jit = hops::jit(&rom, Options { threshold: Some(0), code_bytes: 16 << 10, ..Options::default() });
    let enough = || jit.statistics().retired > 20 && jit.statistics().native_cycles > 10_000;
    thread::scope(|scope| {
        for first in 0..4 {
            // How far they get depends on how fast the worker compiles, which must not change the results.
            let run = |seed| hops::compare(&jit, &rom, seed, 10_000);
            let enough = &enough;
            let rounds = (0..10_000).map(move |round| first + 4 * round).take_while(move |_| !enough());
            scope.spawn(move || rounds.for_each(run));
        }
    });
    assert!(enough(), "{:?}", jit.statistics());
}

#[test]
fn a_generation_may_hold_thousands_of_regions() {
    let rom = hops::rom(16);
    let jit = hops::jit(&rom, Options { threshold: Some(0), sync: true, ..Options::default() });
    thread::scope(|scope| {
        for first in 0..2 {
            let (jit, rom) = (&jit, &rom);
            let run = move |seed| hops::compare(jit, rom, seed, 3000);
            scope.spawn(move || (0..60).map(|round| first + 2 * round).for_each(run));
        }
    });
    let done = jit.statistics();
    println!("{done:?}");
    assert!(done.regions > 2000 && done.retired == 0);
    assert!(done.native_cycles > done.interpreted_cycles());
}
