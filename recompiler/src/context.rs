//! What generated code may touch: the guest's registers, its plain memory, and the way back into the bus.
//!
//! Generated code gets one pointer, to a [`Context`]. Everything is reached from there by fixed offsets, never by a
//! symbol, so code has no relocations.
//!
//! # Soundness
//!
//! - A context lives on the stack of [`Jit::run_until`](crate::Jit::run_until), which holds the only `&mut` to the bus
//!   for all that time. The raw bus pointer and the page pointers are derived from that reference, are used only
//!   below that call, and never by two threads.
//! - Page pointers are fetched anew at the start of every such call, and whenever the bus says that its map changed,
//!   before generated code runs again. A [`CodeBus`] promises not to move or free the memory behind a page without
//!   changing its generation while it is borrowed.
//! - Generated code adds at most 511 to a page pointer, which is inside the page by the type of [`Page`].
//! - The thunks are called by generated code only, with the context they were put into.

use crate::CodeBus;
use interpreter::{Cycle, Next, Status};

/// Bytes in a page of plain memory.
pub const PAGE: usize = 512;
pub(crate) const PAGES: usize = 0x10000 / PAGE;

/// What is behind a page of CPU addresses.
pub enum Page<'a> {
    /// Registers or nothing: every access goes through the bus.
    Slow,
    /// Memory that can be read; writes go through the bus.
    Read(&'a [u8; PAGE]),
    /// Memory.
    ReadWrite(&'a mut [u8; PAGE]),
}

/// Cycles within which a nearer deadline makes generated code return at once: more than any run between two checks.
const NEAR: Cycle = 256;

/// Why an access may end the region after its instruction.
const CHANGED: u32 = 0x100;

pub(crate) type ReadThunk = unsafe extern "C" fn(*mut Context, u32, u64, u32) -> u32;
pub(crate) type WriteThunk = unsafe extern "C" fn(*mut Context, u32, u64, u32) -> u32;

/// The guest as generated code sees it.
#[repr(C)]
pub(crate) struct Context {
    pub(crate) cycle: Cycle,
    pub(crate) deadline: Cycle,
    pub(crate) read_pages: [*const u8; PAGES],
    pub(crate) write_pages: [*mut u8; PAGES],
    pub(crate) pc: u32,
    pub(crate) a: u32,
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) s: u32,
    /// As [`Status`] keeps them.
    pub(crate) nz: u32,
    pub(crate) c: u32,
    pub(crate) vdi: u32,
    /// After [`Exit::Jump`](crate::translate::Exit): the byte on the data bus, if the target is not in the region's unit.
    pub(crate) data_bus: u32,
    pub(crate) thunks: Thunks,
    // What only the thunks use.
    bus: *mut (),
    end: Cycle,
    generation: u64,
    next: Next,
}

/// The way into the bus, for one type of bus. All take the context, an address, the cycle of the first access, and
/// one more word; all answer with a value and [`CHANGED`].
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Thunks {
    /// A read. The word is the byte on the data bus.
    pub(crate) read: ReadThunk,
    /// An indexed read: the word is the base's high byte, and in bit 8 whether the page was crossed, which costs the
    /// dummy read.
    pub(crate) read_indexed: ReadThunk,
    /// The dummy read that stores and read-modify-writes always make, and then the read: the word as above.
    pub(crate) read_modify: ReadThunk,
    /// A write of the word.
    pub(crate) write: WriteThunk,
    /// The dummy read and then the write: the word is the value, the base's high byte above it.
    pub(crate) write_indexed: WriteThunk,
    /// The two writes of a read-modify-write: the word is the new value, the old one above it.
    pub(crate) write_modify: WriteThunk,
    /// SEI was executed.
    pub(crate) mask_irq: ReadThunk,
}

impl Context {
    pub(crate) fn new<B: CodeBus>(bus: &mut B, end: Cycle) -> Self {
        let mut context = Self {
            cycle: 0,
            deadline: 0,
            read_pages: [std::ptr::null(); PAGES],
            write_pages: [std::ptr::null_mut(); PAGES],
            pc: 0,
            a: 0,
            x: 0,
            y: 0,
            s: 0,
            nz: 0,
            c: 0,
            vdi: 0,
            data_bus: 0,
            thunks: Thunks {
                read: read::<B>,
                read_indexed: read_indexed::<B>,
                read_modify: read_modify::<B>,
                write: write::<B>,
                write_indexed: write_indexed::<B>,
                write_modify: write_modify::<B>,
                mask_irq: mask_irq::<B>,
            },
            bus: std::ptr::null_mut(),
            end,
            generation: 0,
            next: Next::Instruction,
        };
        context.map(bus);
        context
    }

    fn map<B: CodeBus>(&mut self, bus: &mut B) {
        for page in 0..PAGES {
            let (read, write) = match bus.page(page) {
                Page::Slow => (std::ptr::null(), std::ptr::null_mut()),
                Page::Read(bytes) => (bytes.as_ptr(), std::ptr::null_mut()),
                Page::ReadWrite(bytes) => (bytes.as_ptr(), bytes.as_mut_ptr()),
            };
            self.read_pages[page] = read;
            self.write_pages[page] = write;
        }
        self.generation = bus.map_generation();
    }

    /// Takes over what may have changed since generated code ran last.
    pub(crate) fn enter<B: CodeBus>(&mut self, cpu: &interpreter::Cpu, bus: &mut B) {
        if bus.map_generation() != self.generation {
            self.map(bus);
        }
        self.bus = std::ptr::from_mut(bus).cast();
        self.deadline = bus.deadline().min(self.end);
        self.next = Next::Instruction;
        self.cycle = cpu.cycle;
        self.pc = u32::from(cpu.pc);
        self.a = u32::from(cpu.a);
        self.x = u32::from(cpu.x);
        self.y = u32::from(cpu.y);
        self.s = u32::from(cpu.s);
        self.nz = u32::from(cpu.p.nz);
        self.c = u32::from(cpu.p.c);
        self.vdi = u32::from(cpu.p.vdi);
    }

    /// Gives the registers back.
    pub(crate) fn leave(&self, cpu: &mut interpreter::Cpu) {
        cpu.cycle = self.cycle;
        cpu.pc = self.pc as u16;
        cpu.a = self.a as u8;
        cpu.x = self.x as u8;
        cpu.y = self.y as u8;
        cpu.s = self.s as u8;
        cpu.p = Status { nz: self.nz as u16, c: self.c as u8, vdi: self.vdi as u8 };
        cpu.next = self.next;
    }

    /// After [`Exit::Jump`](crate::translate::Exit): if there is no plain memory at the target, what is on the data bus
    /// will be executed.
    pub(crate) fn jumped<B: CodeBus>(&self, bus: &mut B) {
        if self.read_pages[(self.pc as u16) as usize / PAGE].is_null() {
            bus.set_data_bus(self.data_bus as u8);
        }
    }

    /// Whether generated code has to return after the instruction that made an access in cycle `at`.
    fn after<B: CodeBus>(&mut self, bus: &B, at: Cycle) -> u32 {
        let deadline = bus.deadline().min(self.end);
        let nearer = deadline < self.deadline && deadline < at + NEAR;
        self.deadline = deadline;
        let changed = nearer || self.next != Next::Instruction || bus.map_generation() != self.generation;
        if changed { CHANGED } else { 0 }
    }

    /// The poll before the last access of an instruction that already made a slow one.
    fn poll<B: CodeBus>(&mut self, bus: &mut B, at: Cycle) {
        if at >= bus.deadline() {
            let p = Status { nz: 0, c: 0, vdi: self.vdi as u8 };
            self.next = interpreter::poll(bus, at, p, self.next);
        }
    }
}

/// The context and its bus.
///
/// # Safety
///
/// `context` must be what generated code was entered with (see the head of this file).
unsafe fn parts<'a, B: CodeBus>(context: *mut Context) -> (&'a mut Context, &'a mut B) {
    // SAFETY: by the caller; the context holds the bus that `enter` put there.
    unsafe { (&mut *context, &mut *(*context).bus.cast::<B>()) }
}

unsafe extern "C" fn read<B: CodeBus>(context: *mut Context, addr: u32, at: u64, data_bus: u32) -> u32 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_data_bus(data_bus as u8);
    let value = bus.read(addr as u16, at);
    u32::from(value) | context.after(bus, at)
}

unsafe extern "C" fn read_indexed<B: CodeBus>(context: *mut Context, addr: u32, at: u64, word: u32) -> u32 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_data_bus(word as u8);
    let mut at = at;
    if word & 0x100 != 0 {
        bus.read((word << 8) as u16 & 0xFF00 | addr as u16 & 0x00FF, at);
        at += 1;
        context.poll(bus, at);
    }
    let value = bus.read(addr as u16, at);
    u32::from(value) | context.after(bus, at)
}

unsafe extern "C" fn read_modify<B: CodeBus>(context: *mut Context, addr: u32, at: u64, word: u32) -> u32 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_data_bus(word as u8);
    bus.read((word << 8) as u16 & 0xFF00 | addr as u16 & 0x00FF, at);
    let value = bus.read(addr as u16, at + 1);
    u32::from(value) | context.after(bus, at + 1)
}

unsafe extern "C" fn write<B: CodeBus>(context: *mut Context, addr: u32, at: u64, value: u32) -> u32 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.write(addr as u16, value as u8, at);
    context.after(bus, at)
}

unsafe extern "C" fn write_indexed<B: CodeBus>(context: *mut Context, addr: u32, at: u64, word: u32) -> u32 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_data_bus((word >> 8) as u8);
    bus.read(word as u16 & 0xFF00 | addr as u16 & 0x00FF, at);
    context.poll(bus, at + 1);
    bus.write(addr as u16, word as u8, at + 1);
    context.after(bus, at + 1)
}

unsafe extern "C" fn write_modify<B: CodeBus>(context: *mut Context, addr: u32, at: u64, word: u32) -> u32 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.write(addr as u16, (word >> 8) as u8, at);
    context.poll(bus, at + 1);
    bus.write(addr as u16, word as u8, at + 1);
    context.after(bus, at + 1)
}

unsafe extern "C" fn mask_irq<B: CodeBus>(context: *mut Context, _: u32, at: u64, _: u32) -> u32 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_irq_mask(true);
    context.after(bus, at)
}
