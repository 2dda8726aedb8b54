//! The addressing modes: the bus accesses between the opcode and the operand.
//!
//! ```text
//! cycle  zp    zp,X        abs       abs,X            (zp,X)        (zp),Y
//! 2      byte  byte        low       low              byte          byte
//! 3            read byte   high      high             read byte     low  at byte
//! 4                                  [read, no carry] low  at +X    high at byte+1
//! 5                                                   high at +X+1  [read, no carry]
//! ```
//!
//! The bracketed read happens before the carry has reached the high byte: always when the operand is
//! written, only when there is a carry when it is read.
//!
//! Source: <https://www.nesdev.org/6502_cpu.txt>

use crate::bus::Bus;
use crate::execution::Execution;
use crate::opcode::{AddrMode, Opcode, PageCross};
use crate::stops::Stop;

/// An address before and after the carry from the index has reached its high byte.
#[derive(Clone, Copy)]
pub(crate) struct Indexed {
    /// Old high byte, new low byte.
    pub(crate) without_carry: u16,
    /// The right one.
    pub(crate) with_carry: u16,
}

impl Indexed {
    fn new(base: u16, index: u8) -> Self {
        let with_carry = base.wrapping_add(u16::from(index));
        Self { without_carry: base & 0xFF00 | with_carry & 0x00FF, with_carry }
    }

    pub(crate) fn crosses(self) -> bool {
        self.without_carry != self.with_carry
    }
}

impl<B: Bus, S: Stop> Execution<'_, B, S> {
    /// The address of a memory operand.
    #[inline(always)]
    pub(crate) fn address(&mut self, op: &Opcode) -> u16 {
        match op.mode {
            AddrMode::ZeroPage => u16::from(self.fetch()),
            AddrMode::ZeroPageX => self.zero_page_indexed(self.x),
            AddrMode::ZeroPageY => self.zero_page_indexed(self.y),
            AddrMode::IndirectX => self.indirect_x(),
            AddrMode::AbsoluteX | AddrMode::AbsoluteY | AddrMode::IndirectY => {
                let indexed = self.indexed(op.mode);
                if op.page_cross == PageCross::Always || indexed.crosses() {
                    self.read(indexed.without_carry);
                }
                indexed.with_carry
            }
            // Absolute and Indirect. Modes without a memory operand are not for this function: see the shapes.
            _ => self.fetch_word(),
        }
    }

    /// The address of an operand whose index may carry, before the bracketed read of the picture.
    #[inline(always)]
    pub(crate) fn indexed(&mut self, mode: AddrMode) -> Indexed {
        match mode {
            AddrMode::IndirectY => {
                let pointer = self.fetch();
                let base = self.zero_page_word(pointer);
                Indexed::new(base, self.y)
            }
            AddrMode::AbsoluteX => Indexed::new(self.fetch_word(), self.x),
            _ => Indexed::new(self.fetch_word(), self.y),
        }
    }

    #[inline(always)]
    fn fetch_word(&mut self) -> u16 {
        let low = self.fetch();
        let high = self.fetch();
        u16::from_le_bytes([low, high])
    }

    #[inline(always)]
    fn zero_page_word(&mut self, pointer: u8) -> u16 {
        let low = self.read(u16::from(pointer));
        let high = self.read(u16::from(pointer.wrapping_add(1)));
        u16::from_le_bytes([low, high])
    }

    #[inline(always)]
    fn zero_page_indexed(&mut self, index: u8) -> u16 {
        let base = self.fetch();
        self.read(u16::from(base));
        u16::from(base.wrapping_add(index))
    }

    #[inline(always)]
    fn indirect_x(&mut self) -> u16 {
        let pointer = self.fetch();
        self.read(u16::from(pointer));
        self.zero_page_word(pointer.wrapping_add(self.x))
    }
}
