//! Code that was compiled ahead of time: machines that run an image, with and without a JIT for the rest.
//!
//! # Soundness
//!
//! The images that are read here were written by this process.
#![allow(unsafe_code)]

use crate::hostile_images::{Done, check};
use crate::random::Random;
use crate::traces::{Moment, ROMS, assert_same, trace};
use ricojit::ahead::{self, Input};
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::recompiler::{JitLogError, Reason, Statistics};
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit::{Cartridge, CodeStore, Image, ImageError, Machine, MachineError};
use std::num::NonZero;

const FRAMES: u64 = 60;

fn cartridge(rom: usize) -> Cartridge {
    Cartridge::load(ROMS[rom].1).expect("our own images are well-formed")
}

/// Everything is compiled, synchronously.
fn eager() -> Options {
    Options::new().engine(Engine::Jit).jit(JitOptions::new().threshold(0).sync(true))
}

fn aot() -> Options {
    Options::new().engine(Engine::Aot)
}

fn machine(cartridge: &Cartridge, options: &Options, image: &Image) -> Machine {
    Machine::with_code(cartridge, options, &CodeStore::with_image(image)).expect("its options are the same")
}

fn statistics(machine: &Machine) -> Statistics {
    machine.recompiler().expect("this host can run native code").statistics()
}

/// What a machine does, and the image of its code.
fn warm(cartridge: &Cartridge, frames: u64) -> (Vec<Moment>, Image) {
    let mut machine = Machine::new(cartridge, &eager()).expect("on supported boards");
    let moments = trace(&mut machine, frames);
    (moments, machine.recompiler().expect("this host can run native code").image())
}

/// The image as another process would have it.
fn read(cartridge: &Cartridge, bytes: &[u8]) -> Result<Image, ImageError> {
    // SAFETY: see the head of this file.
    unsafe { Image::from_bytes(cartridge, bytes) }
}

#[test]
fn an_image_of_everything_is_native_and_nothing_is_compiled() {
    for (rom, (name, _)) in ROMS.iter().enumerate() {
        let cartridge = cartridge(rom);
        let (_, image) = warm(&cartridge, FRAMES);
        let image = read(&cartridge, &image.to_bytes()).expect("it was written for this ROM");
        let expected = trace(&mut Machine::new(&cartridge, &Options::new()).expect("as above"), FRAMES);
        let random = TestSwitches::new().deadline(DeadlineMode::Random(3));
        for (way, options) in [("aot", aot()), ("jit", eager()), ("aot, random deadlines", aot().testing(random))] {
            let mut machine = machine(&cartridge, &options, &image);
            assert_same(&format!("{name}, {way}"), &expected, &trace(&mut machine, FRAMES));
            let done = statistics(&machine);
            assert_eq!((done.regions, done.image_regions), (0, image.regions() as u64), "{name}, {way}");
            let [cold, no_code] = [Reason::Cold, Reason::NoCode].map(|reason| done.interpreted[reason as usize]);
            if options.engine == Engine::Aot {
                assert_eq!((cold, done.compile_nanos), (0, 0));
            }
            let active = done.native_cycles + done.interpreted_cycles();
            // A deadline elsewhere makes other entries.
            let few = if options.switches().deadline == DeadlineMode::Real { active / 50 } else { active / 10 };
            assert!(cold + no_code < few && done.native_cycles > 0, "{name}, {way}: {done:?}");
        }
    }
}

#[test]
fn an_image_of_a_whole_rom_is_the_same_every_time() {
    for (rom, (name, _)) in ROMS.iter().enumerate() {
        let cartridge = cartridge(rom);
        let compile = |threads| {
            let input = Input { threads: NonZero::new(threads), ..Input::default() };
            ahead::compile(&cartridge, &aot(), &input).expect("this host can run native code").0
        };
        let bytes = compile(1).to_bytes();
        assert!(compile(2).to_bytes() == bytes && compile(0).to_bytes() == bytes, "{name}");
        assert!(read(&cartridge, &bytes).expect("it was written for this ROM").to_bytes() == bytes);
    }
}

#[test]
fn what_is_not_in_an_image_is_interpreted_or_compiled() {
    for (rom, (name, _)) in ROMS.iter().enumerate() {
        let cartridge = cartridge(rom);
        let (expected, _) = warm(&cartridge, FRAMES);
        let (_, image) = warm(&cartridge, 1);
        let mut ahead = machine(&cartridge, &aot(), &image);
        assert_same(&format!("{name}, aot"), &expected, &trace(&mut ahead, FRAMES));
        let done = statistics(&ahead);
        assert!(done.interpreted[Reason::NoCode as usize] > 0 && done.regions == 0, "{name}: {done:?}");
        // In little memory: the image stays, whatever else is given up.
        for (bytes, threshold) in [(None, 0), (Some(8 << 10), 100)] {
            let options = eager().testing(TestSwitches::new().code_bytes(bytes));
            let options = options.clone().jit(options.jit.threshold(threshold));
            let mut jit = machine(&cartridge, &options, &image);
            assert_same(&format!("{name}, jit, {bytes:?}"), &expected, &trace(&mut jit, FRAMES));
            let more = statistics(&jit);
            assert!(more.regions > 0 && more.image_regions == image.regions() as u64, "{name}: {more:?}");
            assert!(more.native_cycles > done.native_cycles, "{name}: {more:?}, without compiling {done:?}");
        }
    }
}

#[test]
fn machines_change_engines_on_one_store() {
    let cartridge = cartridge(3);
    let (expected, image) = warm(&cartridge, FRAMES);
    let mut machine = machine(&cartridge, &aot(), &image);
    let mut found = Vec::new();
    for engine in [Engine::Aot, Engine::Jit, Engine::Interpreter, Engine::Aot, Engine::Jit, Engine::Aot] {
        machine = machine.with_engine(engine, eager().jit).expect("it is built");
        assert_eq!(machine.recompiler().is_some(), engine != Engine::Interpreter);
        found.extend(trace(&mut machine, FRAMES / 6));
    }
    assert_same("six engines", &expected, &found);
}

#[test]
fn without_an_image_nothing_needs_to_be_there() {
    let cartridge = cartridge(0);
    let (expected, _) = warm(&cartridge, 10);
    let mut machine = Machine::new(&cartridge, &aot()).expect("the ROM is compiled now");
    assert_same("aot without an image", &expected, &trace(&mut machine, 10));
    assert_eq!(statistics(&machine).interpreted[Reason::Cold as usize], 0);
    assert!(machine.idle_skipped_cycles() > 0, "idle loops are not skipped");
    // As on a host without executable memory.
    let none = aot().testing(TestSwitches::new().code_bytes(0));
    let mut machine = self::machine(&cartridge, &none, &warm(&cartridge, 10).1);
    assert!(machine.recompiler().is_none());
    assert_same("no executable memory", &expected, &trace(&mut machine, 10));
}

#[test]
fn foreign_images_are_refused() {
    let [demo, banks] = [cartridge(0), cartridge(3)];
    let (_, image) = warm(&demo, 5);
    assert_eq!(read(&banks, &image.to_bytes()).err(), Some(ImageError::OtherRom));
    let error =
        |cartridge, options: &Options| Machine::with_code(cartridge, options, &CodeStore::with_image(&image)).err();
    assert_eq!(error(&banks, &aot()), Some(MachineError::OtherCode));
    for other in [
        aot().idle_skip(false),
        aot().jit(JitOptions::new().link(false)),
        eager().jit(JitOptions::new().inline(false)),
        eager().jit(JitOptions::new().liveness(false)),
    ] {
        assert_eq!(error(&demo, &other), Some(MachineError::OtherImageOptions), "{other:?}");
        // The interpreter needs no code.
        assert_eq!(error(&demo, &other.engine(Engine::Interpreter)), None);
    }
    // Options on which code does not depend.
    let profile = JitOptions::new().threshold(7).profile(true);
    assert_eq!(error(&demo, &aot().jit(profile)), None);
    assert_eq!(error(&demo, &eager().jit(profile)), None);
}

#[test]
fn a_log_is_replayed_on_its_image() {
    let cartridge = cartridge(3);
    let (expected, everything) = warm(&cartridge, FRAMES);
    let (_, image) = warm(&cartridge, 1);
    let mut first = machine(&cartridge, &eager(), &image);
    assert_same("with an image", &expected, &trace(&mut first, FRAMES));
    let log = first.recompiler().expect("this host can run native code").log();
    assert!(log.lines().count() > 4);
    let code = CodeStore::replay(&cartridge, &log, Some(&image)).expect("it was made with this image");
    let mut again = Machine::with_code(&cartridge, &eager(), &code).expect("as above");
    assert_same("from a log", &expected, &trace(&mut again, FRAMES));
    let code = |machine: &Machine| -> Vec<_> {
        let recompiler = machine.recompiler().expect("as above");
        recompiler.regions().iter().map(|region| (region.key, region.bytes)).collect()
    };
    assert_eq!(code(&again), code(&first));
    assert_eq!(again.recompiler().expect("as above").log(), log);
    // With another image, or with none; and a log of no image with one.
    let error = |log: &str, image| CodeStore::replay(&cartridge, log, image).expect_err("it is another image");
    let line = log.lines().find(|line| line.starts_with("image ")).expect("the log names its image");
    assert_eq!(error(&log, None), JitLogError::NeedsImage);
    assert!(matches!(error(&log, Some(&everything)), JitLogError::OtherImage(other) if other != line));
    assert_eq!(error(&log.replace(&format!("{line}\n"), ""), Some(&image)), JitLogError::OtherImage(line.to_owned()));
}

/// A thousand changed images with right checksums, half of them with right seals.
#[test]
fn changed_images_are_refused_or_run() {
    let mut random = Random::new(1);
    let mut done = [0; 3];
    for round in 0..1000 {
        let changes = 1 + random.below(3) as usize;
        let data: Vec<u8> = (0..1 + 4 * changes)
            .map(|at| if at == 0 { random.next() as u8 & 7 | (round as u8 & 1) << 7 } else { random.next() as u8 })
            .collect();
        done[check(&data).unwrap_or_else(|what| panic!("{what}: {data:02x?}")) as usize] += 1;
    }
    println!("refused, read, ran: {done:?}");
    assert_eq!((0..8).map(|base| check(&[base]).expect("it is not changed")).collect::<Vec<_>>(), [Done::Ran; 8]);
    assert!(done[0] > 500 && done[1] > 20, "{done:?}");
}
