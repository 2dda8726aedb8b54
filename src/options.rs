//! How a machine is set up: everything that is decided at power-on and is not in the ROM.

use crate::apu::SampleRate;
use crate::clock::Region;
use crate::mapper::MapperOptions;
use crate::memory::RamPattern;

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
    /// The CPU's executor.
    pub engine: EngineKind,
    /// Entries after which the JIT compiles a target; `None` takes its own.
    pub jit_threshold: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            region: None,
            ram: RamPattern::Zeros,
            sample_rate: Some(SampleRate::Hz44100),
            render: true,
            mapper: MapperOptions::default(),
            deadline: DeadlineMode::Real,
            exact_ppu: false,
            engine: EngineKind::Interp,
            jit_threshold: None,
        }
    }
}
