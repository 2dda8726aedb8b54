//! Boards that watch what the PPU fetches: random programs for each of them, the same on every path of the PPU and on
//! every engine.
//!
//! ```text
//! $E000  reset: fills nametables, patterns if they are RAM, and OAM; then accesses to registers without end
//! $F000  NMI, $F400 IRQ: more of them
//! ```
//!
//! Names are often $FD and $FE, by which an MMC2 switches banks.

use crate::random::Random;
use ricojit::options::{Alignment, Engine, JitOptions, Options, Start};
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit::{Cartridge, Machine, Region};

const PRG: usize = 0x8000;
const CHR: usize = 0x10000;
const RESET: usize = 0x6000;
const NMI: usize = 0x7000;
const IRQ: usize = 0x7400;
/// 256 bytes of names.
const NAMES: usize = 0x7800;
/// To fill memory takes some.
const FRAMES: u64 = 5;
const FRAMES_WITH_CHR_RAM: u64 = 10;
/// Bytes of RAM that count interrupts.
const NMIS: usize = 0x10;
const IRQS: usize = 0x11;

struct Code<'a> {
    prg: &'a mut [u8],
    at: usize,
    mapper: u8,
}

impl Code<'_> {
    fn emit(&mut self, bytes: &[u8]) {
        self.prg[self.at..][..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    fn load(&mut self, addr: u16) {
        let [low, high] = addr.to_le_bytes();
        self.emit(&[0xAD, low, high]);
    }

    fn store(&mut self, addr: u16, value: u8) {
        let [low, high] = addr.to_le_bytes();
        self.emit(&[0xA9, value, 0x8D, low, high]);
    }

    /// Writes the names to $2007 so many times, the first time from the `first`th on.
    fn fill(&mut self, addr: u16, times: u8, first: u8) {
        self.store(0x2006, (addr >> 8) as u8);
        self.store(0x2006, addr as u8);
        // LDY #times, LDX #first; LDA names,X; STA $2007; INX; BNE; DEY; BNE
        self.emit(&[0xA0, times, 0xA2, first, 0xBD, 0x00, 0xF8, 0x8D, 7, 0x20, 0xE8, 0xD0, 0xF7, 0x88, 0xD0, 0xF4]);
    }

    /// An access to some register.
    fn access(&mut self, random: &mut Random) {
        let value = random.next() as u8;
        let mut pick = |of: &[u8]| of[random.below(of.len() as u64) as usize];
        match pick(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 12, 12, 12, 12, 12, 12]) {
            0 => self.store(0x2000, pick(&[0x80, 0x90, 0x88, 0xA0, 0xB0, 0x20, value])),
            1 => self.store(0x2001, pick(&[0x1E, 0x1E, 0x1E, 0x18, 0x08, 0x10, 0, value])),
            2 | 3 => self.store(0x2005, value),
            4 => self.store(0x2006, value & 0x3F),
            5 => self.store(0x2007, value),
            6 => self.load(0x2007),
            7 | 8 => self.load(0x2002),
            9 => self.load(0x2004),
            10 => self.store(0x4014, 2),
            // A tile of the kind that an MMC2 notices, read through $2007.
            11 => {
                self.store(0x2006, pick(&[0x0F, 0x1F]));
                self.store(0x2006, pick(&[0xD8, 0xE8, 0xDB, 0xEF]));
                self.load(0x2007);
            }
            _ => self.board(random, value),
        }
    }

    fn board(&mut self, random: &mut Random, value: u8) {
        let below = |random: &mut Random, end: u64| random.below(end) as u16;
        match self.mapper {
            5 => match random.below(16) {
                0 => self.store(0x5100 + below(random, 4), value),
                1 => self.store(0x5104, if value & 0x30 == 0 { value } else { 0 }),
                2 => self.store(0x5105, value),
                3 => self.store(0x5106 + below(random, 2), value),
                4 => self.store(0x5113 + below(random, 4), value),
                5 | 6 => self.store(0x5120 + below(random, 12), value),
                7 => self.store(0x5101, 3),
                8 => self.store(0x5130, value),
                9 => self.store(0x5200 + below(random, 3), value & 0x7F | (value << 3 & 0x80)),
                10 => self.store(0x5203, value & 0x7F),
                11 => self.store(0x5204, value | 0x80),
                12 => self.load(0x5204),
                13 => self.load(0x5C00 + below(random, 0x400)),
                14 => self.load([0xFFFA, 0x5205, 0x8000, 0x6000][random.below(4) as usize]),
                _ => self.store(0x5C00 + below(random, 0x400), value),
            },
            96 => self.store(0x8000 + below(random, 0x6000), value),
            _ => self.store(0xA000 + below(random, 0x5FFF), value),
        }
    }

    /// Waits for some cycles.
    fn wait(&mut self, random: &mut Random) {
        match random.below(4) {
            0 => {}
            1 => self.emit(&[0xEA, 0xEA][..random.below(2) as usize + 1]),
            // LDX #n; DEX; BNE
            2 => self.emit(&[0xA2, random.below(40) as u8 + 1, 0xCA, 0xD0, 0xFD]),
            _ => self.emit(&[0xA2, random.next() as u8, 0xCA, 0xD0, 0xFD]),
        }
    }

    fn accesses(&mut self, random: &mut Random, count: usize) {
        for _ in 0..count {
            self.access(random);
            self.wait(random);
        }
    }
}

fn rom(mapper: u8, seed: u64) -> Vec<u8> {
    let random = &mut Random::new(seed ^ u64::from(mapper) << 32);
    let mut prg = vec![0xEA; PRG];
    for byte in &mut prg[NAMES..NAMES + 0x100] {
        let any = random.next();
        *byte = match any % 6 {
            0 => 0xFD,
            1 => 0xFE,
            _ => (any >> 8) as u8,
        };
    }
    let mut code = Code { prg: &mut prg, at: RESET, mapper };
    code.emit(&[0x78, 0xA2, 0, 0xBD, 0x00, 0xF8, 0x9D, 0x00, 0x02, 0xE8, 0xD0, 0xF7]);
    // No IRQ of the APU.
    code.store(0x4017, 0x40);
    code.store(0x4014, 2);
    code.fill(0x2000, 8, 0);
    if mapper == 96 {
        for bank in 0..8 {
            // A name selects a part of CHR RAM, and the register a half.
            code.store(0xE000, bank & 4);
            code.store(0x2006, 0x10);
            code.store(0x2006, 0);
            code.store(0x2006, 0x20 | bank & 3);
            code.store(0x2006, 0);
            code.fill(0x0000, 4, 29 * bank);
        }
    }
    // CLI, unless it is to be masked.
    code.emit(&[if random.below(4) == 0 { 0xEA } else { 0x58 }]);
    code.store(0x2000, 0x80 | random.next() as u8);
    code.store(0x2001, 0x1E);
    if mapper == 5 {
        for (addr, value) in
            [(0x5102, 2), (0x5103, 1), (0x5101, 3), (0x5203, random.next() as u8 & 0x3F), (0x5204, 0x80)]
        {
            code.store(addr, value);
        }
        (0..12).for_each(|at| code.store(0x5120 + at, random.next() as u8));
        code.store(0x5105, random.next() as u8);
        if random.below(3) == 0 {
            code.store(0x5104, 1);
        }
    }
    let start = code.at;
    code.accesses(random, 120);
    let [low, high] = (0x8000 + start as u16).to_le_bytes();
    code.emit(&[0x4C, low, high]);
    for (entry, count) in [(NMI, 6), (IRQ, 3)] {
        code.at = entry;
        // INC the number of interrupts; PHA, TXA, PHA.
        code.emit(&[0xE6, if entry == IRQ { IRQS } else { NMIS } as u8, 0x48, 0x8A, 0x48]);
        if mapper == 5 && entry == IRQ {
            code.load(0x5204);
        }
        code.accesses(random, count);
        code.emit(&[0x68, 0xAA, 0x68, 0x40]);
    }
    for (at, entry) in [(0x7FFA, NMI), (0x7FFC, RESET), (0x7FFE, IRQ)] {
        prg[at..at + 2].copy_from_slice(&(0x8000 + entry as u16).to_le_bytes());
    }
    let mut file = b"NES\x1A".to_vec();
    file.extend([
        2,
        if mapper == 96 { 0 } else { (CHR / 0x2000) as u8 },
        mapper << 4 | random.below(2) as u8,
        mapper & 0xF0,
    ]);
    file.resize(16, 0);
    file.extend(prg);
    if mapper != 96 {
        // Few pixels, so that sprite 0 does not hit everywhere.
        file.extend((0..CHR).map(|_| (random.next() & random.next()) as u8));
    }
    file
}

/// States and pictures behind each frame, the machine behind the last.
fn run(image: &[u8], frames: u64, options: &Options) -> (Vec<(u128, u64)>, Machine) {
    let cartridge = Cartridge::load(image).expect("the image is good");
    let mut machine = Machine::new(&cartridge, options).expect("the board is supported");
    let moments = (0..frames).map(|_| {
        machine.run_frame();
        let pixels = machine.frame().pixels().iter();
        let picture = pixels.fold(0_u64, |sum, &pixel| sum.rotate_left(5) ^ u64::from(pixel).wrapping_mul(0x9E37_79B9));
        (machine.state_hash(), picture)
    });
    (moments.collect(), machine)
}

/// Programs for a board on every path. Most dots are done as parts of lines.
fn compare(mapper: u8, seeds: u64) {
    let (mut line_dots, mut interrupts) = (0, [0; 2]);
    let frames = if mapper == 96 { FRAMES_WITH_CHR_RAM } else { FRAMES };
    for seed in 0..seeds {
        let image = rom(mapper, seed);
        let region = [Region::Ntsc, Region::Pal, Region::Dendy][seed as usize % 3];
        let alignment = Alignment::all(region).nth(seed as usize % 8).unwrap_or_default();
        let plain = Options::new().region(region).alignment(alignment).start(Start::Warm).without_sound();
        let switches = TestSwitches::new;
        let jit = plain.clone().engine(Engine::Jit).jit(JitOptions::new().threshold(Some(0)).sync(true));
        let (expected, machine) = run(&image, frames, &plain.clone().testing(switches().deadline(DeadlineMode::Now)));
        assert_eq!(machine.catch_ups().line_dots, 0);
        for (sum, at) in interrupts.iter_mut().zip([NMIS, IRQS]) {
            *sum += u64::from(machine.ram()[at]);
        }
        for (name, options) in [
            ("lines", plain.clone()),
            ("dots", plain.clone().testing(switches().exact_ppu(true))),
            ("random deadlines", plain.clone().testing(switches().deadline(DeadlineMode::Random(seed)))),
            ("the recompiler", jit),
            ("ahead of time", plain.clone().engine(Engine::Aot)),
        ] {
            let (found, machine) = run(&image, frames, &options);
            if let Some(frame) = expected.iter().zip(&found).position(|(a, b)| a != b) {
                let what = if expected[frame].0 == found[frame].0 { "picture" } else { "state" };
                panic!("board {mapper}, seed {seed}, {name}: another {what} after frame {frame}");
            }
            line_dots += if name == "lines" { machine.catch_ups().line_dots } else { 0 };
        }
    }
    let share = line_dots * 100 / (seeds * frames * 341 * 262);
    println!("board {mapper}: {share} % of the dots in lines, {interrupts:?} interrupts");
    assert!(share > 30 && interrupts[0] > seeds && (mapper != 5 || interrupts[1] > seeds));
}

/// A program for an MMC5 that counts NMIs and IRQs, and what else they do; it waits for line 5 to assert IRQ.
fn mmc5(nmi: &[u8], code: impl FnOnce(&mut Code)) -> Machine {
    let mut prg = vec![0xEA; PRG];
    let mut main = Code { prg: &mut prg, at: RESET, mapper: 5 };
    main.emit(&[0x78]);
    for (addr, value) in [(0x4017, 0x40), (0x5203, 5), (0x5204, 0x80), (0x2001, 0x1E)] {
        main.store(addr, value);
    }
    code(&mut main);
    main.emit(&[0xB8, 0x50, 0xFE]);
    for (entry, counter, code) in [(NMI, NMIS, nmi), (IRQ, IRQS, &[0xAD, 0x04, 0x52][..])] {
        let mut handler = Code { prg: &mut prg, at: entry, mapper: 5 };
        handler.emit(&[0xE6, counter as u8]);
        handler.emit(code);
        handler.emit(&[0x40]);
    }
    for (at, entry) in [(0x7FFA, NMI), (0x7FFC, RESET), (0x7FFE, IRQ)] {
        prg[at..at + 2].copy_from_slice(&(0x8000 + entry as u16).to_le_bytes());
    }
    let mut file = b"NES\x1A\x02\x01\x50\x00".to_vec();
    file.resize(16, 0);
    file.extend(prg);
    file.resize(16 + PRG + 0x2000, 0);
    let cartridge = Cartridge::load(&file).expect("the image is good");
    let mut machine = Machine::new(&cartridge, &Options::new().start(Start::Warm)).expect("the board is supported");
    (0..6).for_each(|_| machine.run_frame());
    machine
}

/// Nearly a frame: LDX #23, LDY #0; DEY; BNE; DEX; BNE.
const A_FRAME: [u8; 10] = [0xA2, 23, 0xA0, 0, 0x88, 0xD0, 0xFD, 0xCA, 0xD0, 0xFA];

#[test]
fn an_irq_of_the_mmc5_lasts_until_the_next_frame_begins() {
    let irqs = |frames: usize| {
        let machine = mmc5(&[], |code| {
            code.emit(&A_FRAME);
            // It is asserted, and masked. No other line shall assert it.
            code.store(0x5203, 0);
            (0..frames).for_each(|_| code.emit(&A_FRAME));
            code.emit(&[0x58]);
        });
        machine.ram()[IRQS]
    };
    // Nothing brings the PPU up to date in the second frame.
    assert_eq!((irqs(0), irqs(1)), (1, 0));
}

#[test]
fn the_nmi_vector_acknowledges_the_irq_of_an_mmc5() {
    let irqs = |control: u8| {
        let machine = mmc5(&[0xA9, 0, 0x8D, 0x03, 0x52], |code| {
            // Not the present vertical blank.
            code.load(0x2002);
            code.store(0x2000, control);
            // The next frame would acknowledge it too.
            code.emit(&A_FRAME);
            code.emit(&[0xAD, 0x02, 0x20, 0x10, 0xFB]);
            code.emit(&[0x58]);
        });
        (machine.ram()[NMIS] > 0, machine.ram()[IRQS] > 0)
    };
    assert_eq!(irqs(0x00), (false, true));
    assert_eq!(irqs(0x80), (true, false));
}

#[test]
fn an_mmc2_switches_banks_behind_the_same_tile_on_every_path() {
    compare(9, 20);
}

#[test]
fn an_mmc4_switches_banks_behind_the_same_tile_on_every_path() {
    compare(10, 20);
}

#[test]
fn an_mmc5_sees_the_same_lines_on_every_path() {
    compare(5, 60);
}

#[test]
fn the_board_of_the_oeka_kids_sees_the_same_names_on_every_path() {
    compare(96, 20);
}
