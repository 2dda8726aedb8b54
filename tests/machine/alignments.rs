//! What depends on how the clocks of CPU and PPU are aligned, with programs of our own, on every engine and on every path
//! of the PPU.

use crate::programs::{FOREVER, Program, RENDER, WARM_UP};
use crate::revisions::{run_with, store, ways};
use ricojit::options::{Alignment, Options, SampleRate};
use ricojit::{Machine, MachineError, Region};

const REGIONS: [Region; 3] = [Region::Ntsc, Region::Pal, Region::Dendy];

/// Runs a program in every way with an alignment.
fn run(program: &Program, region: Region, alignment: Alignment, frames: u64) -> Machine {
    run_with(program, ways().into_iter().map(|options| options.region(region).alignment(alignment)), frames)
}

/// The lines of a picture that show nametable $2000 while a program writes 1 to `register`, a mirror of $2000, every seven
/// cycles: 21 dots, so that in 21 lines a write begins once in each dot that a write can begin in.
fn lines_from_the_left(region: Region, alignment: Alignment, register: u16) -> usize {
    let [low, high] = register.to_le_bytes();
    // All tiles are solid: palette 0 in nametable $2000, 3 in $2400.
    let colours = [store(0x3F, 0x2006), store(0x03, 0x2006), store(0x11, 0x2007)];
    let other = [store(0x3F, 0x2006), store(0x0F, 0x2006), store(0x16, 0x2007)];
    let attributes = [store(0x27, 0x2006), store(0xC0, 0x2006)];
    #[rustfmt::skip]
    let fill = [
        0xA9, 0xFF,                 //       LDA #$FF
        0xA2, 0x40,                 //       LDX #64
        0x8D, 0x07, 0x20,           // loop: STA $2007
        0xCA,                       //       DEX
        0xD0, 0xFA,                 //       BNE loop
    ];
    let scroll = [store(0x00, 0x2006), store(0x00, 0x2006), store(0x00, 0x2005), store(0x00, 0x2005)];
    #[rustfmt::skip]
    let writes = [
        0xA9, 0x01,                 //       LDA #1
        0x8D, low, high,            // loop: STA register
        0x4C, 0x00, 0x90,           //       JMP loop
    ];
    let set_up = [colours.concat(), other.concat(), attributes.concat(), fill.to_vec(), scroll.concat()].concat();
    let code = [&WARM_UP[..], &set_up, &RENDER, &[0x4C, 0xFE, 0x8F]].concat();
    let program = Program::new(&code).with(0x0FFE, &writes).chr(0xFF).side_by_side();
    let machine = run(&program, region, alignment, 8);
    let line = |line: usize| machine.frame().pixels()[line * 256 + 128];
    let (left, right) = (0x11, 0x16);
    assert!((1..240).all(|at| [left, right].contains(&line(at))), "{region:?} {alignment}");
    (1..240).filter(|&at| line(at) == left).count()
}

/// Until the CPU's data arrives, a write of $2000 shows the byte that was on the bus: the high byte of the address. At dot
/// 257 its lowest bit chooses the nametable of the next line (<https://www.nesdev.org/wiki/PPU_registers#PPUCTRL>).
#[test]
fn a_write_of_2000_at_dot_257_glitches_on_some_alignments() {
    for region in REGIONS {
        for alignment in Alignment::all(region) {
            let glitches = match region {
                Region::Ntsc => [0, 3].contains(&alignment.phase),
                // Every cycle has another phase.
                Region::Pal => true,
                Region::Dendy => [0, 4].contains(&alignment.phase),
            };
            let lines = lines_from_the_left(region, alignment, 0x2000);
            // A line of 21 on average, and two of five such cycles on PAL.
            let expected = match region {
                _ if !glitches => 0..1,
                Region::Pal => 3..8,
                _ => 10..13,
            };
            assert!(expected.contains(&lines), "{region:?} {alignment}: {lines}");
            assert_eq!(lines_from_the_left(region, alignment, 0x2100), 0, "{region:?} {alignment}");
        }
    }
}

#[test]
fn states_bring_their_alignment_along() {
    let code = [&WARM_UP[..], &RENDER, &FOREVER].concat();
    let program = Program::new(&code);
    for region in REGIONS {
        let machine = |alignment| {
            let options = Options::new().region(region).alignment(alignment).sample_rate(Some(SampleRate::Hz44100));
            let mut machine = program.machine(&options);
            (0..4).for_each(|_| machine.run_frame());
            machine
        };
        for alignment in Alignment::all(region) {
            let mut one = machine(alignment);
            let mut loaded = machine(Alignment::new(1));
            loaded.load(&one.save()).expect("the state is whole");
            let mut restored = machine(Alignment::new(2).put_first());
            let mut state = ricojit::State::new();
            one.snapshot(&mut state);
            restored.restore(&state).expect("the machine is the same");
            assert_eq!(loaded.options().alignment, alignment);
            for other in [&mut loaded, &mut restored] {
                assert_eq!(other.state_hash(), one.state_hash(), "{region:?} {alignment}");
            }
            one.power();
            (0..3).for_each(|_| one.run_frame());
            for other in [&mut loaded, &mut restored] {
                other.power();
                (0..3).for_each(|_| other.run_frame());
                assert_eq!(other.state_hash(), one.state_hash(), "{region:?} {alignment}");
            }
        }
    }
}

/// Code that takes `cycles`, 4 or more.
fn delay(mut cycles: u64) -> Vec<u8> {
    let mut code = Vec::new();
    // LDX #250, DEX, BNE: 5 x 250 + 1.
    while cycles >= 1251 + 4 {
        code.extend([0xA2, 250, 0xCA, 0xD0, 0xFD]);
        cycles -= 1251;
    }
    if cycles % 2 == 1 {
        code.extend([0xA5, 0x00]);
        cycles -= 3;
    }
    code.extend(vec![0xEA; cycles as usize / 2]);
    code
}

/// Reads $2002 once, some time after it has turned rendering on with nine solid sprites in line 1, sprite 0 at X = 0, on a
/// solid background.
struct StatusRead {
    program: Program,
    /// The dots between power-on and the begin of the read, if the PPU was not ahead.
    dots: u64,
}

impl StatusRead {
    fn new(wait: u64) -> Self {
        #[rustfmt::skip]
        let sprites = [
            0xA9, 0x00,                 //       LDA #0
            0x8D, 0x03, 0x20,           //       STA $2003
            0xA2, 0x24,                 //       LDX #36
            0x8D, 0x04, 0x20,           // loop: STA $2004
            0xCA,                       //       DEX
            0xD0, 0xFA,                 //       BNE loop
        ];
        let read = [0xAD, 0x02, 0x20, 0x85, 0x10];
        // In the second half of a frame, so that the next one is drawn in whole.
        let code = [&WARM_UP[..], &delay(24_000), &sprites, &RENDER, &delay(wait), &read, &FOREVER].concat();
        let at = 0x8000 + (code.len() - read.len() - FOREVER.len()) as u16;
        let program = Program::new(&code).chr(0xFF);
        let mut machine = program.machine(&Options::new());
        let mut cycle = None;
        while cycle.is_none() {
            machine.run_frame_with_pauses(|machine| {
                if machine.cpu().pc == at {
                    cycle = cycle.or(Some(machine.cycle()));
                }
                Some(machine.cycle())
            });
        }
        Self { program, dots: 3 * (cycle.expect("it was found") + 3) }
    }

    /// One that begins a little before a dot.
    fn before(dot: u64) -> Self {
        let first = Self::new(100);
        Self::new(100 + (dot - first.dots) / 3 - 6)
    }

    /// The dots that are over when a read begins that sees `flag` changed, while the one a dot before does not.
    fn changes_at(&self, flag: u8, alignment: Alignment) -> u64 {
        let sees = |way: &Options, lead: u16| {
            let options = way.clone().alignment(alignment).render(false).without_sound();
            let mut machine = self.program.machine(&options.testing(way.switches().clone().lead(lead)));
            (0..6).for_each(|_| machine.run_frame());
            machine.ram()[0x10] & flag != 0
        };
        let plain = Options::new();
        let before = sees(&plain, 0);
        let lead = (1..40).find(|&lead| sees(&plain, lead) != before).expect("the flag changes");
        for way in ways() {
            assert_eq!([lead - 1, lead].map(|lead| sees(&way, lead)), [before, !before], "{way:?}");
        }
        self.dots + u64::from(lead)
    }
}

/// The vblank flag is that of the beginning of a read, the sprite flags are those of its end. Sprite 0's hit is seen from
/// the beginning of a dot on, the overflow and the end of both from the middle of one: so blargg's sprite_hit 09-timing
/// passes on phases 2 and 3, and AccuracyCoin, "$2002 flag timing", sees the hit before the overflow there.
#[test]
fn the_flags_of_2002_change_where_the_phase_says() {
    // A frame that begins with rendering on, and does not leave out a dot at its end.
    let frame = 3 * 341 * 262;
    let line = |line: u64| frame + 341 * line;
    let reads = [line(241), line(261), line(263), line(262) + 120].map(StatusRead::before);
    let mut between = Vec::new();
    for phase in 0..4 {
        let at = |read: usize, flag| reads[read].changes_at(flag, Alignment::new(phase)) as i64;
        let vblank = at(0, 0x80);
        let [cleared, hit, overflow] = [at(1, 0x40), at(2, 0x40), at(3, 0x20)].map(|at| at - vblank);
        assert_eq!(at(1, 0x20) - vblank, cleared);
        // From where the vblank flag is set.
        assert_eq!(cleared, [6818, 6819, 6819, 6819][usize::from(phase)], "phase {phase}");
        assert_eq!(hit, [7502, 7503, 7502, 7502][usize::from(phase)], "phase {phase}");
        between.push(overflow - hit);
    }
    assert_eq!(between.iter().map(|dots| dots - between[0]).collect::<Vec<_>>(), [0, 0, 1, 1]);
}

/// Two consoles that differ in nothing but the phase are not in the same state: they will differ.
#[test]
fn the_phase_is_part_of_the_state() {
    let program = Program::new(&FOREVER);
    let hash = |alignment| program.machine(&Options::new().alignment(alignment)).state_hash();
    let hashes: std::collections::BTreeSet<u128> = Alignment::all(Region::Ntsc).map(hash).collect();
    assert_eq!(hashes.len(), 8);
}

#[test]
fn a_phase_that_a_console_does_not_have_is_refused() {
    let cartridge = Program::new(&FOREVER).cartridge();
    for region in REGIONS {
        let phases = Alignment::phases(region);
        let options = |phase| Options::new().region(region).alignment(Alignment::new(phase));
        assert!(Machine::new(&cartridge, &options(phases - 1)).is_ok());
        let error = Machine::new(&cartridge, &options(phases)).expect_err("it does not exist");
        assert!(matches!(error, MachineError::NoSuchAlignment { last, .. } if last == phases - 1), "{error}");
    }
}
