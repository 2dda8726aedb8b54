//! Finished code that is taken out of one recompiler and run by another: by one that compiles nothing, and by one that
//! compiles the rest.

use crate::bus::{Slow, TestBus, Timers};
use crate::compare::run;
use crate::hops;
use ricojit_interpreter::Cpu;
use ricojit_recompiler::{CompiledRegion, Image, Jit, Options, Reason};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

/// What has to be equal of code, wherever it lies.
pub(crate) fn code(jit: &Jit) -> Vec<(u16, u32, usize, usize)> {
    let region = |region: CompiledRegion| (region.key.pc, region.key.offset, region.instructions, region.bytes);
    let mut code: Vec<_> = jit.regions().into_iter().map(region).collect();
    code.sort_unstable();
    code
}

/// The code of a machine that has run for a while.
fn warm(rom: &Arc<[u8]>, options: Options) -> Jit {
    let jit = hops::jit(rom, Options { threshold: Some(0), sync: true, ..options });
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
    assert!(done.native_cycles > 0, "{done:?}");
    let interpreted = |reason: Reason| done.interpreted[reason as usize];
    assert!(interpreted(Reason::NoCode) > 0 && interpreted(Reason::Cold) == 0, "{done:?}");
    assert_eq!((done.regions, done.image_regions), (0, before.len() as u64));
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

/// What a recompiler runs with that has an image of little code, and compiles the rest.
fn extended(rom: &Arc<[u8]>, image: &Image, options: Options) -> Jit {
    let jit = Jit::extend(image, Options { threshold: Some(0), sync: true, ..options })
        .expect("this host can run native code");
    (3..8).for_each(|seed| hops::compare(&jit, rom, seed, 20_000));
    jit
}

/// An image of what a machine executes in a short time.
pub(crate) fn small(rom: &Arc<[u8]>, options: Options) -> Image {
    let jit = hops::jit(rom, Options { threshold: Some(0), sync: true, ..options });
    hops::compare(&jit, rom, 3, 2000);
    jit.image()
}

#[test]
fn what_is_not_in_an_image_is_compiled() {
    let rom = hops::rom(4);
    let image = small(&rom, Options::default());
    let jit = extended(&rom, &image, Options::default());
    let done = jit.statistics();
    assert_eq!(done.image_regions, image.keys().count() as u64);
    assert!(done.regions > 20 && done.regions + done.image_regions == jit.regions().len() as u64, "{done:?}");
    assert!(done.native_cycles > 9 * done.interpreted_cycles(), "{done:?}");
    // Nothing was compiled twice, and both are in an image of it.
    let all = jit.image();
    let keys: BTreeSet<_> = all.keys().collect();
    assert_eq!(keys.len(), jit.regions().len());
    assert!(image.keys().all(|key| keys.contains(&key)));
    assert!(jit.log().iter().all(|(_, key)| !image.keys().any(|other| other == *key)));
    let again = Jit::with_image(&all, Options::default()).expect("this host can run native code");
    hops::compare(&again, &rom, 3, 20_000);
    assert!(code(&again) == code(&jit), "other code");
}

#[test]
fn an_image_stays_when_generations_are_retired() {
    let rom = hops::rom(16);
    let image = small(&rom, Options::default());
    let jit = extended(&rom, &image, Options { code_bytes: 16 << 10, ..Options::default() });
    let done = jit.statistics();
    assert!(done.retired > 20 && done.failed == 0, "{done:?}");
    let keys: BTreeSet<_> = jit.regions().into_iter().map(|region| region.key).collect();
    assert!(image.keys().all(|key| keys.contains(&key)), "the last generation does not have the image's code");
    assert!(done.native_cycles > done.interpreted_cycles(), "{done:?}");
    // It is run there, too: what only needs the image compiles nothing.
    hops::compare(&jit, &rom, 3, 2000);
    let more = jit.statistics().since(&done);
    assert!(more.regions == 0 && more.native_cycles > 500, "{more:?}");
}

#[test]
fn machines_share_an_image_and_too_little_memory() {
    let rom = hops::rom(16);
    let image = small(&rom, Options::default());
    let options = Options { threshold: Some(0), code_bytes: 16 << 10, ..Options::default() };
    let jit = Jit::extend(&image, options).expect("this host can run native code");
    thread::scope(|scope| {
        for first in 0..3 {
            let (jit, rom) = (&jit, &rom);
            scope.spawn(move || (0..20).for_each(|round| hops::compare(jit, rom, first + 3 * round, 10_000)));
        }
    });
    let done = jit.statistics();
    assert!(done.native_cycles > 0 && (done.failed, done.lost) == (0, false), "{done:?}");
}

#[test]
fn a_log_replays_on_an_image() {
    let rom = hops::rom(16);
    let image = small(&rom, Options::default());
    for code_bytes in [Options::default().code_bytes, 32 << 10] {
        let options = Options { code_bytes, ..Options::default() };
        let jit = extended(&rom, &image, options);
        let again = Jit::extend_by_log(&image, options, &jit.log()).expect("this host can run native code");
        assert_eq!((again.log(), again.statistics().retired), (jit.log(), jit.statistics().retired));
        assert!(code(&again) == code(&jit), "other code");
        hops::compare(&again, &rom, 3, 20_000);
        assert_eq!(again.log().len(), jit.log().len(), "something was compiled");
    }
}

#[test]
fn a_profile_counts_every_cycle_of_an_image() {
    let rom = hops::rom(16);
    let image = small(&rom, Options::default());
    let jit = extended(&rom, &image, Options { profile: true, code_bytes: 32 << 10, ..Options::default() });
    let (done, regions) = (jit.statistics(), jit.regions());
    assert!(done.retired > 2, "{done:?}");
    assert_eq!(regions.iter().map(|region| region.cycles).sum::<u64>(), done.native_cycles);
    let of_image: u64 =
        regions.iter().filter(|region| image.keys().any(|key| key == region.key)).map(|region| region.cycles).sum();
    assert!(of_image > 0);
}

#[test]
fn no_code_memory_means_no_image() {
    let image = small(&hops::rom(4), Options::default());
    let options = Options { code_bytes: 0, ..Options::default() };
    assert!(Jit::with_image(&image, options).is_none() && Jit::extend(&image, options).is_none());
}

/// $8000 counts to 256 and jumps to $9000, where a loop is the only code of the image.
#[test]
fn compiled_regions_end_where_the_image_has_code() {
    let mut rom = vec![0xEA; 0x8000];
    rom[..7].copy_from_slice(&[0xE6, 0x30, 0xD0, 0xFC, 0x4C, 0x00, 0x90]);
    rom[0x1000..0x1005].copy_from_slice(&[0xE6, 0x31, 0x4C, 0x00, 0x90]);
    let rom: Arc<[u8]> = rom.into();
    let options = Options { threshold: Some(0), sync: true, profile: true, ..Options::default() };
    let run_from = |jit: &Jit, pc: u16| {
        let mut bus = TestBus::new(Arc::clone(&rom), Slow::Values, 1);
        bus.timers = Timers::NONE;
        run(jit, &(Cpu { pc, s: 0xFF, ..Cpu::power_on() }, bus), [1000]).unwrap_or_else(|what| panic!("{what}"));
    };
    let regions = |jit: &Jit| -> Vec<_> {
        jit.regions().iter().map(|region| (region.key.pc, region.instructions, region.cycles > 500)).collect()
    };
    let first = hops::jit(&rom, options);
    run_from(&first, 0x9000);
    assert_eq!(regions(&first), [(0x9000, 2, true)]);
    let alone = hops::jit(&rom, options);
    run_from(&alone, 0x8000);
    assert_eq!(regions(&alone), [(0x8000, 5, true)]);
    // It did not look at $9000 before.
    let extended = Jit::extend(&first.image(), options).expect("this host can run native code");
    run_from(&extended, 0x8000);
    assert_eq!(regions(&extended), [(0x9000, 2, false), (0x8000, 3, true)]);
    let replayed = Jit::extend_by_log(&first.image(), options, &extended.log()).expect("this host can run native code");
    run_from(&replayed, 0x8000);
    assert_eq!(regions(&replayed), regions(&extended));
}
