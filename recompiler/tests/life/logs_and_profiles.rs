//! What can be read out of a recompiler: logs that are replayed, and profiles.

use crate::bus::BANK;
use crate::hops;
use ricojit_recompiler::{CompiledRegion, Jit, Options};
use std::sync::Arc;

/// What has to be equal of code, wherever it lies.
fn code(jit: &Jit) -> Vec<(u16, u32, usize, usize)> {
    let region = |region: CompiledRegion| (region.key.pc, region.key.offset, region.instructions, region.bytes);
    jit.regions().into_iter().map(region).collect()
}

#[test]
fn a_log_replays_the_same_code() {
    let rom = hops::rom(4);
    let options = Options { threshold: 2, sync: true, ..Options::default() };
    let jit = hops::jit(&rom, options);
    hops::compare(&jit, &rom, 3, 40_000);
    let again = Jit::replay(Arc::clone(&rom), BANK, options, &jit.log()).expect("this host can run native code");
    assert!(code(&jit).len() > 20);
    assert_eq!(code(&again), code(&jit));
    hops::compare(&again, &rom, 4, 40_000);
    assert_eq!(code(&again), code(&jit), "something else was compiled");
    assert_eq!(again.log(), jit.log());
    assert!(again.statistics().native_cycles > 0);
}

#[test]
fn a_log_may_span_generations() {
    let rom = hops::rom(4);
    let options = Options { threshold: 0, sync: true, code_bytes: 64 << 10, ..Options::default() };
    let jit = hops::jit(&rom, options);
    hops::compare(&jit, &rom, 5, 10_000);
    let log = jit.log();
    assert!(log.last().is_some_and(|(generation, _)| *generation > 2));
    let again = Jit::replay(Arc::clone(&rom), BANK, Options::default(), &log).expect("this host can run native code");
    hops::compare(&again, &rom, 5, 10_000);
    assert!(again.statistics().native_cycles >= jit.statistics().native_cycles);
}

#[test]
fn a_profile_counts_every_cycle() {
    let rom = hops::rom(4);
    let jit = hops::jit(&rom, Options { threshold: 2, sync: true, profile: true, ..Options::default() });
    hops::compare(&jit, &rom, 3, 40_000);
    let (done, regions, interpreted) = (jit.statistics(), jit.regions(), jit.interpreted_code());
    assert_eq!(regions.iter().map(|region| region.cycles).sum::<u64>(), done.native_cycles);
    assert_eq!(regions.iter().map(|region| region.entries).sum::<u64>(), done.entries());
    assert_eq!(interpreted.iter().map(|code| code.cycles).sum::<u64>(), done.interpreted_cycles());
    let hottest = regions.iter().max_by_key(|region| region.cycles).expect("there are regions");
    assert!(hottest.nanos > 0 && hottest.ranges[0].0 == hottest.key.pc);
    let listing = jit.listing(hottest.key).expect("it is there");
    assert!(listing.clif.contains("function") && listing.native.contains("ret"), "{listing:?}");
}

#[test]
fn without_a_profile_only_code_is_known() {
    let rom = hops::rom(4);
    let jit = hops::jit(&rom, Options { threshold: 2, sync: true, ..Options::default() });
    hops::compare(&jit, &rom, 3, 10_000);
    assert!(jit.interpreted_code().is_empty());
    assert!(jit.regions().iter().all(|region| region.bytes > 0 && region.entries == 0));
}
