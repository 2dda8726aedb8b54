//! The IRQ of Bandai's FCG-1, FCG-2 and LZ93D50: a 16-bit down counter that asserts IRQ when it holds zero.
//!
//! ```text
//!          76543210
//! control  .......C  C: it counts; any write acknowledges, and loads the count from the latch (LZ93D50)
//! low      LLLLLLLL  the latch (LZ93D50), or the count itself (FCG)
//! high     HHHHHHHH
//! ```
//!
//! It holds zero also if a write makes it so: that IRQ begins in the cycle of the write. It counts on below zero.
//! <https://www.nesdev.org/wiki/INES_Mapper_016>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// Count and latch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BandaiCount {
    pub(super) latch: u16,
    pub(super) count: u16,
    pub(super) counting: bool,
}

/// The counter with its registers.
pub(crate) type BandaiIrq = Counter<BandaiCount>;

impl BandaiIrq {
    /// A write of control in cycle `at`. The LZ93D50 is `latched`.
    pub(crate) fn write_control(&mut self, value: u8, latched: bool, at: Cycle) {
        let chip = self.acknowledge(at);
        chip.counting = value & 1 != 0;
        if latched {
            chip.count = chip.latch;
        }
        self.compare(at);
    }

    /// A write of the low (0) or high (1) half. The LZ93D50 is `latched`.
    pub(crate) fn write_half(&mut self, half: usize, value: u8, latched: bool, at: Cycle) {
        let chip = self.access(at);
        let register = if latched { &mut chip.latch } else { &mut chip.count };
        let mut bytes = register.to_le_bytes();
        bytes[half & 1] = value;
        *register = u16::from_le_bytes(bytes);
        if !latched {
            self.compare(at);
        }
    }

    fn compare(&mut self, at: Cycle) {
        if self.chip.counting && self.chip.count == 0 {
            self.line.assert(at);
        }
    }
}

impl Count for BandaiCount {
    fn until_irq(&self) -> Option<u64> {
        // At zero the line is asserted already, and this not asked.
        let counts = if self.count == 0 { 0x10000 } else { u64::from(self.count) };
        self.counting.then_some(counts)
    }

    fn count(&mut self, times: u64) {
        if self.counting {
            self.count = self.count.wrapping_sub(times as u16);
        }
    }
}

persist!(BandaiCount { latch, count, counting });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    #[test]
    fn it_asserts_irq_when_it_holds_zero() {
        let mut irq = BandaiIrq::default();
        irq.write_half(0, 100, true, 0);
        irq.write_half(1, 1, true, 0);
        irq.write_control(1, true, 1000);
        assert_eq!(irq.next(0), 1000 + 356);
        irq.run_until(1357);
        assert_eq!((irq.chip.count, irq.line().since()), (0, Some(1356)));
        irq.write_control(1, false, 1360);
        assert_eq!(irq.next(0), 1356 + 0x10000, "it counts on");
    }

    #[test]
    fn only_the_lz93d50_has_a_latch() {
        let mut irq = BandaiIrq::default();
        irq.write_control(1, true, 10);
        assert_eq!(irq.line().since(), Some(10), "zero");
        irq.write_half(0, 50, true, 20);
        assert_eq!(irq.chip.count, 0xFFF6);
        irq.write_half(0, 50, false, 21);
        assert_eq!(irq.chip.count, 0xFF32);
        irq.write_control(1, true, 30);
        assert_eq!((irq.line().since(), irq.next(0)), (None, 80));
    }

    #[test]
    fn a_write_that_makes_it_zero_asserts_irq() {
        let mut irq = BandaiIrq::default();
        irq.write_half(0, 2, false, 0);
        irq.write_control(1, false, 10);
        irq.write_half(0, 0, false, 11);
        assert_eq!(irq.line().since(), Some(11));
        irq.write_control(0, false, 12);
        irq.write_half(0, 0, false, 13);
        assert_eq!(irq.line().since(), None, "it does not count");
    }
}
