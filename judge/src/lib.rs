//! Runs NES test ROMs on Ricojit and reports whether they passed. `ricojit test` and this project's ROM tests use it.
//!
//! A ROM runs frame by frame. After each frame its *judge*, which knows where such a ROM shows its verdict, looks at the
//! machine without side effects and waits, presses Reset, or returns the verdict. [`batch`] runs many ROMs on threads,
//! [`manifest`] says which ROM has which judge, [`expect`] lists known failures, and [`report`] formats the results.
//!
//! | judge               | where the verdict is                                                                  |
//! |---------------------|---------------------------------------------------------------------------------------|
//! | blargg_6000         | $6000: $80 runs, $81 needs Reset, 0 passed, else failed; valid if $6001-3 = DE B0 61  |
//! | blargg_f8           | PASSED or FAILED on the screen, the number of the failed part at $F8                  |
//! | blargg_code_text    | a code in hexadecimal at $20A2 of the nametable, $01 is a pass                        |
//! | text                | a regular expression over the text on the screen                                     |
//! | tiles               | given bytes at given addresses of the nametable                                      |
//! | picture             | the picture equals one that was looked at once                                       |
//! | holy_mapperel       | four digits on the screen, 0000 is a pass                                            |
//! | accuracycoin        | Start in its menu runs 141 tests; a result byte for each at $0403-$0492              |
//! | accuracycoin_single | one such byte                                                                        |
//! | nestest             | the mark of each test on two menu pages, run by Start                                 |
//! | ram_text            | RAM contains `TestPass` or `TestFail`                                                 |
//! | exit_port           | the first write to $4018: 0 is a pass                                                 |
//! | llvm_mos            | whichever of these two comes first, as of programs of llvm-mos                        |
//! | beeps               | the number of tones on pulse 1: one is a pass                                        |
//! | auto                | the $6000 protocol, or PASSED or FAILED on the screen: for a ROM without manifest     |
//! | audio, visual, interactive, game | none: such a ROM only has to run without a crash ("ran")                 |
//!
//! The $6000 protocol and the older ones are by Shay Green (<https://www.nesdev.org/wiki/Emulator_tests>). Every run has a
//! frame limit, so no ROM can hang a judge.
//!
//! To add a judge: a variant of [`Kind`] with its name, a type that implements [`Judge`] with a test on a fake machine, and
//! a line in `build` (the compiler reports a missing one).

pub mod batch;
pub mod expect;
pub mod manifest;
pub mod report;

mod accuracycoin;
mod blargg;
mod homebrew;
mod nestest;
mod screen;
pub mod smoke;

pub use manifest::{Entry, Kind, Letters, Manifest};

use ricojit::Machine;
use ricojit::Region;
use ricojit::cartridge::Database;
use ricojit::digest::{FrameDigest, SampleDigest};
use ricojit::frame::{Frame, HEIGHT};
use ricojit::input::movie::{Action, Movie, Player};
use ricojit::options;
use ricojit::recompiler::EntryProfile;
use ricojit::{Buttons, Pad};
use ricojit::{Cartridge, CodeStore};

/// How a ROM is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The machine's options. The region of an entry overrides the one here.
    pub machine: options::Options,
    /// Compiled code of the ROM; of another ROM, it is an error. Each run has its own without it.
    pub code: Option<CodeStore>,
    /// Corrects headers.
    pub database: Option<Database>,
    /// Ignore a ROM whose file has less than its header claims.
    pub strict: bool,
    /// Run at most this many frames. A ROM stopped before its verdict counts as [`Verdict::Ran`].
    pub frames: Option<u64>,
}

/// The verdict on a ROM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It reports success.
    Pass,
    /// It reports a failure, shows no verdict in time, or crashed the emulator.
    Fail,
    /// It could not run: the file is missing, or the board is not supported.
    Ignored,
    /// It ran without a crash; it has no verdict.
    Ran,
}

impl Verdict {
    /// The word that reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Ignored => "ignored",
            Self::Ran => "ran",
        }
    }
}

/// One test of a ROM that has many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subtest {
    /// Its name in the ROM's menu.
    pub name: String,
    /// Its verdict: a test that was not reached has failed, one that skipped itself is ignored.
    pub verdict: Verdict,
    /// The ROM's error code, or the number of the accepted behaviour it saw; 0 if there is none.
    pub code: u8,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The ROM, as the manifest or the caller names it.
    pub path: String,
    /// The judge.
    pub judge: Kind,
    /// The verdict.
    pub verdict: Verdict,
    /// The message of the ROM or of the emulator, in one line.
    pub detail: String,
    /// Frames that were run.
    pub frames: u64,
    /// Whether the ROM showed the verdict; false if it was stopped, or did not run.
    pub decided: bool,
    /// The byte that it wrote to $4018 first, if that is the verdict.
    pub exit: Option<u8>,
    /// The digests of the run; `None` if the ROM did not run to its end.
    pub hashes: Option<Hashes>,
    /// The results of its tests, if it has several.
    pub subtests: Vec<Subtest>,
    /// How often code was entered, with [`JitOptions::count_entries`](options::JitOptions::count_entries).
    pub entries: Option<EntryProfile>,
}

/// Digests of a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// The digest of all pictures, see [`FrameDigest`].
    pub frames: u128,
    /// The digest of all samples, see [`SampleDigest`]; that of no bytes if sound is off.
    pub audio: u128,
    /// The hash of the final state.
    pub state: u128,
}

impl Outcome {
    /// An outcome without a run.
    fn without_run(entry: &Entry, verdict: Verdict, detail: String) -> Self {
        Self {
            path: entry.path.clone(),
            judge: entry.judge,
            verdict,
            detail,
            frames: 0,
            decided: false,
            exit: None,
            hashes: None,
            subtests: Vec::new(),
            entries: None,
        }
    }
}

/// Runs one ROM until its verdict or its frame limit.
///
/// An unsupported ROM is [`Verdict::Ignored`], with the error as the detail.
pub fn run(rom: &[u8], entry: &Entry, options: &Options) -> Outcome {
    let (mut judge, movie) = match build(entry).and_then(|judge| Ok((judge, entry.movie()?))) {
        Ok(both) => both,
        Err(problem) => return Outcome::without_run(entry, Verdict::Fail, problem),
    };
    let mut setup = options.machine.clone();
    setup.region = entry.force_region.or(setup.region);
    let cartridge = Cartridge::load_with(rom, options.database.as_ref());
    let whole =
        |cartridge: Cartridge| if options.strict { cartridge.check_whole().map(|()| cartridge) } else { Ok(cartridge) };
    let cartridge = match cartridge.and_then(whole) {
        Ok(cartridge) => cartridge,
        Err(error) => return Outcome::without_run(entry, Verdict::Ignored, error.to_string()),
    };
    let code = options.code.clone().unwrap_or_else(|| CodeStore::new(&cartridge));
    match Machine::with_code(&cartridge, &setup, &code) {
        Ok(machine) => play(machine, judge.as_mut(), &movie, entry, options),
        Err(error) => Outcome::without_run(entry, Verdict::Ignored, error.to_string()),
    }
}

/// A ROM that reports that it is running may take this many times its frames, which were measured in a run that may have
/// failed early.
const LATENESS: u64 = 4;

/// The frame loop: set the buttons, run a frame, call the judge.
fn play(mut machine: Machine, judge: &mut dyn Judge, movie: &Movie, entry: &Entry, options: &Options) -> Outcome {
    let own_limit = entry.frame_limit();
    let bound = options.frames.unwrap_or(u64::MAX);
    let limit = bound.min(own_limit);
    let late_limit = bound.min(own_limit.saturating_mul(LATENESS));
    let (mut pictures, mut sound) = (FrameDigest::default(), SampleDigest::default());
    let (mut player, mut held) = (Player::new(movie), Buttons::NONE);
    let mut frames = 0;
    let mut finding = None;
    while finding.is_none() && (frames < limit || (frames < late_limit && judge.is_running(&machine))) {
        for action in player.due(frames) {
            match action {
                // Those of pad 1 come with the judge's.
                Action::Hold(Pad::One, buttons) => held = buttons,
                Action::Hold(pad, buttons) => machine.set_buttons(pad, buttons),
                Action::Reset => machine.reset(),
                Action::Power => machine.power(),
            }
        }
        run_frame(&mut machine, held | judge.buttons(frames));
        frames += 1;
        pictures.update(machine.frame());
        sound.update(machine.samples());
        match judge.look(frames, &machine) {
            Step::Wait => {}
            Step::Reset => machine.reset(),
            Step::Done(found) => finding = Some(found),
        }
    }
    let decided = finding.is_some();
    let exit = machine.exit_code().filter(|_| decided && matches!(entry.judge, Kind::ExitPort | Kind::LlvmMos));
    let finding = finding.unwrap_or_else(|| {
        let given_up = judge.give_up(&machine);
        let stopped = frames == bound && (bound < own_limit || judge.is_running(&machine));
        if stopped && given_up.verdict == Verdict::Fail {
            Finding::new(Verdict::Ran, format!("stopped after {frames} frames, before a verdict"))
        } else {
            given_up
        }
    });
    let counts = machine.options().jit.count_entries;
    let entries = machine.recompiler().filter(|_| counts).map(|recompiler| recompiler.entry_profile());
    let hashes = Hashes { frames: pictures.value(), audio: sound.value(), state: machine.state_hash() };
    Outcome {
        path: entry.path.clone(),
        judge: entry.judge,
        verdict: finding.verdict,
        detail: match machine.jam() {
            // The reports of most judges do not say where.
            Some(jam) if finding.verdict != Verdict::Pass => format!("{}; {jam}", finding.detail),
            _ => finding.detail,
        },
        frames,
        decided,
        exit,
        hashes: Some(hashes),
        subtests: finding.subtests,
        entries,
    }
}

/// The maximum overrun of a frame by its last instruction, in cycles.
const SLACK: u64 = 10;

/// Runs a frame in which the buttons of pad 1 change just before line 0. ([`Machine::run_frame`] changes them at line 240;
/// the reference pictures were made like this.)
pub fn run_frame(machine: &mut Machine, buttons: Buttons) {
    let region = machine.region();
    let lines = u64::from(region.scanlines()) - HEIGHT as u64;
    let blank = lines * u64::from(Region::DOTS_PER_LINE) * region.ppu_divider() / region.cpu_divider();
    let change = machine.cycle() + blank - SLACK;
    machine.run_frame_with_pauses(|machine| {
        if machine.cycle() < change {
            return Some(change);
        }
        machine.set_buttons(Pad::One, buttons);
        None
    });
}

/// What a judge can read, without side effects.
trait Probe {
    /// A byte of the CPU's address space.
    fn peek(&self, addr: u16) -> u8;
    /// A byte of the PPU's address space.
    fn peek_ppu(&self, addr: u16) -> u8;
    /// The picture.
    fn frame(&self) -> &Frame;
    /// Whether the CPU has jammed.
    fn jammed(&self) -> bool;
    /// The first byte that was written to $4018.
    fn exit_code(&self) -> Option<u8>;
}

impl Probe for Machine {
    fn peek(&self, addr: u16) -> u8 {
        Self::peek(self, addr)
    }
    fn peek_ppu(&self, addr: u16) -> u8 {
        Self::peek_ppu(self, addr)
    }
    fn frame(&self) -> &Frame {
        self.frame()
    }
    fn jammed(&self) -> bool {
        self.jammed()
    }
    fn exit_code(&self) -> Option<u8> {
        self.exit_code()
    }
}

/// Knows where one kind of ROM shows its verdict.
trait Judge {
    /// The buttons of pad 1 from line 0 of frame number `frame` on; the first is 0.
    fn buttons(&mut self, _frame: u64) -> Buttons {
        Buttons::NONE
    }

    /// Inspects the machine after `frames` frames.
    fn look(&mut self, frames: u64, probe: &dyn Probe) -> Step;

    /// Whether the ROM reports that it is still running.
    fn is_running(&self, _probe: &dyn Probe) -> bool {
        false
    }

    /// The finding when the frame limit is reached.
    fn give_up(&self, probe: &dyn Probe) -> Finding;
}

/// The answer of a judge.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Run another frame.
    Wait,
    /// Press Reset, then run another frame.
    Reset,
    /// The verdict.
    Done(Finding),
}

/// A verdict with its explanation.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    verdict: Verdict,
    detail: String,
    subtests: Vec<Subtest>,
}

impl Finding {
    fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { verdict, detail: detail.into(), subtests: Vec::new() }
    }

    /// A pass or a failure.
    fn of(passed: bool, detail: impl Into<String>) -> Self {
        Self::new(if passed { Verdict::Pass } else { Verdict::Fail }, detail)
    }
}

/// Makes the judge of an entry. Fails with a message if a key of the entry is missing or invalid.
fn build(entry: &Entry) -> Result<Box<dyn Judge>, String> {
    Ok(match entry.judge {
        Kind::Blargg6000 => Box::new(blargg::Status6000::default()),
        Kind::BlarggF8 => Box::new(blargg::ResultF8::default()),
        Kind::BlarggCodeText => Box::new(blargg::CodeText::default()),
        Kind::Beeps => Box::new(blargg::Beeps::default()),
        Kind::Text => Box::new(screen::Text::new(entry)?),
        Kind::Tiles => Box::new(screen::Tiles::new(entry)?),
        Kind::Picture => Box::new(screen::Picture::new(entry)?),
        Kind::HolyMapperel => Box::new(screen::HolyMapperel::default()),
        Kind::AccuracyCoin => Box::new(accuracycoin::AllTests::new(&entry.subtests)),
        Kind::AccuracyCoinSingle => Box::new(accuracycoin::SingleTest::new(entry)?),
        Kind::Nestest => Box::new(nestest::Menu::default()),
        Kind::RamText => Box::new(homebrew::Homebrew { text: true, port: false }),
        Kind::ExitPort => Box::new(homebrew::Homebrew { text: false, port: true }),
        Kind::LlvmMos => Box::new(homebrew::Homebrew { text: true, port: true }),
        Kind::Auto => Box::new(blargg::Auto::default()),
        Kind::Audio | Kind::Visual | Kind::Interactive | Kind::Game => Box::new(smoke::Smoke::new(entry)?),
    })
}

/// Waits until a condition has held for a few frames, because ROMs take several frames to draw text.
#[derive(Default)]
struct Debounce {
    since: Option<u64>,
}

impl Debounce {
    /// Frames for which the condition must hold.
    const FRAMES: u64 = 6;

    /// Whether `condition` has held long enough without interruption, after `frames` frames.
    fn is_stable(&mut self, frames: u64, condition: bool) -> bool {
        self.since = condition.then(|| self.since.unwrap_or(frames));
        self.since.is_some_and(|since| frames - since >= Self::FRAMES)
    }
}

#[cfg(test)]
mod fake;

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &[u8] = include_bytes!("../../roms/demo.nes");

    fn text_entry(frames: u64) -> Entry {
        let mut entry = Entry::new("demo.nes", Kind::Text, frames);
        entry.pass_text = Some("never shown".to_owned());
        entry
    }

    #[test]
    fn a_run_ends_at_its_frame_limit_and_is_repeatable() {
        let entry = Entry::new("demo.nes", Kind::Game, 7);
        let outcome = run(DEMO, &entry, &Options::default());
        assert_eq!((outcome.verdict, outcome.frames), (Verdict::Ran, 7));
        assert_eq!(outcome, run(DEMO, &entry, &Options::default()));
        let longer = run(DEMO, &Entry::new("demo.nes", Kind::Game, 8), &Options::default());
        assert_ne!(outcome.hashes, longer.hashes);
    }

    #[test]
    fn no_verdict_is_a_failure_unless_the_caller_limited_the_run() {
        let bounded = |frames| Options { frames: Some(frames), ..Options::default() };
        assert_eq!(run(DEMO, &text_entry(5), &Options::default()).verdict, Verdict::Fail);
        assert_eq!(run(DEMO, &text_entry(5), &bounded(5)).verdict, Verdict::Fail);
        let stopped = run(DEMO, &text_entry(5), &bounded(4));
        assert_eq!((stopped.verdict, stopped.frames), (Verdict::Ran, 4));
    }

    #[test]
    fn a_bad_rom_is_ignored_with_its_error() {
        let outcome = run(b"no ROM", &text_entry(5), &Options::default());
        assert_eq!((outcome.verdict, outcome.hashes), (Verdict::Ignored, None));
        assert!(!outcome.detail.is_empty());
    }

    #[test]
    fn the_region_of_an_entry_overrides_the_options() {
        let ntsc = Options::default();
        let mut entry = Entry::new("demo.nes", Kind::Game, 3);
        let plain = run(DEMO, &entry, &ntsc);
        entry.force_region = Some(Region::Pal);
        let pal = run(DEMO, &entry, &ntsc);
        assert_ne!(plain.hashes.map(|hashes| hashes.state), pal.hashes.map(|hashes| hashes.state));
    }
}
