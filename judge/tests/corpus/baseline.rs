//! The baseline, `tests/data/baseline.txt`: digests of the state after 1,500 frames, of all pictures and of all samples, for
//! every supported ROM, with the input of `benches/pad.txt`, on the interpreter with the PPU dot by dot.
//!
//! ```text
//! make test       every SAMPLED-th ROM, each in one configuration
//! make test-all   every ROM in every configuration
//! ```
//!
//! A commit that changes a line must say why. `RICOJIT_BLESS=1` adds the ROMs that have no line yet, as those of a new board;
//! with `RICOJIT_TEST_ALL=1` it writes the whole file again.

use crate::environment::{corpus, missing, run_everything, workspace};
use crate::trials;
use libtest_mimic::{Failed, Trial};
use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::digest::{FrameDigest, SampleDigest};
use ricojit::input::movie::{Action, Movie, Player};
use ricojit::input::script;
use ricojit::testing::TestSwitches;
use ricojit_judge::batch::Job;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

const BASELINE: &str = include_str!("../data/baseline.txt");
const PAD: &[u8] = include_bytes!("../../../benches/pad.txt");

/// Frames of a run, and the share of ROMs in the fast subset.
const FRAMES: u64 = 1500;
const SAMPLED: usize = 8;

/// The minimum number of lines.
const LEAST_ROMS: usize = 300;

/// A configuration that must give the committed digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The reference.
    InterpExact,
    Interp,
    #[cfg(feature = "jit")]
    Jit,
    /// Everything is compiled before it runs for the first time.
    #[cfg(feature = "jit")]
    JitAll,
    #[cfg(feature = "jit")]
    Aot,
    /// With deadlines at random, so that native code is left and entered at all places.
    #[cfg(feature = "jit")]
    AotDeadlines,
}

impl Way {
    const ALL: &[Self] = &[
        Self::InterpExact,
        Self::Interp,
        #[cfg(feature = "jit")]
        Self::Jit,
        #[cfg(feature = "jit")]
        Self::JitAll,
        #[cfg(feature = "jit")]
        Self::Aot,
        #[cfg(feature = "jit")]
        Self::AotDeadlines,
    ];

    fn options(self) -> Options {
        let plain = Options::default();
        match self {
            Self::InterpExact => plain.testing(TestSwitches::new().exact_ppu(true)),
            Self::Interp => plain.idle_skip(Some(true)),
            #[cfg(feature = "jit")]
            Self::Jit => plain.engine(ricojit::Engine::Jit),
            #[cfg(feature = "jit")]
            Self::JitAll => {
                let jit = ricojit::options::JitOptions::new().threshold(Some(0)).sync(true);
                plain.engine(ricojit::Engine::Jit).jit(jit)
            }
            #[cfg(feature = "jit")]
            Self::Aot => plain.engine(ricojit::Engine::Aot),
            #[cfg(feature = "jit")]
            Self::AotDeadlines => {
                let deadline = ricojit::testing::DeadlineMode::Random(13);
                plain.engine(ricojit::Engine::Aot).testing(TestSwitches::new().deadline(deadline))
            }
        }
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    if blesses() {
        return vec![Trial::test("the baseline is written", bless)];
    }
    let rows = rows();
    let count = rows.len();
    let mut trials = vec![Trial::test("the baseline has enough rows", move || {
        if count < LEAST_ROMS { Err(format!("{count} rows").into()) } else { Ok(()) }
    })];
    let ways = Way::ALL.len();
    for (i, row) in rows.into_iter().enumerate() {
        // Neighbours in the list are similar, so each configuration gets ROMs of every kind.
        let chosen = |way: usize| run_everything() || (i % SAMPLED == 0 && i / SAMPLED % ways == way);
        for (_, &way) in Way::ALL.iter().enumerate().filter(|(way, _)| chosen(*way)) {
            trials.push(row.clone().in_way(way));
        }
    }
    trials
}

/// All lines of the file.
pub(crate) fn rows() -> Vec<Row> {
    BASELINE.lines().filter(|line| !line.starts_with('#')).filter_map(Row::parse).collect()
}

fn blesses() -> bool {
    std::env::var_os("RICOJIT_BLESS").is_some_and(|value| value == "1")
}

/// Checks that the baseline has every ROM of the manifests that can run. `jobs` are all of both.
pub(crate) fn complete_trial(jobs: &[Job]) -> Trial {
    let (runnable, _) = trials::sorted(jobs);
    let kept: BTreeSet<String> = rows().into_iter().map(|row| row.rom).collect();
    let lost: Vec<String> = runnable.into_iter().map(|job| job.entry.path).filter(|rom| !kept.contains(rom)).collect();
    Trial::test("the baseline has every ROM", move || match lost.is_empty() || blesses() {
        true => Ok(()),
        false => Err(format!("RICOJIT_BLESS=1 adds {lost:?}").into()),
    })
}

/// A line of the file: a ROM, and the digests of state, pictures and samples.
#[derive(Clone)]
pub(crate) struct Row {
    rom: String,
    digests: String,
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let (rom, digests) = line.split_once(' ')?;
        Some(Self { rom: rom.to_owned(), digests: digests.to_owned() })
    }

    /// A trial with the contents of the ROM's file; ignored, or failed on CI, where there is none.
    pub(crate) fn trial(self, kind: &str, test: impl FnOnce(&[u8]) -> Result<(), Failed> + Send + 'static) -> Trial {
        let name = format!("{kind}: {}", self.rom);
        let file = rom_file(&self.rom);
        if !file.exists() {
            return missing(&name, format!("{} is missing", file.display()));
        }
        Trial::test(name, move || test(&std::fs::read(file)?))
    }

    fn in_way(self, way: Way) -> Trial {
        let expected = self.digests.clone();
        self.trial(&format!("baseline {way:?}"), move |rom| {
            let found = digests(rom, &way.options())?;
            if found == expected {
                return Ok(());
            }
            Err(format!("state, pictures, samples are\n  {found}\nnot\n  {expected}").into())
        })
    }
}

/// The file of a ROM: `roms/...` is in the corpus, `roms2/...` in the second one, in the same parent folder.
fn rom_file(rom: &str) -> PathBuf {
    match rom.strip_prefix("roms/") {
        Some(rom) => corpus().join(rom),
        None => corpus().join("..").join(rom),
    }
}

fn digests(rom: &[u8], options: &Options) -> Result<String, Failed> {
    let mut machine = Machine::new(&Cartridge::load(rom)?, options)?;
    let movie: Movie = script::parse(PAD).map_err(|error| error.to_string())?;
    let mut player = Player::new(&movie);
    let (mut pictures, mut samples) = (FrameDigest::default(), SampleDigest::default());
    for frame in 0..FRAMES {
        for action in player.due(frame) {
            match action {
                Action::Hold(pad, buttons) => machine.set_buttons(pad, buttons),
                Action::Reset => machine.reset(),
                Action::Power => machine.power(),
            }
        }
        machine.run_frame();
        pictures.update(machine.frame());
        samples.update(machine.samples());
    }
    Ok(format!("{:032x} {:032x} {:032x}", machine.state_hash(), pictures.value(), samples.value()))
}

/// Writes the baseline of all supported ROMs of both folders.
fn bless() -> Result<(), Failed> {
    let kept = if run_everything() { Vec::new() } else { rows() };
    let kept: BTreeMap<String, String> = kept.into_iter().map(|row| (row.rom, row.digests)).collect();
    let mut text = String::from(
        "# Digests after 1,500 frames with benches/pad.txt: state, pictures, samples. Written by judge/tests/corpus/baseline.rs.\n",
    );
    for rom in all_roms()? {
        let digests = match kept.get(&rom) {
            Some(digests) => Ok(digests.clone()),
            None => digests(&std::fs::read(rom_file(&rom))?, &Way::InterpExact.options()),
        };
        if let Ok(digests) = digests {
            writeln!(text, "{rom} {digests}")?;
        }
    }
    Ok(std::fs::write(workspace().join("judge/tests/data/baseline.txt"), text)?)
}

/// Every `.nes` file of both folders, as the baseline names it.
fn all_roms() -> Result<Vec<String>, Failed> {
    let mut roms = Vec::new();
    for folder in ["roms", "roms2"] {
        let root = rom_file(&format!("{folder}/"));
        let mut folders = vec![root.clone()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("nes")) {
                    roms.push(format!("{folder}/{}", path.strip_prefix(&root)?.display()));
                }
            }
        }
    }
    roms.sort();
    Ok(roms)
}
