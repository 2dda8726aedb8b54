//! Every engine gives the same results: small programs and those of `roms/`, on the interpreter and on the recompiler in all
//! its configurations.

use crate::programs::Program;
use crate::traces::{Moment, ROMS, assert_same, machine, press, trace};
use ricojit::Machine;
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::testing::{DeadlineMode, TestSwitches};

/// Everything is compiled; idle loops are not skipped, so that their cycles count as native.
pub(crate) fn eager() -> Options {
    let jit = JitOptions::new().threshold(Some(0)).sync(true);
    Options::new().engine(Engine::Jit).jit(jit).idle_skip(Some(false))
}

/// The configurations that must give the results of `Options::default()`, by name.
fn ways() -> [(&'static str, Options); 8] {
    let eager = eager();
    // In the background, so that code appears at any time.
    let warm = eager.clone().jit(JitOptions::new().threshold(Some(5)));
    let deadline = |deadline| eager.clone().testing(TestSwitches::new().deadline(deadline));
    [
        ("interpreter, deadline now", Options::new().testing(TestSwitches::new().deadline(DeadlineMode::Now))),
        ("interpreter, idle loops skipped", Options::new().idle_skip(Some(true))),
        ("jit", eager.clone()),
        ("jit, idle loops skipped", eager.clone().idle_skip(None)),
        ("jit, random deadlines", deadline(DeadlineMode::Random(1))),
        ("jit, other random deadlines", deadline(DeadlineMode::Random(2))),
        ("jit, threshold 5", warm.clone()),
        ("jit, threshold 5, idle loops skipped", warm.idle_skip(None)),
    ]
}

/// A machine on the recompiler after its run, which equalled all others.
pub(crate) struct Ran {
    pub(crate) machine: Machine,
    pub(crate) regions: u64,
    /// The share of native cycles in percent.
    pub(crate) native: u64,
    /// Exits because an access changed something.
    pub(crate) changed: u64,
    /// The same, and exits because an access was not to plain memory.
    pub(crate) left: u64,
}

/// Runs the program in every configuration.
pub(crate) fn run(name: &str, program: &Program, frames: u64) -> Ran {
    run_with(name, program, frames, |_, _| ())
}

/// The same, calling `act` before each frame.
pub(crate) fn run_with(name: &str, program: &Program, frames: u64, switches: fn(&mut Machine, u64)) -> Ran {
    let moments = |machine: &mut Machine| -> Vec<Moment> {
        let next = |frame| {
            press(machine, frame);
            switches(machine, frame);
            machine.run_frame();
            Moment::of(machine)
        };
        (0..frames).map(next).collect()
    };
    let expected = moments(&mut program.machine(&Options::default()));
    let mut ran = None;
    for (way, options) in ways() {
        let mut machine = program.machine(&options);
        assert_same(&format!("{name}, {way}"), &expected, &moments(&mut machine));
        if options == eager() {
            ran = Some(of(machine));
        }
    }
    ran.expect("it is one of the ways")
}

fn of(machine: Machine) -> Ran {
    let done =
        machine.recompiler().map(|recompiler| recompiler.statistics()).expect("this host can run generated code");
    assert_eq!(done.failed, 0, "regions that could not be compiled");
    let native = done.native_cycles * 100 / (done.native_cycles + done.interpreted_cycles()).max(1);
    Ran { machine, regions: done.regions, native, changed: done.exits[3], left: done.exits[2] + done.exits[3] }
}

#[test]
fn own_programs_are_the_same_on_every_engine() {
    for (name, image) in ROMS {
        let expected = trace(&mut machine(image, &Options::default()), 120);
        for (way, options) in ways() {
            if options.switches().deadline == DeadlineMode::Now {
                continue; // determinism.rs does that
            }
            let mut machine = machine(image, &options);
            assert_same(&format!("{name}, {way}"), &expected, &trace(&mut machine, 120));
            if options == eager() {
                let native = of(machine).native;
                assert!(native >= 90, "{name}: {native}% of the cycles are native");
            }
        }
    }
}

/// Two machines share compiled code, and compile for each other.
#[test]
fn clones_continue_on_two_threads() {
    for (name, image) in ROMS {
        let expected = trace(&mut machine(image, &Options::default()), 90);
        for threshold in [0, 5] {
            let options = eager();
            let jit = options.jit.threshold(Some(threshold)).sync(threshold == 0);
            let mut original = machine(image, &options.clone().jit(jit));
            let begin = trace(&mut original, 7);
            let machines = [original.clone(), original.clone(), original];
            let ends = std::thread::scope(|scope| {
                let threads = machines.map(|mut machine| scope.spawn(move || trace(&mut machine, 83)));
                threads.map(|thread| thread.join().expect("the run does not panic"))
            });
            for end in ends {
                let found = [begin.clone(), end].concat();
                assert_same(&format!("{name}, a clone, threshold {threshold}"), &expected, &found);
            }
        }
    }
}
