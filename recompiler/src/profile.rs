//! Profiles: which regions, and which interpreted code, used the time.

use crate::generation::Record;
use crate::key::Key;
use crate::statistics::Reason;
use std::collections::BTreeMap;

/// A compiled region, and what it did if profiling was on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledRegion {
    /// What it is found by.
    pub key: Key,
    /// The generation of code it belongs to, from 0.
    pub generation: u64,
    /// Guest instructions.
    pub instructions: usize,
    /// Their addresses when profiling: the first and one past the last of each stretch.
    pub ranges: Vec<(u16, u16)>,
    /// The address of its native code, valid while its generation lives.
    pub address: usize,
    /// Bytes of native code.
    pub bytes: usize,
    /// How often it was entered, when profiling.
    pub entries: u64,
    /// Guest cycles run in it, when profiling.
    pub cycles: u64,
    /// Host nanoseconds spent in it, slow accesses included, when profiling.
    pub nanos: u64,
}

/// Code that was interpreted from a target of a control transfer to the next transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterpretedCode {
    /// The CPU address of its first instruction.
    pub pc: u16,
    /// The offset of that in PRG ROM; `None`: it is elsewhere.
    pub offset: Option<u32>,
    /// Why it was not native.
    pub reason: Reason,
    /// How often it was run.
    pub times: u64,
    /// Guest cycles run in it.
    pub cycles: u64,
}

#[derive(Clone, Copy, Default)]
struct Use {
    times: u64,
    cycles: u64,
    nanos: u64,
}

impl Use {
    fn add(&mut self, other: Self) {
        self.times += other.times;
        self.cycles += other.cycles;
        self.nanos += other.nanos;
    }
}

/// What used the time.
#[derive(Clone, Default)]
pub(crate) struct Profile {
    /// By generation and number of the region in it.
    regions: BTreeMap<(u64, u32), Use>,
    interpreted: BTreeMap<(u16, Option<u32>, Reason), Use>,
}

impl Profile {
    /// Counts an entry of a region.
    pub(crate) fn native(&mut self, generation: u64, region: u32, cycles: u64, nanos: u64) {
        self.regions.entry((generation, region)).or_default().add(Use { times: 1, cycles, nanos });
    }

    /// Counts an execution of interpreted code.
    pub(crate) fn interpreted(&mut self, pc: u16, offset: Option<u32>, reason: Reason, cycles: u64) {
        self.interpreted.entry((pc, offset, reason)).or_default().add(Use { times: 1, cycles, nanos: 0 });
    }

    /// Adds another profile.
    pub(crate) fn add(&mut self, other: Self) {
        other.regions.into_iter().for_each(|(key, used)| self.regions.entry(key).or_default().add(used));
        other.interpreted.into_iter().for_each(|(key, used)| self.interpreted.entry(key).or_default().add(used));
    }

    /// The regions of a generation, with their use.
    pub(crate) fn regions(&self, generation: u64, records: Vec<Record>) -> Vec<CompiledRegion> {
        let region = |(number, record): (usize, Record)| {
            let used = self.regions.get(&(generation, number as u32)).copied().unwrap_or_default();
            CompiledRegion {
                key: record.key,
                generation,
                instructions: record.instructions,
                ranges: record.ranges,
                address: record.address,
                bytes: record.bytes,
                entries: used.times,
                cycles: used.cycles,
                nanos: used.nanos,
            }
        };
        records.into_iter().enumerate().map(region).collect()
    }

    /// What was interpreted.
    pub(crate) fn interpreted_code(&self) -> Vec<InterpretedCode> {
        let code = |(&(pc, offset, reason), used): (&(u16, Option<u32>, Reason), &Use)| InterpretedCode {
            pc,
            offset,
            reason,
            times: used.times,
            cycles: used.cycles,
        };
        self.interpreted.iter().map(code).collect()
    }
}
