//! The speed of the machine: a factor from a ladder, fast-forward, and unlimited.

use std::fmt;

/// The factors that the keys step through.
pub(super) const LADDER: [f64; 12] = [0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0];

/// A speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// A multiple of the console's speed.
    Times(f64),
    /// Unlimited.
    Unlimited,
}

impl Default for Speed {
    fn default() -> Self {
        Self::Times(1.0)
    }
}

impl Speed {
    /// Parses a factor from 0.25 to 16, or `unlimited`.
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        if word == "unlimited" {
            return Ok(Self::Unlimited);
        }
        let expected =
            || format!("expected a factor from {} to {}, or `unlimited`", LADDER[0], LADDER[LADDER.len() - 1]);
        let factor: f64 = word.parse().map_err(|_| expected())?;
        if (LADDER[0]..=LADDER[LADDER.len() - 1]).contains(&factor) { Ok(Self::Times(factor)) } else { Err(expected()) }
    }

    /// Whether the machine makes more frames than a display shows.
    pub(super) fn is_fast(self) -> bool {
        match self {
            Self::Times(factor) => factor > 1.0,
            Self::Unlimited => true,
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(factor) => write!(f, "x{factor}"),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// The settings of the user, which determine the speed.
#[derive(Clone, Debug)]
pub(super) struct Throttle {
    chosen: Speed,
    /// The speed while fast-forward is held.
    held_speed: Speed,
    held: bool,
    unlimited: bool,
}

impl Throttle {
    pub(super) fn new(chosen: Speed, held_speed: Speed) -> Self {
        Self { chosen, held_speed, held: false, unlimited: false }
    }

    /// The current speed.
    pub(super) fn speed(&self) -> Speed {
        match self {
            Self { unlimited: true, .. } => Speed::Unlimited,
            Self { held: true, held_speed, .. } => *held_speed,
            Self { chosen, .. } => *chosen,
        }
    }

    /// Starts or ends fast-forward.
    pub(super) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Toggles unlimited speed.
    pub(super) fn toggle_unlimited(&mut self) {
        self.unlimited = !self.unlimited;
    }

    /// Steps to the next faster factor.
    pub(super) fn faster(&mut self) {
        self.chosen = Speed::Times(match self.chosen {
            Speed::Times(factor) => LADDER.into_iter().find(|&step| step > factor).unwrap_or(factor),
            Speed::Unlimited => LADDER[LADDER.len() - 1],
        });
    }

    /// Steps to the next slower factor.
    pub(super) fn slower(&mut self) {
        self.chosen = Speed::Times(match self.chosen {
            Speed::Times(factor) => LADDER.into_iter().rev().find(|&step| step < factor).unwrap_or(factor),
            Speed::Unlimited => LADDER[LADDER.len() - 1],
        });
    }

    /// Sets normal speed.
    pub(super) fn normal(&mut self) {
        self.chosen = Speed::default();
        self.unlimited = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stop_at_the_ends_of_the_ladder() {
        let mut throttle = Throttle::new(Speed::default(), Speed::Times(4.0));
        for _ in 0..20 {
            throttle.faster();
        }
        assert_eq!(throttle.speed(), Speed::Times(16.0));
        for _ in 0..20 {
            throttle.slower();
        }
        assert_eq!(throttle.speed(), Speed::Times(0.25));
        throttle.normal();
        assert_eq!(throttle.speed(), Speed::Times(1.0));
    }

    #[test]
    fn a_factor_between_two_steps_goes_to_its_neighbours() {
        let mut throttle = Throttle::new(Speed::Times(5.0), Speed::Times(4.0));
        throttle.faster();
        assert_eq!(throttle.speed(), Speed::Times(6.0));
        let mut throttle = Throttle::new(Speed::Unlimited, Speed::Times(4.0));
        throttle.slower();
        assert_eq!(throttle.speed(), Speed::Times(16.0));
    }

    #[test]
    fn fast_forward_ends_and_unlimited_stays() {
        let mut throttle = Throttle::new(Speed::Times(0.5), Speed::Times(4.0));
        throttle.hold(true);
        assert_eq!(throttle.speed(), Speed::Times(4.0));
        throttle.hold(false);
        assert_eq!(throttle.speed(), Speed::Times(0.5));
        throttle.toggle_unlimited();
        throttle.hold(true);
        throttle.hold(false);
        assert_eq!(throttle.speed(), Speed::Unlimited);
        throttle.toggle_unlimited();
        assert_eq!(throttle.speed(), Speed::Times(0.5));
    }

    #[test]
    fn factors_and_unlimited_are_parsed() {
        assert_eq!(Speed::parse("0.25"), Ok(Speed::Times(0.25)));
        assert_eq!(Speed::parse("16"), Ok(Speed::Times(16.0)));
        assert_eq!(Speed::parse("unlimited"), Ok(Speed::Unlimited));
        for bad in ["0", "17", "-1", "NaN", "inf", "fast", ""] {
            assert!(Speed::parse(bad).is_err(), "{bad}");
        }
    }
}
