//! Holds button presses, which come at any time, for the machine, which reads buttons once per frame.
//!
//! A pressed button is held for at least one frame, however short the press was.

use ricojit::{Buttons, Pad};

/// How to treat opposite directions, which are impossible on a real pad and break some games.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Opposites {
    /// Both are released.
    #[default]
    Cancel,
    /// Both are pressed.
    Allow,
}

/// The buttons of the two pads.
#[derive(Clone, Debug, Default)]
pub(super) struct Latch {
    opposites: Opposites,
    held: [u8; 2],
    /// Pressed since the last frame, even if released again.
    pressed: [u8; 2],
}

impl Latch {
    pub(super) fn new(opposites: Opposites) -> Self {
        Self { opposites, ..Self::default() }
    }

    /// A button goes down.
    pub(super) fn press(&mut self, pad: Pad, buttons: Buttons) {
        self.held[pad as usize] |= buttons.0;
        self.pressed[pad as usize] |= buttons.0;
    }

    /// A button goes up.
    pub(super) fn release(&mut self, pad: Pad, buttons: Buttons) {
        self.held[pad as usize] &= !buttons.0;
    }

    /// The buttons for a frame that is about to run.
    pub(super) fn take(&mut self, pad: Pad) -> Buttons {
        let mut bits = self.held[pad as usize] | std::mem::take(&mut self.pressed[pad as usize]);
        if self.opposites == Opposites::Cancel {
            for pair in [Buttons::UP | Buttons::DOWN, Buttons::LEFT | Buttons::RIGHT] {
                if Buttons(bits).contains(pair) {
                    bits &= !pair.0;
                }
            }
        }
        Buttons(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_press_lasts_one_frame() {
        let mut latch = Latch::default();
        latch.press(Pad::One, Buttons::A);
        latch.release(Pad::One, Buttons::A);
        assert_eq!(latch.take(Pad::Two), Buttons::NONE);
        assert_eq!(latch.take(Pad::One), Buttons::A);
        assert_eq!(latch.take(Pad::One), Buttons::NONE);
    }

    #[test]
    fn a_held_button_stays_pressed() {
        let mut latch = Latch::default();
        latch.press(Pad::Two, Buttons::START);
        for _ in 0..3 {
            assert_eq!(latch.take(Pad::Two), Buttons::START);
        }
        latch.release(Pad::Two, Buttons::START);
        assert_eq!(latch.take(Pad::Two), Buttons::NONE);
    }

    #[test]
    fn opposite_directions_cancel_unless_allowed() {
        let all = Buttons::UP | Buttons::DOWN | Buttons::LEFT | Buttons::B;
        for (opposites, expected) in [(Opposites::Cancel, Buttons::LEFT | Buttons::B), (Opposites::Allow, all)] {
            let mut latch = Latch::new(opposites);
            latch.press(Pad::One, all);
            assert_eq!(latch.take(Pad::One), expected);
        }
        // The remaining one counts again.
        let mut latch = Latch::default();
        latch.press(Pad::One, Buttons::LEFT | Buttons::RIGHT);
        assert_eq!(latch.take(Pad::One), Buttons::NONE);
        latch.release(Pad::One, Buttons::LEFT);
        assert_eq!(latch.take(Pad::One), Buttons::RIGHT);
    }
}
