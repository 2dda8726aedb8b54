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
use crate::options::Options;
use crate::rom::Rom;
use crate::sync::lock;
pub use banking::Banking;
use discovery::Discovery;
use plan::{Plan, Planned};
pub use source::Source;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Most guest instructions that are compiled, those of inlined subroutines each time.
const BUDGET: usize = 60_000;

/// What is compiled ahead of time, and how.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    /// Addresses that were executed, in any order.
    pub executed: Vec<Key>,
    /// Threads that compile; all cores if there is no number.
    pub threads: Option<NonZero<usize>>,
}

/// What was found and compiled.
#[derive(Clone, Debug)]
pub struct Report {
    /// Every instruction that was found, with its source.
    pub code: BTreeMap<Key, Source>,
    /// Regions of each source.
    pub regions: BTreeMap<Source, usize>,
    /// Guest instructions in them.
    pub instructions: usize,
    /// Regions that could not be compiled.
    pub failed: Vec<Key>,
}

/// Compiles PRG ROM `rom` on a board that maps at least `unit` bytes at a time (a power of two from 4 KiB to 32).
/// `None` if Cranelift does not know this host.
pub fn compile_ahead(
    rom: Arc<[u8]>,
    unit: usize,
    banking: &Banking,
    options: Options,
    ahead: &Ahead,
) -> Option<(Image, Report)> {
    let rom = Rom::new(rom, unit);
    let mut discovery = Discovery::new(&rom, banking, options);
    discovery.follow_vectors();
    discovery.follow_executed(ahead.executed.iter().copied());
    discovery.guess();
    let regions = Plan::new(&rom, options, &discovery, BUDGET).regions;
    let threads = ahead.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get);
    let artifacts = compile(&regions, options, threads)?;
    let mut report = Report {
        code: std::mem::take(&mut discovery.code),
        regions: BTreeMap::new(),
        instructions: regions.iter().map(|planned| planned.region.len()).sum(),
        failed: Vec::new(),
    };
    for (planned, artifact) in regions.iter().zip(&artifacts) {
        match artifact {
            Some(_) => *report.regions.entry(planned.source).or_default() += 1,
            None => report.failed.push(planned.key),
        }
    }
    let artifacts = artifacts.into_iter().flatten().collect();
    Some((Image::new(rom, options, artifacts), report))
}

/// Compiles regions on so many threads. The order of the artifacts is that of the regions.
fn compile(regions: &[Planned], options: Options, threads: usize) -> Option<Vec<Option<Artifact>>> {
    let next = AtomicUsize::new(0);
    let artifacts: Vec<Mutex<Option<Artifact>>> = regions.iter().map(|_| Mutex::default()).collect();
    let work = || {
        let mut compiler = Compiler::new(options)?;
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(planned) = regions.get(index)
        {
            *lock(&artifacts[index]) = compiler.compile(planned.key, &planned.region);
        }
        Some(())
    };
    let done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let done = work();
        others.into_iter().for_each(|thread| drop(thread.join()));
        done
    });
    done?;
    Some(artifacts.into_iter().map(|artifact| artifact.into_inner().ok().flatten()).collect())
}
