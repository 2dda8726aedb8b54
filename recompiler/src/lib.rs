//! 6502 code to native code, exact to every bus cycle. Knows nothing of the NES.
//!
//! # Terms
//!
//! - A *unit* is a span of CPU addresses that the board always maps as a whole (NROM: all 32 KiB, UxROM: 16, MMC3: 8).
//! - A *region* is what branches, JMP and JSR reach from an *entry* inside one unit: the thing that is compiled.
//! - A *run* is a stretch of instructions between two checks of the deadline.
//! - *Plain* memory has no side effects: RAM, PRG ROM, PRG RAM. Everything else is reached through the bus.
//!
//! # Lifecycle
//!
//! ```text
//! interpreter ── target of a control transfer, often enough ──► discover ─► translate ─► Cranelift ─► entry table
//!      ▲                                                                                                  │
//!      └──────── deadline near │ CLI, PLP, RTI, BRK ... │ an access changed something ◄── native code ◄───┘
//! ```
//!
//! # Identity
//!
//! Code is found by the physical offset of its entry in PRG ROM and by the CPU window it runs in. All bytes of a region
//! lie in one unit, so the entry's place tells the place of all: bank switches neither invalidate nor duplicate code.
//! ROM never changes. Code in RAM is interpreted.
//!
//! # Cycles
//!
//! Native code runs only in *quiet time*: each run checks that its longest way through ends at or before the deadline.
//! Before the deadline nobody halts the CPU and no poll could find anything, so neither is asked for. An access
//! that is certainly not plain calls the bus with its exact cycle; one that could be plain and is not leaves the
//! instruction to the interpreter. When such an access moves the deadline near, remaps memory or
//! lets a poll find an interrupt, the region is left right after the instruction. Polling before the last access
//! of such an instruction is done by the interpreter's own function.
//!
//! # Exits
//!
//! A region ends at an instruction boundary, with the registers back in the context: in the code of the next region, if
//! there is some, or in a `translate::Exit`. After a deadline
//! exit the interpreter runs to the next control transfer: only targets of those are counted and become entries, and
//! discovery stops at entries. Without these two rules the same code would be compiled over and over.
//!
//! # Compiling
//!
//! A thread beside the machines compiles (the `worker` module), started by the first hot target. They go on interpreting
//! until one atomic store lets them find the code; results never depend on when that is. If the thread dies, or there
//! is no executable memory, everything is interpreted. Code lives in generations (the `cache` module): when the memory
//! is full a new one begins, and the old one is freed when the last machine has left it.
//!
//! # Idle loops
//!
//! An address from which a short way that only reads leads back to it ([`ricojit_interpreter::idle::may_wait`]) is never
//! compiled, neither by itself nor inside a region: control comes back to the driver there, and
//! [`ricojit_interpreter::idle::wait`] moves the CPU past all turns that would be the same.
//!
//! # What is not there
//!
//! Code in RAM is interpreted: it is rarely hot, and may change. Nothing is compiled ahead of time yet.

mod cache;
mod codegen;
mod context;
mod jit;
#[doc(hidden)]
pub mod kernels;
mod region;
mod shared;
mod statistics;
mod translate;
mod worker;

pub use cache::Key;
pub use codegen::Listing;
pub use context::{PAGE, Page};
pub use jit::{Jit, Options};
pub use statistics::{CompiledRegion, InterpretedCode, Reason, Statistics};
#[doc(hidden)]
pub use translate::Mutant;

use ricojit_interpreter::Bus;

/// What the recompiler asks of a bus beyond accesses.
pub trait CodeBus: Bus {
    /// A number that changes whenever [`CodeBus::page`] would answer differently for a page from $6000 on, or its memory
    /// has moved. Below $6000 nothing changes.
    fn map_generation(&self) -> u64;

    /// What is behind the 512 bytes at `index` x 512. $0000-$1FFF is RAM, and of each 2 KiB of it the pages follow one
    /// another in memory.
    fn page(&mut self, index: usize) -> Page<'_>;

    /// What is behind the 4 KiB at `index` x 4096, if that is one thing and memory follows itself there. Only a faster
    /// answer than eight [`CodeBus::page`]s.
    fn window(&mut self, index: usize) -> Option<Page<'_, { 8 * PAGE }>> {
        let _ = index;
        None
    }

    /// Where in PRG ROM the byte at `addr` lies; `None` if it is not ROM that [`CodeBus::page`] gives for reading.
    fn rom_offset(&self, addr: u16) -> Option<u32>;

    /// Cycles for which the CPU was halted so far. Only statistics ask.
    fn halted_cycles(&self) -> u64 {
        0
    }

    /// Sets the byte on the external data bus: native code makes plain accesses without telling.
    fn set_data_bus(&mut self, value: u8);
}
