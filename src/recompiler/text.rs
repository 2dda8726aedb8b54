//! Keys as text: CPU address and offset in PRG ROM of an entry, and the unmapped chunks of its unit, if there are any.

use ricojit_recompiler::Key;

/// `C123 0A123`, or with unmapped chunks `C123 0A123 FF00`.
pub(super) fn key(Key { pc, offset, unmapped }: Key) -> String {
    if unmapped == 0 { format!("{pc:04X} {offset:05X}") } else { format!("{pc:04X} {offset:05X} {unmapped:X}") }
}

/// Parses a key.
pub(super) fn parse_key(text: &str) -> Option<Key> {
    let mut words = text.split_ascii_whitespace();
    let pc = u16::from_str_radix(words.next()?, 16).ok()?;
    let offset = u32::from_str_radix(words.next()?, 16).ok()?;
    let unmapped = words.next().map_or(Some(0), |word| u64::from_str_radix(word, 16).ok())?;
    words.next().is_none().then_some(Key { pc, offset, unmapped })
}
