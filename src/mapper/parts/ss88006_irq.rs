//! The IRQ of Jaleco's SS 88006: a down counter of 16, 12, 8 or 4 bits.
//!
//! ```text
//!           3210
//! reload    LLLL  four registers: bits 0-3, 4-7, 8-11 and 12-15 of the value to reload
//! restart   ....  loads all 16 bits, and acknowledges
//! control   FETC  C: it counts; F: 4 bits, E: 8 bits, T: 12 bits, the narrowest wins; acknowledges
//! ```
//!
//! IRQ follows when the low bits wrap below 0; the others keep their value. <https://www.nesdev.org/wiki/INES_Mapper_018>

use super::counter::{Count, Counter};
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// Count and value to reload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ss88006Count {
    pub(super) reload: u16,
    pub(super) count: u16,
    pub(super) control: u8,
}

/// The counter with its registers.
pub(crate) type Ss88006Irq = Counter<Ss88006Count>;

impl Ss88006Irq {
    /// A write of the value to reload, of one of its four digits, in cycle `at`.
    pub(crate) fn write_reload(&mut self, digit: usize, value: u8, at: Cycle) {
        let reload = &mut self.access(at).reload;
        let shift = 4 * (digit & 3);
        *reload = *reload & !(0xF << shift) | u16::from(value & 0xF) << shift;
    }

    /// A write of restart.
    pub(crate) fn write_restart(&mut self, at: Cycle) {
        let chip = self.acknowledge(at);
        chip.count = chip.reload;
    }

    /// A write of control.
    pub(crate) fn write_control(&mut self, value: u8, at: Cycle) {
        self.acknowledge(at).control = value & 0xF;
    }
}

impl Ss88006Count {
    /// The bits that count.
    fn mask(&self) -> u16 {
        match self.control {
            8.. => 0xF,
            4..8 => 0xFF,
            2..4 => 0xFFF,
            _ => 0xFFFF,
        }
    }
}

impl Count for Ss88006Count {
    fn until_irq(&self) -> Option<u64> {
        (self.control & 1 != 0).then_some(u64::from(self.count & self.mask()) + 1)
    }

    fn count(&mut self, times: u64) {
        if self.control & 1 != 0 {
            let mask = self.mask();
            self.count = self.count & !mask | self.count.wrapping_sub(times as u16) & mask;
        }
    }
}

persist!(Ss88006Count { reload, count, control: within(0..=0xF) });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapper::irq::CycleCounter;

    fn loaded(value: u16) -> Ss88006Irq {
        let mut irq = Ss88006Irq::default();
        for digit in 0..4 {
            irq.write_reload(digit, (value >> (4 * digit)) as u8 | 0xF0, 0);
        }
        irq.write_restart(1);
        irq
    }

    #[test]
    fn the_narrowest_width_wins() {
        let counts = [(1, 0x1233), (3, 0x233), (5, 0x33), (7, 0x33), (9, 0x3), (0xF, 0x3)];
        for (control, count) in counts {
            let mut irq = loaded(0x1232);
            irq.write_control(control, 1000);
            assert_eq!(irq.next(0), 1000 + count, "{control}");
        }
    }

    #[test]
    fn bits_that_do_not_count_stay() {
        let mut irq = loaded(0x1232);
        irq.write_control(0xF, 1000);
        irq.run_until(1004);
        assert_eq!((irq.chip.count, irq.line().since()), (0x123F, Some(1003)));
        irq.write_control(0, 1010);
        assert_eq!((irq.chip.count, irq.line().since(), irq.next(0)), (0x1238, None, crate::clock::NEVER));
        irq.write_restart(1020);
        assert_eq!(irq.chip.count, 0x1232);
    }
}
