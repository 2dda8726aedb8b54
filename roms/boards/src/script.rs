//! The script of a board: writes to its registers and checks of what it then shows.
//!
//! A script becomes straight 6502 code: a write is `LDA #value, STA address`, a check is a JSR into the [kernel](crate::kernel)
//! with its parameters behind it. It begins at $E010 (or $F010, see [`Unit`]), jumps over the header of the page at $F000, and
//! must end before the kernel.
//!
//! Cycles of an IRQ: number 0 is the cycle of the write that starts the counter, so a counter that counts every CPU cycle
//! makes its first step in cycle 1. The slide of the kernel polls in every second cycle; each IRQ is therefore awaited twice,
//! once such that a later cycle would be too late, and once such that an earlier one would be too early.

use crate::asm::{Code, assemble};
use crate::kernel;
use Mirroring::{Four, Horizontal, OneA, OneB, Vertical};

/// Bytes at the start of each 4 KiB of PRG ROM: the signature of the bank, then bytes for bus conflicts.
pub(crate) const PAGE_HEADER: u16 = 16;
/// Bytes of page headers for bus conflicts, with their offsets: a write to `ONES` has no conflict.
pub(crate) const CONFLICTS: [u8; 8] = [0xFF, 0x00, 0x0F, 0xF0, 0x55, 0xAA, 0x33, 0xCC];
/// The offset of the first of them.
pub(crate) const ONES: u16 = 4;

/// What the two pages of nametable RAM hold after [`Script::mark`].
const MARKS: [u8; 2] = [0xA1, 0xB2];

/// The smallest PRG bank that the board shows at $F000-$FFFF: the code is in each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// 4 KiB: the code is at $F000.
    Four,
    /// 8 KiB or more: the code is at $E000.
    Eight,
}

impl Unit {
    /// Where the script begins.
    pub(crate) const fn start(self) -> u16 {
        match self {
            Self::Four => 0xF000 + PAGE_HEADER,
            Self::Eight => 0xE000 + PAGE_HEADER,
        }
    }
}

/// Which page of nametable RAM is where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mirroring {
    Horizontal,
    Vertical,
    OneA,
    OneB,
    Four,
}

impl Mirroring {
    /// The page of each nametable.
    const fn pages(self) -> [usize; 4] {
        match self {
            Horizontal => [0, 0, 1, 1],
            Vertical => [0, 1, 0, 1],
            OneA => [0; 4],
            OneB => [1; 4],
            Four => [0, 1, 2, 3],
        }
    }
}

/// A script that grows.
pub(crate) struct Script {
    /// Code from the unit's start to $FFFF; the kernel is at its end.
    code: Vec<u8>,
    start: u16,
    pc: u16,
    kernel: Code,
    kernel_start: u16,
    sections: u8,
    /// The checks: the address that a failure reports, and what was checked.
    steps: Vec<(u16, String)>,
}

impl Script {
    pub(crate) fn new(unit: Unit, status: bool) -> Self {
        let given = [("start", unit.start()), ("status", u16::from(status))];
        let length = assemble(kernel::TEXT, 0xE000, &given).bytes.len() as u16;
        let kernel_start = 0xFFFA - length;
        let kernel = assemble(kernel::TEXT, kernel_start, &given);
        let start = unit.start();
        let wait = kernel.symbols["wait"];
        assert_eq!(wait >> 8, (wait + 6) >> 8, "a branch of `wait` to another page takes another cycle: move it");
        Self {
            code: vec![0; usize::from(0xFFFF - start) + 1],
            start,
            pc: start,
            kernel,
            kernel_start,
            sections: 0,
            steps: Vec::new(),
        }
    }

    /// The code from the start of the unit on, and the checks.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Vec<(u16, String)>) {
        self.check("all", &[self.sections], "all of the script was run".to_owned());
        let pass = self.kernel.symbols["pass"];
        self.emit(&[0x4C, pass as u8, (pass >> 8) as u8]);
        let at = usize::from(self.kernel_start - self.start);
        let vectors = ["reset", "reset", "interrupt"].map(|name| self.kernel.symbols[name]);
        let bytes = self.kernel.bytes.iter().copied().chain(vectors.into_iter().flat_map(u16::to_le_bytes));
        self.code.splice(at.., bytes);
        (self.code, self.steps)
    }

    /// Makes sure that the next `length` bytes are in one piece.
    fn reserve(&mut self, length: u16) {
        const SECOND: u16 = 0xF000;
        if self.pc < SECOND && self.pc + length + 3 > SECOND {
            let to = SECOND + PAGE_HEADER;
            self.put(&[0x4C, to as u8, (to >> 8) as u8]);
            self.pc = to;
        }
        assert!(self.pc + length + 3 <= self.kernel_start, "the script is too long");
    }

    fn put(&mut self, bytes: &[u8]) {
        let at = usize::from(self.pc - self.start);
        self.code[at..at + bytes.len()].copy_from_slice(bytes);
        self.pc += bytes.len() as u16;
    }

    fn emit(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len() as u16);
        self.put(bytes);
    }

    fn call(&mut self, routine: &str, parameters: &[u8]) {
        let addr = self.kernel.symbols[routine];
        let mut bytes = vec![0x20, addr as u8, (addr >> 8) as u8];
        bytes.extend(parameters);
        self.emit(&bytes);
    }

    fn check(&mut self, routine: &str, parameters: &[u8], what: String) {
        self.reserve(3 + parameters.len() as u16);
        self.steps.push((self.pc + 2, what));
        self.call(routine, parameters);
    }

    /// Names the following steps.
    pub(crate) fn section(&mut self, name: &str) {
        let mut text = name.as_bytes().to_vec();
        text.push(0);
        self.sections += 1;
        self.call("section", &text);
    }

    /// Writes a byte.
    pub(crate) fn write(&mut self, addr: u16, value: u8) {
        self.emit(&[0xA9, value, 0x8D, addr as u8, (addr >> 8) as u8]);
    }

    /// Writes bytes to the same or to other addresses.
    pub(crate) fn writes(&mut self, list: &[(u16, u8)]) {
        for (addr, value) in list {
            self.write(*addr, *value);
        }
    }

    /// Reads an address, for what that does.
    pub(crate) fn touch(&mut self, addr: u16) {
        self.emit(&[0xAD, addr as u8, (addr >> 8) as u8]);
    }

    /// Checks the bits `mask` of a byte.
    pub(crate) fn bits(&mut self, addr: u16, mask: u8, value: u8) {
        self.reserve(16);
        self.touch(addr);
        if mask != 0xFF {
            self.emit(&[0x29, mask]);
        }
        self.check("eq", &[value], format!("${addr:04X} & ${mask:02X} is ${value:02X}"));
    }

    /// Checks a byte.
    pub(crate) fn expect(&mut self, addr: u16, value: u8) {
        self.bits(addr, 0xFF, value);
    }

    /// Checks that nothing drives the bus: the last byte on it was the high byte of the address.
    pub(crate) fn open_bus(&mut self, addr: u16) {
        self.expect(addr, (addr >> 8) as u8);
    }

    /// Checks that an address shows bank `bank` of PRG ROM; banks have `kib` KiB, 4 or more.
    pub(crate) fn prg(&mut self, addr: u16, kib: u16, bank: u16) {
        let (pages, first) = (kib / 4, bank * (kib / 4));
        let what = format!("PRG ${addr:04X}: bank {bank} of {kib} KiB");
        self.check("prg", &[(addr >> 8) as u8, pages as u8, first as u8, (first >> 8) as u8], what);
    }

    /// Checks that a PPU address shows bank `bank` of CHR; banks have `kib` KiB.
    pub(crate) fn chr(&mut self, addr: u16, kib: u16, bank: u16) {
        let first = bank * kib;
        let what = format!("CHR ${addr:04X}: bank {bank} of {kib} KiB");
        self.check("chr", &[(addr >> 8) as u8, kib as u8, first as u8, (first >> 8) as u8], what);
    }

    /// Writes the signatures of a bank into CHR RAM.
    pub(crate) fn chr_put(&mut self, addr: u16, kib: u16, bank: u16) {
        let first = bank * kib;
        self.call("chrput", &[(addr >> 8) as u8, kib as u8, first as u8, (first >> 8) as u8]);
    }

    /// Writes a cell of a nametable.
    pub(crate) fn nt_put(&mut self, nametable: u8, value: u8) {
        self.call("ntput", &[0x23 + 4 * nametable, value]);
    }

    /// Checks the cells of the nametables.
    pub(crate) fn nt(&mut self, values: [u8; 4]) {
        self.check("nt", &values, format!("nametables {values:02X?}"));
    }

    /// Marks the pages of nametable RAM; the first two nametables must show both.
    pub(crate) fn mark(&mut self) {
        self.nt_put(0, MARKS[0]);
        self.nt_put(1, MARKS[1]);
    }

    /// Checks which marked page each nametable shows.
    pub(crate) fn pages(&mut self, pages: [usize; 4]) {
        self.nt(pages.map(|page| MARKS[page]));
    }

    /// Checks the mirroring, by the marked pages.
    pub(crate) fn mirroring(&mut self, mirroring: Mirroring) {
        self.pages(mirroring.pages());
    }

    /// Checks the mirroring of a board that cannot change it.
    pub(crate) fn wired(&mut self, mirroring: Mirroring) {
        let pages = mirroring.pages();
        let values = [0x11, 0x22, 0x33, 0x44];
        for (nametable, value) in (0..).zip(values) {
            self.nt_put(nametable, value);
        }
        // The last write into a page remains.
        let last = |page| (0..4).rev().find(|nametable| pages[*nametable] == page).unwrap_or(0);
        self.nt(pages.map(|page| values[last(page)]));
    }

    /// Checks the mirrorings that a register can select, in any order; one of them must be vertical.
    pub(crate) fn mirrorings(&mut self, list: &[((u16, u8), Mirroring)]) {
        for ((addr, value), _) in list.iter().filter(|row| row.1 == Vertical) {
            self.write(*addr, *value);
            self.mark();
        }
        // Twice, so that each is also seen after another one.
        for ((addr, value), mirroring) in list.iter().chain(list.iter().rev()) {
            self.write(*addr, *value);
            self.mirroring(*mirroring);
        }
    }

    /// Checks a register that selects one of the two pages for all nametables.
    pub(crate) fn one_screen(&mut self, a: (u16, u8), b: (u16, u8)) {
        self.write(a.0, a.1);
        self.nt_put(0, MARKS[0]);
        self.write(b.0, b.1);
        self.nt_put(2, MARKS[1]);
        self.mirroring(OneB);
        self.write(a.0, a.1);
        self.mirroring(OneA);
    }

    /// Fills RAM so that each address line counts.
    pub(crate) fn ram_put(&mut self, addr: u16, pages: u16, key: u8) {
        self.call("ramput", &[(addr >> 8) as u8, pages as u8, key]);
    }

    /// Checks what `ram_put` wrote.
    pub(crate) fn ram_get(&mut self, addr: u16, pages: u16, key: u8) {
        let what = format!("RAM ${addr:04X}, {pages} pages, key ${key:02X}");
        self.check("ram", &[(addr >> 8) as u8, pages as u8, key], what);
    }

    /// Checks RAM.
    pub(crate) fn ram(&mut self, addr: u16, pages: u16) {
        for key in [0xFF, 0x5A] {
            self.ram_put(addr, pages, key);
            self.ram_get(addr, pages, key);
        }
    }

    /// Writes bits 0-4 of a value one after the other, as the MMC1 takes them.
    pub(crate) fn serial(&mut self, addr: u16, value: u8) {
        self.call("serial", &[addr as u8, (addr >> 8) as u8, value]);
    }

    /// Runs code in RAM, where it may do without PRG ROM. It must end with RTS.
    pub(crate) fn run_in_ram(&mut self, text: &str) {
        let code = assemble(text, 0x0300, &[]).bytes;
        self.call("inram", &[&[code.len() as u8][..], &code].concat());
    }

    /// Increments a byte: two writes in consecutive cycles.
    pub(crate) fn increment(&mut self, addr: u16) {
        self.emit(&[0xEE, addr as u8, (addr >> 8) as u8]);
    }

    /// Checks a byte of the PPU's memory.
    pub(crate) fn ppu(&mut self, addr: u16, value: u8) {
        self.check("ppu", &[addr as u8, (addr >> 8) as u8, value], format!("PPU ${addr:04X} is ${value:02X}"));
    }

    /// Makes the PPU read a byte of its memory.
    pub(crate) fn ppu_touch(&mut self, addr: u16) {
        self.call("pputouch", &[addr as u8, (addr >> 8) as u8]);
    }

    /// Writes a byte of the PPU's memory.
    pub(crate) fn ppu_put(&mut self, addr: u16, value: u8) {
        self.call("ppuput", &[addr as u8, (addr >> 8) as u8, value]);
    }

    /// Rises of PPU A12, by addresses in $2006: eight CPU cycles or more between two edges.
    pub(crate) fn a12(&mut self, rises: u8) {
        self.call("clock", &[rises]);
    }

    /// Checks that an IRQ is pending.
    pub(crate) fn irq(&mut self) {
        self.call("slide", &[]);
        self.check("irq", &[1], "an IRQ".to_owned());
    }

    /// Checks that no IRQ comes.
    pub(crate) fn no_irq(&mut self) {
        self.call("slide", &[]);
        self.check("irq", &[kernel::NO_IRQ], "no IRQ".to_owned());
    }

    /// Begins a frame with rendering, and waits until about this line; then an IRQ must come within 20 cycles or so.
    pub(crate) fn irq_in_line(&mut self, line: u32) {
        // Lines from the vertical blank to line 0, and half of the slide.
        const BLANK: u32 = 21;
        self.reserve(48);
        self.begin_frame();
        self.delay((BLANK + line) * 341 / 3 - 60);
        self.call("slide", &[]);
        self.check("within", &[], format!("an IRQ at the begin of line {line}"));
    }

    /// Begins a frame with rendering.
    pub(crate) fn begin_frame(&mut self) {
        self.call("frame", &[0x18]);
    }

    /// Stops rendering.
    pub(crate) fn blank(&mut self) {
        self.write(0x2001, 0);
    }

    /// Checks that the line falls in cycle `cycle` after the last of the writes of `arm`, 13 or later.
    pub(crate) fn irq_at(&mut self, cycle: u32, arm: &[(u16, u8)]) {
        self.irq_after(cycle, arm, &[]);
    }

    /// The same, with more writes in given cycles: number, address and value.
    pub(crate) fn irq_after(&mut self, cycle: u32, arm: &[(u16, u8)], later: &[(u32, u16, u8)]) {
        // Of a NOP, the first cycle polls. After a delay of W cycles, JSR and CLI, NOP number k polls in cycle W + 9 + 2k.
        const FIRST: u32 = 9;
        let now = later.last().map_or(0, |row| row.0);
        let nop = ((cycle - now - FIRST - 2) / 2).min(6);
        let delay = cycle - now - FIRST - 2 * nop;
        for late in 0..2 {
            self.reserve(32 + 5 * arm.len() as u16 + 24 * later.len() as u16);
            self.writes(arm);
            let mut now = 0;
            for (at, addr, value) in later {
                // LDA and STA, which writes in the last cycle.
                self.delay(at - now - 6);
                self.write(*addr, *value);
                now = *at;
            }
            self.delay(delay + late);
            self.call("slide", &[]);
            let what = ["later", "earlier"][late as usize];
            self.check("irq", &[nop as u8 + 1], format!("an IRQ in cycle {cycle}, not {what}"));
        }
    }

    /// Code that takes this many cycles, 2 or more.
    pub(crate) fn delay(&mut self, cycles: u32) {
        // LDX, LDY and `wait`.
        const FIXED: u32 = 19;
        let mut left = cycles;
        if cycles >= FIXED + 7 {
            let outer = (cycles - FIXED - 7) / 1284;
            let inner = ((cycles - FIXED - 2 - 1284 * outer) / 5).min(256);
            left = cycles - FIXED - 1284 * outer - 5 * inner;
            self.emit(&[0xA2, inner as u8, 0xA0, outer as u8 + 1]);
            self.call("wait", &[]);
        }
        assert!(left != 1, "a delay of {cycles} cycles");
        if left % 2 == 1 {
            // BIT zero page.
            self.emit(&[0x24, kernel::DELAY_SCRATCH]);
            left -= 3;
        }
        for _ in 0..left / 2 {
            self.emit(&[0xEA]);
        }
    }
}
