//! Faults of a board: what a test ROM of that board must notice.
//!
//! ```text
//!           ┌────────── board ──────────┐
//! CPU A ──X─┤ registers                 ├─X── PRG ROM and RAM A     X: a pin that is stuck low or high
//! CPU D ──X─┤                           ├─X── CHR A, CIRAM A10
//!           │                           ├─X── IRQ, which may also come late
//!           └───────────────────────────┘
//! ```
//!
//! A fault acts on registers, and on what they make of the page tables. It does not act on fetches of ROM and RAM
//! themselves, so a faulty board still runs the program that finds the fault.

/// One broken pin of a board, or an IRQ that comes late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An address line (0-14) of the CPU, as registers see it.
    CpuAddress(Stuck),
    /// A data line (0-7) of the CPU, in writes to registers.
    CpuData(Stuck),
    /// An address line (9-) of PRG ROM and PRG RAM.
    PrgAddress(Stuck),
    /// An address line (10-) of CHR ROM and VRAM, for patterns.
    ChrAddress(Stuck),
    /// An address line (10-) of CIRAM, or of what else shows nametables.
    NametableAddress(Stuck),
    /// Reads of registers drive nothing.
    NoReads,
    /// RAM at $6000-$7FFF is never mapped.
    NoRam,
    /// RAM at $6000-$7FFF can always be written.
    NoProtection,
    /// IRQ does not reach the CPU.
    NoIrq,
    /// IRQ reaches the CPU one cycle late.
    LateIrq,
    /// The ROM fights all writes to registers.
    Conflicts,
    /// The ROM fights none.
    NoConflicts,
}

/// A line that does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Its number.
    pub line: u8,
    /// At 1, otherwise at 0.
    pub high: bool,
}

impl Stuck {
    /// What the number becomes.
    pub(crate) fn apply(self, number: u32) -> u32 {
        let bit = 1 << self.line;
        if self.high { number | bit } else { number & !bit }
    }
}

impl Fault {
    /// All faults of a board with these sizes of PRG ROM and of CHR in bytes.
    pub fn all(prg: usize, chr: usize) -> Vec<Self> {
        let stuck = |lines: std::ops::Range<u32>| {
            lines.flat_map(|line| [false, true].map(|high| Stuck { line: line as u8, high })).collect::<Vec<_>>()
        };
        let bits = |size: usize| size.max(1).next_power_of_two().trailing_zeros();
        let mut faults = Vec::new();
        faults.extend(stuck(0..15).into_iter().map(Self::CpuAddress));
        faults.extend(stuck(0..8).into_iter().map(Self::CpuData));
        faults.extend(stuck(12..bits(prg).max(12)).into_iter().map(Self::PrgAddress));
        faults.extend(stuck(10..bits(chr).max(10)).into_iter().map(Self::ChrAddress));
        faults.extend(stuck(10..11).into_iter().map(Self::NametableAddress));
        faults.extend([
            Self::NoReads,
            Self::NoRam,
            Self::NoProtection,
            Self::NoIrq,
            Self::LateIrq,
            Self::Conflicts,
            Self::NoConflicts,
        ]);
        faults
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (pin, stuck) = match self {
            Self::CpuAddress(stuck) => ("CPU A", stuck),
            Self::CpuData(stuck) => ("CPU D", stuck),
            Self::PrgAddress(stuck) => ("PRG A", stuck),
            Self::ChrAddress(stuck) => ("CHR A", stuck),
            Self::NametableAddress(stuck) => ("nametable A", stuck),
            Self::NoReads => return f.write_str("no register reads"),
            Self::NoRam => return f.write_str("no RAM at $6000"),
            Self::NoProtection => return f.write_str("no RAM protection"),
            Self::NoIrq => return f.write_str("no IRQ"),
            Self::LateIrq => return f.write_str("IRQ late"),
            Self::Conflicts => return f.write_str("bus conflicts"),
            Self::NoConflicts => return f.write_str("no bus conflicts"),
        };
        write!(f, "{pin}{} {}", stuck.line, if stuck.high { "high" } else { "low" })
    }
}
