//! The PPU (2C02G, 2C07, UA6538): its state, its time, and how it is brought to a dot.
//!
//! | stage of the chip                          | file                       |
//! |--------------------------------------------|----------------------------|
//! | $2000-$2007 and the I/O bus                | [`registers`]              |
//! | v, t, fine X                               | [`scroll`]                 |
//! | tiles, shift registers                     | [`background`]             |
//! | OAM, evaluation, units                     | [`sprites`]                |
//! | palette RAM                                | [`palette`]                |
//! | the vblank flag, NMI                       | [`nmi`]                    |
//! | **how dots are done**                      |                            |
//! | one by one: the definition of all the rest | [`dot`]                    |
//! | whole lines, parts of lines                | [`line`], [`part`]         |
//! | lines without rendering, $2007 in them     | [`blank`], [`port`]        |
//! | writes that wait                           | [`log`]                    |
//! | $2002 foreseen; boards that watch          | [`status`]; [`a12`], [`watch`] |
//! | pixels of a line, pictures of lines        | [`row`], [`picture`]       |
//!
//! ```text
//! line 0-239    visible: fetches, sprite evaluation, pixels            dots of a line
//! line 240      post-render: idle                                      0        idle (skipped on line 0 of odd frames)
//! vblank line   dot 1: vblank flag set, NMI                            1-256    background fetches, pixels, evaluation
//! line 265-310  2C07 only: even dots increment OAMADDR                 257-320  sprite fetches for the next line
//! last line     pre-render: dot 1 clears the flags, fetches without    321-336  first two tiles of the next line
//!               pixels, 280-304 copy vertical scroll                   337-340  two unused nametable fetches
//! ```
//! (<https://www.nesdev.org/wiki/PPU_rendering>, <https://www.nesdev.org/wiki/PPU_frame_timing>.)
//!
//! **Contract.** Nothing ticks this chip. [`Ppu::run_until`] brings it to a dot; registers are accessed when the
//! caller has brought it to the dot that [`offset`] gives for that access. What acts later than its access is
//! kept as an effect with a due dot and happens inside `run_until`. All results depend only on the dots of the
//! accesses, never on how often `run_until` was called. How revisions differ is in [`crate::chips`].

mod a12;
mod background;
mod blank;
mod dot;
mod line;
mod log;
mod nmi;
mod palette;
mod part;
mod picture;
mod port;
mod registers;
mod row;
mod scroll;
mod sprites;
mod status;
mod watch;

use crate::chips::PpuRevision;
use crate::clock::{Clock, DOTS_PER_LINE, Dot, NEVER, VISIBLE_LINES};
use crate::fetches::{Run, SPRITE_SLOTS};
use crate::forecast::TallAhead;
use crate::frame::Frame;
use crate::options::{PalettePattern, Start};
use crate::state::persist;
use background::Background;
use log::Log;
use palette::PaletteRam;
use picture::{Drawn, Look, SpriteSource, Tint};
pub(crate) use registers::write_offset;
use ricojit_interpreter::Cycle;
use row::Row;
use scroll::Scroll;
pub(crate) use sprites::Decay;
use sprites::Sprites;

/// When inside its CPU cycle an access meets the PPU, in master clocks after the start of the cycle
/// (feed to [`Clock::dot_at`]). Dot 0 of a cycle starts with the cycle. Effects that act later still:
///
/// | access          | effect                    | when                                     |
/// |-----------------|---------------------------|------------------------------------------|
/// | $2001 write     | rendering, clipping, tint | in the second dot, after evaluation      |
/// | $2005 write     | t, fine X                 | at once                                  |
/// | $2006 2nd write | v = t                     | in the fourth dot                        |
/// | $2007 read      | bus gets v / buffer, v+=  | second / fourth dot after the read's end |
/// | $2007 write     | bus gets v / byte / v+=   | 2nd / 3rd / 4th dot after the write      |
/// | $2002 read      | clears vblank             | with the first dot: a set there is lost  |
///
/// How many dots lie between these moments depends on the [`Alignment`](crate::clock::Alignment): here on NTSC.
///
/// | phase                                                     | 0 | 1 | 2 | 3 |
/// |-----------------------------------------------------------|---|---|---|---|
/// | `START` to `END`: from the vblank flag to the sprite flags | 2 | 1 | 2 | 2 |
/// | `START` to `CONTROL`: $2000 shows what was on the bus      | 1 | 0 | 0 | 1 |
/// | `HALF_BEFORE_END` to `END`                                 | 0 | 0 | 1 | 1 |
pub(crate) mod offset {
    /// $2002's vblank flag is sampled, and most writes act, before the first dot.
    pub(crate) const START: u64 = 0;
    /// $2000 acts when the CPU's data has arrived.
    pub(crate) const CONTROL: u64 = 2;
    /// The CPU's NMI detector samples the line (phi 2).
    pub(crate) const NMI: u64 = 4;
    /// What the address bus shows by now reaches the CPU's IRQ detector in this cycle, through a board.
    pub(crate) const BOARD: u64 = 4;
    /// The sprite flags of $2002, and $2004 and $2007, are taken at the end of the access.
    pub(crate) const END: u64 = 7;
    /// Dots that have begun by then are half over at the end.
    pub(crate) const HALF_BEFORE_END: u64 = 5;
}

/// What the PPU sees on its own address bus: pattern tables and nametables.
pub(crate) trait VideoBus {
    /// The byte at $0000-$3FFF as pages are mapped ($3000 and up: the nametables again; palette RAM is inside the PPU).
    fn read(&self, addr: u16) -> u8;
    /// As [`VideoBus::read`], and it is read in `dot`: a board that watches fetches may answer with another byte, and map
    /// other pages behind it.
    fn fetch(&mut self, addr: u16, dot: Dot) -> u8;
    /// Writes $0000-$3EFF.
    fn write(&mut self, addr: u16, value: u8);
    /// A new address appears on the bus during `dot`. Boards watch A12: an address that leaves it as it was may be left
    /// out, and so may a fall and the rise after it that are less than nine dots apart.
    fn address(&mut self, addr: u16, dot: Dot);
    /// Whether a board watches A12.
    fn is_watched(&self) -> bool;
    /// Whether a board watches fetches. It then sees all addresses, and what is not read by [`VideoBus::fetch`] is in runs.
    fn watches_fetches(&self) -> bool;
    /// How many tiles or units of a run can be done at once: no fetch of one maps other pages for the ones behind it but
    /// those of the last. 0 if the board has to see them all.
    fn steady(&self, run: &Run) -> u16;
    /// Whether all lines from this one on can be done as wholes, if nothing touches them; `run` is the first tiles.
    fn has_whole_lines(&self, run: &Run) -> bool;
    /// Such a run is fetched now. Maps what it is fetched from.
    fn begin_run(&mut self, run: &Run);
    /// It is over.
    fn end_run(&mut self, run: &Run);
    /// The 1 KiB that is read at `slot` x $400. The eight slots from [`SPRITE_SLOTS`] on are patterns as sprites see them.
    fn page(&self, slot: usize) -> &[u8; 0x400];
    /// Which page that is: the same number is the same memory.
    fn page_number(&self, slot: usize) -> u32;
    /// How many writes so far changed a byte.
    fn changes(&self) -> u64;
    /// What [`VideoBus::changes`] was when a byte of the page at `slot` last changed, or of the 32 at `row` x 32 in it.
    fn last_change(&self, slot: usize, row: Option<usize>) -> u64;
}

/// How the PPU gets over its dots. All give the same state at every dot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Path {
    /// Every dot by itself, all its parts considered.
    EveryDot,
    /// Each access in its dot; between them a tile or a sprite unit at a time.
    Exact,
    /// Whole lines at once. Writes wait, and reads of $2002 are foreseen.
    #[default]
    Lines,
}

/// PPUCTRL ($2000).
mod ctrl {
    pub(super) const INCREMENT_32: u8 = 0x04;
    pub(super) const SPRITE_TABLE: u8 = 0x08;
    pub(super) const BACKGROUND_TABLE: u8 = 0x10;
    pub(super) const TALL_SPRITES: u8 = 0x20;
    pub(super) const NMI: u8 = 0x80;
}

/// PPUMASK ($2001).
mod mask {
    pub(super) const GREYSCALE: u8 = 0x01;
    /// Background and sprites in the leftmost eight pixels.
    pub(super) const LEFT: u8 = 0x06;
    pub(super) const BACKGROUND: u8 = 0x08;
    pub(super) const SPRITES: u8 = 0x10;
    pub(super) const RENDERING: u8 = BACKGROUND | SPRITES;
}

/// Dots until an undriven bit of the PPU's I/O bus reads as 0: about 20 frames on a warm console
/// (<https://www.nesdev.org/wiki/Open_bus_behavior#PPU_open_bus>).
const DECAY_DOTS: Dot = 1_786_830;

/// Groups of I/O bus bits that are refreshed together: $2002 drives 7-5, a palette read 5-0, all else all.
const DECAY_GROUPS: [u8; 3] = [0xC0, 0x20, 0x1F];

/// Dots that are cheaper as a part of a line than one by one.
const SHORTEST_PIECE: Dot = 8;

/// Spans of a line in which calm dots have the same parts. Dot 0 turns lines over and is never calm.
mod span {
    /// Any dot, calm or not.
    pub(super) const ANY: u8 = 0;
    /// 1-64: secondary OAM is cleared.
    pub(super) const CLEAR: u8 = 1;
    /// 65-256: sprites are evaluated.
    pub(super) const EVALUATION: u8 = 2;
    /// 257-320: sprites are fetched.
    pub(super) const SPRITES: u8 = 3;
    /// 321-336: the next line's first tiles.
    pub(super) const PREFETCH: u8 = 4;
    /// 337-340: two unused fetches.
    pub(super) const TAIL: u8 = 5;
}

/// The accesses of $2007, as shift registers of the dots since: one access per CPU cycle can be under way.
mod data_port {
    /// The access was made at the end of the last dot.
    pub(super) const START: u8 = 0x01;
    /// v goes out on the address bus.
    pub(super) const ADDRESS: u8 = 0x04;
    /// A write's byte goes out at the end of this dot.
    pub(super) const WRITE: u8 = 0x08;
    /// A read's byte comes in, and v is incremented at the end of this dot.
    pub(super) const STEP: u8 = 0x10;
    /// All stages that are still to come or acting.
    pub(super) const ALL: u8 = 0x1F;
}

/// The PPU.
#[derive(Clone, Debug)]
pub(crate) struct Ppu {
    clock: Clock,
    revision: &'static PpuRevision,
    path: Path,
    /// Pictures are made.
    render: bool,
    prerender: u16,

    /// Dots done since power-on.
    now: Dot,
    /// Position of the last dot done.
    line: u16,
    dot: u16,
    odd_frame: bool,
    /// The line fetches: it is visible or the pre-render line.
    active: bool,
    /// How often line 240 was reached.
    frames: u64,

    ctrl: u8,
    mask: u8,
    /// What `mask` does to colours.
    tint: Tint,
    /// Background or sprites are on: `mask` says so.
    rendering: bool,
    /// `rendering` one dot ago: evaluation and fetches see it late.
    rendering_late: bool,
    /// Power-on: $2000, $2001, $2005 and $2006 ignore writes until the first pre-render line.
    warming_up: bool,

    vblank: bool,
    /// Dot before which $2002 was last read: a vblank flag set by that dot is lost.
    status_read: Dot,
    /// From how many dots done a $2002 read shows the flag; NEVER while it is clear.
    zero_hit_from: Dot,
    overflow_from: Dot,
    /// The dot that cleared the two last, and $2002 before that: in its first half they can still be read.
    cleared: Dot,
    before_clear: u8,
    /// The first CPU cycle that sampled the NMI line low after it was high: an edge the CPU has not taken yet.
    nmi_edge: Cycle,

    /// Whether anything below is pending.
    busy: bool,
    mask_due: Dot,
    mask_value: u8,
    v_due: Dot,
    read_port: u8,
    write_port: u8,
    write_value: u8,

    read_buffer: u8,
    /// Last byte on the PPU's own I/O bus, and when its bit groups fade.
    io_bus: u8,
    decay: [Dot; DECAY_GROUPS.len()],

    /// The multiplexed address bus and the external latch of its low byte.
    address: u16,
    latch: u8,

    scroll: Scroll,
    background: Background,
    sprites: Sprites,
    palette: PaletteRam,
    /// The line on its way to the frame.
    row: Box<Row>,
    /// Dots that evaluation and units still have to do, all of them calm ones of 1-256.
    sprites_lag: u16,

    frame: Frame,
    look: Look,
    /// What the lines of the picture were drawn from.
    drawn: Box<[Drawn; VISIBLE_LINES as usize]>,
    /// What sprites are drawn from, and how often that has changed.
    sprite_source: (u64, SpriteSource),

    log: Log,

    /// Until when the flags of $2002 are certain unless a register is written, and when that was found out.
    quiet_until: Dot,
    quiet_asked: Dot,
    /// What `zero_hit_from` will be then.
    foreseen_hit: Dot,
    line_dots: Dot,
    ignored: Option<Ignored>,
}

/// Writes that were ignored since power-on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ignored {
    /// Bit n stands for $2000 + n.
    pub(crate) registers: u8,
    pub(crate) writes: u64,
    /// The dot before which the first came, and the pictures finished by then.
    pub(crate) first: Dot,
    pub(crate) frames: u64,
}

impl Ppu {
    /// A PPU at power-on, when the CPU begins its reset sequence in cycle `first`, and `lead` dots of the first line are
    /// over.
    pub(crate) fn new(clock: Clock, first: Cycle, palette: PalettePattern, lead: u16) -> Self {
        let mut row = Box::<Row>::default();
        row.begin(lead);
        Self {
            clock,
            revision: clock.region.ppu(),
            path: Path::default(),
            render: true,
            prerender: clock.region.scanlines() - 1,
            now: clock.dots_over(first),
            line: 0,
            dot: lead % DOTS_PER_LINE,
            odd_frame: false,
            active: true,
            frames: 0,
            ctrl: 0,
            mask: 0,
            tint: Tint::new(0, clock.region.ppu()),
            rendering: false,
            rendering_late: false,
            warming_up: true,
            vblank: false,
            status_read: NEVER,
            zero_hit_from: NEVER,
            overflow_from: NEVER,
            cleared: NEVER,
            before_clear: 0,
            nmi_edge: NEVER,
            busy: false,
            mask_due: NEVER,
            mask_value: 0,
            v_due: NEVER,
            read_port: 0,
            write_port: 0,
            write_value: 0,
            read_buffer: 0,
            io_bus: 0,
            decay: [0; DECAY_GROUPS.len()],
            address: 0,
            latch: 0,
            scroll: Scroll::default(),
            background: Background::default(),
            sprites: Sprites::default(),
            palette: PaletteRam::new(palette),
            row,
            sprites_lag: 0,
            frame: picture::empty(clock.region.ppu()),
            look: Look::default(),
            drawn: Box::new([Drawn::default(); _]),
            sprite_source: (0, SpriteSource::default()),
            log: Log::default(),
            quiet_until: 0,
            quiet_asked: NEVER,
            foreseen_hit: NEVER,
            line_dots: 0,
            ignored: None,
        }
    }

    /// Sets the clocks.
    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// Chooses how dots are done.
    pub(crate) fn set_path(&mut self, path: Path) {
        self.path = path;
    }

    /// Whether pictures are made. Nothing else depends on it.
    pub(crate) fn set_render(&mut self, render: bool) {
        self.render = render;
    }

    /// When rows of OAM were last accessed, if they can decay. Part of the state, in a section of its own.
    pub(crate) fn decay(&self) -> Option<&Decay> {
        self.sprites.decay.as_deref()
    }

    /// As [`Ppu::decay`].
    pub(crate) fn decay_mut(&mut self) -> Option<&mut Decay> {
        self.sprites.decay.as_deref_mut()
    }

    /// Sets whether rows of OAM decay. They were last accessed at power-on.
    pub(crate) fn set_decay(&mut self, decay: bool) {
        self.sprites.set_decay(decay, self.revision);
    }

    /// Dots that were not done by themselves but as parts of whole lines.
    pub(crate) fn line_dots(&self) -> Dot {
        self.line_dots
    }

    /// What the PPU of a console that starts in this way has done when the CPU begins.
    pub(crate) fn start(&mut self, start: Start) {
        self.warming_up = start == Start::Nes;
        if start == Start::Warm {
            self.line = self.clock.region.vblank_line();
            self.active = false;
            // Dot 1 sets the flag.
            self.vblank = self.dot > 0;
        }
    }

    /// The Reset button of an NES: clears the registers, keeps memory and the flags of $2002, and begins with the first line,
    /// of which `lead` dots are over (<https://www.nesdev.org/wiki/PPU_power_up_state>).
    pub(crate) fn reset(&mut self, lead: u16) {
        self.set_ctrl(0);
        if self.rendering && self.active {
            self.sprites.end_accesses(self.now);
        }
        self.set_mask(0);
        self.log.note(0, 0);
        self.mask_due = NEVER;
        self.v_due = NEVER;
        self.scroll.reset();
        self.read_buffer = 0;
        (self.line, self.dot) = (0, lead % DOTS_PER_LINE);
        self.active = true;
        // The dots before are in no picture: as at power-on, and not those of the last one.
        if self.render {
            self.frame = picture::empty(self.revision);
            self.drawn.iter_mut().for_each(Drawn::forget);
        }
        self.row.begin(self.dot);
        self.odd_frame = false;
        self.warming_up = true;
        self.forget_foreseen();
    }

    /// Dots done since power-on.
    pub(crate) fn now(&self) -> Dot {
        self.now
    }

    /// Pictures finished since power-on: how often line 240 was reached.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// The writes that were ignored.
    pub(crate) fn ignored(&self) -> Option<Ignored> {
        self.ignored
    }

    /// The picture; complete when [`Ppu::frames`] has just gone up.
    pub(crate) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Bytes of memory besides the value itself and its picture.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.row) + self.log.heap_bytes() + size_of_val(&*self.drawn)
    }

    /// Brings the PPU to the moment at which `target` dots are done, and through the writes that wait until then. Evaluation
    /// and sprite units may stay behind in their line until something asks for them ([`Ppu::catch_up_sprites`]).
    pub(crate) fn run_until<V: VideoBus>(&mut self, bus: &mut V, target: Dot) {
        loop {
            self.meet_writes_here();
            if self.now >= target {
                break;
            }
            self.advance_to(bus, target);
        }
    }

    /// Does dots, one at least. Meets no write but soft ones on its way.
    fn advance_to<V: VideoBus>(&mut self, bus: &mut V, target: Dot) {
        let next = target.min(self.log.next());
        let idle = self.idle_dots();
        if self.path == Path::EveryDot {
            self.step::<V, { span::ANY }>(bus);
        } else if idle > 0 {
            self.skip_idle(idle.min(next - self.now));
        } else if (self.has_lines() || next >= self.now + SHORTEST_PIECE)
            && self.commit(bus, if self.has_lines() { target } else { next.min(self.next_piece()) })
        {
            // As far as that goes.
        } else if self.is_calm() {
            self.catch_up_sprites();
            self.run_calm(bus, next);
        } else if self.is_lone_access(next) {
            self.commit_access(bus);
        } else {
            self.catch_up_sprites();
            self.step::<V, { span::ANY }>(bus);
        }
    }

    /// Brings what only the present can tell into one form: sprites that are behind, bits of the I/O bus that have faded.
    pub(crate) fn canonicalize(&mut self) {
        self.catch_up_sprites();
        self.fade(self.now);
    }

    /// Makes again what follows from a loaded state, and forgets what was known of the state before.
    pub(crate) fn rebuild(&mut self) {
        self.active = self.line < VISIBLE_LINES || self.line == self.prerender;
        self.set_mask(self.mask);
        self.status_read = NEVER;
        self.cleared = NEVER;
        self.ignored = None;
        self.update_busy();
        self.palette.rebuild();
        self.log.note(self.ctrl, if self.mask_due == NEVER { self.mask } else { self.mask_value });
        self.sprites.forget_in_range();
        self.forget_foreseen();
        self.drawn.iter_mut().for_each(Drawn::forget);
        self.row.begin(self.dot);
    }

    /// Dots since the start of line 0, the odd-frame skip not counted.
    #[inline]
    const fn position_of(line: u16, dot: u16) -> u64 {
        line as u64 * DOTS_PER_LINE as u64 + dot as u64
    }

    /// From line 240 on nothing happens by itself, except where the vblank flag is set and at the end: dots until then.
    #[inline]
    fn idle_dots(&self) -> u64 {
        if self.active || self.busy || self.rendering_late != self.rendering { 0 } else { self.uneventful_dots() }
    }

    /// What is left of the idle dots if there is no access.
    #[inline]
    fn uneventful_dots(&self) -> u64 {
        let here = (self.line, self.dot);
        // In the first dot the address bus turns to v.
        if here == (VISIBLE_LINES, 0) {
            return 0;
        }
        let vblank = (self.revision.vblank_line, 0);
        let end = if here <= vblank { vblank } else { (self.prerender - 1, DOTS_PER_LINE - 1) };
        Self::position_of(end.0, end.1) - Self::position_of(here.0, here.1)
    }

    #[inline]
    fn skip_idle(&mut self, dots: u64) {
        let there = Self::position_of(self.line, self.dot) + dots;
        let (line, dot) = Self::place_of(there);
        if self.line < self.revision.refresh.end && line >= self.revision.refresh.start {
            self.refresh_ahead(dots);
        }
        self.now += dots;
        (self.line, self.dot) = (line, dot);
    }

    /// The line and the dot at a position.
    #[inline]
    const fn place_of(position: u64) -> (u16, u16) {
        ((position / DOTS_PER_LINE as u64) as u16, (position % DOTS_PER_LINE as u64) as u16)
    }

    /// The forced refresh of so many dots to come.
    #[cold]
    fn refresh_ahead(&mut self, dots: u64) {
        let here = Self::position_of(self.line, self.dot);
        if !self.sprites.may_decay() {
            let (line, dot) = Self::place_of(here + dots);
            let increments = self.revision.refreshes(line, dot) - self.revision.refreshes(self.line, self.dot);
            return self.sprites.advance_address(increments);
        }
        for (position, now) in (here + 1..=here + dots).zip(self.now..) {
            let (line, dot) = Self::place_of(position);
            if self.revision.refreshes_in(line, dot) {
                self.sprites.increment_address(now);
            }
        }
    }

    /// Whether the forced refresh increments OAMADDR in a dot of this line.
    #[inline]
    fn refreshes_in(&self, dot: u16) -> bool {
        self.revision.refreshes_in(self.line, dot)
    }

    /// The earliest moment at which dot `dot` of line `line` can be about to be done.
    fn next_dot(&self, line: u16, dot: u16) -> Dot {
        let frame = Self::position_of(self.revision.scanlines, 0);
        let here = Self::position_of(self.line, self.dot) + 1;
        let there = Self::position_of(line, dot);
        if here <= there {
            self.now + (there - here)
        } else {
            // The frame may be a dot shorter.
            self.now + (there + frame - here) - 1
        }
    }

    /// The earliest moment at which the current picture can be complete.
    pub(crate) fn next_frame(&self) -> Dot {
        self.next_dot(VISIBLE_LINES, 0) + 1
    }

    /// The line and the dot in it that was done last.
    pub(crate) fn position(&self) -> (u16, u16) {
        (self.line, self.dot)
    }

    /// Whether background or sprites are on.
    pub(crate) fn is_rendering(&self) -> bool {
        self.rendering
    }

    /// Whether an access has effects that are still to come.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// The background's pattern table, $0000 or $1000.
    pub(crate) fn background_table(&self) -> u16 {
        u16::from(self.ctrl & ctrl::BACKGROUND_TABLE) << 8
    }

    /// The pattern table of 8x8 sprites, $0000 or $1000.
    pub(crate) fn sprite_table(&self) -> u16 {
        u16::from(self.ctrl & ctrl::SPRITE_TABLE) << 9
    }

    /// Whether sprites are 8x16.
    pub(crate) fn has_tall_sprites(&self) -> bool {
        self.ctrl & ctrl::TALL_SPRITES != 0
    }

    /// Which tables sprites will be fetched from: if they are 8x16, and in a line that fetches, and that is certain unless
    /// a register is written.
    pub(crate) fn tall_ahead(&mut self) -> Option<TallAhead<'_>> {
        if !self.has_tall_sprites() || !self.rendering || !self.active {
            return None;
        }
        self.catch_up_sprites();
        if !self.sprites.is_in_order() || !self.sprites.fetches_in_order(self.dot) {
            return None;
        }
        let background = self.background_table() != 0;
        // The pre-render line fetches those of line 239, which secondary OAM has kept.
        let known = self.line == self.prerender || self.dot >= line::BACKGROUND_END;
        let here = known.then(|| self.sprites.tall_tables());
        Some(TallAhead { here, lines: self.sprites.tall_fetches(background) })
    }
}

persist!(Ppu {
    now: present_dot(),
    line: with(|ppu: &Self, line| line <= ppu.prerender),
    dot: within(0..DOTS_PER_LINE),
    odd_frame,
    ctrl,
    mask,
    rendering_late,
    warming_up,
    vblank,
    zero_hit_from: until_dot(8),
    overflow_from: until_dot(8),
    nmi_edge: until(8),
    mask_due: due_in_dots(8),
    mask_value,
    v_due: due_in_dots(8),
    read_port: within(0..=data_port::ALL),
    write_port: within(0..=data_port::ALL),
    write_value,
    read_buffer,
    io_bus,
    decay: each_until_dot(DECAY_DOTS),
    address: within(0..=0x3FFF),
    latch,
    scroll,
    background,
    sprites,
    palette,
});

#[cfg(test)]
mod tests;
