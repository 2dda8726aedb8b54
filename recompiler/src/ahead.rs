//! Ahead of time: the code of a whole ROM before it runs.
//!
//! ```text
//! discovery ──► code ──► plan ──► regions ──► compiler, on all cores ──► artifacts ──► Image
//!     ▲                   closed under exits          in the plan's order
//!     └ profile, code/data log
//! ```
//!
//! What comes out depends on ROM, unit, banking, options, target and what is given as executed. It does not depend on
//! the number of threads, on time, or on the machine: images for a target are made for its baseline, not for this host.

mod banking;
mod discovery;
mod plan;
mod source;

use crate::artifact::Artifact;
use crate::compiler::Compiler;
use crate::image::Image;
use crate::key::Key;
use crate::listing::Listing;
use crate::options::Options;
use crate::rom::Rom;
use crate::sync::lock;
use crate::target::Target;
pub use banking::Banking;
use discovery::Discovery;
use plan::{Plan, Planned};
pub use source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Most bytes of code in an image, for a byte of ROM and in all. Compiling takes about a microsecond for four bytes.
const MAX_BYTES_PER_BYTE: usize = 48;
const MAX_BYTES: usize = 6 << 20;

/// Most bytes of code for an instruction, in the mean of a region. That of games has 40 to 100; a region with
/// more is data, or is not worth its time.
const MAX_BYTES_PER_INSTRUCTION: usize = 300;

/// Most instructions that are planned: more have no room in the image.
const MAX_INSTRUCTIONS: usize = 120_000;

/// What is compiled ahead of time, and how.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    /// Addresses that control was transferred to, in any order.
    pub entered: Vec<Key>,
    /// Bytes of ROM that were executed, each with the CPU address that it had, in any order; the first of each stretch is
    /// enough.
    pub executed: Vec<(u16, u32)>,
    /// What the code is for.
    pub target: Target,
    /// Threads that compile; all cores if there is no number.
    pub threads: Option<NonZero<usize>>,
}

/// What was found and compiled.
#[derive(Clone, Debug)]
pub struct Report {
    /// Every instruction that was found, with its source.
    pub code: BTreeMap<Key, Source>,
    /// The offsets in PRG ROM of bytes that code reads: tables of addresses, and what is loaded by address.
    pub data: BTreeSet<u32>,
    /// The regions, those that are left to the interpreter included, the surest first.
    pub regions: Vec<ReportedRegion>,
}

/// A region of a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedRegion {
    /// Its first entry.
    pub key: Key,
    /// The CPU addresses of its further entries.
    pub entries: Vec<u16>,
    /// How its first entry was found.
    pub source: Source,
    /// Guest instructions.
    pub instructions: usize,
    /// Their CPU addresses: the first and one past the last of each stretch.
    pub ranges: Vec<(u16, u16)>,
    /// Bytes of native code, or why there are none.
    pub compiled: Result<usize, Omitted>,
}

/// Why a region is left to the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Omitted {
    /// Its code would be too large for so few instructions.
    Large,
    /// There is too much code before it.
    Budget,
    /// The compiler failed.
    Failed,
}

impl Omitted {
    /// One word, for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Budget => "budget",
            Self::Failed => "failed",
        }
    }
}

/// Compiles PRG ROM `rom` on a board that maps at least `unit` bytes at a time (a power of two from 4 KiB to 32).
/// `None` if the target is not part of this build.
///
/// Calls `progress` after each region, from any thread, with the number of those that are compiled and of all.
pub fn compile_ahead(
    rom: Arc<[u8]>,
    unit: usize,
    banking: &Banking,
    options: Options,
    ahead: &Ahead,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Option<(Image, Report)> {
    let rom = Rom::new(rom, unit);
    let (discovery, planned) = plan(&rom, banking, options, ahead);
    let budget = MAX_BYTES.min(MAX_BYTES_PER_BYTE * rom.bytes().len());
    let compiled = compile(&planned, options, ahead, budget, progress)?;
    let mut report = Report { code: discovery.code, data: discovery.data, regions: Vec::with_capacity(planned.len()) };
    let mut artifacts = Vec::new();
    for (planned, compiled) in planned.into_iter().zip(compiled) {
        let Planned { key, source, region } = planned;
        report.regions.push(ReportedRegion {
            key,
            instructions: region.len(),
            ranges: region.ranges(),
            entries: region.further_entries,
            source,
            compiled: compiled.as_ref().map(|artifact| artifact.bytes.len()).map_err(|why| *why),
        });
        artifacts.extend(compiled);
    }
    Some((Image::new(rom, options, ahead.target, artifacts), report))
}

/// Calls `list` with each region that [`compile_ahead`] would compile, in the order of their keys, its source and what it
/// becomes. `None` if the target is not part of this build.
pub fn list_ahead(
    rom: Arc<[u8]>,
    unit: usize,
    banking: &Banking,
    options: Options,
    ahead: &Ahead,
    list: &mut dyn FnMut(ReportedRegion, Listing),
) -> Option<()> {
    let (_, report) = compile_ahead(Arc::clone(&rom), unit, banking, options, ahead, &|_, _| {})?;
    let rom = Rom::new(rom, unit);
    let mut compiler = Compiler::new(options, ahead.target)?;
    let mut regions: Vec<_> = plan(&rom, banking, options, ahead).1.into_iter().zip(report.regions).collect();
    regions.sort_by_key(|(planned, _)| planned.key);
    for (planned, reported) in regions {
        if reported.compiled.is_ok() {
            list(reported, compiler.listing(&planned.region));
        }
    }
    Some(())
}

/// What code there is, and the regions for it.
fn plan<'a>(rom: &'a Rom, banking: &'a Banking, options: Options, ahead: &Ahead) -> (Discovery<'a>, Vec<Planned>) {
    let mut discovery = Discovery::new(rom, banking, options);
    discovery.follow_vectors();
    discovery.follow_entered(&ahead.entered);
    discovery.follow_executed(&ahead.executed);
    discovery.guess();
    let planned = Plan::new(rom, options, &discovery, MAX_INSTRUCTIONS).regions;
    (discovery, planned)
}

/// What became of the regions so far.
struct Progress {
    /// In the order of the regions; `None`: not compiled yet.
    compiled: Vec<Option<Result<Artifact, Omitted>>>,
    /// So many of the first are compiled, and have so many bytes.
    finished: usize,
    bytes: usize,
}

impl Progress {
    fn finish(&mut self, index: usize, result: Result<Artifact, Omitted>) {
        self.compiled[index] = Some(result);
        while let Some(Some(result)) = self.compiled.get(self.finished) {
            self.bytes += result.as_ref().map_or(0, |artifact| artifact.bytes.len());
            self.finished += 1;
        }
    }
}

/// Compiles regions on several threads. Those that come after `budget` bytes of code are left out, whichever threads were
/// faster.
fn compile(
    regions: &[Planned],
    options: Options,
    ahead: &Ahead,
    budget: usize,
    done: &(dyn Fn(usize, usize) + Sync),
) -> Option<Vec<Result<Artifact, Omitted>>> {
    let threads = ahead.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let progress = Mutex::new(Progress { compiled: vec![None; regions.len()], finished: 0, bytes: 0 });
    let work = || {
        let mut compiler = Compiler::new(options, ahead.target)?;
        while lock(&progress).bytes < budget
            && let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(planned) = regions.get(index)
        {
            let result = compiler.compile(planned.key, &planned.region).ok_or(Omitted::Failed);
            let result = result.and_then(|artifact| {
                let is_large = artifact.bytes.len() > MAX_BYTES_PER_INSTRUCTION * artifact.instructions;
                if is_large { Err(Omitted::Large) } else { Ok(artifact) }
            });
            lock(&progress).finish(index, result);
            done(index + 1, regions.len());
        }
        Some(())
    };
    let finished = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let finished = work();
        others.into_iter().for_each(|thread| drop(thread.join()));
        finished
    });
    finished?;
    let compiled = progress.into_inner().unwrap_or_else(PoisonError::into_inner).compiled;
    let mut bytes = 0;
    let within_budget = compiled.into_iter().map(|result| {
        let result = result.filter(|_| bytes < budget).unwrap_or(Err(Omitted::Budget));
        bytes += result.as_ref().map_or(0, |artifact| artifact.bytes.len());
        result
    });
    Some(within_budget.collect())
}
