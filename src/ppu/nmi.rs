//! The vblank flag, and the NMI line that it pulls while PPUCTRL lets it (<https://www.nesdev.org/wiki/NMI>).
//!
//! **Contract.** An edge of the line counts once a CPU cycle has sampled it, at [`offset::NMI`]; a line that falls back before
//! that was never seen. [`Ppu::next_nmi`] is never late.

use super::{Cycle, Dot, NEVER, Ppu, ctrl, offset};

impl Ppu {
    /// Sets or clears the vblank flag; the NMI line follows.
    pub(super) fn set_vblank(&mut self, vblank: bool) {
        let line = self.nmi_line();
        self.vblank = vblank;
        // Called from inside the dot that is about to be done.
        self.nmi_line_changed(line, self.now + 1);
    }

    pub(super) fn set_ctrl(&mut self, value: u8) {
        let line = self.nmi_line();
        self.ctrl = value;
        self.nmi_line_changed(line, self.now);
    }

    pub(super) fn nmi_line(&self) -> bool {
        self.vblank && self.ctrl & ctrl::NMI != 0
    }

    /// Follows the NMI line: an edge counts once a CPU cycle has sampled it.
    pub(super) fn nmi_line_changed(&mut self, before: bool, done: Dot) {
        let after = self.nmi_line();
        if !before && after && self.nmi_edge == NEVER {
            self.nmi_edge = self.clock.cycle_of(done, offset::NMI);
        } else if before && !after && self.nmi_edge != NEVER && self.clock.dot_at(self.nmi_edge, offset::NMI) >= done {
            self.nmi_edge = NEVER;
        }
    }

    /// Whether an NMI edge was sampled before cycle `at`; the caller takes it over.
    pub(crate) fn take_nmi(&mut self, at: Cycle) -> bool {
        let taken = self.nmi_edge < at;
        if taken {
            self.nmi_edge = NEVER;
        }
        taken
    }

    /// The earliest cycle at whose start an NMI edge can have been sampled without any further access.
    pub(crate) fn next_nmi(&self) -> Cycle {
        if self.nmi_edge != NEVER {
            return self.nmi_edge + 1;
        }
        if self.ctrl & ctrl::NMI == 0 {
            return NEVER;
        }
        self.clock.cycle_of(self.next_dot(self.revision.vblank_line, 1) + 1, offset::NMI) + 1
    }
}
