//! Boards: what hangs between the console's buses and the ROM chips.
//!
//! One file per board, named by board. A board keeps registers and derives from them who sees what: it writes page tables
//! into [`Memory`] and never touches a byte of an access itself, except for registers. It does not know the PPU: the
//! console shows it addresses ([`ScanlineCounter::see`]) and tells it what the PPU will do ([`Forecast`]).
//!
//! | file                  | what is in it                                                       |
//! |-----------------------|---------------------------------------------------------------------|
//! | [`board`]             | the trait [`Board`], and the wiring that it chooses from             |
//! | [`latch`]             | boards that are one register                                        |
//! | [`namcot108`], [`mmc3`] | chips, and boards that differ in what they are wired to           |
//! | [`irq`], [`a12`]      | the IRQ line, counters of CPU cycles; A12, its filter and forecast  |
//! | [`scanline`]          | the counter of rises of A12                                         |
//! | all others            | boards                                                              |
//!
//! # Adding a board
//!
//! 1. A file `mapper/<board>.rs`. Its docs open with the iNES numbers, then the register table and the source. Its type
//!    implements [`Board`], or [`latch::Layout`] if the board is one register.
//! 2. Here, `mod` and a row in `boards!`. That is all: the compiler and the tests below ask for the rest.

mod a12;
mod action53;
mod axrom;
mod bandai161;
mod bf9096;
mod bf909x;
mod bnrom;
mod board;
mod cnrom;
mod cnrom185;
mod color_dreams;
mod cprom;
mod dxrom;
mod faulty;
mod fcg;
mod fcg_ram;
mod fme7;
mod g101;
mod gtrom;
mod gxrom;
mod h3001;
mod irq;
mod j87;
mod jf11;
mod jf13;
mod jf16;
mod jf17;
mod latch;
mod lrog017;
mod magic_floor;
mod mmc1;
mod mmc2;
mod mmc3;
mod mmc3_multicarts;
mod mmc5;
mod n163;
mod n175;
mod namcot108;
mod namcot3425;
mod namcot3443;
mod namcot3446;
mod nes_event;
mod nina03;
mod nrom;
mod nsf_cart;
mod oeka_kids;
mod parts;
mod scanline;
mod ss88006;
mod sunsoft1;
mod sunsoft2;
mod sunsoft3;
mod sunsoft4;
mod tam_s1;
mod tc0190;
mod tc0690;
mod tqrom;
mod txsrom;
mod unrom08;
mod unrom512;
mod uxrom;
mod vrc1;
mod vrc24;
mod vrc3;
mod vrc6;
mod vrc7;
mod x1_005;
mod x1_017;

use crate::cartridge::Cartridge;
use crate::forecast::Forecast;
use crate::memory::{Access, Memory};
use crate::options::Mmc3Revision;
use crate::state::{Impossible, Persist, Reader, Writer};
use crate::testing::faults::Fault;
use board::{Board, IrqWiring, PpuWiring, Ranges, ReadWiring, Setup, contains};
use ricojit_interpreter::Cycle;

pub(crate) use board::{SeesFetches, Wired};
pub(crate) use scanline::ScanlineCounter;

/// The list of boards: a type, its module, and the iNES numbers for which it stands.
macro_rules! boards {
    ($($board:ident in $module:ident: $($number:literal)|+;)+) => {
        /// A board.
        #[derive(Clone, Debug)]
        enum Circuit {
            $($board($module::$board),)+
        }

        impl Circuit {
            fn new(number: u16, setup: &Setup) -> Option<Self> {
                Some(match number {
                    $($($number)|+ => Self::$board(Board::new(setup)),)+
                    _ => return None,
                })
            }
        }

        /// The iNES numbers of all boards that there are, in the order of the list.
        pub(crate) const NUMBERS: &[u16] = &[$($($number),+),+];

        /// KiB of PRG ROM and of CHR that a board can address.
        pub(crate) fn largest(number: u16) -> Option<[usize; 2]> {
            Some(match number {
                $($($number)|+ => $module::$board::LARGEST,)+
                _ => return None,
            })
        }

        /// The sound chip of a board, which is not emulated.
        pub(crate) fn silent_chip(number: u16) -> Option<&'static str> {
            match number {
                $($($number)|+ => $module::$board::SOUND,)+
                _ => None,
            }
        }

        /// Calls a function of whatever board it is, with its type `$type`.
        macro_rules! each {
            ($circuit:expr, $name:ident: $type:ident => $call:expr) => {
                match $circuit {
                    $(Circuit::$board($name) => {
                        type $type = $module::$board;
                        $call
                    })+
                }
            };
        }
    };
}

boards! {
    Nrom in nrom: 0;
    Mmc1 in mmc1: 1 | 155;
    Uxrom in uxrom: 2 | 94;
    Cnrom in cnrom: 3;
    Txrom in mmc3: 4;
    Mmc5 in mmc5: 5;
    Axrom in axrom: 7;
    Mmc2 in mmc2: 9;
    Mmc4 in mmc2: 10;
    ColorDreams in color_dreams: 11;
    Cprom in cprom: 13;
    Fcg in fcg: 16 | 157 | 159;
    Ss88006 in ss88006: 18;
    N163 in n163: 19;
    Vrc24 in vrc24: 21 | 22 | 23 | 25;
    Vrc6 in vrc6: 24 | 26;
    Action53 in action53: 28;
    Unrom512 in unrom512: 30;
    NsfCart in nsf_cart: 31;
    G101 in g101: 32;
    Tc0190 in tc0190: 33;
    Bnrom in bnrom: 34;
    Mmc3Multicart in mmc3_multicarts: 37 | 47;
    Tc0690 in tc0690: 48;
    H3001 in h3001: 65;
    Gxrom in gxrom: 66;
    Sunsoft3 in sunsoft3: 67;
    Sunsoft4 in sunsoft4: 68;
    Fme7 in fme7: 69;
    Bandai161 in bandai161: 70 | 152;
    Bf909x in bf909x: 71;
    Jf17 in jf17: 72 | 92;
    Vrc3 in vrc3: 73;
    Vrc1 in vrc1: 75;
    Namcot3446 in namcot3446: 76;
    Lrog017 in lrog017: 77;
    Jf16 in jf16: 78;
    Nina03 in nina03: 79 | 146;
    X1005 in x1_005: 80 | 207;
    X1017 in x1_017: 82;
    Vrc7 in vrc7: 85;
    Jf13 in jf13: 86;
    J87 in j87: 87 | 101;
    Namcot3443 in namcot3443: 88;
    Sunsoft2 in sunsoft2: 89 | 93;
    Namcot3425 in namcot3425: 95;
    OekaKids in oeka_kids: 96;
    TamS1 in tam_s1: 97;
    NesEvent in nes_event: 105;
    Gtrom in gtrom: 111;
    Ntd8 in nina03: 113;
    Txsrom in txsrom: 118;
    Tqrom in tqrom: 119;
    Jf11 in jf11: 140;
    FcgRam in fcg_ram: 153;
    Namcot3453 in namcot3443: 154;
    Unrom08 in unrom08: 180;
    Sunsoft1 in sunsoft1: 184;
    Cnrom185 in cnrom185: 185;
    Dxrom in dxrom: 206;
    N175 in n175: 210;
    MagicFloor in magic_floor: 218;
    Bf9096 in bf9096: 232;
}

/// A board, and what is wired on it.
#[derive(Clone, Debug)]
pub(crate) struct Mapper {
    wired: Wired,
    circuit: Circuit,
    fault: Option<Fault>,
}

impl Mapper {
    /// The board that a header names, as it is at power-on; `None` if it is not supported. [`Mapper::connect`] then shows
    /// it to a memory. A revision of the MMC3 overrides the one that the submapper names. A fault is for tests.
    pub(crate) fn new(cartridge: &Cartridge, mmc3: Option<Mmc3Revision>, fault: Option<Fault>) -> Option<Self> {
        let header = &cartridge.header;
        let circuit = Circuit::new(header.mapper, &Setup { header, mmc3 })?;
        let wired = each!(&circuit, _board: B => Wired::of::<B>());
        Some(Self { wired, circuit, fault })
    }

    /// What is wired.
    #[inline]
    pub(crate) fn wired(&self) -> Wired {
        self.wired
    }

    /// Shows the board to the memory of a console at power-on.
    pub(crate) fn connect(&self, memory: &mut Memory) {
        let (reads, writes) = self.registers();
        memory.set_registers(reads, writes);
        memory.add_own_ram(each!(&self.circuit, board: B => <B as Board>::Ppu::own_ram(board)));
        self.update_banks(memory);
    }

    /// The addresses of registers that are read, and of those that are written.
    pub(crate) fn registers(&self) -> (Ranges, Ranges) {
        each!(&self.circuit, _board: B => (<<B as Board>::Reads as ReadWiring<B>>::READS, B::WRITES))
    }

    /// A CPU write to $4020-$FFFF in cycle `at`. Where [`Mapper::needs_ppu`] says so, the PPU must have been brought to
    /// this cycle before.
    pub(crate) fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        if let Some(fault) = self.fault {
            return self.write_faulty(fault, memory, addr, value, at);
        }
        self.write_sound(memory, addr, value, at);
    }

    /// A write to a board without a fault.
    #[inline]
    fn write_sound(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        each!(&mut self.circuit, board: B => {
            if contains(B::WRITES, addr) { board.write(memory, addr, value, at) } else { memory.write_prg_ram(addr, value) }
        });
    }

    /// A CPU read of $4020-$FFFF in cycle `at`; `None` is open bus.
    pub(crate) fn read(&mut self, memory: &mut Memory, addr: u16, at: Cycle) -> Option<u8> {
        if !self.wired.has(Wired::READS) {
            return memory.read_prg(addr);
        }
        if self.fault == Some(Fault::NoReads) && self.is_read(addr) {
            return None;
        }
        let value = each!(&mut self.circuit, board: B => <B as Board>::Reads::read(board, memory, addr, at));
        if self.fault.is_some() {
            self.spoil(memory);
        }
        value
    }

    /// As [`Mapper::read`], for a debugger.
    pub(crate) fn peek(&self, memory: &Memory, addr: u16) -> Option<u8> {
        if !self.wired.has(Wired::READS) {
            return memory.read_prg(addr);
        }
        each!(&self.circuit, board: B => <B as Board>::Reads::peek(board, memory, addr))
    }

    /// Whether a register is read at this address.
    pub(crate) fn is_read(&self, addr: u16) -> bool {
        self.wired.has(Wired::READS) && contains(self.registers().0, addr)
    }

    /// Whether this write depends on what the PPU did so far. May say yes needlessly.
    #[inline]
    pub(crate) fn needs_ppu(&self, addr: u16, value: u8) -> bool {
        self.wired.has(Wired::PPU)
            && each!(&self.circuit, board: B => {
                contains(B::WRITES, addr) && <B as Board>::Ppu::needs_ppu(board, addr, value)
            })
    }

    /// Writes all page tables from the registers: at power-on and after a state was loaded.
    pub(crate) fn update_banks(&self, memory: &mut Memory) {
        each!(&self.circuit, board: B => <B as Board>::update_banks(board, memory));
        self.spoil(memory);
        memory.take_change();
        memory.commit();
    }

    /// The reset button.
    pub(crate) fn reset(&mut self, memory: &mut Memory) {
        each!(&mut self.circuit, board: B => <B as Board>::reset(board, memory));
        self.spoil(memory);
        memory.take_change();
        memory.commit();
    }

    /// Whether a rise of A12 can assert the IRQ. Only an access changes that, or the IRQ.
    #[inline]
    pub(crate) fn counts_to_irq(&self) -> bool {
        self.wired.has(Wired::PPU) && each!(&self.circuit, board: B => <B as Board>::Ppu::counts_to_irq(board))
    }

    /// The counter of rises of A12, if the board has one. To be asked for once for many addresses.
    #[inline]
    pub(crate) fn scanline_counter(&mut self) -> Option<&mut ScanlineCounter> {
        each!(&mut self.circuit, board: B => <B as Board>::Ppu::scanline_counter(board))
    }

    /// Shows one address to that counter.
    #[cfg(test)]
    pub(crate) fn ppu_address(&mut self, addr: u16, at: impl FnOnce() -> Cycle) {
        if let Some(counter) = self.scanline_counter() {
            counter.see(addr, at);
        }
    }

    /// Brings what counts CPU cycles to the start of cycle `at`.
    pub(crate) fn run_until(&mut self, at: Cycle) {
        if self.wired.has(Wired::IRQ) {
            each!(&mut self.circuit, board: B => <B as Board>::Irq::run_until(board, at));
        }
    }

    /// Whether the board pulls the IRQ line. Only an access ends that.
    #[inline]
    pub(crate) fn irq(&self) -> bool {
        self.line().is_some_and(irq::IrqLine::is_asserted)
    }

    /// The cycle in which the board began to pull the IRQ line, if it does now.
    #[cfg(test)]
    pub(crate) fn irq_since(&self) -> Option<Cycle> {
        self.line()?.since()
    }

    /// Whether the board pulled the IRQ line at the end of cycle `at`: right for the span since the line last rose
    /// or fell before its newest change, so for any of the last cycles.
    #[inline]
    pub(crate) fn irq_at(&self, at: Cycle) -> bool {
        let late = Cycle::from(self.fault == Some(Fault::LateIrq));
        self.line().is_some_and(|line| line.at(at.saturating_sub(late)))
    }

    #[inline]
    fn line(&self) -> Option<&irq::IrqLine> {
        if !self.wired.has(Wired::IRQ) || self.fault == Some(Fault::NoIrq) {
            return None;
        }
        each!(&self.circuit, board: B => <B as Board>::Irq::line(board))
    }

    /// The earliest cycle at which the board could assert IRQ by itself, given that no access changes the forecast:
    /// maybe early, never late, and later than `now` unless IRQ is asserted already. If the board watches the PPU, that
    /// and what the board saw of it must be up to date, and there must be a forecast.
    #[inline]
    pub(crate) fn next_irq(&self, now: Cycle, forecast: Option<&Forecast>) -> Cycle {
        each!(&self.circuit, board: B => <B as Board>::Irq::next(board, now, forecast))
    }

    /// The board, if it looks at fetches.
    pub(crate) fn watcher(&mut self) -> Option<&mut dyn SeesFetches> {
        if !self.wired.has(Wired::FETCHES) {
            return None;
        }
        each!(&mut self.circuit, board: B => <B as Board>::Ppu::watcher(board))
    }

    /// Brings what only the present can tell into one form, at the start of cycle `at`.
    pub(crate) fn canonicalize(&mut self, memory: &mut Memory, at: Cycle) {
        self.run_until(at);
        each!(&mut self.circuit, board: B => <B as Board>::Ppu::canonicalize(board, memory, at));
        memory.commit();
    }

    /// Whether the board maps the same PRG ROM at a CPU address from $8000 on at all times.
    #[cfg(feature = "jit")]
    pub(crate) fn prg_is_fixed(&self, addr: u16) -> bool {
        each!(&self.circuit, _board: B => B::FIXED_PRG.contains(&addr))
    }

    /// Bytes of PRG ROM that the board always switches together, aligned in CPU space.
    pub(crate) fn prg_unit(&self) -> usize {
        each!(&self.circuit, _board: B => B::PRG_UNIT)
    }
}

impl Persist for Mapper {
    fn save(&self, to: &mut Writer<'_>) {
        each!(&self.circuit, board: B => <B as Persist>::save(board, to));
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        each!(&self.circuit, board: B => <B as Persist>::check(board, from))
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        each!(&mut self.circuit, board: B => <B as Persist>::load(board, from));
    }
}

/// Whether the ROM fights a CPU write for the data bus (<https://www.nesdev.org/wiki/Bus_conflict>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BusConflicts {
    /// The board turns the ROM off during writes.
    None,
    /// Both drive: a 0 wins over a 1.
    And,
}

impl BusConflicts {
    /// What a register sees of `value` written to `addr`.
    fn resolve(self, memory: &Memory, addr: u16, value: u8) -> u8 {
        match self {
            Self::None => value,
            Self::And => value & memory.read_prg(memory.bus_address.unwrap_or(addr)).unwrap_or(0xFF),
        }
    }
}

/// Plain boards have their PRG RAM, if any, always on.
fn map_plain_prg_ram(memory: &mut Memory) {
    memory.map_prg_ram(0, Access::ReadWrite);
}

#[cfg(test)]
mod tests;
