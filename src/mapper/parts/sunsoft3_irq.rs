//! The IRQ of the Sunsoft-3: a 16-bit down counter that stops with an IRQ when it wraps from $0000 to $FFFF.
//!
//! ```text
//!              76543210
//! load         NNNNNNNN  the count itself: first the high, then the low half
//! enable       ...P....  P: it counts; the next load is a first one; does not acknowledge
//! acknowledge  ........
//! ```
//!
//! <https://www.nesdev.org/wiki/INES_Mapper_067>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sunsoft3Count {
    pub(super) count: u16,
    pub(super) counting: bool,
    /// The next load is a second one.
    pub(super) second: bool,
}

/// The counter with its registers.
pub(crate) type Sunsoft3Irq = Counter<Sunsoft3Count>;

impl Sunsoft3Irq {
    /// A write of load in cycle `at`.
    pub(crate) fn write_load(&mut self, value: u8, at: Cycle) {
        let chip = self.access(at);
        let [low, high] = chip.count.to_le_bytes();
        chip.count = u16::from_le_bytes(if chip.second { [value, high] } else { [low, value] });
        chip.second = !chip.second;
    }

    /// A write of enable.
    pub(crate) fn write_enable(&mut self, value: u8, at: Cycle) {
        let chip = self.access(at);
        (chip.counting, chip.second) = (value & 0x10 != 0, false);
    }

    /// A write of acknowledge.
    pub(crate) fn write_acknowledge(&mut self, at: Cycle) {
        self.acknowledge(at);
    }
}

impl Count for Sunsoft3Count {
    fn until_irq(&self) -> Option<u64> {
        self.counting.then_some(u64::from(self.count) + 1)
    }

    fn count(&mut self, times: u64) {
        if self.counting {
            self.counting = times <= u64::from(self.count);
            self.count = if self.counting { self.count - times as u16 } else { 0xFFFF };
        }
    }
}

persist!(Sunsoft3Count { count, counting, second });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    #[test]
    fn it_stops_below_zero() {
        let mut irq = Sunsoft3Irq::default();
        irq.write_load(0x01, 0);
        irq.write_load(0x02, 1);
        irq.write_enable(0x10, 1000);
        assert_eq!(irq.next(0), 1000 + 0x103);
        irq.run_until(9000);
        assert_eq!((irq.chip.count, irq.line().since()), (0xFFFF, Some(0x103 + 1000)));
        irq.write_enable(0x10, 9000);
        assert!(irq.line().is_asserted(), "enable does not acknowledge");
        irq.write_acknowledge(9001);
        assert_eq!((irq.line().since(), irq.next(0)), (None, 9000 + 0x10000));
    }

    #[test]
    fn enable_makes_the_next_load_a_first_one() {
        let mut irq = Sunsoft3Irq::default();
        irq.write_load(0x12, 0);
        irq.write_enable(0, 1);
        irq.write_load(0x34, 2);
        irq.write_load(0x56, 3);
        irq.write_load(0x78, 4);
        assert_eq!(irq.chip.count, 0x7856);
    }
}
