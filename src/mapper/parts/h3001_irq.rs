//! The IRQ of Irem's H3001: a 16-bit down counter that stops at 0 with an IRQ.
//!
//! ```text
//!         76543210
//! enable  E.......  E: it counts; acknowledges
//! reload  ........  loads the count, and acknowledges
//! high    HHHHHHHH  the value to reload
//! low     LLLLLLLL
//! ```
//!
//! A count that is loaded as 0 has not reached it: no IRQ. <https://www.nesdev.org/wiki/INES_Mapper_065>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// Count and value to reload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct H3001Count {
    pub(super) reload: u16,
    pub(super) count: u16,
    pub(super) enabled: bool,
}

/// The counter with its registers.
pub(crate) type H3001Irq = Counter<H3001Count>;

impl H3001Irq {
    /// A write of the enable in cycle `at`.
    pub(crate) fn write_enable(&mut self, value: u8, at: Cycle) {
        self.acknowledge(at).enabled = value & 0x80 != 0;
    }

    /// A write that reloads.
    pub(crate) fn write_reload(&mut self, at: Cycle) {
        let chip = self.acknowledge(at);
        chip.count = chip.reload;
    }

    /// A write of the low (0) or high (1) half of the value to reload.
    pub(crate) fn write_half(&mut self, half: usize, value: u8, at: Cycle) {
        let reload = &mut self.access(at).reload;
        let mut bytes = reload.to_le_bytes();
        bytes[half & 1] = value;
        *reload = u16::from_le_bytes(bytes);
    }
}

impl Count for H3001Count {
    fn until_irq(&self) -> Option<u64> {
        (self.enabled && self.count != 0).then_some(u64::from(self.count))
    }

    fn count(&mut self, times: u64) {
        if self.enabled {
            self.count = u64::from(self.count).saturating_sub(times) as u16;
        }
    }
}

persist!(H3001Count { reload, count, enabled });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    #[test]
    fn it_counts_down_to_zero_and_stops() {
        let mut irq = H3001Irq::default();
        irq.write_half(1, 1, 0);
        irq.write_half(0, 44, 0);
        irq.write_enable(0x80, 5);
        assert_eq!(irq.next(0), crate::clock::NEVER, "zero already");
        irq.write_reload(1000);
        assert_eq!(irq.next(0), 1300);
        irq.run_until(100_000);
        assert_eq!((irq.chip.count, irq.line().since()), (0, Some(1300)));
        irq.write_enable(0x80, 100_000);
        assert_eq!((irq.line().since(), irq.next(0)), (None, crate::clock::NEVER));
    }
}
