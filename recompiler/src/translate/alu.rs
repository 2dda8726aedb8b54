//! What instructions compute, as the interpreter's `alu` does it: the tests compare all operands.

use super::{Compared, InstBuilder, IntCC, Mutant, Translator, Value, Variable};
use crate::context::{Context, Thunks};
use ricojit_interpreter::Status;
use ricojit_interpreter::opcode::{Mnemonic, Registers};
use std::mem::offset_of;

impl Translator<'_> {
    pub(super) fn implied(&mut self, mnemonic: Mnemonic) {
        let g = self.guest;
        let copy = |t: &mut Self, from: Variable, to: Variable| {
            let value = t.get(from);
            t.set_nz(to, value);
        };
        let step = |t: &mut Self, register: Variable, by: i64| {
            let value = t.get(register);
            let value = t.add_imm(value, by);
            let value = t.byte(value);
            t.set_nz(register, value);
        };
        match mnemonic {
            Mnemonic::Asl | Mnemonic::Lsr | Mnemonic::Rol | Mnemonic::Ror => {
                let a = self.get(g.a);
                let a = self.modified(mnemonic, a);
                self.set(g.a, a);
            }
            Mnemonic::Inx => step(self, g.x, 1),
            Mnemonic::Iny => step(self, g.y, 1),
            Mnemonic::Dex => step(self, g.x, -1),
            Mnemonic::Dey => step(self, g.y, -1),
            Mnemonic::Tax => copy(self, g.a, g.x),
            Mnemonic::Tay => copy(self, g.a, g.y),
            Mnemonic::Tsx => {
                let s = self.moved_stack();
                self.set_nz(g.x, s);
            }
            Mnemonic::Txa => copy(self, g.x, g.a),
            Mnemonic::Tya => copy(self, g.y, g.a),
            Mnemonic::Txs => {
                let x = self.get(g.x);
                self.set(g.s, x);
                self.moved = 0;
            }
            Mnemonic::Clc | Mnemonic::Sec => {
                let c = self.imm(i64::from(mnemonic == Mnemonic::Sec));
                self.set(g.c, c);
            }
            Mnemonic::Clv => {
                let v = self.imm(0);
                self.set(g.v, v);
            }
            Mnemonic::Cld => self.set_di(Status::D, false),
            Mnemonic::Sed => self.set_di(Status::D, true),
            Mnemonic::Sei => {
                self.set_di(Status::I, true);
                let nothing = self.imm(0);
                let at = self.at(1);
                self.call_bus(offset_of!(Thunks, mask_irq), nothing, at, nothing);
            }
            _ => {} // NOP
        }
    }

    fn set_di(&mut self, flag: u8, on: bool) {
        let di = self.load(offset_of!(Context, di));
        let flag_value = self.imm(flag);
        let di = if on { self.or(di, flag_value) } else { self.and_imm(di, u16::from(!flag)) };
        self.store(di, offset_of!(Context, di));
    }

    /// P as PHP pushes it.
    pub(super) fn status_with_b(&mut self) -> Value {
        let nz = self.get(self.guest.nz);
        let folded = self.shr(nz, 8);
        let n = self.or(nz, folded);
        let n = self.and_imm(n, u16::from(Status::N));
        let z = self.is_zero(nz);
        let z = self.shl(z, 1);
        let c = self.get(self.guest.c);
        let v = self.get(self.guest.v);
        let v = self.shr(v, 1);
        let v = self.and_imm(v, u16::from(Status::V));
        let di = self.load(offset_of!(Context, di));
        let fixed = self.imm(0x30_u8);
        let p = self.or(n, z);
        let p = self.or(p, c);
        let p = self.or(p, v);
        let p = self.or(p, di);
        self.or(p, fixed)
    }

    /// Z of a result, 0 or 1.
    fn is_zero(&mut self, nz: Value) -> Value {
        let low = self.byte(nz);
        let zero = self.imm(0);
        self.is(IntCC::Equal, low, zero)
    }

    /// A value that is 0 if Z is set.
    pub(super) fn is_not_zero(&mut self) -> Value {
        let nz = self.get(self.guest.nz);
        match self.compared {
            Some(compared) if compared.nz == nz => {
                self.b.ins().icmp(IntCC::NotEqual, compared.register, compared.operand)
            }
            _ => self.byte(nz),
        }
    }

    /// Without liveness: flags are stored at once.
    pub(super) fn store_flags(&mut self, which: Registers) {
        for flag in [Registers::N.plus(Registers::Z), Registers::C, Registers::V] {
            if which.intersects(flag) {
                self.store_registers(flag);
            }
        }
    }

    /// What a load does with its operand.
    pub(super) fn take(&mut self, mnemonic: Mnemonic, m: Value) {
        let g = self.guest;
        match mnemonic {
            Mnemonic::Lda => self.set_nz(g.a, m),
            Mnemonic::Ldx => self.set_nz(g.x, m),
            Mnemonic::Ldy => self.set_nz(g.y, m),
            Mnemonic::Lax => {
                self.set_nz(g.a, m);
                self.set(g.x, m);
            }
            Mnemonic::Adc => self.adc(m),
            Mnemonic::Sbc => self.sbc(m),
            Mnemonic::And => self.and_a(m),
            Mnemonic::Ora => self.ora(m),
            Mnemonic::Eor => self.eor(m),
            Mnemonic::Bit => {
                let a = self.get(g.a);
                let both = self.and(a, m);
                let n = self.and_imm(m, u16::from(Status::N));
                let n = self.shl(n, 8);
                let nz = self.or(both, n);
                self.set(g.nz, nz);
                let v = self.shl(m, 1);
                self.set(g.v, v);
            }
            Mnemonic::Cmp => self.compare(g.a, m),
            Mnemonic::Cpx => self.compare(g.x, m),
            Mnemonic::Cpy => self.compare(g.y, m),
            Mnemonic::Anc => {
                self.and_a(m);
                let a = self.get(g.a);
                let c = self.shr(a, 7);
                self.set(g.c, c);
            }
            Mnemonic::Alr => {
                self.and_a(m);
                let a = self.get(g.a);
                let a = self.modified(Mnemonic::Lsr, a);
                self.set(g.a, a);
            }
            Mnemonic::Arr => {
                self.and_a(m);
                let a = self.get(g.a);
                let a = self.modified(Mnemonic::Ror, a);
                self.set(g.a, a);
                let c = self.shr(a, 6);
                let c = self.and_imm(c, 1);
                self.set(g.c, c);
                let bit5 = self.shl(a, 1);
                let v = self.xor(a, bit5);
                let v = self.shl(v, 1);
                self.set(g.v, v);
            }
            Mnemonic::Sbx => {
                let (a, x) = (self.get(g.a), self.get(g.x));
                let masked = self.and(a, x);
                let difference = self.difference(masked, m);
                self.set(g.x, difference);
            }
            Mnemonic::Las => {
                let s = self.moved_stack();
                self.moved = 0;
                let value = self.and(s, m);
                self.set_nz(g.a, value);
                self.set(g.x, value);
                self.set(g.s, value);
            }
            Mnemonic::Nop => {}
            other => unreachable!("{other:?} is not a compiled load"),
        }
    }

    /// The result of a read-modify-write; also sets flags and accumulator.
    pub(super) fn modified(&mut self, mnemonic: Mnemonic, old: Value) -> Value {
        let g = self.guest;
        match mnemonic {
            Mnemonic::Asl | Mnemonic::Slo | Mnemonic::Rol | Mnemonic::Rla => {
                let mut new = self.shl(old, 1);
                if matches!(mnemonic, Mnemonic::Rol | Mnemonic::Rla) {
                    let c = self.get(g.c);
                    new = self.or(new, c);
                }
                let new = self.byte(new);
                let c = self.shr(old, 7);
                self.set(g.c, c);
                self.set(g.nz, new);
                match mnemonic {
                    Mnemonic::Slo => self.ora(new),
                    Mnemonic::Rla => self.and_a(new),
                    _ => {}
                }
                new
            }
            Mnemonic::Lsr | Mnemonic::Sre | Mnemonic::Ror | Mnemonic::Rra => {
                let mut new = self.shr(old, 1);
                if matches!(mnemonic, Mnemonic::Ror | Mnemonic::Rra) {
                    let c = self.get(g.c);
                    let c = self.shl(c, 7);
                    new = self.or(new, c);
                }
                let c = self.and_imm(old, 1);
                self.set(g.c, c);
                self.set(g.nz, new);
                match mnemonic {
                    Mnemonic::Sre => self.eor(new),
                    Mnemonic::Rra => self.adc(new),
                    _ => {}
                }
                new
            }
            Mnemonic::Inc | Mnemonic::Isc | Mnemonic::Dec | Mnemonic::Dcp => {
                let by = if matches!(mnemonic, Mnemonic::Inc | Mnemonic::Isc) { 1 } else { -1 };
                let new = self.add_imm(old, by);
                let new = self.byte(new);
                self.set(g.nz, new);
                match mnemonic {
                    Mnemonic::Isc => self.sbc(new),
                    Mnemonic::Dcp => self.compare(g.a, new),
                    _ => {}
                }
                new
            }
            other => unreachable!("{other:?} is not a compiled read-modify-write"),
        }
    }

    fn and_a(&mut self, m: Value) {
        let a = self.get(self.guest.a);
        let a = self.and(a, m);
        self.set_nz(self.guest.a, a);
    }

    fn ora(&mut self, m: Value) {
        let a = self.get(self.guest.a);
        let a = self.or(a, m);
        self.set_nz(self.guest.a, a);
    }

    fn eor(&mut self, m: Value) {
        let a = self.get(self.guest.a);
        let a = self.xor(a, m);
        self.set_nz(self.guest.a, a);
    }

    fn adc(&mut self, m: Value) {
        let (a, c) = (self.get(self.guest.a), self.get(self.guest.c));
        let sum = self.add(a, m);
        let sum = self.add(sum, c);
        let (from_a, from_m) = (self.xor(a, sum), self.xor(m, sum));
        let overflow = self.and(from_a, from_m);
        let v = if self.is_broken(Mutant::Overflow) { self.shr(overflow, 1) } else { overflow };
        self.set(self.guest.v, v);
        let carry = self.shr(sum, 8);
        self.set(self.guest.c, carry);
        let result = self.byte(sum);
        self.set_nz(self.guest.a, result);
    }

    fn sbc(&mut self, m: Value) {
        let ones = self.imm(0xFF_u8);
        let inverted = self.xor(m, ones);
        self.adc(inverted);
    }

    fn compare(&mut self, register: Variable, m: Value) {
        let r = self.get(register);
        self.difference(r, m);
    }

    /// `x - m` with the flags of a compare.
    fn difference(&mut self, x: Value, m: Value) -> Value {
        let relation =
            if self.is_broken(Mutant::Carry) { IntCC::UnsignedGreaterThan } else { IntCC::UnsignedGreaterThanOrEqual };
        let c = self.is(relation, x, m);
        self.set(self.guest.c, c);
        let difference = self.b.ins().isub(x, m);
        let difference = self.byte(difference);
        self.set(self.guest.nz, difference);
        self.compared = Some(Compared { nz: difference, register: x, operand: m });
        difference
    }
}
