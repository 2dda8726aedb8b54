//! Which bytes of PRG ROM are code, without running it.
//!
//! ```text
//! vectors ─► follow ─► JSR, JMP, branches ─► ... certain, as far as the map is
//!               ▲
//!               ├── executed: a profile or a code/data log says so
//!               ├── bank:     the target is in a part that is switched: every bank with a function at that address
//!               ├── table:    two indexed loads of bytes that are addresses of code
//!               ├── inline:   what follows a JSR to a subroutine that pulls its return address
//!               ├── gap:      what follows code that ends, if it looks like code
//!               └── word:     several words in a row that are addresses of functions
//! ```
//!
//! From the third on these are guesses. A wrong one costs time and bytes, and never changes a result: code is only ever
//! entered at an address that the CPU comes to. So *plausible* is a filter for data, not a proof.
//!
//! Two kinds of addresses come out. A *root* needs a region of its own, since control comes to it from elsewhere: the
//! target of a vector, a JSR or a table, and what follows a JSR. Control can also *return* to an address in the middle
//! of a region, after the interpreter has run a few instructions.

use super::banking::Banking;
use super::source::Source;
use crate::key::Key;
use crate::options::Options;
use crate::region::{Data, Instruction, Unit};
use crate::rom::Rom;
use ricojit_interpreter::opcode::{AddrMode, Legality, Mnemonic, Opcode, Shape};
use std::collections::{BTreeMap, BTreeSet};

/// So many equal bytes in a row are not code, unless they are instructions of one byte: NOPs make delays, INX counts.
const FILLER: usize = 8;

/// Most instructions that are looked at to see whether bytes are plausible.
const MAX_PLAUSIBLE: usize = 64;

/// Most instructions that are looked for: boards with many banks can have each of them at several addresses.
const MAX_FOUND: usize = 200_000;

/// Fewest instructions of plausible code to which only its place leads.
const MIN_AFTER_CODE: usize = 3;
const MIN_AFTER_DATA: usize = 6;

/// Most bytes from one load of a table to the other.
const TABLE_LOADS: u32 = 24;

/// Most entries of a table of addresses.
const MAX_TABLE: u16 = 256;

/// Fewest words in a row that are taken for a table.
const MIN_WORDS: usize = 4;

/// Most bytes of data between two pieces of code, or of text after a JSR.
const MAX_DATA: u16 = 256;

/// Most instructions before a subroutine pulls its return address.
const MAX_PULL: usize = 12;

/// What is known of the code of a ROM.
pub(super) struct Discovery<'a> {
    rom: &'a Rom,
    banking: &'a Banking,
    inline: bool,
    /// Every instruction that was found.
    pub(super) code: BTreeMap<Key, Source>,
    /// The addresses that control comes to from outside of their regions.
    pub(super) roots: BTreeMap<Key, Source>,
    /// The addresses in the middle of regions that control can return to.
    pub(super) returns: BTreeSet<Key>,
    /// The offsets of bytes that code reads.
    pub(super) data: BTreeSet<u32>,
    /// Instructions that another one leads to, in the same unit.
    followed: BTreeSet<Key>,
    /// Roots whose code was not followed yet.
    work: Vec<(Key, Source)>,
    /// Addresses in another unit, of unknown bank, and from where control goes there.
    elsewhere: BTreeSet<(u16, Key)>,
    resolved: BTreeSet<(u16, Key)>,
    /// What follows the JSRs to subroutines that pull their return address.
    after_calls: BTreeSet<Key>,
}

impl<'a> Discovery<'a> {
    pub(super) fn new(rom: &'a Rom, banking: &'a Banking, options: Options) -> Self {
        Self {
            rom,
            banking,
            inline: options.inline,
            code: BTreeMap::new(),
            roots: BTreeMap::new(),
            returns: BTreeSet::new(),
            data: BTreeSet::new(),
            followed: BTreeSet::new(),
            work: Vec::new(),
            elsewhere: BTreeSet::new(),
            resolved: BTreeSet::new(),
            after_calls: BTreeSet::new(),
        }
    }

    /// What control reaches for certain.
    pub(super) fn follow_vectors(&mut self) {
        for vector in [0xFFFA, 0xFFFC, 0xFFFE] {
            if let Some(key) = self.banking.key_at_power_on(self.rom, vector) {
                self.refer_to_word(key, Source::Vectors);
            }
        }
        self.follow_roots();
    }

    /// What control was transferred to. A key that the board cannot have is left out: it would be found by other code.
    pub(super) fn follow_entered(&mut self, keys: &[Key]) {
        let is_possible = |key: &&Key| self.banking.keys(self.rom, key.pc).contains(key);
        let keys: BTreeSet<Key> = keys.iter().filter(is_possible).copied().collect();
        for &key in &keys {
            self.returns.insert(key);
            self.follow(key, Source::Executed);
        }
        for key in keys {
            if !self.followed.contains(&key) {
                self.root(key, Source::Executed);
            }
        }
        self.follow_roots();
    }

    /// What was executed, with the CPU addresses it had.
    pub(super) fn follow_executed(&mut self, places: &[(u16, u32)]) {
        let places: BTreeSet<(u16, u32)> = places.iter().copied().collect();
        for (pc, offset) in places {
            let key = self.banking.keys(self.rom, pc).into_iter().find(|key| key.offset == offset);
            if let Some(key) = key.filter(|key| !self.code.contains_key(key)) {
                self.root(key, Source::Executed);
                self.follow_roots();
            }
        }
    }

    /// Everything else that may be code.
    pub(super) fn guess(&mut self) {
        if !self.banking.is_fixed(0xFFFA) {
            for key in self.banking.keys(self.rom, 0xFFFA) {
                for vector in [0xFFFA, 0xFFFC, 0xFFFE] {
                    self.refer_if_plausible(key.at(vector), Source::Bank);
                }
            }
        }
        loop {
            let before = self.code.len();
            self.guess_banks();
            self.guess_tables();
            self.guess_after_calls();
            if self.code.len() != before {
                continue;
            }
            self.guess_gaps();
            self.guess_banks();
            if self.code.len() == before {
                self.guess_words();
            }
            if self.code.len() == before {
                break;
            }
        }
    }

    // Following -------------------------------------------------------------------------------------------------

    fn unit(&self, key: Key) -> Unit<'a, impl Fn(u16) -> Option<u32> + use<'a>> {
        let rom = self.rom;
        Unit { rom: rom.bytes(), offset: move |addr| rom.offset(key, addr) }
    }

    fn byte(&self, key: Key) -> Option<u8> {
        self.rom.offset(key, key.pc)?;
        self.rom.bytes().get(key.offset as usize).copied()
    }

    fn word(&self, key: Key) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte(key)?, self.byte(key.at(key.pc.checked_add(1)?))?]))
    }

    fn is_filler(&self, key: Key) -> bool {
        let bytes = self.rom.bytes().get(key.offset as usize..).unwrap_or_default();
        let Some(row) = bytes.get(..FILLER) else { return false };
        let op = Opcode::of(row[0]);
        let can_repeat = op.length() == 1 && op.legality == Legality::Official && op.mnemonic != Mnemonic::Brk;
        row.iter().all(|byte| *byte == row[0]) && !can_repeat
    }

    /// The key of an address, seen from code of a unit: `None` if it is elsewhere, and the map there is not fixed.
    fn known(&self, from: Key, pc: u16) -> Option<Key> {
        if self.rom.offset(from, pc).is_some() {
            Some(from.at(pc))
        } else if self.banking.is_fixed(pc) {
            self.banking.key_at_power_on(self.rom, pc)
        } else {
            None
        }
    }

    fn root(&mut self, key: Key, source: Source) {
        self.roots.entry(key).or_insert_with(|| {
            self.work.push((key, source));
            source
        });
    }

    fn refer(&mut self, from: Key, pc: u16, source: Source) {
        match self.known(from, pc) {
            Some(key) => self.root(key, source),
            None if pc >= 0x8000 => {
                self.elsewhere.insert((pc, from));
            }
            None => {}
        }
    }

    fn refer_to_word(&mut self, at: Key, source: Source) {
        if let Some(pc) = self.word(at) {
            self.refer(at, pc, source);
        }
    }

    fn refer_if_plausible(&mut self, at: Key, source: Source) {
        if let Some(key) = self.word(at).and_then(|pc| self.known(at, pc))
            && self.is_plausible(key, 1)
        {
            self.root(key, source);
        }
    }

    fn follow_roots(&mut self) {
        while let Some((root, source)) = self.work.pop() {
            self.follow(root, source);
        }
    }

    /// Follows control from an address through its unit.
    fn follow(&mut self, root: Key, source: Source) {
        let unit = self.unit(root);
        let mut work = vec![root.pc];
        while let Some(mut pc) = work.pop() {
            loop {
                let key = root.at(pc);
                if (unit.offset)(pc).is_none() {
                    self.refer(root, pc, source);
                    break;
                }
                let is_full = self.code.len() >= MAX_FOUND;
                if is_full || self.code.contains_key(&key) || self.is_filler(key) {
                    break;
                }
                let Some(instruction) = unit.decode(pc) else { break };
                if matches!(instruction.op.legality, Legality::Jam) || instruction.op.mnemonic == Mnemonic::Brk {
                    break;
                }
                // What only its place makes code is given up where it is none.
                if source >= Source::Inline && !has_usual_address(&instruction) {
                    break;
                }
                self.code.insert(key, source);
                let next = instruction.next();
                if let Data::Byte(_) = instruction.data
                    && instruction.op.mode == AddrMode::Absolute
                    && instruction.op.shape == Shape::Load
                {
                    self.data.insert(root.at(instruction.operand).offset);
                }
                self.note_exits(root, &instruction);
                let mut lead = |pc: u16| {
                    self.followed.insert(root.at(pc));
                    work.push(pc);
                };
                match instruction.op.shape {
                    Shape::Branch => lead(instruction.target()),
                    Shape::Jump if instruction.op.mode == AddrMode::Absolute => {
                        lead(instruction.target());
                        break;
                    }
                    Shape::Jump => {
                        if let Some(key) = self.known(root, instruction.operand) {
                            self.refer_to_word(key, source); // a pointer in ROM
                        }
                        break;
                    }
                    Shape::Call => {
                        let target = instruction.target();
                        self.refer(root, target, source);
                        if self.known(root, target).is_some_and(|target| self.pulls_return_address(target)) {
                            self.after_calls.insert(root.at(next));
                            break;
                        }
                        if (unit.offset)(next).is_none() {
                            self.refer(root, next, source);
                            break;
                        }
                        if self.inline && unit.is_small_subroutine(target) {
                            self.returns.insert(root.at(next));
                            self.followed.insert(root.at(next));
                        } else {
                            self.root(root.at(next), source);
                        }
                    }
                    Shape::Return | Shape::ReturnFromInterrupt | Shape::Jam | Shape::Break => break,
                    _ if instruction.is_interpreted() => self.root(root.at(next), source),
                    _ => {
                        self.followed.insert(root.at(next));
                    }
                }
                pc = next;
            }
        }
    }

    /// Notes where control returns after an access that certainly ends native code: after the instruction after it.
    fn note_exits(&mut self, root: Key, instruction: &Instruction) {
        let writes = matches!(instruction.op.shape, Shape::Store | Shape::Modify);
        let changes =
            instruction.op.mode.length() == 3 && (instruction.operand == 0x4014 || instruction.operand >= 0x8000);
        if writes
            && changes
            && let Some(second) = self.unit(root).decode(instruction.next())
        {
            self.returns.insert(root.at(second.next()));
        }
    }

    /// Whether a subroutine takes its return address off the stack: what follows its callers is data.
    fn pulls_return_address(&self, start: Key) -> bool {
        let unit = self.unit(start);
        let (mut pc, mut pulls) = (start.pc, 0);
        for _ in 0..MAX_PULL {
            let Some(instruction) = unit.decode(pc) else { return false };
            match instruction.op.mnemonic {
                Mnemonic::Pla => pulls += 1,
                Mnemonic::Pha | Mnemonic::Php | Mnemonic::Plp => return false,
                _ if instruction.transfers() => return false,
                _ => {}
            }
            if pulls == 2 {
                // Those that end their caller pull it and return; those that want the address keep it.
                let after = unit.decode(instruction.next());
                return after.is_some_and(|after| after.op.shape == Shape::Store);
            }
            pc = instruction.next();
        }
        false
    }

    // Guesses ---------------------------------------------------------------------------------------------------

    fn is_plausible(&self, start: Key, min: usize) -> bool {
        self.plausible_end(start, min).is_some()
    }

    /// Whether at least `min` instructions from an address on look like those of a program, up to an end or to code
    /// that was found: the address after them.
    fn plausible_end(&self, start: Key, min: usize) -> Option<u16> {
        let unit = self.unit(start);
        let mut pc = start.pc;
        for count in 0..MAX_PLAUSIBLE {
            let key = start.at(pc);
            if count > 0 && self.code.contains_key(&key) {
                return (count >= min).then_some(pc);
            }
            let instruction = unit.decode(pc).filter(|_| !self.is_filler(key))?;
            if !is_usual(&instruction) {
                return None;
            }
            pc = instruction.next();
            match instruction.op.shape {
                Shape::Branch => {
                    (unit.offset)(instruction.target())?;
                }
                Shape::Jump | Shape::Return | Shape::ReturnFromInterrupt => return (count + 1 >= min).then_some(pc),
                _ => {}
            }
        }
        Some(pc)
    }

    /// Whether an address follows the end of a function, or is the first of its bank.
    fn follows_an_end(&self, key: Key) -> bool {
        if (key.offset as usize).is_multiple_of(self.rom.unit()) {
            return true;
        }
        let before = |n: u32| key.offset.checked_sub(n).and_then(|offset| self.rom.bytes().get(offset as usize));
        let is_end =
            |byte: Option<&u8>, ends: &[Mnemonic]| byte.is_some_and(|byte| ends.contains(&Opcode::of(*byte).mnemonic));
        is_end(before(1), &[Mnemonic::Rts, Mnemonic::Rti]) || is_end(before(3), &[Mnemonic::Jmp])
    }

    /// Gives the addresses of unknown bank those banks that have a function there.
    fn guess_banks(&mut self) {
        loop {
            let pending: Vec<_> = self.elsewhere.difference(&self.resolved).copied().collect();
            if pending.is_empty() {
                return;
            }
            for (pc, from) in pending {
                self.resolved.insert((pc, from));
                for key in self.banks_with_function(from, pc) {
                    self.root(key, Source::Bank);
                }
            }
            self.follow_roots();
        }
    }

    /// The banks that have a function at an address: the one at power-on and the one that follows in ROM if it is
    /// plausible, others only if it also follows the end of another function.
    fn banks_with_function(&self, from: Key, pc: u16) -> Vec<Key> {
        let at_power_on = self.banking.key_at_power_on(self.rom, pc);
        let is_likely =
            |key: Key| Some(key) == at_power_on || !self.banking.is_fixed(from.pc) && key.offset == from.at(pc).offset;
        let mut banks = self.banking.keys(self.rom, pc);
        banks.retain(|&key| self.is_plausible(key, 1) && (is_likely(key) || self.follows_an_end(key)));
        banks
    }

    /// Where an entry of a table leads to.
    fn functions(&self, from: Key, pc: u16) -> Vec<Key> {
        if pc < 0x8000 {
            return Vec::new();
        }
        match self.known(from, pc) {
            Some(key) => Vec::from_iter(self.is_plausible(key, 2).then_some(key)),
            None => {
                let mut banks = self.banking.keys(self.rom, pc);
                banks.retain(|&key| self.is_plausible(key, 2) && self.follows_an_end(key));
                banks
            }
        }
    }

    /// Reads tables of addresses from where two indexed loads are close to one another.
    fn guess_tables(&mut self) {
        let mut loads = Vec::new();
        for &key in self.code.keys() {
            let Some(instruction) = self.unit(key).decode(key.pc) else { continue };
            let is_indexed = matches!(instruction.op.mode, AddrMode::AbsoluteX | AddrMode::AbsoluteY);
            if is_indexed && instruction.op.shape == Shape::Load && instruction.operand >= 0x8000 {
                loads.push((key.offset, key, instruction.operand));
            }
        }
        loads.sort_unstable();
        let mut found = Vec::new();
        for pair in loads.windows(2) {
            let [(first, from, low), (second, _, high)] = *pair else { continue };
            if second - first > TABLE_LOADS || low == high {
                continue;
            }
            let (Some(low), Some(high)) = (self.known(from, low), self.known(from, high)) else { continue };
            let ways = match low.pc.abs_diff(high.pc) {
                1 => vec![Table { low: low.min(high), high: low.max(high), step: 2, length: MAX_TABLE / 2 }],
                distance => {
                    let length = distance.min(MAX_TABLE);
                    vec![Table { low, high, step: 1, length }, Table { low: high, high: low, step: 1, length }]
                }
            };
            for table in ways {
                let (functions, entries) = self.read_table(from, &table);
                found.extend(functions);
                for i in 0..entries {
                    let offsets = [table.low, table.high].map(|key| key.offset + u32::from(i * table.step));
                    self.data.extend(offsets);
                }
            }
        }
        found.into_iter().for_each(|key| self.root(key, Source::Table));
        self.follow_roots();
    }

    /// The functions in a table of addresses, up to the first entry that is none, and the number of entries. The addresses
    /// of the RTS trick are one less: they are taken to be if more of them then follow the end of another function.
    fn read_table(&self, from: Key, table: &Table) -> (Vec<Key>, u16) {
        let read = [0, 1].map(|trick| self.read_addresses(from, table, trick));
        let ends = |(functions, _): &(Vec<Key>, u16)| functions.iter().filter(|key| self.follows_an_end(**key)).count();
        let [plain, trick] = read;
        if (ends(&trick), trick.0.len()) > (ends(&plain), plain.0.len()) { trick } else { plain }
    }

    fn read_addresses(&self, from: Key, table: &Table, less: u16) -> (Vec<Key>, u16) {
        let byte = |key: Key, i: u16| self.byte(key.at(key.pc.checked_add(i * table.step)?));
        let (mut found, mut functions, mut entries) = (Vec::new(), 0, 0);
        for i in 0..table.length {
            let (Some(low), Some(high)) = (byte(table.low, i), byte(table.high, i)) else { break };
            let pc = u16::from_le_bytes([low, high]);
            if pc != 0 {
                let keys = self.functions(from, pc.wrapping_add(less));
                if keys.is_empty() {
                    break;
                }
                functions += 1;
                found.extend(keys);
            }
            entries = i + 1;
        }
        if functions >= 2 { (found, entries) } else { (Vec::new(), 0) }
    }

    /// Looks at what follows a JSR to a subroutine that pulls its return address: addresses, or text and then code.
    fn guess_after_calls(&mut self) {
        for after in std::mem::take(&mut self.after_calls) {
            let entry = |i: u16| self.word(after.at(after.pc.checked_add(2 * i)?));
            let mut found = Vec::new();
            // A table ends where the first of its functions begins.
            let mut end = u16::MAX;
            for i in 0..MAX_TABLE / 2 {
                let Some(pc) = entry(i).filter(|_| after.pc + 2 * i < end) else { break };
                let keys = self.functions(after, pc);
                if keys.is_empty() {
                    break;
                }
                if pc > after.pc {
                    end = end.min(pc);
                }
                found.extend(keys);
            }
            if found.is_empty() {
                let rest = (0..MAX_DATA).map_while(|i| Some(after.at(after.pc.checked_add(i)?)));
                found.extend(rest.into_iter().find(|&key| self.is_plausible(key, MIN_AFTER_CODE)));
            }
            found.into_iter().for_each(|key| self.root(key, Source::Inline));
        }
        self.follow_roots();
    }

    /// Which bytes of ROM are in an instruction that was found.
    fn covered(&self) -> Vec<bool> {
        let mut covered = vec![false; self.rom.bytes().len()];
        for key in self.code.keys() {
            let length = self.byte(*key).map_or(1, |byte| Opcode::of(byte).length());
            (0..u32::from(length)).for_each(|i| {
                if let Some(byte) = covered.get_mut((key.offset + i) as usize) {
                    *byte = true;
                }
            });
        }
        covered
    }

    /// Looks for code between found code.
    fn guess_gaps(&mut self) {
        let covered = self.covered();
        let mut found = Vec::new();
        for place in self.places() {
            let mut next = 0;
            for i in 0..self.rom.unit() as u16 {
                let key = place.at(place.pc + i);
                if i < next || covered.get(key.offset as usize) != Some(&false) {
                    continue;
                }
                let min = if self.follows_an_end(key) { MIN_AFTER_CODE } else { MIN_AFTER_DATA };
                if let Some(end) = self.plausible_end(key, min) {
                    found.push(key);
                    next = i + (end - key.pc);
                }
            }
        }
        found.into_iter().for_each(|key| self.root(key, Source::Gap));
        self.follow_roots();
    }

    /// The units of ROM, where they are mapped, that some code was found in.
    fn places(&self) -> Vec<Key> {
        let mut places: Vec<Key> = self.roots.keys().map(|key| self.unit_of(*key)).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Looks for words in a row that are addresses of functions.
    fn guess_words(&mut self) {
        let covered = self.covered();
        let mut found = Vec::new();
        for place in self.places() {
            let function = |i: usize| {
                let key = (i + 1 < self.rom.unit()).then(|| place.at(place.pc + i as u16))?;
                let pc = self.word(key).filter(|_| covered.get(key.offset as usize) == Some(&false))?;
                [pc, pc.wrapping_add(1)].into_iter().find_map(|pc| self.function_in(place, pc))
            };
            let mut i = 0;
            while i < self.rom.unit() {
                let row: Vec<Key> = (i..).step_by(2).map_while(function).collect();
                i += (2 * row.len()).max(1);
                if row.len() >= MIN_WORDS {
                    found.extend(row);
                }
            }
        }
        found.into_iter().for_each(|key| self.root(key, Source::Word));
        self.follow_roots();
    }

    /// The first address of a key's unit.
    fn unit_of(&self, key: Key) -> Key {
        key.at(key.pc & !((self.rom.unit() - 1) as u16))
    }

    fn function_in(&self, place: Key, pc: u16) -> Option<Key> {
        let key = self.known(place, pc)?;
        (self.follows_an_end(key) && self.is_plausible(key, 2)).then_some(key)
    }
}

/// A table of addresses: the bytes of entry i are i steps after the first ones.
struct Table {
    low: Key,
    high: Key,
    step: u16,
    length: u16,
}

/// Whether an instruction is one that programs have.
fn is_usual(instruction: &Instruction) -> bool {
    instruction.op.legality == Legality::Official
        && instruction.op.mnemonic != Mnemonic::Brk
        && has_usual_address(instruction)
}

/// Whether its operand is at an address where there is something, if it has one.
fn has_usual_address(instruction: &Instruction) -> bool {
    let addresses = matches!(instruction.op.mode, AddrMode::Absolute | AddrMode::AbsoluteX | AddrMode::AbsoluteY);
    let is_there = match instruction.operand {
        0x0000..=0x07FF | 0x2000..=0x2007 | 0x4000..=0x4017 | 0x6000.. => true,
        // Indexed, from below the first address that is meant.
        0x1F00..=0x1FFF | 0x5F00..=0x5FFF => instruction.op.mode != AddrMode::Absolute,
        _ => false,
    };
    !addresses || is_there
}
