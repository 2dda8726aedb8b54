//! The life of compiled code in whole machines: compiled beside them, shared, given up, missing, repeated from a log.

use crate::traces::{Moment, ROMS, assert_same, trace};
use ricojit::cartridge::Cartridge;
use ricojit::jit_log::JitLogError;
use ricojit::machine::Machine;
use ricojit::options::{EngineKind, JitOptions, Options};
use std::thread;

const FRAMES: u64 = 30;

fn cartridge(rom: usize) -> Cartridge {
    Cartridge::load(ROMS[rom].1).expect("our own images are well-formed")
}

fn machine(cartridge: &Cartridge, jit: JitOptions) -> Machine {
    let options = Options { engine: EngineKind::Jit, jit, ..Options::default() };
    Machine::new(cartridge, &options).expect("and on supported boards")
}

/// What the interpreter gives.
fn expected(cartridge: &Cartridge) -> Vec<Moment> {
    trace(&mut Machine::new(cartridge, &Options::default()).expect("as above"), FRAMES)
}

const EAGER: JitOptions = JitOptions {
    threshold: Some(0),
    sync: true,
    link: true,
    liveness: true,
    inline: true,
    profile: false,
    code_bytes: None,
};

/// Machines of one cartridge on threads of their own.
fn side_by_side(jit: JitOptions) {
    for (rom, (name, _)) in ROMS.iter().enumerate() {
        let cartridge = cartridge(rom);
        let expected = expected(&cartridge);
        let machines = [(); 3].map(|()| machine(&cartridge, jit));
        thread::scope(|scope| {
            for mut machine in machines {
                let expected = &expected;
                scope.spawn(move || assert_same(name, expected, &trace(&mut machine, FRAMES)));
            }
        });
    }
}

#[test]
fn machines_share_a_compile_thread() {
    side_by_side(JitOptions { sync: false, ..EAGER });
}

#[test]
fn machines_share_too_little_memory() {
    side_by_side(JitOptions { threshold: Some(100), code_bytes: Some(32 << 10), ..EAGER });
}

#[test]
fn code_is_given_up_and_made_again() {
    let cartridge = cartridge(3);
    let mut machine = machine(&cartridge, JitOptions { threshold: Some(100), code_bytes: Some(8 << 10), ..EAGER });
    assert_same("8 KiB of code", &expected(&cartridge), &trace(&mut machine, FRAMES));
    let done = machine.jit_statistics().expect("this host can run native code");
    assert!(done.retired > 2 && done.native_cycles > 0, "{done:?}");
    assert_eq!(machine.jit_warning(), None);
}

#[test]
fn a_host_without_memory_for_code() {
    let cartridge = cartridge(0);
    let mut machine = machine(&cartridge, JitOptions { code_bytes: Some(0), ..EAGER });
    assert_same("no code", &expected(&cartridge), &trace(&mut machine, FRAMES));
    assert!(machine.jit_statistics().is_none() && machine.jit_log().is_none() && machine.jit_regions().is_empty());
    let warning = machine.jit_warning().expect("it was asked for native code");
    assert!(warning.contains("interpreter"), "{warning}");
}

#[test]
fn a_log_is_repeated() {
    let cartridge = cartridge(3);
    let mut first = machine(&cartridge, JitOptions { threshold: Some(20), ..EAGER });
    let found = trace(&mut first, FRAMES);
    let log = first.jit_log().expect("this host can run native code");
    let mut again = machine(&cartridge, EAGER);
    again.replay_jit(&log).expect("it was written for this ROM");
    assert_same("from a log", &found, &trace(&mut again, FRAMES));
    again.power();
    trace(&mut again, 5);
    assert_eq!(again.jit_log().as_ref(), Some(&log), "other code was compiled");
    let code = |machine: &Machine| -> Vec<_> {
        machine.jit_regions().iter().map(|region| (region.key, region.bytes)).collect()
    };
    assert_eq!(code(&again), code(&first));
    assert_eq!(again.jit_perf_map().lines().count(), code(&first).len());
}

#[test]
fn logs_that_are_none() {
    let cartridge = cartridge(0);
    let mut machine = machine(&cartridge, EAGER);
    trace(&mut machine, 5);
    let log = machine.jit_log().expect("this host can run native code");
    let other = Cartridge::load(ROMS[1].1).expect("our own images are well-formed");
    let mut error = |text: &str| machine.replay_jit(text).expect_err("it is no log");
    assert_eq!(error(""), JitLogError::Title);
    assert_eq!(error(&log.replace("log 1", "log 2")), JitLogError::Title);
    let sha1 = |cartridge: &Cartridge| cartridge.rom_sha1.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let foreign = log.replace(&sha1(&cartridge), &sha1(&other));
    assert_eq!(error(&foreign), JitLogError::Rom(sha1(&cartridge)));
    for line in ["0 C000", "0 7FFF 0", "0 C000 FFFFFFF", "x C000 0", "0 C000 0 0 0", "-"] {
        let lines = log.lines().count();
        assert_eq!(error(&format!("{log}{line}\n")), JitLogError::Key(lines + 1), "{line}");
    }
}
