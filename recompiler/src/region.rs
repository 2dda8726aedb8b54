//! Regions: which guest instructions are compiled together.
//!
//! ```text
//! entry ─► block ─┬─► block ──► JMP (ind), RTS, CLI ...   leaves the region
//!            ▲    └─► block ─┐
//!            └───────────────┘  a loop stays inside
//! ```
//!
//! A region is what branches, JMP and the JSRs of small subroutines reach from an entry inside one *unit*: the span of
//! CPU addresses that the board always maps as a whole, so that the physical offset of the entry determines every byte
//! of it. Discovery follows both successors of a branch, stops at addresses that are entries already (their code
//! exists), and at a size limit.
//!
//! A *run* is a stretch of instructions between two checks of the deadline. Checks are where a loop closes, so that
//! registers that are only read after the loop need not be kept in it, and wherever a run would get too long.

use crate::budget::{CYCLES_PER_EXECUTION, INSTRUCTIONS_PER_REGION};
use crate::rom::is_interpreted;
use ricojit_interpreter::opcode::{AddrMode, Opcode, Shape};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most instructions in a region: compile time grows linearly with it, the benefit does not.
pub(crate) const MAX_INSTRUCTIONS: usize = 200;

/// Longest run, in worst-case cycles.
pub(crate) const MAX_RUN: u32 = 64;

/// Cycles that have to run in native code to save what the way in and out takes: 170 host instructions, of which native
/// code saves eight in a cycle.
const CYCLES_PER_ENTRY: u32 = 21;

/// Most return addresses that an RTS is compared with.
const MAX_RETURN_SITES: usize = 4;

/// Most instructions of a subroutine that is compiled into its callers. Larger ones are compiled once.
const SMALL_SUBROUTINE: usize = 8;

/// A decoded instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub(crate) pc: u16,
    pub(crate) op: &'static Opcode,
    /// The operand bytes, little-endian.
    pub(crate) operand: u16,
    pub(crate) data: Data,
}

/// What is known of the memory at an absolute operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    Unknown,
    /// The operand is this byte of ROM.
    Byte(u8),
    /// Whatever the index, the operand is in ROM: at this offset plus the index.
    Table(u32),
}

impl Instruction {
    /// The address of the instruction after it.
    pub(crate) fn next(&self) -> u16 {
        self.pc.wrapping_add(u16::from(self.op.length()))
    }

    /// The target of a branch, JMP or JSR.
    pub(crate) fn target(&self) -> u16 {
        match self.op.shape {
            Shape::Branch => self.next().wrapping_add_signed(i16::from(self.operand as i8)),
            _ => self.operand,
        }
    }

    /// Most cycles it can take.
    pub(crate) fn worst_cycles(&self) -> u32 {
        u32::from(self.op.cycles) + if self.op.shape == Shape::Branch { 2 } else { 1 }
    }

    /// Whether it is always left to the interpreter.
    pub(crate) fn is_interpreted(&self) -> bool {
        is_interpreted(self.op)
    }

    /// Whether it is a control transfer.
    pub(crate) fn transfers(&self) -> bool {
        matches!(self.op.shape, Shape::Branch | Shape::Jump | Shape::Call | Shape::Return)
    }

    /// Whether its successors and its pointer are certainly in plain memory: in the unit, the pointer also in RAM.
    /// Otherwise the interpreter does it, access by access.
    fn stays_on_plain_memory(&self, byte: impl Fn(u16) -> Option<u8>) -> bool {
        match self.op.shape {
            Shape::Jump if self.op.mode == AddrMode::Indirect => {
                self.operand < 0x2000 || byte(self.operand).is_some() && byte(self.operand | 0xFF).is_some()
            }
            Shape::Jump | Shape::Call | Shape::Return => true,
            Shape::Branch => byte(self.next()).is_some() && byte(self.target()).is_some(),
            _ => byte(self.next()).is_some(),
        }
    }
}

/// Instructions that run one after the other; only the last can be a control transfer.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) instructions: Vec<Instruction>,
    /// Worst-case cycles from its start to the next check.
    pub(crate) run: u32,
    /// Whether the deadline is checked before the block is entered; otherwise an earlier check includes its run.
    pub(crate) is_checked: bool,
}

impl Block {
    /// Worst-case cycles of `instructions` up to the next check.
    pub(crate) fn run(instructions: &[Instruction]) -> u32 {
        let mut run = 0;
        for instruction in instructions {
            if run != 0 && run + instruction.worst_cycles() > MAX_RUN {
                break;
            }
            run += instruction.worst_cycles();
        }
        run
    }
}

/// Blocks by address.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) entry: u16,
    pub(crate) blocks: BTreeMap<u16, Block>,
    /// The return addresses of the region's JSRs that an RTS is compared with.
    pub(crate) return_sites: Vec<u16>,
    /// Whether it contains a loop.
    pub(crate) loops: bool,
    /// The blocks, beside that of `entry`, that it may be entered at.
    pub(crate) further_entries: Vec<u16>,
}

/// The unit in which a region lies: the ROM, and the offset in it of a CPU address of the unit.
pub(crate) struct Unit<'a, F> {
    pub(crate) rom: &'a [u8],
    pub(crate) offset: F,
}

impl<F: Fn(u16) -> Option<u32>> Unit<'_, F> {
    pub(crate) fn byte(&self, addr: u16) -> Option<u8> {
        self.rom.get((self.offset)(addr)? as usize).copied()
    }

    pub(crate) fn decode(&self, pc: u16) -> Option<Instruction> {
        let op = Opcode::of(self.byte(pc)?);
        let operand = |i: u16| self.byte(pc.checked_add(i)?);
        let operand = match op.length() {
            1 => {
                // Its second cycle reads the next byte, which must be plain too.
                operand(1)?;
                0
            }
            2 => u16::from(operand(1)?),
            _ => u16::from_le_bytes([operand(1)?, operand(2)?]),
        };
        Some(Instruction { pc, op, operand, data: self.data(op, operand) })
    }

    /// Whether a subroutine reaches an RTS within a few instructions, without a call or a jump.
    pub(crate) fn is_small_subroutine(&self, start: u16) -> bool {
        let mut pc = start;
        for _ in 0..SMALL_SUBROUTINE {
            let Some(instruction) = self.decode(pc) else { return false };
            match instruction.op.shape {
                Shape::Return => return true,
                Shape::Call | Shape::Jump => return false,
                _ => pc = instruction.next(),
            }
        }
        false
    }

    fn data(&self, op: &Opcode, operand: u16) -> Data {
        match op.mode {
            AddrMode::Absolute | AddrMode::Indirect => self.byte(operand).map_or(Data::Unknown, Data::Byte),
            AddrMode::AbsoluteX | AddrMode::AbsoluteY => self.table(operand).map_or(Data::Unknown, Data::Table),
            _ => Data::Unknown,
        }
    }

    /// The offset of `base` if all addresses that an index can reach are ROM of the unit, and the page of `base`, which
    /// the dummy read is in, too.
    fn table(&self, base: u16) -> Option<u32> {
        let (first, last) = ((self.offset)(base)?, base.checked_add(0xFF)?);
        let whole = (self.offset)(last)? == first + 0xFF && (first as usize) + 0xFF < self.rom.len();
        (whole && self.byte(base & 0xFF00).is_some()).then_some(first)
    }
}

impl Region {
    /// The region entered at `entry`; `None` if its first instruction is left to the interpreter. `offset` gives the
    /// offset in `rom` of CPU addresses inside the unit, which is contiguous there, and `None` for all others;
    /// `is_entry` is true for addresses that have code of their own; blocks begin at those for which `is_leader` is true,
    /// if they are in the region; `inline` puts small subroutines into it.
    pub(crate) fn discover(
        entry: u16,
        rom: &[u8],
        offset: impl Fn(u16) -> Option<u32>,
        is_entry: impl Fn(u16) -> bool,
        is_leader: impl Fn(u16) -> bool,
        inline: bool,
    ) -> Option<Self> {
        let unit = Unit { rom, offset };
        let mut instructions: BTreeMap<u16, Instruction> = BTreeMap::new();
        let mut leaders = BTreeSet::from([entry]);
        let mut return_sites = Vec::new();
        let mut work = VecDeque::from([entry]);
        while let Some(start) = work.pop_front() {
            let mut pc = start;
            while !instructions.contains_key(&pc) && instructions.len() < MAX_INSTRUCTIONS {
                let Some(instruction) = unit.decode(pc) else { break };
                if instruction.is_interpreted() || !instruction.stays_on_plain_memory(|addr| unit.byte(addr)) {
                    break;
                }
                instructions.insert(pc, instruction);
                let mut follow = |target: u16, always: bool| {
                    if always || target == entry || !is_entry(target) {
                        leaders.insert(target);
                        work.push_back(target);
                    }
                };
                match instruction.op.shape {
                    Shape::Branch => {
                        follow(instruction.next(), false);
                        follow(instruction.target(), false);
                    }
                    Shape::Jump if instruction.op.mode == AddrMode::Absolute => follow(instruction.target(), false),
                    Shape::Call if inline && unit.is_small_subroutine(instruction.target()) => {
                        // Also where it has code of its own, for calls from elsewhere.
                        follow(instruction.target(), true);
                        follow(instruction.next(), false);
                        return_sites.push(instruction.next());
                    }
                    _ => {}
                }
                pc = instruction.next();
                if instruction.transfers() || pc != entry && is_entry(pc) {
                    break;
                }
            }
        }
        leaders.extend(instructions.keys().filter(|pc| is_leader(**pc)));
        Self::cut(entry, &instructions, &leaders, return_sites)
    }

    /// Cuts the instructions into blocks at the leaders.
    fn cut(
        entry: u16,
        instructions: &BTreeMap<u16, Instruction>,
        leaders: &BTreeSet<u16>,
        mut return_sites: Vec<u16>,
    ) -> Option<Self> {
        let mut blocks = BTreeMap::new();
        for &leader in leaders {
            let mut block = Block { instructions: Vec::new(), run: 0, is_checked: false };
            let mut pc = leader;
            while let Some(instruction) = instructions.get(&pc) {
                block.instructions.push(*instruction);
                pc = instruction.next();
                if instruction.transfers() || leaders.contains(&pc) {
                    break;
                }
            }
            if !block.instructions.is_empty() {
                blocks.insert(leader, block);
            }
        }
        return_sites.sort_unstable();
        return_sites.dedup();
        return_sites.retain(|site| blocks.contains_key(site));
        return_sites.truncate(MAX_RETURN_SITES);
        let mut region = Self { entry, blocks, return_sites, loops: false, further_entries: Vec::new() };
        region.blocks.contains_key(&entry).then(|| {
            region.place_checks();
            region
        })
    }

    /// The addresses of its instructions: first and one past the last of each stretch.
    pub(crate) fn ranges(&self) -> Vec<(u16, u16)> {
        let mut ends: BTreeMap<u16, u16> = BTreeMap::new();
        for instruction in self.instructions() {
            match ends.last_entry() {
                Some(mut last) if *last.get() == instruction.pc => {
                    last.insert(instruction.next());
                }
                _ => {
                    ends.insert(instruction.pc, instruction.next());
                }
            }
        }
        ends.into_iter().collect()
    }

    /// Instructions in all blocks.
    pub(crate) fn len(&self) -> usize {
        self.blocks.values().map(|block| block.instructions.len()).sum()
    }

    /// What compiling it takes for what an execution saves, in instructions of a loop: those are executed for
    /// [`CYCLES_PER_EXECUTION`] cycles each time. Without a loop a region is left at its end, and the way in and out takes
    /// a part of what it saves, or more than that.
    pub(crate) fn cost(&self) -> u32 {
        let size = self.len() as u32 + INSTRUCTIONS_PER_REGION as u32;
        if self.loops {
            return size;
        }
        match self.cycles().saturating_sub(CYCLES_PER_ENTRY) {
            0 => u32::MAX,
            saved => size * CYCLES_PER_EXECUTION as u32 / saved,
        }
    }

    /// About how many cycles it takes from one end to the other: a branch leads around half of the rest.
    fn cycles(&self) -> u32 {
        let cycles: u32 = self.instructions().map(|instruction| u32::from(instruction.op.cycles)).sum();
        let branches = self.instructions().any(|instruction| instruction.op.shape == Shape::Branch);
        if branches { cycles / 2 } else { cycles }
    }

    /// Its instructions, by blocks.
    pub(crate) fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.blocks.values().flat_map(|block| &block.instructions)
    }

    /// The blocks that can follow a block.
    fn successors(&self, pc: u16) -> Vec<u16> {
        let Some(last) = self.blocks.get(&pc).and_then(|block| block.instructions.last()) else { return Vec::new() };
        let mut all = match last.op.shape {
            Shape::Branch => vec![last.next(), last.target()],
            Shape::Jump if last.op.mode == AddrMode::Absolute => vec![last.target()],
            // A subroutine that is not inlined can be part of the region because a branch or JMP leads to it.
            Shape::Call => vec![last.target()],
            Shape::Jump => Vec::new(),
            Shape::Return => self.return_sites.clone(),
            _ => vec![last.next()],
        };
        all.retain(|next| self.blocks.contains_key(next));
        all
    }

    /// Decides where the deadline is checked: at the entry, where a loop closes, and where a run gets too long.
    ///
    /// Depth first, so that the successors of a block are finished before it: one that is not finished yet closes a
    /// loop.
    fn place_checks(&mut self) {
        let mut checked = BTreeSet::from([self.entry]);
        // Worst-case cycles from the start of a block to the next check; `None` while its successors are being visited.
        let mut ahead: BTreeMap<u16, Option<u32>> = BTreeMap::new();
        let mut stack = vec![(self.entry, self.successors(self.entry))];
        while let Some((pc, successors)) = stack.last_mut() {
            let pc = *pc;
            ahead.entry(pc).or_insert(None);
            if let Some(next) = successors.pop() {
                match ahead.get(&next) {
                    None => stack.push((next, self.successors(next))),
                    Some(None) => {
                        checked.insert(next);
                        self.loops = true;
                    }
                    Some(Some(_)) => {}
                }
                continue;
            }
            stack.pop();
            let instructions = &self.blocks[&pc].instructions;
            let first = Block::run(instructions);
            let whole: u32 = instructions.iter().map(Instruction::worst_cycles).sum();
            let mut longest = 0;
            for next in self.successors(pc) {
                let more = ahead.get(&next).copied().flatten().unwrap_or(0);
                if whole + more > MAX_RUN {
                    checked.insert(next);
                } else if !checked.contains(&next) {
                    longest = longest.max(more);
                }
            }
            ahead.insert(pc, Some(first + longest));
        }
        for (pc, block) in &mut self.blocks {
            block.is_checked = checked.contains(pc);
            block.run = ahead.get(pc).copied().flatten().unwrap_or_else(|| Block::run(&block.instructions));
        }
        // Blocks that only an interrupted path leads to.
        self.blocks.retain(|pc, _| ahead.contains_key(pc));
        self.return_sites.retain(|site| ahead.contains_key(site));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(code: &[u8]) -> u32 {
        let rom = [code, &[0x58; 0x200]].concat(); // CLI is never compiled
        let offset = |addr: u16| addr.checked_sub(0x8000).map(u32::from);
        Region::discover(0x8000, &rom, offset, |_| false, |_| false, true).unwrap().cost()
    }

    #[test]
    fn what_is_left_soon_costs_more() {
        let fixed = INSTRUCTIONS_PER_REGION as u32;
        let (inx, loop_to_start) = ([0xE8; 100], [0xD0, 0xFD]);
        assert_eq!(cost(&[&inx[..1], &loop_to_start].concat()), 2 + fixed, "INX, BNE");
        // Two cycles each.
        assert_eq!(cost(&inx[..10]), u32::MAX);
        assert_eq!(cost(&inx[..11]), (11 + fixed) * 16);
        assert_eq!(cost(&inx[..20]), (20 + fixed) * 16 / 19);
        // BNE leads around the rest.
        let branch = [&[0xD0, 0x20][..], &inx].concat();
        assert_eq!(cost(&branch), (101 + fixed) * 16 / (101 - CYCLES_PER_ENTRY));
    }
}
