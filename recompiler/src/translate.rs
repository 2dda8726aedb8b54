//! From a region to CLIF.
//!
//! ```text
//! function(context)
//!   load the registers the region uses
//!   block $C000:  check: cycle + worst case of the run <= deadline, else leave for $C000
//!                 instructions: registers are SSA values, plain memory is inline, the rest calls the bus
//!                 next block, or leave for another address
//!   leave:        store the registers the region uses, return why
//! ```
//!
//! Bytes are `i32` values from 0 to 255. N and Z are one value, as [`interpreter::Status`] keeps them; V is 0 or $40.
//! The cycle of an access is the cycle at the start of the block plus constants, plus one for each page crossed.

use crate::context::{Context, PAGE, Thunks};
use crate::region::{Instruction, Region};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, Function, InstBuilder, MemFlagsData, SigRef, Signature, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use interpreter::Status;
use interpreter::opcode::{AddrMode, Mnemonic, PageCross, Registers, Shape};
use std::collections::BTreeMap;
use std::mem::offset_of;

/// Why generated code returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Exit {
    /// The next instruction is the target of a control transfer.
    Jump = 0,
    /// The next run may not be over before the deadline.
    Deadline = 1,
    /// The next instruction belongs to the interpreter.
    Interpret = 2,
    /// An access moved the deadline near, changed the map, or found an interrupt.
    Changed = 3,
}

/// A mistake made on purpose, to see that the tests find it.
#[doc(hidden)]
#[allow(missing_docs, reason = "each is explained where it is made")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    Cycle,
    Carry,
    Overflow,
    DummyRead,
    Poll,
    PageCross,
    BranchCross,
    BankGuard,
    DeadlineCheck,
    BusByte,
    ZeroPageWrap,
    ReturnRead,
}

impl Mutant {
    pub const ALL: [Self; 12] = [
        Self::Cycle,
        Self::Carry,
        Self::Overflow,
        Self::DummyRead,
        Self::Poll,
        Self::PageCross,
        Self::BranchCross,
        Self::BankGuard,
        Self::DeadlineCheck,
        Self::BusByte,
        Self::ZeroPageWrap,
        Self::ReturnRead,
    ];
}

/// Longest run between two deadline checks, in worst-case cycles.
const MAX_RUN: u32 = 64;

const I32: Type = types::I32;
const I64: Type = types::I64;
const FLAGS: MemFlagsData = MemFlagsData::trusted();

/// The guest's registers as variables.
#[derive(Clone, Copy)]
struct Guest {
    a: Variable,
    x: Variable,
    y: Variable,
    s: Variable,
    nz: Variable,
    c: Variable,
    v: Variable,
    cycle: Variable,
}

/// An address: known when compiling, or not.
#[derive(Clone, Copy)]
enum Address {
    Constant(u16),
    /// In the zero page or the stack.
    Ram(Value),
    /// Anywhere, made without an index; the high byte is what the data bus carries.
    Plain {
        addr: Value,
        high: Value,
    },
    /// Base plus index: the address, and the base's high byte.
    Indexed {
        addr: Value,
        high: Value,
        crossed: Value,
    },
}

struct Translator<'a> {
    b: FunctionBuilder<'a>,
    region: &'a Region,
    context: Value,
    guest: Guest,
    blocks: BTreeMap<u16, Block>,
    leave: Block,
    thunk: SigRef,
    used: Registers,
    /// Cycles since the cycle variable was set.
    elapsed: u32,
    /// Whether an access of the current instruction asks to leave after it: nonzero.
    changed: Option<Value>,
    mutant: Option<Mutant>,
}

/// Fills `function` with the code of `region`.
pub(crate) fn translate(
    region: &Region,
    mutant: Option<Mutant>,
    function: &mut Function,
    builder_context: &mut FunctionBuilderContext,
    isa: &dyn TargetIsa,
) {
    function.signature = signature(isa.default_call_conv());
    let mut b = FunctionBuilder::new(function, builder_context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let context = b.block_params(entry)[0];
    let thunk = b.import_signature(thunk_signature(isa.default_call_conv()));
    let mut byte = || b.declare_var(I32);
    let (a, x, y, s, nz, c, v) = (byte(), byte(), byte(), byte(), byte(), byte(), byte());
    let cycle = b.declare_var(I64);
    let blocks: BTreeMap<u16, Block> = region.blocks.keys().map(|&pc| (pc, b.create_block())).collect();
    let leave = b.create_block();
    b.append_block_param(leave, I32); // PC
    b.append_block_param(leave, I32); // why
    b.set_cold_block(leave);
    let guest = Guest { a, x, y, s, nz, c, v, cycle };
    let mut t = Translator {
        b,
        region,
        context,
        guest,
        blocks,
        leave,
        thunk,
        used: used(region),
        elapsed: 0,
        changed: None,
        mutant,
    };
    t.load_registers();
    let first = t.blocks[&region.entry];
    t.b.ins().jump(first, &[]);
    for (&pc, block) in &region.blocks {
        t.b.switch_to_block(t.blocks[&pc]);
        t.block(&block.instructions);
    }
    t.leave();
    t.b.seal_all_blocks();
    t.b.finalize(isa.frontend_config());
}

/// `fn(context) -> Exit`.
pub(crate) fn signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.push(AbiParam::new(I64));
    signature.returns.push(AbiParam::new(I32));
    signature
}

fn thunk_signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    for of_type in [I64, I32, I64, I32] {
        signature.params.push(AbiParam::new(of_type));
    }
    signature.returns.push(AbiParam::new(I32));
    signature
}

/// Every register the region reads or writes.
fn used(region: &Region) -> Registers {
    let mut used = Registers::NONE;
    for instruction in region.blocks.values().flat_map(|block| &block.instructions) {
        used = used.plus(instruction.op.reads).plus(instruction.op.writes);
        if matches!(instruction.op.shape, Shape::Call | Shape::Return | Shape::Push | Shape::Pull) {
            used = used.plus(Registers::S);
        }
    }
    used
}

impl Translator<'_> {
    /// Whether this mistake is to be made.
    fn is_broken(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    // Registers -------------------------------------------------------------------------------------------------

    /// The registers the region uses, with their places in the context.
    fn registers(&self) -> Vec<(Variable, usize)> {
        let g = self.guest;
        let all = [
            (Registers::A, g.a, offset_of!(Context, a)),
            (Registers::X, g.x, offset_of!(Context, x)),
            (Registers::Y, g.y, offset_of!(Context, y)),
            (Registers::S, g.s, offset_of!(Context, s)),
            (Registers::N.plus(Registers::Z), g.nz, offset_of!(Context, nz)),
            (Registers::C, g.c, offset_of!(Context, c)),
        ];
        all.into_iter().filter(|(register, ..)| self.used.intersects(*register)).map(|(_, v, o)| (v, o)).collect()
    }

    fn load_registers(&mut self) {
        for (variable, offset) in self.registers() {
            let value = self.load(I32, offset);
            self.b.def_var(variable, value);
        }
        if self.used.intersects(Registers::V) {
            let vdi = self.load(I32, offset_of!(Context, vdi));
            let v = self.and_imm(vdi, u32::from(Status::V));
            self.b.def_var(self.guest.v, v);
        }
        let cycle = self.load(I64, offset_of!(Context, cycle));
        self.b.def_var(self.guest.cycle, cycle);
    }

    /// The block in which the region is left.
    fn leave(&mut self) {
        self.b.switch_to_block(self.leave);
        let (pc, why) = (self.b.block_params(self.leave)[0], self.b.block_params(self.leave)[1]);
        for (variable, offset) in self.registers() {
            let value = self.b.use_var(variable);
            self.store(value, offset);
        }
        if self.used.intersects(Registers::V) {
            let vdi = self.vdi();
            self.store(vdi, offset_of!(Context, vdi));
        }
        let cycle = self.b.use_var(self.guest.cycle);
        self.store(cycle, offset_of!(Context, cycle));
        self.store(pc, offset_of!(Context, pc));
        self.b.ins().return_(&[why]);
    }

    /// V from its variable, D and I from the context.
    fn vdi(&mut self) -> Value {
        let vdi = self.load(I32, offset_of!(Context, vdi));
        if !self.used.intersects(Registers::V) {
            return vdi;
        }
        let di = self.and_imm(vdi, u32::from(Status::D | Status::I));
        let v = self.b.use_var(self.guest.v);
        self.b.ins().bor(di, v)
    }

    fn load(&mut self, of_type: Type, offset: usize) -> Value {
        self.b.ins().load(of_type, FLAGS, self.context, offset as i32)
    }

    fn store(&mut self, value: Value, offset: usize) {
        self.b.ins().store(FLAGS, value, self.context, offset as i32);
    }

    // Small arithmetic ------------------------------------------------------------------------------------------

    fn imm(&mut self, value: u32) -> Value {
        self.b.ins().iconst(I32, i64::from(value))
    }

    fn and_imm(&mut self, x: Value, mask: u32) -> Value {
        let mask = self.imm(mask);
        self.b.ins().band(x, mask)
    }

    fn or(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().bor(x, y)
    }

    fn xor(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().bxor(x, y)
    }

    fn add(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().iadd(x, y)
    }

    fn add_imm(&mut self, x: Value, n: i32) -> Value {
        let n = self.b.ins().iconst(I32, i64::from(n as u32));
        self.b.ins().iadd(x, n)
    }

    fn shl(&mut self, x: Value, n: u32) -> Value {
        let n = self.imm(n);
        self.b.ins().ishl(x, n)
    }

    fn shr(&mut self, x: Value, n: u32) -> Value {
        let n = self.imm(n);
        self.b.ins().ushr(x, n)
    }

    fn byte(&mut self, x: Value) -> Value {
        self.and_imm(x, 0xFF)
    }

    fn get(&mut self, register: Variable) -> Value {
        self.b.use_var(register)
    }

    fn set(&mut self, register: Variable, value: Value) {
        self.b.def_var(register, value);
    }

    /// Sets a register, and N and Z with it.
    fn set_nz(&mut self, register: Variable, value: Value) {
        self.b.def_var(register, value);
        self.b.def_var(self.guest.nz, value);
    }

    /// The cycle of the access `n` cycles into the current instruction.
    fn at(&mut self, n: u32) -> Value {
        let cycle = self.b.use_var(self.guest.cycle);
        let n = self.b.ins().iconst(I64, i64::from(self.elapsed + n));
        self.b.ins().iadd(cycle, n)
    }

    /// Puts the constant part of the time into the cycle variable.
    fn settle_cycle(&mut self) {
        if self.elapsed != 0 {
            let cycle = self.at(0);
            self.set(self.guest.cycle, cycle);
            self.elapsed = 0;
        }
    }

    /// One more cycle if `condition` (0 or 1).
    fn add_cycle(&mut self, condition: Value) {
        let extra = self.b.ins().uextend(I64, condition);
        let cycle = self.b.use_var(self.guest.cycle);
        let cycle = self.b.ins().iadd(cycle, extra);
        self.set(self.guest.cycle, cycle);
    }

    // Control ---------------------------------------------------------------------------------------------------

    fn block(&mut self, instructions: &[Instruction]) {
        self.elapsed = 0;
        let mut rest = instructions;
        let mut run = 0;
        while let Some((instruction, after)) = rest.split_first() {
            if run < instruction.worst_cycles() {
                run = self.check(rest);
            }
            run -= instruction.worst_cycles();
            self.changed = None;
            if self.instruction(instruction) {
                return; // it went elsewhere
            }
            self.elapsed += u32::from(instruction.op.cycles);
            if self.is_broken(Mutant::Cycle) && instruction.op.mnemonic == Mnemonic::Iny {
                self.elapsed += 1;
            }
            self.leave_if_changed(instruction.next());
            rest = after;
        }
        if let Some(last) = instructions.last() {
            self.go(last.next());
        }
    }

    /// Leaves unless the next instructions will all be over before the deadline. Returns the cycles granted.
    fn check(&mut self, instructions: &[Instruction]) -> u32 {
        let mut run = 0;
        for instruction in instructions {
            if run != 0 && run + instruction.worst_cycles() > MAX_RUN {
                break;
            }
            run += instruction.worst_cycles();
        }
        self.settle_cycle();
        let asked = if self.is_broken(Mutant::DeadlineCheck) { 0 } else { run };
        let deadline = self.load(I64, offset_of!(Context, deadline));
        let end = self.at(asked);
        let quiet = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, deadline);
        let (go, stop) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(stop);
        self.b.ins().brif(quiet, go, &[], stop, &[]);
        self.b.switch_to_block(stop);
        self.exit(instructions[0].pc, Exit::Deadline);
        self.b.switch_to_block(go);
        run
    }

    /// Goes on at `pc`: in the region, or out of it.
    fn go(&mut self, pc: u16) {
        self.settle_cycle();
        if let Some(&block) = self.blocks.get(&pc) {
            self.b.ins().jump(block, &[]);
        } else {
            self.exit(pc, Exit::Jump);
        }
    }

    fn exit(&mut self, pc: u16, why: Exit) {
        let pc = self.imm(u32::from(pc));
        self.exit_to(pc, why);
    }

    fn exit_to(&mut self, pc: Value, why: Exit) {
        let why = self.imm(why as u32);
        self.b.ins().jump(self.leave, &[BlockArg::from(pc), BlockArg::from(why)]);
    }

    /// Ends the region after an instruction whose access changed something.
    fn leave_if_changed(&mut self, next: u16) {
        let Some(changed) = self.changed.take() else { return };
        if self.is_broken(Mutant::BankGuard) {
            return;
        }
        let (out, on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(out);
        self.b.ins().brif(changed, out, &[], on, &[]);
        self.b.switch_to_block(out);
        let cycle = self.get(self.guest.cycle);
        let elapsed = self.elapsed;
        self.settle_cycle();
        self.exit(next, Exit::Changed);
        self.b.switch_to_block(on);
        self.elapsed = elapsed;
        self.set(self.guest.cycle, cycle);
    }

    // Memory ----------------------------------------------------------------------------------------------------

    /// The pointer of the page that `addr` lies in; null if it is not plain.
    fn page(&mut self, table: usize, addr: Value) -> Value {
        let page = self.shr(addr, PAGE.trailing_zeros());
        let page = self.b.ins().uextend(I64, page);
        let three = self.b.ins().iconst(I64, 3);
        let offset = self.b.ins().ishl(page, three);
        let entry = self.b.ins().iadd(self.context, offset);
        self.b.ins().load(I64, FLAGS, entry, table as i32)
    }

    fn in_page(&mut self, page: Value, addr: Value) -> Value {
        let low = self.and_imm(addr, PAGE as u32 - 1);
        let low = self.b.ins().uextend(I64, low);
        self.b.ins().iadd(page, low)
    }

    fn load_byte(&mut self, place: Value) -> Value {
        self.b.ins().uload8(I32, FLAGS, place, 0)
    }

    /// The place of a byte in CPU RAM's first page: zero page and stack. RAM is always plain.
    fn ram(&mut self, addr: Value) -> Value {
        let page = self.load(I64, offset_of!(Context, write_pages));
        let addr = self.b.ins().uextend(I64, addr);
        self.b.ins().iadd(page, addr)
    }

    fn call(&mut self, thunk: usize, addr: Value, at: Value, word: Value) -> Value {
        let function = self.load(I64, offset_of!(Context, thunks) + thunk);
        let call = self.b.ins().call_indirect(self.thunk, function, &[self.context, addr, at, word]);
        self.b.inst_results(call)[0]
    }

    /// Splits a thunk's answer.
    fn answer(&mut self, answer: Value) -> (Value, Value) {
        (self.byte(answer), self.shr(answer, 8))
    }

    /// Notes that the instruction made an access that may have changed something.
    fn note(&mut self, changed: Value) {
        self.changed = Some(match self.changed {
            Some(before) => self.or(before, changed),
            None => changed,
        });
    }

    /// `fast` if `page` is not null, else `slow`: both give a byte, slow also whether something changed.
    fn either(
        &mut self,
        is_fast: Value,
        fast: impl FnOnce(&mut Self) -> Value,
        slow: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let (quick, call, join) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let (value, changed) = (self.b.append_block_param(join, I32), self.b.append_block_param(join, I32));
        self.b.set_cold_block(call);
        self.b.ins().brif(is_fast, quick, &[], call, &[]);
        self.b.switch_to_block(quick);
        let result = fast(self);
        let none = self.imm(0);
        self.b.ins().jump(join, &[BlockArg::from(result), BlockArg::from(none)]);
        self.b.switch_to_block(call);
        let answer = slow(self);
        let (result, change) = self.answer(answer);
        self.b.ins().jump(join, &[BlockArg::from(result), BlockArg::from(change)]);
        self.b.switch_to_block(join);
        self.note(changed);
        value
    }

    /// Whether an indexed access is plain: its page, and where the page was crossed the page of the dummy read.
    fn is_plain_indexed(&mut self, page: Value, addr: Value, high: Value, crossed: Value) -> Value {
        let (first, second, join) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let plain = self.b.append_block_param(join, I32);
        let zero = self.imm(0);
        let one = self.imm(1);
        self.b.ins().brif(page, first, &[], join, &[BlockArg::from(zero)]);
        self.b.switch_to_block(first);
        self.b.ins().brif(crossed, second, &[], join, &[BlockArg::from(one)]);
        self.b.switch_to_block(second);
        let low = self.byte(addr);
        let high = self.shl(high, 8);
        let dummy = self.or(high, low);
        let other = self.page(offset_of!(Context, read_pages), dummy);
        let null = self.b.ins().iconst(I64, 0);
        let other = self.b.ins().icmp(IntCC::NotEqual, other, null);
        let other = self.b.ins().uextend(I32, other);
        self.b.ins().jump(join, &[BlockArg::from(other)]);
        self.b.switch_to_block(join);
        plain
    }

    /// Base's high byte, with the crossing in bit 8: what the indexed thunks want.
    fn indexed_word(&mut self, high: Value, crossed: Value) -> Value {
        let crossed = self.shl(crossed, 8);
        if self.is_broken(Mutant::BusByte) {
            return self.or(crossed, crossed);
        }
        self.or(high, crossed)
    }

    /// The operand's address. Reads pointers, but nothing at the address itself.
    fn address(&mut self, i: &Instruction) -> Address {
        let (zero_page, word) = (u32::from(i.operand & 0xFF), i.operand);
        match i.op.mode {
            AddrMode::ZeroPage | AddrMode::Absolute => Address::Constant(word),
            AddrMode::ZeroPageX => Address::Ram(self.zero_page(zero_page, self.guest.x)),
            AddrMode::ZeroPageY => Address::Ram(self.zero_page(zero_page, self.guest.y)),
            AddrMode::AbsoluteX | AddrMode::AbsoluteY => {
                let index = if i.op.mode == AddrMode::AbsoluteX { self.guest.x } else { self.guest.y };
                let low = self.imm(u32::from(word & 0xFF));
                let high = self.imm(u32::from(word >> 8));
                self.indexed(low, high, index)
            }
            AddrMode::IndirectX => {
                let pointer = self.zero_page(zero_page, self.guest.x);
                let place = self.ram(pointer);
                let low = self.load_byte(place);
                let pointer = self.add_imm(pointer, 1);
                let pointer = self.byte(pointer);
                let place = self.ram(pointer);
                let high = self.load_byte(place);
                let shifted = self.shl(high, 8);
                Address::Plain { addr: self.or(shifted, low), high }
            }
            _ => {
                let pointer = self.imm(zero_page);
                let place = self.ram(pointer);
                let low = self.load_byte(place);
                let pointer = self.imm((zero_page + 1) & 0xFF);
                let place = self.ram(pointer);
                let high = self.load_byte(place);
                self.indexed(low, high, self.guest.y)
            }
        }
    }

    fn zero_page(&mut self, base: u32, index: Variable) -> Value {
        let index = self.get(index);
        let addr = self.add_imm(index, base as i32);
        if self.is_broken(Mutant::ZeroPageWrap) { self.and_imm(addr, 0x1FF) } else { self.byte(addr) }
    }

    fn indexed(&mut self, low: Value, high: Value, index: Variable) -> Address {
        let index = self.get(index);
        let sum = self.add(low, index);
        let crossed = self.shr(sum, 8);
        let base = self.shl(high, 8);
        let addr = self.add(base, sum);
        let addr = self.and_imm(addr, 0xFFFF);
        Address::Indexed { addr, high, crossed }
    }

    /// Reads the operand of a load.
    fn read_operand(&mut self, i: &Instruction) -> Value {
        if i.op.mode == AddrMode::Immediate {
            return self.imm(u32::from(i.operand & 0xFF));
        }
        let last = u32::from(i.op.cycles) - 1;
        match self.address(i) {
            Address::Constant(addr) => self.read_constant(addr, last),
            Address::Ram(addr) => {
                let place = self.ram(addr);
                self.load_byte(place)
            }
            Address::Plain { addr, high } => {
                let page = self.page(offset_of!(Context, read_pages), addr);
                let at = self.at(last);
                self.either(
                    page,
                    |t| {
                        let place = t.in_page(page, addr);
                        t.load_byte(place)
                    },
                    |t| t.call(offset_of!(Thunks, read), addr, at, high),
                )
            }
            Address::Indexed { addr, high, crossed } => {
                let page = self.page(offset_of!(Context, read_pages), addr);
                let plain = self.is_plain_indexed(page, addr, high, crossed);
                let at = self.at(last);
                let value = self.either(
                    plain,
                    |t| {
                        let place = t.in_page(page, addr);
                        t.load_byte(place)
                    },
                    |t| {
                        let word = t.indexed_word(high, crossed);
                        t.call(offset_of!(Thunks, read_indexed), addr, at, word)
                    },
                );
                if i.op.page_cross == PageCross::Adds && !self.is_broken(Mutant::PageCross) {
                    self.add_cycle(crossed);
                }
                value
            }
        }
    }

    /// Reads from an address known when compiling, in cycle `n` of the instruction.
    fn read_constant(&mut self, addr: u16, n: u32) -> Value {
        let value = self.imm(u32::from(addr));
        if addr < 0x2000 {
            let page = self.page_of_constant(offset_of!(Context, read_pages), addr);
            return self.b.ins().uload8(I32, FLAGS, page, i32::from(addr % PAGE as u16));
        }
        let at = self.at(n);
        let high = self.imm(u32::from(addr >> 8));
        if addr < 0x6000 {
            let answer = self.call(offset_of!(Thunks, read), value, at, high);
            let (value, changed) = self.answer(answer);
            self.note(changed);
            return value;
        }
        let page = self.page_of_constant(offset_of!(Context, read_pages), addr);
        self.either(
            page,
            |t| t.b.ins().uload8(I32, FLAGS, page, i32::from(addr % PAGE as u16)),
            |t| t.call(offset_of!(Thunks, read), value, at, high),
        )
    }

    fn page_of_constant(&mut self, table: usize, addr: u16) -> Value {
        self.load(I64, table + usize::from(addr) / PAGE * size_of::<*const u8>())
    }

    /// Writes the operand of a store.
    fn write_operand(&mut self, i: &Instruction, value: Value) {
        let last = u32::from(i.op.cycles) - 1;
        match self.address(i) {
            Address::Constant(addr) if addr < 0x2000 => {
                let page = self.page_of_constant(offset_of!(Context, write_pages), addr);
                self.b.ins().istore8(FLAGS, value, page, i32::from(addr % PAGE as u16));
            }
            Address::Constant(addr) => {
                let at = self.at(last);
                let target = self.imm(u32::from(addr));
                if (0x6000..0x8000).contains(&addr) {
                    let page = self.page_of_constant(offset_of!(Context, write_pages), addr);
                    self.write_either(page, page, target, value, |t| {
                        t.call(offset_of!(Thunks, write), target, at, value)
                    });
                } else {
                    let answer = self.call(offset_of!(Thunks, write), target, at, value);
                    let (_, changed) = self.answer(answer);
                    self.note(changed);
                }
            }
            Address::Ram(addr) => {
                let place = self.ram(addr);
                self.b.ins().istore8(FLAGS, value, place, 0);
            }
            Address::Plain { addr, .. } => {
                let page = self.page(offset_of!(Context, write_pages), addr);
                let at = self.at(last);
                self.write_either(page, page, addr, value, |t| t.call(offset_of!(Thunks, write), addr, at, value));
            }
            Address::Indexed { addr, high, crossed } => {
                let page = self.page(offset_of!(Context, write_pages), addr);
                let plain = self.is_plain_indexed(page, addr, high, crossed);
                let at = self.at(last - 1);
                self.write_either(plain, page, addr, value, |t| {
                    if t.is_broken(Mutant::DummyRead) {
                        let at = t.at(last);
                        return t.call(offset_of!(Thunks, write), addr, at, value);
                    }
                    let high = t.shl(high, 8);
                    let word = t.or(high, value);
                    t.call(offset_of!(Thunks, write_indexed), addr, at, word)
                });
            }
        }
    }

    fn write_either(
        &mut self,
        is_fast: Value,
        page: Value,
        addr: Value,
        value: Value,
        slow: impl FnOnce(&mut Self) -> Value,
    ) {
        self.either(
            is_fast,
            |t| {
                let place = t.in_page(page, addr);
                t.b.ins().istore8(FLAGS, value, place, 0);
                t.imm(0)
            },
            slow,
        );
    }

    /// Read-modify-write: `change` computes the new value from the old.
    fn modify(&mut self, i: &Instruction, change: impl FnOnce(&mut Self, Value) -> Value) {
        let cycles = u32::from(i.op.cycles);
        match self.address(i) {
            Address::Constant(addr) if addr < 0x2000 => {
                let page = self.page_of_constant(offset_of!(Context, write_pages), addr);
                let offset = i32::from(addr % PAGE as u16);
                let old = self.b.ins().uload8(I32, FLAGS, page, offset);
                let new = change(self, old);
                self.b.ins().istore8(FLAGS, new, page, offset);
            }
            Address::Ram(addr) => {
                let place = self.ram(addr);
                let old = self.load_byte(place);
                let new = change(self, old);
                self.b.ins().istore8(FLAGS, new, place, 0);
            }
            Address::Constant(addr) => {
                let page = self.page_of_constant(offset_of!(Context, write_pages), addr);
                let high = self.imm(u32::from(addr >> 8));
                let addr = self.imm(u32::from(addr));
                let at = self.at(cycles - 3);
                self.modify_either(page, page, addr, cycles, change, |t| {
                    t.call(offset_of!(Thunks, read), addr, at, high)
                });
            }
            Address::Plain { addr, high } => {
                let page = self.page(offset_of!(Context, write_pages), addr);
                let at = self.at(cycles - 3);
                self.modify_either(page, page, addr, cycles, change, |t| {
                    t.call(offset_of!(Thunks, read), addr, at, high)
                });
            }
            Address::Indexed { addr, high, crossed } => {
                let page = self.page(offset_of!(Context, write_pages), addr);
                let plain = self.is_plain_indexed(page, addr, high, crossed);
                let at = self.at(cycles - 4);
                self.modify_either(plain, page, addr, cycles, change, |t| {
                    t.call(offset_of!(Thunks, read_modify), addr, at, high)
                });
            }
        }
    }

    fn modify_either(
        &mut self,
        is_fast: Value,
        page: Value,
        addr: Value,
        cycles: u32,
        change: impl FnOnce(&mut Self, Value) -> Value,
        slow: impl FnOnce(&mut Self) -> Value,
    ) {
        let old = self.either(
            is_fast,
            |t| {
                let place = t.in_page(page, addr);
                t.load_byte(place)
            },
            slow,
        );
        let new = change(self, old);
        let at = self.at(cycles - 2);
        self.write_either(is_fast, page, addr, new, |t| {
            if t.is_broken(Mutant::Poll) {
                let last = t.at(cycles - 1);
                t.call(offset_of!(Thunks, write), addr, at, old);
                return t.call(offset_of!(Thunks, write), addr, last, new);
            }
            let old = t.shl(old, 8);
            let word = t.or(old, new);
            t.call(offset_of!(Thunks, write_modify), addr, at, word)
        });
    }

    /// The place of the stack's top, and S after moving.
    fn stack(&mut self) -> Value {
        let s = self.get(self.guest.s);
        let addr = self.add_imm(s, 0x100);
        self.ram(addr)
    }

    fn push(&mut self, value: Value) {
        let place = self.stack();
        self.b.ins().istore8(FLAGS, value, place, 0);
        let s = self.get(self.guest.s);
        let s = self.add_imm(s, -1);
        let s = self.byte(s);
        self.set(self.guest.s, s);
    }

    fn pull(&mut self) -> Value {
        let s = self.get(self.guest.s);
        let s = self.add_imm(s, 1);
        let s = self.byte(s);
        self.set(self.guest.s, s);
        let place = self.stack();
        self.load_byte(place)
    }

    // Instructions ----------------------------------------------------------------------------------------------

    /// Translates one instruction. Returns whether it ended the block.
    fn instruction(&mut self, i: &Instruction) -> bool {
        debug_assert!(!i.is_interpreted());
        match i.op.shape {
            Shape::Load => {
                let value = self.read_operand(i);
                self.take(i.op.mnemonic, value);
            }
            Shape::Store => {
                let (a, x) = (self.guest.a, self.guest.x);
                let value = match i.op.mnemonic {
                    Mnemonic::Sta => self.get(a),
                    Mnemonic::Stx => self.get(x),
                    Mnemonic::Sty => self.get(self.guest.y),
                    _ => {
                        let (a, x) = (self.get(a), self.get(x));
                        self.b.ins().band(a, x) // SAX
                    }
                };
                self.write_operand(i, value);
            }
            Shape::Modify => {
                let mnemonic = i.op.mnemonic;
                self.modify(i, |t, old| t.modified(mnemonic, old));
            }
            Shape::Implied => self.implied(i.op.mnemonic),
            Shape::Push => {
                let value = if i.op.mnemonic == Mnemonic::Pha { self.get(self.guest.a) } else { self.status_with_b() };
                self.push(value);
            }
            Shape::Pull => {
                let value = self.pull();
                self.set_nz(self.guest.a, value);
            }
            Shape::Branch => self.branch(i),
            Shape::Jump => self.jump(i),
            Shape::Call => {
                self.leave_on_bus(i.target());
                let back = i.next().wrapping_sub(1);
                let high = self.imm(u32::from(back >> 8));
                self.push(high);
                let low = self.imm(u32::from(back & 0xFF));
                self.push(low);
                self.elapsed += u32::from(i.op.cycles);
                self.go(i.target());
            }
            _ => self.return_from_subroutine(i),
        }
        matches!(i.op.shape, Shape::Branch | Shape::Jump | Shape::Call | Shape::Return)
    }

    fn implied(&mut self, mnemonic: Mnemonic) {
        let g = self.guest;
        let copy = |t: &mut Self, from: Variable, to: Variable| {
            let value = t.get(from);
            t.set_nz(to, value);
        };
        let step = |t: &mut Self, register: Variable, by: i32| {
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
            Mnemonic::Tsx => copy(self, g.s, g.x),
            Mnemonic::Txa => copy(self, g.x, g.a),
            Mnemonic::Tya => copy(self, g.y, g.a),
            Mnemonic::Txs => {
                let x = self.get(g.x);
                self.set(g.s, x);
            }
            Mnemonic::Clc | Mnemonic::Sec => {
                let c = self.imm(u32::from(mnemonic == Mnemonic::Sec));
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
                let answer = self.call(offset_of!(Thunks, mask_irq), nothing, at, nothing);
                let (_, changed) = self.answer(answer);
                self.note(changed);
            }
            _ => {} // NOP
        }
    }

    fn set_di(&mut self, flag: u8, on: bool) {
        let vdi = self.load(I32, offset_of!(Context, vdi));
        let flag_value = self.imm(u32::from(flag));
        let vdi = if on { self.or(vdi, flag_value) } else { self.and_imm(vdi, u32::from(!flag)) };
        self.store(vdi, offset_of!(Context, vdi));
    }

    /// P as PHP pushes it.
    fn status_with_b(&mut self) -> Value {
        let nz = self.get(self.guest.nz);
        let folded = self.shr(nz, 8);
        let n = self.or(nz, folded);
        let n = self.and_imm(n, u32::from(Status::N));
        let z = self.is_zero(nz);
        let z = self.shl(z, 1);
        let c = self.get(self.guest.c);
        let vdi = self.vdi();
        let fixed = self.imm(0x30);
        let p = self.or(n, z);
        let p = self.or(p, c);
        let p = self.or(p, vdi);
        self.or(p, fixed)
    }

    /// Z of a result, 0 or 1.
    fn is_zero(&mut self, nz: Value) -> Value {
        let low = self.byte(nz);
        let zero = self.imm(0);
        let z = self.b.ins().icmp(IntCC::Equal, low, zero);
        self.b.ins().uextend(I32, z)
    }

    /// What a load does with its operand.
    fn take(&mut self, mnemonic: Mnemonic, m: Value) {
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
            Mnemonic::And => self.and(m),
            Mnemonic::Ora => self.ora(m),
            Mnemonic::Eor => self.eor(m),
            Mnemonic::Bit => {
                let a = self.get(g.a);
                let both = self.b.ins().band(a, m);
                let n = self.and_imm(m, u32::from(Status::N));
                let n = self.shl(n, 8);
                let nz = self.or(both, n);
                self.set(g.nz, nz);
                let v = self.and_imm(m, u32::from(Status::V));
                self.set(g.v, v);
            }
            Mnemonic::Cmp => self.compare(g.a, m),
            Mnemonic::Cpx => self.compare(g.x, m),
            Mnemonic::Cpy => self.compare(g.y, m),
            Mnemonic::Anc => {
                self.and(m);
                let a = self.get(g.a);
                let c = self.shr(a, 7);
                self.set(g.c, c);
            }
            Mnemonic::Alr => {
                self.and(m);
                let a = self.get(g.a);
                let a = self.modified(Mnemonic::Lsr, a);
                self.set(g.a, a);
            }
            Mnemonic::Arr => {
                self.and(m);
                let a = self.get(g.a);
                let a = self.modified(Mnemonic::Ror, a);
                self.set(g.a, a);
                let c = self.shr(a, 6);
                let c = self.and_imm(c, 1);
                self.set(g.c, c);
                let bit5 = self.shl(a, 1);
                let v = self.xor(a, bit5);
                let v = self.and_imm(v, u32::from(Status::V));
                self.set(g.v, v);
            }
            Mnemonic::Sbx => {
                let (a, x) = (self.get(g.a), self.get(g.x));
                let masked = self.b.ins().band(a, x);
                let difference = self.difference(masked, m);
                self.set(g.x, difference);
            }
            Mnemonic::Las => {
                let s = self.get(g.s);
                let value = self.b.ins().band(s, m);
                self.set_nz(g.a, value);
                self.set(g.x, value);
                self.set(g.s, value);
            }
            Mnemonic::Nop => {}
            other => unreachable!("{other:?} is no compiled load"),
        }
    }

    /// What a read-modify-write makes of its operand, flags and accumulator included.
    fn modified(&mut self, mnemonic: Mnemonic, old: Value) -> Value {
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
                    Mnemonic::Rla => self.and(new),
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
            other => unreachable!("{other:?} is no compiled read-modify-write"),
        }
    }

    fn and(&mut self, m: Value) {
        let a = self.get(self.guest.a);
        let a = self.b.ins().band(a, m);
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
        let overflow = self.b.ins().band(from_a, from_m);
        let v = self.shr(overflow, if self.is_broken(Mutant::Overflow) { 2 } else { 1 });
        let v = self.and_imm(v, u32::from(Status::V));
        self.set(self.guest.v, v);
        let carry = self.shr(sum, 8);
        self.set(self.guest.c, carry);
        let result = self.byte(sum);
        self.set_nz(self.guest.a, result);
    }

    fn sbc(&mut self, m: Value) {
        let ones = self.imm(0xFF);
        let inverted = self.xor(m, ones);
        self.adc(inverted);
    }

    fn compare(&mut self, register: Variable, m: Value) {
        let r = self.get(register);
        self.difference(r, m);
    }

    /// `x - m` with the flags of a compare.
    fn difference(&mut self, x: Value, m: Value) -> Value {
        let relation = match self.mutant {
            Some(Mutant::Carry) => IntCC::UnsignedGreaterThan,
            _ => IntCC::UnsignedGreaterThanOrEqual,
        };
        let no_borrow = self.b.ins().icmp(relation, x, m);
        let c = self.b.ins().uextend(I32, no_borrow);
        self.set(self.guest.c, c);
        let difference = self.b.ins().isub(x, m);
        let difference = self.byte(difference);
        self.set(self.guest.nz, difference);
        difference
    }

    fn branch(&mut self, i: &Instruction) {
        let g = self.guest;
        let (flag, when_set) = match i.op.mnemonic {
            Mnemonic::Bcc => (self.get(g.c), false),
            Mnemonic::Bcs => (self.get(g.c), true),
            Mnemonic::Bvc => (self.get(g.v), false),
            Mnemonic::Bvs => (self.get(g.v), true),
            Mnemonic::Bpl | Mnemonic::Bmi => {
                let nz = self.get(g.nz);
                (self.and_imm(nz, 0x8080), i.op.mnemonic == Mnemonic::Bmi)
            }
            _ => {
                let nz = self.get(g.nz);
                (self.byte(nz), i.op.mnemonic == Mnemonic::Bne)
            }
        };
        let start = self.elapsed;
        let cycle = self.get(g.cycle);
        let (taken, not_taken) = (self.b.create_block(), self.b.create_block());
        if when_set {
            self.b.ins().brif(flag, taken, &[], not_taken, &[]);
        } else {
            self.b.ins().brif(flag, not_taken, &[], taken, &[]);
        }
        self.b.switch_to_block(not_taken);
        self.elapsed = start + u32::from(i.op.cycles);
        self.go(i.next());
        self.b.switch_to_block(taken);
        self.set(g.cycle, cycle);
        let crossed = i.target() & 0xFF00 != i.next() & 0xFF00 && !self.is_broken(Mutant::BranchCross);
        self.elapsed = start + u32::from(i.op.cycles) + 1 + u32::from(crossed);
        self.go(i.target());
    }

    fn jump(&mut self, i: &Instruction) {
        if i.op.mode == AddrMode::Absolute {
            self.leave_on_bus(i.target());
            self.elapsed += u32::from(i.op.cycles);
            return self.go(i.target());
        }
        // The pointer's high byte comes from the same page. Regions have none whose pointer is not plain.
        let second = (i.operand & 0xFF00) | (i.operand.wrapping_add(1) & 0x00FF);
        let low = self.read_constant(i.operand, 3);
        let high = self.read_constant(second, 4);
        self.changed = None;
        self.store(high, offset_of!(Context, data_bus));
        let high = self.shl(high, 8);
        let pc = self.or(high, low);
        self.elapsed += u32::from(i.op.cycles);
        self.settle_cycle();
        self.exit_to(pc, Exit::Jump);
    }

    fn return_from_subroutine(&mut self, i: &Instruction) {
        let low = self.pull();
        let high = self.pull();
        let shifted = self.shl(high, 8);
        let pulled = self.or(shifted, low);
        let pc = self.add_imm(pulled, 1);
        let pc = self.and_imm(pc, 0xFFFF);
        let last = self.at(u32::from(i.op.cycles) - 1);
        self.elapsed += u32::from(i.op.cycles);
        self.settle_cycle();
        let sites = self.region.return_sites.clone();
        for site in sites.into_iter().filter(|site| self.region.blocks.contains_key(site)).take(4) {
            let (back, on) = (self.blocks[&site], self.b.create_block());
            let wanted = self.imm(u32::from(site));
            let here = self.b.ins().icmp(IntCC::Equal, pc, wanted);
            self.b.ins().brif(here, back, &[], on, &[]);
            self.b.switch_to_block(on);
        }
        // The last cycle reads what is before the target; a site of the region has plain ROM there.
        let page = self.page(offset_of!(Context, read_pages), pulled);
        let byte = self.either(
            page,
            |t| {
                let place = t.in_page(page, pulled);
                t.load_byte(place)
            },
            |t| match t.mutant {
                Some(Mutant::ReturnRead) => high,
                _ => t.call(offset_of!(Thunks, read), pulled, last, high),
            },
        );
        self.changed = None; // it leaves anyway
        self.store(byte, offset_of!(Context, data_bus));
        self.exit_to(pc, Exit::Jump);
    }

    /// Tells what a jump to `target` leaves on the data bus: if there is no memory, that is what is executed there.
    fn leave_on_bus(&mut self, target: u16) {
        if !self.blocks.contains_key(&target) {
            let high = self.imm(u32::from(target >> 8));
            self.store(high, offset_of!(Context, data_bus));
        }
    }
}
