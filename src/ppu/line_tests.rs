//! Whole lines against dots one by one: two PPUs live through the same random schedule of accesses, one without
//! shortcuts, one with all of them and with a picture or without one, and are compared at random dots.

use super::*;
use crate::clock::{Alignment, DOTS_PER_LINE, POWER_ON_LEAD, Region};
use crate::frame::WIDTH;
use crate::memory::Changes;
use crate::state::saved;

/// Schedules in a run of the tests.
const SCHEDULES: u64 = 3000;
/// Accesses in each.
const ACCESSES: u64 = 60;
/// Bytes behind the PPU's address bus, and pages.
const BYTES: usize = 0x8000;
const PAGES: u64 = BYTES as u64 / 0x400;
/// Falling edges of M2 that A12 must have been low for, as on an MMC3.
const FILTER: u64 = 3;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ x >> 31
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// 32 KiB of memory, of which banks are mapped, and a board that notices what the filter of an MMC3 lets through.
#[derive(Clone)]
struct Video {
    memory: Vec<u8>,
    pages: [u8; 16],
    changes: Changes,
    clock: Clock,
    watched: bool,
    high: bool,
    low_since: Cycle,
    rises: Vec<Cycle>,
}

impl VideoBus for Video {
    fn read(&mut self, addr: u16) -> u8 {
        assert!(addr < 0x4000);
        self.memory[self.place(addr)]
    }

    fn write(&mut self, addr: u16, value: u8) {
        let place = self.place(addr);
        if self.memory[place] != value {
            self.memory[place] = value;
            self.changes.mark(place);
        }
    }

    fn address(&mut self, addr: u16, dot: Dot) {
        let at = self.clock.cycle_of(dot + 1, offset::BOARD);
        let high = addr & 0x1000 != 0;
        if high == self.high {
            return;
        }
        self.high = high;
        if !high {
            self.low_since = at;
        } else if self.low_since + FILTER <= at {
            self.rises.push(at);
        }
    }

    fn is_watched(&self) -> bool {
        self.watched
    }

    fn page(&self, slot: usize) -> &[u8; 0x400] {
        self.memory[0x400 * usize::from(self.pages[slot])..].first_chunk().unwrap()
    }

    fn page_number(&self, slot: usize) -> u32 {
        self.pages[slot].into()
    }

    fn changes(&self) -> u64 {
        self.changes.count()
    }

    fn last_change(&self, slot: usize, row: Option<usize>) -> u64 {
        let place = 0x400 * usize::from(self.pages[slot]);
        row.map_or(self.changes.of_page(place), |row| self.changes.of_row(place + 32 * row))
    }
}

impl Video {
    fn random(random: &mut Random, clock: Clock) -> Self {
        let watched = random.below(2) == 0;
        let mut video = Self {
            memory: vec![0; BYTES],
            pages: std::array::from_fn(|slot| slot as u8),
            changes: Changes::new(BYTES),
            clock,
            watched,
            high: false,
            low_since: 0,
            rises: Vec::new(),
        };
        let density = random.below(4);
        for at in 0..BYTES {
            let pattern = !(0x2000..0x4000).contains(&at);
            video.memory[at] = match density {
                // Few pixels, so that sprite 0 hits now here, now there.
                0 | 1 if pattern => random.byte() & random.byte() & random.byte() & random.byte(),
                2 if pattern => random.byte() & random.byte(),
                _ => random.byte(),
            };
        }
        video
    }

    fn place(&self, addr: u16) -> usize {
        usize::from(self.pages[usize::from(addr >> 10)]) << 10 | usize::from(addr & 0x3FF)
    }

    /// What can still be noticed of A12.
    fn seen(&self) -> (bool, Cycle, &[Cycle]) {
        let since = if self.high || !self.watched { 0 } else { self.low_since };
        (self.high && self.watched, since, if self.watched { &self.rises } else { &[] })
    }
}

/// A PPU and its bus.
#[derive(Clone)]
struct Rig {
    ppu: Ppu,
    video: Video,
    /// The board counts rises up to an IRQ.
    counts: bool,
}

impl Rig {
    fn new(ppu: &Ppu, video: &Video, path: Path, render: bool) -> Self {
        let mut rig =
            Self { ppu: ppu.clone(), video: video.clone(), counts: video.watched && video.memory[1] & 1 == 0 };
        rig.ppu.set_path(path);
        rig.ppu.set_render(render);
        rig
    }

    fn run(&mut self, at: Cycle, offset: u64) {
        let dot = self.video.clock.dot_at(at, offset);
        self.ppu.run_until(&mut self.video, dot);
    }

    /// As the console reads registers.
    fn read(&mut self, register: u16, at: Cycle) -> u8 {
        if register == 2
            && let Some(value) = self.foresee_status(at)
        {
            return value;
        }
        self.run(at, offset::START);
        let vblank = register == 2 && self.ppu.read_vblank();
        self.run(at, offset::END);
        self.ppu.read(register, vblank, self.video.clock.dot_at(at, offset::HALF_BEFORE_END))
    }

    fn foresee_status(&mut self, at: Cycle) -> Option<u8> {
        let [start, end, half_over] =
            [offset::START, offset::END, offset::HALF_BEFORE_END].map(|offset| self.video.clock.dot_at(at, offset));
        self.ppu.read_status_ahead(&mut self.video, start, end, half_over)
    }

    fn write(&mut self, register: u16, value: u8, at: Cycle) {
        let [start, end] = [offset::START, offset::CONTROL].map(|offset| self.video.clock.dot_at(at, offset));
        if register == 0 && start < end && self.ppu.may_copy_scroll_after(start) {
            self.run(at, offset::START);
            self.ppu.begin_control_write(!value);
        }
        self.write_at(register, value, self.video.clock.dot_at(at, write_offset(register)));
    }

    fn write_at(&mut self, register: u16, value: u8, dot: Dot) {
        if !self.ppu.write_later(&mut self.video, register, value, dot, self.counts) {
            self.ppu.run_until(&mut self.video, dot);
            self.ppu.write(register, value);
        }
    }

    /// An access of which all happens in one dot.
    fn touch(&mut self, register: u16, value: Option<u8>, at: Dot) {
        if let Some(value) = value {
            return self.write_at(register, value, at);
        }
        self.ppu.run_until(&mut self.video, at);
        match (register, value) {
            (8, _) => {
                self.ppu.forget_foreseen();
                self.video.pages[..8].rotate_left(3);
            }
            (2, None) => {
                let vblank = self.ppu.read_vblank();
                self.ppu.read(2, vblank, 0);
            }
            _ => {
                self.ppu.read(register, false, 0);
            }
        }
    }

    fn state(&mut self) -> Vec<u8> {
        self.ppu.canonicalize();
        let decay = self.ppu.decay().map(|decay| saved(decay, 0)).unwrap_or_default();
        [saved(&self.ppu, 0), decay].concat()
    }

    /// All that is compared, in words, a line for each part.
    fn describe(&self) -> Vec<String> {
        let p = &self.ppu;
        vec![
            format!("line {} dot {} mask {:02X} ctrl {:02X} vblank {}", p.line, p.dot, p.mask, p.ctrl, p.vblank),
            format!("hit {} overflow {} nmi {}", p.zero_hit_from, p.overflow_from, p.nmi_edge),
            format!("bus {:04X} latch {:02X} buffer {:02X}", p.address, p.latch, p.read_buffer),
            format!("ports {:02X} {:02X} {:02X}", p.read_port, p.write_port, p.write_value),
            format!("i/o {:02X} {:?} late {} warm {}", p.io_bus, p.decay, p.rendering_late, p.warming_up),
            format!("mask {} {:02X} v {} odd {}", p.mask_due, p.mask_value, p.v_due, p.odd_frame),
            format!("{:X?}", p.scroll),
            format!("{:X?}", p.background),
            format!("{:X?}", p.sprites),
            format!("{:X?}", self.video.seen()),
        ]
    }

    /// Everything that has been drawn.
    fn compare_pictures(&mut self, other: &mut Self, seed: u64) {
        self.ppu.show_picture();
        other.ppu.show_picture();
        let (line, dot) = self.ppu.position();
        let pixels = self.ppu.frame.pixels().iter().zip(other.ppu.frame.pixels());
        if let Some((at, (one, other))) = pixels.enumerate().find(|(_, (one, other))| one != other) {
            let (x, y) = (at % WIDTH, at / WIDTH);
            panic!("seed {seed}, line {line} dot {dot}: pixel {x}, {y} is {one:03X} and not {other:03X}");
        }
    }

    /// How this differs from another, for people.
    fn difference(&self, other: &Self) -> String {
        let pairs = self.describe().into_iter().zip(other.describe());
        let (line, dot) = self.ppu.position();
        pairs.fold(format!("at line {line} dot {dot}"), |text, (one, two)| {
            if one == two { text } else { format!("{text}\n  exact {one}\n  lines {two}") }
        })
    }
}

/// OAM as games have it, and worse.
fn sprites(random: &mut Random) -> [u8; 256] {
    let mut oam = [0; 256];
    let crowd = random.byte();
    let kind = random.below(5);
    for (at, byte) in oam.iter_mut().enumerate() {
        let y = match kind {
            0 => random.byte(),
            1 => 0xF0 | random.byte(),
            2 => crowd.wrapping_add(random.byte() % 24),
            3 if at < 24 => random.byte(),
            3 => 0xFF,
            _ => (at as u8).wrapping_mul(7) & 0x7F,
        };
        *byte = match at % 4 {
            0 => y,
            3 => match random.below(3) {
                0 => random.byte(),
                1 => random.byte() % 12,
                _ => 245 + random.byte() % 11,
            },
            _ => random.byte(),
        };
    }
    oam
}

/// What was seen in all schedules: nothing of it may be missing.
#[derive(Debug, Default)]
struct Seen {
    dots: u64,
    line_dots: u64,
    hits: u64,
    overflows: u64,
    rises: u64,
    ahead: u64,
    nmis: u64,
    /// Accesses during the forced refresh of a 2C07.
    refreshes: u64,
    /// Transfers to OAM in one piece.
    transfers: u64,
    /// Rows of OAM that were copied when a frame began.
    rows: u64,
    /// Schedules that ended with decayed rows.
    decayed: u64,
}

/// One schedule.
struct Schedule {
    seed: u64,
    random: Random,
    exact: Rig,
    lines: Rig,
    at: Cycle,
    transfers: u64,
    rows: u64,
}

impl Schedule {
    /// Starts warm, somewhere in a frame, with the registers as in a game.
    fn new(seed: u64) -> Self {
        Self::new_in(seed, Random(seed).pick(&[Region::Ntsc, Region::Pal, Region::Dendy]))
    }

    fn new_in(seed: u64, region: Region) -> Self {
        let mut random = Random(!seed);
        let alignment = Alignment::new(random.below(Alignment::phases(region).into()) as u8);
        let clock = Clock::new(region, alignment);
        let video = Video::random(&mut random, clock);
        let mut ppu = Ppu::new(clock, 0, PalettePattern::Console, POWER_ON_LEAD);
        ppu.set_decay(seed % 5 < 2);
        // Time is cheap without a picture and with nothing to do.
        ppu.set_render(false);
        let mut rig = Rig { ppu, video, counts: false };
        let mut at = u64::from(region.scanlines()) * 112;
        for (sprite, byte) in sprites(&mut random).into_iter().enumerate() {
            rig.write(4, byte, at + sprite as u64 * 2);
        }
        at += 600;
        for (register, value) in [(3, 0), (0, random.byte()), (5, random.byte()), (5, random.byte()), (1, 0x1E)] {
            rig.write(register, value, at);
            at += 4;
        }
        at += random.below(30_000);
        rig.run(at, offset::START);
        let path = random.pick(&[Path::EveryDot, Path::Exact]);
        let exact = Rig::new(&rig.ppu, &rig.video, path, true);
        let render = !seed.is_multiple_of(4);
        let lines = Rig::new(&rig.ppu, &rig.video, Path::Lines, render);
        Self { seed, random, exact, lines, at, transfers: 0, rows: 0 }
    }

    /// One access of both, and then maybe a look.
    fn step(&mut self) {
        let random = &mut self.random;
        // Some programs write several registers in each line, at any distance.
        let dense = self.seed % 3 == 1;
        self.at += match random.below(10) {
            0..=8 if dense => 1 + random.below(14),
            0..=3 => 4 + random.below(12),
            4..=6 => 1 + random.below(240),
            7 | 8 => 1 + random.below(1200),
            _ => 1 + random.below(9000),
        };
        match if dense { 7 + random.below(15) } else { random.below(26) } {
            0..=9 => self.read(2),
            10 => self.read(4),
            11 => self.read(7),
            12 => self.write(0, &[0x80, 0xA0, 0x88, 0x90, 0x98, 0x10, 0x08, 0x00]),
            13 | 14 => self.write(1, &[0x1E, 0x1E, 0x18, 0x08, 0x10, 0x1A, 0x1C, 0x00, 0xFF]),
            15 => self.write(3, &[0, 0, 4, 0x55]),
            16 => self.write(4, &[0, 0x40, 0xFF, 0x23]),
            17 | 18 => self.write(5, &[0, 7, 0x55, 0xF8, 0x83]),
            19 => self.write(6, &[0, 0x20, 0x3F, 0x10, 0x24, 0x15]),
            20 => self.write(7, &[0, 0xFF, 0x18]),
            21 => self.fill_oam(),
            22 => self.switch_bank(),
            23 => self.transfer_oam(),
            24 => self.point_at_row(),
            _ => self.take_nmi(),
        }
        if self.random.below(if dense { 12 } else { 3 }) == 0 {
            self.look();
        }
    }

    fn read(&mut self, register: u16) {
        let (exact, lines) = (self.exact.read(register, self.at), self.lines.read(register, self.at));
        assert_eq!(exact, lines, "seed {}, $200{register} in cycle {}", self.seed, self.at);
    }

    fn write(&mut self, register: u16, often: &[u8]) {
        let value = if self.random.below(3) == 0 { self.random.byte() } else { self.random.pick(often) };
        self.exact.write(register, value, self.at);
        self.lines.write(register, value, self.at);
    }

    /// As a program does in vertical blank; this one does not wait for it.
    fn fill_oam(&mut self) {
        for byte in sprites(&mut self.random) {
            self.exact.write(4, byte, self.at);
            self.lines.write(4, byte, self.at);
            self.at += 2;
        }
    }

    /// As OAM DMA does: in one piece, if that is indistinguishable.
    fn transfer_oam(&mut self) {
        let bytes = sprites(&mut self.random);
        let first = self.at;
        for byte in bytes {
            self.exact.write(4, byte, self.at);
            self.at += 2;
        }
        self.at -= 2;
        self.lines.run(first, offset::START);
        if self.lines.ppu.may_fill_oam(self.lines.video.clock.dot_at(self.at, offset::START)) {
            self.lines.run(self.at, offset::START);
            self.lines.ppu.fill_oam(&bytes);
            self.transfers += 1;
        } else {
            for (at, byte) in (first..).step_by(2).zip(bytes) {
                self.lines.write(4, byte, at);
            }
        }
    }

    /// Near the end of a frame, OAMADDR is left somewhere.
    fn point_at_row(&mut self) {
        self.exact.run(self.at, offset::START);
        let ppu = &self.exact.ppu;
        let (line, dot) = ppu.position();
        if line < 200 || line >= ppu.prerender - 1 {
            return;
        }
        let dots = u64::from(ppu.prerender - line) * u64::from(DOTS_PER_LINE) - u64::from(dot);
        self.at = self.exact.video.clock.cycle_of(ppu.now() + dots - self.random.below(90) - 6, offset::START);
        self.write(3, &[0, 8, 0x28, 0xC8]);
        let ppu = &self.exact.ppu;
        self.rows += u64::from(ppu.sprites.rows_differ() && ppu.rendering && ppu.revision.corrupts_oam);
        self.at += 40;
    }

    /// The board changes what the PPU sees.
    fn switch_bank(&mut self) {
        let (slot, page) = (self.random.below(12) as usize, self.random.below(PAGES) as u8);
        self.map(slot, page);
    }

    fn map(&mut self, slot: usize, page: u8) {
        for rig in [&mut self.exact, &mut self.lines] {
            rig.run(self.at, offset::END);
            rig.ppu.forget_foreseen();
            rig.video.pages[slot] = page;
        }
    }

    fn take_nmi(&mut self) {
        for rig in [&mut self.exact, &mut self.lines] {
            rig.run(self.at - 1, offset::BOARD);
        }
        assert_eq!(self.exact.ppu.take_nmi(self.at), self.lines.ppu.take_nmi(self.at), "seed {}", self.seed);
    }

    /// Compares all there is, at some moment before the next access. The one with lines goes on as if nobody had
    /// looked, most times.
    fn look(&mut self) {
        self.at += self.random.pick(&[1, 8, 37, 200]);
        self.exact.run(self.at, offset::START);
        let mut copy = self.lines.clone();
        copy.run(self.at, offset::START);
        let same = self.exact.state() == copy.state() && self.exact.video.seen() == copy.video.seen();
        assert!(same, "seed {} {}", self.seed, self.exact.difference(&copy));
        if copy.ppu.render {
            self.exact.compare_pictures(&mut copy, self.seed);
        }
        assert!(self.exact.ppu.frames() == copy.ppu.frames() && self.exact.ppu.position() == copy.ppu.position());
        assert_eq!(self.exact.ppu.next_nmi(), copy.ppu.next_nmi(), "seed {}", self.seed);
        if self.random.below(4) == 0 {
            self.lines = copy;
        }
    }

    fn run(mut self, seen: &mut Seen) {
        let start = self.exact.ppu.now();
        let done = self.lines.ppu.line_dots();
        for _ in 0..ACCESSES {
            let behind = self.lines.ppu.now();
            self.step();
            seen.ahead += u64::from(self.lines.ppu.now() == behind);
            seen.hits += u64::from(self.lines.ppu.zero_hit_from != NEVER);
            seen.overflows += u64::from(self.lines.ppu.overflow_from != NEVER);
            seen.nmis += u64::from(self.lines.ppu.nmi_edge != NEVER);
            let ppu = &self.exact.ppu;
            seen.refreshes += u64::from(ppu.revision.refresh.contains(&ppu.line));
        }
        seen.dots += self.exact.ppu.now() - start;
        seen.line_dots += self.lines.ppu.line_dots() - done;
        seen.rises += self.lines.video.rises.len() as u64;
        seen.transfers += self.transfers;
        seen.rows += self.rows;
        seen.decayed += self.exact.ppu.sprites.decayed_rows().min(1);
    }
}

#[test]
fn whole_lines_leave_what_their_dots_leave() {
    let mut seen = Seen::default();
    for seed in 0..SCHEDULES {
        Schedule::new(seed).run(&mut seen);
    }
    println!("{seen:?}");
    assert!(seen.line_dots * 3 > seen.dots, "too few lines were committed: {seen:?}");
    let counts = [seen.hits, seen.overflows, seen.rises, seen.ahead, seen.nmis];
    assert!(counts.iter().all(|&count| count > SCHEDULES), "something never happened: {seen:?}");
    assert!(
        [seen.refreshes, seen.transfers, seen.rows, seen.decayed].iter().all(|&count| count > 100),
        "too few: {seen:?}"
    );
}

/// OAMADDR in each dot from one on, in vertical blank of a 2C07, and what a $2004 write in that dot makes of it.
#[test]
fn a_2c07_increments_oamaddr_in_the_even_dots_of_46_lines() {
    let refresh = 265..311;
    for path in [Path::EveryDot, Path::Exact, Path::Lines] {
        let schedule = Schedule::new_in(4, Region::Pal);
        let mut rig = Rig::new(&schedule.exact.ppu, &schedule.exact.video, path, false);
        let run_to = |rig: &mut Rig, line: u16, dot: u16| {
            let [here, there] = [rig.ppu.position(), (line, dot)].map(|(line, dot)| Ppu::position_of(line, dot));
            let target = rig.ppu.now() + (there + 312 * 341 - here) % (312 * 341);
            rig.ppu.run_until(&mut rig.video, target);
        };
        run_to(&mut rig, refresh.start - 1, 300);
        rig.ppu.write(3, 0);
        // How far an increment has got, by hand.
        let mut address = 0_u8;
        for line in [refresh.start - 1, refresh.start, refresh.start + 1] {
            for dot in 0..DOTS_PER_LINE {
                if (line, dot) <= (refresh.start - 1, 300) {
                    continue;
                }
                let refreshes = |dot: u16| refresh.contains(&line) && dot >= 2 && dot.is_multiple_of(2);
                run_to(&mut rig, line, dot);
                address += u8::from(refreshes(dot));
                assert!(rig.ppu.sprites.is_at(address), "{path:?}, line {line} dot {dot}: {address:02X}");
                let mut written = rig.clone();
                written.ppu.write(4, 0x41);
                let at_once = u8::from(!refreshes(dot + 1));
                assert!(written.ppu.sprites.is_at(address + at_once), "{path:?}, a write in line {line} dot {dot}");
                let next = written.ppu.now() + 1;
                written.ppu.run_until(&mut written.video, next);
                assert!(written.ppu.sprites.is_at(address + 1), "{path:?}, a write in line {line} dot {dot}");
            }
            address = 0;
            rig.ppu.write(3, 0);
        }
        // All lines at once, and the one behind them.
        run_to(&mut rig, refresh.start - 1, 340);
        rig.ppu.write(3, 0);
        for (line, dot, expected) in
            [(refresh.end - 1, 339, 0x8B), (refresh.end - 1, 340, 0x8C), (refresh.end, 200, 0x8C)]
        {
            run_to(&mut rig, line, dot);
            assert!(rig.ppu.sprites.is_at(expected), "{path:?}, line {line} dot {dot}");
        }
    }
}

/// Nothing but the switch decides whether lines are committed.
#[test]
fn the_switches_switch() {
    let random = &mut Random(5);
    let clock = Clock::new(Region::Ntsc, Alignment::default());
    let video = Video::random(random, clock);
    let frame = 262 * u64::from(DOTS_PER_LINE);
    let line_dots = |path, render| {
        let mut rig = Rig::new(&Ppu::new(clock, 0, PalettePattern::Console, POWER_ON_LEAD), &video, path, render);
        rig.run(30_000, offset::START);
        rig.write(1, 0x1E, 30_000);
        rig.run(60_000, offset::START);
        let before = rig.ppu.line_dots();
        rig.ppu.run_until(&mut rig.video, 180_000 + frame);
        rig.ppu.line_dots() - before
    };
    // But for the dots at which it is turned over, all of a frame that is not blank.
    let lines = 241 * u64::from(DOTS_PER_LINE);
    for render in [false, true] {
        let done = line_dots(Path::Lines, render);
        assert!((lines - 700..=lines).contains(&done), "{render} {done}");
    }
    for (path, render) in [(Path::Exact, true), (Path::Exact, false), (Path::EveryDot, false)] {
        assert_eq!(line_dots(path, render), 0, "{path:?} {render}");
    }
}

/// What a program can do to a PPU: writes, or reads. Register 8 is the bank register of a board.
const ACCESSES_OF_A_PROGRAM: [(u16, Option<u8>); 17] = [
    (0, Some(0x00)),
    (0, Some(0x38)),
    (0, Some(0x91)),
    (1, Some(0x00)),
    (1, Some(0x18)),
    (1, Some(0x0A)),
    (1, Some(0xFF)),
    (2, None),
    (3, Some(0x41)),
    (4, Some(0x5A)),
    (4, None),
    (5, Some(0x7D)),
    (6, Some(0x3F)),
    (6, Some(0x14)),
    (7, Some(0x2A)),
    (7, None),
    (8, None),
];

/// Registers, each touched in every dot of a line: nothing of the lines around may differ.
#[test]
fn every_register_in_every_dot_of_a_line() {
    for (seed, region) in [(11, Region::Ntsc), (15, Region::Pal), (17, Region::Dendy)] {
        let mut schedule = Schedule::new_in(seed, region);
        for line in [0, 100, 239, 308, region.scanlines() - 1] {
            if line >= region.scanlines() {
                continue;
            }
            schedule.go_to(line);
            for access in ACCESSES_OF_A_PROGRAM {
                for dot in 0..u64::from(DOTS_PER_LINE) {
                    schedule.touch(true, &[(dot, access)]);
                }
            }
        }
    }
}

/// Every pair of registers, up to twelve dots apart, with rendering switched off or on between them or not.
#[test]
fn every_pair_of_registers_a_few_dots_apart() {
    // All dots of a line take minutes; the other lines, and any two dots of each, do not.
    let all = std::env::var_os("RICOJIT_TEST_ALL").is_some();
    let mut random = Random(15);
    for seed in 0..6 {
        let region = [Region::Ntsc, Region::Pal, Region::Dendy][seed as usize % 3];
        let mut schedule = Schedule::new_in(4 * seed + 41, region);
        schedule.go_to(random.pick(&[7, 100, 238, region.scanlines() - 1]));
        for first in ACCESSES_OF_A_PROGRAM {
            for second in ACCESSES_OF_A_PROGRAM {
                for distance in 1..=12 {
                    let dots = u64::from(DOTS_PER_LINE);
                    let dots: Vec<_> =
                        if all { (0..dots).collect() } else { vec![random.below(dots), random.below(dots)] };
                    for dot in dots {
                        let mut accesses = vec![(dot, first), (distance, second)];
                        if random.below(3) == 0 {
                            let mask = random.pick(&[0, 0x08, 0x10, 0x1E, 0xE6]);
                            accesses.insert(1, (random.below(12) + 1, (1, Some(mask))));
                        }
                        schedule.touch(random.below(2) == 0, &accesses);
                    }
                }
            }
        }
    }
}

impl Schedule {
    /// Brings both to dot 0 of a line.
    fn go_to(&mut self, line: u16) {
        for rig in [&mut self.exact, &mut self.lines] {
            while rig.ppu.position() != (line, 0) {
                let next = rig.ppu.now() + 1;
                rig.ppu.run_until(&mut rig.video, next);
            }
        }
    }

    /// Accesses of copies of both, each so many dots after the one before it.
    fn touch(&self, toggle: bool, accesses: &[(Dot, (u16, Option<u8>))]) {
        let mut rigs = [self.exact.clone(), self.lines.clone()];
        for rig in &mut rigs {
            // Of two writes of $2006 both act now and then.
            rig.ppu.scroll.second_write = toggle;
            let mut at = rig.ppu.now();
            for &(dots, (register, value)) in accesses {
                at += dots;
                rig.touch(register, value, at);
            }
            rig.ppu.run_until(&mut rig.video, at + 3 * u64::from(DOTS_PER_LINE));
        }
        let [exact, lines] = &mut rigs;
        let same = exact.state() == lines.state() && exact.video.seen() == lines.video.seen();
        assert!(same, "seed {} {accesses:02X?} {}", self.seed, exact.difference(lines));
        exact.compare_pictures(lines, self.seed);
    }
}

/// Pictures of which little changes from one to the next: what is not drawn again has to be what it would be.
#[test]
fn what_stays_need_not_be_drawn() {
    for seed in 0..100 {
        let region = Random(seed).pick(&[Region::Ntsc, Region::Pal, Region::Dendy]);
        let mut schedule = Schedule::new_in(4 * seed + 1, region);
        schedule.go_to_blank();
        for _ in 0..30 {
            schedule.next_picture();
        }
    }
}

/// What is drawn from the same things is left as it is: also if it is not what it was.
#[test]
fn what_stays_is_not_drawn() {
    let mut schedule = Schedule::new_in(1, Region::Ntsc);
    let ppu = &mut schedule.lines.ppu;
    // No sprite is in the way.
    ppu.sprites.fill_oam(&[0xF0; 256]);
    let line = |rig: &Rig, line: usize| rig.ppu.frame.pixels()[line * WIDTH..][..WIDTH].to_vec();
    for picture in 0..4 {
        let rig = &mut schedule.lines;
        rig.ppu.run_until(&mut rig.video, 341 * (262 * (10 + picture) + 245));
        if picture == 2 {
            rig.ppu.frame.pixels_mut().fill(0x123);
            // As if line 200 had been touched.
            rig.ppu.drawn[200] = Drawn::default();
        }
    }
    let drawn = (0..240).filter(|&at| line(&schedule.lines, at) != [0x123; WIDTH]);
    assert_eq!(drawn.collect::<Vec<_>>(), [200]);
}

impl Schedule {
    /// From vertical blank to the next: changes something here or in the picture, and compares that.
    fn next_picture(&mut self) {
        let clock = self.exact.video.clock;
        let region = clock.region;
        let frame = 341 * u64::from(region.scanlines()) * 5 / 16;
        // Now and then nobody wants the picture.
        self.lines.ppu.set_render(self.random.below(6) != 0);
        let has_split = self.seed % 8 == 1;
        for _ in 0..self.random.below(if has_split { 2 } else { 3 }) {
            self.change();
        }
        if has_split {
            // A split: the board switches banks of patterns where a line ends, in all pictures behind the same one.
            let (line, dot) = self.exact.ppu.position();
            let [split, in_line] = [self.seed / 8 * 7 % 239, 326 + self.seed / 8 % 15];
            let lines = u64::from(region.scanlines() - line) + split;
            self.at = clock.cycle_of(self.exact.ppu.now() + 341 * lines + in_line - u64::from(dot), offset::END);
            let bank = self.random.pick(&[0, 16]);
            (0..8).for_each(|slot| self.map(usize::from(slot), bank + slot));
        } else if self.random.below(4) == 0 {
            self.at += 2500 + self.random.below(frame - 4000);
            self.change();
        }
        self.go_to_blank();
        if self.lines.ppu.render {
            self.exact.compare_pictures(&mut self.lines, self.seed);
        }
        if self.random.below(8) == 0 {
            assert!(self.exact.state() == self.lines.state(), "seed {}", self.seed);
        }
    }

    /// The next vertical blank.
    fn go_to_blank(&mut self) {
        self.at += 8000;
        self.exact.run(self.at, offset::START);
        while (self.exact.ppu.position().0) < 241 || self.exact.ppu.position().0 > 250 {
            self.at += 100;
            self.exact.run(self.at, offset::START);
        }
        self.lines.run(self.at, offset::START);
    }

    fn both(&mut self, register: u16, value: u8) {
        self.at += 4;
        self.exact.write(register, value, self.at);
        self.lines.write(register, value, self.at);
    }

    fn change(&mut self) {
        let random = &mut self.random;
        let byte = random.byte();
        match random.below(9) {
            kind @ 0..=4 => {
                let addr = match kind {
                    0 | 1 => 0x2000 + random.below(0x1000),
                    2 => 0x23C0 + random.below(0x40) + 0x400 * random.below(4),
                    3 => random.below(0x2000),
                    _ => 0x3F00 + random.below(0x20),
                };
                self.exact.ppu.read(2, false, 0);
                self.lines.ppu.read(2, false, 0);
                for (register, value) in [(6, (addr >> 8) as u8), (6, addr as u8), (7, byte), (6, 0), (6, 0)] {
                    self.both(register, value);
                }
            }
            5 => {
                let address = random.byte();
                for (register, value) in [(3, address), (4, byte), (3, 0)] {
                    self.both(register, value);
                }
            }
            6 => {
                let [x, y] = [random.pick(&[0, 0, 3, 8, 77]), random.pick(&[0, 0, 1, 16, 120])];
                self.both(5, x);
                self.both(5, y);
            }
            7 => {
                let (register, value) = random.pick(&[
                    (0, 0),
                    (0, 1),
                    (0, 8),
                    (0, 0x10),
                    (0, 0x20),
                    (1, 0),
                    (1, 0x1E),
                    (1, 0x1E),
                    (1, 0x18),
                    (1, 0x3F),
                    (1, 0xEA),
                ]);
                self.both(register, value);
            }
            _ => self.switch_bank(),
        }
    }
}
