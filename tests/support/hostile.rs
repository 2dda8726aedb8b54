//! States made to do harm, for `tests/machine/hostile_states.rs` and the fuzz target `state`: real ones in which any bytes are
//! changed and the checksum is right again.
//!
//! ```text
//! byte 0   the real state to begin with; bit 7: take over each change that is accepted, otherwise only all together
//! 1-       changes, 6 bytes each: section, offset (2), what to do (1), values (2)
//! ```
//!
//! What is refused must leave the machine as it was. What is accepted must run: without a panic, in frames of ordinary
//! length, and on every engine in the same way.

use crate::guests;
use ricojit::options::{Engine, JitOptions};
use ricojit::testing::TestSwitches;
use ricojit::{Cartridge, Machine, Options, Region, SampleRate};
use std::ops::Add;
use std::sync::LazyLock;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: usize = 8;
const HEADER: usize = 48;
const CHECKSUM: usize = 8;
/// The place of sections among the [`parts`] of a state.
const CPU: usize = 1;
const BOARD: usize = 3;
const PPU: usize = 4;
const APU: usize = 5;
const SOUND: usize = 12;
/// Bytes of a change.
const CHANGE: usize = 6;

/// Moments at which the state of each program is taken, after so many frames.
const MOMENTS: usize = 8;
const FRAMES_BEFORE: usize = 30;

/// Frames of each run.
const FRAMES: usize = 3;
/// More cycles than a frame has in any region, with a DMA transfer at its end.
const LONGEST_FRAME: u64 = 37_000;

const PROGRAMS: [&[u8]; 4] = [
    include_bytes!("../../roms/demo.nes"),
    include_bytes!("../../roms/cpu.nes"),
    include_bytes!("../../roms/sprites.nes"),
    include_bytes!("../../roms/banks.nes"),
];

/// Guests on boards 0, 1, 2, 3, 4 and 7, with CHR ROM and with CHR RAM.
const GUESTS: u8 = 12;

/// A real state, and machines at power-on.
struct Base {
    state: Vec<u8>,
    /// Of the same machine at another time.
    other: Vec<u8>,
    parts: Vec<(usize, usize)>,
    region: Region,
    /// The interpreter, the interpreter with the exact PPU, and the recompiler.
    machines: [Machine; 3],
}

static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let guest = |board: u8| {
        let code: Vec<u8> = (0..200_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        guests::rom(&[&[board % 6, 0x30 | (board & 1) << 3, 11, 0, 90], &code[..]].concat()).unwrap_or_default()
    };
    let guests = (0..GUESTS).map(guest);
    let roms = PROGRAMS.iter().map(|rom| rom.to_vec()).chain(guests);
    roms.enumerate().flat_map(|(index, rom)| bases(index, &rom)).collect()
});

fn bases(index: usize, rom: &[u8]) -> Vec<Base> {
    let cartridge = Cartridge::load(rom).expect("it is well-formed");
    let jit = JitOptions::new().threshold(Some(0)).sync(true);
    let region = [Region::Ntsc, Region::Pal, Region::Dendy][index % 3];
    let rate = [Some(SampleRate::Hz44100), None, Some(SampleRate::Hz96000)][index / 2 % 3];
    let plain = Options::new().region(Some(region)).sample_rate(rate).idle_skip(Some(false));
    let exact = plain.clone().testing(TestSwitches::new().exact_ppu(true));
    let eager = plain.clone().engine(Engine::Jit).jit(jit);
    let machines =
        [plain, exact, eager].map(|options| Machine::new(&cartridge, &options).expect("it is on a supported board"));
    let mut machine = machines[0].clone();
    let mut states = Vec::new();
    for _ in 0..FRAMES_BEFORE {
        machine.run_frame();
    }
    states.push(machine.save());
    for moment in 0..MOMENTS as u64 - 1 {
        // Somewhere in a picture, and not at the same place in a line.
        let stop = machine.cycle() + 4_000 + 3_001 * moment;
        let mut calls = 0;
        machine.run_frame_with_pauses(|machine| {
            calls += 1;
            if calls == 2 {
                states.push(machine.save());
            }
            (calls == 1).then_some(stop)
        });
    }
    let base = |at: usize| Base {
        state: states[at].clone(),
        other: states[(at + 1) % MOMENTS].clone(),
        parts: parts(&states[at]),
        region,
        machines: machines.clone(),
    };
    (0..MOMENTS).map(base).collect()
}

/// Offset and length of the parts of a state: the header without its magic, the fields of each section.
pub(crate) fn parts(state: &[u8]) -> Vec<(usize, usize)> {
    let mut parts = vec![(MAGIC, HEADER - MAGIC)];
    let mut at = HEADER;
    while at + CHECKSUM < state.len() {
        let length = state[at + 6..at + 10].try_into().map_or(0, u32::from_le_bytes) as usize;
        parts.push((at + 10, length));
        at += 10 + length;
    }
    parts
}

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("it has eight bytes"))
}

/// Makes one change to a state of this base.
fn change(base: &Base, state: &mut [u8], change: &[u8; CHANGE]) {
    let &[part, high, low, what, one, two] = change;
    // One more: all of it, the tags and lengths of sections included.
    let whole = (0, base.state.len() - CHECKSUM);
    let chips = [BOARD, APU, PPU, PPU, PPU];
    let all = (0..=base.parts.len()).chain(chips);
    let part = all.clone().nth(usize::from(part) % all.count()).unwrap_or(0);
    let (start, length) = base.parts.get(part).copied().unwrap_or(whole);
    let (cycle, dot) = (base.parts[CPU].0, base.parts[PPU].0);
    if length == 0 {
        return;
    }
    // Registers are at the beginning, memory and samples behind them.
    let most = if high & 0x80 == 0 { length.min(300) } else { length };
    let offset = usize::from(u16::from_be_bytes([high, low])) % most;
    let at = start + offset;
    let room = length - offset;
    let mut put = |bytes: &[u8]| state[at..].iter_mut().zip(bytes).take(room).for_each(|(to, from)| *to = *from);
    match what % 10 {
        0 => put(&[one]),
        1 => state[at] ^= 1 << (one & 7),
        2 => put(&[one, two]),
        3 => {
            let now = number(state, cycle);
            let around = [0, now, number(state, dot), 1 << 32, 1 << 58, 1 << 63, u64::MAX, now - now % 8];
            let value = around[usize::from(one & 7)].wrapping_add_signed(i64::from(two as i8));
            state[at..].iter_mut().zip(value.to_le_bytes()).take(room).for_each(|(to, from)| *to = from);
        }
        4 if room >= 8 => {
            let value = number(state, at).wrapping_add_signed(i64::from(i16::from_be_bytes([one, two])));
            state[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        5 => put(&[two; 255][..usize::from(one)]),
        6 => put(&base.other[at..at + room.min(1 << (one & 15))]),
        7 => {
            // Flags and small numbers among any bytes.
            let mut random = u64::from(one) << 8 | u64::from(two);
            let bytes = (0..room.min(usize::from(high) + 1)).map(|_| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                [0, 1, (random >> 40) as u8 & 7, (random >> 48) as u8][(random >> 62) as usize]
            });
            put(&bytes.collect::<Vec<_>>());
        }
        8 => put(&base.other[start..start + room]),
        // All goes on later.
        _ => {
            let later = (5 * (u64::from(high) << 8 | u64::from(low))) << (one % 40);
            let dots = if base.region == Region::Pal { later / 5 * 16 } else { later * 3 };
            for (at, by) in [(cycle, later), (dot, dots)] {
                let value = number(state, at).wrapping_add(by);
                state[at..at + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
    }
}

/// A machine at power-on, and a real state of it.
pub(crate) fn first_state() -> (Machine, Vec<u8>) {
    let Base { machines: [machine, ..], state, .. } = &BASES[0];
    (machine.clone(), state.clone())
}

/// Makes the checksum right.
pub(crate) fn seal(state: &mut [u8]) {
    let (body, checksum) = state.split_at_mut(state.len() - CHECKSUM);
    checksum.copy_from_slice(&xxh3_64(body).to_le_bytes());
}

/// What was loaded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) ran: u64,
}

impl Add for Done {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            accepted: self.accepted + other.accepted,
            refused: self.refused + other.refused,
            ran: self.ran + other.ran,
        }
    }
}

impl Done {
    /// Loads it, and checks that the machine has exactly this state, or else is as it was.
    fn load(&mut self, base: &Base, machine: &mut Machine, state: &[u8]) -> Result<bool, String> {
        let before = machine.state_hash();
        let loaded = machine.load(state);
        if let Err(error) = loaded {
            self.refused += 1;
            return if machine.state_hash() == before { Ok(false) } else { Err(format!("{error}, but it changed")) };
        }
        self.accepted += 1;
        let saved = machine.save();
        let differs = saved.iter().zip(state).position(|(saved, loaded)| saved != loaded);
        if saved.len() == state.len() && differs.is_none() || ignorable(base, state) {
            return Ok(true);
        }
        let at = differs.unwrap_or(saved.len().min(state.len()));
        let part = base.parts.iter().rposition(|(start, _)| *start <= at);
        Err(format!("it is saved in another way: at {at}, in part {part:?}"))
    }
}

/// Whether a state has sections that are ignored: those with an unknown tag, and sound at another rate.
fn ignorable(base: &Base, state: &[u8]) -> bool {
    let mut rest = base.parts[1..].iter();
    let sound = base.parts.get(SOUND).map(|(start, _)| *start..start + 4);
    rest.any(|(start, _)| base.state[start - 10..*start] != state[start - 10..*start])
        || sound.is_some_and(|rate| base.state[rate.clone()] != state[rate])
}

/// Loads the state that these bytes stand for, and runs it.
pub(crate) fn check(data: &[u8]) -> Result<Done, String> {
    let Some((&kind, changes)) = data.split_first() else { return Ok(Done::default()) };
    let base = &BASES[usize::from(kind & 0x7F) % BASES.len()];
    let mut done = Done::default();
    let mut state = base.state.clone();
    let mut probe = base.machines[0].clone();
    for bytes in changes.as_chunks().0 {
        let before = state.clone();
        change(base, &mut state, bytes);
        seal(&mut state);
        if kind & 0x80 != 0 && !done.load(base, &mut probe, &state)? {
            state = before;
        }
    }
    if done.load(base, &mut probe, &state)? {
        done.ran += 1;
        run(base, &state).map_err(|what| format!("{what}; what is new: {}", changes_of(base, &state)))?;
    }
    Ok(done)
}

/// The bytes that are not those of the real state.
fn changes_of(base: &Base, state: &[u8]) -> String {
    let places = (0..state.len() - CHECKSUM).filter(|&at| base.state[at] != state[at]);
    let change = |at: usize| {
        let start = base.parts.iter().map(|(start, _)| *start).rfind(|start| *start <= at).unwrap_or(0);
        let tag =
            if start < HEADER { "    ".into() } else { String::from_utf8_lossy(&base.state[start - 10..start - 6]) };
        format!("{tag}+{} {:02x}>{:02x}", at - start, base.state[at], state[at])
    };
    places.take(40).map(change).collect::<Vec<_>>().join(", ")
}

/// Runs a state that is accepted on every engine.
fn run(base: &Base, state: &[u8]) -> Result<(), String> {
    let mut machines = base.machines.clone();
    for machine in &mut machines {
        machine.load(state).map_err(|error| format!("only one machine loads it: {error}"))?;
    }
    for frame in 0..=FRAMES {
        let mut hashes = Vec::new();
        for machine in &mut machines {
            let before = machine.cycle();
            machine.run_frame();
            let cycles = machine.cycle() - before;
            if cycles > LONGEST_FRAME {
                return Err(format!("frame {frame} takes {cycles} cycles"));
            }
            // The picture of the first is interrupted.
            let picture = (frame > 0).then(|| xxh3_64(&pixels(machine)));
            hashes.push((machine.state_hash(), machine.samples().to_vec(), picture));
        }
        let names = ["the exact PPU", "the recompiler"];
        for (name, found) in names.iter().zip(&hashes[1..]) {
            let differ = [found.0 != hashes[0].0, found.1 != hashes[0].1, found.2 != hashes[0].2];
            if differ != [false; 3] {
                return Err(format!("{name}: states, samples, pictures differ after frame {frame}: {differ:?}"));
            }
        }
        if frame == FRAMES - 1 {
            machines.iter_mut().for_each(Machine::power);
        }
    }
    Ok(())
}

fn pixels(machine: &Machine) -> Vec<u8> {
    machine.frame().pixels().iter().flat_map(|pixel| pixel.to_le_bytes()).collect()
}
