//! Compiled code in whole machines: compiled in the background, shared, discarded, unavailable, replayed from a log;
//! and what is counted in place of compiling.

use crate::traces::{Moment, ROMS, assert_same, trace};
use ricojit::ahead::{Input, compile};
use ricojit::digest::hex;
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::recompiler::{EntryProfile, EntryProfileError, JitLogError, Key, Recompiler};
use ricojit::testing::TestSwitches;
use ricojit::{Cartridge, CodeStore, Machine};
use std::thread;

const FRAMES: u64 = 30;

fn cartridge(rom: usize) -> Cartridge {
    Cartridge::load(ROMS[rom].1).expect("our own images are well-formed")
}

fn jit(jit: JitOptions) -> Options {
    Options::new().engine(Engine::Jit).jit(jit)
}

fn machine(cartridge: &Cartridge, options: &Options) -> Machine {
    Machine::new(cartridge, options).expect("and on supported boards")
}

/// The results of the interpreter.
fn expected(cartridge: &Cartridge) -> Vec<Moment> {
    trace(&mut Machine::new(cartridge, &Options::default()).expect("as above"), FRAMES)
}

/// Everything is compiled, synchronously.
fn eager() -> JitOptions {
    JitOptions::new().threshold(0).sync(true)
}

fn recompiler(machine: &Machine) -> Recompiler<'_> {
    machine.recompiler().expect("this host can run native code")
}

fn log(machine: &Machine) -> String {
    recompiler(machine).log()
}

/// Runs machines with one cartridge, each on its own thread.
fn side_by_side(options: &Options) {
    for (rom, (name, _)) in ROMS.iter().enumerate() {
        let cartridge = cartridge(rom);
        let expected = expected(&cartridge);
        let code = CodeStore::new(&cartridge);
        let machines = [(); 3].map(|()| Machine::with_code(&cartridge, options, &code).expect("as above"));
        thread::scope(|scope| {
            for mut machine in machines {
                let expected = &expected;
                scope.spawn(move || assert_same(name, expected, &trace(&mut machine, FRAMES)));
            }
        });
    }
}

#[test]
fn machines_share_a_compiler_thread() {
    side_by_side(&jit(eager().sync(false)));
}

#[test]
fn machines_share_a_small_code_memory() {
    side_by_side(&jit(eager().threshold(100)).testing(TestSwitches::new().code_bytes(32 << 10)));
}

#[test]
fn full_code_memory_is_discarded_and_refilled() {
    let cartridge = cartridge(3);
    let mut machine =
        machine(&cartridge, &jit(eager().threshold(100)).testing(TestSwitches::new().code_bytes(8 << 10)));
    assert_same("8 KiB of code", &expected(&cartridge), &trace(&mut machine, FRAMES));
    let done = machine.recompiler().map(|recompiler| recompiler.statistics()).expect("this host can run native code");
    assert!(done.retired > 2 && done.native_cycles > 0, "{done:?}");
}

#[test]
fn a_host_without_code_memory_interprets() {
    let cartridge = cartridge(0);
    let mut machine = machine(&cartridge, &jit(eager()).testing(TestSwitches::new().code_bytes(0)));
    assert_same("no code", &expected(&cartridge), &trace(&mut machine, FRAMES));
    assert!(machine.recompiler().is_none());
}

#[test]
fn a_log_is_replayed() {
    let cartridge = cartridge(3);
    let mut first = machine(&cartridge, &jit(eager().threshold(20)));
    let found = trace(&mut first, FRAMES);
    let log = self::log(&first);
    let code = CodeStore::replay(&cartridge, &log, None).expect("it was written for this ROM");
    let mut again = Machine::with_code(&cartridge, &jit(eager()), &code).expect("as above");
    assert_same("from a log", &found, &trace(&mut again, FRAMES));
    again.power();
    trace(&mut again, 5);
    assert_eq!(self::log(&again), log, "different code was compiled");
    let code = |machine: &Machine| -> Vec<_> {
        recompiler(machine).regions().iter().map(|region| (region.key, region.bytes)).collect()
    };
    assert_eq!(code(&again), code(&first));
    assert_eq!(recompiler(&again).perf_map().lines().count(), code(&first).len());
}

#[test]
fn a_bad_log_is_refused() {
    let cartridge = cartridge(0);
    let mut machine = machine(&cartridge, &jit(eager()));
    trace(&mut machine, 5);
    let log = self::log(&machine);
    let other = Cartridge::load(ROMS[1].1).expect("our own images are well-formed");
    let error = |text: &str| CodeStore::replay(&cartridge, text, None).expect_err("a bad log");
    assert_eq!(error(""), JitLogError::Title);
    assert_eq!(error(&log.replace("log 1", "log 2")), JitLogError::Title);
    let [ours, foreign] = [&cartridge, &other].map(|cartridge| hex(cartridge.rom_sha1));
    assert_eq!(error(&log.replace(&ours, &foreign)), JitLogError::Rom(ours));
    for line in ["0 C000", "0 7FFF FFF", "0 C001 0", "0 C000 FFFFFFF", "x C000 0", "0 C000 0 0 0", "-"] {
        let lines = log.lines().count();
        assert_eq!(error(&format!("{log}{line}\n")), JitLogError::Key(lines + 1), "{line}");
    }
}

/// Counts of entries in a run with nothing compiled.
fn counted(rom: usize) -> EntryProfile {
    let cartridge = cartridge(rom);
    let mut machine = machine(&cartridge, &jit(JitOptions::new().count_entries(true)));
    assert_same("counting", &expected(&cartridge), &trace(&mut machine, FRAMES));
    recompiler(&machine).entry_profile()
}

#[test]
fn counting_entries_changes_nothing() {
    for (rom, (name, _)) in ROMS.iter().enumerate() {
        let (profile, cartridge) = (counted(rom), cartridge(rom));
        assert!(!profile.counts(&cartridge).unwrap().is_empty(), "{name}");
        assert_eq!(counted(rom), profile, "{name}: another run");
    }
}

#[test]
fn an_entry_profile_is_text() {
    let (one, other) = (counted(0), counted(3));
    let mut both = one.clone();
    both.merge(&other);
    let again: EntryProfile = both.to_string().parse().unwrap();
    assert_eq!(again.to_string(), both.to_string());
    for (rom, alone) in [(0, &one), (3, &other)] {
        let cartridge = cartridge(rom);
        assert!(both.has(&cartridge) && !EntryProfile::default().has(&cartridge));
        assert_eq!(both.counts(&cartridge), alone.counts(&cartridge));
        let mut kept = alone.counts(&cartridge).unwrap();
        kept.retain(|(_, count)| *count >= EntryProfile::MIN_COUNT);
        assert!(!kept.is_empty() && kept.len() < alone.counts(&cartridge).unwrap().len());
        assert_eq!(again.counts(&cartridge), Ok(kept));
    }
    assert!(!one.has(&cartridge(3)) && one.counts(&cartridge(3)) == Ok(Vec::new()));

    both.merge(&both.clone());
    let twice = |(key, count)| (key, 2 * count);
    let counts = |profile: &EntryProfile| profile.counts(&cartridge(0)).unwrap();
    assert_eq!(counts(&both), counts(&one).into_iter().map(twice).collect::<Vec<_>>());
}

#[test]
fn a_bad_entry_profile_is_refused() {
    let cartridge = cartridge(0);
    let good = counted(0).to_string();
    let error = |text: &str| text.parse::<EntryProfile>().expect_err("a bad profile");
    assert_eq!(error(""), EntryProfileError::Title);
    assert_eq!(error(&good.replace("profile 1", "profile 2")), EntryProfileError::Title);
    let line = good.lines().count() + 1;
    for text in ["ricojit-entry-profile 1\n", "ricojit-entry-profile 1\nC000 0 9\n"] {
        assert_eq!(error(text), EntryProfileError::Rom(2), "{text}");
    }
    for rom in ["rom", "rom 12", &"rom +".repeat(10), &format!("rom {}0", hex(cartridge.rom_sha1))] {
        assert_eq!(error(&format!("{good}{rom}\n")), EntryProfileError::Rom(line), "{rom}");
    }
    for entry in ["", "-", "C000 0", "7FFF 0 9", "C000 0 -9", "C000 0 0 9 9", "C000 0 99999999999999999999", "C000 x 9"]
    {
        assert_eq!(error(&format!("{good}{entry}\n")), EntryProfileError::Entry(line), "{entry}");
    }
    // The second is in the ROM, but would be found at $C000.
    for (pc, offset) in [(0xC000, 0x0FFF_F000), (0xC001, 0x0000)] {
        let outside: EntryProfile = format!("{good}{pc:X} {offset:X} 9\n").parse().unwrap();
        let error = EntryProfileError::Outside { key: Key { pc, offset, unmapped: 0 }, size: cartridge.prg_rom.len() };
        assert_eq!(outside.counts(&cartridge), Err(error));
    }
    let full: EntryProfile = format!("{good}C000 0 {}\nC000 0 9\r\n", u64::MAX).parse().unwrap();
    assert!(full.counts(&cartridge).unwrap().iter().any(|(_, count)| *count == u64::MAX), "counts saturate");
}

#[test]
fn a_forged_entry_profile_or_log_changes_no_result() {
    for rom in [0, 3] {
        let (cartridge, good) = (cartridge(rom), counted(rom).to_string());
        let expected = expected(&cartridge);
        let forge = |pc: u16, offset: i64, unmapped: Option<u64>| -> String {
            let forged = |line: &str| {
                let words: Vec<&str> = line.split(' ').collect();
                let number = |word: &str| i64::from_str_radix(word, 16).expect("a number");
                let pc = (number(words[0]) as u16).wrapping_add(pc) | 0x8000;
                let size = cartridge.prg_rom.len() as i64;
                let offset = (number(words[1]) + offset).rem_euclid(size);
                let own = if words.len() > 3 { u64::from_str_radix(words[2], 16).expect("a number") } else { 0 };
                format!("{pc:X} {offset:X} {:X} 1000\n", unmapped.unwrap_or(own))
            };
            let mut lines = good.lines();
            let head: String = lines.by_ref().take(2).map(|line| format!("{line}\n")).collect();
            head + &lines.map(forged).collect::<String>()
        };
        for (pc, offset, unmapped) in [
            (0, 0, Some(0)),
            (0, 0, Some(u64::MAX)),
            (0, 0, Some(0x5555_5555_5555_5555)),
            (0x1000, 0, None),
            (0x4000, 0, Some(0)),
            (0, 0x1000, Some(0)),
            (0x2000, 0x1000, None),
        ] {
            let forged = forge(pc, offset, unmapped);
            let log = forged.replace("entry-profile", "jit-log");
            let log: String = log
                .lines()
                .map(|line| match line.rsplit_once(' ') {
                    Some((key, "1000")) => format!("0 {key}\n"),
                    _ => format!("{line}\n"),
                })
                .collect();
            if rom == 0 {
                let code = CodeStore::replay(&cartridge, &log, None).expect("well-formed");
                let mut machine = Machine::with_code(&cartridge, &jit(JitOptions::new()), &code).unwrap();
                assert_same(&format!("log, {pc:X} {offset:X}"), &expected, &trace(&mut machine, FRAMES));
            }

            let profile = forged.parse().expect("well-formed");
            let input = Input { profile, ..Input::default() };
            let (image, _) =
                compile(&cartridge, &jit(JitOptions::new()), &input).expect("this host can run native code");
            let code = CodeStore::with_image(&image);
            let mut machine = Machine::with_code(&cartridge, &Options::new().engine(Engine::Aot), &code).unwrap();
            assert_same(&format!("{pc:X} {offset:X}"), &expected, &trace(&mut machine, FRAMES));
        }
    }
}

#[test]
fn a_changed_entry_profile_never_panics() {
    let cartridge = cartridge(0);
    let good = counted(0).to_string();
    let mut accepted = 0;
    for at in 0..good.len().min(400) {
        for byte in [b' ', b'\n', b'+', b'-', b'0', b'F', b'z', 0x00, 0xC3] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            if let Ok(profile) = String::from_utf8_lossy(&bytes).parse::<EntryProfile>() {
                let again: EntryProfile = profile.to_string().parse().expect("what is written can be read");
                assert_eq!(again.to_string(), profile.to_string());
                accepted += usize::from(profile.counts(&cartridge).is_ok());
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
}
