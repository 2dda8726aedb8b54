//! `--instances`: many machines with one ROM, on a few threads.
//!
//! ```text
//! queue of machines ──► thread: takes the first, runs a slice of its frames ──► back of the queue, until it is done
//! ```
//!
//! The machines have clones of one cartridge, so they share its ROM, its compiled code and one compiler thread. What a
//! machine does depends only on its own input, so its digests equal those of a separate run, whichever thread ran which
//! slice.

mod report;

use super::digest::Digest;
use super::progress::Progress;
use super::states::Loaded;
use super::{Args, Screen, Span, act, has_recompiler, options, palette};
use crate::cli::engine;
use crate::cli::rom::Rom;
use crate::cli::warm::Warm;
use crate::error::Error;
use crate::names::Running;
use cpu_time::{ProcessTime, ThreadTime};
use report::Report;
pub(super) use report::several;
use ricojit::Machine;
use ricojit::Palette;
use ricojit::input::movie::{Movie, Player};
use ricojit::recompiler::Statistics;
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// Frames that a thread runs a machine for before it takes the next one: enough to make the cache misses of a switch
/// cheap, few enough to keep all threads busy until the end. (Measured with 8 and 32 machines on two threads: 1 costs a
/// third more CPU time than 60, and above 240 nothing is gained.)
const SLICE: u64 = 120;

/// Runs `count` machines.
pub(super) fn run(args: &Args, rom: &Rom, movies: &[Movie], count: u16, warm: Option<Warm>) -> Result<ExitCode, Error> {
    if args.running() == Running::Verify {
        return Err(Error::Usage("--engine verify runs one machine: leave out --instances".to_owned()));
    }
    let threads = args.threads.map_or_else(cpus, usize::from).min(count.into());
    let palette = palette(args)?;
    let none = Movie::default();
    let movie = |index: u16| movies.get(usize::from(index)).or(movies.first()).unwrap_or(&none);
    let loaded = Loaded::read(args)?;
    let mut instances: Vec<Instance<'_>> =
        (0..count).map(|index| Instance::new(args, rom, movie(index), loaded.as_ref())).collect::<Result<_, _>>()?;
    let mut profiling = args.profile.open(has_recompiler(args))?;
    let warned = instances.first().is_some_and(|instance| engine::warn(&instance.machine));

    let mut progress = Progress::new(instances.iter().map(|instance| instance.span.length()).sum());
    run_all(args, &palette, threads, &mut progress, &mut instances, |instance| instance.span.warm)?;
    let before = statistics(&instances).unwrap_or_default();
    let time = run_all(args, &palette, threads, &mut progress, &mut instances, |instance| instance.span.last)?;
    progress.clear();
    if let Some(Instance { machine, .. }) = instances.first() {
        if !warned {
            engine::warn(machine);
        }
        profiling.add_machine(machine);
    }
    profiling.write()?;
    let jit = statistics(&instances).map(|all| all.since(&before));
    // It shares what was compiled.
    let machine = instances.first().map(|instance| instance.machine.clone());
    Report::new(args, rom, &time, jit.as_ref(), instances).print(args.json)?;
    if let (Some(warm), Some(machine)) = (warm, machine) {
        warm.finish(&machine);
    }
    Ok(ExitCode::SUCCESS)
}

fn cpus() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The statistics of the recompiler, which all machines share.
fn statistics(instances: &[Instance<'_>]) -> Option<Statistics> {
    Some(instances.first()?.machine.recompiler()?.statistics())
}

/// A machine with its input and digests. Aligned, so that no two threads write to one cache line.
#[repr(align(128))]
struct Instance<'a> {
    machine: Machine,
    player: Player<'a>,
    digest: Digest,
    /// The last frame that was run.
    done: u64,
    span: Span,
}

impl<'a> Instance<'a> {
    fn new(args: &Args, rom: &Rom, movie: &'a Movie, loaded: Option<&Loaded>) -> Result<Self, Error> {
        let mut machine = rom.machine(&options(args, movie))?;
        loaded.map_or(Ok(()), |state| state.into(&mut machine))?;
        let span = Span::new(args, movie, &machine)?;
        let mut player = Player::new(movie);
        player.seek(span.start).for_each(|action| act(&mut machine, action));
        let digest = Digest::new(!args.no_video, !args.no_audio);
        Ok(Self { machine, player, digest, done: span.start, span })
    }

    fn run(&mut self, args: &Args, screen: &mut Screen, until: u64, digesting: &mut Digesting) {
        while self.done < until {
            self.player.due(self.done).for_each(|action| act(&mut self.machine, action));
            self.done += 1;
            let due = !args.no_video && self.done.is_multiple_of(args.render_every);
            self.machine.set_render(due);
            self.machine.run_frame();
            if due {
                screen.deliver(&self.machine);
            }
            if self.done > self.span.warm {
                digesting.time(|| self.digest.take(&self.machine, due));
            }
        }
    }
}

/// The time of a run, without that of the digests.
struct Time {
    /// Threads that were started.
    threads: usize,
    /// Wall time of the slowest thread.
    wall: Duration,
    /// CPU time of all threads, compiling included.
    cpu: Duration,
}

/// The time of the digests.
#[derive(Default)]
struct Digesting {
    wall: Duration,
    cpu: Duration,
}

impl Digesting {
    fn time(&mut self, digest: impl FnOnce()) {
        let (wall, cpu) = (Instant::now(), ThreadTime::now());
        digest();
        self.cpu += cpu.elapsed();
        self.wall += wall.elapsed();
    }
}

/// Runs each machine up to the frame that `until` gives for it.
fn run_all(
    args: &Args,
    palette: &Palette,
    threads: usize,
    progress: &mut Progress,
    instances: &mut [Instance<'_>],
    until: impl Fn(&Instance<'_>) -> u64 + Sync,
) -> Result<Time, Error> {
    let queue = Mutex::new(instances.iter_mut().filter(|instance| instance.done < until(instance)).collect());
    let (queue, until) = (&queue, &until);
    let (start, cpu) = (Instant::now(), ProcessTime::now());
    let (sender, receiver) = channel();
    let spent: Vec<(Duration, Digesting)> = thread::scope(|scope| {
        let worker = |sender: Sender<u64>| {
            Builder::new().spawn_scoped(scope, move || {
                let digesting = work(args, palette, queue, until, &sender);
                (start.elapsed(), digesting)
            })
        };
        // One thread is enough if the system does not start more.
        let first =
            worker(sender.clone()).map_err(|problem| Error::Work(format!("cannot start a thread: {problem}")))?;
        let others = (1..threads).map_while(|_| worker(sender.clone()).ok());
        let workers: Vec<_> = std::iter::once(first).chain(others).collect();
        drop(sender);
        receiver.into_iter().for_each(|frames| progress.advance(frames));
        let join = |worker: ScopedJoinHandle<'_, _>| worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok(workers.into_iter().map(join).collect())
    })?;
    let digesting: Duration = spent.iter().map(|(_, digesting)| digesting.cpu).sum();
    let wall = spent.iter().map(|(wall, digesting)| wall.saturating_sub(digesting.wall)).max();
    let cpu = cpu.elapsed().saturating_sub(digesting);
    Ok(Time { threads: spent.len(), wall: wall.unwrap_or_default(), cpu })
}

/// Machines that wait for a thread.
type Queue<'q, 'a> = Mutex<VecDeque<&'q mut Instance<'a>>>;

/// Runs machines until the queue is empty: then other threads are running the rest.
fn work<'q, 'a>(
    args: &Args,
    palette: &Palette,
    queue: &Queue<'q, 'a>,
    until: impl Fn(&Instance<'a>) -> u64,
    done: &Sender<u64>,
) -> Digesting {
    let lock =
        || -> MutexGuard<'_, VecDeque<&'q mut Instance<'a>>> { queue.lock().unwrap_or_else(PoisonError::into_inner) };
    // One for all machines of this thread, so that it stays in the cache.
    let mut screen = Screen::new(args.pixels, palette);
    let mut digesting = Digesting::default();
    loop {
        let Some(instance) = lock().pop_front() else { return digesting };
        let (before, until) = (instance.done, until(instance));
        instance.run(args, &mut screen, until.min(before + SLICE), &mut digesting);
        // The receiver only draws a progress bar.
        let _ = done.send(instance.done - before);
        if instance.done < until {
            lock().push_back(instance);
        }
    }
}
