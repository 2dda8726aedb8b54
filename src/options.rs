//! How a machine is set up: everything that is decided at power-on and is not in the ROM.
//!
//! ```
//! use ricojit::{Engine, Options, Region};
//!
//! let options = Options::new().region(Region::Pal).engine(Engine::Interpreter).without_sound();
//! assert_eq!(options.region, Some(Region::Pal));
//! ```

use crate::cartridge::Cartridge;
pub use crate::clock::Alignment;
use crate::clock::Region;
use crate::testing::switches::TestSwitches;
use std::fmt::{self, Display, Formatter};

/// What runs the CPU. All engines give the same states, frames and samples.
///
/// Every engine has its variant in every build. [`Machine::new`](crate::Machine::new) refuses an engine that is not
/// part of the build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The interpreter: the definition of correct.
    #[default]
    Interpreter,
    /// The interpreter, with hot code recompiled while it runs. Needs the feature `jit`.
    Jit,
    /// The interpreter, with code that was recompiled ahead of time: that of the [`Image`](crate::Image) in the
    /// [`CodeStore`](crate::CodeStore). Without an image the ROM is recompiled when the machine is made, which needs the
    /// feature `jit`. Nothing is compiled while it runs.
    Aot,
}

impl Engine {
    /// Whether this build has the engine.
    pub const fn is_built(self) -> bool {
        match self {
            Self::Interpreter | Self::Aot => true,
            Self::Jit => cfg!(feature = "jit"),
        }
    }

    /// Its short name: `interp`, `jit` or `aot`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interpreter => "interp",
            Self::Jit => "jit",
            Self::Aot => "aot",
        }
    }
}

impl Display for Engine {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Samples per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleRate {
    /// 44,100 Hz.
    Hz44100,
    /// 48,000 Hz.
    Hz48000,
    /// 96,000 Hz.
    Hz96000,
}

impl SampleRate {
    /// The rate in Hz.
    pub const fn hz(self) -> u32 {
        match self {
            Self::Hz44100 => 44_100,
            Self::Hz48000 => 48_000,
            Self::Hz96000 => 96_000,
        }
    }
}

/// The contents of RAM at power-on, which vary on hardware (<https://www.nesdev.org/wiki/CPU_power_up_state>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RamPattern {
    /// All $00.
    #[default]
    Zeros,
    /// All $FF.
    Ones,
    /// Random bytes that depend only on the seed.
    Seeded(u64),
}

/// The contents of palette RAM at power-on, which vary between consoles
/// (<https://www.nesdev.org/wiki/PPU_power_up_state>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PalettePattern {
    /// Those that were read out of one console.
    #[default]
    Console,
    /// All $00.
    Zeros,
}

/// What has happened to the PPU when the program starts, and whether the Reset button resets it too
/// (<https://www.nesdev.org/wiki/PPU_power_up_state>).
///
/// From its reset to the end of the next vblank, a PPU ignores writes to $2000, $2001, $2005 and $2006. Most programs
/// therefore wait for two vblanks first. One that does not can miss its first writes on one console and work on another:
/// [`Machine::ignored_writes`](crate::Machine::ignored_writes) tells.
///
/// |           | PPU at the start                          | registers ignore writes    | vblank flag | Reset resets |
/// |-----------|-------------------------------------------|----------------------------|-------------|--------------|
/// | `Nes`     | leaves its reset together with the CPU    | for the first 29,658 cycles (PAL 33,132) | clear | CPU and PPU |
/// | `Famicom` | left its reset a frame before the CPU     | never                      | clear       | CPU only     |
/// | `Warm`    | has been running, is in vblank            | not until Reset            | set         | CPU and PPU  |
///
/// Not modelled: the vblank flag of an NES that may be set at power-on, above all if it was off only for seconds. Neither
/// the header of a ROM nor its region tells a Famicom from an NES.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Start {
    /// The NES with a front loader (NES-001), on which almost all tests of hardware were made: one reset signal for both
    /// chips. It is the default, because it asks most of a program.
    #[default]
    Nes,
    /// The Famicom and the NES with a top loader (NES-101): the PPU's reset pin is tied high, and a capacitor keeps the
    /// CPU in reset for about a frame longer. How long exactly is not known; the PPU begins a frame when the CPU starts.
    Famicom,
    /// An NES on which another program started this one: the menu of a flash cart, or a Game Genie.
    Warm,
}

impl Start {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nes, Self::Famicom, Self::Warm];

    /// Its short name: `nes`, `famicom` or `warm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nes => "nes",
            Self::Famicom => "famicom",
            Self::Warm => "warm",
        }
    }
}

/// The revision of the MMC3, which decides when a counter at 0 asserts IRQ
/// (<https://www.nesdev.org/wiki/MMC3#IRQ_Specifics>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mmc3Revision {
    /// MMC3B and MMC3C by Sharp, the usual ones: each clock that leaves the counter at 0.
    Sharp,
    /// MMC3A, and MMC3B by NEC: only a clock that brings the counter to 0, by counting or by a requested reload.
    Nec,
}

/// Options of a machine: set with the methods of the same names, each of which returns the changed options.
///
/// The default is an interpreter on the console that the ROM's header names, with pictures and sound at 44.1 kHz.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Forces a region; `None` takes the header's.
    pub region: Option<Region>,
    /// How the clocks of CPU and PPU are aligned at power-on.
    pub alignment: Alignment,
    /// What the PPU has done before the CPU starts, and what the Reset button resets.
    pub start: Start,
    /// Power-on contents of all RAM.
    pub ram: RamPattern,
    /// Power-on contents of palette RAM.
    pub palette: PalettePattern,
    /// Whether OAM loses what it holds if it is not accessed for some 40 lines, as while rendering is off
    /// (<https://www.nesdev.org/wiki/PPU_OAM#Dynamic_RAM_decay>).
    pub oam_decay: bool,
    /// Samples per second; `None` makes no samples and changes nothing else.
    pub sample_rate: Option<SampleRate>,
    /// Whether pictures are made. Nothing else depends on it: without them [`Machine::frame`](crate::Machine::frame)
    /// stays black.
    pub render: bool,
    /// The MMC3's revision; `None` takes the one that the header's submapper names.
    pub mmc3: Option<Mmc3Revision>,
    /// What runs the CPU.
    pub engine: Engine,
    /// Settings of the JIT.
    pub jit: JitOptions,
    /// Whether whole iterations of idle loops are skipped; `None`: by the interpreter no, by others yes.
    pub idle_skip: Option<bool>,
    /// Switches for tests.
    pub(crate) switches: TestSwitches,
}

impl Options {
    /// The default options.
    pub const fn new() -> Self {
        Self {
            region: None,
            alignment: Alignment::new(0),
            start: Start::Nes,
            ram: RamPattern::Zeros,
            palette: PalettePattern::Console,
            oam_decay: false,
            sample_rate: Some(SampleRate::Hz44100),
            render: true,
            mmc3: None,
            engine: Engine::Interpreter,
            jit: JitOptions::new(),
            idle_skip: None,
            switches: TestSwitches::new(),
        }
    }

    /// Sets [`Options::region`]: a region, or `None` for the header's.
    #[must_use]
    pub fn region(self, region: impl Into<Option<Region>>) -> Self {
        Self { region: region.into(), ..self }
    }

    /// Sets [`Options::alignment`].
    #[must_use]
    pub fn alignment(self, alignment: Alignment) -> Self {
        Self { alignment, ..self }
    }

    /// Sets [`Options::start`].
    #[must_use]
    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// Sets [`Options::ram`].
    #[must_use]
    pub fn ram(self, ram: RamPattern) -> Self {
        Self { ram, ..self }
    }

    /// Sets [`Options::palette`].
    #[must_use]
    pub fn palette(self, palette: PalettePattern) -> Self {
        Self { palette, ..self }
    }

    /// Sets [`Options::oam_decay`].
    #[must_use]
    pub fn oam_decay(self, oam_decay: bool) -> Self {
        Self { oam_decay, ..self }
    }

    /// Sets [`Options::sample_rate`]: a rate, or `None` for no samples.
    #[must_use]
    pub fn sample_rate(self, rate: impl Into<Option<SampleRate>>) -> Self {
        Self { sample_rate: rate.into(), ..self }
    }

    /// Makes no samples.
    #[must_use]
    pub fn without_sound(self) -> Self {
        self.sample_rate(None)
    }

    /// Sets [`Options::render`].
    #[must_use]
    pub fn render(self, render: bool) -> Self {
        Self { render, ..self }
    }

    /// Sets [`Options::mmc3`]: a revision, or `None` for the header's.
    #[must_use]
    pub fn mmc3(self, revision: impl Into<Option<Mmc3Revision>>) -> Self {
        Self { mmc3: revision.into(), ..self }
    }

    /// Sets [`Options::engine`].
    #[must_use]
    pub fn engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    /// Sets [`Options::jit`].
    #[must_use]
    pub fn jit(self, jit: JitOptions) -> Self {
        Self { jit, ..self }
    }

    /// Sets [`Options::idle_skip`]: whether to skip, or `None` for the engine's default.
    #[must_use]
    pub fn idle_skip(self, skip: impl Into<Option<bool>>) -> Self {
        Self { idle_skip: skip.into(), ..self }
    }

    /// The region of a console with this cartridge.
    pub(crate) fn region_of(&self, cartridge: &Cartridge) -> Region {
        self.region.or(cartridge.header.region).unwrap_or_default()
    }

    /// Sets the switches for tests.
    #[must_use]
    pub fn testing(self, switches: TestSwitches) -> Self {
        Self { switches, ..self }
    }

    /// The switches for tests.
    pub fn switches(&self) -> &TestSwitches {
        &self.switches
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

/// Settings of the JIT: each turns one thing off or forces it; none changes a result. Set with the methods of the same
/// names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct JitOptions {
    /// Executions of the target of a control transfer after which it is compiled; 0 compiles every target at once. With
    /// `None` the JIT compiles what pays: what was executed often enough for its size, and what the code that there is has
    /// saved time for.
    pub threshold: Option<u32>,
    /// Whether to compile at once, in the thread that runs the machine.
    pub sync: bool,
    /// Whether compiled regions jump directly to other compiled regions.
    pub link: bool,
    /// Whether flags that no instruction reads are left out.
    pub liveness: bool,
    /// Whether small subroutines are compiled into their callers.
    pub inline: bool,
    /// Whether to keep what [`Recompiler::regions`](crate::recompiler::Recompiler::regions) and
    /// [`Recompiler::interpreted`](crate::recompiler::Recompiler::interpreted) tell. Costs time.
    pub profile: bool,
    /// Whether to count, for
    /// [`Recompiler::entry_profile`](crate::recompiler::Recompiler::entry_profile), how often each piece of code is
    /// entered, in place of compiling it: all that has no code yet is interpreted.
    pub count_entries: bool,
}

impl JitOptions {
    /// The default settings.
    pub const fn new() -> Self {
        Self {
            threshold: None,
            sync: false,
            link: true,
            liveness: true,
            inline: true,
            profile: false,
            count_entries: false,
        }
    }

    /// Sets [`JitOptions::threshold`]: entries, or `None` for the JIT's own.
    #[must_use]
    pub fn threshold(self, entries: impl Into<Option<u32>>) -> Self {
        Self { threshold: entries.into(), ..self }
    }

    /// Sets [`JitOptions::sync`].
    #[must_use]
    pub const fn sync(self, sync: bool) -> Self {
        Self { sync, ..self }
    }

    /// Sets [`JitOptions::link`].
    #[must_use]
    pub const fn link(self, link: bool) -> Self {
        Self { link, ..self }
    }

    /// Sets [`JitOptions::liveness`].
    #[must_use]
    pub const fn liveness(self, liveness: bool) -> Self {
        Self { liveness, ..self }
    }

    /// Sets [`JitOptions::inline`].
    #[must_use]
    pub const fn inline(self, inline: bool) -> Self {
        Self { inline, ..self }
    }

    /// Sets [`JitOptions::profile`].
    #[must_use]
    pub const fn profile(self, profile: bool) -> Self {
        Self { profile, ..self }
    }

    /// Sets [`JitOptions::count_entries`].
    #[must_use]
    pub const fn count_entries(self, count_entries: bool) -> Self {
        Self { count_entries, ..self }
    }
}

impl Default for JitOptions {
    fn default() -> Self {
        Self::new()
    }
}
