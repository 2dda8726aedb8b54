//! How fast the machine runs: a factor chosen from a ladder, and two ways to be faster for a while.

use std::fmt;

/// The factors that the keys step through.
pub(super) const LADDER: [f64; 12] = [0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0];

/// A speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// So many times the console's.
    Times(f64),
    /// As fast as the host can.
    Unlimited,
}

impl Default for Speed {
    fn default() -> Self {
        Self::Times(1.0)
    }
}

impl Speed {
    /// A factor from 0.25 to 16, or `unlimited`.
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        if word == "unlimited" {
            return Ok(Self::Unlimited);
        }
        let expected =
            || format!("expected a factor from {} to {}, or `unlimited`", LADDER[0], LADDER[LADDER.len() - 1]);
        let factor: f64 = word.parse().map_err(|_| expected())?;
        if (LADDER[0]..=LADDER[LADDER.len() - 1]).contains(&factor) { Ok(Self::Times(factor)) } else { Err(expected()) }
    }

    /// Whether more frames are made than can be shown.
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

/// What the player asked for, and the speed that follows.
#[derive(Clone, Debug)]
pub(super) struct Throttle {
    chosen: Speed,
    /// The speed while the key for it is held.
    held_speed: Speed,
    held: bool,
    unlimited: bool,
}

impl Throttle {
    pub(super) fn new(chosen: Speed, held_speed: Speed) -> Self {
        Self { chosen, held_speed, held: false, unlimited: false }
    }

    /// The speed now.
    pub(super) fn speed(&self) -> Speed {
        match self {
            Self { unlimited: true, .. } => Speed::Unlimited,
            Self { held: true, held_speed, .. } => *held_speed,
            Self { chosen, .. } => *chosen,
        }
    }

    /// Fast-forward is held or not.
    pub(super) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Unlimited or not.
    pub(super) fn toggle_unlimited(&mut self) {
        self.unlimited = !self.unlimited;
    }

    /// The next faster factor.
    pub(super) fn faster(&mut self) {
        self.chosen = Speed::Times(match self.chosen {
            Speed::Times(factor) => LADDER.into_iter().find(|&step| step > factor).unwrap_or(factor),
            Speed::Unlimited => LADDER[LADDER.len() - 1],
        });
    }

    /// The next slower factor.
    pub(super) fn slower(&mut self) {
        self.chosen = Speed::Times(match self.chosen {
            Speed::Times(factor) => LADDER.into_iter().rev().find(|&step| step < factor).unwrap_or(factor),
            Speed::Unlimited => LADDER[LADDER.len() - 1],
        });
    }

    /// Back to the console's own speed.
    pub(super) fn normal(&mut self) {
        self.chosen = Speed::default();
        self.unlimited = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_ends_where_it_ends() {
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
    fn a_factor_between_two_steps_goes_to_the_next() {
        let mut throttle = Throttle::new(Speed::Times(5.0), Speed::Times(4.0));
        throttle.faster();
        assert_eq!(throttle.speed(), Speed::Times(6.0));
        let mut throttle = Throttle::new(Speed::Unlimited, Speed::Times(4.0));
        throttle.slower();
        assert_eq!(throttle.speed(), Speed::Times(16.0));
    }

    #[test]
    fn holding_ends_and_toggling_stays() {
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
    fn words() {
        assert_eq!(Speed::parse("0.25"), Ok(Speed::Times(0.25)));
        assert_eq!(Speed::parse("16"), Ok(Speed::Times(16.0)));
        assert_eq!(Speed::parse("unlimited"), Ok(Speed::Unlimited));
        for bad in ["0", "17", "-1", "NaN", "inf", "fast", ""] {
            assert!(Speed::parse(bad).is_err(), "{bad}");
        }
    }
}
