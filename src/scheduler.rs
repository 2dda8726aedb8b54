//! The deadline: the earliest cycle in which the CPU could notice an event that it does not cause by an access.
//!
//! Each source has a due time, the earliest cycle of its next event; the deadline is the minimum. A due time may be
//! early (the console then sets a later one), never late. While the I flag is set, IRQ sources do not count; a change
//! of the I flag recomputes the deadline.

use crate::clock::NEVER;
use crate::random::Random;
use crate::testing::switches::DeadlineMode;
use ricojit_interpreter::Cycle;

/// An event that the CPU notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The NMI edge detector samples an edge.
    Nmi,
    /// $4014 was written: the next read halts the CPU.
    OamDma,
    /// The DMC requests a sample byte.
    DmcDma,
    /// The APU (frame counter or DMC) asserts IRQ.
    ApuIrq,
    /// The board asserts IRQ.
    MapperIrq,
}

const EVENTS: usize = 5;

/// The events that the I flag masks.
const IRQS: [Event; 2] = [Event::ApuIrq, Event::MapperIrq];

/// [`DeadlineMode::Random`] is early by less than this.
const MAX_SHORTENING: u64 = 64;

/// Due times and their minimum.
#[derive(Clone, Debug)]
pub(crate) struct Scheduler {
    due: [Cycle; EVENTS],
    irq_masked: bool,
    deadline: Cycle,
    mode: DeadlineMode,
    random: Random,
}

impl Scheduler {
    /// A scheduler without due events. `mode` is a test switch.
    pub(crate) fn new(mode: DeadlineMode) -> Self {
        let random = Random::new(if let DeadlineMode::Random(seed) = mode { seed } else { 0 });
        let mut scheduler = Self { due: [NEVER; EVENTS], irq_masked: true, deadline: 0, mode, random };
        scheduler.recompute();
        scheduler
    }

    /// The earliest due time.
    #[inline]
    pub(crate) fn deadline(&self) -> Cycle {
        self.deadline
    }

    /// Whether an event can have happened before the poll of cycle `at`. The test modes ask the chips at each poll, so that
    /// they notice a due time that is late.
    #[inline]
    pub(crate) fn is_due(&self, event: Event, at: Cycle) -> bool {
        self.due[event as usize] <= at || self.mode != DeadlineMode::Real
    }

    /// Sets the due time of an event.
    #[inline]
    pub(crate) fn set(&mut self, event: Event, at: Cycle) {
        // Most due times do not change.
        if std::mem::replace(&mut self.due[event as usize], at) != at {
            self.recompute();
        }
    }

    /// Sets the CPU's I flag.
    #[inline]
    pub(crate) fn set_irq_mask(&mut self, masked: bool) {
        self.irq_masked = masked;
        self.recompute();
    }

    /// The earliest due time; without those of IRQs, if they are left out.
    pub(crate) fn earliest(&mut self, without_irqs: bool) -> Cycle {
        let mut earliest = NEVER;
        for (event, &due) in self.due.iter().enumerate() {
            let left_out = without_irqs && IRQS.iter().any(|&irq| irq as usize == event);
            if !left_out {
                earliest = earliest.min(due);
            }
        }
        match self.mode {
            DeadlineMode::Real => earliest,
            DeadlineMode::Now => 0,
            DeadlineMode::Random(_) => earliest.saturating_sub(self.random.next() % MAX_SHORTENING),
        }
    }

    fn recompute(&mut self) {
        self.deadline = self.earliest(self.irq_masked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_the_earliest_unmasked_event() {
        let mut s = Scheduler::new(DeadlineMode::Real);
        assert_eq!(s.deadline(), NEVER);
        s.set(Event::Nmi, 100);
        s.set(Event::ApuIrq, 50);
        assert_eq!(s.deadline(), 100);
        s.set_irq_mask(false);
        assert_eq!(s.deadline(), 50);
        s.set(Event::ApuIrq, NEVER);
        s.set(Event::DmcDma, 70);
        assert_eq!(s.deadline(), 70);
        assert!(s.is_due(Event::Nmi, 100) && !s.is_due(Event::Nmi, 99));
    }
}
