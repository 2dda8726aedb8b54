//! How a machine is set up: everything that is decided at power-on and is not in the ROM.

use crate::apu::SampleRate;
use crate::clock::Region;
use crate::mapper::MapperOptions;
use crate::memory::RamPattern;
use crate::ppu::{HEAD_START, PalettePattern};

/// Which executor runs the CPU. All give the same states, frames and samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// The interpreter: the definition of correct.
    #[default]
    Interp,
    /// The interpreter, with hot code recompiled while it runs.
    #[cfg(feature = "jit")]
    Jit,
}

/// When the CPU asks about events (a test switch: results must not depend on it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeadlineMode {
    /// The earliest moment at which anything can happen.
    #[default]
    Real,
    /// Always "now": every chip catches up on every cycle, and the PPU does every dot by itself.
    Now,
    /// The real deadline, shortened by a seeded random amount.
    Random(u64),
}

/// Options of a machine. `Options::default()` is an NTSC-or-as-the-header-says console with 44.1 kHz sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Forces a region; `None` takes the header's.
    pub region: Option<Region>,
    /// Power-on contents of all RAM.
    pub ram: RamPattern,
    /// Power-on contents of palette RAM.
    pub palette: PalettePattern,
    /// Samples per second; `None` makes no samples and changes nothing else.
    pub sample_rate: Option<SampleRate>,
    /// Whether pictures are made; without them nothing else changes, and [`crate::machine::Machine::frame`] stays black.
    pub render: bool,
    /// What the board needs to know beyond the header.
    pub mapper: MapperOptions,
    /// Test switch for the deadline.
    pub deadline: DeadlineMode,
    /// Test switch: the PPU never does whole lines at once.
    pub exact_ppu: bool,
    /// Test switch: dots that the PPU is ahead of the CPU at power-on. 3 more or less exchange get and put cycles.
    #[doc(hidden)]
    pub head_start: u16,
    /// The CPU's executor.
    pub engine: EngineKind,
    /// Knobs of the JIT.
    pub jit: JitOptions,
    /// Whether whole turns of loops that only wait are skipped; `None`: by the JIT yes, by the interpreter no.
    pub idle_skip: Option<bool>,
}

/// Knobs of the JIT. Each turns one thing off or forces it; none changes a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JitOptions {
    /// Entries after which a target is compiled, 0 for all at once; `None` takes the JIT's own.
    pub threshold: Option<u32>,
    /// Compiles at once, in the thread that runs the machine.
    pub sync: bool,
    /// Whether native code goes on to other native code by itself.
    pub link: bool,
    /// Whether flags that nobody reads are left out.
    pub liveness: bool,
    /// Whether small subroutines are compiled into their callers.
    pub inline: bool,
    /// Whether to keep what [`Machine::jit_regions`](crate::machine::Machine::jit_regions) and
    /// [`Machine::jit_interpreted`](crate::machine::Machine::jit_interpreted) tell. Costs time.
    pub profile: bool,
    /// Test switch: bytes of memory for code, `Some(0)` as on a host that gives none.
    #[doc(hidden)]
    pub code_bytes: Option<usize>,
}

impl Default for JitOptions {
    fn default() -> Self {
        Self {
            threshold: None,
            sync: false,
            link: true,
            liveness: true,
            inline: true,
            profile: false,
            code_bytes: None,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            region: None,
            ram: RamPattern::Zeros,
            palette: PalettePattern::Console,
            sample_rate: Some(SampleRate::Hz44100),
            render: true,
            mapper: MapperOptions::default(),
            deadline: DeadlineMode::Real,
            exact_ppu: false,
            head_start: HEAD_START,
            engine: EngineKind::Interp,
            jit: JitOptions::default(),
            idle_skip: None,
        }
    }
}
