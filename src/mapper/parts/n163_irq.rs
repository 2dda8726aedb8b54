//! The IRQ of Namco's 129 and 163: a 15-bit up counter that stops at $7FFF with an IRQ.
//!
//! ```text
//!       76543210
//! low   LLLLLLLL  the count itself, read and written; a write acknowledges
//! high  EHHHHHHH  E: it counts; as low
//! ```
//!
//! A count that is written as $7FFF has not reached it: no IRQ. <https://www.nesdev.org/wiki/INES_Mapper_019>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

const TOP: u16 = 0x7FFF;
const COUNTS: u16 = 0x8000;

/// The count and, as bit 15, its enable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct N163Count {
    pub(super) register: u16,
}

/// The counter with its registers.
pub(crate) type N163Irq = Counter<N163Count>;

impl N163Irq {
    /// A write of the low (0) or high (1) half in cycle `at`.
    pub(crate) fn write_half(&mut self, half: usize, value: u8, at: Cycle) {
        let register = &mut self.acknowledge(at).register;
        let mut bytes = register.to_le_bytes();
        bytes[half & 1] = value;
        *register = u16::from_le_bytes(bytes);
    }

    /// A read of the low (0) or high (1) half.
    pub(crate) fn read_half(&mut self, half: usize, at: Cycle) -> u8 {
        self.access(at).register.to_le_bytes()[half & 1]
    }

    /// The half as of the cycle that the counter was brought to.
    pub(crate) fn peek_half(&self, half: usize) -> u8 {
        self.chip.register.to_le_bytes()[half & 1]
    }
}

impl Count for N163Count {
    fn until_irq(&self) -> Option<u64> {
        let left = TOP - (self.register & TOP);
        (self.register & COUNTS != 0 && left != 0).then_some(u64::from(left))
    }

    fn count(&mut self, times: u64) {
        if self.register & COUNTS != 0 {
            let count = u64::from(self.register & TOP) + times;
            self.register = COUNTS | count.min(u64::from(TOP)) as u16;
        }
    }
}

persist!(N163Count { register });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    #[test]
    fn it_counts_up_to_the_top_and_stops() {
        let mut irq = N163Irq::default();
        irq.write_half(0, 0xF0, 0);
        irq.write_half(1, 0xFF, 1000);
        assert_eq!(irq.next(0), 1015);
        assert_eq!([irq.read_half(0, 1003), irq.read_half(1, 1003)], [0xF3, 0xFF]);
        assert_eq!([irq.read_half(0, 5000), irq.peek_half(1)], [0xFF, 0xFF]);
        assert_eq!(irq.line().since(), Some(1015));
        irq.write_half(1, 0xFF, 6000);
        assert_eq!((irq.line().since(), irq.next(0)), (None, crate::clock::NEVER));
    }
}
