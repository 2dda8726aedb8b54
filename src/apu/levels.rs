//! The mixer's two lookup tables: from the sum of the channels' outputs to a level
//! (<https://www.nesdev.org/wiki/APU_Mixer>).
//!
//! Two resistor ladders, which load themselves: their levels grow less than their inputs do.
//!
//! ```text
//! pulse_out = 95.88  / (8128  / n + 100)     n = pulse 1 + pulse 2, 0 to 30
//! tnd_out   = 163.67 / (24329 / n + 100)     n = 3 * triangle + 2 * noise + DMC, 0 to 202
//! ```
//!
//! Both together reach 1.0, here [`FULL_SCALE`].

/// The level that stands for 1.0. The rest of the 16-bit range is headroom: the high-pass filters turn a jump from
/// 0 to 1 into one of this height in either direction, with some overshoot.
const FULL_SCALE: u64 = 24_576;

/// The largest sum of the pulses.
pub(super) const MOST_PULSES: u8 = 30;

/// The largest sum of triangle, noise and DMC.
pub(super) const MOST_TND: u8 = 202;

const PULSE_TABLE: [i16; MOST_PULSES as usize + 1] = levels(95_880, 8_128);
const TND_TABLE: [i16; MOST_TND as usize + 1] = levels(163_670, 24_329);

/// `n` to `FULL_SCALE * scale / 1000 / (resistance / n + 100)`, rounded.
const fn levels<const N: usize>(scale: u64, resistance: u64) -> [i16; N] {
    let (mut all, mut n) = ([0; N], 0);
    while n < N {
        let divisor = 1000 * (resistance + 100 * n as u64);
        all[n] = ((FULL_SCALE * scale * n as u64 + divisor / 2) / divisor) as i16;
        n += 1;
    }
    all
}

/// The level of the two pulse channels, whose outputs add up to `sum`.
#[inline]
pub(super) fn pulse_out(sum: u8) -> i16 {
    PULSE_TABLE[usize::from(sum)]
}

/// The level of triangle, noise and DMC, whose weighted outputs add up to `sum`.
#[inline]
pub(super) fn tnd_out(sum: u8) -> i16 {
    TND_TABLE[usize::from(sum)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_documented_formulas() {
        let formula = |scale: f64, resistance: f64, n: usize| {
            if n == 0 { 0.0 } else { FULL_SCALE as f64 * scale / (resistance / n as f64 + 100.0) }
        };
        for (n, &level) in PULSE_TABLE.iter().enumerate() {
            assert!((f64::from(level) - formula(95.88, 8128.0, n)).abs() <= 0.5);
        }
        for (n, &level) in TND_TABLE.iter().enumerate() {
            assert!((f64::from(level) - formula(163.67, 24329.0, n)).abs() <= 0.5);
        }
    }

    #[test]
    fn levels_rise_ever_more_slowly() {
        for table in [&PULSE_TABLE[..], &TND_TABLE[..]] {
            assert!(table.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(table[1] - table[0] > table[table.len() - 1] - table[table.len() - 2]);
        }
        let full = u64::from(PULSE_TABLE[30].unsigned_abs()) + u64::from(TND_TABLE[202].unsigned_abs());
        assert!(full.abs_diff(FULL_SCALE) < FULL_SCALE / 100);
    }
}
