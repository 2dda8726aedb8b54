//! What a compiled function returns: where execution continues.
//!
//! ```text
//! 0 to 3       an Exit: the driver decides
//! from 4 on    the address of the compiled function that comes next
//! ```
//!
//! Generated code writes this encoding; [`ReturnValue::decode`] alone reads it. A function ends at an instruction
//! boundary with all registers and the clock in the context, whatever it returns.

use crate::fingerprint::{Fingerprint, numbers};

/// Why native code returned to the driver. The numbers are those that generated code returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Exit {
    /// Execution continues at PC, outside of the region, where there is no code or none may be linked. If PC is not in
    /// the region's unit, the context holds the byte on the data bus. Its number is that of a null pointer: the code of
    /// an empty slot.
    Jump = 0,
    /// The deadline may come within the next run: the interpreter must cross it. The instruction at PC has not begun.
    Deadline = 1,
    /// The instruction at PC is for the interpreter: it is never compiled, or its operand is not in plain memory where
    /// the code expects that. It has not begun.
    Interpret = 2,
    /// The access of the instruction before PC moved the deadline near, changed the map, or a poll in it found an
    /// interrupt. That instruction is complete.
    Changed = 3,
}

// An empty slot holds a null pointer, which generated code returns as it finds it.
const _: () = assert!(Exit::Jump as u64 == 0);

/// What generated code relies on here.
pub(crate) fn describe(to: &mut Fingerprint) {
    // Stops compiling when an exit is missing below.
    let _ = |exit| match exit {
        Exit::Jump | Exit::Deadline | Exit::Interpret | Exit::Changed => (),
    };
    to.add("exit", numbers![Exit::Jump, Exit::Deadline, Exit::Interpret, Exit::Changed]);
}

/// What a compiled function returns, encoded.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct ReturnValue(u64);

/// Where execution continues after a compiled function has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// In the function at this address, out of a slot of the tables that the context was given: it is to be called with
    /// the same context, as long as the generation of that slot is held.
    Code(usize),
    /// In the driver.
    Exit(Exit),
}

impl ReturnValue {
    /// The meaning of the value.
    #[inline]
    pub(crate) fn decode(self) -> Continuation {
        match self.0 {
            0 => Continuation::Exit(Exit::Jump),
            1 => Continuation::Exit(Exit::Deadline),
            2 => Continuation::Exit(Exit::Interpret),
            3 => Continuation::Exit(Exit::Changed),
            address => Continuation::Code(address as usize),
        }
    }
}
