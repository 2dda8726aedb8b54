//! Ricojit: a cycle-exact NES emulator.
//!
//! ```text
//! machine ── ricojit_interpreter::Cpu
//!    │            │ Bus: one access a cycle, stall, lines, deadline
//!    └─────── console ──┬── memory ── cartridge
//!                       ├── mapper/{nrom,mmc1,uxrom,cnrom,mmc3,axrom}
//!                       ├── ppu/{background,sprites,scroll,palette}
//!                       ├── apu/{pulse,triangle,noise,dmc,frame_counter,...,mixer,synth}
//!                       ├── dma, input
//!                       └── scheduler: the one deadline
//! ```
//!
//! Chips never import one another: what one needs of another, [`console`] passes. Nothing is ticked: a chip is brought
//! to an exact moment when the CPU touches it or when one of its own events is due, and the CPU runs freely before the
//! next such event. [`machine::Machine`] is what a front end holds, a plain value:
//!
//! ```
//! use ricojit::{cartridge::Cartridge, machine::Machine, options::Options};
//!
//! let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
//! let mut machine = Machine::new(&cartridge, &Options::default())?;
//! for _ in 0..10 {
//!     machine.run_frame();
//! }
//! assert_eq!(machine.frames(), 10);
//! # Ok::<(), ricojit::cartridge::CartridgeError>(())
//! ```
//!
//! [`judge`] decides what test ROMs say of themselves; it and the command line are built on the machine alone.

pub mod apu;
pub mod cartridge;
pub mod clock;
pub mod console;
pub mod digest;
pub mod dma;
mod engine;
pub mod frame;
pub mod input;
#[cfg(feature = "jit")]
pub mod jit_log;
pub mod machine;
pub mod mapper;
pub mod memory;
pub mod options;
pub mod palette;
pub mod ppu;
pub mod scheduler;
mod simd;
pub mod state;
pub mod verify;
