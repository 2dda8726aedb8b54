//! Regions: which guest instructions are compiled together.
//!
//! ```text
//! entry ─► block ─┬─► block ──► JMP (ind), RTS, CLI ...   leaves the region
//!            ▲    └─► block ─┐
//!            └───────────────┘  a loop stays inside
//! ```
//!
//! A region is what branches, JMP and JSR reach from an entry inside one *unit*: the span of CPU addresses that the
//! board always maps as a whole, so that the physical offset of the entry tells every byte of it. Discovery follows
//! both ways of a branch, stops at addresses that are entries already (their code exists), and at a size limit.

use interpreter::opcode::{AddrMode, Legality, Mnemonic, Opcode, Shape};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most instructions in a region: compile time grows linearly with it, the benefit does not.
pub(crate) const MAX_INSTRUCTIONS: usize = 200;

/// A decoded instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub(crate) pc: u16,
    pub(crate) op: &'static Opcode,
    /// The operand bytes, little-endian.
    pub(crate) operand: u16,
}

impl Instruction {
    /// The address of the instruction after it.
    pub(crate) fn next(&self) -> u16 {
        self.pc.wrapping_add(u16::from(self.op.length()))
    }

    /// Where a branch, JMP or JSR goes.
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
}

impl Instruction {
    /// Whether the interpreter does it: interrupts can be unmasked in it, what it does depends on more than the bus
    /// (DMA, temperature).
    pub(crate) fn is_interpreted(&self) -> bool {
        matches!(self.op.legality, Legality::Unstable | Legality::Jam)
            || matches!(self.op.mnemonic, Mnemonic::Cli | Mnemonic::Plp | Mnemonic::Rti | Mnemonic::Brk)
    }

    /// Whether it goes on, reads its pointer and branches only where memory is plain for certain: in the unit, and the
    /// pointer also in RAM. Otherwise the interpreter does it, access by access.
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

/// Instructions that run one after the other; only the last can go elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) instructions: Vec<Instruction>,
}

/// Blocks by address.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) entry: u16,
    pub(crate) blocks: BTreeMap<u16, Block>,
    /// Addresses behind the JSRs of the region: where its RTS probably go.
    pub(crate) return_sites: Vec<u16>,
}

impl Region {
    /// The region entered at `entry`. `byte` gives the guest's bytes inside the unit and `None` outside; `is_entry`
    /// tells addresses that have code of their own.
    pub(crate) fn discover(
        entry: u16,
        byte: impl Fn(u16) -> Option<u8>,
        is_entry: impl Fn(u16) -> bool,
    ) -> Option<Self> {
        let mut instructions: BTreeMap<u16, Instruction> = BTreeMap::new();
        let mut leaders = BTreeSet::from([entry]);
        let mut return_sites = Vec::new();
        let mut work = VecDeque::from([entry]);
        while let Some(start) = work.pop_front() {
            let mut pc = start;
            while !instructions.contains_key(&pc) && instructions.len() < MAX_INSTRUCTIONS {
                let Some(instruction) = decode(pc, &byte) else { break };
                if instruction.is_interpreted() || !instruction.stays_on_plain_memory(&byte) {
                    break;
                }
                instructions.insert(pc, instruction);
                let mut follow = |target: u16| {
                    if target == entry || !is_entry(target) {
                        leaders.insert(target);
                        work.push_back(target);
                    }
                };
                match instruction.op.shape {
                    Shape::Branch => {
                        follow(instruction.next());
                        follow(instruction.target());
                        break;
                    }
                    Shape::Jump => {
                        if instruction.op.mode == AddrMode::Absolute {
                            follow(instruction.target());
                        }
                        break;
                    }
                    Shape::Call => {
                        follow(instruction.target());
                        follow(instruction.next());
                        return_sites.push(instruction.next());
                        break;
                    }
                    Shape::Return => break,
                    _ => pc = instruction.next(),
                }
                if pc != entry && is_entry(pc) {
                    break;
                }
            }
        }
        return_sites.sort_unstable();
        return_sites.dedup();
        Self::cut(entry, &instructions, &leaders, return_sites)
    }

    /// Cuts the instructions into blocks at the leaders.
    fn cut(
        entry: u16,
        instructions: &BTreeMap<u16, Instruction>,
        leaders: &BTreeSet<u16>,
        return_sites: Vec<u16>,
    ) -> Option<Self> {
        let mut blocks = BTreeMap::new();
        for &leader in leaders {
            let mut block = Block { instructions: Vec::new() };
            let mut pc = leader;
            while let Some(instruction) = instructions.get(&pc) {
                block.instructions.push(*instruction);
                pc = instruction.next();
                let ends = matches!(instruction.op.shape, Shape::Branch | Shape::Jump | Shape::Call | Shape::Return);
                if ends || leaders.contains(&pc) {
                    break;
                }
            }
            if !block.instructions.is_empty() {
                blocks.insert(leader, block);
            }
        }
        blocks.contains_key(&entry).then_some(Self { entry, blocks, return_sites })
    }

    /// Instructions in all blocks.
    pub(crate) fn len(&self) -> usize {
        self.blocks.values().map(|block| block.instructions.len()).sum()
    }
}

fn decode(pc: u16, byte: impl Fn(u16) -> Option<u8>) -> Option<Instruction> {
    let op = Opcode::of(byte(pc)?);
    let operand = |i: u16| byte(pc.checked_add(i)?);
    let operand = match op.length() {
        1 => {
            // Its second cycle reads the byte behind it, which has to be there.
            operand(1)?;
            0
        }
        2 => u16::from(operand(1)?),
        _ => u16::from_le_bytes([operand(1)?, operand(2)?]),
    };
    Some(Instruction { pc, op, operand })
}
