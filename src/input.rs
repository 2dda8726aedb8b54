//! Two standard controllers at $4016 and $4017, and scripts and movies that operate them.
//!
//! Each controller is a 4021 shift register. While the strobe (OUT0, bit 0 of $4016) is high it keeps loading the
//! buttons. Then each read shifts one bit out on D0, in the order A, B, Select, Start, Up, Down, Left, Right, then ones
//! (<https://www.nesdev.org/wiki/Standard_controller>).

pub mod fm2;
pub mod movie;
pub mod script;

use crate::clock::{NEVER, is_get};
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::{BitOr, BitOrAssign};

/// The held buttons of a controller, one bit each, in the order in which the controller shifts them out: A is bit 0.
///
/// ```
/// use ricojit::Buttons;
///
/// let held = Buttons::RIGHT | Buttons::A;
/// assert!(held.contains(Buttons::A) && !held.contains(Buttons::B));
/// assert_eq!(held.0, 0x81);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Buttons(pub u8);

impl Buttons {
    /// No button.
    pub const NONE: Self = Self(0);
    /// The A button.
    pub const A: Self = Self(0x01);
    /// The B button.
    pub const B: Self = Self(0x02);
    /// The Select button.
    pub const SELECT: Self = Self(0x04);
    /// The Start button.
    pub const START: Self = Self(0x08);
    /// Up on the directional pad.
    pub const UP: Self = Self(0x10);
    /// Down on the directional pad.
    pub const DOWN: Self = Self(0x20);
    /// Left on the directional pad.
    pub const LEFT: Self = Self(0x40);
    /// Right on the directional pad.
    pub const RIGHT: Self = Self(0x80);

    /// Whether all buttons of `other` are held.
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

/// A controller port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pad {
    /// Player 1, read at $4016.
    One,
    /// Player 2, read at $4017.
    Two,
}

/// One controller's shift register.
#[derive(Clone, Debug)]
struct ShiftRegister {
    held: Buttons,
    bits: u8,
    /// The register shifts after a cycle without a read: reads in consecutive cycles clock it once.
    shift_due: Cycle,
}

/// Both ports and the strobe they share.
#[derive(Clone, Debug)]
pub(crate) struct Controllers {
    pads: [ShiftRegister; 2],
    /// The cycle in which OUT0 became high; NEVER while it is low. The registers load at the end of each get cycle.
    strobe_since: Cycle,
}

impl Default for Controllers {
    fn default() -> Self {
        let pad = ShiftRegister { held: Buttons::NONE, bits: 0, shift_due: NEVER };
        Self { pads: [pad.clone(), pad], strobe_since: NEVER }
    }
}

impl Controllers {
    /// Holds exactly `buttons` on a pad.
    pub(crate) fn set_buttons(&mut self, pad: Pad, buttons: Buttons) {
        self.pads[pad as usize].held = buttons;
    }

    /// The buttons held on a pad.
    pub(crate) fn held(&self, pad: Pad) -> Buttons {
        self.pads[pad as usize].held
    }

    /// A write of $4016 in cycle `at`.
    pub(crate) fn write_strobe(&mut self, value: u8, at: Cycle) {
        self.run_until(at);
        if value & 1 == 0 {
            self.strobe_since = NEVER;
        } else if self.strobe_since == NEVER {
            self.strobe_since = at;
        }
    }

    /// A read of $4016 or $4017 in cycle `at`. Returns the bit on D0.
    pub(crate) fn read(&mut self, pad: Pad, at: Cycle) -> u8 {
        self.run_until(at);
        let register = &mut self.pads[pad as usize];
        register.shift_due = at + 2;
        register.bits & 1
    }

    /// Performs the loads and shifts that became due before cycle `at`.
    pub(crate) fn run_until(&mut self, at: Cycle) {
        // The first get cycle in which the strobe was high must be over.
        let first_get = self.strobe_since.saturating_add(u64::from(!is_get(self.strobe_since)));
        let loads = first_get < at;
        let strobing = self.strobe_since != NEVER;
        for register in &mut self.pads {
            if loads {
                register.bits = register.held.0;
            } else if !strobing && register.shift_due <= at {
                register.bits = register.bits >> 1 | 0x80;
            }
            if strobing || register.shift_due <= at {
                register.shift_due = NEVER;
            }
        }
    }
}

persist!(Buttons { 0 });

persist!(ShiftRegister { held, bits, shift_due: until(8) });

persist!(Controllers { pads, strobe_since: until(0) });
