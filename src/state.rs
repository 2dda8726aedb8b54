//! A machine's state: one listing of all fields, by which it is hashed, saved, checked and loaded.
//!
//! Every chip lists its fields once, with [`persist!`], in a fixed order and with the values that each may have. What
//! is derived (page tables, deadlines, catch-up positions, caches) and what cannot matter later (pictures) is not
//! listed; [`Console::rebuild`](crate::console::Console::rebuild) makes it again.
//!
//! ```text
//! file      magic, version | the cartridge and the options that it depends on | sections | checksum
//! section   tag, version, length | fields, little-endian
//! ```
//!
//! | section | fields                                                | in the state's hash |
//! |---------|-------------------------------------------------------|---------------------|
//! | `CPU `  | cycle, PC, A, X, Y, S, P, what comes next             | yes                 |
//! | `MEM `  | RAM, PRG RAM, VRAM                                    | yes                 |
//! | `BRD `  | the board's registers                                 | yes                 |
//! | `PPU `  | registers, pipelines, OAM, palette RAM                | yes                 |
//! | `APU `  | channels and frame counter, times as distances        | yes                 |
//! | `PADS`  | shift registers and buttons held                      | yes                 |
//! | `DMA `  | the transfer to OAM that is about to begin            | yes                 |
//! | `BUS `  | what open bus reads                                   | yes                 |
//! | `KEYS`  | the Reset button                                      | yes                 |
//! | `OAM `  | when rows of OAM were accessed; with decay only       | yes                 |
//! | `COND`  | alignment, start, whether OAM decays                  | as its seed         |
//! | `RUN `  | frames since power-on                                 | no                  |
//! | `SND `  | sample rate, synthesis, filters, samples of the frame | no                  |
//!
//! **Contract.** A machine that is seen from outside stands in canonical form, so saving only reads. All lengths follow
//! from the cartridge and the sample rate. Loading checks everything, the range of every field included, before it
//! changes anything. A state from outside can therefore be wrong but not harmful: no index is out of range, no loop
//! runs long, no arithmetic overflows.
//!
//! To add a field: list it with `since(VERSION)` and give the section that version; older states load with the field's
//! value at power-on. Fields are never removed or reordered.

mod file;

use crate::clock::{Dot, NEVER};
use crate::options::SampleRate;
pub(crate) use file::{File, FileWriter, Identity, PowerOn, Section};
use ricojit_interpreter::Cycle;
use std::ops::RangeBounds;

/// Why a state was not loaded. The machine is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The bytes do not begin as a state does.
    #[error("this is not a state of Ricojit")]
    NotAState,
    /// A later version wrote it.
    #[error("the state is of version {found}, and this program reads versions up to {known}: update the program")]
    Newer {
        /// The version of the state, or of one of its sections.
        found: u16,
        /// The latest that is known.
        known: u16,
    },
    /// It ends too early.
    #[error("the state is cut off: it has {found} bytes of {expected}")]
    CutOff {
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        expected: usize,
    },
    /// The checksum is wrong.
    #[error("the state is damaged: its checksum is wrong")]
    Damaged,
    /// It belongs to another ROM.
    #[error("the state belongs to another ROM: SHA-1 {found}, not {expected}")]
    OtherRom {
        /// SHA-1 of the state's ROM.
        found: String,
        /// SHA-1 of the machine's ROM.
        expected: String,
    },
    /// It belongs to the same ROM on another board, or on another console.
    #[error("the state belongs to another {what}: {found}, not {expected}")]
    OtherHardware {
        /// What differs.
        what: &'static str,
        /// The state's.
        found: String,
        /// The machine's.
        expected: String,
    },
    /// A value is impossible.
    #[error("the state is damaged: {section} cannot have this value of `{field}`")]
    Invalid {
        /// The tag of the section.
        section: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A section is missing, is there twice, or has another length than this cartridge's.
    #[error("the state is damaged: its section {section} is missing or has another length than this cartridge's")]
    Section {
        /// The tag of the section.
        section: &'static str,
    },
}

/// A machine's state in memory: a buffer that [`Machine::snapshot`](crate::Machine::snapshot) fills and
/// [`Machine::restore`](crate::Machine::restore) reads, without checks and without a form that lasts. For files and for
/// other machines there are [`Machine::save`](crate::Machine::save) and [`Machine::load`](crate::Machine::load).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Whose state it is, and the rate of its samples; `None` before the first snapshot.
    pub(crate) identity: Option<(Identity, Option<SampleRate>)>,
    pub(crate) bytes: Vec<u8>,
}

impl State {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { identity: None, bytes: Vec::new() }
    }
}

// The listing -------------------------------------------------------------------------------------------------

/// The value of a field is impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Impossible(pub(crate) &'static str);

/// A field, or a chip, that is part of a machine's state.
pub(crate) trait Persist {
    /// Appends it.
    fn save(&self, to: &mut Writer<'_>);
    /// Checks that what comes next is a value that `self` may have, and passes it. Changes nothing.
    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible>;
    /// Takes the value over. Comes after a [`Persist::check`] of the same bytes.
    fn load(&mut self, from: &mut Reader<'_>);
}

/// Lists the fields of a type that are its state, in order, each with the values that it may have:
///
/// ```text
/// field                     any value of its type
/// field: within(RANGE)      a number in a range
/// field: each(RANGE)        an array of such numbers
/// field: bytes()            memory of a fixed length
/// field: with(|this, value| ...)  a value for which that is true
/// field: time(RANGE)        a cycle, saved as the distance from the present one, which is in a range
/// field: time_or_never(RANGE)  the same, or NEVER
/// field: until(CYCLES)      a cycle, saved as it is: at most so many after the present one, or NEVER
/// field: until_dot(DOTS)    a dot, in the same way
/// field: each_until_dot(DOTS)  an array of such dots
/// field: due_in_dots(DOTS)  a dot that is not done yet, of so many from the present one on, or NEVER
/// field: present_dot()      the present dot itself
/// field: since(VERSION)     a field that the section has from a version on
/// valid(|this| ...)         what must hold between fields
/// ; advanced                saved as it is after `advance(now)`: it may stand at an earlier cycle
/// ```
macro_rules! persist {
    ($type:ty { $($field:tt $(: $rule:ident ($($arg:tt)*))?),* $(,)? } $(valid($valid:expr))? $(; $advanced:ident)?) => {
        impl $crate::state::Persist for $type {
            fn save(&self, to: &mut $crate::state::Writer<'_>) {
                $crate::state::persist!(@canonical this, self, to $(, $advanced)?);
                $( $crate::state::persist!(@save (this.$field), to $(, $rule)?); )*
                let _ = (&this, &to);
            }

            fn check(
                &self,
                from: &mut $crate::state::Reader<'_>,
            ) -> Result<(), $crate::state::Impossible> {
                $(
                    let mut loaded = self.clone();
                    let valid: fn(&Self) -> bool = $valid;
                    $crate::state::Persist::load(&mut loaded, &mut from.clone());
                    if !valid(&loaded) {
                        return Err($crate::state::Impossible(stringify!($type)));
                    }
                )?
                $(
                    $crate::state::persist!(
                        @check (self, self.$field), from, (stringify!($field)) $(, $rule($($arg)*))?
                    )?;
                )*
                let _ = &from;
                Ok(())
            }

            fn load(&mut self, from: &mut $crate::state::Reader<'_>) {
                $( $crate::state::persist!(@load (self.$field), from $(, $rule($($arg)*))?); )*
                let _ = &from;
            }
        }
    };

    (@canonical $this:ident, $self:expr, $to:ident) => { let $this = $self; };
    (@canonical $this:ident, $self:expr, $to:ident, advanced) => {
        let mut $this = $self.clone();
        $this.advance($to.now());
    };

    (@save ($place:expr), $to:ident, bytes) => { $to.bytes(&$place[..]) };
    (@save ($place:expr), $to:ident, time) => { $to.time($place) };
    (@save ($place:expr), $to:ident, time_or_never) => { $to.time($place) };
    (@save ($place:expr), $to:ident $(, $rule:ident)?) => { $crate::state::Persist::save(&$place, $to) };

    (@check ($this:expr, $place:expr), $from:ident, ($name:expr)) => { $crate::state::Persist::check(&$place, $from) };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), bytes()) => {{
        $from.bytes($place.len());
        Ok(())
    }};
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), within($range:expr)) => {
        $from.check_within(&$place, $range, $name)
    };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), each($range:expr)) => {
        $place.iter().try_for_each(|value| $from.check_within(value, $range, $name))
    };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), with($valid:expr)) => {{
        let valid: fn(&Self, _) -> bool = $valid;
        $from.check_with(&$place, |value| valid($this, value), $name)
    }};
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), time($range:expr)) => {
        $from.check_time($range, false, $name)
    };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), time_or_never($range:expr)) => {
        $from.check_time($range, true, $name)
    };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), until($after:expr)) => {
        $from.check_until($from.now().saturating_add($after), $name)
    };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), until_dot($after:expr)) => {
        $from.check_until($from.dot().saturating_add($after), $name)
    };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), each_until_dot($after:expr)) => {
        $place.iter().try_for_each(|_| $from.check_until($from.dot().saturating_add($after), $name))
    };
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), due_in_dots($dots:expr)) => {{
        let dot = $from.dot();
        $from.check_with(&$place, |due| due == $crate::clock::NEVER || (dot..dot + $dots).contains(&due), $name)
    }};
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), present_dot()) => {{
        let dot = $from.dot();
        $from.check_within(&$place, dot..=dot, $name)
    }};
    (@check ($this:expr, $place:expr), $from:ident, ($name:expr), since($version:expr)) => {
        if $from.has($version) { $crate::state::Persist::check(&$place, $from) } else { Ok(()) }
    };

    (@load ($place:expr), $from:ident, bytes()) => { $from.copy_to(&mut $place[..]) };
    (@load ($place:expr), $from:ident, time($range:expr)) => { $place = $from.time() };
    (@load ($place:expr), $from:ident, time_or_never($range:expr)) => { $place = $from.time() };
    (@load ($place:expr), $from:ident, since($version:expr)) => {
        if $from.has($version) { $crate::state::Persist::load(&mut $place, $from) }
    };
    (@load ($place:expr), $from:ident $(, $rule:ident ($($arg:tt)*))?) => {
        $crate::state::Persist::load(&mut $place, $from)
    };
}
pub(crate) use persist;

/// Lists the variants of an enum, each with the byte that stands for it.
macro_rules! persist_enum {
    ($type:ty { $($variant:ident = $byte:literal),* $(,)? }) => {
        impl $crate::state::Persist for $type {
            fn save(&self, to: &mut $crate::state::Writer<'_>) {
                let byte: u8 = match self { $( Self::$variant => $byte, )* };
                $crate::state::Persist::save(&byte, to);
            }

            fn check(
                &self,
                from: &mut $crate::state::Reader<'_>,
            ) -> Result<(), $crate::state::Impossible> {
                match from.bytes(1) {
                    $( [$byte] => Ok(()), )*
                    _ => Err($crate::state::Impossible(stringify!($type))),
                }
            }

            fn load(&mut self, from: &mut $crate::state::Reader<'_>) {
                match from.bytes(1) {
                    $( [$byte] => *self = Self::$variant, )*
                    _ => {}
                }
            }
        }
    };
}
pub(crate) use persist_enum;

/// The bytes of one part, for tests.
#[cfg(test)]
pub(crate) fn saved(part: &dyn Persist, now: Cycle) -> Vec<u8> {
    let mut bytes = Vec::new();
    part.save(&mut Writer::new(&mut bytes, now));
    bytes
}

/// Where a state is written to.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// The present cycle, from which times are distances.
    now: Cycle,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, now: Cycle) -> Self {
        Self { out, now }
    }

    /// The present cycle.
    pub(crate) fn now(&self) -> Cycle {
        self.now
    }

    #[inline]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    /// A time that is in the future or [`NEVER`], as a distance.
    #[inline]
    pub(crate) fn time(&mut self, time: Cycle) {
        let distance = if time == NEVER { NEVER } else { time.wrapping_sub(self.now) };
        distance.save(self);
    }
}

/// Where a state is read from. Past the end there are zeros, and [`Reader::is_done`] is never true.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    rest: Option<&'a [u8]>,
    /// The version of the section.
    version: u16,
    now: Cycle,
    dot: Dot,
}

impl<'a> Reader<'a> {
    /// Over the bytes of a section of this version, of a state in cycle `now` and so many dots.
    pub(crate) fn new(bytes: &'a [u8], version: u16, now: Cycle, dot: Dot) -> Self {
        Self { rest: Some(bytes), version, now, dot }
    }

    /// Whether all bytes were read and none was missing.
    pub(crate) fn is_done(&self) -> bool {
        self.rest.is_some_and(<[u8]>::is_empty)
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest.unwrap_or_default()
    }

    /// The present cycle.
    pub(crate) fn now(&self) -> Cycle {
        self.now
    }

    /// The dots done in the present cycle.
    pub(crate) fn dot(&self) -> Dot {
        self.dot
    }

    /// Whether fields that a version of the section added are there.
    #[cfg_attr(not(test), expect(dead_code, reason = "no section has a second version yet"))]
    pub(crate) fn has(&self, version: u16) -> bool {
        self.version >= version
    }

    /// The next bytes; none if there are fewer.
    #[inline]
    pub(crate) fn bytes(&mut self, count: usize) -> &'a [u8] {
        match self.rest.and_then(|rest| rest.split_at_checked(count)) {
            Some((bytes, rest)) => {
                self.rest = Some(rest);
                bytes
            }
            None => {
                self.rest = None;
                &[]
            }
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().unwrap_or([0; N])
    }

    /// Fills `bytes` with the next ones; leaves it as it is if there are fewer.
    #[inline]
    pub(crate) fn copy_to(&mut self, bytes: &mut [u8]) {
        let saved = self.bytes(bytes.len());
        if saved.len() == bytes.len() {
            bytes.copy_from_slice(saved);
        }
    }

    /// The inverse of [`Writer::time`].
    #[inline]
    pub(crate) fn time(&mut self) -> Cycle {
        let distance = u64::from_le_bytes(self.array());
        if distance == NEVER { NEVER } else { self.now.wrapping_add(distance) }
    }

    pub(crate) fn check_within<T: Persist + Copy + PartialOrd>(
        &mut self,
        like: &T,
        range: impl RangeBounds<T>,
        name: &'static str,
    ) -> Result<(), Impossible> {
        self.check_with(like, |value| range.contains(&value), name)
    }

    pub(crate) fn check_with<T: Persist + Copy>(
        &mut self,
        like: &T,
        valid: impl Fn(T) -> bool,
        name: &'static str,
    ) -> Result<(), Impossible> {
        like.check(&mut self.clone())?;
        let mut value = *like;
        value.load(self);
        if valid(value) { Ok(()) } else { Err(Impossible(name)) }
    }

    pub(crate) fn check_time(
        &mut self,
        range: impl RangeBounds<u64>,
        or_never: bool,
        name: &'static str,
    ) -> Result<(), Impossible> {
        let distance = u64::from_le_bytes(self.array());
        if range.contains(&distance) || or_never && distance == NEVER { Ok(()) } else { Err(Impossible(name)) }
    }

    pub(crate) fn check_until(&mut self, last: u64, name: &'static str) -> Result<(), Impossible> {
        let time = u64::from_le_bytes(self.array());
        if time == NEVER || time <= last { Ok(()) } else { Err(Impossible(name)) }
    }
}

macro_rules! persist_number {
    ($($type:ty),*) => { $(
        impl Persist for $type {
            #[inline]
            fn save(&self, to: &mut Writer<'_>) {
                to.bytes(&self.to_le_bytes());
            }

            #[inline]
            fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
                from.bytes(size_of::<Self>());
                Ok(())
            }

            #[inline]
            fn load(&mut self, from: &mut Reader<'_>) {
                *self = Self::from_le_bytes(from.array());
            }
        }
    )* };
}
persist_number!(u8, u16, u32, u64, i16, i32);

impl Persist for bool {
    fn save(&self, to: &mut Writer<'_>) {
        to.bytes(&[u8::from(*self)]);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        if from.array() <= [1] { Ok(()) } else { Err(Impossible("a flag")) }
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        *self = from.array() != [0];
    }
}

impl Persist for Option<u8> {
    fn save(&self, to: &mut Writer<'_>) {
        to.bytes(&[u8::from(self.is_some()), self.unwrap_or(0)]);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        match from.array() {
            [0, 0] | [1, _] => Ok(()),
            _ => Err(Impossible("an optional byte")),
        }
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        let [some, byte] = from.array();
        *self = (some != 0).then_some(byte);
    }
}

impl<T: Persist, const N: usize> Persist for [T; N] {
    fn save(&self, to: &mut Writer<'_>) {
        self.iter().for_each(|item| item.save(to));
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        self.iter().try_for_each(|item| item.check(from))
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        self.iter_mut().for_each(|item| item.load(from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Chip {
        register: u8,
        due: Cycle,
        levels: [i16; 2],
        flag: bool,
        added: u16,
    }

    persist!(Chip {
        register: within(0..=3),
        due: time_or_never(1..=100),
        levels: each(-5..=5),
        flag,
        added: since(2),
    } valid(|chip| chip.register != 2 || chip.flag));

    const CHIP: Chip = Chip { register: 1, due: 1_005, levels: [-5, 5], flag: true, added: 7 };

    fn saved(chip: &Chip) -> Vec<u8> {
        super::saved(chip, 1_000)
    }

    /// What is loaded ten cycles later into a chip at power-on.
    fn loaded(bytes: &[u8], version: u16) -> Result<Chip, Impossible> {
        let mut chip = Chip { register: 0, due: NEVER, levels: [0; 2], flag: false, added: 9 };
        let reader = Reader::new(bytes, version, 1_010, 0);
        let mut checked = reader.clone();
        chip.check(&mut checked)?;
        chip.load(&mut reader.clone());
        if checked.is_done() { Ok(chip) } else { Err(Impossible("the end")) }
    }

    #[test]
    fn times_are_distances() {
        assert_eq!(loaded(&saved(&CHIP), 2), Ok(Chip { due: 1_015, ..CHIP }));
        let never = Chip { due: NEVER, ..CHIP };
        assert_eq!(loaded(&saved(&never), 2), Ok(never));
    }

    #[test]
    fn a_field_that_an_older_version_lacks_keeps_its_value() {
        let bytes = saved(&CHIP);
        assert_eq!(loaded(&bytes[..bytes.len() - 2], 1), Ok(Chip { due: 1_015, added: 9, ..CHIP }));
    }

    #[test]
    fn impossible_values_are_named() {
        for (chip, field) in [
            (Chip { register: 4, ..CHIP }, "register"),
            (Chip { due: 1_000, ..CHIP }, "due"),
            (Chip { due: 998, ..CHIP }, "due"),
            (Chip { due: 1_101, ..CHIP }, "due"),
            (Chip { levels: [0, 6], ..CHIP }, "levels"),
            (Chip { register: 2, flag: false, ..CHIP }, "Chip"),
        ] {
            assert_eq!(loaded(&saved(&chip), 2), Err(Impossible(field)), "{chip:?}");
        }
        let mut bytes = saved(&CHIP);
        bytes[13] = 2;
        assert_eq!(loaded(&bytes, 2), Err(Impossible("a flag")));
    }

    #[test]
    fn an_optional_byte_is_saved_in_one_way() {
        let check = |bytes: &[u8]| None.check(&mut Reader::new(bytes, 1, 0, 0));
        assert_eq!([check(&[0, 0]), check(&[1, 0]), check(&[1, 9])], [Ok(()); 3]);
        assert_eq!([check(&[0, 9]), check(&[2, 0])], [Err(Impossible("an optional byte")); 2]);
    }

    #[test]
    fn missing_and_spare_bytes_are_noticed() {
        let bytes = saved(&CHIP);
        assert_eq!(loaded(&bytes[..bytes.len() - 1], 2), Err(Impossible("the end")));
        assert_eq!(loaded(&[bytes, vec![0]].concat(), 2), Err(Impossible("the end")));
    }
}
