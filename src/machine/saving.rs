//! A machine's state in sections: hashed, saved, checked, loaded. [`crate::state`] has the form and the table of sections.

use super::Machine;
use crate::clock::{Alignment, Clock};
use crate::options::{Options, SampleRate, Start};
use crate::ppu::{Decay, offset};
use crate::state::{
    File, FileWriter, Identity, Impossible, Persist, PowerOn, Reader, Section, State, StateError, Writer, persist,
};
use ricojit_interpreter::{Cpu, Cycle, Next, Status};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// A section's tag and the version that is written.
type Kind = (&'static str, u16);

const CPU: Kind = ("CPU ", 1);
const DECAY: Kind = ("OAM ", 1);
const RUN: Kind = ("RUN ", 1);
const CONDITIONS: Kind = ("COND", 1);
const SOUND: Kind = ("SND ", 1);

/// Cycles and frames that no machine gets to: 5,000 years.
const MOST_TIME: u64 = 1 << 58;

/// Sections that hashes have besides the CPU's.
const PARTS: usize = 8;

/// The sections that hashes have besides the CPU's, in their order, each with what it lists.
macro_rules! parts {
    ($machine:expr $(, $mut:tt)?) => {{
        let machine = $machine;
        let console = &$($mut)? machine.console;
        let parts: [(Kind, &$($mut)? dyn Persist); PARTS] = [
            (("MEM ", 1), &$($mut)? console.memory),
            (("BRD ", 1), &$($mut)? console.mapper),
            (("PPU ", 1), &$($mut)? console.ppu),
            (("APU ", 1), &$($mut)? console.apu),
            (("PADS", 1), &$($mut)? console.controllers),
            (("DMA ", 1), &$($mut)? console.dma),
            (("BUS ", 1), &$($mut)? console.bus),
            (("KEYS", 1), &$($mut)? machine.reset_pressed),
        ];
        parts
    }};
}

// The CPU -----------------------------------------------------------------------------------------------------

/// The CPU's registers as they are saved.
#[derive(Clone)]
struct Registers {
    cycle: Cycle,
    pc: u16,
    a: u8,
    x: u8,
    y: u8,
    s: u8,
    p: u8,
    next: NextStep,
}

/// [`Next`], as it is saved.
#[derive(Clone, Copy)]
struct NextStep(Next);

impl Persist for NextStep {
    fn save(&self, to: &mut Writer<'_>) {
        (self.0 as u8).save(to);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        from.check_within(&0_u8, ..=Next::Jammed as u8, "next")
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        let mut byte = 0_u8;
        byte.load(from);
        let all = [Next::Instruction, Next::Irq, Next::Nmi, Next::Jammed];
        self.0 = all.into_iter().find(|next| *next as u8 == byte).unwrap_or(Next::Instruction);
    }
}

persist!(Registers {
    cycle: within(..=MOST_TIME),
    pc,
    a,
    x,
    y,
    s,
    p: with(|_, p| Status::from_byte(p).byte() == p),
    next,
});

impl Registers {
    fn of(cpu: &Cpu) -> Self {
        let &Cpu { cycle, pc, a, x, y, s, p, next } = cpu;
        Self { cycle, pc, a, x, y, s, p: p.byte(), next: NextStep(next) }
    }

    fn cpu(&self) -> Cpu {
        let &Self { cycle, pc, a, x, y, s, p, next: NextStep(next) } = self;
        Cpu { cycle, pc, a, x, y, s, p: Status::from_byte(p), next }
    }
}

// What is not hashed ------------------------------------------------------------------------------------------

/// Frames since power-on.
#[derive(Clone)]
struct Run {
    frames: u64,
}

persist!(Run { frames: within(..=MOST_TIME) });

/// How the console was switched on, as far as it matters for ever: chance, and not a part of any chip.
#[derive(Clone)]
struct Conditions {
    phases: u8,
    phase: u8,
    put_first: bool,
    oam_decay: bool,
    /// In [`Start::ALL`].
    start: u8,
}

persist!(Conditions {
    phase: with(|this, phase| phase < this.phases),
    put_first,
    oam_decay,
    start: within(..Start::ALL.len() as u8),
});

impl Conditions {
    fn of(machine: &Machine) -> Self {
        let Options { alignment: Alignment { phase, put_first }, oam_decay, start, .. } = machine.options;
        Self { phases: Alignment::phases(machine.region()), phase, put_first, oam_decay, start: start as u8 }
    }

    /// Those of states that were saved before there were others.
    fn first(machine: &Machine) -> Self {
        Self { phase: 0, put_first: false, oam_decay: false, start: Start::Nes as u8, ..Self::of(machine) }
    }

    fn alignment(&self) -> Alignment {
        Alignment { phase: self.phase, put_first: self.put_first }
    }

    fn clock(&self, machine: &Machine) -> Clock {
        Clock::new(machine.region(), self.alignment())
    }

    /// Makes them a machine's.
    fn apply(&self, machine: &mut Machine) {
        machine.options.alignment = self.alignment();
        machine.options.oam_decay = self.oam_decay;
        machine.options.start = Start::ALL[usize::from(self.start)];
        machine.console.ppu.set_decay(self.oam_decay);
        machine.console.set_clock(self.clock(machine));
    }

    /// What distinguishes equal sections under different conditions: 0 under the default ones. The cycle's number tells
    /// the half of the APU's cycle that came first, and a section more that OAM decays.
    fn seed(&self) -> u64 {
        u64::from(self.phase) | u64::from(self.start) << 8
    }
}

/// The rate at which a section of sound was made: its first field.
fn rate_of(section: &[u8]) -> Option<u32> {
    section.first_chunk().map(|hz| u32::from_le_bytes(*hz))
}

fn write_sound(machine: &Machine, out: &mut Vec<u8>) {
    let Some((rate, synth)) = machine.options.sample_rate.zip(machine.console.apu.sound()) else { return };
    let mut to = Writer::new(out, machine.cpu.cycle);
    rate.hz().save(&mut to);
    synth.save(&mut to);
}

// Whole states ------------------------------------------------------------------------------------------------

fn identity(machine: &Machine) -> Identity {
    let (header, options) = (&machine.cartridge.header, &machine.options);
    Identity {
        rom_sha1: machine.cartridge.rom_sha1,
        mapper: header.mapper,
        submapper: header.submapper,
        mirroring: header.mirroring,
        region: machine.console.clock.region,
        mmc3: options.mmc3,
        power_on: PowerOn { ram: options.ram, palette: options.palette, lead: options.switches.lead },
    }
}

/// Writes the hashed sections, one after the other, without a frame.
fn write_hashed(machine: &Machine, out: &mut Vec<u8>) {
    let mut to = Writer::new(out, machine.cpu.cycle);
    Registers::of(&machine.cpu).save(&mut to);
    parts!(machine).iter().for_each(|(_, part)| part.save(&mut to));
    machine.console.ppu.decay().into_iter().for_each(|decay| decay.save(&mut to));
}

pub(super) fn hash(machine: &Machine) -> u128 {
    let mut bytes = Vec::new();
    write_hashed(machine, &mut bytes);
    xxh3_128_with_seed(&bytes, Conditions::of(machine).seed())
}

pub(super) fn save(machine: &Machine, out: &mut Vec<u8>) {
    let now = machine.cpu.cycle;
    let mut file = FileWriter::new(out, &identity(machine));
    let mut section = |kind: Kind, part: &dyn Persist| file.section(kind, |out| part.save(&mut Writer::new(out, now)));
    section(CPU, &Registers::of(&machine.cpu));
    parts!(machine).iter().for_each(|(kind, part)| section(*kind, *part));
    machine.console.ppu.decay().into_iter().for_each(|decay| section(DECAY, decay));
    section(RUN, &Run { frames: machine.frames });
    section(CONDITIONS, &Conditions::of(machine));
    if machine.options.sample_rate.is_some() {
        file.section(SOUND, |out| write_sound(machine, out));
    }
    file.finish();
}

pub(super) fn load(machine: &mut Machine, bytes: &[u8]) -> Result<(), StateError> {
    let file = File::read(bytes)?;
    identity(machine).accepts(&file.identity)?;
    let find =
        |(tag, version): Kind| file.section(tag, version)?.ok_or(StateError::Section { section: tag.trim_end() });

    // Everything is checked ...
    let (mut registers, mut run) = (Registers::of(&machine.cpu), Run { frames: 0 });
    let (cpu, frames) = (find(CPU)?, find(RUN)?);
    checked(&registers, CPU.0, reader(cpu, 0, machine))?;
    registers.load(&mut reader(cpu, 0, machine));
    let now = registers.cycle;
    checked(&run, RUN.0, reader(frames, now, machine))?;
    run.load(&mut reader(frames, now, machine));
    let mut conditions = Conditions::first(machine);
    if let Some(section) = file.section(CONDITIONS.0, CONDITIONS.1)? {
        checked(&conditions, CONDITIONS.0, reader(section, now, machine))?;
        conditions.load(&mut reader(section, now, machine));
    }
    let clock = conditions.clock(machine);
    let mut sections: [Section<'_>; PARTS] = Default::default();
    for ((kind, part), section) in parts!(&*machine).into_iter().zip(&mut sections) {
        *section = find(kind)?;
        checked(part, kind.0, clock_reader(*section, now, clock))?;
    }
    let decay = if conditions.oam_decay { Some(find(DECAY)?) } else { None };
    decay.map_or(Ok(()), |section| checked(&Decay::default(), DECAY.0, clock_reader(section, now, clock)))?;
    let sound = file.section(SOUND.0, SOUND.1)?;
    let sound = match (sound, machine.options.sample_rate, machine.console.apu.sound()) {
        (Some(sound), Some(rate), Some(synth)) if rate_of(sound.1) == Some(rate.hz()) => {
            let sound = (sound.0, &sound.1[4..]);
            checked(synth, SOUND.0, reader(sound, now, machine))?;
            Some(sound)
        }
        _ => None,
    };

    // ... before anything changes.
    conditions.apply(machine);
    for ((_, part), section) in parts!(&mut *machine, mut).into_iter().zip(sections) {
        part.load(&mut clock_reader(section, now, clock));
    }
    if let (Some(decay), Some(section)) = (machine.console.ppu.decay_mut(), decay) {
        decay.load(&mut clock_reader(section, now, clock));
    }
    let PowerOn { ram, palette, lead } = file.identity.power_on;
    (machine.options.ram, machine.options.palette) = (ram, palette);
    machine.options.switches.lead = lead;
    finish(machine, &registers, &run, sound);
    Ok(())
}

pub(super) fn snapshot(machine: &Machine, state: &mut State) {
    state.identity = Some((identity(machine), machine.options.sample_rate));
    state.bytes.clear();
    Conditions::of(machine).save(&mut Writer::new(&mut state.bytes, machine.cpu.cycle));
    write_hashed(machine, &mut state.bytes);
    let mut to = Writer::new(&mut state.bytes, machine.cpu.cycle);
    Run { frames: machine.frames }.save(&mut to);
    write_sound(machine, &mut state.bytes);
}

pub(super) fn restore(machine: &mut Machine, state: &State) -> Result<(), StateError> {
    let Some((found, rate)) = &state.identity else { return Err(StateError::NotAState) };
    identity(machine).accepts(found)?;
    let expected = machine.options.sample_rate;
    if *rate != expected {
        let name = |rate: Option<SampleRate>| rate.map_or("none".to_owned(), |rate| format!("{} Hz", rate.hz()));
        let (found, expected) = (name(*rate), name(expected));
        return Err(StateError::OtherHardware { what: "sample rate", found, expected });
    }
    let (mut registers, mut run) = (Registers::of(&machine.cpu), Run { frames: 0 });
    let mut conditions = Conditions::of(machine);
    let mut from = reader((1, &state.bytes), 0, machine);
    conditions.load(&mut from);
    registers.load(&mut from);
    conditions.apply(machine);
    let mut from = clock_reader((1, from.rest()), registers.cycle, machine.console.clock);
    for (_, part) in parts!(&mut *machine, mut) {
        part.load(&mut from);
    }
    machine.console.ppu.decay_mut().into_iter().for_each(|decay| decay.load(&mut from));
    run.load(&mut from);
    let mut hz = 0_u32;
    if rate.is_some() {
        hz.load(&mut from);
    }
    finish(machine, &registers, &run, Some((1, from.rest())).filter(|_| rate.is_some()));
    Ok(())
}

/// The rest of a state, and what follows from it.
fn finish(machine: &mut Machine, registers: &Registers, run: &Run, sound: Option<Section<'_>>) {
    let now = registers.cycle;
    machine.cpu = registers.cpu();
    machine.frames = run.frames;
    machine.idle_skipped = 0;
    machine.console.rebuild(now, machine.cpu.p.has(Status::I));
    match (sound, machine.options.sample_rate) {
        (Some(sound), _) => {
            let mut from = clock_reader(sound, now, machine.console.clock);
            machine.console.apu.sound_mut().into_iter().for_each(|synth| synth.load(&mut from));
            machine.console.apu.rebuild(now);
        }
        (None, Some(rate)) => machine.console.apu.restart_sound(rate, now),
        (None, None) => {}
    }
}

fn reader<'a>(section: Section<'a>, now: Cycle, machine: &Machine) -> Reader<'a> {
    clock_reader(section, now, machine.console.clock)
}

fn clock_reader((version, bytes): Section<'_>, now: Cycle, clock: Clock) -> Reader<'_> {
    Reader::new(bytes, version, now, clock.dot_at(now, offset::START))
}

fn checked(part: &dyn Persist, section: &'static str, mut from: Reader<'_>) -> Result<(), StateError> {
    let impossible = |Impossible(field)| StateError::Invalid { section: section.trim_end(), field };
    part.check(&mut from).map_err(impossible)?;
    if from.is_done() { Ok(()) } else { Err(StateError::Section { section: section.trim_end() }) }
}
