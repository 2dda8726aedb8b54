//! How a machine is set up: everything that is decided at power-on and is not in the ROM.

use crate::clock::Region;

/// Which executor runs the CPU. All give the same states, frames and samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// The interpreter: the definition of correct.
    #[default]
    Interp,
}

/// When the CPU asks about events (a test switch: results must not depend on it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeadlineMode {
    /// The earliest moment at which anything can happen.
    #[default]
    Real,
    /// Always "now": every chip catches up on every cycle.
    Now,
    /// The real deadline, shortened by a seeded random amount.
    Random(u64),
}

/// What CPU RAM, PRG RAM and VRAM hold at power-on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PowerOnRam {
    /// All bytes $00.
    #[default]
    Zeros,
    /// All bytes $FF.
    Ones,
    /// Pseudo-random bytes from this seed.
    Seed(u64),
}

/// Which MMC3 the cartridge has (<https://www.nesdev.org/wiki/MMC3#IRQ_Specifics>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mmc3Revision {
    /// As the header says; Sharp where it does not.
    #[default]
    Header,
    /// MMC3B, MMC3C by Sharp: an IRQ on every clock that finds or makes the counter 0.
    Sharp,
    /// MMC3A and NEC's MMC3B: an IRQ only when the counter becomes 0.
    Nec,
}

/// Options of a machine. `Options::default()` is an NTSC-or-as-the-header-says console with 44.1 kHz sound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Forces a region; `None` takes the header's.
    pub region: Option<Region>,
    /// Power-on contents of all RAM.
    pub power_on_ram: PowerOnRam,
    /// Samples per second (44,100, 48,000 or 96,000); `None` makes no samples and changes nothing else.
    pub sample_rate: Option<u32>,
    /// MMC3 IRQ revision.
    pub mmc3: Mmc3Revision,
    /// Test switch for the deadline.
    pub deadline: DeadlineMode,
    /// The CPU's executor.
    pub engine: EngineKind,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            region: None,
            power_on_ram: PowerOnRam::Zeros,
            sample_rate: Some(44_100),
            mmc3: Mmc3Revision::Header,
            deadline: DeadlineMode::Real,
            engine: EngineKind::Interp,
        }
    }
}
