//! Ricojit: a cycle-exact NES emulator, as a library.
//!
//! A [`Machine`] is a console with a [`Cartridge`]. It is a plain value that owns all of its state: it can be cloned,
//! sent to another thread and compared. Its results depend on the ROM, the [`Options`] and the input alone. They are
//! the same, bit for bit, on every host and with every [`Engine`].
//!
//! ```
//! use ricojit::{Cartridge, Machine, Options};
//!
//! let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
//! let mut machine = Machine::new(&cartridge, &Options::new())?;
//! for _ in 0..60 {
//!     machine.run_frame();
//! }
//! let (frame, samples) = (machine.frame(), machine.samples());
//! assert!(frame.pixels().len() == 256 * 240 && samples.len() > 700);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The [`guide`] has a page for each main use: [run and look](guide::run_and_look), [feed input](guide::feed_input),
//! [record](guide::record), [clone and search](guide::clone_and_search), [many machines](guide::many_machines),
//! [compile ahead](guide::compile_ahead), [save and load](guide::save_and_load).
//!
//! # How it is made
//!
//! ```text
//! machine ── ricojit_interpreter::Cpu
//!    │            │ Bus: one access per cycle, stall, lines, deadline
//!    └─────── console ──┬── memory ── cartridge
//!                       ├── mapper/{nrom,mmc1,uxrom,cnrom,mmc3,axrom}
//!                       ├── ppu/{background,sprites,scroll,palette}
//!                       ├── apu/{pulse,triangle,noise,dmc,frame_counter,...,mixer,synth}
//!                       ├── dma, input
//!                       └── scheduler: the deadline
//! ```
//!
//! No chip uses another: the console passes on what one needs of another. Chips are not ticked: a chip catches up to an
//! exact moment when the CPU accesses it or when one of its own events is due. Until the next such event, the deadline,
//! the CPU runs on its own.
//!
//! # Features
//!
//! - `jit` (on by default): the compiler, for [`Engine::Jit`] and [`ahead`]. Without it, [`Engine::Aot`] runs an [`Image`].
//! - `aarch64`, `x86_64`: images can be compiled for this architecture on other hosts, [`ahead::Input::target`].

#[cfg(feature = "jit")]
pub mod ahead;
mod apu;
pub mod cartridge;
mod chips;
mod clock;
mod code;
pub mod code_data_log;
mod console;
pub mod digest;
mod dma;
mod executor;
mod fetches;
mod forecast;
pub mod frame;
#[cfg(any(doc, doctest))]
pub mod guide;
mod image;
pub mod input;
mod machine;
mod mapper;
mod memory;
pub mod options;
pub mod palette;
mod ppu;
mod random;
pub mod recompiler;
mod scheduler;
mod simd;
mod state;
pub mod testing;
pub mod text;

pub use cartridge::{Cartridge, CartridgeError};
pub use chips::{CpuRevision, PpuRevision};
pub use clock::Region;
pub use code::CodeStore;
pub use console::IgnoredWrites;
pub use frame::Frame;
pub use image::{Image, ImageError};
pub use input::{Buttons, Pad};
pub use machine::{Jam, Machine, MachineError};
pub use options::{Engine, Options, SampleRate};
pub use palette::Palette;
/// The CPU: its registers, its opcode table, its disassembler.
pub use ricojit_interpreter as cpu;
pub use state::{State, StateError};
