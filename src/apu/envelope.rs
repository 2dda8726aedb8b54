//! Envelope generator of the pulse and noise channels (<https://www.nesdev.org/wiki/APU_Envelope>).
//!
//! | $4000, $4004, $400C | bits                                                        |
//! |---------------------|-------------------------------------------------------------|
//! | `--LC VVVV`         | loop (also length counter halt), constant volume, V: volume or divider period |
//!
//! The quarter-frame clock steps it from 15 down to 0, one step every V + 1 clocks, and again from 15 if it loops.

use crate::state::persist;

/// A volume: decaying or constant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Envelope {
    looping: bool,
    constant: bool,
    /// The constant volume, and the divider's period minus one.
    volume: u8,
    /// The fourth register was written: restart at the next clock.
    start: bool,
    divider: u8,
    decay: u8,
}

impl Envelope {
    /// A write to the channel's first register.
    pub(super) fn write(&mut self, value: u8) {
        self.looping = value & 0x20 != 0;
        self.constant = value & 0x10 != 0;
        self.volume = value & 0x0f;
    }

    /// Whether [`Envelope::write`] would change nothing.
    #[inline]
    pub(super) fn is_written(&self, value: u8) -> bool {
        (self.looping, self.constant, self.volume) == (value & 0x20 != 0, value & 0x10 != 0, value & 0x0f)
    }

    /// A write to the channel's fourth register: restart at the next clock.
    pub(super) fn restart(&mut self) {
        self.start = true;
    }

    /// The quarter-frame clock.
    pub(super) fn clock(&mut self) {
        if self.start {
            self.start = false;
            self.decay = 15;
            self.divider = self.volume;
        } else if self.divider > 0 {
            self.divider -= 1;
        } else {
            self.divider = self.volume;
            if self.decay > 0 {
                self.decay -= 1;
            } else if self.looping {
                self.decay = 15;
            }
        }
    }

    /// The volume now, 0 to 15.
    pub(super) fn volume(&self) -> u8 {
        if self.constant { self.volume } else { self.decay }
    }
}

persist!(Envelope { looping, constant, volume: within(0..=15), start, divider: within(0..=15), decay: within(0..=15) });

#[cfg(test)]
mod tests {
    use super::*;

    fn volumes(envelope: &mut Envelope, clocks: usize) -> Vec<u8> {
        (0..clocks)
            .map(|_| {
                envelope.clock();
                envelope.volume()
            })
            .collect()
    }

    #[test]
    fn the_volume_decays_once_every_period_plus_one_clocks() {
        let mut envelope = Envelope::default();
        envelope.write(0x02);
        envelope.restart();
        assert_eq!(volumes(&mut envelope, 8), [15, 15, 15, 14, 14, 14, 13, 13]);
        volumes(&mut envelope, 100);
        assert_eq!(envelope.volume(), 0, "without loop it stays at 0");
    }

    #[test]
    fn a_looping_envelope_restarts_at_15() {
        let mut envelope = Envelope::default();
        envelope.write(0x20);
        envelope.restart();
        let volumes = volumes(&mut envelope, 18);
        assert_eq!(volumes[14..], [1, 0, 15, 14]);
    }

    #[test]
    fn a_constant_volume_hides_the_running_decay() {
        let mut envelope = Envelope::default();
        envelope.write(0x17);
        envelope.restart();
        envelope.clock();
        assert_eq!(envelope.volume(), 7);
        envelope.write(0x07);
        assert_eq!(envelope.volume(), 15);
    }
}
