//! The IRQ of Sunsoft's FME-7, 5A and 5B: a 16-bit down counter that wraps from $0000 to $FFFF.
//!
//! ```text
//!          76543210
//! control  C......T  C: it counts, T: a wrap asserts IRQ; any write acknowledges
//! low      LLLLLLLL  the count itself: there is no latch
//! high     HHHHHHHH
//! ```
//!
//! A count of n - 1 makes an IRQ n cycles later. <https://www.nesdev.org/wiki/Sunsoft_FME-7>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The count and its enables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fme7Count {
    pub(super) count: u16,
    pub(super) counting: bool,
    pub(super) enabled: bool,
}

/// The counter with its registers.
pub(crate) type Fme7Irq = Counter<Fme7Count>;

impl Fme7Irq {
    /// A write of control in cycle `at`.
    pub(crate) fn write_control(&mut self, value: u8, at: Cycle) {
        let chip = self.acknowledge(at);
        (chip.counting, chip.enabled) = (value & 0x80 != 0, value & 1 != 0);
    }

    /// A write of the low (0) or high (1) half.
    pub(crate) fn write_half(&mut self, half: usize, value: u8, at: Cycle) {
        let count = &mut self.access(at).count;
        let mut bytes = count.to_le_bytes();
        bytes[half & 1] = value;
        *count = u16::from_le_bytes(bytes);
    }
}

impl Count for Fme7Count {
    fn until_irq(&self) -> Option<u64> {
        (self.counting && self.enabled).then_some(u64::from(self.count) + 1)
    }

    fn count(&mut self, times: u64) {
        if self.counting {
            self.count = self.count.wrapping_sub(times as u16);
        }
    }
}

persist!(Fme7Count { count, counting, enabled });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    #[test]
    fn a_count_of_n_less_one_makes_an_irq_after_n_cycles() {
        let mut irq = Fme7Irq::default();
        irq.write_half(0, 99, 10);
        irq.write_half(1, 1, 20);
        irq.write_control(0x81, 1000);
        assert_eq!(irq.next(0), 1000 + 256 + 100);
        irq.run_until(1357);
        assert_eq!((irq.chip.count, irq.line().since()), (0xFFFF, Some(1356)));
        irq.write_control(0x81, 1360);
        assert_eq!((irq.line().since(), irq.next(0)), (None, 1356 + 0x10000));
    }

    #[test]
    fn it_counts_with_irq_disabled() {
        let mut irq = Fme7Irq::default();
        irq.write_control(0x80, 1000);
        irq.write_control(0x81, 1010);
        assert_eq!((irq.chip.count, irq.line().since(), irq.next(0)), (0xFFF6, None, 1010 + 0xFFF7));
        irq.write_control(0x01, 1011);
        assert_eq!(irq.next(0), crate::clock::NEVER);
    }
}
