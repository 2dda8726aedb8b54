//! Control flow: blocks, checks of the deadline, branches, jumps, subroutines, and exits.

use super::{Exit, FLAGS, GuestBlock, I64, InstBuilder, Instruction, IntCC, Mutant, Translator, Value};
use crate::bus::PAGE;
use crate::context::{CHANGED, Context};
use crate::region::Data;
use crate::slot::{Slot, WINDOW};
use cranelift_codegen::ir::{BlockArg, SourceLoc};
use ricojit_interpreter::opcode::{AddrMode, Mnemonic};
use std::mem::offset_of;

impl Translator<'_> {
    /// A block. The deadline was checked for its first run before it is entered.
    pub(super) fn block(&mut self, block: &GuestBlock) {
        (self.elapsed, self.moved) = (0, 0);
        let mut rest = &block.instructions[..];
        let mut run = GuestBlock::run(rest);
        while let Some((instruction, after)) = rest.split_first() {
            self.locate(SourceLoc::new(instruction.pc.into()));
            if run < instruction.worst_cycles() {
                run = GuestBlock::run(rest);
                self.check(instruction.pc, run);
            }
            run -= instruction.worst_cycles();
            self.changed = None;
            if self.instruction(instruction) {
                return;
            }
            self.elapsed += u32::from(instruction.op.cycles);
            if self.is_broken(Mutant::Cycle) && instruction.op.mnemonic == Mnemonic::Iny {
                self.elapsed += 1;
            }
            if !self.options.liveness {
                let flags = instruction.op.writes;
                self.store_flags(flags);
            }
            self.side_exit_if_changed(instruction.next());
            rest = after;
        }
        if let Some(last) = block.instructions.last() {
            self.go(last.next());
        }
    }

    /// Continues at `pc`, inside or outside of the region.
    pub(super) fn go(&mut self, pc: u16) {
        let Some(&block) = self.blocks.get(&pc) else { return self.jump_out(pc) };
        self.materialize();
        let next = &self.region.blocks[&pc];
        if next.is_checked {
            self.check(pc, next.run);
        }
        self.b.ins().jump(block, &[]);
    }

    /// Checks the deadline: a side exit at `pc` unless the next `run` cycles end at or before it.
    fn check(&mut self, pc: u16, run: u32) {
        self.materialize();
        let quiet = self.is_quiet(run);
        self.side_exit_unless(quiet, pc, Exit::Deadline);
    }

    /// Whether the next `run` cycles end at or before the deadline.
    pub(super) fn is_quiet(&mut self, run: u32) -> Value {
        let run = if self.is_broken(Mutant::DeadlineCheck) { 0 } else { run };
        let deadline = self.load(offset_of!(Context, deadline));
        let end = self.at(run);
        self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, deadline)
    }

    // Exits -----------------------------------------------------------------------------------------------------

    /// A side exit at the instruction at `pc`, taken if `condition` is 0.
    pub(super) fn side_exit_unless(&mut self, condition: Value, pc: u16, exit: Exit) {
        let (stay, out) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(condition, stay, &[], out, &[]);
        self.b.seal_block(stay);
        self.b.seal_block(out);
        self.b.set_cold_block(out);
        self.b.switch_to_block(out);
        let constants = (self.elapsed, self.moved);
        self.materialize();
        let exit = self.imm((exit as i64) << 16 | i64::from(pc));
        self.b.ins().jump(self.side_exit, &[BlockArg::from(exit)]);
        (self.elapsed, self.moved) = constants;
        self.b.switch_to_block(stay);
    }

    /// A side exit after an instruction whose access changed something.
    fn side_exit_if_changed(&mut self, next: u16) {
        let Some(changed) = self.changed.take() else { return };
        if !self.is_broken(Mutant::BankGuard) {
            let same = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, changed, CHANGED.cast_signed());
            self.side_exit_unless(same, next, Exit::Changed);
        }
    }

    /// The blocks where all exits end: what is done there is compiled once.
    pub(super) fn exit_blocks(&mut self) {
        self.b.switch_to_block(self.side_exit);
        let exit = self.b.block_params(self.side_exit)[0];
        let pc = self.and_imm(exit, 0xFFFF);
        self.write_back(pc);
        let exit = self.shr(exit, 16);
        self.b.ins().return_(&[exit]);
        self.b.switch_to_block(self.way_out);
        let (pc, code) = (self.b.block_params(self.way_out)[0], self.b.block_params(self.way_out)[1]);
        self.write_back(pc);
        self.b.ins().return_(&[code]);
    }

    /// Stores the registers, the clock and PC into the context.
    fn write_back(&mut self, pc: Value) {
        self.store_registers(self.written);
        let cycle = self.get(self.guest.cycle);
        self.store(cycle, offset_of!(Context, cycle));
        self.store(pc, offset_of!(Context, pc));
    }

    /// Continues outside of the region: returns the code at `pc`, or [`Exit::Jump`] if there is none.
    fn jump_out(&mut self, pc: u16) {
        let code = self.options.link.then(|| {
            let window = usize::from(pc) / WINDOW * size_of::<usize>();
            let slots = self.load_pure(offset_of!(Context, slots) + window);
            let slot = usize::from(pc) % WINDOW * size_of::<Slot>() + offset_of!(Slot, code);
            self.add_imm(slots, slot as i64)
        });
        let pc = self.imm(pc);
        self.leave(pc, code);
    }

    /// As [`Translator::jump_out`], to an address that is known when it runs.
    fn jump_out_to(&mut self, pc: Value) {
        let code = self.options.link.then(|| {
            let window = self.shr(pc, WINDOW.trailing_zeros() as u8);
            let window = self.shl(window, size_of::<usize>().trailing_zeros() as u8);
            let window = self.add(self.context, window);
            let slots = self.b.ins().load(I64, super::PURE, window, offset_of!(Context, slots) as i32);
            let slot = self.and_imm(pc, WINDOW as u16 - 1);
            let slot = self.shl(slot, size_of::<Slot>().trailing_zeros() as u8);
            let slot = self.add(slots, slot);
            self.add_imm(slot, offset_of!(Slot, code) as i64)
        });
        self.leave(pc, code);
    }

    /// Leaves the region for `pc`, the code of which is at a place, or is not looked up.
    fn leave(&mut self, pc: Value, code: Option<Value>) {
        self.materialize();
        let code = match code {
            Some(place) => self.b.ins().atomic_load(I64, FLAGS, place),
            None => self.imm(Exit::Jump as i64),
        };
        self.b.ins().jump(self.way_out, &[BlockArg::from(pc), BlockArg::from(code)]);
    }

    // Transfers -------------------------------------------------------------------------------------------------

    pub(super) fn branch(&mut self, i: &Instruction) {
        let g = self.guest;
        let (condition, when_true) = match i.op.mnemonic {
            Mnemonic::Bcc => (self.get(g.c), false),
            Mnemonic::Bcs => (self.get(g.c), true),
            Mnemonic::Bvc | Mnemonic::Bvs => {
                let v = self.get(g.v);
                (self.and_imm(v, 0x80), i.op.mnemonic == Mnemonic::Bvs)
            }
            Mnemonic::Bpl | Mnemonic::Bmi => {
                let nz = self.get(g.nz);
                (self.and_imm(nz, 0x8080), i.op.mnemonic == Mnemonic::Bmi)
            }
            _ => (self.is_not_zero(), i.op.mnemonic == Mnemonic::Bne),
        };
        let start = (self.elapsed, self.moved);
        let (taken, not_taken) = (self.b.create_block(), self.b.create_block());
        let (yes, no) = if when_true { (taken, not_taken) } else { (not_taken, taken) };
        self.b.ins().brif(condition, yes, &[], no, &[]);
        self.b.seal_block(taken);
        self.b.seal_block(not_taken);
        self.b.switch_to_block(not_taken);
        self.elapsed += u32::from(i.op.cycles);
        self.go(i.next());
        self.b.switch_to_block(taken);
        (self.elapsed, self.moved) = start;
        let crossed = i.target() & 0xFF00 != i.next() & 0xFF00 && !self.is_broken(Mutant::BranchCross);
        self.elapsed += u32::from(i.op.cycles) + 1 + u32::from(crossed);
        self.go(i.target());
    }

    pub(super) fn jump(&mut self, i: &Instruction) {
        if i.op.mode == AddrMode::Absolute {
            self.set_data_bus(i);
            self.elapsed += u32::from(i.op.cycles);
            return self.go(i.target());
        }
        // The high byte comes from the same page. Regions contain no JMP () whose pointer is not in plain memory.
        let second = (i.operand & 0xFF00) | (i.operand.wrapping_add(1) & 0x00FF);
        let low = self.read_plain(i.operand);
        let high = self.read_plain(second);
        self.store(high, offset_of!(Context, data_bus));
        let high = self.shl(high, 8);
        let pc = self.or(high, low);
        self.elapsed += u32::from(i.op.cycles);
        self.jump_out_to(pc);
    }

    pub(super) fn call_subroutine(&mut self, i: &Instruction) {
        self.set_data_bus(i);
        let [low, high] = i.next().wrapping_sub(1).to_le_bytes();
        let high = self.imm(high);
        self.push(high);
        let low = self.imm(low);
        self.push(low);
        self.elapsed += u32::from(i.op.cycles);
        self.go(i.target());
    }

    pub(super) fn return_from_subroutine(&mut self, i: &Instruction) {
        let before = (self.elapsed, self.moved);
        let low = self.pull();
        let high = self.pull();
        let high = self.shl(high, 8);
        let pulled = self.or(high, low);
        self.elapsed += u32::from(i.op.cycles);
        let after = (self.elapsed, self.moved);
        for &site in &self.region.return_sites {
            let (equal, other) = (self.b.create_block(), self.b.create_block());
            let expected = self.imm(site.wrapping_sub(1));
            let is_equal = self.b.ins().icmp(IntCC::Equal, pulled, expected);
            self.b.ins().brif(is_equal, equal, &[], other, &[]);
            self.b.seal_block(equal);
            self.b.seal_block(other);
            self.b.switch_to_block(equal);
            self.go(site);
            (self.elapsed, self.moved) = after;
            self.b.switch_to_block(other);
        }
        // The last cycle reads the byte before the target: if that is not plain, or the target is in another page,
        // which may not be plain, the interpreter does the whole instruction. The return sites of the region are in
        // plain ROM.
        let pc = self.add_imm(pulled, 1);
        if !self.is_broken(Mutant::ReturnRead) {
            (self.elapsed, self.moved) = before;
            let page = self.page(offset_of!(Context, read_pages), pulled);
            self.side_exit_unless(page, i.pc, Exit::Interpret);
            let within = self.and_imm(pc, PAGE as u16 - 1);
            self.side_exit_unless(within, i.pc, Exit::Interpret);
            (self.elapsed, self.moved) = after;
        }
        let pc = self.and_imm(pc, 0xFFFF);
        self.jump_out_to(pc);
    }

    /// Stores the byte that a jump leaves on the data bus, unless its target is in ROM of the unit: where there is no
    /// memory, that byte is executed.
    fn set_data_bus(&mut self, i: &Instruction) {
        if !matches!(i.data, Data::Byte(_)) {
            let high = self.imm(i.target() >> 8);
            self.store(high, offset_of!(Context, data_bus));
        }
    }
}
