//! The processor status register P.
//!
//! ```text
//! 7  bit  0
//! NV1B DIZC
//! |||| ||||
//! |||| |||+- Carry
//! |||| ||+-- Zero
//! |||| |+--- Interrupt disable
//! |||| +---- Decimal (a flip-flop like any other; the 2A03 has no decimal mode)
//! |||+------ B: no flip-flop, exists only in the pushed byte (1 from PHP and BRK, 0 from IRQ and NMI)
//! ||+------- no flip-flop, always pushed as 1
//! |+-------- oVerflow
//! +--------- Negative
//! ```
//!
//! Source: <https://www.nesdev.org/wiki/Status_flags>

use std::fmt::{self, Debug, Formatter};

/// The six flags of the 6502, kept in the form in which results leave the ALU. Compares and displays as the byte P.
///
/// The fields are public for engines that keep them in host registers; other callers use the methods.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Status {
    /// N and Z, as the result they come from: N is bit 7 or bit 15, Z is "the low byte is 0".
    pub nz: u16,
    /// The carry, 0 or 1.
    pub c: u8,
    /// V, D and I at their places in P, nothing else.
    pub vdi: u8,
}

impl Status {
    /// Carry, and "no borrow" of subtractions and compares.
    pub const C: u8 = 0x01;
    /// The last result was zero.
    pub const Z: u8 = 0x02;
    /// IRQs are masked.
    pub const I: u8 = 0x04;
    /// Decimal: can be set and pushed, changes nothing on the 2A03.
    pub const D: u8 = 0x08;
    /// Signed overflow.
    pub const V: u8 = 0x40;
    /// Bit 7 of the last result.
    pub const N: u8 = 0x80;

    const B: u8 = 0x10;
    const UNUSED: u8 = 0x20;
    const VDI: u8 = Self::V | Self::D | Self::I;

    /// P as pulled from the stack: only the six flags are taken.
    pub const fn from_byte(byte: u8) -> Self {
        let not_zero = byte & Self::Z == 0;
        let nz = u16::from_le_bytes([not_zero as u8, byte & Self::N]);
        Self { nz, c: byte & Self::C, vdi: byte & Self::VDI }
    }

    /// P as a trace shows it and as an IRQ or NMI pushes it (B clear).
    pub const fn byte(self) -> u8 {
        let n = if self.has(Self::N) { Self::N } else { 0 };
        let z = if self.has(Self::Z) { Self::Z } else { 0 };
        n | z | self.c | self.vdi | Self::UNUSED
    }

    /// P as PHP and BRK push it (B set).
    pub const fn byte_with_b(self) -> u8 {
        self.byte() | Self::B
    }

    /// Whether the flag (one of the constants) is set.
    #[inline(always)] // with a constant flag it is one test
    pub const fn has(self, flag: u8) -> bool {
        match flag {
            Self::N => self.nz & 0x8080 != 0,
            Self::Z => self.nz & 0x00FF == 0,
            Self::C => self.c != 0,
            _ => self.vdi & flag != 0,
        }
    }

    /// With one flag (one of the constants) set or cleared.
    #[inline(always)] // as has
    #[must_use]
    pub const fn with(self, flag: u8, on: bool) -> Self {
        let bit = if on { flag } else { 0 };
        match flag {
            Self::C => Self { c: bit, ..self },
            Self::N | Self::Z => Self::from_byte(self.byte() & !flag | bit),
            _ => Self { vdi: self.vdi & !flag | bit, ..self },
        }
    }

    /// With N and Z as of `value`.
    #[inline(always)] // as has
    #[must_use]
    pub const fn with_nz(self, value: u8) -> Self {
        Self { nz: value as u16, ..self }
    }
}

impl PartialEq for Status {
    fn eq(&self, other: &Self) -> bool {
        self.byte() == other.byte()
    }
}

impl Eq for Status {}

impl Debug for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Status({:#04X})", self.byte())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: [u8; 6] = [Status::N, Status::V, Status::D, Status::I, Status::Z, Status::C];

    #[test]
    fn a_byte_keeps_its_six_flags() {
        for byte in 0..=255 {
            let status = Status::from_byte(byte);
            assert_eq!(status.byte(), byte & 0xCF | 0x20);
            assert_eq!(status.byte_with_b(), byte | 0x30);
            assert!(FLAGS.iter().all(|&flag| status.has(flag) == (byte & flag != 0)));
        }
    }

    #[test]
    fn a_flag_changes_alone() {
        for byte in 0..=255 {
            for flag in FLAGS {
                let status = Status::from_byte(byte);
                assert_eq!(status.with(flag, true), Status::from_byte(byte | flag));
                assert_eq!(status.with(flag, false), Status::from_byte(byte & !flag));
            }
        }
    }

    #[test]
    fn n_and_z_follow_a_value() {
        for value in 0..=255 {
            let status = Status::from_byte(0xFF).with_nz(value);
            assert_eq!((status.has(Status::N), status.has(Status::Z)), (value >= 0x80, value == 0));
        }
    }
}
