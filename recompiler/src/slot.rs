//! Slots: one for each address that control may be transferred to, where native code is found and executions are
//! counted.
//!
//! Generated code reads them too: the layout is part of its ABI.

use crate::fingerprint::{Fingerprint, numbers, offsets};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Bytes of CPU addresses with one page of slots.
pub(crate) const WINDOW: usize = 0x1000;

/// Windows with slots: all from $8000 on.
pub(crate) const WINDOWS: usize = 8;

/// The table of the slot of a CPU address and an offset in PRG ROM, and the index of the slot in it.
pub(crate) fn place(pc: u16, offset: u32) -> (usize, usize) {
    let (page, slot) = (offset as usize / WINDOW, offset as usize % WINDOW);
    (usize::from(pc) / WINDOW % WINDOWS + WINDOWS * page, slot)
}

/// One address that control may be transferred to. All bytes zero: there is no code, and it was never executed.
#[repr(C)]
pub(crate) struct Slot {
    /// The compiled function, or null. Generated code loads it.
    pub(crate) code: AtomicPtr<u8>,
    /// Executions while there was no code, or one of the states.
    pub(crate) count: AtomicU32,
    /// Once there is code, the region's number in the generation; before that, the region's instructions, or 0 if
    /// they are not known.
    pub(crate) region: AtomicU32,
}

/// The slots of 4 KiB of ROM in one window.
pub(crate) type SlotPage = [Slot; WINDOW];

/// What generated code relies on here.
pub(crate) fn describe(to: &mut Fingerprint) {
    to.add("slot", offsets!(Slot { code, count, region }));
    to.add("slot", [("size", size_of::<Slot>() as u64)]);
    to.add("slot", numbers![WINDOW]);
}

impl Slot {
    /// Never executed yet.
    pub(crate) const fn new() -> Self {
        Self { code: AtomicPtr::new(std::ptr::null_mut()), count: AtomicU32::new(0), region: AtomicU32::new(0) }
    }

    /// Lets machines find a function, the region of which has this number.
    pub(crate) fn set(&self, region: u32, function: *const u8) {
        self.region.store(region, Ordering::Relaxed);
        self.code.store(function.cast_mut(), Ordering::Release);
    }

    /// The instructions of its region, while there is no code; 0 if they are not known.
    pub(crate) fn size(&self) -> u32 {
        self.region.load(Ordering::Relaxed)
    }

    /// Its native code, if there is any.
    #[inline]
    pub(crate) fn code(&self) -> Option<Code<'_>> {
        let code = self.code.load(Ordering::Acquire);
        (!code.is_null()).then_some(Code(code, PhantomData))
    }

    /// Counts an execution, also when other machines count at the same time. Returns the count, which ends at
    /// [`Slot::MAX_COUNT`].
    pub(crate) fn count_exactly(&self) -> u32 {
        let more = |count| (count < Self::MAX_COUNT).then_some(count + 1);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).map_or(Self::MAX_COUNT, |before| before + 1)
    }

    /// The compiler was asked for it.
    pub(crate) const REQUESTED: u32 = u32::MAX;
    /// There is nothing to compile: its first instruction is for the interpreter.
    pub(crate) const NOTHING: u32 = u32::MAX - 1;
    /// It could not be compiled.
    pub(crate) const FAILED: u32 = u32::MAX - 2;
    /// It may be in an idle loop: never compiled, neither as an entry nor inside a region.
    pub(crate) const IDLE: u32 = u32::MAX - 3;
    /// Above all counts, below all states.
    pub(crate) const MAX_COUNT: u32 = u32::MAX / 2;
}

/// A compiled function, for as long as the generation that owns it is borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Code<'g>(*const u8, PhantomData<&'g Slot>);

impl Code<'_> {
    /// The address of the function.
    #[inline]
    pub(crate) fn address(self) -> *const u8 {
        self.0
    }
}
