//! What is told of a program that shows nothing: writes that the PPU ignored, since many a program has lost its first ones,
//! and where the CPU jammed.

use ricojit::options::Start;
use ricojit::{IgnoredWrites, Jam, Machine};
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// Ignored writes, for reports.
#[derive(Serialize)]
pub(crate) struct Ignored {
    registers: Vec<String>,
    writes: u64,
    /// The frame and the CPU cycle of the first one.
    first_frame: u64,
    first_cycle: u64,
    #[serde(skip)]
    start: Start,
}

impl Ignored {
    /// Those of a machine; `None` if there were none.
    pub(crate) fn of(machine: &Machine) -> Option<Self> {
        let ignored = machine.ignored_writes()?;
        let registers = ignored.registers().map(|register| format!("${register:04X}")).collect();
        let IgnoredWrites { writes, first_frame, first_cycle, .. } = ignored;
        Some(Self { registers, writes, first_frame, first_cycle, start: machine.options().start })
    }
}

impl Display for Ignored {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { registers, writes, first_frame, first_cycle, start } = self;
        let count = if *writes == 1 { "a write".to_owned() } else { format!("{writes} writes") };
        let registers = match registers.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        };
        let first = if *writes == 1 { "" } else { "the first " };
        write!(
            f,
            "the PPU ignored {count} to {registers}, {first}in frame {first_frame} at cycle {first_cycle}, because its \
             reset was not over"
        )?;
        match start {
            Start::Nes => write!(f, ": if something is missing, try --start warm"),
            _ => Ok(()),
        }
    }
}

/// Where the CPU jammed, for reports.
#[derive(Serialize)]
pub(crate) struct Jammed {
    address: String,
    opcode: String,
    frame: u64,
    #[serde(skip)]
    jam: Jam,
}

impl Jammed {
    /// That of a machine; `None` if its CPU runs.
    pub(crate) fn of(machine: &Machine) -> Option<Self> {
        let jam @ Jam { addr, opcode, frame } = machine.jam()?;
        Some(Self { address: format!("${addr:04X}"), opcode: format!("${opcode:02X}"), frame, jam })
    }
}

impl Display for Jammed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.jam.fmt(f)
    }
}
