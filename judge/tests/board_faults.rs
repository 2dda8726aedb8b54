//! The test ROMs of `roms/boards` on boards with a fault: a ROM that passes there does not check what is broken.
//!
//! Of each ROM, every fault that could be noticed at all is tried on the interpreter. `data/board_faults.txt` lists the
//! faults that are not found, for review: any other is a failure. `RICOJIT_BLESS=1` writes the list, if all ROMs run.

use libtest_mimic::{Arguments, Failed, Trial};
use ricojit::options;
use ricojit::testing::{Fault, TestSwitches, fault_shows};
use ricojit::{Cartridge, Machine};
use ricojit_board_roms::{BoardRom, Judge, all};
use ricojit_judge::{Entry, Kind, Options, Verdict, run};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/board_faults.txt");

type Live = BTreeMap<String, Vec<String>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let known: Arc<Live> = Arc::new(fs::read_to_string(LIST).map(|text| parse(&text)).unwrap_or_default());
    let found = Arc::new(Mutex::new((Live::new(), 0)));
    let bless = env::var_os("RICOJIT_BLESS").is_some_and(|value| value == "1");
    let is_whole = arguments.filter.is_none();
    let trials = all().into_iter().filter(is_supported).map(|rom| {
        let (known, found) = (Arc::clone(&known), Arc::clone(&found));
        Trial::test(rom.name.clone(), move || {
            let (tried, live) = try_faults(&rom)?;
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.1 += tried;
            let new: Vec<_> =
                live.iter().filter(|fault| !known.get(&rom.name).is_some_and(|list| list.contains(fault))).collect();
            let result = if bless || new.is_empty() {
                Ok(())
            } else {
                Err(format!("of {tried} faults, these are not found: {new:?}").into())
            };
            if !live.is_empty() {
                found.0.insert(rom.name.clone(), live);
            }
            result
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let (live, tried) = &*found.lock().unwrap_or_else(PoisonError::into_inner);
    println!("{tried} faults, of which {} are not found", live.values().map(Vec::len).sum::<usize>());
    if bless
        && is_whole
        && let Err(error) = fs::write(LIST, text(live))
    {
        eprintln!("{LIST}: {error}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

fn is_supported(rom: &BoardRom) -> bool {
    Cartridge::load(&rom.image).is_ok_and(|cartridge| Machine::new(&cartridge, &options::Options::new()).is_ok())
}

/// The number of faults that were tried, and those with which the ROM passes.
fn try_faults(rom: &BoardRom) -> Result<(usize, Vec<String>), Failed> {
    let cartridge = Cartridge::load(&rom.image).map_err(|error| error.to_string())?;
    let header = &cartridge.header;
    let chr = header.chr_rom_size.max(header.chr_ram_size);
    let kind = match rom.judge {
        Judge::Status6000 => Kind::Blargg6000,
        Judge::RamText => Kind::RamText,
    };
    let entry = Entry::new(&rom.name, kind, rom.frames);
    let (mut tried, mut live) = (0, Vec::new());
    for fault in Fault::all(header.prg_rom_size, chr) {
        if !fault_shows(&cartridge, fault).map_err(|error| error.to_string())? {
            continue;
        }
        tried += 1;
        let machine = options::Options::new().testing(TestSwitches::new().fault(fault));
        let outcome = run(&rom.image, &entry, &Options { machine, ..Options::default() });
        if outcome.verdict == Verdict::Pass {
            live.push(fault.to_string());
        }
    }
    Ok((tried, live))
}

/// Lines of a ROM's name, a colon, and faults between commas.
fn parse(text: &str) -> Live {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, faults)| (name.to_owned(), faults.split(", ").map(str::to_owned).collect()))
        .collect()
}

fn text(live: &Live) -> String {
    let lines = live.iter().map(|(name, faults)| format!("{name}: {}\n", faults.join(", ")));
    "# Faults of boards that their test ROMs do not find: judge/tests/board_faults.rs writes this.\n".to_owned()
        + &lines.collect::<String>()
}
