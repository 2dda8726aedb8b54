//! The results of a run, frame by frame, and the comparison of two runs.

use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::digest::{FrameDigest, SampleDigest};
use ricojit::{Buttons, Pad};

/// The programs of `roms/`, by name.
pub(crate) const ROMS: [(&str, &[u8]); 5] = [
    ("demo", include_bytes!("../../roms/demo.nes")),
    ("cpu", include_bytes!("../../roms/cpu.nes")),
    ("sprites", include_bytes!("../../roms/sprites.nes")),
    ("banks", include_bytes!("../../roms/banks.nes")),
    ("pcm", include_bytes!("../../roms/pcm.nes")),
];

/// A machine with one of these programs, at power-on.
pub(crate) fn machine(image: &[u8], options: &Options) -> Machine {
    let cartridge = Cartridge::load(image).expect("our own images are well-formed");
    Machine::new(&cartridge, options).expect("and on supported boards")
}

/// The picture and the samples of a frame, and the state after it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    cycle: u64,
    state: u128,
    picture: u128,
    sound: u128,
}

impl Moment {
    /// The results of the frame that the machine just finished.
    pub(crate) fn of(machine: &mut Machine) -> Self {
        let (mut picture, mut sound) = (FrameDigest::default(), SampleDigest::default());
        picture.update(machine.frame());
        sound.update(machine.samples());
        let (picture, sound) = (picture.value(), sound.value());
        Self { cycle: machine.cycle(), state: machine.state_hash(), picture, sound }
    }
}

/// Sets the input of a frame: other buttons every few frames, the same in every run.
pub(crate) fn press(machine: &mut Machine, frame: u64) {
    // Any function that holds each combination of buttons for five frames will do.
    let mixed = (frame / 5).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    machine.set_buttons(Pad::One, Buttons((mixed >> 56) as u8));
    machine.set_buttons(Pad::Two, Buttons((mixed >> 48) as u8));
}

/// Runs `frames` frames with input.
pub(crate) fn trace(machine: &mut Machine, frames: u64) -> Vec<Moment> {
    trace_with(machine, frames, Machine::run_frame)
}

/// Runs `frames` frames with input, each by calling `run`.
pub(crate) fn trace_with(machine: &mut Machine, frames: u64, mut run: impl FnMut(&mut Machine)) -> Vec<Moment> {
    let next = |_| {
        press(machine, machine.frames());
        run(machine);
        Moment::of(machine)
    };
    (0..frames).map(next).collect()
}

/// Panics at the first frame in which the runs differ, with the parts that differ.
pub(crate) fn assert_same(what: &str, expected: &[Moment], found: &[Moment]) {
    assert_eq!(expected.len(), found.len(), "{what}: frames");
    let Some(frame) = expected.iter().zip(found).position(|(a, b)| a != b) else { return };
    let (a, b) = (expected[frame], found[frame]);
    let parts = [
        ("cycle", a.cycle != b.cycle),
        ("state", a.state != b.state),
        ("picture", a.picture != b.picture),
        ("sound", a.sound != b.sound),
    ];
    let parts: Vec<&str> = parts.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    panic!("{what}: the runs differ in frame {frame} of {}: {}", expected.len(), parts.join(", "));
}

/// Panics if the states differ. Pictures and sound may differ.
pub(crate) fn assert_same_states(what: &str, expected: &[Moment], found: &[Moment]) {
    let states = |moments: &[Moment]| moments.iter().map(|moment| moment.state).collect::<Vec<_>>();
    let first = states(expected).iter().zip(states(found)).position(|(a, b)| *a != b);
    assert_eq!(first, None, "{what}: the first frame with a different state");
}
