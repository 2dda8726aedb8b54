//! The test ROMs of `roms/boards`, which check boards by themselves, on every engine: the verdict, and equal pictures,
//! samples and states.
//!
//! A board that the library does not have yet is in [`MISSING`]: its ROMs are ignored. Any other board must run.

use libtest_mimic::{Arguments, Failed, Trial};
use ricojit::options::{self, Engine, JitOptions};
use ricojit::{Cartridge, Machine};
use ricojit_board_roms::{BoardRom, Judge, REPORT, all};
use ricojit_judge::{Entry, Kind, Options, Outcome, Verdict, run};
use std::process::ExitCode;

/// Boards that are still to be written (issue 18).
const MISSING: &[u16] =
    &[11, 13, 34, 66, 70, 72, 78, 79, 86, 87, 89, 92, 93, 94, 97, 101, 113, 140, 152, 155, 180, 184, 185];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let roms = all();
    let stale = roms.iter().filter(|rom| MISSING.contains(&rom.mapper) && is_supported(rom)).map(|rom| rom.mapper);
    let stale: Vec<u16> = stale.collect();
    let list = Trial::test("every missing board is missing", move || {
        if stale.is_empty() { Ok(()) } else { Err(format!("the library has boards {stale:?}: remove them").into()) }
    });
    let trials = roms.into_iter().map(trial).chain([list]).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn is_supported(rom: &BoardRom) -> bool {
    Cartridge::load(&rom.image).is_ok_and(|cartridge| Machine::new(&cartridge, &options::Options::new()).is_ok())
}

fn trial(rom: BoardRom) -> Trial {
    let ignored = MISSING.contains(&rom.mapper) && !is_supported(&rom);
    Trial::test(rom.name.clone(), move || on_every_engine(&rom)).with_ignored_flag(ignored)
}

fn on_every_engine(rom: &BoardRom) -> Result<(), Failed> {
    let machine = options::Options::new();
    let interpreted = play(rom, &machine);
    if interpreted.verdict != Verdict::Pass {
        return Err(format!("{}; {}", interpreted.detail, report(rom)).into());
    }
    #[cfg(feature = "jit")]
    for (name, machine) in [
        ("jit", machine.clone().engine(Engine::Jit)),
        ("jit, threshold 0", machine.clone().engine(Engine::Jit).jit(JitOptions::new().threshold(Some(0)).sync(true))),
        ("aot", machine.clone().engine(Engine::Aot)),
    ] {
        let compiled = play(rom, &machine);
        if compiled != interpreted {
            return Err(format!("{name}: {compiled:?}, the interpreter: {interpreted:?}").into());
        }
    }
    Ok(())
}

fn play(rom: &BoardRom, machine: &options::Options) -> Outcome {
    let kind = match rom.judge {
        Judge::Status6000 => Kind::Blargg6000,
        Judge::RamText => Kind::RamText,
    };
    let entry = Entry::new(&rom.name, kind, rom.frames);
    run(&rom.image, &entry, &Options { machine: machine.clone(), ..Options::default() })
}

/// The text that the ROM left in RAM, and the step that it names.
fn report(rom: &BoardRom) -> String {
    let cartridge = Cartridge::load(&rom.image).ok();
    let machine = cartridge.and_then(|cartridge| Machine::new(&cartridge, &options::Options::new()).ok());
    let Some(mut machine) = machine else {
        return "the board is not supported".to_owned();
    };
    for _ in 0..rom.frames {
        machine.run_frame();
    }
    let bytes = (REPORT..REPORT + 0x100).map(|addr| machine.peek(addr)).take_while(|byte| *byte != 0);
    let text: String = bytes.map(char::from).collect();
    let step = rom.step(&text).unwrap_or("no step");
    format!("{text}: {step}")
}
