//! A whole console with a cartridge: what front ends hold.
//!
//! A machine is a plain value: clone it to try something, keep thousands in one process. Its results depend on the
//! ROM, the options and the input alone.

use crate::cartridge::{Cartridge, CartridgeError};
use crate::clock::{NEVER, Region};
use crate::console::{CatchUps, Console};
use crate::engine::Engine;
pub use crate::engine::JitStatistics;
use crate::frame::Frame;
use crate::input::{Buttons, Pad};
#[cfg(feature = "jit")]
use crate::jit_log::{self, JitLogError};
use crate::options::{EngineKind, JitOptions, Options};
use crate::state::{StateHasher, Visitor};
use ricojit_interpreter::disasm::Trace;
use ricojit_interpreter::{Bus, Cpu, Cycle};
/// What a machine tells of its recompiler.
#[cfg(feature = "jit")]
pub use ricojit_recompiler::{
    CompiledRegion as JitRegion, InterpretedCode as JitInterpreted, Key as JitKey, Listing as JitListing,
    Reason as JitReason,
};

/// A console that runs a cartridge.
#[derive(Clone, Debug)]
pub struct Machine {
    cpu: Cpu,
    console: Console,
    engine: Engine,
    cartridge: Cartridge,
    options: Options,
    frames: u64,
    idle_skipped: Cycle,
    reset_pressed: bool,
}

impl Machine {
    /// A console with this cartridge, just switched on.
    ///
    /// # Errors
    ///
    /// [`CartridgeError::UnknownBoard`] if the board is not supported.
    pub fn new(cartridge: &Cartridge, options: &Options) -> Result<Self, CartridgeError> {
        let console = Console::new(cartridge, options)?;
        let mut machine = Self {
            cpu: Cpu::power_on(),
            engine: Engine::new(options, &console, cartridge),
            console,
            cartridge: cartridge.clone(),
            options: options.clone(),
            frames: 0,
            idle_skipped: 0,
            reset_pressed: false,
        };
        machine.cpu.reset(&mut machine.console);
        Ok(machine)
    }

    /// Runs until the picture is complete: to the first instruction boundary at or after the start of line 240.
    /// Buttons and the Reset button take effect at its beginning.
    pub fn run_frame(&mut self) {
        self.run_frame_with_pauses(|_| NEVER);
    }

    /// As [`Machine::run_frame`], with pauses in which to look at the machine. `pause` is called at the beginning and
    /// then at the first instruction boundary at or after the cycle that it named last. Looking, even
    /// [`Machine::state_hash`], changes nothing that comes later.
    pub fn run_frame_with_pauses(&mut self, mut pause: impl FnMut(&mut Self) -> Cycle) {
        if std::mem::take(&mut self.reset_pressed) {
            self.console.reset(self.cpu.cycle);
            self.cpu.reset(&mut self.console);
        }
        self.console.ppu.set_render(self.options.render);
        let picture = self.console.ppu.frames();
        let mut stop = pause(self);
        loop {
            let end = self.console.next_frame().min(stop.max(self.cpu.cycle + 1));
            self.idle_skipped += self.engine.run_until(&mut self.cpu, &mut self.console, end);
            self.console.sync(self.cpu.cycle);
            if self.console.ppu.frames() != picture {
                break;
            }
            if stop <= self.cpu.cycle {
                stop = pause(self);
            }
        }
        self.console.apu.end_frame(self.cpu.cycle);
        self.frames += 1;
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

    /// Switches the console off and on again. Battery RAM and the hands on the
    /// pads stay; the frame and cycle counts begin anew.
    pub fn power(&mut self) {
        let battery = self.battery().map(<[u8]>::to_vec);
        // The board was accepted once: it is accepted again.
        if let Ok(mut machine) = Self::new(&self.cartridge, &self.options) {
            if let Some(battery) = battery {
                machine.load_battery(&battery);
            }
            for pad in [Pad::One, Pad::Two] {
                machine.set_buttons(pad, self.console.controllers.held(pad));
            }
            machine.engine = self.engine.clone();
            *self = machine;
        }
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

    /// Frames finished since power-on.
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

    /// What the recompiler makes of the code at `pc` now, as Cranelift writes it; `None` if it would make nothing.
    pub fn clif(&self, pc: u16) -> Option<String> {
        self.engine.clif(&self.console, pc)
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

    /// What the recompiler did so far, in all machines that share its code: those with clones of one cartridge and the
    /// same threshold. `None` if the machine has no recompiler.
    pub fn jit_statistics(&self) -> Option<JitStatistics> {
        self.engine.statistics()
    }

    /// What the user should know of the recompiler, in one sentence; `None` if all is well.
    pub fn jit_warning(&self) -> Option<&'static str> {
        match self.jit_statistics() {
            None if self.options.engine != EngineKind::Interp => {
                Some("This host cannot run generated code: the interpreter does all the work.")
            }
            Some(JitStatistics { lost: true, .. }) => {
                Some("The compile thread died: the interpreter does what is not compiled yet.")
            }
            _ => None,
        }
    }

    /// A clone that another executor runs.
    #[must_use]
    pub fn with_engine(&self, engine: EngineKind, jit: JitOptions) -> Self {
        let options = Options { engine, jit, ..self.options.clone() };
        Self { engine: Engine::new(&options, &self.console, &self.cartridge), options, ..self.clone() }
    }

    /// Bytes of memory that belong to this machine alone: registers, RAM, tables made from its state, sound that is not
    /// taken yet. Not counted are what it shares with other machines of its cartridge, ROM and compiled code, and its
    /// picture, [`Frame::BYTES`].
    pub fn bytes(&self) -> usize {
        let Console { memory, ppu, apu, .. } = &self.console;
        size_of::<Self>() + memory.heap_bytes() + ppu.heap_bytes() + apu.heap_bytes()
    }

    /// A hash of all that can later be seen or heard: equal hashes mean equal futures under equal input.
    pub fn state_hash(&mut self) -> u128 {
        self.console.sync(self.cpu.cycle);
        let mut hasher = StateHasher::default();
        self.state(&mut hasher);
        hasher.digest()
    }

    fn state(&mut self, s: &mut impl Visitor) {
        self.cpu_state(s);
        self.console.state(s, self.cpu.pc);
        s.bool(&mut self.reset_pressed);
    }

    fn cpu_state(&mut self, s: &mut impl Visitor) {
        let cpu = &mut self.cpu;
        s.u64(&mut cpu.cycle);
        s.u16(&mut cpu.pc);
        for register in [&mut cpu.a, &mut cpu.x, &mut cpu.y, &mut cpu.s] {
            s.u8(register);
        }
        let mut p = cpu.p.byte();
        s.u8(&mut p);
        let mut next = cpu.next as u8;
        s.u8(&mut next);
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

/// What its recompiler has compiled. Empty answers where there is none.
#[cfg(feature = "jit")]
impl Machine {
    /// The compiled regions. How much each was used is there only with [`JitOptions::profile`].
    pub fn jit_regions(&self) -> Vec<JitRegion> {
        self.engine.regions()
    }

    /// What was interpreted and why, only with [`JitOptions::profile`].
    pub fn jit_interpreted(&self) -> Vec<JitInterpreted> {
        self.engine.interpreted()
    }

    /// A region as CLIF and as native code.
    pub fn jit_listing(&self, key: JitKey) -> Option<JitListing> {
        self.engine.listing(key)
    }

    /// The native code there is, one region a line, in the format of the files `/tmp/perf-PID.map` that `perf` reads.
    pub fn jit_perf_map(&self) -> String {
        let line = |region: JitRegion| {
            let JitRegion { key, address, bytes, .. } = region;
            format!("{address:x} {bytes:x} 6502:${:04X}@{:05X}\n", key.pc, key.offset)
        };
        self.jit_regions().into_iter().map(line).collect()
    }

    /// The order in which code came to be, as text for [`Machine::replay_jit`]; `None` if there is no recompiler.
    pub fn jit_log(&self) -> Option<String> {
        Some(jit_log::write(&self.cartridge, &self.engine.log()?))
    }

    /// From now on, this machine and its clones run exactly the code of a log natively, whatever else gets hot.
    ///
    /// # Errors
    ///
    /// [`JitLogError`] if it is no log, or one of another ROM. The machine stays as it was.
    pub fn replay_jit(&mut self, log: &str) -> Result<(), JitLogError> {
        let log = jit_log::parse(&self.cartridge, log)?;
        self.options.engine = EngineKind::Jit;
        self.engine = Engine::replay(&self.options, &self.console, &log);
        Ok(())
    }
}
