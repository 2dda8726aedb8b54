//! OAM decay, with programs of our own, on every engine and on both paths of the PPU: a row of OAM holds its bytes for 40
//! lines after its last access (<https://www.nesdev.org/wiki/PPU_OAM#Dynamic_RAM_decay>).

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use crate::revisions::{VBLANK, fill_oam, filled, run_with, store, wait, ways};
use ricojit::{Machine, Options, Region};

/// Takes so many cycles, 10 or more. Ends with X = 0.
fn delay(mut cycles: u32) -> Vec<u8> {
    const LONGEST: u32 = 256 * 5 + 1;
    let mut code = Vec::new();
    while cycles > LONGEST + 10 {
        code.extend(wait(0));
        cycles -= LONGEST;
    }
    // NOPs until a loop takes the rest.
    while cycles % 5 != 1 {
        code.push(0xEA);
        cycles -= 2;
    }
    code.extend(wait((cycles / 5) as u8));
    code
}

fn run(code: &[u8], region: Region, decay: bool) -> Machine {
    let ways = ways().into_iter().map(|options| options.oam_decay(decay).region(region));
    run_with(&Program::new(code), ways, 14)
}

/// LDA #address, STA $2003, LDA $2004, STA $10.
fn read(address: u8) -> Vec<u8> {
    [&store(address, 0x2003)[..], &[0xAD, 0x04, 0x20, 0x85, 0x10]].concat()
}

/// What is left of $5A in row 8 after so many cycles without an access, rendering off.
fn left_after(cycles: u32, region: Region, decay: bool) -> u8 {
    // From a write of $2003 to the next one.
    let delay = delay(cycles - 6);
    let write = [store(0x41, 0x2003), store(0x5A, 0x2004), store(0x00, 0x2003)].concat();
    let code = [&WARM_UP[..], &VBLANK, &write, &delay, &read(0x41), &FOREVER].concat();
    run(&code, region, decay).ram()[0x10]
}

#[test]
fn a_row_lasts_for_40_lines() {
    // 40 lines are 13,640 dots: 4546.7 cycles of 3.
    for (cycles, holds) in [(20, true), (4546, true), (4547, false), (9000, false)] {
        assert_eq!(left_after(cycles, Region::Ntsc, true) == 0x5A, holds, "after {cycles} cycles");
        assert_eq!(left_after(cycles, Region::Ntsc, false), 0x5A, "without decay");
        assert_eq!(left_after(cycles, Region::Dendy, true), 0x5A, "of an UA6538 nothing is known");
    }
    assert_eq!(left_after(4547, Region::Ntsc, true), left_after(9000, Region::Ntsc, true), "a cell has its own value");
}

/// OAMADDR keeps the row that it selects.
#[test]
fn a_selected_row_does_not_decay() {
    let write = [store(0x41, 0x2003), store(0x5A, 0x2004)].concat();
    let code = [&WARM_UP[..], &VBLANK, &write, &delay(20_000), &read(0x41), &FOREVER].concat();
    assert_eq!(run(&code, Region::Ntsc, true).ram()[0x10], 0x5A);
}

/// Rendering accesses all rows in every line; vertical blank is shorter than 40 lines.
#[test]
fn rendering_keeps_all_rows() {
    let code = [&WARM_UP[..], &fill_oam(), &RENDER, &[VBLANK; 5].concat(), &read(0xF9), &FOREVER].concat();
    for region in [Region::Ntsc, Region::Pal] {
        assert_eq!(run(&code, region, true).ram()[0x10], 0xF9, "{region:?}");
    }
}

/// A 2C07's vertical blank is 70 lines long. What it does not refresh is lost: with rendering off, in the other lines.
#[test]
fn the_forced_refresh_keeps_all_rows() {
    // Line 309. OAMADDR moves on by six or seven until $2004 is read.
    let late = [&delay(7246)[..], &read(0xA0), &FOREVER].concat();
    let code = [&WARM_UP[..], &fill_oam(), &RENDER, &[VBLANK; 3].concat(), &late].concat();
    let found = run(&code, Region::Pal, true).ram()[0x10];
    assert!(filled()[0xA5..0xA9].contains(&found), "{found:02X}");
    let code = [&WARM_UP[..], &fill_oam(), &VBLANK, &VBLANK, &read(0xF9), &FOREVER].concat();
    assert_ne!(run(&code, Region::Pal, true).ram()[0x10], 0xF9);
}

/// A state in the middle of the 40 lines goes on as the machine does, on every engine, and brings its decay with it.
#[test]
fn a_state_knows_since_when_rows_decay() {
    // Rendering is off and OAM is not touched: rows decay while the program waits for vblank again and again.
    let code = [&WARM_UP[..], &fill_oam(), &VBLANK, &read(0xF9), &FOREVER].concat();
    let program = Program::new(&code);
    let mut differed = 0;
    for frames in 1..8 {
        let mut original = program.machine(&Options::new().oam_decay(true));
        (0..frames).for_each(|_| original.run_frame());
        let saved = original.save();
        let mut snapshot = ricojit::State::new();
        original.snapshot(&mut snapshot);
        for way in ways() {
            let mut loaded = program.machine(&way.clone());
            loaded.load(&saved).unwrap();
            let mut restored = program.machine(&way.oam_decay(frames % 2 == 0));
            restored.restore(&snapshot).unwrap();
            let mut original = original.clone();
            for machine in [&mut original, &mut loaded, &mut restored] {
                assert!(machine.options().oam_decay);
                assert_eq!(machine.save(), saved);
                (0..8).for_each(|_| machine.run_frame());
            }
            assert_eq!(original.state_hash(), loaded.state_hash());
            assert_eq!(original.state_hash(), restored.state_hash());
            assert_ne!(original.ram()[0x10], 0xF9, "it has decayed");
            let mut without = program.machine(&Options::new());
            (0..frames).for_each(|_| without.run_frame());
            differed += u64::from(without.state_hash() != original.state_hash());
        }
    }
    assert!(differed > 0);
}
