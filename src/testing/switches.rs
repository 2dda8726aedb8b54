//! Switches for tests of the machine itself: below the chips, which they change.

use crate::clock::POWER_ON_ALIGNMENT;

/// When the CPU asks about events. Results must not depend on it.
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

/// Switches for tests. All but the alignment must not change a result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestSwitches {
    /// When the CPU asks about events.
    pub deadline: DeadlineMode,
    /// The PPU never does whole lines at once.
    pub exact_ppu: bool,
    /// The power-on alignment: dots that the PPU is ahead of the CPU. 3 more or less exchange get and put cycles.
    pub alignment: u16,
    /// Bytes of memory for compiled code; 0 as on a host that gives none, `None` for the JIT's own.
    pub code_bytes: Option<usize>,
}

impl TestSwitches {
    /// All switches are off.
    pub const fn new() -> Self {
        Self { deadline: DeadlineMode::Real, exact_ppu: false, alignment: POWER_ON_ALIGNMENT, code_bytes: None }
    }

    /// Sets [`TestSwitches::deadline`].
    #[must_use]
    pub fn deadline(self, deadline: DeadlineMode) -> Self {
        Self { deadline, ..self }
    }

    /// Sets [`TestSwitches::exact_ppu`].
    #[must_use]
    pub fn exact_ppu(self, exact_ppu: bool) -> Self {
        Self { exact_ppu, ..self }
    }

    /// Sets [`TestSwitches::alignment`].
    #[must_use]
    pub fn alignment(self, dots: u16) -> Self {
        Self { alignment: dots, ..self }
    }

    /// Sets [`TestSwitches::code_bytes`].
    #[must_use]
    pub fn code_bytes(self, bytes: impl Into<Option<usize>>) -> Self {
        Self { code_bytes: bytes.into(), ..self }
    }
}

impl Default for TestSwitches {
    fn default() -> Self {
        Self::new()
    }
}
