//! What can be read out of a recompiler: logs that are replayed, profiles, and counts of entries.

use crate::bus::{BANK, Slow, TestBus, Timers};
use crate::hops;
use ricojit_interpreter::Cpu;
use ricojit_recompiler::{CompiledRegion, Jit, Key, Options};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

/// What has to be equal of code, wherever it lies.
fn code(jit: &Jit) -> Vec<(u16, u32, usize, usize)> {
    let region = |region: CompiledRegion| (region.key.pc, region.key.offset, region.instructions, region.bytes);
    jit.regions().into_iter().map(region).collect()
}

#[test]
fn a_log_replays_the_same_code() {
    let rom = hops::rom(4);
    let options = Options { threshold: Some(2), sync: true, ..Options::default() };
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
    let options = Options { threshold: Some(0), sync: true, code_bytes: 64 << 10, ..Options::default() };
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
    let jit = hops::jit(&rom, Options { threshold: Some(2), sync: true, profile: true, ..Options::default() });
    hops::compare(&jit, &rom, 3, 40_000);
    let (done, regions, interpreted) = (jit.statistics(), jit.regions(), jit.interpreted_code());
    assert_eq!(regions.iter().map(|region| region.cycles).sum::<u64>(), done.native_cycles);
    assert_eq!(regions.iter().map(|region| region.entries).sum::<u64>(), done.entries());
    assert_eq!(interpreted.iter().map(|code| code.cycles).sum::<u64>(), done.interpreted_cycles());
    let hottest = regions.iter().max_by_key(|region| region.cycles).expect("there are regions");
    assert!(hottest.nanos > 0 && hottest.ranges[0].0 == hottest.key.pc);
    let listing = jit.listing(hottest.key).expect("it is there");
    assert!(listing.clif.starts_with("function"), "{listing:?}");
    assert_eq!(listing.clif.lines().count(), listing.clif_places.len());
    assert!(listing.clif_places.contains(&Some(hottest.key.pc)), "{listing:?}");
    assert_eq!(listing.code.len(), hottest.bytes);
    let places: Vec<_> = listing.code_places.iter().map(|(place, _)| (place.start, place.end)).collect();
    assert!(places.iter().all(|&(start, end)| start < end && end as usize <= listing.code.len()), "{places:?}");
    assert!(places.is_sorted() && listing.code_places.iter().any(|(_, pc)| *pc == hottest.key.pc), "{listing:?}");
}

#[test]
fn without_a_profile_only_code_is_known() {
    let rom = hops::rom(4);
    let jit = hops::jit(&rom, Options { threshold: Some(2), sync: true, ..Options::default() });
    hops::compare(&jit, &rom, 3, 10_000);
    assert!(jit.interpreted_code().is_empty());
    assert!(jit.regions().iter().all(|region| region.bytes > 0 && region.entries == 0));
}

/// Nothing is compiled; entries are counted.
fn counting() -> Options {
    Options { count_entries: true, ..Options::default() }
}

#[test]
fn entries_are_counted_exactly() {
    #[rustfmt::skip]
    let code: &[(usize, &[u8])] = &[
        (0x000, &[0xA2, 0x0A]),             // $8000  LDX #10
        (0x002, &[0x20, 0x00, 0x81, 0xCA]), // $8002  JSR $8100, DEX
        (0x006, &[0xD0, 0xFA]),             //        BNE $8002
        (0x008, &[0x4C, 0x00, 0x82]),       //        JMP $8200
        (0x100, &[0xE8, 0xCA, 0x60]),       // $8100  INX, DEX, RTS
        (0x200, &[0x4C, 0x00, 0x82]),       // $8200  JMP $8200: an idle loop
    ];
    let mut rom = vec![0xEA; 4 * BANK];
    code.iter().for_each(|&(at, bytes)| rom[at..at + bytes.len()].copy_from_slice(bytes));
    let rom: Arc<[u8]> = rom.into();
    let expected = [(0x8002, 9), (0x8005, 10), (0x8100, 10)];
    let expected: BTreeMap<Key, u64> =
        expected.map(|(pc, count)| (Key { pc, offset: u32::from(pc - 0x8000), unmapped: 0 }, count)).into();

    let jit = hops::jit(&rom, counting());
    let run = || {
        let mut bus = TestBus::new(Arc::clone(&rom), Slow::Memory, 1);
        bus.timers = Timers::NONE;
        let mut cpu = Cpu { pc: 0x8000, s: 0xFF, ..Cpu::power_on() };
        jit.run_until(&mut cpu, &mut bus, 10_000);
        assert_eq!(cpu.pc, 0x8200);
    };
    run();
    assert_eq!(jit.entry_counts(), expected);
    // Machines on several threads add up.
    thread::scope(|scope| (0..4).for_each(|_| _ = scope.spawn(|| (0..1000).for_each(|_| run()))));
    assert_eq!(jit.entry_counts(), expected.iter().map(|(&key, &count)| (key, 4001 * count)).collect());
}

#[test]
fn counting_changes_nothing_and_compiles_nothing() {
    let rom = hops::rom(4);
    let counts = || {
        let jit = hops::jit(&rom, counting());
        hops::compare(&jit, &rom, 3, 40_000);
        let done = jit.statistics();
        assert_eq!((done.regions, done.native_cycles, jit.log().len()), (0, 0, 0));
        jit.entry_counts()
    };
    let found = counts();
    assert!(found.len() > 20 && found.values().sum::<u64>() > 1000);
    assert_eq!(counts(), found, "another run");
    let jit = hops::jit(&rom, Options::default());
    hops::compare(&jit, &rom, 3, 10_000);
    assert!(jit.entry_counts().is_empty(), "counted without being asked to");
}

#[test]
fn what_has_code_is_not_counted() {
    let rom = hops::rom(4);
    let jit = hops::jit(&rom, Options { threshold: Some(2), sync: true, ..Options::default() });
    hops::compare(&jit, &rom, 3, 10_000);
    let counting = Jit::replay(Arc::clone(&rom), BANK, counting(), &jit.log()).expect("this host can run native code");
    hops::compare(&counting, &rom, 3, 40_000);
    let counts = counting.entry_counts();
    assert!(counting.statistics().native_cycles > 0 && !counts.is_empty());
    assert!(jit.log().iter().all(|(_, key)| !counts.contains_key(key)), "code was counted");
}
