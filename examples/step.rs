//! Runs a machine frame by frame with input, and reads its RAM and its picture.
//!
//! ```text
//! cargo run --release --example step [ROM [FRAMES]]
//! ```
//!
//! Holds Right and taps A once per second; prints page zero and a small picture made of letters. Without a ROM it runs the
//! demo of this repository, in which the robot then walks and jumps.

use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::Palette;
use ricojit::frame::{Frame, HEIGHT, WIDTH};
use ricojit::{Buttons, Pad};
use std::error::Error;

const DEMO: &[u8] = include_bytes!("../roms/demo.nes");

/// The default number of frames.
const FRAMES: u64 = 240;

/// Pixels per letter: columns and lines.
const CELL: (usize, usize) = (4, 8);

/// Letters from dark to bright.
const SHADES: &[u8] = b" .:-=+*#%@";

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let cartridge = match args.first() {
        Some(path) => Cartridge::open(path)?,
        None => Cartridge::load(DEMO)?,
    };
    let frames = args.get(1).map_or(Ok(FRAMES), |text| text.parse())?;

    let mut machine = Machine::new(&cartridge, &Options::default())?;
    play(&mut machine, frames);
    print!("{}", thumbnail(machine.frame()));
    print!("{}", page(machine.ram(), 0));
    println!("frame {}, cycle {}, PC ${:04X}", machine.frames(), machine.cycle(), machine.cpu().pc);
    Ok(())
}

/// Runs frames with Right held, and with A in one of sixty.
fn play(machine: &mut Machine, frames: u64) {
    for frame in 0..frames {
        let jump = if frame % 60 == 59 { Buttons::A } else { Buttons::NONE };
        machine.set_buttons(Pad::One, Buttons::RIGHT | jump);
        machine.run_frame();
    }
}

/// The picture as 64 x 30 letters, each the mean brightness of 4 x 8 pixels.
fn thumbnail(frame: &Frame) -> String {
    let palette = Palette::default();
    let brightness = |x: usize, y: usize| {
        let [r, g, b, _] = palette.rgba(frame.pixels()[y * WIDTH + x]).map(usize::from);
        // The luminance weights of red, green and blue, in 1/256.
        (77 * r + 150 * g + 29 * b) / 256
    };
    let letter = |x: usize, y: usize| {
        let sum: usize =
            (y..y + CELL.1).flat_map(|y| (x..x + CELL.0).map(move |x| (x, y))).map(|(x, y)| brightness(x, y)).sum();
        SHADES[sum / (CELL.0 * CELL.1) * SHADES.len() / 256]
    };
    let row = |y: usize| (0..WIDTH).step_by(CELL.0).map(|x| char::from(letter(x, y))).chain(['\n']).collect::<String>();
    (0..HEIGHT).step_by(CELL.1).map(row).collect()
}

/// A page of RAM as rows of sixteen bytes.
fn page(ram: &[u8; 0x800], page: usize) -> String {
    let row = |(i, bytes): (usize, &[u8])| {
        let bytes: String = bytes.iter().map(|byte| format!(" {byte:02X}")).collect();
        format!("{:04X}{bytes}\n", page * 0x100 + i * 16)
    };
    ram[page * 0x100..][..0x100].chunks(16).enumerate().map(row).collect()
}

#[test]
fn the_robot_walks_to_the_right_and_jumps() {
    let cartridge = Cartridge::load(DEMO).unwrap();
    let mut machine = Machine::new(&cartridge, &Options::default()).unwrap();
    // Addresses: roms/README.md.
    let (robot_x, height) = (0x34, 0x37);
    play(&mut machine, 59);
    assert_eq!((machine.ram()[height], machine.frames()), (0, 59));
    play(&mut machine, 80);
    assert!(machine.ram()[height] > 10, "{}", machine.ram()[height]);
    assert_eq!(machine.ram()[robot_x], 228, "the right end of the meadow");

    let picture = thumbnail(machine.frame());
    let rows: Vec<&str> = picture.lines().collect();
    assert_eq!((rows.len(), rows[0].len()), (30, 64));
    // Black above the title, a meadow that is bright all over at the bottom.
    assert!(rows[0].trim().is_empty() && !rows[4].trim().is_empty(), "{picture}");
    assert!(!rows[28].contains(' '), "{picture}");
    assert_eq!(page(machine.ram(), 0).lines().nth(1).map(|row| &row[..10]), Some("0010 87 00"), "frame counter");
}
