//! Mistakes and failures made on purpose, to see that the tests find them. Without the feature `sabotage`, which only
//! the tests of this crate turn on, there are none.

/// A mistake in generated code.
#[allow(missing_docs, reason = "each is explained where it is made")]
#[cfg_attr(not(feature = "sabotage"), expect(unreachable_pub, reason = "only tests may ask for one"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    Cycle,
    Carry,
    Overflow,
    DummyRead,
    Poll,
    PageCross,
    BranchCross,
    BankGuard,
    DeadlineCheck,
    BusByte,
    ZeroPageWrap,
    ReturnRead,
}

#[cfg(feature = "sabotage")]
impl Mutant {
    /// Every mistake.
    pub const ALL: [Self; 12] = [
        Self::Cycle,
        Self::Carry,
        Self::Overflow,
        Self::DummyRead,
        Self::Poll,
        Self::PageCross,
        Self::BranchCross,
        Self::BankGuard,
        Self::DeadlineCheck,
        Self::BusByte,
        Self::ZeroPageWrap,
        Self::ReturnRead,
    ];
}

/// What the compiler does wrong.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sabotage {
    /// Translates with this mistake.
    #[cfg(feature = "sabotage")]
    pub(crate) mutant: Option<Mutant>,
    /// Panics at the next region.
    #[cfg(feature = "sabotage")]
    pub(crate) panic_once: bool,
    /// Kills the worker thread at its next batch.
    #[cfg(feature = "sabotage")]
    pub(crate) kill_worker: bool,
}

#[cfg(feature = "sabotage")]
impl Sabotage {
    /// Whether this mistake is to be made.
    pub(crate) fn has(self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// At each region, before it is compiled.
    pub(crate) fn at_region(&mut self) {
        assert!(!std::mem::take(&mut self.panic_once), "the tests asked for a panic");
    }

    /// At each batch of the worker thread, outside of what catches panics.
    pub(crate) fn at_batch(self) {
        assert!(!self.kill_worker, "the tests asked for the death of the worker thread");
    }
}

#[cfg(not(feature = "sabotage"))]
impl Sabotage {
    pub(crate) fn has(self, _: Mutant) -> bool {
        false
    }

    pub(crate) fn at_region(&mut self) {}

    pub(crate) fn at_batch(self) {}
}
