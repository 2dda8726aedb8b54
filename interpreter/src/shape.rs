//! The shapes of instructions: what happens on the bus after the opcode fetch, access by access.
//!
//! One function per shape makes every access in its order; those of the addressing mode are in [`Execution::address`].
//! The mnemonic names what [`alu`] computes.
//!
//! Sources: <https://www.nesdev.org/6502_cpu.txt>, <https://www.nesdev.org/wiki/CPU_interrupts>

use crate::alu;
use crate::bus::Bus;
use crate::execution::Execution;
use crate::opcode::{AddrMode, Mnemonic, Opcode};
use crate::status::Status;
use crate::stops::Stop;

impl<B: Bus, S: Stop> Execution<'_, B, S> {
    #[inline(always)]
    pub(crate) fn implied(&mut self, op: &Opcode) {
        self.read_next_last();
        let p = self.p();
        match op.mnemonic {
            Mnemonic::Asl | Mnemonic::Lsr | Mnemonic::Rol | Mnemonic::Ror => {
                self.a = self.modified(op.mnemonic, self.a);
            }
            Mnemonic::Clc => self.set_p(p.with(Status::C, false)),
            Mnemonic::Sec => self.set_p(p.with(Status::C, true)),
            Mnemonic::Cld => self.set_p(p.with(Status::D, false)),
            Mnemonic::Sed => self.set_p(p.with(Status::D, true)),
            Mnemonic::Clv => self.set_p(p.with(Status::V, false)),
            Mnemonic::Cli => self.set_flags_and_mask(p.with(Status::I, false)),
            Mnemonic::Sei => self.set_flags_and_mask(p.with(Status::I, true)),
            Mnemonic::Dex => self.x = self.flagged(alu::dec(self.x, p)),
            Mnemonic::Dey => self.y = self.flagged(alu::dec(self.y, p)),
            Mnemonic::Inx => self.x = self.flagged(alu::inc(self.x, p)),
            Mnemonic::Iny => self.y = self.flagged(alu::inc(self.y, p)),
            Mnemonic::Tax => self.x = self.flagged(alu::load(self.a, p)),
            Mnemonic::Tay => self.y = self.flagged(alu::load(self.a, p)),
            Mnemonic::Tsx => self.x = self.flagged(alu::load(self.s, p)),
            Mnemonic::Txa => self.a = self.flagged(alu::load(self.x, p)),
            Mnemonic::Tya => self.a = self.flagged(alu::load(self.y, p)),
            Mnemonic::Txs => self.s = self.x,
            _ => {} // NOP
        }
    }

    #[inline(always)]
    pub(crate) fn load(&mut self, op: &Opcode) {
        let operand = if op.mode == AddrMode::Immediate {
            self.fetch_last()
        } else {
            let addr = self.address(op);
            self.read_last(addr)
        };
        self.take(op.mnemonic, operand);
    }

    /// What a load does with its operand.
    #[inline(always)]
    fn take(&mut self, mnemonic: Mnemonic, operand: u8) {
        let (a, x, p) = (self.a, self.x, self.p());
        match mnemonic {
            Mnemonic::Lda => self.a = self.flagged(alu::load(operand, p)),
            Mnemonic::Ldx => self.x = self.flagged(alu::load(operand, p)),
            Mnemonic::Ldy => self.y = self.flagged(alu::load(operand, p)),
            Mnemonic::Adc => self.a = self.flagged(alu::adc(a, operand, p)),
            Mnemonic::Sbc => self.a = self.flagged(alu::sbc(a, operand, p)),
            Mnemonic::And => self.a = self.flagged(alu::and(a, operand, p)),
            Mnemonic::Ora => self.a = self.flagged(alu::ora(a, operand, p)),
            Mnemonic::Eor => self.a = self.flagged(alu::eor(a, operand, p)),
            Mnemonic::Bit => self.set_p(alu::bit(a, operand, p)),
            Mnemonic::Cmp => self.set_p(alu::compare(a, operand, p)),
            Mnemonic::Cpx => self.set_p(alu::compare(x, operand, p)),
            Mnemonic::Cpy => self.set_p(alu::compare(self.y, operand, p)),
            Mnemonic::Alr => self.a = self.flagged(alu::alr(a, operand, p)),
            Mnemonic::Anc => self.a = self.flagged(alu::anc(a, operand, p)),
            Mnemonic::Arr => self.a = self.flagged(alu::arr(a, operand, p)),
            Mnemonic::Sbx => self.x = self.flagged(alu::sbx(a, x, operand, p)),
            Mnemonic::Ane => self.a = self.flagged(alu::ane(a, x, B::MAGIC, operand, p)),
            Mnemonic::Lxa => {
                self.a = self.flagged(alu::lxa(a, B::MAGIC, operand, p));
                self.x = self.a;
            }
            Mnemonic::Lax => {
                self.a = self.flagged(alu::load(operand, p));
                self.x = self.a;
            }
            Mnemonic::Las => {
                self.a = self.flagged(alu::and(self.s, operand, p));
                self.x = self.a;
                self.s = self.a;
            }
            _ => {} // NOP
        }
    }

    #[inline(always)]
    pub(crate) fn store(&mut self, op: &Opcode) {
        let addr = self.address(op);
        let value = match op.mnemonic {
            Mnemonic::Sta => self.a,
            Mnemonic::Stx => self.x,
            Mnemonic::Sty => self.y,
            _ => self.a & self.x, // SAX
        };
        self.write_last(addr, value);
    }

    #[inline(always)]
    pub(crate) fn modify(&mut self, op: &Opcode) {
        let addr = self.address(op);
        let value = self.read(addr);
        self.write(addr, value);
        let result = self.modified(op.mnemonic, value);
        self.write_last(addr, result);
    }

    /// The result of a read-modify-write operation; the unofficial ones then combine it with the accumulator.
    #[inline(always)]
    fn modified(&mut self, mnemonic: Mnemonic, value: u8) -> u8 {
        let (result, p) = match mnemonic {
            Mnemonic::Asl | Mnemonic::Slo => alu::asl(value, self.p()),
            Mnemonic::Lsr | Mnemonic::Sre => alu::lsr(value, self.p()),
            Mnemonic::Rol | Mnemonic::Rla => alu::rol(value, self.p()),
            Mnemonic::Ror | Mnemonic::Rra => alu::ror(value, self.p()),
            Mnemonic::Inc | Mnemonic::Isc => alu::inc(value, self.p()),
            _ => alu::dec(value, self.p()), // DEC, DCP
        };
        self.set_p(p);
        match mnemonic {
            Mnemonic::Slo => self.a = self.flagged(alu::ora(self.a, result, p)),
            Mnemonic::Sre => self.a = self.flagged(alu::eor(self.a, result, p)),
            Mnemonic::Rla => self.a = self.flagged(alu::and(self.a, result, p)),
            Mnemonic::Rra => self.a = self.flagged(alu::adc(self.a, result, p)),
            Mnemonic::Isc => self.a = self.flagged(alu::sbc(self.a, result, p)),
            Mnemonic::Dcp => self.set_p(alu::compare(self.a, result, p)),
            _ => {}
        }
        result
    }

    /// SHA, SHX, SHY, SHS: the register and the high address byte plus one drive the bus together, and the
    /// carry, if there is one, is lost in it. After a DMA halt before the write the high byte no longer drives the bus.
    ///
    /// Source: <https://www.nesdev.org/wiki/CPU_unofficial_opcodes> and AccuracyCoin's tests of these opcodes.
    #[inline(always)]
    pub(crate) fn store_high(&mut self, op: &Opcode) {
        let target = self.indexed(op.mode);
        let undisturbed = self.cycle + 1;
        self.read(target.without_carry);
        let halted = self.cycle != undisturbed;
        let register = match op.mnemonic {
            Mnemonic::Shx => self.x,
            Mnemonic::Shy => self.y,
            _ => self.a & self.x, // SHA, SHS
        };
        if op.mnemonic == Mnemonic::Shs {
            self.s = register;
        }
        let [low, high] = target.without_carry.to_le_bytes();
        let value = if halted { register } else { register & high.wrapping_add(1) };
        let addr = if target.crosses() { u16::from_le_bytes([low, value]) } else { target.with_carry };
        self.write_last(addr, value);
    }

    /// Polls before its second cycle and, if it crosses a page, before its fourth; never before the third.
    #[inline(always)]
    pub(crate) fn branch(&mut self, op: &Opcode) {
        let distance = self.fetch_last() as i8;
        if !self.condition(op.mnemonic) {
            return;
        }
        self.read_next();
        let target = self.pc.wrapping_add_signed(i16::from(distance));
        let without_carry = self.pc & 0xFF00 | target & 0x00FF;
        if without_carry != target {
            self.read_last(without_carry);
        }
        self.jump_to(target);
    }

    #[inline(always)]
    fn condition(&self, branch: Mnemonic) -> bool {
        match branch {
            Mnemonic::Bcc => !self.p().has(Status::C),
            Mnemonic::Bcs => self.p().has(Status::C),
            Mnemonic::Bne => !self.p().has(Status::Z),
            Mnemonic::Beq => self.p().has(Status::Z),
            Mnemonic::Bvc => !self.p().has(Status::V),
            Mnemonic::Bvs => self.p().has(Status::V),
            Mnemonic::Bpl => !self.p().has(Status::N),
            _ => self.p().has(Status::N), // BMI
        }
    }

    #[inline(always)]
    pub(crate) fn jump(&mut self, op: &Opcode) {
        let low = self.fetch();
        if op.mode == AddrMode::Absolute {
            let high = self.fetch_last();
            self.jump_to(u16::from_le_bytes([low, high]));
            return;
        }
        // JMP (ind): the pointer's low byte does not carry into its high byte.
        let page = self.fetch();
        let target_low = self.read(u16::from_le_bytes([low, page]));
        let target_high = self.read_last(u16::from_le_bytes([low.wrapping_add(1), page]));
        self.jump_to(u16::from_le_bytes([target_low, target_high]));
    }

    #[inline(always)]
    pub(crate) fn jsr(&mut self) {
        let low = self.fetch();
        self.read(self.stack());
        let [pc_low, pc_high] = self.pc.to_le_bytes();
        self.push(pc_high);
        self.push(pc_low);
        let high = self.read_last(self.pc);
        self.jump_to(u16::from_le_bytes([low, high]));
    }

    #[inline(always)]
    pub(crate) fn rts(&mut self) {
        self.read_next();
        self.read(self.stack());
        let low = self.pull();
        let high = self.pull();
        self.read_last(u16::from_le_bytes([low, high]));
        self.jump_to(u16::from_le_bytes([low, high]).wrapping_add(1));
    }

    #[inline(always)]
    pub(crate) fn push_register(&mut self, op: &Opcode) {
        self.read_next();
        let value = if op.mnemonic == Mnemonic::Pha { self.a } else { self.p().byte_with_b() };
        self.write_last(self.stack(), value);
        self.s = self.s.wrapping_sub(1);
    }

    #[inline(always)]
    pub(crate) fn pull_register(&mut self, op: &Opcode) {
        self.read_next();
        self.read(self.stack());
        let value = self.pull_last();
        if op.mnemonic == Mnemonic::Pla {
            self.a = self.flagged(alu::load(value, self.p()));
        } else {
            self.set_flags_and_mask(Status::from_byte(value));
        }
    }

    /// P comes before PC, so the poll of the last cycle already sees the new I.
    #[inline(always)]
    pub(crate) fn rti(&mut self) {
        self.read_next();
        self.read(self.stack());
        let p = self.pull();
        self.set_flags_and_mask(Status::from_byte(p));
        let low = self.pull();
        let high = self.pull_last();
        self.jump_to(u16::from_le_bytes([low, high]));
    }
}
