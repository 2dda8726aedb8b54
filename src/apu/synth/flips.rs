//! Steps back and forth between two levels: the noise makes hundreds of them in a frame, all of one height.
//!
//! ```text
//! sum over all flips of +-height * kernel[phase]  =  height * (sum of the ups' kernels - sum of the downs')
//! ```
//!
//! So the kernels are summed up without their height, and each sample is multiplied once. Ups and downs alternate, so
//! that the difference of their sums lies between -2^15 and 2^15: 16-bit numbers give it even if both sums wrap.

use std::array;

use super::kernel::{KERNEL, TAPS};
use super::{ROOM, SPAN_SAMPLES};

/// The direction of a flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::apu) enum Flip {
    Up,
    Down,
}

impl Flip {
    /// The direction of the flip after this one.
    #[inline]
    pub(in crate::apu) fn next(self) -> Self {
        if self == Self::Up { Self::Down } else { Self::Up }
    }
}

/// Sums of flips of unit height, ups and downs apart.
#[derive(Clone, Debug)]
pub(super) struct Flips {
    sums: [Box<[i16; ROOM]>; 2],
}

impl Flips {
    pub(super) fn new() -> Self {
        Self { sums: [Box::new([0; ROOM]), Box::new([0; ROOM])] }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.sums.iter().map(|sums| size_of_val(&**sums)).sum()
    }

    /// Adds a flip at phase `phase` of sample `index`.
    #[inline]
    pub(super) fn add(&mut self, flip: Flip, index: usize, phase: usize) {
        if let Some(sums) = self.sums[flip as usize][index % SPAN_SAMPLES..].first_chunk_mut::<TAPS>() {
            let before = *sums;
            *sums = array::from_fn(|tap| before[tap].wrapping_add(KERNEL[phase][tap]));
        }
    }

    /// Adds the flips of samples `first` to `last`, each of this height, to `changes`, and clears them.
    pub(super) fn take(&mut self, height: i16, first: usize, last: usize, changes: &mut [i32; ROOM]) {
        let [ups, downs] = &mut self.sums;
        // The impulse of the last flip reaches into the piece after its own.
        let pieces = first / TAPS..=last / TAPS + 1;
        let (ups, downs) = (ups.as_chunks_mut::<TAPS>().0, downs.as_chunks_mut::<TAPS>().0);
        let changes = changes.as_chunks_mut::<TAPS>().0;
        for ((ups, downs), changes) in
            ups[pieces.clone()].iter_mut().zip(&mut downs[pieces.clone()]).zip(&mut changes[pieces])
        {
            let before = *changes;
            let flips: [i16; TAPS] = array::from_fn(|tap| ups[tap].wrapping_sub(downs[tap]));
            *changes = array::from_fn(|tap| before[tap].wrapping_add(i32::from(flips[tap]) * i32::from(height)));
            (*ups, *downs) = ([0; TAPS], [0; TAPS]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::PHASES;
    use super::*;

    #[test]
    fn alternating_flips_fit_in_16_bits() {
        // What a flip adds to one sample depends on how long ago it was. The largest and least sums of flips so far, if
        // the last went up or down.
        let (mut up, mut down) = ((0, 0), (0, 0));
        for place in (0..TAPS * PHASES).rev() {
            let tap = i32::from(KERNEL[PHASES - 1 - place % PHASES][place / PHASES]);
            for value in [&mut up, &mut down] {
                assert!(value.0 <= i32::from(i16::MAX) && value.1 >= i32::from(i16::MIN));
            }
            let before = (up, down);
            up = (up.0.max(before.1.0 + tap).max(tap), up.1.min(before.1.1 + tap).min(tap));
            down = (down.0.max(before.0.0 - tap).max(-tap), down.1.min(before.0.1 - tap).min(-tap));
        }
        assert!(up.0 > 14_000 && down.1 < -14_000);
    }
}
