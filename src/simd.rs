//! A line of pixels, 32 at a time, on processors with AVX2: the PPU's choice of colours, and their conversion.
//!
//! ```text
//! indices   a byte each, of the background and of sprites: the one that is seen picks from palette RAM (PSHUFB)
//! pixels    16 bits each: emphasis, then six bits of a colour's number
//! numbers   packed to bytes; 16 at a time pick from four tables of 16 bytes each (PSHUFB)
//! chosen    by bits 4 and 5 of the number, for each byte of a colour
//! colours   the chosen bytes, interleaved
//! ```
//!
//! Pixels that are converted together have one emphasis setting; where it changes in a step, that one is converted pixel
//! by pixel. Without AVX2 the caller does all of this by itself. The results equal those of a table lookup for each pixel;
//! `crate::palette` and `crate::ppu` test that.
//!
//! # Soundness
//!
//! The only `unsafe` here is calls of functions that need AVX2, each behind `is_x86_feature_detected!`, and loads and
//! stores of 16 or 32 bytes through pointers, which come from references to arrays of just that size and need no alignment.
//! Slices are divided into such arrays by safe code.
#![allow(unsafe_code)]

use crate::frame::WIDTH;

/// For each emphasis setting and each byte of a colour: that byte of all 64 colours.
pub(crate) type Bytes<const N: usize> = [[[u8; 64]; N]; 8];

/// Converts a line to red, green, blue and 255 for each pixel. Returns whether it did.
#[inline]
pub(crate) fn rgba(line: &[u16; WIDTH], bytes: &Bytes<3>, out: &mut [[u8; 4]; WIDTH]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { avx2::rgba(line, bytes, out) };
        return true;
    }
    let _ = (line, bytes, out);
    false
}

/// Converts a line to 16 bits for each pixel, whose low and high bytes are in `bytes`. Returns whether it did.
#[inline]
pub(crate) fn rgb565(line: &[u16; WIDTH], bytes: &Bytes<2>, out: &mut [u16; WIDTH]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { avx2::rgb565(line, bytes, out) };
        return true;
    }
    let _ = (line, bytes, out);
    false
}

/// Chooses colours as [`crate::ppu`]'s `Row` does, in whole steps of [`STEP`] pixels. Returns whether it did.
#[inline]
pub(crate) fn choose(background: Option<&[u8]>, sprites: Option<&[u8]>, colours: &[u8; 32], out: &mut [u8]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { avx2::choose(background, sprites, colours, out) };
        return true;
    }
    let _ = (background, sprites, colours, out);
    false
}

/// Makes frame pixels of colours: `and` and `or` are applied to each. In whole steps of [`STEP`] pixels. Returns whether
/// it did.
#[inline]
pub(crate) fn widen(colours: &[u8], and: u8, or: u16, out: &mut [u16]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { avx2::widen(colours, and, or, out) };
        return true;
    }
    let _ = (colours, and, or, out);
    false
}

/// Pixels per step.
pub(crate) const STEP: usize = 32;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Bytes, STEP, WIDTH};
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_andnot_si256, _mm256_blendv_epi8,
        _mm256_broadcastsi128_si256, _mm256_castsi256_si128, _mm256_cmpgt_epi8, _mm256_cvtepu8_epi16,
        _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_or_si256, _mm256_packus_epi16, _mm256_permute2x128_si256,
        _mm256_set1_epi8, _mm256_set1_epi16, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
        _mm256_storeu_si256, _mm256_testz_si256, _mm256_unpackhi_epi8, _mm256_unpackhi_epi16, _mm256_unpacklo_epi8,
        _mm256_unpacklo_epi16, _mm256_xor_si256,
    };

    const COLOUR: u16 = 0x3F;

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load<T, const N: usize>(pixels: &[T; N]) -> __m256i {
        const { assert!(size_of::<[T; N]>() == 32, "the bytes of a register") };
        // SAFETY: these are 32 bytes.
        unsafe { _mm256_loadu_si256(std::ptr::from_ref(pixels).cast()) }
    }

    /// 16 bytes in both halves of a register.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn table(bytes: &[u8; 16]) -> __m256i {
        // SAFETY: these are 16 bytes.
        let table: __m128i = unsafe { _mm_loadu_si128(std::ptr::from_ref(bytes).cast()) };
        _mm256_broadcastsi128_si256(table)
    }

    /// Four tables of 16 bytes, each in both halves of a register.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn tables(bytes: &[u8; 64]) -> [__m256i; 4] {
        let quarters = bytes.as_chunks::<16>().0;
        std::array::from_fn(|quarter| table(&quarters[quarter]))
    }

    /// The bytes at these numbers, which are below 64, in a table.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn look_up(tables: &[__m256i; 4], numbers: __m256i) -> __m256i {
        // The top bit of each byte selects: bit 4 of the number, then bit 5.
        let [bit_4, bit_5] = [_mm256_slli_epi16::<3>(numbers), _mm256_slli_epi16::<2>(numbers)];
        let [a, b, c, d] = [0, 1, 2, 3].map(|quarter: usize| _mm256_shuffle_epi8(tables[quarter], numbers));
        _mm256_blendv_epi8(_mm256_blendv_epi8(a, b, bit_4), _mm256_blendv_epi8(c, d, bit_4), bit_5)
    }

    /// The colour numbers of 32 pixels, in the order 0-7, 16-23, 8-15, 24-31; and the bits in which they differ from
    /// `emphasis`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn numbers(pixels: &[u16; STEP], emphasis: __m256i) -> (__m256i, __m256i) {
        let [first, second] = pixels.as_chunks::<16>().0 else { unreachable!("two halves") };
        let [first, second] = [load(first), load(second)];
        let colour = _mm256_set1_epi16(COLOUR as i16);
        let differ = _mm256_or_si256(_mm256_xor_si256(first, emphasis), _mm256_xor_si256(second, emphasis));
        (_mm256_packus_epi16(_mm256_and_si256(first, colour), _mm256_and_si256(second, colour)), differ)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store<T, const N: usize>(out: &mut [T; N], value: __m256i) {
        const { assert!(size_of::<[T; N]>() == 32, "the bytes of a register") };
        // SAFETY: these are 32 bytes, and any bytes are a T, which is an integer or an array of integers.
        unsafe { _mm256_storeu_si256(std::ptr::from_mut(out).cast(), value) }
    }

    /// Whether no bits but those of the colour number differ.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn is_uniform(differ: __m256i) -> bool {
        _mm256_testz_si256(differ, _mm256_set1_epi16(!COLOUR as i16)) != 0
    }

    /// The emphasis setting of a pixel.
    #[inline]
    fn emphasis(pixel: u16) -> usize {
        usize::from(pixel >> 6 & 7)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn rgba(line: &[u16; WIDTH], bytes: &Bytes<3>, out: &mut [[u8; 4]; WIDTH]) {
        let mut setting = emphasis(line[0]);
        let mut channels = bytes[setting].each_ref().map(|bytes| tables(bytes));
        let alpha = _mm256_set1_epi8(-1);
        for (pixels, out) in line.as_chunks::<STEP>().0.iter().zip(out.as_chunks_mut::<STEP>().0) {
            let (numbers, differ) = numbers(pixels, _mm256_set1_epi16(pixels[0] as i16));
            if !is_uniform(differ) {
                for (out, &pixel) in out.iter_mut().zip(pixels) {
                    let [r, g, b] = bytes[emphasis(pixel)].each_ref().map(|bytes| bytes[usize::from(pixel & COLOUR)]);
                    *out = [r, g, b, 255];
                }
                continue;
            }
            if setting != emphasis(pixels[0]) {
                setting = emphasis(pixels[0]);
                channels = bytes[setting].each_ref().map(|bytes| tables(bytes));
            }
            let [red, green, blue] = &channels;
            let (red, green) = (look_up(red, numbers), look_up(green, numbers));
            let blue = look_up(blue, numbers);
            let [a, b] = [_mm256_unpacklo_epi8(red, green), _mm256_unpackhi_epi8(red, green)];
            let [c, d] = [_mm256_unpacklo_epi8(blue, alpha), _mm256_unpackhi_epi8(blue, alpha)];
            let halves = out.as_chunks_mut::<16>().0;
            for (out, (one, other)) in halves.iter_mut().zip([(a, c), (b, d)]) {
                let [low, high] = [_mm256_unpacklo_epi16(one, other), _mm256_unpackhi_epi16(one, other)];
                let [first, second] = out.as_chunks_mut::<8>().0 else { unreachable!("two quarters") };
                store(first, _mm256_permute2x128_si256::<0x20>(low, high));
                store(second, _mm256_permute2x128_si256::<0x31>(low, high));
            }
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn rgb565(line: &[u16; WIDTH], bytes: &Bytes<2>, out: &mut [u16; WIDTH]) {
        let mut setting = emphasis(line[0]);
        let mut halves = bytes[setting].each_ref().map(|bytes| tables(bytes));
        for (pixels, out) in line.as_chunks::<STEP>().0.iter().zip(out.as_chunks_mut::<STEP>().0) {
            let (numbers, differ) = numbers(pixels, _mm256_set1_epi16(pixels[0] as i16));
            if !is_uniform(differ) {
                for (out, &pixel) in out.iter_mut().zip(pixels) {
                    let bytes = bytes[emphasis(pixel)].each_ref().map(|bytes| bytes[usize::from(pixel & COLOUR)]);
                    *out = u16::from_le_bytes(bytes);
                }
                continue;
            }
            if setting != emphasis(pixels[0]) {
                setting = emphasis(pixels[0]);
                halves = bytes[setting].each_ref().map(|bytes| tables(bytes));
            }
            let [low, high] = &halves;
            let (low, high) = (look_up(low, numbers), look_up(high, numbers));
            let [first, second] = out.as_chunks_mut::<16>().0 else { unreachable!("two halves") };
            store(first, _mm256_unpacklo_epi8(low, high));
            store(second, _mm256_unpackhi_epi8(low, high));
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn choose(background: Option<&[u8]>, sprites: Option<&[u8]>, colours: &[u8; 32], out: &mut [u8]) {
        let [low, high] = colours.as_chunks::<16>().0 else { unreachable!("two halves") };
        let [low, high] = [table(low), table(high)];
        let out = out.as_chunks_mut::<STEP>().0;
        let [background, sprites] = [background, sprites].map(|row| row.map(|row| row.as_chunks::<STEP>().0));
        let zero = _mm256_setzero_si256();
        match (background, sprites) {
            (None, None) => out.iter_mut().for_each(|out| store(out, _mm256_shuffle_epi8(low, zero))),
            (Some(background), None) => {
                for (out, background) in out.iter_mut().zip(background) {
                    store(out, _mm256_shuffle_epi8(low, load(background)));
                }
            }
            (None, Some(sprites)) => {
                for (out, sprite) in out.iter_mut().zip(sprites) {
                    store(out, seen(low, high, zero, load(sprite)));
                }
            }
            (Some(background), Some(sprites)) => {
                for ((out, background), sprite) in out.iter_mut().zip(background).zip(sprites) {
                    store(out, seen(low, high, load(background), load(sprite)));
                }
            }
        }
    }

    /// The colours of pixels of the background, which are in `low`, and of sprites, in `high`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn seen(low: __m256i, high: __m256i, background: __m256i, sprite: __m256i) -> __m256i {
        let zero = _mm256_setzero_si256();
        let opaque = _mm256_cmpgt_epi8(_mm256_and_si256(background, _mm256_set1_epi8(3)), zero);
        // Bit 5 of a sprite puts it behind the background.
        let behind = _mm256_and_si256(opaque, _mm256_slli_epi16::<2>(sprite));
        let seen = _mm256_andnot_si256(behind, _mm256_cmpgt_epi8(sprite, zero));
        // The top bit of each byte selects. PSHUFB takes the lower four bits, as long as the top one is 0.
        _mm256_blendv_epi8(_mm256_shuffle_epi8(low, background), _mm256_shuffle_epi8(high, sprite), seen)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn widen(colours: &[u8], and: u8, or: u16, out: &mut [u16]) {
        let (and, or) = (_mm256_set1_epi8(and as i8), _mm256_set1_epi16(or as i16));
        for (colours, out) in colours.as_chunks::<STEP>().0.iter().zip(out.as_chunks_mut::<STEP>().0) {
            let colours = _mm256_and_si256(load(colours), and);
            let halves = [_mm256_castsi256_si128(colours), _mm256_extracti128_si256::<1>(colours)];
            for (out, half) in out.as_chunks_mut::<16>().0.iter_mut().zip(halves) {
                store(out, _mm256_or_si256(_mm256_cvtepu8_epi16(half), or));
            }
        }
    }
}
