//! The machine: CPU, console and cartridge, and the engine that runs them.
//!
//! A machine is a plain value: it can be cloned, and a process can hold thousands. Its results depend on the ROM, the
//! options and the input alone.
//!
//! **Contract.** Outside of this module, every chip of a machine is at the CPU's cycle and in canonical form
//! ([`Console::canonicalize`]), so that hashing and saving only read.

mod saving;

use crate::cartridge::{Cartridge, describe_board};
use crate::clock::{Alignment, NEVER, Region};
use crate::code::CodeStore;
use crate::console::{CatchUps, Console, IgnoredWrites};
use crate::executor::Executor;
use crate::frame::Frame;
use crate::input::{Buttons, Pad};
use crate::mapper::Mapper;
use crate::options::{Engine, JitOptions, Options};
use crate::recompiler::Recompiler;
use crate::state::{State, StateError};
use ricojit_interpreter::disasm::Trace;
use ricojit_interpreter::{Bus, Cpu, Cycle};

/// Why a machine cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// The cartridge's board is not supported.
    #[error("mapper {mapper} ({}) is not supported yet", describe_board(*mapper, *submapper))]
    UnsupportedBoard {
        /// iNES mapper number.
        mapper: u16,
        /// NES 2.0 submapper.
        submapper: u8,
    },
    /// The engine is not part of this build.
    #[error("the engine `{0}` is not part of this build: build with the feature `jit`")]
    EngineNotBuilt(Engine),
    /// The region's consoles have no such [`Alignment`].
    #[error("the alignment {alignment} does not exist: the phases of this region's consoles are 0 to {last}")]
    NoSuchAlignment {
        /// The one that was asked for.
        alignment: Alignment,
        /// The last phase of the region.
        last: u8,
    },
    /// The [`CodeStore`] is for another ROM.
    #[error("the store of compiled code is for another ROM")]
    OtherCode,
    /// The [`Image`](crate::Image) was compiled with other [`JitOptions`], or with idle loops treated in another way.
    #[error("the image was compiled with other options: compile the ROM again with these")]
    OtherImageOptions,
    /// The [`Image`](crate::Image) is for hosts of another architecture.
    #[error("the image is for another architecture than this host's: compile the ROM for this host")]
    OtherImageTarget,
    /// [`Engine::Aot`] needs an image in a build that cannot compile.
    #[error("the engine `aot` needs an image: this build cannot compile without the feature `jit`")]
    NoImage,
}

impl MachineError {
    pub(crate) fn unsupported_board(cartridge: &Cartridge) -> Self {
        Self::UnsupportedBoard { mapper: cartridge.header.mapper, submapper: cartridge.header.submapper }
    }
}

/// Where a JAM opcode has stopped the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the CPU jammed in frame {frame}: opcode ${opcode:02X} at ${addr:04X}")]
pub struct Jam {
    /// The address of the opcode.
    pub addr: u16,
    /// The opcode.
    pub opcode: u8,
    /// The frame, counted from 1 at power-on; of a loaded state that is jammed, the first that was run.
    pub frame: u64,
}

/// A console with a cartridge.
///
/// A clone continues from the same instant and shares only the ROM and compiled code. Two machines with equal ROM,
/// options and input have equal states, pictures and samples, on every engine and every host.
#[derive(Clone, Debug)]
pub struct Machine {
    cpu: Cpu,
    pub(crate) console: Console,
    executor: Executor,
    code: CodeStore,
    cartridge: Cartridge,
    /// The board at power-on.
    board: Mapper,
    options: Options,
    frames: u64,
    idle_skipped: Cycle,
    reset_pressed: bool,
    /// The first frame at whose end the CPU was found jammed.
    jammed_in: Option<u64>,
}

impl Machine {
    /// A machine at power-on, with a store of compiled code of its own.
    ///
    /// # Errors
    ///
    /// [`MachineError::UnsupportedBoard`] if the board is not supported, [`MachineError::NoSuchAlignment`] if the region
    /// has not so many phases, [`MachineError::EngineNotBuilt`] if this build does not have the engine.
    pub fn new(cartridge: &Cartridge, options: &Options) -> Result<Self, MachineError> {
        Self::with_code(cartridge, options, &CodeStore::new(cartridge))
    }

    /// As [`Machine::new`], with a store of compiled code that several machines share.
    ///
    /// # Errors
    ///
    /// Those of [`Machine::new`], [`MachineError::OtherCode`] if the store is for another ROM, and
    /// [`MachineError::OtherImageOptions`] or [`MachineError::OtherImageTarget`] if its image was compiled with other
    /// options or for other hosts.
    pub fn with_code(cartridge: &Cartridge, options: &Options, code: &CodeStore) -> Result<Self, MachineError> {
        if !code.is_of(cartridge) {
            return Err(MachineError::OtherCode);
        }
        let board = Mapper::new(cartridge, options.mmc3, options.switches.fault)
            .ok_or_else(|| MachineError::unsupported_board(cartridge))?;
        let alignment = options.alignment;
        let phases = Alignment::phases(options.region_of(cartridge));
        if alignment.phase >= phases {
            return Err(MachineError::NoSuchAlignment { alignment, last: phases - 1 });
        }
        let console = Console::new(cartridge, board.clone(), options);
        let mut machine = Self {
            cpu: Self::cpu_at_power_on(options),
            executor: Executor::new(options, &console, code)?,
            console,
            code: code.clone(),
            cartridge: cartridge.clone(),
            board,
            options: options.clone(),
            frames: 0,
            idle_skipped: 0,
            reset_pressed: false,
            jammed_in: None,
        };
        machine.cpu.reset(&mut machine.console);
        machine.canonicalize();
        Ok(machine)
    }

    fn cpu_at_power_on(options: &Options) -> Cpu {
        Cpu { cycle: options.alignment.first_cycle(), ..Cpu::power_on() }
    }

    /// Runs until the next picture is complete: to the first instruction boundary at or after the start of scanline
    /// 240. The Reset button, if it was pressed, takes effect first.
    pub fn run_frame(&mut self) {
        self.run_frame_with_pauses(|_| None);
    }

    /// As [`Machine::run_frame`], with pauses. `pause` is called at the beginning, and then at the first instruction
    /// boundary at or after the cycle that it returned last, until it returns `None`. Pauses do not change the results.
    pub fn run_frame_with_pauses(&mut self, mut pause: impl FnMut(&mut Self) -> Option<Cycle>) {
        self.console.ppu.set_render(self.options.render);
        if std::mem::take(&mut self.reset_pressed) {
            self.console.reset(self.cpu.cycle, &self.options);
            self.cpu.reset(&mut self.console);
        }
        let picture = self.console.ppu.frames();
        let mut stop = self.pause(&mut pause);
        loop {
            let end = self.console.next_frame().min(stop.max(self.cpu.cycle + 1));
            self.idle_skipped += self.executor.run_until(&mut self.cpu, &mut self.console, end);
            self.console.sync(self.cpu.cycle);
            if self.console.ppu.frames() != picture {
                break;
            }
            if stop <= self.cpu.cycle {
                stop = self.pause(&mut pause);
            }
        }
        self.console.apu.end_frame(self.cpu.cycle);
        self.canonicalize();
        self.frames += 1;
        self.jammed_in = self.jammed().then(|| self.jammed_in.unwrap_or(self.frames));
    }

    fn pause(&mut self, pause: &mut impl FnMut(&mut Self) -> Option<Cycle>) -> Cycle {
        self.canonicalize();
        pause(self).unwrap_or(NEVER)
    }

    /// Brings the chips to the CPU's cycle and into canonical form.
    fn canonicalize(&mut self) {
        self.console.canonicalize(self.cpu.cycle, self.cpu.pc);
    }

    /// Sets whether pictures are drawn, from the next frame on. Without drawing, [`Machine::frame`] keeps the last
    /// picture; states and samples stay the same.
    pub fn set_render(&mut self, render: bool) {
        self.options.render = render;
    }

    /// The last complete picture: 256 x 240 pixels.
    pub fn frame(&self) -> &Frame {
        self.console.ppu.frame()
    }

    /// The samples of the last frame: mono, signed 16 bits, about 735 at 44.1 kHz; empty without a sample rate.
    pub fn samples(&self) -> &[i16] {
        self.console.apu.samples()
    }

    /// Holds exactly `buttons` on a pad, from now on until other buttons are set.
    pub fn set_buttons(&mut self, pad: Pad, buttons: Buttons) {
        self.console.controllers.set_buttons(pad, buttons);
    }

    /// Presses the Reset button at the beginning of the next frame. [`Options::start`] says what it resets.
    pub fn reset(&mut self) {
        self.reset_pressed = true;
    }

    /// Switches the console off and on again. Battery-backed RAM and held buttons stay; [`Machine::frames`] continues,
    /// [`Machine::cycle`] restarts.
    pub fn power(&mut self) {
        let mut console = Console::new(&self.cartridge, self.board.clone(), &self.options);
        if let Some(battery) = self.battery() {
            console.load_battery(battery);
        }
        for pad in [Pad::One, Pad::Two] {
            console.controllers.set_buttons(pad, self.console.controllers.held(pad));
        }
        self.console = console;
        self.cpu = Self::cpu_at_power_on(&self.options);
        self.cpu.reset(&mut self.console);
        self.canonicalize();
        (self.idle_skipped, self.reset_pressed) = (0, false);
    }

    /// The byte that the CPU would read at `addr`, without side effects. Write-only registers and unmapped addresses
    /// read as open bus.
    pub fn peek(&self, addr: u16) -> u8 {
        self.console.peek(addr)
    }

    /// The byte that the PPU would read at `addr`, which wraps at $4000: pattern tables from $0000, nametables from
    /// $2000, palette RAM from $3F00.
    pub fn peek_ppu(&self, addr: u16) -> u8 {
        match addr & 0x3FFF {
            addr @ 0x3F00.. => self.console.ppu.peek_palette(addr),
            addr => self.console.memory.read_ppu(addr),
        }
    }

    /// CPU RAM, $0000-$07FF.
    pub fn ram(&self) -> &[u8; 0x800] {
        &self.console.memory.ram
    }

    /// The CPU's registers.
    pub fn cpu(&self) -> &Cpu {
        &self.cpu
    }

    /// The number of complete frames since the machine was made, or that a loaded state brings along.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The number of CPU cycles since power-on; one more if the first one was a put cycle ([`Alignment`]).
    pub fn cycle(&self) -> Cycle {
        self.cpu.cycle
    }

    /// The options of this machine.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The next instruction as a line of a trace: address, bytes, disassembly and registers, in the format of
    /// nestest.log.
    pub fn trace(&self) -> String {
        Trace::new(&self.cpu, &self.console).to_string()
    }

    /// The region of the console: the option's, else the header's, else NTSC.
    pub fn region(&self) -> Region {
        self.console.clock.region
    }

    /// The cartridge.
    pub fn cartridge(&self) -> &Cartridge {
        &self.cartridge
    }

    /// Whether a JAM opcode has stopped the CPU. Time still passes; Reset and power restart it.
    pub fn jammed(&self) -> bool {
        self.cpu.is_jammed()
    }

    /// Where a JAM opcode has stopped the CPU; `None` if it runs, or before the end of the frame.
    pub fn jam(&self) -> Option<Jam> {
        let frame = self.jammed_in.filter(|_| self.jammed())?;
        // The CPU has fetched the opcode, and no more.
        let addr = self.cpu.pc.wrapping_sub(1);
        Some(Jam { addr, opcode: self.peek(addr), frame })
    }

    /// The first byte that the program wrote to $4018 since power-on, where nothing is connected: programs under test end
    /// with it. It is not part of states.
    pub fn exit_code(&self) -> Option<u8> {
        self.console.exit_code
    }

    /// How often the PPU and the APU were brought up to date since power-on.
    pub fn catch_ups(&self) -> CatchUps {
        self.console.catch_ups()
    }

    /// The writes to registers of the PPU that it ignored since power-on or the last loaded state, because it had not left
    /// its reset; `None` if there were none. On another console they may count: see [`Options::start`].
    pub fn ignored_writes(&self) -> Option<IgnoredWrites> {
        self.console.ignored_writes()
    }

    /// The number of cycles in idle loops that were skipped, not run, since power-on or the last loaded state.
    pub fn idle_skipped_cycles(&self) -> Cycle {
        self.idle_skipped
    }

    /// The recompiler; `None` if the engine is the interpreter or the host cannot run generated code.
    pub fn recompiler(&self) -> Option<Recompiler<'_>> {
        self.executor.jit().map(|jit| Recompiler { machine: self, jit })
    }

    /// The store of compiled code.
    pub fn code(&self) -> &CodeStore {
        &self.code
    }

    /// A clone that runs on another engine, with code from the same store.
    ///
    /// # Errors
    ///
    /// [`MachineError::EngineNotBuilt`] and [`MachineError::NoImage`] if this build does not have the engine,
    /// [`MachineError::OtherImageOptions`] if the store's image was compiled with other options.
    pub fn with_engine(&self, engine: Engine, jit: JitOptions) -> Result<Self, MachineError> {
        let options = Options { engine, jit, ..self.options.clone() };
        let executor = Executor::new(&options, &self.console, &self.code)?;
        Ok(Self { executor, options, ..self.clone() })
    }

    /// A clone that runs on the executor of another machine.
    pub(crate) fn with_executor_of(&self, other: &Self) -> Self {
        let Options { engine, jit, .. } = other.options;
        let options = Options { engine, jit, ..self.options.clone() };
        Self { executor: other.executor.clone(), code: other.code.clone(), options, ..self.clone() }
    }

    /// The bytes of memory of this machine alone: registers, RAM, derived tables and samples. Neither its picture
    /// ([`Frame::BYTES`]) nor what machines share, ROM and compiled code, is counted.
    pub fn bytes(&self) -> usize {
        let Console { memory, ppu, apu, .. } = &self.console;
        size_of::<Self>() + memory.heap_bytes() + ppu.heap_bytes() + apu.heap_bytes()
    }

    /// A hash of the state: machines with equal hashes make equal pictures and sound from equal input. It is the
    /// XXH3-128 of a saved state's sections, without frame count and sound.
    pub fn state_hash(&self) -> u128 {
        saving::hash(self)
    }

    /// The machine's state as the content of a file. All states of a cartridge with the same sample rate have the same
    /// size: the cartridge's RAM and less than 24 KiB. A state contains neither pictures nor options.
    ///
    /// ```
    /// # use ricojit::{Cartridge, Machine, Options};
    /// # let cartridge = Cartridge::load(include_bytes!("../roms/demo.nes"))?;
    /// let mut machine = Machine::new(&cartridge, &Options::new())?;
    /// machine.run_frame();
    /// let mut other = Machine::new(&cartridge, &Options::new())?;
    /// other.load(&machine.save())?;
    /// assert_eq!(other.state_hash(), machine.state_hash());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.save_to(&mut bytes);
        bytes
    }

    /// As [`Machine::save`], into a buffer whose contents are replaced.
    pub fn save_to(&self, bytes: &mut Vec<u8>) {
        saving::save(self, bytes);
    }

    /// Continues from a state that [`Machine::save`] made, with any engine, in any process, by this version or an
    /// earlier one. All bytes are checked before the machine changes, so a state may come from an untrusted source.
    ///
    /// [`Machine::frame`] and [`Machine::samples`] stay as they are until the next frame ends. If the state was saved
    /// in a pause inside a frame, the picture of that frame is incomplete. If it has no sound of this machine's sample
    /// rate, sound starts from silence. [`Options::alignment`], [`Options::start`] and [`Options::oam_decay`] become those of
    /// the machine that saved the state, and so do [`Options::ram`] and [`Options::palette`], for the next
    /// [`Machine::power`].
    ///
    /// # Errors
    ///
    /// [`StateError`] if the bytes are not a valid state for this cartridge and console; the machine does not change.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        saving::load(self, bytes)
    }

    /// Copies the machine's state into a buffer, for [`Machine::restore`]. A buffer that is used again is not
    /// reallocated.
    pub fn snapshot(&self, state: &mut State) {
        saving::snapshot(self, state);
    }

    /// Continues from a snapshot of this machine, or of another one with the same cartridge and options: as
    /// [`Machine::load`], but faster.
    ///
    /// # Errors
    ///
    /// [`StateError`] if the snapshot is empty, or of another cartridge, console or sample rate; the machine does not
    /// change.
    pub fn restore(&mut self, state: &State) -> Result<(), StateError> {
        saving::restore(self, state)
    }

    /// The battery-backed PRG RAM, the content of a .sav file; `None` if the cartridge has none.
    pub fn battery(&self) -> Option<&[u8]> {
        self.console.memory.battery()
    }

    /// Loads battery-backed PRG RAM, for example from a .sav file. Fewer bytes fill its beginning; bytes beyond its end
    /// are ignored.
    pub fn load_battery(&mut self, bytes: &[u8]) {
        self.console.load_battery(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsupported_board_is_named() {
        let mut file = vec![0; 16 + 0x4000];
        file[..8].copy_from_slice(b"NES\x1A\x01\x00\xA0\x58");
        let error = Machine::new(&Cartridge::load(&file).unwrap(), &Options::new()).unwrap_err();
        assert_eq!(error.to_string(), "mapper 90 (J.Y. Company) is not supported yet");
    }
}
