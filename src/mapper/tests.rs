//! What is true of every board, tried with random writes over all of $4020-$FFFF.

use super::*;
use crate::fetches::SPRITE_SLOTS;
use crate::memory::PpuPage;
use crate::options::RamPattern;
use crate::random::Random;

pub(super) use crate::memory::Change;

/// A machine's board and memory, for register tests.
pub(super) struct Rig {
    pub(super) mapper: Mapper,
    pub(super) memory: Memory,
    pub(super) at: Cycle,
}

impl Rig {
    /// A NES 2.0 board with vertical mirroring in bit 0 of `flags` and so on, as byte 6 of a header has it; sizes of
    /// RAM as bytes 10 and 11. Each 4 KiB of PRG ROM and each KiB of CHR ROM begin with their number.
    pub(super) fn with_flags(mapper: u16, submapper: u8, flags: u8, kb: [usize; 2], ram: [u8; 2]) -> Self {
        let [prg_kb, chr_kb] = kb;
        let [prg_ram, chr_ram] = ram;
        let (prg_units, chr_units) = (prg_kb / 16, chr_kb / 8);
        let mut file = vec![0; 16];
        file[..4].copy_from_slice(b"NES\x1A");
        file[4] = prg_units as u8;
        file[5] = chr_units as u8;
        file[6] = (mapper as u8) << 4 | flags;
        file[7] = mapper as u8 & 0xF0 | 8;
        file[8] = submapper << 4 | (mapper >> 8) as u8;
        file[9] = (prg_units >> 8) as u8 | ((chr_units >> 8) as u8) << 4;
        file[10] = prg_ram;
        file[11] = chr_ram;
        for (kb, unit) in [(prg_kb, 4), (chr_kb, 1)] {
            for i in 0..kb / unit {
                let page = file.len();
                file.resize(page + unit * 1024, 0xFF);
                file[page] = i as u8;
            }
        }
        Self::of(&file)
    }

    /// The same with horizontal mirroring.
    pub(super) fn new(mapper: u16, submapper: u8, prg_kb: usize, chr_kb: usize, ram: [u8; 2]) -> Self {
        Self::with_flags(mapper, submapper, 0, [prg_kb, chr_kb], ram)
    }

    pub(super) fn of(file: &[u8]) -> Self {
        let cartridge = Cartridge::load(file).unwrap();
        let mapper = Mapper::new(&cartridge, None, None).unwrap();
        let mut memory = Memory::new(&cartridge, RamPattern::Zeros);
        mapper.connect(&mut memory);
        Self { mapper, memory, at: 0 }
    }

    /// A write long after the last one.
    pub(super) fn write(&mut self, addr: u16, value: u8) -> Change {
        self.write_after(10, addr, value)
    }

    pub(super) fn write_after(&mut self, cycles: Cycle, addr: u16, value: u8) -> Change {
        self.at += cycles;
        self.mapper.write(&mut self.memory, addr, value, self.at);
        let change = self.memory.take_change();
        self.memory.commit();
        change
    }

    /// A read long after the last access.
    pub(super) fn read(&mut self, addr: u16) -> Option<u8> {
        self.at += 10;
        self.mapper.read(&mut self.memory, addr, self.at)
    }

    /// Numbers of the 4 KiB pages of PRG ROM at $8000, $A000, $C000, $E000.
    pub(super) fn prg(&self) -> [u32; 4] {
        [0x8000, 0xA000, 0xC000, 0xE000].map(|addr| self.memory.prg_offset(addr).unwrap() >> 12)
    }

    /// Numbers of the KiB of CHR at each KiB of pattern space.
    pub(super) fn chr(&self) -> [u32; 8] {
        std::array::from_fn(|slot| match self.memory.ppu_page(slot) {
            PpuPage::Rom(offset) => offset >> 10,
            PpuPage::Vram(offset) => (offset - 0x800) >> 10,
            PpuPage::Nothing => panic!("no pattern table"),
        })
    }

    /// Which KiB of CIRAM each nametable shows.
    pub(super) fn nametables(&self) -> [u32; 4] {
        std::array::from_fn(|slot| match self.memory.ppu_page(8 + slot) {
            PpuPage::Vram(offset) => offset >> 10,
            other => panic!("nametable in {other:?}"),
        })
    }
}

/// A value for a register: all bits, or few, since registers of serial ports and the like need some bits clear.
fn any_value(random: &mut Random) -> u8 {
    let value = random.next();
    if value.is_multiple_of(16) { (value >> 8) as u8 } else { (value >> 8) as u8 & 0x7F }
}

/// An address of the board's, mostly one of its registers.
fn any_address(random: &mut Random, writes: Ranges) -> u16 {
    let any = random.next();
    let range = &writes[(any >> 32) as usize % writes.len().max(1)..];
    match range.first() {
        Some(range) if !any.is_multiple_of(4) => {
            range.start() + ((any >> 40) % (u64::from(range.end() - range.start()) + 1)) as u16
        }
        _ => 0x4020 + ((any >> 40) % 0xBFE0) as u16,
    }
}

/// Submapper, KiB of PRG ROM and CHR ROM, and the RAM bytes of the header.
const SIZES: [(u8, usize, usize, [u8; 2]); 5] =
    [(0, 512, 0, [9, 7]), (1, 256, 128, [7, 0]), (2, 128, 0, [7, 7]), (5, 48, 24, [0, 0]), (0, 32, 0, [8, 7])];

/// Whatever moves in the page tables is noticed, rebuilding all tables from the registers changes nothing, and a write to
/// an address outside of the board's registers moves nothing.
#[test]
fn tables_follow_from_registers() {
    let mut random = Random::new(1);
    for &board in NUMBERS {
        let mut changes = 0;
        for (submapper, prg, chr, ram) in SIZES {
            let mut rig = Rig::new(board, submapper, prg, chr, ram);
            let (_, writes) = rig.mapper.registers();
            for _ in 0..4000 {
                let (addr, value) = (any_address(&mut random, writes), any_value(&mut random));
                let before = *rig.memory.tables();
                let change = rig.write_after(random.next() % 2 + 1, addr, value);
                let after = *rig.memory.tables();
                let here = format!("board {board} {addr:04X}={value:02X}");
                let moved = |so: bool, what: Change| assert_eq!(so, change.intersects(what), "{here}: {what:?}");
                moved(before.prg != after.prg || before.prg_ram != after.prg_ram, Change::PRG);
                let patterns = [0..8, SPRITE_SLOTS..SPRITE_SLOTS + 8];
                moved(patterns.into_iter().any(|slots| before.ppu[slots.clone()] != after.ppu[slots]), Change::CHR);
                moved(before.ppu[8..SPRITE_SLOTS] != after.ppu[8..SPRITE_SLOTS], Change::NAMETABLES);
                assert!(before == after || contains(writes, addr), "{here}: no register is there");
                changes += u32::from(before != after);
                rig.mapper.update_banks(&mut rig.memory);
                assert_eq!(after, *rig.memory.tables(), "{here}");
            }
        }
        let moves = !Rig::new(board, 0, 32, 8, [7, 0]).mapper.registers().1.is_empty();
        assert_eq!(moves, changes > 10, "board {board} changed {changes} times");
    }
}

/// PRG ROM moves in whole units, the largest there are, and what is called fixed is fixed.
#[test]
fn prg_rom_moves_in_units() {
    let mut random = Random::new(2);
    for &board in NUMBERS {
        let [prg, chr] = largest(board).unwrap();
        let (mut is_split, mut is_upper_half) = (false, prg <= 32);
        for submapper in 0..8 {
            let mut rig = Rig::new(board, submapper, prg, chr.min(64), [7, 7]);
            let unit = rig.mapper.prg_unit();
            let (_, writes) = rig.mapper.registers();
            let windows = |rig: &Rig| -> [Option<u32>; 8] {
                std::array::from_fn(|window| rig.memory.prg_offset(0x8000 + 0x1000 * window as u16))
            };
            let first = windows(&rig);
            for _ in 0..4000 {
                let (addr, value) = (any_address(&mut random, writes), any_value(&mut random));
                rig.write_after(2, addr, value);
                let now = windows(&rig);
                for (span, window) in now.chunks(unit >> 12).zip(0..) {
                    let start = span[0].map(|offset| offset as usize);
                    for (&offset, i) in span.iter().zip(0..) {
                        let next = start.map(|start| ((start + (i << 12)) % (prg << 10)) as u32);
                        assert_eq!(offset, next, "board {board}: window {window} of {unit:X} bytes");
                    }
                }
                for (window, addr) in (0x8000..=0xFFFF).step_by(0x1000).enumerate() {
                    let is_fixed = each!(&rig.mapper.circuit, _board: B => B::FIXED_PRG.contains(&addr));
                    assert!(!is_fixed || now[window] == first[window], "board {board}: {addr:04X} is not fixed");
                    is_upper_half |= now[window].is_some_and(|offset| offset as usize >= prg << 9);
                }
                let double = (2 * unit) >> 12;
                is_split |= now.chunks(double.min(8)).any(|span| {
                    span.len() < double
                        || span.windows(2).any(|pair| pair[0].zip(pair[1]).is_none_or(|(a, b)| a + 0x1000 != b))
                });
            }
        }
        assert!(is_split, "board {board}: its unit is larger");
        assert!(is_upper_half, "board {board} cannot address {prg} KiB");
    }
}

/// No two boards have the same number.
#[test]
fn numbers_are_unique() {
    let mut numbers = NUMBERS.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), NUMBERS.len());
}

/// Where a board has registers, compiled code gets no memory that it could access past them.
#[test]
fn compiled_code_cannot_reach_registers() {
    use crate::memory::CpuPage;
    for &board in NUMBERS {
        let mut random = Random::new(3);
        let mut rig = Rig::new(board, 0, 256, 32, [9, 7]);
        let (reads, writes) = rig.mapper.registers();
        for _ in 0..500 {
            rig.write_after(2, any_address(&mut random, writes), any_value(&mut random));
            for page in 0x20..0x80 {
                let here =
                    |ranges: Ranges| ranges.iter().any(|range| range.start() >> 9 <= page && page <= range.end() >> 9);
                match rig.memory.cpu_page(usize::from(page)) {
                    CpuPage::Other => {}
                    CpuPage::Read(_) => assert!(!here(reads), "board {board}: page {page:02X}"),
                    CpuPage::ReadWrite(_) => assert!(!here(reads) && !here(writes), "board {board}: page {page:02X}"),
                }
            }
        }
    }
}
