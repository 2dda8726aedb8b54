//! Chips and circuits that several boards have: counters of CPU cycles and their IRQ line, serial EEPROMs, flash memory.

pub(super) mod bandai_irq;
pub(super) mod counter;
#[cfg(test)]
mod counter_tests;
pub(super) mod eeprom;
pub(super) mod event_irq;
pub(super) mod flash;
pub(super) mod fme7_irq;
pub(super) mod h3001_irq;
pub(super) mod n163_irq;
pub(super) mod serial_port;
pub(super) mod ss88006_irq;
pub(super) mod sunsoft3_irq;
pub(super) mod vrc3_irq;
pub(super) mod vrc_irq;

use crate::cartridge::Mirroring;

/// The nametables that two bits of most boards name.
pub(super) fn mirroring(bits: u8) -> Mirroring {
    match bits & 3 {
        0 => Mirroring::Vertical,
        1 => Mirroring::Horizontal,
        2 => Mirroring::SingleLow,
        _ => Mirroring::SingleHigh,
    }
}
