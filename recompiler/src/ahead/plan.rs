//! Which regions are compiled, so that native code is left as seldom as can be: a set of entries that is closed under
//! the exits of their regions.
//!
//! ```text
//! roots ─► region ─► leaves at ─► targets outside, the limit of its size, the end of an idle loop,
//!    ▲                            what follows an instruction for the interpreter ─┐
//!    └─────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! After a deadline, or an access that changed something, the interpreter runs on to the next taken jump. It can come
//! back where loops close, and at the addresses that discovery names: regions have further entries there, which cost a
//! comparison each instead of a region of their own.

use super::discovery::Discovery;
use super::source::Source;
use crate::key::Key;
use crate::options::Options;
use crate::region::{Instruction, Region, Unit};
use crate::rom::Rom;
use ricojit_interpreter::idle;
use ricojit_interpreter::opcode::{AddrMode, Mnemonic, Shape};
use std::collections::{BTreeMap, BTreeSet};

/// Most instructions that an idle loop is followed for.
const MAX_IDLE: usize = 64;

/// A region that will be compiled.
pub(super) struct Planned {
    pub(super) key: Key,
    pub(super) source: Source,
    pub(super) region: Region,
}

/// The plan in the making.
pub(super) struct Plan<'a> {
    rom: &'a Rom,
    options: Options,
    code: &'a BTreeMap<Key, Source>,
    returns: &'a BTreeSet<Key>,
    roots: BTreeMap<Key, Source>,
    /// Addresses that some region is entered at.
    entries: BTreeSet<Key>,
    /// Roots without a region, by source, the surest first.
    work: BTreeSet<(Source, Key)>,
    pub(super) regions: Vec<Planned>,
    instructions: usize,
}

impl<'a> Plan<'a> {
    /// The regions for what was discovered, `budget` instructions at most.
    pub(super) fn new(rom: &'a Rom, options: Options, discovery: &'a Discovery<'_>, budget: usize) -> Self {
        let mut plan = Self {
            rom,
            options,
            code: &discovery.code,
            returns: &discovery.returns,
            roots: discovery.roots.clone(),
            entries: BTreeSet::new(),
            work: discovery.roots.iter().map(|(&key, &source)| (source, key)).collect(),
            regions: Vec::new(),
            instructions: 0,
        };
        plan.make_regions(budget);
        // What control returns to and no region has as the start of a block.
        for &key in &discovery.returns {
            if !plan.entries.contains(&key)
                && let Some(&source) = plan.code.get(&key)
            {
                plan.root(key, source);
            }
        }
        plan.make_regions(budget);
        plan
    }

    fn make_regions(&mut self, budget: usize) {
        while self.instructions < budget
            && let Some((source, key)) = self.work.pop_first()
        {
            if !self.entries.contains(&key) {
                self.make_region(key, source);
            }
        }
    }

    /// Adds an address, if it was found to be code: filler was not.
    fn root(&mut self, key: Key, source: Source) {
        if self.code.contains_key(&key) {
            self.roots.entry(key).or_insert_with(|| {
                self.work.insert((source, key));
                source
            });
        }
    }

    fn byte(&self, key: Key, addr: u16) -> Option<u8> {
        self.rom.bytes().get(self.rom.offset(key, addr)? as usize).copied()
    }

    fn may_wait(&self, key: Key) -> bool {
        self.options.idle_skip && idle::may_wait(key.pc, |addr| self.byte(key, addr))
    }

    fn make_region(&mut self, key: Key, source: Source) {
        if self.may_wait(key) {
            return self.follow_idle_loop(key, source);
        }
        let rom = self.rom;
        let unit = Unit { rom: rom.bytes(), offset: |addr| rom.offset(key, addr) };
        let region = Region::discover(
            key.pc,
            rom.bytes(),
            |addr| rom.offset(key, addr),
            |addr| {
                let at = key.at(addr);
                let has_code = self.roots.contains_key(&at) || self.entries.contains(&at);
                has_code || !self.code.contains_key(&at) || self.may_wait(at)
            },
            |addr| self.returns.contains(&key.at(addr)),
            self.options.inline,
        );
        let Some(mut region) = region else {
            // It is for the interpreter, which does one instruction if it is no jump.
            if let Some(instruction) = unit.decode(key.pc).filter(continues) {
                self.root(key.at(instruction.next()), source);
            }
            return;
        };
        self.entries.insert(key);
        for (&pc, block) in &region.blocks {
            let at = key.at(pc);
            if pc != region.entry && (block.is_checked || self.returns.contains(&at)) && self.entries.insert(at) {
                region.further_entries.push(pc);
            }
        }
        for block in region.blocks.values() {
            let Some(last) = block.instructions.last() else { continue };
            for next in nexts(last) {
                if !region.blocks.contains_key(&next) && rom.offset(key, next).is_some() {
                    self.root(key.at(next), source);
                }
            }
        }
        self.instructions += region.len();
        self.regions.push(Planned { key, source, region });
    }

    /// Idle loops are not compiled: what follows them is.
    fn follow_idle_loop(&mut self, start: Key, source: Source) {
        let (mut seen, mut work) = (BTreeSet::new(), vec![start.pc]);
        let rom = self.rom;
        let unit = Unit { rom: rom.bytes(), offset: |addr| rom.offset(start, addr) };
        while let Some(pc) = work.pop() {
            if !self.may_wait(start.at(pc)) {
                if rom.offset(start, pc).is_some() {
                    self.root(start.at(pc), source);
                }
            } else if seen.len() < MAX_IDLE
                && seen.insert(pc)
                && let Some(instruction) = unit.decode(pc)
            {
                work.extend(nexts(&instruction));
            }
        }
    }
}

/// Where an instruction leads to in its unit, as far as it tells.
fn nexts(instruction: &Instruction) -> Vec<u16> {
    match instruction.op.shape {
        Shape::Branch => vec![instruction.next(), instruction.target()],
        Shape::Jump if instruction.op.mode == AddrMode::Absolute => vec![instruction.target()],
        Shape::Call => vec![instruction.target()],
        _ if continues(instruction) => vec![instruction.next()],
        _ => Vec::new(),
    }
}

/// Whether the instruction after it comes next.
fn continues(instruction: &Instruction) -> bool {
    let ends = matches!(
        instruction.op.shape,
        Shape::Branch | Shape::Jump | Shape::Call | Shape::Return | Shape::ReturnFromInterrupt | Shape::Jam
    );
    !ends && instruction.op.mnemonic != Mnemonic::Brk
}
