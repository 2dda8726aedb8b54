//! Operands in memory, and the stack.
//!
//! ```text
//! zero page, stack, RAM; ROM of the unit         certainly plain: a load or a store
//! registers; stores to ROM                       certainly not plain: the bus is called
//! anywhere: (zp),Y, PRG RAM, another unit ...    plain if the table of pages says so; otherwise a side exit
//! ```
//!
//! Operands of the last kind hardly ever are registers, so a side exit costs next to nothing; a call would force the
//! loop around it to keep its values on the stack.

use super::{Exit, FLAGS, I64, InstBuilder, Instruction, Mutant, PURE, Translator, Value, Variable};
use crate::bus::PAGE;
use crate::context::{Context, RAM, RAM_MIRROR, Thunks};
use crate::region::Data;
use cranelift_codegen::ir::BlockArg;
use ricojit_interpreter::opcode::{AddrMode, PageCross};
use std::mem::offset_of;

/// Registers, and the expansion area, which is treated like them: never plain.
const SLOW: std::ops::Range<u16> = 0x2000..0x6000;
const ROM: u16 = 0x8000;

/// Where an operand is.
#[derive(Clone, Copy)]
enum Place {
    /// In plain memory, at a pointer plus an offset.
    Plain(Value, i32),
    /// At an address of the bus.
    Slow {
        addr: Value,
        /// The base's high byte, which is on the data bus.
        high: Value,
        /// With an index: whether it crossed the page.
        crossed: Option<Value>,
    },
}

/// Base and index. Their sum may be past $FFFF.
#[derive(Clone, Copy)]
struct Indexed {
    addr: Value,
    high: Value,
    /// Whether the index crosses the page, 0 or 1; `None` if it never does.
    crossed: Option<Value>,
}

impl Translator<'_> {
    /// The pointer of the page of `addr`, to which the address is added; null if it is not plain.
    pub(super) fn page(&mut self, table: usize, addr: Value) -> Value {
        let page = self.shr(addr, PAGE.trailing_zeros() as u8);
        let offset = self.shl(page, size_of::<usize>().trailing_zeros() as u8);
        let entry = self.add(self.context, offset);
        self.b.ins().load(I64, PURE, entry, table as i32)
    }

    fn page_of_constant(&mut self, table: usize, addr: u16) -> Value {
        self.load_pure(table + usize::from(addr) / PAGE * size_of::<usize>())
    }

    fn load_byte(&mut self, pointer: Value, offset: i32) -> Value {
        self.b.ins().uload8(I64, FLAGS, pointer, offset)
    }

    /// The place of an address in RAM: the pointer of its mirror, and the offset to it.
    fn ram(&mut self, addr: u16) -> (Value, i32) {
        let mirror = addr - addr % RAM_MIRROR as u16;
        (self.page_of_constant(offset_of!(Context, write_pages), mirror), i32::from(addr))
    }

    /// Reads from a constant address in RAM or in ROM of the unit.
    pub(super) fn read_plain(&mut self, addr: u16) -> Value {
        if usize::from(addr) < RAM {
            let (pointer, offset) = self.ram(addr);
            return self.load_byte(pointer, offset);
        }
        let page = self.page_of_constant(offset_of!(Context, read_pages), addr);
        self.b.ins().uload8(I64, FLAGS, page, i32::from(addr))
    }

    fn call(&mut self, thunk: usize, addr: Value, at: Value, word: Value) -> Value {
        let function = self.load_pure(offset_of!(Context, thunks) + thunk);
        let call = self.b.ins().call_indirect(self.thunk, function, &[self.context, addr, at, word]);
        self.b.inst_results(call)[0]
    }

    /// Calls a thunk for a read, and gives the byte.
    fn read_bus(&mut self, thunk: usize, addr: Value, at: Value, word: Value) -> Value {
        let answer = self.call_bus(thunk, addr, at, word);
        self.byte(answer)
    }

    /// Calls a thunk, and gives its answer; notes whether the access has changed something.
    pub(super) fn call_bus(&mut self, thunk: usize, addr: Value, at: Value, word: Value) -> Value {
        let answer = self.call(thunk, addr, at, word);
        self.changed = Some(match self.changed {
            Some(before) => self.or(before, answer),
            None => answer,
        });
        answer
    }

    // Addresses -------------------------------------------------------------------------------------------------

    /// The place of the operand, and whether the index crossed the page. Reads pointers, but not the operand itself.
    fn operand(&mut self, i: &Instruction, writes: bool) -> (Place, Option<Value>) {
        let (zero_page, word) = (i.operand as u8, i.operand);
        let g = self.guest;
        match i.op.mode {
            AddrMode::ZeroPage | AddrMode::Absolute => (self.absolute(i, writes), None),
            AddrMode::ZeroPageX | AddrMode::ZeroPageY => {
                let index = if i.op.mode == AddrMode::ZeroPageX { g.x } else { g.y };
                let addr = self.zero_page(zero_page, index);
                let (ram, offset) = self.ram(0);
                (Place::Plain(self.add(ram, addr), offset), None)
            }
            AddrMode::AbsoluteX | AddrMode::AbsoluteY => {
                let index = if i.op.mode == AddrMode::AbsoluteX { g.x } else { g.y };
                let index = self.get(index);
                self.absolute_indexed(i, word, index, writes)
            }
            AddrMode::IndirectX => {
                let pointer = self.zero_page(zero_page, g.x);
                let (ram, offset) = self.ram(0);
                let place = self.add(ram, pointer);
                let low = self.load_byte(place, offset);
                let second = self.add_imm(pointer, 1);
                let second = self.byte(second);
                let place = self.add(ram, second);
                let high = self.load_byte(place, offset);
                let shifted = self.shl(high, 8);
                let addr = self.or(shifted, low);
                (self.checked(i, Indexed { addr, high, crossed: None }, writes), None)
            }
            _ => {
                let low = self.read_plain(u16::from(zero_page));
                let high = self.read_plain(u16::from(zero_page.wrapping_add(1)));
                let index = self.get(g.y);
                let sum = self.add(low, index);
                let crossed = self.shr(sum, 8);
                let shifted = self.shl(high, 8);
                let addr = self.add(shifted, sum);
                let crossed = Some(crossed);
                (self.checked(i, Indexed { addr, high, crossed }, writes), crossed)
            }
        }
    }

    fn zero_page(&mut self, base: u8, index: Variable) -> Value {
        let index = self.get(index);
        let addr = self.add_imm(index, i64::from(base));
        if self.is_broken(Mutant::ZeroPageWrap) { self.and_imm(addr, 0x1FF) } else { self.byte(addr) }
    }

    fn absolute(&mut self, i: &Instruction, writes: bool) -> Place {
        let addr = i.operand;
        if usize::from(addr) < RAM {
            let (pointer, offset) = self.ram(addr);
            return Place::Plain(pointer, offset);
        }
        if SLOW.contains(&addr) || writes && addr >= ROM {
            let high = self.imm(addr >> 8);
            return Place::Slow { addr: self.imm(addr), high, crossed: None };
        }
        let page = self.page_of_constant(page_table(writes), addr);
        self.side_exit_unless(page, i.pc, Exit::Interpret);
        Place::Plain(page, i32::from(addr))
    }

    fn absolute_indexed(&mut self, i: &Instruction, base: u16, index: Value, writes: bool) -> (Place, Option<Value>) {
        let low = base & 0xFF;
        let crossed = (low != 0).then(|| {
            let sum = self.add_imm(index, i64::from(low));
            self.shr(sum, 8)
        });
        let last = base.checked_add(0xFF);
        if usize::from(base) < RAM && usize::from(base) % RAM_MIRROR + 0xFF < RAM_MIRROR {
            let (pointer, offset) = self.ram(base);
            return (Place::Plain(self.add(pointer, index), offset), crossed);
        }
        if let Data::Table(offset) = i.data
            && let Ok(offset) = i32::try_from(offset)
            && !writes
        {
            let rom = self.load_pure(offset_of!(Context, rom));
            return (Place::Plain(self.add(rom, index), offset), crossed);
        }
        let addr = self.add_imm(index, i64::from(base));
        let high = self.imm(base >> 8);
        let is_slow = |last: u16| SLOW.contains(&base) && SLOW.contains(&last) || writes && base >= ROM;
        if last.is_some_and(is_slow) {
            let known = crossed.unwrap_or_else(|| self.imm(0));
            return (Place::Slow { addr, high, crossed: Some(known) }, crossed);
        }
        // Where base and address are always in one page of memory, so is the dummy read.
        let dummy = crossed.filter(|_| usize::from(base) % PAGE > 0xFF);
        (self.checked(i, Indexed { addr, high, crossed: dummy }, writes), crossed)
    }

    /// A place that may be plain: a side exit if it is not, or if its dummy read is not.
    fn checked(&mut self, i: &Instruction, indexed: Indexed, writes: bool) -> Place {
        let Indexed { addr, high, crossed } = indexed;
        let Some(crossed) = crossed else {
            let page = self.page(page_table(writes), addr);
            self.side_exit_unless(page, i.pc, Exit::Interpret);
            return Place::Plain(self.add(page, addr), 0);
        };
        let table =
            if writes { offset_of!(Context, indexed_write_pages) } else { offset_of!(Context, indexed_read_pages) };
        let page = self.page(table, addr);
        // The table for indexed operands is null also where only the page before is not plain, which matters if the
        // index crosses.
        let (slow, plain) = (self.b.create_block(), self.b.create_block());
        let found = self.b.append_block_param(plain, I64);
        self.b.ins().brif(page, plain, &[BlockArg::from(page)], slow, &[]);
        self.b.set_cold_block(slow);
        self.b.seal_block(slow);
        self.b.switch_to_block(slow);
        let page = self.page(page_table(writes), addr);
        self.side_exit_unless(page, i.pc, Exit::Interpret);
        let dummy = self.b.create_block();
        self.b.set_cold_block(dummy);
        self.b.ins().brif(crossed, dummy, &[], plain, &[BlockArg::from(page)]);
        self.b.seal_block(dummy);
        self.b.switch_to_block(dummy);
        let high = self.shl(high, 8);
        let before = self.page(page_table(false), high);
        self.side_exit_unless(before, i.pc, Exit::Interpret);
        self.b.ins().jump(plain, &[BlockArg::from(page)]);
        self.b.seal_block(plain);
        self.b.switch_to_block(plain);
        Place::Plain(self.add(found, addr), 0)
    }

    // Accesses --------------------------------------------------------------------------------------------------

    /// The base's high byte, with the crossing in bit 8: the word of the indexed thunks.
    fn indexed_word(&mut self, high: Value, crossed: Value) -> Value {
        let crossed = self.shl(crossed, 8);
        if self.is_broken(Mutant::BusByte) { crossed } else { self.or(high, crossed) }
    }

    /// Reads the operand of a load.
    pub(super) fn read_operand(&mut self, i: &Instruction) -> Value {
        match (i.op.mode, i.data) {
            (AddrMode::Immediate, _) => return self.imm(i.operand & 0xFF),
            (AddrMode::Absolute, Data::Byte(byte)) => return self.imm(byte),
            _ => {}
        }
        let last = u32::from(i.op.cycles) - 1;
        let (place, crossed) = self.operand(i, false);
        let value = match place {
            Place::Plain(pointer, offset) => self.load_byte(pointer, offset),
            Place::Slow { addr, high, crossed: None } => {
                let at = self.at(last);
                self.read_bus(offset_of!(Thunks, read), addr, at, high)
            }
            Place::Slow { addr, high, crossed: Some(crossed) } => {
                let at = self.at(last);
                let word = self.indexed_word(high, crossed);
                self.read_bus(offset_of!(Thunks, read_indexed), addr, at, word)
            }
        };
        if let Some(crossed) = crossed
            && i.op.page_cross == PageCross::Adds
            && !self.is_broken(Mutant::PageCross)
        {
            let cycle = self.get(self.guest.cycle);
            let cycle = self.add(cycle, crossed);
            self.set(self.guest.cycle, cycle);
        }
        value
    }

    /// Writes the operand of a store.
    pub(super) fn write_operand(&mut self, i: &Instruction, value: Value) {
        let last = u32::from(i.op.cycles) - 1;
        match self.operand(i, true).0 {
            Place::Plain(pointer, offset) => {
                self.b.ins().istore8(FLAGS, value, pointer, offset);
            }
            Place::Slow { addr, high, crossed } if crossed.is_some() && !self.is_broken(Mutant::DummyRead) => {
                let at = self.at(last - 1);
                let high = self.shl(high, 8);
                let word = self.or(high, value);
                self.call_bus(offset_of!(Thunks, write_indexed), addr, at, word);
            }
            Place::Slow { addr, .. } => {
                let at = self.at(last);
                self.call_bus(offset_of!(Thunks, write), addr, at, value);
            }
        }
    }

    /// A read-modify-write.
    pub(super) fn modify_operand(&mut self, i: &Instruction) {
        let cycles = u32::from(i.op.cycles);
        let (addr, old) = match self.operand(i, true).0 {
            Place::Plain(pointer, offset) => {
                let old = self.load_byte(pointer, offset);
                let new = self.modified(i.op.mnemonic, old);
                self.b.ins().istore8(FLAGS, new, pointer, offset);
                return;
            }
            Place::Slow { addr, high, crossed: None } => {
                let at = self.at(cycles - 3);
                (addr, self.read_bus(offset_of!(Thunks, read), addr, at, high))
            }
            Place::Slow { addr, high, .. } => {
                let at = self.at(cycles - 4);
                (addr, self.read_bus(offset_of!(Thunks, read_modify), addr, at, high))
            }
        };
        let new = self.modified(i.op.mnemonic, old);
        let at = self.at(cycles - 2);
        if self.is_broken(Mutant::Poll) {
            let last = self.at(cycles - 1);
            self.call_bus(offset_of!(Thunks, write), addr, at, old);
            self.call_bus(offset_of!(Thunks, write), addr, last, new);
            return;
        }
        let old = self.shl(old, 8);
        let word = self.or(old, new);
        self.call_bus(offset_of!(Thunks, write_modify), addr, at, word);
    }

    // The stack -------------------------------------------------------------------------------------------------

    /// The place of the next push.
    fn top(&mut self) -> (Value, i32) {
        let s = self.moved_stack();
        let (ram, offset) = self.ram(0x100);
        (self.add(ram, s), offset)
    }

    pub(super) fn push(&mut self, value: Value) {
        let (pointer, offset) = self.top();
        self.b.ins().istore8(FLAGS, value, pointer, offset);
        self.moved -= 1;
    }

    pub(super) fn pull(&mut self) -> Value {
        self.moved += 1;
        let (pointer, offset) = self.top();
        self.load_byte(pointer, offset)
    }
}

fn page_table(writes: bool) -> usize {
    if writes { offset_of!(Context, write_pages) } else { offset_of!(Context, read_pages) }
}
