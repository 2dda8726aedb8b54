//! Compiling whole ROMs ahead of time: what is found, what is compiled, and that the image depends on nothing else.

use crate::traces::{ROMS, press};
use ricojit::ahead::{AheadError, Input, Omitted, Report, Source, Target, compile};
use ricojit::code_data_log::{CodeDataLog, CodeDataLogger, Uses};
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::recompiler::{EntryProfile, Reason, Statistics};
use ricojit::{Cartridge, CodeStore, Image, Machine, MachineError};
use std::num::NonZero;

/// Frames of a run.
const FRAMES: u64 = 300;

/// The least native cycles of a thousand without a profile, and the most with one that are interpreted because there is no
/// code.
const LEAST_NATIVE: u64 = 970;
const MOST_WITHOUT_CODE: u64 = 5;

/// The most bytes of native code for an instruction, in the mean of a region.
const MOST_BYTES: usize = 300;

fn cartridge(rom: &[u8]) -> Cartridge {
    Cartridge::load(rom).expect("our own images are well-formed")
}

fn image(cartridge: &Cartridge, input: &Input) -> (Image, Report) {
    compile(cartridge, &Options::new(), input).expect("the board is supported, and the host is known")
}

fn run(machine: &mut Machine) {
    for frame in 0..FRAMES {
        press(machine, frame);
        machine.run_frame();
    }
}

fn run_with(cartridge: &Cartridge, engine: Engine, image: &Image) -> Statistics {
    let options = Options::new().engine(engine).render(false).without_sound();
    let mut machine = Machine::with_code(cartridge, &options, &CodeStore::with_image(image)).expect("as above");
    run(&mut machine);
    machine.recompiler().expect("this host can run native code").statistics()
}

/// The native ones of a thousand cycles that could be: those of idle loops, interrupts and instructions for the
/// interpreter are not counted.
fn native(done: &Statistics) -> u64 {
    let others = [Reason::Idle, Reason::Interrupt, Reason::Opcode].map(|reason| done.interpreted[reason as usize]);
    let eligible = done.native_cycles + done.interpreted_cycles() - others.iter().sum::<u64>();
    done.native_cycles * 1000 / eligible
}

fn profile(cartridge: &Cartridge) -> EntryProfile {
    let jit = JitOptions::new().count_entries(true);
    let options = Options::new().engine(Engine::Jit).jit(jit).render(false).without_sound();
    let mut machine = Machine::new(cartridge, &options).expect("as above");
    run(&mut machine);
    machine.recompiler().expect("counting works everywhere").entry_profile()
}

#[test]
fn an_image_does_not_depend_on_threads_or_on_chance() {
    for (name, rom) in ROMS {
        let cartridge = cartridge(rom);
        let bytes = |threads| {
            let input = Input { threads: NonZero::new(threads), ..Input::default() };
            image(&cartridge, &input).0.to_bytes()
        };
        let one = bytes(1);
        for threads in [1, 2, 5] {
            assert!(one == bytes(threads), "{name}: {threads} threads");
        }
    }
}

#[test]
fn images_for_other_architectures_are_refused() {
    let cartridge = cartridge(ROMS[0].1);
    let (host_image, _) = image(&cartridge, &Input::default());
    for target in [Target::X86_64, Target::Aarch64] {
        match compile(&cartridge, &Options::new(), &Input { target, ..Input::default() }) {
            Ok((image, _)) if target.is_host() => assert!(image.to_bytes() == host_image.to_bytes(), "{target}"),
            Ok((image, _)) => {
                assert!(target.is_available(), "{target}");
                for engine in [Engine::Aot, Engine::Jit] {
                    let options = Options::new().engine(engine);
                    let refused = Machine::with_code(&cartridge, &options, &CodeStore::with_image(&image)).err();
                    assert_eq!(refused, Some(MachineError::OtherImageTarget), "{target}");
                }
            }
            Err(error) => {
                assert_eq!((error, target.is_available()), (AheadError::NoCompiler(target), false), "{target}");
            }
        }
    }
}

#[test]
fn most_code_is_found_without_a_run() {
    for (name, rom) in ROMS {
        let cartridge = cartridge(rom);
        let (image, report) = image(&cartridge, &Input::default());
        let done = run_with(&cartridge, Engine::Aot, &image);
        assert!(native(&done) >= LEAST_NATIVE, "{name}: {} of 1000: {done:?}", native(&done));
        assert!(report.code.values().any(|source| *source == Source::Vectors), "{name}");
    }
}

#[test]
fn with_a_profile_of_the_run_nothing_is_left_to_compile() {
    for (name, rom) in ROMS {
        let cartridge = cartridge(rom);
        let input = Input { profile: profile(&cartridge), ..Input::default() };
        let done = run_with(&cartridge, Engine::Jit, &image(&cartridge, &input).0);
        assert_eq!(done.regions, 0, "{name}: {done:?}");
        let reasons = [Reason::Cold, Reason::NoCode, Reason::Failed].map(|reason| done.interpreted[reason as usize]);
        let active = done.native_cycles + done.interpreted_cycles();
        let without_code = reasons.iter().sum::<u64>() * 1000 / active;
        assert!(without_code <= MOST_WITHOUT_CODE, "{name}: {without_code} of 1000: {done:?}");
    }
}

#[test]
fn what_a_log_says_was_executed_is_code() {
    for (name, rom) in ROMS {
        let cartridge = cartridge(rom);
        let mut logger = CodeDataLogger::new(CodeDataLog::new(&cartridge));
        let mut machine = Machine::new(&cartridge, &Options::new()).expect("as above");
        for frame in 0..FRAMES {
            press(&mut machine, frame);
            logger.run_frame(&mut machine);
        }
        let without = image(&cartridge, &Input::default()).1;
        let with = image(&cartridge, &Input { log: Some(logger.log().clone()), ..Input::default() }).1;
        let executed = logger.log().prg().iter().zip(0..).filter(|(uses, _)| uses.contains(Uses::CODE));
        let is_found = |report: &Report, offset: u32| {
            // An instruction has three bytes at most.
            report.code.keys().any(|key| (key.offset..key.offset + 3).contains(&offset))
        };
        let (mut all, mut missed, mut missed_without) = (0, 0, 0);
        for (_, offset) in executed {
            all += 1;
            missed += usize::from(!is_found(&with, offset));
            missed_without += usize::from(!is_found(&without, offset));
        }
        assert!(
            all > 50 && missed == 0,
            "{name}: {missed} of {all} bytes are missed, {missed_without} without the log"
        );
    }
}

/// INX in a row adds to X. Bytes in a row that are no instructions of one byte fill the ROM.
#[test]
fn instructions_in_a_row_are_code_and_filler_is_not() {
    let mut prg = vec![0xFF; 0x4000];
    let jump = [0x4C, 0x00, 0xC0];
    prg[..8].fill(0xE8); // INX
    prg[8..20].fill(0xEA); // NOP
    prg[20..22].copy_from_slice(&[0xF0, 0x03]); // BEQ to the filler
    prg[22..25].copy_from_slice(&jump);
    prg[0x3FFA..].copy_from_slice(&[0x00, 0xC0, 0x00, 0xC0, 0x00, 0xC0]);
    let file = [b"NES\x1A\x01\x00\0\0\0\0\0\0\0\0\0\0".as_slice(), &prg].concat();
    let code = image(&cartridge(&file), &Input::default()).1.code;
    let found: Vec<u16> = code.keys().map(|key| key.pc).collect();
    assert_eq!(found, [(0xC000..=0xC014).collect::<Vec<u16>>(), vec![0xC016]].concat());
}

#[test]
fn no_region_is_large_for_its_instructions() {
    for (name, rom) in ROMS {
        let (image, report) = image(&cartridge(rom), &Input::default());
        for region in &report.regions {
            match region.compiled {
                Ok(bytes) => assert!(bytes > 0 && bytes <= MOST_BYTES * region.instructions, "{name}: {region:?}"),
                // A single instruction can be too large for the code around it.
                Err(why) => assert!(why == Omitted::Large && region.instructions == 1, "{name}: {region:?}"),
            }
        }
        assert_eq!(image.regions(), report.regions.iter().filter(|region| region.compiled.is_ok()).count());
    }
}
