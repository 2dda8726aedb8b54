//! States made to do harm are refused, or run. `RICOJIT_FUZZ_SECONDS=600` tries for ten minutes, with other changes each time.

use crate::hostile::{Done, check, first_state, parts, seal};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestError, TestRng, TestRunner};
use ricojit::StateError;
use std::cell::Cell;
use std::env;
use std::time::{Duration, Instant};

/// States by default, and in `make test-all`.
const STATES: [u32; 2] = [300, 20_000];

#[test]
fn hostile_states_are_refused_or_run() {
    let seconds = env::var("RICOJIT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let all = env::var_os("RICOJIT_TEST_ALL").is_some_and(|value| value == "1");
    let config = Config { cases: STATES[usize::from(all)], failure_persistence: None, ..Config::default() };
    let few = prop::collection::vec(any::<[u8; 6]>(), 1..6);
    let many = prop::collection::vec(any::<[u8; 6]>(), 20..200);
    let data = (any::<u8>(), prop_oneof![few, many]);
    let total = Cell::new(Done::default());
    let try_one = |(kind, changes): (u8, Vec<[u8; 6]>)| -> TestCaseResult {
        let done = check(&[vec![kind], changes.concat()].concat()).map_err(TestCaseError::fail)?;
        total.set(total.get() + done);
        Ok(())
    };
    loop {
        let mut runner = match until {
            Some(_) => TestRunner::new(config.clone()),
            None => TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
        };
        if let Err(TestError::Fail(reason, (kind, changes))) = runner.run(&data, try_one) {
            panic!("{reason}\nkind {kind:#x}, changes {changes:02x?}");
        }
        if until.is_none_or(|until| Instant::now() >= until) {
            break;
        }
    }
    let done = total.get();
    println!("{done:?}");
    assert!(done.accepted > done.refused / 8 && done.refused > done.accepted / 8, "{done:?}");
}

/// A field of the header: where it begins.
const HEADER: &str = "";

/// What was accepted once: values that no machine has, at the end of which is a byte that is saved in another way, a PPU
/// that never does a dot fast again, or a sample from a register.
#[test]
fn values_that_no_machine_has_are_refused() {
    let (mut machine, state) = first_state();
    machine.load(&state).expect("a real state");
    let later = machine.state_hash();
    // What is put where; a negative place counts from the end.
    for (section, at, bytes, field) in [
        // A seed, but RAM is all zeros at power-on.
        (HEADER, 37_isize, &[1][..], ""),
        // P with the bits that only the stack has.
        ("CPU", 14, &[0x30], "p"),
        // Effects that were due before the present dot.
        ("PPU", 42, &[0; 8], "mask_due"),
        ("PPU", 51, &[0; 8], "v_due"),
        // A byte on its way from the bus, between two dots; and none of the kinds of byte there are.
        ("PPU", 97, &[1], "fetched"),
        ("PPU", 97, &[5], "Fetched"),
        // The DMC's sample address, outside of PRG ROM.
        ("APU", -24, &[0x02, 0x20], "address"),
        // The page of no transfer to OAM.
        ("DMA", 1, &[7], "an optional byte"),
        // A phase that NTSC does not have, and a start that no console has.
        ("COND", 0, &[4], "phase"),
        ("COND", 3, &[3], "start"),
        // A sample after the last one.
        ("SND", -1, &[1], "samples"),
    ] {
        let mut bad = state.clone();
        let parts = parts(&bad);
        let tag = |start: usize| String::from_utf8_lossy(&state[start - 10..start - 6]).trim_end().to_owned();
        let found = parts[1..].iter().find(|(start, _)| tag(*start) == section);
        let (start, length) = *found.unwrap_or(&(0, 0));
        let place = if at < 0 { start + length - at.unsigned_abs() } else { start + at.unsigned_abs() };
        bad[place..place + bytes.len()].copy_from_slice(bytes);
        seal(&mut bad);
        match machine.load(&bad) {
            Err(StateError::Damaged) if section == HEADER => {}
            Err(StateError::Invalid { section: found, field: named }) if (found, named) == (section, field) => {}
            other => panic!("{section} {at}: {other:?}"),
        }
        assert_eq!(machine.state_hash(), later, "{section} {at}");
    }
}
