//! What generated code may touch: the guest's registers, its plain memory, and the functions that call the bus.
//!
//! Generated code gets one pointer, to a [`Context`]. Everything is reached from there by fixed offsets, never by a
//! symbol, so code has no relocations.
//!
//! # Soundness
//!
//! - A context lives on the stack of [`Jit::run_until`](crate::Jit::run_until), which holds the only `&mut` to the bus
//!   for all that time. The raw bus pointer and the page pointers are derived from that reference, are used only
//!   below that call, and never by two threads.
//! - Page pointers are fetched at the start of every such call, and again whenever the bus says that its map changed,
//!   before generated code runs again. A [`CodeBus`] promises not to move or free the memory of a page without
//!   changing its generation while it is borrowed.
//! - Generated code adds to the pointer of a page only addresses in that page, which is whole by the type of [`Page`];
//!   and to that of one of RAM's mirrors addresses in that mirror, whose pages follow one another: [`Context::map`]
//!   checks it.
//! - ROM is also read directly, through the pointer of the very slice that the code was made from, at offsets that were
//!   inside of it then. The context borrows it.
//! - Slots are looked up in tables that the context borrows, or in one that is static.
//! - Only generated code calls the thunks, with the context they were put into.
//! - [`Context::run`] calls only what a slot of the borrowed generation holds: functions of one signature, which live
//!   as long as the generation (see [`crate::generation`]). That is also true of [`Continuation::Code`]: it comes out
//!   of the tables of slots that the context was given, which are that generation's.
#![allow(unsafe_code)]

use crate::bus::{CodeBus, PAGE, Page};
use crate::exit::{Continuation, Exit, ReturnValue};
use crate::fingerprint::{Fingerprint, numbers, offsets};
use crate::slot::{Code, Slot, SlotPage, WINDOW};
use ricojit_interpreter::{Cpu, Cycle, Next, Status};
use std::marker::PhantomData;

pub(crate) const PAGES: usize = 0x10000 / PAGE;
/// RAM: always plain, and mirrored or not in pieces of this size.
pub(crate) const RAM: usize = 0x2000;
pub(crate) const RAM_MIRROR: usize = 0x800;
/// All of the CPU's windows, and the first whose mapping can change.
const WINDOWS: usize = 0x10000 / WINDOW;
const CHANGING: usize = 0x6000 / WINDOW;

/// No code anywhere.
static NO_CODE: SlotPage = [const { Slot::new() }; WINDOW];

/// Where the memory of a page is, *less the page's address*, for reading and for writing; null if it is not plain.
type Place = (*const u8, *mut u8);

/// The place of the page at `index` x `BYTES`.
fn place_of<const BYTES: usize>(page: Page<'_, BYTES>, index: usize) -> Place {
    match page {
        Page::Slow => (std::ptr::null(), std::ptr::null_mut()),
        Page::Read(bytes) => (bytes.as_ptr().wrapping_sub(index * BYTES), std::ptr::null_mut()),
        Page::ReadWrite(bytes) => {
            let pointer = bytes.as_mut_ptr().wrapping_sub(index * BYTES);
            (pointer.cast_const(), pointer)
        }
    }
}

/// Cycles within which a nearer deadline makes generated code return at once: more than any run between two checks.
const NEAR: Cycle = 256;

/// Set in what a thunk returns if the region must be left after the instruction that made the access.
pub(crate) const CHANGED: u64 = 0x100;

pub(crate) type Thunk = unsafe extern "C" fn(*mut Context<'_>, u64, u64, u64) -> u64;

/// The guest as generated code sees it.
#[repr(C)]
pub(crate) struct Context<'g> {
    pub(crate) cycle: Cycle,
    pub(crate) deadline: Cycle,
    /// The PRG ROM that the code was made from.
    pub(crate) rom: *const u8,
    pub(crate) pc: u64,
    pub(crate) a: u64,
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) s: u64,
    /// As [`Status`] keeps them.
    pub(crate) nz: u64,
    pub(crate) c: u64,
    /// Bit 7 is V; the other bits have no meaning.
    pub(crate) v: u64,
    /// D and I, as in [`Status`].
    pub(crate) di: u64,
    /// After [`Exit::Jump`]: the byte on the data bus, if the target is not in the region's unit.
    pub(crate) data_bus: u64,
    pub(crate) thunks: Thunks,
    /// The memory of each page, *less the page's address*, so that a whole address can be added; null if it is not
    /// plain. The last entry is for sums past $FFFF.
    pub(crate) read_pages: [*const u8; PAGES + 1],
    pub(crate) write_pages: [*mut u8; PAGES + 1],
    /// The same, but null too where the page before is not plain: an index may come from there, with a dummy read.
    pub(crate) indexed_read_pages: [*const u8; PAGES + 1],
    pub(crate) indexed_write_pages: [*mut u8; PAGES + 1],
    /// The slots of each window, in the present mapping.
    pub(crate) slots: [*const SlotPage; WINDOWS],
    // Not for generated code, only for the thunks and the maps.
    /// Windows that are of one kind, as they were mapped last.
    places: [Option<Place>; WINDOWS],
    bus: *mut (),
    end: Cycle,
    generation: u64,
    next: Next,
    /// The ROM and the tables of slots are borrowed.
    borrowed: PhantomData<&'g SlotPage>,
}

/// The functions that call the bus, for one type of bus. All take the context, an address, the cycle of the first
/// access, and one more word; all return a value, and [`CHANGED`] if that is so.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Thunks {
    /// A read. The word is the byte on the data bus.
    pub(crate) read: Thunk,
    /// An indexed read: the word is the base's high byte, and in bit 8 whether the page was crossed, which costs the
    /// dummy read.
    pub(crate) read_indexed: Thunk,
    /// The dummy read that stores and read-modify-writes always make, and then the read: the word as above.
    pub(crate) read_modify: Thunk,
    /// A write of the word.
    pub(crate) write: Thunk,
    /// The dummy read and then the write: the word is the value, the base's high byte above it.
    pub(crate) write_indexed: Thunk,
    /// The two writes of a read-modify-write: the word is the new value, the old one above it.
    pub(crate) write_modify: Thunk,
    /// SEI was executed.
    pub(crate) mask_irq: Thunk,
}

/// What generated code relies on here.
#[rustfmt::skip]
pub(crate) fn describe(to: &mut Fingerprint) {
    to.add("context", offsets!(Context {
        cycle, deadline, rom, pc, a, x, y, s, nz, c, v, di, data_bus, thunks,
        read_pages, write_pages, indexed_read_pages, indexed_write_pages, slots,
    } not { places, bus, end, generation, next, borrowed }));
    to.add("thunks", offsets!(Thunks {
        read, read_indexed, read_modify, write, write_indexed, write_modify, mask_irq,
    }));
    to.add("context", numbers![PAGES, RAM, RAM_MIRROR, WINDOWS, NEAR, CHANGED]);
}

impl<'g> Context<'g> {
    /// For code made from `rom`.
    pub(crate) fn new<B: CodeBus>(bus: &mut B, rom: &'g [u8], end: Cycle) -> Self {
        let mut context = Self {
            cycle: 0,
            deadline: 0,
            rom: rom.as_ptr(),
            read_pages: [std::ptr::null(); PAGES + 1],
            write_pages: [std::ptr::null_mut(); PAGES + 1],
            indexed_read_pages: [std::ptr::null(); PAGES + 1],
            indexed_write_pages: [std::ptr::null_mut(); PAGES + 1],
            pc: 0,
            a: 0,
            x: 0,
            y: 0,
            s: 0,
            nz: 0,
            c: 0,
            v: 0,
            di: 0,
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
            slots: [&raw const NO_CODE; WINDOWS],
            // As the empty tables above.
            places: [Some((std::ptr::null(), std::ptr::null_mut())); WINDOWS],
            bus: std::ptr::null_mut(),
            end,
            generation: 0,
            next: Next::Instruction,
            borrowed: PhantomData,
        };
        context.map(bus);
        context
    }

    /// Reads the whole map.
    fn map<B: CodeBus>(&mut self, bus: &mut B) {
        (0..CHANGING).for_each(|window| self.map_window(bus, window));
        let mut mirrors = self.write_pages[..RAM / PAGE].chunks_exact(RAM_MIRROR / PAGE);
        let is_contiguous = |pages: &[*mut u8]| pages.iter().all(|&page| !page.is_null() && page == pages[0]);
        assert!(mirrors.all(is_contiguous), "the bus gives RAM whose pages do not follow one another");
        self.remap(bus);
    }

    /// Reads the part of the map that can have changed: games switch banks all the time.
    fn remap<B: CodeBus>(&mut self, bus: &mut B) {
        (CHANGING..WINDOWS).for_each(|window| self.map_window(bus, window));
        self.slots = [&raw const NO_CODE; WINDOWS];
        self.generation = bus.map_generation();
    }

    fn map_window<B: CodeBus>(&mut self, bus: &mut B, window: usize) {
        const PER_WINDOW: usize = WINDOW / PAGE;
        let first = window * PER_WINDOW;
        let place = bus.window(window).map(|bytes| place_of(bytes, window));
        let Some((read, write)) = place else {
            self.places[window] = None;
            for page in first..first + PER_WINDOW {
                let (read, write) = place_of(bus.page(page), page);
                self.set_page(page, read, write);
            }
            return;
        };
        let known = self.places[window] == place;
        self.places[window] = place;
        // Only the first page depends on the page before it.
        self.set_page(first, read, write);
        if !known {
            let others = first + 1..first + PER_WINDOW;
            self.read_pages[others.clone()].fill(read);
            self.write_pages[others.clone()].fill(write);
            self.indexed_read_pages[others.clone()].fill(read);
            self.indexed_write_pages[others].fill(write);
        }
    }

    fn set_page(&mut self, page: usize, read: *const u8, write: *mut u8) {
        // No index carries into the first page: sums past $FFFF have an entry of their own.
        let is_after_plain = page == 0 || !self.read_pages[page - 1].is_null();
        self.read_pages[page] = read;
        self.write_pages[page] = write;
        self.indexed_read_pages[page] = if is_after_plain { read } else { std::ptr::null() };
        self.indexed_write_pages[page] = if is_after_plain { write } else { std::ptr::null_mut() };
    }

    /// From now on generated code finds the slots of the window of `addr`, as long as the mapping stays.
    #[inline]
    fn set_slots(&mut self, addr: u16, slots: &'g SlotPage) {
        self.slots[usize::from(addr) / WINDOW] = slots;
    }

    /// Reads registers, deadline and map, which may have changed since generated code ran last.
    fn enter<B: CodeBus>(&mut self, cpu: &Cpu, bus: &mut B) {
        if bus.map_generation() != self.generation {
            self.remap(bus);
        }
        self.bus = std::ptr::from_mut(bus).cast();
        self.deadline = bus.deadline().min(self.end);
        self.next = Next::Instruction;
        self.cycle = cpu.cycle;
        self.pc = u64::from(cpu.pc);
        self.a = u64::from(cpu.a);
        self.x = u64::from(cpu.x);
        self.y = u64::from(cpu.y);
        self.s = u64::from(cpu.s);
        self.nz = u64::from(cpu.p.nz);
        self.c = u64::from(cpu.p.c);
        self.v = u64::from(cpu.p.vdi) << 1;
        self.di = u64::from(cpu.p.vdi & !Status::V);
    }

    /// Runs native code, from one region to the next, until it exits. `slots` are those of the window that the CPU is
    /// in.
    #[inline]
    pub(crate) fn run<B: CodeBus>(
        &mut self,
        code: Code<'g>,
        slots: Option<&'g SlotPage>,
        cpu: &mut Cpu,
        bus: &mut B,
    ) -> Exit {
        self.enter(cpu, bus);
        if let Some(slots) = slots {
            self.set_slots(cpu.pc, slots);
        }
        let mut address = code.address().expose_provenance();
        let exit = loop {
            // SAFETY: a function of this signature whose generation is borrowed, and this context was made for this bus
            // (see the head of this file).
            let value = unsafe {
                let code = std::ptr::with_exposed_provenance::<u8>(address);
                let function: unsafe extern "C" fn(*mut Self) -> ReturnValue = std::mem::transmute(code);
                function(self)
            };
            match value.decode() {
                Continuation::Code(next) => address = next,
                Continuation::Exit(exit) => break exit,
            }
        };
        self.leave(cpu);
        if exit == Exit::Jump {
            self.jumped(bus);
        }
        exit
    }

    /// Gives the registers back.
    fn leave(&self, cpu: &mut Cpu) {
        cpu.cycle = self.cycle;
        cpu.pc = self.pc as u16;
        cpu.a = self.a as u8;
        cpu.x = self.x as u8;
        cpu.y = self.y as u8;
        cpu.s = self.s as u8;
        let vdi = self.di as u8 | (self.v >> 1) as u8 & Status::V;
        cpu.p = Status { nz: self.nz as u16, c: self.c as u8, vdi };
        cpu.next = self.next;
    }

    /// After [`Exit::Jump`]: if there is no plain memory at the target, the byte on the data bus will be executed.
    fn jumped<B: CodeBus>(&self, bus: &mut B) {
        if self.read_pages[(self.pc as u16) as usize / PAGE].is_null() {
            bus.set_data_bus(self.data_bus as u8);
        }
    }

    /// Whether generated code has to return after the instruction that made an access in cycle `at`.
    fn after<B: CodeBus>(&mut self, bus: &B, at: Cycle) -> u64 {
        let deadline = bus.deadline().min(self.end);
        let nearer = deadline < self.deadline && deadline < at + NEAR;
        self.deadline = deadline;
        let changed = nearer || self.next != Next::Instruction || bus.map_generation() != self.generation;
        if changed { CHANGED } else { 0 }
    }

    /// The poll before the last access of an instruction that has already made one through the bus.
    fn poll<B: CodeBus>(&mut self, bus: &mut B, at: Cycle) {
        if at >= bus.deadline() {
            let p = Status { nz: 0, c: 0, vdi: self.di as u8 };
            self.next = ricojit_interpreter::poll(bus, at, p, self.next);
        }
    }
}

/// The context and its bus.
///
/// # Safety
///
/// `context` must be what generated code was entered with (see the head of this file).
unsafe fn parts<'a, 'g, B: CodeBus>(context: *mut Context<'g>) -> (&'a mut Context<'g>, &'a mut B) {
    // SAFETY: by the caller; the context holds the bus that `enter` put there.
    unsafe { (&mut *context, &mut *(*context).bus.cast::<B>()) }
}

unsafe extern "C" fn read<B: CodeBus>(context: *mut Context<'_>, addr: u64, at: u64, data_bus: u64) -> u64 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_data_bus(data_bus as u8);
    let value = bus.read(addr as u16, at);
    u64::from(value) | context.after(bus, at)
}

unsafe extern "C" fn read_indexed<B: CodeBus>(context: *mut Context<'_>, addr: u64, at: u64, word: u64) -> u64 {
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
    u64::from(value) | context.after(bus, at)
}

unsafe extern "C" fn read_modify<B: CodeBus>(context: *mut Context<'_>, addr: u64, at: u64, word: u64) -> u64 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_data_bus(word as u8);
    bus.read((word << 8) as u16 & 0xFF00 | addr as u16 & 0x00FF, at);
    let value = bus.read(addr as u16, at + 1);
    u64::from(value) | context.after(bus, at + 1)
}

unsafe extern "C" fn write<B: CodeBus>(context: *mut Context<'_>, addr: u64, at: u64, value: u64) -> u64 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    // The CPU has read the high byte of the address in the cycle before.
    bus.set_data_bus((addr >> 8) as u8);
    bus.write(addr as u16, value as u8, at);
    context.after(bus, at)
}

unsafe extern "C" fn write_indexed<B: CodeBus>(context: *mut Context<'_>, addr: u64, at: u64, word: u64) -> u64 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_data_bus((word >> 8) as u8);
    bus.read(word as u16 & 0xFF00 | addr as u16 & 0x00FF, at);
    context.poll(bus, at + 1);
    bus.write(addr as u16, word as u8, at + 1);
    context.after(bus, at + 1)
}

unsafe extern "C" fn write_modify<B: CodeBus>(context: *mut Context<'_>, addr: u64, at: u64, word: u64) -> u64 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.write(addr as u16, (word >> 8) as u8, at);
    context.poll(bus, at + 1);
    bus.write(addr as u16, word as u8, at + 1);
    context.after(bus, at + 1)
}

unsafe extern "C" fn mask_irq<B: CodeBus>(context: *mut Context<'_>, _: u64, at: u64, _: u64) -> u64 {
    // SAFETY: called by generated code.
    let (context, bus) = unsafe { parts::<B>(context) };
    bus.set_irq_mask(true);
    context.after(bus, at)
}
