//! The test ROMs of `roms/boards`, which check boards by themselves, on every engine: the verdict, and equal pictures,
//! samples and states. Every board of the library has one.

use libtest_mimic::{Arguments, Failed, Trial};
use ricojit::cartridge::supported_boards;
use ricojit::options;
#[cfg(feature = "jit")]
use ricojit::options::{Engine, JitOptions};
use ricojit::{Cartridge, Machine};
use ricojit_board_roms::{BoardRom, Judge, REPORT, all};
use ricojit_judge::{Entry, Kind, Options, Outcome, Verdict, run};
use std::collections::BTreeSet;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let roms = all();
    let numbers: BTreeSet<u16> = roms.iter().map(|rom| rom.mapper).collect();
    let boards = Trial::test("every board has a ROM", move || {
        let without: Vec<_> = supported_boards().iter().filter(|number| !numbers.contains(number)).collect();
        if without.is_empty() { Ok(()) } else { Err(format!("these have none: {without:?}").into()) }
    });
    let wrong = Trial::test("a wrong bank fails, and its check is named", a_wrong_bank_fails);
    let roms = roms.into_iter().map(|rom| Trial::test(rom.name.clone(), move || on_every_engine(&rom)));
    libtest_mimic::run(&arguments, roms.chain([boards, wrong]).collect()).exit_code()
}

/// Changes the numbers of a PRG bank and of a CHR bank in an image.
fn a_wrong_bank_fails() -> Result<(), Failed> {
    const PRG: usize = 16;
    let skrom = all().into_iter().find(|rom| rom.name == "001-skrom").ok_or("there is no 001-skrom")?;
    // 4 KiB number 20 is in bank 5 of 16 KiB; KiB 9 is in bank 2 of 4 KiB. CHR ROM is behind 256 KiB of PRG ROM.
    for (place, step) in
        [(PRG + 20 * 4096, "PRG $8000: bank 5 of 16 KiB"), (PRG + (256 + 9) * 1024, "CHR $0000: bank 2 of 4 KiB")]
    {
        let mut rom = skrom.clone();
        rom.image[place] ^= 1;
        let outcome = play(&rom, &options::Options::new());
        let report = report(&rom);
        if outcome.verdict != Verdict::Fail || !report.ends_with(step) {
            return Err(format!("{outcome:?}: {report}, not {step}").into());
        }
    }
    Ok(())
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
