//! Two standard controllers on the ports $4016 and $4017.
//!
//! A 4021 shift register each: while the strobe (OUT0, bit 0 of $4016) is high it keeps loading the buttons; after
//! that every read shifts one out on D0, in the order A, B, Select, Start, Up, Down, Left, Right, then ones
//! (<https://www.nesdev.org/wiki/Standard_controller>).

pub mod fm2;
pub mod movie;
pub mod script;

use std::ops::{BitOr, BitOrAssign};

/// Pressed buttons, one bit each, in the order in which the controller shifts them out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Buttons(pub u8);

impl Buttons {
    /// Nothing pressed.
    pub const NONE: Self = Self(0);
    /// The A button.
    pub const A: Self = Self(0x01);
    /// The B button.
    pub const B: Self = Self(0x02);
    /// The Select button.
    pub const SELECT: Self = Self(0x04);
    /// The Start button.
    pub const START: Self = Self(0x08);
    /// The directional pad, up.
    pub const UP: Self = Self(0x10);
    /// The directional pad, down.
    pub const DOWN: Self = Self(0x20);
    /// The directional pad, left.
    pub const LEFT: Self = Self(0x40);
    /// The directional pad, right.
    pub const RIGHT: Self = Self(0x80);

    /// Whether all of `other` are pressed.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Buttons {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Buttons {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// One of the two controller ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pad {
    /// Player 1, read at $4016.
    One,
    /// Player 2, read at $4017.
    Two,
}
