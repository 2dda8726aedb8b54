//! Switches for tests of the machine itself: below the chips, which they change.

use super::faults::Fault;
use crate::clock::POWER_ON_LEAD;

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

/// Switches for tests. All but the lead and the fault must not change a result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestSwitches {
    /// When the CPU asks about events.
    pub deadline: DeadlineMode,
    /// The PPU never does whole lines at once.
    pub exact_ppu: bool,
    /// Dots that the PPU is ahead of the CPU at power-on.
    pub lead: u16,
    /// Bytes of memory for compiled code; 0 as on a host that gives none, `None` for the JIT's own.
    pub code_bytes: Option<usize>,
    /// What is broken on the board.
    pub fault: Option<Fault>,
}

impl TestSwitches {
    /// All switches are off.
    pub const fn new() -> Self {
        Self { deadline: DeadlineMode::Real, exact_ppu: false, lead: POWER_ON_LEAD, code_bytes: None, fault: None }
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

    /// Sets [`TestSwitches::lead`].
    #[must_use]
    pub fn lead(self, dots: u16) -> Self {
        Self { lead: dots, ..self }
    }

    /// Sets [`TestSwitches::fault`].
    #[must_use]
    pub fn fault(self, fault: Fault) -> Self {
        Self { fault: Some(fault), ..self }
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
