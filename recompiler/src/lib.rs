//! 6502 code to native code, exact to every bus cycle, and independent of the rest of the NES.
//!
//! # Terms
//!
//! - A *unit* is a span of CPU addresses that the board always maps as a whole (NROM: all 32 KiB, UxROM: 16, MMC3: 8).
//! - A *region* is what branches, JMP and JSR reach from an *entry* inside one unit: what is compiled together.
//! - A *run* is a stretch of instructions between two checks of the deadline.
//! - *Plain* memory has no side effects: RAM, PRG ROM, PRG RAM. Everything else is reached through the bus.
//!
//! # Lifecycle
//!
//! ```text
//! interpreter ── target of a control transfer, often enough ──► discover ─► translate ─► Cranelift ─► slot
//!      ▲                                                                                               │
//!      └──────── deadline near │ CLI, PLP, RTI, BRK ... │ an access changed something ◄── native code ◄┘
//! ```
//!
//! # Modules
//!
//! A module uses only modules to its left and those above it in its column.
//!
//! ```text
//! fingerprint  facts and their hash  │ region     what is compiled     │ generation  tables and code  │ jit  the driver
//! key          what code is found by │ translate  to CLIF              │ store       all generations  │
//! slot         code and its count    │ compiler   region to artifact   │ compiling   when and where   │
//! exit         what code returns     │ pipeline   key to artifact      │ image       code as a value  │
//! artifact     code without address  │ memory     artifact to function │ ahead       a ROM to an image│
//! context      what code may touch   │ finished   functions of images  │                              │
//! target       for what processors   │                                 │                              │
//! ```
//!
//! # Identity
//!
//! Code is found by the physical offset of its entry in PRG ROM and by the CPU window it runs in. All bytes of a region
//! are in one unit, so the offset of the entry determines that of all others: bank switches neither invalidate nor
//! duplicate code. ROM never changes. Code in RAM is interpreted: it is rarely hot, and may change.
//!
//! # Cycles
//!
//! Native code runs only in *quiet time*: each run checks that its longest path ends at or before the deadline.
//! Before the deadline nothing halts the CPU and no poll could find anything, so neither is checked. An access
//! that is certainly not plain calls the bus with its exact cycle; one that could be plain and is not leaves the
//! instruction to the interpreter. When such an access moves the deadline near, remaps memory or lets a poll find an
//! interrupt, the region is left right after the instruction. The interpreter's own function does the poll before the
//! last access of such an instruction.
//!
//! # Exits
//!
//! A region ends at an instruction boundary, with the registers back in the context: in the code of the next region, if
//! there is some, or in an exit to the driver (the `exit` module). After a deadline exit the interpreter runs to the
//! next control transfer: only targets of those are counted and become entries, and discovery stops at entries (but for
//! small subroutines, which are part of each caller). Without these two rules the same code would be compiled over and
//! over. An instruction that is always left to the interpreter is run by itself: what follows it is an entry too.
//!
//! # Compiling
//!
//! Hot targets are candidates. They are compiled in batches, where that pays (the `budget` module), by a worker thread in
//! the background. Machines continue to interpret until one atomic store lets them find the code, for which they look
//! the more often the more of it they find (the `pace` module); results never depend on when that is. If the thread dies, or there is no
//! executable memory, everything is interpreted. Code lives in generations (the `generation` module): when the memory
//! is full a new one begins, and the old one is freed when the last machine has left it.
//!
//! `compile_ahead` (the `ahead` module) compiles the code of a whole ROM before it runs, as far as it can be found.
//! Regions have several entries then: a function looks at PC in the context.
//!
//! Without the feature `compiler` this crate does not depend on Cranelift, and runs only finished code: an [`Image`].
//!
//! # Idle loops
//!
//! An address from which a short path that only reads leads back to it ([`ricojit_interpreter::idle::may_wait`]) is
//! never compiled, neither as an entry nor inside a region: control comes back to the driver there, and
//! [`ricojit_interpreter::idle::wait`] moves the CPU past all iterations that would be the same. The same is tried at an
//! IRQ that comes soon after another one in front of the same instruction: it may be an interrupt storm.

#[cfg(feature = "compiler")]
mod ahead;
mod artifact;
mod budget;
mod bus;
#[cfg(feature = "compiler")]
mod compiler;
#[cfg(feature = "compiler")]
mod compiling;
#[cfg(not(feature = "compiler"))]
#[path = "compiling_absent.rs"]
mod compiling;
mod context;
mod exit;
mod fingerprint;
mod finished;
#[cfg_attr(not(feature = "compiler"), allow(dead_code, reason = "nothing is published without a compiler"))]
mod generation;
mod image;
mod jit;
mod key;
mod listing;
mod memory;
mod options;
#[cfg(feature = "compiler")]
mod pipeline;
mod profile;
#[cfg(feature = "compiler")]
mod region;
mod rom;
#[cfg(feature = "compiler")]
mod sabotage;
mod sample;
mod slot;
mod statistics;
#[cfg_attr(not(feature = "compiler"), allow(dead_code, reason = "nothing is published without a compiler"))]
mod store;
mod sync;
mod target;
#[cfg(feature = "compiler")]
mod translate;
#[cfg(feature = "compiler")]
mod worker;

#[cfg(feature = "compiler")]
pub use ahead::{Ahead, Banking, Omitted, Report, ReportedRegion, Source, compile_ahead, list_ahead};
pub use bus::{CodeBus, PAGE, Page};
pub use image::{Image, ImageError};
pub use jit::Jit;
pub use key::Key;
pub use listing::Listing;
pub use options::Options;
pub use profile::{CompiledRegion, InterpretedCode};
pub use rom::is_interpreted;
#[cfg(feature = "sabotage")]
#[doc(hidden)]
pub use sabotage::Mutant;
pub use statistics::{Reason, Statistics};
pub use target::Target;
