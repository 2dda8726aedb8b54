//! A whole console with a cartridge: what front ends hold.
//!
//! A machine is a plain value: clone it to try something, keep thousands in one process. Its results depend on the
//! ROM, the options and the input alone.
//!
//! **Contract.** Whenever code outside of this module sees a machine, every chip stands at the CPU's cycle in canonical
//! form ([`Console::canonicalize`]), so that hashing and saving only read.

mod saving;

use crate::cartridge::{Cartridge, describe_board};
use crate::clock::{NEVER, Region};
use crate::code::CodeStore;
use crate::console::{CatchUps, Console};
use crate::executor::Executor;
use crate::frame::Frame;
use crate::input::{Buttons, Pad};
use crate::mapper::Mapper;
use crate::options::{Engine, JitOptions, Options};
use crate::recompiler::Recompiler;
use crate::state::{State, StateError};
use ricojit_interpreter::disasm::Trace;
use ricojit_interpreter::{Bus, Cpu, Cycle};

/// Why there is no such machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// No code for the cartridge's board.
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
    /// The store holds code of another cartridge.
    #[error("the store of compiled code belongs to another cartridge")]
    OtherCode,
}

impl MachineError {
    pub(crate) fn unsupported_board(cartridge: &Cartridge) -> Self {
        Self::UnsupportedBoard { mapper: cartridge.header.mapper, submapper: cartridge.header.submapper }
    }
}

/// A console that runs a cartridge.
#[derive(Clone, Debug)]
pub struct Machine {
    cpu: Cpu,
    pub(crate) console: Console,
    executor: Executor,
    code: CodeStore,
    cartridge: Cartridge,
    /// The board as it is at power-on.
    board: Mapper,
    options: Options,
    frames: u64,
    idle_skipped: Cycle,
    reset_pressed: bool,
}

impl Machine {
    /// A console with this cartridge, just switched on, with a store of compiled code of its own.
    ///
    /// # Errors
    ///
    /// [`MachineError::UnsupportedBoard`] if the board is not supported, [`MachineError::EngineNotBuilt`] if this build
    /// does not have the engine.
    pub fn new(cartridge: &Cartridge, options: &Options) -> Result<Self, MachineError> {
        Self::with_code(cartridge, options, &CodeStore::new(cartridge))
    }

    /// As [`Machine::new`], with a store of compiled code that machines share.
    ///
    /// # Errors
    ///
    /// Those of [`Machine::new`], and [`MachineError::OtherCode`] if the store is another cartridge's.
    pub fn with_code(cartridge: &Cartridge, options: &Options, code: &CodeStore) -> Result<Self, MachineError> {
        if !code.is_of(cartridge) {
            return Err(MachineError::OtherCode);
        }
        let board = Mapper::new(cartridge, options.mmc3).ok_or_else(|| MachineError::unsupported_board(cartridge))?;
        let console = Console::new(cartridge, board.clone(), options);
        let mut machine = Self {
            cpu: Cpu::power_on(),
            executor: Executor::new(options, &console, code)?,
            console,
            code: code.clone(),
            cartridge: cartridge.clone(),
            board,
            options: options.clone(),
            frames: 0,
            idle_skipped: 0,
            reset_pressed: false,
        };
        machine.cpu.reset(&mut machine.console);
        machine.canonicalize();
        Ok(machine)
    }

    /// Runs until the picture is complete: to the first instruction boundary at or after the start of line 240.
    /// Buttons and the Reset button take effect at its beginning.
    pub fn run_frame(&mut self) {
        self.run_frame_with_pauses(|_| None);
    }

    /// As [`Machine::run_frame`], with pauses in which to look at the machine. `pause` is called at the beginning and
    /// then at the first instruction boundary at or after the cycle that it named last, until it answers `None`. Looking
    /// changes nothing that comes later.
    pub fn run_frame_with_pauses(&mut self, mut pause: impl FnMut(&mut Self) -> Option<Cycle>) {
        if std::mem::take(&mut self.reset_pressed) {
            self.console.reset(self.cpu.cycle);
            self.cpu.reset(&mut self.console);
        }
        self.console.ppu.set_render(self.options.render);
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
    }

    fn pause(&mut self, pause: &mut impl FnMut(&mut Self) -> Option<Cycle>) -> Cycle {
        self.canonicalize();
        pause(self).unwrap_or(NEVER)
    }

    /// Brings the machine into the form in which others see it.
    fn canonicalize(&mut self) {
        self.console.canonicalize(self.cpu.cycle, self.cpu.pc);
    }

    /// Whether pictures are made, from the next frame on. Nothing else depends on it: a frame that nobody takes need not
    /// be drawn, and [`Machine::frame`] stays what it was.
    pub fn set_render(&mut self, render: bool) {
        self.options.render = render;
    }

    /// The last finished picture.
    pub fn frame(&self) -> &Frame {
        self.console.ppu.frame()
    }

    /// The mono samples of the last frame; none if the options ask for none.
    pub fn samples(&self) -> &[i16] {
        self.console.apu.samples()
    }

    /// Presses exactly `buttons` on a pad, from the next frame on.
    pub fn set_buttons(&mut self, pad: Pad, buttons: Buttons) {
        self.console.controllers.set_buttons(pad, buttons);
    }

    /// Presses the Reset button at the beginning of the next frame.
    pub fn reset(&mut self) {
        self.reset_pressed = true;
    }

    /// Switches the console off and on again. Battery RAM and the buttons held stay, and [`Machine::frames`] goes on;
    /// cycles start from zero.
    pub fn power(&mut self) {
        let mut console = Console::new(&self.cartridge, self.board.clone(), &self.options);
        if let Some(battery) = self.battery() {
            console.memory.load_battery(battery);
        }
        for pad in [Pad::One, Pad::Two] {
            console.controllers.set_buttons(pad, self.console.controllers.held(pad));
        }
        self.console = console;
        self.cpu = Cpu::power_on();
        self.cpu.reset(&mut self.console);
        self.canonicalize();
        (self.idle_skipped, self.reset_pressed) = (0, false);
    }

    /// What the CPU would read at `addr`, without side effects. Write-only places give the data bus.
    pub fn peek(&self, addr: u16) -> u8 {
        self.console.peek(addr)
    }

    /// What the PPU would read at `addr`: pattern tables, nametables, and palette RAM at $3F00.
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

    /// Frames finished since it was first switched on, those before a loaded state included.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// CPU cycles since power-on.
    pub fn cycle(&self) -> Cycle {
        self.cpu.cycle
    }

    /// How it was set up.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The line of a trace for the instruction that comes next, as nestest's log has it up to the registers.
    pub fn trace(&self) -> String {
        Trace::new(&self.cpu, &self.console).to_string()
    }

    /// The region it runs as.
    pub fn region(&self) -> Region {
        self.console.region
    }

    /// The cartridge in the slot.
    pub fn cartridge(&self) -> &Cartridge {
        &self.cartridge
    }

    /// Whether a JAM opcode stopped the CPU. Time still passes.
    pub fn jammed(&self) -> bool {
        self.cpu.is_jammed()
    }

    /// How often the PPU and the APU were moved.
    pub fn catch_ups(&self) -> CatchUps {
        self.console.catch_ups()
    }

    /// Cycles of idle loops that this machine skipped instead of running them.
    pub fn idle_skipped_cycles(&self) -> Cycle {
        self.idle_skipped
    }

    /// The recompiler; `None` if the engine is the interpreter, or if this host cannot run generated code.
    pub fn recompiler(&self) -> Option<Recompiler<'_>> {
        self.executor.jit().map(|jit| Recompiler { machine: self, jit })
    }

    /// The store that its compiled code comes from.
    pub fn code(&self) -> &CodeStore {
        &self.code
    }

    /// A clone that another engine runs, with code from the same store.
    ///
    /// # Errors
    ///
    /// [`MachineError::EngineNotBuilt`] if this build does not have the engine.
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

    /// Bytes of memory that belong to this machine alone: registers, RAM, tables made from its state, sound that is not
    /// taken yet. Not counted are what it shares with other machines of its cartridge, ROM and compiled code, and its
    /// picture, [`Frame::BYTES`].
    pub fn bytes(&self) -> usize {
        let Console { memory, ppu, apu, .. } = &self.console;
        size_of::<Self>() + memory.heap_bytes() + ppu.heap_bytes() + apu.heap_bytes()
    }

    /// A hash of all that can later be seen or heard: equal hashes mean equal futures under equal input. XXH3-128 of the
    /// hashed sections of a [state](crate::State).
    pub fn state_hash(&self) -> u128 {
        saving::hash(self)
    }

    /// The machine's state as a file: of the same size for all states of a cartridge with one sample rate. Pictures,
    /// options and derived tables are not in it.
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

    /// Goes on from a state that [`Machine::save`] made, on any engine, in any process, by this version or an earlier
    /// one. Everything is checked before anything changes, so the bytes may come from anywhere.
    ///
    /// [`Machine::frame`] and [`Machine::samples`] stay as they are until the next frame ends. If the state was taken
    /// inside a frame, that frame's picture is incomplete. Without the samples of this machine's rate in the state,
    /// synthesis starts from silence. What RAM holds at the next [`Machine::power`] is what it held when the state's
    /// machine was switched on.
    ///
    /// # Errors
    ///
    /// [`StateError`]; the machine is then as it was.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        saving::load(self, bytes)
    }

    /// Copies the machine's state into a buffer that is kept. [`Machine::restore`] takes it back.
    pub fn snapshot(&self, state: &mut State) {
        saving::snapshot(self, state);
    }

    /// Goes on from a snapshot of this machine, or of another with the same cartridge and options. As
    /// [`Machine::load`], with fewer checks.
    ///
    /// # Errors
    ///
    /// [`StateError`] if the snapshot is of another cartridge, console or sample rate; the machine is then as it was.
    pub fn restore(&mut self, state: &State) -> Result<(), StateError> {
        saving::restore(self, state)
    }

    /// The battery-backed RAM of the cartridge; `None` if it has none.
    pub fn battery(&self) -> Option<&[u8]> {
        self.console.memory.battery()
    }

    /// Puts battery-backed RAM back.
    pub fn load_battery(&mut self, bytes: &[u8]) {
        self.console.memory.load_battery(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsupported_board_is_named() {
        let mut file = vec![0; 16 + 0x4000];
        file[..8].copy_from_slice(b"NES\x1A\x01\x00\x50\x08");
        let error = Machine::new(&Cartridge::load(&file).unwrap(), &Options::new()).unwrap_err();
        assert_eq!(error.to_string(), "mapper 5 (MMC5, ExROM) is not supported yet");
    }
}
