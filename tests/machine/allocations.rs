//! Running a frame allocates nothing, and a machine holds as much memory as `Machine::bytes` says.
//!
//! The crate `allocation-counter` replaces the allocator of this test program by one that counts, per thread.

use allocation_counter::measure;
use ricojit::Cartridge;
use ricojit::Frame;
use ricojit::Machine;
use ricojit::SampleRate;
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::{Buttons, Pad};
use std::hint::black_box;

/// Frames in which a machine may allocate its buffers.
const WARM_UP: u64 = 60;
const FRAMES: u64 = 600;

/// Runs frames 60 to 660 with picture, sound and input.
fn assert_no_allocations(name: &str, image: &[u8], sample_rate: Option<SampleRate>) {
    let cartridge = Cartridge::load(image).expect("our own images are well-formed");
    let options = Options::new().sample_rate(sample_rate);
    let mut machine = Machine::new(&cartridge, &options).expect("and on supported boards");
    (0..WARM_UP).for_each(|_| machine.run_frame());
    let mut samples = 0;
    let found = measure(|| {
        for frame in 0..FRAMES {
            machine.set_buttons(Pad::One, Buttons((frame / 4 * 37) as u8));
            machine.run_frame();
            black_box(machine.frame());
            samples += machine.samples().len();
        }
    });
    assert_eq!(machine.frames(), WARM_UP + FRAMES);
    assert_eq!(samples > 400_000, sample_rate.is_some(), "{name}: {samples} samples");
    assert_eq!((found.count_total, found.bytes_total), (0, 0), "{name}, {sample_rate:?}");
}

#[test]
fn the_allocator_counts() {
    let found = measure(|| drop(black_box(vec![0_u8; 100])));
    assert_eq!((found.count_total, found.bytes_total), (1, 100));
    let cartridge = Cartridge::load(include_bytes!("../../roms/demo.nes")).expect("our own images are well-formed");
    let machine = Machine::new(&cartridge, &Options::default()).expect("and on supported boards");
    assert!(measure(|| drop(black_box(machine.clone()))).bytes_total > 256 * 240);
}

#[test]
fn frames_of_demo_allocate_nothing() {
    for sample_rate in [Some(SampleRate::Hz44100), Some(SampleRate::Hz96000), None] {
        assert_no_allocations("demo", include_bytes!("../../roms/demo.nes"), sample_rate);
    }
}

#[test]
fn frames_of_banks_allocate_nothing() {
    assert_no_allocations("banks", include_bytes!("../../roms/banks.nes"), Some(SampleRate::Hz44100));
}

#[test]
fn frames_of_sprites_allocate_nothing() {
    assert_no_allocations("sprites", include_bytes!("../../roms/sprites.nes"), Some(SampleRate::Hz44100));
}

#[test]
fn frames_of_cpu_allocate_nothing() {
    assert_no_allocations("cpu", include_bytes!("../../roms/cpu.nes"), Some(SampleRate::Hz48000));
}

/// The maximum size of a machine without its picture and shared data: a thousand fit into 256 MiB.
const MOST: usize = 256 * 1024;

#[cfg(feature = "jit")]
const ENGINES: [Engine; 2] = [Engine::Interpreter, Engine::Jit];
#[cfg(not(feature = "jit"))]
const ENGINES: [Engine; 1] = [Engine::Interpreter];

/// Checks that [`Machine::bytes`] is the size of the machine and of the allocations that `make` kept.
fn assert_holds_what_it_says(what: &str, make: impl FnOnce() -> Machine) {
    let mut made = None;
    let found = measure(|| made = Some(make()));
    let machine = made.expect("it was just made");
    let kept = usize::try_from(found.bytes_current).expect("more was kept than freed");
    assert_eq!(machine.bytes() + Frame::BYTES, kept + size_of::<Machine>(), "{what}");
    assert!(machine.bytes() <= MOST, "{what}: {} bytes", machine.bytes());
}

#[test]
fn a_machine_holds_as_much_as_it_says() {
    let warm_up = |machine: &mut Machine| (0..FRAMES).for_each(|_| machine.run_frame());
    let demo = &include_bytes!("../../roms/demo.nes")[..];
    // 8 KiB of CHR RAM; and 8 KiB of PRG RAM with a battery and 8 without, which the program does not use.
    let mut sprites = include_bytes!("../../roms/sprites.nes").to_vec();
    sprites[10] = 0x77;
    for (name, image) in [("demo", demo), ("sprites", &sprites)] {
        for engine in ENGINES {
            for sample_rate in [Some(SampleRate::Hz44100), Some(SampleRate::Hz96000), None] {
                let what = format!("{name}, {engine:?}, {sample_rate:?}");
                // Compile synchronously, so that nothing is compiled while the second machine runs.
                let jit = JitOptions::new().threshold(Some(0)).sync(true);
                let options = Options::new().sample_rate(sample_rate).engine(engine).jit(jit);
                let cartridge = Cartridge::load(image).expect("our own images are well-formed");
                let mut first = Machine::new(&cartridge, &options).expect("and on supported boards");
                warm_up(&mut first);
                assert_holds_what_it_says(&what, || {
                    let second = Machine::with_code(&cartridge, &options, first.code());
                    let mut second = second.expect("as the first");
                    warm_up(&mut second);
                    second
                });
                assert_holds_what_it_says(&format!("{what}, a clone"), || first.clone());
            }
        }
    }
}
