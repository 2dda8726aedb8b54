//! Whole lines against dots one by one: two PPUs live through the same random schedule of accesses, one without
//! shortcuts, one with all of them and with a picture or without one, and are compared at random dots.

mod accesses;
mod pictures;
mod schedules;
mod watcher;

use super::*;
use crate::clock::{Alignment, DOTS_PER_LINE, POWER_ON_LEAD, Region};
use crate::frame::WIDTH;
use crate::memory::Changes;
use crate::state::saved;
use watcher::Watcher;

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
    watcher: Option<Watcher>,
}

impl VideoBus for Video {
    fn read(&self, addr: u16) -> u8 {
        assert!(addr < 0x4000);
        self.memory[self.place(addr)]
    }

    fn fetch(&mut self, addr: u16, dot: Dot) -> u8 {
        let byte = self.read(addr);
        if let Some(watcher) = &mut self.watcher {
            watcher.fetch(addr, dot);
        }
        byte
    }

    fn write(&mut self, addr: u16, value: u8) {
        let place = self.place(addr);
        if self.memory[place] != value {
            self.memory[place] = value;
            self.changes.mark(place);
        }
    }

    fn address(&mut self, addr: u16, dot: Dot) {
        if let Some(watcher) = &mut self.watcher {
            watcher.address(addr);
        }
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

    fn watches_fetches(&self) -> bool {
        self.watcher.is_some()
    }

    fn steady(&self, run: &Run) -> u16 {
        self.watcher.as_ref().map_or(run.count, |watcher| watcher.steady(run, |addr| self.read(addr)))
    }

    fn has_whole_lines(&self, _: &Run) -> bool {
        self.watcher.as_ref().is_none_or(Watcher::has_whole_lines)
    }

    fn begin_run(&mut self, run: &Run) {
        if let Some(watcher) = &mut self.watcher {
            watcher.begin_run(run);
        }
    }

    fn end_run(&mut self, run: &Run) {
        if let Some(mut watcher) = self.watcher.take() {
            // Nametables are always mapped in the same way.
            watcher.end_run(run, |addr| self.read(addr));
            self.watcher = Some(watcher);
        }
    }

    fn page(&self, slot: usize) -> &[u8; 0x400] {
        self.memory[0x400 * usize::from(self.mapped(slot))..].first_chunk().unwrap()
    }

    fn page_number(&self, slot: usize) -> u32 {
        self.mapped(slot).into()
    }

    fn changes(&self) -> u64 {
        self.changes.count()
    }

    fn last_change(&self, slot: usize, row: Option<usize>) -> u64 {
        let place = 0x400 * usize::from(self.mapped(slot));
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
            watcher: None,
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
        if !watched {
            video.watcher = Watcher::new(video.memory[0] % 8);
            for at in (0x2000..0x4000).step_by(if video.memory[1] & 1 == 0 { 19 } else { 101 }) {
                video.memory[at] = if video.memory[at] & 1 == 0 { 0xFD } else { 0xFE };
            }
        }
        video
    }

    /// The page that is mapped at a slot.
    fn mapped(&self, slot: usize) -> u8 {
        let page = self.pages[slot & 15];
        self.watcher.as_ref().map_or(page, |watcher| watcher.page(slot, page))
    }

    fn place(&self, addr: u16) -> usize {
        usize::from(self.mapped(usize::from(addr >> 10))) << 10 | usize::from(addr & 0x3FF)
    }

    /// What can still be noticed of A12, or of fetches.
    fn seen(&self) -> (bool, Cycle, &[Cycle], &Option<Watcher>) {
        let since = if self.high || !self.watched { 0 } else { self.low_since };
        (self.high && self.watched, since, if self.watched { &self.rises } else { &[] }, &self.watcher)
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
        rig.ppu.canonicalize();
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
        if !self.ppu.write_later(register, value, dot, self.counts) {
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
