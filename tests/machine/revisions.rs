//! What the revisions of the PPU do differently, with programs of our own, on every engine and on both paths of the PPU.
//!
//! | fact                                                        | 2C02G | 2C07 | UA6538 |
//! |-------------------------------------------------------------|-------|------|--------|
//! | bits 5 and 6 of PPUMASK emphasise green and red             |       | x    | x      |
//! | a black border covers the top line and two pixels each side |       | x    |        |
//! | lines 265-310 increment OAMADDR 170 times each              |       | x    |        |
//! | the row at OAMADDR is copied when a frame begins            | x     |      | x      |
//! | a row is lost when rendering is switched inside a line      | x     |      | x      |

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use ricojit::options::{Engine, JitOptions, Options};
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit::{Machine, Region};

const REGIONS: [Region; 3] = [Region::Ntsc, Region::Pal, Region::Dendy];

/// Every engine that is built, and every path of the PPU.
pub(crate) fn ways() -> Vec<Options> {
    let jit = Options::new().engine(Engine::Jit).jit(JitOptions::new().threshold(0).sync(true));
    let plain = Options::new();
    let testing = TestSwitches::new;
    let ways = [
        plain.clone(),
        plain.clone().testing(testing().exact_ppu(true)),
        plain.testing(testing().deadline(DeadlineMode::Now)),
        jit.clone(),
        jit.testing(testing().deadline(DeadlineMode::Random(3))),
    ];
    ways.into_iter().filter(|options| options.engine.is_built()).collect()
}

/// Runs a program in every way in a region.
fn run(program: &Program, region: Region, frames: u64) -> Machine {
    run_with(program, ways().into_iter().map(|options| options.region(region)), frames)
}

/// Runs a program with several options, and checks that all give the same pictures and states. Returns one machine.
pub(crate) fn run_with(program: &Program, ways: impl Iterator<Item = Options>, frames: u64) -> Machine {
    let mut machines = ways.map(|options| {
        let mut machine = program.machine(&options);
        let pictures = (0..frames).map(|_| {
            machine.run_frame();
            (machine.frame().clone(), machine.state_hash())
        });
        (pictures.collect::<Vec<_>>(), machine)
    });
    let (expected, machine) = machines.next().expect("there is an interpreter");
    for (found, other) in machines {
        let same = expected.iter().zip(&found).position(|(one, other)| one != other);
        assert_eq!(same, None, "the first frame that differs with {:?}", other.options());
    }
    machine
}

/// LDA #value, STA address.
pub(crate) fn store(value: u8, address: u16) -> [u8; 5] {
    let [low, high] = address.to_le_bytes();
    [0xA9, value, 0x8D, low, high]
}

/// Waits until the vblank flag is set: BIT $2002, BPL. It is clear before.
pub(crate) const VBLANK: [u8; 8] = [0xAD, 0x02, 0x20, 0x2C, 0x02, 0x20, 0x10, 0xFB];

/// Waits 5 x `count` + 1 cycles: LDX #count, DEX, BNE.
pub(crate) fn wait(count: u8) -> [u8; 5] {
    [0xA2, count, 0xCA, 0xD0, 0xFD]
}

/// Waits from vblank on into the next picture: longer than a 2C07 refreshes OAM, and not longer than a picture takes.
fn past_vblank() -> Vec<u8> {
    [&VBLANK[..], &[wait(0); 6].concat()].concat()
}

/// With rendering off, fills page 2 with its addresses, and OAM with that.
pub(crate) fn fill_oam() -> Vec<u8> {
    #[rustfmt::skip]
    let fill = [
        0xA2, 0x00,             //       LDX #0
        0x8E, 0x03, 0x20,       //       STX $2003
        0x8A,                   // loop: TXA
        0x9D, 0x00, 0x02,       //       STA $0200,X
        0x8D, 0x04, 0x20,       //       STA $2004
        0xE8,                   //       INX
        0xD0, 0xF6,             //       BNE loop
    ];
    [past_vblank(), fill.to_vec()].concat()
}

/// With rendering off, copies OAM to page 3.
fn read_oam() -> Vec<u8> {
    #[rustfmt::skip]
    let read = [
        0xA2, 0x00,             //       LDX #0
        0x8E, 0x03, 0x20,       // loop: STX $2003
        0xAD, 0x04, 0x20,       //       LDA $2004
        0x9D, 0x00, 0x03,       //       STA $0300,X
        0xE8,                   //       INX
        0xD0, 0xF4,             //       BNE loop
    ];
    [past_vblank(), read.to_vec()].concat()
}

/// What OAM holds after [`fill_oam`]: attributes have no bits 2-4.
pub(crate) fn filled() -> [u8; 256] {
    std::array::from_fn(|at| if at % 4 == 2 { at as u8 & 0xE3 } else { at as u8 })
}

fn page_3(machine: &Machine) -> [u8; 256] {
    machine.ram()[0x300..0x400].try_into().expect("256 bytes")
}

/// <https://www.nesdev.org/wiki/Colour_emphasis>
#[test]
fn red_and_green_emphasis_are_exchanged_on_pal_and_dendy() {
    for region in REGIONS {
        for bit in 5..8 {
            for rendering in [0x00, 0x1E] {
                let code = [&WARM_UP[..], &store(1 << bit | rendering, 0x2001), &FOREVER].concat();
                let machine = run(&Program::new(&code), region, 8);
                let middle = machine.frame().pixels()[120 * 256 + 128] & 0x1C0;
                let expected = match (region, bit) {
                    (Region::Ntsc, _) | (_, 7) => 0x40 << (bit - 5),
                    (_, 5) => 0x80,
                    _ => 0x40,
                };
                assert_eq!(middle, expected, "{region:?}, bit {bit}, rendering {rendering:02X}");
            }
        }
    }
}

/// <https://www.nesdev.org/wiki/PAL_video>
#[test]
fn a_black_border_covers_pictures_of_pal_only() {
    // A backdrop that is not black, under emphasis, with rendering off, on, and switched in the middle of the picture.
    let backdrop = [store(0x3F, 0x2006), store(0x00, 0x2006), store(0x21, 0x2007), store(0x00, 0x2006)].concat();
    let toggle = [&store(0xFE, 0x2001)[..], &wait(7), &store(0xE0, 0x2001), &wait(11), &[0x50, 0xE3]].concat();
    let off = [&store(0xE0, 0x2001)[..], &FOREVER].concat();
    let on = [&store(0xFE, 0x2001)[..], &FOREVER].concat();
    for tail in [off, on, [&[0xB8][..], &toggle].concat()] {
        let code = [&WARM_UP[..], &backdrop, &store(0x00, 0x2006), &tail].concat();
        for region in REGIONS {
            let machine = run(&Program::new(&code), region, 10);
            for (at, &pixel) in machine.frame().pixels().iter().enumerate() {
                let (x, y) = (at % 256, at / 256);
                let border = region == Region::Pal && (y == 0 || !(2..254).contains(&x));
                assert_eq!(pixel, if border { 0x0F } else { 0x1E1 }, "{region:?}, {x}, {y}");
            }
        }
    }
}

/// The address moves by 170 a line in lines 265-310, whether rendering is on or not, so that it is $8C behind them; the
/// copy of OAM that a DMA makes there is torn. <https://www.nesdev.org/wiki/PPU_OAM#Dynamic_RAM_decay>
#[test]
fn the_2c07_refreshes_oam_by_force() {
    for region in REGIONS {
        for mask in [0x00, 0x1E] {
            // A line of a 2C07 takes 106.6 cycles.
            let set_up = [&WARM_UP[..], &fill_oam(), &store(mask, 0x2001), &VBLANK, &store(0, 0x2003)].concat();
            let early = [0xAE, 0x04, 0x20, 0x86, 0x10]; // LDX $2004, STX $10
            // Line 262 or so.
            let long = [wait(0), wait(190)].concat();
            let before = [0xAC, 0x04, 0x20, 0x84, 0x11]; // LDY $2004, STY $11
            // Line 277 or so.
            let late = [&wait(0)[..], &wait(64), &[0xAC, 0x04, 0x20, 0x84, 0x12]].concat();
            let code = [&set_up[..], &early, &long, &before, &late, &FOREVER].concat();
            if region != Region::Pal && mask != 0 {
                continue; // the next picture has begun
            }
            let machine = run(&Program::new(&code), region, 8);
            let [early, before, late] = [0x10, 0x11, 0x12].map(|at| machine.ram()[at]);
            assert_eq!((early, before), (0, 0), "{region:?}, {mask:02X}");
            assert_eq!(late != 0, region == Region::Pal, "{region:?}, {mask:02X}: OAM at {late:02X}");
        }
    }
}

/// 46 x 170 increments leave OAMADDR at $8C.
#[test]
fn the_forced_refresh_leaves_oamaddr_where_46_lines_of_170_do() {
    let read = [0xAC, 0x04, 0x20, 0x84, 0x10]; // LDY $2004, STY $10
    let waits = [wait(0); 6].concat();
    let code = [&WARM_UP[..], &fill_oam(), &VBLANK, &store(0, 0x2003), &waits, &read, &FOREVER].concat();
    for (region, expected) in REGIONS.into_iter().zip([0x00, 0x8C, 0x00]) {
        assert_eq!(run(&Program::new(&code), region, 8).ram()[0x10], expected, "{region:?}");
    }
}

/// OAM DMA of a 2C07 in lines 265-310 lands askew; earlier and on others it does not.
#[test]
fn a_late_dma_meets_the_forced_refresh() {
    for region in REGIONS {
        for (late, wait) in [(false, [wait(0), wait(1)].concat()), (true, [wait(0), wait(0), wait(50)].concat())] {
            let dma = [store(0, 0x2003), store(2, 0x4014)].concat();
            // Page 2 gets other bytes than OAM has: EOR #$FF.
            let page = [0xA2, 0x00, 0xBD, 0x00, 0x02, 0x49, 0xFF, 0x9D, 0x00, 0x02, 0xE8, 0xD0, 0xF5];
            let code =
                [&WARM_UP[..], &fill_oam(), &page, &VBLANK, &wait, &dma, &VBLANK, &read_oam(), &FOREVER].concat();
            let oam = page_3(&run(&Program::new(&code), region, 12));
            let whole = std::array::from_fn(|at| if at % 4 == 2 { !at as u8 & 0xE3 } else { !at as u8 });
            assert_eq!(oam == whole, !(late && region == Region::Pal), "{region:?}, late: {late}: {oam:02X?}");
        }
    }
}

/// With rendering on, the pre-render line begins with a copy of the row at OAMADDR to the first one.
/// <https://www.nesdev.org/wiki/PPU_registers#OAMADDR>
#[test]
fn a_frame_begins_with_a_copy_of_the_row_at_oamaddr() {
    for region in REGIONS {
        for (address, mask) in [(0x00, 0x1E), (0x07, 0x08), (0x08, 0x10), (0x5D, 0x1E), (0xFF, 0x18), (0x28, 0x00)] {
            // A frame with rendering on, then one with it off, in whose vblank OAM is read.
            let frame = [&store(mask, 0x2001)[..], &store(address, 0x2003), &VBLANK, &store(0, 0x2001)].concat();
            let code = [&WARM_UP[..], &fill_oam(), &VBLANK, &frame, &VBLANK, &read_oam(), &FOREVER].concat();
            let machine = run(&Program::new(&code), region, 12);
            let mut expected = filled();
            if mask != 0 && region != Region::Pal {
                expected.copy_within(usize::from(address & 0xF8)..usize::from(address & 0xF8) + 8, 0);
            }
            assert_eq!(page_3(&machine), expected, "{region:?}, OAMADDR {address:02X}, PPUMASK {mask:02X}");
        }
    }
}

/// AccuracyCoin, "OAM Corruption": the first row over the one that secondary OAM's address selects.
#[test]
fn rendering_that_stops_inside_a_line_costs_a_row_of_oam() {
    for region in REGIONS {
        let mut lost = 0;
        for phase in 0..8 {
            // Rendering stops in the middle of some line: the cycles since vblank choose where. Then it starts in vblank.
            let stop =
                [&RENDER[..], &VBLANK, &wait(0), &wait(0), &wait(0), &wait(0), &wait(0), &wait(0), &wait(0)].concat();
            let delay = vec![0xEA; phase * 3 + 1];
            let start = [&store(0, 0x2001)[..], &VBLANK, &RENDER, &VBLANK, &store(0, 0x2001), &VBLANK].concat();
            let code = [&WARM_UP[..], &fill_oam(), &VBLANK, &stop, &delay, &start, &read_oam(), &FOREVER].concat();
            let oam = page_3(&run(&Program::new(&code), region, 16));
            let rows = oam.chunks(8).zip(filled().chunks(8)).filter(|(one, other)| one != other).count();
            assert!(rows <= 1, "{region:?}: {oam:02X?}");
            lost += rows;
        }
        assert_eq!(lost > 0, region != Region::Pal, "{region:?}: {lost} rows");
    }
}
