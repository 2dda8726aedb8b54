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

/// The six flags of the 6502. The two bits that are no flip-flops always read as bit 5 = 1, bit 4 = 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Status(u8);

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
    const FLAGS: u8 = Self::N | Self::V | Self::D | Self::I | Self::Z | Self::C;

    /// P as pulled from the stack: only the six flags are taken.
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte & Self::FLAGS | Self::UNUSED)
    }

    /// P as a trace shows it and as an IRQ or NMI pushes it (B clear).
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// P as PHP and BRK push it (B set).
    pub const fn byte_with_b(self) -> u8 {
        self.0 | Self::B
    }

    /// Whether the flag is set.
    #[inline]
    pub const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// The carry as a number, 0 or 1.
    #[inline]
    pub const fn carry(self) -> u8 {
        self.0 & Self::C
    }

    /// With one flag set or cleared.
    #[inline]
    #[must_use]
    pub const fn with(self, flag: u8, on: bool) -> Self {
        Self(self.0 & !flag | if on { flag } else { 0 })
    }

    /// With N and Z as of `value`.
    #[inline]
    #[must_use]
    pub const fn with_nz(self, value: u8) -> Self {
        Self(self.0 & !(Self::N | Self::Z) | NZ[value as usize])
    }
}

/// N and Z of every value: one load instead of five operations, in the hottest place there is.
static NZ: [u8; 256] = {
    let mut table = [0; 256];
    let mut value = 0;
    while value < 256 {
        table[value] = value as u8 & Status::N;
        value += 1;
    }
    table[0] = Status::Z;
    table
};
