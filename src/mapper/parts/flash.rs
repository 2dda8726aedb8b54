//! The flash chip SST39SF040: the sequences of writes that command it.
//!
//! | command    | writes of data to addresses                                                     |
//! |------------|---------------------------------------------------------------------------------|
//! | program    | $AA to $5555, $55 to $2AAA, $A0 to $5555, the byte to its address               |
//! | erase 4 KiB | $AA, $55, $80, $AA, $55, as above, $30 to an address of the sector              |
//! | erase all  | $AA, $55, $80, $AA, $55, as above, $10 to $5555                                 |
//! | identify   | $AA, $55, $90 as above                                                          |
//! | leave that | $F0 to any address, or $AA, $55, $F0 as above                                   |
//!
//! Addresses are those of the chip, of which commands have A0 to A14. Programming only clears bits. In the mode for
//! identification all reads are the chip's numbers. Data sheet of SST39SF040,
//! <https://www.nesdev.org/wiki/UNROM_512>
//!
//! The real chip is busy after a command: 20 microseconds for a byte, 25 and 100 milliseconds for erasures, in which reads
//! tell its state. Here it is never busy, so programs that wait for two equal reads go on at once.
//!
//! **Contract.** The bytes are in [`Memory`]. After [`Flash::write`] the board must write its page tables.

use crate::memory::Memory;
use crate::state::{persist, persist_enum};

/// What the chip has seen of a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Idle,
    /// $AA.
    First,
    /// $AA, $55.
    Second,
    /// $A0.
    Program,
    /// $80.
    Erase,
    /// $80, $AA.
    EraseFirst,
    /// $80, $AA, $55.
    EraseSecond,
}

persist_enum!(Step {
    Idle = 0,
    First = 1,
    Second = 2,
    Program = 3,
    Erase = 4,
    EraseFirst = 5,
    EraseSecond = 6,
});

/// The chip without its bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flash {
    step: Step,
    identifies: bool,
}

impl Flash {
    /// Whether all reads are the chip's numbers.
    pub(crate) fn identifies(&self) -> bool {
        self.identifies
    }

    /// A write to the chip's address `offset`.
    pub(crate) fn write(&mut self, offset: usize, value: u8, memory: &mut Memory) {
        self.step = match (self.step, offset & 0x7FFF, value) {
            (Step::Program, ..) => {
                memory.program_flash(offset, value);
                Step::Idle
            }
            (Step::Idle, 0x5555, 0xAA) => Step::First,
            (Step::First, 0x2AAA, 0x55) => Step::Second,
            (Step::Second, 0x5555, 0xA0) => Step::Program,
            (Step::Second, 0x5555, 0x80) => Step::Erase,
            (Step::Second, 0x5555, 0x90) => {
                self.identifies = true;
                Step::Idle
            }
            (Step::Erase, 0x5555, 0xAA) => Step::EraseFirst,
            (Step::EraseFirst, 0x2AAA, 0x55) => Step::EraseSecond,
            (Step::EraseSecond, _, 0x30) => {
                memory.erase_flash(Some(offset));
                Step::Idle
            }
            (Step::EraseSecond, 0x5555, 0x10) => {
                memory.erase_flash(None);
                Step::Idle
            }
            (_, _, 0xF0) => {
                self.identifies = false;
                Step::Idle
            }
            _ => Step::Idle,
        };
    }
}

persist!(Flash { step, identifies });
