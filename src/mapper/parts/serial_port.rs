//! The serial port of MMC1: a write with bit 7 resets it, otherwise bit 0 is shifted in, low bit first, and the fifth write
//! makes a value whole.
//!
//! A data bit in the cycle after another write is ignored, so that read-modify-write instructions shift once; a reset is never
//! ignored. <https://www.nesdev.org/wiki/MMC1>

use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The shift register when it is empty: the 1 is out after four shifts.
const EMPTY: u8 = 0b1_0000;

/// The shift register.
#[derive(Clone, Debug)]
pub(crate) struct SerialPort {
    shift: u8,
    last_write: Cycle,
}

/// What a write makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serial {
    /// A part of a value, or nothing.
    Part,
    /// The port was reset.
    Reset,
    /// A value of five bits.
    Whole(u8),
}

impl Default for SerialPort {
    fn default() -> Self {
        Self { shift: EMPTY, last_write: 0 }
    }
}

impl SerialPort {
    /// A write in cycle `at`.
    pub(crate) fn write(&mut self, value: u8, at: Cycle) -> Serial {
        let consecutive = at == self.last_write + 1;
        self.last_write = at;
        if value & 0x80 != 0 {
            self.shift = EMPTY;
            return Serial::Reset;
        }
        if consecutive {
            return Serial::Part;
        }
        let full = self.shift & 1 != 0;
        let shifted = self.shift >> 1 | (value & 1) << 4;
        self.shift = if full { EMPTY } else { shifted };
        if full { Serial::Whole(shifted) } else { Serial::Part }
    }
}

persist!(SerialPort { shift: within(0..=0x1F), last_write: until(0) });
