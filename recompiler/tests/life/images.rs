//! Finished code that is taken out of one recompiler and run by another that has no compiler.

use crate::hops;
use ricojit_recompiler::{CompiledRegion, Image, Jit, Options};
use std::sync::Arc;

/// What has to be equal of code, wherever it lies.
fn code(jit: &Jit) -> Vec<(u16, u32, usize, usize)> {
    let region = |region: CompiledRegion| (region.key.pc, region.key.offset, region.instructions, region.bytes);
    let mut code: Vec<_> = jit.regions().into_iter().map(region).collect();
    code.sort_unstable();
    code
}

/// The code of a machine that has run for a while.
fn warm(rom: &Arc<[u8]>, options: Options) -> Jit {
    let jit = hops::jit(rom, Options { threshold: 0, sync: true, ..options });
    hops::compare(&jit, rom, 3, 40_000);
    jit
}

#[test]
fn an_image_runs_without_a_compiler() {
    let rom = hops::rom(4);
    let jit = warm(&rom, Options::default());
    let image = jit.image();
    assert!(image.keys().count() > 20);
    let again = Jit::with_image(&image, Options::default()).expect("this host can run native code");
    assert!(code(&again) == code(&jit), "other code");
    hops::compare(&again, &rom, 3, 40_000);
    let (compiled, done) = (jit.statistics(), again.statistics());
    assert!(done.native_cycles >= compiled.native_cycles, "{done:?}, compiled {compiled:?}");
    assert_eq!((done.compile_nanos, done.failed, done.lost), (0, 0, false));
}

#[test]
fn what_is_not_in_an_image_is_interpreted() {
    let rom = hops::rom(4);
    let image = warm(&rom, Options::default()).image();
    let again = Jit::with_image(&image, Options::default()).expect("this host can run native code");
    let before = code(&again);
    for seed in 4..8 {
        hops::compare(&again, &rom, seed, 10_000);
    }
    let done = again.statistics();
    assert!(code(&again) == before, "something was compiled");
    assert!(done.native_cycles > 0 && done.interpreted_cycles() > 0, "{done:?}");
    assert!(again.listing(image.keys().next().expect("it is not empty")).is_none(), "there is a compiler");
}

#[test]
fn an_image_of_an_image_is_equal() {
    let rom = hops::rom(4);
    let options = Options { profile: true, ..Options::default() };
    let image = warm(&rom, options).image();
    let again = Jit::with_image(&image, options).expect("this host can run native code");
    let parts = |image: &Image| (image.keys().collect::<Vec<_>>(), image.code_bytes());
    assert!(parts(&again.image()) == parts(&image), "another image");
    hops::compare(&again, &rom, 3, 10_000);
    let hottest = again.regions().into_iter().max_by_key(|region| region.cycles).expect("there are regions");
    assert!(hottest.cycles > 0 && hottest.ranges[0].0 == hottest.key.pc, "{hottest:?}");
}

#[test]
fn an_image_outlives_its_recompiler() {
    let rom = hops::rom(4);
    let image = warm(&rom, Options::default()).image(); // the memory it was compiled into is free now
    let [one, other] = [&image, &image]
        .map(|image| Jit::with_image(image, Options::default()).expect("this host can run native code"));
    drop(one);
    hops::compare(&other, &rom, 3, 10_000);
    assert!(other.statistics().native_cycles > 0);
}

#[test]
fn an_empty_image_interprets_everything() {
    let rom = hops::rom(4);
    let image = hops::jit(&rom, Options::default()).image();
    let again = Jit::with_image(&image, Options::default()).expect("there is nothing to run");
    hops::compare(&again, &rom, 3, 10_000);
    assert_eq!((image.keys().count(), again.statistics().native_cycles), (0, 0));
}
