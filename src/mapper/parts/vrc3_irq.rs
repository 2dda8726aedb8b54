//! The IRQ of Konami's VRC3: a 16-bit up counter, of which 8 bits can count alone.
//!
//! ```text
//!              76543210
//! latch        ....LLLL  four registers: bits 0-3, 4-7, 8-11 and 12-15
//! control      .....MEA  A: the new E after an acknowledgement; E: it counts; M: 8 bits; acknowledges
//! acknowledge  ........
//! ```
//!
//! An overflow is an IRQ and loads as many bits of the latch as count. A write of control with E loads all 16 bits;
//! acknowledging copies A to E. <https://www.nesdev.org/wiki/VRC3>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// Count and latch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vrc3Count {
    pub(super) latch: u16,
    pub(super) count: u16,
    pub(super) narrow: bool,
    pub(super) enabled: bool,
    pub(super) enable_after: bool,
}

/// The counter with its registers.
pub(crate) type Vrc3Irq = Counter<Vrc3Count>;

impl Vrc3Irq {
    /// A write of one of the latch's four digits in cycle `at`.
    pub(crate) fn write_latch(&mut self, digit: usize, value: u8, at: Cycle) {
        let latch = &mut self.access(at).latch;
        let shift = 4 * (digit & 3);
        *latch = *latch & !(0xF << shift) | u16::from(value & 0xF) << shift;
    }

    /// A write of control.
    pub(crate) fn write_control(&mut self, value: u8, at: Cycle) {
        let chip = self.acknowledge(at);
        [chip.enable_after, chip.enabled, chip.narrow] = [1, 2, 4].map(|bit| value & bit != 0);
        if chip.enabled {
            chip.count = chip.latch;
        }
    }

    /// A write of acknowledge.
    pub(crate) fn write_acknowledge(&mut self, at: Cycle) {
        let chip = self.acknowledge(at);
        chip.enabled = chip.enable_after;
    }
}

impl Vrc3Count {
    /// The bits that count.
    fn mask(&self) -> u16 {
        if self.narrow { 0xFF } else { 0xFFFF }
    }
}

impl Count for Vrc3Count {
    fn until_irq(&self) -> Option<u64> {
        self.enabled.then_some(u64::from(!self.count & self.mask()) + 1)
    }

    fn count(&mut self, times: u64) {
        let Some(until_latch) = self.until_irq() else { return };
        let (mask, latch) = (self.mask(), self.latch & self.mask());
        let low = if times < until_latch {
            self.count.wrapping_add(times as u16)
        } else {
            latch + ((times - until_latch) % (u64::from(mask - latch) + 1)) as u16
        };
        self.count = self.count & !mask | low & mask;
    }
}

persist!(Vrc3Count { latch, count, narrow, enabled, enable_after });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    fn latched(value: u16) -> Vrc3Irq {
        let mut irq = Vrc3Irq::default();
        for digit in 0..4 {
            irq.write_latch(digit, (value >> (4 * digit)) as u8, 0);
        }
        irq
    }

    #[test]
    fn sixteen_bits_overflow_and_reload() {
        let mut irq = latched(0xFFF0);
        irq.write_control(3, 1000);
        assert_eq!(irq.next(0), 1016);
        irq.write_acknowledge(1018);
        assert_eq!((irq.chip.count, irq.next(0)), (0xFFF2, 1032));
    }

    #[test]
    fn eight_bits_leave_the_others_alone() {
        let mut irq = latched(0x12FE);
        irq.write_control(6, 1000);
        assert_eq!(irq.next(0), 1002);
        irq.write_latch(2, 5, 1000);
        irq.write_acknowledge(1005);
        assert_eq!((irq.chip.count, irq.next(0)), (0x12FF, crate::clock::NEVER));
    }
}
