//! Noise channel (<https://www.nesdev.org/wiki/APU_Noise>).
//!
//! | register | bits        | meaning                                                  |
//! |----------|-------------|----------------------------------------------------------|
//! | $400C    | `--LC VVVV` | length halt and envelope loop, constant volume, volume   |
//! | $400E    | `M--- PPPP` | mode, index into the period table                        |
//! | $400F    | `LLLL L---` | length counter load, envelope restart                    |
//!
//! A timer clocks a 15-bit shift register once a period. Bit 0 xor bit 1 (mode 0, with a cycle of 32,767 steps) or bit
//! 6 (mode 1, with a cycle of 93 or 31) is shifted in at the top. The output is 0 while bit 0 is set. A step is linear
//! over GF(2), so that many steps at once are a product with a matrix: [`JUMPS`] holds the matrices of 1, 2, 4, ...
//! steps.

use ricojit_interpreter::Cycle;

use super::clocks_until;
use super::envelope::Envelope;
use super::length::LengthCounter;
use crate::clock::{NEVER, Region};
use crate::state::persist;

/// Steps after which the shift register repeats, in mode 0 and 1 (31 divides 93).
const ROUNDS: [u64; 2] = [32_767, 93];

/// The matrix of some number of steps, by columns: what each single bit becomes.
type Matrix = [u16; 15];

/// For each mode, the matrices of 2^k steps.
static JUMPS: [[Matrix; 15]; 2] = [jumps(0), jumps(1)];

const fn step(bits: u16, mode: usize) -> u16 {
    let feedback = (bits ^ (bits >> if mode == 0 { 1 } else { 6 })) & 1;
    bits >> 1 | feedback << 14
}

const fn apply(matrix: &Matrix, bits: u16) -> u16 {
    let (mut result, mut i) = (0, 0);
    while i < matrix.len() {
        result ^= matrix[i] & (bits >> i & 1).wrapping_neg();
        i += 1;
    }
    result
}

const fn jumps(mode: usize) -> [Matrix; 15] {
    let mut all = [[0; 15]; 15];
    let (mut k, mut i) = (0, 0);
    while i < 15 {
        all[0][i] = step(1 << i, mode);
        i += 1;
    }
    while k < 14 {
        i = 0;
        while i < 15 {
            all[k + 1][i] = apply(&all[k], all[k][i]);
            i += 1;
        }
        k += 1;
    }
    all
}

/// The most steps that [`leap`] can do: the bits shifted in must not reach the tap.
const LONGEST_LEAP: u32 = 9;

/// `bits` after at most [`LONGEST_LEAP`] steps.
#[inline]
fn leap(bits: u16, mode: u8, steps: u32) -> u16 {
    let feedback = (bits ^ (bits >> if mode == 0 { 1 } else { 6 })) & ((1 << steps) - 1);
    bits >> steps | feedback << (15 - steps)
}

/// Outputs that [`outlook`] computes, the current one included.
const OUTLOOK: usize = 42;

/// The most steps after which the register can be taken out of an outlook.
const LONGEST_LOOK: u64 = (OUTLOOK - 15) as u64;

/// The next outputs, the current one lowest: bit n + 15 is bit n xor bit n + 1 or, in mode 1, bit n + 6.
#[inline]
fn outlook(bits: u16, mode: u8) -> u64 {
    if mode == 0 { outlook_with::<1>(bits) } else { outlook_with::<6>(bits) }
}

#[inline]
fn outlook_with<const TAP: usize>(bits: u16) -> u64 {
    let mut outputs = u64::from(bits);
    // Each round adds as many outputs as the tap lies below bit 15.
    let mut known = 15;
    while known < OUTLOOK {
        outputs |= ((outputs ^ outputs >> TAP) & ((1 << (known - TAP)) - 1)) << 15;
        known += 15 - TAP;
    }
    outputs
}

/// `bits` after `steps` steps, in closed form.
fn jump(mut bits: u16, mode: usize, steps: u64) -> u16 {
    let mut steps = if steps < ROUNDS[mode] { steps } else { steps % ROUNDS[mode] };
    let mut k = 0;
    while steps != 0 {
        if steps & 1 != 0 {
            bits = apply(&JUMPS[mode][k], bits);
        }
        steps >>= 1;
        k += 1;
    }
    bits
}

/// The noise channel.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    periods: &'static [u16; 16],
    pub(super) envelope: Envelope,
    pub(super) length: LengthCounter,
    mode: u8,
    period: u8,
    bits: u16,
    /// The next clock of the shift register.
    next: Cycle,
}

impl Noise {
    /// A channel whose timer first ends at the edge that begins cycle `next`, a put cycle.
    pub(super) fn new(region: Region, next: Cycle) -> Self {
        let periods = &region.cpu().noise_periods;
        let (envelope, length) = (Envelope::default(), LengthCounter::default());
        Self { periods, envelope, length, mode: 0, period: 0, bits: 1, next }
    }

    /// A $400E write; the channel has been advanced to its cycle. The current period keeps its length.
    pub(super) fn write_period(&mut self, value: u8) {
        self.mode = value >> 7;
        self.period = value & 0x0f;
    }

    /// Whether a write of `value` to register `addr & 3` would change nothing. The channel need not be advanced.
    #[inline]
    pub(super) fn is_written(&self, addr: u16, value: u8) -> bool {
        match addr & 3 {
            0 => self.envelope.is_written(value) && self.length.is_halt_written(value & 0x20 != 0),
            1 => true, // there is no such register
            2 => self.mode == value >> 7 && self.period == value & 0x0f,
            _ => false,
        }
    }

    /// CPU cycles per step.
    #[inline]
    pub(super) fn period(&self) -> u64 {
        u64::from(self.periods[usize::from(self.period)])
    }

    /// Clocks the shift register for all edges up to the one that begins cycle `at`.
    pub(super) fn advance(&mut self, at: Cycle) {
        let period = self.period();
        let clocks = clocks_until(&mut self.next, period, at);
        self.bits = if clocks <= u64::from(LONGEST_LEAP) {
            leap(self.bits, self.mode, clocks as u32)
        } else {
            jump(self.bits, usize::from(self.mode), clocks)
        };
    }

    /// The output while [`Noise::is_high`].
    #[inline]
    pub(super) fn volume(&self) -> u8 {
        if self.length.running() { self.envelope.volume() } else { 0 }
    }

    /// The next clock of the shift register.
    #[inline]
    pub(super) fn next_clock(&self) -> Cycle {
        self.next
    }

    /// The edge at which the output may next change if no register is written and no frame clock comes.
    #[inline]
    pub(super) fn next_change(&self) -> Cycle {
        if self.volume() > 0 { self.next } else { NEVER }
    }

    /// Whether bit 0 of the shift register is clear, so that the output is the volume.
    #[inline]
    pub(super) fn is_high(&self) -> bool {
        self.bits & 1 == 0
    }

    /// The output now, 0 to 15.
    pub(super) fn level(&self) -> u8 {
        if self.is_high() { self.volume() } else { 0 }
    }

    /// As [`Noise::advance`]; calls `flip` with the changes of [`Noise::is_high`], many at once: with the cycle of a clock,
    /// and a set bit for each clock from there on at which one comes.
    #[inline]
    pub(super) fn play(&mut self, at: Cycle, mut flip: impl FnMut(Cycle, u64)) {
        let period = self.period();
        while self.next <= at {
            let clocks = ((at - self.next) / period + 1).min(LONGEST_LOOK);
            let outputs = outlook(self.bits, self.mode);
            flip(self.next, (outputs ^ outputs >> 1) & ((1 << clocks) - 1));
            self.bits = (outputs >> clocks) as u16 & 0x7fff;
            self.next += clocks * period;
        }
    }
}

persist!(Noise {
    envelope,
    length,
    mode: within(0..=1),
    period: within(0..=15),
    bits: within(0..=0x7FFF),
    next: time(1..=4068),
}; advanced);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_equals_its_steps() {
        for mode in [0, 1] {
            let mut bits = 1;
            for n in 0..40_000 {
                assert_eq!(jump(1, mode, n), bits, "mode {mode}, {n} steps");
                for few in 0..=LONGEST_LEAP {
                    assert_eq!(leap(bits, mode as u8, few), jump(bits, mode, few.into()));
                }
                bits = step(bits, mode);
            }
        }
        // Every state of mode 1 repeats after 93 steps.
        for bits in 1..0x8000 {
            assert_eq!((0..93).fold(bits, |bits, _| step(bits, 1)), bits);
            assert_eq!(jump(bits, 1, 7 + 93 * 1000), jump(bits, 1, 7));
        }
    }

    #[test]
    fn play_reports_every_flip() {
        for mode in [0x00, 0x80] {
            let mut noise = Noise::new(Region::Ntsc, 1);
            noise.write_period(mode | 1);
            let (mut single, mut at) = (noise.clone(), 0);
            for length in (1..900).step_by(7).chain([1, 2, 3, 100_000]) {
                let mut expected = Vec::new();
                for cycle in at + 1..=at + length {
                    let before = single.is_high();
                    single.advance(cycle);
                    if single.is_high() != before {
                        expected.push(cycle);
                    }
                }
                at += length;
                let mut flips = Vec::new();
                let period = noise.period();
                noise.play(at, |start, bits| {
                    flips.extend((0..64).filter(|n| bits >> n & 1 != 0).map(|n| start + n * period));
                });
                assert_eq!(flips, expected);
                assert_eq!((noise.bits, noise.next), (single.bits, single.next));
            }
        }
    }
}
