//! Random programs on both engines. `RICOJIT_FUZZ_SECONDS=3600` runs for an hour, from a new seed each time;
//! `RICOJIT_FUZZ_SEED` repeats one program.

use crate::compare::{ahead, run, with_threshold};
use crate::program::Program;
use crate::random::Random;
use libtest_mimic::{Failed, Trial};
use ricojit_recompiler::Mutant;
use std::env;
use std::time::{Duration, Instant, SystemTime};

/// Programs in a usual test run, and the trials they are divided into.
const PROGRAMS: u64 = 800;
const TRIALS: u64 = 8;
/// Machines for each program, with different values, disturbances and starts.
const MACHINES: u64 = 12;
const CYCLES: u64 = 1500;

/// Cycles of all runs, and those of them that were native.
#[derive(Default)]
struct Done {
    programs: u64,
    cycles: u64,
    native: u64,
}

pub(crate) fn trials() -> Vec<Trial> {
    let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("RICOJIT_FUZZ_SEED") {
        return vec![Trial::test(format!("random program {seed}"), move || batch(seed, Some(1), None))];
    }
    if let Some(seconds) = number("RICOJIT_FUZZ_SECONDS") {
        let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
        let end = Instant::now() + Duration::from_secs(seconds);
        let run = move |i: u64| move || batch((since + i) << 32, None, Some(end));
        return (0..2).map(|i| Trial::test(format!("random programs for {seconds} s, {i}"), run(i))).collect();
    }
    let each = PROGRAMS / TRIALS;
    let trial =
        |i: u64| Trial::test(format!("random programs from {}", i * each), move || batch(i * each, Some(each), None));
    let broken = |mutant| Trial::test(format!("random programs find the mutant {mutant:?}"), move || find(mutant));
    (0..TRIALS).map(trial).chain(Mutant::ALL.into_iter().map(broken)).collect()
}

/// A recompiler with a mistake in it must fail.
fn find(mutant: Mutant) -> Result<(), Failed> {
    let found = (0..PROGRAMS).find_map(|seed| Some((seed, one(seed, Some(mutant), &mut Done::default()).err()?)));
    let Some((seed, what)) = found else { return Err("no program fails".into()) };
    println!("{mutant:?} was found by program {seed}: {}", what.lines().next().unwrap_or_default());
    Ok(())
}

fn batch(first: u64, count: Option<u64>, end: Option<Instant>) -> Result<(), Failed> {
    let mut done = Done::default();
    let mut seed = first;
    while count.is_none_or(|count| seed < first + count) && end.is_none_or(|end| Instant::now() < end) {
        one(seed, None, &mut done).map_err(|what| format!("RICOJIT_FUZZ_SEED={seed}: {what}"))?;
        seed += 1;
    }
    println!("{} programs from {first}: {} cycles, {} native", done.programs, done.cycles, done.native);
    if count != Some(1) && done.native * 100 < done.cycles * 30 {
        return Err(format!("only {} of {} cycles were native", done.native, done.cycles).into());
    }
    Ok(())
}

fn one(seed: u64, mutant: Option<Mutant>, done: &mut Done) -> Result<(), String> {
    let program = Program::random(seed);
    let jit = match seed % 4 {
        // Entries in the middle of regions: at some instructions, or at all.
        2 if mutant.is_none() => {
            let (mut random, all) = (Random::new(seed), seed % 8 == 2);
            let entered = program.starts.iter().copied().filter(|_| all || random.below(4) == 0);
            ahead(&program.rom, program.unit, &program.machine(seed << 8).1, entered)
        }
        // Interpreted first.
        3 => with_threshold(&program.rom, program.unit, 4),
        _ => with_threshold(&program.rom, program.unit, 0),
    };
    if let Some(mutant) = mutant {
        jit.break_on_purpose(mutant);
    }
    for number in 0..MACHINES {
        let start = program.machine(seed << 8 | number);
        let mut random = Random::new(seed ^ number << 48);
        let longest = random.pick(&[20, 120, 700]);
        let ends = std::iter::successors(Some(0), move |end| Some(end + 1 + random.below(longest)));
        done.cycles += run(&jit, &start, ends.take_while(|&end| end < CYCLES))
            .map_err(|what| format!("machine {number}: {what}\n{}", program.listing()))?;
    }
    done.programs += 1;
    done.native += jit.statistics().native_cycles;
    Ok(())
}
