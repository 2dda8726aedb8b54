//! A small 6502 assembler, for the text of [`crate::kernel`] and for code that runs in RAM.
//!
//! ```text
//! name = $12          a symbol
//! label:              a label; other labels of the text may be used before they are defined
//!     lda (name),y    an instruction; the addressing mode follows from the operand, zero page from its value
//!     .byte $01, 2    bytes
//!     .word label     words
//! ; a comment
//! ```
//!
//! An operand is a number (`12`, `$12`), a character (`'c'`) or a symbol, plus a number if need be (`name+1`), and `<` or `>`
//! before it takes its low or high byte. It is a tool for this crate: a mistake in the text panics with its line.

use std::collections::HashMap;

/// Addressing modes with the length of their operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Implied,
    Immediate,
    Zero,
    Absolute,
    AbsoluteX,
    AbsoluteY,
    Indirect,
    IndirectY,
    Relative,
}

use Mode::{Absolute, AbsoluteX, AbsoluteY, Immediate, Implied, Indirect, IndirectY, Relative, Zero};

/// The instructions that the texts use.
const OPCODES: &[(&str, Mode, u8)] = &[
    ("adc", Immediate, 0x69),
    ("adc", Zero, 0x65),
    ("and", Immediate, 0x29),
    ("asl", Implied, 0x0A),
    ("bcc", Relative, 0x90),
    ("bcs", Relative, 0xB0),
    ("beq", Relative, 0xF0),
    ("bit", Absolute, 0x2C),
    ("bne", Relative, 0xD0),
    ("bpl", Relative, 0x10),
    ("bmi", Relative, 0x30),
    ("clc", Implied, 0x18),
    ("cld", Implied, 0xD8),
    ("cli", Implied, 0x58),
    ("cmp", Absolute, 0xCD),
    ("cmp", AbsoluteY, 0xD9),
    ("cmp", Immediate, 0xC9),
    ("cmp", IndirectY, 0xD1),
    ("cmp", Zero, 0xC5),
    ("cpx", Immediate, 0xE0),
    ("cpy", Immediate, 0xC0),
    ("dec", Zero, 0xC6),
    ("dex", Implied, 0xCA),
    ("dey", Implied, 0x88),
    ("eor", Immediate, 0x49),
    ("eor", Zero, 0x45),
    ("inc", Zero, 0xE6),
    ("inx", Implied, 0xE8),
    ("iny", Implied, 0xC8),
    ("jmp", Absolute, 0x4C),
    ("jmp", Indirect, 0x6C),
    ("jsr", Absolute, 0x20),
    ("lda", Absolute, 0xAD),
    ("lda", AbsoluteX, 0xBD),
    ("lda", AbsoluteY, 0xB9),
    ("lda", Immediate, 0xA9),
    ("lda", IndirectY, 0xB1),
    ("lda", Zero, 0xA5),
    ("ldx", Immediate, 0xA2),
    ("ldx", Zero, 0xA6),
    ("ldy", Immediate, 0xA0),
    ("ldy", Zero, 0xA4),
    ("lsr", Implied, 0x4A),
    ("nop", Implied, 0xEA),
    ("pha", Implied, 0x48),
    ("pla", Implied, 0x68),
    ("rti", Implied, 0x40),
    ("rts", Implied, 0x60),
    ("sbc", Immediate, 0xE9),
    ("sec", Implied, 0x38),
    ("sei", Implied, 0x78),
    ("sta", Absolute, 0x8D),
    ("sta", AbsoluteX, 0x9D),
    ("sta", AbsoluteY, 0x99),
    ("sta", IndirectY, 0x91),
    ("sta", Zero, 0x85),
    ("stx", Absolute, 0x8E),
    ("stx", Zero, 0x86),
    ("sty", Zero, 0x84),
    ("tax", Implied, 0xAA),
    ("tay", Implied, 0xA8),
    ("txa", Implied, 0x8A),
    ("txs", Implied, 0x9A),
    ("tya", Implied, 0x98),
];

/// The bytes of a text, and its symbols.
pub(crate) struct Code {
    pub(crate) bytes: Vec<u8>,
    pub(crate) symbols: HashMap<String, u16>,
}

/// Assembles a text for an address. `given` are symbols from outside.
pub(crate) fn assemble(text: &str, origin: u16, given: &[(&str, u16)]) -> Code {
    let mut symbols: HashMap<String, u16> = given.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    // The first pass finds the labels. A label that is not known yet is an absolute address, which none in zero page is.
    pass(text, origin, &mut symbols, false);
    let bytes = pass(text, origin, &mut symbols, true);
    Code { bytes, symbols }
}

fn pass(text: &str, origin: u16, symbols: &mut HashMap<String, u16>, last: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in text.lines() {
        let line = line.split(';').next().unwrap_or_default().trim();
        let here = origin + bytes.len() as u16;
        if let Some(label) = line.strip_suffix(':') {
            symbols.insert(label.to_owned(), here);
        } else if let Some((name, value)) = line.split_once(" = ") {
            let value = number(value, symbols, last);
            symbols.insert(name.to_owned(), value);
        } else if let Some(list) = line.strip_prefix(".byte ") {
            bytes.extend(list.split(", ").map(|item| number(item, symbols, last) as u8));
        } else if let Some(list) = line.strip_prefix(".word ") {
            bytes.extend(list.split(", ").flat_map(|item| number(item, symbols, last).to_le_bytes()));
        } else if !line.is_empty() {
            instruction(line, here, symbols, last, &mut bytes);
        }
    }
    bytes
}

fn instruction(line: &str, here: u16, symbols: &HashMap<String, u16>, last: bool, bytes: &mut Vec<u8>) {
    let (mnemonic, operand) = line.split_once(' ').unwrap_or((line, ""));
    let inner = |prefix: &str, suffix: &str| operand.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
    let has = |mode: Mode| OPCODES.iter().find(|(name, of, _)| *name == mnemonic && *of == mode).map(|row| row.2);
    let (mode, operand) = if operand.is_empty() {
        (Implied, "0")
    } else if let Some(operand) = inner("#", "") {
        (Immediate, operand)
    } else if let Some(operand) = inner("(", "),y") {
        (IndirectY, operand)
    } else if let Some(operand) = inner("(", ")") {
        (Indirect, operand)
    } else if let Some(operand) = inner("", ",x") {
        (AbsoluteX, operand)
    } else if let Some(operand) = inner("", ",y") {
        (AbsoluteY, operand)
    } else if has(Relative).is_some() {
        (Relative, operand)
    } else if number(operand, symbols, last) < 0x100 && has(Zero).is_some() {
        (Zero, operand)
    } else {
        (Absolute, operand)
    };
    bytes.push(has(mode).unwrap_or_else(|| panic!("no such instruction: {line}")));
    let value = number(operand, symbols, last);
    match mode {
        Implied => {}
        Immediate | Zero | IndirectY => bytes.push(value as u8),
        Absolute | AbsoluteX | AbsoluteY | Indirect => bytes.extend(value.to_le_bytes()),
        Relative => {
            let distance = i32::from(value) - i32::from(here) - 2;
            assert!(!last || i8::try_from(distance).is_ok(), "too far: {line}");
            bytes.push(distance as u8);
        }
    }
}

/// The value of an operand; an unknown symbol is an absolute address in the first pass.
fn number(text: &str, symbols: &HashMap<String, u16>, last: bool) -> u16 {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('<') {
        return number(rest, symbols, last) & 0xFF;
    }
    if let Some(rest) = text.strip_prefix('>') {
        return number(rest, symbols, last) >> 8;
    }
    if let Some((symbol, offset)) = text.split_once('+') {
        return number(symbol, symbols, last).wrapping_add(number(offset, symbols, last));
    }
    let value = if let Some(digits) = text.strip_prefix('$') {
        u16::from_str_radix(digits, 16).ok()
    } else if let Some(quoted) = text.strip_prefix('\'') {
        quoted.bytes().next().map(u16::from)
    } else {
        text.parse().ok().or_else(|| symbols.get(text).copied())
    };
    value.unwrap_or_else(|| if last { panic!("unknown: {text}") } else { 0x8000 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_follow_from_operands() {
        let text = "ptr = $10\nback:\n lda (ptr),y\n sta ptr+1\n lda #<far\n bne back\n jmp (ptr)\n lda far,x\nfar:\n .byte 'A', 9\n .word far";
        let code = assemble(text, 0xE000, &[]);
        let expected =
            [0xB1, 0x10, 0x85, 0x11, 0xA9, 0x0E, 0xD0, 0xF8, 0x6C, 0x10, 0x00, 0xBD, 0x0E, 0xE0, b'A', 9, 0x0E, 0xE0];
        assert_eq!(code.bytes, expected);
        assert_eq!(code.symbols["far"], 0xE00E);
    }
}
