//! Images of native code that are changed, for `tests/machine/ahead.rs` and the fuzz target `image`.
//!
//! ```text
//! byte 0   the image to begin with, of what a JIT has compiled or of a whole ROM; bit 7: seals are made right, too
//! 1-       changes, 4 bytes each: place (2), what to do (1), value (1)
//! ```
//!
//! The checksum is always made right, and code is never changed. What is read must be written in the same way. It must
//! run like the interpreter, unless seals were made right: then functions may be at addresses that they were not made
//! for.
//!
//! # Soundness
//!
//! What is run has only functions of the real image, with the code and the addresses that they were made with: every
//! seal in it is right.
#![allow(unsafe_code)]

use crate::image_bytes::{Row, first_code, rows, seal, sum};
use ricojit::ahead::{self, Input};
use ricojit::digest::FrameDigest;
use ricojit::options::{Engine, JitOptions};
use ricojit::{Cartridge, CodeStore, Image, ImageError, Machine, Options};
use std::sync::LazyLock;

const FRAMES_BEFORE: usize = 40;
const FRAMES: usize = 3;
/// Bytes of a change.
const CHANGE: usize = 4;

const PROGRAMS: [&[u8]; 4] = [
    include_bytes!("../../roms/demo.nes"),
    include_bytes!("../../roms/cpu.nes"),
    include_bytes!("../../roms/sprites.nes"),
    include_bytes!("../../roms/banks.nes"),
];

/// A cartridge with an image, and what its first frames are like.
struct Base {
    cartridge: Cartridge,
    bytes: Vec<u8>,
    rows: Vec<Row>,
    frames: Vec<(u128, u128)>,
}

static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let base = |(rom, is_whole): (&&[u8], bool)| {
        let cartridge = Cartridge::load(rom).expect("it is well-formed");
        let jit = JitOptions::new().threshold(0).sync(true);
        let options = Options::new().engine(Engine::Jit).jit(jit);
        let bytes = if is_whole {
            ahead::compile(&cartridge, &options, &Input::default()).expect("this host can run native code").0.to_bytes()
        } else {
            let mut machine = Machine::new(&cartridge, &options).expect("it is on a supported board");
            (0..FRAMES_BEFORE).for_each(|_| machine.run_frame());
            machine.recompiler().expect("this host can run native code").image().to_bytes()
        };
        let mut plain = Machine::new(&cartridge, &Options::new()).expect("as above");
        let (rows, frames) = (rows(&bytes), frames(&mut plain));
        Base { cartridge, bytes, rows, frames }
    };
    let whole = PROGRAMS.iter().map(|rom| (rom, true));
    PROGRAMS.iter().map(|rom| (rom, false)).chain(whole).map(base).collect()
});

/// The state and the picture after each frame.
fn frames(machine: &mut Machine) -> Vec<(u128, u128)> {
    let frame = |_| {
        machine.run_frame();
        let mut picture = FrameDigest::default();
        picture.update(machine.frame());
        (machine.state_hash(), picture.value())
    };
    (0..FRAMES).map(frame).collect()
}

fn read(base: &Base, bytes: &[u8]) -> Result<Image, ImageError> {
    // SAFETY: see the head of this file.
    unsafe { Image::from_bytes(&base.cartridge, bytes) }
}

/// Makes one change to an image.
fn change(base: &Base, bytes: &mut Vec<u8>, &[high, low, what, value]: &[u8; CHANGE], seals: bool) {
    let place = usize::from(u16::from_be_bytes([high, low]));
    let row = base.rows[place % base.rows.len()];
    let end = first_code(&base.bytes);
    // Anywhere before the code, or in some row.
    let at = if what & 0x80 == 0 { place % end } else { row.at + usize::from(what >> 3 & 0xF) * 2 % 32 };
    match what & 7 {
        0 | 1 => bytes[at] ^= 1 << (value & 7),
        2 => bytes[at] = value,
        3 => bytes[at] = bytes[at].wrapping_add(1),
        4 => bytes[at..at + 2].fill(if value & 1 == 0 { 0 } else { 0xFF }),
        5 => bytes[at..at + 2].copy_from_slice(&base.bytes[row.at..row.at + 2]),
        6 => bytes.truncate(bytes.len() - usize::from(value)),
        _ => bytes.extend([value; 3]),
    }
    if seals && bytes.len() == base.bytes.len() {
        base.rows.iter().for_each(|&row| seal(bytes, row));
    }
}

/// What was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Done {
    #[default]
    Refused,
    Read,
    Ran,
}

/// Reads the image that these bytes stand for, and runs it.
pub(crate) fn check(data: &[u8]) -> Result<Done, String> {
    let Some((&kind, changes)) = data.split_first() else { return Ok(Done::Refused) };
    let base = &BASES[usize::from(kind & 0x7F) % BASES.len()];
    let seals = kind & 0x80 != 0;
    let mut bytes = base.bytes.clone();
    for bytes_of_change in changes.as_chunks().0.iter().take(16) {
        if bytes.len() < base.bytes.len() {
            break;
        }
        change(base, &mut bytes, bytes_of_change, seals);
    }
    sum(&mut bytes);
    let Ok(image) = read(base, &bytes) else { return Ok(Done::Refused) };
    if image.to_bytes() != bytes {
        return Err("it is written in another way".to_owned());
    }
    if seals && bytes != base.bytes {
        return Ok(Done::Read);
    }
    for engine in [Engine::Aot, Engine::Jit] {
        let options = Options::new().engine(engine);
        let machine = Machine::with_code(&base.cartridge, &options, &CodeStore::with_image(&image));
        // The options of the image may be others now, but not its ROM.
        let Ok(mut machine) = machine else { return Ok(Done::Read) };
        if frames(&mut machine) != base.frames {
            return Err(format!("{engine}: it runs in another way"));
        }
    }
    Ok(Done::Ran)
}
