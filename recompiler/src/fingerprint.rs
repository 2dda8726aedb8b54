//! What generated code relies on without looking at it: layouts, numbers and encodings of this crate and of the
//! interpreter, computed from their definitions.
//!
//! Each module adds its own definitions with [`Fingerprint::add`], beside them, through macros that list the fields of a
//! type or name constants. A list of fields that is not complete does not compile.

use crate::bus::PAGE;
use crate::key::CHUNK;
use crate::{context, exit, slot};
use ricojit_interpreter::Status;
use ricojit_interpreter::opcode::Opcode;
use std::hash::Hash;
use std::sync::LazyLock;
use xxhash_rust::xxh3::Xxh3;

/// The hash of facts.
pub(crate) struct Fingerprint(Xxh3);

impl Fingerprint {
    /// Adds named numbers.
    pub(crate) fn add<const N: usize>(&mut self, group: &str, facts: [(&str, u64); N]) {
        (group, facts).hash(&mut self.0);
    }

    /// The hash of all facts, the same in every build of this source for one kind of host.
    pub(crate) fn of_all() -> u64 {
        static HASH: LazyLock<u64> = LazyLock::new(|| {
            let mut all = Fingerprint(Xxh3::new());
            context::describe(&mut all);
            slot::describe(&mut all);
            exit::describe(&mut all);
            all.add("recompiler", numbers![PAGE, CHUNK]);
            for byte in 0..=u8::MAX {
                let Status { nz, c, vdi } = Status::from_byte(byte);
                all.add("status", [("nz", nz.into()), ("c", c.into()), ("vdi", vdi.into())]);
                Opcode::of(byte).hash(&mut all.0);
            }
            all.0.digest()
        });
        *HASH
    }
}

/// The offsets of all fields of a type, by name. Those after `not` are not for generated code.
macro_rules! offsets {
    ($type:ident { $($field:ident),* $(,)? } $(not { $($other:ident),* $(,)? })?) => {{
        // Stops compiling when a field is missing.
        let _ = |value: &$type| { let $type { $($field: _,)* $($($other: _,)*)? } = value; };
        [$((stringify!($field), std::mem::offset_of!($type, $field) as u64)),*]
    }};
}

/// Constants by name.
macro_rules! numbers {
    ($($name:path),* $(,)?) => { [$((stringify!($name), $name as u64)),*] };
}

pub(crate) use {numbers, offsets};
