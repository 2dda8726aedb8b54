//! Runs two engines in lockstep and finds the place at which they first differ.
//!
//! ```text
//! after each frame: states, pictures, samples equal? ── no ──► repeat the frame from a copy of its beginning, and find
//!   1. by bisection, the first cycle at which a pause finds different states
//!   2. among the interpreter's states before it, the last one from which the other engine still goes wrong
//!   3. the first instruction boundary after that one at which its state is wrong
//! ```
//!
//! A pause is a deadline, and native code is entered only if its longest path ends before the deadline. So step 1 finds
//! a cycle by which the wrong code has been entered, not yet the wrong instruction. Steps 2 and 3 narrow it down: to
//! one instruction at threshold 0, where every instruction can be an entry, otherwise to a path through a region.

use crate::machine::Machine;
use ricojit_interpreter::Cycle;
use std::fmt::{self, Display, Formatter};

/// The cause is searched for so many cycles before the first difference. A path through a region without a check of the
/// deadline is shorter.
const WINDOW: Cycle = 1000;
/// Instructions shown before the wrong one.
const SHOWN_BEFORE: usize = 8;
/// Addresses shown at which memories differ.
const SHOWN_BYTES: usize = 8;

/// Runs a frame on both machines, which have equal states. `interp` runs on the interpreter.
///
/// # Errors
///
/// A [`Difference`] if anything differs afterwards.
pub fn run_frame(interp: &mut Machine, other: &mut Machine) -> Result<(), Box<Difference>> {
    let before = Pair(interp.clone(), other.clone());
    interp.run_frame();
    other.run_frame();
    let what = if interp.state_hash() != other.state_hash() {
        "states"
    } else if interp.frame() != other.frame() {
        "pictures"
    } else if interp.samples() != other.samples() {
        "samples"
    } else {
        return Ok(());
    };
    let end = interp.cycle().max(other.cycle());
    let frame = interp.frames();
    Err(Box::new(Difference { frame, what, place: before.first_difference(end).map(|from| from.place()) }))
}

/// What differed, and where.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The frame after which it was found, as [`Machine::frames`] counts.
    pub frame: u64,
    /// What differs: `states`, `pictures` or `samples`.
    pub what: &'static str,
    /// Where it began; `None` if it did not happen again when the frame was repeated in parts.
    pub place: Option<Place>,
}

/// The place at which the engines differ.
#[derive(Clone, Debug)]
pub struct Place {
    /// The program counter at the last instruction boundary with equal states.
    pub pc: u16,
    /// Its cycle.
    pub cycle: Cycle,
    /// The registers at the first boundary with different states: the interpreter's, and the other engine's.
    pub registers: [String; 2],
    /// The addresses at which the memories differ, with both values.
    pub memory: Vec<(u16, [u8; 2])>,
    /// The instructions before the last boundary with equal states, as the interpreter ran them.
    pub before: Vec<String>,
    /// The instructions from there to the first boundary with different states.
    pub after: Vec<String>,
    /// CLIF of the region there; `None` if there is none.
    pub clif: Option<String>,
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "The {} differ after frame {}.", self.what, self.frame)?;
        let Some(place) = &self.place else {
            return writeln!(f, "The frame does not differ when it is repeated in parts.");
        };
        writeln!(f, "The last equal state is at ${:04X} in cycle {}.", place.pc, place.cycle)?;
        for (name, registers) in ["interp", "other "].iter().zip(&place.registers) {
            writeln!(f, "  {name}  {registers}")?;
        }
        for (addr, [one, other]) in &place.memory {
            writeln!(f, "  ${addr:04X}: {one:02X} against {other:02X}")?;
        }
        writeln!(f, "What the interpreter did:")?;
        for (mark, lines) in [(' ', &place.before), ('>', &place.after)] {
            lines.iter().try_for_each(|line| writeln!(f, "{mark} {line}"))?;
        }
        match &place.clif {
            Some(clif) => write!(f, "CLIF of the region at ${:04X}:\n{clif}", place.pc),
            None => writeln!(f, "There is no region at ${:04X}.", place.pc),
        }
    }
}

/// Machines with equal states: one on the interpreter, one on the other engine.
struct Pair(Machine, Machine);

/// A pair at the last boundary with equal states, the instructions before it, and the first boundary with different
/// states.
struct Last {
    pair: Pair,
    before: Vec<String>,
    end: Cycle,
}

impl Pair {
    /// Both at the first instruction boundary at or after `cycle`.
    fn at(&self, cycle: Cycle) -> Self {
        Self(at(&self.0, cycle), at(&self.1, cycle))
    }

    fn differ_at(&self, cycle: Cycle) -> bool {
        let Self(interp, other) = self.at(cycle);
        interp.state_hash() != other.state_hash()
    }

    /// The last boundary before `end` from which the states become different, if they are different at `end`.
    fn first_difference(&self, mut end: Cycle) -> Option<Last> {
        if !self.differ_at(end) {
            return None;
        }
        let begin = self.0.cycle();
        let mut equal = begin;
        while equal + 1 < end {
            let middle = equal.midpoint(end);
            *(if self.differ_at(middle) { &mut end } else { &mut equal }) = middle;
        }
        let steps = steps(&self.0, end.saturating_sub(WINDOW), end);
        let from = |cycle| {
            let interp = at(&self.0, cycle);
            let other = interp.with_executor_of(&self.1);
            Self(interp, other)
        };
        let last = steps.iter().rposition(|(cycle, _)| from(*cycle).differ_at(end));
        let Some(last) = last else {
            // The other engine goes wrong only from its own states: the place is the whole frame.
            return Some(Last { pair: Self(self.0.clone(), self.1.clone()), before: Vec::new(), end });
        };
        let pair = from(steps[last].0);
        let before = steps[last.saturating_sub(SHOWN_BEFORE)..last].iter().map(|(_, line)| line.clone()).collect();
        let end = steps[last + 1..].iter().map(|(cycle, _)| *cycle).find(|cycle| pair.differ_at(*cycle)).unwrap_or(end);
        Some(Last { pair, before, end })
    }
}

impl Last {
    fn place(&self) -> Place {
        let Pair(interp, other) = &self.pair;
        let Pair(interp_after, other_after) = self.pair.at(self.end);
        let bytes =
            (0..0x800).chain(0x6000..0x8000).map(|addr| (addr, [interp_after.peek(addr), other_after.peek(addr)]));
        Place {
            pc: interp.cpu().pc,
            cycle: interp.cycle(),
            registers: [&interp_after, &other_after].map(registers),
            memory: bytes.filter(|(_, [one, other])| one != other).take(SHOWN_BYTES).collect(),
            before: self.before.clone(),
            after: steps(interp, 0, self.end).into_iter().map(|(_, line)| line).collect(),
            clif: other.recompiler().and_then(|recompiler| recompiler.clif(interp.cpu().pc)),
        }
    }
}

/// The machine at the first instruction boundary at or after `cycle`, or at the end of its frame.
fn at(machine: &Machine, cycle: Cycle) -> Machine {
    let mut machine = machine.clone();
    let mut there = None;
    machine.run_frame_with_pauses(|now| {
        if now.cycle() < cycle {
            return Some(cycle);
        }
        there.get_or_insert_with(|| now.clone());
        None
    });
    there.unwrap_or(machine)
}

/// The boundaries between two cycles, each with a line on the instruction that follows it.
fn steps(machine: &Machine, begin: Cycle, end: Cycle) -> Vec<(Cycle, String)> {
    let mut steps = Vec::new();
    machine.clone().run_frame_with_pauses(|now| {
        match now.cycle() {
            cycle if cycle >= end => return None,
            cycle if cycle < begin => return Some(begin),
            cycle => steps.push((cycle, format!("{} cycle {cycle}", now.trace()))),
        }
        Some(now.cycle() + 1)
    });
    steps
}

fn registers(machine: &Machine) -> String {
    let cpu = machine.cpu();
    format!(
        "PC:{:04X} A:{:02X} X:{:02X} Y:{:02X} P:{:02X} SP:{:02X} cycle {} next {:?}",
        cpu.pc,
        cpu.a,
        cpu.x,
        cpu.y,
        cpu.p.byte(),
        cpu.s,
        cpu.cycle,
        cpu.next
    )
}
