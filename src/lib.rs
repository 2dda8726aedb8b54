//! Ricojit: a cycle-exact NES emulator, as a library.
//!
//! A [`Machine`] is a console with a [`Cartridge`] in it, and a plain value: it holds all of its state, and nothing
//! outside of it changes it. Its results depend on the ROM, the [`Options`] and the input alone, on every host and on
//! every [`Engine`], bit for bit.
//!
//! # Run and look
//!
//! ```
//! use ricojit::{Cartridge, Machine, Options, Palette};
//!
//! let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
//! let mut machine = Machine::new(&cartridge, &Options::new())?;
//! for _ in 0..60 {
//!     machine.run_frame();
//! }
//! // 256 x 240 pixels of palette index and emphasis, and about 735 mono samples of 16 bits.
//! let pixels = machine.frame().pixels();
//! let samples = machine.samples();
//! assert!(pixels.len() == 256 * 240 && (700..770).contains(&samples.len()));
//! assert_eq!(machine.ram().len(), 0x800);
//! # let _ = Palette::default();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Feed input
//!
//! ```
//! use ricojit::{Buttons, Cartridge, Machine, Options, Pad};
//!
//! # let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
//! let mut machine = Machine::new(&cartridge, &Options::new())?;
//! // Held from the next frame on, until other buttons are set.
//! machine.set_buttons(Pad::One, Buttons::START | Buttons::A);
//! machine.run_frame();
//! machine.set_buttons(Pad::One, Buttons::NONE);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Scripts and FM2 movies are read by [`input::movie`].
//!
//! # Record
//!
//! [`Palette`] turns frames into colours; [`digest`] makes digests of all frames and all samples of a run.
//!
//! # Clone and search
//!
//! A clone of a machine goes on from the same instant. A [`State`] is a cheaper copy that leaves out the picture, and
//! keeps its buffer:
//!
//! ```
//! use ricojit::{Buttons, Cartridge, Machine, Options, Pad, State};
//!
//! # let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
//! let mut machine = Machine::new(&cartridge, &Options::new().without_sound().render(false))?;
//! let mut start = State::new();
//! machine.snapshot(&mut start);
//! let mut best = None;
//! for buttons in [Buttons::LEFT, Buttons::RIGHT] {
//!     machine.restore(&start)?;
//!     machine.set_buttons(Pad::One, buttons);
//!     (0..30).for_each(|_| machine.run_frame());
//!     best = best.max(Some(machine.peek(0x0010)));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Many machines
//!
//! Machines can move between threads. Clones share the ROM and compiled code; machines that are made one by one share
//! code if they are given one [`CodeStore`]:
//!
//! ```
//! use ricojit::{Cartridge, CodeStore, Engine, Machine, Options};
//!
//! # let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
//! # let engine = if Engine::Jit.is_built() { Engine::Jit } else { Engine::Interpreter };
//! let code = CodeStore::new(&cartridge);
//! let options = Options::new().engine(engine);
//! let mut machines = Vec::new();
//! for _ in 0..8 {
//!     machines.push(Machine::with_code(&cartridge, &options, &code)?);
//! }
//! std::thread::scope(|scope| {
//!     for machine in &mut machines {
//!         scope.spawn(|| machine.run_frame());
//!     }
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Save and load
//!
//! ```
//! use ricojit::{Cartridge, Machine, Options};
//!
//! # let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
//! let mut machine = Machine::new(&cartridge, &Options::new())?;
//! (0..10).for_each(|_| machine.run_frame());
//! let file: Vec<u8> = machine.save();
//! machine.run_frame();
//! machine.load(&file)?;
//! assert_eq!(machine.frames(), 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is made
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
//! Chips never import one another: what one needs of another, the console passes. Nothing is ticked: a chip is brought
//! to an exact moment when the CPU accesses it or when one of its own events is due, and the CPU runs freely before
//! the next such event.

mod apu;
pub mod cartridge;
mod clock;
mod code;
mod console;
pub mod digest;
mod dma;
mod executor;
pub mod frame;
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

pub use cartridge::{Cartridge, CartridgeError};
pub use clock::Region;
pub use code::CodeStore;
pub use frame::Frame;
pub use input::{Buttons, Pad};
pub use machine::{Machine, MachineError};
pub use options::{Engine, Options, SampleRate};
pub use palette::Palette;
/// The CPU: its registers, its opcode table, its disassembler.
pub use ricojit_interpreter as cpu;
pub use state::{State, StateError};
