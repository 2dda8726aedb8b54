//! States made to do harm are refused, or run. `RICOJIT_FUZZ_SECONDS=600` tries for ten minutes, from a new seed each time.

use crate::hostile::check;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::env;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// States by default, and in `make test-all`.
const STATES: [u32; 2] = [300, 20_000];

#[test]
fn hostile_states_are_refused_or_run() {
    let seconds = env::var("RICOJIT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let all = env::var_os("RICOJIT_TEST_ALL").is_some_and(|value| value == "1");
    let config = Config { cases: STATES[usize::from(all)], failure_persistence: None, ..Config::default() };
    let mut runner = match until {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let (accepted, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let change = any::<[u8; 6]>();
    let few = prop::collection::vec(change, 1..6);
    let many = prop::collection::vec(any::<[u8; 6]>(), 20..200);
    let data = (any::<u8>(), prop_oneof![few, many]);
    loop {
        let result = runner.run(&data, |(kind, changes)| {
            let done = check(&[vec![kind], changes.concat()].concat()).map_err(TestCaseError::fail)?;
            accepted.fetch_add(done.accepted, Relaxed);
            refused.fetch_add(done.refused, Relaxed);
            Ok(())
        });
        if let Err(TestError::Fail(reason, (kind, changes))) = result {
            panic!("{reason}\nkind {kind:#x}, changes {changes:02x?}");
        }
        if until.is_none_or(|until| Instant::now() >= until) {
            break;
        }
    }
    let (accepted, refused) = (accepted.into_inner(), refused.into_inner());
    println!("{accepted} accepted, {refused} refused");
    assert!(accepted > refused / 8 && refused > accepted / 8, "{accepted} accepted, {refused} refused");
}
