//! From a region to CLIF.
//!
//! ```text
//! function(context)
//!   load the registers that are used
//!   check:          cycle + worst case of the run <= deadline, otherwise side exit
//!   block $C000:    instructions: registers are SSA values, plain memory is inline, the rest calls the bus
//!   check:          cycle + worst case of the run <= deadline, otherwise side exit
//!                   next block; or store the registers that were written, and return the next function
//!   side exit:      store the registers that were written, return the exit
//! ```
//!
//! All values are `i64`. Registers are 0 to 255. N and Z are one value, as in [`ricojit_interpreter::Status`]; C is 0
//! or 1; V is bit 7 of its value. The cycle of an access is the cycle variable plus constants; S is a variable plus a
//! constant too, so that a push followed by a pull costs nothing. To *materialize* them is to add the constants to the
//! variables.
//!
//! Cranelift removes and moves what it can: a flag that only a cold side exit needs is computed there. Loads of what
//! does not change while a region runs (tables of pages) are marked as such. Registers are not, although nothing stores
//! to them before the exit: such a load could move past the store of another value.

mod alu;
mod control;
mod memory;

use crate::context::Context;
use crate::exit::Exit;
use crate::options::Options;
use crate::region::{Block as GuestBlock, Instruction, Region};
use crate::sabotage::{Mutant, Sabotage};
use cranelift_codegen::entity::EntitySet;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, Function, InstBuilder, MemFlagsData, SigRef, Signature, SourceLoc, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Switch, Variable};
use ricojit_interpreter::opcode::{Mnemonic, Registers, Shape};
use std::collections::BTreeMap;
use std::mem::offset_of;

const I64: Type = types::I64;
/// Flags of accesses to memory that may change.
const FLAGS: MemFlagsData = MemFlagsData::trusted();
/// Flags of loads from memory that does not change while a region runs, and that can be read at any time.
const PURE: MemFlagsData = MemFlagsData::trusted().with_readonly().with_can_move();

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

/// The operands of a compare.
#[derive(Clone, Copy)]
struct Compared {
    /// The value of N and Z that it produced.
    nz: Value,
    register: Value,
    operand: Value,
}

struct Translator<'a> {
    b: FunctionBuilder<'a>,
    region: &'a Region,
    options: Options,
    /// Whether CLIF tells of which guest instruction it is.
    located: bool,
    sabotage: Sabotage,
    context: Value,
    guest: Guest,
    blocks: BTreeMap<u16, Block>,
    /// Where all side exits end. Its parameter is PC, and the exit above it.
    side_exit: Block,
    /// Where all other exits end. Its parameters are PC, and what is returned.
    way_out: Block,
    thunk: SigRef,
    used: Registers,
    written: Registers,
    /// Cycles since the cycle variable was set.
    elapsed: u32,
    /// What S has changed by since its variable was set.
    moved: i64,
    /// At least [`CHANGED`](crate::context::CHANGED) if the region must be left after the current instruction because of
    /// one of its accesses.
    changed: Option<Value>,
    compared: Option<Compared>,
    /// The registers at entry.
    loaded: Vec<Value>,
}

/// Fills `function` with the code of `region`. `located`: with the PC of each instruction as its source location.
pub(crate) fn translate(
    region: &Region,
    options: Options,
    located: bool,
    sabotage: Sabotage,
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
    let mut variable = || b.declare_var(I64);
    let [a, x, y, s, nz, c, v, cycle] = std::array::from_fn(|_| variable());
    let blocks: BTreeMap<u16, Block> = region.blocks.keys().map(|&pc| (pc, b.create_block())).collect();
    let (side_exit, way_out) = (b.create_block(), b.create_block());
    b.append_block_param(side_exit, I64);
    b.set_cold_block(side_exit);
    b.append_block_param(way_out, I64);
    b.append_block_param(way_out, I64);
    let (used, written) = registers(region);
    let mut t = Translator {
        b,
        region,
        options,
        located,
        sabotage,
        context,
        guest: Guest { a, x, y, s, nz, c, v, cycle },
        blocks,
        side_exit,
        way_out,
        thunk,
        used,
        written,
        elapsed: 0,
        moved: 0,
        changed: None,
        compared: None,
        loaded: Vec::new(),
    };
    t.enter();
    for (&pc, block) in &region.blocks {
        t.b.switch_to_block(t.blocks[&pc]);
        t.block(block);
    }
    t.locate(SourceLoc::default());
    t.exit_blocks();
    t.b.seal_all_blocks();
    t.remove_unused_loads();
    t.b.finalize(isa.frontend_config());
}

/// `fn(context) -> ReturnValue`.
pub(crate) fn signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.push(AbiParam::new(I64));
    signature.returns.push(AbiParam::new(I64));
    signature
}

fn thunk_signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.extend([AbiParam::new(I64); 4]);
    signature.returns.push(AbiParam::new(I64));
    signature
}

/// The registers that the region reads or writes, and those that it writes.
fn registers(region: &Region) -> (Registers, Registers) {
    let (mut read, mut written) = (Registers::NONE, Registers::NONE);
    for instruction in region.instructions() {
        read = read.plus(instruction.op.reads);
        written = written.plus(instruction.op.writes);
    }
    (read.plus(written), written)
}

impl Translator<'_> {
    /// What follows has this source location.
    fn locate(&mut self, location: SourceLoc) {
        if self.located {
            self.b.set_srcloc(location);
        }
    }

    /// Whether a test asks for this mistake.
    fn is_broken(&self, mutant: Mutant) -> bool {
        self.sabotage.has(mutant)
    }

    // Registers -------------------------------------------------------------------------------------------------

    /// The variables of those registers of `which` that have one, and their offsets in the context.
    fn registers(&self, which: Registers) -> impl Iterator<Item = (Variable, usize)> + use<> {
        let g = self.guest;
        let all = [
            (Registers::A, g.a, offset_of!(Context, a)),
            (Registers::X, g.x, offset_of!(Context, x)),
            (Registers::Y, g.y, offset_of!(Context, y)),
            (Registers::S, g.s, offset_of!(Context, s)),
            (Registers::N.plus(Registers::Z), g.nz, offset_of!(Context, nz)),
            (Registers::C, g.c, offset_of!(Context, c)),
            (Registers::V, g.v, offset_of!(Context, v)),
        ];
        all.into_iter().filter(move |(register, ..)| which.intersects(*register)).map(|(_, v, offset)| (v, offset))
    }

    /// The entry: checks the deadline, and loads the registers.
    fn enter(&mut self) {
        let cycle = self.load(offset_of!(Context, cycle));
        self.set(self.guest.cycle, cycle);
        let region = self.region;
        let first = region.entry;
        if region.further_entries.is_empty() {
            self.return_unless_quiet(region.blocks[&first].run);
            self.load_registers();
        } else {
            self.load_registers();
            let pc = self.load(offset_of!(Context, pc));
            let is_first = self.b.ins().icmp_imm_u(IntCC::Equal, pc, i64::from(first));
            let (enter, further) = (self.b.create_block(), self.b.create_block());
            self.b.ins().brif(is_first, enter, &[], further, &[]);
            self.b.set_cold_block(further);
            self.b.switch_to_block(further);
            self.enter_further(pc);
            self.b.switch_to_block(enter);
            self.return_unless_quiet(region.blocks[&first].run);
        }
        self.b.ins().jump(self.blocks[&first], &[]);
    }

    /// Enters at the block at `pc`. One check for the longest run of all of them is enough.
    fn enter_further(&mut self, pc: Value) {
        let region = self.region;
        let runs = region.further_entries.iter().map(|pc| region.blocks[pc].run);
        self.return_unless_quiet(runs.max().unwrap_or(0));
        let mut switch = Switch::new();
        for pc in &region.further_entries {
            switch.set_entry(u128::from(*pc), self.blocks[pc]);
        }
        let other = self.b.create_block(); // never reached
        switch.emit(&mut self.b, pc, other);
        self.b.switch_to_block(other);
        let exit = self.imm(Exit::Interpret as i64);
        self.b.ins().return_(&[exit]);
    }

    /// Returns at once unless the next `run` cycles end at or before the deadline: the context is unchanged.
    fn return_unless_quiet(&mut self, run: u32) {
        let quiet = self.is_quiet(run);
        let (stay, out) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(quiet, stay, &[], out, &[]);
        self.b.set_cold_block(out);
        self.b.switch_to_block(out);
        let exit = self.imm(Exit::Deadline as i64);
        self.b.ins().return_(&[exit]);
        self.b.switch_to_block(stay);
    }

    fn load_registers(&mut self) {
        for (variable, offset) in self.registers(self.used) {
            let value = self.load(offset);
            self.set(variable, value);
            self.loaded.push(value);
        }
    }

    /// Removes loads of registers whose values are unused: Cranelift keeps them.
    fn remove_unused_loads(&mut self) {
        let function = &mut *self.b.func;
        let mut used = EntitySet::<Value>::with_capacity(function.dfg.num_values());
        for inst in function.layout.blocks().flat_map(|block| function.layout.block_insts(block)) {
            for value in function.dfg.inst_values(inst) {
                used.insert(function.dfg.resolve_aliases(value));
            }
        }
        for &value in self.loaded.iter().filter(|&&value| !used.contains(value)) {
            if let Some(inst) = function.dfg.value_def(value).inst() {
                function.layout.remove_inst(inst);
            }
        }
    }

    /// Stores the registers of `which` into the context.
    fn store_registers(&mut self, which: Registers) {
        for (variable, offset) in self.registers(which) {
            let value = self.b.use_var(variable);
            self.store(value, offset);
        }
    }

    fn load(&mut self, offset: usize) -> Value {
        self.b.ins().load(I64, FLAGS, self.context, offset as i32)
    }

    fn load_pure(&mut self, offset: usize) -> Value {
        self.b.ins().load(I64, PURE, self.context, offset as i32)
    }

    fn store(&mut self, value: Value, offset: usize) {
        self.b.ins().store(FLAGS, value, self.context, offset as i32);
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
        self.add_imm(cycle, i64::from(self.elapsed + n))
    }

    /// Adds the constant parts of the time and of S to their variables.
    fn materialize(&mut self) {
        let cycle = self.at(0);
        self.set(self.guest.cycle, cycle);
        self.elapsed = 0;
        self.materialize_stack();
    }

    fn materialize_stack(&mut self) {
        if self.moved != 0 {
            let s = self.moved_stack();
            self.set(self.guest.s, s);
            self.moved = 0;
        }
    }

    /// The value of S.
    fn moved_stack(&mut self) -> Value {
        let s = self.b.use_var(self.guest.s);
        if self.moved == 0 {
            return s;
        }
        let s = self.add_imm(s, self.moved);
        self.byte(s)
    }

    // Small arithmetic ------------------------------------------------------------------------------------------

    fn imm(&mut self, value: impl Into<i64>) -> Value {
        self.b.ins().iconst(I64, value.into())
    }

    fn and_imm(&mut self, x: Value, mask: u16) -> Value {
        let mask = self.imm(mask);
        self.b.ins().band(x, mask)
    }

    fn and(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().band(x, y)
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

    fn add_imm(&mut self, x: Value, n: i64) -> Value {
        if n == 0 {
            return x;
        }
        let n = self.imm(n);
        self.b.ins().iadd(x, n)
    }

    fn shl(&mut self, x: Value, n: u8) -> Value {
        let n = self.imm(n);
        self.b.ins().ishl(x, n)
    }

    fn shr(&mut self, x: Value, n: u8) -> Value {
        let n = self.imm(n);
        self.b.ins().ushr(x, n)
    }

    fn byte(&mut self, x: Value) -> Value {
        self.and_imm(x, 0xFF)
    }

    /// 1 if the comparison holds, otherwise 0.
    fn is(&mut self, relation: IntCC, x: Value, y: Value) -> Value {
        let is = self.b.ins().icmp(relation, x, y);
        self.b.ins().uextend(I64, is)
    }

    // Instructions ----------------------------------------------------------------------------------------------

    /// Translates one instruction. Returns whether it was a control transfer, which ends the block.
    fn instruction(&mut self, i: &Instruction) -> bool {
        debug_assert!(!i.is_interpreted());
        let g = self.guest;
        match i.op.shape {
            Shape::Load => {
                let value = self.read_operand(i);
                self.take(i.op.mnemonic, value);
            }
            Shape::Store => {
                let value = match i.op.mnemonic {
                    Mnemonic::Sta => self.get(g.a),
                    Mnemonic::Stx => self.get(g.x),
                    Mnemonic::Sty => self.get(g.y),
                    _ => {
                        let (a, x) = (self.get(g.a), self.get(g.x));
                        self.and(a, x) // SAX
                    }
                };
                self.write_operand(i, value);
            }
            Shape::Modify => self.modify_operand(i),
            Shape::Implied => self.implied(i.op.mnemonic),
            Shape::Push => {
                let value = if i.op.mnemonic == Mnemonic::Pha { self.get(g.a) } else { self.status_with_b() };
                self.push(value);
            }
            Shape::Pull => {
                let value = self.pull();
                self.set_nz(g.a, value);
            }
            Shape::Branch => self.branch(i),
            Shape::Jump => self.jump(i),
            Shape::Call => self.call_subroutine(i),
            _ => self.return_from_subroutine(i),
        }
        matches!(i.op.shape, Shape::Branch | Shape::Jump | Shape::Call | Shape::Return)
    }
}
