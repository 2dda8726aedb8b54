//! Verdicts, pictures, samples and states of every ROM are the same on every engine. Used by `roms` and `tetanes`.
//!
//! ```text
//! judged      the whole run on the interpreter, then on the JIT with threshold 0 and with the default threshold, and ahead of
//!             time
//! lockstep    the state after every frame: the interpreter and each of WAYS, without pictures, on a console of any region
//!             and alignment; for some ROMs, the PPU dot by dot too
//! native      warm games and busy programs run mostly as native code
//! ```

use crate::trials;
use libtest_mimic::{Failed, Trial};
use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Region;
use ricojit::options::{self, Alignment, Engine, JitOptions};
use ricojit::recompiler::Statistics;
use ricojit::testing::{DeadlineMode, TestSwitches, verify};
use ricojit::{Buttons, Pad};
use ricojit_judge::batch::{Job, run_job};
use ricojit_judge::{Kind, Options, Outcome, Verdict};

/// Compile everything, and only hot code.
const THRESHOLDS: [Option<u32>; 2] = [Some(0), None];
/// Tests in AccuracyCoin, all of which must pass.
const ACCURACY_COIN_TESTS: usize = 141;

/// Frames in lockstep, in `make test` and `make test-all`.
const LOCKSTEP_FRAMES: u64 = 100;
const ALL_LOCKSTEP_FRAMES: u64 = 3000;
/// The share of ROMs that `make test` also runs with the PPU dot by dot.
const EXACT_SAMPLED: u64 = 8;

/// The minimum share of native cycles at threshold 0, in percent. Measured: most ROMs have 97 or more, the lowest 88.
const LEAST_NATIVE: u64 = 85;
/// The minimum share for ROMs that run code outside of PRG ROM, jam, or are interrupted all the time.
const LESS_NATIVE: [(&str, u64); 11] = [
    ("nes-audio-tests/", 1),
    ("StarsSE.nes", 3),
    ("nrom368/test1.nes", 0),
    ("flowing_palette.nes", 30),
    ("cpu_timing_test6/", 60),
    ("cpu/timing_test.nes", 60),
    ("demos/snow.nes", 70),
    ("hdb001/M28_P512K.nes", 70),
    ("SimpleParallaxDemo.nes", 3),
    ("new-game.nes", 3),
    ("rastesam4.nes", 25),
];

/// Frames of the warm-up and measured frames; and a threshold with which ten seconds of warm-up are enough.
const WARM_UP: u64 = 1800;
const MEASURED: u64 = 600;
const WARM_THRESHOLD: u32 = 200;
/// The minimum share of native cycles when warm, in percent: of games, and of programs with many DMAs (DROPOFF7 plays DMC
/// samples nearly all the time) or interrupts (13, 78 and 9 per frame), each of which ends native code early.
const WARM_GAMES: (u64, [&str; 6]) =
    (90, ["owlia", "blade_buster", "alter_ego", "super_painter", "mad_wizard", "assimilate"]);
const WARM_BUSY: (u64, [&str; 4]) = (80, ["DROPOFF7", "cybercoaster", "nesertbus", "apocalypse"]);
/// The same for games with idle skipping, of the cycles that are not skipped.
const WARM_SKIPPING: u64 = 90;

/// A configuration that must give the states of the interpreter.
struct Way {
    name: &'static str,
    engine: Engine,
    threshold: Option<u32>,
    sync: bool,
    deadline: DeadlineMode,
    idle_skip: Option<bool>,
}

/// Everything compiled; idle loops are not skipped, so that their cycles count as native.
const EAGER: Way = Way {
    name: "jit, threshold 0, nothing skipped",
    engine: Engine::Jit,
    threshold: Some(0),
    sync: true,
    deadline: DeadlineMode::Real,
    idle_skip: Some(false),
};

const WAYS: [Way; 7] = [
    EAGER,
    Way { name: "jit, threshold 0", idle_skip: None, ..EAGER },
    Way { name: "jit, threshold 0, random deadlines", idle_skip: None, deadline: DeadlineMode::Random(1), ..EAGER },
    Way { name: "jit", idle_skip: None, threshold: None, sync: false, ..EAGER },
    Way { name: "jit, random deadlines", idle_skip: None, threshold: None, deadline: DeadlineMode::Random(2), ..EAGER },
    Way { name: "aot", idle_skip: None, ..AOT },
    Way { name: "aot, random deadlines, nothing skipped", deadline: DeadlineMode::Random(3), ..AOT },
];

/// Compiled before it runs.
const AOT: Way = Way { name: "aot, nothing skipped", engine: Engine::Aot, threshold: None, sync: false, ..EAGER };

impl Way {
    /// The options. Other tests compare pictures and sound.
    fn options(&self, job: &Job) -> options::Options {
        let &Self { engine, threshold, sync, deadline, idle_skip, .. } = self;
        let jit = JitOptions::new().threshold(threshold).sync(sync);
        some_console(job).engine(engine).jit(jit).idle_skip(idle_skip).testing(TestSwitches::new().deadline(deadline))
    }
}

/// The interpreter without pictures and sound.
fn plain(job: &Job) -> options::Options {
    options::Options::new().region(job.entry.force_region).render(false).without_sound()
}

/// A number below `choices` that depends on the ROM's path alone.
fn choice(job: &Job, choices: u64) -> u64 {
    let path = job.entry.path.bytes();
    path.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)) % choices
}

/// The interpreter on some console: one of five is a PAL one, one a Dendy, and each starts with another alignment.
fn some_console(job: &Job) -> options::Options {
    let region = match choice(job, 5) {
        0 => Some(Region::Pal),
        1 => Some(Region::Dendy),
        _ => job.entry.force_region,
    };
    // All regions have those of NTSC.
    let alignment = Alignment::all(Region::Ntsc).nth(choice(job, 8) as usize).unwrap_or_default();
    plain(job).region(region).alignment(alignment)
}

/// Checks that the recompiler gives the outcome of the interpreter.
pub(crate) fn compare(job: &Job, interpreted: &Outcome) -> Result<(), Failed> {
    if job.entry.judge == Kind::AccuracyCoin && !job.entry.subtests.is_empty() {
        let passed = interpreted.subtests.iter().filter(|test| test.verdict == Verdict::Pass).count();
        if (passed, interpreted.subtests.len()) != (ACCURACY_COIN_TESTS, ACCURACY_COIN_TESTS) {
            return Err(format!("{passed} of {} tests, not {ACCURACY_COIN_TESTS}", interpreted.subtests.len()).into());
        }
    }
    for threshold in THRESHOLDS {
        let Options { machine, frames, .. } = trials::options(job);
        let jit = machine.jit.threshold(threshold).sync(threshold == Some(0));
        let machine = machine.engine(Engine::Jit).jit(jit);
        let compiled = run_job(job, &Options { machine, frames, ..Options::default() });
        trials::same(interpreted, &compiled)
            .map_err(|difference| format!("jit, threshold {threshold:?}: {difference}"))?;
    }
    let plain = trials::options(job);
    let compiled = run_job(job, &Options { machine: plain.machine.engine(Engine::Aot), ..plain });
    trials::same(interpreted, &compiled).map_err(|difference| format!("aot: {difference}").into())
}

/// Checks that all engines have equal states after each frame, and that native code did the work.
pub(crate) fn lockstep_trial(job: Job) -> Trial {
    Trial::test(format!("lockstep: {}", job.entry.path), move || lockstep(&job))
}

fn lockstep(job: &Job) -> Result<(), Failed> {
    let frames = if crate::environment::run_everything() { ALL_LOCKSTEP_FRAMES } else { LOCKSTEP_FRAMES };
    let rom = std::fs::read(&job.file)?;
    // `check` looks at the machine after the frames of `make test`: what a ROM does later, it may do in RAM.
    let states = |options: &options::Options, check: &dyn Fn(&Machine) -> Result<(), Failed>| {
        let mut machine = Machine::new(&Cartridge::load(&rom)?, options)?;
        let first: Vec<u128> = (0..LOCKSTEP_FRAMES).map(|_| run_frame(&mut machine)).collect();
        check(&machine)?;
        let rest = (LOCKSTEP_FRAMES..frames).map(|_| run_frame(&mut machine));
        Ok::<_, Failed>(first.into_iter().chain(rest).collect::<Vec<u128>>())
    };
    let wanted = states(&some_console(job), &|_| Ok(()))?;
    if crate::environment::run_everything() || choice(job, EXACT_SAMPLED) == 0 {
        let exact = some_console(job).testing(TestSwitches::new().exact_ppu(true));
        let found = states(&exact, &|_| Ok(()))?;
        if let Some(frame) = wanted.iter().zip(&found).position(|(a, b)| a != b) {
            return Err(format!("the PPU dot by dot: the states differ after frame {frame}").into());
        }
    }
    for way in &WAYS {
        let check = |machine: &Machine| {
            if way.name != EAGER.name {
                return Ok(());
            }
            let least = LESS_NATIVE.iter().find(|(part, _)| job.entry.path.contains(part));
            is_native(machine, &Statistics::default(), least.map_or(LEAST_NATIVE, |(_, least)| *least))
        };
        let found = states(&way.options(job), &check)?;
        if let Some(frame) = wanted.iter().zip(&found).position(|(a, b)| a != b) {
            return Err(format!("{}: {}", way.name, difference(job, &rom, way, frame)?).into());
        }
    }
    Ok(())
}

/// Runs the next frame with input; returns the hash of its state.
fn run_frame(machine: &mut Machine) -> u128 {
    press(machine);
    machine.run_frame();
    machine.state_hash()
}

fn press(machine: &mut Machine) {
    let frame = machine.frames();
    // Start for the title screen, later pseudo-random buttons for five frames each.
    let buttons = match frame {
        0..60 => Buttons::NONE,
        60..66 => Buttons::START,
        _ => Buttons(((frame / 5).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8),
    };
    machine.set_buttons(Pad::One, buttons);
}

/// Finds the first difference by running both again.
fn difference(job: &Job, rom: &[u8], way: &Way, frame: usize) -> Result<String, Failed> {
    let cartridge = Cartridge::load(rom)?;
    let mut interp = Machine::new(&cartridge, &some_console(job))?;
    let mut other = Machine::new(&cartridge, &way.options(job))?;
    for _ in 0..=frame {
        press(&mut interp);
        press(&mut other);
        if let Err(difference) = verify::run_frame(&mut interp, &mut other) {
            return Ok(difference.to_string());
        }
    }
    Ok(format!("the states differ after frame {frame}, but not when both run again"))
}

/// Trials of the games and busy programs, if the corpus has them.
pub(crate) fn warm_trials(jobs: &[Job]) -> Vec<Trial> {
    let find = |name: &str| jobs.iter().find(|job| job.entry.path.ends_with(&format!("/{name}.nes"))).cloned();
    if find(WARM_GAMES.1[0]).is_none() {
        return Vec::new();
    }
    let trial = |(what, idle_skip, least, name): (&str, bool, u64, &str)| {
        let job = find(name);
        let run = move || warm(job.as_ref().ok_or("it is not in the corpus")?, idle_skip, least);
        Trial::test(format!("native when warm{what}: {name}"), run)
    };
    let games = WARM_GAMES.1.map(|name| ("", false, WARM_GAMES.0, name));
    let busy = WARM_BUSY.1.map(|name| ("", false, WARM_BUSY.0, name));
    let skipping = WARM_GAMES.1.map(|name| (" and idle loops are skipped", true, WARM_SKIPPING, name));
    games.into_iter().chain(busy).chain(skipping).map(trial).collect()
}

/// Compiles synchronously, so that the same code is native in every run.
fn warm(job: &Job, idle_skip: bool, least: u64) -> Result<(), Failed> {
    let jit = JitOptions::new().threshold(Some(WARM_THRESHOLD)).sync(true);
    let options = plain(job).engine(Engine::Jit).jit(jit).idle_skip(Some(idle_skip));
    let mut machine = Machine::new(&Cartridge::load(&std::fs::read(&job.file)?)?, &options)?;
    let mut run = |frames| {
        for _ in 0..frames {
            press(&mut machine);
            machine.run_frame();
        }
        machine.recompiler().map(|recompiler| recompiler.statistics()).unwrap_or_default()
    };
    let before = run(WARM_UP);
    run(MEASURED);
    is_native(&machine, &before, least)
}

/// Checks the share of native cycles: a comparison of the interpreter with itself proves nothing.
fn is_native(machine: &Machine, before: &Statistics, least: u64) -> Result<(), Failed> {
    let done = machine
        .recompiler()
        .map(|recompiler| recompiler.statistics())
        .ok_or("this host cannot run generated code")?
        .since(before);
    let all = done.native_cycles + done.interpreted_cycles();
    let share = done.native_cycles * 100 / all.max(1);
    let reasons = Statistics::REASONS.iter().zip(done.interpreted);
    let parts: Vec<String> =
        reasons.map(|(reason, cycles)| format!("{reason} {}%", cycles * 100 / all.max(1))).collect();
    let parts = parts.join(", ");
    println!("{share}% of {all} cycles are native; interpreted: {parts}");
    if share < least {
        return Err(format!("{share}% of {all} cycles are native, less than {least}%; interpreted: {parts}").into());
    }
    if done.failed > 0 { Err(format!("{} regions could not be compiled", done.failed).into()) } else { Ok(()) }
}
