//! What the 6502 computes, as pure functions of registers, operand and flags.
//!
//! Nothing here depends on memory or time, so that another engine's version of an operation can be compared over
//! all its inputs. A function returns its results in the order *memory, register, flags*. The unofficial
//! read-modify-write operations (SLO, RLA, SRE, RRA, DCP, ISC) are two of these in a row.
//!
//! Sources: <https://www.nesdev.org/wiki/Instruction_reference>, and for the unofficial ones "No More Secrets"
//! (NMOS 6510 Unintended Opcodes, groepaz).

use crate::status::Status;

/// A + operand + C. The 2A03 has no decimal mode.
#[inline(always)]
pub const fn adc(a: u8, operand: u8, p: Status) -> (u8, Status) {
    let sum = a as u16 + operand as u16 + p.c as u16;
    let result = sum as u8;
    // Signed overflow: both inputs have the sign that the result has not.
    let overflow = (a ^ result) & (operand ^ result) & 0x80 != 0;
    (result, p.with_nz(result).with(Status::C, sum > 0xFF).with(Status::V, overflow))
}

/// A - operand - (1 - C).
#[inline(always)]
pub const fn sbc(a: u8, operand: u8, p: Status) -> (u8, Status) {
    adc(a, !operand, p)
}

/// A AND operand.
#[inline(always)]
pub const fn and(a: u8, operand: u8, p: Status) -> (u8, Status) {
    load(a & operand, p)
}

/// A OR operand.
#[inline(always)]
pub const fn ora(a: u8, operand: u8, p: Status) -> (u8, Status) {
    load(a | operand, p)
}

/// A XOR operand.
#[inline(always)]
pub const fn eor(a: u8, operand: u8, p: Status) -> (u8, Status) {
    load(a ^ operand, p)
}

/// A value that is loaded into a register: sets N and Z.
#[inline(always)]
pub const fn load(value: u8, p: Status) -> (u8, Status) {
    (value, p.with_nz(value))
}

/// Register - operand, for the flags only. C means register >= operand.
#[inline(always)]
pub const fn compare(register: u8, operand: u8, p: Status) -> Status {
    p.with_nz(register.wrapping_sub(operand)).with(Status::C, register >= operand)
}

/// Z of A AND operand; N and V are bits 7 and 6 of the operand.
#[inline(always)]
pub const fn bit(a: u8, operand: u8, p: Status) -> Status {
    // Where A AND operand has bit 7 the operand has it too, so the two never contradict each other about N.
    let nz = u16::from_le_bytes([a & operand, operand & Status::N]);
    Status { nz, ..p }.with(Status::V, operand & 0x40 != 0)
}

/// Shift left; bit 7 goes to C.
#[inline(always)]
pub const fn asl(value: u8, p: Status) -> (u8, Status) {
    let result = value << 1;
    (result, p.with_nz(result).with(Status::C, value & 0x80 != 0))
}

/// Shift right; bit 0 goes to C.
#[inline(always)]
pub const fn lsr(value: u8, p: Status) -> (u8, Status) {
    let result = value >> 1;
    (result, p.with_nz(result).with(Status::C, value & 0x01 != 0))
}

/// Rotate left through C.
#[inline(always)]
pub const fn rol(value: u8, p: Status) -> (u8, Status) {
    let result = value << 1 | p.c;
    (result, p.with_nz(result).with(Status::C, value & 0x80 != 0))
}

/// Rotate right through C.
#[inline(always)]
pub const fn ror(value: u8, p: Status) -> (u8, Status) {
    let result = value >> 1 | p.c << 7;
    (result, p.with_nz(result).with(Status::C, value & 0x01 != 0))
}

/// Add one; C stays.
#[inline(always)]
pub const fn inc(value: u8, p: Status) -> (u8, Status) {
    load(value.wrapping_add(1), p)
}

/// Subtract one; C stays.
#[inline(always)]
pub const fn dec(value: u8, p: Status) -> (u8, Status) {
    load(value.wrapping_sub(1), p)
}

/// AND, with C a copy of N.
#[inline(always)]
pub const fn anc(a: u8, operand: u8, p: Status) -> (u8, Status) {
    let (a, p) = and(a, operand, p);
    (a, p.with(Status::C, a & 0x80 != 0))
}

/// AND, then LSR.
#[inline(always)]
pub const fn alr(a: u8, operand: u8, p: Status) -> (u8, Status) {
    lsr(a & operand, p)
}

/// AND, then ROR, with C and V taken from the adder: C is bit 6 of the result, V is bit 6 XOR bit 5.
#[inline(always)]
pub const fn arr(a: u8, operand: u8, p: Status) -> (u8, Status) {
    let (result, p) = ror(a & operand, p);
    let (bit6, bit5) = (result & 0x40 != 0, result & 0x20 != 0);
    (result, p.with(Status::C, bit6).with(Status::V, bit6 != bit5))
}

/// X = (A AND X) - operand, with the flags of a compare.
#[inline(always)]
pub const fn sbx(a: u8, x: u8, operand: u8, p: Status) -> (u8, Status) {
    let masked = a & x;
    (masked.wrapping_sub(operand), compare(masked, operand, p))
}

/// A = (A OR magic) AND X AND operand. Unstable: see [`Bus::MAGIC`](crate::Bus::MAGIC).
#[inline(always)]
pub const fn ane(a: u8, x: u8, magic: u8, operand: u8, p: Status) -> (u8, Status) {
    load((a | magic) & x & operand, p)
}

/// A = X = (A OR magic) AND operand. Unstable: see [`Bus::MAGIC`](crate::Bus::MAGIC).
#[inline(always)]
pub const fn lxa(a: u8, magic: u8, operand: u8, p: Status) -> (u8, Status) {
    load((a | magic) & operand, p)
}
